"""Figures as a person says them: people as words, shares as "41 of 100", dates in full, always the unit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_SMALL_SHARE = 0.02
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

KIND_PLURALS = {
    "like": "likes",
    "repost": "reposts",
    "reply": "replies",
    "mention": "mentions",
    "quote": "quotes",
    "follow": "follows",
    "list": "list memberships",
    "citation": "citations",
}


def number_word(count: int) -> str:
    """A whole number, as a word up to ten.

    Example:
        >>> number_word(3), number_word(14), number_word(8000)
        ('three', '14', '8,000')
    """
    return _SMALL[count] if 0 <= count < len(_SMALL) else f"{count:,}"


def counted(count: int, one: str, many: str) -> str:
    """A count with its noun: words up to ten, exact up to 100, above rounded to two digits and said so.

    Example:
        >>> counted(1, "person", "people"), counted(14, "person", "people"), counted(317, "person", "people")
        ('one person', '14 people', 'about 320 people')
    """
    if count == 1:
        return f"one {one}"
    if count <= 100:
        return f"{number_word(count)} {many}"
    digits = len(str(count)) - 2
    rounded = round(count, -digits)
    return f"{'' if rounded == count else 'about '}{rounded:,} {many}"


def people(count: int) -> str:
    """So many people, in words.

    Example:
        >>> people(0), people(2), people(12_345)
        ('no people', 'two people', 'about 12,000 people')
    """
    return counted(count, "person", "people")


def of_hundred(share: float) -> str:
    """A share from 0 to 1 as parts of a hundred; never "0" for something, never "100" for not quite all.

    Example:
        >>> of_hundred(0.408), of_hundred(0.002), of_hundred(0.999), of_hundred(1.0)
        ('41 of 100', 'under 1 of 100', 'over 99 of 100', '100 of 100')
    """
    if 0 < share < 0.01:
        return "under 1 of 100"
    if 0.99 < share < 1 - 1e-12:
        return "over 99 of 100"
    return f"{share * 100:.0f} of 100"


def shares_in_words(shares: Sequence[float], *, largest: float | None = None) -> list[str]:
    """Shares of one whole, told in the same parts: of a hundred, or of a thousand where the largest is small.

    Example:
        >>> shares_in_words([0.41, 0.004]), shares_in_words([0.0123, 0.0091, 0.0002])
        (['41 of 100', 'under 1 of 100'], ['12 of 1,000', '9 of 1,000', 'under 1 of 1,000'])
    """
    if (max(shares, default=1.0) if largest is None else largest) >= _SMALL_SHARE:
        return [of_hundred(share) for share in shares]
    return [f"{share * 1000:.0f} of 1,000" if share >= 0.001 else "under 1 of 1,000" for share in shares]


def score_words(score: float) -> str:
    """A score as pages show it: no decimals."""
    return f"{score:.0f}"


def signed(points: float) -> str:
    """Score points with their sign and one decimal, with a real minus.

    Example:
        >>> signed(2.06), signed(-1.94), signed(0.01)
        ('+2.1', '−1.9', '0.0')
    """
    text = f"{points:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def amount(value: float) -> str:
    """A quantity of effective people: two digits that matter below ten, whole numbers from there on.

    Example:
        >>> amount(0.123), amount(7.25), amount(62.84), amount(1234.5)
        ('0.12', '7.2', '63', '1,234')
    """
    if value >= 10:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 or value == 0 else f"{value:.2f}"


def rank_band(low: int, high: int) -> str:
    """A band of ranks.

    Example:
        >>> rank_band(3, 3), rank_band(1, 4)
        ('3', '1–4')
    """
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"


def day_words(moment: date) -> str:
    """A UTC date in full: what a reader without a locale sees.

    Example:
        >>> day_words(date(2026, 5, 3))
        '3 May 2026'
    """
    day = in_utc(moment).date()
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def day_short(moment: date) -> str:
    """A UTC date as axes write it.

    Example:
        >>> day_short(date(2026, 9, 3))
        '3 Sep 2026'
    """
    day = in_utc(moment).date()
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


def in_utc(moment: date) -> datetime:
    """A moment as UTC; a bare date is its midnight, a naive time is taken for UTC."""
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def iso(moment: date) -> str:
    """A moment as ISO 8601 in UTC, to the second."""
    return in_utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(parts: Sequence[str]) -> str:
    """A list as one says it.

    Example:
        >>> listed(["town"]), listed(["a", "b", "c"])
        ('town', 'a, b and c')
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
