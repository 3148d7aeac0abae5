"""Who wrote which post, as far as a reading remembers: replies name a post, seldom its author."""

from __future__ import annotations

from typing import Final

REMEMBERED_POSTS: Final = 2_000_000

LEFT_OUT: Final = ""
"""The author of a post that was left out: what answers it has no target, and that is no mistake."""


class AuthorIndex:
    """Remembers the authors of the posts met last, and forgets the oldest.

    Cost: about 120 bytes for each remembered post.
    Example:
        >>> authors = AuthorIndex(remembered_count=2)
        >>> for post, author in (("a", "ann"), ("b", "bea"), ("c", "cid")):
        ...     authors.remember(post, author)
        >>> authors.author_of("a"), authors.author_of("c")
        (None, 'cid')
    """

    def __init__(self, remembered_count: int = REMEMBERED_POSTS) -> None:
        self._limit = remembered_count
        self._authors_by_post: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def remember(self, post_id: str, author: str) -> None:
        """This post is by that author."""
        if len(self._authors_by_post) >= self._limit:
            del self._authors_by_post[next(iter(self._authors_by_post))]
        self._authors_by_post[post_id] = self._names.setdefault(author, author)

    def author_of(self, post_id: str | None) -> str | None:
        """Who wrote it; None: not known, or forgotten."""
        return None if post_id is None else self._authors_by_post.get(post_id)
