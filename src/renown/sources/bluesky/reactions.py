"""Who reacted to a post, as far as the AppView says it, and when.

Likes come with their time. Reposts come without: a repost's record is found in the feed of whoever reposted,
and asked for. Where it is not found among their newest posts, the time of the post reposted stands in, and
the row is called by post and actor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from renown.errors import SourceRefusedError
from renown.sources.bluesky.appview import AppView, View

THREAD_DEPTH: Final = 20
FEED_PAGES: Final = 3
"""How far back a reposter's feed is searched for the repost, in pages of 100."""


@dataclass
class Reactions:
    """What is known of the reactions to one post."""

    post: View
    likes: list[View] = field(default_factory=list)
    reposters: list[View] = field(default_factory=list)
    posts: list[View] = field(default_factory=list)
    """replies, replies to them, and quotes"""
    beyond_count: int = 0
    """reactions that were not asked for, because there are too many"""
    is_refused: bool = False
    """some could not be asked for: the post is gone, or its author closes it"""

    @property
    def is_whole(self) -> bool:
        """Whether everything that is shown was read."""
        return not self.beyond_count and not self.is_refused

    def actors(self) -> Iterator[View]:
        """Profiles of everybody who reacted."""
        views = [one.get("actor") for one in self.likes] + list(self.reposters)
        views += [post.get("author") for post in self.posts]
        yield from (view for view in views if isinstance(view, dict))


def planned_requests(post: View, most: int) -> int:
    """How many requests the reactions to a post will take."""
    counts = [count_of(post, name) for name in ("likeCount", "repostCount", "quoteCount")]
    return sum(-(-min(count, most) // 100) for count in counts) + (count_of(post, "replyCount") > 0)


def read_reactions(appview: AppView, post: View, *, most: int, with_thread: bool) -> Reactions:
    """Ask for likes, reposters, quotes and replies, where the post's own counts say that there are any."""
    found, uri = Reactions(post), post["uri"]
    wanted = (
        ("likeCount", "app.bsky.feed.getLikes", "likes", found.likes),
        ("repostCount", "app.bsky.feed.getRepostedBy", "repostedBy", found.reposters),
        ("quoteCount", "app.bsky.feed.getQuotes", "posts", found.posts),
    )
    for count_name, method, key, into in wanted:
        count = count_of(post, count_name)
        if count:
            try:
                into += appview.items(method, key, most=most, uri=uri)
            except SourceRefusedError:
                # deleted since the feed was read
                found.is_refused = True
                continue
            found.beyond_count += max(0, count - most)
    if with_thread and count_of(post, "replyCount"):
        try:
            answer = appview.ask("app.bsky.feed.getPostThread", uri=uri, depth=THREAD_DEPTH, parentHeight=0)
        except SourceRefusedError:
            return found
        found.posts += _replies(answer.get("thread"))
    return found


def _replies(thread: Any) -> Iterator[View]:
    """All posts below the first, however deep; a stack, because a thread may be deeper than Python's."""
    waiting = [thread]
    is_root = True
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict):
            continue
        post = node.get("post")
        if isinstance(post, dict) and not is_root:
            yield post
        is_root = False
        replies = node.get("replies")
        waiting += replies if isinstance(replies, list) else []


def find_reposts(
    appview: AppView, did: str, posts: Collection[str], *, oldest: datetime | None
) -> tuple[dict[str, View], list[View]]:
    """The reposts of these posts in somebody's feed, by post, and the newest page of that feed.

    A repost is never older than the post: searching ends there.
    """
    found: dict[str, View] = {}
    newest: list[View] = []
    try:
        for number, page in enumerate(
            appview.pages("app.bsky.feed.getAuthorFeed", "feed", most=FEED_PAGES * 100, actor=did)
        ):
            if number == 0:
                newest = page.items
            for item in page.items:
                reason = item.get("reason")
                uri = item["post"].get("uri") if isinstance(item.get("post"), dict) else None
                if uri in posts and isinstance(reason, dict) and "by" in reason:
                    found.setdefault(str(uri), reason)
            if len(found) == len(posts) or _ends_before(page.items, oldest):
                break
    except SourceRefusedError:
        # whoever it is does not show their feed
        return found, newest
    return found, newest


def _ends_before(items: Sequence[View], oldest: datetime | None) -> bool:
    if oldest is None or not items:
        return False
    last = items[-1]
    reason = last.get("reason")
    shown = reason if isinstance(reason, dict) else last.get("post")
    indexed_at = shown.get("indexedAt") if isinstance(shown, Mapping) else None
    try:
        return indexed_at is not None and datetime.fromisoformat(str(indexed_at)) < oldest
    except (ValueError, TypeError):
        return False


def count_of(post: View, name: str) -> int:
    """A count of a post's view; a missing or odd one is none."""
    value = post.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
