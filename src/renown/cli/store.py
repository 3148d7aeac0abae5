"""`renown store`: the tables themselves, and keeping them in order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from renown.cli.command import FAILED, command, group
from renown.cli.look import minute, name, whole
from renown.cli.rows import Column, Listing, RowOptions, print_listing
from renown.cli.session import Session

app = group("The tables themselves, and keeping them in order.")


@command(app, "compact")
def compact(session: Session) -> None:
    """Merge small files, so that scoring reads less. Changes no row."""
    store = session.open_store()
    with session.progress() as progress:
        counts = store.compact(progress=progress)
    before, after = (sum(files) for files in zip(*counts.values(), strict=True))
    session.note(f"{whole(before)} files became {whole(after)}.")


@command(app, "history")
def store_history(session: Session, rows: RowOptions) -> None:
    """What was ever done to each table: versions, operations, times."""
    records = [
        {**commit, "committed_at": datetime.fromtimestamp(commit["committed_at"] / 1000, UTC)}
        for commit in session.open_store().history()
    ]
    columns = [
        Column("when, UTC", lambda row: minute(row["committed_at"])),
        Column("table", lambda row: row["table"], is_text=True),
        Column("version", lambda row: whole(row["version"])),
        Column("operation", lambda row: row["operation"], is_text=True),
        Column("note", lambda row: name(row["note"]) if row["note"] else "", is_text=True, can_shrink=True),
    ]
    print_listing(Listing(records, columns, when_empty="Nothing has been done to this store."), rows)


@command(app, "doctor")
def doctor(
    session: Session,
    rows: RowOptions,
    mend: Annotated[bool, typer.Option("--mend", help="Mend what can be mended without loss.")] = False,
) -> None:
    """Check every table; say what is wrong and how to mend it. Exit code 1 when something is."""
    findings = session.open_store().doctor(mend=mend)
    records = [
        {"table": f.table, "severity": f.severity, "problem": f.problem, "remedy": f.remedy} for f in findings
    ]
    columns = [
        Column("table", lambda row: row["table"], is_text=True),
        Column("severity", lambda row: row["severity"], is_text=True),
        Column(
            "problem",
            lambda row: name(row["problem"], longest=240),
            is_text=True,
            can_shrink=True,
            is_prose=True,
        ),
        Column("remedy", lambda row: row["remedy"], is_text=True, can_shrink=True, is_prose=True),
    ]
    fields = ("table", "severity", "problem", "remedy")
    print_listing(Listing(records, columns, fields, when_empty="Nothing is wrong with this store."), rows)
    if any(f.severity == "damage" for f in findings):
        raise typer.Exit(FAILED)
