"""A score over time, with its interval, and with a mark wherever its definition changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from renown.charts import theme
from renown.charts.chart import (
    DAYS_FOOT,
    Chart,
    Column,
    Frame,
    Layer,
    Says,
    day_labels,
    draw,
    on_halo,
    values,
    words_at,
)
from renown.charts.records import HistoryPoint, Scope
from renown.charts.text import clean, fit, pinned, width_of
from renown.charts.words import counted, day_words, in_utc, iso, score_words
from renown.errors import TooLittleInputError

_AXIS_ROOM = 34
_LABEL_ROOM = 92
_LEAST_SPAN = 10
"""Points that the axis shows at least, so that noise does not look like a landslide."""


def chart_history(
    points: Sequence[HistoryPoint], *, handle: str, scope: Scope, width: int = theme.WIDE
) -> Chart:
    """An actor's score from run to run, on the ribbon of its interval.

    Args:     points: in any order, one a run; the line breaks where the definition changes, since what stands
              left and right of such a mark was measured in different ways.
    Raises:   TooLittleInputError: fewer than two points.
    """
    if len(points) < 2:
        raise TooLittleInputError(
            "A history needs at least two runs.", hint="Score again later, or with --as-of."
        )
    ordered = sorted(points, key=lambda point: in_utc(point.moment))
    frame = Frame(width=width, height=220, foot=DAYS_FOOT)
    rows = _rows(ordered)
    name = fit(handle, 150, theme.TEXT_SIZE)
    says = Says(
        name="history",
        title=history_sentence(ordered),
        subtitle=f"Score of {name} and its interval · {scope.words()}",
        description=_description(ordered, name),
    )
    return draw(
        frame,
        _layers(ordered, rows, frame),
        says=says,
        rows=[{**row, "moment": day_words(point.moment)} for row, point in zip(rows, ordered, strict=True)],
        columns=(
            Column(key="moment", label="Day"),
            Column(key="score", label="Score", format="score"),
            Column(key="low", label="from", format="score"),
            Column(key="high", label="to", format="score"),
            Column(key="definition", label="Definition", format="id"),
        ),
    )


def history_sentence(ordered: Sequence[HistoryPoint]) -> str:
    """What happened between the first point and the last, as far as the intervals allow to say it."""
    first, last = ordered[0], ordered[-1]
    since = day_words(first.moment)
    figures = f"{score_words(first.score)} then, {score_words(last.score)} now"
    if len({point.definition for point in ordered}) > 1:
        return f"The way of measuring changed since {since}: {figures}"
    if last.score_low > first.score_high:
        return f"More attention than on {since}: {figures}"
    if last.score_high < first.score_low:
        return f"Less attention than on {since}: {figures}"
    return f"No clear change since {since}: {figures}"


def _rows(ordered: Sequence[HistoryPoint]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    stretch = 0
    for index, point in enumerate(ordered):
        stretch += index > 0 and point.definition != ordered[index - 1].definition
        rows.append(
            {
                "moment": iso(point.moment),
                "score": point.score,
                "low": point.score_low,
                "high": point.score_high,
                "definition": clean(point.definition),
                "stretch": stretch,
            }
        )
    return rows


def _layers(ordered: Sequence[HistoryPoint], rows: Sequence[dict[str, object]], frame: Frame) -> list[Layer]:
    first, last = in_utc(ordered[0].moment), in_utc(ordered[-1].moment)
    x = _across(first, last, frame)
    low, high = _domain(ordered)
    ticks = {"tickCount": 5, "title": None, "labelAlign": "left", "labelPadding": -2}
    y = {"type": "quantitative", "scale": {"domain": [low, high], "nice": False}, "axis": ticks}
    accent = theme.colour("accent")
    by_stretch = {"field": "stretch", "type": "nominal"}
    ribbon = {"type": "area", "color": accent, "opacity": theme.INTERVAL_OPACITY, "line": False}
    line = {"type": "line", "color": accent, "strokeWidth": 2.5}
    dot = {
        "type": "point",
        "filled": True,
        "color": accent,
        "size": 60 if len(rows) <= 40 else 8,
        "opacity": 1,
    }
    band = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "detail": by_stretch}
    level = {"x": x, "y": {**y, "field": "score"}}
    return [
        {"data": values(rows), "mark": ribbon, "encoding": band},
        {"data": values(rows), "mark": line, "encoding": {**level, "detail": by_stretch}},
        {"data": values(rows), "mark": dot, "encoding": level},
        *_definition_marks(ordered, frame),
        _end_label(ordered[-1], (low, high), frame),
        *day_labels(first, last, edges=_edges(frame), y=frame.height + 16),
    ]


def _across(first: datetime, last: datetime, frame: Frame) -> dict[str, Any]:
    left, right = _edges(frame)
    domain = [iso(first), iso(last)]
    scale = {"type": "utc", "domain": domain, "nice": False, "rangeMin": left, "rangeMax": right}
    return {"field": "moment", "type": "temporal", "scale": scale, "axis": None}


def _edges(frame: Frame) -> tuple[float, float]:
    return _AXIS_ROOM, frame.width - _LABEL_ROOM


def _domain(ordered: Sequence[HistoryPoint]) -> tuple[float, float]:
    low, high = min(point.score_low for point in ordered), max(point.score_high for point in ordered)
    lacking = max(0.0, _LEAST_SPAN - (high - low)) / 2
    return max(0.0, math.floor((low - lacking) / 5) * 5), min(100.0, math.ceil((high + lacking) / 5) * 5)


def _definition_marks(ordered: Sequence[HistoryPoint], frame: Frame) -> list[Layer]:
    """An upright line, named, where a point was measured by another definition than the one before."""
    first, last = in_utc(ordered[0].moment), in_utc(ordered[-1].moment)
    layers: list[Layer] = []
    for before, point in pairwise(ordered):
        if before.definition == point.definition:
            continue
        share = (in_utc(point.moment) - first) / (last - first) if last > first else 0.0
        middle = _AXIS_ROOM + share * (frame.width - _AXIS_ROOM - _LABEL_ROOM)
        label = f"measured by {fit(point.definition, 100, theme.TEXT_SIZE)}"
        x, align = pinned(middle, width_of(label, theme.TEXT_SIZE), frame.width)
        mark = {"type": "rule", "color": theme.colour("muted"), "strokeDash": [4, 4]}
        encoding = {"x": {"value": round(middle, 1)}, "y": {"value": 18}, "y2": {"value": frame.height}}
        layers.append({"data": values([{}]), "mark": mark, "encoding": encoding})
        layers.append(on_halo(words_at(label, x=x, y=8, align=align, role="muted")))
    return layers


def _end_label(last: HistoryPoint, domain: tuple[float, float], frame: Frame) -> Layer:
    low, high = domain
    y = (high - last.score) / (high - low) * frame.height
    line = f"{score_words(last.score)} [{score_words(last.score_low)}–{score_words(last.score_high)}]"
    return words_at(line, x=frame.width - _LABEL_ROOM + 12, y=y, weight="bold")


def _description(ordered: Sequence[HistoryPoint], name: str) -> str:
    first, last = (
        f"{score_words(point.score)}, most likely {score_words(point.score_low)} to "
        f"{score_words(point.score_high)}, on {day_words(point.moment)}"
        for point in (ordered[0], ordered[-1])
    )
    return f"The score of {name} in {counted(len(ordered), 'run', 'runs')}, from {first}, to {last}."
