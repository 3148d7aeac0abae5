"""How far each tie is believed, and what the doubted ones are worth together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renown.store.parallel import in_order
from renown.trust.known import popular_actors
from renown.trust.rule import TrustRule
from renown.trust.ties import TieTable

FloatArray = NDArray[np.float64]
SmallFloatArray = NDArray[np.float32]
MaskArray = NDArray[np.bool_]


def believed_shares(
    ties: TieTable, is_known: MaskArray, barred: MaskArray, rule: TrustRule
) -> SmallFloatArray:
    """Share of each tie that is believed (see `renown.kernels.crowds.believe`)."""
    from renown.kernels import crowds

    facts = crowds.Ties(ties.first_minute, ties.attention, _sorts(ties, is_known, barred, rule))
    audiences, numbers = ties.audiences, rule.crowd_rule()
    stretches = ties.stretches(audiences)

    def believe(bounds: tuple[int, int]) -> SmallFloatArray:
        return crowds.believe(audiences, facts, *bounds, ties.span, numbers)

    shares = np.ones(ties.source.size, np.float32)
    for (low, high), part in zip(stretches, in_order(believe, stretches), strict=True):
        shares[audiences.place[audiences.start[low] : audiences.start[high]]] = part
    return shares


def _sorts(ties: TieTable, is_known: MaskArray, barred: MaskArray, rule: TrustRule) -> NDArray[np.int8]:
    """What each tie is, as the kernel counts them."""
    from renown.kernels.audience import acted_once
    from renown.kernels.crowds import BARRED, COMMON, KNOWN, SEVERAL, SINGLE

    popular = popular_actors(ties, rule.popular_share)
    ordinary = np.bincount(ties.source[~popular[ties.target]], minlength=ties.actors_count)
    others = ordinary[ties.source] - ~popular[ties.target]
    sorts = np.where(others > 0, SEVERAL, COMMON).astype(np.int8)
    sorts[acted_once(ties.out_start, ties.first_minute, ties.last_minute)[ties.source]] = SINGLE
    sorts[is_known] = KNOWN
    sorts[barred] = BARRED
    return sorts


def worth_of_doubted(ties: TieTable, believed: SmallFloatArray, points_share: float) -> FloatArray:
    """By what each actor's doubted attention is multiplied, so that it adds that share of its points.

    Formula:  B = 1 + believed attention, D = doubted attention: (B * (1 + D / B)^points_share - B) / D.
              The score is then points_share of what it would be undefended, and the rest of what is believed.
    """
    sure = np.bincount(ties.target, ties.attention * believed, ties.actors_count)
    doubted = np.bincount(ties.target, ties.attention * (1.0 - believed), ties.actors_count)
    base = 1.0 + sure
    with np.errstate(invalid="ignore", divide="ignore"):
        worth = base * np.expm1(points_share * np.log1p(doubted / base)) / doubted
    return np.where(doubted > 1e-9, worth, 1.0)


def independence_of(ties: TieTable, believed: SmallFloatArray, worth: FloatArray) -> FloatArray:
    """independence(u,v): the believed share, and of the rest what doubted attention is worth there."""
    share = believed.astype(np.float64)
    return np.asarray(share + (1.0 - share) * worth[ties.target])
