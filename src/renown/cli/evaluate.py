"""`renown evaluate`: how good are the scores, next to simple measures of the same interactions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer
from typer.core import TyperGroup

from renown.cli import look
from renown.cli.actors import print_document
from renown.cli.causal import add_causal_evaluation
from renown.cli.command import command, group
from renown.cli.coverage import add_coverage_command
from renown.cli.evaluate_pairs import add_pair_commands
from renown.cli.rows import Column, Listing, Part, RowOptions
from renown.cli.session import Session
from renown.errors import InputError

if TYPE_CHECKING:
    from renown.charts import Chart
    from renown.evaluate import Evaluation, Figure, TruthEvaluation

_PICTURES: Final = (".svg", ".png")
_METRICS_ALWAYS: Final = 3
"""Further metrics are shown where there is room."""


@dataclass(frozen=True)
class Question:
    """What is foretold, and by what."""

    future_kinds: Annotated[
        str, typer.Option(metavar="KIND,...", help="Kinds that count as the future; default: all.")
    ] = ""
    splits: Annotated[
        str,
        typer.Option(
            metavar="N|DATES", help="How many splits, or the moments to cut at: 2024-05-01,2024-05-08."
        ),
    ] = "3"
    gain: Annotated[Literal["log", "linear"], typer.Option(help="What new people are worth in NDCG.")] = "log"
    definition: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE_OR_NAME", help="A score to evaluate; may be repeated. Default: renown-1."),
    ] = None


class _FutureUnlessNamed(TyperGroup):
    """`renown evaluate --splits 5` means `renown evaluate future --splits 5`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments, with `future` before them where no command is named."""
        if not args or (args[0].startswith("-") and args[0] != "--help"):
            args = ["future", *args]
        return super().parse_args(ctx, args)


app = group("How good are the scores? Without a command: future.", cls=_FutureUnlessNamed)
add_causal_evaluation(app)
add_coverage_command(app)
add_pair_commands(app)


@command(app, "future")
def evaluate(
    session: Session,
    rows: RowOptions,
    question: Question,
    truth: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Compare with this truth (actor_id, true_influence) instead."),
    ] = None,
    chart: Annotated[Path | None, typer.Option(metavar="FILE", help="Also draw it: .svg or .png.")] = None,
) -> None:
    """Measure how good the scores are."""
    if chart is not None and chart.suffix.lower() not in _PICTURES:
        raise InputError(f"{chart}: a chart is drawn as {' or '.join(_PICTURES)}.")
    store = session.open_store()
    with session.progress() as progress:
        if truth is not None:
            found: Evaluation | TruthEvaluation = store.evaluate_truth(
                _read_truth(truth), definitions=question.definition or (), progress=progress
            )
        else:
            found = store.evaluate(
                definitions=question.definition or (),
                splits=_splits(question.splits),
                future_kinds=list(filter(None, question.future_kinds.split(","))),
                gain=question.gain,
                progress=progress,
            )
    flat = [
        {name: getattr(figure, name) for name in ("measure", "metric", "value", "low", "high", "is_score")}
        for figure in found.means
    ]
    print_document(found.as_dict(), flat, evaluation_page(found), rows)
    if chart is not None:
        _draw(found, chart)
        session.note(f"The chart is in {chart}.")


def evaluation_page(found: Evaluation | TruthEvaluation) -> list[Part]:
    """Measures by metric, each with its interval, the best first."""
    from renown.api.report import evaluation_words
    from renown.charts.evaluation import METRIC_NAMES

    metrics = list(dict.fromkeys(figure.metric for figure in found.means))
    figures = {(figure.measure, figure.metric): figure for figure in found.means}
    measures = sorted(
        dict.fromkeys(figure.measure for figure in found.means),
        key=lambda measure: -getattr(figures.get((measure, metrics[0])), "value", -1.0),
    )
    records = [{"measure": name, **{m: figures.get((name, m)) for m in metrics}} for name in measures]
    columns = [
        Column("measure", lambda row: look.name(row["measure"]), is_text=True, can_shrink=True),
        *(
            _metric_column(metric, METRIC_NAMES.get(metric, metric), is_extra=place >= _METRICS_ALWAYS)
            for place, metric in enumerate(metrics)
        ),
    ]
    notes = [f"Left out: {one.measure}, since {one.reason}." for one in found.skipped]
    level = f"[ ] covers {found.interval_level * 100:g} of 100 resamples of the actors"
    return [
        evaluation_words(found) + ".",
        "",
        Listing(records, columns),
        "",
        *trust_lines(found),
        *notes,
        level,
    ]


def trust_lines(found: Evaluation | TruthEvaluation) -> list[str]:
    """What trust does to each score, paired: one line a metric; none where trust was not computed."""
    from renown.charts.evaluation import METRIC_NAMES
    from renown.evaluate.against_future import WITH_TRUST

    return [
        f"{one.score} less without: {METRIC_NAMES.get(one.metric, one.metric)}"
        f" {one.difference:+.4f} [{one.low:+.4f}, {one.high:+.4f}]"
        for one in found.differences
        if one.split is None and one.score == f"{one.measure} {WITH_TRUST}"
    ]


def _metric_column(metric: str, heading: str, *, is_extra: bool) -> Column:
    return Column(heading.replace(", ", ",\n"), lambda row: _figure(row[metric]), is_extra=is_extra)


def _figure(figure: Figure | None) -> str:
    if figure is None:
        return look.NOTHING
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} [{figure.low:.2f}-{figure.high:.2f}]"


def _splits(text: str) -> int | Sequence[str]:
    return int(text) if text.isdigit() else [moment for moment in text.split(",") if moment]


def _read_truth(path: Path) -> Any:
    from renown.api.importing import read_table

    return read_table(str(path))


def _draw(found: Evaluation | TruthEvaluation, path: Path) -> None:
    from renown.api.report import evaluation_rows, evaluation_words
    from renown.charts import chart_evaluation, render_png, render_svg

    drawn: Chart = chart_evaluation(evaluation_rows(found), subtitle=evaluation_words(found))
    if path.suffix.lower() == ".png":
        path.write_bytes(render_png(drawn))
    else:
        path.write_text(render_svg(drawn), encoding="utf8")
