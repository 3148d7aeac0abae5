"""How far causal readings are off, where the truth is known: on a simulated town."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.errors import ColumnsError, InputError, TooLittleInputError
from renown.evaluate.causal import check_enough, compare, estimates_of
from renown.evaluate.causal_reading import TRUE_CAUSES, Window, open_acts, read_actor, window_of
from renown.evaluate.causal_records import (
    READINGS,
    ActorTruth,
    CausalEvaluation,
    ReadingBias,
    ReadingName,
)
from renown.store import TableStore
from renown.store.records import Actor
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

    from renown.engines.duckdb import DuckDBEngine

FloatArray = NDArray[np.float64]

LEAST_ACTORS: Final = 10
_RESAMPLES: Final = 1000
_NAMED: Final = ("source_actor_id", "target_actor_id", "kind", "occurred_at")

_BUSIEST: Final = """
    select target, count(distinct person) as people from acts
    where target in (
        select distinct k.actor_key from posts p join actor_keys k on k.actor_id = p.author_actor_id
    )
    group by target order by people desc, target limit $count
"""


def evaluate_causal(
    store: TableStore,
    interactions: pa.Table,
    interaction_truth: pa.Table,
    *,
    actors: int = 100,
    period_hours: int = 24,
    progress: Progress = no_progress,
) -> CausalEvaluation:
    """Bias of the naive, the matched and the calibrated reading on a town.

    Formula:  true count: exposures on which everything the person did on the topic was caused by the actor
              (moved, deal, bought), so that without it the person had not acted. Bias of a reading:
              (sum of its caused counts - sum of true counts) / sum of true counts, over actors.
    Args:     interactions, interaction_truth: of the town that the store was filled from, row by row.
              actors: at most this many, those with posts and most people who reacted.
    Raises:   ColumnsError, InputError: not a town's tables.
              TooLittleInputError: fewer than 10 actors can be read.
    Cost:     one pass of SQL over the interactions, then for each actor what `influence_reading` costs.
    Source:   docs/concepts/causal-reading.md.
    """
    store.require()
    causes = _causes(store, interactions, interaction_truth)
    window = window_of(store, None, period_hours)
    rows: list[ActorTruth] = []
    with open_acts(store, window, causes) as engine:
        chosen = _busiest(store, engine, actors)
        for done, actor in enumerate(chosen):
            progress("reading actors", done, len(chosen))
            rows += _read(store, engine, actor, window)
    progress("reading actors", len(chosen), len(chosen))
    read = len({row.actor_id for row in rows})
    if read < LEAST_ACTORS:
        raise TooLittleInputError(
            f"Of {len(chosen)} actors {read} could be read; {LEAST_ACTORS} are needed.",
            hint="Take a larger town (--people), and import its posts, too.",
        )
    if not any(row.true_count for row in rows):
        raise InputError(
            "Nobody in this town moved anybody, so no bias can be told as a share of the truth.",
            hint="Is it the truth of the town that the store was filled from?",
        )
    return _evaluation(rows, window, skipped=len(chosen) - read)


def _causes(store: TableStore, interactions: pa.Table, truth: pa.Table) -> pa.Table:
    """Keys of the town's interactions, and whether each would not be there without its target."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for table, names, what in ((interactions, _NAMED, "interactions"), (truth, ("cause",), "truth")):
        missing = [name for name in names if name not in table.column_names]
        if missing:
            raise ColumnsError(f"The town's {what} lack {', '.join(missing)}.")
    if interactions.num_rows != truth.num_rows:
        raise InputError(
            f"The town has {interactions.num_rows} interactions, its truth speaks of {truth.num_rows}.",
            hint="Both files must come from one town.",
        )
    is_moved = pc.is_in(truth["cause"].cast(pa.string()), pa.array(TRUE_CAUSES))
    columns = {
        "source": store.actor_keys(interactions["source_actor_id"].cast(pa.string()).combine_chunks()),
        "target": store.actor_keys(interactions["target_actor_id"].cast(pa.string()).combine_chunks()),
        "kind": interactions["kind"].cast(pa.string()),
        "occurred_at": interactions["occurred_at"].cast(pa.timestamp("us", tz="UTC")),
        "is_moved": is_moved,
    }
    rows = pa.table(columns)
    keys = ["source", "target", "kind", "occurred_at"]
    return rows.group_by(keys).aggregate([("is_moved", "all")]).rename_columns([*keys, "is_moved"])


def _busiest(store: TableStore, engine: DuckDBEngine, count: int) -> list[Actor]:
    engine.register_arrow("actor_keys", store.read("actor_keys"))
    keys = np.asarray(engine.query(_BUSIEST, {"count": count})["target"].to_numpy(), np.int64)
    ids, handles = store.actor_ids(keys).to_pylist(), store.handles(keys)
    return [
        Actor(int(key), str(actor_id), handle)
        for key, actor_id, handle in zip(keys, ids, handles, strict=True)
    ]


def _read(store: TableStore, engine: DuckDBEngine, actor: Actor, window: Window) -> Iterable[ActorTruth]:
    """Every reading of one actor beside the truth; nothing where too little is known."""
    person = int(store.person_keys().of(np.array([actor.actor_key]))[0])
    try:
        seen = read_actor(engine, actor, person, window, ())
        compared = compare(seen)
        check_enough(actor, seen, compared)
    except TooLittleInputError:
        return
    for estimate in estimates_of(compared):
        is_naive = estimate.reading == "naive"
        yield ActorTruth(
            actor_id=actor.actor_id,
            handle=actor.handle,
            reading=estimate.reading,
            exposures_count=estimate.exposures_count,
            caused_count=estimate.caused_count,
            caused_low=estimate.caused_low,
            caused_high=estimate.caused_high,
            true_count=compared.caused_of_all_count if is_naive else compared.caused_count,
        )


def _evaluation(rows: list[ActorTruth], window: Window, *, skipped: int) -> CausalEvaluation:
    found = [
        _bias(reading, chosen)
        for reading in READINGS
        if (chosen := [row for row in rows if row.reading == reading])
    ]
    sizes = {one.reading: abs(one.bias_share) for one in found}
    return CausalEvaluation(
        as_of=window.as_of,
        period_hours=window.period_hours,
        actors=len({row.actor_id for row in rows}),
        skipped_count=skipped,
        readings=tuple(found),
        matched_of_naive=sizes["matched"] / sizes["naive"],
        calibrated_of_naive=sizes["calibrated"] / sizes["naive"] if "calibrated" in sizes else None,
        rows=tuple(rows),
    )


def _bias(reading: ReadingName, rows: list[ActorTruth]) -> ReadingBias:
    caused = np.array([row.caused_count for row in rows])
    true = np.array([row.true_count for row in rows], np.float64)
    low, high = _resampled(caused, true)
    return ReadingBias(
        reading=reading,
        actors=len(rows),
        caused_count=float(caused.sum()),
        true_count=float(true.sum()),
        bias_share=_share(caused, true),
        bias_low=low,
        bias_high=high,
        typical_error=float(np.abs(caused - true).sum() / true.sum()),
        coverage=float(np.mean([row.caused_low <= row.true_count <= row.caused_high for row in rows])),
    )


def _share(caused: FloatArray, true: FloatArray) -> float:
    return float((caused.sum() - true.sum()) / true.sum())


def _resampled(caused: FloatArray, true: FloatArray) -> tuple[float, float]:
    """The middle 95 % of the bias over draws of the actors with repetition."""
    drawn = np.random.default_rng(1).integers(0, caused.size, (_RESAMPLES, caused.size))
    found = caused[drawn].sum(axis=1) / true[drawn].sum(axis=1) - 1
    return float(np.quantile(found, 0.025)), float(np.quantile(found, 0.975))
