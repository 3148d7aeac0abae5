"""What is given up for what, as the dials of a rule are turned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from renown.charts import theme
from renown.charts.chart import AXIS_FOOT, Chart, Column, Frame, Layer, Says, draw, on_halo, values, words_at
from renown.charts.text import clean, fit, width_of
from renown.charts.words import counted, number_word, of_hundred
from renown.errors import TooLittleInputError

_AXIS_ROOM: Final = 74
_LABEL_ROOM: Final = 24
_LABEL_HEIGHT: Final = 17
_HEIGHT: Final = 320
_LINE_STEP: Final = 6
_SPARE: Final = 0.12
_APART: Final = 11
_DASHES: Final = ([1, 0], [7, 3], [2, 3], [9, 3, 2, 3], [4, 2], [12, 4], [1, 3])
"""One a dial: lines that cross stay apart without a hue, and hues have meanings of their own."""
_SAME_POINTS: Final = 0.05
_SAME_SHARE: Final = 0.005


@dataclass(frozen=True, kw_only=True)
class TradeOffPoint:
    """One setting of one dial, and what it comes to."""

    dial: str
    setting: float
    lost_points: float
    """that one in a hundred genuine actors loses, or more"""
    kept_share: float
    """of the points that attacks gain undefended, the mean over attacks"""
    is_shipped: bool = False


def chart_trade_off(points: Sequence[TradeOffPoint], *, subtitle: str, width: int = theme.WIDE) -> Chart:
    """Each dial of a rule as a line from setting to setting: what attacks keep by what genuine actors lose.

    Args:     points: in any order; the shipped rule once in each dial. subtitle: what was attacked.
    Raises:   TooLittleInputError: there is no setting, or none is the shipped one.
    """
    ordered = sorted(points, key=lambda point: (point.dial, point.setting))
    shipped = next((point for point in ordered if point.is_shipped), None)
    if shipped is None:
        raise TooLittleInputError(
            "There is no trade-off to draw.", hint="One of its settings must be the shipped rule."
        )
    frame = Frame(width=width, height=_HEIGHT, foot=AXIS_FOOT)
    kept = of_hundred(max(0.0, shipped.kept_share))
    says = Says(
        name="trade-off",
        title=f"Attacks keep {kept} parts; one genuine actor in 100 loses {shipped.lost_points:.1f} points",
        subtitle="Share of their points that attacks keep, by the points that genuine actors lose · each line"
        f" turns one number, blue is as shipped · {subtitle}",
        description=_description(ordered, shipped),
    )
    layers = _layers(ordered, shipped, _Plane(frame, ordered))
    return draw(frame, layers, says=says, rows=_table(ordered), columns=_COLUMNS)


_COLUMNS = (
    Column(key="dial", label="Number"),
    Column(key="setting", label="Setting"),
    Column(key="lost", label="Points one in a hundred loses", format="points"),
    Column(key="kept", label="Attacks keep", format="share"),
    Column(key="shipped", label=""),
)


class _Plane:
    """Where a setting stands in the drawing. Dots need no zero: the axes span what the settings come to."""

    def __init__(self, frame: Frame, points: Sequence[TradeOffPoint]) -> None:
        self.frame = frame
        self.lost = _span([point.lost_points for point in points], least=1.0)
        self.kept = _span([max(0.0, point.kept_share) for point in points], least=0.1)
        self.right = frame.width - _LABEL_ROOM

    def x(self) -> dict[str, Any]:
        """The encoding of the points that genuine actors lose."""
        scale = {"domain": self.lost, "nice": False, "rangeMin": _AXIS_ROOM, "rangeMax": self.right}
        who = "one in a hundred" if self.frame.is_narrow else "one genuine actor in a hundred, or more"
        axis = {"tickCount": 5, "title": f"points lost by {who}", "titleAnchor": "start", "format": ".1f"}
        return {"field": "lost", "type": "quantitative", "scale": scale, "axis": {**axis, "grid": False}}

    def y(self) -> dict[str, Any]:
        """The encoding of the share that attacks keep."""
        scale = {"domain": self.kept, "nice": False}
        axis = {"tickCount": 5, "title": None, "labelExpr": "format(datum.value * 100, '.0f') + ' of 100'"}
        axis |= {"labelAlign": "left", "labelPadding": -2}
        return {"field": "kept", "type": "quantitative", "scale": scale, "axis": axis}

    def place(self, point: TradeOffPoint) -> tuple[float, float]:
        """Pixels of a setting."""
        across, up = _share_of(self.lost, point.lost_points), _share_of(self.kept, point.kept_share)
        return _AXIS_ROOM + across * (self.right - _AXIS_ROOM), self.frame.height * (1 - up)


def _span(figures: Sequence[float], *, least: float) -> list[float]:
    """What an axis shows: all figures and a little more, `least` at least, so that noise looks like noise."""
    low, high = min(figures), max(figures)
    spare = max((high - low) * _SPARE, (least - (high - low)) / 2)
    return [round(max(0.0, low - spare), 4), round(max(high + spare, low + least), 4)]


def _share_of(span: Sequence[float], figure: float) -> float:
    return min(1.0, max(0.0, (figure - span[0]) / (span[1] - span[0])))


def _layers(points: Sequence[TradeOffPoint], shipped: TradeOffPoint, plane: _Plane) -> list[Layer]:
    at = {"x": plane.x(), "y": plane.y()}
    line = {"type": "line", "color": theme.colour("muted"), "strokeWidth": 1.5}
    dot = {"type": "point", "filled": True, "opacity": 1}
    lines = [
        {
            "data": values(_marks(on_dial)),
            "mark": {**line, "strokeDash": _DASHES[place % len(_DASHES)]},
            "encoding": {**at, "order": {"field": "setting", "type": "quantitative"}},
        }
        for place, on_dial in enumerate(_by_dial(points))
    ]
    others = [point for point in points if not point.is_shipped]
    small = {**dot, "color": theme.colour("muted"), "size": 36}
    large = {**dot, "color": theme.colour("accent"), "size": 160}
    return [
        *lines,
        {"data": values(_marks(others)), "mark": small, "encoding": at},
        {"data": values(_marks([shipped])), "mark": large, "encoding": at},
        *_labels(points, shipped, plane),
    ]


def _by_dial(points: Sequence[TradeOffPoint]) -> list[list[TradeOffPoint]]:
    dials = dict.fromkeys(point.dial for point in points)
    return [[point for point in points if point.dial == dial] for dial in dials]


def _marks(points: Sequence[TradeOffPoint]) -> list[dict[str, object]]:
    return [
        {"setting": point.setting, "lost": point.lost_points, "kept": max(0.0, point.kept_share)}
        for point in points
    ]


def _labels(points: Sequence[TradeOffPoint], shipped: TradeOffPoint, plane: _Plane) -> list[Layer]:
    """The dial's name at the end of its line farthest from the shipped rule, settings at the other dots.

    A setting whose words would cover others is left to the table.
    """
    taken: list[tuple[float, float, float, float]] = [_box(*plane.place(shipped), 12, align="center")]
    layers: list[Layer] = []

    def write(point: TradeOffPoint, text: str, *, role: str, is_needed: bool) -> None:
        place = _free_place(plane, point, width_of(text, theme.TEXT_SIZE), taken, is_needed=is_needed)
        if place is None and is_needed:
            x, y = plane.place(point)
            place = (x, y - 14, "center")
        if place is not None:
            x, y, align = place
            taken.append(_box(x, y, width_of(text, theme.TEXT_SIZE), align=align))
            layers.append(on_halo(words_at(text, x=x, y=y, align=align, role=role)))

    taken += _drawn(points, plane)
    ends = [_farthest(on_dial, shipped, plane) for on_dial in _by_dial(points)]
    for end in ends:
        write(
            end, f"{fit(end.dial, 170, theme.TEXT_SIZE)} {_figure(end.setting)}", role="ink", is_needed=True
        )
    for point in points:
        if point not in ends and _stands_alone(point, points, plane):
            write(point, _figure(point.setting), role="muted", is_needed=False)
    return layers


def _stands_alone(point: TradeOffPoint, points: Sequence[TradeOffPoint], plane: _Plane) -> bool:
    """Whether a figure beside a dot could be about no other dot."""
    others = [other for other in points if other is not point]
    return all(math.dist(plane.place(point), plane.place(other)) >= _APART for other in others)


def _drawn(points: Sequence[TradeOffPoint], plane: _Plane) -> list[tuple[float, float, float, float]]:
    """What dots and lines cover, as small boxes along them."""
    boxes = [_box(*plane.place(point), 8, align="center", height=8) for point in points]
    for on_dial in _by_dial(points):
        for (x, y), (end_x, end_y) in pairwise(map(plane.place, on_dial)):
            steps = int(math.hypot(end_x - x, end_y - y) // _LINE_STEP)
            boxes += [
                _box(
                    x + (end_x - x) * step / steps,
                    y + (end_y - y) * step / steps,
                    3,
                    align="center",
                    height=3,
                )
                for step in range(1, steps)
            ]
    return boxes


def _farthest(points: Sequence[TradeOffPoint], shipped: TradeOffPoint, plane: _Plane) -> TradeOffPoint:
    return max(points, key=lambda point: math.dist(plane.place(point), plane.place(shipped)))


def _free_place(
    plane: _Plane,
    point: TradeOffPoint,
    wide: float,
    taken: Sequence[tuple[float, float, float, float]],
    *,
    is_needed: bool,
) -> tuple[float, float, str] | None:
    """Right or left of a dot, and where words are needed also above or below, wherever they cover nothing."""
    x, y = plane.place(point)
    tries = [(x + 9, y, "left"), (x - 9, y, "right")]
    if is_needed:
        tries += [(x, y - 15, "center"), (x, y + 15, "center")]
        tries += [
            (x + side * 8, y + up, align)
            for up in (-15, 15, -31, 31)
            for side, align in ((1, "left"), (-1, "right"))
        ]
    for across, up, align in tries:
        left, right, top, bottom = _box(across, up, wide, align=align)
        is_inside = (
            left >= _AXIS_ROOM and right <= plane.frame.width and top >= 0 and bottom <= plane.frame.height
        )
        if is_inside and not any(
            left < other[1] and right > other[0] and top < other[3] and bottom > other[2] for other in taken
        ):
            return across, up, align
    return None


def _box(
    x: float, y: float, wide: float, *, align: str, height: float = _LABEL_HEIGHT
) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of words."""
    left = {"left": x, "right": x - wide, "center": x - wide / 2}[align]
    return left, left + wide, y - height / 2, y + height / 2


def _figure(setting: float) -> str:
    return f"{setting:g}"


def _is_better(point: TradeOffPoint, shipped: TradeOffPoint) -> bool:
    """Whether a setting gains on one side, visibly, and loses nothing visible on the other."""
    lost, kept = shipped.lost_points - point.lost_points, shipped.kept_share - point.kept_share
    return lost > -_SAME_POINTS and kept > -_SAME_SHARE and (lost > _SAME_POINTS or kept > _SAME_SHARE)


def _description(points: Sequence[TradeOffPoint], shipped: TradeOffPoint) -> str:
    others = [point for point in points if not point.is_shipped]
    better = sum(_is_better(point, shipped) for point in others)
    said = (
        f"By the shipped rule attacks keep {of_hundred(max(0.0, shipped.kept_share))} parts of their points"
        f" and one in a hundred genuine actors loses {shipped.lost_points:.1f} points or more"
    )
    if not others:
        return said + "."
    harshest = max(others, key=lambda point: point.lost_points)
    mildest = max(others, key=lambda point: point.kept_share)
    verdict = f"{number_word(better) if better else 'none'} {'is' if better < 2 else 'are'}"
    return (
        f"{said}; of {counted(len(others), 'other setting', 'other settings')} {verdict} better on one side"
        f" and no worse on the other; most is lost, {harshest.lost_points:.1f}, at {clean(harshest.dial)}"
        f" {_figure(harshest.setting)}, and most is kept, {of_hundred(max(0.0, mildest.kept_share))}, at"
        f" {clean(mildest.dial)} {_figure(mildest.setting)}."
    )


def _table(points: Sequence[TradeOffPoint]) -> list[dict[str, object]]:
    return [
        {
            "dial": clean(point.dial),
            "setting": _figure(point.setting),
            "lost": point.lost_points,
            "kept": point.kept_share,
            "shipped": "shipped" if point.is_shipped else "",
        }
        for point in points
    ]
