"""One actor's score with its interval, from its contributions alone: no other actor has to be read.

docs/concepts/interval-and-rank.md has the formulas and an example worked by hand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from renown.definitions import Definition, Freshness
from renown.explain.records import Record
from renown.explain.sums import ExactValues, FloatArray, Groups, exact_total, group_rows
from renown.types import MICROSECONDS_PER_DAY

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class ScoreRow(Record):
    """A score, how sure it is, and what it rests on."""

    score: float
    score_low: float
    score_high: float
    earned_attention: float
    """effective people"""
    momentum: float
    people_count: int
    interactions_count: int
    """reactions by others before the moment, those over the daily cap included"""
    percentile: float | None = None
    """share of scored actors below, 0..100; None where no run has this moment and definition"""
    rank_low: int | None = None
    rank_high: int | None = None
    run_id: str | None = None
    """the run that percentile and ranks come from"""


def score_of(earned_attention: float, definition: Definition) -> float:
    """The score that so much earned attention makes: points_per_doubling * log2(1 + E), at most 100.

    Example:
        >>> from renown.definitions import load_definition
        >>> score_of(3.0, load_definition("renown-1"))
        10.0
    """
    from renown.scoring.scale import scores_of

    return float(scores_of(np.array([earned_attention]), definition)[0])


def unbounded_score(earned_attention: float, definition: Definition) -> float:
    """The same without the ceiling."""
    return definition.points_per_doubling * math.log1p(earned_attention) / math.log(2)


def measure_actor(contributions: pa.Table, *, definition: Definition, as_of: datetime) -> ScoreRow:
    """Score, interval and momentum of the actor that these contributions are of; no percentile, no rank."""
    from renown.scoring.scale import intervals_of

    needed = [name for name in _NEEDED if name in contributions.column_names]
    counted = contributions.select(needed).filter(contributions["is_counted"])
    people = group_rows(counted["person_key"])
    given = people.sums(ExactValues.of(counted["contribution"].to_numpy()))[:-1]
    masses = people.sums(ExactValues.of(counted["mass"].to_numpy()))[:-1]
    fresh_masses = people.sums(ExactValues.of(_fresh_masses(counted, definition, as_of)))[:-1]
    # c = trust * mass^exponent, so trust comes along; a mass too old to be a number gives nothing either way.
    momentum = (
        given
        / freshness_in(counted)
        * np.divide(fresh_masses, masses, out=np.zeros_like(masses), where=masses > 0) ** definition.exponent
    )
    earned = exact_total(given)
    answered = given if definition.freshness is None else _answers(counted, people, definition.freshness)
    low, high = intervals_of(np.array([earned]), np.array([np.sum(answered * answered)]), definition)
    return ScoreRow(
        score=score_of(earned, definition),
        score_low=float(low[0]),
        score_high=float(high[0]),
        earned_attention=earned,
        momentum=score_of(exact_total(momentum), definition),
        people_count=len(people.keys),
        interactions_count=contributions.num_rows,
    )


_NEEDED: Final = (
    "person_key",
    "occurred_at",
    "weight",
    "mass",
    "contribution",
    "fresh_share",
    "freshness",
)


def freshness_in(contributions: pa.Table) -> float:
    """What an actor's contributions were multiplied by for how lately people reacted; 1: by nothing."""
    if "freshness" not in contributions.column_names or contributions.num_rows == 0:
        return 1.0
    return float(contributions["freshness"][0].as_py())


def _answers(counted: pa.Table, people: Groups, freshness: Freshness) -> FloatArray:
    """By how much earned attention times freshness answers to each person (`with_freshness`)."""
    from renown.scoring.freshness import answers_of

    given = counted["contribution"].to_numpy() / freshness_in(counted)
    fresh = given * counted["fresh_share"].to_numpy()
    lasting, by_fresh = answers_of(np.array(given.sum()), np.array(fresh.sum()), freshness)
    return people.sums(ExactValues.of(lasting * given + by_fresh * fresh))[:-1]


def _fresh_masses(counted: pa.Table, definition: Definition, as_of: datetime) -> FloatArray:
    """Mass of each reaction where it halves in momentum_half_life_days."""
    import pyarrow as pa

    moment = pa.scalar(as_of, pa.timestamp("us", tz="UTC")).value
    ages = (moment - counted["occurred_at"].cast(pa.int64()).to_numpy()) / MICROSECONDS_PER_DAY
    return np.asarray(counted["weight"].to_numpy() * np.exp2(-ages / definition.momentum_half_life_days))
