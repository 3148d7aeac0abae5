"""`renown import fediverse` and `renown follow fediverse`: Mastodon and whatever else speaks to it."""

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


@dataclass(frozen=True)
class Entrance:
    """Who is asked, and as whom."""

    instance: Annotated[
        str,
        typer.Option(metavar="URL", help="Instance to ask about everybody; default: each one's own."),
    ] = ""
    token: Annotated[
        str,
        typer.Option(
            metavar="TOKEN",
            envvar="RENOWN_FEDIVERSE_TOKEN",
            help="Access token of that instance; better set in the environment, where others do not see it.",
        ),
    ] = ""


@dataclass(frozen=True)
class Extent:
    """How much is read."""

    hops: Annotated[int, typer.Option(metavar="0|1", help="1: also the posts of those who reacted.")] = 0
    most_posts: Annotated[int, typer.Option(help="Newest posts read of one account.")] = 400
    most_people: Annotated[
        int, typer.Option(help="Accounts read of one list: followers, boosters, those who reacted.")
    ] = 400
    again_days: Annotated[
        int, typer.Option(metavar="DAYS", help="Read anew who reacted to posts this young.")
    ] = 30
    reactions: Annotated[
        bool, typer.Option("--reactions/--no-reactions", help="Read who favourited, boosted and answered.")
    ] = True
    follows: Annotated[
        bool,
        typer.Option("--follows/--no-follows", help="Read who follows whom, of the accounts named."),
    ] = True
    lists: Annotated[
        bool, typer.Option("--lists", help="Read the lists of the token's owner; nobody else sees them.")
    ] = False


@dataclass(frozen=True)
class Asking(Entrance):
    """Who is asked, and how."""

    path: Annotated[
        str,
        typer.Option(metavar="PATH", help="api (Mastodon's), activitypub, or auto: the one that is there."),
    ] = "auto"
    signing_key: Annotated[
        str,
        typer.Option(metavar="FILE", help="Private RSA key, for servers that answer signed requests only."),
    ] = ""
    signing_key_id: Annotated[
        str, typer.Option(metavar="URL", help="Where the public half of that key is found.")
    ] = ""


_Locations = Annotated[
    list[str],
    typer.Argument(
        metavar="ACCOUNT_OR_INSTANCE", help="Accounts (user@host) or instances (host or address)."
    ),
]
_Stream = Annotated[
    str, typer.Option(metavar="NAME", help="public, public:local, hashtag:WORD, or user (the token's owner).")
]
_Poll = Annotated[
    float,
    typer.Option("--poll", metavar="SECONDS", help="Pause between two looks where there is no stream."),
]
_Seconds = Annotated[
    float, typer.Option("--stop-after", metavar="SECONDS", help="Stop by itself; 0: until Ctrl-C.")
]


@command(import_app, "fediverse")
def import_fediverse(
    session: Session,
    rows: RowOptions,
    harvest: HarvestOptions,
    locations: _Locations,
    asking: Asking,
    extent: Extent,
) -> None:
    """Import accounts of Mastodon and the rest of the fediverse, with who reacts to them.

    Only who agreed to be found (discoverable) is taken in; post text only of who agreed to that (indexable).

    Interrupted, the same command goes on where it stopped; what comes twice is kept once.
    """
    options = {**asdict(asking), **asdict(extent)}
    run_import(session, rows, "fediverse", locations, since=harvest.since, options=options)


@command(follow_app, "fediverse")
def follow_fediverse(
    session: Session,
    rows: RowOptions,
    entrance: Entrance,
    stream: _Stream = "public",
    poll: _Poll = 30.0,
    stop_after: _Seconds = 0.0,
) -> None:
    """Follow an instance of the fediverse by its stream, or by looking again where it has none.

    Deletions are obeyed as they come. The next time, what was missed is read first.
    """
    options = {**asdict(entrance), "stream": stream, "poll_seconds": poll, "stop_after": stop_after}
    run_follow(session, rows, "fediverse", (), options=options)
