"""Lists of rows: a label, a mark on a shared axis, a figure on the right; on a phone one above the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from renown.charts import theme
from renown.charts.chart import Layer, is_narrow, line_at, values

_GAP = 14


@dataclass(frozen=True, kw_only=True)
class RowLayout:
    """Where the parts of each row go, in pixels.

    Fields: width of the drawing; count of rows; lead: room for a short text before the label (a rank band);
            labels: room for the label, lead not counted; figures: room for the figure on the right;
            domain: the values from the start of the axis to its stop; axis: how Vega-Lite draws it,
            None for not at all.
    """

    width: int
    count: int
    domain: tuple[float, float]
    axis: dict[str, Any] | None = None
    lead: int = 0
    labels: int = 200
    figures: int = 90

    @property
    def is_narrow(self) -> bool:
        """Whether the label stands above its mark."""
        return is_narrow(self.width)

    @property
    def step(self) -> int:
        """Height of a row."""
        return 44 if self.is_narrow else 30

    @property
    def height(self) -> int:
        """Height of all rows."""
        return self.step * self.count

    @property
    def plot_left(self) -> int:
        """Where the axis starts."""
        return 0 if self.is_narrow else self.lead + self.labels + _GAP

    @property
    def plot_right(self) -> int:
        """Where the axis stops."""
        return self.width if self.is_narrow else self.width - self.figures - _GAP

    @property
    def label_limit(self) -> int:
        """Widest label that fits."""
        return self.width - self.lead - self.figures - _GAP if self.is_narrow else self.labels

    @property
    def label_shift(self) -> int:
        """Vertical offset of texts from the row's middle."""
        return -9 if self.is_narrow else 0

    @property
    def mark_shift(self) -> int:
        """Vertical offset of marks from the row's middle."""
        return 11 if self.is_narrow else 0

    def y(self) -> dict[str, Any]:
        """The encoding that puts a datum on its `row`."""
        scale = {"domain": list(range(self.count)), "paddingInner": 0, "paddingOuter": 0}
        return {"field": "row", "type": "ordinal", "axis": None, "scale": scale}

    def x(self, field: str) -> dict[str, Any]:
        """The encoding of a figure on the shared axis."""
        scale = {
            "domain": list(self.domain),
            "nice": False,
            "rangeMin": self.plot_left,
            "rangeMax": self.plot_right,
        }
        return {"field": field, "type": "quantitative", "scale": scale, "axis": self.axis}


def row_texts(
    layout: RowLayout, rows: Sequence[Mapping[str, object]], field: str, *, x: float, align: str = "left"
) -> Layer:
    """A layer that writes `field` of each row at pixel `x`; rows with a true `is_strong` in bold."""
    # Weight is no encoding channel of Vega-Lite, so the bold rows are a layer of their own.
    plain = [row for row in rows if not row.get("is_strong")]
    strong = [row for row in rows if row.get("is_strong")]
    return {
        "layer": [
            _texts(layout, some, field, x=x, align=align, weight=weight)
            for some, weight in ((plain, "normal"), (strong, "bold"))
            if some
        ]
    }


def row_bars(layout: RowLayout, rows: Sequence[Mapping[str, object]]) -> Layer:
    """A layer of bars from `start` to `stop`, each in the colour of its `role`."""
    mark = {"type": "bar", "height": 14, "yOffset": layout.mark_shift, "strokeWidth": 1}
    encoding = {
        "y": layout.y(),
        "x": layout.x("start"),
        "x2": {"field": "stop"},
        "fill": by_role(),
        "stroke": by_role("_edge"),
    }
    return {"data": values(rows), "mark": mark, "encoding": encoding}


def row_intervals(layout: RowLayout, rows: Sequence[Mapping[str, object]]) -> Layer:
    """A layer of dots at `value` on their intervals from `low` to `high`, in the colour of `role`.

    The interval is the dot's hue at 25 %, its ends are marked by the hue at full strength; without `low`
    there is none.
    """
    known = [row for row in rows if row.get("low") is not None]
    shift = layout.mark_shift
    band = {
        "type": "bar",
        "height": 12,
        "yOffset": shift,
        "fillOpacity": theme.INTERVAL_OPACITY,
        "strokeOpacity": 0,
    }
    tick = {"type": "tick", "thickness": 1, "size": 12, "yOffset": shift}
    dot = {"type": "point", "filled": True, "size": 90, "yOffset": shift, "opacity": 1}
    y, low, high, value = layout.y(), layout.x("low"), layout.x("high"), layout.x("value")
    hue, edge = by_role(), by_role("_edge")
    return {
        "layer": [
            {
                "data": values(known),
                "mark": band,
                "encoding": {"y": y, "x": low, "x2": {"field": "high"}, "fill": hue},
            },
            {"data": values(known), "mark": tick, "encoding": {"y": y, "x": low, "color": edge}},
            {"data": values(known), "mark": tick, "encoding": {"y": y, "x": high, "color": edge}},
            {
                "data": values(rows),
                "mark": dot,
                "encoding": {"y": y, "x": value, "fill": hue, "stroke": edge},
            },
        ]
    }


def row_steps(layout: RowLayout, rows: Sequence[Mapping[str, object]]) -> list[Layer]:
    """Hairlines from the `stop` of each row down to the next; none on a phone: they would cross labels."""
    if layout.is_narrow:
        return []
    links = [{"row": row, "next": row + 1, "stop": rows[row]["stop"]} for row in range(len(rows) - 1)]
    mark = {"type": "rule", "color": theme.colour("muted"), "opacity": 0.6}
    encoding = {"y": layout.y(), "y2": {"field": "next"}, "x": layout.x("stop")}
    return [{"data": values(links), "mark": mark, "encoding": encoding}]


def row_lines(layout: RowLayout, *, after: Sequence[int]) -> Layer:
    """A layer of hairlines across the drawing, under the given rows."""
    return {"layer": [line_at(y=(row + 1) * layout.step, width=layout.width) for row in after]}


def by_role(suffix: str = "") -> dict[str, Any]:
    """The encoding that gives each row the colour of its `role`; all layers of a chart share it."""
    hues = [theme.colour(role + suffix) for role in theme.ROW_ROLES]
    return {
        "field": "role",
        "type": "nominal",
        "scale": {"domain": list(theme.ROW_ROLES), "range": hues},
        "legend": None,
    }


def _texts(
    layout: RowLayout, rows: Sequence[Mapping[str, object]], field: str, *, x: float, align: str, weight: str
) -> Layer:
    mark = {
        "type": "text",
        "align": align,
        "dy": layout.label_shift,
        "fontWeight": weight,
        "color": theme.colour("ink"),
    }
    encoding = {"y": layout.y(), "x": {"value": x}, "text": {"field": field}}
    return {"data": values(rows), "mark": mark, "encoding": encoding}
