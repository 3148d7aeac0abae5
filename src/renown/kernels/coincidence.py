"""Whether strangers come when known people come: those drawn by the same post do, a hired crowd does not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renown.kernels.audience import InTime
from renown.kernels.compiled import compiled
from renown.kernels.crowds import KNOWN, SINGLE, Ties

IntArray = NDArray[np.int64]
KeyArray = NDArray[np.int32]
FloatArray = NDArray[np.float32]
WideArray = NDArray[np.float64]


class BesideRule(NamedTuple):
    """The numbers by which it is asked, as `renown.trust.TrustRule` explains them; in minutes."""

    reach: float
    share: float
    strangers_from: float
    known_least: int


@compiled
def network_rhythm(minute: KeyArray, span: tuple[int, int]) -> WideArray:
    """Share of all ties that begin before each minute of a span. Cost: one pass, nothing is copied."""
    first, last = span
    shares = np.zeros(last - first + 3)
    for tie in range(minute.shape[0]):
        shares[minute[tie] - first + 1] += 1.0
    for place in range(1, shares.shape[0]):
        shares[place] += shares[place - 1]
    return np.asarray(shares / max(1, minute.shape[0]))


@compiled
def thin_uncoupled(
    audiences: InTime,
    ties: Ties,
    actors: IntArray,
    believed: FloatArray,
    rhythm: tuple[WideArray, int],
    rule: BesideRule,
) -> None:
    """Believe fewer of the strangers of large audiences who come at other times than known people do.

    Formula:  f = share of strangers within `reach` of a known person; e = share of all of the network's ties
              in those minutes; c = (f - e + 2 sqrt(e (1 - e) / strangers)) / (1 - e).
              Of the strangers believed, those beyond `strangers_from` are multiplied by min(1, c / share).
    Args:     rhythm: share of the network's ties before each minute of its span, and which minute is first.
    Cost:     O(ties) of the actors asked for.
    """
    start, place = audiences
    for actor in actors:
        members = place[start[actor] : start[actor + 1]]
        known, strangers, given = 0, 0, 0.0
        for tie in members:
            known += ties.sort[tie] == KNOWN
            if ties.sort[tie] >= SINGLE:
                strangers += 1
                given += believed[tie] * ties.attention[tie]
        if known < rule.known_least or given <= rule.strangers_from:
            continue
        beside, expected = _beside(members, ties, rhythm, rule.reach)
        luck = 2.0 * np.sqrt(expected * (1.0 - expected) / strangers)
        coupled = (beside / strangers - expected + luck) / max(1e-9, 1.0 - expected)
        kept = min(1.0, max(0.0, coupled / rule.share))
        factor = (rule.strangers_from + (given - rule.strangers_from) * kept) / given
        for tie in members:
            if ties.sort[tie] >= SINGLE:
                believed[tie] *= factor


@compiled
def _beside(
    members: KeyArray, ties: Ties, rhythm: tuple[WideArray, int], reach: float
) -> tuple[float, float]:
    """How many strangers are within `reach` of known people; what share of the network's ties is."""
    covered, until, beside = 0.0, -1e18, 0.0
    for tie in members:
        if ties.sort[tie] == KNOWN:
            minute = float(ties.minute[tie])
            begin, end = max(minute - reach, until), minute + reach
            covered += share_before(rhythm, end) - share_before(rhythm, begin)
            until = end
    last, following = -1e18, 0
    for tie in members:
        minute = float(ties.minute[tie])
        if ties.sort[tie] == KNOWN:
            last = minute
            continue
        if ties.sort[tie] < SINGLE:
            continue
        while following < members.shape[0] and (
            ties.sort[members[following]] != KNOWN or ties.minute[members[following]] < minute
        ):
            following += 1
        is_soon = following < members.shape[0] and ties.minute[members[following]] - minute <= reach
        beside += minute - last <= reach or is_soon
    return beside, min(1.0, covered)


@compiled
def share_before(rhythm: tuple[WideArray, int], minute: float) -> float:
    """Share of all ties that begin before a minute. Args: rhythm: of the network, and its first minute."""
    shares, first = rhythm
    return float(shares[min(max(np.int64(minute) - first, 0), shares.shape[0] - 1)])
