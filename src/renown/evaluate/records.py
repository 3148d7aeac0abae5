"""What an evaluation says: plain frozen records, ready for a table, JSON or a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, Literal

import msgspec

from renown.errors import MomentError

Gain = Literal["log", "linear"]
"""What a place in the ranking is worth: log2(1 + new people), or the new people themselves."""

MetricName = Literal["spearman", "spearman_positive", "ndcg_100", "ndcg_1000"]
METRICS: Final[tuple[MetricName, ...]] = ("ndcg_100", "ndcg_1000", "spearman", "spearman_positive")

INTERVAL_LEVEL: Final = 0.95
"""What every interval of an evaluation claims to cover."""


@dataclass(frozen=True)
class Split:
    """A cut in time: what happened before `train_until` has to foretell what happens then, to `test_until`.

    The baselines see only what happened since `train_from`; a score sees everything before `train_until`,
    because how it forgets is part of its definition.

    Raises:   MomentError: a moment without a zone, or moments out of order.
    Example:
        >>> from datetime import UTC, datetime
        >>> Split(datetime(2012, 7, 4, tzinfo=UTC), datetime(2012, 7, 5, tzinfo=UTC)).train_from is None
        True
    """

    train_until: datetime
    test_until: datetime
    train_from: datetime | None = None

    def __post_init__(self) -> None:
        moments = [
            moment for moment in (self.train_from, self.train_until, self.test_until) if moment is not None
        ]
        if any(moment.tzinfo is None for moment in moments):
            raise MomentError("A split has a time without a zone.", hint="Use times in UTC.")
        if any(later <= earlier for earlier, later in pairwise(moments)):
            spelled = ", ".join(moment.isoformat() for moment in moments)
            raise MomentError(
                f"A split's times must rise: {spelled}.", hint="train_from, train_until, test_until."
            )


@dataclass(frozen=True, kw_only=True)
class SplitSummary:
    """What one split holds, and how PageRank came to rest on it."""

    split: int
    """1 for the earliest"""
    train_from: datetime | None
    train_until: datetime
    test_until: datetime
    actors: int
    """actors who received anything in training: the ones that are ranked"""
    positive_actors: int
    """those of them whom somebody new reacted to in the test window"""
    new_people: int
    """new people of all ranked actors, added up"""
    page_rank_converged: bool
    page_rank_iterations: int
    page_rank_residual: float


@dataclass(frozen=True, kw_only=True)
class MeasureRow:
    """How well one measure predicted one split. A figure is None where it does not exist (nothing varies)."""

    measure: str
    split: int
    spearman: float | None
    """rank correlation with the new people, over all ranked actors"""
    spearman_positive: float | None
    """the same among actors who got at least one new person"""
    ndcg_100: float | None
    ndcg_1000: float | None
    actors: int
    is_score: bool


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measure's value on one metric with its interval; over splits, the mean."""

    measure: str
    metric: str
    value: float
    low: float | None
    high: float | None
    is_score: bool


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A score's metric minus another measure's, on the same actors and the same resamples of them."""

    score: str
    measure: str
    metric: str
    split: int | None
    """None: the mean over splits"""
    difference: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A measure that these interactions cannot give, and why."""

    measure: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Scorer:
    """A definition that took part."""

    name: str
    definition_hash: str
    half_life_days: float


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Scores and baselines against what came next."""

    scores: tuple[Scorer, ...]
    future_kinds: tuple[str, ...]
    """kinds that count as the future; empty: every kind"""
    gain: Gain
    interval_level: float
    resamples: int
    splits: tuple[SplitSummary, ...]
    rows: tuple[MeasureRow, ...]
    means: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    skipped: tuple[Skipped, ...]

    def as_dict(self) -> dict[str, Any]:
        """Everything as lists, dictionaries, numbers and text: what `json.dumps` takes."""
        return plain(self)


@dataclass(frozen=True, kw_only=True)
class TruthRow:
    """How well one measure ranks actors by what they truly caused (the town knows)."""

    measure: str
    spearman: float | None
    """over all actors of the truth, those whom nobody reacted to included (they measure 0)"""
    spearman_received: float | None
    """among those who received anything"""
    spearman_top: float | None
    """among the hundredth with the most true influence"""
    actors: int
    received_actors: int
    top_actors: int
    is_score: bool


@dataclass(frozen=True, kw_only=True)
class TruthEvaluation:
    """Scores and baselines against known true influence."""

    scores: tuple[Scorer, ...]
    as_of: datetime
    interval_level: float
    resamples: int
    rows: tuple[TruthRow, ...]
    means: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    skipped: tuple[Skipped, ...]

    def as_dict(self) -> dict[str, Any]:
        """Everything as lists, dictionaries, numbers and text: what `json.dumps` takes."""
        return plain(self)


def plain(record: object) -> dict[str, Any]:
    """A record as JSON-able dictionaries; moments become ISO 8601 text."""
    found: dict[str, Any] = msgspec.to_builtins(record)
    return found
