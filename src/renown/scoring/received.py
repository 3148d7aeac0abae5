"""What others gave one actor, and how much each of them handed out on those days."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.store import TableStore
from renown.store.kernel_rows import (
    KERNEL_COLUMNS,
    kernel_rule,
    kind_codes,
    others_only,
    pick,
    row_order,
    table_rows,
)
from renown.store.parallel import in_order
from renown.store.persons import PersonKeys
from renown.store.sorted_files import SortedFiles, SourceRange, rows_schema
from renown.store.target_index import TargetIndexes, Towards, source_time_order
from renown.types import KINDS, MICROSECONDS_PER_DAY

if TYPE_CHECKING:
    from renown.kernels.attention import Rows, Rule

IntArray = NDArray[np.int64]

# Smaller than the score's ranges: most actors' people are few, and a range without one is skipped.
_RANGE_ROWS = 524_288
_DETAIL_COLUMNS = ("network", "post_id", "reaction_post_id")
_NOBODY: IntArray = np.empty(0, np.int64)


@dataclass(frozen=True)
class _Search:
    """Whose contributions are looked for, where, and as of when."""

    files: SortedFiles
    persons: PersonKeys
    actor_key: int
    rules: tuple[Rule, ...]
    """one per moment"""
    details: tuple[str, ...]
    """those of the columns only explained, not computed with, that have a value anywhere"""


@dataclass(frozen=True)
class Received:
    """Interactions others gave an actor, by source and time, and how much each person handed out that day."""

    rows: pa.Table
    person: IntArray
    handed_out: IntArray
    """shape (moments, rows): counted interactions of the person on the row's day before each moment"""


def read_received(
    store: TableStore, actor_key: int, definition: Definition, times: Sequence[int]
) -> Received:
    """What others gave an actor; `handed_out` holds for each of the times, for rows before it.

    Cost:     with indexes, the actor's own rows, and all rows of those sources alone whose day they cannot
              tell (`_is_told`); without, everybody's target column and all rows of everybody who reacted.
    """
    indexes = store.target_indexes()
    if indexes is None:
        return _by_scan(store, actor_key, definition, times)
    return _by_index(indexes, store.person_keys(), actor_key, _Terms(definition, tuple(times)))


@dataclass(frozen=True)
class _Terms:
    """By which definition, and as of when."""

    definition: Definition
    times: tuple[int, ...]

    def weights(self) -> NDArray[np.float64]:
        """Weight of each kind, by its place in KINDS."""
        return np.array([self.definition.weights.get(kind, 0.0) for kind in KINDS])


def _by_index(indexes: TargetIndexes, persons: PersonKeys, actor_key: int, terms: _Terms) -> Received:
    details = [name for name in _DETAIL_COLUMNS[1:] if indexes.has_values(name)]
    found = indexes.towards(actor_key, details)
    person = persons.of(found.rows["source_actor_key"].to_numpy())
    others = np.flatnonzero(person != persons.of(np.array([actor_key]))[0])
    found = found.pick(others)
    rows, person = found.rows, person[others]
    nothing = pa.chunked_array([pa.nulls(rows.num_rows, pa.string())])
    target = pa.chunked_array([pa.repeat(pa.scalar(actor_key, pa.int64()), rows.num_rows)])
    columns = {name: rows[name] for name in rows.column_names} | {"target_actor_key": target}
    schema = _received_schema()
    rows = pa.table([columns.get(name, nothing) for name in schema.names], schema=schema)
    day = rows["occurred_at"].cast(pa.int64()).to_numpy() // MICROSECONDS_PER_DAY
    handed_out = np.tile(found.handed_out, (len(terms.times), 1))
    untold = [~_is_told(found, terms, day, time, indexes.latest_microseconds()) for time in terms.times]
    joined = np.isin(person, persons.person)
    asked = joined | np.any(untold, axis=0)
    if asked.any():
        counts = _count_days(indexes.files, persons, terms, _PersonDays(person[asked], day[asked]))
        handed_out[:, asked] = counts
    return Received(rows, person, handed_out)


def _is_told(found: Towards, terms: _Terms, day: IntArray, time: int, latest: int) -> NDArray[np.bool_]:
    """Where the index knows how many interactions count that a source handed out on a row's day.

    It does not where another file may have more of that day, where one target got more than the daily cap,
    where a kind weighs nothing, and where a day is cut by the moment; and of rows after it there is no need.
    """
    weightless = sum(1 << place for place in np.flatnonzero(~(terms.weights() > 0)).tolist())
    is_uncut = (day + 1) * MICROSECONDS_PER_DAY <= time if latest >= time else np.ones(day.size, np.bool_)
    is_told = found.is_whole_day & (found.most_of_pair <= terms.definition.daily_cap) & is_uncut
    return np.asarray((is_told & ((found.kinds & weightless) == 0)) | (day * MICROSECONDS_PER_DAY >= time))


class _PersonDays(NamedTuple):
    """Persons and UTC days, in parallel; the same may stand there several times."""

    person: IntArray
    day: IntArray


def _count_days(files: SortedFiles, persons: PersonKeys, terms: _Terms, asked: _PersonDays) -> IntArray:
    """How many counted interactions each person handed out on each day, before each of the times.

    Cost:     all rows of these persons are read, and those of these days sorted.
    """
    accounts = persons.accounts(np.unique(asked.person))
    table = files.rows_of("source_actor_key", accounts, KERNEL_COLUMNS)
    source, target = persons.of(table["source_actor_key"].to_numpy()), table["target_actor_key"].to_numpy()
    time = table["occurred_at"].cast(pa.int64()).to_numpy()
    first_day, days_count = int(asked.day.min()), int(np.ptp(asked.day)) + 1
    wanted, place = np.unique(asked.person * days_count + asked.day - first_day, return_inverse=True)
    day = time // MICROSECONDS_PER_DAY - first_day
    can_count = (source != persons.of(target)) & (terms.weights() > 0)[kind_codes(table["kind"])]
    person_day = source * days_count + day
    slot = np.minimum(np.searchsorted(wanted, person_day), wanted.size - 1)
    is_asked = (wanted[slot] == person_day) & (day >= 0) & (day < days_count)
    chosen = np.flatnonzero(is_asked & can_count)
    width = int(target.max(initial=0)) + 1
    pair, time = slot[chosen] * width + target[chosen], time[chosen]
    counts = np.empty((len(terms.times), wanted.size), np.int64)
    for number, moment in enumerate(terms.times):
        pairs, of_pair = np.unique(pair[time < moment], return_counts=True)
        counted = np.minimum(of_pair, terms.definition.daily_cap)
        counts[number] = np.bincount(pairs // width, counted, minlength=wanted.size)
    return counts[:, place]


def _by_scan(store: TableStore, actor_key: int, definition: Definition, times: Sequence[int]) -> Received:
    files = store.interactions()
    details = tuple(name for name in _DETAIL_COLUMNS if name == "network" or files.has_values(name))
    with ThreadPoolExecutor(1) as pool:
        planned = pool.submit(files.plan_towards, actor_key, _RANGE_ROWS)
        # loads the kernels meanwhile
        rules = tuple(kernel_rule(definition, time) for time in times)
        spans = planned.result()
    search = _Search(files, store.person_keys(), actor_key, rules, details)
    parts = list(in_order(partial(_received_in, search), spans))
    found = [part for part, _ in parts]
    joined = np.unique(np.concatenate([people for _, people in parts])) if parts else _NOBODY
    if joined.size:
        found.append(_received_from(search, joined))
    if not found:
        return Received(_received_schema().empty_table(), _NOBODY, np.empty((len(times), 0), np.int64))
    rows = pa.concat_tables([part.rows for part in found]).unify_dictionaries()
    person = np.concatenate([part.person for part in found])
    handed_out = np.concatenate([part.handed_out for part in found], axis=1)
    order = source_time_order(rows)
    if order is None:
        return Received(rows, person, handed_out)
    return Received(rows.take(pa.array(order)), person[order], handed_out[:, order])


def _received_schema() -> pa.Schema:
    return pa.schema([rows_schema().field(name) for name in (*KERNEL_COLUMNS, *_DETAIL_COLUMNS)])


def _received_in(search: _Search, span: SourceRange) -> tuple[Received, IntArray]:
    """What the sources of a range gave; of persons with several accounts only who they are."""
    table = search.files.read(span, KERNEL_COLUMNS)
    places, handed_out = _given(search, table_rows(table))
    source = table["source_actor_key"].to_numpy()[places]
    is_joined = np.isin(source, search.persons.actor)
    joined = np.unique(search.persons.of(source[is_joined]))
    # a person with several accounts is read whole, afterwards: their other accounts lie in other ranges
    places, handed_out, source = places[~is_joined], handed_out[:, ~is_joined], source[~is_joined]
    details = search.files.read(span, search.details).take(pa.array(places))
    nothing = pa.chunked_array([pa.nulls(places.size, pa.string())])
    columns = [details[name] if name in search.details else nothing for name in _DETAIL_COLUMNS]
    columns = [*table.take(pa.array(places)).columns, *columns]
    return Received(pa.table(columns, schema=_received_schema()), source, handed_out), joined


def _received_from(search: _Search, people: IntArray) -> Received:
    """What some persons gave, each by all their accounts together."""
    columns = (*KERNEL_COLUMNS, *_DETAIL_COLUMNS)
    table = search.files.rows_of("source_actor_key", search.persons.accounts(people), columns)
    rows = table_rows(table)
    person = search.persons.of(rows.source)
    others = np.flatnonzero(person != search.persons.of(rows.target))
    table = table.drop_columns(["row_number"]).take(pa.array(others)).cast(_received_schema())
    places, handed_out = _given(search, others_only(rows, search.persons))
    return Received(table.take(pa.array(places)), person[others][places], handed_out)


def _given(search: _Search, rows: Rows) -> tuple[IntArray, IntArray]:
    """Places of the rows towards the actor, and what their sources handed out that day, by moment."""
    from renown.kernels.attention import given_towards

    order = row_order(rows)
    if order is not None:
        rows = pick(rows, order)
    counts = [given_towards(rows, search.actor_key, rule) for rule in search.rules]
    places = counts[0][0]
    handed_out = np.stack([given for _, given in counts]).astype(np.int64)
    return places if order is None else order[places], handed_out
