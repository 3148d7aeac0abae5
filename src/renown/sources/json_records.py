"""Records of JSON files one by one, as they were written: JSON Lines, arrays, pages, objects in a row.

Memory is bounded by the longest record that is read (64 MB), however long the file, the array in it or one
of its lines. gzip and zstd are unpacked. A file that ends too early is an error *after* what stands before
its end was read: that is whole, and reading the file again once it is mended adds it only once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, Protocol, TypeVar

import msgspec

from renown.errors import SourceFileError
from renown.sources.authors import AuthorIndex
from renown.sources.bytestream import (
    HEAD_BYTES,
    TextBytes,
    open_bytes,
    refuse_binary,
    shown_name,
    source_path,
)
from renown.sources.registry import Request
from renown.store.harvest import Gather, Harvest, UnreadableRecord
from renown.types import Progress

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST_RECORD_BYTES: Final = 64 << 20
ROWS_PER_HARVEST: Final = 8_192

_PIECE_BYTES: Final = 1 << 20
_KEPT_BYTES: Final = 100_000
"""How much of a record that is too long goes to the quarantine."""

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\]]', re.DOTALL)
_INSIDE_TEXT: Final = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_BETWEEN: Final = b" \t\r\n,"

Decoded = TypeVar("Decoded")

Count = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
"""A figure that fits a column; a larger one is no figure of anything."""

Id = Annotated[str, msgspec.Meta(min_length=1)]
"""An id; an empty text is none."""


class Record(NamedTuple):
    """One record as it was written, the line it begins on, and why it cannot be read (or nothing)."""

    content: bytes
    line: int
    fault: str = ""


class ByteSource(Protocol):
    """Bytes to read one piece at a time."""

    def read(self, count: int, /) -> bytes:
        """Up to `count` bytes; empty only at the end."""


@dataclass
class Reading:
    """What mapping one record may need beside the record.

    Fields:
        gather: receives the rows.
        seen_at: when the file was written: for figures that do not say of when they are.
        authors: who wrote the posts that this reading has met so far.
    """

    gather: Gather
    seen_at: datetime
    authors: AuthorIndex = field(default_factory=AuthorIndex)

    @classmethod
    def again(cls, gather: Gather) -> Reading:
        """For a record that is read again on its own."""
        return cls(gather, datetime.now(UTC))


SplitRecord = Callable[[bytes], Sequence[bytes]]
ReadRecord = Callable[[bytes, Reading], None]


def harvest_files(
    request: Request, reading: Reading, read: ReadRecord, *, split: SplitRecord, progress: Progress
) -> Iterator[Harvest]:
    """Harvests of all files of a request.

    Args:     read: maps one record. split: the records of a page, each readable on its own; of what is no
              page, itself.
    Raises:   SourceFileError: a file is missing, no JSON, damaged, or ends too early; what was yielded holds.
    """
    for location in request.locations:
        reading.seen_at = written_at(location)
        with open_bytes(location) as raw:
            stream = TextBytes(raw, shown_name(location))
            for records in read_records(stream, shown_name(location)):
                take_records(records, reading, read, split=split, where=shown_name(location))
                if reading.gather.rows_count >= ROWS_PER_HARVEST:
                    yield since_only(reading.gather.harvest(), request.since)
                progress(f"Reading {shown_name(location)}", stream.position, stream.total)
        yield since_only(reading.gather.harvest(), request.since)


def take_records(
    records: Sequence[Record], reading: Reading, read: ReadRecord, *, split: SplitRecord, where: str
) -> None:
    """Map records into the gather; what is not understood goes to its quarantine."""
    gather = reading.gather
    for content, line, fault in records:
        scope = f"{where}:{line}"
        if fault:
            with gather.reading(content, scope=scope):
                raise UnreadableRecord(fault, f"It has more than {LONGEST_RECORD_BYTES:,} bytes.")
            continue
        for part in split(content):
            with gather.reading(part, scope=scope):
                read(part, reading)


def alone(content: bytes) -> Sequence[bytes]:
    """The split of sources whose records never come as pages."""
    return (content,)


def decoded(decoder: msgspec.json.Decoder[Decoded], content: bytes) -> Decoded:
    """A record in the form that the decoder knows.

    Raises:   UnreadableRecord: it is no JSON, or of another form.
    """
    try:
        return decoder.decode(content)
    except msgspec.ValidationError as error:
        raise UnreadableRecord("unexpected_form", f"It is not of the form that is known: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableRecord("not_json", f"It is not JSON: {error}") from None


def written_at(location: str | Path) -> datetime:
    """When a file was last written, to the second; now for standard input."""
    path = source_path(location)
    now = datetime.now(UTC).replace(microsecond=0)
    if path is None:
        return now
    return min(now, datetime.fromtimestamp(int(path.stat().st_mtime), UTC))


def since_only(harvest: Harvest, since: datetime | None) -> Harvest:
    """A harvest without interactions and posts that are older."""
    if since is None:
        return harvest
    rows = {name: _since(table, name, since) for name, table in harvest.rows.items()}
    return replace(harvest, rows={name: table for name, table in rows.items() if table.num_rows})


def _since(rows: pa.Table, name: str, since: datetime) -> pa.Table:
    import pyarrow.compute as pc

    column = {"interactions": "occurred_at", "posts": "posted_at"}.get(name)
    if column is None:
        return rows
    return rows.filter(pc.fill_null(pc.greater_equal(rows[column], since), True))


def read_records(stream: TextBytes, name: str) -> Iterator[list[Record]]:
    """The records of a JSON file, some at a time.

    Raises:   SourceFileError: it is no JSON at all, or ends in the middle of a record.
    """
    if stream.peek(len(_BYTE_ORDER_MARK)) == _BYTE_ORDER_MARK:
        stream.read(len(_BYTE_ORDER_MARK))
    head = stream.peek(HEAD_BYTES)
    refuse_binary(head, name)
    if not any(line.lstrip()[:1] in (b"{", b"[") for line in head.split(b"\n")):
        start = head.strip()[:60].decode("utf-8", "replace")
        raise SourceFileError(f"{name} holds no JSON. It begins with: {start}", hint="Is it the right file?")
    if _is_one_record_a_line(head.lstrip()):
        yield from _lines(stream, name)
    else:
        yield from read_values(stream, name)


def _is_one_record_a_line(head: bytes) -> bool:
    """Whether the first line is a record by itself, or what is left of one."""
    if head.startswith(b"["):
        return False
    first = head.partition(b"\n")[0]
    scan = _Scan()
    for _ in scan.values(first):
        pass
    return scan.depth == 0 or scan.is_in_text or b"\n" not in head


def _lines(stream: ByteSource, name: str) -> Iterator[list[Record]]:
    line, parts, size = 1, [b""], 0
    while piece := stream.read(_PIECE_BYTES):
        first, newline, rest = piece.partition(b"\n")
        size += len(first)
        if size <= LONGEST_RECORD_BYTES:
            parts.append(first)
        if not newline:
            continue
        whole, _, last = rest.rpartition(b"\n")
        fault = "record_too_long" if size > LONGEST_RECORD_BYTES else ""
        content = b"".join(parts)
        records = [Record(content[:_KEPT_BYTES] if fault else content, line, fault)]
        lines = whole.split(b"\n") if len(rest) > len(last) else []
        records += [Record(text, line + place) for place, text in enumerate(lines, 1)]
        line += 1 + len(lines)
        parts, size = [last], len(last)
        yield [record for record in records if record.content and not record.content.isspace()]
    yield _last_line(b"".join(parts), line, name, is_too_long=size > LONGEST_RECORD_BYTES)


def _last_line(content: bytes, line: int, name: str, *, is_too_long: bool) -> list[Record]:
    """A line without an end: a record, or half of one."""
    if not content.strip():
        return []
    if is_too_long:
        return [Record(content[:_KEPT_BYTES], line, "record_too_long")]
    try:
        msgspec.json.decode(content, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _cut_short(name, line) from None
    return [Record(content, line)]


def read_values(stream: ByteSource, name: str, *, first_line: int = 1) -> Iterator[list[Record]]:
    """The objects of a stream: elements of arrays, or one after another, however they are laid out.

    Raises:   SourceFileError: it ends in the middle of a value.
    """
    scan = _Scan(first_line)
    while piece := stream.read(_PIECE_BYTES):
        if records := list(scan.values(piece)):
            yield records
    if scan.is_open:
        raise _cut_short(name, scan.line)
    if rest := scan.rest():
        yield [rest]


def _cut_short(name: str, line: int) -> SourceFileError:
    return SourceFileError(
        f"{name} is cut short: it ends in the middle of the record that begins on line {line:,}.",
        hint="What stands before it was read. Fetch or write the file again, and import it once more: "
        "nothing is kept twice.",
    )


class _Scan:
    """Finds where values begin and end. Arrays on the top level are opened: their elements are values."""

    def __init__(self, first_line: int = 1) -> None:
        self.line = first_line
        self.depth = 0
        self.is_in_text = False
        self._is_in_array = False
        self._is_too_long = False
        self._buffer = b""
        self._at = 0
        self._begin = 0
        self._counted = 0

    @property
    def is_open(self) -> bool:
        """Whether a value or an array has begun and not ended."""
        return self.depth > 0 or self._is_in_array or self.is_in_text

    def values(self, piece: bytes) -> Iterator[Record]:
        """The values that end in the next piece."""
        self._append(piece)
        if self.is_in_text and not self._pass_text():
            return
        while match := _TOKEN.search(self._buffer, self._at):
            self._at = match.end()
            token = self._buffer[match.start() : match.start() + 1]
            if token == b'"':
                if match.end() - match.start() == 1 and not self._pass_text():
                    return
            elif token in b"{[":
                yield from self._opening(token, match.start())
            else:
                yield from self._closing(token, match.end())
        self._at = len(self._buffer)

    def rest(self) -> Record | None:
        """What stands after the last value, where it is something."""
        return next(self._gap(len(self._buffer)), None)

    def _append(self, piece: bytes) -> None:
        if self.depth and len(self._buffer) - self._begin > LONGEST_RECORD_BYTES:
            self._is_too_long = True
        if self._is_too_long:  # its head is enough
            self._count_lines(self._at)
            kept = self._buffer[self._begin : self._begin + _KEPT_BYTES]
            self._buffer = kept + self._buffer[max(self._at, self._begin + len(kept)) :]
            self._at = len(kept)
        else:
            self._count_lines(self._begin)
            self._buffer = self._buffer[self._begin :]
            self._at -= self._begin
        self._buffer += piece
        self._counted = max(0, self._at if self._is_too_long else 0)
        self._begin = 0

    def _count_lines(self, until: int) -> None:
        self.line += self._buffer.count(b"\n", self._counted, until)
        self._counted = max(self._counted, until)

    def _pass_text(self) -> bool:
        """Go on to the end of a text; False where it is not here yet."""
        match = _INSIDE_TEXT.match(self._buffer, self._at)
        self._at = match.end() if match else self._at
        self.is_in_text = self._buffer[self._at : self._at + 1] != b'"'
        self._at += not self.is_in_text
        return not self.is_in_text

    def _opening(self, token: bytes, start: int) -> Iterator[Record]:
        if self.depth == 0:
            yield from self._gap(start)
            self._begin = start
            if token == b"[" and not self._is_in_array:
                self._is_in_array = True
                self._begin = self._at
                return
        self.depth += 1

    def _closing(self, token: bytes, end: int) -> Iterator[Record]:
        if self.depth:
            self.depth -= 1
            if self.depth == 0:
                yield self._value(self._begin, end)
                self._begin = end
        elif token == b"]" and self._is_in_array:
            yield from self._gap(end - 1)
            self._is_in_array = False
            self._begin = end

    def _gap(self, end: int) -> Iterator[Record]:
        """What stands between values and is more than a comma."""
        if self._buffer[self._begin : end].strip(_BETWEEN):
            yield self._value(self._begin, end)

    def _value(self, begin: int, end: int) -> Record:
        if self._is_too_long:
            self._is_too_long = False
            record = Record(self._buffer[begin : begin + _KEPT_BYTES], self.line, "record_too_long")
            self._count_lines(end)
            return record
        self._count_lines(begin)
        return Record(self._buffer[begin:end].strip(_BETWEEN), self.line)
