"""Who wrote which post of a site: dense arrays by the post's number, for comments come in another file."""

from __future__ import annotations

from array import array
from typing import Final

UNKNOWN: Final = 0
GONE: Final = -(2**31)
"""The account that wrote it was deleted."""

_HIGHEST: Final = 1 << 28
"""More than three times as many as the largest site has; so that a wrong number cannot take all memory."""


class PostIndex:
    """Authors of posts, and which answer was accepted by whom.

    Cost: 4 bytes for every number up to the highest (80 million: 320 MB), 100 for an accepted answer.
    Example:
        >>> posts = PostIndex()
        >>> posts.remember(7, 42)
        >>> posts.author_of(7), posts.author_of(8) == UNKNOWN
        (42, True)
    """

    def __init__(self) -> None:
        self._authors = array("i")
        self._accepting: dict[int, int] = {}

    def remember(self, post: int, author: int) -> None:
        """This post is by that author (or GONE)."""
        if not 0 <= post < _HIGHEST:
            return
        missing = post + 1 - len(self._authors)
        if missing > 0:
            self._authors.frombytes(bytes(self._authors.itemsize * (missing + len(self._authors) // 8)))
        self._authors[post] = author

    def author_of(self, post: int) -> int:
        """Who wrote it, GONE, or UNKNOWN."""
        return self._authors[post] if 0 <= post < len(self._authors) else UNKNOWN

    def accept(self, answer: int, asker: int) -> None:
        """Whoever asked accepted this answer."""
        self._accepting[answer] = asker

    def accepting(self, answer: int) -> int:
        """Who accepted it, or UNKNOWN."""
        return self._accepting.get(answer, UNKNOWN)
