"""Figures as a person says them. Everything that a sentence or a title says goes through here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SMALL_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_EXACT_UP_TO: Final = 100

KIND_PLURALS: Final = {
    "like": "likes",
    "repost": "reposts",
    "reply": "replies",
    "mention": "mentions",
    "quote": "quotes",
    "follow": "follows",
    "list": "list memberships",
    "citation": "citations",
}


def counted(count: int, one: str, many: str) -> str:
    """A count with its noun: a word up to ten, a figure up to 100, above that rounded to two digits.

    Example:
        >>> counted(1, "post", "posts"), counted(14, "post", "posts"), counted(1_317, "post", "posts")
        ('one post', '14 posts', 'about 1,300 posts')
    """
    if count < len(SMALL_NUMBERS):
        return f"{SMALL_NUMBERS[count]} {one if count == 1 else many}"
    if count <= _EXACT_UP_TO:
        return f"{count} {many}"
    rounded = round(count, 2 - len(str(count)))
    return f"{'' if rounded == count else 'about '}{rounded:,} {many}"


def people(count: int) -> str:
    """So many people.

    Example:
        >>> people(0), people(1), people(323)
        ('no people', 'one person', 'about 320 people')
    """
    return counted(count, "person", "people")


def of_hundred(share: float) -> str:
    """A share from 0 to 1 as parts of a hundred; never 0 for something, never 100 for not quite all.

    Example:
        >>> of_hundred(0.412), of_hundred(0.002), of_hundred(0.998), of_hundred(1.0)
        ('41 of 100', 'under 1 of 100', 'over 99 of 100', '100 of 100')
    """
    if 0 < share < 0.01:
        return "under 1 of 100"
    if 0.99 < share < 1 - 1e-12:
        return "over 99 of 100"
    return f"{share * 100:.0f} of 100"


def listed(parts: Sequence[str]) -> str:
    """Several things as one says them.

    Example:
        >>> listed(["likes"]), listed(["likes", "replies", "quotes"])
        ('likes', 'likes, replies and quotes')
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def sentence(text: str) -> str:
    """Text with a capital at its start.

    Example:
        >>> sentence("about 320 people responded")
        'About 320 people responded'
    """
    return text[:1].upper() + text[1:]
