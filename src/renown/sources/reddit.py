"""Reddit: listings as the API returns them, and ndjson dumps of comments and submissions.

A comment is a reply to whoever wrote what it answers. Only listings of a person's comments say that author;
in pages and dumps it is known from the post itself, which must come first: submissions before comments, both
by time, as dumps are. Accounts go by their name in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from renown.sources.authors import LEFT_OUT, REMEMBERED_POSTS, AuthorIndex
from renown.sources.json_records import Id, Reading, decoded, harvest_files
from renown.sources.registry import Request, Source
from renown.store.harvest import Gather, Harvest, UnreadableRecord, read_moment
from renown.types import Progress

NETWORK: Final = "reddit"

_GONE: Final = frozenset({"[deleted]", "[removed]", "[ Removed by Reddit ]"})
_CLOSED: Final = frozenset({"private", "gold_only", "gold_restricted", "employees_only"})
"""Kinds of subreddits that not everybody can read."""

_MENTION: Final = re.compile(r"(?<![\w/])/?u/([A-Za-z0-9_-]{3,20})(?![\w-])")
_ANSWERS: Final = ("comment reply", "post reply")
"""Subjects of messages that are comments on the receiver's post or comment."""


class RedditOptions(msgspec.Struct, frozen=True):
    """How much is remembered of the authors of posts.

    Fields:
        remembered_posts_count: how many posts; 120 bytes of memory each.
    """

    remembered_posts_count: int = REMEMBERED_POSTS


class _Parent(msgspec.Struct):
    name: Id | None = None
    author: str | None = None


class _Content(msgspec.Struct):
    """A comment, a submission, or an account, as far as it matters here."""

    id: str | None = None
    name: Id | None = None
    author: str | None = None
    created_utc: float | str | None = None
    edited: float | bool | None = None
    subreddit: str | None = None
    subreddit_type: str | None = None
    quarantine: bool | None = None
    parent_id: Id | int | None = None
    link_id: Id | None = None
    link_author: str | None = None
    body: str | None = None
    title: str | None = None
    selftext: str | None = None
    is_self: bool | None = None
    url: str | None = None
    removed_by_category: str | None = None
    banned_by: str | bool | None = None
    crosspost_parent_list: list[_Parent] | None = None
    dest: str | None = None
    subject: str | None = None
    was_comment: bool | None = None
    link_karma: int | None = None
    hide_from_robots: bool | None = None
    is_suspended: bool | None = None


class _Thing(_Content):
    """What the API wraps a content in; a dump has the content itself."""

    kind: str | None = None
    content: _Content | None = msgspec.field(default=None, name="data")


_DECODER: Final = msgspec.json.Decoder(_Thing)


def harvest(request: Request, *, progress: Progress) -> Iterator[Harvest]:
    """Harvests of listings and dumps, in the order in which they are named."""
    options = request.options or RedditOptions()
    reading = Reading.again(Gather(NETWORK, network=NETWORK))
    reading.authors = AuthorIndex(options.remembered_posts_count)
    yield from harvest_files(request, reading, _read, split=_split, progress=progress)


def replay(payload: str, gather: Gather) -> None:
    """Read one comment, submission or account again."""
    _read(payload.encode(), Reading.again(gather))


class _Listed(msgspec.Struct):
    children: list[msgspec.Raw] | None = None
    replies: msgspec.Raw = msgspec.Raw()


class _Listing(msgspec.Struct):
    kind: str | None = None
    listed: _Listed | None = msgspec.field(default=None, name="data")


_LISTING: Final = msgspec.json.Decoder(_Listing)
_EMPTY: Final = (b"", b'""', b"null")


def _split(content: bytes) -> Sequence[bytes]:
    """What a listing holds, answers after what they answer; of a single thing, itself and its answers."""
    if b'"kind"' not in content:
        return (content,)
    try:
        return list(_things(content))
    except UnreadableRecord:
        return (content,)


def _things(content: bytes) -> Iterator[bytes]:
    waiting = [content]
    while waiting:
        thing = waiting.pop()
        listing = decoded(_LISTING, thing)
        below = listing.listed
        if listing.kind == "Listing" and below is not None:
            waiting += [bytes(child) for child in reversed(below.children or ())]
        elif listing.kind != "more":  # which only says that there is more
            yield thing
            if below is not None and bytes(below.replies) not in _EMPTY:
                waiting.append(bytes(below.replies))


def _read(content: bytes, reading: Reading) -> None:
    thing = decoded(_DECODER, content)
    kind, post = thing.kind, thing.content or thing
    if kind == "t4":
        reading.gather.leave_out("private-message")
    elif kind == "t2" or (kind is None and post.link_karma is not None):
        _read_account(post, reading)
    elif kind == "t1" or (kind is None and post.body is not None and post.link_id is not None):
        _read_post(post, reading, full_name=f"t1_{post.id}")
    elif kind == "t3" or (kind is None and post.title is not None and post.subreddit is not None):
        _read_post(post, reading, full_name=f"t3_{post.id}")
    else:
        raise UnreadableRecord("unexpected_form", "It is no comment, submission or account.")


def _read_account(account: _Content, reading: Reading) -> None:
    if account.hide_from_robots or account.is_suspended:
        reading.gather.leave_out("hide_from_robots" if account.hide_from_robots else "suspended")
        return
    if not account.name:
        raise UnreadableRecord("missing_source", "The account has no name.")
    created_at = read_moment(_seconds(account.created_utc)) if account.created_utc is not None else None
    reading.gather.actor(
        account.name.lower(), observed_at=reading.seen_at, handle=account.name, created_at=created_at
    )


def _seconds(claimed: float | str | None) -> float | None:
    """Older dumps write the time as text."""
    try:
        return float(claimed) if claimed is not None else None
    except ValueError:
        raise UnreadableRecord("unreadable_time", f"{claimed!r:.60} is no time.") from None


def _read_post(post: _Content, reading: Reading, *, full_name: str) -> None:
    if not post.id:
        raise UnreadableRecord("missing_id", "The post has no id.")
    if (flag := _flag(post)) is not None:
        reading.gather.leave_out(flag)
        reading.authors.remember(full_name, LEFT_OUT)
        return
    author = str(post.author).lower()
    posted_at = read_moment(_seconds(post.created_utc))
    reading.authors.remember(full_name, author)
    _add_post(post, reading.gather, full_name=full_name, posted_at=posted_at)
    answered = None
    if full_name.startswith("t1_"):
        answered = _read_reply(post, reading, full_name=full_name, posted_at=posted_at)
    elif post.crosspost_parent_list:
        answered = _read_crosspost(post, reading, full_name=full_name, posted_at=posted_at)
    text = f"{post.selftext or ''} {post.body or ''}"
    named = dict.fromkeys(name.lower() for name in _MENTION.findall(text))
    for target in named:
        if target != answered:
            ids = (None, full_name, f"mention:{full_name}:{target}")
            reading.gather.interaction(author, target, "mention", occurred_at=posted_at, ids=ids)


def _flag(post: _Content) -> str | None:
    """Why a post is left out."""
    if not post.author or post.author in _GONE:
        return "deleted"
    if post.removed_by_category or post.banned_by or post.body in _GONE or post.selftext in _GONE:
        return "removed"
    if post.subreddit_type in _CLOSED:
        return "private-subreddit"
    return "quarantined-subreddit" if post.quarantine else None


def _read_reply(post: _Content, reading: Reading, *, full_name: str, posted_at: datetime) -> str | None:
    parent = _parent_of(post)
    target = reading.authors.author_of(parent)
    if target is None and parent == post.link_id and post.link_author:
        target = LEFT_OUT if post.link_author in _GONE else post.link_author.lower()
    if target is None and post.was_comment and post.subject in _ANSWERS and post.dest:
        target = post.dest.lower()
    if target is None:
        raise UnreadableRecord("unknown_parent", f"Who wrote {parent} is not known here.")
    if target == LEFT_OUT:
        return None
    ids = (parent, full_name, full_name)
    reading.gather.interaction(str(post.author).lower(), target, "reply", occurred_at=posted_at, ids=ids)
    return target


def _parent_of(post: _Content) -> str | None:
    """Full name of what is answered. Old dumps have numbers of comments, and nothing for the submission."""
    if isinstance(post.parent_id, int):
        return f"t1_{_base36(post.parent_id)}"
    return post.parent_id or post.link_id


def _base36(number: int) -> str:
    digits = ""
    while number > 0:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"


def _read_crosspost(post: _Content, reading: Reading, *, full_name: str, posted_at: datetime) -> str | None:
    original = (post.crosspost_parent_list or [_Parent()])[0]
    if not original.author or original.author in _GONE:
        return None
    target = original.author.lower()
    ids = (original.name, full_name, full_name)
    reading.gather.interaction(str(post.author).lower(), target, "repost", occurred_at=posted_at, ids=ids)
    return target


def _add_post(post: _Content, gather: Gather, *, full_name: str, posted_at: datetime) -> None:
    is_comment = full_name.startswith("t1_")
    texts = [text for text in (post.title, post.selftext, post.body) if text]
    has_link = post.url and not is_comment and not post.is_self and post.url.startswith("http")
    gather.post(
        full_name,
        author=str(post.author).lower(),
        posted_at=posted_at,
        text="\n\n".join(texts) or None,
        reply_to_post_id=_parent_of(post) if is_comment else None,
        root_post_id=post.link_id if is_comment else None,
        links=[post.url] if has_link else None,
        observed_at=_last_written_at(post, posted_at),
    )


def _last_written_at(post: _Content, posted_at: datetime) -> datetime:
    """When it was edited; old records say only that it was: then any that says more is newer."""
    if post.edited is None or isinstance(post.edited, bool):
        return posted_at
    return read_moment(post.edited)


SOURCE: Final = Source(
    name=NETWORK,
    reads="Reddit listings (JSON) and dumps of comments and submissions (ndjson)",
    harvest=harvest,
    replay=replay,
    options=RedditOptions,
)
