"""What the rhythm of an account says: a probability that it is automated, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from renown.kernels.rhythm import Rhythms

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LEAST_ACTS: Final = 200
"""acts below which a rhythm says nothing"""

_BASE: Final = -4.6
"""log odds of an account of which nothing is known: 1 in 100"""
_EVEN_WEIGHT: Final = 9.0
_EVEN_FROM: Final = 0.25
_SLEEPLESS_WEIGHT: Final = 1.5
_SLEEPLESS_ACTS: Final = 500


@dataclass(frozen=True, eq=False)
class Behaviour:
    """Accounts whose rhythm speaks for automation; arrays of equal length, sorted by account."""

    actor: IntArray
    probability: FloatArray
    reasons: list[list[str]]


def judge_rhythms(rhythms: Rhythms) -> Behaviour:
    """Accounts with a probability of being automated of one half or more.

    Formula:  log odds = -4.6 + 9 * max(0, even_gap_share - 0.25) / 0.75 + 1.5 if it acts in all 24 hours of
              the day and has acted 500 times. Stated, not fitted: no labelled rhythms are at hand.
    """
    even = np.maximum(0.0, rhythms.even_gap_share - _EVEN_FROM) / (1.0 - _EVEN_FROM)
    sleepless = (rhythms.waking_hours == 24) & (rhythms.interactions >= _SLEEPLESS_ACTS)
    odds = _BASE + _EVEN_WEIGHT * even + _SLEEPLESS_WEIGHT * sleepless
    probability = 1.0 / (1.0 + np.exp(-odds))
    chosen = np.flatnonzero(probability >= 0.5)
    chosen = chosen[np.argsort(rhythms.source[chosen], kind="stable")]
    reasons = [
        ["even_gaps"] * bool(even[place] > 0) + ["never_rests"] * bool(sleepless[place]) for place in chosen
    ]
    return Behaviour(rhythms.source[chosen], probability[chosen], reasons)


def trust_of(probability: FloatArray) -> FloatArray:
    """trust(u): 1 up to a probability of one half, then down to 0 in a straight line."""
    return np.asarray(np.minimum(1.0, 2.0 * (1.0 - probability)))
