"""`renown evaluate pairs` and `renown evaluate judgements`: scores and counts against what people say."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from renown.cli import look
from renown.cli.actors import print_document
from renown.cli.command import command
from renown.cli.rows import Column, Listing, Part, RowOptions
from renown.cli.session import Session
from renown.errors import SourceFileError

if TYPE_CHECKING:
    from renown.evaluate import PairDifference, PairEvaluation


def add_pair_commands(app: typer.Typer) -> None:
    """Add this file's commands to the group `evaluate`."""
    command(app, "pairs")(pairs)
    command(app, "judgements")(judgements)


def pairs(
    session: Session,
    rows: RowOptions,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Choice (1: A is more influential), A_* and B_* columns.")
    ],
    mapping: Annotated[
        Path | None, typer.Option("--map", metavar="FILE", help="How the file names its columns (TOML).")
    ] = None,
    splits: Annotated[
        int, typer.Option(min=0, metavar="N", help="Person-disjoint splits; 0: the model as shipped only.")
    ] = 60,
) -> None:
    """Measure agreement with people who judged pairs of actors.

    The human-judgement model, its part that sees reactions only, and every single column, beside a logistic
    regression on all log differences. Needs no store.
    """
    from renown.api.judging import evaluate_pairs_file
    from renown.evaluate import parse_pair_mapping

    chosen = None if mapping is None else parse_pair_mapping(_text_of(mapping), str(mapping))
    with session.progress() as progress:
        found = evaluate_pairs_file(file, mapping=chosen, splits=splits, progress=progress)
    _print(found, rows)


def judgements(
    session: Session,
    rows: RowOptions,
    topic: Annotated[str | None, typer.Option(metavar="TEXT", help="Only judgements about this.")] = None,
    run: Annotated[
        str | None, typer.Option("--run", metavar="ID", help="The run whose scores are compared.")
    ] = None,
) -> None:
    """Measure how well scores agree with the judgements of `renown judge`."""
    with session.progress() as progress:
        found = session.open_store().evaluate_judgements(topic=topic, run_id=run, progress=progress)
    _print(found, rows)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceFileError(f"{path} cannot be read as a mapping: {error}") from error


def _print(found: PairEvaluation, rows: RowOptions) -> None:
    document = found.as_dict()
    flat = [{**one, "signals": " ".join(one["signals"])} for one in document["measures"]]
    print_document(document, flat, pairs_page(found), rows)


def pairs_page(found: PairEvaluation) -> list[Part]:
    """What needs no fitting, then what was fitted again on the splits, with differences to the baseline."""
    level = f"{found.interval_level * 100:g}"
    parts: list[Part] = [
        *_judged(found),
        "",
        Listing([asdict(one) for one in found.measures], _plain_columns(), title="All pairs"),
    ]
    if found.splits_count:
        less = {one.measure: one for one in found.differences if one.metric == "auc"}
        records = [asdict(one) | {"less": less.get(one.measure)} for one in found.split_measures]
        title = (
            f"{found.splits_count} person-disjoint splits: {found.train_pairs_mean:.0f} pairs to learn from,"
            f" {found.test_pairs_mean:.0f} to test on"
        )
        parts += ["", Listing(records, _split_columns(), title=title)]
    notes = [f"Left out: {one.measure}, since {one.reason}." for one in found.skipped]
    return [*parts, "", *notes, f"[ ] covers {level} of 100 resamples of the people"]


def _judged(found: PairEvaluation) -> list[str]:
    lines = [
        f"{look.counted(found.pairs_count, 'judgement')} of {look.counted(found.people_count, 'actor')}"
        f" · {look.whole(found.left_out_count)} left out · model {found.model}, part {found.part}"
    ]
    if found.accuracy_ceiling is not None:
        lines.append(
            f"Of {look.counted(found.repeated_count, 'pair')} judged more than once,"
            f" {look.whole(found.contradicted_count)} contradicted: no measure can be right in more than"
            f" about {found.accuracy_ceiling * 100:.0f} of 100."
        )
    if found.is_fitted_on_these:
        lines.append("The shipped model was fitted on these very judgements: believe the splits, not it.")
    return lines


def _plain_columns() -> list[Column]:
    return [
        Column("measure", lambda row: look.name(row["measure"]), is_text=True, can_shrink=True),
        Column("AUC", lambda row: _with_interval(row["auc"], row["auc_low"], row["auc_high"])),
        Column("accuracy", lambda row: f"{row['accuracy']:.3f}"),
        Column("Brier", lambda row: _figure(row["brier"])),
        Column("ECE", lambda row: _figure(row["ece"])),
        Column("by chance", lambda row: _figure(row["ece_by_chance"]), is_extra=True),
    ]


def _split_columns() -> list[Column]:
    return [
        Column("measure", lambda row: look.name(row["measure"]), is_text=True, can_shrink=True),
        Column("AUC", lambda row: _figure(row["auc"])),
        Column("less the baseline", lambda row: _difference(row["less"])),
        Column("accuracy", lambda row: f"{row['accuracy']:.3f}", is_extra=True),
        Column("ECE", lambda row: _figure(row["ece"])),
    ]


def _figure(value: float | None) -> str:
    return look.NOTHING if value is None else f"{value:.3f}"


def _with_interval(value: float, low: float | None, high: float | None) -> str:
    return f"{value:.3f}" if low is None or high is None else f"{value:.3f} [{low:.2f}-{high:.2f}]"


def _difference(less: PairDifference | None) -> str:
    if less is None:
        return look.NOTHING
    if less.low is None or less.high is None:
        return f"{less.difference:+.3f}"
    return f"{less.difference:+.3f} [{less.low:+.3f} {less.high:+.3f}]"
