"""`renown report`: a page to open and pass on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from renown.cli.command import command
from renown.cli.session import Session


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands to the root."""
    command(app, "report")(report)


def report(
    session: Session,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The HTML file to write.")],
    actor: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ACTOR", help="Gets a section of its own; may be repeated. Default: the first three."
        ),
    ] = None,
    run: Annotated[str | None, typer.Option(metavar="ID", help="Of this run; default: the latest.")] = None,
    evaluation: Annotated[
        bool, typer.Option("--evaluation", help="Also measure how good the scores are (takes longer).")
    ] = False,
) -> None:
    """Write a report to open in a browser; print its path."""
    typer.echo(write_page(session, out, actors=actor or (), run_id=run, has_evaluation=evaluation))


def write_page(
    session: Session,
    out: Path,
    *,
    actors: Sequence[str] = (),
    run_id: str | None = None,
    has_evaluation: bool = False,
) -> Path:
    """Write the report and return its path."""
    store = session.open_store()
    with session.progress() as progress:
        measured = store.evaluate(progress=progress) if has_evaluation else None
        progress("drawing the report", 0, None)
        return store.report(out, actors=actors, run_id=run_id, evaluation=measured)
