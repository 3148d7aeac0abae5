"""A fit as a user has it: a store that ends at the cut, no options; then the day that the store has not seen.

    python -m benchmarks.higgs_users STORE ACTIVITY_FILE

STORE holds the whole Higgs event and only judges; what is fitted is read from the file, up to each cut.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime

import duckdb
import msgspec
import numpy as np
import pyarrow as pa

import renown
from renown.definitions import Definition, load_definition
from renown.evaluate import default_splits, evaluate_store
from renown.store import TableStore

METRICS = ("ndcg_100", "spearman_positive")
SHOWN = ("fitted", "renown-1", "distinct reactors", "decayed mass (0.5 d)")
_BEFORE = """
    select source, target, to_timestamp(seconds) as time,
      case kind when 'RT' then 'repost' when 'MT' then 'mention' else 'reply' end as kind
    from read_csv($file, delim = ' ', header = false,
      columns = {'source': 'varchar', 'target': 'varchar', 'seconds': 'bigint', 'kind': 'varchar'})
    where seconds < $cut
"""


def fitted(file: str, cut: datetime) -> Definition:
    """What `renown fit` learns from everything before a moment, told nothing else."""
    asked = {"file": file, "cut": int(cut.timestamp())}
    rows = duckdb.sql(_BEFORE, params=asked).to_arrow_table()
    with tempfile.TemporaryDirectory() as folder:
        store = renown.open(f"{folder}/store")
        store.add_interactions(rows.cast(_with_zone(rows.schema)), network="twitter")
        return msgspec.structs.replace(store.fit().definition, name="fitted")


def _with_zone(schema: pa.Schema) -> pa.Schema:
    place = schema.get_field_index("time")
    return schema.set(place, pa.field("time", pa.timestamp("us", tz="UTC")))


def main(arguments: Sequence[str]) -> int:
    """Print every measure's metrics for reposts and for all kinds: the mean, then split by split."""
    store, file = TableStore(arguments[0]), arguments[1]
    splits = default_splits(store)
    definitions = [fitted(file, split.train_until) for split in splits]
    for kinds in (["repost"], None):
        found = []
        for split, definition in zip(splits, definitions, strict=True):
            half_a_day = msgspec.structs.replace(definition, name="half a day", half_life_days=0.5)
            shipped = load_definition()
            rows = evaluate_store(
                store, definitions=[definition, shipped, half_a_day], splits=[split], future_kinds=kinds
            ).rows
            found.append({row.measure: row for row in rows})
        for name in SHOWN:
            for metric in METRICS:
                each = [getattr(one[name], metric) for one in found]
                asked = "reposts" if kinds else "all kinds"
                splits_said = " ".join(f"{one:.3f}" for one in each)
                sys.stdout.write(f"{asked:10} {name:22} {metric:18} {np.mean(each):.3f}  {splits_said}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
