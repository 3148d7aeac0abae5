"""Checks every table of a store, says what is wrong and how to mend it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from renown.errors import RenownError
from renown.schema import TABLES, arrow_schema
from renown.store.delta import Delta, DeltaFile
from renown.store.records import Finding
from renown.store.sorted_files import SortedFiles
from renown.store.staging import leftovers
from renown.store.target_index import (
    FOLDER,
    delete_indexes,
    is_index_of,
    read_index_footer,
    rebuild_index,
    stray_indexes,
)

_MANY_FILES = 50


def examine(delta: Delta, *, mend: bool) -> list[Finding]:
    """Every finding; at least one line per table that exists. `mend` removes what is safe to remove."""
    findings: list[Finding] = []
    for name in TABLES:
        try:
            if delta.version(name) < 0:
                continue
            troubles = list(_examine_table(delta, name, mend=mend))
        except (RenownError, OSError, pa.ArrowException) as error:
            troubles = [
                Finding(
                    name, "damage", f"cannot be opened: {error}", "Restore the store's folder from a backup."
                )
            ]
        findings += troubles or [Finding(name, "fine", "nothing to report")]
    for folder in leftovers(delta):
        findings.append(_leftover(folder.name, mended=mend))
        if mend:
            shutil.rmtree(folder, ignore_errors=True)
    return findings


def _leftover(name: str, *, mended: bool) -> Finding:
    remedy = "Removed." if mended else "Harmless; the next import or `renown store doctor --mend` removes it."
    return Finding("_staging", "notice", f"an import that was killed left {name} behind", remedy)


def _examine_table(delta: Delta, name: str, *, mend: bool) -> Iterator[Finding]:
    _, files = delta.files(name)
    filesystem = delta.filesystem(name)
    readable = []
    for file in files:
        trouble = _examine_file(filesystem, name, file)
        if trouble:
            yield trouble
        else:
            readable.append(file)
    if len(readable) < len(files):
        return
    orphans = _orphans(filesystem, {file.path for file in files})
    if orphans:
        yield Finding(
            name,
            "notice",
            f"{orphans} files belong to no present version",
            "`renown store compact` removes them after a week.",
        )
    if name == "actor_keys":
        yield from _examine_dictionary(delta)
    if name == "interactions":
        yield from _examine_interactions(delta, files)
        yield from _examine_indexes(filesystem, files, mend=mend)


def _examine_file(filesystem: pafs.FileSystem, name: str, file: DeltaFile) -> Finding | None:
    restore = "Restore it from a backup, or import the same input again into a new store."
    try:
        with filesystem.open_input_file(file.path) as stream:
            footer = pq.read_metadata(stream)
    except FileNotFoundError:
        return Finding(name, "damage", f"{file.path} is missing", restore)
    except (OSError, pa.ArrowException) as error:
        return Finding(name, "damage", f"{file.path} cannot be read: {error}", restore)
    if file.rows_count and footer.num_rows != file.rows_count:
        return Finding(
            name, "damage", f"{file.path} has {footer.num_rows} rows, its log says {file.rows_count}", restore
        )
    expected = set(arrow_schema(TABLES[name]).names) - set(TABLES[name].partition_columns)
    missing = sorted(expected - set(footer.schema.to_arrow_schema().names))
    return (
        Finding(name, "damage", f"{file.path} lacks columns {', '.join(missing)}", restore)
        if missing
        else None
    )


def _orphans(filesystem: pafs.FileSystem, active: set[str]) -> int:
    selector = pafs.FileSelector("", recursive=True)
    stored = {entry.path for entry in filesystem.get_file_info(selector) if entry.path.endswith(".parquet")}
    return len({path for path in stored - active if not path.startswith(("_delta_log/", f"{FOLDER}/"))})


def _examine_dictionary(delta: Delta) -> Iterator[Finding]:
    rows = delta.read("actor_keys")
    keys = np.sort(rows["actor_key"].to_numpy())
    if not np.array_equal(keys, np.arange(keys.size)):
        yield Finding(
            "actor_keys",
            "damage",
            "keys are not 0, 1, 2 ... without gaps",
            "Import the input into a new store.",
        )
    repeated = rows.num_rows - pc.count_distinct(rows["actor_id"]).as_py()
    if repeated:
        yield Finding(
            "actor_keys", "damage", f"{repeated} ids have two keys", "Import the input into a new store."
        )


def _examine_interactions(delta: Delta, files: list[DeltaFile]) -> Iterator[Finding]:
    from renown.kernels.ordering import is_ordered

    actor_count = sum(file.rows_count for file in delta.files("actor_keys")[1])
    stored = SortedFiles(delta.filesystem("interactions"), [file.path for file in files])
    for file in files:
        rows = SortedFiles(delta.filesystem("interactions"), [file.path]).read_all(
            ["source_actor_key", "target_actor_key", "occurred_at"]
        )
        source, target = rows["source_actor_key"].to_numpy(), rows["target_actor_key"].to_numpy()
        if max(source.max(initial=0), target.max(initial=0)) >= max(actor_count, 1):
            yield Finding(
                "interactions",
                "damage",
                f"{file.path} names actors that have no id",
                "Import the input into a new store.",
            )
        if not is_ordered(source, target, rows["occurred_at"].cast(pa.int64()).to_numpy()):
            yield Finding(
                "interactions", "damage", f"{file.path} is not sorted", "`renown store compact` sorts it."
            )
    if len(files) > _MANY_FILES and len(files) > 2 * len(stored.plan()):
        yield Finding(
            "interactions",
            "notice",
            f"{len(files)} small files slow reading down",
            "Run `renown store compact`.",
        )


def _examine_indexes(filesystem: pafs.FileSystem, files: list[DeltaFile], *, mend: bool) -> Iterator[Finding]:
    """An index that is missing or wrong is no damage: it is derived from its file and can be made again."""
    lacking = [file.path for file in files if not _is_index_right(filesystem, file)]
    stray = stray_indexes(filesystem)
    if mend:
        for path in lacking:
            rebuild_index(filesystem, path)
        delete_indexes(filesystem, stray)
    if lacking:
        remedy = "Made anew." if mend else "`renown store doctor --mend` or `renown store compact` makes it."
        which = f"{len(lacking)} of {len(files)} files have no index by target, or a wrong one"
        yield Finding("interactions", "notice", f"{which}: explanations read all rows", remedy)
    if stray:
        remedy = "Removed." if mend else "Harmless; `renown store compact` removes them."
        yield Finding("interactions", "notice", f"{len(stray)} indexes are of files that are gone", remedy)


def _is_index_right(filesystem: pafs.FileSystem, file: DeltaFile) -> bool:
    """Whether a file has an index that says what the file says."""
    if read_index_footer(filesystem, file) is None:
        return False
    try:
        return is_index_of(filesystem, file.path)
    except (OSError, pa.ArrowException):
        return False
