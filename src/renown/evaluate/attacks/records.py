"""What the laboratory reports, as plain records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from renown.evaluate.records import plain

DISCOUNTED_BELOW: Final = 0.5
"""An attack, or an actor, counts as discounted where less than this share of its attention still counts."""


@dataclass(frozen=True, kw_only=True)
class AttackRow:
    """One attack: what it gained and would have gained, what a point cost, how long it went unseen."""

    name: str
    family: str
    label: str
    words: str
    target: str
    """what kind of actor was to gain"""
    targets_count: int
    """on how many targets (or by how many pods) it was tried, each by itself; figures are means over them"""
    accounts_count: int
    """accounts that the attacker made for one target"""
    members_count: int
    """real actors of one pod"""
    acts_count: int
    score_before: float
    """of the target, undefended; in a pod the mean over its members"""
    gained_points: float
    """without the defence"""
    kept_points: float | None
    """with it; None: no defence was tried"""
    kept_share: float | None
    """kept_points / gained_points; None where nothing was gained to begin with"""
    worst_kept_share: float | None
    """of the target on which most was kept"""
    cost: float
    """of one target, or of one whole pod"""
    cost_per_point: float | None
    """of each member, in a pod; None: it gained less than a twentieth of a point"""
    cost_per_kept_point: float | None
    hours_to_discount: float | None
    """from the first act to the first look at which less than half of the attack counted, the median over
    targets; None: never"""
    hours_to_finding: float | None
    """the same to the first finding of which its accounts or members are half, or which has half of them"""


@dataclass(frozen=True, kw_only=True)
class GenuineLosses:
    """What the defence takes from everybody else, without any attack. Nobody is named."""

    actors_count: int
    """of the actors with the highest scores, undefended; those known not to be genuine are left out"""
    median_points: float
    p99_points: float
    worst_points: float
    worst_rank: int
    """the rank, undefended, of the one who loses most"""
    receivers_count: int
    receivers_discounted_count: int
    """actors of whose earned attention less than half is left"""
    receivers_discounted_share: float
    givers_count: int
    givers_discounted_count: int
    """actors of whose given attention less than half counts, each of their ties as one"""
    givers_discounted_share: float


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """An attack that this background cannot bear, and why."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Battlefield:
    """What was attacked."""

    network: str
    actors_count: int
    scored_count: int
    interactions_count: int
    days: float
    as_of: datetime
    definition_name: str
    definition_hash: str


@dataclass(frozen=True, kw_only=True)
class AttackReport:
    """Everything that a run of the laboratory found; same store, seed and version, same report."""

    defence: str | None
    seed: int
    percentile: float
    """around which of all scores ordinary targets were drawn"""
    rounds_count: int
    """copies of the store that were attacked; attacks that do not meet share one"""
    looks_hours: tuple[float, ...]
    """how long after an attack's beginning its detection was looked for"""
    battlefield: Battlefield
    attacks: tuple[AttackRow, ...]
    genuine: GenuineLosses | None
    left_out: tuple[LeftOut, ...]
    currency: str
    prices: dict[str, float]
    prices_source: str

    def as_dict(self) -> dict[str, Any]:
        """Everything as lists, dictionaries, numbers and text: what `json.dumps` takes."""
        return plain(self)
