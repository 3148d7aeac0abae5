"""Whether a crowd of strangers is believed: vouched for by people who are known, at the time, in kind.

Every tie is *known* (its source is) or *strange*. Strange ties of one actor are believed up to a multiple of
the known ones around the same time. docs/concepts/trust.md says what each number costs, and what it stops.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renown.kernels.audience import InTime, Later, minutes_of
from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]
KeyArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]
FloatArray = NDArray[np.float32]
WideArray = NDArray[np.float64]
SortArray = NDArray[np.int8]


class CrowdRule(NamedTuple):
    """The numbers by which a crowd is believed, as `renown.trust.TrustRule` explains them; in minutes."""

    near: float
    window: float
    moment: float
    calm_multiple: float
    calm_from: float
    crowd_multiple: float
    convex_from: float
    few_power: float
    few_share: float
    few_from: float
    towering_from: float
    steady_multiple: float
    steady_from: float
    crowd_from: float
    mixed_share: float
    single_share: float
    tail: float
    single_tail: float
    many_sided_worth: float
    many_sided_most: float
    gathered_from: float
    gathered_share: float
    gathered_power: float
    background: float
    least_calm: float


BARRED, KNOWN, QUIET, SINGLE, COMMON, SEVERAL = 0, 1, 2, 3, 4, 5
_GIVEN_KNOWN, _GIVEN_STRANGE = 6, 7
"""What a tie is: of a coordinated group; known; believed, and no voucher; else that of a stranger who has
acted once, acts elsewhere on popular actors only, or on others too. Last, attention of known and strange."""


class Ties(NamedTuple):
    """What the kernel needs to know of each tie."""

    minute: KeyArray
    attention: FloatArray
    sort: SortArray


@compiled
def unlikely(few: float, count: float, share: float, tail: float) -> bool:
    """Whether `few` or fewer of `count` has a binomial probability below `tail`.

    Example:
        >>> unlikely(0, 100, 0.1, 0.01), unlikely(8, 100, 0.1, 0.01)
        (True, False)
    """
    tries = np.int64(count + 0.5)
    hits = np.int64(few + 0.5)
    if tries == 0 or hits >= share * tries:
        return False
    term = np.exp(tries * np.log1p(-share))
    total = term
    for hit in range(1, hits + 1):
        term *= (tries - hit + 1) / hit * share / (1.0 - share)
        total += term
        if total >= tail:
            return False
    return bool(total < tail)


@compiled
def _move(members: KeyArray, ties: Ties, weight: WideArray, at: int, sign: float, held: WideArray) -> None:
    """Take a tie into (sign 1) or out of (-1) what a window holds.

    held: by sort, how many; then the attention of known people and of strangers.
    """
    sort = ties.sort[members[at]]
    portion = weight[at] / max(ties.attention[members[at]], 1e-9)
    held[sort] += sign * portion
    if sort == KNOWN:
        held[_GIVEN_KNOWN] += sign * weight[at]
    elif sort >= SINGLE:
        held[_GIVEN_STRANGE] += sign * weight[at]


class Window(NamedTuple):
    """A stretch of an audience's time: its first tie and the one beyond it, and what it holds by sort."""

    ends: IntArray
    held: WideArray


@compiled
def _empty_window() -> Window:
    return Window(np.zeros(2, np.int64), np.zeros(8))


@compiled
def _slide(
    members: KeyArray, ties: Ties, weight: WideArray, window: Window, around: tuple[int, float]
) -> None:
    """Move a window on, so that it holds the ties around a minute; `around`: the minute, and how far."""
    minute, reach = around
    ends, held = window
    while ends[1] < members.shape[0] and ties.minute[members[ends[1]]] <= minute + reach:
        _move(members, ties, weight, ends[1], 1.0, held)
        ends[1] += 1
    while ties.minute[members[ends[0]]] < minute - reach:
        _move(members, ties, weight, ends[0], -1.0, held)
        ends[0] += 1


@compiled
def _slide_ends(members: KeyArray, ties: Ties, ends: IntArray, minute: int, reach: float) -> None:
    """The same for a window whose ends alone matter."""
    while ends[1] < members.shape[0] and ties.minute[members[ends[1]]] <= minute + reach:
        ends[1] += 1
    while ties.minute[members[ends[0]]] < minute - reach:
        ends[0] += 1


@compiled
def _is_mixed(held: WideArray, rule: CrowdRule) -> bool:
    """Whether a crowd is made of different people, as crowds are: some act elsewhere, and not all of those
    on popular actors only."""
    strangers = held[SINGLE] + held[COMMON] + held[SEVERAL]
    elsewhere = held[KNOWN] + held[QUIET] + held[COMMON] + held[SEVERAL]
    if unlikely(elsewhere, held[SINGLE] + elsewhere, rule.mixed_share, rule.tail):
        return False
    return not unlikely(held[SINGLE], strangers, rule.single_share, rule.single_tail)


@compiled
def _gathered(close: WideArray, held: WideArray, rule: CrowdRule) -> float:
    """How far a crowd's strangers come close together, as those drawn by one post do: 1 where enough do."""
    share = close[_GIVEN_STRANGE] / held[_GIVEN_STRANGE]
    return float(min(1.0, share / rule.gathered_share) ** rule.gathered_power)


@compiled
def strange_ties(marks: tuple[MaskArray, MaskArray, MaskArray], low: int, high: int) -> IntArray:
    """Places of the ties low..high that are neither barred nor known nor quiet. Args: marks: these three."""
    barred, known, quiet = marks
    count = 0
    for tie in range(low, high):
        count += not (barred[tie] or known[tie] or quiet[tie])
    places = np.empty(count, np.int64)
    at = 0
    for tie in range(low, high):
        if not (barred[tie] or known[tie] or quiet[tie]):
            places[at] = tie
            at += 1
    return places


@compiled
def sorts_at(
    places: KeyArray, marks: tuple[MaskArray, MaskArray, MaskArray], strange: SortArray
) -> SortArray:
    """What some ties are: BARRED, KNOWN or QUIET by the first mark that holds, else what `strange` says."""
    barred, known, quiet = marks
    sort = np.empty(places.shape[0], np.int8)
    for at in range(places.shape[0]):
        tie = places[at]
        if barred[tie]:
            sort[at] = BARRED
        elif known[tie]:
            sort[at] = KNOWN
        else:
            sort[at] = QUIET if quiet[tie] else strange[tie]
    return sort


@compiled
def sort_out(
    ties: tuple[IntArray, KeyArray, KeyArray, Later], asked: IntArray, popular: MaskArray, sort: SortArray
) -> None:
    """Say what the strange ties of some sources are, who stand as SINGLE; no others are looked at.

    Who did all within two minutes acted once, though the act may name several actors.

    Args:     ties: out_start, target, first minute, later acts.
    """
    out_start, target, first, later = ties
    for person in asked:
        begin, end = out_start[person], out_start[person + 1]
        ordinary = 0
        for tie in range(begin, end):
            ordinary += not popular[target[tie]]
        earliest, latest = minutes_of(first, later, begin, end)
        for tie in range(begin, end):
            if sort[tie] >= SINGLE:
                others = ordinary - (not popular[target[tie]])
                sort[tie] = SINGLE if latest - earliest <= 1 else (SEVERAL if others > 0 else COMMON)


@compiled
def believe(
    audiences: InTime,
    ties: Ties,
    actors: IntArray,
    believed: FloatArray,
    span: tuple[int, int],
    rule: CrowdRule,
) -> None:
    """Set the share of each strange tie towards some actors that is believed; known ones stay as they are.

    Known ties are believed wholly, barred ones not at all. Strange ones, the largest of three figures:
        calm:  within `near`, calm_multiple * K * min(1, K / calm_from), less twice the strangers that come
               at any time;
        crowd: within `window`, crowd_multiple * K * K / convex_from, and its power few_power where that is
               below 1; less the first `crowd_from` strangers, and those that come every day; for a crowd that
               is mixed within `window` and within `moment` only; where K is below gathered_from, times
               (share of them within `moment` / gathered_share)^gathered_power where that is below 1,
    K the attention of known people there; and of all strangers few_share * (K - few_from), K of all.

    Args:     span: first and last minute of the network.
    Cost:     O(ties) with three pairs of moving ends.
    """
    start, place = audiences
    for actor in actors:
        members = place[start[actor] : start[actor + 1]]
        share = np.ones(members.shape[0], np.float32)
        weight = _thin_moments(members, ties, rule)
        _believe_calm(members, ties, weight, share, span, rule)
        _believe_crowds(members, ties, weight, share, span, rule)
        few = _few_share(members, ties, rule)
        for at in range(members.shape[0]):
            if ties.sort[members[at]] >= SINGLE:
                believed[members[at]] = max(share[at], few)


@compiled
def _few_share(members: KeyArray, ties: Ties, rule: CrowdRule) -> float:
    """Share of strangers that are believed at any time: a few, where the audience has many known people."""
    known, strange = 0.0, 0.0
    for tie in members:
        if ties.sort[tie] == KNOWN:
            known += ties.attention[tie]
        elif ties.sort[tie] >= SINGLE:
            strange += ties.attention[tie]
    return min(1.0, rule.few_share * max(0.0, known - rule.few_from) / max(strange, 1e-9))


@compiled
def _thin_moments(members: KeyArray, ties: Ties, rule: CrowdRule) -> WideArray:
    """Attention of each tie; that of a moment's strangers, if no mixed crowd, at most calm_multiple * K."""
    count = members.shape[0]
    weight = np.empty(count)
    for at in range(count):
        weight[at] = ties.attention[members[at]] if ties.sort[members[at]] != BARRED else 0.0
    thinned = weight.copy()
    window = _empty_window()
    held = window.held
    for at in range(count):
        _slide(members, ties, weight, window, (ties.minute[members[at]], rule.moment))
        if ties.sort[members[at]] >= SINGLE and not _is_mixed(held, rule):
            room = rule.calm_multiple * max(0.0, held[_GIVEN_KNOWN])
            thinned[at] = weight[at] * min(1.0, room / max(held[_GIVEN_STRANGE], 1e-9))
    return thinned


@compiled
def _windows(members: KeyArray, ties: Ties, near: float) -> tuple[WideArray, WideArray]:
    """Begins and ends of the stretches of time near known people: sorted, disjoint."""
    begins, ends = np.empty(members.shape[0]), np.empty(members.shape[0])
    count = 0
    for at in range(members.shape[0]):
        if ties.sort[members[at]] == KNOWN:
            minute = float(ties.minute[members[at]])
            if count == 0 or minute - near > ends[count - 1]:
                begins[count] = minute - near
                count += 1
            ends[count - 1] = minute + near
    return begins[:count], ends[:count]


@compiled
def _uncovered(begins: WideArray, ends: WideArray, covered: WideArray, low: float, high: float) -> float:
    """Minutes of low..high outside of all windows; covered: their lengths added up before each."""
    first, beyond = np.searchsorted(ends, low), np.searchsorted(begins, high)
    if beyond <= first:
        return high - low
    inside = covered[beyond] - covered[first]
    inside -= max(0.0, low - begins[first]) + max(0.0, ends[beyond - 1] - high)
    return float(high - low - inside)


@compiled
def _strangers_outside(
    members: KeyArray, ties: Ties, weight: WideArray, windows: tuple[WideArray, WideArray]
) -> WideArray:
    """Attention of strangers outside of all windows, added up before each tie."""
    begins, ends = windows
    total = np.zeros(members.shape[0] + 1)
    window = 0
    for at in range(members.shape[0]):
        minute = ties.minute[members[at]]
        while window < ends.shape[0] and ends[window] < minute:
            window += 1
        is_inside = window < ends.shape[0] and begins[window] <= minute
        is_counted = ties.sort[members[at]] >= SINGLE and not is_inside
        total[at + 1] = total[at] + (weight[at] if is_counted else 0.0)
    return total


@compiled
def _believe_calm(
    members: KeyArray,
    ties: Ties,
    weight: WideArray,
    share: FloatArray,
    span: tuple[int, int],
    rule: CrowdRule,
) -> None:
    """Believe strangers near known people, a few for each; what comes at any time is not theirs."""
    count = members.shape[0]
    begins, ends = _windows(members, ties, rule.near)
    covered = np.zeros(begins.shape[0] + 1)
    for stretch in range(begins.shape[0]):
        covered[stretch + 1] = covered[stretch] + ends[stretch] - begins[stretch]
    outside = _strangers_outside(members, ties, weight, (begins, ends))
    window, far = _empty_window(), np.zeros(2, np.int64)
    held = window.held
    for at in range(count):
        minute = ties.minute[members[at]]
        _slide(members, ties, weight, window, (minute, rule.near))
        if ties.sort[members[at]] < SINGLE:
            continue
        share[at] = 0.0
        if held[KNOWN] < 0.5:
            continue
        _slide_ends(members, ties, far, minute, rule.background)
        strange = max(held[_GIVEN_STRANGE], 1e-9)
        vouching = max(0.0, held[_GIVEN_KNOWN])
        room = rule.calm_multiple * vouching * min(1.0, vouching / rule.calm_from)
        low, high = max(minute - rule.background, span[0]), min(minute + rule.background, span[1])
        calm = _uncovered(begins, ends, covered, low, high)
        if calm > rule.least_calm * (high - low):
            rate = (outside[far[1]] - outside[far[0]]) / calm
            length = min(minute + rule.near, span[1]) - max(minute - rule.near, span[0])
            steadily = rate * length
            room = min(room, max(0.0, strange - 2.0 * steadily - 2.0 * np.sqrt(max(0.0, steadily))))
        share[at] = min(1.0, room / strange) * weight[at] / max(ties.attention[members[at]], 1e-9)


@compiled
def _believe_crowds(
    members: KeyArray,
    ties: Ties,
    weight: WideArray,
    share: FloatArray,
    span: tuple[int, int],
    rule: CrowdRule,
) -> None:
    """Believe the strangers of mixed crowds, as far as the known people in them vouch for so many."""
    count = members.shape[0]
    total = np.zeros(count + 1)
    for at in range(count):
        total[at + 1] = total[at] + (weight[at] if ties.sort[members[at]] >= SINGLE else 0.0)
    window, close, far = _empty_window(), _empty_window(), np.zeros(2, np.int64)
    held = window.held
    for at in range(count):
        minute = ties.minute[members[at]]
        _slide(members, ties, weight, window, (minute, rule.window))
        _slide(members, ties, weight, close, (minute, rule.moment))
        if (
            ties.sort[members[at]] < SINGLE
            or held[_GIVEN_STRANGE] <= rule.crowd_from
            or not _is_mixed(held, rule)
        ):
            continue
        _slide_ends(members, ties, far, minute, rule.background)
        vouching = max(0.0, held[_GIVEN_KNOWN])
        gap = max(0.0, rule.crowd_from - rule.calm_multiple * vouching)
        length = min(minute + rule.window, span[1]) - max(minute - rule.window, span[0])
        rest = min(minute + rule.background, span[1]) - max(minute - rule.background, span[0]) - length
        if rest > length:
            steadily = (total[far[1]] - total[far[0]] - held[_GIVEN_STRANGE]) / rest * length
            towering = held[_GIVEN_STRANGE] / max(steadily, 1e-9)
            steadily += 2.0 * np.sqrt(max(0.0, steadily))
            gap = max(gap, steadily * min(1.0, max(0.0, 2.0 - towering / rule.towering_from)))
        steady = rule.steady_multiple * vouching * min(1.0, vouching / rule.steady_from) ** 2
        many_sided = min(held[QUIET] + held[COMMON] + held[SEVERAL], held[SINGLE] / 2.0)
        vouching += min(rule.many_sided_most, rule.many_sided_worth * max(0.0, many_sided))
        enough = vouching / rule.convex_from
        room = rule.crowd_multiple * vouching * (enough if enough > 1.0 else enough**rule.few_power)
        if vouching < rule.gathered_from:
            room = min(room, held[_GIVEN_STRANGE]) * _gathered(close.held, held, rule)
        room = max(steady, min(room, held[_GIVEN_STRANGE] - gap))
        found = min(1.0, room / held[_GIVEN_STRANGE]) * weight[at] / max(ties.attention[members[at]], 1e-9)
        share[at] = max(share[at], found)
