"""Which definition ranks a town's most influential best? `python -m benchmarks.definition_search`.

Candidates are compared on towns of some seeds; the best is to be reported on towns of others:
`python -m benchmarks.definition_search 2000:1,2,3 5000:1,2`. With `higgs STORE` instead: how the same
foretell the Higgs event, with paired differences from renown-1.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from docs.backgrounds import town_store

from renown.definitions import Definition, load_definition
from renown.evaluate import evaluate_store
from renown.evaluate.against_truth import TRUTH_METRICS, evaluate_truth
from renown.store import TableStore

CHOSEN_ON = ("2000:11,12,13,14,15,16", "5000:11,12,13", "10000:11,12")
COUNT = "distinct reactors"


def candidates() -> Iterator[Definition]:
    """renown-1, and it with another exponent, memory of attention (days), selectivity, and like weights."""
    shipped = load_definition()
    yield shipped
    for exponent in (1 / 3, 0.2, 0.1):
        for days in (90.0, 360.0):
            for selectivity in (0.0, 0.5, 1.0):
                for weights in ("prior", "even"):
                    found = msgspec.structs.replace(
                        shipped,
                        name=f"exponent {exponent:.2f}, {days:g} d, selectivity {selectivity:g}, {weights}",
                        exponent=exponent,
                        half_life_days=days * exponent,
                        momentum_half_life_days=7.0 * exponent,
                        selectivity=selectivity,
                        weights=dict.fromkeys(shipped.weights, 1.0) if weights == "even" else shipped.weights,
                    )
                    if found.content_hash() != shipped.content_hash():
                        yield found


def figures(people_count: int, seed: int, definitions: list[Definition]) -> dict[str, list[float]]:
    """The three rank correlations of each definition, and of counting people, in one town."""
    with tempfile.TemporaryDirectory() as folder:
        store, town = town_store(Path(folder), people_count, seed)
        rows = evaluate_truth(store, town.truth, definitions).rows
    return {
        row.measure: [getattr(row, metric) for metric in TRUTH_METRICS]
        for row in rows
        if row.is_score or row.measure == COUNT
    }


def search(towns: list[tuple[int, int]], definitions: list[Definition]) -> None:
    """Print the means over the towns, best in the top hundredth first, with the difference from renown-1."""
    rows = [figures(people_count, seed, definitions) for people_count, seed in towns]
    all_rows = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    shipped = all_rows["renown-1"]
    print(f"{len(towns)} towns: Spearman all, received, top; top less renown-1 [sd of mean]")
    for name, found in sorted(all_rows.items(), key=lambda one: -one[1][:, 2].mean()):
        over = found[:, 2] - shipped[:, 2]
        error = over.std(ddof=1) / np.sqrt(len(towns)) if len(towns) > 1 else float("nan")
        means = " ".join(f"{one:.3f}" for one in found.mean(axis=0))
        print(f"{name:48} {means}  {over.mean():+.3f} [{error:.3f}], above in {(over > 0).sum()}", flush=True)


def foretell(location: str, definitions: list[Definition]) -> None:
    """Print the means over the splits of the Higgs event, and differences from renown-1."""
    found = evaluate_store(TableStore(location), definitions=definitions, future_kinds=["repost"])
    for row in found.means:
        print(row)
    for one in found.differences:
        if one.split is None and "renown-1" in (one.score, one.measure):
            print(one)


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["higgs"]:
        wanted = [one for one in candidates() if not arguments[2:] or one.name in arguments[2:]]
        return foretell(arguments[1], wanted)
    towns = [
        (int(size), int(seed))
        for size, seeds in (one.split(":") for one in arguments or CHOSEN_ON)
        for seed in seeds.split(",")
    ]
    return search(towns, list(candidates()))


if __name__ == "__main__":
    main(sys.argv[1:])
