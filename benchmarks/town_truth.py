"""Do scores rank a town by what its people truly caused? `python -m benchmarks.town_truth [PEOPLE SEED]`.

Each town is built, imported, its trust computed, definitions fitted, and all compared with the truth. The
last row is a ceiling: who sees reactions can count who supported an actor, not who would have acted anyway.
"""

from __future__ import annotations

import sys
import tempfile

import msgspec
import numpy as np

import renown
from renown.evaluate import FitTerms
from renown.evaluate.metrics import ranked, spearman
from renown.simulate import Town, build_town

TOWNS = tuple((size, seed) for size in (2_000, 5_000, 10_000) for seed in (1, 2, 3))
FITS = {"fitted": FitTerms(), "fitted, no freshness": FitTerms(use_freshness=False)}
SHOWN = (
    *(f"{name}{trust}" for name in ("renown-1", *FITS) for trust in ("", " with trust")),
    "distinct reactors",
)


def supporters(town: Town, top_count: int) -> float:
    """Spearman among the most influential of everybody who supported them, truly moved or not."""
    influence = np.nan_to_num(town.truth["true_influence"].to_numpy())
    came = town.truth["caused_count"].to_numpy() + town.truth["anyway_count"].to_numpy()
    top = np.argsort(-influence, kind="stable")[:top_count]
    return spearman(ranked(came[top]), ranked(influence[top]))


def measured(people_count: int, seed: int) -> list[str]:
    """The rows of one town."""
    town = build_town(people_count=people_count, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        store = renown.open(f"{folder}/town")
        store.import_interactions([town.interactions])
        store.add_persons(town.persons)
        store.add_actors(town.actors)
        store.trust()
        fits = [
            msgspec.structs.replace(store.fit(terms=terms).definition, name=name)
            for name, terms in FITS.items()
        ]
        rows = {
            row.measure: row for row in store.evaluate_truth(town.truth, definitions=["renown-1", *fits]).rows
        }
    lines = []
    for name in SHOWN:
        row = rows[name]
        figures = f"{row.spearman:.3f} {row.spearman_received:.3f} {row.spearman_top:.3f}"
        lines.append(f"{people_count:6} {seed} {name:31} {figures}")
    ceiling = supporters(town, rows["renown-1"].top_actors)
    return [*lines, f"{people_count:6} {seed} {'all who supported':31}             {ceiling:.3f}"]


def main(arguments: list[str]) -> None:
    asked = [(int(size), int(seed)) for size, seed in zip(arguments[::2], arguments[1::2], strict=True)]
    for people_count, seed in asked or TOWNS:
        print("\n".join(measured(people_count, seed)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
