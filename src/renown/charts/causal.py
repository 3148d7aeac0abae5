"""Influence as it looks, and after asking who would have acted anyway: dots on their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from renown.charts import theme
from renown.charts.chart import AXIS_FOOT, Chart, Column, Frame, Says, draw
from renown.charts.rows import RowLayout, row_intervals, row_texts
from renown.charts.text import clean, fit
from renown.errors import TooLittleInputError

_LABELS = {
    "naive": "against everybody else",
    "matched": "against people alike",
    "calibrated": "alike, and as in silence",
}
_ROOM = 0.04
"""Of the axis, on either side of what is drawn."""


@dataclass(frozen=True, kw_only=True)
class ReadingRow:
    """One reading of an actor's influence.

    Fields: reading: naive, matched or calibrated; caused, low, high: how often the audience acted because of
            the actor, and the ends of its interval.
    """

    reading: str
    caused: float
    low: float
    high: float


def chart_causal(rows: Sequence[ReadingRow], *, handle: str, subtitle: str, width: int = theme.WIDE) -> Chart:
    """How often an audience acted because of an actor, by each reading; the axis holds nought.

    Args:     rows: naive first; the last is the one to go by. subtitle: what was compared, and when.
    Raises:   TooLittleInputError: there are no rows.
    """
    if not rows:
        raise TooLittleInputError("There is no reading to draw.")
    shown: list[dict[str, object]] = [
        {
            "row": place,
            "label": _LABELS.get(row.reading, clean(row.reading)),
            "value": row.caused,
            "low": row.low,
            "high": row.high,
            "figure": f"{row.caused:,.0f}",
            "role": "accent" if place == len(rows) - 1 else "other",
            "is_strong": place == len(rows) - 1,
        }
        for place, row in enumerate(rows)
    ]
    axis = {"tickCount": 5, "title": "acts because of it", "titleAnchor": "start", "labelFlush": True}
    layout = RowLayout(width=width, count=len(rows), domain=_domain(rows), axis=axis, labels=190, figures=60)
    layers = [
        row_intervals(layout, shown),
        row_texts(layout, shown, "label", x=0),
        row_texts(layout, shown, "figure", x=width, align="right"),
    ]
    says = Says(
        name="causal", title=_title(rows, handle), subtitle=subtitle, description=_description(rows, handle)
    )
    return draw(
        Frame(width=width, height=layout.height, foot=AXIS_FOOT),
        layers,
        says=says,
        rows=[
            {"reading": clean(row.reading), "caused": row.caused, "low": row.low, "high": row.high}
            for row in rows
        ],
        columns=(
            Column(key="reading", label="Reading"),
            *(
                Column(key=key, label=label, format="figure")
                for key, label in (("caused", "Because of it"), ("low", "From"), ("high", "To"))
            ),
        ),
    )


def _domain(rows: Sequence[ReadingRow]) -> tuple[float, float]:
    low, high = min(0.0, *(row.low for row in rows)), max(1.0, *(row.high for row in rows))
    room = _ROOM * (high - low)
    return (low - room if low < 0 else 0.0), high + room


def _title(rows: Sequence[ReadingRow], handle: str) -> str:
    first, last = rows[0], rows[-1]
    name = fit(handle, 150, theme.TITLE_SIZE)
    if last.low <= 0:
        return f"Nothing is surely because of {name}: {last.caused:,.0f} acts, and it may be none"
    return f"About {last.caused:,.0f} acts because of {name}, not {first.caused:,.0f}"


def _description(rows: Sequence[ReadingRow], handle: str) -> str:
    said = "; ".join(
        f"{_LABELS.get(row.reading, clean(row.reading))}: {row.caused:,.0f}"
        f" ({row.low:,.0f} to {row.high:,.0f})"
        for row in rows
    )
    return f"How often the audience of {clean(handle)} acted because of it, by reading: {said}."
