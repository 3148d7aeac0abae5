"""GitHub: hours of GH Archive as files, or named repositories and accounts through the REST API.

A star is a like of the repository's owner, a fork a repost, a comment on an issue or pull request a reply to
whoever opened it, a reaction (+1, heart, ...) a like of whoever wrote what it is on, @login a mention.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from renown.sources.github.acts import NETWORK
from renown.sources.github.api import harvest_api
from renown.sources.github.api_records import CONTEXT_FIELD, read_api_record
from renown.sources.github.events import read_event
from renown.sources.json_records import Reading, alone, harvest_files
from renown.sources.registry import Request, Source
from renown.store.harvest import Gather, Harvest
from renown.types import Progress

SERVICE: Final = "https://api.github.com"
_CONTEXT_START: Final = b'{"%b"' % CONTEXT_FIELD.encode()


class GitHubOptions(msgspec.Struct, frozen=True):
    """Whether files or the API are read.

    Fields:
        api: the locations are repositories (OWNER/REPO) and accounts (LOGIN) to ask the API for.
        service: where the API is.
    """

    api: bool = False
    service: str = SERVICE


def harvest(request: Request, *, progress: Progress) -> Iterator[Harvest]:
    """Harvests of files of GH Archive, or of repositories and accounts."""
    options = request.options or GitHubOptions()
    if options.api:
        yield from harvest_api(request, service=options.service, progress=progress)
        return
    reading = Reading.again(Gather(NETWORK, network=NETWORK))
    yield from harvest_files(request, reading, read_event, split=alone, progress=progress)


def replay(payload: str, gather: Gather) -> None:
    """Read one event, or one item of the API, again."""
    content = payload.encode()
    if content.startswith(_CONTEXT_START):
        read_api_record(content, gather)
    else:
        read_event(content, Reading.again(gather))


SOURCE: Final = Source(
    name=NETWORK,
    reads="GitHub: GH Archive files, or repositories and accounts through the API",
    harvest=harvest,
    replay=replay,
    options=GitHubOptions,
)
