"""Records of a downloaded archive, each with whose archive it is from, so that it can be read by itself."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import msgspec

from renown.sources.authors import LEFT_OUT, AuthorIndex
from renown.sources.json_records import Id, Reading, decoded
from renown.sources.twitter import acts
from renown.sources.twitter.tweets import Tweet, Url, User, read_tweet
from renown.store.harvest import UnreadableRecord, read_moment

ARCHIVE_FIELD: Final = "renown_archive"

_LINKED: Final = "link to "
"""Before the number of a tweet: the name in its address. Numbers and @names are remembered in one index."""

_ADDRESS: Final = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/(\w{1,20})/status(?:es)?/(\d{1,19})"
).match


class Origin(msgspec.Struct):
    """Whose archive it is, and of when."""

    account_id: Id
    seen_at: datetime


class Like(msgspec.Struct, rename="camel"):
    """A tweet that was liked; seldom by whom it is, and never when it was liked."""

    tweet_id: Id
    author: str | None = None


class Follow(msgspec.Struct, rename="camel"):
    """An account that follows, or is followed."""

    account_id: Id


class Account(msgspec.Struct, rename="camel"):
    """Whose archive it is. The address of mail beside it is not read."""

    account_id: Id
    username: str | None = None
    account_display_name: str | None = None
    created_at: str | None = None


class Description(msgspec.Struct):
    """What an account says of itself."""

    bio: str | None = None


class Profile(msgspec.Struct):
    """The public profile."""

    description: Description | None = None


class NoteCore(msgspec.Struct):
    """A long tweet's text."""

    text: str | None = None
    urls: list[Url] | None = None


class NoteTweet(msgspec.Struct, rename="camel"):
    """A long tweet, of which tweets.js has only the beginning."""

    note_tweet_id: Id
    core: NoteCore
    created_at: str | None = None


class Person(msgspec.Struct):
    """Account and profile together."""

    account: Account
    profile: Profile | None = None


class _ArchiveRecord(msgspec.Struct):
    renown_archive: Origin
    tweet: Tweet | None = None
    like: Like | None = None
    follower: Follow | None = None
    following: Follow | None = None
    person: Person | None = None
    noteTweet: NoteTweet | None = None  # noqa: N815 - as archives spell it


_RECORD: Final = msgspec.json.Decoder(_ArchiveRecord)
_BARE_TWEET: Final = msgspec.json.Decoder(Tweet)


def with_origin(content: bytes, origin: Origin) -> bytes:
    """A record that says whose archive it is from."""
    return b'{"%b":%b,%b' % (ARCHIVE_FIELD.encode(), msgspec.json.encode(origin), content.lstrip()[1:])


def read_archive_record(content: bytes, reading: Reading) -> None:
    """Add what one record of an archive says.

    Raises:   UnreadableRecord.
    """
    record = decoded(_RECORD, content)
    owner, seen_at = record.renown_archive.account_id, read_moment(record.renown_archive.seen_at)
    if record.tweet is not None:
        _read_own(record.tweet, owner, reading)
    elif record.follower is not None:
        reading.gather.follow(record.follower.account_id, owner, seen_at=seen_at)
    elif record.following is not None:
        reading.gather.follow(owner, record.following.account_id, seen_at=seen_at)
    elif record.like is not None:
        target = _author_liked(record.like, reading.authors)
        if target is None:
            raise UnreadableRecord("missing_target", "An archive does not say whose tweet was liked.")
        acts.like(reading.gather, record.like.tweet_id, owner, target=target)
    elif record.person is not None:
        _add_person(record.person, reading, seen_at)
    elif record.noteTweet is not None:
        _add_note(record.noteTweet, owner, reading)
    else:
        _read_own(decoded(_BARE_TWEET, content), owner, reading)


def named_author(address: str) -> tuple[str, str] | None:
    """Name and tweet in the address of a tweet; None: it is none, or names nobody.

    Example:
        >>> named_author("https://twitter.com/Ann/status/20?s=20"), named_author("https://x.com/i/web/status/20")
        (('ann', '20'), None)
    """
    found = _ADDRESS(address)
    if found is None or found[1].lower() in ("i", "statuses"):
        return None
    return found[1].lower(), found[2]


def _author_liked(like: Like, authors: AuthorIndex) -> str | None:
    """Whose tweet was liked, if the archive or what was read before it says so."""
    known = authors.author_of(like.tweet_id)
    if known is not None:
        return known or None
    name = like.author or authors.author_of(_LINKED + like.tweet_id)
    return (authors.author_of(f"@{name.lower()}") or None) if name else None


def _learn_names(tweet: Tweet, authors: AuthorIndex) -> None:
    """Names of accounts stand beside their numbers in mentions, and alone in links to tweets.

    Names change hands: one that stood beside two numbers leads to neither.
    """
    for mention in tweet.whole_entities.user_mentions or ():
        if mention.native_id and mention.screen_name:
            _learn_name(mention.screen_name, mention.native_id, authors)
    for url in tweet.whole_entities.urls or ():
        found = named_author(url.expanded_url or "")
        if found is not None:
            authors.remember(_LINKED + found[1], found[0])


def _learn_name(name: str, number: str, authors: AuthorIndex) -> None:
    known = authors.author_of(f"@{name.lower()}")
    authors.remember(f"@{name.lower()}", number if known in (None, number) else LEFT_OUT)


def _read_own(tweet: Tweet, owner: str, reading: Reading) -> None:
    if tweet.created_at is None:
        raise UnreadableRecord("unexpected_form", "It is no record of an archive of a known form.")
    _learn_names(tweet, reading.authors)
    if tweet.user is None or not tweet.user.native_id:
        tweet.user = User(id_str=owner)
    read_tweet(tweet, reading)


def _add_person(person: Person, reading: Reading, seen_at: datetime) -> None:
    account, profile = person.account, person.profile
    if account.username:
        _learn_name(account.username, account.account_id, reading.authors)
    reading.gather.actor(
        account.account_id,
        observed_at=seen_at,
        handle=account.username,
        display_name=account.account_display_name,
        bio=profile.description.bio if profile and profile.description else None,
        created_at=read_moment(acts.written_moment(account.created_at)) if account.created_at else None,
    )


def _add_note(note: NoteTweet, owner: str, reading: Reading) -> None:
    """The whole of a long text.

    It has a number of its own; whom it answers and mentions stands with its beginning in tweets.js, and is
    counted there.
    """
    when = acts.time_of(note.note_tweet_id, note.created_at)
    links = [url.expanded_url for url in note.core.urls or () if url.expanded_url]
    reading.gather.post(
        note.note_tweet_id, author=owner, posted_at=when, text=note.core.text, links=links, observed_at=when
    )
