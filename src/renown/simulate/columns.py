"""Columns of the town's tables, made from arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from renown.schema import TABLES, arrow_schema
from renown.simulate.chance import Bits, Bools, Floats, Ints
from renown.simulate.identifiers import account_ids, long_ids
from renown.simulate.people import NETWORKS, TOPICS
from renown.simulate.world import World

if TYPE_CHECKING:
    import pyarrow as pa

_MICROSECONDS: Final = 1_000_000


def named(code: Ints, names: Sequence[str]) -> pa.DictionaryArray:
    """Codes as the words they stand for."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(code.astype(np.int8)), pa.array(names))


def networks(world: World, account: Ints) -> pa.DictionaryArray:
    """The network of each account."""
    return named(world.people.network[account], NETWORKS)


def accounts(world: World, account: Ints) -> pa.DictionaryArray:
    """Actor ids as a dictionary that holds only the accounts that appear."""
    import pyarrow as pa

    place = np.zeros(len(world.people), np.int32)
    place[account] = 1
    there = np.flatnonzero(place)
    place[there] = np.arange(len(there), dtype=np.int32)
    return pa.DictionaryArray.from_arrays(place[account], account_ids(world.people.network[there], there))


def moments(world: World, seconds: Floats, is_missing: Bools | None = None) -> pa.TimestampArray:
    """Seconds since the town's start as UTC microseconds."""
    import pyarrow as pa

    since = np.floor(seconds * _MICROSECONDS).astype(np.int64)
    return pa.array(world.plan.start_microseconds() + since, pa.timestamp("us", tz="UTC"), mask=is_missing)


def post_ids(network: Ints, post: Ints, reply: Bits, is_missing: Bools | None = None) -> pa.StringArray:
    """The id of the reply where there is one, else of the post; null where missing."""
    import pyarrow.compute as pc

    originals = long_ids(network, "p", post.astype(np.uint64), is_missing)
    if not reply.any():
        return originals
    return pc.if_else(reply != 0, long_ids(network, "r", reply, is_missing), originals)


def person_ids(person: Ints, is_missing: Bools | None = None) -> pa.StringArray:
    """The id of each person, null where nobody proved anything."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = pc.utf8_lpad(pa.array(person.astype(np.int64), mask=is_missing).cast("string"), 8, "0")
    return pc.binary_join_element_wise("person:", numbers, "")


def topic_lists(topics: Ints) -> pa.ListArray:
    """One list of topic names per row."""
    import pyarrow as pa

    width = topics.shape[1]
    offsets = np.arange(len(topics) + 1, dtype=np.int32) * np.int32(width)
    return pa.ListArray.from_arrays(
        pa.array(offsets), pa.array(TOPICS).take(pa.array(topics.ravel().astype(np.int64)))
    )


def as_schema(table: str, count: int, columns: Mapping[str, Any]) -> pa.Table:
    """A table with exactly the columns of the schema; those that the town does not know are null."""
    import pyarrow as pa

    schema = arrow_schema(TABLES[table])
    arrays = []
    for field in schema:
        column = columns.get(field.name)
        array = pa.nulls(count, field.type) if column is None else pa.array(column)
        arrays.append(array if array.type == field.type else array.cast(field.type))
    return pa.table(arrays, schema=schema)
