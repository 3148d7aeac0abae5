"""Where the members of a group stand when it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_ROUNDS: Final = 200
_GRAVITY: Final = 3.0
"""Keeps parts that nothing ties together on one picture."""
_GOLDEN_ANGLE: Final = 2.399963229728653


def force_layout(count: int, ties: Sequence[tuple[int, int]]) -> FloatArray:
    """Places of a small graph's nodes in the unit square: those with a tie attract, all repel each other.

    Formula:  repulsion k^2 / d, attraction d^2 / k, k = sqrt(1 / n), steps cooling over 200 rounds.
    Returns:  array (count, 2) within 0..1. Deterministic: it begins on a sunflower, not at random.
    Cost:     O(count^2) a round: 0.2 s for 200.
    Source:   Fruchterman and Reingold (1991), Graph drawing by force-directed placement.
    Example:
        >>> places = force_layout(3, [(0, 1)])
        >>> near, far = np.linalg.norm(places[0] - places[1]), np.linalg.norm(places[0] - places[2])
        >>> bool(near < far)
        True
    """
    if count < 2:
        return np.full((count, 2), 0.5)
    number = np.arange(count)
    radius, angle = 0.5 * np.sqrt((number + 0.5) / count), number * _GOLDEN_ANGLE
    places = np.stack([0.5 + radius * np.cos(angle), 0.5 + radius * np.sin(angle)], axis=1)
    ideal = np.sqrt(1.0 / count)
    tied = np.zeros((count, count))
    for one, other in ties:
        tied[one, other] = tied[other, one] = float(one != other)
    for step in range(_ROUNDS):
        apart = places[:, None, :] - places[None, :, :]
        distance = np.maximum(np.sqrt((apart**2).sum(axis=2)), 1e-6)
        force = ideal**2 / distance**2 - tied * distance / ideal
        np.fill_diagonal(force, 0.0)
        moved = (force[:, :, None] * apart).sum(axis=1) - _GRAVITY * (places - 0.5)
        length = np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12)
        places = places + moved / length * np.minimum(length, 0.1 * (1 - step / _ROUNDS))
    low, high = places.min(axis=0), places.max(axis=0)
    return np.asarray((places - low) / np.maximum(high - low, 1e-12).max())
