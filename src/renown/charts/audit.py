"""An actor's audience: what it likely consists of, and when it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from renown.charts import theme
from renown.charts.chart import (
    DAYS_FOOT,
    Chart,
    Column,
    Frame,
    Layer,
    Says,
    at_pixel,
    day_labels,
    draw,
    score_axis,
    values,
)
from renown.charts.rows import RowLayout, row_intervals, row_texts
from renown.charts.text import clean, fit
from renown.charts.words import counted, day_words, iso, of_hundred
from renown.errors import TooLittleInputError

_AXIS_ROOM = 40
_AXIS_FOOT = 44
_AUDIENCE_COLUMNS = (
    Column(key="label", label="Standing"),
    Column(key="count", label="In the sample", format="count"),
    Column(key="share", label="Share", format="share"),
    Column(key="low", label="from", format="share"),
    Column(key="high", label="to", format="share"),
)


@dataclass(frozen=True, kw_only=True)
class StandingRow:
    """One standing's share of an audience, with its interval."""

    label: str
    count: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class ArrivalDay:
    """First-time reactors of one day."""

    day: date
    count: int
    expected: float
    high: float
    """more than this is more than the days around it let expect"""
    is_burst: bool


def chart_audience(
    rows: Sequence[StandingRow], *, handle: str, title: str, sample: str, width: int = theme.WIDE
) -> Chart:
    """What an audience likely consists of: each share as a dot on its interval.

    Args:     title: what one sees, as a sentence; sample: who was looked at ("400 of 1,509 reactors").
    Raises:   TooLittleInputError: nobody was looked at.
    """
    if not any(row.count for row in rows):
        raise TooLittleInputError("Nobody of this audience was looked at.")
    axis = score_axis(title="of 100", values=[0, 25, 50, 75, 100])
    layout = RowLayout(width=width, count=len(rows), domain=(0.0, 100.0), axis=axis, labels=190, figures=90)
    drawn = _audience_marks(rows, layout)
    name = fit(handle, 150, theme.TEXT_SIZE)
    says = Says(
        name="audience",
        title=clean(title),
        subtitle=f"Audience of {name} · {clean(sample)} · bands hold in 95 of 100 samples",
        description=f"Of the audience of {name}, "
        + ", ".join(f"{clean(row.label)} {of_hundred(row.share)}" for row in rows)
        + ".",
    )
    return draw(
        Frame(width=width, height=layout.height, foot=_AXIS_FOOT),
        [
            row_intervals(layout, drawn),
            row_texts(layout, drawn, "label", x=0),
            row_texts(layout, drawn, "figure", x=width, align="right"),
        ],
        says=says,
        rows=[{**vars(row), "label": clean(row.label)} for row in rows],
        columns=_AUDIENCE_COLUMNS,
    )


def _audience_marks(rows: Sequence[StandingRow], layout: RowLayout) -> list[dict[str, object]]:
    return [
        {
            "row": place,
            "label": fit(row.label, layout.label_limit, theme.TEXT_SIZE),
            "value": row.share * 100,
            "low": row.low * 100,
            "high": row.high * 100,
            "figure": f"{row.low * 100:.0f} to {row.high * 100:.0f}",
            "role": "accent" if place == 0 else "other",
        }
        for place, row in enumerate(rows)
    ]


def chart_arrivals(days: Sequence[ArrivalDay], *, handle: str, width: int = theme.WIDE) -> Chart:
    """First-time reactors a day, beside the band that the days around let expect; violet where over it.

    Raises:   TooLittleInputError: there is no day.
    """
    if not days:
        raise TooLittleInputError("Nobody ever reacted to this actor, so there is no time line.")
    frame = Frame(width=width, height=200, foot=DAYS_FOOT)
    name = fit(handle, 150, theme.TEXT_SIZE)
    says = Says(
        name="arrivals",
        title=_arrivals_title(days),
        subtitle=f"People who reacted to {name} for the first time, by day · band: what was to be expected",
        description=_arrivals_description(days, name),
    )
    return draw(
        frame,
        _arrival_layers(days, frame),
        says=says,
        rows=[
            {
                "day": day_words(_noon(day.day)),
                "count": day.count,
                "expected": day.expected,
                "high": day.high,
                "is_burst": "yes" if day.is_burst else "no",
            }
            for day in days
        ],
        columns=(
            Column(key="day", label="Day"),
            Column(key="count", label="First-time reactors", format="count"),
            Column(key="expected", label="Expected", format="count"),
            Column(key="high", label="At most", format="count"),
            Column(key="is_burst", label="More than expected"),
        ),
    )


def _arrivals_title(days: Sequence[ArrivalDay]) -> str:
    bursts = [day for day in days if day.is_burst]
    if not bursts:
        return "First-time reactors came as steadily as one expects"
    most = max(bursts, key=lambda day: day.count)
    return (
        f"On {day_words(_noon(most.day))} came {counted(most.count, 'person', 'people')},"
        f" where {most.expected:.0f} were to be expected"
    )


def _arrivals_description(days: Sequence[ArrivalDay], name: str) -> str:
    bursts = sum(day.is_burst for day in days)
    total = sum(day.count for day in days)
    return (
        f"{counted(total, 'person', 'people')} reacted to {name} for the first time on"
        f" {counted(len(days), 'day', 'days')}; {counted(bursts, 'day has', 'days have')} more than expected."
    )


def _arrival_layers(days: Sequence[ArrivalDay], frame: Frame) -> list[Layer]:
    first, last = _noon(days[0].day), _noon(days[-1].day)
    left, right = _AXIS_ROOM, frame.width
    step = (right - left) / max(len(days), 1)
    highest = max(1.0, *(float(day.count) for day in days))
    rows = [
        {
            "moment": iso(_noon(day.day)),
            "x": round(left + step * (place + 0.5), 1),
            "count": day.count,
            "low": 0,
            "high": min(day.high, highest),
            "role": "discount" if day.is_burst else "other",
        }
        for place, day in enumerate(days)
    ]
    x = at_pixel("x")
    y: dict[str, Any] = {
        "type": "quantitative",
        "scale": {"domain": [0, highest], "nice": False},
        "axis": {"tickCount": 4, "title": None, "labelAlign": "left", "labelPadding": -2, "format": ",d"},
    }
    band = {"type": "area", "color": theme.colour("accent"), "opacity": theme.INTERVAL_OPACITY}
    layers: list[Layer] = [
        {
            "data": values(rows),
            "mark": band,
            "encoding": {"x": x, "y": {**y, "field": "high"}, "y2": {"field": "low"}},
        }
    ]
    for role in ("other", "discount"):
        some = [row for row in rows if row["role"] == role]
        mark = {
            "type": "bar",
            "width": round(max(1.0, min(14.0, step * 0.7)), 1),
            "fill": theme.colour(role),
            "stroke": theme.colour(f"{role}_edge"),
            "strokeWidth": 0.5,
        }
        encoding = {"x": x, "y": {**y, "field": "count"}, "y2": {"field": "low"}}
        layers += [{"data": values(some), "mark": mark, "encoding": encoding}] if some else []
    return [*layers, *day_labels(first, last, edges=(left, right), y=frame.height + 16)]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
