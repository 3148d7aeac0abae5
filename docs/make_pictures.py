"""Draw the pictures of docs/pictures/ from the town of `renown demo`: `python docs/make_pictures.py demo`.

Charts are drawn by the project itself. The report's pages are photographed with Chromium where there is one.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from renown.api import Store
    from renown.charts import Chart, Scope

PICTURES = Path(__file__).parent / "pictures"
SCALE = 1.5
PAGES = {
    "report": (1000, 1250, 1),
    "report-dark": (1000, 1250, 0),
    "report-phone": (320, 1250, 1),
}
"""Name to width, height and Chromium's preferred colour scheme (0 dark, 1 light)."""


def main(arguments: Sequence[str]) -> int:
    """Draw everything into docs/pictures/; the exit code."""
    folder = Path(arguments[0] if arguments else "demo")
    if not (folder / "report.html").is_file():
        print(f"{folder} has no town; run `renown demo --folder {folder}` first", file=sys.stderr)
        return 1
    PICTURES.mkdir(exist_ok=True)
    draw_charts(folder)
    photograph(folder / "report.html")
    return 0


def draw_charts(folder: Path) -> None:
    """One picture a chart, of the town's expert."""
    import renown
    from renown.charts import render_png

    store = renown.open(folder / "store")
    expert = json.loads((folder / "town" / "cast.json").read_text(encoding="utf8"))["expert"]
    for chart in charts(store, expert, folder / "town" / "truth.parquet"):
        write(chart.name, render_png(chart, scale=SCALE))
        if chart.name in ("score", "top"):
            write(f"{chart.name}-dark", render_png(chart, "dark", scale=SCALE))


def charts(store: Store, name: str, truth: Path) -> Iterator[Chart]:
    """The charts of one actor, of the highest scores, and of how good the scores are."""
    import pyarrow.parquet as pq

    from renown.api.report import evaluation_rows, evaluation_words
    from renown.charts import Scope, ScoreRow, chart_evaluation, chart_top
    from renown.charts.words import day_words

    view = store.show(name)
    basis = view.explanation.basis
    scope = Scope(networks=basis.networks, window=f"{basis.window}, up to {day_words(basis.as_of)}")
    top = [
        ScoreRow(**{field: getattr(actor, field) for field in ScoreRow.__dataclass_fields__})
        for actor in store.top(12)
    ]
    everywhere = Scope(networks=sorted({row.actor_id.partition(":")[0] for row in top}), window=scope.window)
    yield chart_top(top, scope=everywhere, highlighted={view.explanation.actor.actor_id})
    yield from charts_of(store, name, scope)
    measured = store.evaluate_truth(pq.read_table(truth))
    yield chart_evaluation(evaluation_rows(measured), subtitle=evaluation_words(measured))


def charts_of(store: Store, name: str, scope: Scope) -> Iterator[Chart]:
    """How sure, where among all, from what, and what changed."""
    import pyarrow.compute as pc

    from renown.charts import (
        Changes,
        LedgerPart,
        LedgerRow,
        ScoreRow,
        chart_changes,
        chart_distribution,
        chart_ledger,
        chart_score_interval,
    )

    view = store.show(name)
    found = store.read("scores", ["run_id", "score"])
    scores = found.filter(pc.equal(found["run_id"], view.run.run_id))["score"].to_numpy()
    row = ScoreRow(**{field: getattr(view.ranked, field) for field in ScoreRow.__dataclass_fields__})
    yield chart_score_interval(row, scores, scope=scope)
    yield chart_distribution(row, scores, scope=scope)
    for dimension in ("kind", "day"):
        rows = [
            LedgerRow(**{field: getattr(one, field) for field in LedgerRow.__dataclass_fields__})
            for one in store.explain(name, limit=None).ledger.parts[dimension]
        ]
        yield chart_ledger(LedgerPart(handle=row.handle, dimension=dimension, rows=rows), scope=scope)
    before, after = view.changes.before, view.changes.after
    moved = Changes(
        handle=row.handle,
        moment_before=view.changes.since,
        moment_after=view.changes.until,
        score_before=before.score,
        score_after=after.score,
        interval_before=(before.score_low, before.score_high),
        interval_after=(after.score_low, after.score_high),
        **{part.cause: part.points for part in view.changes.parts},
    )
    yield chart_changes(moved, scope=scope)


def photograph(report: Path) -> None:
    """The first screen of a report as three readers see it: on paper white, in the dark, on a phone."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("No Chromium here: the pictures of the report stay as they are.", file=sys.stderr)
        return
    for name, (width, height, scheme) in PAGES.items():
        with tempfile.TemporaryDirectory() as profile:
            picture = Path(profile) / "page.png"
            command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
            command += ["--disable-background-networking", "--hide-scrollbars", f"--user-data-dir={profile}"]
            command += [f"--blink-settings=preferredColorScheme={scheme}", f"--window-size={width},{height}"]
            command += [f"--screenshot={picture}", report.resolve().as_uri()]
            subprocess.run(command, check=True, capture_output=True, timeout=120)
            write(name, picture.read_bytes())


def write(name: str, png: bytes) -> None:
    """Write one picture and say so."""
    from PIL import Image

    path = PICTURES / f"{name}.png"
    # A few dozen colours: a palette makes the file a quarter as large and changes nothing one can see.
    Image.open(BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"docs/pictures/{path.name}  {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
