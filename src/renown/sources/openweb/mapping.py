"""Posts become rows: who wrote, whom they link to, and when."""

from __future__ import annotations

from datetime import datetime

from renown.sources.openweb.pages import Post
from renown.sources.openweb.sites import NETWORK, response_id, site_of
from renown.store.harvest import Gather, read_moment

DISOWNED_FLAG = "rel-nofollow"
"""Links with rel nofollow, ugc or sponsored, and all links of a page that says nofollow."""

_LONGEST_LANGUAGE = 35


def new_gather(scope: str = "") -> Gather:
    """An empty gather for rows of the open web."""
    return Gather(NETWORK, network=NETWORK, scope=scope)


def map_post(
    gather: Gather, post: Post, *, seen_at: datetime, with_responses: bool = True, knows_links: bool = True
) -> None:
    """Add a post, and what it is to the pages it links to.

    A feed says what its author sends out, so it holds over the page, which knows nothing of the text.

    A response happened when its post was published; a post that does not say when, or claims the future,
    counts from when it was first seen (later readings change nothing: the act has an id of its own).
    """
    author = site_of(post.url)
    by_kind = {response.kind: response.url for response in reversed(post.responses)}
    gather.post(
        post.url,
        author=author,
        posted_at=read_moment(post.published_at, seen_at=seen_at) if post.published_at else None,
        text=post.text,
        language=post.language if post.language and len(post.language) <= _LONGEST_LANGUAGE else None,
        reply_to_post_id=by_kind.get("reply"),
        quoted_post_id=by_kind.get("quote"),
        links=[response.url for response in post.responses] if knows_links else None,
        hashtags=list(post.hashtags) if knows_links else None,
        observed_at=None if post.text is None else seen_at,
    )
    if with_responses:
        map_responses(gather, post, seen_at=seen_at)


def map_responses(gather: Gather, post: Post, *, seen_at: datetime) -> None:
    """Add what a post is to the pages it links to; count the links that are not its author's word."""
    author = site_of(post.url)
    moment = read_moment(post.published_at, seen_at=seen_at)
    for response in post.responses:
        gather.interaction(
            author,
            site_of(response.url),
            response.kind,
            occurred_at=moment,
            ids=(response.url, post.url, response_id(post.url, response.url)),
        )
    if post.disowned_count:
        gather.leave_out(DISOWNED_FLAG, post.disowned_count)
