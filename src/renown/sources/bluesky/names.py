"""Names of the AT Protocol: accounts (DIDs), records (at-uris) and the times that record keys carry.

What an interaction is called decides whether reading it twice gives one row. Reposts, follows and list
entries are called by the at-uri of their record, which every path knows. A like is called
`like:POST:ACTOR:TIME`, because the AppView says who liked a post and when, and not by which record; where the
record is known, it is kept as `reaction_post_id`, and taking the like back by that record's name finds it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from renown.store.harvest import UnreadableRecord, read_moment

NETWORK: Final = "bluesky"

POST: Final = "app.bsky.feed.post"
LIKE: Final = "app.bsky.feed.like"
REPOST: Final = "app.bsky.feed.repost"
FOLLOW: Final = "app.bsky.graph.follow"
LIST: Final = "app.bsky.graph.list"
LIST_ITEM: Final = "app.bsky.graph.listitem"
PROFILE: Final = "app.bsky.actor.profile"

COLLECTIONS: Final = (POST, LIKE, REPOST, FOLLOW, LIST, LIST_ITEM, PROFILE)
"""Collections whose records say something that Renown measures; the others are passed over."""

_DID: Final = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,2000}").fullmatch
_URI: Final = re.compile(r"at://([^/\s]+)/([A-Za-z0-9.-]+)/([A-Za-z0-9._~:-]{1,512})").fullmatch
_TID: Final = re.compile(r"[2-7a-j][2-7a-z]{12}").fullmatch
_TID_LETTERS: Final = "234567abcdefghijklmnopqrstuvwxyz"
_TID_VALUES: Final = {letter: value for value, letter in enumerate(_TID_LETTERS)}
_CLOCK_BITS: Final = 10
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Uri:
    """An at-uri taken apart: whose record, of which collection, by which key."""

    did: str
    collection: str
    key: str

    def __str__(self) -> str:
        return f"at://{self.did}/{self.collection}/{self.key}"


def read_did(value: Any) -> str:
    """The DID that a record names.

    Raises:   UnreadableRecord: it is none.
    """
    if isinstance(value, str) and _DID(value):
        return value
    raise UnreadableRecord("unreadable_actor", f"It names an account by {value!r}, which is no DID."[:200])


def is_did(value: object) -> bool:
    """Whether this is a DID.

    Example:
        >>> is_did("did:plc:ewvi7nxzyoun6zhxrhs64oiz"), is_did("ann.example")
        (True, False)
    """
    return isinstance(value, str) and _DID(value) is not None


def read_uri(value: Any) -> Uri:
    """An at-uri whose authority is a DID, as records must have them.

    Raises:   UnreadableRecord: it is none.
    Example:
        >>> read_uri("at://did:plc:ann/app.bsky.feed.post/3jui7kd54zh2y").key
        '3jui7kd54zh2y'
    """
    found = _URI(value) if isinstance(value, str) else None
    if found is None or not _DID(found[1]):
        raise UnreadableRecord("unreadable_uri", f"It names a record by {value!r}, which is no at-uri."[:200])
    return Uri(found[1], found[2], found[3])


def key_moment(key: str) -> datetime | None:
    """When a record key was made, where it is a timestamp identifier (TID) of a plausible time.

    Example:
        >>> key_moment("3jui7kd54zh2y").year
        2023
        >>> key_moment("self") is None
        True
    """
    if not _TID(key):
        return None
    number = 0
    for letter in key:
        number = number * 32 + _TID_VALUES[letter]
    try:
        return read_moment(_EPOCH + timedelta(microseconds=number >> _CLOCK_BITS))
    except (UnreadableRecord, OverflowError):
        return None


def moment_of(claimed: Any, *, key: str | None = None, seen_at: datetime | None = None) -> datetime:
    """When a record says that it was made, to the millisecond: the AppView says no more than that.

    A time that cannot be (none, before 2000, in the future) gives way to that of the record's key, then to
    when somebody saw it. All paths know the claimed time, so all paths come to the same one.

    Raises:   UnreadableRecord: none of them is usable.
    """
    try:
        return _to_millisecond(read_moment(claimed))
    except UnreadableRecord:
        made_at = None if key is None else key_moment(key)
        if made_at is None and seen_at is None:
            raise
        return _to_millisecond(made_at or seen_at or _EPOCH)


def _to_millisecond(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)


def like_id(post: str, actor: str, occurred_at: datetime) -> str:
    """What a like is called on every path. Its time is part of it: to like again is a new like.

    Example:
        >>> like_id("at://did:plc:ann/app.bsky.feed.post/1", "did:plc:bea", datetime(2026, 5, 1, tzinfo=UTC))
        'like:at://did:plc:ann/app.bsky.feed.post/1:did:plc:bea:1777593600000'
    """
    milliseconds = (occurred_at - _EPOCH) // timedelta(milliseconds=1)
    return f"like:{post}:{actor}:{milliseconds}"
