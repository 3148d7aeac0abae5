"""Merging the small files of many small commits while a store is being written to, a little at a time.

`compact` puts a whole store in order; what is here only keeps a long `follow` from leaving thousands of them.
Files are merged with others of about their size, so that a row is written again a few times at most, and
never more at once than takes a second: who is following does not wait for it.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from renown.errors import StoreConflictError
from renown.schema import TABLES
from renown.store.delta import Delta, DeltaFile, NewFile
from renown.store.importing import delete_files
from renown.store.merging import INTERACTION_COLUMNS, in_store_order
from renown.store.sorted_files import SortedFiles, write_rows
from renown.store.target_index import delete_indexes, stray_indexes, write_indexed

FEWEST_FILES: Final = 32
"""So many files of about one size are merged into one."""

MOST_ROWS: Final = 300_000
"""Rows of interactions that are merged at once; files of half as many are left alone."""

MOST_BYTES: Final = 8 << 20
"""The same for tables that have no order to keep."""

SWEEP_SECONDS: Final = 24 * 3_600.0
"""How often files are deleted that no version of the last week needs."""

_GROWTH: Final = 8
"""Sizes that differ by less are about the same."""

_ATTEMPTS: Final = 5

_TIDIED: Final = tuple(name for name, table in TABLES.items() if not table.partition_columns)


@dataclass(frozen=True)
class Tidied:
    """Files of a table were merged: who knew all rows at the version before knows them at the one after."""

    table: str
    before: int
    after: int
    merged_count: int
    path: str


class Tidying:
    """Looks at one table at a time, and merges what has gathered there. One for each who writes for long."""

    def __init__(self, delta: Delta) -> None:
        self._delta = delta
        self._next = 0
        self._sweeps = {name: time.monotonic() + SWEEP_SECONDS for name in _TIDIED}

    def step(self) -> Tidied | None:
        """Merge some small files of the next table, if it has many; None: nothing was merged.

        Whatever interrupts leaves the store as it was: old files go out and the merged one comes in by one
        commit. Old files stay for a week, so that who reads an older version is not disturbed.
        Cost:     up to `MOST_ROWS` rows, or `MOST_BYTES` bytes, read and written.
        """
        name = _TIDIED[self._next % len(_TIDIED)]
        self._next += 1
        if time.monotonic() > self._sweeps[name]:
            self._sweeps[name] = time.monotonic() + SWEEP_SECONDS
            _sweep(self._delta, name)
        _, files = self._delta.files(name)
        chosen = small_files(name, files)
        return _merge_files(self._delta, name, chosen) if chosen else None


def small_files(name: str, files: Sequence[DeltaFile]) -> list[DeltaFile]:
    """Files of about one size that are to be merged, the smallest sizes first; none where there are few."""
    is_counted = name == "interactions"
    most = MOST_ROWS if is_counted else MOST_BYTES
    by_size: dict[int, list[DeltaFile]] = defaultdict(list)
    for file in files:
        size = file.rows_count if is_counted else file.bytes_count
        if 2 * size < most:
            by_size[_rank(size)].append(file)
    for rank in sorted(by_size):
        if len(by_size[rank]) >= FEWEST_FILES:
            return _as_many_as_fit(by_size[rank], most, is_counted=is_counted)
    return []


def _rank(size: int) -> int:
    rank = 0
    while size >= _GROWTH:
        size, rank = size // _GROWTH, rank + 1
    return rank


def _as_many_as_fit(files: Sequence[DeltaFile], most: int, *, is_counted: bool) -> list[DeltaFile]:
    chosen, total = list[DeltaFile](), 0
    for file in files:
        total += file.rows_count if is_counted else file.bytes_count
        if chosen and total > most:
            break
        chosen.append(file)
    return chosen


def _merge_files(delta: Delta, name: str, old: Sequence[DeltaFile]) -> Tidied | None:
    filesystem = delta.filesystem(name)
    written = _written(delta, name, old)
    paths = {file.path for file in old}
    try:
        for _ in range(_ATTEMPTS):
            version, files = delta.files(name)
            if not paths <= {file.path for file in files}:
                break  # somebody else merged or took out: another time
            try:
                after = delta.commit(name, [written], expected_version=version, remove=old, note="tidy")
            except StoreConflictError:
                continue  # what others added is not touched by this
            return Tidied(name, version, after, len(old), written.path)
    except BaseException:
        delete_files(filesystem, [written.path])
        raise
    delete_files(filesystem, [written.path])
    return None


def _written(delta: Delta, name: str, old: Sequence[DeltaFile]) -> NewFile:
    """One file with the rows of some, not yet part of the table."""
    filesystem = delta.filesystem(name)
    if name == "interactions":
        rows = SortedFiles(filesystem, [file.path for file in old]).read_all(INTERACTION_COLUMNS)
        return write_indexed(filesystem, delta.new_file_name("interactions"), in_store_order(rows))
    rows = pa.concat_tables([delta.read_file(name, file.path) for file in old])
    if name == "actor_keys":
        return write_rows(filesystem, delta.new_file_name("actors"), rows.sort_by("actor_key"))
    return delta.write_file(name, rows)


def _sweep(delta: Delta, name: str) -> None:
    """Delete files that no version of the last week needs."""
    delta.vacuum(name)
    if name == "interactions":
        filesystem = delta.filesystem(name)
        delete_indexes(filesystem, stray_indexes(filesystem))
