"""Reads files through a mapping: a kernel or DuckDB maps what is plain, Python the odd; the rest is kept."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from renown.engines.duckdb import DuckDBEngine
from renown.errors import EngineError, SourceFileError
from renown.sources.bytestream import open_bytes, shown_name
from renown.sources.mapped.by_kernel import KernelForm, KernelRows
from renown.sources.mapped.compiled import CompiledMapping, CompiledRule, compile_mapping
from renown.sources.mapped.lines import Lines, find_format, read_lines
from renown.sources.mapped.mapping import RecordMapping, parse_mapping, shipped_mappings
from renown.sources.mapped.program import compile_program
from renown.sources.mapped.record import NO_RULE, decode_record, map_record
from renown.sources.reasons import REASONS
from renown.store.harvest import (
    LONGEST_PAYLOAD,
    Gather,
    Gathered,
    Harvest,
    UnreadableRecord,
    harvest_schema,
)
from renown.store.parallel import in_order, read_ahead, thread_count
from renown.types import Progress

if TYPE_CHECKING:
    import pyarrow as pa

SOURCE_NAME: Final = "mapped"
_WITH_NUL: Final = "select n from lines where contains(line, '\\u0000')"

_BLOCKS_BETWEEN: Final = 5
"""Blocks in use besides one for each thread: filled, read ahead, waiting twice, and with the caller."""

WORTH_A_QUERY: Final = 200
"""How many lines that the kernel is not sure of go to DuckDB before they go to Python."""

Mapped: TypeAlias = "tuple[dict[Gathered, list[pa.Table]], dict[str, int], list[int]]"
"""Rows that are sure, counts by flag ("": all records), and the places of what is left to Python."""


class MappedReader:
    """Reads files through one mapping.

    Args:     now: UTC microseconds; None: the clock. threads: of DuckDB; None: every core.
    """

    def __init__(self, mapping: RecordMapping, *, now: int | None = None, threads: int | None = None) -> None:
        self.mapping = mapping
        self.now = time.time_ns() // 1000 if now is None else now
        self.compiled = compile_mapping(mapping, now=self.now)
        program = compile_program(mapping, now=self.now)
        self.kernel = None if program is None else KernelForm(program, mapping.network)
        self._threads = threads

    def harvests(self, location: str, *, progress: Progress) -> Iterator[Harvest]:
        """What a file holds, block by block.

        Raises:   SourceFileError: missing, empty, no text, damaged or cut short. What was yielded holds.
        """
        name = shown_name(location)
        with open_bytes(location) as raw, DuckDBEngine(threads=self._threads) as engine:
            engine.plan_quickly()
            file_format = self.mapping.format or find_format(raw, name)
            threads = self._threads or thread_count()
            turns = threads + _BLOCKS_BETWEEN
            blocks = read_lines(raw, file_format, self.mapping.delimiter, name=name, turns=turns)
            try:
                for lines, found in in_order(self._by_kernel, read_ahead(blocks, 1), threads=threads):
                    yield self._harvest(engine, lines, found, name)
                    progress(f"reading {name}", lines.bytes_read, lines.bytes_total)
            except SourceFileError as error:
                hint = "What came before it was read; reading the whole file later adds nothing twice."
                raise SourceFileError(error.message, hint=hint) from error

    def _by_kernel(self, lines: Lines) -> tuple[Lines, KernelRows | None]:
        return lines, None if self.kernel is None else self.kernel.map(lines)

    def _harvest(self, engine: DuckDBEngine, lines: Lines, found: KernelRows | None, name: str) -> Harvest:
        tables, counts, odd = self._by_machine(engine, lines, found)
        gather = Gather(SOURCE_NAME, network=self.mapping.network, scope=name)
        for number, reason, text in lines.unread:
            gather.quarantine(reason, REASONS[reason], self.payload(text), scope=f"{name}:{number}")
        records_count = counts.pop("", 0) + len(lines.unread)
        for place in odd:
            line = lines.line(place)
            if line.strip():
                self._by_hand(line, gather, f"{name}:{lines.first_line + place}")
        by_hand = gather.harvest()
        left_out = Counter(by_hand.left_out_counts)
        left_out.update(counts)
        return replace(
            by_hand,
            rows=_together(tables, by_hand.rows),
            left_out_counts={flag: count for flag, count in left_out.items() if count},
            records_count=records_count + by_hand.records_count,
        )

    def _by_hand(self, line: bytes, gather: Gather, scope: str) -> None:
        with gather.reading(self.payload(line), scope=scope):
            map_record(self.mapping, decode_record(line), gather, now=self.now)

    def payload(self, line: bytes) -> str:
        """A record as the quarantine keeps it: with its mapping, or the name of one that Renown has."""
        mapping = self.mapping
        kept = {"mapping": mapping.name}
        if shipped_mappings().get(mapping.name) != mapping.text:
            kept["text"] = mapping.text
        text = line.decode("utf-8", "surrogateescape")
        room = LONGEST_PAYLOAD - len(json.dumps(kept)) - 100
        shown = json.dumps(text)
        if len(shown) > room:
            text = text[: room // 12]
        return json.dumps({**kept, "record": text})

    def _by_machine(self, engine: DuckDBEngine, lines: Lines, found: KernelRows | None) -> Mapped:
        """What the kernel found; by SQL what it was not sure of, if that is much or there is no kernel."""
        if not len(lines):
            return {}, {}, []
        tables: dict[Gathered, list[pa.Table]] = {}
        counts: Counter[str] = Counter()
        odd: Any = np.arange(len(lines), dtype=np.int32)
        if found is not None:
            for name, table in found.tables:
                tables.setdefault(name, []).append(table)
            counts.update(dict(zip([*self.mapping.leave_out, NO_RULE], found.counts.tolist(), strict=True)))
            counts[""] = len(lines) - len(found.odd)
            odd = found.odd
        if self.compiled is None or (found is not None and len(odd) < WORTH_A_QUERY):
            return tables, counts, odd.tolist()
        more, more_counts, left = self._by_sql(engine, lines, odd)
        for name, parts in more.items():
            tables.setdefault(name, []).extend(parts)
        counts.update(more_counts)
        return tables, counts, left

    def _by_sql(self, engine: DuckDBEngine, lines: Lines, places: Any) -> Mapped:
        assert self.compiled is not None
        engine.register_arrow("lines", lines.as_arrow(places))
        engine.register_arrow("records", _records(engine, self.compiled))
        odd = set(engine.query(self.compiled.odd)["n"].to_pylist())
        outputs = [(one, engine.query(one.statement)) for one in self.compiled.rules]
        for _, rows in outputs:
            odd.update(_unsure(rows))
        if any(_holds_nul(rows) for _, rows in outputs):
            odd.update(engine.query(_WITH_NUL)["n"].to_pylist())
        chosen = np.fromiter(odd, np.int32, len(odd))
        tables: dict[Gathered, list[pa.Table]] = {}
        for one, rows in outputs:
            table = self._table(one, _without(rows, chosen))
            if table.num_rows:
                tables.setdefault(one.rule.table, []).append(table)
        return tables, self._counts(engine, chosen), sorted(odd)

    def _counts(self, engine: DuckDBEngine, odd: Any) -> dict[str, int]:
        import pyarrow as pa

        assert self.compiled is not None
        engine.register_arrow("by_hand", pa.table({"n": pa.array(odd, pa.int32())}))
        statement = self.compiled.counts + (" and n not in (select n from by_hand)" if len(odd) else "")
        (found,) = engine.query(statement).to_pylist()
        names = ["", *self.mapping.leave_out, NO_RULE]
        return dict(zip(names, found.values(), strict=True))

    def _table(self, compiled: CompiledRule, rows: pa.Table) -> pa.Table:
        import pyarrow as pa

        schema = harvest_schema(compiled.rule.table)
        columns = []
        for field in schema:
            if field.name == "network":
                columns.append(pa.chunked_array([pa.repeat(pa.scalar(self.mapping.network), len(rows))]))
            elif field.name in rows.column_names:
                columns.append(_as(rows[field.name], field.type))
            else:
                columns.append(pa.chunked_array([pa.nulls(len(rows), field.type)]))
        return pa.table(columns, schema=schema)


def _as(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    import pyarrow as pa

    if pa.types.is_timestamp(wanted) and column.type == pa.timestamp("us"):
        chunks = [chunk.view(wanted) for chunk in column.chunks]
        return pa.chunked_array(chunks, wanted)
    return column if column.type == wanted else column.cast(wanted)


def _records(engine: DuckDBEngine, compiled: CompiledMapping) -> pa.Table:
    """The lines as looked-up values; where some are no JSON, DuckDB has to look twice."""
    with suppress(EngineError):
        return engine.query(compiled.records)
    return engine.query(compiled.careful_records)


def _unsure(rows: pa.Table) -> list[int]:
    import pyarrow.compute as pc

    if not rows.num_rows or pc.all(rows["is_sure"]).as_py():
        return []
    places: list[int] = rows["n"].filter(pc.invert(rows["is_sure"])).to_pylist()
    return places


def _holds_nul(rows: pa.Table) -> bool:
    """Whether a text in it may hold a NUL. It looks at whole buffers, which is as fast as memory."""
    for column in rows.columns:
        for chunk in column.chunks if str(column.type) == "string" else ():
            content = chunk.buffers()[2]
            if content is not None and len(content) and not np.frombuffer(content, np.uint8).min():
                return True
    return False


def _without(rows: pa.Table, odd: Any) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(odd) or not rows.num_rows:
        return rows
    return rows.filter(pc.invert(pc.is_in(rows["n"], pa.array(odd, rows["n"].type))))


def _together(tables: dict[Gathered, list[pa.Table]], by_hand: Any) -> dict[Gathered, pa.Table]:
    import pyarrow as pa

    for name, table in by_hand.items():
        tables.setdefault(name, []).append(table)
    return {name: pa.concat_tables(parts) for name, parts in tables.items()}


def replay_record(payload: str, gather: Gather) -> None:
    """Read a quarantined record again, through the mapping that was kept with it.

    Raises:   UnreadableRecord: it is still not understood.
    """
    try:
        kept = json.loads(payload)
        name, text, record = kept["mapping"], kept.get("text"), kept["record"]
        line = record.encode("utf-8", "surrogateescape")
        is_named = isinstance(name, str)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableRecord("unreadable_payload", f"It was not kept whole: {error}") from None
    if text is None and is_named:
        text = shipped_mappings().get(name)
    if not isinstance(text, str):
        raise UnreadableRecord("mapping_is_gone", f"Renown has no mapping {name} any more.")
    mapping = parse_mapping(text, name=name)
    now = time.time_ns() // 1_000
    gather.network = mapping.network
    map_record(mapping, decode_record(line), gather, now=now)
