"""Maps blocks of lines by the kernel, rows straight into Arrow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from renown.sources.mapped.lines import Lines
from renown.sources.mapped.program import OutputTable, Program
from renown.store.harvest import Gathered, harvest_schema

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE: Final = 1 << 17
COLUMN_BYTES: Final = 1 << 25
"""Room for the rows of one turn, of each column of texts. What is not written takes no memory."""

MARGIN_BYTES: Final = 64


@dataclass(frozen=True)
class KernelRows:
    """What came of a block: tables in parts, records left out by flag (the last: no rule), odd lines."""

    tables: list[tuple[Gathered, pa.Table]]
    counts: Any
    odd: Any


class KernelForm:
    """Runs one program over one block at a time; several threads may do so at once."""

    def __init__(self, program: Program, network: str) -> None:
        self.program = program
        self.network = network
        self._of_thread = threading.local()

    def map(self, lines: Lines) -> KernelRows:
        """The rows of the lines that are sure."""
        odd = np.zeros(len(lines), np.uint8)
        counts = np.zeros(len(self.program.flags) + 1, np.int64)
        if not len(lines):
            return KernelRows([], counts, odd)
        text, base = self._with_constants(lines)
        told = (counts, odd, _no_text(lines))
        tables = list(self._tables(text, lines, base, told))
        return KernelRows(tables, counts, np.flatnonzero(odd))

    def _with_constants(self, lines: Lines) -> tuple[Any, int]:
        """The text with the constants behind it, and where they begin."""
        end = int(lines.starts[-1])
        base, constants = end + MARGIN_BYTES, np.frombuffer(self.program.constants, np.uint8)
        size = base + len(constants) + MARGIN_BYTES
        if isinstance(lines.text, bytearray) and len(lines.text) >= size:
            text = np.frombuffer(lines.text, np.uint8)
        else:
            text = np.zeros(size, np.uint8)
            text[:end] = np.frombuffer(lines.text, np.uint8)[:end]
        text[base : base + len(constants)] = constants
        return text, base

    def _tables(self, text: Any, lines: Lines, base: int, told: Any) -> Iterator[tuple[Gathered, pa.Table]]:
        from renown.kernels.json_rows import map_lines

        program, room = self.program, self._room()
        line, stop = 0, len(lines)
        while line < stop:
            span = (line, stop, base)
            line = map_lines(text, lines.starts, span, (program.wanted, program.steps), room, told)
            for place, table in enumerate(program.tables):
                count = int(room[3][place])
                if count:
                    yield table.name, self._table(table, count, room)

    def _room(self) -> tuple[Any, ...]:
        """Where a thread notes down values and writes rows; it keeps it from block to block."""
        from renown.kernels.json_paths import MARKS_COLUMNS, MOST_DEPTH, MOST_ELEMENTS, TOTAL
        from renown.kernels.json_rows import MOST_SPANS

        program, kept = self.program, getattr(self._of_thread, "room", None)
        if kept is not None:
            kept[3][:] = 0
            return tuple(kept)
        marks = np.zeros((max(MOST_DEPTH + 1, len(program.wanted)), MARKS_COLUMNS), np.int64)
        marks[1, TOTAL] = program.scopes_count
        values = np.zeros((MOST_ELEMENTS, max(program.slots_count, 1), 3), np.int64)
        spans = np.zeros((MOST_SPANS + 1 + program.answers_count, 2), np.int64)
        self._of_thread.room = ((marks, values, spans), *self._columns())
        return tuple(self._of_thread.room)

    def _columns(self) -> tuple[Any, Any, Any]:
        texts, numbers = self.program.texts_count, max(self.program.numbers_count, 1)
        offsets = np.empty((texts, ROWS_AT_ONCE + 1), np.int32)
        offsets[:, 0] = 0
        letters = np.empty((texts, COLUMN_BYTES), np.uint8)
        figures = np.empty((numbers, ROWS_AT_ONCE), np.int64)
        there = [np.empty((count, ROWS_AT_ONCE), np.uint8) for count in (texts, numbers)]
        rows = np.zeros(2 * len(self.program.tables), np.int64)
        return (offsets, letters, there[0]), (figures, there[1]), rows

    def _table(self, table: OutputTable, count: int, out: tuple[Any, ...]) -> pa.Table:
        import pyarrow as pa

        _, (offsets, letters, texts_there), (figures, numbers_there), _ = out
        schema = harvest_schema(table.name)
        columns = []
        for field in schema:
            if field.name == "network":
                columns.append(pa.repeat(pa.scalar(self.network, field.type), count))
            elif field.name in table.texts:
                place = table.texts[field.name]
                ends = offsets[place, : count + 1].copy()
                content = pa.py_buffer(letters[place, : ends[-1]].copy())
                holds = texts_there[place, :count]
                found = pa.StringArray.from_buffers(count, pa.py_buffer(ends), content, _bits(holds))
                columns.append(found if found.type == field.type else found.cast(field.type))
            elif field.name in table.numbers:
                place = table.numbers[field.name]
                columns.append(
                    _numbers(figures[place, :count].copy(), numbers_there[place, :count], field.type)
                )
            else:
                columns.append(pa.nulls(count, field.type))
        return pa.table(columns, schema=schema)


def _bits(there: Any) -> pa.Buffer | None:
    import pyarrow as pa

    return None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little"))


def _numbers(figures: Any, there: Any, wanted: pa.DataType) -> pa.Array:
    import pyarrow as pa

    whole = pa.Array.from_buffers(pa.int64(), len(figures), [_bits(there), pa.py_buffer(figures)])
    return whole.view(wanted) if pa.types.is_timestamp(wanted) else whole.cast(wanted)


def _no_text(lines: Lines) -> Any:
    """Of each line whether it is no UTF-8. Mostly all are, which is found out at once."""
    import pyarrow as pa

    alone = np.zeros(len(lines), np.uint8)
    try:
        lines.as_text().validate(full=True)
    except pa.ArrowInvalid:
        for place in range(len(lines)):
            try:
                lines.line(place).decode()
            except UnicodeDecodeError:
                alone[place] = 1
    return alone
