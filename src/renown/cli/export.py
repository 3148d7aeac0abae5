"""`renown export`: what a run left behind, as files for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from renown.cli import look
from renown.cli.command import command
from renown.cli.session import Session


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands to the root."""
    command(app, "export")(export)


def export(
    session: Session,
    what: Annotated[
        Literal["scores", "ledger", "runs"],
        typer.Argument(help="Scores of a run, the reactions behind them, or the runs themselves."),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Ends in .csv, .json or .parquet.")
    ],
    run: Annotated[str | None, typer.Option(metavar="ID", help="Of this run; default: the latest.")] = None,
    actor: Annotated[str | None, typer.Option(metavar="ACTOR", help="Only this actor's.")] = None,
) -> None:
    """Write scores, ledger or runs to a file.

    In CSV, text that a spreadsheet would run as a formula (it begins with = + - @, a tab or a carriage
    return) gets a leading single quote.
    """
    count = session.open_store().export(what, out, run_id=run, actor=actor)
    session.note(f"Wrote {look.counted(count, 'row')} to {out}.")
