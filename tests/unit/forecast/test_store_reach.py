"""Forecasts from a store: a made-up network whose rates are known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

import renown
from renown.errors import ActorNotFoundError, MomentError, NotInStoreError, TooLittleInputError
from renown.forecast.people import Cases, foretold_posts, people_forecast, shrinkage_of, window_rates

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 140
AUTHORS = 60


def acts(rng):
    """Sixty authors post every four days; each post has Poisson(rate) people, most within hours."""
    rates = {f"author{n:02d}": 1.5 * 1.08**n for n in range(AUTHORS)}
    for author, rate in rates.items():
        for number, day in enumerate(range(0, DAYS - 1, 4)):
            posted = START + timedelta(days=day, hours=int(rng.integers(0, 20)))
            people = rng.choice(4000, size=rng.poisson(rate), replace=False)
            for person, delay in zip(people, rng.exponential(4 * 3600, people.size), strict=True):
                when = posted + timedelta(seconds=float(delay) + 1)
                yield f"p{person}", author, f"{author}-{number}", posted, when


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    rows = list(acts(np.random.default_rng(3)))
    source, target, post, posted, when = map(list, zip(*rows, strict=True))
    made = renown.open(tmp_path_factory.mktemp("forecast") / "store")
    stamp = pa.timestamp("us", tz="UTC")
    made.add_interactions(
        pa.table(
            {
                "source": source,
                "target": target,
                "kind": ["like"] * len(rows),
                "post_id": [f"pond:{one}" for one in post],
                "time": pa.array(when, stamp),
            }
        ),
        network="pond",
    )
    known = {one: (author, at) for author, one, at in zip(target, post, posted, strict=True)}
    made.add_posts(
        pa.table(
            {
                "post_id": [f"pond:{one}" for one in known],
                "network": ["pond"] * len(known),
                "author_actor_id": [f"pond:{author}" for author, _ in known.values()],
                "posted_at": pa.array([at for _, at in known.values()], stamp),
            }
        )
    )
    return made


def test_an_actor_is_forecast_near_its_rate(store):
    found = store.forecast_actor("author50")
    rate = 1.5 * 1.08**50
    assert found.next_post.expected_people == pytest.approx(rate, rel=0.25)
    assert found.next_post.people_low <= rate <= found.next_post.people_high
    # Seven posts in 28 days, of 4,000 people who hardly ever meet twice.
    assert found.next_days.expected_people == pytest.approx(7 * rate, rel=0.15)
    assert found.next_days.people_low < found.people_last_days < found.next_days.people_high * 1.3
    assert found.has_silent_posts
    assert found.to_dict()["as_of"] == found.as_of.isoformat()


def test_a_smaller_actor_is_forecast_fewer(store):
    small, large = store.forecast_actor("author05"), store.forecast_actor("author55")
    assert small.next_post.expected_people < large.next_post.expected_people
    assert small.next_days.people_high < large.next_days.people_low


def test_the_future_is_not_looked_at(store):
    cut = START + timedelta(days=100)
    found = store.forecast_actor("author30", as_of=cut)
    assert found.as_of == cut
    assert found.past_posts_count == 24 or found.past_posts_count == 23
    later = store.forecast_actor("author30")
    assert later.past_posts_count > found.past_posts_count


def test_intervals_hold_in_the_days_that_came(store):
    """Forecast at day 112, and counted 28 days later."""
    cut = START + timedelta(days=112)
    came = {}
    for source, target, _, _, when in acts(np.random.default_rng(3)):
        if cut <= when < cut + timedelta(days=28):
            came.setdefault(target, set()).add(source)
    held = [
        found.next_days.people_low <= len(came[name]) <= found.next_days.people_high
        for name in list(came)[::3]
        for found in [store.forecast_actor(name, as_of=cut)]
    ]
    assert np.mean(held) >= 0.75


def test_a_post_is_forecast_from_its_first_hours(store):
    post, author = "pond:author58-20", "pond:author58"
    rows = [row for row in acts(np.random.default_rng(3)) if f"pond:{row[2]}" == post]
    posted = rows[0][3]
    early = store.forecast_post(post, as_of=posted + timedelta(hours=3))
    assert early.model == "store"
    assert early.author_actor_id == author
    assert early.is_posted_at_known
    assert early.people_so_far == sum(row[4] < posted + timedelta(hours=3) for row in rows)
    final = len(rows)
    assert early.forecast.people_low <= final <= early.forecast.people_high
    assert early.people_so_far < early.forecast.expected_people < 2 * final


def test_a_young_store_lets_the_shipped_model_speak(store):
    posted = next(row[3] for row in acts(np.random.default_rng(3)) if row[2] == "author58-1")
    found = store.forecast_post("pond:author58-1", as_of=posted + timedelta(hours=3))
    assert found.model == "times"
    assert found.forecast.people_low >= found.people_so_far


def test_what_cannot_be_forecast_is_said(store):
    with pytest.raises(NotInStoreError, match="pond:nowhere"):
        store.forecast_post("pond:nowhere")
    with pytest.raises(MomentError, match="days old"):
        store.forecast_post("pond:author58-1")
    with pytest.raises(ActorNotFoundError):
        store.forecast_actor("nobody-like-this")
    with pytest.raises(TooLittleInputError):
        store.forecast_actor("author30", as_of=START + timedelta(days=5))
    with pytest.raises(MomentError, match="more than a year"):
        store.forecast_actor("author30", as_of=START + timedelta(days=900))


def test_somebody_nobody_reacted_to_is_forecast_little(store):
    found = store.forecast_actor("p17")
    assert found.next_post is None
    assert found.next_days.expected_people < store.forecast_actor("author05").next_days.expected_people


def test_rates_are_drawn_to_what_is_usual():
    people = np.array([[4.0, 4.0], [0.0, 1.0], [40.0, 44.0]])
    rates = window_rates(people).rate
    assert rates[1] > people[1].mean() * 2 / 3 * 0.5
    assert rates[2] < 42
    assert rates[0] < rates[2]


def test_a_post_is_foretold_from_earlier_posts_of_its_author_only():
    logs, author = np.array([1.0, 3.0, 2.0, 7.0, 9.0]), np.array([1, 1, 1, 2, 2])
    shrinkage = shrinkage_of(logs, author)._replace(usual=5.0, strength=1.0)
    foretold, counts = foretold_posts(logs, author, shrinkage)
    np.testing.assert_allclose(foretold, [5.0, 3.0, 3.0, 5.0, 6.0])
    assert counts.tolist() == [0, 1, 2, 0, 1]


def test_few_cases_promise_nothing():
    few = Cases(np.zeros(38), np.zeros(38))
    assert people_forecast(0.0, few) is None
    assert people_forecast(0.0, Cases(np.zeros(39), np.zeros(39))) is not None
