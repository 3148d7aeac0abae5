"""Measure Renown on 1, 10 and 100 million interactions beside its peers, and print one table."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.measure import BenchmarkError, Measured, measure
from benchmarks.peers import PEERS
from benchmarks.synthetic import write_csv, write_interactions

SIZES = (1_000_000, 10_000_000, 100_000_000)
CSV_LARGEST = 10_000_000
FOLDER = Path(".bench")
RENOWN = str(Path(sys.executable).with_name("renown"))

LABELS = {
    "import": "renown import (Parquet)",
    "import-csv": "renown import (CSV)",
    "score": "renown score",
    "trust": "renown trust",
    "trust-pass": "a pass of the flow of trust",
    "scipy-product": "scipy, sparse product of the same",
    "score-sql": "renown score --engine duckdb",
    "explain": "renown explain (most famous actor)",
    "explain-ordinary": "renown explain (ordinary actor)",
    "duckdb-group-bys": "DuckDB, three bare group-bys",
    "column-scan": "DuckDB, plain scan of the columns",
    "read-csv": "DuckDB read_csv",
    "pagerank-scipy": "PageRank, scipy",
    "pagerank-scikit-network": "PageRank, scikit-network",
}
RATIOS = (
    ("trust", "score"),
    ("trust-pass", "scipy-product"),
    ("score", "duckdb-group-bys"),
    ("score", "pagerank-scipy"),
    ("score", "pagerank-scikit-network"),
    ("score", "column-scan"),
    ("import-csv", "read-csv"),
)


def measure_size(rows: int, folder: Path, runs: int) -> dict[str, Measured]:
    """Every figure for one size, each command a fresh process."""
    source = write_interactions(folder, rows)
    store = folder / f"store-{rows}"
    shutil.rmtree(store, ignore_errors=True)
    figures = {"import": measure(_import(source, store))}
    score = [RENOWN, "score", "--store", str(store), "--quiet", "--again"]
    measure(score)  # compiles the kernels and warms the page cache: not counted
    figures["score"] = measure(score, runs=runs)
    chosen = _chosen_actors(store)
    for name, who in (("explain", "top"), ("explain-ordinary", "ordinary")):
        figures[name] = measure([RENOWN, "explain", chosen[who], "--store", str(store), "--quiet"], runs=runs)
    measure([RENOWN, "trust", "--store", str(store), "--quiet", "--as-of", "2023-12-01"])  # compiles
    figures["trust"] = measure([RENOWN, "trust", "--store", str(store), "--quiet"])
    figures |= _pass(store)
    if rows <= CSV_LARGEST:
        figures["score-sql"] = measure([*score, "--engine", "duckdb"])
        text = write_csv(source)
        shutil.rmtree(folder / "store-csv", ignore_errors=True)
        figures["import-csv"] = measure(_import(text, folder / "store-csv"))
        shutil.rmtree(folder / "store-csv", ignore_errors=True)
        figures["read-csv"] = _peer("read-csv", text)
    for name in PEERS:
        if name != "read-csv":
            figures[name] = _peer(name, source)
    return figures


def _import(source: Path, store: Path) -> list[str]:
    options = ["--network", "x", "--store", str(store), "--quiet"]
    return [RENOWN, "import", "interactions", str(source), *options]


def _pass(store: Path) -> dict[str, Measured]:
    """One pass over the ties, inside a process: by the kernel, and by scipy's sparse product."""
    look = [sys.executable, "-m", "benchmarks.flow", str(store)]
    seconds = json.loads(subprocess.run(look, capture_output=True, check=True).stdout)
    return {
        "trust-pass": Measured(seconds["kernel"], 0.0, 0.0),
        "scipy-product": Measured(seconds["scipy"], 0.0, 0.0),
    }


def _peer(name: str, source: Path) -> Measured:
    return measure([sys.executable, "-m", "benchmarks.peers", name, str(source)])


def _chosen_actors(store: Path) -> dict[str, str]:
    # In a process of its own: what this one holds would count as every later child's memory.
    choose = [sys.executable, "-m", "benchmarks.chosen", str(store)]
    actors: dict[str, str] = json.loads(subprocess.run(choose, capture_output=True, check=True).stdout)
    return actors


def print_figures(figures: dict[int, dict[str, Measured]], console: Console) -> None:
    """Seconds, gigabytes, ratios of the same run, and the growth exponent between the two largest sizes."""
    table = Table("whole process", *[f"{rows // 1_000_000}M: s / GB" for rows in figures], "growth")
    for name, label in LABELS.items():
        cells = [_cell(figures[rows].get(name)) for rows in figures]
        if any(cells):
            table.add_row(label, *cells, _growth(name, figures))
    console.print(table)
    ratios = Table("ratio of wall clock, same run", *[f"{rows // 1_000_000}M" for rows in figures])
    for mine, other in RATIOS:
        cells = [
            f"{of[mine].wall_seconds / of[other].wall_seconds:.2f}" if mine in of and other in of else ""
            for of in figures.values()
        ]
        ratios.add_row(f"{LABELS[mine]} / {LABELS[other]}", *cells)
    console.print(ratios)


def _cell(measured: Measured | None) -> str:
    return f"{measured.wall_seconds:.2f} / {measured.peak_gb:.2f}" if measured else ""


def _growth(name: str, figures: dict[int, dict[str, Measured]]) -> str:
    sizes = [rows for rows in figures if name in figures[rows]]
    if len(sizes) < 2:
        return ""
    small, large = sizes[-2:]
    ratio = figures[large][name].wall_seconds / figures[small][name].wall_seconds
    return f"{math.log(ratio) / math.log(large / small):.2f}"


def main(
    most: Annotated[int, typer.Option(help="Leave out sizes above this.")] = SIZES[-1],
    folder: Annotated[Path, typer.Option(help="Where files and stores are kept between runs.")] = FOLDER,
    runs: Annotated[int, typer.Option(help="Runs of score and explain; the median is printed.")] = 3,
) -> None:
    """Measure, print, and write the figures to results.json in the folder."""
    console = Console(width=140)
    folder.mkdir(parents=True, exist_ok=True)
    console.print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}")
    figures: dict[int, dict[str, Measured]] = {}
    for rows in (size for size in SIZES if size <= most):
        try:
            figures[rows] = measure_size(rows, folder, runs)
        except BenchmarkError as error:
            console.print(f"[bold]failed at {rows:,}[/bold]: {error}")
            raise typer.Exit(1) from error
        print_figures(figures, console)
    readable = {str(rows): {name: asdict(one) for name, one in of.items()} for rows, of in figures.items()}
    (folder / "results.json").write_text(json.dumps(readable, indent=2))


if __name__ == "__main__":
    typer.run(main)
