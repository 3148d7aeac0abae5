"""A group of actors who act together, as a drawing: dots for members, lines for who reacted to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from renown.charts import theme
from renown.charts.chart import Chart, Column, Frame, Layer, Says, at_pixel, draw, on_halo, values, words_at
from renown.charts.text import clean, fit, pinned, width_of
from renown.charts.words import counted, of_hundred
from renown.errors import TooLittleInputError

_MARGIN = 30
_MOST_LINES = 6_000
"""More lines than this are a grey cloud: the first ones are drawn, and the table has the count."""


@dataclass(frozen=True, kw_only=True)
class RingDot:
    """One member: where it stands (0 to 1 both ways), and how many of the group it reacted to."""

    x: float
    y: float
    is_actor: bool
    reacted_to_count: int
    reacted_by_count: int


def chart_ring(
    dots: Sequence[RingDot],
    lines: Sequence[tuple[int, int]],
    *,
    handle: str,
    sentence: str,
    width: int = theme.WIDE,
) -> Chart:
    """A group drawn as a graph. Only the actor in question is named; the others are dots.

    Args:     lines: pairs of places in `dots`; sentence: what the finding says.
    Raises:   TooLittleInputError: fewer than two members.
    """
    if len(dots) < 2:
        raise TooLittleInputError("A group of one cannot be drawn.")
    frame = Frame(width=width, height=min(480, width))
    name = fit(handle, 150, theme.TEXT_SIZE, bold=True)
    says = Says(
        name="ring",
        title=_title(dots, lines),
        subtitle=f"{clean(sentence).rstrip('.')} · dots are accounts, lines reactions · only {name} is named",
        description=_description(dots, lines, name),
    )
    return draw(
        frame,
        _layers(dots, lines, frame, name),
        says=says,
        rows=_table(dots, name),
        columns=(
            Column(key="member", label="Member"),
            Column(key="reacted_to", label="Reacted to", format="count"),
            Column(key="reacted_by", label="Reacted to by", format="count"),
        ),
    )


def _title(dots: Sequence[RingDot], lines: Sequence[tuple[int, int]]) -> str:
    members = counted(len(dots), "account", "accounts")
    return f"{members}, and {of_hundred(_share(dots, lines))} of all pairs have reacted to each other"


def _description(dots: Sequence[RingDot], lines: Sequence[tuple[int, int]], name: str) -> str:
    members = counted(len(dots), "member", "members")
    shared = of_hundred(_share(dots, lines))
    return f"{members} of a group around {name}; {shared} of its pairs have reacted to each other."


def _share(dots: Sequence[RingDot], lines: Sequence[tuple[int, int]]) -> float:
    """Pairs of whom both reacted to the other, among all pairs."""
    directed = set(lines)
    mutual = sum((other, one) in directed for one, other in directed if one < other)
    return mutual / (len(dots) * (len(dots) - 1) / 2)


def _layers(
    dots: Sequence[RingDot], lines: Sequence[tuple[int, int]], frame: Frame, name: str
) -> list[Layer]:
    places = [_place(dot, frame) for dot in dots]
    pairs = sorted({(min(pair), max(pair)) for pair in lines if pair[0] != pair[1]})[:_MOST_LINES]
    drawn = [
        {"x": places[one][0], "y": places[one][1], "x2": places[other][0], "y2": places[other][1]}
        for one, other in pairs
    ]
    rule = {
        "type": "rule",
        "color": theme.colour("discount"),
        "opacity": round(max(0.06, min(0.5, 150 / max(len(pairs), 1))), 3),
        "strokeWidth": 1,
    }
    ends = {"x": at_pixel("x"), "y": at_pixel("y"), "x2": {"field": "x2"}, "y2": {"field": "y2"}}
    layers: list[Layer] = [{"data": values(drawn), "mark": rule, "encoding": ends}] if drawn else []
    for is_actor, role, size in ((False, "other", 60), (True, "accent", 160)):
        some = [
            {"x": x, "y": y} for (x, y), dot in zip(places, dots, strict=True) if dot.is_actor == is_actor
        ]
        mark = {
            "type": "point",
            "filled": True,
            "opacity": 1,
            "size": size,
            "fill": theme.colour(role),
            "stroke": theme.colour(f"{role}_edge"),
        }
        encoding = {"x": at_pixel("x"), "y": at_pixel("y")}
        layers += [{"data": values(some), "mark": mark, "encoding": encoding}] if some else []
    return [*layers, *_names(dots, places, frame, name)]


def _names(
    dots: Sequence[RingDot], places: Sequence[tuple[float, float]], frame: Frame, name: str
) -> list[Layer]:
    layers = []
    for (middle, y), dot in zip(places, dots, strict=True):
        if dot.is_actor:
            x, align = pinned(middle, width_of(name, theme.TEXT_SIZE, bold=True), frame.width)
            layers.append(on_halo(words_at(name, x=x, y=y - 18, align=align, weight="bold")))
    return layers


def _place(dot: RingDot, frame: Frame) -> tuple[float, float]:
    x = _MARGIN + dot.x * (frame.width - 2 * _MARGIN)
    return round(x, 1), round(_MARGIN + dot.y * (frame.height - 2 * _MARGIN), 1)


def _table(dots: Sequence[RingDot], name: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number, dot in enumerate(dots, start=1):
        member = name if dot.is_actor else f"member {number}"
        rows.append(
            {"member": member, "reacted_to": dot.reacted_to_count, "reacted_by": dot.reacted_by_count}
        )
    return rows
