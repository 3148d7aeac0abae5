"""From whom trust flows: the operator's choice, or accounts that are proven or long and widely known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.trust.ties import TieTable

if TYPE_CHECKING:
    from renown.store import TableStore

IntArray = NDArray[np.int64]
MaskArray = NDArray[np.bool_]

_PROOFS: Final = ("rel-me", "dns", "did")
_LONG_MINUTES: Final = 30 * 1440
_WIDE_AUDIENCE: Final = 20
_MOST: Final = 1_000


def seed_keys(
    store: TableStore, ties: TieTable, is_known: MaskArray, names: Sequence[str] | None
) -> IntArray:
    """Person keys of the seeds, sorted.

    By default: accounts with a proven domain, and those who have acted for 30 days and are reacted to by 20
    known people; of these the 1,000 with most. Where the store has neither, the 100 with most known people.

    Raises:   ActorNotFoundError, AmbiguousActorError: a name that leads to nobody, or to several.
    """
    of_person = store.person_keys().of
    if names is not None:
        chosen = np.array([store.resolve(name).actor_key for name in names], np.int64)
        return np.unique(of_person(chosen))
    proofs = store.read("persons", ["actor_id", "proof_kind"]).to_pylist()
    proven = store.actor_keys([row["actor_id"] for row in proofs if row["proof_kind"] in _PROOFS])
    found = np.union1d(of_person(proven[proven >= 0]), _long_known(ties, is_known))
    if found.size:
        return found
    people = _known_people(ties, is_known)
    most = np.argsort(-people, kind="stable")[:100]
    return np.sort(most[people[most] > 0])


def _known_people(ties: TieTable, is_known: MaskArray) -> IntArray:
    """How many known people reacted to each actor: all, less the strangers, who are few."""
    strange = ties.target[~is_known]
    return ties.audience_count - np.bincount(strange, minlength=ties.actors_count)


def _long_known(ties: TieTable, is_known: MaskArray) -> IntArray:
    from renown.kernels.audience import lasting_sources

    people = _known_people(ties, is_known)
    wide = np.flatnonzero(people >= _WIDE_AUDIENCE)
    wide = wide[np.argsort(-people[wide], kind="stable")]
    nobody, found = np.zeros(ties.actors_count, np.bool_), np.empty(0, np.int64)
    for some in np.array_split(wide, max(1, wide.size // (4 * _MOST))):
        is_lasting = lasting_sources(ties.by_source, some, nobody, 1, _LONG_MINUTES)
        found = np.concatenate([found, some[is_lasting[some]]])
        if found.size >= _MOST:
            break
    return np.sort(found[:_MOST])
