"""`renown import mapped`: files of any shape, through a mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from renown.cli import look
from renown.cli.command import command
from renown.cli.harvests import HarvestOptions, run_import
from renown.cli.imports import app as import_app
from renown.cli.rows import Column, Listing, Part, RowOptions, print_listing, render_page, write_text
from renown.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renown.sources.mapped.preview import Preview

_Files = Annotated[
    list[str], typer.Argument(metavar="FILE", help="JSON Lines, CSV or Parquet; gzip, zstd; - is stdin.")
]
_Map = Annotated[
    str, typer.Option("--map", metavar="FILE", help="The mapping: a TOML file, or jetstream or tweets-v1.")
]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show the first ten rows of each table; write nothing.")
]


@command(import_app, "mapped")
def import_mapped(
    session: Session,
    rows: RowOptions,
    harvest: HarvestOptions,
    files: _Files,
    mapping: _Map,
    dry_run: _DryRun = False,
) -> None:
    """Import files of any shape, as a mapping says.

    Records that the mapping cannot make rows of are kept with it, for `renown import --replay`.
    """
    if not dry_run:
        run_import(session, rows, "mapped", files, since=harvest.since, options={"map": mapping})
        return
    from renown.sources.mapped import read_mapping
    from renown.sources.mapped.preview import preview_mapping

    with session.progress() as progress:
        found = preview_mapping(read_mapping(mapping), files, progress=progress)
    _print_preview(found, rows)


def _print_preview(found: Preview, rows: RowOptions) -> None:
    if rows.format != "table":
        records = [{"table": name, **row} for name, table in found.rows.items() for row in table]
        records += [{"table": "quarantine", **record} for record in found.quarantined]
        names = tuple(dict.fromkeys(name for record in records for name in record))
        padded = [{name: record.get(name) for name in names} for record in records]
        print_listing(Listing(padded if rows.format != "json" else records, (), names), rows)
        return
    parts: list[Part] = [part for name, table in found.rows.items() for part in (_listing(name, table), "")]
    if found.quarantined:
        parts += [_listing("would be quarantined", found.quarantined), ""]
    write_text(render_page([*parts, _summary(found)]), rows.out)


def _listing(title: str, records: list[Any]) -> Listing:
    names = [name for name in records[0] if any(record[name] is not None for record in records)]
    columns = [Column(name, _cell(name), is_text=True, can_shrink=True) for name in names]
    return Listing(records, columns, title=title)


def _cell(name: str) -> Any:
    def cell(record: Mapping[str, Any]) -> str:
        """The value of one record, empty where it has none."""
        value = record[name]
        if hasattr(value, "isoformat"):
            return look.moment(value)
        return "" if value is None else str(value)

    return cell


def _summary(found: Preview) -> str:
    of = "" if found.is_whole else "the first "
    lines = [f"Looked at {of}{look.counted(found.records_count, 'record')}; nothing was written."]
    sections = (
        ("rows of", found.rows_counts),
        ("left out:", found.left_out_counts),
        ("would be quarantined:", found.quarantined_counts),
    )
    for word, counts in sections:
        lines += [f"  {word} {name.replace('_', ' ')}: {look.whole(n)}" for name, n in counts.items()]
    return "\n".join(lines)
