"""A fit finds the numbers that made the data, says how sure it is, and refuses where it cannot know."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import numpy as np
import pytest

import renown
from renown.definitions import Freshness, load_definition, parse_definition
from renown.errors import DefinitionError, InputError, TooLittleInputError
from renown.evaluate import FitTerms, Split, default_splits, fit_definition
from renown.evaluate.coverage import fit_people, fit_phi, halved, places_in_forecast
from renown.evaluate.fitting import expecting, with_kinds_alike
from renown.evaluate.fitting_history import read_past
from renown.evaluate.fitting_model import (
    EXPONENT,
    FRESHNESS,
    HALF_LIFE,
    PRIOR_PEOPLE,
    Problem,
    numbers_of,
    shape_of,
    solve,
)
from renown.evaluate.fitting_pooling import between_variance
from renown.simulate import build_town
from renown.store import TableStore
from renown.types import KINDS, no_progress
from tests.unit.evaluate.worlds import Act, day, random_acts, store_of

PRIOR = load_definition()


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    made = build_town()
    store = TableStore(str(tmp_path_factory.mktemp("fitting") / "town"))
    store.import_interactions([made.interactions])
    store.add_persons(made.persons)
    return store


@pytest.fixture(scope="module")
def fitted(town):
    return fit_definition(town)


FRESH = expecting(PRIOR, [Split(day(0), day(2))])


def test_known_numbers_are_found_again(tmp_path):
    store = store_of(tmp_path / "store", random_acts(5, count=40_000, actors=2_000, days=20.0))
    past = read_past(store, FRESH, default_splits(store), (), progress=no_progress)
    repost, mention = KINDS.index("repost"), KINDS.index("mention")
    truth = numbers_of(FRESH)
    known = {repost: 1.8, mention: 1.2, HALF_LIFE: 10.0, FRESHNESS: 1.5, PRIOR_PEOPLE: 4.0}
    truth[list(known)] = np.log(list(known.values()))
    found = solve(Problem(with_futures(past, foretold(past, truth)), FRESH), 100)
    low, high = np.quantile(found.draws, [0.005, 0.995], axis=0)
    assert found.is_converged
    for place, number in enumerate(found.free):
        if number in known:
            assert low[place] < truth[number] < high[place], (number, low[place], high[place])
            assert abs(found.numbers.shape[number] - truth[number]) < 0.35


def foretold(past, numbers):
    """New people after each cut, drawn from what some numbers foretell."""
    chance, shape = np.random.default_rng(2), shape_of(numbers, PRIOR.selectivity_scale)
    people, learned = float(np.exp(numbers[PRIOR_PEOPLE])), np.empty(0, np.int64)
    means = [past.slopes(place, shape, people, learned)[:, 0] for place in range(3)]
    return [chance.poisson(3 * (0.5 + mean)).astype(float) for mean in means]


def with_futures(past, came):
    from dataclasses import replace

    return replace(past, new_people=tuple(came))


def test_the_town_gives_a_valid_definition_that_says_where_it_comes_from(fitted, tmp_path):
    path = tmp_path / "own.toml"
    fitted.write(path)
    read = load_definition(path)
    assert read == fitted.definition
    assert read.weights["like"] == 1.0
    assert read.fitted["interactions_sha256"] == fitted.fingerprint
    with pytest.raises(InputError, match="never overwritten"):
        fitted.write(path)


def test_every_number_has_an_interval_and_networks_lend_to_each_other(fitted):
    assert {one.network for one in fitted.numbers} == {None, *fitted.networks}
    for one in fitted.numbers:
        assert one.low <= one.value <= one.high
        assert 0 <= one.borrowed_share <= 1
    assert fitted.is_converged


def test_the_origin_is_a_label(fitted):
    bare = msgspec.structs.replace(fitted.definition, fitted=None, name="x", summary="")
    assert bare.content_hash() == fitted.definition.content_hash()
    assert msgspec.structs.replace(bare, people_shape=3.0).content_hash() != bare.content_hash()


def test_half_a_prior_of_people_is_refused():
    text = msgspec.structs.replace(PRIOR, people_shape=1.0).to_toml()
    with pytest.raises(DefinitionError, match="people_rate"):
        parse_definition(text)


def test_too_little_says_how_much_is_needed(tmp_path):
    store = store_of(tmp_path / "store", random_acts(1))
    with pytest.raises(TooLittleInputError) as caught:
        fit_definition(store)
    assert "100 such actors and 200 new people" in caught.value.hint


def test_all_level_is_refused(tmp_path):
    acts = [
        Act(f"fan{actor}-{day}", f"star{actor}", "like", day + 0.5)
        for day in range(10)
        for actor in range(120)
    ]
    with pytest.raises(TooLittleInputError, match="equally many"):
        fit_definition(store_of(tmp_path / "store", acts))


def test_a_kind_and_a_network_that_are_not_there_are_named(town):
    with pytest.raises(InputError, match="no kind wave"):
        fit_definition(town, future_kinds=["wave"])
    with pytest.raises(InputError, match="no network nowhere"):
        fit_definition(town, terms=FitTerms(network="nowhere"))


def test_one_network_and_a_rising_rate_are_said(tmp_path):
    chance = np.random.default_rng(4)
    acts = []
    for today, count in zip(range(10), [300, 300, 300, 300, 300, 300, 600, 600, 3000, 3000], strict=True):
        stars = (chance.random(count) ** 2 * 150).astype(int)
        acts += [Act(f"p{today}-{n}", f"s{star}", "like", today + 0.5) for n, star in enumerate(stars)]
    found = fit_definition(store_of(tmp_path / "store", acts))
    assert any(one.startswith("Not stationary") and "factor of" in one for one in found.warnings)
    assert any(one.startswith("One network only") for one in found.warnings)


def changing(days, stars, fans, fashion_days, seed=5):
    """Acts towards stars whose popularity is drawn anew every so many days."""
    chance = np.random.default_rng(seed)
    acts = []
    for today in range(days):
        if today % fashion_days == 0:
            popularity = chance.pareto(1.0, stars) + 0.01
            popularity /= popularity.sum()
        for number, star in enumerate(chance.choice(stars, fans, p=popularity)):
            acts.append(Act(f"p{today}-{number}", f"s{star}", "like", today + float(chance.random())))
    return acts


def test_freshness_counts_for_more_where_fashion_changes(tmp_path):
    people, share = {}, {}
    for fashion_days in (3, 1000):
        store = store_of(tmp_path / str(fashion_days), changing(12, 400, 1500, fashion_days))
        splits = [Split(day(cut), day(cut + 2)) for cut in (6, 8, 10)]
        freshness = fit_definition(store, splits=splits).definition.freshness
        people[fashion_days], share[fashion_days] = freshness.prior_people, freshness.usual_share
    assert 5 * people[3] < people[1000]
    assert all(0 < one < 1 for one in share.values())


def test_without_freshness_a_fit_learns_what_lasts(town, fitted):
    found = fit_definition(town, prior=fitted.definition, terms=FitTerms(use_freshness=False))
    assert found.definition.freshness is None
    assert found.is_converged
    assert not [one for one in found.numbers if one.number.startswith("freshness")]
    assert fitted.definition.freshness is not None
    assert {one.number for one in fitted.numbers} >= {"freshness_half_life_days", "freshness_prior_people"}


def test_where_everybody_has_long_been_silent_a_definition_is_written_all_the_same(tmp_path):
    chance = np.random.default_rng(6)
    acts = []
    for today, count in ((0, 400), (1, 400), (100, 600)):
        stars = (chance.random(count) ** 2 * 150).astype(int)
        acts += [Act(f"p{today}-{n}", f"s{star}", "like", today + 0.5) for n, star in enumerate(stars)]
    store = store_of(tmp_path / "store", acts)
    found = fit_definition(store, splits=[Split(day(100), day(101))]).definition
    assert found.freshness.usual_share == 0.001
    assert parse_definition(found.to_toml()) == found


def test_before_anything_is_known_all_kinds_are_alike_and_freshness_follows_from_the_future():
    week = [Split(day(0), day(7)), Split(day(7), day(14))]
    start = expecting(with_kinds_alike(PRIOR), week)
    assert set(start.weights.values()) == {1.0}
    assert set(start.weights) == set(PRIOR.weights)
    assert start.freshness.half_life_days == pytest.approx(7 * np.log(2) / 2)
    known = msgspec.structs.replace(
        start, freshness=Freshness(half_life_days=2, usual_share=1, prior_people=3)
    )
    assert expecting(known, week) is known


def test_the_exponent_falls_where_repeats_say_nothing_and_never_rises(fitted, tmp_path):
    assert fitted.definition.exponent < PRIOR.exponent
    store = store_of(tmp_path / "store", random_acts(5, count=40_000, actors=2_000, days=20.0))
    past = read_past(store, PRIOR, default_splits(store), (), progress=no_progress)
    steep = numbers_of(PRIOR)
    steep[EXPONENT] = np.log(0.9)
    found = solve(Problem(with_futures(past, foretold(past, steep)), PRIOR), 100)
    assert np.exp(found.numbers.shape[EXPONENT]) == pytest.approx(PRIOR.exponent)
    assert found.draws[:, list(found.free).index(EXPONENT)].max() <= np.log(PRIOR.exponent) + 1e-12


def test_a_fit_takes_the_latest_trust_unless_told_not_to(tmp_path):
    made = build_town(people_count=1000, seed=4)
    store = renown.open(tmp_path / "town")
    store.import_interactions([made.interactions])
    before = store.fit()
    run = store.trust()
    trusting, alone = store.fit(), store.fit(terms=FitTerms(use_trust=False))
    assert before.trust_run_id is alone.trust_run_id is None
    (fresh,) = [
        one for one in before.numbers if (one.number, one.network) == ("freshness_half_life_days", None)
    ]
    days = np.mean([(one.test_until - one.train_until) / timedelta(days=1) for one in before.splits])
    assert fresh.prior == pytest.approx(np.log(2) / 2 * days)
    named = {one.number: one for one in store.fit(prior="renown-1").numbers if one.network is None}
    assert named["half_life_days"].prior == pytest.approx(30)
    assert named["mention"].prior == PRIOR.weights["mention"]
    assert trusting.trust_run_id == run.run_id == trusting.definition.fitted["trust_run"]
    assert alone.definition.content_hash() == before.definition.content_hash()
    assert trusting.definition.content_hash() != before.definition.content_hash()


def test_networks_that_agree_do_not_differ_and_those_that_do_not_do():
    errors = np.array([0.01, 0.01, 0.01])
    assert between_variance(np.array([1.0, 1.01, 0.99]), errors) == 0
    assert between_variance(np.array([0.0, 1.0, 2.0]), errors) == pytest.approx(1 - 0.01)


def test_places_are_even_where_the_forecast_is_right(town, fitted):
    past = read_past(town, fitted.definition, default_splits(town), (), progress=no_progress)
    halves = halved(past, fitted.definition, fitted.splits[-1].test_until, town.person_keys(), first_seed=50)
    places = np.concatenate([places_in_forecast(one, fitted.definition) for one in halves])
    for level in (0.5, 0.8, 0.9, 0.95):
        assert abs((np.abs(places - 0.5) <= level / 2).mean() - level) < 0.02
    assert fit_phi(halves) == pytest.approx(1, abs=0.1)
    shape, rate = fit_people(halves, 1.0)
    assert shape > 0
    assert rate > 0
