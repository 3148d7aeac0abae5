"""`renown simulate` and `renown demo`: a small world whose true influence is known."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from renown.cli.actors import Ground, explain
from renown.cli.command import command
from renown.cli.imports import (
    Kinds,
    Layout,
    Refusal,
    import_actors,
    import_interactions,
    import_persons,
    import_posts,
)
from renown.cli.report import write_page
from renown.cli.rows import RowOptions
from renown.cli.scores import Terms, Work, score
from renown.cli.session import Session
from renown.errors import InputError

if TYPE_CHECKING:
    from renown.types import Progress

_LARGE_TOWN: Final = 200_000
"""From this size on a town is streamed to its files instead of being held in memory."""
_FEATURED: Final = ("celebrity", "expert", "troll")


@dataclass(frozen=True)
class Size:
    """Which town."""

    people: Annotated[int, typer.Option(metavar="N", help="1,000 to 10,000,000.")] = 2_000
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed gives the same town.")] = 1
    days: Annotated[int, typer.Option(metavar="D", help="28 to 730.")] = 90


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands to the root."""
    command(app, "simulate")(simulate)
    command(app, "demo")(demo)


def simulate(
    session: Session,
    size: Size,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where its files go.")],
) -> None:
    """Build a town whose true influence is known."""
    with session.progress() as progress:
        files = write_files(size, out, progress)
    for name, path in sorted(files.items()):
        typer.echo(f"{name}\t{path}")
    session.note(
        f"Import it: renown import interactions {files['interactions']}\n"
        f"Measure against its truth: renown evaluate --truth {files['truth']}"
    )


def write_files(size: Size, folder: Path, progress: Progress) -> dict[str, Path]:
    """Build a town into files; a large one without holding it in memory."""
    from renown.simulate import TownPlan, build_town, stream_town, write_town

    if size.people > _LARGE_TOWN:
        plan = TownPlan(people_count=size.people, seed=size.seed, days=size.days)
        return stream_town(plan, folder, progress=progress)
    town = build_town(people_count=size.people, seed=size.seed, days=size.days, progress=progress)
    return write_town(town, folder)


def demo(
    session: Session,
    folder: Annotated[Path, typer.Option(metavar="FOLDER", help="Where everything goes.")] = Path("demo"),
) -> None:
    """Try everything on a simulated town.

    It is simulated, imported and scored; one score is explained, and a report written.

    Everything is in the folder: the town's files, a store of its own (begun afresh each time), report.html.
    """
    own = replace(session, store=str(folder / "store"))
    quiet = replace(own, quiet=True)
    _begin_afresh(folder / "store")
    typer.echo("A town of 2,000 people, whose true influence is known, lives through 90 days.")
    with session.progress() as progress:
        files = write_files(Size(), folder / "town", progress)
    cast = _cast(files["cast"])
    import_interactions(
        own, [str(files["interactions"])], Layout(), Kinds(), Refusal(strict=True), RowOptions()
    )
    import_actors(quiet, str(files["actors"]))
    import_persons(quiet, str(files["persons"]))
    import_posts(quiet, str(files["posts"]))
    _score_the_past(own)
    typer.echo()
    score(own, Terms(), Work(), RowOptions())
    typer.echo("\nWhy the score of the town's expert is what it is:\n")
    explain(own, RowOptions(), Ground(), cast["expert"])
    path = write_page(own, folder / "report.html", actors=[cast[role] for role in _FEATURED])
    typer.echo(f"\nThe report, which opens in any browser: {path.resolve()}")
    session.note(f"Look around: renown top --store {own.store}")


def _score_the_past(session: Session) -> None:
    """Two earlier moments, so that the report can show how scores moved."""
    from renown.scoring import newest_moment

    newest = newest_moment(session.open_store())
    for days in (60, 30):
        earlier = Terms(as_of=(newest - timedelta(days=days)).isoformat())
        score(replace(session, quiet=True), earlier, Work(top=0), RowOptions())


def _cast(path: Path) -> dict[str, str]:
    import json

    cast: dict[str, str] = json.loads(path.read_text(encoding="utf8"))
    return cast


def _begin_afresh(store: Path) -> None:
    """Remove the store of an earlier demo; anything else that stands there stays.

    Raises:   InputError: something else is in its place.
    """
    if not store.exists():
        return
    if not (store / "formats" / "_delta_log").is_dir():
        raise InputError(
            f"{store} is in the way: it is not the store of an earlier demo.",
            hint="Choose another folder with --folder.",
        )
    shutil.rmtree(store)
