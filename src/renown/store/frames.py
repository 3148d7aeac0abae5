"""Any dataframe or Arrow stream at the door: narwhals makes it Arrow, this file canonical batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from renown.errors import ColumnsError, InputError
from renown.schema import Table, arrow_schema
from renown.types import EARLIEST_MICROSECONDS, KINDS


def arrow_batches(frame: Any) -> Iterator[pa.Table]:
    """Arrow tables from a pandas, polars, DuckDB or PyArrow frame, or anything that streams Arrow.

    Raises:   InputError: the object is none of these.
    """
    if isinstance(frame, pa.Table):
        yield frame
        return
    if hasattr(frame, "__arrow_c_stream__"):
        reader = pa.RecordBatchReader.from_stream(frame)
        for batch in reader:
            yield pa.Table.from_batches([batch])
        return
    import narwhals as nw

    try:
        native = nw.from_native(frame)
    except TypeError as error:
        raise InputError(
            f"A {type(frame).__name__} is not a dataframe or Arrow stream.",
            hint="pandas, polars, Arrow and DuckDB work.",
        ) from error
    eager = native.collect() if isinstance(native, nw.LazyFrame) else native
    yield eager.to_arrow()


def interaction_batches(frame: Any, network: str | None) -> Iterator[pa.Table]:
    """Canonical batches from a frame that has the columns of an interaction (or source, target, time).

    Args:     network: put before ids that do not say theirs (`223789` becomes `twitter:223789`).
    Raises:   ColumnsError: a column missing; InputError: an unknown kind, a time before 2000 or without zone.
    """
    for table in arrow_batches(frame):
        yield _interactions(_renamed(table), network)


def canonical_rows(frame: Any, table: Table) -> pa.Table:
    """Rows of a table of the store from any frame: missing nullable columns become null.

    Raises:   ColumnsError: a required column is missing or cannot be converted.
    """
    rows = pa.concat_tables(arrow_batches(frame), promote_options="permissive")
    schema = arrow_schema(table)
    missing = [field.name for field in schema if not field.nullable and field.name not in rows.column_names]
    if missing:
        raise ColumnsError(
            f"Rows for {table.name} lack {', '.join(missing)}.", hint=f"Needed: {', '.join(schema.names)}."
        )
    columns = []
    for field in schema:
        column = rows[field.name] if field.name in rows.column_names else pa.nulls(rows.num_rows, field.type)
        try:
            columns.append(column.cast(field.type))
        except pa.ArrowInvalid as error:
            raise ColumnsError(
                f"Column {field.name} of {table.name} cannot be read as {field.type}: {error}"
            ) from error
    return pa.table(columns, schema=schema)


_SHORT_NAMES = {
    "source": "source_actor_id",
    "target": "target_actor_id",
    "time": "occurred_at",
    "post": "post_id",
    "reaction_post": "reaction_post_id",
    "id": "interaction_id",
}


def _renamed(table: pa.Table) -> pa.Table:
    names = table.column_names
    return table.rename_columns(
        [_SHORT_NAMES.get(name, name) if _SHORT_NAMES.get(name) not in names else name for name in names]
    )


def _interactions(table: pa.Table, network: str | None) -> pa.Table:
    missing = [
        n
        for n in ("source_actor_id", "target_actor_id", "kind", "occurred_at")
        if n not in table.column_names
    ]
    if missing:
        raise ColumnsError(
            f"Interactions lack {', '.join(missing)}.", hint=f"Found: {', '.join(table.column_names)}."
        )
    for name in ("source_actor_id", "target_actor_id", "kind", "occurred_at"):
        if table[name].null_count:
            missing_count = table[name].null_count
            raise ColumnsError(f"{missing_count} interactions have no {name}.", hint="Leave such rows out.")
    source = _actor_ids(table["source_actor_id"], network)
    columns = {
        "source_actor_id": source,
        "target_actor_id": _actor_ids(table["target_actor_id"], network),
        "kind": _kinds(table["kind"]),
        "occurred_at": _moments(table["occurred_at"]),
        "network": table["network"] if "network" in table.column_names else _network_of(source),
    }
    for name in ("post_id", "reaction_post_id"):
        if name in table.column_names:
            columns[name] = _prefixed(table[name].cast(pa.string()), network)
    if "interaction_id" in table.column_names:
        columns["interaction_id"] = table["interaction_id"].cast(pa.string())
    return pa.table(columns)


def _actor_ids(column: pa.ChunkedArray, network: str | None) -> pa.ChunkedArray:
    """Ids as dictionary<int32, string>, each with its network; only the distinct ones are touched."""
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column)
    column = column.unify_dictionaries()
    chunks = []
    for chunk in column.chunks:
        ids = chunk.dictionary.cast(pa.string())
        if network:
            prefix = f"{network}:"
            ids = pc.if_else(pc.starts_with(ids, prefix), ids, pc.binary_join_element_wise(prefix, ids, ""))
        elif not pc.all(pc.match_substring(ids, ":")).as_py():
            raise ColumnsError(
                "Some actor ids do not say their network.", hint="Write network:id, or pass network=."
            )
        chunks.append(pa.DictionaryArray.from_arrays(chunk.indices.cast(pa.int32()), ids))
    return pa.chunked_array(chunks, pa.dictionary(pa.int32(), pa.string()))


def _prefixed(ids: pa.ChunkedArray, network: str | None) -> pa.ChunkedArray:
    """Ids of posts, each with its network; null stays null."""
    if not network:
        return ids
    prefix = f"{network}:"
    return pc.if_else(pc.starts_with(ids, prefix), ids, pc.binary_join_element_wise(prefix, ids, ""))


def _network_of(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    chunks = [
        pa.DictionaryArray.from_arrays(chunk.indices, pc.replace_substring_regex(chunk.dictionary, ":.*", ""))
        for chunk in ids.chunks
    ]
    return pa.chunked_array(chunks, pa.dictionary(pa.int32(), pa.string())).cast(pa.string())


def _kinds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    words = column.cast(pa.string())
    unknown = [word for word in pc.unique(words).to_pylist() if word not in KINDS]
    if unknown:
        raise InputError(
            f"Unknown kinds: {', '.join(map(repr, unknown[:5]))}.", hint=f"Known: {', '.join(KINDS)}."
        )
    return words


def _moments(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_timestamp(column.type):
        raise InputError(
            f"occurred_at is {column.type}, not a timestamp.", hint="Convert it to UTC timestamps first."
        )
    if column.type.tz is None:
        raise InputError(
            "occurred_at has no time zone.", hint="Say which: frame times must be zoned (UTC is best)."
        )
    moments = column.cast(pa.timestamp("us", tz="UTC"), safe=False)
    earliest = pc.min(moments.cast(pa.int64())).as_py()
    if earliest is not None and earliest < EARLIEST_MICROSECONDS:
        raise InputError(
            "Some interactions are before the year 2000.", hint="Is the unit of time what you think it is?"
        )
    return moments
