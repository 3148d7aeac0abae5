"""`renown import`: files into the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from renown.cli import look
from renown.cli.command import FAILED, command, group
from renown.cli.rows import Column, Listing, RowOptions, print_listing
from renown.cli.session import Session
from renown.types import KINDS

if TYPE_CHECKING:
    from renown.api import Store
    from renown.api.importing import Profiles
    from renown.sources import RejectLog
    from renown.store import ImportReport
    from renown.types import Progress

app = group("Bring files and networks into the store.")


@app.callback(invoke_without_command=True)
def _replay(
    ctx: typer.Context,
    replay: Annotated[
        bool, typer.Option("--replay", help="Read again what was not understood (the command `replay`).")
    ] = False,
    store: Annotated[
        str | None, typer.Option(metavar="DIR_OR_URL", help="With --replay: where the store is kept.")
    ] = None,
) -> None:
    if not replay:
        if store is not None:
            raise typer.BadParameter("--store belongs behind the name of what is imported.")
        return
    arguments = [] if store is None else ["--store", store]
    entry = ctx.command.commands["replay"]  # type: ignore[attr-defined]
    with entry.make_context("replay", arguments, parent=ctx) as replaying:
        entry.invoke(replaying)
    raise typer.Exit


@dataclass(frozen=True)
class Layout:
    """What the files look like."""

    columns: Annotated[
        str,
        typer.Option(
            metavar="ROLES",
            help='By position: "source target time kind" (- skips one). By name: "source=from time=ts".',
        ),
    ] = ""
    header: Annotated[
        bool | None,
        typer.Option(
            "--header/--no-header", help="Whether the first line names the columns; default: found out."
        ),
    ] = None
    delimiter: Annotated[
        str | None,
        typer.Option(help="tab, space, comma, semicolon, pipe or a character; default: found out."),
    ] = None
    time_zone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Zone of times that name none, such as Europe/Berlin.")
    ] = None
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Read as csv, jsonl, parquet or what a package adds.")
    ] = None


_Network = Annotated[
    str | None,
    typer.Option(metavar="N", help="Put before every id: with twitter, 42 becomes twitter:42."),
]


@dataclass(frozen=True)
class Kinds:
    """What the rows mean."""

    network: _Network = None
    kinds: Annotated[
        str,
        typer.Option(
            metavar="WORD=KIND,...", help="Translate the file's words: RT=repost,MT=mention; -: leave out."
        ),
    ] = ""
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help=f"Kind of rows that name none: {', '.join(KINDS)}.")
    ] = None


@dataclass(frozen=True)
class Refusal:
    """What becomes of rows that cannot be read."""

    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse everything on the first row that cannot be read.")
    ] = False
    rejects: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep rows that cannot be read here; default: NAME.rejects.jsonl."),
    ] = None


@dataclass(frozen=True)
class Ties:
    """What the rows mean."""

    network: _Network = None
    kinds: Annotated[
        str,
        typer.Option(
            metavar="WORD=KIND,...", help="Translate a column of words: on=follow,off=-; -: leave out."
        ),
    ] = ""
    seen_at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When files without times were read from the network."),
    ] = None


_Files = Annotated[
    list[str], typer.Argument(metavar="FILE", help="Files; several are one import. - is stdin.")
]
_File = Annotated[str, typer.Argument(metavar="FILE", help="Parquet, CSV or JSON Lines; - is stdin.")]


@command(app, "interactions")
def import_interactions(
    session: Session, files: _Files, layout: Layout, kinds: Kinds, refusal: Refusal, rows: RowOptions
) -> None:
    """Import who responded to whom.

    CSV, TSV, space-separated, JSON Lines or Parquet, also gzip and zstd.

    All files are one import: it happens whole or not at all. The same again changes nothing.
    """
    from renown.api.importing import import_files
    from renown.sources import ReadOptions, parse_kinds

    options = ReadOptions(
        **asdict(layout),
        network=kinds.network,
        kinds=parse_kinds(kinds.kinds),
        default_kind=kinds.kind,
        strict=refusal.strict,
    )
    with _reading(session, files, refusal) as (store, rejects, progress):
        report = import_files(store, files, options=options, rejects=rejects, progress=progress)
    _finish(report, session, rows)


@contextmanager
def _reading(
    session: Session, files: Sequence[str], refusal: Refusal
) -> Iterator[tuple[Store, RejectLog, Progress]]:
    """The store to read into, where rejects go, and progress that shows meanwhile."""
    from renown.sources import RejectLog

    rejects = RejectLog(refusal.rejects or _rejects_path(files[0]))
    store = session.open_store()
    with session.progress() as progress:
        yield store, rejects, progress


def _finish(report: ImportReport, session: Session, rows: RowOptions) -> None:
    print_report(report, session, rows)
    session.note(f"Imported in {report.seconds:.1f} s.")
    if report.rejected_count and not report.added_count + report.duplicate_count:
        raise typer.Exit(FAILED)


@command(app, "follows")
def import_follows(
    session: Session, files: _Files, layout: Layout, ties: Ties, refusal: Refusal, rows: RowOptions
) -> None:
    """Import who follows whom: the source follows the target.

    CSV, TSV, space-separated, JSON Lines or Parquet, also gzip and zstd. Rows of a kind other than follow
    are passed over. All files are one import: it happens whole or not at all. The same again changes nothing.
    """
    from renown.api.importing import import_follow_files
    from renown.api.moments import parse_moment
    from renown.sources import ReadOptions, parse_kinds

    options = ReadOptions(
        **asdict(layout),
        network=ties.network,
        kinds=parse_kinds(ties.kinds),
        strict=refusal.strict,
        seen_at=None if ties.seen_at is None else parse_moment(ties.seen_at),
    )
    with _reading(session, files, refusal) as (store, rejects, progress):
        report = import_follow_files(store, files, options=options, rejects=rejects, progress=progress)
    _finish(report, session, rows)


@command(app, "actors")
def import_actors(session: Session, file: _File) -> None:
    """Import profiles; the latest observed holds.

    Columns as in the table actors: actor_id, handle, followers_count and so on; unknown ones are passed over.
    """
    _import_profiles(session, file, "actors")


@command(app, "posts")
def import_posts(session: Session, file: _File) -> None:
    """Import posts.

    Columns as in the table posts: post_id, author_actor_id, posted_at, text and so on.
    """
    _import_profiles(session, file, "posts")


@command(app, "persons")
def import_persons(session: Session, file: _File) -> None:
    """Import which accounts are one person's.

    Columns person_id and actor_id. From the next score on these accounts count as one person.
    """
    _import_profiles(session, file, "persons")


def _import_profiles(session: Session, file: str, table: Profiles) -> None:
    from renown.api.importing import read_profiles

    store = session.open_store()
    rows = read_profiles(file, table)
    add = {"actors": store.add_actors, "posts": store.add_posts, "persons": store.add_persons}[table]
    added = add(rows)
    known = f"; {look.whole(rows.num_rows - added)} were there already" if added < rows.num_rows else ""
    session.note(f"Added {look.counted(added, table.removesuffix('s'))}{known}.")


def _rejects_path(first: str) -> Path:
    """Where rejects are kept unless said: here, since the folder of the input may not be ours to write to."""
    return Path("stdin.rejects.jsonl" if first == "-" else f"{Path(first).name}.rejects.jsonl")


def print_report(report: ImportReport, session: Session, rows: RowOptions) -> None:
    """Say what an import did."""
    record = asdict(report)
    if rows.format != "table":
        record = (
            record if rows.format == "json" else {**record, "rejected_counts": str(report.rejected_counts)}
        )
        print_listing(Listing([record], (), tuple(record)), rows)
        return
    if session.quiet:
        return
    print_counts(_lines(report), _footer(report), rows)


def print_counts(lines: Sequence[Mapping[str, object]], footer: str, rows: RowOptions) -> None:
    """What became of how many rows, a line each: `what` and `count`."""
    columns = [
        Column("", lambda row: row["what"], is_text=True),
        Column("rows", lambda row: look.whole(row["count"])),
    ]
    print_listing(Listing(lines, columns, footer=footer), rows)


def _lines(report: ImportReport) -> list[dict[str, object]]:
    from renown.sources import REASONS

    lines: list[dict[str, object]] = [
        {"what": "read", "count": report.read_count},
        {"what": "added", "count": report.added_count},
        {"what": "  of an actor to itself (kept, never counted)", "count": report.self_count},
        {"what": "there already", "count": report.duplicate_count},
        {"what": "refused", "count": report.rejected_count},
    ]
    reasons = sorted(report.rejected_counts.items(), key=lambda item: (-item[1], item[0]))
    lines += [{"what": f"  {REASONS.get(reason, reason)}", "count": count} for reason, count in reasons]
    return [line for line in lines if line["count"] or line["what"] in ("read", "added")]


def _footer(report: ImportReport) -> str:
    parts = []
    if report.earliest_at and report.latest_at:
        parts.append(f"From {look.moment(report.earliest_at)} to {look.moment(report.latest_at)}.")
    parts.append(f"{look.counted(report.new_actor_count, 'new actor')}.")
    if report.rejects_path:
        parts.append(f"The refused rows are in {report.rejects_path}.")
    return " ".join(parts)
