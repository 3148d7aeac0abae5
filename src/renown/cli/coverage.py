"""`renown evaluate coverage`: do the intervals hold what they claim?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from renown.cli import look
from renown.cli.actors import print_document
from renown.cli.command import command
from renown.cli.rows import Column, Listing, Part, RowOptions
from renown.cli.session import Session

if TYPE_CHECKING:
    from renown.evaluate import Coverage


def add_coverage_command(app: typer.Typer) -> None:
    """Add `coverage` to the group of evaluations."""
    command(app, "coverage")(coverage)


def coverage(
    session: Session,
    rows: RowOptions,
    definition: Annotated[
        str | None, typer.Option(metavar="FILE_OR_NAME", help="Whose intervals; default: renown-1.")
    ] = None,
) -> None:
    """Check the intervals on people and on time that they have not seen.

    At 50, 80, 90 and 95 %, by size of the actors.
    """
    with session.progress() as progress:
        found = session.open_store().check_coverage(definition=definition, progress=progress)
    document = found.as_dict()
    print_document(document, document["rows"], coverage_page(found), rows)


def coverage_page(found: Coverage) -> list[Part]:
    """Claimed and held, by what was split and by size of the actors."""
    columns = [
        Column("split by", lambda row: row["split_by"], is_text=True),
        Column("people seen", lambda row: row["people"], is_text=True),
        Column("actors", lambda row: look.whole(row["actors"])),
        Column("claimed", lambda row: f"{row['level']:.0%}"),
        Column("held", lambda row: f"{row['coverage']:.1%}"),
        Column("points wide", lambda row: f"{row['mean_width']:.1f}"),
    ]
    notes = [f"Over-dispersion: {found.phi_of_people:.2f} between halves of the people"]
    if found.phi_of_time is not None and found.growth is not None:
        notes[0] += (
            f", {found.phi_of_time:.2f} between windows (the later one held {found.growth:.2f} times as much)"
        )
    notes.append("An interval says how other people of the same time would respond, not what comes next.")
    title = f"Intervals of {found.definition_name}, {found.halvings} random halvings of the people."
    return [title, "", Listing(found.as_dict()["rows"], columns), "", f"{notes[0]}.", notes[1]]
