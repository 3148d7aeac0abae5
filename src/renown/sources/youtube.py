"""YouTube: answers of the Data API v3, as JSON: comment threads, comments, videos, channels, subscriptions.

A comment on a video is a reply to the channel that published it, an answer to a comment one to whoever wrote
that comment. Counts of likes and views name nobody, so they give no rows. Accounts go by their channel id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from renown.sources.authors import LEFT_OUT
from renown.sources.json_records import Id, Reading, decoded, harvest_files
from renown.sources.registry import Request, Source
from renown.store.harvest import Gather, Harvest, UnreadableRecord, read_moment
from renown.types import Progress

NETWORK: Final = "youtube"


class YouTubeOptions(msgspec.Struct, frozen=True):
    """Nothing to set."""


class _ChannelId(msgspec.Struct):
    value: str | None = None


class _Resource(msgspec.Struct, rename="camel"):
    channel_id: Id | None = None


class _Snippet(msgspec.Struct, rename="camel"):
    """The part that every resource has, fields of all kinds together."""

    channel_id: Id | None = None
    video_id: Id | None = None
    parent_id: Id | None = None
    author_channel_id: _ChannelId | str | None = None
    author_display_name: str | None = None
    text_original: str | None = None
    text_display: str | None = None
    published_at: str | None = None
    updated_at: str | None = None
    moderation_status: str | None = None
    title: str | None = None
    description: str | None = None
    custom_url: str | None = None
    tags: list[str] | None = None
    default_language: str | None = None
    default_audio_language: str | None = None
    resource_id: _Resource | None = None
    top_level_comment: msgspec.Raw = msgspec.Raw()
    is_public: bool | None = None


class _Statistics(msgspec.Struct, rename="camel"):
    subscriber_count: int | str | None = None
    hidden_subscriber_count: bool | None = None
    video_count: int | str | None = None


class _Status(msgspec.Struct, rename="camel"):
    privacy_status: str | None = None
    made_for_kids: bool | None = None
    self_declared_made_for_kids: bool | None = None


class _Replies(msgspec.Struct):
    comments: list[msgspec.Raw] | None = None


class _Item(msgspec.Struct):
    kind: str
    id: Id
    snippet: _Snippet | None = None
    statistics: _Statistics | None = None
    status: _Status | None = None
    replies: _Replies | None = None
    renown_video: str | None = None
    renown_channel: str | None = None
    renown_parent: str | None = None
    """Of comments taken out of their thread: where it stands, and who wrote what they answer."""


class _Page(msgspec.Struct):
    kind: str | None = None
    items: list[msgspec.Raw] | None = None


_ITEM: Final = msgspec.json.Decoder(_Item)
_PAGE: Final = msgspec.json.Decoder(_Page)


def harvest(request: Request, *, progress: Progress) -> Iterator[Harvest]:
    """Harvests of the files of a request."""
    reading = Reading.again(Gather(NETWORK, network=NETWORK))
    yield from harvest_files(request, reading, _read, split=_split, progress=progress)


def replay(payload: str, gather: Gather) -> None:
    """Read one resource again."""
    _read(payload.encode(), Reading.again(gather))


def _split(content: bytes) -> Sequence[bytes]:
    """Resources of a page, threads as comments each of which says where it stands."""
    try:
        page = decoded(_PAGE, content)
        is_page = page.kind is not None and page.kind.endswith("ListResponse")
        items = [bytes(raw) for raw in page.items or ()] if is_page else [content]
        return [part for item in items for part in _comments_of(item)]
    except UnreadableRecord:
        return (content,)


def _comments_of(content: bytes) -> Iterator[bytes]:
    try:
        item = decoded(_ITEM, content)
    except UnreadableRecord:
        item = None
    if item is None or item.kind != "youtube#commentThread" or item.snippet is None:
        yield content
        return
    if item.snippet.is_public is False or not bytes(item.snippet.top_level_comment):
        yield content
        return
    thread = item.snippet
    yield _with_place(bytes(thread.top_level_comment), thread, None)
    try:
        parent = _author(decoded(_ITEM, bytes(thread.top_level_comment)).snippet)
    except UnreadableRecord:
        parent = None
    for comment in item.replies.comments or () if item.replies else ():
        yield _with_place(bytes(comment), thread, parent)


def _with_place(comment: bytes, thread: _Snippet, parent: str | None) -> bytes:
    place = {
        "renown_video": thread.video_id,
        "renown_channel": thread.channel_id,
        "renown_parent": parent,
    }
    said = msgspec.json.encode({name: value for name, value in place.items() if value})
    return said[:-1] + (b"," if len(said) > 2 else b"") + comment.lstrip()[1:]


def _read(content: bytes, reading: Reading) -> None:
    item = decoded(_ITEM, content)
    snippet = item.snippet
    if snippet is None:
        raise UnreadableRecord("missing_snippet", "It has no snippet. Ask for part=snippet.")
    if (flag := _flag(item, snippet)) is not None:
        reading.gather.leave_out(flag)
        reading.authors.remember(item.id, LEFT_OUT)
        return
    match item.kind:
        case "youtube#comment":
            _read_comment(item, snippet, reading)
        case "youtube#video":
            _read_video(item, snippet, reading)
        case "youtube#channel":
            _read_channel(item, snippet, reading)
        case "youtube#subscription":
            _read_subscription(item, snippet, reading.gather)
        case _:
            raise UnreadableRecord("unexpected_form", f"{item.kind} is not read."[:200])


def _flag(item: _Item, snippet: _Snippet) -> str | None:
    status = item.status or _Status()
    if status.privacy_status in ("private", "unlisted"):
        return status.privacy_status
    if status.made_for_kids or status.self_declared_made_for_kids:
        return "made-for-kids"
    if snippet.is_public is False:
        return "private"
    if snippet.moderation_status not in (None, "published"):
        return "held-back"
    if item.kind == "youtube#comment" and _author(snippet) is None:
        return "deleted"
    return None


def _author(snippet: _Snippet | None) -> str | None:
    author = snippet.author_channel_id if snippet else None
    return (author.value if isinstance(author, _ChannelId) else author) or None


def _read_comment(item: _Item, snippet: _Snippet, reading: Reading) -> None:
    author, gather = str(_author(snippet)), reading.gather
    posted_at = read_moment(snippet.published_at)
    reading.authors.remember(item.id, author)
    video = item.renown_video or snippet.video_id
    parent = snippet.parent_id
    gather.post(
        item.id,
        author=author,
        posted_at=posted_at,
        text=snippet.text_original or snippet.text_display,
        reply_to_post_id=parent or video,
        root_post_id=gather.full_id(video) if video else None,
        observed_at=read_moment(snippet.updated_at or snippet.published_at),
    )
    gather.actor(
        author,
        observed_at=read_moment(snippet.updated_at or snippet.published_at),
        handle=snippet.author_display_name,
        display_name=snippet.author_display_name,
    )
    target = _target(item, snippet, reading)
    if target is None:
        raise UnreadableRecord("unknown_parent", f"Whom the comment {item.id} answers is not known here.")
    if target != LEFT_OUT:
        ids = (parent or video, item.id, item.id)
        gather.interaction(author, target, "reply", occurred_at=posted_at, ids=ids)


def _target(item: _Item, snippet: _Snippet, reading: Reading) -> str | None:
    """Whom a comment answers: the writer of its parent, or else the channel of the video."""
    if snippet.parent_id:
        return item.renown_parent or reading.authors.author_of(snippet.parent_id)
    return item.renown_channel or snippet.channel_id or reading.authors.author_of(snippet.video_id)


def _read_video(item: _Item, snippet: _Snippet, reading: Reading) -> None:
    if not snippet.channel_id:
        raise UnreadableRecord("missing_source", "It does not say whose video it is.")
    reading.authors.remember(item.id, snippet.channel_id)
    texts = [text for text in (snippet.title, snippet.description) if text]
    reading.gather.post(
        item.id,
        author=snippet.channel_id,
        posted_at=read_moment(snippet.published_at),
        text="\n\n".join(texts) or None,
        language=snippet.default_audio_language or snippet.default_language,
        hashtags=[tag.lower() for tag in snippet.tags or ()],
    )


def _read_channel(item: _Item, snippet: _Snippet, reading: Reading) -> None:
    statistics = item.statistics or _Statistics()
    is_hidden = statistics.hidden_subscriber_count
    reading.gather.actor(
        item.id,
        observed_at=reading.seen_at,
        handle=(snippet.custom_url or "").removeprefix("@") or snippet.title,
        display_name=snippet.title,
        bio=snippet.description,
        created_at=_moment_or_none(snippet.published_at),
        followers_count=None if is_hidden else _number(statistics.subscriber_count),
        posts_count=_number(statistics.video_count),
    )


def _moment_or_none(text: str | None) -> datetime | None:
    return read_moment(text) if text else None


def _number(value: int | str | None) -> int | None:
    """Counts come as texts."""
    text = str(value)
    if value is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise UnreadableRecord("unexpected_form", f"{text[:40]!r} is no count.")
    return int(text)


def _read_subscription(item: _Item, snippet: _Snippet, gather: Gather) -> None:
    target = snippet.resource_id.channel_id if snippet.resource_id else None
    if not snippet.channel_id or not target:
        raise UnreadableRecord("missing_target", "It does not say who subscribed to whom.")
    since = read_moment(snippet.published_at)
    gather.interaction(
        snippet.channel_id, target, "follow", occurred_at=since, ids=(None, None, f"subscription:{item.id}")
    )
    gather.follow(snippet.channel_id, target, seen_at=since)


SOURCE: Final = Source(
    name=NETWORK,
    reads="answers of the YouTube Data API: comments, videos, channels, subscriptions",
    harvest=harvest,
    replay=replay,
    options=YouTubeOptions,
)
