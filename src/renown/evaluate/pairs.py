"""Judgements of pairs as a table gives them: who was chosen, and what is known of both sides."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from renown.errors import ColumnsError, MappingError, TooLittleInputError

if TYPE_CHECKING:
    import pyarrow as pa

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SYNONYMS: Final = {
    "follower_count": "followers_count",
    "friends_count": "following_count",
    "retweets_received": "reposts_received",
    "retweets_sent": "reposts_sent",
    "posts": "posts_count",
}
"""What other tables call a signal, and what it is called here."""

_CHOSE_A: Final = frozenset({"1", "1.0", "a", "true", "left"})
_CHOSE_B: Final = frozenset({"0", "0.0", "b", "false", "right"})
_MOST_UNKNOWN: Final = 0.5
LEAST_PAIRS: Final = 2


class PairMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a foreign table of pairs names its columns.

    `columns` gives the canonical name of a signal by the name it has behind the prefixes; a signal that is
    not named there keeps its own. `person` is the column (behind the prefixes) that says who a side is.
    """

    choice: str = "Choice"
    a_prefix: str = "A_"
    b_prefix: str = "B_"
    person: str = ""
    columns: dict[str, str] = {}


@dataclass(frozen=True, eq=False)
class Pairs:
    """Judged pairs. A person is one number on whichever side they stand."""

    a: Mapping[str, FloatArray]
    b: Mapping[str, FloatArray]
    chose_a: BoolArray
    a_person: IntArray
    b_person: IntArray
    left_out_count: int = 0
    unknown_signals: tuple[str, ...] = field(default=())
    """signals that more than half of the pairs do not have"""

    def __len__(self) -> int:
        """How many pairs."""
        return int(self.chose_a.size)

    @property
    def signals(self) -> tuple[str, ...]:
        """Names of what is known of both sides."""
        return tuple(self.a)

    @property
    def people_count(self) -> int:
        """Distinct people on either side."""
        return int(np.unique(np.concatenate([self.a_person, self.b_person])).size)

    def among(self, rows: BoolArray) -> Pairs:
        """Some of the pairs."""
        return Pairs(
            {name: values[rows] for name, values in self.a.items()},
            {name: values[rows] for name, values in self.b.items()},
            self.chose_a[rows],
            self.a_person[rows],
            self.b_person[rows],
        )

    def fingerprint(self) -> str:
        """Sha256 (hex) of the judgements and the numbers, whatever the order of columns and rows."""
        names = sorted(self.a)
        columns = [self.chose_a.astype(np.float64), *(side[n] for side in (self.a, self.b) for n in names)]
        rows = np.stack(columns, axis=1).round(6)
        rows = rows[np.lexsort(rows.T[::-1])]
        return hashlib.sha256("|".join(names).encode() + rows.astype("<f8").tobytes()).hexdigest()


def parse_pair_mapping(text: str, where: str = "mapping") -> PairMapping:
    """Read a mapping of pairs from TOML.

    Raises:   MappingError: not TOML, or a field that a mapping does not have.
    Example:
        >>> parse_pair_mapping('choice = "winner"').choice
        'winner'
    """
    try:
        return msgspec.toml.decode(text, type=PairMapping)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise MappingError(
            f"{where}: {error}", hint="It may say choice, a_prefix, b_prefix, person and [columns]."
        ) from error


def read_pairs(table: pa.Table, mapping: PairMapping | None = None) -> Pairs:
    """Pairs from a table with a choice (1 or a: A is more influential; 0 or b) and columns A_*, B_*.

    A pair without a choice, or with a cell that is no number of 0 or more, is left out and counted.

    Raises:   ColumnsError: no choice, or no signal that both sides have.
              TooLittleInputError: fewer than two pairs are left.
    Example:
        >>> import pyarrow as pa
        >>> table = pa.table({"Choice": [1, 0], "A_follower_count": [9, 2], "B_follower_count": [3, 4]})
        >>> pairs = read_pairs(table)
        >>> pairs.signals, pairs.people_count
        (('followers_count',), 4)
    """
    mapping = mapping or PairMapping()
    choice = _named(table, mapping.choice)
    a, b = (_side(table, prefix, mapping) for prefix in (mapping.a_prefix, mapping.b_prefix))
    shared = [name for name in a if name in b]
    if not shared:
        raise ColumnsError(
            f"No column stands on both sides, as {mapping.a_prefix}NAME and {mapping.b_prefix}NAME.",
            hint=f"The table has {', '.join(table.column_names)}.",
        )
    chosen = [_chose_a(value) for value in table[choice].to_pylist()]
    persons = _persons(table, mapping)
    return pairs_of(chosen, {n: a[n] for n in shared}, {n: b[n] for n in shared}, persons)


def pairs_of(
    chosen: list[bool | None],
    a: Mapping[str, FloatArray],
    b: Mapping[str, FloatArray],
    persons: tuple[list[Any], list[Any]] | None = None,
) -> Pairs:
    """Pairs from columns: `chosen` says whether A was (None: nobody was), `persons` who A and B are.

    Raises:   TooLittleInputError: fewer than two pairs are left.
    """
    unknown = tuple(n for n in a if (_is_bad(a[n]) | _is_bad(b[n])).mean() > _MOST_UNKNOWN) if chosen else ()
    names = [name for name in a if name not in unknown]
    is_left_out = np.array([one is None for one in chosen], np.bool_)
    for name in names:
        is_left_out |= _is_bad(a[name]) | _is_bad(b[name])
    kept = ~is_left_out
    if kept.sum() < LEAST_PAIRS or not names:
        raise TooLittleInputError(
            f"{int(kept.sum()) if names else 0} of {len(chosen)} pairs can be used;"
            f" {LEAST_PAIRS} at least are needed.",
            hint="A pair needs a choice (1 or 0, a or b) and numbers of 0 or more on both sides.",
        )
    sides = tuple({name: side[name][kept] for name in names} for side in (a, b))
    if persons is None:
        who = [[tuple(row) for row in np.stack(list(side.values()), axis=1).tolist()] for side in sides]
    else:
        who = [[one for one, is_kept in zip(side, kept, strict=True) if is_kept] for side in persons]
    a_person, b_person = _numbered(*who)
    chose_a = np.array([bool(one) for one in chosen])[kept]
    return Pairs(sides[0], sides[1], chose_a, a_person, b_person, int(is_left_out.sum()), unknown)


def _is_bad(values: FloatArray) -> BoolArray:
    bad: BoolArray = ~np.isfinite(values) | (values < 0)
    return bad


def _named(table: pa.Table, wanted: str) -> str:
    found = [name for name in table.column_names if name.lower() == wanted.lower()]
    if not found:
        raise ColumnsError(
            f"There is no column {wanted} that says who was chosen.",
            hint=f"The table has {', '.join(table.column_names) or 'no columns'}.",
        )
    return str(found[0])


def _side(table: pa.Table, prefix: str, mapping: PairMapping) -> dict[str, FloatArray]:
    """The signals of one side, by canonical name."""
    side = {}
    for column in table.column_names:
        name = column.removeprefix(prefix)
        if not column.startswith(prefix) or not name or name == mapping.person:
            continue
        side[mapping.columns.get(name, SYNONYMS.get(name, name))] = _numbers(table[column])
    return side


def _numbers(column: pa.ChunkedArray) -> FloatArray:
    return np.array([_number(value) for value in column.to_pylist()], np.float64)


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")


def _chose_a(value: object) -> bool | None:
    said = str(value).strip().lower()
    return True if said in _CHOSE_A else False if said in _CHOSE_B else None


def _persons(table: pa.Table, mapping: PairMapping) -> tuple[list[Any], list[Any]] | None:
    if not mapping.person:
        return None
    a, b = (_named(table, prefix + mapping.person) for prefix in (mapping.a_prefix, mapping.b_prefix))
    return table[a].to_pylist(), table[b].to_pylist()


def _numbered(a: list[Any], b: list[Any]) -> tuple[IntArray, IntArray]:
    numbers: dict[Any, int] = {}
    for one in (*a, *b):
        numbers.setdefault(one, len(numbers))
    return np.array([numbers[one] for one in a], np.int64), np.array([numbers[one] for one in b], np.int64)
