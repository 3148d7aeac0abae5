"""How a foreign table's columns become canonical ones: a small TOML file, checked before anything is read."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from renown.errors import ColumnsError, InputError
from renown.trust.accounts_columns import ACCOUNT_COLUMNS, TOOL_WORDS, AccountColumn

Encoding = Literal["plain", "log", "log1p", "log2", "log10", "log10_1p"]
"""How a number was written down; it is undone first."""

USUAL_MISSING: Final = ("", "na", "n/a", "nan", "null", "none", "nil", "undefined", "-", "?", r"\n")
"""Cells that mean "not known", in any case."""

USUAL_YES: Final = ("yes", "y", "true", "t", "1", "1.0", "on")
USUAL_NO: Final = ("no", "n", "false", "f", "0", "0.0", "off")

HOW_TO_MAP: Final = "docs/how-to/judge-accounts.md shows a mapping."
_NUMBER_FIELDS: Final = ("encoding", "scale", "is_inverse")
_FIELDS_OF: Final = {
    "number": _NUMBER_FIELDS,
    "share": _NUMBER_FIELDS,
    "flag": ("yes", "no"),
    "moment": ("format",),
    "text": (),
    "words": ("words",),
}


class ColumnRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one canonical column comes from, and how its cells are to be read.

    A number is read, its `encoding` undone, then multiplied by `scale`, then inverted where `is_inverse`.
    """

    column: str | None = None
    constant: float | bool | str | None = None
    encoding: Encoding = "plain"
    scale: float = 1.0
    is_inverse: bool = False
    yes: list[str] = []
    no: list[str] = []
    format: str = ""
    words: dict[str, str] = {}


class RowRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds for rows as a whole: the column that names them, and when the figures were read."""

    id: str | None = None
    observed_at: str | None = None


class FileRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the file is written, where that cannot be found out."""

    delimiter: str = ""
    decimal: Literal[".", ","] = "."
    text_encoding: str = "utf-8"
    missing: list[str] = []


class AccountMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping: canonical column to where it comes from."""

    columns: dict[str, ColumnRule]
    row: RowRule = RowRule()
    file: FileRule = FileRule()


class _AsWritten(msgspec.Struct, forbid_unknown_fields=True):
    columns: dict[str, str | ColumnRule]
    row: RowRule = RowRule()
    file: FileRule = FileRule()


def load_account_mapping(path: str | Path) -> AccountMapping:
    """Read a mapping from a TOML file.

    Raises:   InputError: no such file, or not TOML. ColumnsError: it names what does not exist.
    """
    try:
        text = Path(path).read_text(encoding="utf8")
    except FileNotFoundError:
        raise InputError(f"There is no mapping at {path}.", hint=HOW_TO_MAP) from None
    except UnicodeDecodeError:
        raise InputError(f"The mapping {path} is not UTF-8 text.", hint=HOW_TO_MAP) from None
    except OSError as error:
        raise InputError(f"The mapping {path} cannot be read: {error.strerror}.", hint=HOW_TO_MAP) from None
    return parse_account_mapping(text, str(path))


def parse_account_mapping(text: str, where: str = "mapping") -> AccountMapping:
    """Read a mapping from TOML text and check it.

    Raises:   InputError: not TOML, or a field that makes no sense. ColumnsError: an unknown canonical column.
    Example:
        >>> mapping = parse_account_mapping('[columns]\\nfollowers_count = "user followers count"')
        >>> mapping.columns["followers_count"].column
        'user followers count'
    """
    try:
        written = msgspec.toml.decode(text, type=_AsWritten)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise InputError(f"{where}: {error}.", hint=f"It needs [columns]. {HOW_TO_MAP}") from error
    if not written.columns:
        raise InputError(f"{where}: [columns] names no column.", hint=HOW_TO_MAP)
    rules = {name: _rule(name, rule, where) for name, rule in written.columns.items()}
    _check_file(written.file, where)
    return AccountMapping(columns=rules, row=written.row, file=written.file)


def mapping_of_names(names: Sequence[str]) -> AccountMapping:
    """The mapping of a file whose columns have canonical names already.

    Raises:   ColumnsError: none of them has.
    """
    found = {name: ColumnRule(column=name) for name in ACCOUNT_COLUMNS if name in names}
    if not found:
        raise ColumnsError(
            f"None of the columns has a canonical name. They are: {', '.join(names[:40])}.",
            hint=f"Say what they are in a mapping (--map). {HOW_TO_MAP}",
        )
    row_id = next((name for name in ("id", "actor_id") if name in names), None)
    return AccountMapping(columns=found, row=RowRule(id=row_id))


def known_column(name: str, where: str) -> AccountColumn:
    """The canonical column of that name.

    Raises:   ColumnsError: there is none; the message names near ones.
    """
    if name in ACCOUNT_COLUMNS:
        return ACCOUNT_COLUMNS[name]
    near = difflib.get_close_matches(name, ACCOUNT_COLUMNS, 3, 0.5)
    suggestion = f" Did you mean {' or '.join(near)}?" if near else ""
    raise ColumnsError(
        f"{where}: {name!r} is no canonical column.{suggestion}",
        hint=f"Canonical columns are {', '.join(ACCOUNT_COLUMNS)}.",
    )


def _rule(name: str, written: str | ColumnRule, where: str) -> ColumnRule:
    column = known_column(name, where)
    rule = ColumnRule(column=written) if isinstance(written, str) else written
    if (rule.column is None) == (rule.constant is None):
        raise InputError(
            f"{where}: {name} needs either column or constant.",
            hint='As in: { column = "name in the file" }.',
        )
    _check_fields(column, rule, where)
    _check_numbers(name, rule, where)
    _check_flags(name, rule, where)
    unknown = sorted(set(rule.words.values()) - set(TOOL_WORDS))
    if unknown:
        raise InputError(
            f"{where}: {name} translates to {', '.join(unknown)}.", hint=f"Words are {', '.join(TOOL_WORDS)}."
        )
    return rule


def _check_fields(column: AccountColumn, rule: ColumnRule, where: str) -> None:
    plain = ColumnRule()
    allowed = {"column", "constant", *_FIELDS_OF[column.kind]}
    out_of_place = [
        field
        for field in ColumnRule.__struct_fields__
        if field not in allowed and getattr(rule, field) != getattr(plain, field)
    ]
    if out_of_place:
        raise InputError(
            f"{where}: {', '.join(out_of_place)} cannot be said of {column.name}, which is a {column.kind}.",
            hint=f"Of it can be said: {', '.join(sorted(allowed))}.",
        )


def _check_numbers(name: str, rule: ColumnRule, where: str) -> None:
    if not 0 < rule.scale < float("inf"):
        raise InputError(
            f"{where}: the scale of {name} is {rule.scale:g}; it must be above 0.",
            hint="A figure is multiplied by it: 1000 for thousands, 0.01 for per cent.",
        )


def _check_flags(name: str, rule: ColumnRule, where: str) -> None:
    both = {word.casefold() for word in rule.yes} & {word.casefold() for word in rule.no}
    if both:
        raise InputError(
            f"{where}: {', '.join(sorted(both))} means both yes and no in {name}.",
            hint="Case does not matter.",
        )


def _check_file(rule: FileRule, where: str) -> None:
    import codecs

    if len(rule.delimiter) > 1:
        raise InputError(
            f"{where}: the delimiter {rule.delimiter!r} is not one character.", hint='A tab is "\\t".'
        )
    try:
        codecs.lookup(rule.text_encoding)
    except LookupError:
        raise InputError(
            f"{where}: there is no text encoding {rule.text_encoding!r}.", hint="Try utf-8 or latin-1."
        ) from None


def constant_cells(rule: ColumnRule, row_count: int) -> list[Any]:
    """The cells of a column that the file does not have."""
    return [rule.constant] * row_count
