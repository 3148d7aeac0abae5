"""What can be read. Every source registers by an entry point in group `renown.sources`, Renown's own as well.

    [project.entry-points."renown.sources"]
    bluesky = "renown.sources.bluesky:SOURCE"        # a Source

Two kinds: files of interactions keep the contract of canonical.py (tests/contract/test_source_contract.py);
networks, archives and dumps yield harvests of every table (tests/contract/test_harvest_contract.py).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from renown.errors import InputError
from renown.sources.bytestream import source_path
from renown.sources.options import ReadOptions
from renown.sources.reading import read_file
from renown.sources.rejects import RejectLog
from renown.store.harvest import Cursor, Gather, Harvest, KnownReaction, Validator
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

ENTRY_POINT_GROUP: Final = "renown.sources"


class ReadBatches(Protocol):
    """Reads a location and yields canonical batches; what cannot be read goes into `rejects`."""

    def __call__(
        self, location: str | Path, *, options: ReadOptions, rejects: RejectLog, progress: Progress
    ) -> Iterator[pa.Table]:
        """Batches in the order of the source. An error before the end means that none of them may be kept."""


class Memory(Protocol):
    """What earlier readings left behind."""

    def cursor(self, source_name: str, scope: str) -> Cursor | None:
        """How far the last reading of that scope came; None: never read."""

    def validator(self, url: str) -> Validator | None:
        """What the server said of the answer that is known."""

    def reactions(
        self, *, source_actor_ids: Sequence[str] = (), post_ids: Sequence[str] = ()
    ) -> list[KnownReaction]:
        """Interactions of these actors, or with these posts, that earlier readings brought."""


class NoMemory:
    """The memory of a first reading."""

    def cursor(self, source_name: str, scope: str) -> Cursor | None:
        """Nothing was read before."""
        return None

    def validator(self, url: str) -> Validator | None:
        """Nothing is known."""
        return None

    def reactions(
        self, *, source_actor_ids: Sequence[str] = (), post_ids: Sequence[str] = ()
    ) -> list[KnownReaction]:
        """Nothing is known."""
        return []


@dataclass(frozen=True)
class Request:
    """What is asked of a source.

    Fields:
        locations: handles, addresses, files (`-`: standard input): whatever the source reads.
        options: the source's own settings, an instance of its `options`.
        since: leave out what is older; None: everything.
        memory: cursors and validators of earlier readings.
    """

    locations: tuple[str, ...]
    options: Any = None
    since: datetime | None = None
    memory: Memory = field(default_factory=NoMemory)


class ReadHarvests(Protocol):
    """Reads what is asked for, and yields harvests."""

    def __call__(self, request: Request, *, progress: Progress) -> Iterator[Harvest]:
        """Harvests of a few thousand rows at the most, in an order in which each may be kept for good.

        Raises:   SourceError (see `is_retryable`), SourceFileError, InputError. What was yielded holds.
        """


class ReplayRecord(Protocol):
    """Reads one record that an earlier Renown did not understand, as it was received."""

    def __call__(self, payload: str, gather: Gather) -> None:
        """Add what the record says.

        Raises:   UnreadableRecord: it is still not understood.
        """


@dataclass(frozen=True)
class Source:
    """Something foreign that can be read: `reads` says what, in a few words.

    Fields:
        read: for files of interactions: yields canonical batches.
        harvest: for everything else: yields harvests until there is no more.
        follow: yields harvests as things happen, at least one a second (empty ones too), until stopped.
        replay: reads a quarantined record again.
        options: a frozen msgspec.Struct of the source's own settings, each with a default.
    """

    name: str
    reads: str
    read: ReadBatches | None = None
    harvest: ReadHarvests | None = None
    follow: ReadHarvests | None = None
    replay: ReplayRecord | None = None
    options: type[Any] | None = None
    network: str | None = None
    """where its rows happened; None: the network has the source's name"""


_FILE_SOURCES: Final = (
    Source(
        "csv",
        "columns separated by commas, tabs, spaces or another character",
        partial(read_file, file_format="csv"),
    ),
    Source("jsonl", "one JSON object a line", partial(read_file, file_format="jsonl")),
    Source("parquet", "Parquet files", partial(read_file, file_format="parquet")),
)


def sources() -> dict[str, Source]:
    """All sources by name: those of Renown, and those that installed packages add.

    Example:
        >>> from renown.sources import sources
        >>> "csv" in sources() and "parquet" in sources()
        True
    """
    found = {source.name: source for source in _FILE_SOURCES}
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        added: Source = entry_point.load()
        found.setdefault(added.name, added)
    return found


def find_source(name: str) -> Source:
    """The source of that name.

    Raises:
        InputError: there is none.
    """
    found = sources()
    if name in found:
        return found[name]
    near = difflib.get_close_matches(name, found, 1)
    suggestion = f"Did you mean {near[0]}? " if near else ""
    raise InputError(
        f"There is no source called {name!r}.", hint=f"{suggestion}Sources are {', '.join(found)}."
    )


def read_interactions(
    location: str | Path, *, options: ReadOptions, rejects: RejectLog, progress: Progress = no_progress
) -> Iterator[pa.Table]:
    """Interactions of one file as canonical batches, ready for `store.import_interactions`.

    Args:
        location: a path, or `-` for standard input. gzip and zstd are unpacked, whatever the name says.
        options: how to read it; what is not said is found out.
        rejects: receives the rows that cannot be read, with their physical line numbers.
        progress: told how many bytes of how many were read.
    Returns:
        tables of up to a million rows or so: network, source_actor_id, target_actor_id, kind (dictionaries),
        occurred_at (UTC microseconds), and post_id, reaction_post_id, interaction_id where the file has them.
    Raises:
        SourceFileError: missing, empty, damaged, cut short (perhaps only after some batches: keep none of
            them then), or of such a kind that nothing in it can be read.
        ColumnsError: a column is missing.
        RejectedRowsError: `options.strict`, and a row cannot be read.
    Notes:
        cost O(rows), memory of one block (16 MiB of text, half a million rows of Parquet).
    Example:
        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "reactions.csv"
        >>> _ = path.write_text("from,to,time,kind\\n1,2,1341100972,like\\n")
        >>> options = ReadOptions(network="twitter")
        >>> [batch.num_rows for batch in read_interactions(path, options=options, rejects=RejectLog())]
        [1]
    """
    if options.source is not None:
        source = find_source(options.source)
        if source.read is None:
            raise InputError(
                f"{source.name} is no form of a file of interactions.",
                hint=f"Use `renown import {source.name}`.",
            )
        return source.read(location, options=options, rejects=rejects, progress=progress)
    source_path(location)
    return read_file(location, None, options=options, rejects=rejects, progress=progress)
