"""Trust of every person and independence of every tie, from ties alone: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from renown.trust.company import Group, barred_ties, densest_strangers, find_groups
from renown.trust.crowds import Doubted, Sorted, doubted_ties, independence_of, worth_of_doubted
from renown.trust.doubts import looked_up
from renown.trust.known import known_ties
from renown.trust.rule import TrustRule
from renown.trust.ties import TieTable

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
SmallFloatArray = NDArray[np.float32]
MaskArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Weighed:
    """What is believed of each tie, and why."""

    is_known: MaskArray
    barred: MaskArray
    doubted: IntArray
    """places of the ties that do not count wholly, sorted"""
    believed: SmallFloatArray
    """share of each of these that is believed"""
    independence: FloatArray
    """of these"""
    groups: list[Group]

    def independence_at(self, places: IntArray) -> FloatArray:
        """independence(u,v) of some ties."""
        return looked_up(places, self.doubted, self.independence, 1.0)

    def believed_at(self, places: IntArray) -> SmallFloatArray:
        """Share of some ties that is believed."""
        return looked_up(places, self.doubted, self.believed, 1.0)

    @cached_property
    def known_share(self) -> float:
        """Of all ties the share whose source is known."""
        return float(self.is_known.mean())


@dataclass(frozen=True, eq=False)
class Exempt:
    """Whom the operator believes whatever the evidence: granted appeals, and seeds."""

    accounts: IntArray
    """what they give counts"""
    audiences: IntArray
    """what they receive counts"""
    seeds: IntArray
    """known wherever they act; not exempt from groups"""


NOBODY_EXEMPT = Exempt(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))


def weigh_ties(ties: TieTable, rule: TrustRule, exempt: Exempt = NOBODY_EXEMPT) -> Weighed:
    """Believe or doubt every tie.

    A tie of a coordinated group is doubted; of the others those of known people are believed, and strangers
    as far as known people vouch for them. All doubted ties of an actor together add `doubted_points_share` of
    the points that they would add.

    Notes:    deterministic. Cost: passes over the ties; see the kernels.
    """
    groups = find_groups(ties, rule)
    barred = barred_ties(ties, rule, groups)
    spared = _spared(ties, exempt)
    barred[spared] = False
    is_known, no_newcomers = known_ties(ties, barred, rule)
    if exempt.seeds.size:
        is_known |= _among(ties, exempt.seeds)[ties.source]
    found = doubted_ties(ties, Sorted(is_known, no_newcomers, barred), rule)
    doubted = _without(found, spared)
    worth = worth_of_doubted(ties, doubted, rule.doubted_points_share)
    independence = independence_of(ties, doubted, worth)
    groups += densest_strangers(ties, doubted.places[~barred[doubted.places]], rule)
    return Weighed(is_known, barred, doubted.places, doubted.believed, independence, groups)


def _without(doubted: Doubted, spared: IntArray) -> Doubted:
    """The same, but for ties that count whatever the evidence."""
    if spared.size == 0:
        return doubted
    kept = ~np.isin(doubted.places, spared)
    return Doubted(doubted.places[kept], doubted.believed[kept])


def _spared(ties: TieTable, exempt: Exempt) -> IntArray:
    """Ties that count whatever the evidence."""
    if not (exempt.accounts.size or exempt.audiences.size):
        return np.empty(0, np.int64)
    return np.flatnonzero(
        _among(ties, exempt.accounts)[ties.source] | _among(ties, exempt.audiences)[ties.target]
    )


def _among(ties: TieTable, actors: IntArray) -> MaskArray:
    chosen = np.zeros(ties.actors_count, np.bool_)
    chosen[actors] = True
    return chosen
