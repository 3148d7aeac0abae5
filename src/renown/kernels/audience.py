"""Ties arranged by who receives: an index of every audience, in order of time, without moving a tie."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from renown.kernels.attention import Rows
from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]
KeyArray = NDArray[np.int32]
FloatArray = NDArray[np.float64]
SmallFloatArray = NDArray[np.float32]
MaskArray = NDArray[np.bool_]


class TieStarts(NamedTuple):
    """One entry per pair with an interaction before the moment, in the order and number of `sum_ties`."""

    source: KeyArray
    first_minute: KeyArray
    """of its first interaction, since `epoch`"""
    last_minute: KeyArray


class Later(NamedTuple):
    """Ties that were acted on again after their first minute; of most there is nothing to say."""

    place: IntArray
    """of the tie, sorted"""
    minute: KeyArray
    """of its last act"""


def nothing_later() -> Later:
    """Of ties that are one act each."""
    return Later(np.empty(0, np.int64), np.empty(0, np.int32))


class Audiences(NamedTuple):
    """For each actor the ties it received, start[v]:start[v + 1] of the rows."""

    start: IntArray
    ties: KeyArray
    """place of the tie, and its giver (its source): side by side, so that both are written at once"""


class InTime(NamedTuple):
    """Audiences of some actors, each in order of time, start[v]:start[v + 1] of the places."""

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


_FILTER: Final = 1 << 15
"""bytes of a filter that stays in a core's nearest memory: what it does not hold is in no set for certain"""

_FILTER_MOST: Final = 1 << 12
"""people of the largest set that such a filter is of use for"""


@compiled
def count_ties(actor: KeyArray, actors: int, low: int, high: int) -> IntArray:
    """How many of the ties low..high each actor has, as their source or target, whichever is given."""
    count = np.zeros(actors, np.int64)
    for tie in range(low, high):
        count[actor[tie]] += 1
    return count


@compiled
def fill_audiences(audiences: Audiences, source: KeyArray, target: KeyArray, low: int, high: int) -> None:
    """Enter the ties towards the actors low..high, in the order of ties. Cost: one pass over all targets."""
    start, ties = audiences
    filled = start[low:high].copy()
    for tie in range(target.shape[0]):
        actor = target[tie]
        if low <= actor < high:
            at = filled[actor - low]
            ties[at, 0], ties[at, 1] = tie, source[tie]
            filled[actor - low] = at + 1


@compiled
def in_time(audiences: Audiences, minute: KeyArray, actors: IntArray) -> InTime:
    """The audiences of some actors, in their order; equal times in order of ties."""
    start, ties = audiences
    begins = np.zeros(actors.shape[0] + 1, np.int64)
    for number in range(actors.shape[0]):
        begins[number + 1] = begins[number] + start[actors[number] + 1] - start[actors[number]]
    places = np.empty(begins[-1], np.int32)
    for number in range(actors.shape[0]):
        begin, beyond = start[actors[number]], start[actors[number] + 1]
        keys = np.empty(beyond - begin, np.int64)
        for at in range(begin, beyond):
            keys[at - begin] = (np.int64(minute[ties[at, 0]]) << 32) | ties[at, 0]
        keys.sort()
        for at in range(keys.shape[0]):
            places[begins[number] + at] = keys[at] & 0xFFFFFFFF
    return InTime(begins, places)


@compiled
def sum_audiences(audiences: Audiences, amount: SmallFloatArray, actors: IntArray) -> FloatArray:
    """What each of some actors received in all."""
    start, ties = audiences
    total = np.zeros(actors.shape[0])
    for number in range(actors.shape[0]):
        for at in range(start[actors[number]], start[actors[number] + 1]):
            total[number] += amount[ties[at, 0]]
    return total


@compiled
def sample_audiences(audiences: Audiences) -> KeyArray:
    """For each actor how many people reacted to it, and one of them (-1: nobody).

    Whoever reacted to several accounts of a person stands there as often, in a row, and is one of them.
    """
    start, ties = audiences
    sample = np.empty((start.shape[0] - 1, 2), np.int32)
    for actor in range(sample.shape[0]):
        people, last = 0, -1
        for at in range(start[actor], start[actor + 1]):
            people += ties[at, 1] != last
            last = ties[at, 1]
        sample[actor, 0] = people
        sample[actor, 1] = ties[start[actor], 1] if people > 0 else -1
    return sample


@compiled
def _is_outside(giver: int, person: int, actor: int, marked_for: KeyArray) -> bool:
    return bool(giver != person and marked_for[giver] != actor)


@compiled
def heard_elsewhere(
    audiences: tuple[Audiences, Audiences],
    person_of: KeyArray,
    sample: KeyArray,
    heard: MaskArray,
    bounds: tuple[int, int],
    tries: int,
) -> None:
    """Take the mark from ties (u, v) towards the actors of `bounds` where nobody outside of v's audience
    reacted to u.

    Sybils can react to each other, and to whoever pays; they cannot make strangers react to them. At most
    `tries` of u's own audience are looked at, evenly spread; none where u's audience is the larger one.

    Args:     audiences: by account, and by person; person_of: person key of every account (empty: each its
              own), since v's own person is nobody outside; sample: how many reacted to each person, and one
              of them (`sample_audiences`): what most ties need lies close together; heard: all marked.
    Cost:     one pass over the ties; for most ties of a small audience its filter says at once that somebody
              is outside of it, and what is marked for every actor is not looked at.
    """
    start, ties = audiences[0]
    giver = ties[:, 1]
    marked_for = np.full(start.shape[0], -1, np.int32)
    near, gathered = np.zeros(_FILTER, np.bool_), np.empty((_FILTER_MOST, 2), np.int32)
    for actor in range(bounds[0], bounds[1]):
        begin, end = start[actor], start[actor + 1]
        owner = person_of[actor] if person_of.shape[0] > 0 else actor
        is_filtered, is_marked = end - begin <= _FILTER_MOST, False
        if is_filtered:
            near[owner & (_FILTER - 1)] = True
            _set_filter(near, giver[begin:end], True)
        for at in range(begin, end):
            if (at - begin) % _FILTER_MOST == 0:
                _gather(sample, giver[at : min(end, at + _FILTER_MOST)], gathered)
            person = giver[at]
            people, somebody = (
                gathered[(at - begin) % _FILTER_MOST, 0],
                gathered[(at - begin) % _FILTER_MOST, 1],
            )
            if people > end - begin + 1:
                continue
            if people > 0:
                if is_filtered and somebody != person and not near[somebody & (_FILTER - 1)]:
                    continue
                if not is_marked:
                    marked_for[owner] = actor
                    for member in giver[begin:end]:
                        marked_for[member] = actor
                    is_marked = True
                if _is_outside(somebody, person, actor, marked_for) or _hears_outsider(
                    audiences[1], person, actor, marked_for, tries
                ):
                    continue
            heard[ties[at, 0]] = False
        if is_filtered:
            near[owner & (_FILTER - 1)] = False
            _set_filter(near, giver[begin:end], False)


@compiled
def _gather(sample: KeyArray, people: KeyArray, gathered: KeyArray) -> None:
    """Fetch what is known of some people before anything is decided: many are waited for at once."""
    for place in range(people.shape[0]):
        gathered[place, 0] = sample[people[place], 0]
        gathered[place, 1] = sample[people[place], 1]


@compiled
def _set_filter(near: MaskArray, people: KeyArray, is_there: bool) -> None:
    """Enter some people into a filter, or take all who may be in it out again."""
    for person in people:
        near[person & (_FILTER - 1)] = is_there


@compiled
def _hears_outsider(listeners: Audiences, person: int, actor: int, marked_for: KeyArray, tries: int) -> bool:
    """Whether one of some people of a person's own audience is outside of the actor's."""
    start, ties = listeners
    first, beyond = start[person], start[person + 1]
    step = max(1, (beyond - first) // tries)
    looked, other = 0, first
    while other < beyond and looked < tries:
        if _is_outside(ties[other, 1], person, actor, marked_for):
            return True
        other += step
        looked += 1
    return False


@compiled
def mark_mutual(
    audiences: Audiences, mutual: MaskArray, target: KeyArray, out_start: IntArray, low: int, high: int
) -> None:
    """Mark each tie (u, v) of the sources low..high where v has also reacted to u.

    Cost:     one pass over the ties in order; only givers whom the filter of u's targets may hold are marked.
    """
    start, ties = audiences
    marked_for = np.full(start.shape[0], -1, np.int32)
    near = np.zeros(_FILTER, np.bool_)
    for actor in range(low, high):
        if out_start[actor] == out_start[actor + 1] or start[actor] == start[actor + 1]:
            continue
        targets = target[out_start[actor] : out_start[actor + 1]]
        _set_filter(near, targets, True)
        is_likely = False
        for at in range(start[actor], start[actor + 1]):
            if near[ties[at, 1] & (_FILTER - 1)]:
                marked_for[ties[at, 1]] = actor
                is_likely = True
        _set_filter(near, targets, False)
        if is_likely:
            for tie in range(out_start[actor], out_start[actor + 1]):
                if marked_for[target[tie]] == actor and target[tie] != actor:
                    mutual[tie] = True


@compiled
def lasting_sources(
    ties: tuple[IntArray, KeyArray, KeyArray, Later],
    asked: IntArray,
    popular: MaskArray,
    least: int,
    minutes: int,
) -> MaskArray:
    """Which of the sources asked for acted on so many actors, none of them popular, over so long.

    Args:     ties: out_start, target, first minute, later acts.
    """
    out_start, target, first, later = ties
    lasting = np.zeros(out_start.shape[0] - 1, np.bool_)
    for person in asked:
        begin, end = out_start[person], out_start[person + 1]
        if end - begin < least:
            continue
        ordinary = 0
        for tie in range(begin, end):
            ordinary += not popular[target[tie]]
        earliest, latest = minutes_of(first, later, begin, end)
        lasting[person] = ordinary >= least and latest - earliest >= minutes
    return lasting


@compiled
def minutes_of(first: KeyArray, later: Later, begin: int, end: int) -> tuple[int, int]:
    """The first and the last minute of the acts behind the ties begin..end, of which there are some."""
    earliest, latest = first[begin], first[begin]
    for tie in range(begin, end):
        earliest, latest = min(earliest, first[tie]), max(latest, first[tie])
    at = np.searchsorted(later.place, begin)
    while at < later.place.shape[0] and later.place[at] < end:
        latest = max(latest, later.minute[at])
        at += 1
    return earliest, latest
