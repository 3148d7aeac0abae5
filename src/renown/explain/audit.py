"""An audit of an actor's audience: who reacts, how surely that is known, from where, and when all at once.

Words matter here. Nobody is called fake: an account is *likely* automated, with a probability and reasons;
*inactive* is not automated; and of many accounts too little is known. An audit is for the operator and for
the actor it is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from renown.explain.records import ActorName, Basis, Record
from renown.scoring.scale import wilson_interval

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

AudienceKind = Literal["followers", "reactors"]
Standing = Literal["genuine", "inactive", "automated", "doubted", "unknown"]

STANDINGS: Final[dict[Standing, str]] = {
    "genuine": "likely genuine",
    "inactive": "inactive",
    "automated": "likely automated",
    "doubted": "in a doubted crowd or group",
    "unknown": "too little known",
}
INACTIVE_DAYS: Final = 90
"""No act of its own for so long is inactive."""
COUNTED_FROM: Final = 0.5
"""An account whose attention to the actor counts for less is doubted."""
AUTOMATED_FROM: Final = 0.5
"""Likely automated from this probability on."""
INTERVAL_LEVEL: Final = 0.95
BURST_DAYS: Final = 14
"""What is expected of a day is told by so many days before and after it."""
LEAST_NEIGHBOURS: Final = 3
BURST_LEAST: Final = 5
"""A burst has at least so many first-time reactors."""
BURST_DEVIATIONS: Final = 4.0


@dataclass(frozen=True)
class Seen:
    """What was seen of one account."""

    probability: float
    """that it is automated"""
    evidence_count: int
    """terms that were known of it"""
    is_active: bool | None
    """acted within 90 days; None: the store does not reach back so far"""
    acts_elsewhere: bool
    """reacted to others than this actor, or wrote something"""
    counted_share: float = 1.0
    """how much of its attention to this actor counts"""


@dataclass(frozen=True)
class AudienceShare(Record):
    """One standing, and how much of the audience has it."""

    standing: Standing
    label: str
    count: int
    """in the sample"""
    share: float
    low: float
    high: float
    """Wilson's interval for the whole audience, 95 of 100"""


@dataclass(frozen=True)
class SourcePart(Record):
    """Where reactions come from: one network, or one kind of account by what else it does."""

    part: Literal["network", "company"]
    key: str
    label: str
    people_count: int
    interactions_count: int
    share: float
    """of the people"""


@dataclass(frozen=True)
class ReactionDay(Record):
    """First-time reactors of a day, and how many were to be expected."""

    day: date
    count: int
    expected: float
    high: float
    """more than this is a burst"""
    is_burst: bool
    alone_count: int
    """of those, who react to nobody else"""


@dataclass(frozen=True)
class RingMember(Record):
    """Somebody in a group: its place in the list is its number."""

    actor_id: str
    handle: str
    is_actor: bool
    """the one who is audited"""


@dataclass(frozen=True)
class Ring(Record):
    """A group that a finding names, with who reacted to whom in it."""

    kind: str
    sentence: str
    members_count: int
    chance: float | None
    """how often as much would come about if everybody acted for themselves; None: not computed"""
    members: tuple[RingMember, ...]
    """at most 200, the actor among them"""
    ties: tuple[tuple[int, int], ...]
    """(number of the source, number of the target)"""


@dataclass(frozen=True)
class JudgedAccount(Record):
    """One account of the sample: what it is likely to be, with the reasons."""

    actor_id: str
    handle: str
    standing: Standing
    automated_probability: float
    evidence_count: int
    counted_share: float
    """how much of its attention to the actor counts"""
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Audit(Record):
    """What can be said of an actor's audience."""

    actor: ActorName
    basis: Basis
    title: str
    sentences: tuple[str, ...]
    audience: AudienceKind
    audience_count: int
    sample_count: int
    seed: int
    shares: tuple[AudienceShare, ...]
    automated_expected_share: float
    """mean probability over the sample: what the shares are, without a threshold"""
    sources: tuple[SourcePart, ...]
    first_time_share: float
    """of the reactors of the last 30 days, who had never reacted to the actor before"""
    days: tuple[ReactionDay, ...]
    rings: tuple[Ring, ...]
    accounts: tuple[JudgedAccount, ...]
    """those of the sample that are likely automated, then those that are doubted; 50 at most"""


def share_interval(count: int, sample: int, population: int) -> tuple[float, float]:
    """Wilson's interval for a share, narrowed as the sample comes to be everybody.

    Formula:  Wilson's of n' = n (N - 1) / (N - n) cases.
    Source:   Wilson (1927); finite population as in Cochran (1977), section 3.6.
    Example:
        >>> [round(end, 3) for end in share_interval(10, 100, 1_000_000)]
        [0.055, 0.174]
        >>> share_interval(10, 100, 100)
        (0.1, 0.1)
    """
    if sample == 0:
        return 0.0, 1.0
    share = count / sample
    if sample >= population:
        return share, share
    return wilson_interval(share, sample * (population - 1) / (population - sample), level=INTERVAL_LEVEL)


def build_shares(standings: list[Standing], population: int) -> tuple[AudienceShare, ...]:
    """Each standing's share of the audience, from a sample of it."""
    sample = len(standings)
    rows = []
    for standing, label in STANDINGS.items():
        count = standings.count(standing)
        low, high = share_interval(count, sample, population)
        rows.append(AudienceShare(standing, label, count, count / sample if sample else 0.0, low, high))
    return tuple(rows)


def standing_of(seen: Seen) -> Standing:
    """What an account of an audience is likely to be.

    Automated where its probability says so. Doubted where trust lets its attention count for less than half:
    it came in a crowd that nobody vouches for, or acts in a group; it may well be a person. Genuine needs
    company: whoever is only known for reacting to this actor is too little known.
    Example:
        >>> standing_of(Seen(0.9, 3, is_active=True, acts_elsewhere=True))
        'automated'
        >>> standing_of(Seen(0.1, 3, is_active=True, acts_elsewhere=False))
        'unknown'
    """
    if seen.evidence_count and seen.probability >= AUTOMATED_FROM:
        return "automated"
    if seen.counted_share < COUNTED_FROM:
        return "doubted"
    if seen.is_active is False:
        return "inactive"
    return "genuine" if seen.acts_elsewhere else "unknown"


def build_days(
    first_days: IntArray, is_alone: NDArray[np.bool_], span: tuple[int, int]
) -> tuple[ReactionDay, ...]:
    """First-time reactors by day, each day beside what the days around it let expect.

    Formula:  expected = median of the 14 days before and after; spread^2 = the largest of 1,
              expected and (1.4826 * median absolute deviation)^2; a burst has 5 people or more, and over
              expected + 4 * spread. At the store's beginning everybody is new, so a fifth of its days, 14 at
              most, have none.
    Args:     first_days: UTC day (days since 1970) of each reactor's first reaction; is_alone: reacts to
              nobody else. span: first and last day that the store knows.
    """
    if first_days.size == 0:
        return ()
    start, stop = max(span[0], int(first_days.min()) - BURST_DAYS), span[1] + 1
    counts = np.bincount(first_days - start, minlength=stop - start)
    alone = np.bincount(first_days[is_alone] - start, minlength=stop - start)
    epoch, settled = date(1970, 1, 1), span[0] + min(BURST_DAYS, (span[1] - span[0]) // 5)
    days = []
    for place, count in enumerate(counts.tolist()):
        first = max(0, place - BURST_DAYS)
        around = np.delete(counts[first : place + BURST_DAYS + 1], place - first)
        expected, high = _expected(count, around)
        days.append(
            ReactionDay(
                day=epoch + timedelta(days=start + place),
                count=count,
                expected=expected,
                high=high,
                is_burst=count >= BURST_LEAST and count > high and start + place >= settled,
                alone_count=int(alone[place]),
            )
        )
    return tuple(days)


def _expected(count: int, around: IntArray) -> tuple[float, float]:
    """What a day's neighbours let expect, and the most that is none; too few of them tell nothing."""
    if around.size < LEAST_NEIGHBOURS:
        return float(count), float(count)
    middle = float(np.median(around))
    deviation = 1.4826 * float(np.median(np.abs(around - middle)))
    spread = float(np.sqrt(max(middle, 1.0, deviation**2)))
    return middle, middle + BURST_DEVIATIONS * spread
