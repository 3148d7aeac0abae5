"""`renown score`, `top`, `history` and `runs`: making scores, and the ranked table of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from renown.cli import look
from renown.cli.command import command
from renown.cli.context import context_lines, run_record, score_columns
from renown.cli.rows import Column, Listing, RowOptions, print_listing
from renown.cli.session import Session
from renown.types import EngineName

if TYPE_CHECKING:
    from renown.api import RankedActor
    from renown.scoring import Run


@dataclass(frozen=True)
class Terms:
    """By which definition and for which moment."""

    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Count only what happened before; default: just after the newest interaction.",
        ),
    ] = None
    definition: Annotated[
        str | None,
        typer.Option(metavar="FILE_OR_NAME", help="What a score is; default: the shipped renown-1."),
    ] = None


@dataclass(frozen=True)
class Work:
    """How the score is computed."""

    engine: Annotated[EngineName, typer.Option(help="The compiled kernel, or the SQL steps.")] = "kernel"
    show_sql: Annotated[bool, typer.Option("--show-sql", help="Print the SQL steps and stop.")] = False
    again: Annotated[bool, typer.Option("--again", help="Compute even what was scored before.")] = False
    no_trust: Annotated[
        bool, typer.Option("--no-trust", help="Trust everybody, whatever `renown trust` found.")
    ] = False
    top: Annotated[int, typer.Option(min=0, metavar="N", help="Print the N highest scores.")] = 10


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands to the root."""
    command(app, "score")(score)
    command(app, "top")(top)
    command(app, "runs")(runs)
    command(app, "history")(history)


def score(session: Session, terms: Terms, work: Work, rows: RowOptions) -> None:
    """Score every actor; print the highest."""
    if work.show_sql:
        print_sql(session, terms)
        return
    store = session.open_store()
    with session.progress() as progress:
        run = store.score(
            definition=terms.definition,
            as_of=terms.as_of,
            engine=work.engine,
            again=work.again,
            use_trust=not work.no_trust,
            progress=progress,
        )
    session.note(_done(run))
    if work.top and not session.quiet:
        print_top(run, store.top(work.top, run_id=run.run_id), rows)


def print_sql(session: Session, terms: Terms) -> None:
    """Print the SQL steps that a definition compiles to."""
    from renown.api import parse_moment
    from renown.api.actors import read_definition
    from renown.scoring import newest_moment
    from renown.steps import compile_score, render_steps
    from renown.store.run_inputs import microseconds_of

    moment = parse_moment(terms.as_of) if terms.as_of else newest_moment(session.open_store())
    steps = compile_score(read_definition(terms.definition), as_of_microseconds=microseconds_of(moment))
    typer.echo(render_steps(steps), nl=False)


def top(
    session: Session,
    rows: RowOptions,
    count: Annotated[int, typer.Argument(min=1, metavar="[N]", help="How many.")] = 10,
    by: Annotated[
        Literal["score", "momentum"],
        typer.Option(help="The score, or momentum: attention that halves in 7 days."),
    ] = "score",
    network: Annotated[str | None, typer.Option(help="Only actors of this network.")] = None,
    run: Annotated[str | None, typer.Option(metavar="ID", help="Of this run; default: the latest.")] = None,
) -> None:
    """Print the highest scores of a run."""
    store = session.open_store()
    chosen = store.run(run)
    print_top(chosen, store.top(count, by=by, network=network, run_id=chosen.run_id), rows)


def runs(session: Session, rows: RowOptions) -> None:
    """List the scoring runs."""
    records = [run_record(run) for run in session.open_store().runs()]
    columns = [
        Column("run", lambda row: row["run_id"][:8], is_text=True),
        Column("as of, UTC", lambda row: look.minute(row["as_of"])),
        Column("definition", lambda row: look.name(row["definition_name"]), is_text=True, can_shrink=True),
        Column("actors", lambda row: look.whole(row["actors_count"])),
        Column("interactions", lambda row: look.whole(row["interactions_count"])),
        Column("made, UTC", lambda row: look.minute(row["finished_at"])),
    ]
    empty = "Nothing has been scored in this store yet. Run `renown score`."
    print_listing(Listing(records, columns, _RUN_FIELDS, when_empty=empty), rows)


def history(
    session: Session,
    rows: RowOptions,
    actor: Annotated[str, typer.Argument(metavar="ACTOR", help="Handle or id, with or without @.")],
) -> None:
    """Print an actor's score in every run."""
    store = session.open_store()
    who = store.resolve(actor)
    past = store.score_history(who.actor_id)
    records = [
        {"as_of": entry.run.as_of, "definition_name": entry.run.definition_name, **entry.score.to_dict()}
        for entry in past
    ]
    columns = [
        Column("as of, UTC", lambda row: look.minute(row["as_of"])),
        *score_columns(),
        Column("run", lambda row: row["run_id"][:8], is_text=True),
        Column("definition", lambda row: look.name(row["definition_name"]), is_text=True, can_shrink=True),
    ]
    listing = Listing(
        records,
        columns,
        title=f"{look.name(who.handle)} ({look.name(who.actor_id)})",
        footer="\n".join(context_lines(past[-1].run, [who.network])[:2]) if past else "",
        when_empty="No run has a score for this actor: nobody had responded before those moments.",
    )
    print_listing(listing, rows)


def print_top(run: Run, ranked: Sequence[RankedActor], rows: RowOptions) -> None:
    """Print ranked actors with what holds for all of them."""
    from renown.api import RankedActor

    columns = [
        Column("rank", lambda row: look.band(row["rank_low"], row["rank_high"])),
        Column("actor", lambda row: look.name(row["handle"]), is_text=True, can_shrink=True),
        *score_columns(),
        Column("momentum", lambda row: look.decimal(row["momentum"]), is_extra=True),
    ]
    records = [{**actor.to_dict(), "as_of": run.as_of} for actor in ranked]
    listing = Listing(
        records,
        columns,
        fields=(*RankedActor.__dataclass_fields__, "as_of"),
        footer="\n".join(context_lines(run, [actor.network for actor in ranked])),
        when_empty="Nobody there has a score in this run.",
    )
    print_listing(listing, rows)


def _done(run: Run) -> str:
    if not run.is_new:
        return f"Scored before, and nothing has changed since: run {run.run_id}."
    seconds = (run.finished_at - run.started_at).total_seconds()
    actors = look.counted(run.counts["actors"], "actor")
    interactions = look.counted(run.counts["interactions"], "interaction")
    return f"Scored {actors} from {interactions} in {seconds:.1f} s: run {run.run_id}."


_RUN_FIELDS = (
    *("run_id", "as_of", "definition_name", "definition_hash", "actors_count", "ties_count"),
    *("interactions_count", "input_version", "started_at", "finished_at", "seconds"),
)
