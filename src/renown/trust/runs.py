"""A trust run: computed once, written for good; and what scoring takes from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from renown.definitions import Definition, load_definition
from renown.errors import RunNotFoundError, TooLittleInputError
from renown.schema import TABLES, arrow_schema
from renown.store import TableStore
from renown.store.run_inputs import microseconds_of, newest_moment, version_read
from renown.trust.appeals import exempt_keys
from renown.trust.behaviour import Behaviour, judge_rhythms, trust_of
from renown.trust.findings import Finding, build_findings
from renown.trust.follow_rings import rings_of
from renown.trust.profiles import judge_profiles, merge_evidence
from renown.trust.rule import TrustRule
from renown.trust.seeds import seed_keys
from renown.trust.ties import TieTable, read_ties
from renown.trust.weighing import Exempt, Weighed, weigh_ties
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    from renown.kernels.attention import Factors
    from renown.kernels.trust_flow import Flow

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_READ = ("interactions", "actors", "persons", "appeals", "follows")
"""Tables that decide what a trust run says."""


@dataclass(frozen=True)
class TrustRun:
    """A trust run as the table `trust_runs` has it."""

    run_id: str
    rule_hash: str
    definition_hash: str
    as_of: datetime
    input_version: str
    seeds: tuple[str, ...]
    started_at: datetime
    finished_at: datetime
    counts: dict[str, int]
    converged: bool
    iterations_count: int
    residual: float
    is_new: bool = True
    """False: the same had been computed before, and that run was kept"""


@dataclass(frozen=True, eq=False)
class Trust:
    """Everything that a trust run finds out, in memory."""

    ties: TieTable
    weighed: Weighed
    behaviour: Behaviour
    findings: list[Finding]
    seeds: IntArray
    flow: Flow

    def factors(self) -> Factors:
        """By what the score multiplies attention."""
        from renown.kernels.attention import Factors

        trust = np.ones(0 if self.behaviour.actor.size == 0 else int(self.behaviour.actor.max()) + 1)
        trust[self.behaviour.actor] = trust_of(self.behaviour.probability)
        places = self.weighed.doubted
        return Factors(
            trust,
            self.ties.source[places].astype(np.int64),
            self.ties.target[places].astype(np.int64),
            self.weighed.independence,
        )


def compute_trust(
    store: TableStore,
    *,
    definition: Definition | None = None,
    as_of: datetime | None = None,
    seeds: Sequence[str] | None = None,
    rule: TrustRule | None = None,
    progress: Progress = no_progress,
) -> Trust:
    """How far each person and tie of a store is trusted, as of a moment, without writing anything.

    Args:     as_of: only what happened before it; default: just after the newest interaction.
              seeds: ids or handles from whom trust flows; default: see `seed_keys`.
    Raises:   StoreNotFoundError; TooLittleInputError: nothing happened before the moment; ActorNotFoundError.
    Source:   docs/concepts/trust.md.
    """
    from renown.kernels.trust_flow import flow_trust

    rule, definition = rule or TrustRule(), definition or load_definition()
    moment = as_of or newest_moment(store)
    ties, rhythms = read_ties(store, definition, microseconds_of(moment), progress)
    if ties.source.size == 0:
        raise TooLittleInputError(
            f"Nothing that counts happened in {store.location} before {moment.isoformat()}.",
            hint="Choose a later moment, or import interactions.",
        )
    progress("weighing ties", 0, None)
    accounts, audiences = exempt_keys(store)
    chosen = None if seeds is None else seed_keys(store, ties, np.zeros(ties.source.size, np.bool_), seeds)
    known_seeds = np.empty(0, np.int64) if chosen is None else chosen
    weighed = weigh_ties(ties, rule, Exempt(accounts, audiences, known_seeds))
    if chosen is None:
        chosen = seed_keys(store, ties, weighed.is_known, None)
    behaviour = merge_evidence(judge_rhythms(rhythms), judge_profiles(store), accounts)
    flow = flow_trust(ties.out_start, ties.target, ties.attention, chosen)
    rings = rings_of(store, ties, rule, microseconds_of(moment))
    return Trust(ties, weighed, behaviour, build_findings(ties, weighed, rings), chosen, flow)


def trust(
    store: TableStore,
    *,
    definition: Definition | None = None,
    as_of: datetime | None = None,
    seeds: Sequence[str] | None = None,
    rule: TrustRule | None = None,
    progress: Progress = no_progress,
) -> TrustRun:
    """Compute trust and write the run; the same rule, moment, seeds and input make one run, written once.

    Raises:   as `compute_trust`; StoreFullError. An interrupted run leaves nothing that scoring would take.
    """
    store.require()
    rule, definition = rule or TrustRule(), definition or load_definition()
    moment = as_of or newest_moment(store)
    version = version_read(store, _READ)
    parts = [rule.content_hash(), definition.content_hash(), moment.isoformat(), version, repr(seeds)]
    run_id = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    existing = [run for run in read_trust_runs(store) if run.run_id == run_id]
    if existing:
        return existing[0]
    started_at = datetime.now(UTC)
    found = compute_trust(
        store, definition=definition, as_of=moment, seeds=seeds, rule=rule, progress=progress
    )
    _write_tables(store, run_id, found)
    ids = store.actor_ids(found.seeds).to_pylist()
    run = TrustRun(
        run_id=run_id,
        rule_hash=rule.content_hash(),
        definition_hash=definition.content_hash(),
        as_of=moment,
        input_version=version,
        seeds=tuple(ids),
        started_at=started_at,
        finished_at=datetime.now(UTC),
        counts={
            "ties": int(found.ties.source.size),
            "doubted_ties": int(found.weighed.doubted.size),
            "findings": len(found.findings),
            "discounted_accounts": int(found.behaviour.actor.size),
        },
        converged=found.flow.converged,
        iterations_count=found.flow.n_iter,
        residual=found.flow.residual,
    )
    _write_run(store, run, rule)
    return run


def read_trust_runs(store: TableStore) -> list[TrustRun]:
    """All trust runs, newest first."""
    runs = []
    for row in store.read("trust_runs").to_pylist():
        row.pop("rule")
        row.update(counts=json.loads(row["counts"]), seeds=tuple(row["seeds"] or ()), is_new=False)
        runs.append(TrustRun(**row))
    return sorted(runs, key=lambda run: (run.finished_at, run.run_id), reverse=True)


def latest_trust_run(store: TableStore) -> TrustRun | None:
    """The trust run that finished last; None where there is none."""
    return next(iter(read_trust_runs(store)), None)


def read_trust_run(store: TableStore, run_id: str | None = None) -> TrustRun:
    """A trust run by its id or the beginning of it; the latest without.

    Raises:   RunNotFoundError: none yet, none begins so, or several do.
    """
    runs = read_trust_runs(store)
    found = runs[:1] if run_id is None else [run for run in runs if run.run_id.startswith(run_id)]
    if len(found) == 1:
        return found[0]
    store.require()
    problem = "No trust run" if not found else f"{len(found)} trust runs"
    said = "" if run_id is None else f" has an id beginning {run_id!r}"
    raise RunNotFoundError(f"{problem} of {store.location}{said}.", hint="Run `renown trust` first.")


def read_factors(store: TableStore, run_id: str) -> Factors:
    """By what a trust run multiplies attention: trust per person, independence per tie."""
    from renown.kernels.attention import Factors

    ties = store.read_partition(
        "trust_ties", run_id, ["source_actor_key", "target_actor_key", "independence"]
    )
    accounts = store.read_partition("trust_accounts", run_id, ["actor_key", "trust"])
    keys = accounts["actor_key"].to_numpy()
    shares = np.ones(0 if keys.size == 0 else int(keys.max()) + 1)
    shares[keys] = accounts["trust"].to_numpy()
    return Factors(shares, *(column.to_numpy() for column in ties.columns))


def _write_tables(store: TableStore, run_id: str, found: Trust) -> None:
    store.write_partition("trust_ties", _tie_rows(run_id, found), run_id)
    store.write_partition("trust_accounts", _account_rows(run_id, found), run_id)
    store.write_partition("trust_findings", _finding_rows(run_id, found), run_id)
    store.write_partition("trust_members", _member_rows(run_id, found), run_id)
    store.write_partition("trust_examples", _example_rows(run_id, found), run_id)


def _table(name: str, run_id: str, columns: dict[str, Any]) -> pa.Table:
    schema = arrow_schema(TABLES[name])
    count = len(columns[schema.names[1]])
    arrays = [
        pa.repeat(pa.scalar(run_id, pa.string()), count)
        if field.name == "run_id"
        else columns[field.name]
        if isinstance(columns[field.name], pa.Array)
        else pa.array(columns[field.name], field.type)
        for field in schema
    ]
    return pa.table(arrays, schema=schema)


def _tie_rows(run_id: str, found: Trust) -> pa.Table:
    places = found.weighed.doubted
    finding = _first_findings(found)
    return _table(
        "trust_ties",
        run_id,
        {
            "source_actor_key": found.ties.source[places].astype(np.int64),
            "target_actor_key": found.ties.target[places].astype(np.int64),
            "independence": found.weighed.independence,
            "finding_id": pa.array(finding, mask=finding < 0),
        },
    )


def _first_findings(found: Trust) -> IntArray:
    """For each doubted tie the first finding that has it; -1: none."""
    doubted = found.weighed.doubted
    finding = np.full(doubted.size, -1, np.int64)
    if doubted.size == 0:
        return finding
    for number in range(len(found.findings) - 1, -1, -1):
        ties = found.findings[number].ties
        places = np.minimum(np.searchsorted(doubted, ties), doubted.size - 1)
        finding[places[doubted[places] == ties]] = number
    return finding


def _account_rows(run_id: str, found: Trust) -> pa.Table:
    behaviour, mean = found.behaviour, 1.0 / max(1, found.ties.actors_count)
    return _table(
        "trust_accounts",
        run_id,
        {
            "actor_key": behaviour.actor,
            "trust": trust_of(behaviour.probability),
            "automated_probability": behaviour.probability,
            "seed_trust": found.flow.trust[behaviour.actor] / mean,
            "reasons": behaviour.reasons,
        },
    )


def _finding_rows(run_id: str, found: Trust) -> pa.Table:
    findings, ties = found.findings, found.ties
    spans = np.array([finding.span(ties) for finding in findings], np.int64).reshape(-1, 2)
    return _table(
        "trust_findings",
        run_id,
        {
            "finding_id": np.arange(len(findings)),
            "kind": [finding.kind for finding in findings],
            "members_count": [finding.members.size for finding in findings],
            "targets_count": [finding.targets.size for finding in findings],
            **{
                name: [getattr(finding, name) for finding in findings]
                for name in ("statistic", "chance", "attention", "effective_people")
            },
            "first_at": _moments(ties, spans[:, 0]),
            "last_at": _moments(ties, spans[:, 1]),
        },
    )


def _member_rows(run_id: str, found: Trust) -> pa.Table:
    numbers, keys, roles = [np.empty(0, np.int64)], [np.empty(0, np.int64)], []
    for number, finding in enumerate(found.findings):
        for role, actors in (("member", finding.members), ("target", finding.targets)):
            numbers.append(np.full(actors.size, number))
            keys.append(actors)
            roles += [role] * actors.size
    columns = {"finding_id": np.concatenate(numbers), "actor_key": np.concatenate(keys), "role": roles}
    return _table("trust_members", run_id, columns)


def _example_rows(run_id: str, found: Trust) -> pa.Table:
    nothing = np.empty(0, np.int64)
    rows = [(nothing, nothing, nothing, nothing)]
    for number, finding in enumerate(found.findings):
        source, target, minute = finding.examples(found.ties)
        rows.append((np.full(source.size, number), source, target, minute))
    numbers, source, target, minute = (np.concatenate(column) for column in zip(*rows, strict=True))
    return _table(
        "trust_examples",
        run_id,
        {
            "finding_id": numbers,
            "source_actor_key": source,
            "target_actor_key": target,
            "occurred_at": _moments(found.ties, minute),
        },
    )


def _moments(ties: TieTable, minutes: IntArray) -> pa.Array:
    microseconds = ties.epoch_microseconds + minutes * 60_000_000
    return pa.array(microseconds, pa.int64()).cast(pa.timestamp("us", tz="UTC"))


def _write_run(store: TableStore, run: TrustRun, rule: TrustRule) -> None:
    row = {field: getattr(run, field) for field in TrustRun.__dataclass_fields__ if field != "is_new"}
    row.update(
        rule=msgspec.json.encode(rule).decode(),
        counts=json.dumps(run.counts, sort_keys=True),
        seeds=list(run.seeds),
    )
    table = pa.Table.from_pylist([row], schema=arrow_schema(TABLES["trust_runs"]))
    store.append("trust_runs", table, note=f"trust run {run.run_id}")
