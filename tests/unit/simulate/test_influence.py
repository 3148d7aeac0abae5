"""Is the truth true? The formula against enumeration, other luck, and a town without the actor."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from renown.simulate import TownPlan, reading
from renown.simulate.intentions import intended_topic
from renown.simulate.people import CELEBRITY, EXPERT
from renown.simulate.posting import author_of, day_of
from renown.simulate.reacting import BY_INTENTION, BY_POST
from renown.simulate.world import build_world, without


def test_one_readers_chance_is_what_enumeration_of_all_outcomes_gives(monkeypatch):
    # one reader; posts: two on day 1 about topic 0, one on day 1 about topic 2, one on day 5 about topic 0
    chance = np.array([0.3, 0.2, 0.5, 0.1])
    intention = {(1, 0): 0.25, (1, 2): 0.1, (5, 0): 0.4}
    day, topic = np.array([1, 1, 1, 5]), np.array([0, 0, 2, 0])
    monkeypatch.setattr(
        reading,
        "intention_chance",
        lambda world, person, day, topic: np.array(
            [intention[pair] for pair in zip(day, topic, strict=True)]
        ),
    )
    expected = 0.0
    for moved in product([0, 1], repeat=4):
        for intends in product([0, 1], repeat=3):
            weight = np.prod([p if hit else 1 - p for p, hit in zip(chance, moved, strict=True)])
            weight *= np.prod(
                [x if yes else 1 - x for x, yes in zip(intention.values(), intends, strict=True)]
            )
            has = dict(zip(intention, intends, strict=True))
            expected += weight * any(
                hit and not has[pair] for hit, pair in zip(moved, zip(day, topic, strict=True), strict=True)
            )
    world = SimpleNamespace(people=SimpleNamespace(person=np.array([0])))
    keys = (np.zeros(4, int), np.zeros(4, int), day, topic)
    found, starts = reading.distinct_chance(world, keys, chance, np.zeros(4, bool))
    assert starts.tolist() == [0]
    assert found[0] == pytest.approx(expected, abs=1e-12)
    opposing, _ = reading.distinct_chance(world, keys, chance, np.ones(4, bool))
    assert opposing[0] == pytest.approx(1 - np.prod(1 - chance), abs=1e-12)


@pytest.fixture(scope="module")
def replays(lived):
    """The same town six times, each with other luck."""
    plan = TownPlan(people_count=1_000, seed=3)
    return [lived(build_world(plan, luck=luck))[0] for luck in range(1, 7)]


@pytest.mark.parametrize(
    ("expected", "counted"), [("true_influence", "caused_count"), ("opposed_influence", "opposed_count")]
)
def test_the_expectation_is_what_other_luck_gives_on_average(replays, expected, counted, record_property):
    influence = np.stack([getattr(truth, expected) for truth in replays])
    count = np.stack([getattr(truth, counted) for truth in replays])
    # a count of independent readers varies by no more than its expectation: a cautious standard error
    error = (count.sum() - influence.sum()) / np.sqrt(influence.sum())
    record_property(
        "measured", f"town: {counted} - {expected} over six replays = {error:+.2f} standard errors"
    )
    assert abs(error) < 4
    for low, high in ((0, 1), (1, 5), (5, 20), (20, 1e9)):
        here = (influence.mean(axis=0) > low) & (influence.mean(axis=0) <= high)
        assert abs(count[:, here].sum() - influence[:, here].sum()) < 4 * np.sqrt(
            influence[:, here].sum() + 1
        )


def test_most_of_the_spread_between_replays_is_taken_out_of_the_truth(replays, record_property):
    """Only who passed posts on stays by chance, so the truth varies far less than what is counted."""
    influence = np.stack([truth.true_influence for truth in replays])
    count = np.stack([truth.caused_count for truth in replays])
    known = influence.mean(axis=0) > 10
    left = influence[:, known].var(axis=0).sum() / count[:, known].var(axis=0).sum()
    record_property(
        "measured", f"town: variance of true_influence / of caused_count between replays = {left:.3f}"
    )
    assert left < 0.3


@pytest.mark.parametrize("role", [EXPERT, CELEBRITY])
def test_without_an_actor_its_caused_reactions_vanish_and_the_others_happen_elsewhere(world, lived, role):
    there = np.flatnonzero(world.people.role == role)
    actor = int(there[np.argmax(world.audience.follower_counts()[there])])
    truth, rows = lived(world)
    _, rows_without = lived(without(world, actor))
    assert not (rows_without.target == actor)[np.isin(rows_without.cause, (BY_POST, BY_INTENTION))].any()

    def moments(rows):
        """(person, day, topic) of everything that people did by intention."""
        post = rows.post[rows.cause == BY_INTENTION]
        person = world.people.person[rows.source[rows.cause == BY_INTENTION]]
        return set(
            zip(person.tolist(), day_of(post).tolist(), world.newsroom.topic_of(post).tolist(), strict=True)
        )

    to_actor = (rows.target == actor) & ~rows.is_opposing
    still = moments(rows_without)
    anyway = moments(rows.taken(to_actor & (rows.cause == BY_INTENTION)))
    assert len(anyway) > 10
    person, day, topic = np.array(sorted(anyway)).T
    assert (intended_topic(world, person, day) == topic).all()
    # in so small a town nobody else may have posted on a rare topic that day; those people act outside of it
    assert len(anyway & still) > 0.75 * len(anyway), "who would have acted anyway acts elsewhere"

    caused = rows.taken(to_actor & (rows.cause == BY_POST))
    person, day = world.people.person[caused.source], day_of(caused.post)
    needed = set(
        zip(person.tolist(), day.tolist(), world.newsroom.topic_of(caused.post).tolist(), strict=True)
    )
    assert len({person for person, *_ in needed}) == truth.caused_count[actor]
    assert not needed & still, "who was moved had nothing else to act on"


def test_without_an_actor_nothing_else_changes_but_where_attention_went(world, lived):
    actor = int(np.flatnonzero(world.people.role == EXPERT)[0])
    _, rows = lived(world)
    _, rows_without = lived(without(world, actor))

    def moved(rows):
        here = (rows.cause == BY_POST) & (author_of(rows.post) != actor)
        return set(zip(rows.source[here].tolist(), rows.post[here].tolist(), strict=True))

    before, after = moved(rows), moved(rows_without)
    assert len(before - after) <= 0.002 * len(before)
    assert len(after - before) <= 0.002 * len(before)


def test_intentions_come_as_often_as_their_chance_says(world):
    person = np.repeat(np.arange(1_000), 90)
    day = np.tile(np.arange(90), 1_000)
    topic = intended_topic(world, person, day)
    chance = sum(
        reading.intention_chance(world, person, day, world.people.topics[person, place]) for place in range(3)
    )
    assert abs((topic >= 0).sum() - chance.sum()) < 4 * np.sqrt(chance.sum())
