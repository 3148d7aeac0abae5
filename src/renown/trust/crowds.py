"""How far each tie is believed, and what the doubted ones are worth together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renown.store.parallel import run_all
from renown.trust.known import popular_actors
from renown.trust.rule import TrustRule
from renown.trust.ties import TieTable

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
SmallFloatArray = NDArray[np.float32]
MaskArray = NDArray[np.bool_]
SortArray = NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Sorted:
    """What is known of each tie; the rest are strangers."""

    is_known: MaskArray
    no_newcomers: MaskArray
    """believed, and no voucher for strangers"""
    barred: MaskArray
    """of coordinated groups"""


def believed_shares(ties: TieTable, sorted_ties: Sorted, rule: TrustRule) -> SmallFloatArray:
    """Share of each tie that is believed (see `renown.kernels.crowds.believe`)."""
    from renown.kernels import coincidence, crowds, even_days

    popular = popular_actors(ties, rule.popular_share)
    sort, believed = _first_sorts(ties, sorted_ties)
    strange = np.flatnonzero(sort == crowds.SINGLE)
    sources = np.flatnonzero(np.bincount(ties.source[strange], minlength=ties.actors_count))
    crowds.sort_out(ties.by_source, sources, popular, sort)
    audiences, span = ties.audiences, ties.span
    strangers = np.bincount(ties.target[strange], minlength=ties.actors_count)
    usual = usual_share(ties, strangers, rule)
    numbers = rule.crowd_rule(usual)
    facts = crowds.Ties(ties.first_minute, ties.attention, sort)
    beside = rule.beside_rule()
    even = rule.even_rule()
    rhythm = coincidence.network_rhythm(ties.first_minute, span), span[0]

    def believe(actors: IntArray) -> None:
        ties.sort_audiences(actors)
        crowds.believe(audiences, facts, actors, believed, span, numbers)
        coincidence.thin_uncoupled(audiences, facts, actors, believed, rhythm, beside)
        even_days.thin_even(audiences, facts, actors, believed, rhythm, even)

    asked = np.flatnonzero(strangers)
    run_all(believe, np.array_split(asked, max(1, asked.size // 2_000)))
    lower_unproven(ties, believed, usual * rule.proven_from, rule.proven_power)
    return believed


def _first_sorts(ties: TieTable, sorted_ties: Sorted) -> tuple[SortArray, SmallFloatArray]:
    """What each tie is as far as it is known, and the share that is believed of it before crowds are seen."""
    from renown.kernels.crowds import sort_known

    marks = (sorted_ties.barred, sorted_ties.is_known, sorted_ties.no_newcomers)
    sort, believed = np.empty(ties.source.size, np.int8), np.empty(ties.source.size, np.float32)

    def enter(bounds: tuple[int, int]) -> None:
        sort_known(marks, sort, believed, *bounds)

    run_all(enter, ties.portions())
    return sort, believed


def lower_unproven(ties: TieTable, believed: SmallFloatArray, needed: float, power: float) -> None:
    """Believe everybody less, known or not, whose audience is too small to tell it from a bought one.

    Were only its strangers doubted, small actors would stand in the order in which one of their few happens
    to be known, and that foretells less than how many came (docs/decisions/0011).

    Formula:  people = sum of the believed shares of an audience;
              each share is multiplied by min(1, people / needed)^power.
    """
    doubted = np.flatnonzero(believed < 1.0)
    lost = np.bincount(ties.target[doubted], 1.0 - believed[doubted], ties.actors_count)
    people = np.maximum(0.0, ties.audience_count - lost)
    if not ((people > 0.0) & (people < needed)).any():
        return
    factor = (np.minimum(1.0, people / needed) ** power).astype(np.float32)
    believed *= factor[ties.target]


def usual_share(ties: TieTable, strangers: IntArray, rule: TrustRule) -> float:
    """How usual strangers are in the network: 1 where there are `usual_strangers` for each other person.

    Of each audience `usual_most` people of either sort count, so that it takes as many floods as there are
    audiences to make strangers usual where they are not.

    Args:     strangers: how many ties of strangers each actor received.
    """
    most = rule.usual_most
    others = ties.audience_count - strangers
    ratio = np.minimum(strangers, most).sum() / max(1, np.minimum(others, most).sum())
    return float(min(1.0, ratio / rule.usual_strangers))


def worth_of_doubted(
    ties: TieTable, believed: SmallFloatArray, places: IntArray, points_share: float
) -> FloatArray:
    """By what each actor's doubted attention is multiplied, so that it adds that share of its points.

    Args:     places: of the ties believed in part or not at all.
    Formula:  B = 1 + believed attention, D = doubted attention: (B * (1 + D / B)^points_share - B) / D.
              The score is then points_share of what it would be undefended, and the rest of what is believed.
    """
    from renown.kernels.audience import sum_towards

    lost = ties.attention[places] * (1.0 - believed[places].astype(np.float64))
    doubted = np.bincount(ties.target[places], lost, ties.actors_count)
    wanted = np.zeros(ties.actors_count, np.bool_)
    wanted[ties.target[places]] = True
    base = 1.0 + np.maximum(0.0, sum_towards(ties.target, ties.attention, wanted) - doubted)
    with np.errstate(invalid="ignore", divide="ignore"):
        worth = base * np.expm1(points_share * np.log1p(doubted / base)) / doubted
    return np.where(doubted > 1e-9, worth, 1.0)


def independence_of(
    ties: TieTable, believed: SmallFloatArray, worth: FloatArray, places: IntArray
) -> FloatArray:
    """independence(u,v) of some ties: the believed share, and of the rest what doubted attention is worth."""
    share = believed[places].astype(np.float64)
    return np.asarray(share + (1.0 - share) * worth[ties.target[places]])
