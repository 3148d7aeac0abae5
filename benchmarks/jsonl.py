"""Mapped JSON Lines beside DuckDB's own typed read_json on the same file: `python -m benchmarks.jsonl`.

Three figures for each file, on the same number of threads: DuckDB reads the columns that the mapping needs
into Arrow; Renown's source reads the file through the mapping, all batches out; `renown import mapped` takes
the file into an empty store, as a process of its own. The ratio is of wall clock, and of processor time
beside it, because the machine may have other work.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.jsonl_files import write_events
from benchmarks.measure import measure

FOLDER = Path(".bench")
RENOWN = str(Path(sys.executable).with_name("renown"))
FILES = (("jetstream", "jetstream"), ("tweets", "tweets-v1"))

_URI = "STRUCT(uri VARCHAR)"
_EMBED = f'STRUCT("$type" VARCHAR, record STRUCT(uri VARCHAR, record {_URI}))'
_FACETS = 'STRUCT(features STRUCT("$type" VARCHAR, did VARCHAR)[])[]'
_LABELS = 'STRUCT("values" STRUCT(val VARCHAR)[])'
_RECORD = (
    f"STRUCT(createdAt TIMESTAMPTZ, subject JSON, reply STRUCT(parent {_URI}), embed {_EMBED},"
    f" facets {_FACETS}, labels {_LABELS})"
)
_TWEET = 'STRUCT(id_str VARCHAR, "user" STRUCT(id_str VARCHAR, protected BOOLEAN))'
COLUMNS = {
    "jetstream": (
        "{did: 'VARCHAR', time_us: 'BIGINT', \"commit\":"
        f" 'STRUCT(operation VARCHAR, collection VARCHAR, rkey VARCHAR, record {_RECORD})'}}"
    ),
    "tweets": (
        "{id_str: 'VARCHAR', created_at: 'VARCHAR', \"user\": 'STRUCT(id_str VARCHAR, protected BOOLEAN)',"
        " withheld_copyright: 'BOOLEAN', in_reply_to_status_id_str: 'VARCHAR',"
        " in_reply_to_user_id_str: 'VARCHAR',"
        f" retweeted_status: '{_TWEET}', quoted_status: '{_TWEET}',"
        " entities: 'STRUCT(user_mentions STRUCT(id_str VARCHAR)[])'}"
    ),
}
"""What the mappings look up, typed. `subject` is text in follows, an object in likes: it must stay JSON."""


@dataclass(frozen=True)
class Taken:
    """How long something took, and how many rows came of it."""

    wall_seconds: float
    cpu_seconds: float
    rows: int


def _fastest(work: Callable[[], int], runs: int) -> Taken:
    def once() -> Taken:
        wall, cpu = time.perf_counter(), time.process_time()
        rows = work()
        return Taken(time.perf_counter() - wall, time.process_time() - cpu, rows)

    return min((once() for _ in range(runs)), key=lambda taken: taken.wall_seconds)


def read_json(path: Path, name: str, threads: int) -> int:
    """DuckDB alone: the needed columns, typed, materialised to Arrow."""
    import duckdb

    connection = duckdb.connect(config={"threads": threads})
    sql = f"select * from read_json('{path}', columns={COLUMNS[name]}, format='newline_delimited')"
    return int(connection.sql(sql).to_arrow_table().num_rows)


def read_mapped(path: Path, mapping: str, threads: int) -> int:
    """Renown's source: every row of every table."""
    from renown.sources.mapped import read_mapping
    from renown.sources.mapped.reading import MappedReader
    from renown.types import no_progress

    reader = MappedReader(read_mapping(mapping), threads=threads)
    harvests = reader.harvests(str(path), progress=no_progress)
    return sum(table.num_rows for harvest in harvests for table in harvest.rows.values())


def import_whole(path: Path, mapping: str, folder: Path) -> float:
    """The whole command into an empty store: seconds."""
    store = folder / "store-mapped"
    shutil.rmtree(store, ignore_errors=True)
    taken = measure(
        [RENOWN, "import", "mapped", str(path), "--map", mapping, "--store", str(store), "--quiet"]
    )
    shutil.rmtree(store, ignore_errors=True)
    return taken.wall_seconds


def main(
    rows: Annotated[int, typer.Option(help="Lines of each file.")] = 1_000_000,
    threads: Annotated[int, typer.Option(help="Threads of DuckDB.")] = os.cpu_count() or 1,
    runs: Annotated[int, typer.Option(help="Runs; the fastest is printed.")] = 3,
    whole: Annotated[bool, typer.Option(help="Also measure the whole import.")] = True,
    folder: Annotated[Path, typer.Option(help="Where the files are kept between runs.")] = FOLDER,
) -> None:
    """Measure, and print seconds and ratios."""
    folder.mkdir(parents=True, exist_ok=True)
    table = Table(
        "file",
        "MB",
        "read_json s (cpu)",
        "mapped s (cpu)",
        "rows out",
        "speed of read_json's: wall, cpu",
        "import s",
    )
    for name, mapping in FILES:
        path = write_events(folder, name, rows)
        path.read_bytes()  # into the page cache, for both
        plain = _fastest(lambda: read_json(path, name, threads), runs)  # noqa: B023  called at once
        mapped = _fastest(lambda: read_mapped(path, mapping, threads), runs)  # noqa: B023  called at once
        table.add_row(
            name,
            f"{path.stat().st_size / 1e6:.0f}",
            f"{plain.wall_seconds:.2f} ({plain.cpu_seconds:.2f})",
            f"{mapped.wall_seconds:.2f} ({mapped.cpu_seconds:.2f})",
            f"{mapped.rows:,}",
            f"{plain.wall_seconds / mapped.wall_seconds:.0%}, {plain.cpu_seconds / mapped.cpu_seconds:.0%}",
            f"{import_whole(path, mapping, folder):.1f}" if whole else "",
        )
    console = Console(width=140)
    console.print(f"{rows:,} lines each, {threads} threads, {os.cpu_count()} processors")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
