"""How a delimited file is laid out: what separates its columns, whether it has a header, which is which."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath
from typing import Final

from renown.errors import ColumnsError, SourceFileError
from renown.sources.columns import (
    HOW_TO_SAY,
    Role,
    has_known_names,
    match_names,
    no_kind_column,
)
from renown.sources.options import ReadOptions
from renown.sources.rejects import readable
from renown.sources.times import is_time
from renown.types import KINDS

DELIMITER_WORDS: Final = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe", " ": "space"}
_SAMPLE_LINES: Final = 50
_LONGEST_SAMPLE: Final = 64 << 10
_SHOWN_CHARACTERS: Final = 200
_NOTHING: Final = frozenset({"", "-", "na", "n/a", "nan", "null", "none", "nil", "\\n"})


@dataclass(frozen=True)
class Layout:
    """Columns of a delimited file: what separates them, how many, where each role is, if names come first."""

    delimiter: str
    width: int
    positions: Mapping[Role, int]
    has_header: bool


def find_layout(lines: Sequence[bytes], options: ReadOptions, *, file: str) -> Layout:
    """Work out the layout from the first lines of a file.

    Roles by position: the delimiter is the one that splits most of the lines into that many columns. Roles by
    name, or none given: the one that splits the first line into the names that are asked for.

    Raises:
        SourceFileError: no delimiter gives that many columns.
        ColumnsError: a column is missing.
    """
    nonblank = (line for line in lines if line.strip())
    sample = [readable(line[:_LONGEST_SAMPLE]) for line in islice(nonblank, _SAMPLE_LINES)]
    delimiters = _candidates(options, file)
    if options.plan.in_order:
        return _by_position(sample, delimiters, options, file)
    return _by_name(sample[0] if sample else "", delimiters, options, file)


def split_line(line: str, delimiter: str) -> list[str]:
    """The columns of one line."""
    is_spaced = delimiter == " "
    if '"' in line:
        source = re.sub(r"[ \t]+", " ", line).strip() if is_spaced else line
        try:
            return next(csv.reader([source], delimiter=delimiter), [])
        except csv.Error:  # what is wrong with it is said when it is read as a row
            pass
    return line.split() if is_spaced else line.split(delimiter)


def _candidates(options: ReadOptions, file: str) -> list[str]:
    if options.delimiter is not None:
        return [options.delimiter]
    likely = "\t" if ".tsv" in (suffix.lower() for suffix in PurePath(file).suffixes) else ","
    return [likely, *(delimiter for delimiter in DELIMITER_WORDS if delimiter != likely)]


def _by_position(sample: Sequence[str], delimiters: Sequence[str], options: ReadOptions, file: str) -> Layout:
    width = len(options.plan.in_order)
    hits = {d: sum(len(split_line(line, d)) == width for line in sample) for d in delimiters}
    delimiter = max(delimiters, key=hits.__getitem__)
    if sample and not hits[delimiter]:
        raise _no_such_width(sample[0], width, delimiters, file)
    positions = {role: place for place, role in enumerate(options.plan.in_order) if role}
    if "kind" not in positions and options.default_kind is None:
        raise no_kind_column(file)
    first = [field.strip() for field in split_line(sample[0], delimiter)] if sample else []
    has_header = options.header
    if has_header is None:
        has_header = len(first) == width and _looks_like_header(first, positions, options)
    if has_header and len(first) == width:
        positions = match_names(options.plan, first, file=file, needs_kind=False)
    return Layout(delimiter, width, positions, has_header)


def _looks_like_header(fields: Sequence[str], positions: Mapping[Role, int], options: ReadOptions) -> bool:
    """Whether the first line names the columns. Where in doubt it does not: a header read as a row is refused
    and seen, a row read as a header is lost."""
    if "time" not in positions:
        return has_known_names(fields)
    time = fields[positions["time"]]
    if is_time(time):
        return False
    if has_known_names(fields):
        return True
    kind = fields[positions["kind"]] if "kind" in positions else ""
    is_row = kind in options.kinds or kind.casefold() in KINDS
    is_word = time[:1].isalpha() and not any(letter.isdigit() for letter in time)
    return is_word and not is_row and time.casefold() not in _NOTHING


def _by_name(first: str, delimiters: Sequence[str], options: ReadOptions, file: str) -> Layout:
    refusals: list[tuple[int, ColumnsError]] = []
    for delimiter in delimiters:
        names = [name.strip() for name in split_line(first, delimiter)]
        try:
            positions = match_names(options.plan, names, file=file, needs_kind=options.default_kind is None)
        except ColumnsError as error:
            refusals.append((-len(names), error))
            continue
        return Layout(delimiter, len(names), positions, has_header=True)
    _, refusal = min(refusals, key=lambda pair: pair[0])
    fields = [field for delimiter in delimiters for field in split_line(first, delimiter)]
    if not options.columns and any(is_time(field) for field in fields):
        raise ColumnsError(
            f"{file} has no header, so its columns must be named. Its first line is: {_shown(first)}",
            hint=HOW_TO_SAY,
        ) from refusal
    raise refusal


def _no_such_width(first: str, width: int, delimiters: Sequence[str], file: str) -> SourceFileError:
    found = ", ".join(
        f"{len(split_line(first, delimiter))} by {DELIMITER_WORDS.get(delimiter, repr(delimiter))}"
        for delimiter in delimiters
    )
    return SourceFileError(
        f"{file} does not have {width} columns. Its first line has {found}: {_shown(first)}",
        hint="Name every column in order (- skips one), or say what separates them (--delimiter).",
    )


def _shown(line: str) -> str:
    return line if len(line) <= _SHOWN_CHARACTERS else line[: _SHOWN_CHARACTERS - 1] + "…"
