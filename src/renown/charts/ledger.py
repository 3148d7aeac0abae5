"""Charts of a ledger: the parts that an actor's earned attention is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from renown.charts import theme
from renown.charts.chart import (
    DAYS_FOOT,
    Chart,
    Column,
    Frame,
    Layer,
    Says,
    day_labels,
    draw,
    line_at,
    values,
    words_at,
)
from renown.charts.records import LedgerPart, LedgerRow, Scope
from renown.charts.rows import RowLayout, row_bars, row_lines, row_steps, row_texts
from renown.charts.text import clean, fit, pinned, width_of
from renown.charts.words import (
    KIND_PLURALS,
    amount,
    counted,
    day_words,
    iso,
    listed,
    of_hundred,
    people,
    shares_in_words,
)
from renown.errors import TooLittleInputError

MOST_ROWS = 12
"""More rows than this are not drawn one by one."""

_MOSTLY = 0.5
_NOUNS = {
    "person": ("person", "people"),
    "kind": ("kind", "kinds"),
    "post": ("post", "posts"),
    "day": ("day", "days"),
    "network": ("network", "networks"),
}
_REST = {
    "person": "everybody else",
    "kind": "other kinds",
    "post": "other posts",
    "day": "other days",
    "network": "other networks",
}
_SUBTITLES = {
    "person": "The people who gave {name} attention, adding up to all of it",
    "kind": "What people did to give {name} attention, adding up to all of it",
    "post": "The posts of {name} that attention came to, adding up to all of it",
    "day": "Attention that {name} earned, by the day it was given",
    "network": "The networks on which {name} earned attention, adding up to all of it",
}
_ALL = 1 - 1e-9
_CROWD = 0.4
_FEW_POSTS = 3
_FEW_DAYS = 7
"""More days than this are not "mostly" any."""
_NAME_PIXELS = 150
_COLUMN_AREA = 150
_HEAD_ROOM = 1.25
"""The axis of the columns reaches so many times as far as the highest of them: room for its label."""


def chart_ledger(part: LedgerPart, *, scope: Scope, width: int = theme.WIDE) -> Chart:
    """Where an actor's earned attention came from: bars that add up to all of it, or columns day by day.

    Args:     part: beyond 12 rows (all days) the smallest are drawn as one; the table says the same.
    Raises:   TooLittleInputError: the ledger is empty.
    """
    if sum(row.contribution for row in part.rows) <= 0:
        raise TooLittleInputError("This ledger is empty: nobody gave this actor attention that counts.")
    name = fit(part.handle, _NAME_PIXELS, theme.TEXT_SIZE)
    rows = _by_day(part.rows) if part.dimension == "day" else _by_size(part.rows)
    frame, layers = _columns_drawing(rows, width) if part.dimension == "day" else _cascade(part, rows, width)
    says = Says(
        name=f"ledger-{part.dimension}",
        title=ledger_sentence(part),
        subtitle=f"{_SUBTITLES[part.dimension].format(name=name)}{_rest_note(part, rows)} · {scope.words()}",
        description=_description(part, rows, name),
    )
    return draw(
        frame,
        layers,
        says=says,
        rows=[
            {"label": _label(part, row), "contribution": row.contribution, "share": row.share, "parts": parts}
            for row, parts in zip(rows, _figures(rows), strict=True)
        ],
        columns=(
            Column(
                key="label",
                label=part.dimension.capitalize(),
                format="id" if part.dimension == "post" else "text",
            ),
            Column(key="contribution", label="Effective people", format="amount"),
            Column(key="parts", label="Share", format="share"),
        ),
    )


def ledger_sentence(part: LedgerPart) -> str:
    """What the split shows, in one sentence: how few parts make up most of it, or that none stands out.

    "Mostly" is at least half of the attention; it is said of people, posts and days only when they are at
    most four in ten of all there are.

    Example:
        >>> shares = {"like": 0.6, "reply": 0.4}
        >>> rows = [LedgerRow(label=kind, contribution=share, share=share) for kind, share in shares.items()]
        >>> ledger_sentence(LedgerPart(handle="maya", dimension="kind", rows=rows))
        'Mostly likes: 60 of 100 parts of the attention'
    """
    leading, share = _leading(part)
    named = [row for row in part.rows if row.role == "named"]
    one, many = _NOUNS[part.dimension]
    if not named:
        return f"No {one} can be named"
    if len(named) == _entries(part) == 1 and share > _ALL:
        return f"All of it from one {one}: {_label(part, named[0])}"
    if part.dimension == "day" and len(leading) > _FEW_DAYS:
        return (
            f"Spread over many days; most on {_label(part, leading[0])}, {of_hundred(leading[0].share)} parts"
        )
    if share >= _MOSTLY and (part.dimension in ("kind", "network") or _is_few(part, len(leading))):
        return f"Mostly {_leading_words(part, leading)}: {of_hundred(share)} parts of the attention"
    if part.half_count and _is_few(part, part.half_count):
        return f"Mostly {counted(part.half_count, one, many)}: at least half of the attention"
    return f"{_capital(counted(_entries(part), one, many))}, none far ahead of the others"


def why_sentence(parts: Sequence[LedgerPart]) -> str:
    """Where the attention came from, by people and by posts, in one short sentence; "" when neither is known.

    Example:
        >>> people = [LedgerRow(label=str(place), contribution=1, share=0.1) for place in range(10)]
        >>> posts = [LedgerRow(label="a post", contribution=10, share=1.0)]
        >>> why_sentence([LedgerPart(handle="maya", dimension="person", rows=people),
        ...               LedgerPart(handle="maya", dimension="post", rows=posts)])
        'Ten people, none far ahead of the others; mostly one post'
    """
    by = {part.dimension: part for part in parts if part.rows}
    posts = _few_posts(by["post"]) if "post" in by else ""
    if "person" not in by:
        return f"Mostly {posts}" if posts else ""
    half = by["person"].half_count or len(_leading(by["person"])[0])
    if _is_few(by["person"], half) and (by["person"].half_count or _leading(by["person"])[1] >= _MOSTLY):
        return f"Mostly {people(half)}" + (f", and {posts}" if posts else "")
    everybody = f"{_capital(people(_entries(by['person'])))}, none far ahead of the others"
    return everybody + (f"; mostly {posts}" if posts else "")


def _few_posts(part: LedgerPart) -> str:
    """The few posts that brought at least half, in words; "" where it took more than three."""
    leading, share = _leading(part)
    is_few = _entries(part) == 1 or _is_few(part, len(leading))
    is_said = share >= _MOSTLY and len(leading) <= _FEW_POSTS and is_few
    return counted(len(leading), *_NOUNS["post"]) if is_said else ""


def _is_few(part: LedgerPart, count: int) -> bool:
    """Whether so many are at most four in ten of all there are."""
    return count <= _entries(part) * _CROWD


def _entries(part: LedgerPart) -> int:
    return sum(row.entries_count for row in part.rows if row.role != "unnamed")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _leading(part: LedgerPart) -> tuple[list[LedgerRow], float]:
    """The fewest named rows that make up half of all, or else all named rows; and their share."""
    leading: list[LedgerRow] = []
    share = 0.0
    for row in sorted((row for row in part.rows if row.role == "named"), key=lambda row: -row.share):
        if share >= _MOSTLY:
            break
        leading.append(row)
        share += row.share
    return leading, share


def _leading_words(part: LedgerPart, leading: Sequence[LedgerRow]) -> str:
    if part.dimension in ("kind", "network"):
        return listed([_label(part, row) for row in leading])
    if part.dimension == "day" and len(leading) == 1:
        return f"one day, {_label(part, leading[0])}"
    return counted(len(leading), *_NOUNS[part.dimension])


def _label(part: LedgerPart, row: LedgerRow) -> str:
    if row.role == "others":
        return _REST[part.dimension]
    if row.role == "unnamed":
        return "no post named" if part.dimension == "post" else f"no {part.dimension} named"
    if part.dimension == "kind":
        return KIND_PLURALS.get(row.label) or clean(row.label)
    day = _day(row) if part.dimension == "day" else None
    return day_words(day) if day else clean(row.label)


def _description(part: LedgerPart, rows: Sequence[LedgerRow], name: str) -> str:
    total = sum(row.contribution for row in rows)
    largest = max((row for row in rows if row.role == "named"), key=lambda row: row.share, default=rows[0])
    first = fit(_label(part, largest), 300, theme.TEXT_SIZE)
    return (
        f"The {amount(total)} effective people of attention that {name} earned, split by {part.dimension}: "
        f"the largest part is {first} with {shares_in_words([largest.share])[0]}."
    )


def _rest_note(part: LedgerPart, rows: Sequence[LedgerRow]) -> str:
    rest = sum(row.share for row in rows if row.role == "others")
    return f"; other days together {of_hundred(rest)}" if part.dimension == "day" and rest > 0 else ""


def _by_size(rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """Largest first, at most so many; whatever has no row of its own is one row at the end."""
    named = sorted((row for row in rows if row.role != "others"), key=lambda row: -row.contribution)
    named = [row for row in named if row.contribution > 0]
    rest = [*named[MOST_ROWS:], *(row for row in rows if row.role == "others")]
    if sum(row.contribution for row in rest) <= 0:
        return named[:MOST_ROWS]
    contribution, share = sum(row.contribution for row in rest), sum(row.share for row in rest)
    return [*named[:MOST_ROWS], LedgerRow(label="", contribution=contribution, share=share, role="others")]


def _by_day(rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """Earliest first; what is no day comes last."""
    return sorted(rows, key=lambda row: (_day(row) is None, row.label))


def _day(row: LedgerRow) -> datetime | None:
    if row.role != "named":
        return None
    try:
        return datetime.strptime(row.label, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def _cascade(part: LedgerPart, rows: Sequence[LedgerRow], width: int) -> tuple[Frame, list[Layer]]:
    """Bars that start where the one above ended, and one bar for all of it."""
    total = sum(row.contribution for row in rows)
    layout = RowLayout(width=width, count=len(rows) + 1, domain=(0.0, total), labels=200, figures=150)
    shown: list[dict[str, object]] = []
    start = 0.0
    figures = _figures(rows)
    for index, row in enumerate(rows):
        label = fit(_label(part, row), layout.label_limit, theme.TEXT_SIZE)
        bar = {"row": index, "label": label, "start": start, "stop": start + row.contribution}
        shown.append({**bar, "figure": figures[index], "role": _role(part, row), "is_strong": False})
        start += row.contribution
    bar = {"row": len(rows), "label": "all together", "start": 0, "stop": total}
    shown.append({**bar, "figure": f"{amount(total)} effective people", "role": "accent", "is_strong": True})
    layers = [
        row_lines(layout, after=[len(rows) - 1]),
        *row_steps(layout, shown),
        row_bars(layout, shown),
        row_texts(layout, shown, "label", x=0),
        row_texts(layout, shown, "figure", x=width, align="right"),
    ]
    return Frame(width=width, height=layout.height), layers


def _figures(rows: Sequence[LedgerRow]) -> list[str]:
    """What each part is of all, in parts small enough for the largest named one."""
    largest = max((row.share for row in rows if row.role == "named"), default=1.0)
    return shares_in_words([row.share for row in rows], largest=largest)


def _role(part: LedgerPart, row: LedgerRow) -> str:
    if row.role != "named" or part.dimension == "person":
        return "other"
    return f"kind_{row.label}" if row.label in theme.KIND_HUES and part.dimension == "kind" else "accent"


def _columns_drawing(rows: Sequence[LedgerRow], width: int) -> tuple[Frame, list[Layer]]:
    """One column a day, on a time axis, from zero."""
    frame = Frame(width=width, height=_COLUMN_AREA, foot=DAYS_FOOT)
    days = [(day, row) for row in rows if (day := _day(row))]
    if not days:
        return frame, [words_at("No day can be named.", x=0, y=20), line_at(y=frame.height, width=width)]
    first, after_last = days[0][0], days[-1][0] + timedelta(days=1)
    gap = timedelta(hours=3)
    columns = [
        {"from": iso(day + gap), "to": iso(day + timedelta(days=1) - gap), "contribution": row.contribution}
        for day, row in days
    ]
    scale = {"type": "utc", "domain": [iso(first), iso(after_last)], "nice": False}
    heights = {"domain": [0, max(row.contribution for _, row in days) * _HEAD_ROOM], "nice": False}
    encoding = {
        "x": {"field": "from", "type": "temporal", "scale": scale, "axis": None},
        "x2": {"field": "to"},
        "y": {"field": "contribution", "type": "quantitative", "scale": heights, "axis": None},
        "y2": {"datum": 0},
    }
    return frame, [
        {
            "data": values(columns),
            "mark": {"type": "rect", "fill": theme.colour("accent")},
            "encoding": encoding,
        },
        line_at(y=frame.height, width=width),
        _highest_label(days, frame),
        *day_labels(first, days[-1][0], edges=(0, width), y=frame.height + 16),
    ]


def _highest_label(days: Sequence[tuple[datetime, LedgerRow]], frame: Frame) -> Layer:
    highest_day, highest = max(days, key=lambda pair: pair[1].contribution)
    label = f"{day_words(highest_day)}: {of_hundred(highest.share)}"
    first, after_last = days[0][0], days[-1][0] + timedelta(days=1)
    middle = (highest_day - first + timedelta(hours=12)) / (after_last - first) * frame.width
    x, align = pinned(middle, width_of(label, theme.TEXT_SIZE, bold=True), frame.width)
    return words_at(label, x=x, y=frame.height * (1 - 1 / _HEAD_ROOM) - 12, align=align, weight="bold")
