"""How far each tie is believed, and what the doubted ones are worth together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renown.store.parallel import in_order
from renown.trust.known import popular_actors
from renown.trust.rule import TrustRule
from renown.trust.ties import TieTable

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
SmallFloatArray = NDArray[np.float32]
MaskArray = NDArray[np.bool_]


def believed_shares(
    ties: TieTable, is_known: MaskArray, barred: MaskArray, rule: TrustRule
) -> SmallFloatArray:
    """Share of each tie that is believed (see `renown.kernels.crowds.believe`)."""
    from renown.kernels import crowds
    from renown.kernels.audience import acted_once

    once = acted_once(ties.out_start, ties.first_minute, ties.last_minute)
    popular = popular_actors(ties, rule.popular_share)
    sort = np.where(barred, crowds.BARRED, crowds.KNOWN).astype(np.int8)
    crowds.sort_out(ties.out_start, ties.target, once, popular, is_known, sort)
    believed = np.where(barred, np.float32(0.0), np.float32(1.0))
    audiences, span, numbers = ties.audiences, ties.span, rule.crowd_rule()
    facts = crowds.Ties(ties.first_minute, ties.attention, sort)

    def believe(actors: IntArray) -> None:
        ties.sort_audiences(actors)
        crowds.believe(audiences, facts, actors, believed, span, numbers)

    asked = np.flatnonzero(np.bincount(ties.target[sort >= crowds.SINGLE], minlength=ties.actors_count))
    for _ in in_order(believe, np.array_split(asked, max(1, asked.size // 2_000))):
        pass
    return believed


def worth_of_doubted(ties: TieTable, believed: SmallFloatArray, points_share: float) -> FloatArray:
    """By what each actor's doubted attention is multiplied, so that it adds that share of its points.

    Formula:  B = 1 + believed attention, D = doubted attention: (B * (1 + D / B)^points_share - B) / D.
              The score is then points_share of what it would be undefended, and the rest of what is believed.
    """
    from renown.kernels.audience import sum_towards

    places = np.flatnonzero(believed < 1.0)
    lost = ties.attention[places] * (1.0 - believed[places].astype(np.float64))
    doubted = np.bincount(ties.target[places], lost, ties.actors_count)
    base = 1.0 + np.maximum(0.0, sum_towards(ties.target, ties.attention, ties.actors_count) - doubted)
    with np.errstate(invalid="ignore", divide="ignore"):
        worth = base * np.expm1(points_share * np.log1p(doubted / base)) / doubted
    return np.where(doubted > 1e-9, worth, 1.0)


def independence_of(
    ties: TieTable, believed: SmallFloatArray, worth: FloatArray, places: IntArray
) -> FloatArray:
    """independence(u,v) of some ties: the believed share, and of the rest what doubted attention is worth."""
    share = believed[places].astype(np.float64)
    return np.asarray(share + (1.0 - share) * worth[ties.target[places]])
