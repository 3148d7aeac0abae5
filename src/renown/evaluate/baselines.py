"""The measures that a score has to be better than, each one line of arithmetic on the same interactions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from renown.evaluate.page_rank import PageRank, page_rank
from renown.evaluate.records import Skipped
from renown.evaluate.window import PerActor, Ties, Window, count_of

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

LEAST_KNOWN_SHARE: Final = 0.5
"""Followers are compared when at least half of the actors have a known number; the others then count 0."""


@dataclass(frozen=True, eq=False)
class Measure:
    """One number of each ranked actor, higher meaning more."""

    name: str
    values: FloatArray
    is_score: bool = False


@dataclass(frozen=True, eq=False)
class Baselines:
    """What could be measured, what could not, and how PageRank ended."""

    measures: tuple[Measure, ...]
    skipped: tuple[Skipped, ...]
    page_rank: PageRank


def distinct_reactors(ties: Ties, actors: IntArray) -> FloatArray:
    """People who reacted to each actor in training."""
    return count_of(ties.target, ties.is_training.astype(np.float64), actors)


def raw_counts(ties: Ties, actors: IntArray) -> FloatArray:
    """Interactions each actor received in training."""
    return count_of(ties.target, ties.interactions, actors)


def decayed_mass(ties: Ties, actors: IntArray, half_life_days: float) -> FloatArray:
    """The same, each counting 2^(-age / half-life) at the end of training; repeats count in full."""
    return count_of(ties.target, ties.masses[half_life_days], actors)


def tie_rank(ties: Ties, person_of: Callable[[IntArray], IntArray]) -> PageRank:
    """PageRank between people, one edge a tie of training, whatever its interactions (see `page_rank`)."""
    chosen = ties.is_training
    return page_rank(ties.person[chosen], person_of(ties.target[chosen]))


def build_baselines(window: Window, actors: IntArray, person_of: Callable[[IntArray], IntArray]) -> Baselines:
    """Every baseline of a split, for the actors given (sorted keys).

    Args:     person_of: person keys of actor keys.
    """
    ties, rank = window.ties, tie_rank(window.ties, person_of)
    measures = [
        Measure("distinct reactors", distinct_reactors(ties, actors)),
        Measure("raw counts", raw_counts(ties, actors)),
        *(
            Measure(f"decayed mass ({days:g} d)", decayed_mass(ties, actors, days))
            for days in sorted(ties.masses)
        ),
        Measure("PageRank", PerActor(rank.actor, rank.rank).of(person_of(actors))),
        Measure("own activity", window.given.of(actors)),
    ]
    skipped = []
    if window.h_index.actor.size:
        measures.append(Measure("h-index of posts", window.h_index.of(actors)))
    else:
        skipped.append(
            Skipped(measure="h-index of posts", reason="no interaction says which post it was about")
        )
    known = window.followers.share_known(actors)
    if known >= LEAST_KNOWN_SHARE:
        measures.append(Measure("followers", window.followers.of(actors)))
    else:
        skipped.append(
            Skipped(measure="followers", reason=f"known of {known:.0%} of the actors before the cut")
        )
    return Baselines(tuple(measures), tuple(skipped), rank)
