"""Strengths behind judgements of pairs (Bradley-Terry): the one file that imports choix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from renown.errors import TooLittleInputError
from renown.evaluate.records import INTERVAL_LEVEL

FloatArray = NDArray[np.float64]

Choice = Literal["a", "b", "unsure"]

PRIOR_PRECISION: Final = 0.25
"""Before any judgement a strength is 0 with a standard deviation of 2: odds of 7 to 1."""


@dataclass(frozen=True)
class Judged:
    """One judgement: who was shown, and what was said."""

    judge_id: str
    a: str
    b: str
    choice: Choice
    is_repeat: bool = False


@dataclass(frozen=True, kw_only=True)
class Strength:
    """How influential judges find an actor: log odds over the average of those who were judged."""

    actor_id: str
    strength: float
    strength_low: float
    strength_high: float
    judgements_count: int
    chosen_count: int


@dataclass(frozen=True, kw_only=True)
class Strengths:
    """All strengths, the highest first, and how far judges agree with themselves."""

    strengths: tuple[Strength, ...]
    judges_count: int
    judgements_count: int
    unsure_count: int
    repeats_count: int
    same_again_count: int
    """repeats that got the same answer"""
    left_share: float | None
    """share of answers for the one on the left; 0.5 where the side plays no part"""
    groups_count: int
    """groups of actors that no judgement links: strengths of different groups cannot be compared"""
    interval_level: float


def fit_strengths(judgements: Sequence[Judged]) -> Strengths:
    """Fit Bradley-Terry strengths to judgements.

    Formula:  P(a is chosen over b) = 1 / (1 + exp(strength b - strength a)); normal prior with mean 0 and
              standard deviation 2; strengths are then centred. Intervals: the normal approximation at the
              mode (Laplace), which takes judgements as independent.
    Args:     judgements: "unsure" and repeats are counted, but not fitted.
    Raises:   TooLittleInputError: nothing to fit.
    Cost:     O(judgements) for each of some dozen steps, and actors^3 once.
    Source:   Bradley and Terry (1952); choix (Maystre).
    Example:
        >>> found = fit_strengths([Judged("j", "ada", "bob", "a"), Judged("j", "eve", "bob", "a")])
        >>> [one.actor_id for one in found.strengths]
        ['ada', 'eve', 'bob']
    """
    used = [one for one in judgements if not one.is_repeat and one.choice != "unsure"]
    if not used:
        raise TooLittleInputError(
            "There is no judgement that says who is more influential.", hint="`renown judge` collects some."
        )
    actors = sorted({side for one in used for side in (one.a, one.b)})
    number = {actor: place for place, actor in enumerate(actors)}
    wins = [
        (number[one.a], number[one.b]) if one.choice == "a" else (number[one.b], number[one.a])
        for one in used
    ]
    mode, spread = _fit(len(actors), wins)
    half = _normal_quantile((1 + INTERVAL_LEVEL) / 2) * spread
    chosen = np.bincount([win for win, _ in wins], minlength=len(actors))
    lost = np.bincount([loss for _, loss in wins], minlength=len(actors))
    order = sorted(range(len(actors)), key=lambda place: (-round(float(mode[place]), 9), actors[place]))
    repeats, same = _repeats(judgements)
    return Strengths(
        strengths=tuple(
            Strength(
                actor_id=actors[place],
                strength=float(mode[place]),
                strength_low=float(mode[place] - half[place]),
                strength_high=float(mode[place] + half[place]),
                judgements_count=int(chosen[place] + lost[place]),
                chosen_count=int(chosen[place]),
            )
            for place in order
        ),
        judges_count=len({one.judge_id for one in judgements}),
        judgements_count=len(used),
        unsure_count=sum(one.choice == "unsure" for one in judgements),
        repeats_count=repeats,
        same_again_count=same,
        left_share=sum(one.choice == "a" for one in used) / len(used),
        groups_count=_groups(len(actors), wins),
        interval_level=INTERVAL_LEVEL,
    )


def _fit(count: int, wins: Sequence[tuple[int, int]]) -> tuple[FloatArray, FloatArray]:
    """Mode of the centred strengths, and their standard deviations."""
    import choix

    mode = np.asarray(choix.opt_pairwise(count, wins, alpha=PRIOR_PRECISION), np.float64)
    curvature = np.eye(count) * PRIOR_PRECISION
    for win, loss in wins:
        likely = 1 / (1 + np.exp(mode[loss] - mode[win]))
        weight = likely * (1 - likely)
        curvature[[win, loss], [win, loss]] += weight
        curvature[[win, loss], [loss, win]] -= weight
    centre = np.eye(count) - 1 / count
    covariance = centre @ np.linalg.inv(curvature) @ centre
    return mode - mode.mean(), np.sqrt(np.diag(covariance))


def _normal_quantile(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(share))


def _groups(count: int, wins: Sequence[tuple[int, int]]) -> int:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows, columns = np.array(wins).T
    links = coo_matrix((np.ones(len(wins)), (rows, columns)), (count, count))
    return int(connected_components(links, directed=False)[0])


def _repeats(judgements: Sequence[Judged]) -> tuple[int, int]:
    """Repeated questions that were answered both times, and how many of them the same."""
    first: dict[tuple[str, frozenset[str]], str] = {}
    count = same = 0
    for one in judgements:
        key = (one.judge_id, frozenset((one.a, one.b)))
        said = {"a": one.a, "b": one.b}.get(one.choice, "")
        if one.is_repeat and said and first.get(key):
            count += 1
            same += first[key] == said
        elif not one.is_repeat:
            first[key] = said
    return count, same
