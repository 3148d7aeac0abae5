"""Earned attention and its slopes: against the score's own kernel, and against small steps."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from renown.definitions import Freshness, load_definition
from renown.evaluate import default_splits
from renown.evaluate.fitting_history import read_past
from renown.evaluate.fitting_model import (
    EXPONENT,
    FRESHNESS,
    HALF_LIFE,
    PRIOR_PEOPLE,
    SELECTIVITY,
    SHAPE_SIZE,
    numbers_of,
    shape_by,
    shape_of,
)
from renown.kernels.attention import Factors
from renown.kernels.slopes import count_new_people
from renown.scoring import compute_scores
from renown.types import KINDS, no_progress
from tests.unit.evaluate.worlds import random_acts, store_of

EVERY_KIND = np.arange(len(KINDS))


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    store = store_of(tmp_path_factory.mktemp("slopes") / "store", random_acts(3))
    splits = default_splits(store)
    return store, read_past(store, load_definition(), splits, (), progress=no_progress)


def slopes_of(past, place, definition):
    """Earned attention and its slopes at a cut, by a definition's own numbers."""
    shape = shape_by(definition)
    freshness = definition.freshness
    return past.slopes(place, shape, 1.0 if freshness is None else freshness.prior_people, EVERY_KIND)


def test_the_first_column_is_what_actors_earn(past):
    store, read = past
    for place, split in enumerate(read.splits):
        found = slopes_of(read, place, load_definition())[:, 0]
        scored = compute_scores(store, as_of=split.train_until)
        assert found[np.searchsorted(read.actor, scored.actor_key)] == pytest.approx(
            scored.earned_attention, rel=1e-9
        )
        assert np.count_nonzero(found) == scored.actor_key.size


def test_the_first_column_is_what_actors_earn_with_freshness(past):
    store, read = past
    rule = Freshness(half_life_days=0.8, usual_share=1.0, prior_people=3.0)
    definition = msgspec.structs.replace(load_definition(), freshness=rule)
    shape = shape_by(definition)
    usual = [
        fresh[:, 0].sum() / earned[:, 0].sum()
        for earned, fresh in (read.sums(place, shape, EVERY_KIND) for place in range(len(read.splits)))
    ]
    assert read.usual_share(shape) == pytest.approx(np.mean(usual))
    assert 0 < usual[0] < 1
    for place, split in enumerate(read.splits):
        found = slopes_of(read, place, definition)[:, 0]
        known = msgspec.structs.replace(rule, usual_share=float(usual[place]))
        scored = compute_scores(
            store,
            definition=msgspec.structs.replace(definition, freshness=known),
            as_of=split.train_until,
        )
        assert found[np.searchsorted(read.actor, scored.actor_key)] == pytest.approx(
            scored.earned_attention, rel=1e-9
        )


def test_trust_takes_the_same_from_a_fit_as_from_a_score(past):
    store, plain = past
    chance = np.random.default_rng(8)
    pairs = np.unique(
        np.concatenate([np.column_stack([one.source, plain.actor[one.target]]) for one in plain.parts]),
        axis=0,
    )
    some = pairs[chance.random(len(pairs)) < 0.5]
    factors = Factors(chance.random(30), some[:, 0].copy(), some[:, 1].copy(), chance.random(len(some)))
    trusting = read_past(store, load_definition(), plain.splits, (), factors=factors, progress=no_progress)
    cut = trusting.splits[-1].train_until
    found = slopes_of(trusting, 2, load_definition())[:, 0]
    scored = compute_scores(store, as_of=cut, factors=factors)
    assert found[np.searchsorted(trusting.actor, scored.actor_key)] == pytest.approx(
        scored.earned_attention, rel=1e-9
    )
    assert trusting.new_people[2].sum() < plain.new_people[2].sum()


NUMBERS = {
    **{kind: (place, np.log(0.5 + 0.4 * place)) for place, kind in enumerate(KINDS)},
    "half-life": (HALF_LIFE, np.log(3.0)),
    "selectivity": (SELECTIVITY, 0.4),
    "exponent": (EXPONENT, -np.log(3.0)),
    "half-life of freshness": (FRESHNESS, np.log(0.7)),
    "prior people": (PRIOR_PEOPLE, np.log(5.0)),
}
UNSEEN = ("reply", "quote", "follow", "list", "citation")


@pytest.mark.parametrize("number", NUMBERS)
def test_the_slopes_are_those_of_small_steps(past, number):
    _, read = past
    place, step = NUMBERS[number][0], 1e-6
    here = np.array([value for _, value in sorted(NUMBERS.values())])

    def slopes(numbers):
        return read.slopes(2, shape_of(numbers, 10.0), float(np.exp(numbers[PRIOR_PEOPLE])), EVERY_KIND)

    away = step * (np.arange(SHAPE_SIZE) == place)
    by_steps = (slopes(here + away)[:, 0] - slopes(here - away)[:, 0]) / (2 * step)
    assert (np.abs(by_steps).max() > 1e-3) == (number not in UNSEEN)
    assert slopes(here)[:, 1 + place] == pytest.approx(by_steps, abs=1e-6)


def test_kinds_that_are_not_learned_have_no_column(past):
    _, read = past
    shape = shape_of(numbers_of(load_definition()), 10.0)
    every, some = read.slopes(2, shape, 1.0, EVERY_KIND), read.slopes(2, shape, 1.0, np.array([3, 1]))
    assert some.tolist() == every[:, [0, 4, 2, *range(1 + len(KINDS), every.shape[1])]].tolist()


def test_without_freshness_nothing_answers_to_it(past):
    _, read = past
    found = slopes_of(read, 2, load_definition())
    assert not found[:, 1 + FRESHNESS :].any()


def test_new_people_are_those_who_never_came_before(past):
    _, read = past
    begin, until = 1_772_500_000_000_000, 1_772_800_000_000_000
    first, reached = {}, set()
    for part in read.parts:
        for source, target, _, time, *_ in zip(*part, strict=True):
            first[source, target] = min(time, first.get((source, target), time))
            if begin <= time < until:
                reached.add((source, target))
    expected = np.zeros(read.actor.size)
    for source, target in reached:
        expected[target] += first[source, target] >= begin
    every = np.ones(len(KINDS), np.int8)
    found = sum(count_new_people(part, begin, until, every, read.actor.size) for part in read.parts)
    assert found.tolist() == expected.tolist()
    assert expected.sum() > 0
