"""Write docs/reference/attack-cost.md, the attack report of a release: `python docs/make_attack_report.py`.

It attacks a simulated town, which needs nothing else, and with --higgs FILE also the Higgs data set
(higgs-activity_time.txt of SNAP, packed or not), of which only figures are kept. A few minutes each.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from renown.evaluate.attacks import AttackReport

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PAGE = DOCS / "reference" / "attack-cost.md"
PICTURE = DOCS / "pictures" / "attack-cost.png"
PEOPLE = 20_000
SEED = 1
SCALE = 1.5

INTRODUCTION = """\
# What it costs to buy a score

<!-- Made by `python docs/make_attack_report.py`. Change it there. -->

Renown cannot make gaming impossible. It makes it dear and visible, and measures how dear: every release
attacks copies of a known background with
[the catalogue](../how-to/run-the-attack-laboratory.md#the-attacks), with and without the defence, and
publishes the figures here, the bad ones too. `renown attack-lab` does the same on a store of your own."""


def main(arguments: Sequence[str]) -> int:
    """Attack, and write the page with its picture; the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=PEOPLE, help="people of the town (default: 20,000)")
    parser.add_argument("--higgs", type=Path, help="the Higgs activity file, to attack as well")
    chosen = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(prefix="attack-report-") as folder:
        town = attack_town(Path(folder), chosen.people)
        higgs = attack_higgs(Path(folder), chosen.higgs) if chosen.higgs else None
    write_picture(town)
    PAGE.write_text(page(town, higgs, chosen.people), encoding="utf8")
    return 0


def attack_town(folder: Path, people: int) -> AttackReport:
    """The report of the town; its own bots, buyers and pods are no targets and no losses."""
    from docs import backgrounds

    store, town = backgrounds.town_store(folder, people, SEED)
    return store.attack_lab(folder / "town-report", seed=SEED, not_genuine=town.truth, progress=_say)


def attack_higgs(folder: Path, file: Path) -> AttackReport:
    """The report of the Higgs data set."""
    from docs import backgrounds

    store = backgrounds.higgs_store(folder, file)
    return store.attack_lab(folder / "higgs-report", seed=SEED, progress=_say)


def write_picture(report: AttackReport) -> None:
    """The town's attacks, drawn."""
    from renown.api.attack_lab import attack_chart
    from renown.charts import render_png

    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_bytes(render_png(attack_chart(report), scale=SCALE))


def page(town: AttackReport, higgs: AttackReport | None, people: int) -> str:
    """The whole page."""
    from renown.api.attack_words import price_table, report_passages

    parts = [INTRODUCTION, f"## On a town of {people:,} people"]
    parts += report_passages(town, picture="../pictures/attack-cost.png", heading="###")
    if higgs is not None:
        parts += ["## On the Higgs data set", *report_passages(higgs, heading="###")]
    parts += ["## The prices", price_table(town)]
    return "\n\n".join(parts) + "\n"


def _say(stage: str, done: int, total: int | None) -> None:
    print(f"{stage}: {done} of {total}", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
