"""`renown import twitter`, `reddit`, `github` and their siblings: archives and dumps, one command each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final

import typer

from renown.cli.command import command
from renown.cli.harvests import HarvestOptions, run_import
from renown.cli.imports import app as import_app
from renown.cli.rows import RowOptions
from renown.cli.session import Session


@dataclass(frozen=True)
class NoOptions:
    """For sources that have nothing to set."""


@dataclass(frozen=True)
class GitHubChoices:
    """Files or the API."""

    api: Annotated[
        bool, typer.Option("--api", help="Ask GitHub for OWNER/REPO or LOGIN instead of reading files.")
    ] = False
    service: Annotated[str, typer.Option(metavar="URL", help="Where the API is.")] = "https://api.github.com"


@dataclass(frozen=True)
class StackExchangeChoices:
    """Which site."""

    site: Annotated[
        str, typer.Option(metavar="SITE", help="Such as stackoverflow.com; default: the folder's name.")
    ] = ""


@dataclass(frozen=True)
class RedditChoices:
    """How much is remembered."""

    remembered_posts_count: Annotated[
        int,
        typer.Option("--remember", metavar="N", min=1, help="Posts whose authors are kept in mind."),
    ] = 2_000_000


@dataclass(frozen=True)
class _FileCommand:
    """One command: what it is called, says, reads, and can be told."""

    name: str
    summary: str
    reads: str
    choices: type = NoOptions


_COMMANDS: Final = (
    _FileCommand(
        "twitter",
        "Import X/Twitter archives and API files.\n\nThe zip as it was downloaded, or JSON (v1.1, v2).",
        "Archives (zip) or JSON files.",
    ),
    _FileCommand(
        "reddit",
        "Import Reddit listings and dumps.\n\nSubmissions before the comments on them.",
        "Listings or dumps, also zst; - is stdin.",
        RedditChoices,
    ),
    _FileCommand(
        "github",
        "Import GH Archive files, or ask GitHub's API.\n\nWith --api: OWNER/REPO or LOGIN.",
        "Hours of GH Archive, also gz; with --api names.",
        GitHubChoices,
    ),
    _FileCommand(
        "stackexchange",
        "Import a site's dump of Stack Exchange.\n\nUnpack its .7z file first.",
        "Its folder, or Posts.xml, Comments.xml, Votes.xml, Users.xml.",
        StackExchangeChoices,
    ),
    _FileCommand(
        "hackernews",
        "Import Hacker News items.\n\nAs the Firebase API or the BigQuery export gives them, ordered by id.",
        "JSON files; - is stdin.",
    ),
    _FileCommand(
        "youtube",
        "Import answers of the YouTube Data API.\n\nComments, videos, channels, subscriptions.",
        "JSON files; - is stdin.",
    ),
)


def _command(said: _FileCommand) -> Callable[..., None]:
    def run(
        session: Session, rows: RowOptions, harvest: HarvestOptions, choices: Any, files: list[str]
    ) -> None:
        run_import(session, rows, said.name, files, since=harvest.since, options=asdict(choices))

    run.__doc__ = f"{said.summary} The same again changes nothing."
    files = Annotated[list[str], typer.Argument(metavar="FILE", help=said.reads)]
    run.__annotations__ = {**run.__annotations__, "choices": said.choices, "files": files}
    return run


for _said in _COMMANDS:
    command(import_app, _said.name)(_command(_said))
