"""`renown definitions`: what a score is, in the numbers that decide it."""

from __future__ import annotations

from typing import Annotated

import typer

from renown.cli.command import command, group
from renown.cli.look import whole
from renown.cli.rows import Column, Listing, RowOptions, print_listing
from renown.cli.session import Session

app = group("What a score is, and checking your own.")


@command(app, "list")
def list_definitions(session: Session, rows: RowOptions) -> None:
    """List the definitions that come with Renown."""
    from renown.definitions import load_definition

    records = [
        {
            "name": definition.name,
            "hash": definition.content_hash(),
            "attention_half_life_days": definition.attention_half_life_days(),
            "summary": definition.summary,
        }
        for definition in map(load_definition, _shipped_names())
    ]
    columns = [
        Column("name", lambda row: row["name"], is_text=True),
        Column("hash", lambda row: row["hash"][:12], is_text=True),
        Column("half-life, days", lambda row: whole(row["attention_half_life_days"])),
        Column("summary", lambda row: row["summary"], is_text=True, can_shrink=True, is_prose=True),
    ]
    print_listing(Listing(records, columns), rows)


@command(app, "show")
def show_definition(
    session: Session, name: Annotated[str, typer.Argument(metavar="NAME", help="A shipped name, or a file.")]
) -> None:
    """Print a definition as TOML: the start of your own."""
    from renown.definitions import load_definition

    definition = load_definition(name)
    typer.echo(f"# content hash: {definition.content_hash()}")
    typer.echo(definition.to_toml(), nl=False)


@command(app, "check")
def check_definition(
    session: Session, file: Annotated[str, typer.Argument(metavar="FILE", help="A definition in TOML.")]
) -> None:
    """Check that a definition is valid and keeps the promises of a score."""
    from renown.definitions import load_definition
    from renown.explain.sentences import window_in_words

    definition = load_definition(file)
    typer.echo(
        f"{definition.name} is valid: {window_in_words(definition)}. Hash {definition.content_hash()}."
    )


def _shipped_names() -> list[str]:
    from importlib import resources

    folder = resources.files("renown.definitions") / "shipped"
    return sorted(
        entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")
    )
