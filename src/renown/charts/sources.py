"""Who gives an actor most attention."""

from __future__ import annotations

from collections.abc import Sequence

from renown.charts import theme
from renown.charts.chart import Chart, Column, Frame, Says, draw
from renown.charts.records import Scope, SourceRow
from renown.charts.rows import RowLayout, row_bars, row_texts
from renown.charts.text import clean, fit
from renown.charts.words import counted, of_hundred, shares_in_words
from renown.errors import TooLittleInputError

_MOST_ROWS = 12


def chart_sources(rows: Sequence[SourceRow], *, handle: str, scope: Scope, width: int = theme.WIDE) -> Chart:
    """The people who gave an actor most attention, each with their share of all that the actor earned.

    Args:     rows: most first; at most 12 are drawn.
    Raises:   TooLittleInputError: there are no rows.
    """
    if not rows:
        raise TooLittleInputError("There is nobody to draw: nobody gave this actor attention that counts.")
    drawn = sorted(rows, key=lambda row: -row.share)[:_MOST_ROWS]
    layout = RowLayout(
        width=width, count=len(drawn), domain=(0.0, max(drawn[0].share, 1e-12)), labels=200, figures=100
    )
    figures = shares_in_words([row.share for row in drawn])
    shown = [
        _drawn(layout, index, row, figure)
        for index, (row, figure) in enumerate(zip(drawn, figures, strict=True))
    ]
    layers = [
        row_bars(layout, shown),
        row_texts(layout, shown, "label", x=0),
        row_texts(layout, shown, "figure", x=width, align="right"),
    ]
    name = fit(handle, 150, theme.TEXT_SIZE)
    says = Says(
        name="sources",
        title=_title(drawn),
        subtitle=f"Share of all the attention that {name} earned · {scope.words()}",
        description=_description(drawn, figures, name),
    )
    return draw(
        Frame(width=width, height=layout.height),
        layers,
        says=says,
        rows=[
            {
                "handle": clean(row.handle),
                "share": row.share,
                "parts": figure,
                "interactions_count": row.interactions_count,
            }
            for row, figure in zip(drawn, figures, strict=True)
        ],
        columns=(
            Column(key="handle", label="Person"),
            Column(key="parts", label="Share", format="share"),
            Column(key="interactions_count", label="Interactions", format="count"),
        ),
    )


def _drawn(layout: RowLayout, index: int, row: SourceRow, figure: str) -> dict[str, object]:
    return {
        "row": index,
        "label": fit(row.handle, layout.label_limit, theme.TEXT_SIZE),
        "start": 0,
        "stop": row.share,
        "figure": figure,
        "role": "other",
    }


def _title(drawn: Sequence[SourceRow]) -> str:
    together = sum(row.share for row in drawn)
    first = drawn[0]
    if len(drawn) == 1 or first.share > together / 2:
        name = fit(first.handle, 170, theme.TITLE_SIZE, bold=True)
        return f"{name} gave most: {of_hundred(first.share)} parts of the attention"
    return f"The {counted(len(drawn), 'person', 'people')} who gave most make up {of_hundred(together)} parts"


def _description(drawn: Sequence[SourceRow], figures: Sequence[str], name: str) -> str:
    first, last = (fit(row.handle, 300, theme.TEXT_SIZE) for row in (drawn[0], drawn[-1]))
    if len(drawn) == 1:
        return f"{first} gave {name} {figures[0]} parts of the attention it earned."
    return (
        f"The {counted(len(drawn), 'person', 'people')} who gave {name} most attention, from {first} with "
        f"{figures[0]} parts to {last} with {figures[-1]}."
    )
