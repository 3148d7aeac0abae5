"""Accounts that one person proved to be theirs: on the giving side they count as one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from renown.store.delta import Delta
from renown.store.names import NameIndex

IntArray = NDArray[np.int64]


class PersonKeys(NamedTuple):
    """Accounts (sorted keys) of persons with several, and each one's person: the smallest key among them."""

    actor: IntArray
    person: IntArray

    def of(self, keys: IntArray) -> IntArray:
        """Person key of each actor key; an account nobody joined to others is its own person."""
        if self.actor.size == 0:
            return keys
        place = np.minimum(np.searchsorted(self.actor, keys), self.actor.size - 1)
        return np.where(self.actor[place] == keys, self.person[place], keys)

    def accounts(self, persons: IntArray) -> IntArray:
        """All account keys of the given persons, sorted."""
        return np.union1d(persons, self.actor[np.isin(self.person, persons)])

    def as_table(self) -> pa.Table:
        """The table `person_keys` that the SQL steps read."""
        return pa.table({"actor_key": pa.array(self.actor), "person_key": pa.array(self.person)})


def read_person_keys(delta: Delta) -> PersonKeys:
    """Person keys of the newest proofs. An account claimed by two persons makes the two one."""
    rows = delta.read("persons", ["person_id", "actor_id"])
    keys = (
        NameIndex(delta).actor_keys(rows["actor_id"].to_pylist()) if rows.num_rows else np.empty(0, np.int64)
    )
    known = keys >= 0
    person_ids = np.asarray(rows["person_id"].to_pylist(), dtype=object)[known]
    smallest = _smallest_of_group(keys[known], person_ids)
    actors = np.array(sorted(smallest), np.int64)
    person = np.array([smallest[int(actor)] for actor in actors], np.int64)
    several = np.isin(person, person[actors != person])
    return PersonKeys(actors[several], person[several])


def _smallest_of_group(keys: IntArray, person_ids: NDArray[np.object_]) -> dict[int, int]:
    """Smallest key reachable through shared accounts (union-find over few rows)."""
    parent: dict[int, int] = {int(key): int(key) for key in keys}

    def root(key: int) -> int:
        """The smallest key that this one is known to belong with; shortens the way there."""
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    first: dict[object, int] = {}
    for key, person in zip(keys.tolist(), person_ids.tolist(), strict=True):
        one, other = root(key), root(first.setdefault(person, key))
        parent[max(one, other)] = min(one, other)
    return {key: root(key) for key in parent}
