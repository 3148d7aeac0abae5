"""People who behaved alike, told apart by whether they could see an actor: counted period by period."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
CodeArray = NDArray[np.int8]
BoolArray = NDArray[np.bool_]

BINS: Final = 12
"""Bins of past behaviour, two for each doubling: on the topic, and of any kind."""
_CELLS: Final = BINS * BINS
_WIDE_CELLS: Final = (BINS // 2) * (BINS // 2)

LEAST_ALIKE: Final = 2
"""Fewer people than this are nobody to compare with."""

MATCHED, ACTED, ANYWAY, EXPOSED, NAIVE, SILENT_ACTED, SILENT_ANYWAY, FIGURES = range(8)
"""Columns of `Comparison.people`, in periods in which the actor acted (the last two: was silent).

MATCHED: exposures for which somebody alike was found. ACTED: of these, acts. ANYWAY: acts of those alike,
with the person's part in their uncertainty. EXPOSED: all exposures. NAIVE: acts less the others' rate.
"""

IS_CAUSED, IS_TOWARDS = 1, 2
"""Marks of an act: only the actor caused it (a simulation knows); it went to the actor."""


class Panel(NamedTuple):
    """People by their place, and what each did in each period, sorted by period."""

    first_acted: IntArray
    """period of each person's first act of any kind"""
    member_since: IntArray
    """period since when the person is of the actor's audience; far in the future for others"""
    start: IntArray
    """where each period begins in the next two; one more than there are periods"""
    person: IntArray
    acts: IntArray
    """how many acts of any kind"""


class Occasions(NamedTuple):
    """One topic: when the actor was heard on it, and who acted on it when, sorted by period."""

    is_occasion: BoolArray
    start: IntArray
    person: IntArray
    marks: CodeArray


class Comparison(NamedTuple):
    """What was counted on one topic."""

    people: FloatArray
    """a row a person, the columns above; sums over the rows are the figures, single rows their variance"""
    caused_count: int
    """of the matched exposures, acts that carry the mark"""
    caused_of_all_count: int
    acted_of_all_count: int
    """acts of all exposures, matched or not"""
    towards_count: int
    """of the matched exposures, acts towards the actor"""


class _Present(NamedTuple):
    """Everybody in one period."""

    code: IntArray
    """cell of past behaviour; -1 before the first act"""
    marks: CodeArray
    """marks of the act on the topic; -1: none"""
    member_since: IntArray
    period: int


class _Rates(NamedTuple):
    """Of the people outside of the audience, by narrow and by wide cell."""

    rate: FloatArray
    """how often they act; of wide cells -1 where too few are"""
    weight: FloatArray
    """how many of the audience each stands for, and a little more"""
    wide_rate: FloatArray
    wide_weight: FloatArray
    common: float
    """of all of them, whatever they did before"""
    common_weight: float
    is_there: BoolArray
    """narrow cells in which enough people are"""


@compiled
def compare_alike(panel: Panel, topic: Occasions, least_silent: int, half_life: float) -> Comparison:
    """Compare the audience with people who behaved alike before, in every period.

    Past behaviour is what somebody did in periods in which the actor was silent on the topic, so that what
    the actor stirred does not pass for what people do anyway; each act fades by half in `half_life` periods.
    People take part from the period after their first act on, and once the actor was silent `least_silent`
    times. Who has fewer than two alike in the narrow bins is compared in bins twice as wide.
    Cost:     O(periods * people), two walks over the people a period.
    """
    people = panel.first_acted.shape[0]
    found, counts = np.zeros((people, FIGURES)), np.zeros(4, np.int64)
    on_topic, in_all = np.zeros(people), np.zeros(people)
    marks, code = np.full(people, -1, np.int8), np.full(people, -1, np.int64)
    silent, weight = 0, 1.0
    for period in range(topic.is_occasion.shape[0]):
        for place in range(topic.start[period], topic.start[period + 1]):
            marks[topic.person[place]] = topic.marks[place]
        if silent >= least_silent:
            _find_cells(code, panel.first_acted, period, on_topic / weight, in_all / weight)
            present = _Present(code, marks, panel.member_since, period)
            here, acted = _count_cells(present)
            if here[0].sum() > 0 and here[1].sum() > 0:
                rates = _rates_of(here, acted)
                _add_unexposed(found, present, rates, topic.is_occasion[period])
                _add_exposed(found, counts, present, rates, topic.is_occasion[period])
        if not topic.is_occasion[period]:
            for place in range(topic.start[period], topic.start[period + 1]):
                on_topic[topic.person[place]] += weight
            for place in range(panel.start[period], panel.start[period + 1]):
                in_all[panel.person[place]] += weight * panel.acts[place]
            silent += 1
            weight *= 2.0 ** (1.0 / half_life)
        for place in range(topic.start[period], topic.start[period + 1]):
            marks[topic.person[place]] = -1
    return Comparison(found, counts[0], counts[1], counts[2], counts[3])


@compiled
def _find_cells(
    code: IntArray, first_acted: IntArray, period: int, on_topic: FloatArray, in_all: FloatArray
) -> None:
    for person in range(code.shape[0]):
        if first_acted[person] < period:
            by_topic, by_all = _bin(on_topic[person]), _bin(0.5 * in_all[person])
            code[person] = by_topic * BINS + by_all


@compiled
def _bin(acts: float) -> int:
    """Two bins for each doubling of 1 + acts."""
    if acts == 0.0:
        return 0
    return min(int(2.0 * np.log2(1.0 + acts)), BINS - 1)


@compiled
def _count_cells(present: _Present) -> tuple[FloatArray, FloatArray]:
    """People and acts by cell, first of those outside of the audience, then of the audience."""
    here, acted = np.zeros((2, _CELLS)), np.zeros((2, _CELLS))
    for person in range(present.code.shape[0]):
        if present.code[person] >= 0:
            side = 1 if present.member_since[person] < present.period else 0
            here[side, present.code[person]] += 1
            acted[side, present.code[person]] += present.marks[person] >= 0
    return here, acted


@compiled
def _rates_of(here: FloatArray, acted: FloatArray) -> _Rates:
    """Wide cells answer only for those of the audience in whose narrow cell fewer than two others are.

    Of n people their own rate is part of what they are compared with, so each varies sqrt(n / (n - 1)) times
    as much as it seems (HC2).
    """
    rate, weight = np.zeros(_CELLS), np.zeros(_CELLS)
    others, their_acts, asking = np.zeros(_WIDE_CELLS), np.zeros(_WIDE_CELLS), np.zeros(_WIDE_CELLS)
    for cell in range(_CELLS):
        wide = _wide(cell)
        others[wide] += here[0, cell]
        their_acts[wide] += acted[0, cell]
        if here[0, cell] >= LEAST_ALIKE:
            rate[cell] = acted[0, cell] / here[0, cell]
            weight[cell] = here[1, cell] / np.sqrt(here[0, cell] * (here[0, cell] - 1.0))
        else:
            asking[wide] += here[1, cell]
    wide_rate, wide_weight = np.full(_WIDE_CELLS, -1.0), np.zeros(_WIDE_CELLS)
    for wide in range(_WIDE_CELLS):
        if others[wide] >= LEAST_ALIKE:
            wide_rate[wide] = their_acts[wide] / others[wide]
            wide_weight[wide] = asking[wide] / np.sqrt(others[wide] * (others[wide] - 1.0))
    everybody = here[0].sum()
    common, common_weight = acted[0].sum() / everybody, here[1].sum() / everybody
    return _Rates(rate, weight, wide_rate, wide_weight, common, common_weight, here[0] >= LEAST_ALIKE)


@compiled
def _wide(cell: int) -> int:
    """The wide cell that a narrow one lies in."""
    return (cell // BINS // 2) * (BINS // 2) + (cell % BINS) // 2


@compiled
def _add_unexposed(found: FloatArray, present: _Present, rates: _Rates, is_occasion: bool) -> None:
    """How far each person outside of the audience moves the rates: sums to nothing, but varies."""
    for person in range(present.code.shape[0]):
        cell = present.code[person]
        if cell < 0 or present.member_since[person] < present.period:
            continue
        acted = 1.0 if present.marks[person] >= 0 else 0.0
        wide = _wide(cell)
        part = rates.weight[cell] * (acted - rates.rate[cell])
        part += rates.wide_weight[wide] * (acted - rates.wide_rate[wide])
        if is_occasion:
            found[person, ANYWAY] += part
            found[person, NAIVE] -= rates.common_weight * (acted - rates.common)
        else:
            found[person, SILENT_ANYWAY] += part


@compiled
def _add_exposed(
    found: FloatArray, counts: IntArray, present: _Present, rates: _Rates, is_occasion: bool
) -> None:
    for person in range(present.code.shape[0]):
        cell, mark = present.code[person], present.marks[person]
        if cell < 0 or present.member_since[person] >= present.period:
            continue
        acted = 1.0 if mark >= 0 else 0.0
        anyway = rates.rate[cell] if rates.is_there[cell] else rates.wide_rate[_wide(cell)]
        if is_occasion:
            found[person, EXPOSED] += 1
            found[person, NAIVE] += acted - rates.common
            counts[1] += mark >= 0 and (mark & IS_CAUSED) > 0
            counts[2] += mark >= 0
        if anyway < 0:
            continue
        found[person, ACTED if is_occasion else SILENT_ACTED] += acted
        found[person, ANYWAY if is_occasion else SILENT_ANYWAY] += anyway
        if is_occasion:
            found[person, MATCHED] += 1
            counts[0] += mark >= 0 and (mark & IS_CAUSED) > 0
            counts[3] += mark >= 0 and (mark & IS_TOWARDS) > 0
