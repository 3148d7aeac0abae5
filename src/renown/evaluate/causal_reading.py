"""Who was heard when, and who acted on what when: read from a store for a causal reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from renown.errors import TooLittleInputError
from renown.steps import Step
from renown.store import TableStore
from renown.store.run_inputs import EPOCH, microseconds_of, newest_moment
from renown.types import MICROSECONDS_PER_SECOND

if TYPE_CHECKING:
    import pyarrow as pa

    from renown.engines.duckdb import DuckDBEngine
    from renown.kernels.matching import Occasions, Panel
    from renown.store.records import Actor

IntArray = NDArray[np.int64]

AudienceFrom = Literal["follows", "reactions"]

MOST_PERIODS: Final = 365
"""No more periods than this are looked at: the latest."""
MOST_TOPICS: Final = 5
"""Of an actor's topics, those it is heard on in most periods."""
MOST_STORED: Final = 20_000_000
"""Of more interactions than this no table is made; every query then reads them again."""
NEVER: Final = 1 << 40
EVERYTHING: Final = ""
"""The topic of a store, or an actor, whose posts name none: whatever people did."""
TRUE_CAUSES: Final = ("moved", "deal", "bought")
"""Causes of a town's interactions that would not be there without their target."""

_ACTS: Final = Step(
    "acts",
    "What people did towards others, with the post it was about: proven accounts act as their person.",
    """
    select i.network, coalesce(giver.person_key, i.source_actor_key) as person,
           i.target_actor_key as target, epoch_us(i.occurred_at) as acted_us,
           epoch_us(coalesce(p.posted_at, i.occurred_at)) as about_us, p.hashtags, {is_moved} as is_moved
    from interactions i
    left join person_keys giver on giver.actor_key = i.source_actor_key
    left join person_keys receiver on receiver.actor_key = i.target_actor_key
    left join (
        select post_id, any_value(posted_at) as posted_at, any_value(hashtags) as hashtags
        from posts group by post_id
    ) p on p.post_id = i.post_id
    {causes}
    where coalesce(giver.person_key, i.source_actor_key) <> coalesce(receiver.person_key, i.target_actor_key)
    """,
    is_stored=False,
)

_CAUSES: Final = """
    left join causes c on c.source = i.source_actor_key and c.target = i.target_actor_key
        and c.kind = i.kind and c.occurred_at = i.occurred_at
"""

_POSTED: Final = """
    select distinct coalesce(tag, '') as topic, period from (
        select unnest(case when len(hashtags) > 0 then hashtags else [null] end) as tag,
               epoch_us(posted_at) // $width - $first as period
        from posts where author_actor_id = $actor_id
    ) where period >= 0 and period < $periods
"""

_GAVE: Final = """
    select distinct '' as topic, epoch_us(occurred_at) // $width - $first as period
    from interactions where source_actor_key = $actor
      and epoch_us(occurred_at) // $width - $first between 0 and $periods - 1
"""

_DONE: Final = """
    select person, period, count(*) as acts, bool_or(target = $actor) as is_towards,
           bool_and(target = $actor and is_moved) as is_caused
    from (select *, about_us // $width - $first as period from acts where network = $network)
    where period >= 0 and period < $periods and person <> $actor_person group by person, period
"""

_ON_TOPICS: Final = """
    select tag, person, period, bool_or(target = $actor) as is_towards,
           bool_and(target = $actor and is_moved) as is_caused
    from (
        select person, target, is_moved, about_us // $width - $first as period, unnest(hashtags) as tag
        from acts where network = $network and list_has_any(hashtags, $topics)
    )
    where period >= 0 and period < $periods and list_contains($topics, tag) and person <> $actor_person
    group by tag, person, period
"""

_FOLLOWERS: Final = """
    select coalesce(giver.person_key, f.source_actor_key) as person,
           min(epoch_us(f.first_seen_at) // $width - $first) as period
    from follows f left join person_keys giver on giver.actor_key = f.source_actor_key
    where f.target_actor_key = $actor and f.first_seen_at < $as_of group by 1
"""

_REACTORS: Final = """
    select person, min(acted_us // $width - $first) as period
    from acts where target = $actor and acted_us < $as_of_us group by person
"""


@dataclass(frozen=True)
class Window:
    """The periods that are looked at, and for whom."""

    as_of: datetime
    period_hours: int
    first: int
    """number of the first period since 1970"""
    periods: int

    @property
    def width(self) -> int:
        """Microseconds of a period."""
        return self.period_hours * 3600 * MICROSECONDS_PER_SECOND

    def numbers(self) -> dict[str, object]:
        """Parameters that every query takes."""
        return {"width": self.width, "first": self.first}


@dataclass(frozen=True, eq=False)
class Seen:
    """All that a comparison needs of one actor."""

    panel: Panel
    topics: dict[str, Occasions]
    audience_from: AudienceFrom
    does_publish: bool
    """its posts are known; else only its own acts are"""


def window_of(store: TableStore, as_of: datetime | None, period_hours: int) -> Window:
    """The latest periods before a moment, cut at whole hours (days) of UTC.

    Raises:   TooLittleInputError: no interactions before the moment.
    """
    moment, bounds = as_of or newest_moment(store), store.time_bounds()
    width = period_hours * 3600 * MICROSECONDS_PER_SECOND
    if bounds is None or bounds[0] >= moment:
        raise TooLittleInputError(f"Nothing happened in the store before {moment.isoformat()}.")
    last = (microseconds_of(moment) - 1) // width
    first = max(microseconds_of(bounds[0]) // width, last - MOST_PERIODS + 1)
    return Window(moment, period_hours, first, last - first + 1)


@contextmanager
def open_acts(store: TableStore, window: Window, causes: pa.Table | None = None) -> Iterator[DuckDBEngine]:
    """An engine with `acts`: a table, or a view where it would not fit into memory."""
    from renown.engines.duckdb import DuckDBEngine

    is_remote = "://" in store.location.removeprefix("file://")
    with DuckDBEngine() as engine:
        for table in ("interactions", "posts", "follows"):
            if is_remote:
                engine.register_arrow(table, store.read(table))
            else:
                engine.register_files(table, store.files(table))
        engine.register_arrow("person_keys", store.person_keys().as_table())
        if causes is not None:
            engine.register_arrow("causes", causes)
        sql = _ACTS.sql.format(
            is_moved="false" if causes is None else "coalesce(c.is_moved, false)",
            causes="" if causes is None else _CAUSES,
        )
        before = EPOCH + timedelta(microseconds=microseconds_of(window.as_of))
        step = replace(_ACTS, sql=f"{sql} and i.occurred_at < timestamptz '{before.isoformat()}'")
        is_small = store.interactions().rows_count <= MOST_STORED
        engine.run_steps([replace(step, is_stored=is_small)])
        yield engine


def read_actor(
    engine: DuckDBEngine, actor: Actor, actor_person: int, window: Window, topics: Sequence[str]
) -> Seen:
    """What is known of an actor's occasions, its audience, and everybody on its network.

    Raises:   TooLittleInputError: the actor was never heard, or has no audience.
    """
    who: dict[str, object] = {**window.numbers(), "periods": window.periods, "actor": actor.actor_key}
    occasions, does_publish = _occasions(engine, actor, who, topics)
    chosen = _most_frequent(occasions)
    here = {**who, "network": actor.network, "actor_person": actor_person}
    done = _arrays(engine.query(_DONE, here))
    people = np.unique(done["person"])
    members, audience_from = _audience(engine, actor, window)
    panel = _panel(done, people, members, window.periods)
    if chosen == [EVERYTHING]:
        acts = {EVERYTHING: done}
    else:
        rows = engine.query(_ON_TOPICS, {**here, "topics": chosen})
        tags = np.asarray(rows["tag"].to_pylist(), dtype=object)
        columns = _arrays(rows.drop_columns("tag"))
        acts = {tag: {name: column[tags == tag] for name, column in columns.items()} for tag in chosen}
    found = {tag: _occasions_of(occasions[tag], acts[tag], people, window.periods) for tag in chosen}
    return Seen(panel, found, audience_from, does_publish)


def _occasions(
    engine: DuckDBEngine, actor: Actor, who: dict[str, object], topics: Sequence[str]
) -> tuple[dict[str, IntArray], bool]:
    """Periods by topic in which the actor was heard, and whether its posts are what says so."""
    asked = {name: who[name] for name in ("width", "first", "periods")}
    rows = engine.query(_POSTED, {**asked, "actor_id": actor.actor_id})
    does_publish = rows.num_rows > 0
    if not does_publish:
        rows = engine.query(_GAVE, {**asked, "actor": actor.actor_key})
    names = np.asarray(rows["topic"].to_pylist(), dtype=object)
    periods = np.asarray(rows["period"].to_numpy(), np.int64)
    tagged = [name for name in dict.fromkeys(names.tolist()) if name != EVERYTHING]
    if topics:
        wanted = [topic.removeprefix("#").lower() for topic in topics]
        missing = [topic for topic in wanted if topic not in tagged]
        if missing:
            raise TooLittleInputError(
                f"{actor.actor_id} published nothing with #{', #'.join(missing)} in the periods looked at.",
                hint=f"It has {', '.join(f'#{tag}' for tag in tagged[:10]) or 'no hashtags at all'}.",
            )
        tagged = wanted
    if tagged:
        return {tag: periods[names == tag] for tag in tagged}, does_publish
    if not rows.num_rows:
        raise TooLittleInputError(
            f"{actor.actor_id} neither published nor did anything in the store, so nobody was exposed to it.",
            hint="Import its posts (`renown import posts`), or ask about another actor.",
        )
    return {EVERYTHING: np.unique(periods)}, does_publish


def _most_frequent(occasions: dict[str, IntArray]) -> list[str]:
    return sorted(occasions, key=lambda tag: (-occasions[tag].size, tag))[:MOST_TOPICS]


def _audience(
    engine: DuckDBEngine, actor: Actor, window: Window
) -> tuple[tuple[IntArray, IntArray], AudienceFrom]:
    """People of the audience and the period since when each is; followers where any are known."""
    who: dict[str, object] = {**window.numbers(), "actor": actor.actor_key}
    followers = _arrays(engine.query(_FOLLOWERS, {**who, "as_of": window.as_of}))
    if followers["person"].size:
        return (followers["person"], followers["period"]), "follows"
    moment = microseconds_of(window.as_of)
    reactors = _arrays(engine.query(_REACTORS, {**who, "as_of_us": moment}))
    if not reactors["person"].size:
        raise TooLittleInputError(
            f"Nobody follows {actor.actor_id} or ever reacted to it: it has no audience to look at.",
        )
    return (reactors["person"], reactors["period"]), "reactions"


def _panel(
    done: dict[str, IntArray], people: IntArray, members: tuple[IntArray, IntArray], periods: int
) -> Panel:
    from renown.kernels.matching import Panel

    order = np.argsort(done["period"], kind="stable")
    person, period = np.searchsorted(people, done["person"][order]), done["period"][order]
    first = np.full(people.size, NEVER)
    np.minimum.at(first, person, period)
    since = np.full(people.size, NEVER)
    is_here = np.isin(members[0], people)
    since[np.searchsorted(people, members[0][is_here])] = members[1][is_here]
    return Panel(first, since, np.searchsorted(period, np.arange(periods + 1)), person, done["acts"][order])


def _occasions_of(heard: IntArray, acts: dict[str, IntArray], people: IntArray, periods: int) -> Occasions:
    from renown.kernels.matching import IS_CAUSED, IS_TOWARDS, Occasions

    is_occasion = np.zeros(periods, np.bool_)
    is_occasion[heard] = True
    order = np.argsort(acts["period"], kind="stable")
    marks = IS_CAUSED * acts["is_caused"][order] + IS_TOWARDS * acts["is_towards"][order]
    return Occasions(
        is_occasion,
        np.searchsorted(acts["period"][order], np.arange(periods + 1)),
        np.searchsorted(people, acts["person"][order]),
        marks.astype(np.int8),
    )


def _arrays(rows: pa.Table) -> dict[str, IntArray]:
    return {name: np.asarray(rows[name].cast("int64").to_numpy(), np.int64) for name in rows.column_names}
