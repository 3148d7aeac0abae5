"""Whether an audience's strangers come evenly all day, as hired ones do that keep the network's pace."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renown.kernels.audience import InTime
from renown.kernels.coincidence import share_before
from renown.kernels.compiled import compiled
from renown.kernels.crowds import KNOWN, SINGLE, Ties

IntArray = NDArray[np.int64]
KeyArray = NDArray[np.int32]
FloatArray = NDArray[np.float32]
WideArray = NDArray[np.float64]

_DAY = 1440


class EvenRule(NamedTuple):
    """The numbers by which it is asked, as `renown.trust.TrustRule` explains them."""

    parts: int
    quietest: int
    strangers_from: float
    power: float


@compiled
def thin_even(
    audiences: InTime,
    ties: Ties,
    actors: IntArray,
    believed: FloatArray,
    rhythm: tuple[WideArray, int],
    rule: EvenRule,
) -> None:
    """Believe fewer of a day's strangers where more come evenly than the rest of that day explains.

    People come in bursts that follow what was posted; in some part of any day next to none come. A day is cut
    into `parts` in which the whole network acts equally often.

    Formula:  even  = parts * strangers in the part that has the `quietest`-fewest of them, at most all S;
              usual = strangers_from + known people of that day + (S - even).
              Where even > usual, each is believed ((S - even) + usual * (usual / even)^power) / S of before.
    Args:     rhythm: share of the network's ties before each minute of its span, and which minute is first;
              days are counted from there.
    Cost:     O(ties) of the actors asked for, and a sort of `parts` numbers a day with enough strangers.
    """
    start, place = audiences
    counts = np.empty(rule.parts)
    for actor in actors:
        members = place[start[actor] : start[actor + 1]]
        begin = 0
        while begin < members.shape[0]:
            day = (ties.minute[members[begin]] - rhythm[1]) // _DAY
            end = begin + 1
            while end < members.shape[0] and (ties.minute[members[end]] - rhythm[1]) // _DAY == day:
                end += 1
            _thin_day(members[begin:end], ties, (day, counts), believed, rhythm, rule)
            begin = end


@compiled
def _thin_day(
    members: KeyArray,
    ties: Ties,
    day: tuple[int, WideArray],
    believed: FloatArray,
    rhythm: tuple[WideArray, int],
    rule: EvenRule,
) -> None:
    known, strangers = _counted(members, ties, day, rhythm)
    if strangers <= rule.strangers_from:
        return
    day[1].sort()
    even = min(strangers, rule.parts * day[1][rule.quietest - 1])
    usual = rule.strangers_from + known + strangers - even
    if even <= usual:
        return
    factor = (strangers - even + usual * (usual / even) ** rule.power) / strangers
    for tie in members:
        if ties.sort[tie] >= SINGLE:
            believed[tie] *= factor


@compiled
def _counted(
    members: KeyArray, ties: Ties, day: tuple[int, WideArray], rhythm: tuple[WideArray, int]
) -> tuple[float, float]:
    """Known people and strangers of a day; the strangers of each of its parts are left in `day[1]`."""
    counts = day[1]
    counts[:] = 0.0
    midnight = rhythm[1] + day[0] * _DAY
    before = share_before(rhythm, float(midnight))
    whole = max(1e-12, share_before(rhythm, float(midnight + _DAY)) - before)
    known, strangers = 0.0, 0.0
    for tie in members:
        known += ties.sort[tie] == KNOWN
        if ties.sort[tie] >= SINGLE:
            strangers += 1.0
            done = (share_before(rhythm, float(ties.minute[tie])) - before) / whole
            counts[min(counts.shape[0] - 1, np.int64(done * counts.shape[0]))] += 1.0
    return known, strangers
