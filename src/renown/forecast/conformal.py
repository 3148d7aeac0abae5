"""Split conformal prediction: intervals that hold because they held before, whatever the model is worth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from renown.errors import TooLittleInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


def conformal_quantile(scores: FloatArray, level: float) -> float:
    """How far off a forecast may be so that `level` of new ones are no further off.

    Formula:  the ceil((n + 1) level)-th smallest of n scores
    Args:     scores: how far off forecasts were on cases that took no part in fitting.
    Raises:   TooLittleInputError: fewer than level / (1 - level) scores promise nothing.
    Source:   Vovk, Gammerman, Shafer (2005); Lei et al. (2018), section 2.2.
    Example:
        >>> conformal_quantile(np.arange(1.0, 20.0), 0.9)
        18.0
    """
    place = math.ceil((scores.size + 1) * level - 1e-9)
    if place > scores.size:
        raise TooLittleInputError(
            f"{scores.size} past cases are too few for an interval that covers {level:.0%}.",
            hint=f"It takes at least {math.ceil(level / (1 - level) - 1e-9)}.",
        )
    return float(np.partition(scores, place - 1)[place - 1])


def conformal_offsets(residuals: FloatArray, level: float) -> tuple[float, float]:
    """What to add to a forecast for the ends of its interval, each end missed equally often.

    Formula:  -(conformal quantile of -r), conformal quantile of r, at (1 + level) / 2; r = came - foretold
    Raises:   TooLittleInputError: fewer than (1 + level) / (1 - level) residuals.
    """
    each = (1 + level) / 2
    return -conformal_quantile(-residuals, each), conformal_quantile(residuals, each)
