"""From columns as they were read to canonical batches: the checks that every file format shares.

A canonical batch is a table with `network`, `source_actor_id`, `target_actor_id` and `kind` (dictionaries of
just the texts in use), `occurred_at` (UTC microseconds), and, where the file has them, `post_id`,
`reaction_post_id` and `interaction_id` (null where a row has none). Actor and post ids are
`network:native_id`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from renown.sources.columns import CANONICAL_NAMES, Role
from renown.sources.identifiers import NO_NETWORK, Identifiers, read_identifiers
from renown.sources.options import LEFT_OUT, ReadOptions
from renown.sources.reasons import REASON_CODES, REASON_NAMES, REASONS
from renown.sources.rejects import Reject, readable
from renown.sources.times import TimeReader, Times
from renown.types import KINDS

if TYPE_CHECKING:
    import pyarrow as pa

BoolArray = npt.NDArray[np.bool_]
CodeArray = npt.NDArray[np.uint8]
Int64Array = npt.NDArray[np.int64]

_ID_ROLES: Final[dict[Role, str | None]] = {
    "source": "missing_source",
    "target": "missing_target",
    "post": None,
    "reaction_post": None,
    "id": None,
}
"""Roles that hold ids, and the reason for a row that has none (None: it need not)."""

_LEFT_OUT_CODE: Final = 255
_SHOWN_CHARACTERS: Final = 80
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class RawRows:
    """One block of a file: a column for each role as it was read, and the rows that are not in it.

    Fields:
        columns: arrays of equal length, by role.
        lines: physical line (of Parquet: row) of each, counted from 1.
        text_of: the text of the row at an index, for the rejects file.
        rejects: rows of the block that could not even be split into columns.
        bytes_read, bytes_total: how far the file has been read (total None: not known).
    """

    columns: Mapping[Role, pa.Array]
    lines: Int64Array
    text_of: Callable[[int], bytes]
    rejects: Sequence[Reject] = ()
    bytes_read: int = 0
    bytes_total: int | None = None

    @classmethod
    def without_rows(cls, rejects: Sequence[Reject]) -> RawRows:
        """A block of which no row is left."""
        return cls({}, np.zeros(0, np.int64), lambda index: b"", rejects)


@dataclass(frozen=True)
class Assembled:
    """A canonical batch, the rows refused on the way, and how many were left out as asked."""

    table: pa.Table
    rejects: list[Reject] = field(default_factory=list)
    left_out_count: int = 0


class Assembler:
    """Turns the raw rows of one file into canonical batches; keeps what must hold over all of it."""

    def __init__(self, options: ReadOptions, *, now_microseconds: int | None = None) -> None:
        self._options = options
        self._times = TimeReader(time_zone=options.time_zone, now_microseconds=now_microseconds)

    def assemble(self, rows: RawRows) -> Assembled:
        """Check and translate one block. Of several faults of a row, the first in order of roles is named."""
        if not len(rows.lines):
            return Assembled(empty_batch())
        ids = {
            role: read_identifiers(column, network=self._network_before(role), missing=_ID_ROLES[role])
            for role, column in rows.columns.items()
            if role in _ID_ROLES
        }
        kinds = self._kinds(rows)
        times = self._read_times(rows)
        reasons = _first_reason([ids["source"].reasons, ids["target"].reasons, kinds.reasons, times.reasons])
        for role in ("post", "reaction_post", "id"):
            if role in ids:
                reasons = np.where(reasons == 0, ids[role].reasons, reasons)
        keep = None if not reasons.any() else reasons == 0
        return Assembled(
            self._table(ids, kinds, times.microseconds, keep),
            [] if keep is None else self._rejects(rows, reasons),
            int(np.count_nonzero(reasons == _LEFT_OUT_CODE)),
        )

    def _read_times(self, rows: RawRows) -> Times:
        """The time of each row; of a file without times the moment that was said."""
        seen_at = self._options.seen_at
        if "time" in rows.columns or seen_at is None:
            return self._times.read(rows.columns["time"])
        count, moment = len(rows.lines), (seen_at - _EPOCH) // timedelta(microseconds=1)
        return Times(np.full(count, moment, np.int64), np.zeros(count, np.uint8))

    def _network_before(self, role: Role) -> str | None:
        # an interaction's own id stays as its network wrote it: the row's network column tells it apart
        return NO_NETWORK if role == "id" else self._options.network

    def _table(
        self,
        ids: Mapping[Role, Identifiers],
        kinds: Identifiers,
        microseconds: Int64Array,
        keep: BoolArray | None,
    ) -> pa.Table:
        import pyarrow as pa

        source = ids["source"].taken(keep)
        kept_microseconds = microseconds if keep is None else microseconds[keep]
        columns = {
            "network": _networks(source, self._options.network),
            "source_actor_id": source,
            "target_actor_id": ids["target"].taken(keep),
            "kind": kinds.taken(keep),
            "occurred_at": pa.array(kept_microseconds).cast(pa.timestamp("us", "UTC")),
        }
        for role, name in CANONICAL_NAMES.items():
            if role in ids and name not in columns:
                columns[name] = ids[role].taken(keep)
        return pa.table(columns)

    def _kinds(self, rows: RawRows) -> Identifiers:
        """Kinds as places in KINDS; the file's words are translated once each."""
        import pyarrow as pa

        places = {kind: place for place, kind in enumerate(KINDS)}
        default = places[self._options.default_kind] if self._options.default_kind else -1
        missing = 0 if default >= 0 else REASON_CODES["missing_kind"]
        count = len(rows.lines)
        if "kind" not in rows.columns:
            return Identifiers(
                pa.array(KINDS), np.full(count, default, np.int32), np.full(count, missing, np.uint8)
            )
        words = read_identifiers(rows.columns["kind"], network=NO_NETWORK, missing=None)
        translated = [self._kind(word.as_py(), places) for word in words.values]
        by_value = np.array([place for place, _ in translated] + [default], np.int32)
        codes = np.array([code for _, code in translated] + [missing], np.uint8)
        own = np.where(words.indices >= 0, words.reasons, 0).astype(np.uint8)
        return Identifiers(
            pa.array(KINDS), by_value[words.indices], np.where(own != 0, own, codes[words.indices])
        )

    def _kind(self, word: str, places: Mapping[str, int]) -> tuple[int, int]:
        kind = self._options.kinds.get(word, word)
        if kind == LEFT_OUT and word in self._options.kinds:
            return -1, _LEFT_OUT_CODE
        place = places.get(kind, places.get(kind.casefold(), -1))
        return place, 0 if place >= 0 else REASON_CODES["unknown_kind"]

    def _rejects(self, rows: RawRows, reasons: CodeArray) -> list[Reject]:
        refused = np.flatnonzero((reasons != 0) & (reasons != _LEFT_OUT_CODE))
        return [
            Reject(
                int(rows.lines[index]),
                REASON_NAMES[reasons[index]],
                self._message(REASON_NAMES[reasons[index]], rows, int(index)),
                rows.text_of(int(index)),
            )
            for index in refused
        ]

    def _message(self, reason: str, rows: RawRows, index: int) -> str:
        role: Role = "kind" if reason == "unknown_kind" else "time"
        if reason != "unknown_kind" and "time" not in reason:
            return REASONS[reason]
        value = rows.columns[role][index].as_py()
        shown = readable(str(value).encode("utf-8", "backslashreplace"), _SHOWN_CHARACTERS)
        return f"{REASONS[reason]}: {shown}"


def empty_batch() -> pa.Table:
    """A canonical batch with no rows."""
    import pyarrow as pa

    words = pa.dictionary(pa.int32(), pa.string())
    names = ("network", "source_actor_id", "target_actor_id", "kind")
    schema = pa.schema([*((name, words) for name in names), ("occurred_at", pa.timestamp("us", "UTC"))])
    return schema.empty_table()


def _first_reason(reasons: Sequence[CodeArray]) -> CodeArray:
    first = reasons[0]
    for other in reasons[1:]:
        first = np.where(first == 0, other, first)
    return first


def _networks(source: pa.DictionaryArray, network: str | None) -> pa.DictionaryArray:
    """The network of each row: the one that was given, or the one before the source's id."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if network is not None:
        values = pa.array([network] if len(source) else [], pa.string())
        return pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(source), np.int32)), values)
    before = pc.list_element(pc.split_pattern(source.dictionary, ":", max_splits=1), 0)
    encoded = before.dictionary_encode()
    return pa.DictionaryArray.from_arrays(encoded.indices.take(source.indices), encoded.dictionary)
