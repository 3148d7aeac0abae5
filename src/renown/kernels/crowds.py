"""Whether a crowd of strangers is believed: vouched for by people who are known, at the time, in kind.

Every tie is *known* (its source is) or *strange*. Strange ties of one actor are believed up to a multiple of the
known ones around the same time. docs/concepts/trust.md derives every number from what it costs and what it stops.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renown.kernels.audience import Audiences
from renown.kernels.compiled import compiled

KeyArray = NDArray[np.int32]
FloatArray = NDArray[np.float32]
MaskArray = NDArray[np.bool_]


class CrowdRule(NamedTuple):
    """The numbers by which a crowd is believed; times in minutes."""

    window: float
    """known people vouch for strangers who react within so many minutes of them"""
    moment: float
    """a crowd must also look like one within so many minutes"""
    calm_multiple: float
    """strangers believed for each known person in an ordinary hour"""
    crowd_multiple: float
    """and in a crowd that is mixed as crowds are"""
    convex_from: float
    """from so many known people on, the multiple grows with their number"""
    crowd_from: float
    """a crowd has at least so many strangers, and is wholly one at twice as many"""
    mixed_share: float
    """share of a genuine crowd that also acts elsewhere, at least"""
    single_share: float
    """share of the strangers that act on this actor only, at least"""
    tail: float
    """a crowd less mixed than this probability allows is not believed to be one"""
    many_sided_worth: float
    """what a stranger who also acts elsewhere adds to the known, in a mixed crowd"""
    many_sided_most: float
    """and at most, all together"""
    background: float
    """minutes around a tie in which the rate of strangers outside of all vouched windows is measured"""
    least_calm: float
    """share of those minutes that must lie outside for the rate to mean anything"""


class Ties(NamedTuple):
    """What the kernel needs to know of each tie."""

    minute: KeyArray
    attention: FloatArray
    is_known: MaskArray
    is_single: MaskArray
    """its source acts on this actor only"""
    barred: MaskArray
    """belongs to a coordinated group: never believed, and vouches for nobody"""


@compiled
def unlikely(few: int, count: int, share: float, tail: float) -> bool:
    """Whether `few` or fewer of `count` has a binomial probability below `tail`.

    Example:
        >>> unlikely(0, 100, 0.1, 0.01), unlikely(8, 100, 0.1, 0.01)
        (True, False)
    """
    if count == 0 or few >= share * count:
        return False
    term = np.exp(count * np.log1p(-share))
    total = term
    for hits in range(1, few + 1):
        term *= (count - hits + 1) / hits * share / (1.0 - share)
        total += term
        if total >= tail:
            return False
    return bool(total < tail)


@compiled
def _outside(times: FloatArray, begins: FloatArray, ends: FloatArray, low: float, high: float) -> float:
    """Minutes of low..high that no window (sorted, disjoint) covers."""
    covered = 0.0
    window = np.searchsorted(ends, low)
    while window < begins.shape[0] and begins[window] < high:
        covered += min(high, ends[window]) - max(low, begins[window])
        window += 1
    return high - low - covered


@compiled
def _is_mixed(known: int, single: int, several: int, rule: CrowdRule) -> bool:
    """Whether a crowd holds both people who act elsewhere too and people who do not, as crowds do."""
    if unlikely(several + known, single + several + known, rule.mixed_share, rule.tail):
        return False
    return not unlikely(single, single + several, rule.single_share, rule.tail)


@compiled
def believe(
    audiences: Audiences, ties: Ties, low: int, high: int, span: tuple[int, int], rule: CrowdRule
) -> FloatArray:
    """Share of each tie that is believed, for the audiences of the actors low..high, in their order.

    Known ties are believed wholly, barred ones not at all. Of strange ones around a moment at most
        multiple * K * max(1, K / convex_from), less the strangers that come at any time,
    K the attention of known people within `window`; the multiple is calm_multiple, and rises to crowd_multiple
    as strangers become a crowd, if the crowd is mixed within `window` and within `moment`.

    Args:     span: first and last minute of the network.
    Cost:     O(ties) with two pairs of moving ends; audiences must be in order of time.
    """
    start, place = audiences
    believed = np.zeros(start[high] - start[low], np.float32)
    for actor in range(low, high):
        begin, end = start[actor], start[actor + 1]
        if begin < end:
            members = place[begin:end]
            believed[begin - start[low] : end - start[low]] = _believe_one(members, ties, span, rule)
    return believed


@compiled
def _believe_one(members: KeyArray, ties: Ties, span: tuple[int, int], rule: CrowdRule) -> FloatArray:
    count = members.shape[0]
    share = np.ones(count, np.float32)
    weight = np.empty(count, np.float64)
    minute = np.empty(count, np.float64)
    strangers, known = 0, 0
    for at in range(count):
        tie = members[at]
        minute[at] = ties.minute[tie]
        weight[at] = 0.0 if ties.barred[tie] else ties.attention[tie]
        if ties.barred[tie]:
            share[at] = 0.0
        elif ties.is_known[tie]:
            known += 1
        else:
            strangers += 1
    if strangers == 0:
        return share
    _thin_moments(members, ties, minute, weight, rule)
    _vouch(members, ties, minute, weight, (share, span), rule)
    return share


@compiled
def _thin_moments(members, ties, minute, weight, rule):  # type: ignore[no-untyped-def]
    """Strangers of a moment that is no mixed crowd weigh together at most what its known people vouch for."""
    count = members.shape[0]
    head, tail = 0, 0
    single, several, known = 0, 0, 0
    known_weight, strange_weight = 0.0, 0.0
    thinned = weight.copy()
    for at in range(count):
        while head < count and minute[head] <= minute[at] + rule.moment:
            tie = members[head]
            if not ties.barred[tie]:
                if ties.is_known[tie]:
                    known += 1
                    known_weight += weight[head]
                else:
                    strange_weight += weight[head]
                    single += ties.is_single[tie]
                    several += not ties.is_single[tie]
            head += 1
        while minute[tail] < minute[at] - rule.moment:
            tie = members[tail]
            if not ties.barred[tie]:
                if ties.is_known[tie]:
                    known -= 1
                    known_weight -= weight[tail]
                else:
                    strange_weight -= weight[tail]
                    single -= ties.is_single[tie]
                    several -= not ties.is_single[tie]
            tail += 1
        tie = members[at]
        if ties.barred[tie] or ties.is_known[tie] or _is_mixed(known, single, several, rule):
            continue
        room = rule.calm_multiple * max(0.0, known_weight)
        if room < strange_weight:
            thinned[at] = weight[at] * room / strange_weight
    weight[:] = thinned


@compiled
def _vouch(members, ties, minute, weight, out, rule):  # type: ignore[no-untyped-def]
    """Believe strangers as far as the known people around them vouch for so many."""
    share, span = out
    count = members.shape[0]
    begins, ends = np.empty(count), np.empty(count)
    windows = 0
    for at in range(count):
        tie = members[at]
        if ties.is_known[tie] and not ties.barred[tie]:
            if windows > 0 and minute[at] - rule.window <= ends[windows - 1]:
                ends[windows - 1] = minute[at] + rule.window
            else:
                begins[windows], ends[windows] = minute[at] - rule.window, minute[at] + rule.window
                windows += 1
    begins, ends = begins[:windows], ends[:windows]
    outside = np.zeros(count + 1)
    window = 0
    for at in range(count):
        tie = members[at]
        while window < windows and ends[window] < minute[at]:
            window += 1
        is_out = not (window < windows and begins[window] <= minute[at])
        is_strange = is_out and not ties.is_known[tie] and not ties.barred[tie]
        outside[at + 1] = outside[at] + (weight[at] if is_strange else 0.0)
    head, tail = 0, 0
    single, several, known = 0.0, 0.0, 0
    known_weight, strange_weight = 0.0, 0.0
    for at in range(count):
        while head < count and minute[head] <= minute[at] + rule.window:
            tie = members[head]
            if not ties.barred[tie]:
                if ties.is_known[tie]:
                    known += 1
                    known_weight += weight[head]
                else:
                    strange_weight += weight[head]
                    portion = weight[head] / max(ties.attention[tie], 1e-9)
                    if ties.is_single[tie]:
                        single += portion
                    else:
                        several += portion
            head += 1
        while minute[tail] < minute[at] - rule.window:
            tie = members[tail]
            if not ties.barred[tie]:
                if ties.is_known[tie]:
                    known -= 1
                    known_weight -= weight[tail]
                else:
                    strange_weight -= weight[tail]
                    portion = weight[tail] / max(ties.attention[tie], 1e-9)
                    if ties.is_single[tie]:
                        single -= portion
                    else:
                        several -= portion
            tail += 1
        tie = members[at]
        if ties.barred[tie] or ties.is_known[tie]:
            continue
        strange = max(strange_weight, 1e-9)
        vouching = max(0.0, known_weight) if known > 0 else 0.0
        room = rule.calm_multiple * vouching * max(1.0, vouching / rule.convex_from)
        ramp = min(1.0, strange / rule.crowd_from - 1.0)
        if ramp > 0.0 and _is_mixed(known, int(single + 0.5), int(several + 0.5), rule):
            more = vouching + min(rule.many_sided_most, rule.many_sided_worth * several)
            crowd = rule.crowd_multiple * more * max(1.0, more / rule.convex_from)
            room += ramp * max(0.0, crowd - room)
        low, high = max(minute[at] - rule.background, span[0]), min(minute[at] + rule.background, span[1])
        calm = _outside(minute, begins, ends, low, high)
        if room > 0.0 and calm > rule.least_calm * (high - low):
            first, beyond = np.searchsorted(minute, low), np.searchsorted(minute, high + 1)
            rate = (outside[beyond] - outside[first]) / calm
            length = min(span[1], minute[at] + rule.window) - max(span[0], minute[at] - rule.window)
            room = min(room, max(0.0, strange - rate * length))
        share[at] = min(1.0, room / strange) * weight[at] / max(ties.attention[tie], 1e-9)
