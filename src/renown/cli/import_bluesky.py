"""`renown import bluesky` and `renown follow bluesky`: accounts, repository files, live streams."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from renown.cli.command import command
from renown.cli.harvests import HarvestOptions, run_follow, run_import
from renown.cli.harvests import app as follow_app
from renown.cli.imports import app as import_app
from renown.cli.rows import RowOptions
from renown.cli.session import Session
from renown.errors import InputError


@dataclass(frozen=True)
class Extent:
    """How much is read."""

    hops: Annotated[int, typer.Option(metavar="0|1", help="1: also the feeds of those who reacted.")] = 0
    most_posts: Annotated[int, typer.Option(help="Posts of each account whose reactions are read.")] = 500
    most_people: Annotated[
        int, typer.Option(help="Of those who reacted, how many are read as well (with --hops 1).")
    ] = 200
    most_reactions: Annotated[int, typer.Option(help="Likes, reposts, quotes read of one post.")] = 1_000
    most_follows: Annotated[int, typer.Option(help="Followers, follows and list entries read.")] = 300


@dataclass(frozen=True)
class Origin:
    """Who is asked."""

    service: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="AppView to ask; default: the public one. With files: asked about whom they name.",
        ),
    ] = ""
    repo: Annotated[
        bool, typer.Option("--repo", help="Read the accounts' whole repositories, from their own servers.")
    ] = False
    directory: Annotated[
        str, typer.Option(metavar="URL", help="Where accounts' servers are looked up, for --repo.")
    ] = "https://plc.directory"


_Accounts = Annotated[
    list[str], typer.Argument(metavar="ACCOUNT", help="Handles, DIDs, or repository files (CAR).")
]
_People = Annotated[
    list[str] | None, typer.Argument(metavar="DID", help="Only what these do; default: everybody.")
]


@dataclass(frozen=True)
class Stream:
    """What is followed, and from where on."""

    service: Annotated[
        str, typer.Option(metavar="URL", help="ws:// or wss:// address; default: a public one.")
    ] = ""
    firehose: Annotated[
        bool,
        typer.Option("--firehose/--jetstream", help="subscribeRepos of a relay or server, or a Jetstream."),
    ] = False
    start: Annotated[
        str,
        typer.Option(
            metavar="WHERE",
            help="cursor: where it stopped. oldest: what the server still has. now: only new.",
        ),
    ] = "cursor"
    stop_after: Annotated[float, typer.Option(metavar="SECONDS", help="Stop by itself; 0: until Ctrl-C.")] = (
        0.0
    )


@command(import_app, "bluesky")
def import_bluesky(
    session: Session,
    rows: RowOptions,
    harvest: HarvestOptions,
    accounts: _Accounts,
    extent: Extent,
    origin: Origin,
) -> None:
    """Import Bluesky accounts with who reacts to them, or repository files.

    Needs no account. Whoever asks not to be shown to people who are not signed in is left out.

    Interrupted, the same command goes on where it stopped; what comes twice is kept once.
    """
    options = {**asdict(extent), **asdict(origin)}
    run_import(session, rows, "bluesky", accounts, since=harvest.since, options=options)


@command(follow_app, "bluesky")
def follow_bluesky(session: Session, rows: RowOptions, stream: Stream, people: _People = None) -> None:
    """Take in Bluesky as it happens; what people delete or close is taken out as they do.

    Until Ctrl-C; the next time it goes on where it stopped.
    """
    if stream.start not in ("cursor", "oldest", "now"):
        raise InputError(f"--start is cursor, oldest or now, not {stream.start!r}.")
    options = {
        "service": stream.service,
        "stream": "firehose" if stream.firehose else "jetstream",
        "start": stream.start,
        "stop_after_seconds": stream.stop_after,
    }
    run_follow(session, rows, "bluesky", people or (), options=options)
