"""What the store tells its callers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Actor:
    """An account found by name."""

    actor_key: int
    actor_id: str
    handle: str

    @property
    def network(self) -> str:
        """The part of the id before the first colon."""
        return self.actor_id.partition(":")[0]


@dataclass(frozen=True)
class ImportReport:
    """What an import did. read = added + duplicate + rejected; nothing else happens to a row."""

    read_count: int
    added_count: int
    duplicate_count: int
    self_count: int
    """rows of the added ones in which an actor acts on itself: kept, never counted"""
    new_actor_count: int
    rejected_counts: dict[str, int] = field(default_factory=dict)
    rejects_path: str | None = None
    earliest_at: datetime | None = None
    latest_at: datetime | None = None
    seconds: float = 0.0

    @property
    def rejected_count(self) -> int:
        """Rows that could not be read, all reasons together."""
        return sum(self.rejected_counts.values())


@dataclass
class IntakeReport:
    """What became of the harvests of a source, so far."""

    records_count: int = 0
    """foreign records read, understood or not"""
    added_counts: Counter[str] = field(default_factory=Counter)
    """rows added, by table"""
    edited_counts: Counter[str] = field(default_factory=Counter)
    """rows whose place a newer version took, by table"""
    duplicates_count: int = 0
    """interactions that were there already"""
    withdrawn_counts: Counter[str] = field(default_factory=Counter)
    """rows taken out because somebody took them back, by table"""
    left_out_counts: Counter[str] = field(default_factory=Counter)
    """what was not taken because somebody marked it so, by the mark"""
    quarantined_counts: Counter[str] = field(default_factory=Counter)
    """records that were not understood, by reason"""

    @property
    def rows_count(self) -> int:
        """Rows added, all tables together."""
        return self.added_counts.total()


@dataclass(frozen=True)
class Finding:
    """Something the doctor noticed about a table, and how to mend it."""

    table: str
    severity: Literal["fine", "notice", "damage"]
    problem: str
    remedy: str = ""
