"""`renown trust`: whose attention counts, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from renown.cli import look
from renown.cli.command import command, group, without_command
from renown.cli.rows import Column, Listing, RowOptions, print_listing
from renown.cli.session import Session
from renown.cli.trust_accounts import add_accounts_command
from renown.types import AppealScope

if TYPE_CHECKING:
    from renown.trust import TrustRun

app = group("Whose attention counts: compute it, see what was found, grant appeals.")

add_accounts_command(app)


@without_command(app)
def compute(
    context: typer.Context,
    session: Session,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Look only at what happened before; default: just after the newest."
        ),
    ] = None,
    seed: Annotated[
        list[str] | None,
        typer.Option(metavar="ACTOR", help="From whom trust flows; may be repeated."),
    ] = None,
) -> None:
    """Whose attention counts: compute it for the next `renown score`; see what was found; grant appeals."""
    if context.invoked_subcommand is not None:
        return
    store = session.open_store()
    with session.progress() as progress:
        made = store.trust(as_of=as_of, seeds=seed or None, progress=progress)
    session.note(_done(made))


@command(app, "findings")
def findings(
    session: Session,
    rows: RowOptions,
    actor: Annotated[
        str | None, typer.Option(metavar="ACTOR", help="Only those that this one takes part in.")
    ] = None,
    top: Annotated[int | None, typer.Option(min=1, metavar="N", help="The N least likely.")] = None,
) -> None:
    """Groups that act together and crowds nobody vouches for, with the chance of each. Private."""
    views = session.open_store().trust_findings(actor=actor, limit=top)
    columns = [
        Column("no.", lambda row: look.whole(row["finding_id"])),
        Column("kind", lambda row: row["kind"], is_text=True),
        Column("what", lambda row: row["summary"], is_text=True, can_shrink=True, is_prose=True),
        Column("chance", lambda row: f"{row['chance']:.0e}" if row["chance"] < 0.01 else "likely"),
        Column("from, UTC", lambda row: look.minute(row["first_at"])),
    ]
    records = [{**view.to_dict(), "first_at": view.first_at, "last_at": view.last_at} for view in views]
    if rows.format in ("csv", "parquet"):
        flat = ("members", "targets", "examples")
        records = [{k: v for k, v in record.items() if k not in flat} for record in records]
    footer = (
        "A finding is a probability, not a verdict: an actor may appeal, and `renown trust appeal` grants."
    )
    empty = "Nothing was found: no group acts together, and no crowd came unvouched."
    print_listing(Listing(records, columns, _FIELDS, footer=footer, when_empty=empty), rows)


@command(app, "appeal")
def appeal(
    session: Session,
    actor: Annotated[str, typer.Argument(metavar="ACTOR", help="Whose appeal is granted.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why.")],
    granted_by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who grants it.")],
    scope: Annotated[
        AppealScope, typer.Option(help="What it gives counts wholly, or what it receives does.")
    ] = "account",
) -> None:
    """Grant an actor's appeal: recorded for good, obeyed by the next `renown trust`."""
    row = session.open_store().grant_appeal(actor, reason=reason, granted_by=granted_by, scope=scope)
    session.note(f"Granted for {row['actor_id']} ({scope}). `renown trust` obeys it from now on.")


def _done(made: TrustRun) -> str:
    if not made.is_new:
        return f"Computed before, and nothing has changed since: trust run {made.run_id}."
    seconds = (made.finished_at - made.started_at).total_seconds()
    ties, doubted = look.counted(made.counts["ties"], "tie"), look.whole(made.counts["doubted_ties"])
    found = look.counted(made.counts["findings"], "finding")
    return f"Looked at {ties} in {seconds:.1f} s: {doubted} do not count wholly, {found}. Run {made.run_id}."


_FIELDS = (
    *("finding_id", "kind", "summary", "members_count", "targets_count", "statistic", "chance"),
    *("attention", "effective_people", "first_at", "last_at"),
)
