"""What trust makes of single ties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from renown.kernels.attention import Factors

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def tie_factors(factors: Factors, person: IntArray, target: IntArray) -> FloatArray:
    """trust(u) * independence(u,v) of each of these ties; 1 where nothing speaks against it.

    Args:     person, target: keys of equal number.
    Cost:     O(log of the doubted ties) for each.
    """
    trust = np.ones(person.size)
    named = person < factors.trust.size
    trust[named] = factors.trust[person[named]]
    if factors.source.size == 0:
        return trust
    width = int(max(factors.target.max(), target.max(initial=0))) + 1
    listed = factors.source * width + factors.target
    asked = person * width + target
    place = np.minimum(np.searchsorted(listed, asked), listed.size - 1)
    return np.asarray(trust * np.where(listed[place] == asked, factors.independence[place], 1.0))
