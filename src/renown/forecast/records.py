"""What a forecast says, as plain records."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

LEVEL = 0.9
"""Every interval covers 90 of 100 such cases, by what it did on past ones."""


@dataclass(frozen=True)
class SizeForecast:
    """A size with its interval: as likely to be above `expected_size` as below."""

    expected_size: int
    size_low: int
    size_high: int


@dataclass(frozen=True)
class SizePoint:
    """The forecast for one moment on the way: seconds after the root, and the sizes by then."""

    seconds: float
    expected_size: int
    size_low: int
    size_high: int


@dataclass(frozen=True)
class CascadeForecast:
    """How far a cascade will have spread, from what came in the time observed.

    Sizes count reactions, the root apart.
    """

    expected_size: int
    size_low: int
    size_high: int
    level: float
    size_so_far: int
    observed_seconds: float
    horizon_seconds: float
    model: str
    """audience: with audience sizes; times: without"""
    collection: str
    """what the model was made from"""
    cascades_count: int
    assumed_least_size: int | None
    """the final size is taken to reach this, as it does in the collection; None: nothing is assumed"""
    least_size_probability: float | None
    """how likely that was from the signs alone"""
    without_assumption: SizeForecast | None
    """the same with nothing assumed; None where nothing is"""
    path: tuple[SizePoint, ...]
    rests_on: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The forecast as one JSON document."""
        return asdict(self)


@dataclass(frozen=True)
class PeopleForecast:
    """Distinct people expected to react, with the interval and the cases that it was calibrated on."""

    expected_people: float
    people_low: int
    people_high: int
    level: float
    calibration_count: int
    """past cases behind the interval"""
    size_class: str
    """which of them: those of about this size, or all"""


@dataclass(frozen=True)
class ActorForecast:
    """Distinct people expected to react to an actor's next post, and in the days to come.

    Nobody's views are counted or guessed: people reached means people who react.
    """

    actor_id: str
    handle: str
    as_of: datetime
    days: int
    next_post: PeopleForecast | None
    """None: too few past posts in the store to say"""
    next_days: PeopleForecast | None
    """None: the store does not reach back far enough to say"""
    past_posts_count: int
    people_last_days: int
    """distinct people who reacted in as many days before"""
    has_silent_posts: bool
    """whether posts that nobody reacted to are known; if not, the next post is one that somebody reacts to"""
    rests_on: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The forecast as one JSON document: moments in ISO 8601."""
        return {**asdict(self), "as_of": self.as_of.isoformat()}


@dataclass(frozen=True)
class PostForecast:
    """Distinct people expected to have reacted to a post by its horizon."""

    post_id: str
    author_actor_id: str
    as_of: datetime
    posted_at: datetime
    is_posted_at_known: bool
    """False: the moment of the first reaction stands for it"""
    people_so_far: int
    observed_seconds: float
    horizon_seconds: float
    forecast: PeopleForecast
    model: str
    """store: calibrated on this store's own posts; times: the shipped model for moments only"""
    rests_on: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The forecast as one JSON document: moments in ISO 8601."""
        return {**asdict(self), "as_of": self.as_of.isoformat(), "posted_at": self.posted_at.isoformat()}
