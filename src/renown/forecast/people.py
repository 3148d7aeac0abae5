"""Distinct people from past counts: shrunk towards what is usual here, with intervals from past cases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from renown.forecast.conformal import conformal_offsets, conformal_quantile
from renown.forecast.records import LEVEL, PeopleForecast

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

NEAREST: Final = 200
"""An interval rests on this many past cases of about the same size, or on all where there are fewer."""
LEAST_CASES: Final = 39
POSTS_BACK: Final = 20
"""A post is foretold from at most this many of its author's before it."""
TARGETS_EACH: Final = 5
"""At most this many past posts of one author are cases."""


class Cases(NamedTuple):
    """Past forecasts, as log(1 + people), and what came."""

    foretold: FloatArray
    came: FloatArray


def people_forecast(foretold: float, cases: Cases, *, least: int = 0) -> PeopleForecast | None:
    """Median and 90 % interval around a forecast, from how far the nearest past ones were off.

    Formula:  with r = log(1 + came) - foretold of the nearest past cases: expected = exp(foretold + median r)
              - 1, and the ends with the conformal offsets of r instead of the median; where the lower end
              is at `least`, the upper one alone is missed by 10 of 100
    Returns:  None where there are fewer than 39 cases.
    """
    count = cases.came.size
    if count < LEAST_CASES:
        return None
    off = np.abs(cases.foretold - foretold)
    nearest = np.argsort(off, kind="stable")[:NEAREST]
    residuals = (cases.came - cases.foretold)[nearest]
    low, high = conformal_offsets(residuals, LEVEL)
    lowest = math.ceil(math.expm1(foretold + low) - 1e-9)
    if lowest <= least:
        # Nothing can come out below what is certain, so all that may be missed is missed above.
        high = conformal_quantile(residuals, LEVEL)
    middle = math.expm1(foretold + float(np.median(residuals)))
    of = f"all {count:,} past cases"
    if nearest.size < count:
        of = f"the {nearest.size:,} of {count:,} past cases nearest in size"
    return PeopleForecast(
        expected_people=round(max(middle, float(least)), 2),
        # The whole numbers within the ends are the conformal set; it is widened only to hold the middle.
        people_low=max(least, min(lowest, math.floor(middle + 1e-9))),
        people_high=max(least, math.floor(math.expm1(foretold + high) + 1e-9), math.ceil(middle - 1e-9)),
        level=LEVEL,
        calibration_count=int(nearest.size),
        size_class=of,
    )


class Rates(NamedTuple):
    """Gamma distribution of actors' rates, and the rate of each given its own windows."""

    shape: float
    per_window: float
    rate: FloatArray


def window_rates(people: FloatArray) -> Rates:
    """People in a stretch of days to expect of each actor, from the stretches before.

    Formula:  rate = (shape + sum w_j x_j) / (per_window + sum w_j), w_j = 2^-j for the j-th stretch back;
              shape and per_window by moments over all actors: mean m, variance v less what Poisson counts add
    Args:     people: a row an actor, the latest stretch first.
    Source:   gamma-Poisson shrinkage; Robbins (1956), Clayton, Kaldor (1987).
    Example:
        >>> rates = window_rates(np.array([[4.0, 4.0], [0.0, 1.0], [40.0, 44.0]])).rate
        >>> bool(rates[1] > 0.3) and bool(rates[2] < 42)
        True
    """
    weights = 0.5 ** np.arange(people.shape[1])
    total = weights.sum()
    means = people @ weights / total
    mean = float(means.mean()) if means.size else 0.0
    noise = mean * float((weights**2).sum()) / total**2
    spread = max(float(means.var()) - noise, 1e-3 * max(mean, 1e-3) ** 2) if means.size else 1.0
    shape, per_window = mean**2 / spread, mean / spread
    return Rates(shape, per_window, (shape + people @ weights) / (per_window + total))


class Shrinkage(NamedTuple):
    """How strongly an author's posts are drawn to what is usual here: as by so many usual posts."""

    usual: float
    strength: float


def shrinkage_of(logs: FloatArray, author: IntArray) -> Shrinkage:
    """Usual log(1 + people) of a post, and the variance within authors over the one between them."""
    _, place, counts = np.unique(author, return_inverse=True, return_counts=True)
    means = np.bincount(place, logs) / counts
    within = float(((logs - means[place]) ** 2).sum() / max(logs.size - counts.size, 1))
    between = max(float(means.var()) - within * float((1 / counts).mean()), 1e-3)
    return Shrinkage(float(means.mean()), max(within / between, 1e-3))


def foretold_posts(logs: FloatArray, author: IntArray, shrinkage: Shrinkage) -> tuple[FloatArray, IntArray]:
    """Of each post, what its author's posts before it foretell, and how many they are.

    Args:     logs: log(1 + people), by author and then by time.
    """
    before, behind = np.concatenate([[0.0], np.cumsum(logs)]), np.arange(logs.size)
    first = np.searchsorted(author, author, side="left")
    start = np.maximum(first, behind - POSTS_BACK)
    counts = behind - start
    sums = before[behind] - before[start]
    return (sums + shrinkage.strength * shrinkage.usual) / (counts + shrinkage.strength), counts


def post_cases(logs: FloatArray, author: IntArray, shrinkage: Shrinkage) -> Cases:
    """The last five posts of every author that have posts before them, each foretold from those."""
    foretold, counts = foretold_posts(logs, author, shrinkage)
    last = np.searchsorted(author, author, side="right")
    is_case = (counts > 0) & (last - np.arange(logs.size) <= TARGETS_EACH)
    return Cases(foretold[is_case], logs[is_case])


def latest_each(author: IntArray) -> IntArray:
    """Places of the last five posts of every author, of posts by time.

    Example:
        >>> latest_each(np.array([3, 7, 7, 7, 7, 7, 7, 3])).tolist()
        [0, 2, 3, 4, 5, 6, 7]
    """
    order = np.argsort(author, kind="stable")
    ordered = author[order]
    behind = np.searchsorted(ordered, ordered, side="right") - np.arange(author.size)
    return np.sort(order[behind <= TARGETS_EACH])
