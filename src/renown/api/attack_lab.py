"""What the attack laboratory leaves in a folder: figures for programs, and a report for people."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict

from renown.api.actors import DefinitionChoice, read_definition
from renown.charts import AttackBar, Chart, chart_attacks, render_svg
from renown.charts.page import Passage, PlainPage, build_page, write_page
from renown.charts.words import day_words
from renown.errors import ColumnsError, RenownError
from renown.evaluate.attacks import (
    ORDINARY,
    AttackReport,
    AttackRow,
    LabTerms,
    TrustDefence,
    load_prices,
    run_attacks,
)
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

    from renown.evaluate.attacks import GenuineLosses
    from renown.store import TableStore

ATTACK_FIELDS: Final = tuple(field.name for field in fields(AttackRow))
"""Columns of attacks.csv."""

_NOTICE: Final = (
    "These are attacks on a copy, by accounts that do not exist. Targets and losses are told by number and"
    " rank only. Publish the report: whoever reads a score may know what it costs to buy one."
)
_NEVER: Final = "never seen"
_STAGED_ROLES: Final = ("pod", "bot", "buyer", "bought")


class AttackChoices(TypedDict, total=False):
    """What can be chosen of an attack laboratory; what is not said is the default."""

    attacks: Sequence[str]
    """names or families of the catalogue; default: all"""
    prices: str | PathLike[str] | None
    """a file of prices (TOML); default: the shipped ones"""
    seed: int
    percentile: float
    """around which of all scores ordinary targets are drawn; default: 50"""
    definition: DefinitionChoice
    not_genuine: pa.Table | None
    """actor_id of those who are no targets and no losses; with a column role only pods, bots and buyers"""
    trust: bool
    """False: only the score without a defence is attacked"""


def attack_lab(
    store: TableStore, out: Path | None, choices: AttackChoices, *, progress: Progress = no_progress
) -> AttackReport:
    """Run the laboratory and, with a folder, write its report there.

    Raises:   TooLittleInputError, InputError, MappingError; RenownError: the folder cannot be written to.
    """
    if out is not None:
        _make_folder(out)
    definition = read_definition(choices.get("definition"))
    terms = LabTerms(
        seed=choices.get("seed", 1),
        percentile=choices.get("percentile", ORDINARY),
        definition=definition,
        defence=TrustDefence(definition) if choices.get("trust", True) else None,
        prices=load_prices(choices.get("prices")),
        not_genuine=not_genuine_ids(choices.get("not_genuine")),
        attacks=choices.get("attacks", ()),
        folder=out,
    )
    report = run_attacks(store, terms, progress=progress)
    if out is not None:
        write_attack_report(report, out)
    return report


def not_genuine_ids(table: pa.Table | None) -> list[str]:
    """Ids of a table of actors; of a town's truth only those who are made or paid to act.

    Raises:   ColumnsError: no column actor_id.
    Example:
        >>> import pyarrow as pa
        >>> not_genuine_ids(pa.table({"actor_id": ["x:1", "x:2"], "role": ["neighbour", "bot"]}))
        ['x:2']
    """
    if table is None:
        return []
    if "actor_id" not in table.column_names:
        raise ColumnsError(
            "The table of actors that are not genuine has no column actor_id.",
            hint=f"It has {', '.join(table.column_names) or 'none at all'}.",
        )
    ids: list[str] = table["actor_id"].to_pylist()
    if "role" not in table.column_names:
        return ids
    return [name for name, role in zip(ids, table["role"].to_pylist(), strict=True) if role in _STAGED_ROLES]


def write_attack_report(report: AttackReport, folder: Path) -> dict[str, Path]:
    """Write attacks.json, attacks.csv, attacks.svg, report.md and report.html; the paths by name.

    Raises:   RenownError: the folder cannot be written to.
    """
    from renown.api.attack_words import report_as_markdown

    chart = attack_chart(report)
    files = {
        "attacks.json": json.dumps(report.as_dict(), indent=2) + "\n",
        "attacks.csv": _as_csv(attack_records(report)),
        "attacks.svg": render_svg(chart),
        "report.md": report_as_markdown(report, picture="attacks.svg"),
    }
    _make_folder(folder)
    try:
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf8", newline="\n")
    except OSError as error:
        raise _unwritable(folder, error) from error
    page = write_page(build_page(_page(report)), folder / "report.html")
    return {name: folder / name for name in files} | {"report.html": page}


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> RenownError:
    return RenownError(
        f"The report cannot be written to {folder}: {error.strerror or error}.",
        hint="Name a folder that you may write to.",
    )


def attack_records(report: AttackReport) -> list[dict[str, Any]]:
    """Each attack as one flat record."""
    return [{name: getattr(row, name) for name in ATTACK_FIELDS} for row in report.attacks]


def attack_chart(report: AttackReport, *, width: int | None = None) -> Chart:
    """The report's attacks as bars, in their order.

    Raises:   TooLittleInputError: every attack was left out.
    """
    bars = [attack_bar(row, report) for row in report.attacks]
    subtitle = battlefield_words(report)
    return chart_attacks(bars, subtitle=subtitle, **({} if width is None else {"width": width}))


def battlefield_words(report: AttackReport) -> str:
    """What was attacked, in one line."""
    ground = report.battlefield
    return (
        f"{ground.network}, {ground.interactions_count:,} interactions of {ground.actors_count:,} actors in"
        f" {ground.days:.0f} days, up to {day_words(ground.as_of)}"
    )


def attack_bar(row: AttackRow, report: AttackReport) -> AttackBar:
    """One attack as the chart and the tables say it."""
    return AttackBar(
        label=row.label,
        gained_points=row.gained_points,
        kept_points=row.kept_points,
        cost=money(row.cost, report.currency),
        cost_per_point=money(row.cost_per_point, report.currency),
        cost_per_kept_point=""
        if row.kept_points is None
        else money(row.cost_per_kept_point, report.currency),
        seen=seen_words(row, is_defended=report.defence is not None),
    )


def money(amount: float | None, currency: str) -> str:
    """An amount to three digits; what bought nothing has no price.

    Example:
        >>> money(1234.5, "EUR"), money(0.0123, "EUR"), money(None, "EUR")
        ('EUR 1,230', 'EUR 0.0123', 'not for sale')
    """
    if amount is None:
        return "not for sale"
    return f"{currency} {float(f'{amount:.3g}'):,.12g}"


def seen_words(row: AttackRow, *, is_defended: bool) -> str:
    """How long an attack went unseen: to its first discount or finding, whichever came first."""
    if not is_defended:
        return ""
    hours = [value for value in (row.hours_to_discount, row.hours_to_finding) if value is not None]
    return hours_words(min(hours)) if hours else _NEVER


def hours_words(hours: float) -> str:
    """Hours, rounded up to whole ones; days from two on.

    Example:
        >>> hours_words(0.2), hours_words(6.0), hours_words(72.4)
        ('1 hour', '6 hours', '3 days')
    """
    whole = math.ceil(hours)
    if whole < 48:
        return f"{whole} hour{'' if whole == 1 else 's'}"
    return f"{round(hours / 24)} days"


def _page(report: AttackReport) -> PlainPage:
    from renown.api.attack_words import genuine_sentences, headline, method_sentences

    genuine = report.genuine
    return PlainPage(
        title="What it costs to buy a score",
        subtitle=battlefield_words(report),
        notice=_NOTICE,
        passages=[
            Passage(
                heading="What attacks gain",
                sentences=headline(report),
                figures=[lambda width: attack_chart(report, width=width)],
            ),
            Passage(
                heading="What the defence takes from everybody else",
                facts=_facts(genuine) if genuine else (),
                sentences=genuine_sentences(report),
            ),
            Passage(heading="How this was measured", sentences=method_sentences(report)),
        ],
    )


def _facts(genuine: GenuineLosses) -> Sequence[tuple[str, str]]:
    return (
        ("Median loss", f"{genuine.median_points:.2f} points"),
        ("99th percentile", f"{genuine.p99_points:.2f} points"),
        ("Worst", f"{genuine.worst_points:.1f} points, rank {genuine.worst_rank:,}"),
        ("Halved", f"{genuine.receivers_discounted_count:,} of {genuine.receivers_count:,}"),
    )


def _as_csv(records: Sequence[dict[str, Any]]) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.DictWriter(text, ATTACK_FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()
