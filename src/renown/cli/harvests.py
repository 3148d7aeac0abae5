"""`renown import from`, `renown follow`, `renown import replay`: sources that bring more than files do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from renown.cli import look
from renown.cli.command import STOPPED, command, group
from renown.cli.imports import app as import_app
from renown.cli.imports import print_counts
from renown.cli.rows import Column, Listing, RowOptions, print_listing
from renown.cli.session import Session
from renown.errors import InputError

if TYPE_CHECKING:
    from renown.store.records import IntakeReport

app = group("Take in what a network tells, as it happens, until stopped.")

_NO_ROWS = "Nothing new."


@dataclass(frozen=True)
class HarvestOptions:
    """What any source can be told."""

    since: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="Leave out what is older: 2026-05-01, 30d, ...")
    ] = None


_Source = Annotated[
    str, typer.Argument(metavar="SOURCE", help="Name of a source; `renown import sources` lists them.")
]
_Locations = Annotated[
    list[str] | None,
    typer.Argument(metavar="LOCATION", help="Accounts, addresses or files: what the source reads."),
]
_Settings = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="NAME=VALUE", help="A setting of the source; may be repeated."),
]


@command(import_app, "from")
def import_from(
    session: Session,
    rows: RowOptions,
    harvest: HarvestOptions,
    source: _Source,
    locations: _Locations = None,
    option: _Settings = None,
) -> None:
    """Import from any source by its name, those of installed packages too.

    Interrupted, the same command goes on where it stopped; what comes twice is kept once.
    """
    settings = read_settings(option or ())
    run_import(session, rows, source, locations or (), since=harvest.since, options=settings)


@command(app, "from")
def follow_from(
    session: Session,
    rows: RowOptions,
    source: _Source,
    locations: _Locations = None,
    option: _Settings = None,
) -> None:
    """Follow any source by its name, until Ctrl-C; the next time it goes on where it stopped."""
    run_follow(session, rows, source, locations or (), options=read_settings(option or ()))


@command(import_app, "sources")
def list_sources(session: Session, rows: RowOptions) -> None:
    """Show what can be read, with the names that `renown import from` takes."""
    from renown.sources import sources

    records = [
        {
            "source": source.name,
            "reads": source.reads,
            "can_be_followed": source.follow is not None,
            "options": ", ".join(source.options.__struct_fields__) if source.options else "",
        }
        for source in sources().values()
    ]
    columns = [
        Column("source", lambda row: row["source"], is_text=True),
        Column("reads", lambda row: row["reads"], is_text=True),
        Column("can be followed", lambda row: "yes" if row["can_be_followed"] else "", is_text=True),
    ]
    print_listing(Listing(records, columns, tuple(records[0])), rows)


@command(import_app, "quarantine")
def show_quarantine(session: Session, rows: RowOptions) -> None:
    """Show records that were not understood; `renown import --replay` reads them again."""
    from renown.schema import TABLES

    records = session.open_store().quarantine()
    names = TABLES["quarantine"].column_names()
    columns = [
        Column("source", lambda row: row["source_name"], is_text=True),
        Column("from", lambda row: row["scope"], is_text=True),
        Column("why", lambda row: row["message"], is_text=True),
    ]
    print_listing(Listing(records, columns, names), rows)


@command(import_app, "replay")
def replay(session: Session) -> None:
    """Read again what was not understood, after an upgrade; the same as `renown import --replay`."""
    from renown.api.harvesting import replay as replay_records

    store = session.open_store()
    with session.progress() as progress:
        report = replay_records(store, progress=progress)
    session.note(
        f"{look.counted(report.records_count, 'record')} in quarantine; "
        f"{look.whole(report.released_count)} understood now and taken in."
    )


def read_settings(texts: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE as a person writes them."""
    settings = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InputError(f"{text!r} is no setting.", hint="Write it as NAME=VALUE.")
        settings[name.replace("-", "_")] = value
    return settings


def run_import(
    session: Session,
    rows: RowOptions,
    source_name: str,
    locations: Sequence[str],
    *,
    since: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> None:
    """Read a source into the store, and print what became of it: for every `renown import NAME`."""
    from renown.api.harvesting import import_from as import_harvests

    store = session.open_store()
    with session.progress() as progress:
        report = import_harvests(
            store, source_name, locations, since=since, options=options, progress=progress
        )
    print_intake(report, session, rows)


def run_follow(
    session: Session,
    rows: RowOptions,
    source_name: str,
    locations: Sequence[str],
    *,
    options: Mapping[str, Any] | None = None,
) -> None:
    """Follow a source until Ctrl-C, and say what was taken in: for every `renown follow NAME`."""
    from renown.api.harvesting import follow

    store = session.open_store()
    try:
        with session.progress() as progress:
            report = follow(store, source_name, locations, options=options, progress=progress)
    except KeyboardInterrupt:
        session.note("Stopped. The same command goes on from here.")
        raise typer.Exit(STOPPED) from None
    print_intake(report, session, rows)


def print_intake(report: IntakeReport, session: Session, rows: RowOptions) -> None:
    """Say what became of what a source brought."""
    if rows.format != "table":
        # not asdict: of a Counter it makes one whose keys are pairs
        record = {name: dict(v) if isinstance(v, dict) else v for name, v in vars(report).items()}
        if rows.format != "json":
            record = {name: str(v) if isinstance(v, dict) else v for name, v in record.items()}
        print_listing(Listing([record], (), tuple(record)), rows)
        return
    if session.quiet:
        return
    print_counts(_lines(report), _footer(report), rows)


def _lines(report: IntakeReport) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = [{"what": "records read", "count": report.records_count}]
    sections = (
        ("added: ", report.added_counts),
        ("edited: ", report.edited_counts),
        ("withdrawn: ", report.withdrawn_counts),
        ("left out: ", report.left_out_counts),
        ("not understood: ", report.quarantined_counts),
    )
    for before, counts in sections:
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            lines.append({"what": before + name.replace("_", " "), "count": count})
        if before == "added: ":
            lines.append({"what": "there already", "count": report.duplicates_count})
    return [line for line in lines if line["count"]] or [{"what": _NO_ROWS, "count": 0}]


def _footer(report: IntakeReport) -> str:
    if not report.quarantined_counts.total():
        return ""
    return "`renown import quarantine` shows what was not understood; `renown import --replay` tries again."
