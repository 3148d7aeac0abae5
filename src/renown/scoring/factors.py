"""What trust makes of single ties, and of all that a person gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from renown.kernels.attention import Factors

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def person_trust(factors: Factors, person: IntArray) -> FloatArray:
    """trust(u) of each of these person keys; 1 where nothing is known of them."""
    trust = np.ones(person.size)
    named = person < factors.trust.size
    trust[named] = factors.trust[person[named]]
    return trust


def given_shares(factors: Factors, person: IntArray, ties: NDArray[Any]) -> FloatArray:
    """How much of what each of these persons gives counts.

    Formula:  trust(u) * mean of independence(u,v) over the ties of u; trust(u) where u has none.
    Args:     person: keys. ties: how many actors each of them gives attention to.
    """
    size = int(person.max(initial=-1)) + 1
    taken = np.bincount(factors.source, 1.0 - factors.independence, size)[person]
    return np.asarray(person_trust(factors, person) * np.maximum(0.0, 1.0 - taken / np.maximum(ties, 1.0)))


def tie_factors(factors: Factors, person: IntArray, target: IntArray) -> FloatArray:
    """trust(u) * independence(u,v) of each of these ties; 1 where nothing speaks against it.

    Args:     person, target: keys of equal number.
    Cost:     O(log of the doubted ties) for each.
    """
    trust = person_trust(factors, person)
    if factors.source.size == 0:
        return trust
    width = int(max(factors.target.max(), target.max(initial=0))) + 1
    listed = factors.source * width + factors.target
    asked = person * width + target
    place = np.minimum(np.searchsorted(listed, asked), listed.size - 1)
    return np.asarray(trust * np.where(listed[place] == asked, factors.independence[place], 1.0))
