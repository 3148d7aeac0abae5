"""Delimited text: CSV, TSV, columns separated by spaces or anything else.

Every physical line keeps its exact number. A block is parsed at full speed by pyarrow as long as each line is
one row, which is proven by counting; where quoted fields span lines, or quotes are broken, it is read line by
line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from renown.sources.blocks import Block, LineBlocks
from renown.sources.bytestream import TextBytes
from renown.sources.canonical import RawRows
from renown.sources.layout import Layout, find_layout
from renown.sources.options import ReadOptions
from renown.sources.reasons import REASONS
from renown.sources.rejects import Reject

if TYPE_CHECKING:
    import pyarrow as pa

MOST_LINES_OF_A_ROW: Final = 200
"""A quoted field that spans more lines than this is taken for a stray quote."""

_SPACE, _TAB, _NEWLINE, _RETURN = b" \t\n\r"


def read_delimited(stream: TextBytes, options: ReadOptions, *, file: str) -> Iterator[RawRows]:
    """The rows of a delimited file, block by block.

    Raises:
        SourceFileError, ColumnsError: the layout cannot be found in the first lines, or the file is damaged.
    """
    blocks = LineBlocks(stream)
    block = blocks.next_block()
    parser = _Parser(find_layout(block.lines, options, file=file)) if block else None
    if block and parser and parser.layout.has_header:
        block = _without_first_row(block)
    while block is not None and parser is not None:
        rows, unread_lines = parser.parse(block)
        if unread_lines:
            blocks.give_back(block, unread_lines)
        yield replace(
            rows,
            rejects=[*blocks.take_rejects(), *rows.rejects],
            bytes_read=stream.position,
            bytes_total=stream.total,
        )
        block = blocks.next_block()
    yield replace(
        RawRows.without_rows(blocks.take_rejects()), bytes_read=stream.position, bytes_total=stream.total
    )


def _without_first_row(block: Block) -> Block:
    """The block after its header, which is the first line that is not blank."""
    lines_count = next((n for n, line in enumerate(block.lines, 1) if line.strip()), 0)
    start = 0
    for _ in range(lines_count):
        start = block.content.find(b"\n", start) + 1 or len(block.content)
    return Block(block.content[start:], block.first_line + lines_count, block.is_last)


class _Parser:
    """Parses the blocks of one file; remembers whether its times are whole numbers."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._has_integer_times = True

    def parse(self, block: Block) -> tuple[RawRows, int]:
        """The rows of a block, and how many of its last lines must be read again with the next block."""
        content, rejects = _without_unreadable_lines(block)
        rows = self._at_once(block, content) if content else RawRows.without_rows([])
        unread_lines = 0
        if rows is None:
            rows, unread_lines = _LineParser(block, self.layout).parse(content.decode())
        return replace(rows, rejects=[*rejects, *rows.rejects]), unread_lines

    def _at_once(self, block: Block, content: bytes) -> RawRows | None:
        """The rows by pyarrow; None where it cannot be proven that each line is one row."""
        import pyarrow as pa

        is_spaced = self.layout.delimiter == " "
        if b'"' in content and (is_spaced or _ends_in_quotes(content)):
            return None
        plain = _single_spaced(content) if is_spaced else content
        while True:
            try:
                table, wrong = _arrow_table(plain, self.layout, has_integer_times=self._has_integer_times)
                break
            except pa.ArrowInvalid:  # a time is no whole number, or the quotes are beyond pyarrow
                if not self._has_integer_times:
                    return None
                self._has_integer_times = False
        is_line_by_line = table.num_rows + len(wrong) == block.line_count
        return _raw_rows(table, wrong, block, self.layout) if is_line_by_line else None


def _without_unreadable_lines(block: Block) -> tuple[bytes, list[Reject]]:
    """The block with unreadable lines blanked, and these lines as rejects."""
    content = block.content
    has_nul = b"\0" in content
    has_stray_return = b"\r" in content and content.count(b"\r") != content.count(b"\r\n")
    if not (has_nul or has_stray_return or not _is_utf8(content)):
        return content, []
    rejects = []
    lines = list(block.lines)
    for index, line in enumerate(lines):
        reason = _unreadable(line)
        if reason:
            rejects.append(Reject(block.first_line + index, reason, REASONS[reason], line))
            lines[index] = b""
    return b"\n".join(lines) + b"\n", rejects


def _unreadable(line: bytes) -> str | None:
    if b"\0" in line:
        return "nul_byte"
    if b"\r" in line:
        return "stray_carriage_return"
    return None if _is_utf8(line) else "invalid_utf8"


def _is_utf8(content: bytes) -> bool:
    if content.isascii():
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _ends_in_quotes(content: bytes) -> bool:
    """Whether the last line may open a quote that the next block closes (pyarrow would not say so)."""
    start = content.rfind(b"\n", 0, len(content) - 1) + 1
    return content.count(b'"', start) % 2 == 1


def _single_spaced(content: bytes) -> bytes:
    """Runs of spaces and tabs as one space, none at the ends of lines."""
    if b"\t" in content:
        content = content.replace(b"\t", b" ")
    has_runs = any(run in content for run in (b"  ", b" \n", b"\n ", b" \r")) or content[:1] == b" "
    if not has_runs and not content.endswith(b" "):
        return content
    letters = np.frombuffer(content, np.uint8)
    is_space = letters == _SPACE
    is_edge = is_space | (letters == _NEWLINE) | (letters == _RETURN)
    follows_edge = np.concatenate([[True], is_edge[:-1]])
    precedes_end = np.concatenate([(~is_space & is_edge)[1:], [True]])
    # a run keeps its first space, unless the line begins or ends with it
    is_first_of_run = is_space & ~follows_edge
    run_reaches_end = _run_reaches(is_space, precedes_end)
    single: bytes = letters[~is_space | (is_first_of_run & ~run_reaches_end)].tobytes()
    return single


def _run_reaches(
    is_space: npt.NDArray[np.bool_], precedes_end: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """For each first space of a run: whether the run goes on to the end of its line."""
    starts = np.flatnonzero(is_space & ~np.concatenate([[False], is_space[:-1]]))
    ends = np.flatnonzero(is_space & ~np.concatenate([is_space[1:], [False]]))
    reaches = np.zeros(len(is_space), bool)
    reaches[starts] = precedes_end[ends]
    return reaches


def _raw_rows(table: pa.Table, wrong: list[tuple[int, int]], block: Block, layout: Layout) -> RawRows:
    lines = np.arange(block.first_line, block.first_line + block.line_count)
    rejects = [_wrong_count(layout, count, block, int(lines[row])) for row, count in wrong]
    if wrong:
        lines = np.delete(lines, [row for row, _ in wrong])
    columns = {role: _single_chunk(table[f"{place}"]) for role, place in layout.positions.items()}
    return RawRows(columns, lines, lambda index: block.text_of_line(int(lines[index])), rejects)


def _arrow_table(
    content: bytes, layout: Layout, *, has_integer_times: bool
) -> tuple[pa.Table, list[tuple[int, int]]]:
    """The columns in use, and the (place, number of columns) of each row that has the wrong number."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    wrong: list[tuple[int, int]] = []

    def note(row: arrow_csv.InvalidRow) -> str:
        """Remember a row with the wrong number of columns, and leave it out."""
        wrong.append((row.number - 1, row.actual_columns))
        return "skip"

    used = [f"{place}" for place in layout.positions.values()]
    types = dict.fromkeys(used, pa.string())
    if has_integer_times and "time" in layout.positions:
        types[f"{layout.positions['time']}"] = pa.int64()
    has_quotes = b'"' in content
    table = arrow_csv.read_csv(
        pa.BufferReader(content),
        # one block and one thread: rows are numbered only then
        arrow_csv.ReadOptions(
            use_threads=False,
            block_size=len(content) + 1,
            column_names=[f"{place}" for place in range(layout.width)],
        ),
        arrow_csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char='"' if has_quotes else False,
            double_quote=has_quotes,
            ignore_empty_lines=False,
            invalid_row_handler=note,
        ),
        # the bytes were checked as a whole already
        arrow_csv.ConvertOptions(
            check_utf8=False,
            include_columns=used,
            column_types=types,
            null_values=[""],
            strings_can_be_null=False,
        ),
    )
    return table, wrong


def _single_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _wrong_count(layout: Layout, found: int, block: Block, line: int) -> Reject:
    message = f"{layout.width} columns expected, {found} found"
    return Reject(line, "wrong_column_count", message, block.text_of_line(line))


@dataclass
class _LineParser:
    """Reads a block line by line: quoted fields may span lines, and a stray quote costs one line only."""

    block: Block
    layout: Layout

    def parse(self, content: str) -> tuple[RawRows, int]:
        """The rows, and how many lines at the end need what follows."""
        texts = [text.removesuffix("\r") for text in content.removesuffix("\n").split("\n")]
        if self.layout.delimiter == " ":
            texts = [text.replace("\t", " ").strip() for text in texts]
        rows: list[list[str]] = []
        places: list[int] = []
        rejects: list[Reject] = []
        index = 0
        while index < len(texts):
            fields, used = self._row(texts, index)
            if used == 0:
                break
            if isinstance(fields, Reject):
                rejects.append(fields)
            elif fields is not None:
                rows.append(fields)
                places.append(index)
            index += used
        return self._raw(rows, places, rejects), len(texts) - index

    def _row(self, texts: Sequence[str], index: int) -> tuple[list[str] | Reject | None, int]:
        """What begins at a line (None: nothing), and how many lines it takes (0: more than there are)."""
        text, delimiter = texts[index], self.layout.delimiter
        if not text.strip():
            return None, 1
        fields: list[str] | None
        if '"' not in text:
            fields, used = text.split() if delimiter == " " else text.split(delimiter), 1
        else:
            fields, used = self._quoted_row(texts, index)
            if used == 0:
                return None, 0
        if fields is None or (used > 1 and len(fields) != self.layout.width):
            return self._reject(index, "broken_quotes"), 1
        if len(fields) != self.layout.width:
            line = self.block.first_line + index
            return _wrong_count(self.layout, len(fields), self.block, line), 1
        return fields, used

    def _quoted_row(self, texts: Sequence[str], index: int) -> tuple[list[str] | None, int]:
        delimiter = self.layout.delimiter
        lines = (f"{text}\n" for text in islice(texts, index, index + MOST_LINES_OF_A_ROW))
        reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter == " ", strict=True)
        try:
            return next(reader), reader.line_num
        except csv.Error as error:
            is_unclosed = "unexpected end" in str(error)
        can_go_on = not self.block.is_last and index > 0 and len(texts) - index < MOST_LINES_OF_A_ROW
        if is_unclosed and can_go_on:
            return None, 0
        if is_unclosed or texts[index].count('"') % 2:
            return None, 1
        return self._lenient_row(texts[index]), 1

    def _lenient_row(self, text: str) -> list[str] | None:
        """A line whose quotes do close, but with something after them: read as pyarrow reads it."""
        try:
            return next(csv.reader([text], delimiter=self.layout.delimiter))
        except csv.Error:
            return None

    def _reject(self, index: int, reason: str) -> Reject:
        line = self.block.first_line + index
        return Reject(line, reason, REASONS[reason], self.block.text_of_line(line))

    def _raw(self, rows: list[list[str]], places: list[int], rejects: list[Reject]) -> RawRows:
        import pyarrow as pa

        lines = np.array(places, np.int64) + self.block.first_line
        columns = {
            role: pa.array([fields[place] for fields in rows], pa.string())
            for role, place in self.layout.positions.items()
        }
        return RawRows(columns, lines, lambda index: self.block.text_of_line(int(lines[index])), rejects)
