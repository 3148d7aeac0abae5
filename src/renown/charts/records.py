"""What the charts and the report are made of: plain figures, no store and no connection.

Whoever calls builds these from scores, ledgers and runs. Texts (handles, labels) may be hostile: they are
cleaned, cut and escaped where they are shown, never here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from renown.charts.text import clean

Dimension = Literal["person", "kind", "post", "day", "network"]
"""By what a ledger splits earned attention."""

_LONGEST_PART = 80

Role = Literal["named", "unnamed", "others"]
"""What a row of a ledger stands for."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Where a score holds: no score is shown without it (law-and-platforms L2).

    Fields: networks, as shown to people; window, as words ("attention up to 31 May 2026, halving in 90
            days"); topic ("all topics" until scores per topic exist).
    Example:
        >>> Scope(networks=("town",), window="attention up to 31 May 2026").words()
        'all topics · town · attention up to 31 May 2026'
    """

    networks: Sequence[str]
    window: str
    topic: str = "all topics"

    def words(self) -> str:
        """Topic, networks and window in one line."""
        parts = (self.topic, " and ".join(self.networks), self.window)
        return " · ".join(clean(part, longest=_LONGEST_PART) for part in parts)


@dataclass(frozen=True, kw_only=True)
class ScoreRow:
    """One actor's score with everything that says how sure it is; the fields are those of the `scores` table.

    Units: score, score_low, score_high, momentum in points 0..100; percentile 0..100; ranks from 1 (best);
           earned_attention in effective people.
    """

    handle: str
    actor_id: str
    score: float
    score_low: float
    score_high: float
    percentile: float
    rank_low: int
    rank_high: int
    earned_attention: float
    people_count: int
    interactions_count: int
    momentum: float


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """One part of an actor's earned attention.

    Fields: label: a handle, a kind (`types.KINDS`), a post id, a UTC day as YYYY-MM-DD, or a network;
            contribution in effective people; share 0..1 of the actor's earned attention;
            role: "named" one entry, "unnamed" what belongs to none (a mention that is about no post),
            "others" whatever has no row of its own; entries_count: how many entries the row stands for.
    """

    label: str
    contribution: float
    share: float
    role: Role = "named"
    entries_count: int = 1


@dataclass(frozen=True, kw_only=True)
class LedgerPart:
    """An actor's earned attention, split by one dimension: the contributions add up to all of it.

    Fields: half_count: the fewest entries that together gave at least half, where it is known; without it
            only rows that are there can be told.
    """

    handle: str
    dimension: Dimension
    rows: Sequence[LedgerRow]
    half_count: int | None = None


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Why a score moved between two moments.

    Fields: new_people, returning_people, fading, freshness, trust, definition, other: signed score points
            with score_before + the sum of them = score_after;
            the intervals of both scores, None where they were not computed (the picture then says so).
    """

    handle: str
    moment_before: date | datetime
    moment_after: date | datetime
    score_before: float
    score_after: float
    new_people: float
    returning_people: float
    fading: float
    other: float
    freshness: float = 0.0
    trust: float = 0.0
    definition: float = 0.0
    interval_before: tuple[float, float] | None = None
    interval_after: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class HistoryPoint:
    """One actor's score in one run: moment is the run's as_of; definition names what the score meant then."""

    moment: date | datetime
    score: float
    score_low: float
    score_high: float
    definition: str


@dataclass(frozen=True, kw_only=True)
class SourceRow:
    """A person who gave an actor attention; share 0..1 of the actor's earned attention."""

    handle: str
    share: float
    interactions_count: int


@dataclass(frozen=True, kw_only=True)
class EvaluationRow:
    """How well one measure did on one figure of merit.

    Fields: measure ("score", "decayed mass", "PageRank"); metric (ndcg_100, spearman, or any words);
            value; is_score: True for Renown's own score; low and high: an interval of the value, where one is
            known.
    """

    measure: str
    metric: str
    value: float
    is_score: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class FeaturedActor:
    """Everything the report says about one actor; what is None or empty is left out.

    Fields: why and what_changed: one short sentence each, shown first; made from ledger and changes where
            they are empty.
    """

    row: ScoreRow
    ledger: Sequence[LedgerPart] = ()
    changes: Changes | None = None
    history: Sequence[HistoryPoint] = ()
    sources: Sequence[SourceRow] = ()
    why: str = ""
    what_changed: str = ""


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """A whole report.

    Fields: scope: topic, networks and window of every score in it; made_at: when the report was made (UTC);
            as_of: the moment that the scores are true for; summary: (what, how many) pairs about the store,
            in the order shown, such as ("interactions", 1_204_331); top: the highest scores, best first;
            scores: the scores of all scored actors in any order (a NumPy array will do); actors: those that
            get a section of their own; evaluation_note: what the evaluation predicted from what, in one
            sentence; interval_level: the coverage that the intervals claim, 0..1.
    """

    title: str
    made_at: datetime
    definition_name: str
    definition_hash: str
    as_of: datetime
    scope: Scope
    summary: Sequence[tuple[str, int]]
    top: Sequence[ScoreRow]
    scores: Sequence[float]
    actors: Sequence[FeaturedActor] = ()
    evaluation: Sequence[EvaluationRow] = ()
    evaluation_note: str = ""
    interval_level: float = 0.9
