"""The highest scores as bands that overlap, never as a bare list of places (law-and-platforms L20)."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from renown.charts import theme
from renown.charts.chart import AXIS_FOOT, Chart, Column, Frame, Says, draw, score_axis
from renown.charts.records import Scope, ScoreRow
from renown.charts.rows import RowLayout, row_intervals, row_texts
from renown.charts.text import clean, fit, width_of
from renown.charts.words import counted, number_word, rank_band, score_words
from renown.errors import TooLittleInputError

_LEAST_SPAN = 5
"""Points that the axis shows at least."""
_COLUMNS = (
    Column(key="ranks", label="Rank", format="rank"),
    Column(key="handle", label="Actor"),
    Column(key="score", label="Score", format="score"),
    Column(key="score_low", label="from", format="score"),
    Column(key="score_high", label="to", format="score"),
    Column(key="people_count", label="People", format="count"),
    Column(key="interactions_count", label="Interactions", format="count"),
    Column(key="momentum", label="Momentum", format="score"),
)


def chart_top(
    rows: Sequence[ScoreRow], *, scope: Scope, highlighted: Collection[str] = (), width: int = theme.WIDE
) -> Chart:
    """The highest scores, each a dot on its interval next to the band of ranks it may have.

    Args:     rows: best first; highlighted: actor_ids to draw in the accent colour, everybody else is grey.
    Raises:   TooLittleInputError: there are no rows.
    """
    if not rows:
        raise TooLittleInputError("There are no scores to draw.", hint="Run `renown score` first.")
    layout = _layout(rows, width)
    frame = Frame(width=width, height=layout.height, foot=AXIS_FOOT)
    shown = [
        _drawn(layout, index, row, is_strong=row.actor_id in highlighted) for index, row in enumerate(rows)
    ]
    layers = [
        row_intervals(layout, shown),
        row_texts(layout, shown, "ranks", x=0),
        row_texts(layout, shown, "label", x=layout.lead),
        row_texts(layout, shown, "figure", x=width, align="right"),
    ]
    title = _title(rows)
    subtitle = f"Rank band, score and interval · {scope.words()}"
    says = Says(
        name="top",
        title=title,
        subtitle=subtitle,
        description=_description(rows),
    )
    return draw(
        frame,
        layers,
        says=says,
        rows=[_record(row) for row in rows],
        columns=_COLUMNS,
    )


def _layout(rows: Sequence[ScoreRow], width: int) -> RowLayout:
    widest = max(width_of(_ranks(row), theme.TEXT_SIZE, bold=True) for row in rows)
    low = math.floor(min(row.score_low for row in rows))
    high = max(low + _LEAST_SPAN, math.ceil(max(row.score_high for row in rows)))
    return RowLayout(
        width=width,
        count=len(rows),
        domain=(low, high),
        axis=score_axis(),
        lead=round(widest) + 16,
        labels=170,
        figures=24,
    )


def _ranks(row: ScoreRow) -> str:
    return rank_band(row.rank_low, row.rank_high)


def _drawn(layout: RowLayout, index: int, row: ScoreRow, *, is_strong: bool) -> dict[str, object]:
    return {
        "row": index,
        "ranks": _ranks(row),
        "label": fit(row.handle, layout.label_limit, theme.TEXT_SIZE, bold=is_strong),
        "value": row.score,
        "low": row.score_low,
        "high": row.score_high,
        "figure": score_words(row.score),
        "role": "accent" if is_strong else "other",
        "is_strong": is_strong,
    }


def _title(rows: Sequence[ScoreRow]) -> str:
    first = sum(row.rank_low == 1 for row in rows)
    open_places = sum(row.rank_low != row.rank_high for row in rows)
    if len(rows) == 1:
        return f"One score: {score_words(rows[0].score)}"
    if open_places == 0:
        return f"Each of these {number_word(len(rows))} ranks is certain"
    if first > 1:
        return f"Any of the first {number_word(first)} could be in first place"
    return f"The first rank is certain; {number_word(open_places)} of these ranks are not"


def _description(rows: Sequence[ScoreRow]) -> str:
    first, last = (
        f"{fit(row.handle, 300, theme.TEXT_SIZE)} with {score_words(row.score)}"
        for row in (rows[0], rows[-1])
    )
    return (
        f"{counted(len(rows), 'actor', 'actors').capitalize()} in order of score, from {first} to {last}, "
        f"each with its interval and the ranks that the interval allows."
    )


def _record(row: ScoreRow) -> dict[str, object]:
    return {
        "ranks": _ranks(row),
        "handle": clean(row.handle),
        "score": row.score,
        "score_low": row.score_low,
        "score_high": row.score_high,
        "people_count": row.people_count,
        "interactions_count": row.interactions_count,
        "momentum": row.momentum,
    }
