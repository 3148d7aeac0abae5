"""What the profile of an account says: a probability that it is automated, where a profile is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.trust.accounts import AccountJudgement, judge_actors
from renown.trust.accounts_columns import ACCOUNT_COLUMNS
from renown.trust.behaviour import Behaviour

if TYPE_CHECKING:
    import pyarrow as pa

    from renown.store import TableStore

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

DOUBTED_FROM: Final = 0.5
"""Probability from which a profile is evidence enough for trust(u) to fall below 1."""

_REASONS: Final = 3


def judge_profiles(store: TableStore) -> Behaviour:
    """Persons whose every known profile speaks for automation, with a probability of one half or more.

    The model and the presumed share of automated accounts are those of `judge_actors`. Of a person with
    several accounts the least suspicious one counts: to prove an account one's own never costs trust.

    Notes:    profiles are as last seen, whatever the moment of the run. Cost: O(actors with a profile).
    """
    rows = store.read("actors")
    known = ["actor_id", *(name for name in rows.column_names if name in ACCOUNT_COLUMNS)]
    rows = rows.select(known)
    if rows.num_rows == 0:
        return _nobody()
    judged = judge_actors(rows)
    is_doubted = judged.automated_probability >= DOUBTED_FROM
    doubted = np.flatnonzero(is_doubted)
    if doubted.size == 0:
        return _nobody()
    keys = store.actor_keys(rows["actor_id"].take(doubted).to_pylist())
    doubted, keys = doubted[keys >= 0], keys[keys >= 0]
    persons = store.person_keys()
    person, probability = persons.of(keys), judged.automated_probability[doubted]
    spared = _others_of(store, rows["actor_id"], persons.actor, is_doubted)
    kept = ~np.isin(person, persons.of(spared))
    order = np.lexsort((probability, person))
    order = order[kept[order]]
    is_first = np.diff(person[order], prepend=-1) != 0
    chosen = order[is_first]
    reasons = [_reasons(judged, int(row)) for row in doubted[chosen]]
    return Behaviour(person[chosen], probability[chosen], reasons)


def merge_evidence(first: Behaviour, second: Behaviour, exempt: IntArray) -> Behaviour:
    """Both kinds of evidence: the more suspicious counts, with the reasons of both; without the exempt.

    Args:     exempt: person keys whose appeal was granted.
    """
    actors = np.setdiff1d(np.union1d(first.actor, second.actor), exempt)
    probability, reasons = np.zeros(actors.size), [list[str]() for _ in range(actors.size)]
    for one in (first, second):
        for actor, chance, said in zip(one.actor.tolist(), one.probability, one.reasons, strict=True):
            at = int(np.searchsorted(actors, actor))
            if at < actors.size and actors[at] == actor:
                probability[at] = max(probability[at], chance)
                reasons[at] += said
    return Behaviour(actors, probability, reasons)


def _others_of(
    store: TableStore, ids: pa.ChunkedArray, joined: IntArray, is_doubted: NDArray[np.bool_]
) -> IntArray:
    """Accounts of people with several that are known and not doubted."""
    import pyarrow.compute as pc

    if joined.size == 0:
        return np.empty(0, np.int64)
    places = pc.index_in(store.actor_ids(joined), value_set=ids.combine_chunks())
    at = places.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.asarray(joined[(at >= 0) & ~is_doubted[at]])


def _reasons(judged: AccountJudgement, row: int) -> list[str]:
    return [reason.code for reason in judged.reasons(row) if reason.points > 0][:_REASONS]


def _nobody() -> Behaviour:
    return Behaviour(np.empty(0, np.int64), np.empty(0), [])
