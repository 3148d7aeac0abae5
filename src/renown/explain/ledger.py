"""The ledger: where an actor's earned attention comes from, in parts that add up to it.

docs/concepts/ledger.md has the formula and an example worked by hand.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

import numpy as np

from renown.explain.records import Record
from renown.explain.sums import (
    ExactValues,
    FloatArray,
    Groups,
    IntArray,
    distinct_per_group,
    group_rows,
)
from renown.types import MICROSECONDS_PER_DAY

if TYPE_CHECKING:
    import pyarrow as pa

Dimension = Literal["person", "kind", "post", "day", "network"]
"""What a ledger is broken down by. `network`: where the reaction came from; only where the rows name it."""

DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)

Role = Literal["named", "unnamed", "others"]

OTHERS: Final = "others"
NO_POST: Final = "no post named"
OVER_DAILY_CAP: Final = "daily cap"
WEIGHTLESS_KIND: Final = "kind without weight"

_MEANINGS: Final[Mapping[str, str]] = {
    OVER_DAILY_CAP: "the same person had already reacted as often that day as counts",
    WEIGHTLESS_KIND: "the definition gives this kind of reaction no weight",
}
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True)
class LedgerRow(Record):
    """One line of a ledger: a person, kind, post, day or network, and what it gave."""

    key: int | str | None
    """person_key (an actor id once read from a store), kind, post id, ISO date, network; None: not one"""
    label: str
    role: Role
    """named: one entry; unnamed: reactions that name no post; others: all entries that the limit cut off"""
    contribution: float
    """effective people"""
    share: float
    """of the actor's earned attention, 0..1"""
    people_count: int
    interactions_count: int
    entries_count: int
    """how many entries the row stands for: 1, or more in others"""


@dataclass(frozen=True)
class NotCounted(Record):
    """Reactions that are kept in the store and do not count, and why."""

    reason: str
    meaning: str
    interactions_count: int


@dataclass(frozen=True)
class Ledger(Record):
    """An actor's earned attention, broken down five ways; the rows of each add up to `earned_attention`."""

    earned_attention: float
    """effective people"""
    people_count: int
    """distinct people whose reactions count"""
    interactions_count: int
    """reactions that count"""
    half_people_count: int
    """the fewest people who together gave at least half of it"""
    parts: Mapping[Dimension, tuple[LedgerRow, ...]]
    not_counted: tuple[NotCounted, ...]


def build_ledger(
    contributions: pa.Table, *, limit: int | None = 20, weightless_kinds: Collection[str] = ()
) -> Ledger:
    """Break an actor's earned attention down by person, kind, post, day and network.

    Formula:  contribution(e) = c(u,v) * mass(e) / (sum of mass over the reactions of u to v); a row of the
              ledger is the sum of its reactions' contributions; the rows of one dimension add up to E(v).
    Args:     contributions: `renown.scoring.contributions`; with a column `network`, by network too.
              limit: named rows a dimension; the rest is one row, `others`. None: all.
              weightless_kinds: kinds that the definition gives no weight, to tell them from the daily cap.
    Returns:  rows by contribution, the largest first (equal ones by key); then reactions that name no post;
              then others. Days are UTC.
    Notes:    a million reactions in under half a second; deterministic.
    """
    book = _open_book(contributions)
    return Ledger(
        earned_attention=book.total,
        people_count=len(book.people.keys),
        interactions_count=book.counted.num_rows,
        half_people_count=_fewest_with_half(book.people.sums(book.values)),
        parts={name: book.rows_by(name, limit) for name in _dimensions_of(book.counted)},
        not_counted=_not_counted(contributions, weightless_kinds),
    )


def build_part(
    contributions: pa.Table, dimension: Dimension, *, limit: int | None = 20
) -> tuple[LedgerRow, ...]:
    """One dimension of the ledger alone: the same rows as `build_ledger(...).parts[dimension]`."""
    return _open_book(contributions).rows_by(dimension, limit)


def relabel(ledger: Ledger, dimension: Dimension, names: Mapping[int | str, tuple[int | str, str]]) -> Ledger:
    """The same ledger with other keys and labels: `names` maps a row's key to (key, label)."""
    rows = tuple(
        replace(row, key=names[row.key][0], label=names[row.key][1])
        if row.key is not None and row.key in names
        else row
        for row in ledger.parts[dimension]
    )
    return replace(ledger, parts={**ledger.parts, dimension: rows})


def _dimensions_of(counted: pa.Table) -> tuple[Dimension, ...]:
    return tuple(name for name in DIMENSIONS if name != "network" or "network" in counted.column_names)


def iso_day(day: int) -> str:
    """A count of days since 1970 as its date.

    Example:
        >>> iso_day(19844)
        '2024-05-01'
    """
    return (_EPOCH + timedelta(days=day)).isoformat()


def _group(counted: pa.Table, dimension: Dimension) -> Groups:
    import pyarrow as pa

    if dimension != "day":
        return group_rows(counted[_COLUMNS[dimension]])
    microseconds = counted["occurred_at"].cast(pa.int64()).to_numpy()
    days = group_rows(pa.array(microseconds // MICROSECONDS_PER_DAY))
    return Groups(days.codes, pa.array([iso_day(day) for day in days.keys.to_pylist()], pa.string()))


_COLUMNS: Final[Mapping[Dimension, str]] = {
    "person": "person_key",
    "kind": "kind",
    "post": "post_id",
    "network": "network",
}
_NEEDED: Final = (*_COLUMNS.values(), "occurred_at", "contribution")


class _Heading(NamedTuple):
    key: int | str | None
    label: str
    role: Role
    entries_count: int = 1


@dataclass(frozen=True)
class _Book:
    """The reactions that count, and what every dimension needs of them."""

    counted: pa.Table
    values: ExactValues
    people: Groups
    total: float

    def rows_by(self, dimension: Dimension, limit: int | None) -> tuple[LedgerRow, ...]:
        """The largest entries of a dimension, then a line without a name and one for all others."""
        groups = self.people if dimension == "person" else _group(self.counted, dimension)
        top = _largest(groups, groups.sums(self.values), limit)
        headings = [_Heading(key, str(key), "named") for key in groups.keys.take(top).to_pylist()]
        headings.append(_Heading(None, NO_POST, "unnamed"))
        headings.append(_Heading(None, OTHERS, "others", len(groups.keys) - len(top)))
        # The line that each entry goes to: its own, the one for no entry named, or the one for all others.
        lines = np.full(len(groups.keys) + 1, len(top) + 1, np.int64)
        lines[top] = np.arange(len(top))
        lines[-1] = len(top)
        return self._rows(headings, lines[groups.codes])

    def _rows(self, headings: list[_Heading], codes: IntArray) -> tuple[LedgerRow, ...]:
        sums = self.values.sums(codes, len(headings)).tolist()
        people = distinct_per_group(codes, self.people.codes, len(headings)).tolist()
        interactions = np.bincount(codes, minlength=len(headings)).tolist()
        return tuple(
            LedgerRow(
                key=heading.key,
                label=heading.label,
                role=heading.role,
                contribution=sums[line],
                share=sums[line] / self.total if self.total > 0 else 0.0,
                people_count=people[line],
                interactions_count=interactions[line],
                entries_count=heading.entries_count,
            )
            for line, heading in enumerate(headings)
            if interactions[line] > 0
        )


def _open_book(contributions: pa.Table) -> _Book:
    needed = [name for name in _NEEDED if name in contributions.column_names]
    counted = contributions.select(needed).filter(contributions["is_counted"])
    values = ExactValues.of(counted["contribution"].to_numpy())
    return _Book(counted, values, group_rows(counted["person_key"]), values.total())


def _largest(groups: Groups, sums: FloatArray, limit: int | None) -> IntArray:
    """Codes of the entries with the largest sums, the largest first, equal ones by key."""
    import pyarrow as pa
    import pyarrow.compute as pc

    entries = pa.table({"sum": sums[:-1], "key": groups.keys})
    wanted = len(groups.keys) if limit is None else max(0, min(limit, len(groups.keys)))
    order = [("sum", "descending"), ("key", "ascending")]
    return np.asarray(pc.select_k_unstable(entries, wanted, order).to_numpy(), dtype=np.int64)


def _fewest_with_half(sums: FloatArray) -> int:
    """How many of the largest sums it takes to reach half of them all."""
    running = np.cumsum(np.sort(sums)[::-1])
    if len(running) == 0 or running[-1] <= 0:
        return 0
    # A hair below a half, so that two equal people are half of four whatever the rounding.
    return int(np.searchsorted(running, running[-1] * (0.5 - 1e-12))) + 1


def _not_counted(contributions: pa.Table, weightless_kinds: Collection[str]) -> tuple[NotCounted, ...]:
    import pyarrow as pa
    import pyarrow.compute as pc

    left_out = contributions.filter(pc.invert(contributions["is_counted"]))
    weightless = pc.is_in(left_out["kind"], pa.array(sorted(weightless_kinds), left_out["kind"].type))
    weightless_count = pc.sum(weightless).as_py() or 0
    counts = {OVER_DAILY_CAP: left_out.num_rows - weightless_count, WEIGHTLESS_KIND: weightless_count}
    return tuple(NotCounted(reason, _MEANINGS[reason], count) for reason, count in counts.items() if count)
