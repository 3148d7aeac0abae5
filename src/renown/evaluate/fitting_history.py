"""What a fit learns from: the interactions with each actor, and whom new people reacted to after each cut."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.evaluate.records import Split
from renown.store import TableStore
from renown.store.kernel_rows import given_and_rule, join_rows, kernel_rule, read_stretch
from renown.store.parallel import in_order
from renown.store.run_inputs import microseconds_of
from renown.types import KINDS, Progress

if TYPE_CHECKING:
    from renown.kernels.attention import Factors, Rows, Rule
    from renown.kernels.slopes import History, Shape

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
CodeArray = NDArray[np.int8]

MOST_ROWS: Final = 3_000_000
"""Of more interactions than this, a fit reads those with some actors, picked by a hash of their key."""

_LEAST_SHARE: Final = 1e-3
"""However stale a past is, nobody counts more than a thousand times."""
_LANES: Final = 2
"""Into so many arrays an actor's sums are added at once; more of them cost more than they gain."""


@dataclass(frozen=True, eq=False)
class Past:
    """Interactions with the actors of a fit, in parts that share no person, and what their futures were."""

    parts: tuple[History, ...]
    actor: IntArray
    """keys, sorted"""
    network: IntArray
    """place of each actor's network among `networks`"""
    networks: tuple[str, ...]
    splits: tuple[Split, ...]
    new_people: tuple[FloatArray, ...]
    """of each split, by actor"""
    is_ranked: tuple[NDArray[np.bool_], ...]
    """of each split: the actor received something before the cut"""
    kind_counts: IntArray
    """interactions before the last cut, by place in KINDS"""
    interactions_count: int
    actors_share: float
    """share of the store's actors that was looked at"""
    fingerprint: str

    def slopes(self, split: int, shape: Shape, prior_people: float, learned: IntArray) -> FloatArray:
        """Earned attention as of a split's cut, freshness and all, and its slopes, by actor.

        Args:     learned: kinds, by place in KINDS, whose weights are learned.
        Returns:  columns: E * freshness; its derivatives by log w for each learned kind, log h, s, log x, by
                  the log of freshness's half-life, and by that of `prior_people`.
        """
        from renown.kernels.slopes import freshened_slopes

        return freshened_slopes(*self.sums(split, shape, learned), self.is_ranked[split], prior_people)

    def usual_share(self, shape: Shape) -> float:
        """Of the attention of the ranked, how much is fresh: mean over the cuts, a thousandth at least."""
        shares = []
        for split, is_ranked in enumerate(self.is_ranked):
            earned, fresh = self.sums(split, shape, np.empty(0, np.int64))
            total = float(earned[is_ranked, 0].sum())
            shares.append(float(fresh[is_ranked, 0].sum()) / total if total > 0 else 1.0)
        return max(_LEAST_SHARE, float(np.mean(shares)))

    def sums(self, split: int, shape: Shape, learned: IntArray) -> tuple[FloatArray, FloatArray]:
        """Earned and fresh attention as of a split's cut, and their slopes, by actor (`add_slopes`).

        Notes:    always in as many lanes, so the sums are the same to the last bit on any number of cores.
        """
        from renown.kernels.slopes import add_slopes

        cut = microseconds_of(self.splits[split].train_until)

        def lane_sums(lane: int) -> tuple[FloatArray, FloatArray]:
            """Of every so manyth part."""
            sums = (
                np.zeros((self.actor.size, learned.size + 4)),
                np.zeros((self.actor.size, learned.size + 5)),
            )
            for part in self.parts[lane::_LANES]:
                add_slopes(part, cut, shape, learned, sums)
            return sums

        (earned, fresh), *others = in_order(lane_sums, range(_LANES))
        for more_earned, more_fresh in others:
            earned += more_earned
            fresh += more_fresh
        return earned, fresh


def read_past(
    store: TableStore,
    definition: Definition,
    splits: Sequence[Split],
    future_kinds: Sequence[str],
    *,
    factors: Factors | None = None,
    progress: Progress,
) -> Past:
    """Read a store for a fit: everything before the end of the last split.

    Args:     factors: what trust leaves of each tie; None: all of it.
    Cost:     one pass; 37 bytes an interaction (of MOST_ROWS at most) and a few numbers an actor.
    Notes:    how much a source handed out on a day is counted once, over the whole day.
    """
    files, persons = store.interactions(), store.person_keys()
    until = microseconds_of(splits[-1].test_until)
    share = min(1.0, MOST_ROWS / max(files.rows_count, 1))
    reader = _Reader(
        kernel_rule(definition, until), definition, _is_chosen(store.actor_count(), share), factors
    )
    spans, parts, joined = files.plan(), [], []
    digest = hashlib.sha256()
    for done, stretch in enumerate(in_order(partial(read_stretch, files, persons=persons), spans), 1):
        _add_to(digest, stretch.ordinary, until)
        parts.append(reader.counted(stretch.ordinary))
        joined += [stretch.joined] if stretch.joined.source.size else []
        progress("reading interactions", done, len(spans))
    if joined:
        together = join_rows(joined)
        _add_to(digest, together, until)
        parts.append(reader.counted(together))
    past = _past(store, [part for part in parts if part.source.size], tuple(splits), future_kinds)
    return replace(past, actors_share=share, fingerprint=digest.hexdigest())


@dataclass(frozen=True, eq=False)
class _Reader:
    rule: Rule
    definition: Definition
    is_chosen: NDArray[np.bool_]
    factors: Factors | None

    def counted(self, rows: Rows) -> History:
        """The rows before the end, with what their sources handed out, towards the chosen actors."""
        from renown.kernels.slopes import History

        given, _ = given_and_rule(rows, self.rule, self.definition)
        keep = self.is_chosen[rows.target] & (rows.time < self.rule.as_of_microseconds)
        source, target = rows.source[keep], rows.target[keep]
        share = trusted_share(source, target, self.factors)
        return History(source, target, rows.kind[keep], rows.time[keep], given[keep], share)


def trusted_share(source: IntArray, target: IntArray, factors: Factors | None) -> FloatArray:
    """What trust leaves of each tie: trust of the person times independence of person and actor.

    Example:
        >>> from renown.kernels.attention import full_trust
        >>> trusted_share(np.array([4]), np.array([7]), full_trust()).tolist()
        [1.0]
    """
    share = np.ones(source.size)
    if factors is None:
        return share
    if factors.trust.size:
        known = source < factors.trust.size
        share[known] = factors.trust[source[known]]
    if factors.source.size:
        # Two keys in one number: keys are counted up from 0, so neither needs more than 32 bits.
        tie, named = (source << 32) | target, (factors.source << 32) | factors.target
        place = np.minimum(np.searchsorted(named, tie), named.size - 1)
        share *= np.where(named[place] == tie, factors.independence[place], 1.0)
    return share


def _past(
    store: TableStore, parts: list[History], splits: tuple[Split, ...], future_kinds: Sequence[str]
) -> Past:
    from renown.kernels.slopes import count_new_people, count_received

    actor = np.unique(np.concatenate([np.empty(0, np.int64), *(np.unique(part.target) for part in parts)]))
    placed = tuple(part._replace(target=np.searchsorted(actor, part.target)) for part in parts)
    names = np.array([name.partition(":")[0] for name in store.actor_ids(actor).to_pylist()], dtype=np.str_)
    networks, network = np.unique(names, return_inverse=True)
    is_future = np.array([not future_kinds or kind in future_kinds for kind in KINDS], np.int8)
    bounds = [(microseconds_of(one.train_until), microseconds_of(one.test_until)) for one in splits]
    size, last = actor.size, bounds[-1][0]
    nobody = np.zeros(size)
    return Past(
        parts=placed,
        actor=actor,
        network=network.astype(np.int64),
        networks=tuple(str(name) for name in networks),
        splits=splits,
        new_people=tuple(
            sum((count_new_people(part, cut, end, is_future, size) for part in placed), nobody)
            for cut, end in bounds
        ),
        is_ranked=tuple(
            sum((count_received(part, cut, size) for part in placed), nobody) > 0 for cut, _ in bounds
        ),
        kind_counts=sum(
            (np.bincount(part.kind[part.time < last], minlength=len(KINDS)) for part in placed),
            np.zeros(len(KINDS), np.int64),
        ),
        interactions_count=sum(part.source.size for part in placed),
        actors_share=1.0,
        fingerprint="",
    )


def of_network(past: Past, network: int) -> Past:
    """The same past of one network's actors only."""
    from renown.kernels.slopes import some_rows

    keep = past.network == network
    place = np.cumsum(keep) - 1
    parts = []
    for part in past.parts:
        rows = np.flatnonzero(keep[part.target])
        if rows.size:
            columns = some_rows(part, rows)
            parts.append(columns._replace(target=place[columns.target]))
    last = microseconds_of(past.splits[-1].train_until)
    return replace(
        past,
        parts=tuple(parts),
        actor=past.actor[keep],
        network=past.network[keep],
        new_people=tuple(one[keep] for one in past.new_people),
        is_ranked=tuple(one[keep] for one in past.is_ranked),
        kind_counts=sum(
            (np.bincount(part.kind[part.time < last], minlength=len(KINDS)) for part in parts),
            np.zeros(len(KINDS), np.int64),
        ),
        interactions_count=sum(part.source.size for part in parts),
    )


def _is_chosen(actors_count: int, share: float) -> NDArray[np.bool_]:
    if share >= 1:
        return np.ones(actors_count, np.bool_)
    keys = np.arange(actors_count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return (keys >> np.uint64(11)).astype(np.float64) / 2.0**53 < share


def _add_to(digest: hashlib._Hash, rows: Rows, until: int) -> None:
    keep = rows.time < until
    for column in (rows.source, rows.target, rows.kind, rows.time):
        digest.update(np.ascontiguousarray(column[keep]).tobytes())
