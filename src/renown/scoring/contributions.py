"""What one actor's earned attention is made of, interaction by interaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from renown.definitions import Definition, load_definition
from renown.scoring.freshness import freshness_of
from renown.scoring.received import Received, read_received
from renown.store import TableStore
from renown.store.kernel_rows import kind_codes
from renown.store.run_inputs import microseconds_of, newest_moment
from renown.trust import Doubts, read_doubts
from renown.types import KINDS, MICROSECONDS_PER_DAY

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def contributions(
    store: TableStore,
    actor_key: int,
    *,
    definition: Definition | None = None,
    as_of: datetime | None = None,
    trust_run_id: str | None = None,
) -> pa.Table:
    """One row per interaction that others gave an actor before a moment, with its part of what was earned.

    Returns:  source_actor_key, person_key, network, kind, post_id, reaction_post_id, occurred_at, is_counted,
              weight w(e), mass w(e) * 2^(-age/half_life), tie_mass (sum over the pair),
              belief trust(u) * independence(u,v), contribution c(u,v) * mass / tie_mass, finding_id (the
              finding that doubts the tie, -1: a stranger, -2: nothing is said of it). Where the definition
              knows freshness: fresh_share of what the tie gives, and freshness, of the actor, which every
              contribution is multiplied by.
              Contributions add up to the actor's earned attention. Rows are in order of source and time.
    Args:     trust_run_id: whose discounts to take; None: everybody is taken at their word.
    Cost:     that of `read_received`, and a quarter of a second a million reactions.
    """
    moment = as_of or newest_moment(store)
    return contributions_at(
        store, actor_key, definition=definition, moments=[moment], trust_run_ids=[trust_run_id]
    )[0]


def contributions_at(
    store: TableStore,
    actor_key: int,
    *,
    definition: Definition | None = None,
    moments: Sequence[datetime],
    trust_run_ids: Sequence[str | None] | None = None,
) -> list[pa.Table]:
    """`contributions` as of several moments, from one reading of the store; each may have its trust run."""
    definition = definition or load_definition()
    times = [microseconds_of(moment) for moment in moments]
    received = read_received(store, actor_key, definition, times)
    tables = [_weighed(received, place, definition, time) for place, time in enumerate(times)]
    run_ids = trust_run_ids or [None] * len(times)
    doubts = {run_id: read_doubts(store, run_id, actor_key) for run_id in set(run_ids)}
    believed = [_believed(table, doubts[run_id]) for table, run_id in zip(tables, run_ids, strict=True)]
    if definition.freshness is None:
        return believed
    return [_freshened(table, definition, time) for table, time in zip(believed, times, strict=True)]


def _freshened(table: pa.Table, definition: Definition, time: int) -> pa.Table:
    """The table with every contribution times the actor's freshness, and that as a column of its own."""
    assert definition.freshness is not None
    given = table["contribution"].to_numpy()
    weighed = pa.array([kind for kind in KINDS if definition.weights.get(kind, 0.0) > 0], pa.string())
    weighs = pc.is_in(table["kind"], value_set=weighed).to_numpy()
    person = np.unique(table["person_key"].to_numpy(), return_inverse=True)[1]
    latest = np.full(int(person.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(latest, person[weighs], table["occurred_at"].cast(pa.int64()).to_numpy()[weighs])
    half_life = definition.freshness.half_life_days * MICROSECONDS_PER_DAY
    share = np.exp2((latest[person] - time) / half_life)
    fresh = np.array((given * share).sum())
    factor = float(freshness_of(np.array(given.sum()), fresh, definition.freshness))
    place = table.column_names.index("contribution")
    table = table.set_column(place, "contribution", pa.array(given * factor))
    table = table.append_column("fresh_share", pa.array(share))
    return table.append_column("freshness", pa.array(np.full(given.size, factor)))


def _believed(table: pa.Table, doubts: Doubts) -> pa.Table:
    """The table with every contribution discounted, and by what."""
    people = table["person_key"].to_numpy()
    belief = doubts.shares(people)
    place = table.column_names.index("contribution")
    table = table.set_column(place, "contribution", pa.array(table["contribution"].to_numpy() * belief))
    table = table.append_column("belief", pa.array(belief))
    return table.append_column("finding_id", pa.array(doubts.findings(people)))


def _weighed(received: Received, place: int, definition: Definition, time: int) -> pa.Table:
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
