"""Tweets and accounts as the API v1.1 wrote them, and as archives still do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from renown.sources.json_records import Count, Reading
from renown.sources.twitter import acts
from renown.store.harvest import Gather, UnreadableRecord, read_moment

Number = int | str

_RETWEET_START: Final = "RT @"
_NOBODY: Final = (None, "", "-1")
"""What stands where a mentioned account is gone."""


class User(msgspec.Struct, gc=False):
    """An account."""

    id_str: str | None = None
    id: Number | None = None
    screen_name: str | None = None
    name: str | None = None
    description: str | None = None
    protected: bool | None = None
    created_at: str | None = None
    followers_count: Count | None = None
    friends_count: Count | None = None
    listed_count: Count | None = None
    statuses_count: Count | None = None

    @property
    def native_id(self) -> str | None:
        """Its number as text."""
        return self.id_str or (None if self.id is None else str(self.id))


class Mention(msgspec.Struct, gc=False):
    """Somebody mentioned; `indices` say where in the text."""

    id_str: str | None = None
    id: Number | None = None
    screen_name: str | None = None
    indices: tuple[Number, ...] = ()

    @property
    def native_id(self) -> str | None:
        """The number of the account as text; None where it is gone."""
        native = self.id_str or (None if self.id is None else str(self.id))
        return None if native in _NOBODY else native


class Url(msgspec.Struct, gc=False):
    """A link."""

    expanded_url: str | None = None


class Hashtag(msgspec.Struct, gc=False):
    """A hashtag."""

    text: str


class Entities(msgspec.Struct):
    """What stands in the text."""

    user_mentions: list[Mention] | None = None
    urls: list[Url] | None = None
    hashtags: list[Hashtag] | None = None


class Extended(msgspec.Struct):
    """The whole of a text that was cut."""

    full_text: str | None = None
    entities: Entities | None = None


class Tweet(msgspec.Struct):
    """A tweet."""

    id_str: str | None = None
    id: Number | None = None
    created_at: str | None = None
    text: str | None = None
    full_text: str | None = None
    lang: str | None = None
    user: User | None = None
    entities: Entities | None = None
    extended_tweet: Extended | None = None
    in_reply_to_status_id_str: str | None = None
    in_reply_to_status_id: Number | None = None
    in_reply_to_user_id_str: str | None = None
    in_reply_to_user_id: Number | None = None
    retweeted_status: Tweet | None = None
    quoted_status: Tweet | None = None
    quoted_status_id_str: str | None = None
    truncated: bool | None = None
    withheld_in_countries: list[str] | None = None
    withheld_copyright: bool | None = None

    @property
    def native_id(self) -> str:
        """Its number as text."""
        native = self.id_str or (None if self.id is None else str(self.id))
        if not native:
            raise UnreadableRecord("missing_id", "The tweet has no number.")
        return native

    @property
    def whole_text(self) -> str | None:
        """Its text, uncut where that is known."""
        extended = self.extended_tweet.full_text if self.extended_tweet else None
        return extended or self.full_text or self.text

    @property
    def is_cut(self) -> bool:
        """Whether only the beginning of its text is known."""
        return bool(self.truncated) and not (self.extended_tweet and self.extended_tweet.full_text)

    @property
    def whole_entities(self) -> Entities:
        """What stands in the whole text."""
        extended = self.extended_tweet.entities if self.extended_tweet else None
        return extended or self.entities or Entities()

    @property
    def reply_to(self) -> tuple[str | None, str | None]:
        """The tweet answered and its author."""
        post = self.in_reply_to_status_id_str or self.in_reply_to_status_id
        target = self.in_reply_to_user_id_str or self.in_reply_to_user_id
        return (str(post) if post else None), (str(target) if target else None)


def add_profile(user: User, gather: Gather, *, observed_at: datetime) -> None:
    """An account as it stands beside its tweet, dated by that tweet."""
    gather.actor(
        author_of(user),
        observed_at=observed_at,
        handle=user.screen_name,
        display_name=user.name,
        bio=user.description,
        created_at=read_moment(acts.written_moment(user.created_at)) if user.created_at else None,
        followers_count=user.followers_count,
        following_count=user.friends_count,
        posts_count=user.statuses_count,
        listed_count=user.listed_count,
        is_protected=user.protected,
    )


def author_of(user: User | None) -> str:
    """The number of the account.

    Raises:   UnreadableRecord: there is none.
    """
    native = user.native_id if user else None
    if not native:
        raise UnreadableRecord("missing_source", "It does not say who wrote it.")
    return native


def read_tweet(tweet: Tweet, reading: Reading, *, seen_at: datetime | None = None) -> str | None:
    """Add what a tweet says, and the tweets that it holds. Returns its author; None: it was left out.

    Args:     seen_at: when a tweet that stands in another one was seen.
    """
    gather = reading.gather
    if (flag := _flag(tweet)) is not None:
        gather.leave_out(flag)
        return None
    author, native = author_of(tweet.user), tweet.native_id
    when = acts.time_of(native, tweet.created_at)
    if tweet.user is not None and tweet.user.screen_name is not None:
        add_profile(tweet.user, gather, observed_at=seen_at or when)
    original = tweet.retweeted_status
    if original is not None:
        target = read_tweet(original, reading, seen_at=seen_at or when)
        if target is not None:
            acts.repost(gather, native, author, of=(original.native_id, target), when=when)
    elif (target := _retweeted_by_hand(tweet)) is not None:
        acts.repost(gather, native, author, of=(None, target), when=when)
    else:
        reading.authors.remember(native, author)
        _add_original(tweet, reading, author=author, when=when, seen_at=seen_at or when)
    return author


def _flag(tweet: Tweet) -> str | None:
    if tweet.user is not None and tweet.user.protected:
        return "protected"
    if tweet.withheld_copyright or acts.EVERYWHERE.intersection(tweet.withheld_in_countries or ()):
        return "withheld"
    return None


def _retweeted_by_hand(tweet: Tweet) -> str | None:
    """Whom a retweet without its original names: archives keep retweets as `RT @name: ...`."""
    if not (tweet.whole_text or "").startswith(_RETWEET_START):
        return None
    found = (m for m in tweet.whole_entities.user_mentions or () if m.indices and str(m.indices[0]) == "3")
    return next((mention.native_id for mention in found), None)


def _add_original(tweet: Tweet, reading: Reading, *, author: str, when: datetime, seen_at: datetime) -> None:
    gather, native = reading.gather, tweet.native_id
    post, target = tweet.reply_to
    quoted_author = None
    quoted = tweet.quoted_status
    if quoted is not None:
        quoted_author = read_tweet(quoted, reading, seen_at=seen_at)
        if quoted_author is not None:
            acts.quote(gather, native, author, of=(quoted.native_id, quoted_author), when=when)
    _add_post(tweet, gather, author=author, when=when)
    if post and target:
        if reading.authors.author_of(post) is None:
            reading.authors.remember(post, target)
        acts.reply(gather, native, author, to=(post, target), when=when)
    named = _mentioned(tweet, None if post else target)
    answered = target if post else None
    acts.mentions(gather, native, author, of=(m for m in named if m != answered), when=when)


def _mentioned(tweet: Tweet, addressed: str | None) -> Iterator[str]:
    """Accounts mentioned, with the one to whom a tweet is addressed that answers no tweet."""
    if addressed:
        yield addressed
    for mention in tweet.whole_entities.user_mentions or ():
        if mention.native_id is not None:
            yield mention.native_id


def _add_post(tweet: Tweet, gather: Gather, *, author: str, when: datetime) -> None:
    entities = tweet.whole_entities
    quoted = tweet.quoted_status_id_str or (tweet.quoted_status.native_id if tweet.quoted_status else None)
    gather.post(
        tweet.native_id,
        author=author,
        posted_at=when,
        text=tweet.whole_text,
        language=None if tweet.lang == "und" else tweet.lang,
        reply_to_post_id=tweet.reply_to[0],
        quoted_post_id=quoted,
        links=[url.expanded_url for url in entities.urls or () if url.expanded_url],
        hashtags=[tag.text.lower() for tag in entities.hashtags or ()],
        # an edit is a tweet of its own; but one that was cut gives way to the whole
        observed_at=None if tweet.is_cut else when,
    )
