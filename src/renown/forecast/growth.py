"""How much a cascade still grows: a logistic spread around an expected growth, above what is certain.

The logarithm of the final size is logistic around `center`, so that sizes have power-law tails, and it is
known to exceed `floor`: what has come stays, and a collection of large cascades has none below its
limit. Forgetting the second is what makes a regression on such a collection useless elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


class Growth(NamedTuple):
    """Distribution of log(final size + 1/2) of one cascade or many: logistic, above a floor."""

    center: FloatArray
    spread: FloatArray
    floor: FloatArray

    def exceeding(self, value: FloatArray) -> FloatArray:
        """Probability to exceed a value, before anything is known of a floor."""
        # tanh neither overflows nor loses the tails that matter here (down to 1e-16).
        return 0.5 * (1 - np.tanh((value - self.center) / (2 * self.spread)))

    def place(self, value: FloatArray) -> FloatArray:
        """Where a value stands in the distribution, 0 to 1 (its probability integral transform)."""
        above = self._log_exceeding(np.maximum(value, self.floor)) - self._log_exceeding(self.floor)
        return -np.expm1(above)

    def quantile(self, place: FloatArray | float) -> FloatArray:
        """The value at a place of the distribution; never below the floor, rising with `center`.

        Example:
            >>> growth = Growth(np.array(7.0), np.array(0.3), np.array(-np.inf))
            >>> float(growth.quantile(0.5))
            7.0
        """
        # With a = log of what exceeds: value = center + spread * log(exp(-a) - 1), written to keep precision.
        above = self._log_exceeding(self.floor) + np.log1p(-np.minimum(place, 1 - 1e-12))
        value = self.center + self.spread * (np.log(-np.expm1(np.minimum(above, -1e-300))) - above)
        return np.maximum(value, self.floor)

    def surprise(self, value: FloatArray) -> FloatArray:
        """Probability of all values that are likelier than this one: 0 for the likeliest, 1 for none.

        Formula:  mass between the value and its mirror image in `center`, as far as both lie above the floor
        A value below the floor has surprise 1.
        """
        far = np.abs(value - self.center)
        mass = self.place(self.center + far) - self.place(np.maximum(self.center - far, self.floor))
        # Below a center that the floor lies above, nothing is likelier than the floor itself.
        return np.where(value < self.floor, 1.0, np.clip(mass, 0.0, 1.0))

    def interval(self, mass: FloatArray | float) -> tuple[FloatArray, FloatArray]:
        """The shortest interval that holds a probability: all values whose surprise is at most `mass`.

        Around the center, or from the floor up where the floor cuts it.
        """
        kept = np.exp(self._log_exceeding(self.floor))
        share = np.minimum(mass * kept, 1 - 1e-12)
        far = self.spread * np.log((1 + share) / (1 - share))
        is_whole = self.center - far >= self.floor
        low = np.where(is_whole, self.center - far, self.floor)
        high = np.where(is_whole, self.center + far, self.quantile(mass))
        return low, high

    def _log_exceeding(self, value: FloatArray) -> FloatArray:
        return -np.logaddexp(0.0, (value - self.center) / self.spread)
