"""Why a score moved between two moments, part by part."""

from __future__ import annotations

import math
from datetime import date
from itertools import accumulate

from renown.charts import theme
from renown.charts.chart import AXIS_FOOT, Chart, Column, Frame, Says, draw, score_axis
from renown.charts.records import Changes, Scope
from renown.charts.rows import RowLayout, row_bars, row_intervals, row_lines, row_steps, row_texts
from renown.charts.text import fit
from renown.charts.words import day_words, score_words, signed

_PARTS = {
    "new_people": ("new people", "mostly through new people"),
    "returning_people": ("returning people", "mostly through people who came back"),
    "fading": ("fading of older attention", "because older attention faded"),
    "freshness": ("how lately people reacted", "mostly for how lately people reacted"),
    "trust": ("trust", "mostly because some attention is not taken at its word"),
    "definition": ("another definition", "mostly because a score now means something else"),
    "other": ("other", "mostly for other reasons"),
}
_SELDOM = ("freshness", "trust", "definition")
_LEAST_SPAN = 4.0
"""Points that the axis shows at least, so that a tenth of a point does not look like a landslide."""


def chart_changes(changes: Changes, *, scope: Scope, width: int = theme.WIDE) -> Chart:
    """From the score before to the score after: what new people, returning people and fading added and took.

    Formula:  score_before + new_people + returning_people + fading + freshness + trust + definition + other
              = score_after
    Notes:    unit: points; freshness, trust and definition have a row where they moved anything; both scores
              are dots on their intervals; where an interval is not known, the text alternative says so.
    """
    shown = _steps(changes)
    ends, parts = [shown[0], shown[-1]], shown[1:-1]
    layout = RowLayout(
        width=width, count=len(shown), domain=_domain(changes), axis=score_axis(), labels=200, figures=50
    )
    layers = [
        row_lines(layout, after=[0, len(shown) - 2]),
        *row_steps(layout, shown),
        row_bars(layout, parts),
        row_intervals(layout, ends),
        row_texts(layout, shown, "label", x=0),
        row_texts(layout, shown, "figure", x=width, align="right"),
    ]
    name = fit(changes.handle, 150, theme.TEXT_SIZE)
    says = Says(
        name="changes",
        title=changes_sentence(changes),
        subtitle=f"What moved the score of {name} · {scope.words()}",
        description=_description(changes, name),
    )
    return draw(
        Frame(width=width, height=layout.height, foot=AXIS_FOOT),
        layers,
        says=says,
        rows=[{"label": row["label"], "points": row["points"]} for row in shown],
        columns=(Column(key="label", label="Part"), Column(key="points", label="Points", format="points")),
    )


def changes_sentence(changes: Changes) -> str:
    """From which score to which, since when and mostly why; without praise or blame."""
    before, after = score_words(changes.score_before), score_words(changes.score_after)
    since = day_words(changes.moment_before)
    if before == after:
        return f"{after} now as on {since}"
    difference = changes.score_after - changes.score_before
    points = {key: getattr(changes, key) for key in _PARTS}
    main = max(points, key=lambda key: math.copysign(1, difference) * points[key])
    return f"From {before} on {since} to {after} now, {_PARTS[main][1]}"


def _shown(changes: Changes) -> dict[str, str]:
    """The parts that have a row, with their labels; some have one only where they moved anything."""
    return {
        key: label for key, (label, _) in _PARTS.items() if key not in _SELDOM or getattr(changes, key) != 0
    }


def _steps(changes: Changes) -> list[dict[str, object]]:
    """The score before, the parts, each starting where the last one ended, the score after."""
    rows = [_end(0, changes.moment_before, changes.score_before, changes.interval_before)]
    level = changes.score_before
    for index, (key, label) in enumerate(_shown(changes).items(), start=1):
        points = getattr(changes, key)
        rows.append(
            {
                "row": index,
                "label": label,
                "start": level,
                "stop": level + points,
                "points": points,
                "figure": signed(points),
                "role": "other",
                "is_strong": False,
            }
        )
        level += points
    rows.append(_end(len(rows), changes.moment_after, changes.score_after, changes.interval_after))
    return rows


def _end(row: int, moment: date, score: float, interval: tuple[float, float] | None) -> dict[str, object]:
    low, high = interval or (None, None)
    return {
        "row": row,
        "label": f"score on {day_words(moment)}",
        "value": score,
        "stop": score,
        "low": low,
        "high": high,
        "points": score,
        "figure": f"{score:.1f}",
        "role": "accent",
        "is_strong": True,
    }


def _domain(changes: Changes) -> tuple[float, float]:
    parts = [getattr(changes, key) for key in _shown(changes)]
    levels = [*accumulate([changes.score_before, *parts]), changes.score_after]
    levels += [*(changes.interval_before or ()), *(changes.interval_after or ())]
    low, high = min(levels), max(levels)
    lacking = max(0.0, _LEAST_SPAN - (high - low)) / 2
    return max(0.0, math.floor(low - lacking)), math.ceil(high + lacking)


def _description(changes: Changes, name: str) -> str:
    parts = ", ".join(f"{label} {signed(getattr(changes, key))}" for key, label in _shown(changes).items())
    unknown = "" if changes.interval_before and changes.interval_after else "; not every interval is known"
    return (
        f"The score of {name} went from {changes.score_before:.1f} on {day_words(changes.moment_before)} to "
        f"{changes.score_after:.1f} on {day_words(changes.moment_after)}: {parts} points{unknown}."
    )
