"""The version of the store's layout: newer ones are refused, older ones are brought up to date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import pyarrow as pa

from renown.errors import StoreVersionError
from renown.store.delta import Delta

FORMAT_VERSION = 2


def _add_observed_at(delta: Delta) -> None:
    """Layout 1 did not know in which version a post was seen. Cost: posts are written again, file by file."""
    delta.add_columns("posts", ("observed_at",))


MIGRATIONS: dict[int, Callable[[Delta], None]] = {1: _add_observed_at}
"""By the version they start from; each brings a store to the next and may be run again when interrupted."""


def check_format(delta: Delta) -> int:
    """Version of the store's layout, after migrating an older one; the current one where there is no store.

    Raises:   StoreVersionError: the store was written by a newer Renown.
    """
    formats = delta.read("formats").sort_by("format_version")
    if formats.num_rows == 0:
        return FORMAT_VERSION
    newest = formats.slice(formats.num_rows - 1).to_pylist()[0]
    found = int(newest["format_version"])
    if found > FORMAT_VERSION:
        raise StoreVersionError(
            f"The store at {delta.location} has layout {found}, made by Renown {newest['renown_version']}; "
            f"this is Renown {renown_version()}, which knows layouts up to {FORMAT_VERSION}.",
            hint="Upgrade Renown. Nothing was changed.",
        )
    for step in range(found, FORMAT_VERSION):
        MIGRATIONS[step](delta)
        write_format(delta, step + 1)
    return FORMAT_VERSION


def write_format(delta: Delta, format_version: int) -> None:
    """Record that the store has this layout from now on."""
    row = {
        "format_version": [format_version],
        "renown_version": [renown_version()],
        "since": pa.array([datetime.now(UTC)], pa.timestamp("us", tz="UTC")),
    }
    delta.append("formats", pa.table(row), note=f"layout {format_version}")


def renown_version() -> str:
    """Version of the installed package."""
    try:
        return version("renown")
    except PackageNotFoundError:
        return "unknown"
