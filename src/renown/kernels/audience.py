"""Ties arranged by who receives: an index of every audience, in order of time, without moving a tie."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renown.kernels.attention import Rows
from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]
KeyArray = NDArray[np.int32]
FloatArray = NDArray[np.float32]
MaskArray = NDArray[np.bool_]


class TieStarts(NamedTuple):
    """One entry per pair with an interaction before the moment, in the order and number of `sum_ties`."""

    source: KeyArray
    first_minute: KeyArray
    """of its first interaction, since `epoch`"""
    last_minute: KeyArray


class Audiences(NamedTuple):
    """For each actor the ties it received: places[start[v]:start[v + 1]] of the ties, earliest first."""

    start: IntArray
    place: KeyArray


@compiled
def tie_starts(rows: Rows, as_of_microseconds: int, epoch_microseconds: int) -> TieStarts:
    """Source, first and last minute of every pair; rows sorted by source, target, time."""
    count = rows.source.shape[0]
    source = np.empty(count, np.int32)
    first, last = np.empty(count, np.int32), np.empty(count, np.int32)
    ties = 0
    row = 0
    while row < count:
        begin = row
        while (
            row < count and rows.source[row] == rows.source[begin] and rows.target[row] == rows.target[begin]
        ):
            row += 1
        if rows.time[begin] >= as_of_microseconds:
            continue
        end = row - 1
        while rows.time[end] >= as_of_microseconds:
            end -= 1
        source[ties] = rows.source[begin]
        first[ties] = (rows.time[begin] - epoch_microseconds) // 60_000_000
        last[ties] = (rows.time[end] - epoch_microseconds) // 60_000_000
        ties += 1
    return TieStarts(source[:ties], first[:ties], last[:ties])


@compiled
def index_audiences(target: KeyArray, minute: KeyArray, actors: int) -> Audiences:
    """Arrange ties by target and minute. Cost: two passes, and a sort within each audience."""
    start = np.zeros(actors + 1, np.int64)
    for tie in range(target.shape[0]):
        start[target[tie] + 1] += 1
    for actor in range(actors):
        start[actor + 1] += start[actor]
    place = np.empty(target.shape[0], np.int32)
    filled = start[:-1].copy()
    for tie in range(target.shape[0]):
        place[filled[target[tie]]] = tie
        filled[target[tie]] += 1
    return Audiences(start, place)


@compiled
def sort_audiences(audiences: Audiences, minute: KeyArray, low: int, high: int) -> None:
    """Put the audiences of the actors low..high in order of time, equal times in order of source."""
    start, place = audiences
    for actor in range(low, high):
        begin, end = start[actor], start[actor + 1]
        if end - begin > 24:
            keys = np.empty(end - begin, np.int64)
            for at in range(begin, end):
                keys[at - begin] = (np.int64(minute[place[at]]) << 32) | place[at]
            keys.sort()
            for at in range(begin, end):
                place[at] = keys[at - begin] & 0xFFFFFFFF
            continue
        for at in range(begin + 1, end):
            moving = place[at]
            hole = at
            while hole > begin and minute[place[hole - 1]] > minute[moving]:
                place[hole] = place[hole - 1]
                hole -= 1
            place[hole] = moving


@compiled
def source_starts(source: KeyArray, actors: int) -> IntArray:
    """Where the ties of each source begin: those of u are start[u]:start[u + 1]."""
    start = np.zeros(actors + 1, np.int64)
    for tie in range(source.shape[0]):
        start[source[tie] + 1] += 1
    for actor in range(actors):
        start[actor + 1] += start[actor]
    return start


@compiled
def heard_elsewhere(audiences: Audiences, source: KeyArray, low: int, high: int, tries: int) -> MaskArray:
    """For each tie (u, v) towards the actors low..high: has somebody outside of v's audience reacted to u?

    Sybils can react to each other, and to whoever pays; they cannot make strangers react to them. At most
    `tries` of u's own audience are looked at, evenly spread.

    Returns:  one entry per tie of these audiences, in their order.
    """
    start, place = audiences
    heard = np.zeros(start[high] - start[low], np.bool_)
    marked_for = np.full(start.shape[0], -1, np.int32)
    for actor in range(low, high):
        begin, end = start[actor], start[actor + 1]
        for at in range(begin, end):
            marked_for[source[place[at]]] = actor
        for at in range(begin, end):
            person = source[place[at]]
            first, beyond = start[person], start[person + 1]
            step = max(1, (beyond - first) // tries)
            looked = 0
            other = first
            while other < beyond and looked < tries:
                giver = source[place[other]]
                if giver != actor and giver != person and marked_for[giver] != actor:
                    heard[at - start[low]] = True
                    break
                other += step
                looked += 1
    return heard


@compiled
def mark_mutual(audiences: Audiences, source: KeyArray, target: KeyArray, out_start: IntArray) -> MaskArray:
    """True for each tie (u, v) where v has also reacted to u. Cost: one pass over ties and audiences."""
    start, place = audiences
    mutual = np.zeros(source.shape[0], np.bool_)
    marked_for = np.full(start.shape[0], -1, np.int32)
    for actor in range(start.shape[0] - 1):
        if out_start[actor] == out_start[actor + 1] or start[actor] == start[actor + 1]:
            continue
        for at in range(start[actor], start[actor + 1]):
            marked_for[source[place[at]]] = actor
        for tie in range(out_start[actor], out_start[actor + 1]):
            mutual[tie] = marked_for[target[tie]] == actor and target[tie] != actor
    return mutual


@compiled
def acted_once(out_start: IntArray, first: KeyArray, last: KeyArray) -> MaskArray:
    """For each source whether all it did, it did within two minutes: one act, though it may name several."""
    once = np.zeros(out_start.shape[0] - 1, np.bool_)
    for person in range(once.shape[0]):
        begin, end = out_start[person], out_start[person + 1]
        if begin < end:
            once[person] = last[begin:end].max() - first[begin:end].min() <= 1
    return once
