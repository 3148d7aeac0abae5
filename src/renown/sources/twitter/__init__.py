"""X/Twitter: the archive that a person downloads, and tweets as the API gave them (v1.1 and v2). No scraping.

Accounts go by their number, tweets by theirs. Accounts that are protected are left out with all they did.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import msgspec

from renown.errors import SourceFileError
from renown.sources.bytestream import STANDARD_INPUT, source_path
from renown.sources.json_records import Reading, harvest_files
from renown.sources.registry import Request, Source
from renown.sources.twitter.acts import NETWORK
from renown.sources.twitter.archive import harvest_archive
from renown.sources.twitter.records import read_record, split_page
from renown.store.harvest import Gather, Harvest
from renown.types import Progress


class TwitterOptions(msgspec.Struct, frozen=True):
    """Nothing to set."""


def harvest(request: Request, *, progress: Progress) -> Iterator[Harvest]:
    """Harvests of archives and JSON files, in the order in which they are named."""
    reading = Reading.again(Gather(NETWORK, network=NETWORK))
    for location in request.locations:
        if _is_archive(location):
            yield from harvest_archive(location, reading, since=request.since, progress=progress)
        else:
            one = replace(request, locations=(location,))
            yield from harvest_files(one, reading, read_record, split=split_page, progress=progress)


def replay(payload: str, gather: Gather) -> None:
    """Read one tweet, or one record of an archive, again."""
    read_record(payload.encode(), Reading.again(gather))


def _is_archive(location: str) -> bool:
    path = source_path(location)
    if path is None or str(location) == STANDARD_INPUT:
        return False
    with path.open("rb") as stream:
        head = stream.read(64)
    if head.lstrip().startswith((b"window.", b"Grailbird.", b"var ")):
        raise SourceFileError(
            f"{location} is a file out of an archive; by itself it does not say whose it is.",
            hint="Name the archive as it was downloaded, the zip: it is read without being unpacked.",
        )
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


SOURCE: Final = Source(
    name=NETWORK,
    reads="X/Twitter archives (zip), and tweets of the API v1.1 and v2 as JSON",
    harvest=harvest,
    replay=replay,
    options=TwitterOptions,
)
