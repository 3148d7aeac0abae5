"""The single reactions behind any figure of a ledger: the last thing that a number opens to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from renown.explain.records import Record

if TYPE_CHECKING:
    import pyarrow as pa

NO_POST_ID = ""
"""As `post_id`: the reactions that name no post."""


@dataclass(frozen=True)
class Reaction(Record):
    """One reaction, and what it gave."""

    source: int | str
    """key of the account that reacted (its actor id once read from a store)"""
    person: int | str
    """key of the person behind it; equal to source unless accounts are proven to belong together"""
    label: str
    kind: str
    post_id: str | None
    reaction_post_id: str | None
    occurred_at: datetime
    is_counted: bool
    weight: float
    """what its kind weighs, less if the person handed out many that day"""
    mass: float
    """weight faded by age"""
    contribution: float
    """effective people"""


@dataclass(frozen=True)
class Chosen(Record):
    """Which reactions are meant; what is None does not narrow the choice."""

    person_key: int | None = None
    post_id: str | None = None
    """`NO_POST_ID`: those that name no post"""
    day: date | None = None
    """a UTC day"""
    kind: str | None = None


def reactions_of(
    contributions: pa.Table, chosen: Chosen | None = None, *, limit: int | None = None
) -> tuple[Reaction, ...]:
    """The reactions behind a row of a ledger, those that are kept and do not count included.

    Their contributions add up to the row's.

    Args:     contributions: `renown.scoring.contributions`; chosen: a person, post, day, kind, or several.
    Returns:  the largest contribution first; equal ones the latest first.
    Example:
        >>> import pyarrow as pa
        >>> reactions_of(pa.table({"kind": pa.array([], pa.string())}), Chosen(kind="like"), limit=0)
        ()
    """
    import pyarrow.compute as pc

    table = (
        contributions.filter(_mask(contributions, chosen))
        if chosen and _is_narrowing(chosen)
        else contributions
    )
    if table.num_rows == 0:
        return ()
    order = [(name, direction) for name, direction in _ORDER if name in table.column_names]
    wanted = table.num_rows if limit is None else max(0, min(limit, table.num_rows))
    return tuple(_reaction(row) for row in table.take(pc.select_k_unstable(table, wanted, order)).to_pylist())


_ORDER = (
    ("contribution", "descending"),
    ("occurred_at", "descending"),
    ("source_actor_key", "ascending"),
    ("kind", "ascending"),
    ("post_id", "ascending"),
    ("reaction_post_id", "ascending"),
)


def _is_narrowing(chosen: Chosen) -> bool:
    return any(value is not None for value in (chosen.person_key, chosen.post_id, chosen.day, chosen.kind))


def _mask(table: pa.Table, chosen: Chosen) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    masks = []
    if chosen.person_key is not None:
        masks.append(pc.equal(table["person_key"], chosen.person_key))
    if chosen.post_id == NO_POST_ID:
        masks.append(pc.is_null(table["post_id"]))
    elif chosen.post_id is not None:
        masks.append(pc.fill_null(pc.equal(table["post_id"], chosen.post_id), False))
    if chosen.kind is not None:
        masks.append(pc.equal(table["kind"], chosen.kind))
    if chosen.day is not None:
        begin = datetime.combine(chosen.day, time(), UTC)
        first, after = (
            pa.scalar(moment, table["occurred_at"].type) for moment in (begin, begin + timedelta(days=1))
        )
        masks.append(
            pc.and_(pc.greater_equal(table["occurred_at"], first), pc.less(table["occurred_at"], after))
        )
    mask = masks[0]
    for narrower in masks[1:]:
        mask = pc.and_(mask, narrower)
    return mask


def _reaction(row: dict[str, Any]) -> Reaction:
    return Reaction(
        source=row["source_actor_key"],
        person=row["person_key"],
        label=str(row["source_actor_key"]),
        kind=row["kind"],
        post_id=row["post_id"],
        reaction_post_id=row["reaction_post_id"],
        occurred_at=row["occurred_at"],
        is_counted=row["is_counted"],
        weight=row["weight"],
        mass=row["mass"],
        contribution=row["contribution"],
    )
