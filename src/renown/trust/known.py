"""Which ties are of people one can know something of: strangers react to them, or they move among kindred."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from renown.store.parallel import in_order, run_all
from renown.trust.rule import TrustRule
from renown.trust.ties import TieTable

IntArray = NDArray[np.int64]
MaskArray = NDArray[np.bool_]

_ASKED_ALL: Final = 2_000_000
"""Ties up to which everybody's kindred are looked for; beyond, those of actors with strangers only."""


def known_ties(ties: TieTable, barred: MaskArray, rule: TrustRule) -> tuple[MaskArray, MaskArray]:
    """For each tie (u, v) whether u is known, seen from v; and whether u is at least no newcomer.

    Known is who is *heard elsewhere* (somebody outside of v's audience has reacted to u), who is *among
    kindred* (u acts on another actor, not a popular one, whose audience overlaps with v's by more than
    chance), and who is *settled* (among kindred in other ties). The first needs strangers to react and is not
    for sale; the others are dear, and no more people are known for them than `kindred_multiple` for each one
    heard elsewhere, and no fewer than luck gives wanderers: else none of them is.

    No newcomer is who acts on several ordinary actors, again only in proportion to those heard elsewhere:
    believed, but no voucher for others.

    Cost:     two passes over the ties; pairs of targets up to `pair_budget`.
    """
    from renown.kernels.shared_audience import more_than_chance

    heard = _without(heard_elsewhere(ties, rule), barred)
    kindred = _without(among_kindred(ties, heard, rule), barred)
    strange = np.flatnonzero(~heard)
    anchors = ties.audience_count - np.bincount(ties.target[strange], minlength=ties.actors_count)
    settled, lasting = _settled_and_lasting(ties, strange, kindred, rule)
    has_several = (np.diff(ties.out_start) > 1)[ties.source[strange]]
    several = np.bincount(ties.target[strange[has_several]], minlength=ties.actors_count)
    no_newcomers = np.zeros(ties.source.size, np.bool_)
    for newly, multiple, marked in (
        (strange[kindred[strange] | settled], rule.kindred_multiple, heard),
        (strange[lasting & ~settled & ~kindred[strange]], rule.lasting_multiple, no_newcomers),
    ):
        count = np.bincount(ties.target[newly], minlength=ties.actors_count)
        is_borne = count <= multiple * (anchors + rule.kindred_extra)
        if marked is heard:
            is_borne &= more_than_chance(count, several, 2.0 * rule.wanderer_chance, rule.luck_chance)
        marked[newly[is_borne[ties.target[newly]]]] = True
    return heard, no_newcomers


def _without(marked: MaskArray, barred: MaskArray) -> MaskArray:
    """The same array, without the barred ties: `marked & ~barred` in its place."""
    np.greater(marked, barred, out=marked)
    return marked


def _settled_and_lasting(
    ties: TieTable, strange: IntArray, kindred: MaskArray, rule: TrustRule
) -> tuple[MaskArray, MaskArray]:
    """Whether the sources of some ties are among kindred elsewhere; whether they have long acted on many."""
    from renown.kernels.audience import lasting_sources
    from renown.kernels.shared_audience import more_than_chance

    popular = popular_actors(ties, rule.popular_share)
    settling = np.flatnonzero(kindred)
    settling = settling[~popular[ties.target[settling]]]
    places = np.bincount(ties.source[settling], minlength=ties.actors_count).astype(np.int32)
    source = ties.source[strange]
    asked = np.flatnonzero(np.bincount(source, minlength=ties.actors_count))
    minutes = int(rule.lasting_days * 1440)
    lasting = lasting_sources(ties.by_source, asked, popular, rule.lasting_targets, minutes)
    others = np.diff(ties.out_start)[source] - 1
    hits = places[source].astype(np.int64) - (kindred[strange] & ~popular[ties.target[strange]])
    settled = more_than_chance(hits, others, rule.wanderer_chance, rule.settled_chance)
    return settled, lasting[source]


def heard_elsewhere(ties: TieTable, rule: TrustRule) -> MaskArray:
    """Ties whose source somebody outside of the target's audience has reacted to."""
    from renown.kernels import audience

    audiences, heard = (ties.audiences, ties.listeners), np.ones(ties.source.size, np.bool_)
    sample = audience.sample_audiences(ties.listeners)

    def mark(bounds: tuple[int, int]) -> None:
        audience.heard_elsewhere(audiences, ties.person_of, sample, heard, bounds, rule.listener_tries)

    run_all(mark, ties.stretches())
    return heard


def among_kindred(ties: TieTable, heard: MaskArray, rule: TrustRule) -> MaskArray:
    """Ties whose source also acts on an actor with an audience like the target's.

    Which audiences are alike is for people to say who are heard elsewhere: strangers cannot make it so.
    """
    from renown.kernels import shared_audience as shared

    popular = popular_actors(ties, rule.popular_share)
    asked = _asked(ties, heard)
    most, pairs = _within_budget(ties, asked, popular, rule)
    if pairs == 0:
        return np.zeros(ties.source.size, np.bool_)
    pair, tie_of = shared.list_pairs(ties.out_start, ties.target, asked, popular, (most, pairs))
    active, together = _active_and_together(ties, heard, most)
    is_heard = heard[tie_of]
    found = shared.unlikely_pairs(
        np.sort(pair[is_heard]), active, ties.audience_count, together, (rule.shared_lift, rule.shared_chance)
    )
    return shared.mark_ties(
        (pair, tie_of), found, ties.audience_count, ties.source.size, rule.wanderer_chance
    )


def _asked(ties: TieTable, heard: MaskArray) -> MaskArray:
    """Actors whose kindred are looked for: all, and of many those that matter to a stranger.

    What settles a source stands beside its other ties: the actors of those are asked for too.
    """
    from renown.kernels.shared_audience import ask_beside_strangers

    if ties.source.size <= _ASKED_ALL:
        return np.ones(ties.actors_count, np.bool_)
    asked = np.zeros(ties.actors_count, np.bool_)

    def ask(bounds: tuple[int, int]) -> None:
        ask_beside_strangers(ties.out_start, ties.target, heard, asked, bounds)

    run_all(ask, ties.source_stretches())
    return asked


def _active_and_together(ties: TieTable, heard: MaskArray, most: int) -> tuple[IntArray, float]:
    """Audience of each actor among the sources that were paired; so many of two such audiences, one of each
    actor, are expected to be one person, for each pair of their people."""
    from renown.kernels.shared_audience import count_paired

    def count(bounds: tuple[int, int]) -> tuple[IntArray, IntArray]:
        return count_paired(ties.out_start, ties.target, heard, most, bounds)

    active, counts = np.zeros(ties.actors_count, np.int64), []
    for of_target, of_source in in_order(count, ties.source_stretches()):
        active += of_target
        counts.append(of_source)
    paired = np.concatenate(counts).astype(np.float64)
    return active, float((paired * (paired - 1)).sum() / max(1.0, paired.sum()) ** 2)


def popular_actors(ties: TieTable, share: float) -> MaskArray:
    """The fewest actors that hold this share of all ties, those apart that are level with the last."""
    counts = ties.audience_count
    if ties.source.size == 0:
        return np.zeros(ties.actors_count, np.bool_)
    held = np.cumsum((np.bincount(counts) * np.arange(counts.max() + 1))[::-1])
    last = counts.max() - int(np.searchsorted(held, share * ties.source.size))
    # of equals all or none, and so none: who is popular does not depend on the order of keys
    return np.asarray(counts > last)


def _within_budget(ties: TieTable, asked: MaskArray, popular: MaskArray, rule: TrustRule) -> tuple[int, int]:
    """The most targets that a paired source may have, so that the pairs stay within the budget."""
    from renown.kernels.shared_audience import count_pairs

    def count(bounds: tuple[int, int]) -> IntArray:
        return count_pairs(ties.out_start, ties.target, (asked, popular), rule.paired_most, bounds)

    pairs = np.cumsum(sum(in_order(count, ties.source_stretches())))
    most = rule.paired_most
    while pairs[most] > rule.pair_budget and most > 2:
        most = max(2, int(most * 0.75))
    return most, int(pairs[most]) if pairs[most] <= rule.pair_budget else 0
