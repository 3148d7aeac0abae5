"""Rows on their way out: a table to read, or JSON, CSV and Parquet to go on with."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from renown.cli.session import console
from renown.errors import InputError
from renown.types import OutputFormat

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

Record = Mapping[str, Any]

_GAP: Final = 2
_LEAST_WIDTH: Final = 8
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class RowOptions:
    """How rows leave: the options of every command that prints some."""

    format: Annotated[OutputFormat, typer.Option("--format", "-f", help="How to print the rows.")] = "table"
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write to this file.")] = (
        None
    )


@dataclass(frozen=True)
class Column:
    """A column of the printed table: its heading and how a record's cell reads."""

    heading: str
    cell: Callable[[Any], str]
    is_text: bool = False
    can_shrink: bool = False
    """a text that is cut, or wrapped if `is_prose`, where the screen is narrow"""
    is_prose: bool = False
    is_extra: bool = False
    """left out where there is no room"""


@dataclass(frozen=True)
class Listing:
    """Records with everything said around them when they are printed for a person."""

    records: Sequence[Record]
    columns: Sequence[Column]
    fields: tuple[str, ...] = ()
    """names of the raw fields, for a file without rows"""
    title: str = ""
    footer: str = ""
    when_empty: str = "Nothing to show."


Part = str | Listing
"""A piece of a page: a line, or a table."""


def print_listing(listing: Listing, options: RowOptions) -> None:
    """Print records as asked for.

    Raises:   InputError: Parquet without a file to write to.
    """
    if options.format == "table":
        write_text(render_table(listing), options.out)
    elif options.format == "json":
        write_text(to_json(list(listing.records)), options.out)
    else:
        write_records(listing.records, listing.fields, options)


def write_records(records: Sequence[Record], fields: tuple[str, ...], options: RowOptions) -> None:
    """Write flat records as CSV or Parquet.

    Raises:   InputError: Parquet without a file to write to.
    """
    names = fields or tuple(records[0] if records else ())
    if options.format == "csv":
        write_text(to_csv(records, names), options.out)
    elif options.out is None:
        raise InputError("Parquet is not text, so it needs a file to go to.", hint="Add --out FILE.")
    else:
        _write_parquet(records, names, options.out)


def to_json(document: object) -> str:
    """A document as indented JSON: times in ISO 8601, no NaN.

    Example:
        >>> print(to_json({"score": 41.5}), end="")
        {
          "score": 41.5
        }
    """
    import msgspec

    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def to_csv(records: Sequence[Record], names: Sequence[str]) -> str:
    """Records as CSV with a header. Text that a spreadsheet would run as a formula gets a leading quote.

    Example:
        >>> to_csv([{"handle": "=1+1", "score": 2.5}], ["handle", "score"])
        "handle,score\\n'=1+1,2.5\\n"
    """
    lines = [names, *([record.get(name) for name in names] for record in records)]
    return "".join(",".join(map(_csv_cell, line)) + "\n" for line in lines)


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if not isinstance(value, str):
        return str(value)
    text = "'" + value if value.startswith(_FORMULA_STARTS) else value
    # Not the csv module: it leaves a lone carriage return unquoted, and readers then see two rows.
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(c in text for c in ',"\r\n') else text


def _write_parquet(records: Sequence[Record], names: Sequence[str], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({name: [record.get(name) for record in records] for name in names}), path)


def render_table(listing: Listing) -> str:
    """The listing as text, as wide as the terminal (80 columns when piped)."""
    return render_page([listing])


def render_page(parts: Sequence[Part]) -> str:
    """Lines and listings under each other, as wide as the terminal (80 columns when piped)."""
    screen = console()
    with screen.capture() as captured:
        for part in parts:
            if isinstance(part, str):
                screen.print(part)
            else:
                _print_listing(part, screen)
    return captured.get()


def _print_listing(listing: Listing, screen: Console) -> None:
    if listing.title:
        screen.print(listing.title, style="bold")
    if listing.records:
        screen.print(_table(listing, screen.width))
    elif listing.when_empty:
        screen.print(listing.when_empty)
    if listing.footer:
        screen.print(listing.footer, style="dim")


def _table(listing: Listing, width: int) -> RichTable:
    from rich.table import Table

    columns, cells = _fitting(listing, width)
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="dim")
    for column, wide in zip(columns, _widths(columns, cells, width), strict=True):
        table.add_column(
            column.heading,
            justify="left" if column.is_text else "right",
            no_wrap=not column.is_prose,
            overflow="fold" if column.is_prose else "ellipsis",
            width=wide,
        )
    for row in zip(*cells, strict=True):
        table.add_row(*row)
    return table


def _fitting(listing: Listing, width: int) -> tuple[list[Column], list[list[str]]]:
    """The columns that there is room for, and their cells: figures are never cut, extras left out."""
    columns = list(listing.columns)
    while _least_width(columns, listing.records) > width and any(column.is_extra for column in columns):
        columns.remove(next(column for column in columns if column.is_extra))
    return columns, [[column.cell(record) for record in listing.records] for column in columns]


def _least_width(columns: Sequence[Column], records: Sequence[Record]) -> int:
    natural = [_natural_width(column, [column.cell(record) for record in records]) for column in columns]
    least = [
        min(wide, _LEAST_WIDTH) if column.can_shrink else wide
        for column, wide in zip(columns, natural, strict=True)
    ]
    return sum(least) + _GAP * (len(columns) - 1)


def _widths(columns: Sequence[Column], cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """How wide each column is drawn: as wide as its cells, but those that can shrink share what is left."""
    widths = [
        _natural_width(column, column_cells) for column, column_cells in zip(columns, cells, strict=True)
    ]
    shrinking = sorted((wide, place) for place, wide in enumerate(widths) if columns[place].can_shrink)
    left = width - _GAP * (len(columns) - 1) - sum(widths) + sum(wide for wide, _ in shrinking)
    for waiting, (wide, place) in zip(range(len(shrinking), 0, -1), shrinking, strict=True):
        widths[place] = max(1, min(wide, left // waiting))
        left -= widths[place]
    return widths


def _natural_width(column: Column, cells: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, [*column.heading.split("\n"), *cells]))


def is_ascii_only() -> bool:
    """Whether the place that results go to cannot show blocks and dots."""
    return not (sys.stdout.encoding or "utf-8").lower().startswith("utf")


def write_text(text: str, out: Path | None) -> None:
    """Print text, or write it to a file."""
    if out is None:
        sys.stdout.write(text)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf8")
