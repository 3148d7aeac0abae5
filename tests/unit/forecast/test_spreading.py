"""What a forecast of a cascade promises, whatever the cascade."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.forecast_card import as_toml
from renown.errors import DefinitionError, InputError
from renown.forecast import build_cascade, forecast_cascade, load_cascade_card, parse_cascade_card

HOUR = 3600.0
MOMENTS = st.lists(st.floats(0, HOUR), max_size=60)
ACTS = st.lists(st.tuples(st.floats(0, HOUR), st.integers(0, 10**9)), max_size=60)


def even(count, until=HOUR):
    return [0.0, *(until * (n + 1) / count for n in range(count))]


@given(MOMENTS, st.floats(0, HOUR), st.sampled_from([None, 0, 500]))
def test_one_reaction_more_never_forecasts_fewer(seconds, more, least):
    before = forecast_cascade(build_cascade([0.0, *seconds]), HOUR, least_size=least)
    after = forecast_cascade(build_cascade([0.0, *seconds, more]), HOUR, least_size=least)
    assert after.expected_size >= before.expected_size


@given(ACTS, st.tuples(st.floats(0, HOUR), st.integers(0, 10**9)), st.sampled_from([None, 0, 500]))
def test_nor_does_one_with_an_audience(acts, more, least):
    def of(some):
        # The root's odd number keeps the column from being one number for all.
        cascade = build_cascade([0.0, 0.0, *(s for s, _ in some)], [77, 5, *(f for _, f in some)])
        return forecast_cascade(cascade, HOUR, least_size=least).expected_size

    assert of([*acts, more]) >= of(acts)


@given(MOMENTS, st.floats(300, 500_000))
def test_sizes_are_in_order_and_not_below_what_came(seconds, observed):
    found = forecast_cascade(build_cascade([0.0, *seconds]), observed)
    assert found.size_so_far <= found.size_low <= found.expected_size <= found.size_high
    expected = [point.expected_size for point in found.path]
    assert expected == sorted(expected)
    assert expected[-1] == found.expected_size


@given(st.lists(st.sampled_from([60.0, 120.0, 3000.0]), min_size=2, max_size=30), st.randoms())
@settings(max_examples=30)
def test_the_order_of_equal_moments_does_not_matter(seconds, random):
    followers = [100 + 7 * place for place in range(len(seconds))]
    pairs = list(zip(seconds, followers, strict=True))
    first = build_cascade([0.0, *seconds], [999, *followers])
    random.shuffle(pairs)
    second = build_cascade([0.0, *(s for s, _ in pairs)], [999, *(f for _, f in pairs)])
    ours, theirs = (forecast_cascade(one, HOUR) for one in (first, second))
    assert ours.expected_size == theirs.expected_size
    assert (ours.size_low, ours.size_high) == (theirs.size_low, theirs.size_high)


def test_what_came_later_is_not_looked_at():
    known = even(200)
    later = [*known, *(HOUR + n for n in range(1, 4000))]
    assert forecast_cascade(build_cascade(later), HOUR) == forecast_cascade(build_cascade(known), HOUR)


def test_a_root_alone_is_a_cascade():
    found = forecast_cascade(build_cascade([0.0]), HOUR)
    assert found.size_so_far == 0
    assert found.expected_size <= 5
    assert found.assumed_least_size is None


def test_the_floor_is_assumed_only_where_the_signs_allow_it():
    followers = [50_000, *(200 + n for n in range(1500))]
    large = forecast_cascade(build_cascade(even(1500), followers), HOUR)
    assert large.model == "audience"
    assert large.assumed_least_size == 2000
    assert large.size_low >= 2000 > large.without_assumption.size_low
    small = forecast_cascade(build_cascade(even(40), followers[:41]), HOUR)
    assert small.assumed_least_size is None
    assert small.expected_size < 200
    told = forecast_cascade(build_cascade(even(1500), followers), HOUR, least_size=0)
    assert told.expected_size == large.without_assumption.expected_size


def test_what_is_known_of_the_size_is_kept():
    found = forecast_cascade(build_cascade(even(100)), HOUR, least_size=5000)
    assert found.size_low >= 5000


def test_a_shorter_horizon_forecasts_no_more():
    cascade = build_cascade(even(300))
    sizes = [
        forecast_cascade(cascade, HOUR, horizon_seconds=h, least_size=0).expected_size
        for h in (HOUR + 1, 2 * HOUR, 6 * HOUR, 48 * HOUR, 604_800)
    ]
    assert sizes == sorted(sizes)
    assert sizes[0] <= 301


@pytest.mark.parametrize("observed", [0, -1, 299, float("nan"), float("inf")])
def test_too_short_an_observation_is_refused(observed):
    with pytest.raises(InputError):
        forecast_cascade(build_cascade(even(10)), observed)


@pytest.mark.parametrize("horizon", [1800, HOUR, 700_000, float("nan")])
def test_a_horizon_nothing_was_calibrated_for_is_refused(horizon):
    with pytest.raises(InputError, match="horizon"):
        forecast_cascade(build_cascade(even(10)), HOUR, horizon_seconds=horizon)


def test_audiences_are_needed_where_they_are_asked_for():
    with pytest.raises(InputError, match="followers"):
        forecast_cascade(build_cascade(even(10)), HOUR, model="audience")


def test_a_card_that_could_forecast_fewer_from_more_is_refused():
    assert parse_cascade_card(as_toml(load_cascade_card())) == load_cascade_card()
    wrong = msgspec.structs.replace(load_cascade_card().times.rows[0], recent_slope=1.2)
    card = load_cascade_card()
    times = msgspec.structs.replace(card.times, rows=[wrong, *card.times.rows[1:]])
    with pytest.raises(DefinitionError, match="fewer from more"):
        parse_cascade_card(as_toml(msgspec.structs.replace(card, times=times)))
