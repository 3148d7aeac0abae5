"""What the contract of harvests needs to know of a source, and ways to lay records out."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from renown.sources.registry import Request


@dataclass(frozen=True)
class Case:
    """One source.

    Fields:
        name: of the source; network: what its ids begin with.
        good: records that are all understood.
        rows: what comes of them: by table all rows, each with at least these columns.
        unreadable: one more record, which is not understood.
        marked: one more record, which somebody marked as not for this, under `flag`; the text `hidden` is in
            it and must be in nothing that is yielded.
        lay_out: makes a request of records; a context, so that servers can be stopped.
        break_off: makes a request of something that ends, or fails, in the middle.
        replayed: a payload that is understood by itself, and the rows that it gives.
    """

    name: str
    network: str
    good: Sequence[Any]
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    unreadable: Any
    marked: Any
    flag: str
    hidden: str
    lay_out: Callable[[Path, Sequence[Any]], AbstractContextManager[Request]]
    break_off: Callable[[Path], AbstractContextManager[Request]]
    replayed: tuple[str, Mapping[str, Sequence[Mapping[str, Any]]]]
    options: Mapping[str, Any] = field(default_factory=dict)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@contextmanager
def json_lines(folder: Path, records: Sequence[Any]) -> Iterator[Request]:
    """A file of JSON Lines; records that are texts stand in it as they are."""
    path = folder / "records.jsonl"
    path.write_text("".join(_line(record) + "\n" for record in records), encoding="utf-8")
    yield Request((str(path),))


def _line(record: Any) -> str:
    return record if isinstance(record, str) else json.dumps(record)


def cut_json_lines(good: Sequence[Any]) -> Callable[[Path], AbstractContextManager[Request]]:
    """A file of JSON Lines that ends in the middle of its last record."""

    @contextmanager
    def lay_out(folder: Path) -> Iterator[Request]:
        path = folder / "cut.jsonl"
        path.write_text("\n".join(map(_line, good))[:-9], encoding="utf-8")
        yield Request((str(path),))

    return lay_out


def cut_packed_lines(good: Sequence[Any]) -> Callable[[Path], AbstractContextManager[Request]]:
    """A packed file of JSON Lines that breaks off before its end.

    For sources that quarantine a last line which is no JSON and go on, as a plain file that is cut has one.
    """

    @contextmanager
    def lay_out(folder: Path) -> Iterator[Request]:
        path = folder / "cut.jsonl.gz"
        path.write_bytes(gzip.compress("\n".join(map(_line, good)).encode())[:-20])
        yield Request((str(path),))

    return lay_out
