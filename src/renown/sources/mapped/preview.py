"""A first look at what a mapping makes of a file: some rows, and what would be quarantined."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from renown.sources.mapped.mapping import RecordMapping
from renown.sources.mapped.reading import MappedReader
from renown.store.harvest import Gathered
from renown.types import Progress, no_progress

SHOWN: Final = 10


@dataclass
class Preview:
    """What the first records of some files come to.

    Fields:
        rows: the first rows of each table. rows_counts: how many there would be.
        quarantined: the first records that are not understood: from where, reason, message, record.
        quarantined_counts: how many, by reason. left_out_counts: how many, by flag.
        records_count: how many records were looked at. is_whole: whether that is all there are.
    """

    rows: dict[Gathered, list[dict[str, Any]]] = field(default_factory=dict)
    rows_counts: Counter[str] = field(default_factory=Counter)
    quarantined: list[dict[str, str]] = field(default_factory=list)
    quarantined_counts: Counter[str] = field(default_factory=Counter)
    left_out_counts: Counter[str] = field(default_factory=Counter)
    records_count: int = 0
    is_whole: bool = True


def preview_mapping(
    mapping: RecordMapping, locations: Sequence[str], *, most: int = SHOWN, progress: Progress = no_progress
) -> Preview:
    """Map the beginning of each file, up to `most` rows of a table.

    Returns:  rows as they would be taken in, and what would not.
    Raises:   SourceFileError: a file is missing, empty or damaged in its beginning.
    Cost:     one block (64 MiB of text) of each file, more only where no row comes of it.
    Example:
        >>> import pathlib, tempfile
        >>> from renown.sources.mapped import read_mapping
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "tweets.jsonl"
        >>> _ = path.write_text('{"id_str": "7"}' + chr(10))
        >>> preview_mapping(read_mapping("tweets-v1"), [str(path)]).quarantined_counts
        Counter()
    """
    found = Preview()
    reader = MappedReader(mapping)
    for location in locations:
        harvests = reader.harvests(location, progress=progress)
        for harvest in harvests:
            found.records_count += harvest.records_count
            found.left_out_counts.update(harvest.left_out_counts)
            found.quarantined_counts.update(record.reason for record in harvest.quarantined)
            room = most - len(found.quarantined)
            found.quarantined += [_shown(record) for record in harvest.quarantined[:room]]
            _keep(found, harvest.rows, most)
            if max(map(len, found.rows.values()), default=0) >= most:
                found.is_whole = False
                harvests.close()  # type: ignore[attr-defined]
                break
    return found


def _keep(found: Preview, rows: Mapping[Gathered, Any], most: int) -> None:
    for name, table in rows.items():
        found.rows_counts[name] += table.num_rows
        kept = found.rows.setdefault(name, [])
        kept += table.slice(0, most - len(kept)).to_pylist()


def _shown(record: Any) -> dict[str, str]:
    payload = json.loads(record.payload)["record"]
    return {"from": record.scope, "reason": record.reason, "message": record.message, "record": payload[:200]}
