"""Cells of a foreign table as evidence: numbers however written, yes and no in many words, dates."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from renown.errors import ColumnsError, InputError, MomentError
from renown.trust.accounts_columns import TOOL_WORDS, AccountColumn, Accounts
from renown.trust.accounts_mapping import (
    USUAL_MISSING,
    USUAL_NO,
    USUAL_YES,
    ColumnRule,
    FileRule,
    known_column,
)

if TYPE_CHECKING:
    from renown.trust.accounts_columns import FloatArray, TextArray

Cells = Sequence[Any]

_PLAIN: Final = ColumnRule()
_PLAIN_FILE: Final = FileRule()
_LEAST_RATIO: Final = 1e-12
_UNDO: Final[dict[str, Callable[[FloatArray], FloatArray]]] = {
    "plain": lambda values: values,
    "log": np.exp,
    "log1p": np.expm1,
    "log2": np.exp2,
    "log10": lambda values: np.power(10.0, values),
    "log10_1p": lambda values: np.power(10.0, values) - 1,
}
_MAGNITUDES: Final = {"k": 1e3, "m": 1e6, "b": 1e9}
_TWITTER_FORMAT: Final = "%a %b %d %H:%M:%S %z %Y"
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
_SECONDS_PER: Final = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (0.0, 1.0))
_WORD_SEPARATORS: Final = str.maketrans(dict.fromkeys("[]()'\"{},;|", " "))


@dataclass(frozen=True)
class Unreadable:
    """Cells of one column that could not be read, and so count as missing evidence."""

    name: str
    count: int
    first_row: int
    first_cell: str


def as_accounts(columns: Mapping[str, Any]) -> Accounts:
    """Canonical columns, given as sequences, as `Accounts`.

    Raises:   ColumnsError: an unknown column, unequal lengths, or a cell that is not what the column holds.
    """
    lengths = {name: len(cells) for name, cells in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ColumnsError(
            f"The columns are of unequal length: {', '.join(f'{n} {c}' for n, c in lengths.items())}."
        )
    accounts = Accounts(next(iter(lengths.values()), 0))
    for name, cells in columns.items():
        column = known_column(name, "accounts")
        unreadable = read_column(column, list(cells), into=accounts)
        if unreadable:
            raise ColumnsError(
                f"{name}: {unreadable.count} cells are not a {column.kind}, the first"
                f" {unreadable.first_cell!r} in row {unreadable.first_row}.",
                hint="Give None where nothing is known.",
            )
    return accounts


def read_column(
    column: AccountColumn,
    cells: Cells,
    *,
    into: Accounts,
    rule: ColumnRule = _PLAIN,
    file: FileRule = _PLAIN_FILE,
) -> Unreadable | None:
    """Read the cells of one canonical column into accounts; say what could not be read."""
    missing = frozenset(word.casefold() for word in (*USUAL_MISSING, *file.missing))
    if column.kind in ("text", "words"):
        into.texts[column.name] = _texts(column, cells, rule, missing)
        return None
    reader = _reader(column, rule, file)
    values, is_bad = _read_each(cells, reader, missing)
    if column.kind in ("number", "share"):
        values = _undone(values, rule)
        is_bad |= ~np.isnan(values) & ((values < 0) | ~np.isfinite(values))
        if column.kind == "share" and column.name != "reply_share":
            is_bad |= values > 1
        values = np.where(is_bad, np.nan, values)
    into.numbers[column.name] = values
    if not is_bad.any():
        return None
    first = int(np.argmax(is_bad))
    return Unreadable(column.name, int(is_bad.sum()), first + 1, str(cells[first])[:80])


def _undone(values: FloatArray, rule: ColumnRule) -> FloatArray:
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        plain = _UNDO[rule.encoding](values) * rule.scale
        # the inverse of nothing is as good as endless: who follows nobody has any number of followers for it
        return 1 / np.where(plain == 0, _LEAST_RATIO, plain) if rule.is_inverse else plain


def _read_each(
    cells: Cells, reader: Callable[[Any], float], missing: frozenset[str]
) -> tuple[FloatArray, Any]:
    values = np.full(len(cells), np.nan)
    is_bad = np.zeros(len(cells), dtype=bool)
    for row, cell in enumerate(cells):
        if cell is None or (isinstance(cell, str) and cell.strip().casefold() in missing):
            continue
        try:
            values[row] = reader(cell)
        except (ValueError, TypeError, OverflowError, InputError, MomentError):
            is_bad[row] = True
    return values, is_bad


def _reader(column: AccountColumn, rule: ColumnRule, file: FileRule) -> Callable[[Any], float]:
    if column.kind == "flag":
        yes = frozenset(word.casefold() for word in (rule.yes or USUAL_YES))
        no = frozenset(word.casefold() for word in (rule.no or USUAL_NO))
        return lambda cell: _flag(cell, yes, no)
    if column.kind == "moment":
        return lambda cell: moment_of(cell, rule.format)
    return lambda cell: number_of(cell, file.decimal)


def number_of(cell: Any, decimal: str = ".") -> float:
    """A number however people write it.

    Raises:   ValueError: it is none.
    Example:
        >>> [number_of(cell) for cell in ("1,234", " 1.2K", "3M", "12%", 7)]
        [1234.0, 1200.0, 3000000.0, 0.12, 7.0]
        >>> number_of("1.234,5", decimal=",")
        1234.5
    """
    if isinstance(cell, bool) or not isinstance(cell, str):
        return float(cell)
    try:
        if decimal == "." or cell.isdigit():
            return float(cell)
    except ValueError:
        pass
    text = cell.strip().replace("\u00a0", "").replace(" ", "").replace("_", "")
    grouping = "," if decimal == "." else "."
    text = text.replace(grouping, "").replace(decimal, ".")
    factor = 1.0
    if text[-1:] == "%":
        text, factor = text[:-1], 0.01
    elif text[-1:].lower() in _MAGNITUDES:
        text, factor = text[:-1], _MAGNITUDES[text[-1].lower()]
    return float(text) * factor


def _flag(cell: Any, yes: frozenset[str], no: frozenset[str]) -> float:
    word = str(cell).strip().casefold()
    if word in yes:
        return 1.0
    if word in no:
        return 0.0
    raise InputError(
        f"{word!r} means neither yes nor no.", hint="Say which words do: yes = [...], no = [...]."
    )


def moment_of(cell: Any, written_as: str = "") -> float:
    """A moment as UTC microseconds: epoch numbers of any unit, ISO 8601, mail dates, Twitter's own form.

    Args:     written_as: a strptime format, where the cell is of another form. No zone means UTC.
    Raises:   MomentError: it is none, or not of the years 1990 to 2099.
    Example:
        >>> moment_of("Wed Feb 01 17:49:30 +0000 2012") == moment_of("2012-02-01T17:49:30Z")
        True
        >>> moment_of(1328118570) == moment_of("1328118570000L")
        True
    """
    moment = _moment(cell, written_as)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not _EARLIEST <= moment < _LATEST:
        raise MomentError(f"{cell!r} lies outside the years 1990 to 2099.", hint="Is it the right column?")
    return moment.timestamp() * 1e6


def _moment(cell: Any, written_as: str) -> datetime:
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=UTC)
    text = str(cell).strip()
    if written_as:
        return datetime.strptime(text, written_as)  # noqa: DTZ007  a zone is added where there is none
    number = _epoch(text.removesuffix("L"))
    if number is not None:
        return datetime.fromtimestamp(number, tz=UTC)
    for read in (datetime.fromisoformat, _twitter_moment, parsedate_to_datetime):
        try:
            return read(text)
        except (ValueError, TypeError):
            continue
    raise MomentError(f"{text!r} is no date or time.", hint="Say how it is written: format.")


def _twitter_moment(text: str) -> datetime:
    return datetime.strptime(text, _TWITTER_FORMAT)  # noqa: DTZ007  the format has the zone


def _epoch(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    if not math.isfinite(value) or value < 1e8 or (text.isdigit() and len(text) == 8):
        return None  # 20160501 is a date
    return value / next(per for least, per in _SECONDS_PER if value >= least)


def _texts(column: AccountColumn, cells: Cells, rule: ColumnRule, missing: frozenset[str]) -> TextArray:
    found = np.full(len(cells), None, dtype=object)
    for row, cell in enumerate(cells):
        text = _words(cell, rule) if column.kind == "words" else None if cell is None else str(cell).strip()
        if text is None or (column.kind == "text" and text and text.casefold() in missing):
            continue
        if text or column.name == "bio":  # an empty description says something, an empty name does not
            found[row] = text
    return found


def _words(cell: Any, rule: ColumnRule) -> str | None:
    """The canonical words of a cell such as `[1;2]` or `["Twitter for iPhone"]`; None where it has none."""
    if cell is None:
        return None
    raw = (
        cell
        if isinstance(cell, str)
        else " ; ".join(map(str, cell))
        if isinstance(cell, Sequence)
        else str(cell)
    )
    if not rule.words:
        return " ".join(
            word for word in raw.translate(_WORD_SEPARATORS).lower().split() if word in TOOL_WORDS
        )
    translated = {key.casefold(): word for key, word in rule.words.items()}
    tokens = {token.strip().casefold() for token in raw.translate(_WORD_SEPARATORS).split()}
    found = [
        word for key, word in translated.items() if key in tokens or (len(key) > 2 and key in raw.casefold())
    ]
    return " ".join(dict.fromkeys(found))
