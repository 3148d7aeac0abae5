"""Rank bands against an oracle that makes every comparison, and against what they claim."""

from __future__ import annotations

import itertools
from statistics import NormalDist

import numpy as np
import pytest

from renown.evaluate.ranks import simultaneous_rank_bands


@pytest.mark.parametrize("seed", range(5))
def test_every_comparison_one_by_one(seed):
    chance = np.random.default_rng(seed)
    values, deviations = chance.normal(0, 3, 9), chance.uniform(0.1, 1.5, 9)
    z = NormalDist().inv_cdf((1 + 0.8 ** (1 / 8)) / 2)
    above, below = [1] * 9, [9] * 9
    for j, k in itertools.permutations(range(9), 2):
        reach = z * (deviations[j] ** 2 + deviations[k] ** 2) ** 0.5
        above[j] += values[k] - values[j] > reach
        below[j] -= values[j] - values[k] > reach
    best, worst = simultaneous_rank_bands(values, deviations, 0.8)
    assert (best.tolist(), worst.tolist()) == (above, below)


def test_the_true_rank_lies_in_the_band_as_often_as_claimed():
    chance = np.random.default_rng(1)
    truth, deviations = np.linspace(3, 0, 12), chance.uniform(0.2, 0.8, 12)
    held = np.zeros(12)
    for _ in range(1000):
        best, worst = simultaneous_rank_bands(chance.normal(truth, deviations), deviations, 0.9)
        held += (best <= np.arange(1, 13)) & (np.arange(1, 13) <= worst)
    assert held.min() >= 880


def test_one_actor_is_first():
    assert [one.tolist() for one in simultaneous_rank_bands(np.ones(1), np.ones(1))] == [[1], [1]]
