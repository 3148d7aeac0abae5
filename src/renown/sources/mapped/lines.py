"""Records of a file of any format as numbered lines of JSON, block by block."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from renown.engines.duckdb import DuckDBEngine
from renown.errors import SourceFileError
from renown.sources.blocks import LineBlocks
from renown.sources.bytestream import HEAD_BYTES, CountedBytes, TextBytes, empty_file, refuse_binary
from renown.sources.parquet import MAGIC
from renown.sources.reasons import REASONS
from renown.sources.rejects import KEPT_TEXT_BYTES

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_BYTES: Final = 4 << 20
"""How much text is read at a time: several blocks fit into a processor's cache."""

LONGEST_LINE: Final = 64 << 20

ROOM_BEHIND: Final = 1 << 18
"""Behind a block, for what the kernel writes there."""

BATCH_LINES: Final = 2_048
"""DuckDB shares out Arrow's batches among its threads."""

ROWS_AT_ONCE: Final = 50_000
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_SCAN_BYTES: Final = 1 << 20
_MOST_FIELD_CHARACTERS: Final = 16 << 20
_DELIMITED: Final = frozenset({".csv", ".tsv", ".txt"})


@dataclass(frozen=True)
class Lines:
    """A block of lines: `text`, and where each begins (one more: where the last ends).

    Fields:
        first_line: number of the first one. unread: what could not even become a line: number, reason, text.
    """

    text: bytes | bytearray
    starts: Any
    first_line: int
    bytes_read: int = 0
    bytes_total: int | None = None
    unread: list[tuple[int, str, bytes]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def line(self, place: int) -> bytes:
        """A line by its place in the block, without its end."""
        return bytes(self.text[self.starts[place] : self.starts[place + 1]]).rstrip(b"\r\n")

    def as_text(self) -> pa.StringArray:
        """The lines. Nothing is copied."""
        import pyarrow as pa

        offsets, content = pa.py_buffer(self.starts), pa.py_buffer(self.text)
        return pa.StringArray.from_buffers(len(self), offsets, content)

    def as_arrow(self, places: Any) -> pa.Table:
        """Columns n (the place) and line of some lines, in batches; of all of them nothing is copied."""
        import pyarrow as pa

        chosen = pa.array(places, pa.int32())
        line = self.as_text() if len(chosen) == len(self) else self.as_text().take(chosen)
        table = pa.table({"n": chosen, "line": line})
        return pa.Table.from_batches(table.to_batches(max_chunksize=BATCH_LINES), table.schema)


def find_format(raw: CountedBytes, name: str) -> str:
    """jsonl, csv or parquet, from the first bytes and the name."""
    if raw.peek(len(MAGIC)) == MAGIC:
        return "parquet"
    suffixes = {suffix.lower() for suffix in PurePath(name).suffixes}
    return "csv" if suffixes & _DELIMITED else "jsonl"


def read_lines(
    raw: CountedBytes, file_format: str, delimiter: str | None, *, name: str, turns: int
) -> Iterator[Lines]:
    """The records of a file as lines of JSON; at most `turns` blocks of them can be in use at once.

    Raises:   SourceFileError: no text, damaged, or cut short.
    """
    if file_format == "parquet":
        yield from _parquet_lines(raw, name)
        return
    text = TextBytes(raw, name)
    head = text.peek(HEAD_BYTES)
    if not head.strip() and len(head) < HEAD_BYTES:
        raise empty_file(name)
    refuse_binary(head, name)
    yield from (_csv_lines(text, delimiter, name) if file_format == "csv" else _json_lines(text, turns))


def _json_lines(text: TextBytes, turns: int) -> Iterator[Lines]:
    """Blocks of whole lines, read into a few buffers that take turns."""
    if text.peek(len(_BYTE_ORDER_MARK)) == _BYTE_ORDER_MARK:
        text.read(len(_BYTE_ORDER_MARK))
    buffers = [bytearray(BLOCK_BYTES + ROOM_BEHIND) for _ in range(turns)]
    carried, number = b"", 1
    for turn in count():
        buffer, filled, is_last = _filled(text, buffers[turn % turns], carried)
        cut = filled if is_last else buffer.rfind(b"\n", 0, filled) + 1
        unread: list[tuple[int, str, bytes]] = []
        if not cut:
            unread = [(number, "line_too_long", bytes(buffer[:KEPT_TEXT_BYTES]))]
            carried, skipped_to_end = _after_line_end(text)
            yield Lines(b"", np.zeros(1, np.int32), number, text.position, text.total, unread)
            number += 1
            if skipped_to_end:
                return
            continue
        carried = bytes(memoryview(buffer)[cut:filled])
        starts = line_starts(memoryview(buffer)[:cut])
        yield Lines(buffer, starts, number, text.position, text.total)
        number += len(starts) - 1
        if is_last:
            return


def _filled(text: TextBytes, buffer: bytearray, carried: bytes) -> tuple[bytearray, int, bool]:
    """What was carried over and what follows it: a whole line at least, unless it is too long.

    Returns: the buffer, or a larger one; how many bytes are in it; whether the text ends there.
    """
    room = BLOCK_BYTES
    while True:
        if room > BLOCK_BYTES:
            buffer = bytearray(room + ROOM_BEHIND)
        kept = min(len(carried), room)
        buffer[:kept] = carried[:kept]
        filled = kept + text.fill(memoryview(buffer)[kept:room])
        is_whole = kept == len(carried)
        is_last = is_whole and filled < room
        if is_last or room >= LONGEST_LINE or (is_whole and buffer.rfind(b"\n", 0, filled) >= 0):
            return buffer, filled, is_last
        carried = bytes(memoryview(buffer)[:filled]) if is_whole else carried
        room = min(4 * room, LONGEST_LINE)


def _after_line_end(text: TextBytes) -> tuple[bytes, bool]:
    """Pass over the rest of a line: what was read after it, and whether the file ended in it."""
    while more := text.read(_SCAN_BYTES):
        cut = more.find(b"\n") + 1
        if cut:
            return more[cut:], False
    return b"", True


def line_starts(content: bytes | memoryview) -> Any:
    """Where the lines begin, and where the last one ends."""
    from renown.kernels.line_starts import line_starts as find

    return find(np.frombuffer(content, np.uint8))


def _joined(lines: list[bytes], first_line: int, source: Any, unread: list[tuple[int, str, bytes]]) -> Lines:
    ends = np.cumsum([0, *(len(line) + 1 for line in lines)]).astype(np.int32)
    text = b"".join(line + b"\n" for line in lines)
    return Lines(text, ends, first_line, source.position, source.total, unread)


class _Decoded:
    """The text of a stream, line by line, as the csv module wants it; remembers where it is."""

    def __init__(self, text: TextBytes) -> None:
        self._blocks = LineBlocks(text, block_bytes=BLOCK_BYTES)

    def __iter__(self) -> Iterator[str]:
        while (block := self._blocks.next_block()) is not None:
            for line in block.content.splitlines(keepends=True):
                # what is no UTF-8 becomes half characters, which the row is refused for
                yield line.decode("utf-8", "surrogateescape")


def _csv_lines(text: TextBytes, delimiter: str | None, name: str) -> Iterator[Lines]:
    first = text.peek(HEAD_BYTES).split(b"\n", 1)[0].decode("utf-8", "replace")
    counted = max(",\t;|", key=first.count)
    csv.field_size_limit(_MOST_FIELD_CHARACTERS)
    reader = csv.reader(iter(_Decoded(text)), delimiter=delimiter or counted)
    header = next(reader, [])
    if len(set(header)) < len(header):
        raise SourceFileError(f"{name} names a column twice: {', '.join(header)[:200]}.", hint="Rename one.")
    encode = msgspec.json.Encoder().encode
    lines: list[bytes] = []
    unread: list[tuple[int, str, bytes]] = []
    number = 0
    for row in _rows_of(reader, unread):
        number += 1
        try:
            if len(row) != len(header):
                raise UnicodeEncodeError("utf-8", "", 0, 0, "wrong_column_count")
            lines.append(encode({key: cell for key, cell in zip(header, row, strict=True) if cell}))
        except UnicodeEncodeError as error:
            reason = error.reason if error.reason in REASONS else "invalid_utf8"
            shown = (delimiter or counted).join(row).encode("utf-8", "surrogateescape")
            unread.append((reader.line_num, reason, shown))
            lines.append(b"")
        if len(lines) == ROWS_AT_ONCE:
            yield _joined(lines, number - len(lines) + 2, text, unread)
            lines, unread = [], []
    yield _joined(lines, number - len(lines) + 2, text, unread)


def _rows_of(reader: Any, unread: list[tuple[int, str, bytes]]) -> Iterator[list[str]]:
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            unread.append((reader.line_num, "broken_quotes", str(error).encode()))
            continue
        if row:
            yield row


def _parquet_lines(raw: CountedBytes, name: str) -> Iterator[Lines]:
    import pyarrow as pa
    from pyarrow import parquet

    whole: Any = pa.py_buffer(raw.read()) if raw.path is None else str(raw.path)
    number = 1
    try:
        opened = parquet.ParquetFile(whole)
        total = max(opened.metadata.num_rows, 1)
        with DuckDBEngine(threads=1) as engine:
            for batch in opened.iter_batches(ROWS_AT_ONCE):
                engine.register_arrow("batch", pa.Table.from_batches([batch]))
                found = engine.query("select cast(to_json(batch) as varchar) as line from batch")
                lines = [line.encode() for line in found["line"].to_pylist()]
                size = raw.total or 0
                done = _Position(size * (number + len(lines)) // total, raw.total)
                yield _joined(lines, number, done, [])
                number += len(lines)
    except (pa.ArrowException, OSError) as error:
        raise SourceFileError(
            f"{name} is damaged: it cannot be read as Parquet ({error}).", hint="Fetch or write it again."
        ) from error


@dataclass(frozen=True)
class _Position:
    position: int
    total: int | None
