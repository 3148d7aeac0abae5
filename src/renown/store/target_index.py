"""Beside each file of interactions an index by target: who reacted to an actor, without everybody's rows.

An index is derived from one file that never changes, named after it, and no part of the table: a reader of
Delta does not see the folder, and an index that is missing or cannot be read costs time and nothing else. Its
rows are those of the file by target. Each also says what its source handed out that day, so that most can be
weighed from the index alone (docs/decisions/0005-index-by-target.md).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from numpy.typing import NDArray

from renown.errors import StoreDamagedError
from renown.store.delta import DeltaFile, NewFile
from renown.store.parallel import in_order
from renown.store.sorted_files import SortedFiles, rows_schema, write_rows
from renown.types import KINDS, MICROSECONDS_PER_DAY, MICROSECONDS_PER_SECOND

IntArray = NDArray[np.int64]

FOLDER = "_by_target"
"""Within the table's folder. What begins with _ belongs to no Delta table."""

ROW_GROUP_ROWS = 32_768
_LAYOUT = " ".join(("1", *KINDS)).encode()
"""How an index is to be read, the places of the kinds included; one that says otherwise is not read."""
_SAID_LAYOUT, _SAID_FILE, _SAID_BOUNDS = b"renown.layout", b"renown.file", b"renown.bounds"

_PACKED = ("target_actor_key", "source_actor_key", "occurred_second", "occurred_microsecond")
_CODED = ("kind", "network")
_COUNTS = ("handed_out", "most_of_pair", "kinds")
_INDEXED = ("source_actor_key", "target_actor_key", "occurred_at", *_CODED)
_TIME = pa.timestamp("us", "UTC")


class Towards(NamedTuple):
    """Rows towards one target, those of a file together and by source and time; parallel to each other."""

    rows: pa.Table
    """source_actor_key, kind, network, occurred_at, and the details asked for"""
    handed_out: IntArray
    """interactions with others that the row's source has in the row's file and UTC day"""
    most_of_pair: IntArray
    """the most that any one target got of them"""
    kinds: IntArray
    """bit k is set where one of them is of KINDS[k]"""
    is_whole_day: NDArray[np.bool_]
    """whether no other file can have rows of that source and day"""

    def pick(self, places: IntArray) -> Towards:
        """The rows at the given places, in that order."""
        return Towards(
            self.rows.take(pa.array(places)),
            self.handed_out[places],
            self.most_of_pair[places],
            self.kinds[places],
            self.is_whole_day[places],
        )


def index_path(path: str) -> str:
    """Where the index of a file of interactions is kept."""
    return f"{FOLDER}/{path}"


def index_rows(rows: pa.Table) -> pa.Table:
    """The index of rows that are in the store's order, as a table with what it says of itself as metadata."""
    from renown.kernels.days import count_days

    source, target, time = (
        rows[name].cast(pa.int64()).to_numpy()
        for name in ("source_actor_key", "target_actor_key", "occurred_at")
    )
    days = count_days(source, target, _kind_places(rows["kind"]), time)
    order = _by_target(target)
    columns = {
        "target_actor_key": target,
        "source_actor_key": source,
        # Apart, because sources often tell whole seconds only; then the second column takes no room.
        "occurred_second": time // MICROSECONDS_PER_SECOND,
        "occurred_microsecond": (time % MICROSECONDS_PER_SECOND).astype(np.int32),
        **dict(zip(_COUNTS, (days.handed_out, days.most_of_pair, days.kinds), strict=True)),
        **{name: rows[name].combine_chunks() for name in _CODED},
    }
    bounds = f"{source.min()} {source.max()} {time.min()} {time.max()}".encode()
    indexed = pa.table({name: pa.array(column).take(order) for name, column in columns.items()})
    return indexed.replace_schema_metadata({_SAID_LAYOUT: _LAYOUT, _SAID_BOUNDS: bounds})


def write_index(filesystem: pafs.FileSystem, path: str, rows: pa.Table) -> None:
    """Write the index of a file from its rows, which are in the store's order.

    Cost:     a sort by target and a second file: about 7 bytes a row.
    """
    indexed = index_rows(rows)
    filesystem.create_dir(FOLDER, recursive=True)
    with (
        filesystem.open_output_stream(index_path(path)) as stream,
        pq.ParquetWriter(
            stream,
            indexed.schema,
            use_dictionary=[*_CODED, *_COUNTS],
            column_encoding=dict.fromkeys(_PACKED, "DELTA_BINARY_PACKED"),
            compression="none",
            write_statistics=["target_actor_key"],
            store_schema=False,
        ) as writer,
    ):
        writer.write_table(indexed, row_group_size=ROW_GROUP_ROWS)
        writer.add_key_value_metadata({**indexed.schema.metadata, _SAID_FILE: path.encode()})


def write_indexed(filesystem: pafs.FileSystem, path: str, rows: pa.Table) -> NewFile:
    """Write a file of interactions, then its index; says what the table's log needs to know of the file."""
    file = write_rows(filesystem, path, rows)
    write_index(filesystem, path, rows)
    return file


def rebuild_index(filesystem: pafs.FileSystem, path: str) -> None:
    """Write the index of a file anew; until it is complete, who reads finds none."""
    write_index(filesystem, path, SortedFiles(filesystem, [path]).read_all(_INDEXED))


def is_index_of(filesystem: pafs.FileSystem, path: str) -> bool:
    """Whether a file's index holds, row by row and in its bounds, what one made anew would."""
    expected = index_rows(SortedFiles(filesystem, [path]).read_all(_INDEXED))
    with filesystem.open_input_file(index_path(path)) as file:
        reader = pq.ParquetFile(file)
        stored = reader.read()
        said = reader.metadata.metadata
    plain = pa.schema([(field.name, stored.schema.field(field.name).type) for field in expected.schema])
    return bool(
        said[_SAID_BOUNDS] == expected.schema.metadata[_SAID_BOUNDS]
        and expected.replace_schema_metadata().cast(plain).equals(stored.replace_schema_metadata())
    )


def delete_indexes(filesystem: pafs.FileSystem, paths: Iterable[str]) -> None:
    """Remove the indexes of these files, where there are any."""
    for path in paths:
        try:
            filesystem.delete_file(index_path(path))
        except FileNotFoundError:
            continue


def stray_indexes(filesystem: pafs.FileSystem) -> list[str]:
    """Files whose index is left although they are gone themselves."""
    selector = pafs.FileSelector(FOLDER, allow_not_found=True)
    indexed = [entry.base_name for entry in filesystem.get_file_info(selector)]
    found = filesystem.get_file_info(indexed)
    return [path for path, entry in zip(indexed, found, strict=True) if entry.type == pafs.FileType.NotFound]


class TargetIndexes:
    """The indexes of all files of a table, as they were when it was looked at; `open_indexes` makes one."""

    def __init__(
        self, filesystem: pafs.FileSystem, files: Sequence[DeltaFile], footers: Sequence[pq.FileMetaData]
    ) -> None:
        self._filesystem = filesystem
        self._files = files
        self._footers = footers
        self._bounds = np.array([_bounds(footer) for footer in footers], np.int64).reshape(-1, 4)

    @cached_property
    def files(self) -> SortedFiles:
        """The files that the indexes are of."""
        return SortedFiles(self._filesystem, [file.path for file in self._files])

    def latest_microseconds(self) -> int:
        """Time of the newest row."""
        return int(self._bounds[:, 3].max(initial=0))

    def has_values(self, column: str) -> bool:
        """Whether any row has a value in a column of strings."""
        return any(file.statistics.get(f"null_count.{column}") != file.rows_count for file in self._files)

    def towards(self, target: int, details: Sequence[str] = ()) -> Towards:
        """All rows towards a target, by source and time; equal ones in the order of the files.

        Args:     details: columns that are not in an index; they are read from the files themselves.
        Raises:   StoreDamagedError: an index does not fit its file.
        Cost:     a few thousand rows a file, and the target's own; with details the row groups that hold one.
        """
        found = in_order(partial(self._in_file, target, details), range(len(self._files)))
        parts = [part for part in found if part is not None]
        if not parts:
            return _towards(_empty(details), np.empty(0, np.bool_))
        rows = pa.concat_tables([part for part, _ in parts]).unify_dictionaries()
        is_whole_day = np.concatenate([is_whole for _, is_whole in parts])
        order = source_time_order(rows)
        if order is None:
            return _towards(rows, is_whole_day)
        return _towards(rows.take(pa.array(order)), is_whole_day[order])

    def _in_file(
        self, target: int, details: Sequence[str], number: int
    ) -> tuple[pa.Table, NDArray[np.bool_]] | None:
        path, footer = self._files[number].path, self._footers[number]
        groups = _groups_of(footer, target)
        if not groups:
            return None
        with self._filesystem.open_input_file(index_path(path)) as file:
            reader = pq.ParquetFile(file, metadata=footer, read_dictionary=list(_CODED), pre_buffer=False)
            read = reader.read_row_groups(list(groups), use_threads=False)
        first, last = np.searchsorted(read["target_actor_key"].to_numpy(), [target, target + 1])
        if first == last:
            return None
        rows = _with_times(read.slice(first, last - first))
        if details:
            sources = np.unique(rows["source_actor_key"].to_numpy())
            more = self.files.rows_between(path, sources, target, details)
            if more.num_rows != rows.num_rows:
                raise StoreDamagedError(
                    f"The index of {path} does not fit it.", hint="Run `renown store doctor --mend`."
                )
            for name in details:
                rows = rows.append_column(name, more[name])
        return rows, self._is_whole_day(number, rows)

    def _is_whole_day(self, number: int, rows: pa.Table) -> NDArray[np.bool_]:
        """Where no other file can hold rows of a row's source and day, by the bounds of the files."""
        source, day = rows["source_actor_key"].to_numpy(), _days(rows)
        low, high = self._bounds[:, :2].T
        first_day, last_day = self._bounds[:, 2:].T // MICROSECONDS_PER_DAY
        mine = low[number], high[number], first_day[number], last_day[number]
        is_near = (low <= mine[1]) & (high >= mine[0]) & (first_day <= mine[3]) & (last_day >= mine[2])
        is_near[number] = False
        is_whole = np.ones(source.size, np.bool_)
        for other in np.flatnonzero(is_near):
            is_apart = (source < low[other]) | (source > high[other])
            is_whole &= is_apart | (day < first_day[other]) | (day > last_day[other])
        return is_whole


def open_indexes(filesystem: pafs.FileSystem, files: Sequence[DeltaFile]) -> TargetIndexes | None:
    """The indexes of all these files; None where one is missing or is not of its file."""
    found = [
        (file, footer)
        for file, footer in zip(files, in_order(partial(read_index_footer, filesystem), files), strict=True)
        if footer is not None
    ]
    if len(found) < len(files):
        return None
    # As SortedFiles has them, so that equal rows stand in the same order there and here.
    found.sort(key=lambda pair: (_bounds(pair[1])[0], pair[0].path))
    return TargetIndexes(filesystem, *([list(side) for side in zip(*found, strict=True)] or ([], [])))


def read_index_footer(filesystem: pafs.FileSystem, file: DeltaFile) -> pq.FileMetaData | None:
    """The footer of a file's index; None where it is missing, cannot be read or is not of this file."""
    try:
        with filesystem.open_input_file(index_path(file.path)) as stream:
            footer = pq.read_metadata(stream)
    except (OSError, pa.ArrowException):
        return None
    said = footer.metadata or {}
    is_of_file = said.get(_SAID_FILE) == file.path.encode() and footer.num_rows == file.rows_count
    return footer if is_of_file and said.get(_SAID_LAYOUT) == _LAYOUT and _SAID_BOUNDS in said else None


def source_time_order(rows: pa.Table) -> IntArray | None:
    """Positions that put rows in order of source and time, equal ones as they stand; None where they are."""
    source, time = rows["source_actor_key"].to_numpy(), rows["occurred_at"].cast(pa.int64()).to_numpy()
    later, same = source[1:] > source[:-1], source[1:] == source[:-1]
    if bool(np.all(later | (same & (time[1:] >= time[:-1])))):
        return None
    return np.lexsort((time, source)).astype(np.int64)


def _by_target(target: IntArray) -> pa.Array:
    """Positions that sort by target, rows of one target staying as they are."""
    count = target.size
    if count == 0 or int(target.max()) >= (2**63 - count) // count:
        return pa.array(np.argsort(target, kind="stable"))
    # Sorting numbers is several times quicker than sorting positions.
    packed = target * count + np.arange(count)
    packed.sort()
    return pa.array(packed % count)


def _kind_places(column: pa.ChunkedArray) -> NDArray[np.int8]:
    whole = column.combine_chunks()
    places = np.array([KINDS.index(kind) for kind in whole.dictionary.to_pylist()], np.int8)
    return places[whole.indices.to_numpy()] if places.size else np.empty(0, np.int8)


def _groups_of(footer: pq.FileMetaData, target: int) -> range:
    """Row groups that can hold a target."""

    def bound(group: int, end: str) -> int:
        """Least or greatest target of a row group, as its statistics say."""
        return int(getattr(footer.row_group(group).column(0).statistics, end))

    groups = range(footer.num_row_groups)
    first = bisect_left(groups, target, key=lambda group: bound(group, "max"))
    last = bisect_right(groups, target, key=lambda group: bound(group, "min"))
    return range(first, last)


def _with_times(read: pa.Table) -> pa.Table:
    """Rows of an index with their moments put together again."""
    seconds, rest = (
        read[name].cast(pa.int64()).to_numpy() for name in ("occurred_second", "occurred_microsecond")
    )
    moments = pa.array(seconds * MICROSECONDS_PER_SECOND + rest).cast(_TIME)
    names = ("source_actor_key", *_CODED, *_COUNTS)
    return pa.table({**{name: read[name] for name in names}, "occurred_at": moments})


def _towards(rows: pa.Table, is_whole_day: NDArray[np.bool_]) -> Towards:
    handed_out, most_of_pair, kinds = (rows[name].cast(pa.int64()).to_numpy() for name in _COUNTS)
    return Towards(rows.drop_columns(list(_COUNTS)), handed_out, most_of_pair, kinds, is_whole_day)


def _empty(details: Sequence[str]) -> pa.Table:
    fields = [rows_schema().field(name) for name in ("source_actor_key", *_CODED, "occurred_at", *details)]
    return pa.schema([*fields, *(pa.field(name, pa.int32()) for name in _COUNTS)]).empty_table()


def _days(rows: pa.Table) -> IntArray:
    return np.asarray(rows["occurred_at"].cast(pa.int64()).to_numpy() // MICROSECONDS_PER_DAY)


def _bounds(footer: pq.FileMetaData) -> list[int]:
    """Lowest and highest source, earliest and latest time."""
    return [int(bound) for bound in footer.metadata[_SAID_BOUNDS].split()]
