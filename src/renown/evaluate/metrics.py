"""How well a ranking agrees with what came: Spearman's rho and NDCG, with ties and with weights.

A weight says how often an actor was drawn in a resample; without weights everybody counts once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_TIE_BITS: Final = 36


@dataclass(frozen=True, eq=False)
class Ranked:
    """Values as groups of ties: `group` of each, 0 the lowest, and how many groups there are."""

    group: IntArray
    count: int

    def among(self, chosen: NDArray[np.bool_]) -> Ranked:
        """The same order, of some only."""
        return ranked(self.group[chosen])


def ranked(values: ArrayLike) -> Ranked:
    """Order values; those that agree in their first 36 bits (ten digits) tie.

    Sums of the same terms in another order differ in the last bits, which must not decide who stands first.
    """
    mantissa, exponent = np.frexp(np.asarray(values, np.float64))
    rounded = np.ldexp(np.rint(np.ldexp(mantissa, _TIE_BITS)), exponent - _TIE_BITS)
    distinct, group = np.unique(rounded, return_inverse=True)
    return Ranked(group.astype(np.int64), len(distinct))


def spearman(one: Ranked, other: Ranked, weights: FloatArray | None = None) -> float:
    """Spearman's rank correlation; ties have their middle rank. NaN where one of the two does not vary.

    Formula:  Pearson's correlation of the ranks.
    Source:   Spearman (1904); ties as in Kendall (1945).
    Cost:     O(actors).
    Example:
        >>> round(spearman(ranked([1, 2, 3, 4]), ranked([1, 2, 4, 3])), 12)
        0.8
    """
    weights = np.ones(one.group.size) if weights is None else weights
    total = weights.sum()
    x, y = _middle_ranks(one, weights), _middle_ranks(other, weights)
    if total == 0:
        return float("nan")
    x -= _sum(weights, x) / total
    y -= _sum(weights, y) / total
    scale = np.sqrt(_sum(weights, x, x) * _sum(weights, y, y))
    return float(_sum(weights, x, y) / scale) if scale > 1e-9 else float("nan")


def _sum(*factors: FloatArray) -> float:
    """Sum of the products, on one thread: for short arrays a threaded BLAS costs more than it saves."""
    letters = ",".join("i" * len(factors))
    return float(np.einsum(f"{letters}->", *factors))


def _middle_ranks(order: Ranked, weights: FloatArray) -> FloatArray:
    size = np.bincount(order.group, weights, order.count)
    middle: FloatArray = (np.cumsum(size) - size / 2)[order.group]
    return middle


def ndcg(
    order: Ranked,
    gains: FloatArray,
    places: int,
    *,
    weights: FloatArray | None = None,
    ideal: Ranked | None = None,
) -> float:
    """Share of the best possible discounted gain that the first `places` of a ranking collect, 0 to 1.

    Formula:  DCG = sum over places i of gain(i) / log2(i + 1);  NDCG = DCG / DCG of the ideal order.
              Tied actors share their mean gain: the expectation over all orders of a tie, so no luck enters.
    Args:     ideal: `ranked(gains)`, where it is known already.
    Returns:  NaN where nobody gains anything.
    Source:   Järvelin & Kekäläinen (2002), discount of Burges et al. (2005); ties: McSherry & Najork (2008).
    Cost:     O(actors).
    Example:
        >>> gains = np.array([3.0, 0.0, 1.0])
        >>> round(ndcg(ranked([5, 4, 1]), gains, 100), 6)
        0.96394
    """
    weights = np.ones(order.group.size) if weights is None else weights
    best = discounted_gain(ideal or ranked(gains), gains, places, weights)
    return discounted_gain(order, gains, places, weights) / best if best > 0 else float("nan")


def discounted_gain(order: Ranked, gains: FloatArray, places: int, weights: FloatArray) -> float:
    """DCG of the first `places`, best first, ties sharing their mean gain."""
    discounts = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(2, places + 2)))])
    size = np.bincount(order.group, weights, order.count)[::-1]
    gained = np.bincount(order.group, weights * gains, order.count)[::-1]
    stop = np.cumsum(size)
    reaches = np.flatnonzero((stop - size < places) & (size > 0))
    after = np.minimum(stop[reaches], places).astype(np.int64)
    before = (stop[reaches] - size[reaches]).astype(np.int64)
    return _sum(gained[reaches] / size[reaches], discounts[after] - discounts[before])
