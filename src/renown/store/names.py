"""Ids, keys and handles: how a name that a person types leads to an actor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from renown.engines.duckdb import DuckDBEngine
from renown.errors import ActorNotFoundError, AmbiguousActorError
from renown.store.delta import Delta
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
        wanted = pa.table(
            {"position": pa.array(np.arange(len(keys))), "actor_key": pa.array(np.asarray(keys, np.int64))}
        )
        found = self._query(
            "select w.position, k.actor_id from wanted w join actor_keys k on w.actor_key = k.actor_key",
            wanted=wanted,
        )
        return self._placed(found, "actor_id", len(keys))

    def actor_keys(self, ids: Sequence[str]) -> IntArray:
        """Keys of ids, -1 where unknown."""
        wanted = pa.table({"position": pa.array(np.arange(len(ids))), "actor_id": pa.array(ids, pa.string())})
        found = self._query(
            "select w.position, k.actor_key from wanted w join actor_keys k on w.actor_id = k.actor_id",
            wanted=wanted,
        )
        keys = np.full(len(ids), -1, np.int64)
        keys[found["position"].to_numpy()] = found["actor_key"].to_numpy()
        return keys

    def handles(self, keys: IntArray) -> list[str]:
        """Latest handle of each key, else its id without the network."""
        wanted = pa.table(
            {"position": pa.array(np.arange(len(keys))), "actor_key": pa.array(np.asarray(keys, np.int64))}
        )
        found = self._query(
            """
            with named as (
                select w.position, k.actor_id from wanted w join actor_keys k on w.actor_key = k.actor_key
            ),
            latest as (
                select a.actor_id, arg_max(a.handle, a.observed_at) as handle
                from actors a where a.actor_id in (select actor_id from named) group by a.actor_id
            )
            select n.position,
              coalesce(l.handle, substring(n.actor_id, strpos(n.actor_id, ':') + 1)) as handle
            from named n left join latest l on n.actor_id = l.actor_id
            """,
            wanted=wanted,
        )
        return [str(handle) for handle in self._placed(found, "handle", len(keys)).to_pylist()]

    def resolve(self, name: str) -> Actor:
        """The one actor a name means (see `TableStore.resolve`)."""
        plain = name.strip().removeprefix("@")
        (key,) = self.actor_keys([plain])
        if key >= 0:
            return Actor(int(key), plain, self.handles(np.array([key]))[0])
        found = self._query(_BY_NAME, plain, plain, plain).to_pylist()
        if len(found) > 1:
            raise AmbiguousActorError(name, [row["actor_id"] for row in found[:_MOST_CANDIDATES]])
        if not found:
            alike = self._query(_ALIKE, plain, plain)["actor_id"].to_pylist() if plain else []
            raise ActorNotFoundError(name, alike)
        return Actor(found[0]["actor_key"], found[0]["actor_id"], found[0]["handle"])

    def _query(self, sql: str, *parameters: object, **tables: pa.Table) -> pa.Table:
        with DuckDBEngine() as engine:
            for name in ("actor_keys", "actors"):
                engine.register_files(name, self._delta.uris(name))
            for name, table in tables.items():
                engine.register_arrow(name, table)
            return engine.query(sql, parameters)

    def _placed(self, found: pa.Table, column: str, count: int) -> pa.StringArray:
        """Strings of `found` at their positions, null elsewhere."""
        place = np.full(count, found.num_rows, np.int64)
        place[found["position"].to_numpy()] = np.arange(found.num_rows)
        values = pa.concat_arrays(
            [found[column].combine_chunks().cast(pa.string()), pa.nulls(1, pa.string())]
        )
        return values.take(pa.array(place))
