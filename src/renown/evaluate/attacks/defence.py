"""What the laboratory asks of a defence: factors for the score, and whom it suspects of acting together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from renown.store import TableStore

if TYPE_CHECKING:
    from renown.kernels.attention import Factors

IntArray = NDArray[np.int64]


def _nobody() -> IntArray:
    return np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Assessment:
    """What a defence makes of a store at a moment."""

    factors: Factors
    """by what it multiplies attention"""
    member: IntArray = field(default_factory=_nobody)
    """keys of the actors that its findings name, finding after finding"""
    finding: IntArray = field(default_factory=_nobody)
    """and the number of the finding that names each, from 0"""


class Defence(Protocol):
    """Anything that says, of a store at a moment, whose attention counts how far."""

    @property
    def name(self) -> str:
        """What the report calls it."""

    def assess(self, store: TableStore, as_of: datetime) -> Assessment:
        """Factors and findings from what happened before the moment; must not write to the store."""
