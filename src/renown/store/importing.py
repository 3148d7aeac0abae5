"""Batches of interactions into the store: stage, publish the new ids, merge, commit once."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
from numpy.typing import NDArray

from renown.errors import ColumnsError, StoreConflictError
from renown.store.delta import Delta, DeltaFile, NewFile, storage_error
from renown.store.dictionary import Dictionary
from renown.store.merging import INTERACTION_COLUMNS, merge
from renown.store.parallel import in_order, read_ahead
from renown.store.records import ImportReport
from renown.store.sorted_files import (
    RANGE_ROWS,
    SortedFiles,
    SourceRange,
    TimeSpan,
    plan_ranges,
    rows_schema,
    write_rows,
)
from renown.store.staging import staging_folder
from renown.store.target_index import index_path, write_indexed
from renown.types import Progress

RUN_ROWS = 4_000_000
_ATTEMPTS = 50
_REQUIRED = ("network", "source_actor_id", "target_actor_id", "kind", "occurred_at")

IntArray = NDArray[np.int64]


@dataclass
class Staged:
    """What an import has read and encoded so far, kept outside the tables."""

    folder: Path
    paths: list[str]
    read_count: int = 0
    self_count: int = 0
    has_own_ids: bool = False
    are_known_new: bool = False
    times: TimeSpan | None = None

    @property
    def filesystem(self) -> pafs.FileSystem:
        """The staging folder as a file system."""
        return pafs.SubTreeFileSystem(str(self.folder), pafs.LocalFileSystem(use_mmap=True))


def import_batches(
    delta: Delta,
    batches: Iterable[pa.Table],
    *,
    progress: Progress,
    dictionary: Dictionary | None = None,
    are_known_new: bool = False,
) -> ImportReport:
    """Add canonical batches (sources/ yields them) in one atomic step.

    Args:     dictionary: of an earlier import of this process: saves reading it again.
              are_known_new: every row has an own id that the store does not have: nothing has to be compared.
    Raises:   whatever the batches raise, StoreFullError, StoreConflictError; the store is then as it was.
    Cost:     O(rows); memory follows two runs of 4 million rows and the number of actors.
    """
    started = time.monotonic()
    try:
        with staging_folder(delta) as folder:
            dictionary = dictionary or Dictionary(delta)
            staged = _stage(batches, dictionary, folder)
            staged.are_known_new = are_known_new
            final_keys = dictionary.publish() if staged.read_count else None
            if final_keys is not None:
                _rename_keys(staged, dictionary.first_provisional, final_keys)
            added, duplicates = _commit(delta, staged, progress) if staged.read_count else (0, 0)
    except OSError as error:
        raise storage_error(error, f"the store at {delta.location}") from error
    return ImportReport(
        read_count=staged.read_count,
        added_count=added,
        duplicate_count=duplicates,
        self_count=staged.self_count,
        new_actor_count=dictionary.new_count,
        earliest_at=_moment(staged.times.earliest) if staged.times else None,
        latest_at=_moment(staged.times.latest) if staged.times else None,
        seconds=time.monotonic() - started,
    )


def _moment(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def _stage(batches: Iterable[pa.Table], dictionary: Dictionary, folder: Path) -> Staged:
    """Encode batch by batch while another thread reads ahead and a third writes what is complete."""
    staged = Staged(folder, [])
    waiting: list[pa.Table] = []
    written: list[Future[None]] = []
    with ThreadPoolExecutor(1) as writer:
        for batch in read_ahead(batches):
            if batch.num_rows:
                waiting.append(_encoded(staged, _canonical(batch), dictionary))
            if sum(rows.num_rows for rows in waiting) >= RUN_ROWS:
                _wait_for(written[-1:])
                written.append(writer.submit(_stage_run, staged, waiting, len(written)))
                waiting = []
        if waiting:
            written.append(writer.submit(_stage_run, staged, waiting, len(written)))
        _wait_for(written)
    return staged


def _wait_for(written: list[Future[None]]) -> None:
    """Until the runs are on disk; raises what went wrong with one."""
    for run in written:
        run.result()


def _canonical(batch: pa.Table) -> pa.Table:
    """The batch with every column of an interaction, ids and words as dictionaries."""
    batch = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
    missing = [name for name in _REQUIRED if name not in batch.column_names]
    if missing:
        raise ColumnsError(
            f"Interactions lack {', '.join(missing)}.",
            hint=f"Needed: {', '.join(_REQUIRED)}; found: {', '.join(batch.column_names)}.",
        )
    coded = pa.dictionary(pa.int32(), pa.string())
    names = [*_REQUIRED[:4], "post_id", "reaction_post_id", "interaction_id"]
    columns = {}
    for name in names:
        column = (
            batch[name]
            if name in batch.column_names
            else pa.chunked_array([pa.nulls(batch.num_rows, pa.string())])
        )
        is_coded = name in _REQUIRED
        if is_coded and not pa.types.is_dictionary(column.type):
            column = pc.dictionary_encode(column.cast(pa.string()))
        columns[name] = column.cast(coded if is_coded else pa.string())
    columns["occurred_at"] = batch["occurred_at"].cast(pa.timestamp("us", tz="UTC"))
    for name in _REQUIRED:
        if columns[name].null_count:
            raise ColumnsError(f"{columns[name].null_count} rows of a batch have no {name}.")
    return pa.table(columns)


def _encoded(staged: Staged, batch: pa.Table, dictionary: Dictionary) -> pa.Table:
    """The batch with keys for ids; what it holds is added to the import's counts."""
    source = dictionary.encode(batch["source_actor_id"])
    target = dictionary.encode(batch["target_actor_id"])
    staged.read_count += batch.num_rows
    staged.self_count += int((source == target).sum())
    staged.has_own_ids |= batch["interaction_id"].null_count < batch.num_rows
    bounds = pc.min_max(batch["occurred_at"].cast(pa.int64())).as_py()
    before = staged.times or TimeSpan(bounds["min"], bounds["max"])
    staged.times = TimeSpan(min(before.earliest, bounds["min"]), max(before.latest, bounds["max"]))
    batch = batch.append_column("source_actor_key", pa.array(source))
    return batch.append_column("target_actor_key", pa.array(target)).select(INTERACTION_COLUMNS)


def _stage_run(staged: Staged, parts: list[pa.Table], number: int) -> None:
    """Write a run in rough order of source, so that a range of sources is quick to read."""
    from renown.kernels.ordering import rough_order

    run = pa.concat_tables(parts).unify_dictionaries()
    order = rough_order(run["source_actor_key"].to_numpy())
    _write_run(staged, run, order, f"run-{number:05d}.parquet")


def _write_run(staged: Staged, run: pa.Table, order: IntArray, path: str) -> None:
    positions = pa.array(order)
    columns = [
        column if column.null_count == run.num_rows else column.combine_chunks().take(positions)
        for column in run.columns
    ]
    rows = pa.table(columns, schema=rows_schema())
    write_rows(staged.filesystem, path, rows)
    if path not in staged.paths:
        staged.paths.append(path)


def _rename_keys(staged: Staged, first: int, final_keys: IntArray) -> None:
    """Another writer published ids meanwhile: rewrite the staged runs with the keys that hold."""
    from renown.kernels.ordering import rough_order

    for path in staged.paths:
        run = SortedFiles(staged.filesystem, [path], is_sorted=False).read_all(INTERACTION_COLUMNS)
        for name in ("source_actor_key", "target_actor_key"):
            keys = run[name].to_numpy().copy()
            keys[keys >= first] = final_keys[keys[keys >= first] - first]
            run = run.set_column(run.schema.get_field_index(name), run.schema.field(name), pa.array(keys))
        _write_run(staged, run, rough_order(run["source_actor_key"].to_numpy()), path)


def _commit(delta: Delta, staged: Staged, progress: Progress) -> tuple[int, int]:
    """Merge with what the store has and commit; again, when somebody else committed in between."""
    delta.create("interactions")
    incoming = SortedFiles(staged.filesystem, staged.paths, is_sorted=False)
    for _ in range(_ATTEMPTS):
        version, files = delta.files("interactions")
        rivals = [file for file in files if _may_repeat(file, staged)]
        written, duplicates = _write_merged(delta, incoming, rivals, staged, progress)
        if not written:
            return 0, duplicates
        try:
            delta.commit("interactions", written, expected_version=version, note="import")
        except StoreConflictError:
            delete_files(delta.filesystem("interactions"), [file.path for file in written])
            continue
        except BaseException:
            delete_files(delta.filesystem("interactions"), [file.path for file in written])
            raise
        return sum(file.rows_count for file in written), duplicates
    raise StoreConflictError(
        "Too many others write to the store at once.", hint="Run the same command again."
    )


def _may_repeat(file: DeltaFile, staged: Staged) -> bool:
    """Whether a stored file can hold a row equal to a staged one: by time, or by own ids at any time."""
    if staged.are_known_new:
        return False
    if staged.has_own_ids and file.statistics.get("null_count.interaction_id", 0) < file.rows_count:
        return True
    earliest, latest = file.statistics.get("min.occurred_at"), file.statistics.get("max.occurred_at")
    if staged.times is None or earliest is None or latest is None:
        return True
    slack = timedelta(milliseconds=1)
    return bool(
        earliest - slack <= _moment(staged.times.latest) and latest + slack >= _moment(staged.times.earliest)
    )


def _write_merged(
    delta: Delta, incoming: SortedFiles, rivals: list[DeltaFile], staged: Staged, progress: Progress
) -> tuple[list[NewFile], int]:
    filesystem = delta.filesystem("interactions")
    existing = SortedFiles(filesystem, [file.path for file in rivals])
    spans = plan_ranges([*incoming.groups, *existing.groups], RANGE_ROWS)
    times = None if staged.has_own_ids else staged.times
    begun: list[str] = []
    written: list[NewFile] = []
    duplicates = 0

    def merge_span(span: SourceRange) -> tuple[NewFile | None, int]:
        """Write what is new of one range of rows; the file, if any, and how many were repeated."""
        new_rows = incoming.read(span, INTERACTION_COLUMNS)
        if new_rows.num_rows == 0:
            return None, 0
        merged = merge(existing.read(span, INTERACTION_COLUMNS, times), new_rows)
        if merged.rows.num_rows == 0:
            return None, merged.duplicate_count
        path = delta.new_file_name("interactions")
        begun.append(path)
        return write_indexed(filesystem, path, merged.rows), merged.duplicate_count

    try:
        for done, (file, repeated) in enumerate(in_order(merge_span, spans), 1):
            written += [file] if file else []
            duplicates += repeated
            progress("merging", done, len(spans))
    except BaseException:
        delete_files(filesystem, begun)
        raise
    return written, duplicates


def delete_files(filesystem: pafs.FileSystem, paths: Iterable[str]) -> None:
    """Remove files that no commit names, and their indexes; one that was never begun is no error."""
    for path in paths:
        for begun in (index_path(path), path):
            with suppress(FileNotFoundError):
                filesystem.delete_file(begun)
