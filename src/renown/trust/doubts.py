"""What a trust run says of those who gave one actor attention: for explanations, which read no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from renown.store import TableStore

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Values = TypeVar("Values", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Doubts:
    """By what the attention that people gave one actor is multiplied; who is not named keeps all of it."""

    person: IntArray
    """sorted"""
    independence: FloatArray
    finding: IntArray
    """-1: a stranger nobody vouches for"""
    discounted: IntArray
    """people who are trusted less everywhere, sorted"""
    trust: FloatArray

    def shares(self, people: IntArray) -> FloatArray:
        """trust(u) * independence(u,v) of each of these people."""
        return looked_up(people, self.person, self.independence, 1.0) * looked_up(
            people, self.discounted, self.trust, 1.0
        )

    def findings(self, people: IntArray) -> IntArray:
        """The finding that each belongs to: -1 a stranger, -2 nothing is said of them."""
        return looked_up(people, self.person, self.finding, -2)


def no_doubts() -> Doubts:
    """Everybody is taken at their word."""
    nobody = np.empty(0, np.int64)
    return Doubts(nobody, np.empty(0), nobody, nobody, np.empty(0))


def read_doubts(store: TableStore, run_id: str | None, actor_key: int) -> Doubts:
    """What a trust run says of those who reacted to an actor; without a run, nothing."""
    if run_id is None:
        return no_doubts()
    ties = store.rows_with("trust_ties", run_id, "target_actor_key", actor_key).sort_by("source_actor_key")
    accounts = store.read_partition("trust_accounts", run_id, ["actor_key", "trust"]).sort_by("actor_key")
    return Doubts(
        ties["source_actor_key"].to_numpy(),
        ties["independence"].to_numpy(),
        ties["finding_id"].fill_null(-1).to_numpy(),
        accounts["actor_key"].to_numpy(),
        accounts["trust"].to_numpy(),
    )


def looked_up(wanted: IntArray, keys: IntArray, values: NDArray[Values], otherwise: float) -> NDArray[Values]:
    """The value of each wanted key among sorted keys; `otherwise` where it is not there."""
    if keys.size == 0:
        return np.full(wanted.size, otherwise, values.dtype)
    place = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    return np.where(keys[place] == wanted, values[place], np.asarray(otherwise, values.dtype))
