"""How well could a score rank a town's top hundredth? `python -m benchmarks.town_ceiling [PEOPLE SEED]`.

Each town is lived through again with other luck: the same people, follows, posts and attitudes, other
throws of who looks, who is moved and who had an intention. What differs is noise that no score can know.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from renown.evaluate.metrics import ranked, spearman
from renown.simulate.influence import Truth
from renown.simulate.rules import TownPlan
from renown.simulate.simulation import simulate
from renown.simulate.world import build_world

FloatArray = NDArray[np.float64]

TOWNS = tuple((size, seed) for size in (2_000, 5_000, 10_000) for seed in (1, 2, 3))
LIVES = 8
TOP_SHARE, LEAST_TOP = 0.01, 10
COLUMNS = (
    "its own count",
    "expected count",
    "truth and anyway",
    "moved, elsewhere",
    "moved, once",
    "truth elsewhere",
)


def lived(people_count: int, seed: int, luck: int) -> Truth:
    """One life of a town; luck 0 is the one that `build_town` gives."""
    world = build_world(TownPlan(people_count=people_count, seed=seed), luck=luck)
    truth = Truth(world)
    for _ in simulate(world, truth):
        pass
    return truth


def ceilings(people_count: int, seed: int) -> list[float]:
    """Spearman with the true influence among its top hundredth, of what could be known at best.

    Returns:  of the people who supported in this life; of the same on average over the other lives (the noise
              of counting gone, and with it this life's luck in being passed on); of the true influence plus
              those who would have come anyway on average (that luck kept, all other noise gone); of those
              whom the actor moved, on average and in one life; and of the true influence of the other lives.
    """
    lives = [lived(people_count, seed, luck) for luck in range(LIVES + 1)]
    here, others = lives[0], lives[1:]
    influence = here.true_influence
    top_count = max(LEAST_TOP, round(TOP_SHARE * influence.size))
    top = np.argsort(-influence, kind="stable")[:top_count]

    def among_top(values: FloatArray) -> float:
        return spearman(ranked(values[top]), ranked(influence[top]))

    return [
        among_top((here.caused_count + here.anyway_count).astype(float)),
        among_top(np.mean([one.caused_count + one.anyway_count for one in others], axis=0)),
        among_top(influence + np.mean([one.anyway_count for one in others], axis=0)),
        among_top(np.mean([one.caused_count for one in others], axis=0)),
        among_top(here.caused_count.astype(float)),
        among_top(np.mean([one.true_influence for one in others], axis=0)),
    ]


def main(arguments: list[str]) -> None:
    asked = [(int(size), int(seed)) for size, seed in zip(arguments[::2], arguments[1::2], strict=True)]
    print("people seed  " + "  ".join(f"{name:>16}" for name in COLUMNS))
    for people_count, seed in asked or TOWNS:
        found = ceilings(people_count, seed)
        print(f"{people_count:6} {seed:4}  " + "  ".join(f"{one:16.3f}" for one in found), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
