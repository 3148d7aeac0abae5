"""What a cascade shows of its future: how many came, how many of them lately, who has yet to see it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from renown.forecast.growth import Growth
from renown.forecast.memory import awaited_audience

if TYPE_CHECKING:
    from renown.forecast.card import CardRow, Form
    from renown.forecast.cascade import Cascade

RECENT_SHARE: Final = 1 / 3
"""Reactions of the last third of the time observed count as recent."""
HALF: Final = 0.5
"""Added to every count, so that none has no logarithm."""
LEAST: Final = 0.25
"""A count of nothing, where its logarithm is taken."""


@dataclass(frozen=True)
class Signs:
    """Logarithms, each of which rises, or stays, with every reaction more."""

    count: float
    recent: float
    late: float
    awaited: float | None
    """None: audience sizes are not known"""

    @property
    def so_far(self) -> int:
        """Reactions so far."""
        return round(math.exp(self.count) - HALF)


def read_signs(cascade: Cascade, observed_seconds: float) -> Signs:
    """The signs at a moment; what came later is not looked at.

    Formula:  count   = log(reactions so far + 1/2)
              recent  = log(reactions in the last third of the time + 1/2)
              late    = log(reactions weighed from 0 at half of the time to 1 at its end + 1/4)
              awaited = log(audience that has not had its time yet + 1): every act has 1 + its followers
    """
    known = cascade.until(observed_seconds)
    recent = known.seconds.size - known.count_until(observed_seconds * (1 - RECENT_SHARE))
    late = np.maximum(1 - 2 * (observed_seconds - known.seconds) / observed_seconds, 0).sum()
    awaited = None
    if known.audiences is not None:
        moments = np.concatenate([[0.0], known.seconds])
        awaited = math.log(awaited_audience(moments, known.audiences + 1, observed_seconds) + 1)
    return Signs(
        math.log(known.seconds.size + HALF), math.log(recent + HALF), math.log(late + LEAST), awaited
    )


@dataclass(frozen=True)
class Expected:
    """What the signs say of a final size: offset + exp(growth) - 1/2."""

    growth: Growth
    offset: int

    def size(self, value: float) -> float:
        """The final size that a value of the distribution stands for."""
        return self.offset + math.exp(value) - HALF

    def exceeding(self, size: int) -> float:
        """Probability that the final size reaches this."""
        return float(self.growth.exceeding(np.asarray(math.log(max(size - self.offset, LEAST)))))

    def median(self, floor: int) -> float:
        """The size as likely to be exceeded as not; never lower for more reactions.

        Where a floor is assumed, what has come bounds what is still unknown, and a little more of the one can
        take more from the other: then the highest median of as many reactions or fewer holds.
        """
        middle = self.size(float(self.growth.quantile(0.5)))
        if not 0 < self.offset < floor:
            return middle
        counts = np.arange(self.offset)
        fewer = Growth(self.growth.center, self.growth.spread, np.log(floor - counts + LEAST))
        return max(middle, float((counts + np.exp(fewer.quantile(0.5))).max()) - HALF)


def expected_size(signs: Signs, row: CardRow, *, form: Form, floor: int) -> Expected:
    """Distribution of a final size from the signs.

    Formula:  form size, of log(final size + 1/2):
                  center = count + growth + recent_slope   * (recent - count  - recent_usual)
                                          + audience_slope * (awaited - count - audience_usual)
                  above log of the larger of floor and reactions so far
              form coming, of log(reactions to come + 1/2):
                  center = growth + recent_slope * (late - recent_usual)
                  above log of what is lacking to the floor
    With slopes of at least 0, at most 1 together, the center never falls when a reaction is added.
    """
    spread = np.asarray(row.spread)
    if form == "coming":
        center = row.growth + row.recent_slope * (signs.late - row.recent_usual)
        lacking = max(floor - signs.so_far, 0) + LEAST
        return Expected(Growth(np.asarray(center), spread, np.asarray(math.log(lacking))), signs.so_far)
    center = signs.count + row.growth
    center += row.recent_slope * (signs.recent - signs.count - row.recent_usual)
    if signs.awaited is not None:
        center += row.audience_slope * (signs.awaited - signs.count - row.audience_usual)
    certain = max(signs.so_far, floor, LEAST)
    return Expected(Growth(np.asarray(center), spread, np.asarray(math.log(certain))), 0)
