"""How far the posts of an account, or of a server, have been read: a cursor of a few words."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from renown.errors import CursorError
from renown.sources.registry import Memory
from renown.store.harvest import Cursor

SOURCE_NAME: Final = "fediverse"
VERSION: Final = 1


@dataclass(frozen=True)
class Place:
    """Posts come newest first: what is newer than `oldest`, and beyond `before` where that is set, is left.

    Fields:
        newest: time of the newest post that this round, or the last one that ended, has read.
        oldest: this round stops at posts that are older; None: at the first post ever.
        before: the server's words for where the next page begins; None: the round is over.
        since: how far back all rounds together have read; None: to the first post.
    """

    newest: datetime | None = None
    oldest: datetime | None = None
    before: str | None = None
    since: datetime | None = None

    def position(self) -> str:
        """As the text of a cursor."""
        said = {name: _written(value) for name, value in vars(self).items()}
        return json.dumps({name: value for name, value in said.items() if value is not None})

    def cursor(self, scope: str) -> Cursor:
        """As a cursor."""
        return Cursor(SOURCE_NAME, scope, VERSION, self.position())

    def next_round(self, *, since: datetime | None, again: timedelta) -> Place:
        """Where a round begins after this one ended."""
        assert self.newest is not None
        oldest = self.newest - again
        return Place(
            newest=self.newest, oldest=oldest if since is None else max(oldest, since), since=self.since
        )

    def turned(self, before: str | None, newest: datetime | None) -> Place:
        """After a page."""
        times = [moment for moment in (self.newest, newest) if moment is not None]
        return replace(self, before=before, newest=max(times, default=None))


def place_to_begin(memory: Memory, scope: str, *, since: datetime | None, again: timedelta) -> Place:
    """Where to begin: in the middle of a round that was interrupted, or at the newest post.

    A new round reads back to `again` before the newest post that is known, for reactions that came since; or
    further, where more is asked for now than was read ever before.
    Raises:   CursorError: the cursor was written by a newer Renown.
    """
    known = _known_place(memory.cursor(SOURCE_NAME, scope))
    if known is None or known.newest is None or _reaches_further(since, known.since):
        return Place(oldest=since, since=since)
    if known.before is not None:
        return known
    return known.next_round(since=since, again=again)


def _reaches_further(since: datetime | None, known: datetime | None) -> bool:
    return known is not None and (since is None or since < known)


def _known_place(cursor: Cursor | None) -> Place | None:
    if cursor is None:
        return None
    if cursor.version > VERSION:
        raise CursorError(
            f"Where reading stopped ({cursor.scope}) was noted by a newer Renown.",
            hint="Use that Renown, or read into a new store.",
        )
    try:
        said = json.loads(cursor.position)
        moments = {name: _read(said.get(name)) for name in ("newest", "oldest", "since")}
        before = said.get("before")
    except (ValueError, AttributeError, TypeError):
        return None  # not to be read: everything is read again, and nothing is kept twice
    return Place(**moments, before=before if isinstance(before, str) else None)


def _written(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else value


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
