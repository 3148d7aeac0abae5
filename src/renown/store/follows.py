"""Who follows whom into the store: ties that are known are written again only when seen much later."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from renown.schema import TABLES, arrow_schema
from renown.store.delta import Delta
from renown.store.dictionary import Dictionary
from renown.store.parallel import read_ahead
from renown.store.records import ImportReport

_SEEN_AGAIN: Final = timedelta(days=7)
"""A tie that is known is written again only when it was last seen this long ago."""

_FRESH_TIES: Final = f"""
-- ties that are not known, or were last seen long ago
with known as (
    select source_actor_key, target_actor_key, max(last_seen_at) as seen_at from follows group by all
),
tied as (
    select network, source_actor_key, target_actor_key, min(first_seen_at) as first_seen_at,
      max(last_seen_at) as last_seen_at
    from incoming group by all
)
select t.* from tied t left join known k using (source_actor_key, target_actor_key)
where k.seen_at is null or t.last_seen_at > k.seen_at + interval {_SEEN_AGAIN.days} days
"""

_KEYS: Final = ("source_actor_key", "target_actor_key")


def keep_ties(delta: Delta, keyed: pa.Table, *, note: str, threads: int | None = None) -> int:
    """Add ties whose actors have keys, as far as they say something new; returns the rows added."""
    from renown.engines.duckdb import DuckDBEngine

    with DuckDBEngine(threads=threads) as engine:
        engine.register_files("follows", delta.uris("follows"))
        engine.register_arrow("incoming", keyed)
        fresh = engine.query(_FRESH_TIES)
    if fresh.num_rows:
        schema = arrow_schema(TABLES["follows"])
        delta.append("follows", fresh.select(schema.names).cast(schema), note=note)
    return int(fresh.num_rows)


def import_follows(delta: Delta, batches: Iterable[pa.Table]) -> ImportReport:
    """Add canonical batches of follows in one atomic step; rows of another kind are passed over.

    Raises:   whatever the batches raise, StoreFullError, StoreConflictError; no tie is in the store then.
    Cost:     O(rows), and one pass over the follows that are there; about 150 bytes a row at the peak.
    """
    started = time.monotonic()
    dictionary = Dictionary(delta)
    first_new = dictionary.first_provisional
    parts = [_keyed(batch, dictionary) for batch in read_ahead(batches) if batch.num_rows]
    if not parts:
        return ImportReport(0, 0, 0, 0, 0)
    final = dictionary.publish()
    rows = pa.concat_tables(parts)
    if final is not None:
        for place, name in enumerate(_KEYS, 1):
            keys = rows[name].to_numpy().copy()
            keys[keys >= first_new] = final[keys[keys >= first_new] - first_new]
            rows = rows.set_column(place, name, pa.array(keys))
    added = keep_ties(delta, rows, note="import follows")
    bounds = pc.min_max(rows["first_seen_at"]).as_py()
    source, target = (rows[name].to_numpy() for name in _KEYS)
    return replace(
        ImportReport(rows.num_rows, added, rows.num_rows - added, 0, dictionary.new_count),
        self_count=int(np.count_nonzero(source == target)),
        earliest_at=bounds["min"],
        latest_at=bounds["max"],
        seconds=time.monotonic() - started,
    )


def _keyed(batch: pa.Table, dictionary: Dictionary) -> pa.Table:
    batch = batch.filter(pc.equal(batch["kind"].cast(pa.string()), "follow"))
    seen = batch["occurred_at"].cast(pa.timestamp("us", tz="UTC"))
    return pa.table(
        {
            "network": batch["network"].cast(pa.string()),
            _KEYS[0]: pa.array(dictionary.encode(batch["source_actor_id"])),
            _KEYS[1]: pa.array(dictionary.encode(batch["target_actor_id"])),
            "first_seen_at": seen,
            "last_seen_at": seen,
        }
    )
