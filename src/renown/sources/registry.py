"""What interactions can be read from. A package adds a source by an entry point in group `renown.sources`.

    [project.entry-points."renown.sources"]
    mastodon = "renown_mastodon:SOURCE"        # a Source

Any source keeps the contract of canonical.py; tests/contract/test_source_contract.py checks it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from renown.errors import InputError
from renown.sources.bytestream import source_path
from renown.sources.options import ReadOptions
from renown.sources.reading import read_file
from renown.sources.rejects import RejectLog
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


@dataclass(frozen=True)
class Source:
    """Something foreign that interactions can be read from: `reads` says what, in a few words."""

    name: str
    reads: str
    read: ReadBatches


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
        return find_source(options.source).read(location, options=options, rejects=rejects, progress=progress)
    source_path(location)
    return read_file(location, None, options=options, rejects=rejects, progress=progress)
