"""What scoring runs left behind, read back: the runs, their ranked actors, one actor through time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from renown.explain.records import Record

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from renown.engines.duckdb import DuckDBEngine
    from renown.scoring import Run
    from renown.store import Actor, TableStore

Figure = Literal["score", "momentum"]

HANDLE_SQL: Final = """
select k.actor_key, k.actor_id,
       coalesce(h.handle, substr(k.actor_id, instr(k.actor_id, ':') + 1)) as handle
from actor_keys k
left join (
    select actor_id, arg_max(handle, observed_at) as handle
    from actors where handle is not null group by actor_id
) h using (actor_id)
"""
"""Every actor's id and name: the latest handle, or the native id where no profile is known."""


@dataclass(frozen=True)
class RankedActor(Record):
    """An actor's line in a run: the columns of the table `scores`, and who it is."""

    run_id: str
    actor_id: str
    handle: str
    person_id: str | None
    topic_id: str | None
    score: float
    score_low: float
    score_high: float
    percentile: float
    rank_low: int
    rank_high: int
    earned_attention: float
    people_count: int
    interactions_count: int
    opposed_attention: float | None
    momentum: float

    @property
    def network(self) -> str:
        """The network the account is on."""
        return self.actor_id.partition(":")[0]


@dataclass(frozen=True)
class PastScore(Record):
    """An actor's score in one of the runs."""

    run: Run
    score: RankedActor


SCORE_COLUMNS: Final = tuple(RankedActor.__dataclass_fields__)
"""Columns of the scores as people see them, in the order of exports."""


def find_run(store: TableStore, run_id: str | None = None) -> Run:
    """The run with this id (its beginning is enough); without one, the latest.

    Raises:   RunNotFoundError: no such run, several, or none at all.
    """
    from renown.scoring import latest_run, read_run

    return latest_run(store) if run_id is None else read_run(store, run_id)


def read_top(
    store: TableStore, count: int, *, run_id: str, by: Figure = "score", network: str | None = None
) -> list[RankedActor]:
    """The actors with the highest scores (or momentum) in a run, the highest first, equal ones by id.

    Cost:     one pass over the run's scores.
    """
    with reading(store, "scores", "actor_keys", "actors") as engine:
        found = engine.query(
            f"""
            with chosen as (
                select * from scores where run_id = $run_id and {_on_network(network)}
            ),
            highest as (select {by} from chosen order by {by} desc limit $count),
            edge as (select min({by}) as lowest from highest),
            high as materialized (select chosen.* from chosen, edge where {by} >= lowest)
            select {", ".join(SCORE_COLUMNS)}
            from high join (
                {HANDLE_SQL} where k.actor_key in (select actor_key from high)
            ) using (actor_key)
            order by {by} desc, actor_id limit $count
            """,
            {"run_id": run_id, "count": count, **({} if network is None else {"prefix": f"{network}:"})},
        )
    return _ranked(found)


def _on_network(network: str | None) -> str:
    if network is None:
        return "true"
    return "actor_key in (select actor_key from actor_keys where starts_with(actor_id, $prefix))"


def read_score(store: TableStore, actor: Actor, run_id: str) -> RankedActor | None:
    """One actor's line in a run; None where nobody's attention reached it before that moment."""
    found = _lines_of(store, actor, "run_id = $run_id", {"run_id": run_id})
    return found[0] if found else None


def read_all_scores(store: TableStore, run_id: str) -> NDArray[np.float64]:
    """The scores of everybody in a run, in no order: what a distribution is drawn from."""
    with reading(store, "scores") as engine:
        found = engine.query("select score from scores where run_id = $run_id", {"run_id": run_id})
    scores: NDArray[np.float64] = found["score"].to_numpy()
    return scores


def read_history(store: TableStore, actor: Actor) -> list[PastScore]:
    """An actor's score in every run that has one, by the moment the run is for."""
    from renown.scoring import read_runs

    runs = {run.run_id: run for run in read_runs(store)}
    lines = _lines_of(store, actor, "true", {})
    past = [PastScore(runs[line.run_id], line) for line in lines if line.run_id in runs]
    return sorted(past, key=lambda entry: (entry.run.as_of, entry.run.finished_at))


def _lines_of(
    store: TableStore, actor: Actor, where: str, parameters: dict[str, object]
) -> list[RankedActor]:
    columns = ", ".join(name for name in SCORE_COLUMNS if name not in ("actor_id", "handle"))
    with reading(store, "scores") as engine:
        found = engine.query(
            f"select {columns}, $actor_id as actor_id, $handle as handle from scores"
            f" where actor_key = $actor_key and {where}",
            {
                "actor_key": actor.actor_key,
                "actor_id": actor.actor_id,
                "handle": actor.handle,
                **parameters,
            },
        )
    return _ranked(found)


@contextmanager
def reading(store: TableStore, *tables: str, threads: int | None = None) -> Iterator[DuckDBEngine]:
    """An engine that sees tables of the store: as files where they are at hand, else read into memory."""
    from renown.engines.duckdb import DuckDBEngine

    is_remote = "://" in store.location.removeprefix("file://")
    with DuckDBEngine(threads=threads) as engine:
        for table in tables:
            if is_remote:
                engine.register_arrow(table, store.read(table))
            else:
                engine.register_files(table, store.files(table))
        yield engine


def _ranked(rows: pa.Table) -> list[RankedActor]:
    return [RankedActor(**row) for row in rows.select(list(SCORE_COLUMNS)).to_pylist()]
