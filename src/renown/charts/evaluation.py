"""How well the score does next to simple measures of the same interactions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from renown.charts import theme
from renown.charts.chart import Chart, Column, Frame, Layer, Says, at_pixel, draw, is_narrow, values
from renown.charts.records import EvaluationRow
from renown.charts.rows import by_role
from renown.charts.text import clean, fit
from renown.errors import TooLittleInputError

_LABELS = 150
_NARROW_LABELS = 128
_FIGURE = 46
_GAP = 20
_STEP = 28


METRIC_NAMES = {
    "ndcg_100": "NDCG@100",
    "ndcg_1000": "NDCG@1000",
    "spearman": "Spearman",
    "spearman_positive": "Spearman, if anybody came",
    "spearman_received": "Spearman, if anybody reacted",
    "spearman_top": "Spearman, top hundredth",
}
"""Metrics of `renown.evaluate` as people know them."""
_MOST_PANELS = 3


def chart_evaluation(rows: Sequence[EvaluationRow], *, subtitle: str, width: int = theme.WIDE) -> Chart:
    """Renown's score and the baselines as dots, one panel a figure of merit, each dot with its value.

    Args:     rows: any order; the first three metrics are drawn, in the order in which they appear, the
              measures by the first one; the table has all metrics.
              subtitle: what was predicted from what ("Days 1 to 4 against new people of days 5 to 7").
    Raises:   TooLittleInputError: there are no rows.
    """
    drawn = [row for row in rows if math.isfinite(row.value)]
    if not drawn:
        raise TooLittleInputError("There is no measure to draw.")
    metrics = list(dict.fromkeys(row.metric for row in drawn))
    measures = _by_first_metric(drawn, metrics[0])
    panels = _panels(metrics[:_MOST_PANELS], measures, width)
    rows_count = panels[-1].rows_before + len(measures)
    says = Says(
        name="evaluation",
        title=_title(drawn, metrics[0]),
        subtitle=subtitle,
        description=_description(drawn, metrics),
    )
    return draw(
        Frame(width=width, height=rows_count * _STEP),
        _layers(drawn, panels, measures),
        says=says,
        rows=[_record(drawn, metrics, measure) for measure in measures],
        columns=(
            Column(key="measure", label="Measure"),
            *(Column(key=metric, label=_name(metric), format="figure") for metric in metrics),
        ),
    )


def _name(metric: str) -> str:
    return METRIC_NAMES.get(metric) or clean(metric, longest=60)


def _by_first_metric(rows: Sequence[EvaluationRow], metric: str) -> list[str]:
    first = {row.measure: row.value for row in rows if row.metric == metric}
    measures = dict.fromkeys(row.measure for row in rows)
    return sorted(measures, key=lambda measure: -first.get(measure, -math.inf))


def _title(rows: Sequence[EvaluationRow], metric: str) -> str:
    scores = [row for row in rows if row.metric == metric and row.is_score]
    ours = max(scores, key=lambda row: row.value, default=None)
    others = [row for row in rows if row.metric == metric and not row.is_score]
    name = _name(metric)
    if ours is None or not others:
        best = max((row for row in rows if row.metric == metric), key=lambda row: row.value)
        return f"{name} is {best.value:.2f} for {clean(best.measure)}"
    best = max(others, key=lambda row: row.value)
    other = fit(best.measure, _LABELS, theme.TEXT_SIZE)
    if f"{ours.value:.3f}" == f"{best.value:.3f}":
        return f"{name} is {ours.value:.3f} for the score and for {other} alike"
    digits = 3 if f"{ours.value:.2f}" == f"{best.value:.2f}" else 2
    return f"{name} is {ours.value:.{digits}f} for the score and {best.value:.{digits}f} for {other}"


def _description(rows: Sequence[EvaluationRow], metrics: Sequence[str]) -> str:
    ours = {row.metric: row for row in rows if row.is_score}
    figures = ", ".join(
        f"{ours[metric].value:.3f} in {_name(metric)}" for metric in metrics if metric in ours
    )
    baselines = len({row.measure for row in rows if not row.is_score})
    return (
        f"Renown's score next to {baselines} baselines: it has {figures or 'no figure'}; 1 would be perfect."
    )


def _record(rows: Sequence[EvaluationRow], metrics: Sequence[str], measure: str) -> dict[str, object]:
    found = {row.metric: row.value for row in rows if row.measure == measure}
    return {"measure": clean(measure), **{metric: found.get(metric) for metric in metrics}}


@dataclass(frozen=True, kw_only=True)
class _Panel:
    """Where one metric is drawn: its edges in pixels, and how many rows stand above its first measure."""

    metric: str
    left: float
    right: float
    rows_before: int


def _panels(metrics: Sequence[str], measures: Sequence[str], width: int) -> list[_Panel]:
    """Panels side by side, or on a phone one under the other."""
    if is_narrow(width):
        block = len(measures) + 1
        return [
            _Panel(metric=metric, left=_NARROW_LABELS + _GAP, right=width, rows_before=index * block + 1)
            for index, metric in enumerate(metrics)
        ]
    room = (width - _LABELS) / len(metrics)
    return [
        _Panel(
            metric=metric,
            left=_LABELS + index * room + _GAP,
            right=_LABELS + (index + 1) * room,
            rows_before=1,
        )
        for index, metric in enumerate(metrics)
    ]


def _layers(rows: Sequence[EvaluationRow], panels: Sequence[_Panel], measures: Sequence[str]) -> list[Layer]:
    lowest = min(0.0, *(math.floor(row.value * 10) / 10 for row in rows))
    marks = [
        _mark(row, panel, measures, lowest) for panel in panels for row in rows if row.metric == panel.metric
    ]
    known = [mark for mark in marks if mark["low"] is not None]
    ends = [{"y": mark["y"], "left": mark["left"], "right": mark["right"]} for mark in marks]
    hue, edge, y = by_role(), by_role("_edge"), at_pixel("y")
    track = {"type": "rule", "color": theme.colour("rule")}
    band = {"type": "rule", "strokeWidth": 12, "opacity": theme.INTERVAL_OPACITY}
    dot = {"type": "point", "filled": True, "size": 90, "opacity": 1}
    across = {"y": y, "x": at_pixel("left"), "x2": {"field": "right"}}
    interval = {"y": y, "x": at_pixel("low"), "x2": {"field": "high"}, "color": hue}
    return [
        {"data": values(ends), "mark": track, "encoding": across},
        *([{"data": values(known), "mark": band, "encoding": interval}] if known else []),
        {
            "data": values(marks),
            "mark": dot,
            "encoding": {"y": y, "x": at_pixel("x"), "fill": hue, "stroke": edge},
        },
        *_lines(marks, "figure", "right"),
        *_lines(_names(rows, panels, measures), "left", "left"),
    ]


def _mark(row: EvaluationRow, panel: _Panel, measures: Sequence[str], lowest: float) -> dict[str, object]:
    """One measure's value, with the pixels at which it is drawn."""
    right = panel.right - _FIGURE

    def pixel(value: float | None) -> float | None:
        """Where a value stands across its panel; None where there is none."""
        if value is None:
            return None
        return round(panel.left + (max(value, lowest) - lowest) / (1 - lowest) * (right - panel.left), 1)

    return {
        "measure": clean(row.measure),
        "metric": _name(row.metric),
        "value": row.value,
        "line": f"{row.value:.2f}".replace("-", "−"),
        "x": pixel(row.value),
        "low": pixel(row.low),
        "high": pixel(row.high),
        "left": panel.left,
        "right": right,
        "figure": panel.right,
        "y": (panel.rows_before + measures.index(row.measure) + 0.5) * _STEP,
        "role": "accent" if row.is_score else "other",
        "is_strong": row.is_score,
    }


def _names(
    rows: Sequence[EvaluationRow], panels: Sequence[_Panel], measures: Sequence[str]
) -> list[dict[str, object]]:
    """The name of each panel, and the names of the measures beside the first panel or beside each."""
    ours = {row.measure for row in rows if row.is_score}
    is_stacked = panels[0].left < _LABELS
    limit = _NARROW_LABELS if is_stacked else _LABELS
    found: list[dict[str, object]] = []
    for panel in panels:
        room = panel.right - (0 if is_stacked else panel.left)
        line = fit(_name(panel.metric), room, theme.TEXT_SIZE)
        y = (panel.rows_before - 0.5) * _STEP
        found.append({"line": line, "left": 0 if is_stacked else panel.left, "y": y, "is_quiet": True})
    for panel in panels if is_stacked else panels[:1]:
        for place, measure in enumerate(measures):
            line = fit(measure, limit, theme.TEXT_SIZE, bold=measure in ours)
            y = (panel.rows_before + place + 0.5) * _STEP
            found.append({"line": line, "left": 0, "y": y, "is_strong": measure in ours})
    return found


def _lines(texts: Sequence[dict[str, object]], field: str, align: str) -> list[Layer]:
    """Layers that write `line` of each text at the pixels `field` and y: plain, strong and quiet ones."""
    looks = {"ink": "normal", "strong": "bold", "muted": "normal"}
    layers: list[Layer] = []
    for look, weight in looks.items():
        some = [text for text in texts if _look(text) == look]
        role = "muted" if look == "muted" else "ink"
        mark = {"type": "text", "align": align, "color": theme.colour(role), "fontWeight": weight}
        encoding = {"x": at_pixel(field), "y": at_pixel("y"), "text": {"field": "line"}}
        layers += [{"data": values(some), "mark": mark, "encoding": encoding}] if some else []
    return layers


def _look(text: dict[str, object]) -> str:
    if text.get("is_quiet"):
        return "muted"
    return "strong" if text.get("is_strong") else "ink"
