"""Earned attention and its slopes: against the score's own kernel, and against small steps."""

from __future__ import annotations

import numpy as np
import pytest

from renown.definitions import load_definition
from renown.evaluate import default_splits
from renown.evaluate.fitting_history import read_past
from renown.evaluate.fitting_model import Problem
from renown.kernels.attention import Factors
from renown.kernels.slopes import Shape, count_new_people
from renown.scoring import compute_scores
from renown.types import KINDS, no_progress
from tests.unit.evaluate.worlds import random_acts, store_of


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    store = store_of(tmp_path_factory.mktemp("slopes") / "store", random_acts(3))
    splits = default_splits(store)
    return store, read_past(store, load_definition(), splits, (), progress=no_progress)


def test_the_first_column_is_what_actors_earn(past):
    store, read = past
    problem = Problem(read, load_definition())
    for place, split in enumerate(read.splits):
        found = read.slopes(place, problem.shape_of(problem.first()))[:, 0]
        scored = compute_scores(store, as_of=split.train_until)
        assert found[np.searchsorted(read.actor, scored.actor_key)] == pytest.approx(
            scored.earned_attention, rel=1e-9
        )
        assert np.count_nonzero(found) == scored.actor_key.size


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
    problem = Problem(trusting, load_definition())
    cut = trusting.splits[-1].train_until
    found = trusting.slopes(2, problem.shape_of(problem.first()))[:, 0]
    scored = compute_scores(store, as_of=cut, factors=factors)
    assert found[np.searchsorted(trusting.actor, scored.actor_key)] == pytest.approx(
        scored.earned_attention, rel=1e-9
    )
    assert trusting.new_people[2].sum() < plain.new_people[2].sum()


def test_the_slopes_are_those_of_small_steps(past):
    _, read = past
    weights, half_life, selectivity = np.linspace(0.5, 2.5, len(KINDS)), 3 * 86_400e6, 0.4
    slopes = read.slopes(2, Shape(weights, half_life, selectivity, 10.0, 1 / 3))

    def earned(weights, half_life, selectivity, exponent=1 / 3):
        return read.slopes(2, Shape(weights, half_life, selectivity, 10.0, exponent))[:, 0]

    step = 1e-6
    for place in range(len(KINDS)):
        up = weights * np.exp(step * (np.arange(len(KINDS)) == place))
        down = weights * np.exp(-step * (np.arange(len(KINDS)) == place))
        by_steps = (earned(up, half_life, selectivity) - earned(down, half_life, selectivity)) / (2 * step)
        assert slopes[:, 1 + place] == pytest.approx(by_steps, abs=1e-6)
    by_half_life = earned(weights, half_life * np.exp(step), selectivity) - earned(
        weights, half_life * np.exp(-step), selectivity
    )
    assert slopes[:, -3] == pytest.approx(by_half_life / (2 * step), abs=1e-6)
    by_selectivity = earned(weights, half_life, selectivity + step) - earned(
        weights, half_life, selectivity - step
    )
    assert slopes[:, -2] == pytest.approx(by_selectivity / (2 * step), abs=1e-6)
    by_exponent = earned(weights, half_life, selectivity, np.exp(step) / 3) - earned(
        weights, half_life, selectivity, np.exp(-step) / 3
    )
    assert slopes[:, -1] == pytest.approx(by_exponent / (2 * step), abs=1e-6)


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
