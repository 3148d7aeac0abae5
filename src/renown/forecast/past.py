"""What happened in a store before a moment: people for each post, and for each actor and stretch of days."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from renown.steps import Step
from renown.store import TableStore

if TYPE_CHECKING:
    from renown.engines.duckdb import DuckDBEngine

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

POST_HORIZON: Final = timedelta(days=7)
"""A post's people are counted this long after it was published."""

_ACTS: Final = Step(
    "acts",
    "What people did towards others: proven accounts act as their person, and never for each other.",
    """
    select coalesce(giver.person_key, i.source_actor_key) as person, i.target_actor_key as target,
           i.post_id, i.occurred_at
    from interactions i
    left join person_keys giver on giver.actor_key = i.source_actor_key
    left join person_keys receiver on receiver.actor_key = i.target_actor_key
    where coalesce(giver.person_key, i.source_actor_key) <> coalesce(receiver.person_key, i.target_actor_key)
    """,
    is_stored=False,
)

_FIRSTS: Final = """
    with firsts as (
        select post_id, target, person, min(occurred_at) as first_at
        from acts where post_id is not null and occurred_at < $as_of group by all
    ), reacted as (
        select post_id, min(target) as target, min(first_at) as first_at from firsts group by post_id
    ), published as (
        select p.post_id, k.actor_key as target, p.posted_at
        from posts p join actor_keys k on k.actor_id = p.author_actor_id
        where p.posted_at < $as_of
    ), started as (
        select coalesce(p.post_id, r.post_id) as post_id, coalesce(p.target, r.target) as target,
               least(p.posted_at, r.first_at) as posted_at, p.posted_at is not null as is_known
        from reacted r full join published p using (post_id)
    )
"""

_PER_POST: Final = (
    _FIRSTS
    + """
    select s.post_id, s.target, s.is_known, epoch_us(s.posted_at) as posted_us,
           count(f.person) filter (f.first_at <= s.posted_at + $horizon) as people,
           count(f.person) filter (f.first_at <= s.posted_at + $age) as people_then,
           count(f.person) filter (f.first_at > s.posted_at + $age * 2 / 3
               and f.first_at <= s.posted_at + $age) as people_lately
    from started s left join firsts f on f.post_id = s.post_id and f.target = s.target
    group by all order by s.target, posted_us, s.post_id
"""
)

_ONE_POST: Final = (
    _FIRSTS
    + """
    select s.target, s.is_known, s.posted_at,
           coalesce(list_sort(list(epoch_us(f.first_at)) filter (f.first_at is not null)), []) as first_us
    from started s left join firsts f on f.post_id = s.post_id and f.target = s.target
    where s.post_id = $post_id group by all
"""
)

_WINDOWS: Final = """
    select target, (epoch_us($as_of) - 1 - epoch_us(occurred_at)) // $width as back,
           count(distinct person) as people
    from acts where occurred_at < $as_of and occurred_at >= $since group by all
"""


@dataclass(frozen=True, eq=False)
class PastPosts:
    """Every post before a moment, by author and then by time."""

    post_id: list[str]
    author: IntArray
    posted_us: IntArray
    people: IntArray
    """distinct people who reacted within the horizon"""
    people_then: IntArray
    """of them, by the age that was asked for"""
    people_lately: IntArray
    """of these, in the last third of that age"""
    is_known: NDArray[np.bool_]
    """the moment of publishing is known, and with it posts that nobody reacted to"""

    def at(self, rows: NDArray[Any]) -> PastPosts:
        """Some of them."""
        places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return PastPosts(
            [self.post_id[place] for place in places],
            *(getattr(self, name)[places] for name in list(self.__dataclass_fields__)[1:]),
        )


@dataclass(frozen=True, eq=False)
class OnePost:
    """A post and when each person first reacted to it, in seconds after it was published."""

    author: int
    posted_at: datetime
    is_known: bool
    seconds: FloatArray


@contextmanager
def open_past(store: TableStore) -> Iterator[DuckDBEngine]:
    """An engine in which `acts`, `posts` and `actor_keys` can be asked."""
    from renown.engines.duckdb import DuckDBEngine

    is_remote = "://" in store.location.removeprefix("file://")
    with DuckDBEngine() as engine:
        for table in ("interactions", "posts", "actor_keys"):
            if is_remote:
                engine.register_arrow(table, store.read(table))
            else:
                engine.register_files(table, store.files(table))
        engine.register_arrow("person_keys", store.person_keys().as_table())
        engine.run_steps([_ACTS])
        yield engine


def read_past_posts(engine: DuckDBEngine, as_of: datetime, age: timedelta = POST_HORIZON) -> PastPosts:
    """Posts before a moment, with the people who reacted by the horizon and by an age."""
    rows = engine.query(_PER_POST, {"as_of": as_of, "horizon": POST_HORIZON, "age": age})

    def column(name: str) -> IntArray:
        """A column of the answer as whole numbers."""
        return np.asarray(rows[name].to_numpy(), np.int64)

    return PastPosts(
        rows["post_id"].to_pylist(),
        column("target"),
        column("posted_us"),
        column("people"),
        column("people_then"),
        column("people_lately"),
        np.asarray(rows["is_known"].to_pylist(), np.bool_),
    )


def read_post(engine: DuckDBEngine, post_id: str, as_of: datetime) -> OnePost | None:
    """One post as it was known at a moment; None where the store has neither it nor a reaction to it."""
    rows = engine.query(_ONE_POST, {"as_of": as_of, "post_id": post_id}).to_pylist()
    if not rows:
        return None
    (row,) = rows[:1]
    posted_us = round(row["posted_at"].timestamp() * 1e6)
    seconds = (np.asarray(row["first_us"], np.float64) - posted_us) / 1e6
    return OnePost(int(row["target"]), row["posted_at"], bool(row["is_known"]), np.maximum(seconds, 0.0))


def read_windows(
    engine: DuckDBEngine, as_of: datetime, *, days: int, count: int
) -> tuple[IntArray, FloatArray]:
    """Actors, and of each the distinct people in the last `days`, the `days` before, and so on."""
    width = timedelta(days=days)
    rows = engine.query(
        _WINDOWS,
        {"as_of": as_of, "since": as_of - width * count, "width": int(width.total_seconds() * 1e6)},
    )
    target = np.asarray(rows["target"].to_numpy(), np.int64)
    actors, place = np.unique(target, return_inverse=True)
    people = np.zeros((actors.size, count))
    people[place, np.asarray(rows["back"].to_numpy(), np.int64)] = rows["people"].to_numpy()
    return actors, people
