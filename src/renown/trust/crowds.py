"""How far each tie is believed, and what the doubted ones are worth together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renown.store.parallel import in_order, run_all
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


@dataclass(frozen=True, eq=False)
class Doubted:
    """Ties that are not believed wholly."""

    places: IntArray
    """sorted"""
    believed: SmallFloatArray
    """share of each that is"""


def doubted_ties(ties: TieTable, sorted_ties: Sorted, rule: TrustRule) -> Doubted:
    """Which ties are not believed wholly, and how far (see `renown.kernels.crowds.believe`).

    Looked at are audiences with a stranger or a barred tie, and those too small where strangers are usual.
    """
    from renown.kernels import crowds

    marks = (sorted_ties.barred, sorted_ties.is_known, sorted_ties.no_newcomers)
    found = in_order(lambda part: crowds.strange_ties(marks, *part), ties.portions())
    strange = np.concatenate(list(found))
    strangers = np.bincount(ties.target[strange], minlength=ties.actors_count)
    usual = usual_share(ties, strangers, rule)
    asked = strangers > 0
    asked[ties.target[np.flatnonzero(sorted_ties.barred)]] = True
    asked |= (ties.audience_count > 0) & (ties.audience_count < usual * rule.proven_from)
    look = _Look(ties, marks, _strange_sorts(ties, strange, rule), usual, rule)
    actors = np.flatnonzero(asked)
    parts = list(in_order(look.believe, np.array_split(actors, max(1, actors.size // 2_000))))
    places = np.concatenate([part.places for part in parts])
    order = np.argsort(places)
    return Doubted(places[order], np.concatenate([part.believed for part in parts])[order])


def _strange_sorts(ties: TieTable, strange: IntArray, rule: TrustRule) -> SortArray:
    """What the strange ties are; the others stand as BARRED, and nobody looks at them."""
    from renown.kernels import crowds

    sort = np.zeros(ties.source.size, np.int8)
    sort[strange] = crowds.SINGLE
    sources = np.flatnonzero(np.bincount(ties.source[strange], minlength=ties.actors_count))
    crowds.sort_out(ties.by_source, sources, popular_actors(ties, rule.popular_share), sort)
    return sort


class _Look:
    """How far the audiences of some actors are believed."""

    def __init__(
        self,
        ties: TieTable,
        marks: tuple[MaskArray, MaskArray, MaskArray],
        strange: SortArray,
        usual: float,
        rule: TrustRule,
    ) -> None:
        from renown.kernels.coincidence import network_rhythm

        self._ties, self._marks, self._strange = ties, marks, strange
        self._rhythm = network_rhythm(ties.first_minute, ties.span), ties.span[0]
        self._crowd, self._beside, self._even = rule.crowd_rule(usual), rule.beside_rule(), rule.even_rule()
        self._needed, self._power = usual * rule.proven_from, rule.proven_power

    def believe(self, actors: IntArray) -> Doubted:
        """Which ties of their audiences are not believed wholly, and how far."""
        from renown.kernels import audience, coincidence, crowds, even_days

        ties = self._ties
        begins, places = audience.in_time(ties.audiences, ties.first_minute, actors)
        audiences = audience.InTime(begins, np.arange(places.size, dtype=np.int32))
        sort = crowds.sorts_at(places, self._marks, self._strange)
        facts = crowds.Ties(ties.first_minute[places], ties.attention[places], sort)
        believed = (sort != crowds.BARRED).astype(np.float32)
        everybody = np.arange(actors.size)
        crowds.believe(audiences, facts, everybody, believed, ties.span, self._crowd)
        coincidence.thin_uncoupled(audiences, facts, everybody, believed, self._rhythm, self._beside)
        even_days.thin_even(audiences, facts, everybody, believed, self._rhythm, self._even)
        lower_unproven(begins, believed, self._needed, self._power)
        less = np.flatnonzero(believed < 1.0)
        return Doubted(places[less].astype(np.int64), believed[less])


def lower_unproven(begins: IntArray, believed: SmallFloatArray, needed: float, power: float) -> None:
    """Believe everybody less, known or not, whose audience is too small to tell it from a bought one.

    Were only its strangers doubted, small actors would stand in the order in which one of their few happens
    to be known, and that foretells less than how many came (docs/decisions/0011).

    Args:     begins: where each audience begins among the believed shares, which are changed.
    Formula:  people = sum of the believed shares of an audience;
              each share is multiplied by min(1, people / needed)^power.
    """
    counts = np.diff(begins)
    people = np.bincount(np.repeat(np.arange(counts.size), counts), believed, counts.size)
    factor = np.ones(counts.size, np.float32)
    small = people < needed
    factor[small] = (people[small] / needed) ** power
    believed *= np.repeat(factor, counts)


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


def worth_of_doubted(ties: TieTable, doubted: Doubted, points_share: float) -> FloatArray:
    """By what each actor's doubted attention is multiplied, so that it adds that share of its points.

    Formula:  B = 1 + believed attention, D = doubted attention: (B * (1 + D / B)^points_share - B) / D.
              The score is then points_share of what it would be undefended, and the rest of what is believed.
    """
    from renown.kernels.audience import sum_audiences

    places = doubted.places
    lost = ties.attention[places] * (1.0 - doubted.believed.astype(np.float64))
    total = np.bincount(ties.target[places], lost, ties.actors_count)
    base, actors = np.ones(ties.actors_count), np.flatnonzero(total)

    def add(some: IntArray) -> None:
        given = sum_audiences(ties.audiences, ties.attention, some)
        base[some] += np.maximum(0.0, given - total[some])

    run_all(add, np.array_split(actors, max(1, actors.size // 100_000)))
    with np.errstate(invalid="ignore", divide="ignore"):
        worth = base * np.expm1(points_share * np.log1p(total / base)) / total
    return np.where(total > 1e-9, worth, 1.0)


def independence_of(ties: TieTable, doubted: Doubted, worth: FloatArray) -> FloatArray:
    """independence(u,v) of the ties: the believed share, and of the rest what doubted attention is worth."""
    share = doubted.believed.astype(np.float64)
    return np.asarray(share + (1.0 - share) * worth[ties.target[doubted.places]])
