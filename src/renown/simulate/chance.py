"""Chance that depends on what it decides, not on when it is asked.

Every throw of the dice is a hash of (seed, purpose, who, what). So the town is the same in whatever order or
portions it is made, and a town without one of its actors can be compared with the town itself: the throws of
everybody else stay as they were (common random numbers).
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]
Bits = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xD1342543DE82EF95)
_MIX_ONE = np.uint64(0xBF58476D1CE4E5B9)
_MIX_TWO = np.uint64(0x94D049BB133111EB)
_TO_UNIT = 2.0**-53


def key_of(seed: int, purpose: str) -> np.uint64:
    """The key of one kind of throw in one town."""
    return np.uint64(int.from_bytes(blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest(), "little"))


def bits(key: np.uint64, who: Ints, what: Ints | int = 0) -> Bits:
    """64 bits for each pair (who, what): one round of splitmix64 over a combination of both.

    Source:   Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators.
    """
    mixed = np.array(who, dtype=np.uint64)
    mixed *= _GOLDEN
    if isinstance(what, np.ndarray):
        mixed += what.astype(np.uint64) * _SECOND
    elif what:
        mixed += np.array(what, np.uint64) * _SECOND
    mixed += key
    mixed ^= mixed >> np.uint64(30)
    mixed *= _MIX_ONE
    mixed ^= mixed >> np.uint64(27)
    mixed *= _MIX_TWO
    mixed ^= mixed >> np.uint64(31)
    return mixed


def chances(key: np.uint64, who: Ints, what: Ints | int = 0) -> NDArray[np.float64]:
    """A number strictly between 0 and 1 for each pair (who, what).

    Example:
        >>> import numpy as np
        >>> key = key_of(1, "example")
        >>> both = chances(key, np.array([7, 8]), np.array([1, 1]))
        >>> bool(both[1] == chances(key, np.array([8]), 1)[0])
        True
    """
    return ((bits(key, who, what) >> np.uint64(11)).astype(np.float64) + 0.5) * _TO_UNIT


def distinct(values: Ints) -> Ints:
    """Each value once, ascending. By sorting, which is faster here than NumPy's hash table."""
    ordered = np.sort(values)
    is_new = np.ones(len(ordered), np.bool_)
    is_new[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_new]


def is_among(values: Ints, ordered: Ints) -> Bools:
    """Whether each value is in the ascending array."""
    if not len(ordered):
        return np.zeros(len(values), np.bool_)
    place = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    found: Bools = ordered[place] == values
    return found


def stream(seed: int, purpose: str) -> np.random.Generator:
    """A generator for what is drawn once, for everybody, in one go."""
    return np.random.Generator(np.random.PCG64(int(key_of(seed, purpose))))
