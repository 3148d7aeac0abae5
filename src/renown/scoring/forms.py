"""Scores of every actor at a moment, without writing anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition, load_definition
from renown.errors import TooLittleInputError
from renown.scoring.earned import Earned, Terms, earned_by_kernel, earned_by_sql
from renown.scoring.scale import intervals_of, percentiles_of, rank_bands_of, scores_of
from renown.store import TableStore
from renown.store.run_inputs import microseconds_of, newest_moment
from renown.types import EngineName, Progress, no_progress

if TYPE_CHECKING:
    from renown.kernels.attention import Factors

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """Scores at a moment; arrays of equal length, one entry per actor who earned anything, by actor_key."""

    definition: Definition
    as_of: datetime
    actor_key: IntArray
    earned_attention: FloatArray
    score: FloatArray
    score_low: FloatArray
    score_high: FloatArray
    percentile: FloatArray
    rank_low: IntArray
    rank_high: IntArray
    people_count: IntArray
    interactions_count: IntArray
    momentum: FloatArray

    @property
    def ties_count(self) -> int:
        """Pairs of a person and an actor with counted attention."""
        return int(self.people_count.sum())


def compute_scores(
    store: TableStore,
    *,
    definition: Definition | None = None,
    as_of: datetime | None = None,
    engine: EngineName = "kernel",
    factors: Factors | None = None,
    progress: Progress = no_progress,
) -> Scored:
    """Score every actor of a store at a moment (default: just after the newest interaction it knows).

    Args:     factors: how far whose attention is trusted (`renown.trust.read_factors`); default: everybody's
              is, and every tie is independent.
    Raises:   StoreNotFoundError; TooLittleInputError: nothing happened before the moment.
    Cost:     O(interactions); see `earned_by_kernel`.
    Source:   docs/concepts/score.md.
    """
    from renown.kernels.attention import full_trust

    definition = definition or load_definition()
    moment = as_of or newest_moment(store)
    microseconds = microseconds_of(moment)
    bounds = store.time_bounds()
    if bounds is None or bounds[0] >= moment:
        first = (
            f"The first interaction is of {bounds[0].isoformat()}."
            if bounds
            else "It has no interactions yet."
        )
        raise TooLittleInputError(
            f"Nothing happened in the store at {store.location} before {moment.isoformat()}.", hint=first
        )
    earn = earned_by_kernel if engine == "kernel" else earned_by_sql
    terms = Terms(definition, microseconds, full_trust() if factors is None else factors)
    return scale(earn(store, terms, progress), definition, moment)


def scale(earned: Earned, definition: Definition, as_of: datetime) -> Scored:
    """Scores, intervals, percentiles and rank bands of what was earned."""
    score = scores_of(earned.earned_attention, definition)
    low, high = intervals_of(earned.earned_attention, earned.squared_attention, definition)
    rank_low, rank_high = rank_bands_of(low, high)
    return Scored(
        definition=definition,
        as_of=as_of,
        actor_key=earned.actor_key,
        earned_attention=earned.earned_attention,
        score=score,
        score_low=low,
        score_high=high,
        percentile=percentiles_of(score),
        rank_low=rank_low,
        rank_high=rank_high,
        people_count=earned.people_count,
        interactions_count=earned.interactions_count,
        momentum=scores_of(earned.momentum_attention, definition),
    )
