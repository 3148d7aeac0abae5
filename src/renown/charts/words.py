"""Figures as a person says them: people as words, shares as "41 of 100", dates in full, always the unit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from renown.explain.words import KIND_PLURALS as KIND_PLURALS
from renown.explain.words import SMALL_NUMBERS
from renown.explain.words import counted as counted
from renown.explain.words import of_hundred as of_hundred
from renown.explain.words import people as people

_SMALL_SHARE = 0.02
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def number_word(count: int) -> str:
    """A whole number, as a word up to ten.

    Example:
        >>> number_word(3), number_word(14), number_word(8000)
        ('three', '14', '8,000')
    """
    return SMALL_NUMBERS[count] if 0 <= count < len(SMALL_NUMBERS) else f"{count:,}"


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
