"""By how much more or less an actor counts for how lately its people reacted (docs/concepts/freshness.md)."""

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


def answers_of(earned: FloatArray, fresh: FloatArray, freshness: Freshness) -> tuple[FloatArray, FloatArray]:
    """How much E times freshness answers to what a person gives, and to as much of it as is fresh.

    Formula:  its derivatives by E and by fresh: prior_people * freshness / (prior_people + E), and
              E / (prior_people + E) / usual_share.
    """
    prior = freshness.prior_people
    lasting = prior * freshness_of(earned, fresh, freshness) / (prior + earned)
    return np.asarray(lasting), np.asarray(earned / (prior + earned) / freshness.usual_share)


def with_freshness(
    earned: FloatArray, squares: FloatArray, fresh: FloatArray, freshness: Freshness
) -> tuple[FloatArray, FloatArray]:
    """Earned attention times freshness, and the sum of squares that its error needs.

    Formula:  sum over people of (c * (A + B * share that is fresh))^2, A and B as `answers_of` has them: by
              so much the product answers to one person (the delta method).
    Args:     squares: columns sum of c^2, of c^2 * share and of c^2 * share^2.
    """
    lasting, by_fresh = answers_of(earned, fresh, freshness)
    answered = (
        lasting**2 * squares[:, 0] + 2 * lasting * by_fresh * squares[:, 1] + by_fresh**2 * squares[:, 2]
    )
    return earned * freshness_of(earned, fresh, freshness), np.asarray(answered)
