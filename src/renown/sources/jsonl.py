"""JSON Lines: one object a line, with named fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from renown.errors import SourceFileError
from renown.sources.blocks import Block, LineBlocks
from renown.sources.bytestream import TextBytes
from renown.sources.canonical import RawRows
from renown.sources.columns import Role, match_names
from renown.sources.options import ReadOptions
from renown.sources.reasons import REASONS
from renown.sources.rejects import Reject, readable

if TYPE_CHECKING:
    import pyarrow as pa

_SAMPLE_LINES: Final = 100
_LINES_READ_ONE_BY_ONE: Final = 64
_FIELD_TYPES: Final[dict[Role, Any]] = {"time": str | int | float | None}
_UNDECODABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ID_TYPE: Final = str | int | None
"""Of ids and kinds. A number with decimals cannot be told from a damaged id, so it is refused."""

Decoder = msgspec.json.Decoder[Any]


def read_jsonl(stream: TextBytes, options: ReadOptions, *, file: str) -> Iterator[RawRows]:
    """The rows of a file of JSON objects, one a line, block by block.

    Raises:
        ColumnsError: the first objects have no field that was asked for.
        SourceFileError: the file is one JSON array, or damaged.
    """
    blocks = LineBlocks(stream)
    block = blocks.next_block()
    reader = _LineReader(_fields(block.lines, options, file)) if block else None
    while block is not None and reader is not None:
        rows = reader.read(block)
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


def _fields(lines: Sequence[bytes], options: ReadOptions, file: str) -> dict[Role, str]:
    """The name of each role's field, from the names that the first objects have."""
    names: dict[str, None] = {}
    nonblank = (line for line in lines if line.strip())
    for place, line in enumerate(islice(nonblank, _SAMPLE_LINES)):
        if place == 0 and line.lstrip().startswith(b"["):
            raise SourceFileError(
                f"{file} is one JSON array, not an object a line.",
                hint="Convert it: jq -c '.[]' FILE > FILE.jsonl",
            )
        try:
            names.update(dict.fromkeys(msgspec.json.decode(line, type=dict[str, msgspec.Raw])))
        except _UNDECODABLE:
            continue
    if not names:
        raise SourceFileError(
            f"{file} holds no JSON object in its first lines. Its first line is: {_first_line(lines)}",
            hint="Is it JSON Lines? If it is something else, say so (--source csv).",
        )
    available = list(names)
    positions = match_names(options.plan, available, file=file, needs_kind=options.default_kind is None)
    return {role: available[place] for role, place in positions.items()}


def _first_line(lines: Sequence[bytes]) -> str:
    return readable(next((line for line in lines if line.strip()), b""), 200)


@dataclass(frozen=True)
class _Objects:
    """What was read of some lines: the objects, the line of each, and the lines that hold none."""

    objects: list[Any]
    lines: list[int]
    rejects: list[Reject]


class _LineReader:
    def __init__(self, fields: Mapping[Role, str]) -> None:
        self._roles = tuple(fields)
        row = msgspec.defstruct(
            "Row",
            [(role, _FIELD_TYPES.get(role, _ID_TYPE), None) for role in fields],
            rename={role: name for role, name in fields.items()},  # noqa: C416  a dict of str, not of Role
            gc=False,
        )
        self._fields = fields
        self._decoder: Decoder = msgspec.json.Decoder(row)

    def read(self, block: Block) -> RawRows:
        """All rows of a block."""
        objects = self._at_once(block.content, block.line_count)
        if objects is not None:
            lines = np.arange(block.first_line, block.first_line + len(objects))
            rejects: list[Reject] = []
        else:
            parts = self._read_lines(block, 0, len(block.lines))
            objects, lines, rejects = parts.objects, np.array(parts.lines, np.int64), parts.rejects
        columns = {role: _column(list(map(attrgetter(role), objects))) for role in self._roles}
        return RawRows(columns, lines, lambda index: block.text_of_line(int(lines[index])), rejects)

    def _at_once(self, content: bytes, line_count: int) -> list[Any] | None:
        """All objects of some lines; None where one is broken or not every line is just one object."""
        # "}\n{" never stands inside an object, so this many of them prove that each line is one
        ends = content.count(b"}\n{") or content.count(b"}\r\n{")
        if ends != line_count - 1:
            return None
        try:
            objects: list[Any] = self._decoder.decode_lines(content)
        except _UNDECODABLE:
            return None
        return objects if len(objects) == line_count else None

    def _read_lines(self, block: Block, start: int, stop: int) -> _Objects:
        """Lines of a block; the larger part at once, where something is broken in ever smaller parts."""
        if stop - start <= _LINES_READ_ONE_BY_ONE:
            return self._one_by_one(block, start, stop)
        found = _Objects([], [], [])
        middle = (start + stop) // 2
        for low, high in ((start, middle), (middle, stop)):
            objects = self._at_once(b"\n".join(block.lines[low:high]), high - low)
            if objects is None:
                part = self._read_lines(block, low, high)
            else:
                part = _Objects(objects, list(range(block.first_line + low, block.first_line + high)), [])
            found.objects.extend(part.objects)
            found.lines.extend(part.lines)
            found.rejects.extend(part.rejects)
        return found

    def _one_by_one(self, block: Block, start: int, stop: int) -> _Objects:
        found = _Objects([], [], [])
        for line, text in enumerate(block.lines[start:stop], block.first_line + start):
            if not text.strip():
                continue
            try:
                found.objects.append(self._decoder.decode(text))
                found.lines.append(line)
            except _UNDECODABLE:
                found.rejects.append(self._reject(line, text))
        return found

    def _reject(self, line: int, text: bytes) -> Reject:
        reason, detail = self._why(text)
        return Reject(line, reason, f"{REASONS[reason]}{detail}", text)

    def _why(self, text: bytes) -> tuple[str, str]:
        if b"\0" in text:
            return "nul_byte", ""
        try:
            text.decode()
        except UnicodeDecodeError:
            return "invalid_utf8", ""
        try:
            decoded = msgspec.json.decode(text)
        except _UNDECODABLE as error:
            return "not_json", f": {error}"
        if not isinstance(decoded, dict):
            return "not_an_object", ""
        for role, name in self._fields.items():
            value = decoded.get(name)
            if not _is_of(role, value):
                reason = {"time": "unreadable_time", "kind": "unknown_kind"}.get(role, "unreadable_id")
                return reason, f": {name} is {readable(msgspec.json.encode(value), 80)}"
        return "not_json", ""


def _is_of(role: Role, value: object) -> bool:
    if value is None or isinstance(value, str):
        return True
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (role == "time" and isinstance(value, float))


def _column(values: list[Any]) -> pa.Array:
    """An array of texts or whole numbers; numbers among texts become texts."""
    import pyarrow as pa

    attempts: tuple[Callable[[], pa.Array], ...] = (
        lambda: pa.array(values, pa.string()),
        lambda: pa.array(values, pa.int64()),
    )
    for attempt in attempts:
        try:
            return attempt()
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            continue
    texts = [None if value is None else value if isinstance(value, str) else repr(value) for value in values]
    return pa.array(texts, pa.string())
