"""Tweets and accounts as the API v2 gives them: `data`, and in `includes` what the data refers to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from renown.sources.json_records import Count, Id, Reading, decoded
from renown.sources.twitter import acts
from renown.store.harvest import Gather, UnreadableRecord, read_moment

_EXPANSIONS_HINT: Final = "Ask for expansions=author_id,referenced_tweets.id.author_id."


class Mention(msgspec.Struct):
    """Somebody mentioned."""

    username: str | None = None
    id: str | None = None
    start: int | None = None


class Url(msgspec.Struct):
    """A link."""

    expanded_url: str | None = None


class Hashtag(msgspec.Struct):
    """A hashtag."""

    tag: str


class Entities(msgspec.Struct):
    """What stands in the text."""

    mentions: list[Mention] | None = None
    urls: list[Url] | None = None
    hashtags: list[Hashtag] | None = None


class Note(msgspec.Struct):
    """The whole of a long text."""

    text: str | None = None
    entities: Entities | None = None


class Reference(msgspec.Struct):
    """A tweet that is retweeted, quoted or replied_to."""

    type: str
    id: Id


class Metrics(msgspec.Struct):
    """Figures of an account."""

    followers_count: Count | None = None
    following_count: Count | None = None
    tweet_count: Count | None = None
    listed_count: Count | None = None


class Withheld(msgspec.Struct):
    """Where it may not be shown."""

    copyright: bool | None = None
    country_codes: list[str] | None = None


class Entity(msgspec.Struct):
    """A tweet, or an account, which has a `username`."""

    id: Id
    created_at: str | None = None
    author_id: str | None = None
    text: str | None = None
    note_tweet: Note | None = None
    lang: str | None = None
    conversation_id: str | None = None
    in_reply_to_user_id: str | None = None
    referenced_tweets: list[Reference] | None = None
    entities: msgspec.Raw = msgspec.Raw()
    withheld: Withheld | None = None
    username: str | None = None
    name: str | None = None
    description: str | None = None
    protected: bool | None = None
    public_metrics: Metrics | None = None

    def referenced(self, kind: str) -> str | None:
        """The tweet that is referred to in that way."""
        return next((one.id for one in self.referenced_tweets or () if one.type == kind), None)

    @property
    def whole_entities(self) -> Entities:
        """What stands in the whole text."""
        if self.note_tweet and self.note_tweet.entities:
            return self.note_tweet.entities
        raw = bytes(self.entities)
        return decoded(_ENTITIES, raw) if raw else Entities()


class Includes(msgspec.Struct):
    """What the data refers to."""

    users: list[Entity] | None = None
    tweets: list[Entity] | None = None


class Answer(msgspec.Struct):
    """One tweet or account with what it refers to."""

    subject: Entity = msgspec.field(name="data")
    includes: Includes | None = None


ANSWER: Final = msgspec.json.Decoder(Answer)
_ENTITIES: Final = msgspec.json.Decoder(Entities)


@dataclass(frozen=True)
class _Known:
    """What stands beside a tweet."""

    users: Mapping[str, Entity]
    tweets: Mapping[str, Entity]

    def author_of(self, tweet: str | None) -> str | None:
        """Who wrote a tweet, where that stands beside it."""
        found = self.tweets.get(tweet) if tweet else None
        return found.author_id if found else None

    def is_protected(self, actor: str | None) -> bool:
        """Whether an account is known to be protected."""
        found = self.users.get(actor) if actor else None
        return bool(found and found.protected)

    def id_of(self, mention: Mention) -> str | None:
        """Id of who is mentioned: the mention's own, or that of the user with its name."""
        if mention.id:
            return mention.id
        wanted = (mention.username or "").lower()
        return next(
            (key for key, user in self.users.items() if (user.username or "").lower() == wanted), None
        )


def read_answer(content: bytes, reading: Reading) -> None:
    """Add what one answer says: its tweet or account, and the tweets and accounts beside it.

    Raises:   UnreadableRecord: it is of another form, or whose tweet is retweeted or quoted is not said.
    """
    answer = decoded(ANSWER, content)
    includes = answer.includes or Includes()
    users = {user.id: user for user in includes.users or ()}
    tweets = {tweet.id: tweet for tweet in includes.tweets or ()}
    known = _Known(users, tweets)
    if answer.subject.username is not None:
        _add_account(answer.subject, reading.gather, observed_at=reading.seen_at)
        return
    when = acts.time_of(answer.subject.id, answer.subject.created_at)
    if not _read_tweet(answer.subject, known, reading, is_included=False):
        return
    for tweet in tweets.values():
        if tweet.author_id and tweet.text is not None:
            _read_tweet(tweet, known, reading, is_included=True)
    for user in users.values():
        _add_account(user, reading.gather, observed_at=when)


def _read_tweet(tweet: Entity, known: _Known, reading: Reading, *, is_included: bool) -> bool:
    """Whether it was taken."""
    flag = _flag(tweet, known)
    if flag is not None:
        reading.gather.leave_out(flag)
        return False
    if not tweet.author_id:
        raise UnreadableRecord("missing_source", f"It does not say who wrote it. {_EXPANSIONS_HINT}")
    when = acts.time_of(tweet.id, tweet.created_at)
    original = tweet.referenced("retweeted")
    if original is not None:
        target = known.author_of(original) or _named_at(tweet, known, start=3)
        if _is_open(target, "retweeted", known, reading, may_be_missing=is_included):
            acts.repost(reading.gather, tweet.id, tweet.author_id, of=(original, str(target)), when=when)
        return True
    reading.authors.remember(tweet.id, tweet.author_id)
    _add_post(tweet, reading.gather, when=when)
    _add_acts(tweet, known, reading, when=when, is_included=is_included)
    return True


def _flag(tweet: Entity, known: _Known) -> str | None:
    if known.is_protected(tweet.author_id):
        return "protected"
    withheld = tweet.withheld
    if withheld and (withheld.copyright or acts.EVERYWHERE.intersection(withheld.country_codes or ())):
        return "withheld"
    return None


def _is_open(target: str | None, what: str, known: _Known, reading: Reading, *, may_be_missing: bool) -> bool:
    """Whether there is a target that may be named."""
    if target is None:
        if may_be_missing:
            return False
        message = f"Whose tweet is {what} is not said. {_EXPANSIONS_HINT}"
        raise UnreadableRecord("missing_target", message)
    if known.is_protected(target):
        reading.gather.leave_out("protected")
        return False
    return True


def _add_acts(tweet: Entity, known: _Known, reading: Reading, *, when: datetime, is_included: bool) -> None:
    gather, author = reading.gather, str(tweet.author_id)
    quoted, answered = tweet.referenced("quoted"), tweet.referenced("replied_to")
    if quoted is not None:
        target = known.author_of(quoted) or reading.authors.author_of(quoted)
        if _is_open(target, "quoted", known, reading, may_be_missing=is_included):
            acts.quote(gather, tweet.id, author, of=(quoted, str(target)), when=when)
    replied = None
    if answered is not None:
        replied = tweet.in_reply_to_user_id or known.author_of(answered)
        if _is_open(replied, "answered", known, reading, may_be_missing=is_included):
            acts.reply(gather, tweet.id, author, to=(answered, str(replied)), when=when)
    named = [target for target in _mentioned(tweet, known) if target != replied]
    shown = [target for target in named if not known.is_protected(target)]
    if len(shown) < len(named):
        gather.leave_out("protected", len(named) - len(shown))
    acts.mentions(gather, tweet.id, author, of=shown, when=when)


def _mentioned(tweet: Entity, known: _Known) -> Iterator[str]:
    if tweet.in_reply_to_user_id and tweet.referenced("replied_to") is None:
        yield tweet.in_reply_to_user_id
    for mention in tweet.whole_entities.mentions or ():
        target = known.id_of(mention)
        if target is not None:
            yield target


def _named_at(tweet: Entity, known: _Known, *, start: int) -> str | None:
    """Who is mentioned at a place of the text: `RT @name: ...` names the author of what is retweeted."""
    found = (mention for mention in tweet.whole_entities.mentions or () if mention.start == start)
    return next((known.id_of(mention) for mention in found), None)


def _add_post(tweet: Entity, gather: Gather, *, when: datetime) -> None:
    entities = tweet.whole_entities
    note = tweet.note_tweet.text if tweet.note_tweet else None
    is_root = tweet.conversation_id in (None, tweet.id)
    gather.post(
        tweet.id,
        author=str(tweet.author_id),
        posted_at=when,
        text=note or tweet.text,
        language=None if tweet.lang == "und" else tweet.lang,
        reply_to_post_id=tweet.referenced("replied_to"),
        root_post_id=None if is_root else gather.full_id(str(tweet.conversation_id)),
        quoted_post_id=tweet.referenced("quoted"),
        links=[url.expanded_url for url in entities.urls or () if url.expanded_url],
        hashtags=[hashtag.tag.lower() for hashtag in entities.hashtags or ()],
        # without its note the text of a long tweet is cut, and gives way to the whole
        observed_at=when if note else None,
    )


def _add_account(user: Entity, gather: Gather, *, observed_at: datetime) -> None:
    if user.protected:
        gather.leave_out("protected")
        return
    metrics = user.public_metrics or Metrics()
    gather.actor(
        user.id,
        observed_at=observed_at,
        handle=user.username,
        display_name=user.name,
        bio=user.description,
        created_at=read_moment(user.created_at) if user.created_at else None,
        followers_count=metrics.followers_count,
        following_count=metrics.following_count,
        posts_count=metrics.tweet_count,
        listed_count=metrics.listed_count,
        is_protected=user.protected,
    )


class _Page(msgspec.Struct):
    subjects: list[msgspec.Raw] | None = msgspec.field(default=None, name="data")
    includes: dict[str, list[msgspec.Raw]] | None = None


class _Needs(msgspec.Struct):
    """What a tweet refers to, as far as it decides what must go with it."""

    id: Id
    author_id: str | None = None
    in_reply_to_user_id: str | None = None
    referenced_tweets: list[Reference] | None = None
    entities: msgspec.Raw = msgspec.Raw()
    username: str | None = None


_PAGE: Final = msgspec.json.Decoder(_Page)
_NEEDS: Final = msgspec.json.Decoder(_Needs)


def split_answer(content: bytes) -> Sequence[bytes]:
    """The tweets of a page, each with just what it refers to, so that each can be read by itself.

    Raises:   UnreadableRecord: it is no such page.
    """
    page = decoded(_PAGE, content)
    includes = page.includes or {}
    users = {needs.id: (needs, raw) for needs, raw in _with_needs(includes.get("users", ()))}
    tweets = {needs.id: (needs, raw) for needs, raw in _with_needs(includes.get("tweets", ()))}
    names = {(needs.username or "").lower(): key for key, (needs, _) in users.items()}
    parts = []
    for needs, raw in _with_needs(page.subjects or ()):
        beside = [ref.id for ref in needs.referenced_tweets or () if ref.id in tweets]
        referring = [needs, *(tweets[key][0] for key in beside)]
        wanted = dict.fromkeys(key for one in referring for key in _people(one, names) if key in users)
        parts.append(
            b'{"data":%b,"includes":{"users":[%b],"tweets":[%b]}}'
            % (raw, b",".join(users[key][1] for key in wanted), b",".join(tweets[key][1] for key in beside))
        )
    return parts


def _with_needs(entities: Sequence[msgspec.Raw]) -> Iterator[tuple[_Needs, bytes]]:
    for raw in entities:
        yield decoded(_NEEDS, bytes(raw)), bytes(raw)


def _people(needs: _Needs, names: Mapping[str, str]) -> Iterator[str]:
    yield needs.author_id or ""
    yield needs.in_reply_to_user_id or ""
    if bytes(needs.entities):
        for mention in decoded(_ENTITIES, bytes(needs.entities)).mentions or ():
            yield mention.id or names.get((mention.username or "").lower(), "")
