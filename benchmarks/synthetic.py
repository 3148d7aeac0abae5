"""Interactions to measure with: heavy-tailed, 5 million actor ids, almost every pair distinct, four kinds.

The same distribution at every size, so that growth can be read off. Ids are integers, as X and GitHub have.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

ACTORS = 5_000_000
DAYS = 90
START_SECONDS = 1_700_000_000
KINDS = ("like", "repost", "reply", "mention")
KIND_SHARES = (0.6, 0.2, 0.15, 0.05)
_CHUNK_ROWS = 2_000_000
# Spreads the popular ids over the whole range, as real ids are.
_SCATTER, _PRIME = 2_654_435_761, 4_999_999


def write_interactions(folder: Path, rows: int) -> Path:
    """A zstd Parquet file (source, target, kind, time in epoch seconds); kept for the next run."""
    path = folder / f"interactions-{rows}.parquet"
    if path.exists():
        return path
    chance = np.random.default_rng(7)
    unfinished = path.with_suffix(".unfinished")
    with pq.ParquetWriter(unfinished, _chunk(chance, 1).schema, compression="zstd") as writer:
        for begin in range(0, rows, _CHUNK_ROWS):
            writer.write_table(_chunk(chance, min(_CHUNK_ROWS, rows - begin)))
    unfinished.rename(path)
    return path


def write_csv(source: Path) -> Path:
    """The same rows as CSV with a header."""
    path = source.with_suffix(".csv")
    if not path.exists():
        table = pq.read_table(source)
        pyarrow.csv.write_csv(table.set_column(2, "kind", table["kind"].cast(pa.string())), path)
    return path


def _chunk(chance: np.random.Generator, rows: int) -> pa.Table:
    source = (ACTORS * chance.random(rows) ** 2).astype(np.int64) * _SCATTER % _PRIME
    target = (ACTORS * chance.random(rows) ** 3).astype(np.int64) * _SCATTER % _PRIME
    codes = chance.choice(len(KINDS), rows, p=KIND_SHARES).astype(np.int8)
    return pa.table(
        {
            "source": source,
            "target": target,
            "kind": pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(KINDS)),
            "time": START_SECONDS + chance.integers(0, DAYS * 86_400, rows),
        }
    )
