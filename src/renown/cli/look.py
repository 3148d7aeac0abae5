"""How figures read in a terminal: numbers, intervals, bars, names, moments. Pure text, no colour needed."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final

_EIGHTHS: Final = " ▏▎▍▌▋▊▉"

NOTHING: Final = "-"
"""What a cell says where nothing is known."""


def decimal(value: float | None) -> str:
    """One decimal with a thousands separator: tables.

    Example:
        >>> decimal(1234.56), decimal(None)
        ('1,234.6', '-')
    """
    return NOTHING if value is None or math.isnan(value) else f"{value:,.1f}"


def signed(value: float | None) -> str:
    """One decimal with its sign; a change too small to show is 0.0, without one.

    Example:
        >>> signed(2.04), signed(-0.31), signed(-0.04)
        ('+2.0', '-0.3', '0.0')
    """
    if value is None or math.isnan(value):
        return NOTHING
    text = f"{value:+,.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text


def whole(value: float | None) -> str:
    """No decimals, thousands separated.

    Example:
        >>> whole(12345)
        '12,345'
    """
    return NOTHING if value is None or math.isnan(value) else f"{value:,.0f}"


def counted(count: int, noun: str) -> str:
    """A figure with its noun.

    Example:
        >>> counted(1, "actor"), counted(1200, "actor")
        ('1 actor', '1,200 actors')
    """
    return f"{count:,} {noun if count == 1 else noun + 's'}"


def interval(score: float, low: float, high: float) -> str:
    """A score and how sure it is, as on a page.

    Example:
        >>> interval(41.2, 38.4, 44.3)
        '41 [38-44]'
    """
    return f"{score:.0f} [{low:.0f}-{high:.0f}]"


def interval_in_table(score: float, low: float, high: float) -> str:
    """The same with one decimal, the bounds padded so that a column of them lines up.

    Example:
        >>> interval_in_table(41.2, 8.4, 44.3)
        '41.2 [ 8.4-44.3]'
    """
    return f"{score:.1f} [{low:4.1f}-{high:.1f}]"


def band(low: int, high: int) -> str:
    """A rank as the band the intervals allow.

    Example:
        >>> band(3, 1200), band(1, 1)
        ('3-1,200', '1')
    """
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"


def moment(value: datetime | None) -> str:
    """A moment in UTC, to the minute.

    Example:
        >>> from datetime import UTC, datetime
        >>> moment(datetime(2012, 7, 5, 12, 0, 59, tzinfo=UTC))
        '2012-07-05 12:00 UTC'
    """
    return NOTHING if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def minute(value: datetime | None) -> str:
    """The same for a column whose heading says that it is UTC."""
    return NOTHING if value is None else f"{value:%Y-%m-%d %H:%M}"


def day(value: datetime) -> str:
    """The UTC day of a moment.

    Example:
        >>> from datetime import UTC, datetime
        >>> day(datetime(2012, 7, 5, 12, tzinfo=UTC))
        '2012-07-05'
    """
    return f"{value:%Y-%m-%d}"


def share(part: float) -> str:
    """A share of one for a column: 41 of 100.

    Example:
        >>> share(0.412), share(0.0004)
        ('41 of 100', '<1 of 100')
    """
    return "<1 of 100" if 0 < part < 0.005 else f"{part * 100:.0f} of 100"


def bar(value: float, *, full: float, width: int, is_ascii: bool = False) -> str:
    """A zero-based bar, to an eighth of a character; `full` is the value that fills `width`.

    Example:
        >>> bar(50, full=100, width=5)
        '██▌'
        >>> bar(50, full=100, width=5, is_ascii=True)
        '##'
    """
    if not full > 0 or not value > 0:
        return ""
    eighths = round(min(value / full, 1.0) * width * 8)
    if is_ascii:
        return "#" * (eighths // 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def name(text: str | None, *, longest: int = 40) -> str:
    """A name that somebody chose, safe to print: one line, no control characters, at most `longest`.

    Example:
        >>> name("a\\x1b[31mred\\n"), name("x" * 50, longest=8)
        ('a[31mred', 'xxxxxxx…')
    """
    from renown.charts.text import clean

    if text is None:
        return NOTHING
    line = clean(text)
    return line if len(line) <= longest else line[: longest - 1] + "…"
