"""Findings: groups and crowds with their members, statistic, chance and examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from renown.trust.follow_rings import FollowRing
from renown.trust.ties import TieTable
from renown.trust.weighing import Weighed

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

CROWD: Final = "unvouched crowd"
_LEAST_CROWD: Final = 20.0
_MOST_CROWDS: Final = 1_000
_MOST_EXAMPLES: Final = 12


@dataclass(frozen=True, eq=False)
class Finding:
    """Something that points to coordination."""

    kind: str
    members: IntArray
    targets: IntArray
    ties: IntArray
    statistic: float
    chance: float
    attention: float
    effective_people: float
    follows: FollowRing | None = None
    """what the finding rests on instead of ties: then none is doubted for it, and `ties` is empty"""

    def span(self, ties: TieTable) -> tuple[int, int]:
        """The first and the last minute of what it rests on."""
        if self.follows is not None:
            return int(self.follows.minute.min()), int(self.follows.minute.max())
        return int(ties.first_minute[self.ties].min()), int(ties.last_minutes(self.ties).max())

    def examples(self, ties: TieTable) -> tuple[IntArray, IntArray, IntArray]:
        """Source, target and minute of some of what it rests on, the earliest first."""
        ring = self.follows
        if ring is None:
            columns, places = (ties.source, ties.target, ties.first_minute), self.ties
        else:
            columns, places = (ring.source, ring.target, ring.minute), np.arange(ring.source.size)
        places = places[np.lexsort((places, columns[2][places]))[:_MOST_EXAMPLES]]
        source, target, minute = (column[places].astype(np.int64) for column in columns)
        return source, target, minute


def build_findings(ties: TieTable, weighed: Weighed, rings: Sequence[FollowRing] = ()) -> list[Finding]:
    """Groups, crowds nobody vouches for, and follow-back rings, the least likely first."""
    found = [
        _finding(ties, weighed, group.kind, group.ties, group.members, group.statistic, group.chance)
        for group in weighed.groups
    ]
    found += _crowds(ties, weighed)
    found += [_follow_ring(ties, weighed, ring) for ring in rings]
    return sorted(found, key=lambda finding: (finding.chance, -finding.attention, finding.kind))


def _finding(
    ties: TieTable,
    weighed: Weighed,
    kind: str,
    places: IntArray,
    members: IntArray,
    *measured: float,
) -> Finding:
    statistic, chance = measured
    attention = ties.attention[places].astype(np.float64)
    return Finding(
        kind,
        members,
        np.unique(ties.target[places]).astype(np.int64),
        places,
        statistic,
        chance,
        float(attention.sum()),
        float((attention * weighed.independence_at(places)).sum()),
    )


def _follow_ring(ties: TieTable, weighed: Weighed, ring: FollowRing) -> Finding:
    """A ring with the attention that its members give each other, which counts as it would without it."""
    found = _finding(ties, weighed, ring.kind, ring.ties, ring.members, ring.statistic, ring.chance)
    return replace(found, targets=ring.members, ties=np.empty(0, np.int64), follows=ring)


def _crowds(ties: TieTable, weighed: Weighed) -> list[Finding]:
    """Actors of whose attention 20 effective people or more are strangers nobody vouches for."""
    is_strange = ~weighed.barred[weighed.doubted]
    strange = weighed.doubted[is_strange]
    lost = ties.attention[strange] * (1.0 - weighed.believed[is_strange])
    total = np.bincount(ties.target[strange], lost, ties.actors_count)
    chosen = np.argsort(-total, kind="stable")[:_MOST_CROWDS]
    audiences = ties.audiences
    found = []
    for actor in chosen[total[chosen] >= _LEAST_CROWD]:
        members = audiences.ties[audiences.start[actor] : audiences.start[actor + 1], 0].astype(np.int64)
        members = members[np.argsort(ties.first_minute[members], kind="stable")]
        places = members[(weighed.believed_at(members) < 0.5) & ~weighed.barred[members]]
        if places.size:
            statistic, chance = _unlikeness(ties, weighed, members, places)
            sources = np.unique(ties.source[places]).astype(np.int64)
            found.append(_finding(ties, weighed, CROWD, places, sources, statistic, chance))
    return found


def _unlikeness(
    ties: TieTable, weighed: Weighed, audience: IntArray, places: IntArray
) -> tuple[float, float]:
    """Strangers for each known person near them, and how likely so few known people would be by chance.

    Were strangers and known people of this audience mixed as in the whole network, the known ones among these
    would be binomial; the probability of as few is bounded by Chernoff's inequality.
    """
    start, end = ties.first_minute[places].min(), ties.first_minute[places].max()
    minute = ties.first_minute[audience]
    known = int((weighed.is_known[audience] & (minute >= start) & (minute <= end)).sum())
    count = places.size + known
    share = min(0.99, max(0.01, weighed.known_share))
    seen = known / count
    if seen >= share:
        return places.size / max(1, known), 1.0
    divergence = (1 - seen) * np.log((1 - seen) / (1 - share))
    divergence += seen * np.log(seen / share) if known else 0.0
    return places.size / max(1, known), float(np.exp(-count * divergence))
