"""`renown show`, `compare`, `explain`, `reactions` and `changes`: why a score is what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from renown.cli import pages
from renown.cli.command import command
from renown.cli.rows import Part, RowOptions, print_listing, render_page, to_json, write_records, write_text
from renown.cli.session import Session
from renown.types import KINDS

if TYPE_CHECKING:
    from renown.api import Store
    from renown.explain import Chosen

_Actor = Annotated[str, typer.Argument(metavar="ACTOR", help="Handle or id, with or without @.")]
_Limit = Annotated[int, typer.Option(min=1, metavar="N", help="Rows named; the others are added up.")]
_Definition = Annotated[
    str | None, typer.Option(metavar="FILE_OR_NAME", help="What a score is; default: as in the latest run.")
]
_Dimension = Literal["person", "kind", "post", "day", "network"]


@dataclass(frozen=True)
class Ground:
    """The moment and the definition to explain by."""

    as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Count only what happened before; default: as in the latest run."),
    ] = None
    definition: _Definition = None


@dataclass(frozen=True)
class Meaning:
    """What a score is at each of two moments."""

    definition: Annotated[
        str | None,
        typer.Option(
            metavar="FILE_OR_NAME",
            help="What a score is, at both moments; default: as in the latest run, and at the first moment"
            " as in the last run for it or before.",
        ),
    ] = None
    definition_before: Annotated[
        str | None, typer.Option(metavar="FILE_OR_NAME", help="Another one at the first moment.")
    ] = None

    def of_both(self) -> tuple[str | None, str | None]:
        """That of the first moment, that of the second."""
        return self.definition_before or self.definition, self.definition


@dataclass(frozen=True)
class Choice:
    """Which reactions."""

    person: Annotated[str | None, typer.Option(metavar="ACTOR", help="Only those of this person.")] = None
    post: Annotated[str | None, typer.Option(metavar="ID", help="Only those to this post.")] = None
    day: Annotated[str | None, typer.Option(metavar="DATE", help="Only those of this day (UTC).")] = None
    kind: Annotated[str | None, typer.Option(help=f"Only this kind: {', '.join(KINDS)}.")] = None


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands to the root."""
    command(app, "show")(show)
    command(app, "compare")(compare)
    command(app, "explain")(explain)
    command(app, "reactions")(reactions)
    command(app, "changes")(changes)


def show(
    session: Session,
    rows: RowOptions,
    actor: _Actor,
    run: Annotated[str | None, typer.Option(metavar="ID", help="In this run; default: the latest.")] = None,
) -> None:
    """Show one actor: who, how sure, why, what changed."""
    view = session.open_store().show(actor, run_id=run)
    document = view.to_dict()
    flat = {name: value for name, value in document.items() if not isinstance(value, dict)}
    print_document(document, [flat], pages.actor_page(view), rows)


def compare(
    session: Session,
    rows: RowOptions,
    ground: Ground,
    actors: Annotated[list[str], typer.Argument(metavar="ACTOR", help="Two or more handles or ids.")],
) -> None:
    """Put actors side by side, and say whom they share."""
    store = session.open_store()
    comparison = store.compare(*actors, as_of=ground.as_of, definition=ground.definition)
    flat = [
        {**entry.actor.to_dict(), **entry.score.to_dict(), "shared_share": entry.shared_share}
        for entry in comparison.actors
    ]
    print_document(comparison.to_dict(), flat, pages.comparison_page(comparison), rows)


def explain(
    session: Session,
    rows: RowOptions,
    ground: Ground,
    actor: _Actor,
    by: Annotated[_Dimension | None, typer.Option(help="One in full; default: the heads of all.")] = None,
    limit: _Limit = 20,
) -> None:
    """Open a score: from whom, by what, to which post.

    Every ledger adds up: rows beyond the limit are one row at its end.
    """
    explanation = session.open_store().explain(
        actor, as_of=ground.as_of, definition=ground.definition, limit=limit
    )
    flat = [row.to_dict() for row in explanation.ledger.parts[by or "person"]]
    print_document(explanation.to_dict(), flat, pages.explanation_page(explanation, by, limit), rows)


def reactions(
    session: Session, rows: RowOptions, ground: Ground, choice: Choice, actor: _Actor, limit: _Limit = 20
) -> None:
    """List the single reactions behind a score."""
    store = session.open_store()
    found = store.reactions(
        actor, _chosen(store, choice), as_of=ground.as_of, definition=ground.definition, limit=limit
    )
    print_listing(pages.reactions_listing(found), rows)


def changes(
    session: Session,
    rows: RowOptions,
    meaning: Meaning,
    actor: _Actor,
    since: Annotated[str, typer.Option(metavar="DATE", help="The first moment.")],
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Default: the latest run's.")] = None,
) -> None:
    """Split the change of a score exactly into its causes."""
    found = session.open_store().changes(actor, since, until=until, definition=meaning.of_both())
    flat = [
        {
            "cause": part.cause,
            "points": part.points,
            "attention_change": part.attention_change,
            "people_count": part.people_count,
        }
        for part in found.parts
    ]
    print_document(found.to_dict(), flat, pages.changes_page(found), rows)


def print_document(
    document: Mapping[str, Any], flat: Sequence[Mapping[str, Any]], page: Sequence[Part], rows: RowOptions
) -> None:
    """Print one explanation: as a page, as one JSON document, or its rows as CSV or Parquet."""
    if rows.format == "table":
        write_text(render_page(page), rows.out)
    elif rows.format == "json":
        write_text(to_json(document), rows.out)
    else:
        write_records(flat, (), rows)


def _chosen(store: Store, choice: Choice) -> Chosen:
    from renown.api import parse_moment
    from renown.explain import choose_reactions

    return choose_reactions(
        store,
        person=choice.person,
        post_id=choice.post,
        day=None if choice.day is None else parse_moment(choice.day).date(),
        kind=choice.kind,
    )
