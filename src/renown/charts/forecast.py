"""How far something has spread, and how far it will: a fan that opens from what is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from renown.charts import theme
from renown.charts.chart import Chart, Column, Frame, Layer, Says, draw, on_halo, values, words_at
from renown.charts.text import pinned, width_of
from renown.errors import TooLittleInputError

_AXIS_ROOM = 52
_LABEL_ROOM = 112
_TICKS_FOOT = 26
_MOST_STEPS = 60
_MARKS = (60, 600, 3_600, 21_600, 86_400, 604_800)
_NAMES = ("1 min", "10 min", "1 hour", "6 hours", "1 day", "7 days")


@dataclass(frozen=True)
class FanPoint:
    """Expected reactions by a moment (seconds after the root), with their interval."""

    seconds: float
    expected: float
    low: float
    high: float


def chart_forecast(
    so_far: Sequence[float],
    ahead: Sequence[FanPoint],
    *,
    observed_seconds: float,
    width: int = theme.WIDE,
) -> Chart:
    """Reactions so far as a line, the forecast as a fan around its own.

    Args:     so_far: seconds after the root of each reaction that is known, ascending; may be empty.
              ahead: moments after `observed_seconds`, ascending; the interval covers 90 of 100 at the last.
    Raises:   TooLittleInputError: there is no moment ahead.
    """
    if not ahead:
        raise TooLittleInputError("There is no forecast to draw.")
    frame = Frame(width=width, height=240, foot=_TICKS_FOOT)
    count = len(so_far)
    known = _steps(so_far, observed_seconds)
    start = {"seconds": observed_seconds, "expected": count, "low": count, "high": count}
    fan = [start, *({**vars(point)} for point in ahead)]
    last = ahead[-1]
    says = Says(
        name="forecast",
        title=f"About {_whole(last.expected)} reactions after {_span(last.seconds)}; {_whole(count)} so far",
        subtitle="Reactions by time since the root · 90 of 100 such cascades end in the shade,"
        f" {_range(last)}",
        description=(
            f"{_whole(count)} reactions came in {_span(observed_seconds)};"
            f" {_whole(last.expected)} are expected after {_span(last.seconds)},"
            f" most likely {_whole(last.low)} to {_whole(last.high)}."
        ),
    )
    return draw(
        frame,
        _layers(known, fan, frame),
        says=says,
        rows=[{**vars(point), "after": _span(point.seconds)} for point in ahead],
        columns=(
            Column(key="after", label="After"),
            Column(key="expected", label="Reactions", format="count"),
            Column(key="low", label="from", format="count"),
            Column(key="high", label="to", format="count"),
        ),
    )


def _steps(so_far: Sequence[float], observed_seconds: float) -> list[dict[str, float]]:
    """The count at a few dozen moments: what is drawn does not grow with the cascade."""
    first = max(min((second for second in so_far if second > 0), default=1.0), 1.0)
    if first >= observed_seconds:
        first = observed_seconds / 2
    ratio = (observed_seconds / first) ** (1 / _MOST_STEPS)
    moments = [first * ratio**step for step in range(_MOST_STEPS)] + [observed_seconds]
    counts, place = [], 0
    for moment in moments:
        while place < len(so_far) and so_far[place] <= moment * (1 + 1e-12):
            place += 1
        counts.append({"seconds": round(moment, 1), "expected": place})
    return counts


def _layers(known: Sequence[dict[str, Any]], fan: Sequence[dict[str, Any]], frame: Frame) -> list[Layer]:
    first, last = known[0]["seconds"], fan[-1]["seconds"]
    right = frame.width - _LABEL_ROOM
    highest = max(1.0, *(point["high"] for point in fan))
    across = {
        "type": "log",
        "domain": [first, last],
        "nice": False,
        "rangeMin": _AXIS_ROOM,
        "rangeMax": right,
    }
    x = {"field": "seconds", "type": "quantitative", "scale": across, "axis": None}
    ticks = {"tickCount": 4, "title": None, "labelAlign": "left", "labelPadding": -2, "format": ",d"}
    y = {"type": "quantitative", "scale": {"domain": [0, highest], "nice": False}, "axis": ticks}
    accent = theme.colour("accent")
    ribbon = {"type": "area", "color": accent, "opacity": theme.INTERVAL_OPACITY, "line": False}
    line = {"type": "line", "color": accent, "strokeWidth": 2.5}
    dashed = {**line, "strokeDash": [5, 4]}
    level = {"x": x, "y": {**y, "field": "expected"}}
    band = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}

    def height_of(value: float) -> float:
        """Pixels from the top of a value."""
        return float(frame.height * (1 - value / highest))

    def place_of(seconds: float) -> float:
        """Pixels from the left of an age, on a logarithmic scale."""
        share = math.log(seconds / first) / math.log(last / first)
        return float(_AXIS_ROOM + share * (right - _AXIS_ROOM))

    end = fan[-1]
    label = f"{_whole(end['expected'])} [{_whole(end['low'])}–{_whole(end['high'])}]"
    now = place_of(fan[0]["seconds"])
    # Left of the moment, where the line is lower than the words; without room there, right of it.
    now_x, now_align = (
        (now - 6, "right") if now > width_of("known so far", theme.TEXT_SIZE) else (now, "left")
    )
    return [
        {"data": values(fan), "mark": ribbon, "encoding": band},
        {"data": values(known), "mark": line, "encoding": level},
        {"data": values(fan), "mark": dashed, "encoding": level},
        on_halo(words_at("known so far", x=now_x, y=height_of(fan[0]["expected"]) - 14, align=now_align,
                         role="muted")),
        *_end_label(label, y=height_of(end["expected"]), frame=frame),
        *_time_labels(first, last, place_of, frame),
    ]  # fmt: skip


def _end_label(label: str, *, y: float, frame: Frame) -> list[Layer]:
    """The figures at the fan's end, on two lines where one is too long."""
    x = frame.width - _LABEL_ROOM + 8
    if width_of(label, theme.TEXT_SIZE, bold=True) <= _LABEL_ROOM - 8:
        return [words_at(label, x=x, y=y, weight="bold")]
    figure, _, interval = label.partition(" ")
    return [words_at(figure, x=x, y=y - 8, weight="bold"), words_at(interval, x=x, y=y + 8)]


def _time_labels(first: float, last: float, place_of: Any, frame: Frame) -> list[Layer]:
    layers: list[Layer] = []
    free_from = 0.0
    for seconds, name in zip(_MARKS, _NAMES, strict=True):
        if not first <= seconds <= last * 1.001:
            continue
        wide = width_of(name, theme.TEXT_SIZE)
        x, align = pinned(place_of(seconds), wide, frame.width)
        if place_of(seconds) - wide / 2 >= free_from:
            layers.append(words_at(name, x=x, y=frame.height + 16, align=align, role="muted"))
            free_from = place_of(seconds) + wide / 2 + 12
    return layers


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _range(point: FanPoint) -> str:
    return f"{_whole(point.low)} to {_whole(point.high)}"


def _span(seconds: float) -> str:
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * size or seconds == size:
            return f"{seconds / size:.3g} {name}{'' if seconds == size else 's'}"
    return f"{seconds:.3g} seconds"
