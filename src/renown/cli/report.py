"""`renown report`: a page to open and pass on, or the model card of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from renown.cli.command import command
from renown.cli.session import Session
from renown.errors import InputError

if TYPE_CHECKING:
    from renown.api.model_card import ModelCardChoices


@dataclass(frozen=True)
class Card:
    """What a model card takes in, and as what it is written."""

    model_card: Annotated[
        bool,
        typer.Option(
            "--model-card", help="Instead: how the scores were made, how sure and how wrong they are."
        ),
    ] = False
    truth: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Card: compare with this truth (actor_id, true_influence), too."),
    ] = None
    attacks: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Card: what a finished `renown attack-lab` left there."),
    ] = None
    pairs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Card: judged pairs; default: the judgements of the store."),
    ] = None
    future_kinds: Annotated[
        str, typer.Option(metavar="KIND,...", help="Card: kinds that count as the future; default: all.")
    ] = ""
    causal_actors: Annotated[
        int, typer.Option(min=0, metavar="N", help="Card: so many of the highest are read causally.")
    ] = 12
    fit: Annotated[
        bool, typer.Option(help="Card: whether to learn the numbers from this store, too, to compare.")
    ] = True
    format: Annotated[
        Literal["html", "md", "json"] | None,
        typer.Option("--format", "-f", help="Card: as what to write it; default: as FILE ends."),
    ] = None

    def is_asked_for(self) -> bool:
        """Whether any option of a card was given."""
        return self != Card()

    def choices(self, run_id: str | None) -> ModelCardChoices:
        """The options as the store takes them."""
        from renown.api.importing import read_table

        return {
            "run_id": run_id,
            "truth": None if self.truth is None else read_table(str(self.truth)),
            "attacks": self.attacks,
            "pairs": self.pairs,
            "future_kinds": [kind for kind in self.future_kinds.split(",") if kind],
            "causal_actors": self.causal_actors,
            "fit": self.fit,
        }


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands to the root."""
    command(app, "report")(report)


def report(
    session: Session,
    card: Card,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="FILE", help="The file to write: .html; a card also .md, .json."),
    ],
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
    """Write a report to open in a browser, or a run's model card; print its path."""
    if card.model_card:
        if actor or evaluation:
            raise InputError(
                "A model card speaks of no actor, and is an evaluation already.",
                hint="Leave out --actor and --evaluation, or --model-card.",
            )
        typer.echo(write_card(session, card, out, run_id=run))
        return
    if card.is_asked_for():
        raise InputError("These options belong to a model card.", hint="Add --model-card.")
    typer.echo(write_page(session, out, actors=actor or (), run_id=run, has_evaluation=evaluation))


def write_card(session: Session, card: Card, out: Path, *, run_id: str | None = None) -> Path:
    """Measure a run, write its model card and return the path."""
    from renown.api.model_card import form_of
    from renown.api.model_card import write_card as write

    # A name that says nothing is refused before anything is measured.
    form = card.format or form_of(out)
    store = session.open_store()
    with session.progress() as progress:
        return write(store.model_card(progress=progress, **card.choices(run_id)), out, form)


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
