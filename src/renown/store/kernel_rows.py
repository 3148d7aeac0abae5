"""From stored files to the sorted arrays that the kernels take, one range of sources at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.store.persons import PersonKeys
from renown.store.sorted_files import SortedFiles, SourceRange
from renown.types import KINDS, MICROSECONDS_PER_DAY

if TYPE_CHECKING:
    from renown.kernels.attention import Rows, Rule

IntArray = NDArray[np.int64]

KERNEL_COLUMNS = ("source_actor_key", "target_actor_key", "kind", "occurred_at")


@dataclass(frozen=True)
class Stretch:
    """Rows of a range of sources: ordinary ones, ready for a kernel; those of joined persons, set aside."""

    ordinary: Rows
    joined: Rows
    """by person key, not yet complete: a person's accounts may lie in several ranges"""


def kernel_rule(definition: Definition, as_of_microseconds: int) -> Rule:
    """The definition in the kernels' units."""
    from renown.kernels.attention import Rule, discount_table

    fresh_days = definition.freshness.half_life_days if definition.freshness else 0.0
    return Rule(
        as_of_microseconds=as_of_microseconds,
        half_life_microseconds=definition.half_life_days * MICROSECONDS_PER_DAY,
        momentum_half_life_microseconds=definition.momentum_half_life_days * MICROSECONDS_PER_DAY,
        freshness_half_life_microseconds=fresh_days * MICROSECONDS_PER_DAY,
        exponent=definition.exponent,
        daily_cap=definition.daily_cap,
        weights=np.array([definition.weights.get(kind, 0.0) for kind in KINDS]),
        discounts=discount_table(definition.selectivity, definition.selectivity_scale),
    )


def given_and_rule(rows: Rows, rule: Rule, definition: Definition) -> tuple[NDArray[np.int32], Rule]:
    """What `count_given` says of the rows, and a rule whose discounts reach that far."""
    from renown.kernels.attention import count_given, discount_table

    given = count_given(rows, rule)
    highest = int(given.max(initial=0))
    if highest >= rule.discounts.size:
        rule = rule._replace(
            discounts=discount_table(definition.selectivity, definition.selectivity_scale, highest)
        )
    return given, rule


def read_stretch(files: SortedFiles, span: SourceRange, persons: PersonKeys) -> Stretch:
    """Rows of a range of sources, without those in which a person acts on themselves."""
    rows = in_order(table_rows(files.read(span, KERNEL_COLUMNS)))
    is_joined = np.isin(rows.source, persons.actor) if persons.actor.size else np.zeros(0, np.bool_)
    if not is_joined.any():
        return Stretch(_without_own(rows), pick(rows, np.zeros(0, np.int64)))
    joined = others_only(pick(rows, np.flatnonzero(is_joined)), persons)
    return Stretch(_without_own(pick(rows, np.flatnonzero(~is_joined))), joined)


def others_only(rows: Rows, persons: PersonKeys) -> Rows:
    """The rows by person, without those in which a person acts on themselves."""
    by_person = rows._replace(source=persons.of(rows.source))
    return pick(by_person, np.flatnonzero(by_person.source != persons.of(by_person.target)))


def join_rows(parts: list[Rows]) -> Rows:
    """Rows set aside in several stretches, together and in order."""
    from renown.kernels.attention import Rows

    return in_order(Rows(*(np.concatenate(columns) for columns in zip(*parts, strict=True))))


def table_rows(table: pa.Table) -> Rows:
    """Kernel columns of a table as arrays, in the table's order."""
    from renown.kernels.attention import Rows

    return Rows(
        table["source_actor_key"].to_numpy(),
        table["target_actor_key"].to_numpy(),
        kind_codes(table["kind"]),
        table["occurred_at"].cast(pa.int64()).to_numpy(),
    )


def kind_codes(column: pa.ChunkedArray) -> NDArray[np.int8]:
    """Place of each kind in KINDS."""
    places = {kind: place for place, kind in enumerate(KINDS)}
    if not column.num_chunks:
        return np.empty(0, np.int8)
    codes = []
    for chunk in column.chunks:
        words = np.array([places[word] for word in chunk.dictionary.to_pylist()], np.int8)
        codes.append(words[np.asarray(chunk.indices)] if len(words) else np.empty(0, np.int8))
    return np.concatenate(codes)


def in_order(rows: Rows) -> Rows:
    """The rows sorted by source, target and time; free where they are (one file covers the range)."""
    order = row_order(rows)
    return rows if order is None else pick(rows, order)


def row_order(rows: Rows) -> IntArray | None:
    """Positions that sort rows by source, target and time, equal ones as they stand; None where sorted."""
    from renown.kernels.ordering import is_ordered, order_rows

    if is_ordered(rows.source, rows.target, rows.time):
        return None
    return order_rows(rows.source, rows.target, rows.time, np.arange(rows.source.size))


def _without_own(rows: Rows) -> Rows:
    is_own = rows.source == rows.target
    return pick(rows, np.flatnonzero(~is_own)) if is_own.any() else rows


def pick(rows: Rows, places: IntArray) -> Rows:
    """The rows at the given places, in that order."""
    return rows._replace(
        source=rows.source[places], target=rows.target[places], kind=rows.kind[places], time=rows.time[places]
    )
