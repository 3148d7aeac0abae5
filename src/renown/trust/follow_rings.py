"""Follow-back rings: people who follow each other far more than their network follows back; shown only."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from renown.store import TableStore
from renown.store.run_inputs import microseconds_of, newest_moment
from renown.trust.company import Group, circles, mutual_ties, those_that_stand
from renown.trust.known import popular_actors
from renown.trust.rule import TrustRule
from renown.trust.ties import TieTable

IntArray = NDArray[np.int64]
KeyArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]

FOLLOW_RING: Final = "follow ring"
RING_SHARE: Final = 0.15
"""share of all pairs of a sparse ring that follow each other, at least; no part of
`TrustRule`, since it discounts nobody"""
_COLUMNS: Final = ("source_actor_key", "target_actor_key", "first_seen_at")


@dataclass(frozen=True, eq=False)
class FollowRing(Group):
    """A group by who follows whom; its `ties` are the attention that its members give each other."""

    source: KeyArray
    """who follows, of each follow among the members"""
    target: KeyArray
    minute: KeyArray
    """when it was first seen, in minutes since the epoch of the ties"""


def has_follows(store: TableStore) -> bool:
    """Whether anybody follows anybody; it looks at the log of the table only."""
    return any(file.rows_count for file in store.delta.files("follows")[1])


def read_follows(store: TableStore, ties: TieTable, until_microseconds: int | None) -> TieTable | None:
    """Who follows whom, by persons, as ties that all weigh the same; None where nobody follows anybody.

    Args:     until_microseconds: only what was first seen before it.
    Cost:     one pass and one sort; nothing but a look at the log where the table is empty. About 60 bytes a
              follow at the peak, 16 kept.
    """
    from renown.kernels.audience import nothing_later

    if not has_follows(store):
        return None
    rows = store.read("follows", list(_COLUMNS))
    source, target = (_persons(ties, rows[name].to_numpy()) for name in _COLUMNS[:2])
    seen = rows["first_seen_at"].cast("int64").to_numpy()
    del rows
    is_counted = source != target
    if until_microseconds is not None:
        is_counted &= seen < until_microseconds
    key = (source * ties.actors_count + target)[is_counted]
    order = np.argsort(key, kind="stable")
    key, minute = key[order], (seen[is_counted][order] - ties.epoch_microseconds) // 60_000_000
    begin = np.flatnonzero(np.diff(key, prepend=-1))
    if begin.size == 0:
        return None
    pair, first = key[begin], np.minimum.reduceat(minute, begin).astype(np.int32)
    source, target = (one.astype(np.int32) for one in np.divmod(pair, ties.actors_count))
    nobody, ones = np.empty(0, np.int32), np.ones(pair.size, np.float32)
    columns = (source, target, first, ones)
    return TieTable(ties.actors_count, ties.epoch_microseconds, nobody, *columns, nothing_later())


def _persons(ties: TieTable, keys: IntArray) -> IntArray:
    return ties.person_of[keys].astype(np.int64) if ties.person_of.size else keys.astype(np.int64)


def rings_of(store: TableStore, ties: TieTable, rule: TrustRule, as_of_microseconds: int) -> list[FollowRing]:
    """The follow-back rings of a store as of a moment; of the newest moment whatever is known now counts.

    Which is so because a list of followers says when it was read, not when anybody began to follow.
    """
    is_newest = as_of_microseconds >= microseconds_of(newest_moment(store))
    follows = read_follows(store, ties, None if is_newest else as_of_microseconds)
    return [] if follows is None else find_follow_rings(follows, ties, rule)


def find_follow_rings(table: TieTable, ties: TieTable, rule: TrustRule) -> list[FollowRing]:
    """Follow-back rings that Benjamini and Hochberg let stand.

    Formula:  chance = the larger of two, each the largest over the members: Poisson probability of as many
              follows into the ring, were targets drawn by popularity; binomial probability that as many of
              the people tied to it there are tied both ways, at the rate of the whole network.
    Args:     table: who follows whom. ties: who gives attention to whom, to say what members give each other.
    Source:   docs/concepts/trust.md.
    """
    mutual = mutual_ties(table)
    follows = Follows(table, mutual, follow_back_rate(table, mutual, rule))
    taken = np.zeros(table.actors_count, np.bool_)
    found: list[FollowRing] = []
    # the dense first: among sparse ones they would be lost in their surroundings
    for share in (rule.circle_share, RING_SHARE):
        for circle in circles(table, mutual, msgspec.structs.replace(rule, circle_share=share)):
            rings = [] if taken[circle.members].any() else list(_ring(follows, ties, circle, rule))
            for ring in rings:
                taken[ring.members] = True
            found += rings
    return those_that_stand(found, rule)


def follow_back_rate(follows: TieTable, mutual: MaskArray, rule: TrustRule) -> float:
    """Of all pairs in which somebody follows, popular actors apart, the share that follows both ways.

    Whoever has half the network for an audience follows hardly anybody back, and says nothing of the rest.
    Formula:  (pairs both ways + 1) / (pairs + 1): a handful of pairs shows no low rate.
    """
    counts = follows.audience_count
    popular = popular_actors(follows, rule.popular_share)
    level = counts >= counts[~popular].max(initial=0)
    if 2 * level.sum() < (counts > 0).sum():
        popular = level  # those level with the last too, so that one hub that holds that share is popular
    counted = ~popular[follows.target] & ~popular[follows.source]
    both = int(mutual[counted].sum()) / 2
    return (both + 1) / (int(counted.sum()) - both + 1)


@dataclass(frozen=True, eq=False)
class Follows:
    """Who follows whom, which of it goes both ways, and how much of it does usually."""

    ties: TieTable
    mutual: MaskArray
    base: float


def _ring(follows: Follows, ties: TieTable, circle: Group, rule: TrustRule) -> Iterator[FollowRing]:
    """The circle, without the members whom so many would follow back anyway."""
    members, table = circle.members, follows.ties
    while members.size >= rule.circle_least:
        places = table.among(members)
        chances = _follow_back_chances(follows, members, places)
        is_surprise = chances <= rule.chance_of_finding / members.size
        if is_surprise.all():
            share = float(follows.mutual[places].sum()) / (members.size * (members.size - 1))
            chance = max(circle.chance, float(chances.max()))
            columns = (table.source[places], table.target[places], table.first_minute[places])
            yield FollowRing(FOLLOW_RING, members, ties.among(members), share, chance, *columns)
            return
        members = members[is_surprise]


def _follow_back_chances(follows: Follows, members: IntArray, places: IntArray) -> NDArray[np.float64]:
    """Probability of each member's mutual ties in the ring, were its pairs mutual as often as all pairs."""
    one = np.searchsorted(members, follows.ties.source[places])
    other = np.searchsorted(members, follows.ties.target[places])
    is_both = follows.mutual[places]
    both = np.bincount(one[is_both], minlength=members.size)
    single = np.bincount(one[~is_both], minlength=members.size)
    single += np.bincount(other[~is_both], minlength=members.size)
    pairs = zip(both.tolist(), (both + single).tolist(), strict=True)
    return np.array([_binomial_tail(k, n, follows.base) for k, n in pairs])


def _binomial_tail(least: int, tries: int, rate: float) -> float:
    """Probability of `least` hits or more."""
    if least <= 0 or rate >= 1.0:
        return 1.0
    if rate <= 0.0:
        return 0.0
    total, log = 0.0, math.lgamma(tries + 1)
    for hits in range(least, tries + 1):
        ways = log - math.lgamma(hits + 1) - math.lgamma(tries - hits + 1)
        term = math.exp(ways + hits * math.log(rate) + (tries - hits) * math.log1p(-rate))
        total += term
        if term < 1e-17 * total:
            break
    return min(1.0, total)
