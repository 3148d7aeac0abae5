"""Earned attention and how it answers to each number of a definition, in one walk over the interactions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]
CountArray = NDArray[np.int32]
CodeArray = NDArray[np.int8]
FloatArray = NDArray[np.float64]


class History(NamedTuple):
    """Counted interactions with some targets, sorted by source, target, time; arrays of equal length."""

    source: IntArray
    target: IntArray
    """place among the targets that are looked at"""
    kind: CodeArray
    time: IntArray
    """microseconds"""
    given: CountArray
    """how many counted interactions the source handed out that day; 0: not counted itself"""
    share: FloatArray
    """what trust leaves of the tie: trust(u) * independence(u,v), 1 where nothing is known"""


class Shape(NamedTuple):
    """The numbers that are learned, and those of them that hold still."""

    weights: FloatArray
    half_life_microseconds: float
    selectivity: float
    selectivity_scale: float
    exponent: float
    freshness_half_life_microseconds: float
    """infinite: everybody stays fresh"""


def some_rows(history: History, places: IntArray) -> History:
    """The rows at the given places, in that order."""
    return History(
        history.source[places],
        history.target[places],
        history.kind[places],
        history.time[places],
        history.given[places],
        history.share[places],
    )


@compiled
def add_slopes(
    history: History, cut: int, shape: Shape, learned: IntArray, sums: tuple[FloatArray, FloatArray]
) -> None:
    """Add earned and fresh attention of each target at a moment, and their derivatives.

    Formula:  E = sum over ties of share * m^x, m = sum of w * D^-s * 2^(-age/h), D = 1 + (n - 1) / scale;
              S = the same sum, each tie times 2^(-age of its latest that weighs something / g).
    Args:     learned: kinds, by place in KINDS, whose weights are learned.  sums: two arrays, a row a target,
              changed in place. Columns: E (S); its derivatives by log w for each learned kind, by log h, by s
              and by log x; and, of S alone, by log g.
    Cost:     O(rows); what takes time is to find each target's row, so there are no columns to spare.
    """
    earned, fresh = sums
    kinds = learned.shape[0]
    by_kind = np.zeros(shape.weights.shape[0])
    count = history.source.shape[0]
    end = 0
    while end < count:
        first = end
        by_kind[:] = 0.0
        mass, by_half_life, by_selectivity, latest_age = 0.0, 0.0, 0.0, 0.0
        while (
            end < count
            and history.source[end] == history.source[first]
            and history.target[end] == history.target[first]
        ):
            age = float(cut - history.time[end])
            if age > 0.0 and shape.weights[history.kind[end]] > 0.0:
                latest_age = age
            if history.given[end] > 0 and age > 0.0:
                handed_out = np.log1p((history.given[end] - 1) / shape.selectivity_scale)
                halvings = age / shape.half_life_microseconds
                part = shape.weights[history.kind[end]] * np.exp(
                    -shape.selectivity * handed_out - np.log(2.0) * halvings
                )
                mass += part
                by_kind[history.kind[end]] += part
                by_half_life += part * np.log(2.0) * halvings
                by_selectivity -= part * handed_out
            end += 1
        if mass > 1e-300:
            place = history.target[first]
            attention = history.share[first] * mass**shape.exponent
            slope = shape.exponent * attention / mass
            halvings = latest_age / shape.freshness_half_life_microseconds
            freshness = np.exp2(-halvings)
            for found, part in ((earned, 1.0), (fresh, freshness)):
                found[place, 0] += part * attention
                for column in range(kinds):
                    found[place, 1 + column] += part * slope * by_kind[learned[column]]
                found[place, kinds + 1] += part * slope * by_half_life
                found[place, kinds + 2] += part * slope * by_selectivity
                found[place, kinds + 3] += part * attention * shape.exponent * np.log(mass)
            fresh[place, kinds + 4] += freshness * attention * np.log(2.0) * halvings


@compiled
def freshened_slopes(
    earned: FloatArray, fresh: FloatArray, is_ranked: NDArray[np.bool_], prior_people: float
) -> FloatArray:
    """E times freshness, and its slopes, from the sums of `add_slopes`.

    Formula:  F = E / (k + E) * (k + S / usual), k = prior_people; usual = sum of S / sum of E over the
              ranked, which moves with the numbers too.
    Returns:  columns: F; its derivatives in the order of `fresh`; and by log k.
    """
    size, columns = fresh.shape
    total_earned, total_fresh = np.zeros(columns), np.zeros(columns)
    for actor in range(size):
        if is_ranked[actor]:
            total_earned[: columns - 1] += earned[actor]
            total_fresh += fresh[actor]
    usual, by_usual = 1.0, np.zeros(columns)
    if total_earned[0] > 0.0 and total_fresh[0] > 0.0:
        usual = total_fresh[0] / total_earned[0]
        by_usual = total_fresh / total_fresh[0] - total_earned / total_earned[0]
    found = np.zeros((size, columns + 1))
    for actor in range(size):
        level = prior_people + earned[actor, 0]
        said = prior_people + fresh[actor, 0] / usual
        part = earned[actor, 0] / level
        by_earned, by_fresh = prior_people * said / level**2, part / usual
        found[actor, 0] = part * said
        for column in range(1, columns):
            found[actor, column] = by_fresh * (fresh[actor, column] - fresh[actor, 0] * by_usual[column])
        for column in range(1, columns - 1):
            found[actor, column] += by_earned * earned[actor, column]
        found[actor, columns] = prior_people * part * (1.0 - said / level)
    return found


@compiled
def count_new_people(history: History, begin: int, until: int, is_future: CodeArray, size: int) -> FloatArray:
    """How many people reacted to each target for the first time within [begin, until), by a kind that counts.

    Args:     is_future: 1 for each kind that counts as the future.
    Notes:    a person counts by what trust leaves of the tie.
    """
    found = np.zeros(size)
    count = history.source.shape[0]
    end = 0
    while end < count:
        first = end
        is_reached = False
        while (
            end < count
            and history.source[end] == history.source[first]
            and history.target[end] == history.target[first]
        ):
            is_reached |= begin <= history.time[end] < until and is_future[history.kind[end]] == 1
            end += 1
        if is_reached and history.time[first] >= begin:
            found[history.target[first]] += history.share[first]
    return found


@compiled
def count_received(history: History, cut: int, size: int) -> FloatArray:
    """How many interactions each target received before a moment, counted or not."""
    found = np.zeros(size)
    for row in range(history.source.shape[0]):
        if history.time[row] < cut:
            found[history.target[row]] += 1.0
    return found


@compiled
def half_sums(
    history: History, cut: int, shape: Shape, is_second: NDArray[np.bool_], targets_count: int
) -> FloatArray:
    """What each half of the people gave to each target at a moment.

    Args:     is_second: whether a person, by key, belongs to the second half.
    Returns:  columns of the first half, then of the second: earned attention, sum of squares, people; what is
              fresh, the sum of its products with contributions, that of its squares.
    """
    found = np.zeros((targets_count, 12))
    count = history.source.shape[0]
    end = 0
    while end < count:
        first = end
        mass, latest_age = 0.0, 0.0
        while (
            end < count
            and history.source[end] == history.source[first]
            and history.target[end] == history.target[first]
        ):
            age = float(cut - history.time[end])
            if age > 0.0 and shape.weights[history.kind[end]] > 0.0:
                latest_age = age
            if history.given[end] > 0 and age > 0.0:
                handed_out = np.log1p((history.given[end] - 1) / shape.selectivity_scale)
                mass += shape.weights[history.kind[end]] * np.exp(
                    -shape.selectivity * handed_out - np.log(2.0) * age / shape.half_life_microseconds
                )
            end += 1
        if mass > 1e-300:
            attention = history.share[first] * mass**shape.exponent
            fresh = attention * np.exp2(-latest_age / shape.freshness_half_life_microseconds)
            place, half = history.target[first], 6 if is_second[history.source[first]] else 0
            found[place, half] += attention
            found[place, half + 1] += attention * attention
            found[place, half + 2] += 1.0
            found[place, half + 3] += fresh
            found[place, half + 4] += fresh * attention
            found[place, half + 5] += fresh * fresh
    return found
