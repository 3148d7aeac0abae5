"""How sorted interactions are best kept in Parquet: size, writing and reading of six layouts, in one run."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from benchmarks.synthetic import write_interactions

_DELTA = "DELTA_BINARY_PACKED"
_SPLIT = "BYTE_STREAM_SPLIT"
LAYOUTS: dict[str, dict[str, Any]] = {
    "delta-packed, not compressed": {"source": _DELTA, "target": _DELTA, "time": _DELTA},
    "the same, time plain": {"source": _DELTA, "target": _DELTA, "time": "PLAIN"},
    "source by dictionary, the rest plain": {"target": "PLAIN", "time": "PLAIN"},
    "the same with lz4": {"target": "PLAIN", "time": "PLAIN", "compression": "lz4"},
    "byte-stream-split with zstd": {
        "source": _DELTA,
        "target": _SPLIT,
        "time": _SPLIT,
        "compression": "zstd",
    },
    "delta-packed with zstd": {"source": _DELTA, "target": _DELTA, "time": _DELTA, "compression": "zstd"},
}


def main(folder: Path = Path(".bench"), rows: int = 10_000_000) -> None:
    """Print one row per layout."""
    folder.mkdir(parents=True, exist_ok=True)
    table = _sorted(pq.read_table(write_interactions(folder, rows)))
    printed = Table("layout", "MB", "write s", "read s, one thread, best of 3")
    for name, layout in LAYOUTS.items():
        printed.add_row(name, *_measured(table, folder / "layout.parquet", dict(layout)))
    Console().print(printed)


def _measured(table: pa.Table, path: Path, layout: dict[str, Any]) -> list[str]:
    compression = layout.pop("compression", "none")
    coded = [name for name in table.column_names if name not in layout]
    started = time.perf_counter()
    pq.write_table(
        table,
        path,
        compression=compression,
        column_encoding=layout,
        use_dictionary=coded,
        row_group_size=1 << 20,
    )
    written = time.perf_counter() - started
    reads = []
    for _ in range(3):
        started = time.perf_counter()
        pq.read_table(path, use_threads=False, memory_map=True, pre_buffer=False, read_dictionary=["kind"])
        reads.append(time.perf_counter() - started)
    size = path.stat().st_size / 1e6
    path.unlink()
    return [f"{size:.0f}", f"{written:.2f}", f"{min(reads):.3f}"]


def _sorted(table: pa.Table) -> pa.Table:
    chance = np.random.default_rng(1)
    moments = table["time"].to_numpy() * 1_000_000 + chance.integers(0, 1_000_000, table.num_rows)
    order = np.lexsort((moments, table["target"].to_numpy(), table["source"].to_numpy()))
    moments_sorted = pa.array(moments[order], pa.timestamp("us", "UTC"))
    kinds = table["kind"].cast(pa.string())
    return table.set_column(2, "kind", kinds).take(pa.array(order)).set_column(3, "time", moments_sorted)


if __name__ == "__main__":
    main()
