"""By how much more or less an actor counts for how lately its people reacted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Freshness

FloatArray = NDArray[np.float64]


def freshness_of(earned: FloatArray, fresh: FloatArray, freshness: Freshness) -> FloatArray:
    """What earned attention is multiplied by: above 1 where more of it is fresh than as a rule.

    Formula:  (prior_people + fresh / usual_share) / (prior_people + E); so E times it rises with E and with
              fresh, and of an actor with few people the usual share is taken for granted.
    Args:     earned: effective people E of each actor.  fresh: the same, each tie times
              2^(-time since its latest reaction / half_life).
    Source:   the posterior mean of a gamma-Poisson rate with `prior_people` of the usual one
              (docs/concepts/freshness.md).
    Example:
        >>> rule = Freshness(half_life_days=7.0, usual_share=0.5, prior_people=10.0)
        >>> freshness_of(np.array([90.0, 90.0, 2.0]), np.array([45.0, 0.0, 0.0]), rule).round(2).tolist()
        [1.0, 0.1, 0.83]
    """
    prior = freshness.prior_people
    return np.asarray((prior + fresh / freshness.usual_share) / (prior + earned))
