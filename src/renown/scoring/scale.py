"""From earned attention to what is shown: score, interval, percentile, rank band."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.steps.scale import COMPARED_DECIMALS
from renown.types import HIGHEST_SCORE

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def scores_of(earned_attention: FloatArray, definition: Definition) -> FloatArray:
    """points_per_doubling * log2(1 + E), at most 100."""
    return np.minimum(HIGHEST_SCORE, _unbounded(earned_attention, definition))


def intervals_of(
    earned_attention: FloatArray, squared_attention: FloatArray, definition: Definition
) -> tuple[FloatArray, FloatArray]:
    """Lower and upper end of each score's interval.

    Formula:  sd = sqrt(phi * sum of c(u,v)^2) / (1 + E), the delta-method error of log(1 + E) with people as
              independent units; score -+ z * points_per_doubling / ln 2 * sd, kept within 0..100.
              Where the definition knows how many people actors have (people_shape, people_rate):
              points_per_doubling * log2(1 + s * q(-+z)), see `expected_attention_of`.
    """
    if definition.people_shape is not None:
        return _shrunk_intervals(earned_attention, squared_attention, definition)
    z = NormalDist().inv_cdf((1 + definition.interval_level) / 2)
    deviation = np.sqrt(definition.phi * squared_attention) / (1 + earned_attention)
    reach = z * definition.points_per_doubling / np.log(2) * deviation
    score = _unbounded(earned_attention, definition)
    return np.clip(score - reach, 0, HIGHEST_SCORE), np.minimum(HIGHEST_SCORE, score + reach)


def expected_attention_of(
    earned_attention: FloatArray, squared_attention: FloatArray, definition: Definition, z: float
) -> FloatArray:
    """The quantile at z (of a standard normal) of what an actor's people give, had others come by.

    Formula:  s = phi * sum of c^2 / E, what one independent person gives; n = E / s, how many there are.
              How many come on average ~ Gamma(people_shape + n, people_rate + 1); its quantile by
              k (1 - 1 / (9 k) + z / (3 sqrt k))^3 / (people_rate + 1), k = people_shape + n; times s.
    Source:   Wilson & Hilferty (1931), The distribution of chi-square, PNAS 17; Robbins (1956), An empirical
              Bayes approach to statistics.
    """
    given = np.divide(
        definition.phi * squared_attention,
        earned_attention,
        out=np.zeros_like(earned_attention),
        where=earned_attention > 0,
    )
    people = np.divide(earned_attention, given, out=np.zeros_like(earned_attention), where=given > 0)
    shape = (definition.people_shape or 0.0) + people
    with np.errstate(divide="ignore"):
        root = np.maximum(0.0, 1 - 1 / (9 * shape) + z / (3 * np.sqrt(shape)))
    return np.asarray(given * shape * root**3 / ((definition.people_rate or 0.0) + 1))


def _shrunk_intervals(
    earned_attention: FloatArray, squared_attention: FloatArray, definition: Definition
) -> tuple[FloatArray, FloatArray]:
    z = NormalDist().inv_cdf((1 + definition.interval_level) / 2)
    low, high = (
        scores_of(expected_attention_of(earned_attention, squared_attention, definition, side), definition)
        for side in (-z, z)
    )
    return low, high


def percentiles_of(scores: FloatArray) -> FloatArray:
    """Share of the other scored actors below, equal ones counting half, in 0..100; 100 for a single actor."""
    if scores.size < 2:
        return np.full(scores.size, 100.0)
    order, ranked = _sorted(scores)
    below = np.searchsorted(ranked, ranked, "left")
    up_to = np.searchsorted(ranked, ranked, "right")
    percentiles = np.empty(scores.size)
    percentiles[order] = 100 * (below + (up_to - below - 1) / 2) / (scores.size - 1)
    return percentiles


def rank_bands_of(low: FloatArray, high: FloatArray) -> tuple[IntArray, IntArray]:
    """Best and worst rank that the intervals allow, 1 the top.

    Formula:  best = 1 + #{k: low_k > high_j}; worst = N - #{k: high_k < low_j}.
    """
    by_low, lows = _sorted(low)
    by_high, highs = _sorted(high)
    best, worst = np.empty(low.size, np.int64), np.empty(low.size, np.int64)
    best[by_high] = 1 + low.size - np.searchsorted(lows, highs, "right")
    worst[by_low] = low.size - np.searchsorted(highs, lows, "left")
    return best, worst


def wilson_interval(share: float, count: float, *, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share that was seen in so many cases (any number above 0, not whole ones alone).

    Formula:  (p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n), within 0..1.
    Source:   Wilson (1927), Probable inference, the law of succession, and statistical inference.
    Example:
        >>> [round(end, 3) for end in wilson_interval(0.9, 100)]
        [0.826, 0.945]
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    spread = z**2 / count
    middle = (share + spread / 2) / (1 + spread)
    reach = z * np.sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    # Exactly: nothing seen leaves nothing possible, everything seen leaves everything possible.
    low = 0.0 if share == 0 else max(0.0, float(middle - reach))
    return low, 1.0 if share == 1 else min(1.0, float(middle + reach))


def _unbounded(earned_attention: FloatArray, definition: Definition) -> FloatArray:
    return np.asarray(definition.points_per_doubling * np.log1p(earned_attention) / np.log(2))


def _sorted(values: FloatArray) -> tuple[IntArray, FloatArray]:
    rounded = np.round(values, COMPARED_DECIMALS)
    order = np.argsort(rounded)
    return order, rounded[order]
