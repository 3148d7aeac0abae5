"""Trust of every person and independence of every tie, from ties alone: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renown.trust.company import Group, barred_ties, find_groups
from renown.trust.crowds import believed_shares, independence_of, worth_of_doubted
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
    believed: SmallFloatArray
    independence: FloatArray
    groups: list[Group]


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
    spared = np.isin(ties.source, exempt.accounts) | np.isin(ties.target, exempt.audiences)
    barred &= ~spared
    is_known = known_ties(ties, barred, rule) | np.isin(ties.source, exempt.seeds)
    believed = believed_shares(ties, is_known, barred, rule)
    believed[spared] = 1.0
    worth = worth_of_doubted(ties, believed, rule.doubted_points_share)
    return Weighed(is_known, barred, believed, independence_of(ties, believed, worth), groups)
