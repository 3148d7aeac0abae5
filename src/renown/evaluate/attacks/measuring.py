"""What an attack gained, when it was seen, and what the defence takes from everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.evaluate.attacks.background import Field
from renown.evaluate.attacks.defence import Assessment
from renown.evaluate.attacks.injecting import Injected
from renown.evaluate.attacks.records import DISCOUNTED_BELOW, GenuineLosses
from renown.scoring.factors import given_shares, tie_factors

if TYPE_CHECKING:
    from renown.kernels.attention import Factors
    from renown.scoring import Scored
    from renown.store.persons import PersonKeys

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

TOP_COUNT: Final = 1_000


def scores_of(scored: Scored, actors: IntArray) -> FloatArray:
    """Score of each of these actors; 0 for those who earned nothing."""
    return _of(scored.actor_key, scored.score, actors)


def _of(keys: IntArray, values: FloatArray, actors: IntArray) -> FloatArray:
    if keys.size == 0:
        return np.zeros(actors.size)
    place = np.minimum(np.searchsorted(keys, actors), keys.size - 1)
    return np.where(keys[place] == actors, values[place], 0.0)


def is_discounted(injected: Injected, assessment: Assessment, persons: PersonKeys, until: int) -> bool:
    """Whether less than half of what the attack did for its beneficiaries before a moment counts."""
    acts = injected.acts
    is_paid = (acts.time < until) & np.isin(acts.target, injected.beneficiaries)
    if not is_paid.any():
        return False
    ties = np.unique(np.stack([persons.of(acts.source[is_paid]), acts.target[is_paid]]), axis=1)
    return bool(tie_factors(assessment.factors, ties[0], ties[1]).mean() < DISCOUNTED_BELOW)


def is_found(injected: Injected, assessment: Assessment, until: int) -> bool:
    """Whether a finding is about the attack: two or more that it names acted in it before a moment, and they
    are half of its members, or half of all who acted.
    """
    acted = np.unique(injected.acts.source[injected.acts.time < until])
    ours = np.intersect1d(acted, injected.accomplices)
    sizes = np.bincount(assessment.finding)
    hits = np.bincount(assessment.finding[np.isin(assessment.member, ours)], minlength=sizes.size)
    return bool(((hits >= 2) & ((2 * hits >= sizes) | (2 * hits >= ours.size))).any())


def measure_losses(field: Field, defended: Scored, assessment: Assessment) -> GenuineLosses:
    """Compare the scores with and without the defence on the store as it is, without any attack."""
    scored = field.scored
    is_genuine = ~np.isin(scored.actor_key, field.not_genuine)
    rank = np.argsort(-scored.score, kind="stable")
    top = rank[is_genuine[rank]][:TOP_COUNT]
    lost = scored.score[top] - scores_of(defended, scored.actor_key[top])
    worst = int(np.argmax(lost))
    left = _of(defended.actor_key, defended.earned_attention, scored.actor_key)
    is_halved = left[is_genuine] < DISCOUNTED_BELOW * scored.earned_attention[is_genuine]
    giver_share = _giver_share(field, assessment.factors)
    is_muted = giver_share < DISCOUNTED_BELOW
    return GenuineLosses(
        actors_count=int(top.size),
        median_points=float(np.median(lost)),
        p99_points=float(np.quantile(lost, 0.99)),
        worst_points=float(lost[worst]),
        worst_rank=int(np.flatnonzero(rank == top[worst])[0]) + 1,
        receivers_count=int(is_halved.size),
        receivers_discounted_count=int(is_halved.sum()),
        receivers_discounted_share=float(is_halved.mean()),
        givers_count=int(is_muted.size),
        givers_discounted_count=int(is_muted.sum()),
        givers_discounted_share=float(is_muted.mean()),
    )


def _giver_share(field: Field, factors: Factors) -> FloatArray:
    """How much of what each genuine giver gives counts."""
    persons = field.store.person_keys()
    person = persons.of(field.givers)
    ties = np.bincount(person, field.given_ties)
    genuine = np.unique(person[~np.isin(field.givers, field.not_genuine)])
    return given_shares(factors, genuine, ties[genuine])
