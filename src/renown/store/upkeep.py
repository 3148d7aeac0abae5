"""Keeping a store in order: merging small files, telling its history."""

from __future__ import annotations

from typing import Any

from renown.errors import StoreConflictError
from renown.schema import TABLES
from renown.store.delta import Delta, NewFile
from renown.store.importing import delete_files
from renown.store.merging import INTERACTION_COLUMNS, merge
from renown.store.parallel import in_order
from renown.store.sorted_files import RANGE_ROWS, SortedFiles, SourceRange, rows_schema
from renown.store.target_index import delete_indexes, stray_indexes, write_indexed
from renown.types import Progress

_ATTEMPTS = 5


def compact(delta: Delta, progress: Progress) -> dict[str, tuple[int, int]]:
    """Merge the interactions' files into ones that follow each other; every other table by Delta's own means.

    Old files stay for a week, so that readers of older versions are not disturbed; then vacuum removes them.
    Raises:   StoreConflictError: others kept writing. Nothing is lost either way.
    """
    counts = {}
    for name in TABLES:
        before = len(delta.files(name)[1])
        if before > 1 and name == "interactions":
            _compact_interactions(delta, progress)
        elif before > 1 and not TABLES[name].partition_columns:
            delta.optimize(name)
        counts[name] = (before, len(delta.files(name)[1]))
        delta.vacuum(name)
    filesystem = delta.filesystem("interactions")
    delete_indexes(filesystem, stray_indexes(filesystem))
    return counts


def history(delta: Delta) -> list[dict[str, Any]]:
    """Commits of all tables, newest first: table, version, when, what, rows and files added."""
    commits = []
    for name in TABLES:
        for entry in delta.history(name):
            metrics = entry.get("operationMetrics") or {}
            commits.append(
                {
                    "table": name,
                    "version": entry["version"],
                    "committed_at": entry["timestamp"],
                    "operation": str(entry.get("operation", "")).lower(),
                    "note": str(entry.get("renown", "") or metrics.get("note", "")),
                }
            )
    return sorted(commits, key=lambda commit: (-commit["committed_at"], commit["table"], -commit["version"]))


def _compact_interactions(delta: Delta, progress: Progress) -> None:
    for _ in range(_ATTEMPTS):
        version, old = delta.files("interactions")
        written = _write_merged(
            delta, SortedFiles(delta.filesystem("interactions"), [file.path for file in old]), progress
        )
        try:
            delta.commit("interactions", written, expected_version=version, remove=old, note="compact")
            return
        except StoreConflictError:
            delete_files(delta.filesystem("interactions"), [file.path for file in written])
    raise StoreConflictError(
        "Others kept writing while the store was compacted.", hint="Try again when it is quieter."
    )


def _write_merged(delta: Delta, files: SortedFiles, progress: Progress) -> list[NewFile]:
    filesystem = delta.filesystem("interactions")
    nothing = rows_schema().empty_table()
    spans = files.plan(RANGE_ROWS)

    def merge_span(span: SourceRange) -> NewFile:
        """Write one range of rows into a file of its own."""
        rows = merge(nothing, files.read(span, INTERACTION_COLUMNS)).rows
        return write_indexed(filesystem, delta.new_file_name("interactions"), rows)

    written = []
    for done, file in enumerate(in_order(merge_span, spans), 1):
        written.append(file)
        progress("compacting", done, len(spans))
    return written
