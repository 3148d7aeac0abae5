"""The causal reading on a model card: the highest actors together, naively and after matching."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from renown.errors import TooLittleInputError
from renown.evaluate.causal import influence_reading
from renown.evaluate.causal_records import READINGS, CausalReading, InfluenceEstimate
from renown.evaluate.model_card_records import CausalSummary, HiddenCause, ReadingSum
from renown.scoring import Run
from renown.store import TableStore
from renown.types import Progress

LEAST_READ: Final = 3
DAY_HOURS: Final = 24
LEAST_PERIODS: Final = 60
"""Periods are days, or as much shorter as it takes to have so many in the time of the store."""


def period_hours_of(span: timedelta) -> int:
    """What counts as at once in a store that spans so much time.

    Example:
        >>> period_hours_of(timedelta(days=90)), period_hours_of(timedelta(days=5))
        (24, 2)
    """
    hours = span.total_seconds() / 3600
    return DAY_HOURS if hours >= LEAST_PERIODS * DAY_HOURS else max(1, round(hours / LEAST_PERIODS))


def read_causally(
    store: TableStore, run: Run, actors: Sequence[str], span: timedelta, *, progress: Progress
) -> CausalSummary:
    """Read some actors, and add up what their audiences did because of them.

    Raises:   TooLittleInputError: fewer than three of them can be read.
    Cost:     a second or two for each actor of a million interactions.
    """
    period_hours = period_hours_of(span)
    found: list[CausalReading] = []
    reason = "nobody has a score"
    for place, actor in enumerate(actors):
        progress("reading causally", place, len(actors))
        try:
            found.append(influence_reading(store, actor, as_of=run.as_of, period_hours=period_hours))
        except TooLittleInputError as error:
            reason = error.hint or "too little is known of them"
    progress("reading causally", len(actors), len(actors))
    if len(found) < LEAST_READ:
        raise TooLittleInputError(
            f"Of the {len(actors)} actors with the highest scores {len(found)} could be read.", hint=reason
        )
    return CausalSummary(
        period_hours=period_hours,
        asked_count=len(actors),
        read_count=len(found),
        readings=tuple(_sum_of(name, found) for name in READINGS if any(one.estimate(name) for one in found)),
        hidden_causes=tuple(_hidden(place, found) for place in range(len(found[0].hidden_bias))),
    )


def _sum_of(name: str, found: Sequence[CausalReading]) -> ReadingSum:
    some: list[InfluenceEstimate] = [
        one for reading in found for one in reading.estimates if one.reading == name
    ]
    return ReadingSum(
        reading=name,
        actors_count=len(some),
        acted_count=sum(one.acted_count for one in some),
        caused_count=sum(one.caused_count for one in some),
        caused_share=sum(one.caused_count for one in some) / max(sum(one.acted_count for one in some), 1),
        sure_count=sum(one.caused_low > 0 for one in some),
    )


def _hidden(place: int, found: Sequence[CausalReading]) -> HiddenCause:
    some = [reading.hidden_bias[place] for reading in found]
    return HiddenCause(factor=some[0].factor, still_sure_count=sum(one.is_still_sure for one in some))
