"""A scoring run: computed once, written for good."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from renown.definitions import Definition, load_definition
from renown.errors import RunNotFoundError
from renown.schema import TABLES, arrow_schema
from renown.scoring.forms import Scored, compute_scores
from renown.store import TableStore
from renown.store.run_inputs import newest_moment, version_read
from renown.trust import latest_trust_run, read_factors
from renown.types import EngineName, Progress, no_progress

_TRUST = "trust@"


@dataclass(frozen=True)
class Run:
    """A scoring run as the table `runs` has it."""

    run_id: str
    definition_name: str
    definition_hash: str
    definition: str
    """TOML"""
    as_of: datetime
    input_version: str
    started_at: datetime
    finished_at: datetime
    counts: dict[str, int]
    is_new: bool = True
    """False: the same definition, moment and input had been scored before, and that run was kept"""

    @property
    def trust_run_id(self) -> str | None:
        """The trust run whose discounts it took; None: everybody was trusted."""
        parts = self.input_version.split()
        return next((part.removeprefix(_TRUST) for part in parts if part.startswith(_TRUST)), None)


@dataclass(frozen=True)
class Work:
    """How a run is computed."""

    engine: EngineName = "kernel"
    again: bool = False
    """compute even where the run exists (a check: nothing is written twice)"""
    use_trust: bool = True
    """take the discounts of the latest trust run, where there is one"""


def score(
    store: TableStore,
    *,
    definition: Definition | None = None,
    as_of: datetime | None = None,
    work: Work | None = None,
    progress: Progress = no_progress,
) -> Run:
    """Score every actor and write the run; definition, moment, trust run and input make one, written once.

    Raises:   as `compute_scores`; StoreFullError. An interrupted run leaves the store as it was.
    """
    work = work or Work()
    engine, again = work.engine, work.again
    definition = definition or load_definition()
    store.require()
    moment = as_of or newest_moment(store)
    trust_run = latest_trust_run(store) if work.use_trust else None
    input_version = version_read(store, ("interactions", "persons"))
    if trust_run is not None:
        input_version = f"{input_version} {_TRUST}{trust_run.run_id}"
    run_id = _run_id(definition, moment, input_version, engine)
    existing = [run for run in read_runs(store) if run.run_id == run_id]
    if existing and not again:
        return existing[0]
    started_at = datetime.now(UTC)
    scored = compute_scores(
        store,
        definition=definition,
        as_of=moment,
        engine=engine,
        factors=None if trust_run is None else read_factors(store, trust_run.run_id),
        progress=progress,
    )
    if existing:
        return existing[0]
    counts = {
        "actors": int(scored.actor_key.size),
        "ties": scored.ties_count,
        "interactions": int(scored.interactions_count.sum()),
    }
    store.write_partition("scores", _score_rows(run_id, scored, store), run_id)
    run = Run(
        run_id,
        definition.name,
        definition.content_hash(),
        definition.to_toml(),
        moment,
        input_version,
        started_at,
        datetime.now(UTC),
        counts,
    )
    store.append("runs", _run_row(run), note=f"run {run_id}")
    return run


def read_runs(store: TableStore) -> list[Run]:
    """All runs, newest first."""
    rows = store.read("runs").to_pylist()
    return sorted(map(_run_of, rows), key=lambda run: (run.finished_at, run.run_id), reverse=True)


def latest_run(store: TableStore) -> Run:
    """The run that finished last.

    Raises:   RunNotFoundError: nothing was scored yet.
    """
    runs = read_runs(store)
    if not runs:
        store.require()
        raise RunNotFoundError(
            f"Nothing was scored yet in {store.location}.", hint="Run `renown score` first."
        )
    return runs[0]


def read_run(store: TableStore, run_id: str) -> Run:
    """A run by its id or the beginning of it.

    Raises:   RunNotFoundError: none begins so, or several do.
    """
    found = [run for run in read_runs(store) if run.run_id.startswith(run_id)]
    if len(found) != 1 or not run_id:
        problem = "No run" if not found else f"{len(found)} runs"
        raise RunNotFoundError(
            f"{problem} of {store.location} has an id beginning {run_id!r}.", hint="See `renown runs`."
        )
    return found[0]


def _run_id(definition: Definition, as_of: datetime, input_version: str, engine: EngineName) -> str:
    parts = [definition.content_hash(), as_of.isoformat(), input_version, engine]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _score_rows(run_id: str, scored: Scored, store: TableStore) -> pa.Table:
    count = scored.actor_key.size
    columns: dict[str, Any] = {
        "run_id": pa.repeat(run_id, count),
        "person_id": _person_ids(store, scored),
        "topic_id": pa.nulls(count, pa.string()),
        "opposed_attention": pa.nulls(count, pa.float64()),
    }
    schema = arrow_schema(TABLES["scores"])
    return pa.table(
        [columns[n] if n in columns else pa.array(getattr(scored, n)) for n in schema.names], schema=schema
    )


def _person_ids(store: TableStore, scored: Scored) -> pa.Array:
    """The proven person of each account, null for most."""
    proofs = store.read("persons", ["person_id", "actor_id"])
    if proofs.num_rows == 0:
        return pa.nulls(scored.actor_key.size, pa.string())
    keys = store.actor_keys(proofs["actor_id"].to_pylist())
    person_of = dict(zip(keys.tolist(), proofs["person_id"].to_pylist(), strict=True))
    names = np.full(scored.actor_key.size, None, dtype=object)
    for place in np.flatnonzero(np.isin(scored.actor_key, keys)):
        names[place] = person_of[int(scored.actor_key[place])]
    return pa.array(names, pa.string())


def _run_row(run: Run) -> pa.Table:
    schema = arrow_schema(TABLES["runs"])
    row = {
        "run_id": run.run_id,
        "definition_hash": run.definition_hash,
        "definition": run.definition,
        "as_of": run.as_of,
        "input_version": run.input_version,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "counts": json.dumps(run.counts, sort_keys=True),
        "converged": True,
        "residual": None,
    }
    return pa.Table.from_pylist([row], schema=schema)


def _run_of(row: dict[str, Any]) -> Run:
    from renown.definitions import parse_definition

    return Run(
        run_id=row["run_id"],
        definition_name=parse_definition(row["definition"], row["run_id"]).name,
        definition_hash=row["definition_hash"],
        definition=row["definition"],
        as_of=row["as_of"],
        input_version=row["input_version"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        counts=json.loads(row["counts"]),
        is_new=False,
    )
