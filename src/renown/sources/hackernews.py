"""Hacker News dumps: items as the Firebase API and the BigQuery export give them.

A comment is a reply to whoever wrote what it answers. The dump names only the number of that item, so items
must come before what answers them, as they do when ordered by number.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from renown.sources.authors import LEFT_OUT
from renown.sources.json_records import Id, Reading, alone, decoded, harvest_files
from renown.sources.registry import Request, Source
from renown.store.harvest import Gather, Harvest, UnreadableRecord, read_moment
from renown.types import Progress

NETWORK: Final = "hackernews"

Number = int | str
"""BigQuery exports whole numbers as texts."""


class HackerNewsOptions(msgspec.Struct, frozen=True):
    """Nothing to set."""


class _Item(msgspec.Struct):
    """An item or a person, as either export spells it."""

    id: Id | int
    by: str | None = None
    author: str | None = None
    time: Number | None = None
    time_ts: str | None = None
    timestamp: str | None = None
    type: str | None = None
    parent: Id | int | None = None
    text: str | None = None
    title: str | None = None
    url: str | None = None
    deleted: bool | None = None
    dead: bool | None = None
    created: int | None = None
    about: str | None = None
    karma: int | None = None


_DECODER: Final = msgspec.json.Decoder(_Item)


def harvest(request: Request, *, progress: Progress) -> Iterator[Harvest]:
    """Harvests of the files of a request."""
    reading = Reading.again(Gather(NETWORK, network=NETWORK))
    yield from harvest_files(request, reading, _read, split=alone, progress=progress)


def replay(payload: str, gather: Gather) -> None:
    """Read one item again."""
    _read(payload.encode(), Reading.again(gather))


def _read(content: bytes, reading: Reading) -> None:
    item = decoded(_DECODER, content)
    if item.karma is not None and item.created is not None:
        _read_person(item, reading)
        return
    flag = "deleted" if item.deleted else "dead" if item.dead else None
    author = _author(item)
    if flag or author is None:
        reading.gather.leave_out(flag or "deleted")
        reading.authors.remember(str(item.id), LEFT_OUT)
        return
    if item.type == "pollopt":  # a line to vote on, no speech of its own
        return
    reading.authors.remember(str(item.id), author)
    posted_at = _posted_at(item)
    _add_post(item, author, posted_at, reading.gather)
    if item.parent is not None:
        target = reading.authors.author_of(str(item.parent))
        if target is None:
            raise UnreadableRecord("unknown_parent", f"Who wrote item {item.parent} is not known here.")
        if target == LEFT_OUT:
            return
        ids = (str(item.parent), str(item.id), str(item.id))
        reading.gather.interaction(author, target, "reply", occurred_at=posted_at, ids=ids)


def _read_person(item: _Item, reading: Reading) -> None:
    reading.gather.actor(
        str(item.id).lower(),
        observed_at=reading.seen_at,
        handle=str(item.id),
        bio=item.about,
        created_at=read_moment(item.created),
    )


def _author(item: _Item) -> str | None:
    author = item.by or item.author
    return author.lower() if author else None


def _posted_at(item: _Item) -> datetime:
    claimed = item.time if item.time is not None else item.timestamp or item.time_ts
    if isinstance(claimed, str):
        claimed = int(claimed) if claimed.isdigit() else claimed.replace(" UTC", "+00:00")
    return read_moment(claimed)


def _add_post(item: _Item, author: str, posted_at: datetime, gather: Gather) -> None:
    texts = [text for text in (item.title, item.text) if text]
    gather.post(
        str(item.id),
        author=author,
        posted_at=posted_at,
        text="\n\n".join(texts) or None,
        reply_to_post_id=None if item.parent is None else str(item.parent),
        links=[item.url] if item.url else None,
    )


SOURCE: Final = Source(
    name=NETWORK,
    reads="Hacker News items, from the Firebase API or the BigQuery export",
    harvest=harvest,
    replay=replay,
    options=HackerNewsOptions,
)
