"""A whole town: built in memory, or streamed when it is large."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from renown.simulate.happenings import (
    interaction_truth_table,
    interactions_table,
    original_posts_table,
    reaction_posts_table,
)
from renown.simulate.influence import Truth
from renown.simulate.reacting import Rows, joined_rows
from renown.simulate.registers import (
    actors_table,
    build_cast,
    follows_table,
    new_follows_table,
    persons_table,
    truth_table,
)
from renown.simulate.rules import DEFAULT_START, TownPlan, TownRules
from renown.simulate.simulation import simulate
from renown.simulate.world import build_world
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class Town:
    """A small world whose true influence is known. `docs/concepts/town.md` says how it works.

    Tables have the columns of the store's tables, with ids where the store keeps keys.
    """

    plan: TownPlan
    actors: pa.Table
    persons: pa.Table
    posts: pa.Table
    interactions: pa.Table
    """In order of time."""
    interaction_truth: pa.Table
    """Row by row with `interactions`: cause (moved, anyway, answer, deal, bought), stance, topic."""
    follows: pa.Table
    truth: pa.Table
    """One row per account: role, true_influence and what is counted beside it."""
    cast: dict[str, str]
    """The named characters: role to actor id."""


def build_town(
    *,
    people_count: int = 2_000,
    seed: int = 1,
    days: int = 90,
    start: datetime = DEFAULT_START,
    rules: TownRules | None = None,
    progress: Progress = no_progress,
) -> Town:
    """A town in memory: who lives there, what they did, and how many people each of them really moved.

    Formula:  true_influence(v) = expected number of distinct people who react to v's posts because of them
              on a day on which they had no intention of their own to act on the topic.     unit: people
    Args:     people_count: 1,000 to 10,000,000 (above 200,000 rather use `stream_town`). seed: any integer;
              the same one gives the same town to the byte. days: 28 to 730. start: the first day, with zone.
    Raises:   InputError: size or days out of range. MomentError: `start` has no time zone.
    Notes:    cost O(people * days); about 37 interactions a person in 90 days.
    Example:
        >>> town = build_town(people_count=1_000, seed=7)
        >>> sorted(town.cast)[:4]
        ['bot', 'bought', 'buyer', 'celebrity']
        >>> truth = {row["actor_id"]: row for row in town.truth.to_pylist()}
        >>> truth[town.cast["bot"]]["posts_count"]   # a post every minute for 90 days
        129600
        >>> truth[town.cast["bot"]]["true_influence"] < truth[town.cast["expert"]]["true_influence"]
        True
    """
    plan = TownPlan(
        people_count=people_count,
        seed=seed,
        days=days,
        start=start,
        rules=rules if rules is not None else TownRules(),
    )
    world = build_world(plan)
    truth = Truth(world)
    rows = joined_rows([block.rows for block in simulate(world, truth, progress)])
    rows = rows.taken(np.lexsort((rows.naming, rows.seconds)))
    count = len(world.people)
    return Town(
        plan=plan,
        actors=actors_table(world, truth, 0, count),
        persons=persons_table(world),
        posts=_in_order_of_time([original_posts_table(world, 0, count), reaction_posts_table(world, rows)]),
        interactions=interactions_table(world, rows),
        interaction_truth=interaction_truth_table(world, rows),
        follows=_joined([follows_table(world, 0, count), new_follows_table(world, rows)]),
        truth=truth_table(world, truth),
        cast=build_cast(world),
    )


def iter_town_interactions(
    plan: TownPlan, *, batch_rows: int = 1_000_000, progress: Progress = no_progress
) -> Iterator[pa.Table]:
    """The interactions of a town of any size, in batches; only the town itself is held in memory.

    Returns:  tables of `batch_rows` rows (the last may be shorter) with the columns of `Town.interactions`.
              Rows and their order do not depend on `batch_rows`: author by author, not in order of time.
    Example:
        >>> batches = iter_town_interactions(TownPlan(people_count=1_000, seed=7), batch_rows=10_000)
        >>> next(batches).num_rows
        10000
    """
    world = build_world(plan)
    blocks = (block.rows for block in simulate(world, Truth(world), progress))
    for rows in rebatched(blocks, batch_rows):
        yield interactions_table(world, rows)


def rebatched(portions: Iterable[Rows], batch_rows: int) -> Iterator[Rows]:
    """The same rows in the same order, cut into batches of equal size."""
    waiting: list[Rows] = []
    count = 0
    for portion in portions:
        waiting.append(portion)
        count += len(portion)
        if count < batch_rows:
            continue
        joined = joined_rows(waiting)
        whole = count - count % batch_rows
        for first in range(0, whole, batch_rows):
            yield joined.taken(slice(first, first + batch_rows))
        waiting, count = [joined.taken(slice(whole, count))], count - whole
    if count:
        yield joined_rows(waiting)


def _joined(tables: list[pa.Table]) -> pa.Table:
    import pyarrow as pa

    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def _in_order_of_time(tables: list[pa.Table]) -> pa.Table:
    table = _joined(tables)
    order = np.argsort(table["posted_at"].cast("int64").to_numpy(), kind="stable")
    return table.take(order)
