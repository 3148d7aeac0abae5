"""A second store that begins as the first one is, for trying things that must not touch it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

import pyarrow.fs as pafs

from renown.store.delta import Delta, storage_error
from renown.store.table_store import TableStore

COPIED_TABLES: Final = (
    "formats",
    "actor_keys",
    "actors",
    "posts",
    "interactions",
    "follows",
    "list_members",
    "persons",
)
"""What is known of people and what they did; not what was computed from it."""


def copy_store(store: TableStore, folder: Path) -> TableStore:
    """A store of its own in an empty folder, with what people did and who they are; no runs and no scores.

    Data files never change, so on one disk they are shared by hard links: it takes no room and no time.
    Whoever writes to, compacts or deletes either store leaves the other as it is.
    Raises:   StoreNotFoundError; StoreFullError, StoreDamagedError.
    Cost:     O(files) on one disk, else O(bytes).
    """
    store.require()
    try:
        for name in COPIED_TABLES:
            if store.delta.version(name) >= 0:
                _copy_table(store.delta, name, folder / name)
    except OSError as error:
        raise storage_error(error, f"a copy of the store at {store.location}") from error
    return TableStore(str(folder))


def _copy_table(delta: Delta, name: str, folder: Path) -> None:
    if delta.is_local():
        source = Path(delta.table_location(name).removeprefix("file://"))
        shutil.copytree(source, folder, copy_function=_link_or_copy)
        return
    folder.mkdir(parents=True)
    local = pafs.LocalFileSystem()
    pafs.copy_files("", str(folder), source_filesystem=delta.filesystem(name), destination_filesystem=local)


def _link_or_copy(source: str, target: str) -> None:
    """One data file by a hard link; the log, whose last checkpoint may be written over, by its bytes."""
    if source.endswith(".parquet") and "_delta_log" not in source:
        try:
            os.link(source, target)
            return
        except OSError:
            pass  # another disk, or one without hard links
    shutil.copyfile(source, target)
