"""What attacks gain, and what of it a defence leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from renown.charts import theme
from renown.charts.chart import Chart, Column, Frame, Layer, Says, draw, values
from renown.charts.rows import RowLayout, row_texts
from renown.charts.text import clean, fit
from renown.charts.words import counted, of_hundred
from renown.errors import TooLittleInputError

_SURE = 1e-9


@dataclass(frozen=True, kw_only=True)
class AttackBar:
    """One attack as it is drawn."""

    label: str
    gained_points: float
    """undefended"""
    kept_points: float | None
    """with the defence; None: none was tried"""
    cost: str
    """what it costs, with the currency"""
    cost_per_point: str
    cost_per_kept_point: str
    seen: str
    """how long it went unseen"""


def chart_attacks(bars: Sequence[AttackBar], *, subtitle: str, width: int = theme.WIDE) -> Chart:
    """Every attack as a bar of the points it gains undefended: grey what is left of it, violet what is not.

    Args:     bars: in the order in which they are drawn. subtitle: what was attacked.
    Raises:   TooLittleInputError: there is no attack.
    """
    if not bars:
        raise TooLittleInputError("There is no attack to draw.")
    largest = max(max(bar.gained_points, bar.kept_points or 0.0) for bar in bars)
    layout = RowLayout(
        width=width, count=len(bars), domain=(0.0, max(largest, _SURE)), labels=180, figures=110
    )
    rows = [_row(layout, place, bar) for place, bar in enumerate(bars)]
    layers = [
        _part(layout, rows, ("none", "kept"), "other"),
        _part(layout, [row for row in rows if row["is_defended"]], ("kept", "gained"), "discount"),
        row_texts(layout, rows, "label", x=0),
        row_texts(layout, rows, "figure", x=width, align="right"),
    ]
    says = Says(
        name="attacks", title=_title(bars), subtitle=_subtitle(bars, subtitle), description=_description(bars)
    )
    return draw(
        Frame(width=width, height=layout.height), layers, says=says, rows=_table(bars), columns=_COLUMNS
    )


_COLUMNS = (
    Column(key="label", label="Attack"),
    Column(key="gained", label="Points undefended", format="points"),
    Column(key="kept", label="Points with the defence", format="points"),
    Column(key="share", label="Kept", format="share"),
    Column(key="cost", label="Cost"),
    Column(key="cost_per_point", label="A point undefended"),
    Column(key="cost_per_kept_point", label="A point with the defence"),
    Column(key="seen", label="Unseen for"),
)


def kept_share(bar: AttackBar) -> float | None:
    """What share of its points an attack keeps; None without a defence or without points."""
    if bar.kept_points is None or bar.gained_points < _SURE:
        return None
    return bar.kept_points / bar.gained_points


def _row(layout: RowLayout, place: int, bar: AttackBar) -> dict[str, object]:
    kept = bar.gained_points if bar.kept_points is None else max(0.0, bar.kept_points)
    return {
        "row": place,
        "label": fit(bar.label, layout.label_limit, theme.TEXT_SIZE),
        "none": 0,
        "kept": kept,
        "gained": max(bar.gained_points, kept),
        "is_defended": bar.kept_points is not None,
        "figure": _figure(bar),
    }


def _figure(bar: AttackBar) -> str:
    gained = f"{bar.gained_points:.1f}"
    return gained if bar.kept_points is None else f"{bar.kept_points:.1f} of {gained}".replace("-", "−")


def _part(layout: RowLayout, rows: Sequence[dict[str, object]], ends: tuple[str, str], role: str) -> Layer:
    """Bars between two values of each row, in one colour."""
    mark = {
        "type": "bar",
        "height": 14,
        "yOffset": layout.mark_shift,
        "strokeWidth": 1,
        "fill": theme.colour(role),
        "stroke": theme.colour(f"{role}_edge"),
    }
    encoding = {"y": layout.y(), "x": layout.x(ends[0]), "x2": {"field": ends[1]}}
    return {"data": values(rows), "mark": mark, "encoding": encoding}


def _title(bars: Sequence[AttackBar]) -> str:
    shares = [share for bar in bars if (share := kept_share(bar)) is not None]
    most = max(bars, key=lambda bar: bar.gained_points)
    if not shares:
        return f"Undefended, {clean(most.label)} gains {most.gained_points:.0f} points"
    middle = sorted(shares)[len(shares) // 2]
    attacks, kept = counted(len(shares), "attack", "attacks"), of_hundred(max(0.0, middle))
    return f"Half of the {attacks} keep at most {kept} parts of their points"


def _subtitle(bars: Sequence[AttackBar], subtitle: str) -> str:
    if all(bar.kept_points is None for bar in bars):
        return f"Points gained, nothing discounted · {subtitle}"
    return f"Points gained: grey what the defence leaves, violet what it takes · {subtitle}"


def _description(bars: Sequence[AttackBar]) -> str:
    most = max(bars, key=lambda bar: bar.gained_points)
    said = f"{counted(len(bars), 'attack', 'attacks')}; undefended, {clean(most.label)} gains most"
    said += f" with {most.gained_points:.1f} points"
    worst = max(bars, key=lambda bar: kept_share(bar) or 0.0)
    share = kept_share(worst)
    if share is None or share <= 0:
        return said + "."
    return f"{said}; with the defence, {clean(worst.label)} keeps most of its own, {of_hundred(share)} parts."


def _table(bars: Sequence[AttackBar]) -> list[dict[str, object]]:
    return [
        {
            "label": clean(bar.label),
            "gained": bar.gained_points,
            "kept": bar.kept_points,
            "share": kept_share(bar),
            "cost": bar.cost,
            "cost_per_point": bar.cost_per_point,
            "cost_per_kept_point": bar.cost_per_kept_point,
            "seen": bar.seen,
        }
        for bar in bars
    ]
