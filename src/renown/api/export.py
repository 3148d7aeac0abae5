"""Scores, runs and ledgers as files for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from renown.api.results import HANDLE_SQL, SCORE_COLUMNS, reading
from renown.definitions import parse_definition
from renown.errors import InputError
from renown.schema import TABLES

if TYPE_CHECKING:
    from renown.scoring import Run
    from renown.store import Actor, TableStore

Exported = Literal["scores", "ledger", "runs"]

EXPORT_ENDINGS: Final = (".csv", ".json", ".parquet")

LEDGER_COLUMNS: Final = (
    *("run_id", "actor_id", "handle", "source_actor_id", "source_handle", "source_person_actor_id"),
    *("kind", "post_id", "reaction_post_id", "occurred_at"),
    *("is_counted", "weight", "mass", "tie_mass", "contribution"),
)
"""Columns of an exported ledger. source_person_actor_id: one id for all accounts of whoever reacted."""

_TEXT_COLUMNS: Final = frozenset(
    c.name for table in TABLES.values() for c in table.columns if c.type == "string"
) | {"source_handle"}
_FORMULA_SQL: Final = "'^[=+\\-@\\t\\r]'"


def check_ending(path: Path) -> None:
    """Refuse a name that does not say the format.

    Raises:   InputError: it ends in something else than .csv, .json or .parquet, or its folder is missing.
    """
    if path.suffix.lower() not in EXPORT_ENDINGS:
        raise InputError(
            f"{path.name}: the format is told by the ending, and this one is not known.",
            hint=f"End it in {', '.join(EXPORT_ENDINGS)}.",
        )
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(f"{path} cannot be written: its folder is missing, or it is a folder itself.")


def export_scores(store: TableStore, path: Path, *, run_id: str, actor_key: int | None = None) -> int:
    """Write a run's scores, the highest first, equal ones by id; returns how many.

    Columns:  those of the table `scores`, with actor_id in place of the key, and handle after it.
    Cost:     one sort of the run's scores; three million take a few seconds and spill to disk when they must.
    """
    check_ending(path)
    who = "" if actor_key is None else f" and actor_key = {actor_key}"
    sql = f"""
        select {_columns(SCORE_COLUMNS, path)}
        from scores join ({HANDLE_SQL}) using (actor_key)
        where run_id = {quoted(run_id)}{who}
        order by score desc, actor_id
    """
    with reading(store, "scores", "actor_keys", "actors") as engine:
        return engine.copy_to(sql, path)


def export_ledger(store: TableStore, path: Path, *, run: Run, actor: Actor | None = None) -> int:
    """Write the reactions behind an actor's score in a run, or behind everybody's; returns how many.

    Columns:  `LEDGER_COLUMNS`. The contributions of an actor's rows add up to its earned attention.
    Cost:     for everybody the score's own work once more and a sort of all interactions (spills to disk).
    """
    from renown.kernels.attention import full_trust
    from renown.scoring.earned import independence_table, trust_table
    from renown.steps import INDEPENDENCE, PERSON_KEYS, TRUST, compile_ledger
    from renown.store.run_inputs import microseconds_of
    from renown.trust import read_factors

    check_ending(path)
    factors = full_trust() if run.trust_run_id is None else read_factors(store, run.trust_run_id)
    steps = compile_ledger(
        parse_definition(run.definition),
        as_of_microseconds=microseconds_of(run.as_of),
        target_actor_key=None if actor is None else actor.actor_key,
    )
    with reading(store, "interactions", "actor_keys", "actors") as engine:
        engine.register_arrow(PERSON_KEYS.name, store.person_keys().as_table())
        engine.register_arrow(TRUST.name, trust_table(factors))
        engine.register_arrow(INDEPENDENCE.name, independence_table(factors))
        engine.run_steps(steps)
        return engine.copy_to(_ledger_sql(run.run_id, path), path)


def _ledger_sql(run_id: str, path: Path) -> str:
    return f"""
        with names as ({HANDLE_SQL}),
        rows as (
            select l.* exclude (person_key), {quoted(run_id)} as run_id,
                   target.actor_id, target.handle, source.actor_id as source_actor_id,
                   source.handle as source_handle, person.actor_id as source_person_actor_id
            from ledger l
            join names target on target.actor_key = l.target_actor_key
            join names source on source.actor_key = l.source_actor_key
            join actor_keys person on person.actor_key = l.person_key
        )
        select {_columns(LEDGER_COLUMNS, path)} from rows
        order by actor_id, occurred_at desc, source_actor_id, kind, post_id, reaction_post_id
    """


def export_runs(store: TableStore, path: Path) -> int:
    """Write every run, the latest finished first; returns how many."""
    check_ending(path)
    columns = _columns(TABLES["runs"].column_names(), path)
    with reading(store, "runs") as engine:
        return engine.copy_to(f"select {columns} from runs order by finished_at desc, run_id", path)


def _columns(names: Sequence[str], path: Path) -> str:
    return ", ".join(_column(name, path) for name in names)


def _column(name: str, path: Path) -> str:
    """The column as written: in CSV, text that a spreadsheet would run as a formula gets a leading quote."""
    if path.suffix.lower() != ".csv" or name not in _TEXT_COLUMNS:
        return name
    return f"case when regexp_matches({name}, {_FORMULA_SQL}) then '''' || {name} else {name} end as {name}"


def quoted(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"
