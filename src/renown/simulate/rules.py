"""What a town is made from: its size, its seed, its days, and the rules by which its people live."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from renown.errors import InputError, MomentError

SMALLEST_TOWN: Final = 1_000
LARGEST_TOWN: Final = 10_000_000
SHORTEST_DAYS: Final = 28
LONGEST_DAYS: Final = 730
DEFAULT_START: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class TownRules:
    """Every number that decides how the town lives. `docs/concepts/town.md` explains each one.

    Example:
        >>> TownRules(intention_per_day=0.0).intention_per_day   # a town where nobody would have acted anyway
        0.0
    """

    # Who lives there
    lurker_share: float = 0.38
    expert_share: float = 0.02
    two_network_share: float = 0.10
    harbor_share: float = 0.40
    second_language_share: float = 0.0
    across_languages_share: float = 0.05
    follows_mean: float = 40.0
    follow_back_share: float = 0.40
    posts_per_day_median: float = 0.28
    trusted_share_mean: float = 0.34
    # What makes somebody act
    topic_match: tuple[float, float, float] = (1.0, 0.6, 0.35)
    off_topic_match: float = 0.1
    topic_shares: tuple[float, float, float] = (0.6, 0.27, 0.13)
    moved_base: float = 0.3
    moved_ceiling: float = 0.9
    attention_per_day: float = 9.0
    feed_posts_per_day: int = 6
    stranger_trust: float = 0.4
    repost_visibility: float = 0.6
    intention_per_day: float = 0.07
    news_days_per_month: float = 1.0
    news_factor: float = 3.0
    # How a reaction looks
    delay_median_minutes: float = 16.0
    delay_shape: float = 1.25
    delay_longest_days: float = 2.0
    companion_like_share: float = 0.35
    # The characters
    pod_size: int = 12
    pod_reaction_share: float = 0.8
    bought_share: float = 0.15
    bought_most: int = 20_000
    celebrity_audience_share: float = 0.45
    holiday_days: int = 14


@dataclass(frozen=True, kw_only=True)
class TownPlan:
    """A town before it is made: equal plans make equal towns, to the byte.

    Raises:   InputError: too few or too many people or days. MomentError: `start` has no time zone.
    Example:
        >>> TownPlan(people_count=2_000, seed=7).days
        90
    """

    people_count: int = 2_000
    seed: int = 1
    days: int = 90
    start: datetime = DEFAULT_START
    rules: TownRules = field(default_factory=TownRules)

    def __post_init__(self) -> None:
        if not SMALLEST_TOWN <= self.people_count <= LARGEST_TOWN:
            raise InputError(
                f"A town of {self.people_count:,} people cannot be built.",
                hint=f"Choose from {SMALLEST_TOWN:,} to {LARGEST_TOWN:,} people.",
            )
        if not SHORTEST_DAYS <= self.days <= LONGEST_DAYS:
            raise InputError(
                f"A town of {self.days:,} days cannot be built.",
                hint=f"Choose from {SHORTEST_DAYS} to {LONGEST_DAYS} days.",
            )
        if self.start.tzinfo is None:
            raise MomentError(
                f"The town's start {self.start.isoformat()} has no time zone.",
                hint="Give it one, for example datetime(2026, 1, 1, tzinfo=UTC).",
            )

    def start_microseconds(self) -> int:
        """When the first day begins, in microseconds since 1970 (UTC)."""
        return (self.start - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

    def end_seconds(self) -> float:
        """When the last day is over, in seconds since the start."""
        return self.days * 86_400.0
