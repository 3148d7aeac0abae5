"""Records that explain: frozen, and ready to become one JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any


@dataclass(frozen=True)
class Record:
    """A record whose fields are plain values, tuples, mappings or other records."""

    def to_dict(self) -> dict[str, Any]:
        """The record as dicts, lists, strings and numbers: moments as ISO 8601 in UTC, floats in full.

        Example:
            >>> from renown.explain import NotCounted
            >>> NotCounted("daily cap", "over it", 3).to_dict()
            {'reason': 'daily cap', 'meaning': 'over it', 'interactions_count': 3}
        """
        return {field.name: plain(getattr(self, field.name)) for field in fields(self)}


def plain(value: object) -> Any:
    """A value of a record as builtins that any JSON writer takes.

    Example:
        >>> plain({"since": datetime(2024, 5, 1, tzinfo=UTC), "days": (date(2024, 5, 1),)})
        {'since': '2024-05-01T00:00:00Z', 'days': ['2024-05-01']}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [plain(entry) for entry in value]
    return value


@dataclass(frozen=True)
class ActorName(Record):
    """Who is meant."""

    actor_id: str
    """network:native_id, which never changes"""
    handle: str
    """what people call the account; the native id where no handle is known"""
    network: str


@dataclass(frozen=True)
class Basis(Record):
    """What a score rests on. No score is shown without it."""

    as_of: datetime
    """only what happened before this moment counts"""
    definition_name: str
    definition_hash: str
    networks: tuple[str, ...]
    window: str
    """which attention counts, in words"""
    interval_level: float
    """how often an interval of this kind is meant to hold the truth, 0..1"""
