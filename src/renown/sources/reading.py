"""Reading one file of interactions: find out what it is, read it block by block, and say what was refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, Literal

from renown.errors import RejectedRowsError, SourceFileError
from renown.sources.bytestream import (
    HEAD_BYTES,
    CountedBytes,
    TextBytes,
    empty_file,
    open_bytes,
    refuse_binary,
    shown_name,
)
from renown.sources.canonical import Assembler, RawRows
from renown.sources.delimited import read_delimited
from renown.sources.jsonl import read_jsonl
from renown.sources.options import ReadOptions
from renown.sources.parquet import MAGIC, read_parquet
from renown.sources.reasons import STRUCTURAL_REASONS
from renown.sources.rejects import Reject, RejectLog, readable
from renown.types import KINDS, Progress

if TYPE_CHECKING:
    import pyarrow as pa

FileFormat = Literal["csv", "jsonl", "parquet"]

ROWS_BEFORE_GIVING_UP: Final = 1_000
"""When this many rows, all so far, are refused for one reason, the file is read in the wrong way."""

_JSON_SUFFIXES: Final = frozenset({".jsonl", ".ndjson", ".json"})
_DELIMITED_SUFFIXES: Final = frozenset({".csv", ".tsv", ".txt", ".tab"})
_WHITE_SPACE: Final = b"\xef\xbb\xbf \t\r\n"
_SHOWN_CHARACTERS: Final = 200
_HINTS: Final = {
    "unknown_kind": f"Translate its words (--kinds RT=repost,MT=mention); kinds are {', '.join(KINDS)}.",
    "missing_kind": "Say which kind such rows are (--kind like).",
    "time_without_zone": "Say in which zone its times are (--time-zone Europe/Berlin).",
    "missing_network": "Say on which network it happened (--network).",
    "not_json": "Is it JSON Lines? If it is something else, say so (--source csv).",
}
_USUAL_HINT: Final = "Check which columns were named (--columns) and what separates them (--delimiter)."


def read_file(
    location: str | Path,
    file_format: FileFormat | None,
    *,
    options: ReadOptions,
    rejects: RejectLog,
    progress: Progress,
) -> Iterator[pa.Table]:
    """Canonical batches of one file (format None: find out); `read_interactions` says the rest."""
    name = shown_name(location)
    assembler = Assembler(options)
    patience = _Patience(name)
    with open_bytes(location) as raw:
        for rows in _raw_rows(raw, file_format, options, name):
            assembled = assembler.assemble(rows)
            refused = _in_order([*rows.rejects, *assembled.rejects])
            if refused and options.strict:
                raise _strictly_refused(refused[0], name)
            patience.consider(assembled.table.num_rows + assembled.left_out_count, refused)
            rejects.add(name, refused)
            rejects.left_out_count += assembled.left_out_count
            progress(f"reading {name}", rows.bytes_read, rows.bytes_total)
            if assembled.table.num_rows:
                yield assembled.table
        patience.conclude()


def _raw_rows(
    raw: CountedBytes, file_format: FileFormat | None, options: ReadOptions, name: str
) -> Iterator[RawRows]:
    is_parquet = raw.peek(len(MAGIC)) == MAGIC
    if is_parquet:
        return read_parquet(raw, options, file=name)
    if file_format == "parquet" or PurePath(name).suffix.lower() == ".parquet":
        raise SourceFileError(f"{name} is not a Parquet file.", hint="Was it written to the end?")
    text = TextBytes(raw, name)
    head = text.peek(HEAD_BYTES)
    if len(head) < HEAD_BYTES and not head.strip(_WHITE_SPACE):
        raise empty_file(name)
    refuse_binary(head, name)
    is_json = file_format == "jsonl" if file_format else _looks_like_json(head, name)
    return (read_jsonl if is_json else read_delimited)(text, options, file=name)


def _looks_like_json(head: bytes, name: str) -> bool:
    suffixes = {suffix.lower() for suffix in PurePath(name).suffixes}
    if suffixes & _JSON_SUFFIXES:
        return True
    return not suffixes & _DELIMITED_SUFFIXES and head.lstrip(_WHITE_SPACE)[:1] in (b"{", b"[")


def _in_order(rejects: Sequence[Reject]) -> list[Reject]:
    """Rejects by line; blank lines are none."""
    # a line that cannot be decoded is parsed as a blank one, and so refused again: the first reason holds
    by_line: dict[int, Reject] = {}
    for reject in rejects:
        if reject.text.strip():
            by_line.setdefault(reject.line, reject)
    return [by_line[line] for line in sorted(by_line)]


def _strictly_refused(reject: Reject, name: str) -> RejectedRowsError:
    return RejectedRowsError(
        f"{name} line {reject.line}: {reject.reason}: {reject.message}.",
        hint=f"Nothing was imported. Mend the line, or import without --strict. It is: {_shown(reject.text)}",
    )


def _shown(text: bytes) -> str:
    return readable(text[: 4 * _SHOWN_CHARACTERS], _SHOWN_CHARACTERS)


class _Patience:
    """Notices a file of which nothing can be read: that is an error, not a million rejects."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._is_readable = False
        self._counts: Counter[str] = Counter()
        self._first: Reject | None = None

    def consider(self, readable_count: int, refused: Sequence[Reject]) -> None:
        """Take note of one block.

        Raises:
            SourceFileError: so far every row was refused, and for the same reason.
        """
        self._is_readable = self._is_readable or readable_count > 0
        if self._is_readable or not refused:
            return
        self._first = self._first or refused[0]
        self._counts.update(reject.reason for reject in refused)
        if self._counts.total() >= ROWS_BEFORE_GIVING_UP and len(self._counts) == 1:
            raise self._given_up(self._first)

    def conclude(self) -> None:
        """At the end of the file.

        Raises:
            SourceFileError: every row was refused, for reasons that lie in how the file is read.
        """
        if not self._is_readable and self._first and self._counts.keys() <= STRUCTURAL_REASONS:
            raise self._given_up(self._first)

    def _given_up(self, first: Reject) -> SourceFileError:
        count = self._counts.total()
        rows = "its only row" if count == 1 else f"all of its {count:,} rows so far"
        return SourceFileError(
            f"{self._name} cannot be read as asked: {rows} would be refused, the first (line {first.line}) "
            f"because {first.message}. That line is: {_shown(first.text)}",
            hint=_HINTS.get(first.reason, _USUAL_HINT),
        )
