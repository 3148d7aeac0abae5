"""A check by groups: figures of each as dots on their intervals, beside a line at what the whole shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from renown.charts import theme
from renown.charts.chart import Chart, Column, Frame, Layer, Says, at_pixel, draw, is_narrow, values
from renown.charts.model_card_words import AXIS_NAMES, FIGURE_NAMES, group_value, group_words
from renown.charts.rows import by_role
from renown.charts.text import clean, fit
from renown.charts.words import counted
from renown.errors import TooLittleInputError
from renown.evaluate.subgroup_records import FIGURE_WORDS, AxisCheck, GroupFigure, Subgroup
from renown.explain.words import sentence

DRAWN_FIGURES: Final = ("coverage", "lead", "bias_points", "discounted_share", "spearman")
"""Figures that are drawn, the first that there are; the table has all."""
_MOST_PANELS: Final = 3
_MOST_TOLD: Final = 3
"""Differences that the text alternative names; the table has all."""
_LABELS: Final = 130
_NARROW_LABELS: Final = 110
_FIGURE: Final = 58
_GAP: Final = 22
_STEP: Final = 28


@dataclass(frozen=True, kw_only=True)
class _Panel:
    """Where one figure is drawn: pixels of its edges, its values there, rows above its first group."""

    name: str
    left: float
    right: float
    rows_before: int
    domain: tuple[float, float]
    whole: GroupFigure

    def pixel(self, value: float) -> float:
        """Where a value stands."""
        low, high = self.domain
        share = (min(max(value, low), high) - low) / (high - low)
        return round(self.left + share * (self.right - _FIGURE - self.left), 1)


def chart_groups(check: AxisCheck, *, width: int = theme.WIDE) -> Chart:
    """Figures of each group along one axis, each with its interval, beside the same of everybody.

    Raises:   TooLittleInputError: no group has a figure.
    """
    groups = [one for one in check.groups if any(one.figure(name) for name in DRAWN_FIGURES)]
    names = [name for name in DRAWN_FIGURES if any(one.figure(name) for one in groups)][:_MOST_PANELS]
    if not names:
        raise TooLittleInputError(f"No group by {AXIS_NAMES[check.axis]} is large enough to draw.")
    panels = _panels(groups, names, width)
    rows_count = panels[-1].rows_before + len(groups)
    told = [name for name in FIGURE_NAMES if any(one.figure(name) for one in check.groups)]
    says = Says(
        name="card-groups",
        title=_title(check),
        subtitle=(f"Line: everybody; blue: the interval does not hold it · grouped by {clean(check.says)}"),
        description=_description(check),
    )
    return draw(
        Frame(width=width, height=rows_count * _STEP),
        _layers(groups, panels),
        says=says,
        rows=[_record(one, told) for one in check.groups],
        columns=(
            Column(key="group", label=AXIS_NAMES[check.axis].capitalize()),
            Column(key="accounts", label="Accounts", format="count"),
            Column(key="scored", label="With a score", format="count"),
            *(Column(key=name, label=FIGURE_NAMES[name], format="figure") for name in told),
        ),
    )


def _title(check: AxisCheck) -> str:
    flagged = [group.group for group in check.groups if any(one.is_flagged for one in group.figures)]
    by = f"By {AXIS_NAMES[check.axis]}"
    if not flagged:
        return f"{by}, no group differs from the whole beyond its interval"
    figures = sum(one.is_flagged for group in check.groups for one in group.figures)
    differs = "differs" if figures == 1 else "differ"
    return (
        f"{by}, {counted(figures, 'figure', 'figures')} of"
        f" {counted(len(flagged), 'group', 'groups')} {differs} from the whole"
    )


def _description(check: AxisCheck) -> str:
    flagged = [
        f"{FIGURE_WORDS[one.name]} is {group_value(one)} in the group {clean(group.group)}"
        for group in check.groups
        for one in group.figures
        if one.is_flagged
    ]
    said = f"{counted(len(check.groups), 'group', 'groups')} by {clean(check.says)}"
    told = "; ".join(flagged[:_MOST_TOLD]) if flagged else "none differs from the whole"
    more = f"; and {len(flagged) - _MOST_TOLD} more" if len(flagged) > _MOST_TOLD else ""
    return sentence(f"{said}; {told}{more}.")


def _record(group: Subgroup, told: Sequence[str]) -> dict[str, object]:
    figures = {name: group_words(group.figure(name)) for name in told}
    return {
        "group": clean(group.group),
        "accounts": group.accounts_count,
        "scored": group.scored_count,
        **figures,
    }


def _panels(groups: Sequence[Subgroup], names: Sequence[str], width: int) -> list[_Panel]:
    block = len(groups) + 1
    room = (width - _LABELS) / len(names)
    found = []
    for place, name in enumerate(names):
        figures = [one for group in groups if (one := group.figure(name)) is not None]
        is_stacked = is_narrow(width)
        found.append(
            _Panel(
                name=name,
                left=_NARROW_LABELS + 8 if is_stacked else _LABELS + place * room + _GAP,
                right=width if is_stacked else _LABELS + (place + 1) * room,
                rows_before=place * block + 1 if is_stacked else 1,
                domain=_domain(figures),
                whole=figures[0],
            )
        )
    return found


def _domain(figures: Sequence[GroupFigure]) -> tuple[float, float]:
    ends = [one.whole for one in figures]
    for one in figures:
        ends += [one.value if one.low is None else one.low, one.value if one.high is None else one.high]
    low, high = min(ends), max(ends)
    room = max((high - low) * 0.05, 1e-6)
    return low - room, high + room


def _layers(groups: Sequence[Subgroup], panels: Sequence[_Panel]) -> list[Layer]:
    marks = [
        _mark(panel, one, panel.rows_before + place)
        for panel in panels
        for place, group in enumerate(groups)
        if (one := group.figure(panel.name)) is not None
    ]
    lines = [
        {
            "x": panel.pixel(panel.whole.whole),
            "y": panel.rows_before * _STEP,
            "bottom": (panel.rows_before + len(groups)) * _STEP,
        }
        for panel in panels
    ]
    hue, edge = by_role(), by_role("_edge")
    band = {"type": "rule", "strokeWidth": 12, "opacity": theme.INTERVAL_OPACITY}
    dot = {"type": "point", "filled": True, "size": 80, "opacity": 1}
    y, x = at_pixel("y"), at_pixel("x")
    return [
        {
            "data": values(lines),
            "mark": {"type": "rule", "color": theme.colour("muted"), "strokeDash": [3, 3]},
            "encoding": {"x": x, "y": y, "y2": {"field": "bottom"}},
        },
        {
            "data": values([mark for mark in marks if mark["low"] is not None]),
            "mark": band,
            "encoding": {"y": y, "x": at_pixel("low"), "x2": {"field": "high"}, "color": hue},
        },
        {"data": values(marks), "mark": dot, "encoding": {"y": y, "x": x, "fill": hue, "stroke": edge}},
        *_texts(marks, "right", "normal", "ink"),
        *_texts(_labels(groups, panels), "left", "normal", "ink"),
        *_texts(_heads(panels), "left", "normal", "muted"),
    ]


def _mark(panel: _Panel, one: GroupFigure, row: int) -> dict[str, Any]:
    return {
        "x": panel.pixel(one.value),
        "low": None if one.low is None else panel.pixel(one.low),
        "high": None if one.high is None else panel.pixel(one.high),
        "y": (row + 0.5) * _STEP,
        "role": "accent" if one.is_flagged else "other",
        "line": group_value(one),
        "at": panel.right,
    }


def _labels(groups: Sequence[Subgroup], panels: Sequence[_Panel]) -> list[dict[str, Any]]:
    """Names of the groups, beside the first panel or, stacked on a phone, beside each."""
    is_stacked = len({panel.rows_before for panel in panels}) > 1 or panels[0].left < _LABELS
    limit = _NARROW_LABELS if is_stacked else _LABELS
    return [
        {
            "line": fit(group.group, limit, theme.TEXT_SIZE),
            "at": 0,
            "y": (panel.rows_before + place + 0.5) * _STEP,
        }
        for panel in (panels if is_stacked else panels[:1])
        for place, group in enumerate(groups)
    ]


def _heads(panels: Sequence[_Panel]) -> list[dict[str, Any]]:
    is_stacked = panels[0].left < _LABELS
    return [
        {
            "line": fit(_head(panel), panel.right - panel.left, theme.TEXT_SIZE),
            "at": 0 if is_stacked else panel.left,
            "y": (panel.rows_before - 0.5) * _STEP,
        }
        for panel in panels
    ]


def _head(panel: _Panel) -> str:
    """What the panel shows, and what everybody has, where that is not 0 by definition."""
    name = FIGURE_NAMES[panel.name]
    if panel.name == "bias_points":
        return name
    return f"{name} · all {group_value(replace(panel.whole, value=panel.whole.whole))}"


def _texts(rows: Sequence[dict[str, Any]], align: str, weight: str, role: str) -> list[Layer]:
    mark = {"type": "text", "align": align, "fontWeight": weight, "color": theme.colour(role)}
    encoding = {"x": at_pixel("at"), "y": at_pixel("y"), "text": {"field": "line"}}
    return [{"data": values(rows), "mark": mark, "encoding": encoding}] if rows else []
