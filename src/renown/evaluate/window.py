"""What a store knows before a moment and right after it, as arrays: one pass of SQL a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.evaluate.records import Split
from renown.steps import Step
from renown.store import TableStore
from renown.types import MICROSECONDS_PER_DAY

if TYPE_CHECKING:
    from renown.engines.duckdb import DuckDBEngine

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_ACTS: Final = Step(
    "acts",
    "What people did towards others: proven accounts act as their person, and never for each other.",
    """
    select coalesce(giver.person_key, i.source_actor_key) as person, i.target_actor_key as target,
           i.kind, i.post_id, i.occurred_at
    from interactions i
    left join person_keys giver on giver.actor_key = i.source_actor_key
    left join person_keys receiver on receiver.actor_key = i.target_actor_key
    where coalesce(giver.person_key, i.source_actor_key) <> coalesce(receiver.person_key, i.target_actor_key)
    """,
    is_stored=False,
)

_TIES: Final = """
    select person, target,
           count(*) filter (where {training})::double as interactions,
           {masses}
           min(occurred_at) >= $train_until as is_new,
           coalesce(bool_or(occurred_at >= $train_until and {future}), false) as is_future
    from acts where occurred_at < $test_until group by person, target
"""

_MASS: Final = """
           coalesce(sum(pow(2e0, (epoch_us(occurred_at) - epoch_us($train_until)) / $half_life_{place}))
               filter (where {training}), 0) as mass_{place},
"""

_GIVEN: Final = """
    select source_actor_key as actor, count(*)::double as given
    from interactions where {training} group by actor
"""

_H_INDEX: Final = """
    with posts as (
        select target, count(distinct person) as people
        from acts where post_id is not null and {training} group by target, post_id
    ), placed as (
        select target, people, row_number() over (partition by target order by people desc) as place
        from posts
    )
    select target as actor, max(place)::double as h_index from placed where people >= place group by actor
"""

_FOLLOWER_TIES: Final = """
    select target_actor_key as actor, count(distinct source_actor_key)::double as followers
    from follows where first_seen_at < $train_until and source_actor_key <> target_actor_key group by actor
"""

_FOLLOWER_COUNTS: Final = """
    select k.actor_key as actor, arg_max(a.followers_count, a.observed_at)::double as followers
    from actors a join actor_keys k using (actor_id)
    where a.followers_count is not null and a.observed_at < $train_until group by actor
"""


@dataclass(frozen=True, eq=False)
class PerActor:
    """A figure of some actors (sorted keys); everybody else has none."""

    actor: IntArray
    value: FloatArray

    def of(self, actors: IntArray) -> FloatArray:
        """The figure of each of these actors, 0 where there is none."""
        if self.actor.size == 0:
            return np.zeros(actors.size)
        place = np.minimum(np.searchsorted(self.actor, actors), self.actor.size - 1)
        return np.where(self.actor[place] == actors, self.value[place], 0.0)

    def share_known(self, actors: IntArray) -> float:
        """Share of these actors who have the figure."""
        return float(np.isin(actors, self.actor).mean()) if actors.size else 0.0


@dataclass(frozen=True, eq=False)
class Ties:
    """Pairs of a person and an actor they reacted to, before the end of the test window."""

    person: IntArray
    target: IntArray
    interactions: FloatArray
    """in training"""
    masses: dict[float, FloatArray]
    """by half-life in days: each interaction of training counts 2^(-age / half-life)"""
    is_new: BoolArray
    """the person had never touched the actor before the test window, in whatever way"""
    is_future: BoolArray
    """reacted in the test window, by a kind that counts"""

    @property
    def is_training(self) -> BoolArray:
        """Had at least one interaction in training."""
        return self.interactions > 0

    def received(self) -> IntArray:
        """Keys of the actors who received anything in training, sorted."""
        return np.unique(self.target[self.is_training])

    def new_people(self, actors: IntArray) -> FloatArray:
        """How many people each actor newly reached in the test window."""
        reached = self.target[self.is_new & self.is_future]
        return count_of(reached, np.ones(reached.size), actors)


@dataclass(frozen=True, eq=False)
class Window:
    """Everything that a split's baselines need."""

    ties: Ties
    given: PerActor
    """interactions an actor handed out in training"""
    h_index: PerActor
    followers: PerActor


def count_of(actor: IntArray, amount: FloatArray, actors: IntArray) -> FloatArray:
    """Sum of the amounts of each of `actors`; negative keys are nobody's and have 0."""
    size = max(actor.max(initial=0), actors.max(initial=0)) + 1
    totals = np.bincount(actor, amount, size).astype(np.float64, copy=False)
    return np.where(actors < 0, 0.0, totals[np.maximum(actors, 0)])


def open_window(store: TableStore) -> DuckDBEngine:
    """An engine that sees the store's tables and the view `acts`; close it after use."""
    from renown.engines.duckdb import DuckDBEngine

    engine = DuckDBEngine()
    for table in ("interactions", "follows", "actors", "actor_keys"):
        engine.register_files(table, store.files(table))
    engine.register_arrow("person_keys", store.person_keys().as_table())
    engine.run_steps([_ACTS])
    return engine


def read_window(
    engine: DuckDBEngine, split: Split, *, future_kinds: Sequence[str], half_lives: Sequence[float]
) -> Window:
    """Read one split; no future kinds mean all.

    Cost:     five queries, each one pass; grouping by pair is the dear one. Memory follows the pairs.
    """
    training, moments = "occurred_at < $train_until", {"train_until": split.train_until}
    if split.train_from is not None:
        training += " and occurred_at >= $train_from"
        moments["train_from"] = split.train_from
    return Window(
        _read_ties(engine, split, training, future_kinds, half_lives),
        _per_actor(engine, _GIVEN.format(training=training), moments),
        _per_actor(engine, _H_INDEX.format(training=training), moments),
        read_followers(engine, split.train_until),
    )


def _per_actor(engine: DuckDBEngine, sql: str, moments: Mapping[str, object]) -> PerActor:
    found = engine.query(sql, dict(moments)).sort_by("actor")
    return PerActor(found.column(0).to_numpy(), found.column(1).to_numpy())


def read_followers(engine: DuckDBEngine, moment: datetime) -> PerActor:
    """Followers as profiles said before a moment; where no profile says, the ties that were seen."""
    said = _per_actor(engine, _FOLLOWER_COUNTS, {"train_until": moment})
    seen = _per_actor(engine, _FOLLOWER_TIES, {"train_until": moment})
    is_unsaid = ~np.isin(seen.actor, said.actor)
    actor = np.concatenate([said.actor, seen.actor[is_unsaid]])
    order = np.argsort(actor)
    return PerActor(actor[order], np.concatenate([said.value, seen.value[is_unsaid]])[order])


def _read_ties(
    engine: DuckDBEngine,
    split: Split,
    training: str,
    future_kinds: Sequence[str],
    half_lives: Sequence[float],
) -> Ties:
    parameters: dict[str, object] = {"train_until": split.train_until, "test_until": split.test_until}
    if split.train_from is not None:
        parameters["train_from"] = split.train_from
    if future_kinds:
        parameters["kinds"] = list(future_kinds)
    for place, days in enumerate(half_lives):
        parameters[f"half_life_{place}"] = days * MICROSECONDS_PER_DAY
    sql = _TIES.format(
        training=training,
        future="list_contains($kinds, kind)" if future_kinds else "true",
        masses="".join(_MASS.format(training=training, place=place) for place in range(len(half_lives))),
    )
    found = engine.query(sql, parameters)
    return Ties(
        person=found["person"].to_numpy(),
        target=found["target"].to_numpy(),
        interactions=found["interactions"].to_numpy(),
        masses={days: found[f"mass_{place}"].to_numpy() for place, days in enumerate(half_lives)},
        is_new=found["is_new"].to_numpy(),
        is_future=found["is_future"].to_numpy(),
    )
