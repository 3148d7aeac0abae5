"""A chart: what it says, what it draws, and the rows behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from renown.charts import theme
from renown.charts.text import pinned, width_of, wrap
from renown.charts.words import day_short

Format = Literal["text", "id", "score", "points", "amount", "share", "count", "rank", "figure"]
"""How a table column is shown: score with one decimal, share as "41 of 100", figure with three decimals."""

Layer = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
MARGIN = 20
"""Pixels of paper around a picture that stands alone."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the table behind a chart: `key` in the rows, `label` for people."""

    key: str
    label: str
    format: Format = "text"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One message as a picture, a sentence and a table.

    Fields: name: what kind of chart, as an identifier; title: what one sees, as a sentence; subtitle: what is
            drawn and where it holds; description: the text alternative, one sentence; spec: a complete
            Vega-Lite 6 specification in light colours (`render.themed` gives the dark one); rows and columns:
            the table.
    """

    name: str
    title: str
    subtitle: str
    description: str
    spec: dict[str, Any]
    rows: Sequence[Mapping[str, object]]
    columns: Sequence[Column]


@dataclass(frozen=True, kw_only=True)
class Says:
    """What a chart says in words; the fields are those of `Chart`."""

    name: str
    title: str
    subtitle: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The drawing area in pixels; `foot` is the room that axis labels need below it."""

    width: int
    height: int
    foot: int = 4

    @property
    def is_narrow(self) -> bool:
        """Whether labels go above their marks, because there is no room beside them."""
        return is_narrow(self.width)


_MOST_DAY_LABELS = 5
_DAY_LABEL_ROOM = 100

DAYS_FOOT = 26
"""Room below the drawing for a row of days."""
AXIS_FOOT = 44
"""Room below the drawing for a row of axis labels and the axis' name."""


def is_narrow(width: int) -> bool:
    """Whether a drawing of this width is laid out for a phone."""
    return width < 480


def draw(
    frame: Frame,
    layers: Sequence[Layer],
    *,
    says: Says,
    rows: Sequence[Mapping[str, object]],
    columns: Sequence[Column],
) -> Chart:
    """A chart from layers that share both axes, with headings, colours and type around them."""
    return Chart(
        name=says.name,
        title=says.title,
        subtitle=says.subtitle,
        description=says.description,
        spec=_build_spec(frame, layers, says),
        rows=rows,
        columns=columns,
    )


def values(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Rows as the data of a layer."""
    return {"values": [dict(row) for row in rows]}


def at_pixel(field: str) -> dict[str, Any]:
    """The encoding of a position that is a pixel already: panels beside each other cannot share one axis."""
    return {"field": field, "type": "quantitative", "scale": None, "axis": None}


def words_at(
    text: str, *, x: float, y: float, align: str = "left", role: str = "ink", weight: str = "normal"
) -> Layer:
    """A layer that writes one line at a fixed pixel of the drawing area."""
    mark = {"type": "text", "align": align, "fontWeight": weight, "color": theme.colour(role)}
    # The line is a datum and not a mark property: properties may hold expressions, data never do.
    encoding = {"x": {"value": round(x, 1)}, "y": {"value": round(y, 1)}, "text": {"field": "line"}}
    return {"data": values([{"line": text}]), "mark": mark, "encoding": encoding}


def on_halo(words: Layer) -> Layer:
    """The words on a halo of paper, which keeps lines behind from crossing them out."""
    paper = theme.colour("paper")
    halo = {**words["mark"], "color": paper, "stroke": paper, "strokeWidth": 4, "opacity": 0.85}
    return {
        "data": words["data"],
        "encoding": words["encoding"],
        "layer": [{"mark": halo}, {"mark": words["mark"]}],
    }


def line_at(*, y: float, width: float) -> Layer:
    """A layer with one hairline across the drawing area."""
    mark = {"type": "rule", "color": theme.colour("rule")}
    encoding = {"y": {"value": y}, "x": {"value": 0}, "x2": {"value": width}}
    return {"data": values([{}]), "mark": mark, "encoding": encoding}


def score_axis(**more: object) -> dict[str, Any]:
    """A horizontal axis of score points, named below its first label."""
    ticks = {} if "values" in more else {"tickCount": 5}
    return {**ticks, "title": "score", "titleAnchor": "start", "labelFlush": True, **more}


def day_labels(first: datetime, last: datetime, *, edges: tuple[float, float], y: float) -> list[Layer]:
    """Days under a time axis that runs from `first` to `last` between two pixels, as many as have room."""
    left, right = edges
    count = max(2, min(_MOST_DAY_LABELS, int((right - left) // _DAY_LABEL_ROOM)))
    labels: dict[str, float] = {}
    for step in range(count):
        share = step / (count - 1)
        labels.setdefault(day_short(first + (last - first) * share), left + (right - left) * share)
    layers = []
    for label, middle in labels.items():
        x, align = pinned(middle - left, width_of(label, theme.TEXT_SIZE), right - left)
        layers.append(words_at(label, x=x + left, y=y, align=align, role="muted"))
    return layers


def _build_spec(frame: Frame, layers: Sequence[Layer], says: Says) -> dict[str, Any]:
    heading, height = _heading(frame, says)
    colours = theme.palette("light")
    return {
        "$schema": SCHEMA,
        "width": frame.width,
        "height": frame.height,
        # Nothing is fitted to measured text: the same picture on every machine, and columns that line up.
        "autosize": {"type": "none"},
        "padding": {"left": MARGIN, "right": MARGIN, "top": height + MARGIN, "bottom": frame.foot + MARGIN},
        "title": heading,
        "params": theme.palette_params(colours),
        "config": theme.chart_config(colours),
        "layer": list(layers),
    }


def _heading(frame: Frame, says: Says) -> tuple[dict[str, Any], int]:
    size = theme.NARROW_TITLE_SIZE if frame.is_narrow else theme.TITLE_SIZE
    title_lines = wrap(says.title, frame.width, size, bold=True)
    subtitle_lines = wrap(says.subtitle, frame.width, theme.TEXT_SIZE)
    line_height, small_height, gap = round(size * 1.25), round(theme.TEXT_SIZE * 1.4), 18
    heading = {
        "text": title_lines,
        "fontSize": size,
        "lineHeight": line_height,
        "subtitle": subtitle_lines,
        "subtitleLineHeight": small_height,
        "offset": gap,
    }
    return heading, len(title_lines) * line_height + len(subtitle_lines) * small_height + 6 + gap
