"""What one actor's earned attention is made of, interaction by interaction."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from renown.definitions import Definition, load_definition
from renown.scoring.forms import microseconds_of, newest_moment
from renown.scoring.rows import (
    KERNEL_COLUMNS,
    kernel_rule,
    kind_codes,
    others_only,
    pick,
    row_order,
    table_rows,
)
from renown.store import TableStore
from renown.store.parallel import in_order
from renown.store.persons import PersonKeys
from renown.store.sorted_files import SortedFiles, SourceRange, rows_schema
from renown.types import KINDS, MICROSECONDS_PER_DAY

if TYPE_CHECKING:
    from renown.kernels.attention import Rows, Rule

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

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
class _Received:
    """Interactions others gave the actor, and how much each person handed out that day, by moment."""

    rows: pa.Table
    person: IntArray
    handed_out: IntArray
    """shape (moments, rows); 0 where nothing of that day counts for the actor"""


def contributions(
    store: TableStore, actor_key: int, *, definition: Definition | None = None, as_of: datetime | None = None
) -> pa.Table:
    """One row per interaction that others gave an actor before a moment, with its part of what was earned.

    Returns:  source_actor_key, person_key, network, kind, post_id, reaction_post_id, occurred_at, is_counted,
              weight w(e), mass w(e) * 2^(-age/half_life), tie_mass (sum over the pair),
              contribution c(u,v) * mass / tie_mass. Contributions add up to the actor's earned attention.
    Cost:     one pass over the target column; then all rows of those who reacted, since what a source
              handed out on a day decides what each reaction weighs.
    """
    moment = as_of or newest_moment(store)
    return contributions_at(store, actor_key, definition=definition, moments=[moment])[0]


def contributions_at(
    store: TableStore, actor_key: int, *, definition: Definition | None = None, moments: Sequence[datetime]
) -> list[pa.Table]:
    """`contributions` as of several moments, from one reading of the store."""
    definition = definition or load_definition()
    times = [microseconds_of(moment) for moment in moments]
    received = _read_received(store, actor_key, definition, times)
    return [_weighed(received, place, definition, time) for place, time in enumerate(times)]


def _read_received(
    store: TableStore, actor_key: int, definition: Definition, times: Sequence[int]
) -> _Received:
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
        return _Received(_received_schema().empty_table(), _NOBODY, np.empty((len(times), 0), np.int64))
    return _Received(
        pa.concat_tables([part.rows for part in found]).unify_dictionaries(),
        np.concatenate([part.person for part in found]),
        np.concatenate([part.handed_out for part in found], axis=1),
    )


def _received_schema() -> pa.Schema:
    return pa.schema([rows_schema().field(name) for name in (*KERNEL_COLUMNS, *_DETAIL_COLUMNS)])


def _received_in(search: _Search, span: SourceRange) -> tuple[_Received, IntArray]:
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
    return _Received(pa.table(columns, schema=_received_schema()), source, handed_out), joined


def _received_from(search: _Search, people: IntArray) -> _Received:
    """What some persons gave, each by all their accounts together."""
    columns = (*KERNEL_COLUMNS, *_DETAIL_COLUMNS)
    table = search.files.rows_of("source_actor_key", search.persons.accounts(people), columns)
    rows = table_rows(table)
    person = search.persons.of(rows.source)
    others = np.flatnonzero(person != search.persons.of(rows.target))
    table = table.drop_columns(["row_number"]).take(pa.array(others)).cast(_received_schema())
    places, handed_out = _given(search, others_only(rows, search.persons))
    return _Received(table.take(pa.array(places)), person[others][places], handed_out)


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


def _weighed(received: _Received, place: int, definition: Definition, time: int) -> pa.Table:
    """Weights, masses and contributions as of one moment."""
    rows, person, handed_out = received.rows, received.person, received.handed_out[place]
    before = rows["occurred_at"].cast(pa.int64()).to_numpy() < time
    rows, person, handed_out = rows.filter(pa.array(before)), person[before], handed_out[before]
    kind_weight = np.array([definition.weights.get(kind, 0.0) for kind in KINDS])[kind_codes(rows["kind"])]
    is_counted = _strongest(rows, person, kind_weight, definition)
    discount = (1 + (np.maximum(handed_out, 1) - 1) / definition.selectivity_scale) ** definition.selectivity
    weight = np.where(is_counted, kind_weight / discount, 0.0)
    age = time - rows["occurred_at"].cast(pa.int64()).to_numpy()
    mass = weight * np.exp2(-age / (definition.half_life_days * MICROSECONDS_PER_DAY))
    pair = np.unique(person, return_inverse=True)[1]
    tie_mass = np.bincount(pair, mass, minlength=1)[pair] if pair.size else np.empty(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        contribution = np.where(tie_mass > 0, tie_mass**definition.exponent * mass / tie_mass, 0.0)
    return pa.table(
        {
            "source_actor_key": rows["source_actor_key"],
            "person_key": pa.array(person),
            "network": rows["network"].cast(pa.string()),
            "kind": rows["kind"].cast(pa.string()),
            "post_id": rows["post_id"],
            "reaction_post_id": rows["reaction_post_id"],
            "occurred_at": rows["occurred_at"],
            "is_counted": pa.array(is_counted),
            "weight": pa.array(weight),
            "mass": pa.array(mass),
            "tie_mass": pa.array(tie_mass),
            "contribution": pa.array(contribution),
        }
    )


def _strongest(
    rows: pa.Table, person: IntArray, kind_weight: FloatArray, definition: Definition
) -> NDArray[np.bool_]:
    """Which rows count: of each person and day those of most mass at its end, then the latest, by post."""
    time = rows["occurred_at"].cast(pa.int64()).to_numpy()
    day = time // MICROSECONDS_PER_DAY
    _, group, sizes = np.unique(_person_days(person, day), return_inverse=True, return_counts=True)
    is_counted = kind_weight > 0
    crowded = np.flatnonzero(sizes[group] > definition.daily_cap)
    if crowded.size:
        preference = _preference(rows.take(pa.array(crowded)))
        days_left = ((day + 1) * MICROSECONDS_PER_DAY - time) / MICROSECONDS_PER_DAY
        strength = kind_weight * np.exp2(-days_left / definition.half_life_days)
        # what weighs nothing stands last even where fading leaves nothing of the others
        strength = np.where(is_counted, strength, -1.0)
        keys = (preference, -time[crowded], -strength[crowded], day[crowded], person[crowded])
        is_counted[crowded] &= _place_in_group(keys) < definition.daily_cap
    return np.asarray(is_counted)


def _person_days(person: IntArray, day: IntArray) -> IntArray:
    """One number per person and day."""
    first_day = int(day.min(initial=0))
    return np.asarray(person * (int(day.max(initial=0)) - first_day + 1) + (day - first_day))


def _place_in_group(keys: tuple[NDArray[np.number], ...]) -> IntArray:
    """0, 1, 2 ... within rows that agree in the last two keys, in the order of all keys."""
    order = np.lexsort(keys)
    count = order.size
    starts = np.ones(count, np.bool_)
    starts[1:] = np.any([np.diff(key[order]) != 0 for key in keys[-2:]], axis=0)
    place = np.empty(count, np.int64)
    place[order] = np.arange(count) - np.maximum.accumulate(np.where(starts, np.arange(count), 0))
    return place


def _preference(rows: pa.Table) -> IntArray:
    """Place of each row in the order post, reaction post, kind, source, with what is missing first."""
    import pyarrow.compute as pc

    named = pa.table(
        {
            "post_id": pc.fill_null(rows["post_id"], ""),
            "reaction_post_id": pc.fill_null(rows["reaction_post_id"], ""),
            "kind": rows["kind"].cast(pa.string()),
            "source_actor_key": rows["source_actor_key"],
        }
    )
    order = pc.sort_indices(named, sort_keys=[(name, "ascending") for name in named.column_names]).to_numpy()
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    return place
