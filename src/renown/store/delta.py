"""Delta Lake tables: the one file that imports deltalake.

A commit is compare-and-swap: it succeeds only on the version it was prepared against, so a writer that lost a
race learns of it, looks again and repeats. No lock, on a disk or on an object store.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from renown.errors import StoreConflictError, StoreDamagedError, StoreFullError
from renown.schema import TABLES, arrow_schema

_LOOKED_UP_ROWS = 131_072
"""Rows of a row group of a partition: what one looked-up row costs."""


@dataclass(frozen=True)
class DeltaFile:
    """One active file of a table."""

    path: str
    """relative to the table's folder"""
    rows_count: int
    bytes_count: int
    statistics: Mapping[str, Any]
    """min.COLUMN, max.COLUMN and null_count.COLUMN as the log records them"""


@dataclass(frozen=True)
class NewFile:
    """A file already written, to be made part of the table by a commit."""

    path: str
    rows_count: int
    bytes_count: int
    minimum: Mapping[str, Any]
    maximum: Mapping[str, Any]
    null_count: Mapping[str, int]
    partition: Mapping[str, str]


class Delta:
    """The tables at one place. Holds no table state: every read looks at the newest version."""

    def __init__(self, location: str, storage_options: Mapping[str, str] | None = None) -> None:
        self.location = location.rstrip("/")
        self.storage_options = dict(storage_options or {})

    def is_local(self) -> bool:
        """Whether the store is a folder of this machine."""
        return "://" not in self.location or self.location.startswith("file://")

    def table_location(self, name: str) -> str:
        """Folder or URL of a table."""
        return f"{self.location}/{name}"

    def version(self, name: str) -> int:
        """Newest version of a table; -1 where it does not exist yet."""
        table = self._open(name)
        return -1 if table is None else int(table.version())

    def files(self, name: str) -> tuple[int, list[DeltaFile]]:
        """Newest version of a table and its active files, in a stable order."""
        table = self._open(name)
        if table is None:
            return -1, []
        rows = pa.table(table.get_add_actions(flatten=True)).to_pylist()
        files = [
            DeltaFile(
                path=row["path"],
                rows_count=int(row["num_records"] or 0),
                bytes_count=int(row["size_bytes"]),
                statistics={
                    key: value
                    for key, value in row.items()
                    if key.startswith(("min.", "max.", "null_count."))
                },
            )
            for row in rows
        ]
        return int(table.version()), sorted(files, key=lambda file: file.path)

    def uris(self, name: str) -> list[str]:
        """Full paths or URLs of the active files, in a stable order."""
        return self.located(name, self.files(name)[1])

    def located(self, name: str, files: Sequence[DeltaFile]) -> list[str]:
        """Full paths or URLs of these files of a table."""
        return [f"{self.table_location(name)}/{file.path}" for file in files]

    def filesystem(self, name: str) -> pafs.FileSystem:
        """The table's folder as a pyarrow file system (paths relative to the table)."""
        if self.is_local():
            folder = self.table_location(name).removeprefix("file://")
            return pafs.SubTreeFileSystem(folder, pafs.LocalFileSystem(use_mmap=True))
        from deltalake.fs import DeltaStorageHandler

        return pafs.PyFileSystem(DeltaStorageHandler(self.table_location(name), self.storage_options or None))

    def create(self, name: str) -> None:
        """Make the table where it is missing; harmless when somebody else just did."""
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        table = TABLES[name]
        with _storage_errors(name):
            try:
                DeltaTable.create(
                    self.table_location(name),
                    schema=arrow_schema(table),
                    mode="ignore",
                    partition_by=list(table.partition_columns) or None,
                    description=table.row,
                    storage_options=self.storage_options or None,
                )
            except DeltaError:
                if self._open(name) is None:
                    raise

    def commit(
        self,
        name: str,
        add: Sequence[NewFile],
        *,
        expected_version: int,
        remove: Sequence[DeltaFile] = (),
        note: str = "",
    ) -> int:
        """Make written files part of the table (and take others out) in one atomic step; the new version.

        Raises:   StoreConflictError: the table is no longer at `expected_version`. StoreFullError.
        """
        from deltalake import CommitProperties, DeltaTable
        from deltalake.exceptions import CommitFailedError
        from deltalake.transaction import AddAction, RemoveAction

        now = int(time.time() * 1000)
        with _storage_errors(name):
            table = DeltaTable(
                self.table_location(name),
                version=expected_version,
                storage_options=self.storage_options or None,
            )
            actions: list[AddAction | RemoveAction] = [
                AddAction(file.path, file.bytes_count, file.partition, now, not remove, _statistics(file))
                for file in add
            ]
            actions += [RemoveAction(file.path, False, now, file.bytes_count) for file in remove]
            try:
                table.create_write_transaction(
                    actions,
                    mode="append",
                    schema=table.schema(),
                    partition_by=list(TABLES[name].partition_columns),
                    commit_properties=CommitProperties(
                        custom_metadata={"renown": note}, max_commit_retries=0
                    ),
                )
            except CommitFailedError as error:
                raise StoreConflictError(f"Somebody else wrote to table {name} at the same time.") from error
        return expected_version + 1

    def append(self, name: str, rows: pa.Table, *, note: str = "") -> None:
        """Append a small table in one atomic commit; concurrent appends both hold."""
        from deltalake import CommitProperties, write_deltalake

        self.create(name)
        with _storage_errors(name):
            write_deltalake(
                self.table_location(name),
                rows.select(TABLES[name].column_names()).cast(arrow_schema(TABLES[name])),
                mode="append",
                storage_options=self.storage_options or None,
                commit_properties=CommitProperties(custom_metadata={"renown": note}),
            )

    def write_file(self, name: str, rows: pa.Table) -> NewFile:
        """Write a file that a later `commit` makes part of the table."""
        import pyarrow.parquet as pq

        self.create(name)
        filesystem, path = self.filesystem(name), self.new_file_name()
        with _storage_errors(name):
            with filesystem.open_output_stream(path) as stream:
                pq.write_table(rows.cast(arrow_schema(TABLES[name])), stream, compression="zstd")
            size = filesystem.get_file_info(path).size
        return NewFile(path, rows.num_rows, size, {}, {}, {}, {})

    def rewrite(self, name: str, is_gone: Callable[[pa.Table], pa.ChunkedArray], *, note: str) -> int:
        """Write a small table again without some of its rows, in one atomic commit; how many they were."""
        while True:
            version, files = self.files(name)
            rows = self.read(name)
            gone = is_gone(rows)
            count = int(pc.sum(gone).as_py() or 0)
            if not count:
                return 0
            kept = self.write_file(name, rows.filter(pc.invert(gone)))
            try:
                self.commit(name, [kept], expected_version=version, remove=files, note=note)
            except StoreConflictError:
                self.filesystem(name).delete_file(kept.path)
                continue
            return count

    def add_columns(self, name: str, columns: Sequence[str]) -> None:
        """Bring a table that an older Renown wrote to the columns of today; what it did not know is null.

        Interrupted, or done by two at once, it can simply be done again. Cost: every old file is rewritten.
        """
        while (table := self._open(name)) is not None:
            present = {field.name for field in table.schema().fields}
            lacking = [
                arrow_schema(TABLES[name]).field(column) for column in columns if column not in present
            ]
            filesystem, (version, files) = self.filesystem(name), self.files(name)
            with _storage_errors(name):
                if lacking:
                    table.alter.add_columns(_delta_fields(lacking))
                    continue
                old = [file for file in files if not set(columns) <= _columns_of(filesystem, file.path)]
                written = [self.write_file(name, _read_old_file(filesystem, name, file.path)) for file in old]
            try:
                if old:
                    self.commit(name, written, expected_version=version, remove=old, note="new columns")
                return
            except StoreConflictError:
                for file in written:
                    filesystem.delete_file(file.path)

    def write_partition(self, name: str, rows: pa.Table, value: str) -> None:
        """Append rows that share one value of the partition column, as one file and one atomic commit."""
        (column,) = TABLES[name].partition_columns
        self.create(name)
        filesystem = self.filesystem(name)
        path = f"{column}={value}/{self.new_file_name()}"
        with _storage_errors(name):
            filesystem.create_dir(f"{column}={value}", recursive=True)
            with filesystem.open_output_stream(path) as stream:
                pq.write_table(
                    rows.drop_columns([column]),
                    stream,
                    compression="zstd",
                    use_dictionary=False,
                    row_group_size=_LOOKED_UP_ROWS,
                )
            size = filesystem.get_file_info(path).size
        file = NewFile(path, rows.num_rows, size, {}, {}, {}, {column: value})
        while True:
            try:
                self.commit(name, [file], expected_version=self.version(name), note=f"{column} {value}")
                return
            except StoreConflictError:
                continue

    def read(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """A whole table in memory, empty where it does not exist yet."""
        schema = arrow_schema(TABLES[name])
        schema = pa.schema([schema.field(column) for column in columns or schema.names])
        _, files = self.files(name)
        if not files:
            return schema.empty_table()
        filesystem = self.filesystem(name)
        with _storage_errors(name):
            return pa.concat_tables([_read_file(filesystem, name, file.path, schema) for file in files])

    def read_file(self, name: str, path: str) -> pa.Table:
        """The rows of one file of a table."""
        with _storage_errors(name):
            return _read_file(self.filesystem(name), name, path, arrow_schema(TABLES[name]))

    def read_partition(self, name: str, value: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of one value of a table's partition column, in the order they were written."""
        schema = arrow_schema(TABLES[name])
        schema = pa.schema([schema.field(column) for column in columns or schema.names])
        (column,) = TABLES[name].partition_columns
        paths = [file.path for file in self.files(name)[1] if file.path.startswith(f"{column}={value}/")]
        if not paths:
            return schema.empty_table()
        filesystem = self.filesystem(name)
        with _storage_errors(name):
            return pa.concat_tables([_read_file(filesystem, name, path, schema) for path in paths])

    def read_matching(self, name: str, partition: str, column: str, value: int) -> pa.Table:
        """Rows of one partition with a value in a column of integers.

        Cost:     of row groups that can hold the value that column, of those that do hold it all columns.
        """
        schema = arrow_schema(TABLES[name])
        (said,) = TABLES[name].partition_columns
        filesystem = self.filesystem(name)
        parts = [schema.empty_table()]
        paths = [file.path for file in self.files(name)[1] if file.path.startswith(f"{said}={partition}/")]
        for path in paths:
            with _storage_errors(name), filesystem.open_input_file(path) as file:
                reader = pq.ParquetFile(file)
                for group in range(reader.num_row_groups):
                    places = _places(reader, group, column, value)
                    if len(places):
                        rows = reader.read_row_group(group).take(places)
                        parts.append(_with_partition(name, rows, {said: partition}))
        return pa.concat_tables(parts)

    def history(self, name: str) -> list[dict[str, Any]]:
        """Commits of a table, newest first."""
        table = self._open(name)
        return [] if table is None else list(table.history())

    def optimize(self, name: str) -> None:
        """Merge small files of a table that has no order to keep."""
        table = self._open(name)
        if table is not None:
            with _storage_errors(name):
                table.optimize.compact()

    def vacuum(self, name: str) -> list[str]:
        """Delete files that no version of the last week needs; returns their paths.

        Those too that no version ever had, because who wrote them was killed.
        """
        table = self._open(name)
        return [] if table is None else list(table.vacuum(dry_run=False, full=True))

    def new_file_name(self, label: str = "part") -> str:
        """A name no other writer will choose."""
        return f"{label}-{uuid.uuid4().hex}.parquet"

    def _open(self, name: str) -> Any:
        from deltalake import DeltaTable
        from deltalake.exceptions import TableNotFoundError

        if self.is_local() and not Path(self.table_location(name).removeprefix("file://")).is_dir():
            return None
        with _storage_errors(name):
            try:
                return DeltaTable(self.table_location(name), storage_options=self.storage_options or None)
            except TableNotFoundError:
                return None


def files_named(files: Sequence[DeltaFile], names: pa.ChunkedArray) -> list[DeltaFile]:
    """Those of the files that a column names, each by its whole path or URL."""
    found = {name.rpartition("/")[2] for name in pc.unique(names).to_pylist()}
    return [file for file in files if file.path.rpartition("/")[2] in found]


def _delta_fields(fields: Sequence[pa.Field]) -> list[Any]:
    from deltalake import Schema

    return list(Schema.from_arrow(pa.schema(fields)).fields)


def _columns_of(filesystem: pafs.FileSystem, path: str) -> set[str]:
    with filesystem.open_input_file(path) as file:
        return set(pq.read_schema(file).names)


def _read_old_file(filesystem: pafs.FileSystem, name: str, path: str) -> pa.Table:
    """The rows of a file that an older Renown wrote, with null where it lacks a column."""
    with filesystem.open_input_file(path) as file:
        rows = pq.ParquetFile(file).read()
    for field in arrow_schema(TABLES[name]):
        if field.name not in rows.column_names:
            rows = rows.append_column(field.name, pa.nulls(rows.num_rows, field.type))
    return rows.select(TABLES[name].column_names())


def _read_file(filesystem: pafs.FileSystem, name: str, path: str, schema: pa.Schema) -> pa.Table:
    """Some columns of one file; what the partition says stands in its path."""
    said = dict(part.split("=", 1) for part in path.split("/")[:-1] if "=" in part)
    with filesystem.open_input_file(path) as file:
        rows = pq.ParquetFile(file).read(columns=[name for name in schema.names if name not in said])
    return _with_partition(name, rows, said, schema)


def _with_partition(
    name: str, rows: pa.Table, said: Mapping[str, str], schema: pa.Schema | None = None
) -> pa.Table:
    """Rows as read from a file, with what its path says; the columns of the table unless others are named."""
    schema = schema or arrow_schema(TABLES[name])
    columns = [
        pa.repeat(pa.scalar(said[field.name], field.type), rows.num_rows)
        if field.name in TABLES[name].partition_columns
        else rows[field.name].cast(field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _places(reader: pq.ParquetFile, group: int, column: str, value: int) -> pa.Array:
    """Where in a row group a column of integers has a value."""
    number = reader.schema_arrow.get_field_index(column)
    bounds = reader.metadata.row_group(group).column(number).statistics
    if bounds is not None and bounds.has_min_max and not bounds.min <= value <= bounds.max:
        return pa.array([], pa.uint64())
    return pc.indices_nonzero(pc.equal(reader.read_row_group(group, columns=[column])[column], value))


def _statistics(file: NewFile) -> str:
    return json.dumps(
        {
            "numRecords": file.rows_count,
            "minValues": dict(file.minimum),
            "maxValues": dict(file.maximum),
            "nullCount": dict(file.null_count),
        }
    )


@contextmanager
def _storage_errors(name: str) -> Iterator[None]:
    """Turn what Delta and the file system raise into the store's own errors."""
    from deltalake.exceptions import DeltaError

    try:
        yield
    except (DeltaError, OSError) as error:
        raise storage_error(error, f"table {name}") from error


def storage_error(error: BaseException, what: str) -> StoreFullError | StoreDamagedError:
    """The store error that an operating system or Delta error amounts to."""
    text = str(error)
    if getattr(error, "errno", None) == 28 or "No space left" in text or "os error 28" in text:
        return StoreFullError(
            f"No space is left while writing {what}. The store is as it was before.",
            hint="Free some space, or keep the store elsewhere (--store), and run the same command again.",
        )
    return StoreDamagedError(
        f"{what[0].upper()}{what[1:]} cannot be used: {text}", hint="Run `renown store doctor`."
    )
