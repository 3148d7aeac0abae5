"""Rank bands that hold for all of an actor's comparisons at once."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def simultaneous_rank_bands(
    values: FloatArray, deviations: FloatArray, level: float = 0.9
) -> tuple[IntArray, IntArray]:
    """Best and worst rank of each actor that hold together, `level` often.

    Formula:  actors j and k are told apart where |x_j - x_k| > z * sqrt(sd_j^2 + sd_k^2), z the two-sided
              normal quantile of level^(1 / (N - 1)) (Sidak: independent errors).
              rank_low = 1 + how many are surely above; rank_high = N - how many are surely below.
    Args:     values: on a scale where errors are about normal, as log(1 + E) is; deviations: of each value.
    Cost:     O(N^2) time, a few rows of N at once: for a leaderboard, not a million actors. A run's bands
              (`renown.scoring.scale.rank_bands_of`) compare interval with interval instead, in N log N.
    Source:   Mogstad, Romano, Shaikh & Wilhelm (2024), Inference for ranks, Review of Economic Studies 91.
    """
    count = values.size
    if count < 2:
        return np.ones(count, np.int64), np.ones(count, np.int64)
    z = NormalDist().inv_cdf((1 + level ** (1 / (count - 1))) / 2)
    best, worst = np.empty(count, np.int64), np.empty(count, np.int64)
    for place in range(count):
        reach = z * np.sqrt(deviations[place] ** 2 + deviations**2)
        away = values - values[place]
        best[place] = 1 + np.count_nonzero(away > reach)
        worst[place] = count - np.count_nonzero(away < -reach)
    return best, worst
