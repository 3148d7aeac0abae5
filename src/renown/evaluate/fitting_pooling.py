"""Partial pooling: what networks have in common, and how far each may differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renown.evaluate.fitting_model import EXPONENT, SELECTIVITY, SHAPE_SIZE, Solved
from renown.evaluate.records import INTERVAL_LEVEL

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class NetworkNumbers:
    """The numbers of one network after pooling, in logs (selectivity as it is), by place in the shape."""

    network: str | None
    values: FloatArray
    low: FloatArray
    high: FloatArray
    borrowed: FloatArray

    def put(self, place: int, value: float, variance: float, borrowed: float) -> None:
        """Set one number, its interval and how much of it is borrowed."""
        reach = 1.96 * float(np.sqrt(variance))
        self.values[place], self.borrowed[place] = value, borrowed
        self.low[place], self.high[place] = value - reach, value + reach


@dataclass(frozen=True, eq=False)
class Pooled:
    """The common numbers first, then each network's."""

    all: tuple[NetworkNumbers, ...]
    free: IntArray

    def of(self, network: str | None) -> FloatArray:
        """The numbers of a network; None: the common ones."""
        return next(one.values for one in self.all if one.network == network)

    def numbers(self, prior: FloatArray, labels: Sequence[str]) -> list[dict[str, Any]]:
        """Each learned number of each network on its own scale. `prior`: exp of the shape started from."""
        return [
            {
                "number": labels[place],
                "network": one.network,
                "prior": float(np.log(prior[place]) if place == SELECTIVITY else prior[place]),
                "value": _own_scale(one.values[place], place),
                "low": _own_scale(one.low[place], place),
                "high": _own_scale(one.high[place], place),
                "borrowed_share": float(one.borrowed[place]),
            }
            for one in self.all
            for place in self.free
        ]


def pool(together: Solved, alone: Sequence[tuple[str, Solved]], networks: Sequence[str]) -> Pooled:
    """Pull each network's numbers towards their mean, the more the less sure they are.

    Formula:  between = max(0, sum of w (x - mean)^2 - (N - 1)) / (sum of w - sum of w^2 / sum of w),
              w = 1 / v; mean of all with weights 1 / (v + between); a network borrows the share
              v / (v + between) of its number from it. A network that is too small to be fitted borrows all.
    Args:     together: the fit to all networks at once, the common numbers where fewer than two stand alone.
    Source:   DerSimonian & Laird (1986), Meta-analysis in clinical trials; Efron & Morris (1975).
    """
    size, free = SHAPE_SIZE, together.free
    common = _alone(None, together, size)
    if len(alone) < 2:
        rest = [replace(common, network=name, borrowed=np.ones(size)) for name in networks]
        return Pooled((common, *(rest if len(networks) > 1 else ())), free)
    each = {name: (_alone(name, solved, size), set(solved.free.tolist())) for name, solved in alone}
    whole = _copied(common, None, 0.0)
    own = {name: _copied(common, name, 1.0) for name in networks}
    for place in free:
        knowing = {name: numbers for name, (numbers, learned) in each.items() if place in learned}
        if len(knowing) >= 2:
            _pool_number(int(place), knowing, whole, own)
    highest = max(_highest_exponent(solved) for solved in (together, *(solved for _, solved in alone)))
    for numbers in (whole, *own.values()):
        for column in (numbers.values, numbers.low, numbers.high):
            column[SELECTIVITY] = np.clip(column[SELECTIVITY], 0.0, 1.0)
            column[EXPONENT] = min(column[EXPONENT], highest)
    return Pooled((whole, *own.values()), free)


def _pool_number(
    place: int,
    knowing: Mapping[str, NetworkNumbers],
    whole: NetworkNumbers,
    own: Mapping[str, NetworkNumbers],
) -> None:
    """Pool one number over the networks that know it: changes `whole` and `own` in place."""
    values = np.array([numbers.values[place] for numbers in knowing.values()])
    variances = np.array([_variance(numbers, place) for numbers in knowing.values()])
    between = between_variance(values, variances)
    weights = 1 / (variances + between)
    mean, error = float((weights * values).sum() / weights.sum()), float(1 / weights.sum())
    whole.put(place, mean, error, 0.0)
    for numbers in own.values():
        numbers.put(place, mean, between + error, 1.0)
    for name, value, variance in zip(knowing, values, variances, strict=True):
        borrowed = float(variance / (variance + between))
        kept = borrowed * mean + (1 - borrowed) * float(value)
        own[name].put(place, kept, float((1 - borrowed) * variance + borrowed**2 * error), borrowed)


def between_variance(values: FloatArray, variances: FloatArray) -> float:
    """How much networks truly differ: the variance of values beyond what their own errors explain.

    Example:
        >>> between_variance(np.array([1.0, 1.0, 1.0]), np.array([0.1, 0.1, 0.1]))
        0.0
    """
    weights = 1 / variances
    mean = (weights * values).sum() / weights.sum()
    beyond = (weights * (values - mean) ** 2).sum() - (values.size - 1)
    return float(max(0.0, beyond / (weights.sum() - (weights**2).sum() / weights.sum())))


def _copied(numbers: NetworkNumbers, network: str | None, borrowed: float) -> NetworkNumbers:
    size = numbers.values.size
    return NetworkNumbers(
        network, numbers.values.copy(), numbers.low.copy(), numbers.high.copy(), np.full(size, borrowed)
    )


def _alone(name: str | None, solved: Solved, size: int) -> NetworkNumbers:
    values = solved.numbers.shape
    low, high = values.copy(), values.copy()
    edges = np.quantile(solved.draws, [(1 - INTERVAL_LEVEL) / 2, (1 + INTERVAL_LEVEL) / 2], axis=0)
    low[solved.free], high[solved.free] = edges
    return NetworkNumbers(name, values, np.minimum(low, values), np.maximum(high, values), np.zeros(size))


def _highest_exponent(solved: Solved) -> float:
    """The highest that a fit allowed, in logs: what was found, and on some resample more."""
    place = np.flatnonzero(solved.free == EXPONENT)
    return float(max(solved.numbers.shape[EXPONENT], solved.draws[:, place].max(initial=-np.inf)))


def _variance(one: NetworkNumbers, place: int) -> float:
    return float(max(((one.high[place] - one.low[place]) / 3.92) ** 2, 1e-6))


def _own_scale(value: float, place: int) -> float:
    return float(value) if place == SELECTIVITY else float(np.exp(value))
