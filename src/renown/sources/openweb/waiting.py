"""Webmentions that were taken and are not done with, on disk: whoever is told "it waits" can rely on it."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from renown.errors import StoreDamagedError

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE_NAME: Final = "_webmentions.sqlite"
"""Within the folder of a store. What begins with _ is no table."""

_TABLE: Final = """
create table if not exists waiting (
    token text primary key, source text not null, target text not null, received_at text not null
) without rowid
"""


@dataclass(frozen=True)
class Waiting:
    """A mention that waits, and the token by which its sender asks for it."""

    token: str
    source: str
    target: str
    received_at: datetime


class WaitingFile:
    """The mentions that wait, in a small SQLite file that only its owner can read. Safe for several threads.

    Raises:   StoreDamagedError: the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with self._guarded():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = sqlite3.connect(path, check_same_thread=False, timeout=10.0)
            # a log beside the file: one write to the disk for each mention that is taken
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute(_TABLE)
            self._connection.commit()

    def add(self, one: Waiting) -> None:
        """Keep a mention; it is on the disk when this returns."""
        row = (one.token, one.source, one.target, one.received_at.isoformat())
        with self._guarded(), self._connection:
            self._connection.execute("insert or replace into waiting values (?, ?, ?, ?)", row)

    def remove(self, tokens: Iterable[str]) -> None:
        """These are done with."""
        with self._guarded(), self._connection:
            self._connection.executemany(
                "delete from waiting where token = ?", [(token,) for token in tokens]
            )

    def all(self) -> list[Waiting]:
        """Every mention that waits, the oldest first."""
        with self._guarded():
            rows = self._connection.execute(
                "select token, source, target, received_at from waiting order by received_at, token"
            ).fetchall()
        return [
            Waiting(token, source, target, datetime.fromisoformat(received_at).astimezone(UTC))
            for token, source, target, received_at in rows
        ]

    def close(self) -> None:
        """Let go of the file."""
        with self._guarded():
            self._connection.close()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except (sqlite3.Error, OSError, ValueError) as error:
                raise StoreDamagedError(
                    f"{self._path}, where webmentions wait, cannot be used: {error}",
                    hint="Free space, or move the file away: what waits in it is then lost.",
                ) from error
