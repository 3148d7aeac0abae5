"""One audience of known people and strangers, as the kernels of trust take it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from renown.kernels.audience import InTime
from renown.kernels.crowds import KNOWN, SINGLE, Ties


class Audience(NamedTuple):
    """Everybody is believed wholly, to begin with."""

    in_time: InTime
    ties: Ties
    believed: np.ndarray

    def strangers_left(self):
        """What is left of each stranger, in order of time; known people must have been left alone."""
        order = self.in_time.place
        assert (self.believed[self.ties.sort == KNOWN] == 1.0).all()
        return self.believed[order][self.ties.sort[order] == SINGLE]


def audience_of(known, strangers):
    """People who react at these minutes, one effective person each."""
    minute = np.concatenate([known, strangers]).astype(np.int32)
    sort = np.array([KNOWN] * len(known) + [SINGLE] * len(strangers), np.int8)
    order = np.argsort(minute, kind="stable").astype(np.int32)
    ties = Ties(minute, np.ones(minute.size, np.float32), sort)
    return Audience(InTime(np.array([0, minute.size]), order), ties, np.ones(minute.size, np.float32))
