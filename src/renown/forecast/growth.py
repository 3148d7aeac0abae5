"""How much a cascade still grows: a logistic spread around an expected growth, above what is certain.

The logarithm of the final size is logistic around `center`, so that sizes have power-law tails, and it is known
to exceed `floor`: what has come stays, and a collection that holds only large cascades has none below its limit.
Forgetting the second is what makes a regression on such a collection useless elsewhere.
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

    def _log_exceeding(self, value: FloatArray) -> FloatArray:
        return -np.logaddexp(0.0, (value - self.center) / self.spread)
