"""Charts of a model card: all scores, reliability of the intervals, and the numbers of the definition."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from renown.charts import theme
from renown.charts.chart import (
    AXIS_FOOT,
    Chart,
    Column,
    Frame,
    Layer,
    Says,
    draw,
    is_narrow,
    on_halo,
    score_axis,
    values,
    words_at,
)
from renown.charts.model_card_words import NUMBER_NAMES, number, percent, with_interval
from renown.charts.rows import RowLayout, row_intervals, row_texts
from renown.charts.text import clean, fit
from renown.charts.words import counted
from renown.errors import TooLittleInputError
from renown.evaluate.coverage import Coverage, CoverageRow
from renown.evaluate.model_card_records import Distribution, Weight

_DOT_ROOM: Final = 8
_BARS: Final = 180
_SQUARE: Final = 340
_LEFT: Final = 44
_RIGHT: Final = 20
_SPLITS: Final = {"people": "other people", "time": "the next window"}
_SHOWN: Final = {"people": "What other people show", "time": "What the next window shows"}
_ROLES: Final = {"people": "accent", "time": "other"}
_LINE: Final = 24


def chart_all_scores(found: Distribution, *, subtitle: str, width: int = theme.WIDE) -> Chart:
    """How many actors have which score, with the middle half marked.

    Args:     subtitle: where the scores hold.
    """
    by_share = {one.share: one.score for one in found.quantiles}
    low, middle, high = by_share[0.25], by_share[0.5], by_share[0.75]
    frame = Frame(width=width, height=_BARS, foot=AXIS_FOOT)
    says = Says(
        name="card-scores",
        title=f"Half of {counted(found.actors_count, 'actor', 'actors')} score below {middle:.0f}",
        subtitle=f"How many have which score; blue the middle half · {subtitle}",
        description=(
            f"Half of the actors have a score between {low:.1f} and {high:.1f}, one in a hundred above"
            f" {by_share[0.99]:.1f}; the highest is {found.highest:.1f}."
        ),
    )
    rows: list[dict[str, object]] = [
        {"place": f"{one.share * 100:g} of 100", "score": one.score} for one in found.quantiles
    ]
    return draw(
        frame,
        _histogram(found, (low, high), frame),
        says=says,
        rows=[*rows, {"place": "all", "score": found.highest}],
        columns=(
            Column(key="place", label="So many score at most"),
            Column(key="score", label="Score", format="score"),
        ),
    )


def _histogram(found: Distribution, half: tuple[float, float], frame: Frame) -> list[Layer]:
    tallest = max(found.bins, key=lambda one: one.actors_count)
    across = {"domain": [0, 100], "nice": False, "rangeMin": 0, "rangeMax": frame.width - _DOT_ROOM}
    x = {"type": "quantitative", "scale": across}
    up = {"domain": [0, tallest.actors_count * frame.height / (frame.height - 26)], "nice": False}
    y = {"field": "actors", "type": "quantitative", "scale": up, "axis": None}
    axis = score_axis(
        values=list(range(0, 101, 20)), grid=False, domain=True, domainColor=theme.colour("muted")
    )
    bins = [{"from": one.low, "to": one.high, "actors": one.actors_count} for one in found.bins]
    bars = {"type": "rect", "fill": theme.colour("other"), "stroke": theme.colour("paper"), "strokeWidth": 1}
    band = {"type": "rect", "fill": theme.colour("accent"), "fillOpacity": theme.INTERVAL_OPACITY}
    line = f"{counted(tallest.actors_count, 'actor', 'actors')} at {tallest.low:.0f}–{tallest.high:.0f}"
    return [
        {
            "data": values(bins),
            "mark": bars,
            "encoding": {
                "x": {**x, "field": "from", "axis": axis},
                "x2": {"field": "to"},
                "y": y,
                "y2": {"datum": 0},
            },
        },
        {
            "data": values([{"low": half[0], "high": half[1]}]),
            "mark": band,
            "encoding": {
                "x": {**x, "field": "low"},
                "x2": {"field": "high"},
                "y": {"value": 22},
                "y2": {"value": frame.height},
            },
        },
        on_halo(words_at(line, x=0, y=10, role="muted")),
    ]


def chart_reliability(found: Coverage, *, width: int = theme.WIDE) -> Chart:
    """What intervals claim against what they hold: on the diagonal they hold what they claim.

    Raises:   TooLittleInputError: no interval could be checked.
    """
    rows = [row for row in found.rows if row.people == "all"]
    if not rows:
        raise TooLittleInputError("There is no check of intervals to draw.")
    side = width if is_narrow(width) else _SQUARE
    frame = Frame(width=width, height=side - _LEFT, foot=AXIS_FOOT)
    nearest = min((row for row in rows if row.split_by == "people"), key=lambda row: abs(row.level - 0.9))
    says = Says(
        name="card-reliability",
        title=(
            f"Intervals that claim {percent(nearest.level, 0)} hold {percent(nearest.coverage)}"
            " of what other people show"
        ),
        subtitle=(
            "Claimed against held; on the line they are alike · blue: the other half of the people, grey: the"
            " next window of time"
        ),
        description=_reliability_words(rows),
    )
    return draw(
        frame,
        [*_diagonal(rows, side, frame), *_beside(rows, side, frame)],
        says=says,
        rows=_reliability_records(found),
        columns=(
            Column(key="split", label="Seen against"),
            Column(key="people", label="People seen"),
            Column(key="actors", label="Actors", format="count"),
            *(
                Column(key=f"held_{level:g}", label=f"{percent(level, 0)} claimed, held", format="figure")
                for level in dict.fromkeys(row.level for row in found.rows)
            ),
        ),
    )


def _reliability_words(rows: Sequence[CoverageRow]) -> str:
    said = [
        f"of {_SPLITS[split]} "
        + ", ".join(
            f"{percent(row.coverage)} where {percent(row.level, 0)} is claimed"
            for row in rows
            if row.split_by == split
        )
        for split in dict.fromkeys(row.split_by for row in rows)
    ]
    return f"Intervals hold {'; '.join(said)}."


def _reliability_records(found: Coverage) -> list[dict[str, object]]:
    """One row for each size of actors and what they were seen against, a column for each level."""
    records: dict[tuple[str, str], dict[str, object]] = {}
    for row in found.rows:
        record = records.setdefault(
            (row.split_by, row.people),
            {"split": _SPLITS[row.split_by], "people": row.people, "actors": row.actors},
        )
        record[f"held_{row.level:g}"] = percent(row.coverage)
    return list(records.values())


def _diagonal(rows: Sequence[CoverageRow], side: int, frame: Frame) -> list[Layer]:
    lowest = min(0.4, *(math.floor(row.coverage * 10) / 10 for row in rows))
    domain = {"domain": [lowest, 1], "nice": False}
    ticks = [tick / 10 for tick in range(round(lowest * 10), 11) if tick % 2 == 0]
    axis = {"values": ticks, "format": ".0%", "titleAnchor": "start"}
    x: dict[str, Any] = {
        "field": "level",
        "type": "quantitative",
        "scale": {**domain, "rangeMin": _LEFT, "rangeMax": side - _RIGHT},
        "axis": {**axis, "title": "claimed", "labelFlush": False, "grid": False},
    }
    y: dict[str, Any] = {
        "field": "held",
        "type": "quantitative",
        "scale": {**domain, "range": [frame.height, 0]},
        "axis": {**axis, "title": None, "labelAlign": "left", "labelPadding": -2, "grid": False},
    }
    ends: list[dict[str, object]] = [{"level": lowest, "held": lowest}, {"level": 1, "held": 1}]
    layers: list[Layer] = [
        {
            "data": values(ends),
            "mark": {"type": "line", "color": theme.colour("muted"), "strokeWidth": 1, "strokeDash": [4, 4]},
            "encoding": {"x": x, "y": y},
        }
    ]
    for split in ("time", "people"):
        points: list[dict[str, object]] = [
            {"level": row.level, "held": row.coverage} for row in rows if row.split_by == split
        ]
        hue, edge = theme.colour(_ROLES[split]), theme.colour(f"{_ROLES[split]}_edge")
        line = {"type": "line", "color": edge, "strokeWidth": 2}
        dot = {"type": "point", "filled": True, "size": 90, "opacity": 1, "fill": hue, "stroke": edge}
        marks = [line, dot] if points else []
        layers += [{"data": values(points), "mark": mark, "encoding": {"x": x, "y": y}} for mark in marks]
    return layers


def _beside(rows: Sequence[CoverageRow], side: int, frame: Frame) -> list[Layer]:
    """The figures in words, where there is room beside the square."""
    if frame.is_narrow:
        return []
    left, y = side + 40, 16
    layers = []
    for split in dict.fromkeys(row.split_by for row in rows):
        layers.append(words_at(_SHOWN[split], x=left, y=y, weight="bold"))
        for row in (row for row in rows if row.split_by == split):
            y += _LINE
            layers.append(words_at(f"claimed {percent(row.level, 0)}", x=left, y=y, role="muted"))
            layers.append(words_at(f"held {percent(row.coverage)}", x=left + 110, y=y))
        y += 2 * _LINE
    return layers


def chart_weights(weights: Sequence[Weight], *, subtitle: str, width: int = theme.WIDE) -> Chart:
    """Weights of the kinds on a scale of doublings: the definition's, and what a fit to this store gives.

    Raises:   TooLittleInputError: no kind has a weight above 0.
    """
    kinds = [one for one in weights if one.number not in NUMBER_NAMES and one.value > 0]
    if not kinds:
        raise TooLittleInputError("No kind has a weight to draw.")
    marks = [mark for one in kinds for mark in _weight_marks(one)]
    layout = _weights_layout(marks, width)
    rows = [
        {**mark, "row": place, "label": fit(mark["label"], layout.label_limit, theme.TEXT_SIZE)}
        for place, mark in enumerate(marks)
    ]
    grey = "; grey: learned from this store" if any(one.learned is not None for one in kinds) else ""
    says = Says(
        name="card-weights",
        title=_weights_title(kinds),
        subtitle=f"Blue: the definition{grey} · {subtitle}",
        description=f"Weights: {'; '.join(map(_weight_words, kinds))}.",
    )
    return draw(
        Frame(width=width, height=layout.height, foot=AXIS_FOOT),
        [
            row_intervals(layout, rows),
            row_texts(layout, rows, "label", x=0),
            row_texts(layout, rows, "figure", x=width, align="right"),
        ],
        says=says,
        rows=[_weight_record(one) for one in weights],
        columns=(
            Column(key="number", label="Number"),
            Column(key="value", label="In the definition", format="figure"),
            Column(key="learned", label="Learned from this store", format="figure"),
        ),
    )


def _weights_layout(marks: Sequence[Mapping[str, Any]], width: int) -> RowLayout:
    """Room for a row for each mark; the axis has a label at each doubling."""
    ends = [end for mark in marks for end in (mark["value"], mark["low"], mark["high"]) if end is not None]
    low, high = math.floor(min(ends) - 0.05), math.ceil(max(ends) + 0.05)
    axis = {
        "values": list(range(low, high + 1)),
        "labelExpr": "format(pow(2, datum.value), '~g')",
        "title": "weight; a like is 1",
        "titleAnchor": "start",
        "labelFlush": False,
    }
    return RowLayout(
        width=width, count=len(marks), domain=(low - 0.15, high + 0.15), axis=axis, labels=150, figures=150
    )


def _weight_words(one: Weight) -> str:
    learned = "" if one.learned is None else f", learned here {number(one.learned, 2)}"
    return f"{one.number} {number(one.value, 2)}{learned}"


def _weight_marks(one: Weight) -> list[dict[str, Any]]:
    ours = _weight_mark(one.number, "accent", (one.value, one.low, one.high))
    if one.learned is None:
        return [{**ours, "is_strong": True}]
    learned = _weight_mark("learned here", "other", (one.learned, one.learned_low, one.learned_high))
    return [{**ours, "is_strong": True}, learned]


def _weight_mark(label: str, role: str, figures: tuple[float, float | None, float | None]) -> dict[str, Any]:
    value, low, high = (None if end is None else round(math.log2(end), 4) for end in figures)
    return {
        "label": label,
        "role": role,
        "value": value,
        "low": low,
        "high": high,
        "figure": with_interval(*figures, digits=2),
    }


def _weights_title(kinds: Sequence[Weight]) -> str:
    outside = [
        one
        for one in kinds
        if one.learned_low is not None
        and one.learned_high is not None
        and not one.learned_low <= one.value <= one.learned_high
    ]
    if not any(one.learned is not None for one in kinds):
        return "What each kind of reaction weighs"
    if not outside:
        return "This store does not contradict any weight"
    named = ", ".join(clean(one.number) for one in outside)
    return f"This store would weigh {named} otherwise"


def _weight_record(one: Weight) -> dict[str, object]:
    return {
        "number": NUMBER_NAMES.get(one.number, one.number),
        "value": with_interval(one.value, one.low, one.high, digits=2),
        "learned": "not learned"
        if one.learned is None
        else with_interval(one.learned, one.learned_low, one.learned_high, digits=2),
    }
