"""Accounts as Mastodon's API shows them, and as its relatives do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from renown.sources.fediverse.consent import Person, account_name, refusal_of
from renown.sources.fediverse.markup import read_markup
from renown.store.harvest import UnreadableRecord, read_moment

_AUTOMATED: Final = frozenset({"Service", "Application"})
"""Actor types of what acts by itself."""

_LARGEST_COUNT: Final = 1 << 50


def read_account(record: Any, home: str) -> Person:
    """The account of an API record.

    Args:     home: domain of the server that gave the record; names without a host are its own.
    Raises:   UnreadableRecord: it has no name.
    Example:
        >>> read_account({"acct": "Ann", "discoverable": True}, "meadow.example").name
        'ann@meadow.example'
    """
    if not isinstance(record, Mapping) or not isinstance(record.get("acct"), str):
        raise UnreadableRecord("unreadable_account", "It does not say which account it is about.")
    name = account_name(record["acct"], home)
    bio, _ = read_markup(text_of(record, "note"))
    told = [read_markup(text_of(field, "value"))[0] for field in objects_of(record, "fields")]
    refusal = refusal_of(record, " ".join([bio, *told]))
    is_bot = record.get("bot") is True or record.get("actor_type") in _AUTOMATED
    return Person(
        name=name,
        local_id=id_of(record),
        refusal=refusal,
        allows_text=refusal is None and record.get("indexable") is True,
        hides_collections=record.get("hide_collections") is True,
        profile={
            "handle": name,
            "display_name": text_of(record, "display_name") or None,
            "bio": bio or None,
            "created_at": moment_or_none(record.get("created_at")),
            "followers_count": count_of(record, "followers_count"),
            "following_count": count_of(record, "following_count"),
            "posts_count": count_of(record, "statuses_count"),
            "is_declared_bot": is_bot or record.get("group") is True,
            "is_protected": record.get("locked") is True,
            "is_discoverable": record.get("discoverable") is True,
            "is_indexable": record.get("indexable") is True,
            "is_hidden_from_public": False,
        },
    )


def text_of(record: Mapping[str, Any], name: str) -> str:
    """A text of a record; "" where it has none, or something else in its place."""
    value = record.get(name)
    return value.replace("\x00", "").encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def id_of(record: Mapping[str, Any]) -> str:
    """What a server calls a record; some give numbers."""
    value = record.get("id")
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def count_of(record: Mapping[str, Any], name: str) -> int | None:
    """A number of something; servers that hide it say -1."""
    value = record.get(name)
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST_COUNT
    return value if is_count else None


def moment_or_none(claimed: Any) -> datetime | None:
    """A time that is only told, never counted with."""
    try:
        return read_moment(claimed)
    except UnreadableRecord:
        return None


def objects_of(record: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of a list in a record, a few hundred at the most."""
    value = record.get(name)
    return [one for one in value if isinstance(one, Mapping)][:500] if isinstance(value, list) else []
