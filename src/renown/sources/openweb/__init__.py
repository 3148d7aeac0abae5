"""The open web: feeds and pages that link to each other, webmentions and pingbacks.

addresses, guarded     where may be asked, and connections that go nowhere else
robots, reader         what sites allow; visiting them
markup, microformats   pages of strangers as bounded trees; h-entry
pages, feeds           posts and whom they link to
sites, mapping         who is who; rows
harvesting             `renown import web`
mentions               does SOURCE really link to TARGET?
inbox, receiver        the receiver of webmentions and pingbacks
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from renown.sources.registry import Request, Source
from renown.types import Progress

if TYPE_CHECKING:
    from renown.store.harvest import Gather, Harvest


class OpenWebOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the source `web`.

    Fields:
        depth: 0: only the addresses given (of a page that names its feed, the feed instead). 1: the pages of
            the posts found there, too. Each step more: the pages of the same site that those link to.
        pages: the most addresses that are visited for one that was given.
        pause_seconds: between two requests to one host; robots.txt may ask for more.
        allow_private_network: also addresses inside this machine and its network, and any port. Only for
            trying things out: never where strangers can name an address.
    """

    depth: int = 0
    pages: int = 200
    pause_seconds: float = 1.0
    allow_private_network: bool = False


def _harvest(request: Request, *, progress: Progress) -> Iterator[Harvest]:
    from renown.sources.openweb.harvesting import harvest_web

    return harvest_web(request, progress=progress)


def _replay(payload: str, gather: Gather) -> None:
    from renown.sources.openweb.harvesting import replay_record

    replay_record(payload, gather)


SOURCE = Source(
    "web",
    "feeds (RSS, Atom, JSON) and pages of the open web, and the links between them",
    harvest=_harvest,
    replay=_replay,
    options=OpenWebOptions,
)
