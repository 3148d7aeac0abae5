"""How long a post stays in mind: the time from a post to a reaction, as a density and its integral.

Level for five minutes, then a power law. The constants are those that Zhao et al. published for Twitter; the
exponent is the one under which the density integrates to 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

LEVEL_SECONDS: Final = 300.0
LEVEL_DENSITY: Final = 6.265725e-4
EXPONENT: Final = 1 / (1 / (LEVEL_DENSITY * LEVEL_SECONDS) - 1)
"""0.2315: the density's tail falls as t^-(1 + exponent)."""


def memory_density(delays: FloatArray) -> FloatArray:
    """Density of the delay from seeing a post to reacting, per second.

    Formula:  c for t <= 300 s, c (t / 300)^-(1 + exponent) after; 0 for t < 0.
    Source:   Zhao, Erdogdu, He, Rajaraman, Leskovec (2015), SEISMIC, section 3.2.
    Example:
        >>> float(memory_density(np.array([10.0]))[0])
        0.0006265725
    """
    later = np.maximum(delays, LEVEL_SECONDS) / LEVEL_SECONDS
    return np.where(delays < 0, 0.0, LEVEL_DENSITY * later ** -(1 + EXPONENT))


def awaited_share(delays: FloatArray) -> FloatArray:
    """Share of the reactions to a post that come later than `delays` seconds after it.

    Formula:  1 - integral of the density from 0 to t
    Example:
        >>> awaited_share(np.array([0.0, 3600.0])).round(3).tolist()
        [1.0, 0.457]
    """
    early = 1 - LEVEL_DENSITY * np.clip(delays, 0, LEVEL_SECONDS)
    later = np.maximum(delays, LEVEL_SECONDS) / LEVEL_SECONDS
    tail = LEVEL_DENSITY * LEVEL_SECONDS / EXPONENT * later**-EXPONENT
    return np.where(delays <= LEVEL_SECONDS, early, tail)


def awaited_audience(seconds: FloatArray, audiences: FloatArray, moment: float) -> float:
    """Audience that has not had its time yet: what a self-exciting process still feeds on.

    Formula:  sum over acts i of audience_i * awaited_share(moment - seconds_i)
    Times the infectiousness p it is the count of direct reactions still to come; divided by 1 - p * (mean
    audience), the count of all that follow from them.
    Source:   Zhao et al. (2015), equation 8; Kobayashi, Lambiotte (2016), TiDeH.
    """
    return float((audiences * awaited_share(moment - seconds)).sum())
