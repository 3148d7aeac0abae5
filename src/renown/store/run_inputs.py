"""What a run is computed from: up to which moment, and which versions of which tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from renown.errors import TooLittleInputError

if TYPE_CHECKING:
    from renown.store.table_store import TableStore

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def newest_moment(store: TableStore) -> datetime:
    """One microsecond after the newest interaction: what a score is as of, unless said otherwise.

    Raises:   TooLittleInputError: the store has no interactions.
    """
    files = store.interactions()
    if files.rows_count == 0:
        raise TooLittleInputError(
            f"The store at {store.location} has no interactions yet.", hint="Add some with `renown import`."
        )
    return EPOCH + timedelta(microseconds=files.latest_microseconds() + 1)


def microseconds_of(moment: datetime) -> int:
    """UTC microseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def version_read(store: TableStore, tables: Iterable[str]) -> str:
    """The version of each of the tables that the store has, as a run records what it read."""
    versions = store.versions()
    return " ".join(f"{name}@{versions[name]}" for name in tables if name in versions)
