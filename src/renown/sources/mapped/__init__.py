"""Files of any shape, read through a mapping: JSON Lines, CSV and Parquet, also gzip and zstd."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from renown.errors import InputError
from renown.sources.registry import Request, Source
from renown.store.harvest import Gather, Harvest
from renown.types import Progress

if TYPE_CHECKING:
    from renown.sources.mapped.mapping import RecordMapping


class MappedOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the source `mapped`.

    Fields:
        map: a mapping file, or the name of a mapping that Renown has: jetstream, tweets-v1.
        threads: of the kernel and of DuckDB; 0: every core.
    """

    map: str = ""
    threads: int = 0


def read_mapping(place: str) -> RecordMapping:
    """The mapping in a file, or the one of that name that Renown has.

    Raises:   MappingError: it is not there or not valid; the message says where and what.
    Example:
        >>> read_mapping("tweets-v1").network
        'twitter'
    """
    from renown.sources.mapped import mapping

    return mapping.read_mapping(place)


def harvest(request: Request, *, progress: Progress) -> Iterator[Harvest]:
    """What the files hold, as their mapping says.

    Raises:   MappingError, SourceFileError; InputError: no mapping is named.
    Notes:    memory of a few blocks of 64 MiB. Mappings that have a kernel's form cost 1 to 1.5 times what
              DuckDB's typed read_json of the same columns costs, others 2 to 5 times that
              (`python -m benchmarks.jsonl`).
    """
    from renown.sources.mapped.reading import MappedReader

    options = request.options or MappedOptions()
    if not options.map:
        raise InputError("It is not said how to read the files.", hint="Name a mapping: --map FILE.")
    reader = MappedReader(read_mapping(options.map), threads=options.threads or None)
    for location in request.locations:
        for one in reader.harvests(location, progress=progress):
            yield one if request.since is None else _since(one, request.since)


def _since(harvest: Harvest, since: object) -> Harvest:
    """Without acts that are older."""
    from dataclasses import replace

    import pyarrow as pa
    import pyarrow.compute as pc

    if "interactions" not in harvest.rows:
        return harvest
    acts = harvest.rows["interactions"]
    kept = acts.filter(pc.greater_equal(acts["occurred_at"], pa.scalar(since, pa.timestamp("us", "UTC"))))
    return replace(harvest, rows={**harvest.rows, "interactions": kept})


def replay(payload: str, gather: Gather) -> None:
    """Read a quarantined record again.

    Raises:   UnreadableRecord.
    """
    from renown.sources.mapped.reading import replay_record

    replay_record(payload, gather)


SOURCE = Source(
    name="mapped",
    reads="JSON Lines, CSV or Parquet of any shape, through a mapping",
    harvest=harvest,
    replay=replay,
    options=MappedOptions,
)
