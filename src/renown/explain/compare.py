"""Actors side by side: how far apart, how surely, whom they share, and where their attention comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from renown.explain.ledger import LedgerRow, build_part
from renown.explain.measure import ScoreRow
from renown.explain.records import ActorName, Basis, Record
from renown.explain.sums import ExactValues, FloatArray, IntArray, exact_total, group_rows

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Measured:
    """An actor that takes part in a comparison: its score, and where that came from."""

    actor: ActorName
    score: ScoreRow
    contributions: pa.Table


@dataclass(frozen=True)
class ComparedActor(Record):
    """One of the actors."""

    actor: ActorName
    score: ScoreRow
    kinds: tuple[LedgerRow, ...]
    """where its attention comes from, by kind"""
    shared_share: float
    """share of its earned attention given by people who gave to every one of the actors, 0..1"""


@dataclass(frozen=True)
class ComparedPair(Record):
    """Two of the actors. Differences are of the first less the second."""

    first: str
    """actor id"""
    second: str
    score_difference: float
    do_intervals_overlap: bool
    """whether the order of the two may be chance"""
    shared_people_count: int
    """people who gave to both"""
    first_shared_share: float
    """share of the first's earned attention that people who gave to both gave it, 0..1"""
    second_shared_share: float


@dataclass(frozen=True)
class Comparison(Record):
    """Two or more actors side by side, in the order asked for."""

    actors: tuple[ComparedActor, ...]
    pairs: tuple[ComparedPair, ...]
    """each two of them"""
    shared_people_count: int
    """people who gave to every one of the actors"""
    basis: Basis | None = None
    title: str = ""
    """the first two, in words"""


def build_comparison(measured: Sequence[Measured]) -> Comparison:
    """Put actors side by side.

    A person is shared when reactions of theirs count for each of the actors; several accounts are one person.

    Notes:    cost O(reactions); deterministic.
    """
    givers = [_givers(entry.contributions) for entry in measured]
    shared = _shared(givers)
    return Comparison(
        actors=tuple(
            ComparedActor(
                actor=entry.actor,
                score=entry.score,
                kinds=build_part(entry.contributions, "kind", limit=None),
                shared_share=given.share_from(shared),
            )
            for entry, given in zip(measured, givers, strict=True)
        ),
        pairs=tuple(
            _pair(measured[first], measured[second], givers[first], givers[second])
            for first, second in combinations(range(len(measured)), 2)
        ),
        shared_people_count=len(shared),
    )


@dataclass(frozen=True)
class _Givers:
    """The people who gave to one actor, and what."""

    keys: IntArray
    given: FloatArray

    def share_from(self, people: IntArray) -> float:
        """Share of what was given that these people gave; 0 where nothing was."""
        total = exact_total(self.given)
        return exact_total(self.given[np.isin(self.keys, people)]) / total if total > 0 else 0.0


def _givers(contributions: pa.Table) -> _Givers:
    counted = contributions.filter(contributions["is_counted"])
    people = group_rows(counted["person_key"])
    return _Givers(
        people.keys.to_numpy(), people.sums(ExactValues.of(counted["contribution"].to_numpy()))[:-1]
    )


def _shared(givers: Sequence[_Givers]) -> IntArray:
    shared = givers[0].keys
    for other in givers[1:]:
        shared = np.intersect1d(shared, other.keys, assume_unique=True)
    return shared


def _pair(first: Measured, second: Measured, first_givers: _Givers, second_givers: _Givers) -> ComparedPair:
    shared = _shared((first_givers, second_givers))
    return ComparedPair(
        first=first.actor.actor_id,
        second=second.actor.actor_id,
        score_difference=first.score.score - second.score.score,
        do_intervals_overlap=(
            first.score.score_low <= second.score.score_high
            and second.score.score_low <= first.score.score_high
        ),
        shared_people_count=len(shared),
        first_shared_share=first_givers.share_from(shared),
        second_shared_share=second_givers.share_from(shared),
    )
