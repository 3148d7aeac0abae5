"""Intervals: every figure again on resampled actors, the same draw for all measures and splits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from renown.evaluate.baselines import Measure
from renown.evaluate.metrics import Ranked, ndcg, ranked, spearman
from renown.evaluate.records import INTERVAL_LEVEL, Difference, Figure

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

RESAMPLES: Final = 200
MOST_RESAMPLED: Final = 50_000
_LEADERS_PER_PLACE: Final = 3
_POISSON: Final = np.cumsum(np.exp(-1) / np.cumprod([1.0, *range(1, 16)]))


@dataclass(frozen=True, eq=False)
class Metric:
    """One way to compare a measure with what came.

    `places` says of how many first places the NDCG is taken; without it, it is Spearman's rank correlation.
    """

    name: str
    came: FloatArray
    """of all ranked actors: what came, or what it is worth"""
    is_for: BoolArray
    """the actors that are looked at"""
    places: int | None = None

    def of(self, order: Ranked, came: Ranked, gains: FloatArray, weights: FloatArray) -> float:
        """The figure, for some actors."""
        if self.places is None:
            return spearman(order, came, weights)
        return ndcg(order, gains, self.places, weights=weights, ideal=came)

    def resampled(self, orders: Sequence[Ranked], actors: IntArray) -> tuple[BoolArray, float]:
        """The actors worth drawing again, and how much less all actors vary than those do.

        NDCG depends on the first places only: the actors who may come to stand there in any order are enough.
        Of more than 50,000 actors a rank correlation is resampled on 50,000, picked by a hash of their key,
        and its spread taken smaller by the square root of the share, as for any mean-like figure.
        """
        count = int(self.is_for.sum())
        if self.places is not None:
            least = self.places * _LEADERS_PER_PLACE
            chosen = np.logical_or.reduce([leaders(order, least) for order in (*orders, ranked(self.came))])
            return chosen & self.is_for, 1.0
        if count <= MOST_RESAMPLED:
            return self.is_for, 1.0
        lot = np.where(self.is_for, _uniform(actors, 0), 2.0)
        chosen = np.zeros(actors.size, np.bool_)
        chosen[np.argpartition(lot, MOST_RESAMPLED)[:MOST_RESAMPLED]] = True
        return chosen, float(np.sqrt(MOST_RESAMPLED / count))


@dataclass(frozen=True, eq=False)
class Sampled:
    """One measure on one split: each metric as it is, and in every resample. NaN where it does not exist."""

    measure: str
    is_score: bool
    points: Mapping[str, float]
    draws: Mapping[str, FloatArray]


def sample(measures: Sequence[Measure], metrics: Sequence[Metric], actors: IntArray) -> tuple[Sampled, ...]:
    """Every metric of every measure, on the actors as they are and on every resample of them."""
    orders = [ranked(measure.values) for measure in measures]
    found = {metric.name: _sample_metric(metric, orders, actors) for metric in metrics}
    return tuple(
        Sampled(
            measure.name,
            measure.is_score,
            {name: float(points[place]) for name, (points, _) in found.items()},
            {name: draws[:, place] for name, (_, draws) in found.items()},
        )
        for place, measure in enumerate(measures)
    )


def _sample_metric(
    metric: Metric, orders: Sequence[Ranked], actors: IntArray
) -> tuple[FloatArray, FloatArray]:
    """The metric of each order, and a row of them for each resample."""
    chosen, shrink = metric.resampled(orders, actors)
    points = _figures(metric, orders, metric.is_for, [np.ones(int(metric.is_for.sum()))])[0]
    draws = _figures(metric, orders, chosen, actor_draws(actors[chosen]))
    if shrink < 1:
        middle = _figures(metric, orders, chosen, [np.ones(int(chosen.sum()))])[0]
        draws = points + (draws - middle) * shrink
    return points, draws


def _figures(
    metric: Metric, orders: Sequence[Ranked], chosen: BoolArray, drawn: Iterable[FloatArray]
) -> FloatArray:
    gains = metric.came[chosen]
    came, some = ranked(gains), [order.among(chosen) for order in orders]
    return np.array([[metric.of(order, came, gains, weights) for order in some] for weights in drawn])


def leaders(order: Ranked, least: int) -> BoolArray:
    """The first `least` actors of an order, and all who tie with the last of them."""
    behind = np.cumsum(np.bincount(order.group, minlength=order.count)[::-1])[::-1]
    lowest = max(int(np.searchsorted(-behind, -least, side="right")) - 1, 0)
    return order.group >= lowest


def actor_draws(actors: IntArray) -> Iterator[FloatArray]:
    """How often each of `actors` is drawn, resample by resample: Poisson(1), one number for one key.

    Because a draw belongs to the key, figures of different measures, and of splits with the same actors, stay
    paired.
    """
    for resample in range(1, RESAMPLES + 1):
        yield np.searchsorted(_POISSON, _uniform(actors, resample), side="right").astype(np.float64)


def _uniform(actors: IntArray, resample: int) -> FloatArray:
    """A number in [0, 1) that key and resample decide (SplitMix64: Steele, Lea & Flood 2014)."""
    state = actors.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(
        resample * 0xD1B54A32D192ED03 % 2**64
    )
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        state = (state ^ (state >> np.uint64(shift))) * np.uint64(factor)
    return ((state ^ (state >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) / 2.0**53


def number_or_none(value: float) -> float | None:
    """The value, None where it is NaN: JSON has no NaN."""
    return None if np.isnan(value) else float(value)


def mean_figures(splits: Sequence[Sequence[Sampled]], metrics: Sequence[str]) -> tuple[Figure, ...]:
    """Means over splits, with intervals, of the measures that every split has."""
    figures = []
    for samples in _by_measure(splits):
        for metric in metrics:
            value = float(np.mean([sample.points[metric] for sample in samples]))
            if np.isnan(value):
                continue
            low, high = _interval(np.mean([sample.draws[metric] for sample in samples], axis=0))
            first = samples[0]
            figures.append(
                Figure(
                    measure=first.measure,
                    metric=metric,
                    value=value,
                    low=low,
                    high=high,
                    is_score=first.is_score,
                )
            )
    return tuple(figures)


def differences(splits: Sequence[Sequence[Sampled]], metrics: Sequence[str]) -> tuple[Difference, ...]:
    """Each score less each other measure, split by split and in the mean of the splits."""
    measures = _by_measure(splits)
    scores = [samples for samples in measures if samples[0].is_score]
    pairs = [(score, other) for score in scores for other in measures if other is not score]
    return tuple(
        difference
        for score, other in pairs
        for metric in metrics
        for difference in _differences_of(score, other, metric)
    )


def _differences_of(score: list[Sampled], other: list[Sampled], metric: str) -> Iterator[Difference]:
    points = np.array(
        [one.points[metric] - two.points[metric] for one, two in zip(score, other, strict=True)]
    )
    draws = np.array([one.draws[metric] - two.draws[metric] for one, two in zip(score, other, strict=True)])
    splits = [*range(1, len(points) + 1), None]
    for split, point, draw in zip(
        splits, [*points, points.mean()], [*draws, draws.mean(axis=0)], strict=True
    ):
        low, high = _interval(draw)
        if np.isnan(point) or low is None or high is None:
            continue
        yield Difference(
            score=score[0].measure,
            measure=other[0].measure,
            metric=metric,
            split=split,
            difference=float(point),
            low=low,
            high=high,
        )


def _by_measure(splits: Sequence[Sequence[Sampled]]) -> list[list[Sampled]]:
    """The samples of each measure that every split has, in the order of the first split."""
    by_name = [{sample.measure: sample for sample in split} for split in splits]
    names = [name for name in by_name[0] if all(name in split for split in by_name)]
    return [[split[name] for split in by_name] for name in names]


def _interval(draws: FloatArray) -> tuple[float, float] | tuple[None, None]:
    finite = draws[np.isfinite(draws)]
    if finite.size < draws.size / 2 or finite.size < 2:
        return None, None
    low, high = np.quantile(finite, [(1 - INTERVAL_LEVEL) / 2, (1 + INTERVAL_LEVEL) / 2])
    return float(low), float(high)
