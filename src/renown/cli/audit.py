"""`renown audit`: who an actor's audience likely is, where it comes from, and when it came."""

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

if TYPE_CHECKING:
    from renown.explain import Audit

_BAR_WIDTH = 20
_MOST_DAYS = 5


@dataclass(frozen=True)
class Sampled:
    """Who of an audience is looked at, and as of when."""

    sample: Annotated[int, typer.Option(metavar="N", help="How many of the audience are looked at.")] = 400
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed draws the same sample.")] = 1
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="MOMENT", help="Only what happened before it counts.")
    ] = None


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands to the root."""
    command(app, "audit")(audit)


def audit(
    session: Session,
    rows: RowOptions,
    name: Annotated[str, typer.Argument(metavar="ACTOR", help="Id or handle.")],
    look_at: Sampled,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write it as a page with charts (HTML).")
    ] = None,
) -> None:
    """Look at an actor's audience: a sample of it, its sources, bursts and groups.

    Followers where the store knows any, else those who have reacted. Inactive is not automated, and a
    probability is no verdict: the result is for the operator and for the actor.
    """
    from renown.api.audit import write_audit

    found = session.open_store().audit(name, sample=look_at.sample, seed=look_at.seed, as_of=look_at.as_of)
    flat: list[dict[str, Any]] = [share.to_dict() for share in found.shares]
    print_document(found.to_dict(), flat, _page(found), rows)
    if page is not None:
        session.note(f"The page is in {write_audit(found, page)}.")


def _page(found: Audit) -> list[Part]:
    """Shares with their intervals, sources, days with more than expected, and what the doubt rests on."""
    from renown.cli.rows import is_ascii_only

    is_ascii = is_ascii_only()
    shares = Listing(
        [share.to_dict() for share in found.shares],
        [
            Column(found.audience, lambda row: row["label"], is_text=True),
            Column("share", lambda row: look.share(row["share"])),
            Column("from-to", lambda row: f"{row['low'] * 100:.0f}-{row['high'] * 100:.0f}"),
            Column(
                "0 to 100",
                lambda row: look.bar(row["share"], full=1, width=_BAR_WIDTH, is_ascii=is_ascii),
                is_text=True,
                is_extra=True,
            ),
        ],
    )
    name = f"{look.name(found.actor.handle)} ({look.name(found.actor.actor_id)})"
    parts: list[Part] = [f"{name} · as of {look.moment(found.basis.as_of)}", found.title, ""]
    parts += [*found.sentences, "", shares, "", _sources(found)]
    for listing in (_days(found), _accounts(found)):
        parts += ["", listing] if listing.records else []
    return parts


def _sources(found: Audit) -> Listing:
    return Listing(
        [part.to_dict() for part in found.sources],
        [
            Column("who reacted", lambda row: look.name(row["label"], longest=44), is_text=True),
            Column("people", lambda row: look.whole(row["people_count"])),
            Column("reactions", lambda row: look.whole(row["interactions_count"])),
            Column("share", lambda row: look.share(row["share"])),
        ],
        when_empty="Nobody reacted.",
    )


def _days(found: Audit) -> Listing:
    bursts = sorted((day for day in found.days if day.is_burst), key=lambda day: -day.count)
    return Listing(
        [day.to_dict() for day in bursts[:_MOST_DAYS]],
        [
            Column("day (UTC)", lambda row: row["day"], is_text=True),
            Column("first-time reactors", lambda row: look.whole(row["count"])),
            Column("expected", lambda row: look.whole(row["expected"])),
            Column("who react to nobody else", lambda row: look.whole(row["alone_count"])),
        ],
    )


def _accounts(found: Audit) -> Listing:
    return Listing(
        [account.to_dict() for account in found.accounts[:_MOST_DAYS]],
        [
            Column("account", lambda row: look.name(row["handle"]), is_text=True),
            Column("counts for", lambda row: look.share(row["counted_share"])),
            Column("automated", lambda row: f"{row['automated_probability']:.2f}"),
            Column("because it", lambda row: "; ".join(row["reasons"]), is_text=True, is_prose=True,
                   can_shrink=True),
        ],
    )  # fmt: skip
