"""Coordinated groups: reciprocal circles, and accounts in lockstep. Evidence, never a verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from renown.store.parallel import in_order, run_all
from renown.trust.known import popular_actors
from renown.trust.rule import TrustRule
from renown.trust.ties import TieTable

IntArray = NDArray[np.int64]
KeyArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]

_HUB_SOURCES: Final = 20_000
"""sources of one event beyond whom it is a hub's, and says nothing of who they are"""

_MOST_MUTUAL: Final = 5_000_000
"""mutual ties among many beyond which everybody reciprocates, and circles say nothing"""

_BLOCK_TARGETS: Final = 2
"""targets that the accounts of a dense block have, at least"""

GroupKind = Literal["reciprocal circle", "lockstep", "dense block", "follow ring"]


@dataclass(frozen=True, eq=False)
class Group:
    """Accounts that act together more than chance allows."""

    kind: GroupKind
    members: IntArray
    """person keys, sorted"""
    ties: IntArray
    """places of the ties that are theirs together"""
    statistic: float
    """circle: share of its pairs that react to each other; lockstep: targets that members have in common;
    dense block: FRAUDAR's g, edges weighed by 1 / log(degree + 5) for each account and target"""
    chance: float
    """probability of that, or more, were everybody independent of each other"""


AnyGroup = TypeVar("AnyGroup", bound=Group)


def find_groups(ties: TieTable, rule: TrustRule) -> list[Group]:
    """Reciprocal circles and lockstep groups, those that Benjamini and Hochberg let stand."""
    return those_that_stand([*circles(ties, mutual_ties(ties), rule), *_lockstep(ties, rule)], rule)


def those_that_stand(found: list[AnyGroup], rule: TrustRule) -> list[AnyGroup]:
    """The groups that Benjamini and Hochberg let stand, the least likely first."""
    found = sorted(found, key=lambda group: group.chance)
    stand = 0
    for place, group in enumerate(found, 1):
        if group.chance <= rule.chance_of_finding * place / max(1, len(found)):
            stand = place
    return found[:stand]


def barred_ties(ties: TieTable, rule: TrustRule, groups: list[Group] | None = None) -> MaskArray:
    """Ties that belong to a coordinated group."""
    barred = np.zeros(ties.source.size, np.bool_)
    for group in find_groups(ties, rule) if groups is None else groups:
        barred[group.ties] = True
    return barred


def densest_strangers(ties: TieTable, strange: IntArray, rule: TrustRule) -> list[Group]:
    """The densest block of strangers and the targets that they share, where it is no chance.

    Args:     strange: places of the ties of strangers; their sources may hide among popular targets.
    """
    from renown.kernels.dense_block import densest_block

    count = np.bincount(ties.source[strange], minlength=ties.actors_count)
    several = strange[count[ties.source[strange]] >= _BLOCK_TARGETS]
    if not rule.lockstep_least <= several.size <= _MOST_MUTUAL:
        return []
    people, row = np.unique(ties.source[several], return_inverse=True)
    actors, column = np.unique(ties.target[several], return_inverse=True)
    block = densest_block(row, column, people.size, actors.size)
    members = people[block.rows].astype(np.int64)
    inside = several[block.rows[row] & block.columns[column]]
    if members.size < rule.lockstep_least or block.columns.sum() < _BLOCK_TARGETS:
        return []
    chance = float(_chances(ties, members, inside).max())
    found = Group("dense block", members, inside, block.value, chance)
    return [found] if chance <= rule.chance_of_finding else []


def circles(ties: TieTable, mutual: MaskArray, rule: TrustRule) -> Iterator[Group]:
    """Groups of whom so many pairs have ties both ways, and each member more into it than chance brings.

    Args:     mutual: which ties go both ways (`mutual_ties`).
    """
    from renown.kernels.dense_block import dense_circles

    place = np.flatnonzero(mutual)
    one, other = ties.source[place].astype(np.int64), ties.target_person[place].astype(np.int64)
    # both directions are mutual: one says all, and who has several accounts is there as often
    pair = np.unique(one[one < other] * ties.actors_count + other[one < other])
    one, other = pair // ties.actors_count, pair % ties.actors_count
    one, other = _core(
        one, other, max(2, int(rule.circle_share * (rule.circle_least - 1))), ties.actors_count
    )
    if not 0 < one.size <= _MOST_MUTUAL:
        return
    actors, coded = np.unique(np.concatenate([one, other]), return_inverse=True)
    ends = np.stack([coded[: one.size], coded[one.size :]], axis=1)
    for circle in dense_circles(ends, actors.size, share=rule.circle_share, least=rule.circle_least):
        yield from _circle(ties, actors[circle], rule)


def mutual_ties(ties: TieTable) -> MaskArray:
    """Ties of which the other direction is there too."""
    from renown.kernels.audience import mark_mutual

    listeners, target, mutual = ties.listeners, ties.target_person, np.zeros(ties.source.size, np.bool_)

    def mark(bounds: tuple[int, int]) -> None:
        mark_mutual(listeners, mutual, target, ties.out_start, *bounds)

    run_all(mark, ties.stretches())
    return mutual


def _core(one: IntArray, other: IntArray, least: int, actors: int) -> tuple[IntArray, IntArray]:
    """The edges among vertices that keep at least so many of them (the k-core)."""
    while one.size:
        degree = np.bincount(one, minlength=actors) + np.bincount(other, minlength=actors)
        is_kept = (degree[one] >= least) & (degree[other] >= least)
        if is_kept.all():
            break
        one, other = one[is_kept], other[is_kept]
    return one, other


def _circle(ties: TieTable, members: IntArray, rule: TrustRule) -> Iterator[Group]:
    """The circle with its ties, without the members whose place in it may be chance."""
    while members.size >= rule.circle_least:
        places = ties.among(members)
        chances = _chances(ties, members, places)
        is_surprise = chances <= rule.chance_of_finding / members.size
        if is_surprise.all():
            share = min(1.0, places.size / (members.size * (members.size - 1)))
            yield Group("reciprocal circle", members, places, share, float(chances.max()))
            return
        members = members[is_surprise]


def _chances(ties: TieTable, members: IntArray, places: IntArray) -> NDArray[np.float64]:
    """Probability of each member's ties within the group, were its targets drawn by their popularity."""
    from renown.kernels.shared_audience import poisson_tail

    hits = np.bincount(np.searchsorted(members, ties.source[places]), minlength=members.size)
    targets = np.diff(ties.out_start)[members]
    pull = ties.audience_count[np.unique(ties.target[places])].sum() / max(1, ties.source.size)
    expected = np.maximum(targets * pull, 1e-300)
    return np.array([poisson_tail(int(h), float(e)) for h, e in zip(hits, expected, strict=True)])


def _lockstep(ties: TieTable, rule: TrustRule) -> Iterator[Group]:
    from renown.kernels.lockstep import event_triples, join_groups

    near = _shared_events(ties, rule)
    windows = ties.span[1] // rule.lockstep_minutes + 2
    event = ties.target[near].astype(np.int64) * windows + ties.first_minute[near] // rule.lockstep_minutes
    _, number, count = np.unique(event, return_inverse=True, return_counts=True)
    size = count[number].astype(np.int32)
    acts = _acts(ties, near, size)
    keys, owner = event_triples(
        ties.source[near[acts]], number[acts], size[acts], rule.lockstep_most, _HUB_SOURCES
    )
    order = np.argsort(keys, kind="stable")
    joined = join_groups(keys[order], owner[order], rule.lockstep_least, ties.actors_count)
    root_of = joined[ties.source[near]]
    for root in np.unique(joined[joined >= 0]):
        inside = np.flatnonzero(root_of == root)
        shared = np.bincount(number[inside], minlength=count.size)
        places = near[inside[shared[number[inside]] >= rule.lockstep_least]]
        members = np.flatnonzero(joined == root)
        chance = float(_chances(ties, members, places).max())
        yield Group("lockstep", members, places, float(np.unique(ties.target[places]).size), chance)


def _shared_events(ties: TieTable, rule: TrustRule) -> IntArray:
    """Ties in windows in which enough others acted on the same actor to be a group, popular actors apart."""
    from renown.kernels.lockstep import shared_events

    popular, audiences = popular_actors(ties, rule.popular_share), ties.audiences
    windows = ties.span[1] // rule.lockstep_minutes + 1
    numbers = (rule.lockstep_minutes, windows, rule.lockstep_least)

    def find(bounds: tuple[int, int]) -> IntArray:
        return shared_events(audiences, ties.first_minute, popular, numbers, bounds)

    return np.sort(np.concatenate(list(in_order(find, ties.stretches()))))


def _acts(ties: TieTable, places: IntArray, size: KeyArray) -> IntArray:
    """Of ties that one act made the one shared by fewest: a post that names several actors is one act."""
    source, minute = ties.source[places], ties.first_minute[places]
    order = np.lexsort((size, minute, source))
    is_first = np.ones(order.size, np.bool_)
    is_first[1:] = np.diff(source[order]).astype(bool) | np.diff(minute[order]).astype(bool)
    return order[is_first]
