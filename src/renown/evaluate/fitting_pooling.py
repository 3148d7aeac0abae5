"""Partial pooling: what networks have in common, and how far each may differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renown.evaluate.fitting_model import SELECTIVITY, Solved
from renown.evaluate.records import INTERVAL_LEVEL
from renown.types import KINDS

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

    Formula:  between = max(0, sum of w (x - mean)^2 - (N - 1)) / (sum of w - sum of w^2 / sum of w), w = 1 / v;
              mean of all with weights 1 / (v + between); a network borrows the share v / (v + between) of its
              number from it. A network that is too small to be fitted borrows all.
    Args:     together: the fit to all networks at once, the common numbers where fewer than two stand alone.
    Source:   DerSimonian & Laird (1986), Meta-analysis in clinical trials; Efron & Morris (1975).
    """
    size, free = len(KINDS) + 2, together.free
    common = _alone("", together, size)
    if len(alone) < 2:
        whole = NetworkNumbers(None, common.values, common.low, common.high, np.zeros(size))
        rest = [
            NetworkNumbers(name, common.values, common.low, common.high, np.ones(size)) for name in networks
        ]
        return Pooled((whole, *(rest if len(networks) > 1 else ())), free)
    each = {name: _alone(name, solved, size) for name, solved in alone}
    learned = {name: set(solved.free.tolist()) for name, solved in alone}
    mean, low, high = common.values.copy(), common.low.copy(), common.high.copy()
    own = {
        name: (common.values.copy(), common.low.copy(), common.high.copy(), np.ones(size))
        for name in networks
    }
    for place in free:
        names = [name for name in each if place in learned[name]]
        if len(names) < 2:
            continue
        values = np.array([each[name].values[place] for name in names])
        variances = np.array([_variance(each[name], place) for name in names])
        between = between_variance(values, variances)
        weights = 1 / (variances + between)
        mean[place] = (weights * values).sum() / weights.sum()
        reach = 1.96 * np.sqrt(1 / weights.sum())
        low[place], high[place] = mean[place] - reach, mean[place] + reach
        for numbers in own.values():
            numbers[0][place] = mean[place]
            spread = 1.96 * np.sqrt(between + 1 / weights.sum())
            numbers[1][place], numbers[2][place] = mean[place] - spread, mean[place] + spread
        for name, value, variance in zip(names, values, variances, strict=True):
            borrowed = variance / (variance + between)
            kept = borrowed * mean[place] + (1 - borrowed) * value
            reach = 1.96 * np.sqrt((1 - borrowed) * variance + borrowed**2 / weights.sum())
            for column, number in enumerate((kept, kept - reach, kept + reach, borrowed)):
                own[name][column][place] = number
    for numbers in ((mean, low, high), *(one[:3] for one in own.values())):
        for column in numbers:
            column[SELECTIVITY] = np.clip(column[SELECTIVITY], 0.0, 1.0)
    whole = NetworkNumbers(None, mean, low, high, np.zeros(size))
    return Pooled((whole, *(NetworkNumbers(name, *own[name]) for name in networks)), free)


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


def _alone(name: str, solved: Solved, size: int) -> NetworkNumbers:
    values = solved.numbers.shape
    low, high = values.copy(), values.copy()
    edges = np.quantile(solved.draws, [(1 - INTERVAL_LEVEL) / 2, (1 + INTERVAL_LEVEL) / 2], axis=0)
    low[solved.free], high[solved.free] = edges
    return NetworkNumbers(name, values, np.minimum(low, values), np.maximum(high, values), np.zeros(size))


def _variance(one: NetworkNumbers, place: int) -> float:
    return float(max(((one.high[place] - one.low[place]) / 3.92) ** 2, 1e-6))


def _own_scale(value: float, place: int) -> float:
    return float(value) if place == SELECTIVITY else float(np.exp(value))
