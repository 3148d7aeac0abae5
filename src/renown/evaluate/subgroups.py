"""Who is in which group: by network, language, size of the audience, followers and own posts a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.evaluate.subgroup_records import Axis
from renown.evaluate.window import PerActor, read_followers
from renown.store import TableStore
from renown.types import MICROSECONDS_PER_DAY

if TYPE_CHECKING:
    from renown.engines.duckdb import DuckDBEngine

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

MOST_GROUPS: Final = 8
"""Of more networks or languages the smaller ones are one group together."""
OTHERS: Final = "all others"
SIZES: Final = (("none", 0), ("1", 1), ("2-3", 2), ("4-9", 4), ("10-29", 10), ("30 or more", 30))
FOLLOWERS: Final = (
    ("under 10", 0), ("10-99", 10), ("100-999", 100), ("1,000-9,999", 1_000), ("10,000 or more", 10_000),
)  # fmt: skip
PER_DAY: Final = (
    ("none seen", 0.0), ("under 1 a week", 1e-12), ("under 1 a day", 1 / 7), ("1 to 10 a day", 1.0),
    ("over 10 a day", 10.0),
)  # fmt: skip

_LANGUAGES: Final = """
    with counted as (
        select author_actor_id as actor_id, lower(split_part(replace(language, '_', '-'), '-', 1)) as name,
               count(*) as posts
        from posts where language is not null and language <> '' and posted_at < $as_of group by all
    )
    select k.actor_key as actor, arg_max(c.name, (c.posts, c.name)) as name
    from counted c join actor_keys k using (actor_id) group by actor
"""
_NETWORKS: Final = "select actor_key as actor, split_part(actor_id, ':', 1) as name from actor_keys"
_POSTS: Final = """
    select k.actor_key as actor, count(*)::double as posts
    from posts p join actor_keys k on k.actor_id = p.author_actor_id
    where p.posted_at < $as_of group by actor
"""
_GIVEN: Final = """
    select source_actor_key as actor, count(*)::double as given
    from interactions where occurred_at < $as_of group by actor
"""
_PEOPLE: Final = """
    select target as actor, count(distinct person)::double as people
    from acts where occurred_at < $as_of group by actor
"""
_TIME: Final = """
    select epoch_us($as_of) - epoch_us(min(occurred_at)) as microseconds from interactions
    where occurred_at < $as_of
"""


@dataclass(frozen=True, eq=False)
class Grouping:
    """Accounts of a store by one axis."""

    axis: Axis
    says: str
    names: tuple[str, ...]
    place: IntArray
    """of each actor key the place of its group among the names; -1: in none"""
    value: FloatArray | None = None
    """of each actor key what it was grouped by; None where groups have no order"""
    absent_reason: str | None = None
    needed: str | None = None

    def of(self, actors: IntArray) -> IntArray:
        """The group of each of these actors."""
        return self.place[actors]


def group_accounts(store: TableStore, engine: DuckDBEngine, as_of: datetime) -> tuple[Grouping, ...]:
    """Every axis, as of a moment; one that the store cannot give has no names but a reason.

    Args:     engine: of `open_window`; the table of posts is added to it.
    Cost:     one pass over interactions and posts a question; a few numbers an account.
    """
    engine.register_files("posts", store.files("posts"))
    count = store.actor_count()
    return (
        _networks(engine, count),
        _languages(engine, count, as_of),
        _people(engine, count, as_of),
        _followers(engine, count),
        _posting(engine, count, as_of),
    )


def binned(values: FloatArray, bins: tuple[tuple[str, float], ...]) -> IntArray:
    """Place of each value among bins that are named with their lowest value.

    Example:
        >>> binned(np.array([0.0, 1.0, 3.0, 500.0]), SIZES).tolist()
        [0, 1, 2, 5]
    """
    return np.searchsorted([low for _, low in bins], values, side="right") - 1


def _networks(engine: DuckDBEngine, count: int) -> Grouping:
    names, place = _by_name(engine, _NETWORKS, {}, count)
    says = "the network that an account is on"
    if len(names) > 1:
        return Grouping("network", says, names, place)
    only = f"every account is on one network ({names[0]})" if names else "there are no accounts"
    return Grouping("network", says, (), place, absent_reason=only, needed="interactions of a second network")


def _languages(engine: DuckDBEngine, count: int, as_of: datetime) -> Grouping:
    names, place = _by_name(engine, _LANGUAGES, {"as_of": as_of}, count)
    says = "the language of most of an account's posts"
    if len(names) > 1:
        return Grouping("language", says, names, place)
    if names:
        reason, needed = f"every post with a language is in one ({names[0]})", "posts in a second language"
    else:
        reason, needed = (
            "no post with a language is known",
            "posts with their language (`renown import posts`)",
        )
    return Grouping("language", says, (), place, absent_reason=reason, needed=needed)


def _by_name(
    engine: DuckDBEngine, sql: str, parameters: dict[str, object], count: int
) -> tuple[tuple[str, ...], IntArray]:
    """Groups by a word, the largest first, the smaller ones of many together."""
    found = engine.query(sql, parameters)
    place = np.full(count, -1, np.int64)
    if found.num_rows == 0:
        return (), place
    # A word an account would be much to hold; a number for each of few words is not.
    words = found["name"].combine_chunks().dictionary_encode()
    names, code = np.array(words.dictionary.to_pylist(), dtype=np.str_), words.indices.to_numpy()
    sizes = np.bincount(code, minlength=names.size)
    order = np.lexsort((names, -sizes))
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size)
    place[found["actor"].to_numpy()] = np.minimum(
        rank[code], MOST_GROUPS - 1 if names.size > MOST_GROUPS else names.size
    )
    told = [str(name) for name in names[order]]
    return tuple(told if len(told) <= MOST_GROUPS else [*told[: MOST_GROUPS - 1], OTHERS]), place


def _people(engine: DuckDBEngine, count: int, as_of: datetime) -> Grouping:
    people = _spread(engine, _PEOPLE, as_of, count)
    return Grouping(
        "people",
        "how many people had reacted to an account (for the interval: of the half that was seen; for what"
        " comes next: before the cut)",
        tuple(name for name, _ in SIZES),
        binned(people, SIZES),
        people,
    )


def _followers(engine: DuckDBEngine, count: int) -> Grouping:
    from datetime import UTC

    known = read_followers(engine, datetime.max.replace(tzinfo=UTC))
    says = "followers as profiles say, else the follows that were seen"
    if known.actor.size == 0:
        return Grouping(
            "followers",
            says,
            (),
            np.full(count, -1, np.int64),
            absent_reason="neither followers nor follows of any account are known",
            needed="profiles (`renown import actors`) or follows",
        )
    value = np.full(count, np.nan)
    value[known.actor] = known.value
    place = np.where(np.isnan(value), -1, binned(np.nan_to_num(value), FOLLOWERS))
    return Grouping("followers", says, tuple(name for name, _ in FOLLOWERS), place, value)


def _posting(engine: DuckDBEngine, count: int, as_of: datetime) -> Grouping:
    (microseconds,) = engine.query(_TIME, {"as_of": as_of}).column(0).to_pylist()
    days = max(1.0, (microseconds or 0) / MICROSECONDS_PER_DAY)
    has_posts = engine.query("select count(*) from posts").column(0)[0].as_py() > 0
    acts = _spread(engine, _POSTS if has_posts else _GIVEN, as_of, count)
    says = "own posts a day" if has_posts else "reactions handed out a day, since no posts are known"
    rate = acts / days
    return Grouping(
        "posting",
        f"{says}, over the {days:,.0f} days of the store",
        tuple(name for name, _ in PER_DAY),
        binned(rate, PER_DAY),
        rate,
    )


def _spread(engine: DuckDBEngine, sql: str, as_of: datetime, count: int) -> FloatArray:
    """A figure of every actor key, 0 where there is none."""
    found = engine.query(sql, {"as_of": as_of}).sort_by("actor")
    return PerActor(found.column(0).to_numpy(), found.column(1).to_numpy()).of(np.arange(count))
