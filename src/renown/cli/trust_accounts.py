"""`renown trust accounts`: how likely the accounts of any table are automated, with reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from renown.cli.command import command
from renown.cli.look import counted, name
from renown.cli.rows import Column, Listing, Record, RowOptions, print_listing, write_text
from renown.cli.session import Session
from renown.errors import InputError
from renown.types import OutputFormat

if TYPE_CHECKING:
    from renown.trust import AccountFile, AccountJudgement

_ENDINGS: Final[dict[str, OutputFormat]] = {".csv": "csv", ".json": "json", ".parquet": "parquet"}
_LINES_ENDINGS: Final = (".jsonl", ".ndjson")
_SHOWN: Final = 20
_FIELDS: Final = (
    "id",
    "automated_probability",
    "evidence_count",
    "reason_codes",
    "reasons",
    "counter_reasons",
)


def add_accounts_command(app: typer.Typer) -> None:
    """Add `accounts` to the group `trust`."""
    command(app, "accounts")(accounts)


@dataclass(frozen=True)
class Output:
    """Where the rows go, and in which form."""

    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Ends in .csv, .json, .jsonl or .parquet."),
    ] = None
    format: Annotated[
        OutputFormat | None,
        typer.Option(
            "--format", "-f", help="How to print the rows; default: by the ending of --out, or table."
        ),
    ] = None


def accounts(
    session: Session,
    output: Output,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Profiles and counts: CSV, JSON Lines, JSON or Parquet."),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="Which column is what (TOML); default: canonical names."),
    ] = None,
    base_rate: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE", help="Share of automated accounts presumed; default: where fitted, 0.4."
        ),
    ] = None,
    show_model: Annotated[
        bool, typer.Option("--show-model", help="Print every term with its points.")
    ] = False,
) -> None:
    """How likely accounts are automated, with reasons.

    Whatever columns are known are used; missing ones are missing evidence, not zeros. A probability is no
    verdict.
    """
    out, chosen = output.out, output.format or _format_of(output.out)
    if show_model:
        print_listing(_model_listing(), RowOptions(chosen, out))
        return
    if file is None:
        raise typer.BadParameter("Name a file of accounts, or ask for --show-model.", param_hint="FILE")
    from renown.trust import judge_accounts, load_account_mapping, read_accounts

    read = read_accounts(file, None if mapping is None else load_account_mapping(mapping))
    judged = judge_accounts(read.accounts, base_rate=base_rate)
    _say_what_was_noticed(read, judged, session)
    if chosen == "table":
        print_listing(_listing(read, judged), RowOptions("table", out))
    elif out is not None and out.suffix.lower() in _LINES_ENDINGS and output.format is None:
        write_text(_as_lines(_records(read, judged, is_flat=False)), out)
    else:
        records = list(_records(read, judged, is_flat=chosen == "csv"))
        print_listing(Listing(records, [], _FIELDS), RowOptions(chosen, out))
    if out is not None:
        session.note(f"Wrote {counted(read.accounts.row_count, 'row')} to {out}.")


def _format_of(out: Path | None) -> OutputFormat:
    if out is None:
        return "table"
    suffix = out.suffix.lower()
    if suffix in _LINES_ENDINGS:
        return "json"
    if suffix not in _ENDINGS:
        raise InputError(
            f"{out} does not say by its ending what to write.",
            hint="End it in .csv, .json, .jsonl or .parquet, or say --format.",
        )
    return _ENDINGS[suffix]


def _records(read: AccountFile, judged: AccountJudgement, *, is_flat: bool) -> Iterator[dict[str, Any]]:
    """A row for each account; in CSV, lists are one text."""
    for row, row_id in enumerate(read.ids):
        found = judged.reasons(row)
        lists = {
            "reason_codes": [reason.code for reason in found if reason.points > 0],
            "reasons": [reason.text for reason in found if reason.points > 0],
            "counter_reasons": [reason.text for reason in found if reason.points < 0],
        }
        yield {
            "id": row_id,
            "automated_probability": float(judged.automated_probability[row]),
            "evidence_count": int(judged.evidence_count[row]),
            **({key: "; ".join(texts) for key, texts in lists.items()} if is_flat else lists),
        }


def _as_lines(records: Iterator[dict[str, Any]]) -> str:
    import msgspec

    return "".join(msgspec.json.encode(record).decode() + "\n" for record in records)


def _listing(read: AccountFile, judged: AccountJudgement) -> Listing:
    """The likeliest first, as many as fit a screen."""
    import numpy as np

    order = np.argsort(-judged.automated_probability, kind="stable")[:_SHOWN]
    records = [
        {
            "id": read.ids[row],
            "probability": float(judged.automated_probability[row]),
            "count": int(judged.evidence_count[row]),
            "reasons": "; ".join(r.text for r in judged.reasons(row) if r.points > 0),
        }
        for row in order
    ]
    columns = [
        Column("account", lambda row: name(row["id"]), is_text=True, can_shrink=True),
        Column("automated", lambda row: f"{row['probability']:.2f}"),
        Column("terms known", lambda row: str(row["count"]), is_extra=True),
        Column("because it", lambda row: row["reasons"], is_text=True, can_shrink=True, is_prose=True),
    ]
    total = read.accounts.row_count
    shown = f"The likeliest {len(order)} of {counted(total, 'account')}. " if total > len(order) else ""
    footer = f"{shown}A probability with its reasons, not a verdict."
    return Listing(records, columns, footer=footer, when_empty="The file has no accounts.")


def _say_what_was_noticed(read: AccountFile, judged: AccountJudgement, session: Session) -> None:
    for column in read.unreadable:
        session.note(
            f"{column.name}: {counted(column.count, 'cell')} could not be read and counted as not known;"
            f" the first is {column.first_cell!r} in row {column.first_row}."
        )
    if read.observed_note:
        session.note(read.observed_note)
    unknown = int((judged.evidence_count == 0).sum())
    if unknown:
        session.note(f"Nothing is known of {counted(unknown, 'account')}: the answer is the base rate.")


def _model_listing() -> Listing:
    from renown.trust import load_account_card

    card = load_account_card()
    records: list[Record] = [
        {
            "code": line.code,
            "measures": line.term.measures,
            "direction": f"{line.term.direction} is more points",
            "group": line.group,
            "knots": ", ".join(f"{knot:g}" for knot in line.knots),
            "points": ", ".join(f"{value:g}" for value in line.points),
            "usual": line.usual,
        }
        for line in card.lines
    ]
    columns = [
        Column("term", lambda row: row["code"], is_text=True),
        Column("of", lambda row: row["measures"], is_text=True, can_shrink=True, is_prose=True),
        Column("at", lambda row: row["knots"], is_text=True, can_shrink=True, is_prose=True),
        Column("points", lambda row: row["points"], is_text=True, can_shrink=True, is_prose=True),
        Column("usual", lambda row: f"{row['usual']:g}"),
    ]
    footer = (
        f"{card.name}: log2 odds = {card.base_points:g} + the sum of points above usual; one point doubles"
        " the odds."
        f" Fitted where {card.fit_base_rate:.0%} of accounts were automated."
    )
    return Listing(records, columns, footer=footer)
