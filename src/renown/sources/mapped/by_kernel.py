"""Maps blocks of lines by the kernel: a part of the block for each thread, rows straight into Arrow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
_CACHE_LINE: Final = 64


@dataclass(frozen=True)
class KernelRows:
    """What came of a block: tables in parts, records left out by flag (the last: no rule), odd lines."""

    tables: list[tuple[Gathered, pa.Table]]
    counts: Any
    odd: Any


class KernelForm:
    """Runs one program. `threads`: None: every core."""

    def __init__(self, program: Program, network: str, *, threads: int | None) -> None:
        self.program = program
        self.network = network
        self.threads = threads or os.cpu_count() or 1

    def map(self, lines: Lines) -> KernelRows:
        """The rows of the lines that are sure."""
        text, bases = self._with_constants(lines)
        alone = _no_text(lines)
        odd = np.zeros(len(lines), np.uint8)
        starts = lines.starts
        cuts = np.searchsorted(starts, np.linspace(0, int(starts[-1]), len(bases) + 1)[1:-1])
        bounds = [0, *cuts.tolist(), len(lines)]

        def part(place: int) -> tuple[list[tuple[Gathered, pa.Table]], Any]:
            counts = np.zeros(len(self.program.flags) + 1, np.int64)
            told = (counts, odd, alone)
            span = (bounds[place], max(bounds[place : place + 2]), bases[place])
            return list(self._part(text, starts, span, told)), counts

        if len(bases) == 1:
            done = [part(0)]
        else:
            with ThreadPoolExecutor(self.threads, thread_name_prefix="renown-mapping") as pool:
                done = list(pool.map(part, range(len(bases))))
        tables = [one for found, _ in done for one in found]
        return KernelRows(tables, sum(counts for _, counts in done), np.flatnonzero(odd))

    def _with_constants(self, lines: Lines) -> tuple[Any, list[int]]:
        """The text with the constants behind it, once for each part, and where they begin."""
        end = int(lines.starts[-1]) + MARGIN_BYTES
        size = len(self.program.constants) + MARGIN_BYTES + _CACHE_LINE
        parts = self.threads if len(lines) >= 1_000 and self.threads > 1 else 1
        bases = [end + n * size for n in range(parts)]
        if isinstance(lines.text, bytearray) and len(lines.text) >= end + parts * size:
            text = np.frombuffer(lines.text, np.uint8)
        else:
            text = np.zeros(end + parts * size, np.uint8)
            text[: end - MARGIN_BYTES] = np.frombuffer(lines.text, np.uint8)[: end - MARGIN_BYTES]
        constants = np.frombuffer(self.program.constants, np.uint8)
        for base in bases:
            text[base : base + len(constants)] = constants
        return text, bases

    def _part(
        self, text: Any, starts: Any, span: tuple[int, int, int], told: tuple[Any, Any, Any]
    ) -> Iterator[tuple[Gathered, pa.Table]]:
        from renown.kernels.json_paths import MARKS_COLUMNS, MOST_DEPTH, MOST_ELEMENTS, TOTAL
        from renown.kernels.json_rows import MOST_SPANS, map_lines

        program = self.program
        marks = np.zeros((max(MOST_DEPTH + 1, len(program.wanted)), MARKS_COLUMNS), np.int64)
        marks[1, TOTAL] = program.scopes_count
        values = np.zeros((MOST_ELEMENTS, max(program.slots_count, 1), 3), np.int64)
        room = (marks, values, np.zeros((MOST_SPANS + 1 + program.answers_count, 2), np.int64))
        line, stop, base = span
        while line < stop:
            out = (room, *self._columns())
            line = map_lines(text, starts, (line, stop, base), (program.wanted, program.steps), out, told)
            for place, table in enumerate(program.tables):
                count = int(out[3][place])
                if count:
                    yield table.name, self._table(table, count, out)

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
                ends = offsets[place, : count + 1]
                content = pa.py_buffer(letters[place, : ends[-1]])
                holds = texts_there[place, :count]
                found = pa.StringArray.from_buffers(count, pa.py_buffer(ends), content, _bits(holds))
                columns.append(found if found.type == field.type else found.cast(field.type))
            elif field.name in table.numbers:
                place = table.numbers[field.name]
                columns.append(_numbers(figures[place, :count], numbers_there[place, :count], field.type))
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
