"""`renown attack-lab`: what it costs to buy a score in a store, and what the defence costs everybody else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from renown.cli import look
from renown.cli.command import command
from renown.cli.rows import Column, Listing, RowOptions, print_listing
from renown.cli.session import Session
from renown.types import OutputFormat

if TYPE_CHECKING:
    from renown.evaluate.attacks import AttackReport


@dataclass(frozen=True)
class Battle:
    """Which attacks, at which prices."""

    attacks: Annotated[
        str, typer.Option(metavar="NAME,...", help="Attacks of the catalogue, or families; default: all.")
    ] = ""
    prices: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Prices (TOML); default: the shipped assumptions.")
    ] = None
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed gives the same report.")] = 1
    percentile: Annotated[
        float,
        typer.Option(metavar="P", help="Around which of all scores ordinary targets are drawn, 0 to 100."),
    ] = 50.0
    definition: Annotated[
        str | None,
        typer.Option(metavar="FILE_OR_NAME", help="The score that is attacked. Default: renown-1."),
    ] = None
    not_genuine: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Actors (actor_id) known not to be genuine: no targets, no losses. A town's truth will do.",
        ),
    ] = None
    trust: Annotated[bool, typer.Option(help="Whether trust defends the score in a second measurement.")] = (
        True
    )


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands to the root."""
    command(app, "attack-lab")(attack_lab)


def attack_lab(
    session: Session,
    battle: Battle,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where the report goes.")],
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="DIR_OR_URL", help="The store to attack copies of; default: --store."),
    ] = None,
    format: Annotated[OutputFormat, typer.Option("--format", "-f", help="How to print the rows.")] = "table",
) -> None:
    """Attack copies of a store and report what each attack gains.

    Points with and without the defence, what a point costs, how long an attack goes unseen, and what genuine
    actors lose to the defence. The store itself is only read.
    """
    from renown.api.attack_lab import ATTACK_FIELDS, attack_records
    from renown.api.importing import read_table

    store = (replace(session, store=on) if on else session).open_store()
    with session.progress() as progress:
        report = store.attack_lab(
            out,
            attacks=[name for name in battle.attacks.split(",") if name],
            prices=battle.prices,
            seed=battle.seed,
            percentile=battle.percentile,
            definition=battle.definition,
            not_genuine=None if battle.not_genuine is None else read_table(str(battle.not_genuine)),
            trust=battle.trust,
            progress=progress,
        )
    rows = RowOptions(format=format, out=out / "attacks.parquet" if format == "parquet" else None)
    print_listing(_listing(report, attack_records(report), ATTACK_FIELDS), rows)
    session.note(f"The report: {out / 'report.html'}")


def _listing(report: AttackReport, records: list[dict[str, Any]], fields: tuple[str, ...]) -> Listing:
    """Attacks as a table: what each gains and keeps, and at what price."""
    from renown.api.attack_lab import battlefield_words, money
    from renown.api.attack_words import genuine_sentences, headline

    columns = [
        Column("attack", lambda row: row["label"], is_text=True),
        Column("points", lambda row: look.decimal(row["gained_points"])),
        Column("a point\ncosts", lambda row: money(row["cost_per_point"], report.currency)),
    ]
    if report.defence is not None:
        columns += [
            Column("points,\ndefended", lambda row: look.decimal(row["kept_points"])),
            Column("kept", lambda row: _share(row["kept_share"])),
            Column("a point\nthen costs", lambda row: money(row["cost_per_kept_point"], report.currency)),
            Column("discounted\nafter hours", lambda row: _hours(row["hours_to_discount"]), is_extra=True),
            Column("found\nafter hours", lambda row: _hours(row["hours_to_finding"]), is_extra=True),
        ]
    said = [*headline(report), *(genuine_sentences(report) if report.genuine else [])]
    return Listing(
        records, columns, fields, title=battlefield_words(report), footer="\n".join(said),
        when_empty="No attack was possible: the background is too small.",
    )  # fmt: skip


def _share(share: float | None) -> str:
    return look.NOTHING if share is None else look.share(max(0.0, share))


def _hours(hours: float | None) -> str:
    return look.NOTHING if hours is None else f"{hours:g}"
