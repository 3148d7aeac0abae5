"""Charts of one score: on its interval, and in its place among all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from renown.charts import theme
from renown.charts.chart import (
    AXIS_FOOT,
    Chart,
    Column,
    Frame,
    Layer,
    Says,
    draw,
    on_halo,
    score_axis,
    values,
    words_at,
)
from renown.charts.records import Scope, ScoreRow
from renown.charts.text import fit, pinned, width_of
from renown.charts.words import counted, number_word, of_hundred, rank_band, score_words
from renown.errors import TooLittleInputError

_FEW_PEOPLE = 3
"""With reactions of fewer people a score says too little to be named in a title."""
_BIN_POINTS = 2
_ONE = ("1", "under 1")
_NAME_PIXELS = 150
_DOT_ROOM = 8
"""Pixels right of the axis' end, so that a dot there stays whole."""
_LANE = 34
"""Pixels from the top to the dot of the score chart; the distribution stays below."""
_AXIS_ROOM = 34
"""Pixels that the vertical axis of the place chart takes on the left."""

_Array = np.ndarray[Any, np.dtype[np.float64]]


def chart_score_interval(
    row: ScoreRow, scores: Sequence[float], *, scope: Scope, width: int = theme.WIDE
) -> Chart:
    """One score as a dot on its interval, with the distribution of all scores behind.

    Args:     row: the actor; scores: those of everybody scored, in points, any order; width: pixels of the
              drawing.
    Raises:   TooLittleInputError: there are no scores.
    Notes:    the histogram counts actors in bins of 2 points; cost O(scores).
    """
    everybody = _checked(scores)
    bins = _bins(everybody)
    frame = Frame(width=width, height=190, foot=AXIS_FOOT)
    name = fit(row.handle, _NAME_PIXELS, theme.TEXT_SIZE, bold=True)
    title = _score_title(row, name)
    subtitle = (
        f"Grey: how many of {counted(everybody.size, 'actor', 'actors')} have which score · {scope.words()}"
    )
    inside = int(np.count_nonzero((everybody >= row.score_low) & (everybody <= row.score_high)))
    says = Says(
        name="score",
        title=title,
        subtitle=subtitle,
        description=(
            f"The score of {name} is {score_words(row.score)} on a scale from 0 to 100, {_likely(row)}; "
            f"{counted(inside, 'actor has a score', 'actors have scores')} in that interval."
        ),
    )
    return draw(
        frame,
        _score_layers(row, bins, name, frame),
        says=says,
        rows=_tens(bins),
        columns=(
            Column(key="from", label="Score from", format="count"),
            Column(key="to", label="to below", format="count"),
            Column(key="actors", label="Actors", format="count"),
        ),
    )


def chart_distribution(
    row: ScoreRow, scores: Sequence[float], *, scope: Scope, width: int = theme.WIDE
) -> Chart:
    """An actor's place: everybody lined up from the lowest score to the highest, and where the actor stands.

    Args:     as in `chart_score_interval`.
    Raises:   TooLittleInputError: there are no scores.
    Notes:    the line is percentiles of the scores, in finer steps towards the top; the bar through the
              dot is the score's interval.
    """
    everybody = _checked(scores)
    line = _percentiles(everybody)
    frame = Frame(width=width, height=240, foot=AXIS_FOOT)
    name = fit(row.handle, _NAME_PIXELS, theme.TEXT_SIZE, bold=True)
    title = _place_title(row, name)
    subtitle = f"Grey: the scores of all actors, in order of size · {scope.words()}"
    ranks = rank_band(row.rank_low, row.rank_high).replace("–", " to ")
    says = Says(
        name="distribution",
        title=title,
        subtitle=subtitle,
        description=(
            f"Of 100 other actors, {_lower(row)} a lower score than {name}, "
            f"whose score is {score_words(row.score)}, {_likely(row)}, "
            f"and whose rank is {ranks} of {everybody.size:,}."
        ),
    )
    return draw(
        frame,
        _place_layers(row, line, name, frame),
        says=says,
        rows=[point for point in line if point["place"] % 10 == 0 or point["place"] == 99],
        columns=(
            Column(key="place", label="Of 100 actors, the one at place", format="count"),
            Column(key="score", label="Score", format="score"),
        ),
    )


def _checked(scores: Sequence[float]) -> _Array:
    everybody = np.asarray(scores, dtype=np.float64)
    if everybody.size == 0:
        raise TooLittleInputError("There are no scores to draw.", hint="Run `renown score` first.")
    return everybody


def _bins(everybody: _Array) -> list[dict[str, int]]:
    edges = np.arange(0, 100 + _BIN_POINTS, _BIN_POINTS)
    counts, _ = np.histogram(everybody, bins=edges)
    return [
        {"from": int(low), "to": int(low) + _BIN_POINTS, "actors": int(count)}
        for low, count in zip(edges[:-1], counts, strict=True)
    ]


def _tens(bins: Sequence[dict[str, int]]) -> list[dict[str, int]]:
    """The bins in steps of ten points, for the table, up to the highest that holds anybody."""
    counts = [
        sum(one["actors"] for one in bins if low <= one["from"] < low + 10) for low in range(0, 100, 10)
    ]
    highest = max(index for index, count in enumerate(counts) if count or index == 0)
    return [
        {"from": 10 * index, "to": 10 * index + 10, "actors": counts[index]} for index in range(highest + 1)
    ]


def _percentiles(everybody: _Array) -> list[dict[str, float]]:
    # Most scores are low and the few high ones reach far up: the last hundredth is drawn in finer steps.
    steps = (np.arange(0, 99), np.arange(99, 99.9, 0.1), np.arange(99.9, 100.005, 0.01))
    places = np.unique(np.round(np.concatenate(steps), 2))
    scores = np.quantile(everybody, places / 100)
    return [
        {"place": float(place), "score": round(float(score), 3)}
        for place, score in zip(places, scores, strict=True)
    ]


def _score_title(row: ScoreRow, name: str) -> str:
    if row.people_count < _FEW_PEOPLE:
        return f"Too few reactions to say much about {name}: {_likely(row)}"
    return f"The score of {name} is {score_words(row.score)}, {_likely(row)}"


def _likely(row: ScoreRow) -> str:
    low, high = score_words(row.score_low), score_words(row.score_high)
    return f"to the point ({low})" if low == high else f"most likely between {low} and {high}"


def _place_title(row: ScoreRow, name: str) -> str:
    if row.percentile >= 100:
        return f"Nobody here has a higher score than {name}"
    return f"Of 100 others, {_lower(row)} a lower score than {name}"


def _lower(row: ScoreRow) -> str:
    """How many of a hundred have a lower score, with the verb."""
    count = of_hundred(row.percentile / 100).removesuffix(" of 100")
    if count == "0":
        return "none has"
    words = number_word(int(count)) if count.isdigit() else count
    return f"{words} {'has' if count in _ONE else 'have'}"


def _score_layers(row: ScoreRow, bins: Sequence[Mapping[str, int]], name: str, frame: Frame) -> list[Layer]:
    across = {"domain": [0, 100], "nice": False, "rangeMin": 0, "rangeMax": frame.width - _DOT_ROOM}
    x = {"type": "quantitative", "scale": across}
    tallest = max(bins, key=lambda one: one["actors"])
    # The tallest bar reaches up to the writing under the dot's lane.
    counts = {"domain": [0, tallest["actors"] * frame.height / (frame.height - 2 * _LANE - 6)], "nice": False}
    y = {"field": "actors", "type": "quantitative", "scale": counts, "axis": None}
    bars = {"type": "rect", "fill": theme.colour("other"), "stroke": theme.colour("paper"), "strokeWidth": 1}
    axis = score_axis(
        values=list(range(0, 101, 20)), grid=False, domain=True, domainColor=theme.colour("muted")
    )
    histogram = {
        "data": values(bins),
        "mark": bars,
        "encoding": {
            "x": {**x, "field": "from", "axis": axis},
            "x2": {"field": "to"},
            "y": y,
            "y2": {"datum": 0},
        },
    }
    return [
        histogram,
        *_dot_on_band(row, x, frame),
        _tallest_label(tallest, frame),
        _score_label(row, name, frame),
    ]


def _dot_on_band(row: ScoreRow, x: dict[str, Any], frame: Frame) -> list[Layer]:
    accent, edge = theme.colour("accent"), theme.colour("accent_edge")
    figures = values([{"score": row.score, "low": row.score_low, "high": row.score_high}])
    span = {"x": {**x, "field": "low"}, "x2": {"field": "high"}}
    to_ground = {"y": {"value": _LANE - 10}, "y2": {"value": frame.height}}
    band = {"type": "rect", "fill": accent, "fillOpacity": theme.INTERVAL_OPACITY}
    line = {"type": "rule", "color": edge, "strokeWidth": 2}
    dot = {
        "type": "point",
        "filled": True,
        "size": 140,
        "opacity": 1,
        "fill": accent,
        "stroke": theme.colour("paper"),
    }
    lane = {"y": {"value": _LANE}}
    return [
        {"data": figures, "mark": band, "encoding": {**span, **to_ground}},
        {"data": figures, "mark": line, "encoding": {**span, **lane}},
        {"data": figures, "mark": dot, "encoding": {"x": {**x, "field": "score"}, **lane}},
    ]


def _score_label(row: ScoreRow, name: str, frame: Frame) -> Layer:
    line = f"{name} {score_words(row.score)} [{score_words(row.score_low)}–{score_words(row.score_high)}]"
    x, align = pinned(
        row.score / 100 * (frame.width - _DOT_ROOM), width_of(line, theme.TEXT_SIZE, bold=True), frame.width
    )
    return words_at(line, x=x, y=10, align=align, weight="bold")


def _tallest_label(tallest: Mapping[str, int], frame: Frame) -> Layer:
    line = f"{counted(tallest['actors'], 'actor', 'actors')} at {tallest['from']}–{tallest['to']}"
    middle = (tallest["from"] + tallest["to"]) / 200 * (frame.width - _DOT_ROOM)
    x, align = pinned(middle, width_of(line, theme.TEXT_SIZE), frame.width)
    return on_halo(words_at(line, x=x, y=2 * _LANE - 6, align=align, role="muted"))


def _place_layers(row: ScoreRow, line: Sequence[Mapping[str, float]], name: str, frame: Frame) -> list[Layer]:
    top = max(10, -(-max(row.score_high, line[-1]["score"]) // 10) * 10)
    title = (
        "of 100 actors, from the lowest score"
        if frame.is_narrow
        else "of 100 actors, lined up from the lowest score"
    )
    across = {"domain": [0, 100], "nice": False, "rangeMin": _AXIS_ROOM, "rangeMax": frame.width - _DOT_ROOM}
    axis = {
        "values": [0, 25, 50, 75, 100],
        "title": title,
        "titleAnchor": "start",
        "grid": False,
        "labelFlush": True,
    }
    x = {"field": "place", "type": "quantitative", "scale": across, "axis": axis}
    upward = {"domain": [0, top], "nice": False}
    # Labels stand inside the drawing, left of the curve, so that the figure lines up with the text above it.
    ticks = {"tickCount": 5, "title": None, "labelAlign": "left", "labelPadding": -2}
    y = {"field": "score", "type": "quantitative", "scale": upward, "axis": ticks}
    area = {
        "type": "area",
        "fill": theme.colour("other"),
        "fillOpacity": 0.45,
        "line": {"color": theme.colour("other_edge"), "strokeWidth": 2},
    }
    curve = {"data": values(line), "mark": area, "encoding": {"x": x, "y": {**y, "stack": None}}}
    return [curve, *_dot_on_interval(row, x, y), *_place_label(row, name, frame, top)]


def _dot_on_interval(row: ScoreRow, x: dict[str, Any], y: dict[str, Any]) -> list[Layer]:
    """The dot at its place, on the score's interval upright, whose ends show even where it is short."""
    place = {"place": row.percentile}
    figures = values([{**place, "score": row.score, "low": row.score_low, "high": row.score_high}])
    ends = values([{**place, "score": row.score_low}, {**place, "score": row.score_high}])
    accent, edge = theme.colour("accent"), theme.colour("accent_edge")
    bar = {"type": "rule", "color": accent, "strokeWidth": 12, "opacity": theme.INTERVAL_OPACITY}
    tick = {"type": "tick", "orient": "horizontal", "color": edge, "size": 12, "thickness": 1.5}
    dot = {"type": "point", "filled": True, "size": 50, "opacity": 1, "fill": accent}
    upright = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    return [
        {"data": figures, "mark": bar, "encoding": upright},
        {"data": ends, "mark": tick, "encoding": {"x": x, "y": y}},
        {"data": figures, "mark": dot, "encoding": {"x": x, "y": y}},
    ]


def _place_label(row: ScoreRow, name: str, frame: Frame, top: float) -> list[Layer]:
    first = f"{name} {score_words(row.score)} [{score_words(row.score_low)}–{score_words(row.score_high)}]"
    second = f"rank {rank_band(row.rank_low, row.rank_high)}"
    dot = _AXIS_ROOM + row.percentile / 100 * (frame.width - _AXIS_ROOM - _DOT_ROOM)
    bottom = (1 - row.score / top) * frame.height
    fits_left = dot - 16 - width_of(first, theme.TEXT_SIZE, bold=True) > _AXIS_ROOM
    # The curve rises to the right, so there is always room up and to the left of the dot.
    x, align = (dot - 16, "right") if fits_left else (max(dot, _AXIS_ROOM + 4), "left")
    y = max(8.0, bottom - (34 if fits_left else 62))
    return [
        on_halo(words_at(first, x=x, y=y, align=align, weight="bold")),
        on_halo(words_at(second, x=x, y=y + 18, align=align, role="muted")),
    ]
