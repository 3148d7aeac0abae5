"""`renown import web`: feeds and pages of the open web."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from renown.cli.command import command
from renown.cli.harvests import HarvestOptions, run_import
from renown.cli.imports import app
from renown.cli.rows import RowOptions
from renown.cli.session import Session


@dataclass(frozen=True)
class WebOptions:
    """How far to read."""

    depth: Annotated[
        int,
        typer.Option(min=0, max=10, help="1: also the pages of the posts found; 2: what those link to; ..."),
    ] = 0
    pages: Annotated[
        int, typer.Option(min=1, max=100_000, help="The most addresses visited for each one given.")
    ] = 200
    pause_seconds: Annotated[
        float, typer.Option(min=0.0, metavar="SECONDS", help="Between two requests to one host.")
    ] = 1.0
    allow_private_network: Annotated[
        bool,
        typer.Option(
            "--allow-private-network",
            help="Also read inside this machine and its network. Only for trying out.",
        ),
    ] = False


@command(app, "web")
def import_web(
    session: Session,
    rows: RowOptions,
    harvest: HarvestOptions,
    web: WebOptions,
    urls: Annotated[list[str], typer.Argument(metavar="URL", help="Feeds (RSS, Atom, JSON) or pages.")],
) -> None:
    """Import who links to whom, from feeds and pages.

    A link from one page to another becomes a citation of the site linked to. robots.txt, noindex and
    rel=nofollow are obeyed; what has not changed is not sent again.
    """
    run_import(session, rows, "web", urls, since=harvest.since, options=asdict(web))
