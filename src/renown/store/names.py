"""Ids, keys and handles: how a name that a person types leads to an actor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from numpy.typing import NDArray

from renown.errors import ActorNotFoundError, AmbiguousActorError
from renown.schema import TABLES, arrow_schema
from renown.store.delta import Delta
from renown.store.parallel import in_order
from renown.store.records import Actor

IntArray = NDArray[np.int64]

_MOST_CANDIDATES = 5

_BY_NAME = """
-- every actor whose id, native id or latest handle is the name, whatever its case
with latest as (
    select actor_id, arg_max(handle, observed_at) as handle from actors group by actor_id
),
named as (
    select k.actor_key, k.actor_id,
      coalesce(l.handle, substring(k.actor_id, strpos(k.actor_id, ':') + 1)) as handle
    from actor_keys k left join latest l on k.actor_id = l.actor_id
    where lower(k.actor_id) = lower(?) or lower(substring(k.actor_id, strpos(k.actor_id, ':') + 1)) = lower(?)
       or lower(l.handle) = lower(?)
)
select actor_key, actor_id, handle from named order by actor_key
"""

_ALIKE = """
-- the ids whose handle or native id is most like the name
with latest as (
    select actor_id, arg_max(handle, observed_at) as handle from actors group by actor_id
),
named as (
    select k.actor_id, lower(coalesce(l.handle, substring(k.actor_id, strpos(k.actor_id, ':') + 1))) as handle
    from actor_keys k left join latest l on k.actor_id = l.actor_id
)
select actor_id from named
where jaro_winkler_similarity(handle, lower(?)) > 0.75
order by jaro_winkler_similarity(handle, lower(?)) desc, actor_id
limit 3
"""


class NameIndex:
    """Looks names up in the store's newest state; keeps nothing but the place."""

    def __init__(self, delta: Delta) -> None:
        self._delta = delta

    def actor_ids(self, keys: IntArray) -> pa.StringArray:
        """Ids of keys, in the order given; null for a key that nobody has."""
        keys = np.asarray(keys, np.int64)
        found = self._look_up("actor_key", pa.array(np.unique(keys)))
        order = np.argsort(found["actor_key"].to_numpy())
        known = found["actor_key"].to_numpy()[order]
        ids = pa.concat_arrays([found["actor_id"].combine_chunks().take(order), pa.nulls(1, pa.string())])
        place = np.searchsorted(known, keys)
        is_known = np.append(known, -1)[place] == keys
        return ids.take(pa.array(np.where(is_known, place, known.size)))

    def actor_keys(self, ids: Sequence[str]) -> IntArray:
        """Keys of ids, -1 where unknown."""
        names = pa.array(ids, pa.string())
        found = self._look_up("actor_id", names.unique())
        place = pc.index_in(names, found["actor_id"].combine_chunks()).fill_null(found.num_rows)
        keys: IntArray = np.append(found["actor_key"].to_numpy(), -1)[place.to_numpy()]
        return keys

    def handles(self, keys: IntArray) -> list[str]:
        """Latest handle of each key, else its id without the network."""
        return self._handles_of([str(name) for name in self.actor_ids(keys).to_pylist()])

    def _handles_of(self, ids: Sequence[str]) -> list[str]:
        natives = {name: name.partition(":")[2] for name in ids}
        if not self._delta.files("actors")[1]:
            return [natives[name] for name in ids]
        found = self._query(
            """
            select actor_id, arg_max(handle, observed_at) as handle
            from actors where actor_id in (select actor_id from wanted) group by actor_id
            """,
            wanted=pa.table({"actor_id": pa.array(natives, pa.string())}),
        )
        pairs = zip(found["actor_id"].to_pylist(), found["handle"].to_pylist(), strict=True)
        named = natives | {name: handle for name, handle in pairs if handle is not None}
        return [named[name] for name in ids]

    def _look_up(self, column: str, wanted: pa.Array) -> pa.Table:
        """Lines of the dictionary whose key or id is among the wanted (no two alike).

        Cost:     by key the row groups that can hold one; by id a scan of all ids.
        """
        filesystem = self._delta.filesystem("actor_keys")
        groups = []
        for file in self._delta.files("actor_keys")[1]:
            with filesystem.open_input_file(file.path) as stream:
                footer = pq.read_metadata(stream)
            groups += [_Group(file.path, footer, number) for number in range(footer.num_row_groups)]
        if column == "actor_key":
            keys = wanted.to_numpy()
            groups = [group for group in groups if group.may_hold(keys)]
        parts = list(in_order(partial(_matching, filesystem, column, wanted), groups))
        return pa.concat_tables([arrow_schema(TABLES["actor_keys"]).empty_table(), *parts])

    def resolve(self, name: str) -> Actor:
        """The one actor a name means (see `TableStore.resolve`)."""
        plain = name.strip().removeprefix("@")
        (key,) = self.actor_keys([plain])
        if key >= 0:
            return Actor(int(key), plain, self._handles_of([plain])[0])
        found = self._query(_BY_NAME, plain, plain, plain).to_pylist()
        if len(found) > 1:
            raise AmbiguousActorError(name, [row["actor_id"] for row in found[:_MOST_CANDIDATES]])
        if not found:
            alike = self._query(_ALIKE, plain, plain)["actor_id"].to_pylist() if plain else []
            raise ActorNotFoundError(name, alike)
        return Actor(found[0]["actor_key"], found[0]["actor_id"], found[0]["handle"])

    def _query(self, sql: str, *parameters: object, **tables: pa.Table) -> pa.Table:
        from renown.engines.duckdb import DuckDBEngine

        with DuckDBEngine() as engine:
            for name in ("actor_keys", "actors"):
                engine.register_files(name, self._delta.uris(name))
            for name, table in tables.items():
                engine.register_arrow(name, table)
            return engine.query(sql, parameters)


class _Group(NamedTuple):
    """A row group of the dictionary."""

    path: str
    footer: pq.FileMetaData
    number: int

    def may_hold(self, keys: IntArray) -> bool:
        """Whether one of the sorted keys lies between the group's lowest and highest."""
        bounds = self.footer.row_group(self.number).column(0).statistics
        return bool(np.searchsorted(keys, bounds.min, "left") < np.searchsorted(keys, bounds.max, "right"))


def _matching(filesystem: pafs.FileSystem, column: str, wanted: pa.Array, group: _Group) -> pa.Table:
    """Rows of one group whose column has a wanted value; the other column is read only where there is one."""
    with filesystem.open_input_file(group.path) as file:
        reader = pq.ParquetFile(file, metadata=group.footer, pre_buffer=False)
        values = reader.read_row_group(group.number, columns=[column], use_threads=False)[column]
        # Comparing with one value is several times quicker than looking each up among many.
        mask = pc.equal(values, wanted[0]) if len(wanted) == 1 else pc.is_in(values, wanted)
        places = pc.indices_nonzero(mask)
        if not len(places):
            return arrow_schema(TABLES["actor_keys"]).empty_table()
        rows = reader.read_row_group(group.number, use_threads=False).take(places)
    return rows.select(["actor_key", "actor_id"]).cast(arrow_schema(TABLES["actor_keys"]))
