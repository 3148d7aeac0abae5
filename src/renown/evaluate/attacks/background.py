"""A store as attackers see it, and who of its actors takes part in an attack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.errors import TooLittleInputError
from renown.evaluate.attacks.terms import ORDINARY
from renown.simulate.attacks import AttackedBackground, AttackPlan, Cast
from renown.store import TableStore
from renown.types import KINDS

if TYPE_CHECKING:
    from renown.engines.duckdb import DuckDBEngine
    from renown.scoring import Scored

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

LEAST_SCORED: Final = 20
"""Fewer scored actors have no middle and no top to attack."""
POPULAR_COUNT: Final = 100
_SAMPLED_TIMES: Final = 200_000
_AROUND: Final = 5.0
"""Percentiles on either side of the one around which ordinary targets are drawn."""
_MOST_TAKEN: Final = 0.25
"""A pod takes at most this share of the scored actors."""

_FACTS: Final = """
    select count(*) as rows_count, mode(network) as network,
           min(epoch_us(occurred_at)) as earliest, max(epoch_us(occurred_at)) as latest
    from interactions
"""

_TIMES: Final = """
    select epoch_us(occurred_at) as moment from interactions
    where hash(source_actor_key, target_actor_key, occurred_at) % $every = 0 order by moment
"""

_GIVEN: Final = """
    select source_actor_key as actor, count(distinct target_actor_key) as ties
    from interactions group by actor order by actor
"""

_AUDIENCE: Final = """
    select distinct source_actor_key as actor from interactions
    where target_actor_key = $hub and source_actor_key <> $hub order by actor
"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Field:
    """A background with the scores on it, and what was learned of its actors."""

    store: TableStore
    scored: Scored
    """undefended, before any attack"""
    background: AttackedBackground
    network: str
    rows_count: int
    givers: IntArray
    """keys of all who gave attention, sorted"""
    given_ties: IntArray
    """to how many actors each"""
    not_genuine: IntArray
    """keys known not to be genuine: they are no targets, no members, and no losses"""


def read_field(
    store: TableStore, scored: Scored, definition: Definition, not_genuine: Sequence[str] = ()
) -> Field:
    """Look at a store as an attacker does.

    Raises:   TooLittleInputError: fewer than 20 actors have a score.
    Cost:     three passes of SQL over the interactions.
    """
    if scored.actor_key.size < LEAST_SCORED:
        raise TooLittleInputError(
            f"{scored.actor_key.size} actors have a score; {LEAST_SCORED} are needed to attack one of them."
        )
    from renown.engines.duckdb import DuckDBEngine

    with DuckDBEngine() as engine:
        engine.register_files("interactions", store.files("interactions"))
        facts = engine.query(_FACTS).to_pylist()[0]
        every = max(1, facts["rows_count"] // _SAMPLED_TIMES)
        times = engine.query(_TIMES, {"every": every})["moment"].to_numpy()
        given = engine.query(_GIVEN)
        kinds = _kind_share(engine, definition)
    by_attention = np.argsort(-scored.earned_attention, kind="stable")
    return Field(
        store=store,
        scored=scored,
        network=facts["network"],
        rows_count=facts["rows_count"],
        givers=given["actor"].to_numpy(),
        given_ties=given["ties"].to_numpy(),
        not_genuine=np.unique(store.actor_keys(list(not_genuine))),
        background=AttackedBackground(
            earliest=facts["earliest"],
            latest=facts["latest"],
            times=times,
            kind_share=kinds,
            popular=scored.actor_key[by_attention[:POPULAR_COUNT]],
            received=scored.actor_key,
            received_share=scored.earned_attention / scored.earned_attention.sum(),
        ),
    )


def _kind_share(engine: DuckDBEngine, definition: Definition) -> FloatArray:
    """How often each kind occurs; none that weighs nothing, and likes where nothing weighs anything."""
    found = engine.query("select kind, count(*) as rows_count from interactions group by kind").to_pylist()
    counts = {row["kind"]: row["rows_count"] for row in found if definition.weights.get(row["kind"], 0) > 0}
    share = np.array([float(counts.get(kind, 0)) for kind in KINDS])
    if not share.sum():
        share[KINDS.index("like")] = 1.0
    return np.asarray(share / share.sum())


class Casting:
    """Chooses targets and members for the attacks of one round, nobody twice."""

    def __init__(self, field: Field, chance: np.random.Generator, *, percentile: float = ORDINARY) -> None:
        self._field = field
        self._percentile = percentile
        self._chance = chance
        self._taken = set(field.not_genuine.tolist())
        self._made = 0

    def cast(self, plan: AttackPlan) -> Cast | str:
        """Who takes part; where the background has too few for it, why not."""
        nobody = np.empty(0, np.int64)
        if plan.has_members:
            members = self._members(plan)
            if members is None:
                return f"the background has too few actors for {plan.size} members"
            return Cast(target=int(members[0]), accounts=nobody, members=members)
        target = self._target(plan)
        return Cast(target=target, accounts=self._new(plan.size), members=nobody)

    def _new(self, count: int) -> IntArray:
        """Accounts that the attacker makes: negative keys, falling."""
        first = self._made
        self._made += count
        return -1 - np.arange(first, first + count)

    def _target(self, plan: AttackPlan) -> int:
        field = self._field
        if plan.family == "answered-bot":
            return int(self._new(1)[0])
        if plan.target == "unknown":
            silent = np.setdiff1d(field.givers, field.scored.actor_key)
            free = self._free(silent)
            return self._take(free, 1)[0] if free.size else int(self._new(1)[0])
        middle = self._percentile
        low, high = (99.0, 100.0) if plan.target == "top" else (middle - _AROUND, middle + _AROUND)
        percentile = field.scored.percentile
        near = np.abs(percentile - np.clip(percentile, low, high))
        order = np.argsort(near, kind="stable")
        free = self._free(field.scored.actor_key[order])
        inside = self._free(field.scored.actor_key[near == 0])
        return self._take(inside if inside.size else free[:1], 1)[0]

    def _members(self, plan: AttackPlan) -> IntArray | None:
        """Actors with some attention, at random; or of one audience, where they share a topic."""
        scored = self._field.scored
        middling = scored.actor_key[(scored.percentile > 20) & (scored.percentile < 95)]
        if plan.size > _MOST_TAKEN * scored.actor_key.size:
            return None
        if plan.family == "topic-pod":
            return self._audience(plan.size)
        free = self._free(middling)
        return np.array(self._take(free, plan.size), np.int64) if free.size >= plan.size else None

    def _audience(self, size: int) -> IntArray | None:
        """Members out of the smallest audience that has twice as many with some attention of their own."""
        from renown.engines.duckdb import DuckDBEngine

        scored = self._field.scored
        enough = np.flatnonzero(scored.people_count >= 2 * size)
        order = enough[np.argsort(scored.people_count[enough], kind="stable")]
        with DuckDBEngine() as engine:
            engine.register_files("interactions", self._field.store.files("interactions"))
            for hub in scored.actor_key[order][:: max(1, order.size // 20)].tolist():
                audience = engine.query(_AUDIENCE, {"hub": hub})["actor"].to_numpy()
                free = self._free(audience[np.isin(audience, scored.actor_key)])
                if free.size >= size:
                    return np.array(self._take(free, size), np.int64)
        return None

    def _free(self, keys: IntArray) -> IntArray:
        return np.array([key for key in keys.tolist() if key not in self._taken], np.int64)

    def _take(self, free: IntArray, count: int) -> list[int]:
        chosen = [int(key) for key in self._chance.choice(free, count, replace=False)]
        self._taken.update(chosen)
        return chosen
