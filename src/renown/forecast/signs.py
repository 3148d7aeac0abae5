"""What a cascade shows of its future: how many came, how many of them lately, who has yet to see it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from renown.forecast.growth import Growth
from renown.forecast.memory import awaited_audience

if TYPE_CHECKING:
    from renown.forecast.card import CardRow
    from renown.forecast.cascade import Cascade

RECENT_SHARE: Final = 1 / 3
"""Reactions of the last third of the time observed count as recent."""
HALF: Final = 0.5
"""Added to every count, so that none has no logarithm."""
_LEAST: Final = 0.25


@dataclass(frozen=True)
class Signs:
    """Three logarithms, each of which rises, or stays, with every reaction more."""

    count: float
    recent: float
    awaited: float | None
    """None: audience sizes are not known"""


def read_signs(cascade: Cascade, observed_seconds: float) -> Signs:
    """The signs at a moment; what came later is not looked at.

    Formula:  count   = log(reactions so far + 1/2)
              recent  = log(reactions in the last third of the time + 1/2)
              awaited = log(audience that has not had its time yet + 1): every act has 1 + its followers
    """
    known = cascade.until(observed_seconds)
    recent = known.seconds.size - known.count_until(observed_seconds * (1 - RECENT_SHARE))
    awaited = None
    if known.audiences is not None:
        moments = np.concatenate([[0.0], known.seconds])
        awaited = math.log(awaited_audience(moments, known.audiences + 1, observed_seconds) + 1)
    return Signs(math.log(known.seconds.size + HALF), math.log(recent + HALF), awaited)


def expected_growth(signs: Signs, row: CardRow, floor: float) -> Growth:
    """Distribution of log(final size + 1/2) from the signs.

    Formula:  center = count + growth + recent_slope   * (recent - count  - recent_usual)
                                      + audience_slope * (awaited - count - audience_usual)
              above log of the larger of floor and reactions so far
    With slopes that sum to at most 1 the center never falls when a reaction is added.
    """
    center = signs.count + row.growth
    center += row.recent_slope * (signs.recent - signs.count - row.recent_usual)
    if signs.awaited is not None:
        center += row.audience_slope * (signs.awaited - signs.count - row.audience_usual)
    certain = max(math.exp(signs.count) - HALF, floor, _LEAST)
    return Growth(np.asarray(center), np.asarray(row.spread), np.asarray(math.log(certain)))
