"""Interactions in Parquet files: written so that a scan is cheap, read back by ranges of source keys.

Each import adds files sorted by (source, target, time); compaction merges them. Whoever needs all rows of a
source (the attention kernel does) asks for a range of source keys and gets it from every file that has a part
of it, so memory follows the range and not the store. Integers are delta-packed and not compressed: 9 bytes a
row, quicker to decode than any compressed or plain layout tried (docs/decisions/0002-sorted-files.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from numpy.typing import NDArray

from renown.schema import TABLES, arrow_schema
from renown.store.delta import NewFile
from renown.store.parallel import in_order

IntArray = NDArray[np.int64]

ROW_GROUP_ROWS = 131_072
RANGE_ROWS = 2_000_000

_PACKED = ("source_actor_key", "target_actor_key", "occurred_at", "actor_key")
_CODED = ("kind", "network")
_TIME = ("occurred_at",)
_COUNTED_NULLS = ("post_id", "reaction_post_id", "interaction_id")


@dataclass(frozen=True)
class RowGroup:
    """Where some rows are, and which sources they can belong to."""

    path: str
    index: int
    first_row: int
    """number of its first row among all rows of these files"""
    rows_count: int
    lowest: int
    highest: int


@dataclass(frozen=True)
class SourceRange:
    """Source keys from `low` up to but not including `high`."""

    low: int
    high: int


@dataclass(frozen=True)
class TimeSpan:
    """Moments in UTC microseconds, both ends included."""

    earliest: int
    latest: int


class SortedFiles:
    """Some Parquet files of interactions, addressed by range of source keys."""

    def __init__(self, filesystem: pafs.FileSystem, paths: Iterable[str], *, is_sorted: bool = True) -> None:
        self._filesystem = filesystem
        self._is_sorted = is_sorted
        self._footers: dict[str, pq.FileMetaData] = {}
        self._places: dict[str, tuple[int, int]] = {}
        self._bounds: dict[tuple[str, SourceRange], tuple[int, int]] = {}
        self.groups: list[RowGroup] = []
        footers = [(path, _read_footer(filesystem, path)) for path in paths]
        # Files that follow each other are then read in the order of their rows: nothing is left to sort.
        for path, footer in sorted(footers, key=lambda named: (_lowest(named[1]), named[0])):
            self._footers[path] = footer
            begin = len(self.groups)
            self.groups += _row_groups(path, footer, self.rows_count)
            self._places[path] = (begin, len(self.groups))

    @property
    def rows_count(self) -> int:
        """Rows in all files together."""
        return sum(group.rows_count for group in self.groups)

    def latest_microseconds(self) -> int:
        """Time of the newest row, from the files' own statistics."""
        latest = 0
        for footer in self._footers.values():
            column = footer.schema.to_arrow_schema().get_field_index("occurred_at")
            for index in range(footer.num_row_groups):
                moment = footer.row_group(index).column(column).statistics.max_raw
                latest = max(latest, int(moment))
        return latest

    def plan(self, rows_per_range: int = RANGE_ROWS) -> list[SourceRange]:
        """Ranges of source keys that together hold every row once, each about `rows_per_range` rows."""
        return plan_ranges(self.groups, rows_per_range)

    def plan_towards(self, target: int, rows_per_range: int = RANGE_ROWS) -> list[SourceRange]:
        """Those ranges of the plan that may hold a row towards a target: decodes the target column only."""
        holding = [
            group for groups in in_order(partial(self._holding, target), self._footers) for group in groups
        ]
        return [
            span
            for span in self.plan(rows_per_range)
            if any(group.lowest < span.high and group.highest >= span.low for group in holding)
        ]

    def _holding(self, target: int, path: str) -> list[RowGroup]:
        with self._filesystem.open_input_file(path) as file:
            reader = pq.ParquetFile(file, metadata=self._footers[path], pre_buffer=False)
            return [group for group in self._groups_of(path) if _holds(reader, group.index, target)]

    def read(self, span: SourceRange, columns: Sequence[str], times: TimeSpan | None = None) -> pa.Table:
        """All rows of the sources in a range (and, if given, of a span of time), file by file."""
        parts = []
        for path in self._footers:
            wanted = [g for g in self._groups_of(path) if g.lowest < span.high and g.highest >= span.low]
            if not wanted:
                continue
            is_during = None if times is None else _during(self._read_part(path, wanted, span, _TIME), times)
            if is_during is None:
                parts.append(self._read_part(path, wanted, span, columns))
            elif pc.any(is_during).as_py():
                parts.append(self._read_part(path, wanted, span, columns).filter(is_during))
        return pa.concat_tables(parts).unify_dictionaries() if parts else _empty(columns)

    def _read_part(
        self, path: str, wanted: Sequence[RowGroup], span: SourceRange, columns: Sequence[str]
    ) -> pa.Table:
        """One file's rows of a range. Where a range lies in a sorted file is found once and kept."""
        is_whole = wanted[0].lowest >= span.low and max(g.highest for g in wanted) < span.high
        bounds = (
            (0, sum(group.rows_count for group in wanted)) if is_whole else self._bounds.get((path, span))
        )
        extra = () if bounds else ("source_actor_key",)
        with self._filesystem.open_input_file(path) as file:
            reader = pq.ParquetFile(
                file, metadata=self._footers[path], read_dictionary=list(_CODED), pre_buffer=False
            )
            part = reader.read_row_groups(
                [group.index for group in wanted],
                columns=list(dict.fromkeys((*extra, *columns))),
                use_threads=False,
            )
        if bounds:
            return part.select(list(columns)).slice(bounds[0], bounds[1] - bounds[0])
        source = part["source_actor_key"].to_numpy()
        part = part.select(list(columns))
        if not self._is_sorted:
            return part.filter(pa.array((source >= span.low) & (source < span.high)))
        first, last = np.searchsorted(source, [span.low, span.high])
        self._bounds[path, span] = (int(first), int(last))
        return part.slice(first, last - first)

    def read_all(self, columns: Sequence[str]) -> pa.Table:
        """Every row, file by file."""
        return self.read(SourceRange(0, 2**62), columns)

    def rows_of(self, name: str, keys: IntArray, columns: Sequence[str]) -> pa.Table:
        """Rows whose `name` (an actor key column) is one of `keys`, with their `row_number` among all rows.

        Row groups without such a row cost only the decoding of that one column.
        """
        if keys.size == 0:
            return _empty(columns).append_column("row_number", pa.array([], pa.int64()))
        wanted = np.zeros(int(keys.max()) + 1, np.bool_)
        wanted[keys] = True
        work = partial(self._rows_of_file, name, np.sort(keys), wanted, columns)
        parts = [part for parts in in_order(work, list(self._footers)) for part in parts]
        if not parts:
            return _empty(columns).append_column("row_number", pa.array([], pa.int64()))
        return pa.concat_tables(parts).unify_dictionaries()

    def _rows_of_file(
        self, name: str, keys: IntArray, wanted: NDArray[np.bool_], columns: Sequence[str], path: str
    ) -> list[pa.Table]:
        parts = []
        groups = [
            group for group in self._groups_of(path) if name != "source_actor_key" or _may_hold(group, keys)
        ]
        if not groups:
            return []
        with self._filesystem.open_input_file(path) as file:
            reader = pq.ParquetFile(
                file, metadata=self._footers[path], read_dictionary=list(_CODED), pre_buffer=False
            )
            for group in groups:
                column = reader.read_row_group(group.index, columns=[name], use_threads=False)[
                    name
                ].to_numpy()
                found = np.flatnonzero((column < wanted.size) & wanted[np.minimum(column, wanted.size - 1)])
                if found.size == 0:
                    continue
                rows = reader.read_row_group(group.index, columns=list(columns), use_threads=False)
                numbers = pa.array(found.astype(np.int64) + group.first_row)
                parts.append(rows.take(pa.array(found)).append_column("row_number", numbers))
        return parts

    def rows_between(self, path: str, sources: IntArray, target: int, columns: Sequence[str]) -> pa.Table:
        """One file's rows towards a target, in the file's order; `sources` (sorted) are those that have one.

        Row groups without any of these sources are not read.
        """
        groups = [group.index for group in self._groups_of(path) if _may_hold(group, sources)]
        with self._filesystem.open_input_file(path) as file:
            reader = pq.ParquetFile(
                file, metadata=self._footers[path], read_dictionary=list(_CODED), pre_buffer=False
            )
            aimed = reader.read_row_groups(groups, columns=["target_actor_key"], use_threads=False)
            places = pa.array(np.flatnonzero(aimed["target_actor_key"].to_numpy() == target))
            return reader.read_row_groups(groups, columns=list(columns), use_threads=False).take(places)

    def has_values(self, column: str) -> bool:
        """Whether any row has a value in a column of strings."""
        for footer in self._footers.values():
            place = footer.schema.to_arrow_schema().get_field_index(column)
            for index in range(footer.num_row_groups):
                statistics = footer.row_group(index).column(place).statistics
                if statistics is None or statistics.null_count < footer.row_group(index).num_rows:
                    return True
        return False

    def _groups_of(self, path: str) -> list[RowGroup]:
        first, last = self._places[path]
        return self.groups[first:last]


def _holds(reader: pq.ParquetFile, group: int, target: int) -> bool:
    column = reader.read_row_group(group, columns=["target_actor_key"], use_threads=False).column(0)
    return any(bool((chunk.to_numpy() == target).any()) for chunk in column.chunks)


def _during(part: pa.Table, times: TimeSpan) -> pa.ChunkedArray:
    moments = part["occurred_at"].cast(pa.int64())
    return pc.and_(pc.greater_equal(moments, times.earliest), pc.less_equal(moments, times.latest))


def plan_ranges(groups: Sequence[RowGroup], rows_per_range: int) -> list[SourceRange]:
    """Cut the source keys so that each range holds about `rows_per_range` rows.

    Cuts fall on the lowest key of a row group, so files that already follow each other are read whole.
    """
    if not groups:
        return []
    ordered = sorted(groups, key=lambda group: (group.lowest, group.highest))
    cuts, rows = [ordered[0].lowest], 0
    for group in ordered:
        if rows >= rows_per_range and group.lowest > cuts[-1]:
            cuts.append(group.lowest)
            rows = 0
        rows += group.rows_count
    cuts.append(max(group.highest for group in ordered) + 1)
    return [SourceRange(low, high) for low, high in pairwise(cuts)]


def write_rows(filesystem: pafs.FileSystem, path: str, rows: pa.Table) -> NewFile:
    """Write one file and say what the table's log needs to know of it."""
    with filesystem.open_output_stream(path) as stream:
        pq.write_table(
            rows,
            stream,
            row_group_size=ROW_GROUP_ROWS,
            use_dictionary=[name for name in rows.column_names if name in _CODED],
            column_encoding={name: "DELTA_BINARY_PACKED" for name in rows.column_names if name in _PACKED},
            compression={name: "none" if name in _PACKED + _CODED else "zstd" for name in rows.column_names},
            write_statistics=[name for name in rows.column_names if name in _PACKED + _COUNTED_NULLS],
            store_schema=False,
        )
    size = filesystem.get_file_info(path).size
    minimum: dict[str, Any] = {}
    maximum: dict[str, Any] = {}
    for name in (name for name in rows.column_names if name in _PACKED and rows.num_rows):
        bounds = pc.min_max(rows[name])
        minimum[name], maximum[name] = _log_value(bounds["min"], 0), _log_value(bounds["max"], 999)
    nulls = {name: rows[name].null_count for name in rows.column_names}
    return NewFile(path, rows.num_rows, size, minimum, maximum, nulls, {})


def _log_value(value: pa.Scalar, microseconds_up: int) -> Any:
    """A bound as the Delta log writes it: times in milliseconds, rounded outwards."""
    if not pa.types.is_timestamp(value.type):
        return value.as_py()
    milliseconds = (value.value + microseconds_up) // 1000
    moment = np.datetime64(milliseconds, "ms")
    return f"{moment}Z"


def _may_hold(group: RowGroup, keys: IntArray) -> bool:
    """Whether any of the sorted keys lies between the group's lowest and highest source."""
    place = int(np.searchsorted(keys, group.lowest))
    return place < keys.size and int(keys[place]) <= group.highest


def _read_footer(filesystem: pafs.FileSystem, path: str) -> pq.FileMetaData:
    with filesystem.open_input_file(path) as file:
        return pq.read_metadata(file)


def _lowest(footer: pq.FileMetaData) -> int:
    """Lowest source key of a file."""
    return min((group.lowest for group in _row_groups("", footer, 0)), default=0)


def _row_groups(path: str, footer: pq.FileMetaData, first_row: int) -> list[RowGroup]:
    column = footer.schema.to_arrow_schema().get_field_index("source_actor_key")
    groups = []
    for index in range(footer.num_row_groups):
        group = footer.row_group(index)
        statistics = group.column(column).statistics
        groups.append(RowGroup(path, index, first_row, group.num_rows, statistics.min, statistics.max))
        first_row += group.num_rows
    return groups


def rows_schema() -> pa.Schema:
    """Interactions as they are read: kind and network as dictionaries."""
    coded = pa.dictionary(pa.int32(), pa.string())
    return pa.schema(
        [
            pa.field(field.name, coded, field.nullable) if field.name in _CODED else field
            for field in arrow_schema(TABLES["interactions"])
        ]
    )


def _empty(columns: Sequence[str]) -> pa.Table:
    return rows_schema().empty_table().select(list(columns))
