"""`renown fit` and `renown preview`: another definition, learned and looked at before anybody sees it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from renown.cli import look
from renown.cli.actors import print_document
from renown.cli.command import command
from renown.cli.rows import Column, Listing, Part, RowOptions
from renown.cli.session import Session
from renown.errors import InputError
from renown.types import OutputFormat

if TYPE_CHECKING:
    from renown.evaluate import Fit
    from renown.scoring.preview import Preview


@dataclass(frozen=True)
class Lesson:
    """What a fit learns from."""

    definition: Annotated[
        str | None,
        typer.Option(metavar="FILE_OR_NAME", help="Start from this; default: renown-1, all kinds alike."),
    ] = None
    splits: Annotated[
        str, typer.Option(metavar="N|DATES", help="How many splits, or the moments to cut at.")
    ] = "3"
    future_kinds: Annotated[
        str, typer.Option(metavar="KIND,...", help="Kinds that count as the future; default: all.")
    ] = ""
    network: Annotated[
        str | None, typer.Option(help="Write this network's numbers; the others lend it strength.")
    ] = None
    no_trust: Annotated[
        bool, typer.Option("--no-trust", help="Trust everybody, whatever `renown trust` found.")
    ] = False
    no_freshness: Annotated[
        bool, typer.Option("--no-freshness", help="Only attention that lasts, however lately it was given.")
    ] = False


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands to the root."""
    command(app, "fit")(fit)
    command(app, "preview")(preview)


def fit(
    session: Session,
    lesson: Lesson,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="A new file for the definition, in TOML.")
    ],
    format: Annotated[
        OutputFormat, typer.Option("--format", "-f", help="How to print the numbers.")
    ] = "table",
) -> None:
    """Learn a definition from what came next.

    Weights, half-life, selectivity, freshness and the intervals' numbers, each with an interval of its own.
    """
    if out.exists():
        raise InputError(
            f"{out} is there already, and a definition is never overwritten.", hint="Choose another name."
        )
    from renown.evaluate import FitTerms

    with session.progress() as progress:
        found = session.open_store().fit(
            prior=lesson.definition,
            splits=int(lesson.splits) if lesson.splits.isdigit() else lesson.splits.split(","),
            future_kinds=[kind for kind in lesson.future_kinds.split(",") if kind],
            terms=FitTerms(lesson.network, not lesson.no_trust, not lesson.no_freshness),
            progress=progress,
        )
    found.write(out)
    document = found.as_dict()
    print_document(document, document["numbers"], fit_page(found), RowOptions(format=format))
    for warning in found.warnings:
        session.note(warning)
    session.note(f"Written: {out}. See who would move: renown preview --definition {out}")


def fit_page(found: Fit) -> list[Part]:
    """Every number: where it started, what was learned, how sure that is."""
    columns = [
        Column("number", lambda row: row["number"], is_text=True),
        Column("network", lambda row: row["network"] or "all", is_text=True),
        Column("before", lambda row: f"{row['prior']:.3g}"),
        Column("learned", lambda row: f"{row['value']:.3g}"),
        Column("95 %", lambda row: f"{row['low']:.3g}-{row['high']:.3g}"),
        Column("borrowed", lambda row: f"{row['borrowed_share']:.0%}", is_extra=True),
    ]
    definition = found.definition
    title = (
        f"{definition.name}, learned from {look.whole(found.interactions_count)} interactions"
        f" in {len(found.splits)} splits"
        f"{'' if found.trust_run_id is None else f', with trust as of run {found.trust_run_id[:8]}'};"
        f" phi {definition.phi:.2f}."
    )
    return [title, "", Listing(found.as_dict()["numbers"], columns)]


def preview(
    session: Session,
    rows: RowOptions,
    definition: Annotated[
        str, typer.Option(metavar="FILE_OR_NAME", help="The definition that would take over.")
    ],
    before: Annotated[
        str | None,
        typer.Option(metavar="FILE_OR_NAME", help="Compare with this; default: that of the latest run."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="TIME", help="For this moment; default: that of the latest run.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="Name the N who move most.")] = 20,
) -> None:
    """See who would move under another definition.

    How far, and by which part of it. Nothing is written, and nobody else sees it.
    """
    with session.progress() as progress:
        found = session.open_store().preview(
            definition, before=before, as_of=as_of, limit=top, progress=progress
        )
    document = found.as_dict()
    flat = [_flat(move) for move in document["moves"]]
    print_document(document, flat, preview_page(found), rows)


def _flat(move: dict[str, Any]) -> dict[str, Any]:
    parts = {f"points_{part.replace('-', '_')}": points for part, points in move["by_part"].items()}
    return {name: value for name, value in move.items() if name != "by_part"} | parts


def preview_page(found: Preview) -> list[Part]:
    """The whole in three lines, then those who move most, by part."""
    columns = [
        Column("actor", lambda row: look.name(row["handle"]), is_text=True, can_shrink=True),
        Column("before", lambda row: f"{row['score_before']:.1f}"),
        Column("after", lambda row: f"{row['score_after']:.1f}"),
        Column("points", lambda row: f"{row['change']:+.1f}"),
        Column("place", lambda row: f"{row['place_before']} to {row['place_after']}"),
        *(_part_column(part) for part in found.parts),
    ]
    correlation = "" if found.rank_correlation is None else f"; Spearman {found.rank_correlation:.3f}"
    return [
        f"{found.before_name} to {found.after_name}: {look.whole(found.actors)} actors{correlation}.",
        f"Half of them move by less than {found.median_size:.2f} points, the most by"
        f" {found.largest_size:.1f};"
        f" {look.whole(found.moved_by_one_count)} by a point or more,"
        f" {look.whole(found.beyond_interval_count)} out of their interval.",
        f"{found.new_at_top} of the first hundred were not among them.",
        "",
        Listing(found.as_dict()["moves"], columns),
        "",
        "Nothing was written. To take it up: renown score --definition FILE; earlier runs stay as they are.",
    ]


def _part_column(part: str) -> Column:
    return Column(part, lambda row: f"{row['by_part'][part]:+.1f}", is_extra=True)
