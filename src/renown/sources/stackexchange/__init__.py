"""Stack Exchange: the XML of a site's public dump, a folder or single files of it.

An answer is a reply to whoever asked, a comment one to whoever wrote the post. Accepting an answer is a like
by whoever asked, and so are the few votes that name who cast them. Ids are `site/number`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from renown.errors import InputError, SourceFileError
from renown.sources.bytestream import TextBytes, open_bytes, shown_name, source_path
from renown.sources.json_records import ROWS_PER_HARVEST, since_only
from renown.sources.registry import Request, Source
from renown.sources.stackexchange.posts import PostIndex
from renown.sources.stackexchange.rows import NETWORK, Dump, payload_of, read_payload, read_row
from renown.sources.stackexchange.xml_rows import read_xml_rows
from renown.store.harvest import Gather, Harvest
from renown.types import Progress

_ORDER: Final = ("users", "posts", "votes", "comments")
"""Tables that are read, posts before what refers to them."""


class StackExchangeOptions(msgspec.Struct, frozen=True):
    """Which site a dump is of.

    Fields:
        site: such as stackoverflow.com; empty: the name of the folder that the files are in.
    """

    site: str = ""


def harvest(request: Request, *, progress: Progress) -> Iterator[Harvest]:
    """Harvests of all files, those of a site in the order in which they refer to each other."""
    options = request.options or StackExchangeOptions()
    for site, paths in _by_site(request.locations, options.site).items():
        gather = Gather(NETWORK, network=NETWORK, scope=site)
        dump = Dump(site, gather, PostIndex(), has_votes=any(_table(path) == "votes" for path in paths))
        for path in paths:
            for harvest in _read_file(path, dump, progress):
                yield since_only(harvest, request.since)


def replay(payload: str, gather: Gather) -> None:
    """Read one row again."""
    read_payload(payload, gather)


def _read_file(path: Path, dump: Dump, progress: Progress) -> Iterator[Harvest]:
    table, name = _table(path), shown_name(path)
    with open_bytes(path) as raw:
        stream = TextBytes(raw, name)
        for rows in read_xml_rows(stream, name):
            for line, row in rows:
                payload = payload_of(table, dump.site, row)
                with dump.gather.reading(payload, scope=f"{name}:{line}"):
                    read_row(table, row, dump)
            progress(f"Reading {name}", stream.position, stream.total)
            if dump.gather.rows_count >= ROWS_PER_HARVEST:
                yield dump.gather.harvest()
    yield dump.gather.harvest()


def _by_site(locations: tuple[str, ...], given: str) -> dict[str, list[Path]]:
    """Files to read by their site, in order."""
    found: dict[str, list[Path]] = {}
    for location in locations:
        path = Path(location)
        paths = [one for one in sorted(path.iterdir()) if _is_read(one)] if path.is_dir() else [path]
        if not paths:
            raise SourceFileError(
                f"{path} holds no Posts.xml, Comments.xml, Votes.xml or Users.xml.",
                hint="Unpack the site's .7z file first: 7z x SITE.7z -oSITE",
            )
        for one in paths:
            if source_path(one) is None or not _is_read(one):
                raise InputError(
                    f"{location} is not called as tables of a dump are.",
                    hint="Name the folder, or its Posts.xml, Comments.xml, Votes.xml and Users.xml.",
                )
            site = given or one.absolute().parent.name
            found.setdefault(site.lower(), []).append(one)
    return {site: sorted(set(paths), key=_place) for site, paths in found.items()}


def _place(path: Path) -> tuple[int, str]:
    return _ORDER.index(_table(path)), str(path)


def _table(path: Path) -> str:
    """`Posts.xml`, `Posts.xml.gz`, `stackoverflow.com-Posts.xml`: posts."""
    return path.name.lower().split(".xml")[0].rpartition("-")[2]


def _is_read(path: Path) -> bool:
    return ".xml" in path.name.lower() and _table(path) in _ORDER


SOURCE: Final = Source(
    name=NETWORK,
    reads="Stack Exchange dumps: Posts, Comments, Votes and Users as XML",
    harvest=harvest,
    replay=replay,
    options=StackExchangeOptions,
)
