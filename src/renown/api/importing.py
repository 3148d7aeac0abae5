"""Files into the store: interactions of any shape, and actors, posts and persons in the canonical columns."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from renown.api.moments import parse_moment
from renown.errors import ColumnsError, MomentError, SourceFileError
from renown.schema import TABLES, Table

if TYPE_CHECKING:
    import pyarrow as pa

    from renown.sources import ReadOptions, RejectLog
    from renown.store import ImportReport, TableStore
    from renown.types import Progress

Profiles = Literal["actors", "posts", "persons"]
"""Tables that are imported in their canonical columns."""

_WHEN_SEEN = {"actors": "observed_at", "persons": "proven_at"}


def import_files(
    store: TableStore, files: Sequence[str], *, options: ReadOptions, rejects: RejectLog, progress: Progress
) -> ImportReport:
    """Import files of interactions in one atomic step: all of them or, when one cannot be read, none.

    Raises:   SourceFileError, ColumnsError, RejectedRowsError, StoreFullError; nothing was imported then.
    """
    with rejects:
        report = store.import_interactions(_batches(files, options, rejects, progress), progress=progress)
    return _with_rejects(report, rejects)


def import_follow_files(
    store: TableStore, files: Sequence[str], *, options: ReadOptions, rejects: RejectLog, progress: Progress
) -> ImportReport:
    """Import files of who follows whom in one atomic step: all of them or, when one cannot be read, none.

    Args:     options: `default_kind` is follow unless it says otherwise.
    Raises:   SourceFileError, ColumnsError, RejectedRowsError, StoreFullError; nothing was imported then.
    """
    options = replace(options, default_kind=options.default_kind or "follow")
    with rejects:
        report = store.import_follows(_batches(files, options, rejects, progress))
    return _with_rejects(report, rejects)


def _with_rejects(report: ImportReport, rejects: RejectLog) -> ImportReport:
    path = rejects.written_path
    return replace(
        report,
        read_count=report.read_count + rejects.count,
        rejected_counts=dict(rejects.counts),
        rejects_path=None if path is None else str(path),
    )


def _batches(
    files: Sequence[str], options: ReadOptions, rejects: RejectLog, progress: Progress
) -> Iterator[pa.Table]:
    from renown.sources import read_interactions

    for file in files:
        yield from read_interactions(file, options=options, rejects=rejects, progress=progress)


def read_profiles(location: str, table_name: Profiles) -> pa.Table:
    """Rows of actors, posts or persons from a Parquet, CSV or JSON Lines file (gzip and zstd too).

    What a file may leave out: the network (it is in the id), when a profile was observed or a proof made (the
    file's own time), and the kind of proof ("given"). In CSV, links and hashtags are separated by blanks.

    Raises:   SourceFileError: missing, empty, damaged. ColumnsError: a column is missing or cannot be read.
    """
    table = TABLES[table_name]
    rows = _read(location, table)
    known = [name for name in table.column_names() if name in rows.column_names]
    if not known:
        raise ColumnsError(
            f"{location} has no column of {table.name}; it has {', '.join(rows.column_names)}.",
            hint=f"Its columns should be named {', '.join(table.column_names())}.",
        )
    return _completed(rows.select(known), table, _file_moment(location))


def read_table(location: str) -> pa.Table:
    """Rows of any Parquet, CSV or JSON Lines file, as they are.

    Raises:   SourceFileError: missing, empty, damaged.
    """
    return _read(location, None)


def _read(location: str, table: Table | None) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from renown.sources.bytestream import (
        HEAD_BYTES,
        TextBytes,
        empty_file,
        open_bytes,
        refuse_binary,
        shown_name,
    )

    name = shown_name(location)
    with open_bytes(location) as raw:
        try:
            if raw.peek(4) == b"PAR1":
                return pq.read_table(pa.BufferReader(raw.read()))
            text = TextBytes(raw, name)
            refuse_binary(text.peek(HEAD_BYTES), name)
            content = b"".join(iter(lambda: text.read(1 << 20), b""))
            if not content.strip():
                raise empty_file(name)
            return _read_json(content) if content.lstrip()[:1] == b"{" else _read_csv(content, table)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise SourceFileError(f"{name} cannot be read: {error}") from error


def _read_json(content: bytes) -> pa.Table:
    import pyarrow.json as pj

    return pj.read_json(
        io.BytesIO(content), read_options=pj.ReadOptions(block_size=max(1 << 20, len(content)))
    )


def _read_csv(content: bytes, table: Table | None) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    numbers = {"int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_()}
    types = {
        column.name: numbers.get(column.type, pa.string()) for column in (table.columns if table else ())
    }
    options = csv.ConvertOptions(column_types=types, strings_can_be_null=True, null_values=[""])
    return csv.read_csv(io.BytesIO(content), convert_options=options)


def _file_moment(location: str) -> datetime:
    path = Path(location)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.is_file() else datetime.now(UTC)


def _completed(rows: pa.Table, table: Table, seen_at: datetime) -> pa.Table:
    """The rows with times, lists and what the file may leave out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for column in table.columns:
        if column.name in rows.column_names:
            place = rows.schema.get_field_index(column.name)
            rows = rows.set_column(place, column.name, _typed(rows[column.name], column.type, column.name))
    names = rows.column_names
    id_name = next((name for name in ("actor_id", "post_id") if name in names), None)
    if "network" in table.column_names() and "network" not in names and id_name:
        rows = rows.append_column("network", pc.replace_substring_regex(rows[id_name], ":.*", ""))
    given: dict[str, Any] = {_WHEN_SEEN.get(table.name, ""): seen_at}
    if table.name == "persons":
        given["proof_kind"] = "given"
    for name, value in given.items():
        if name and name not in names:
            rows = rows.append_column(name, pa.repeat(pa.scalar(value), rows.num_rows))
    return rows


def _typed(values: pa.ChunkedArray, kind: str, name: str) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        if kind == "timestamp" and pa.types.is_string(values.type):
            return _moments(values)
        if kind == "timestamp" and pa.types.is_timestamp(values.type) and values.type.tz is None:
            return values.cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
        if kind == "list<string>" and pa.types.is_string(values.type):
            return pc.utf8_split_whitespace(values)
    except (pa.ArrowInvalid, MomentError) as error:
        raise ColumnsError(f"Column {name} cannot be read: {error}") from error
    return values


def _moments(values: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    texts = values.unique()
    moments = [None if text is None else parse_moment(text) for text in texts.to_pylist()]
    places = {text: place for place, text in enumerate(texts.to_pylist())}
    indices = pa.array([places[text] for text in values.to_pylist()], pa.int32())
    return pa.chunked_array([pa.array(moments, pa.timestamp("us", tz="UTC")).take(indices)])
