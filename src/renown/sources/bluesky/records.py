"""What the records of a repository say, the same whether they come from the AppView, a file or a stream."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from renown.sources.bluesky.names import (
    FOLLOW,
    LIKE,
    LIST,
    LIST_ITEM,
    NETWORK,
    POST,
    PROFILE,
    REPOST,
    Uri,
    is_did,
    like_id,
    moment_of,
    read_did,
    read_uri,
)
from renown.sources.bluesky.people import People, flag_of
from renown.sources.bluesky.taken_back import Likes
from renown.store.harvest import Gather, UnreadableRecord, Withdrawal

_MENTION: Final = "app.bsky.richtext.facet#mention"
_LINK: Final = "app.bsky.richtext.facet#link"
_TAG: Final = "app.bsky.richtext.facet#tag"

_SHOWN_LISTS: Final = ("app.bsky.graph.defs#curatelist", "app.bsky.graph.defs#referencelist")
"""Lists of people to read, and starter packs. Lists for moderation name whom to avoid: no attention."""

_MOST_LISTS: Final = 200_000
_MOST_LINKS: Final = 100
_LONGEST_TEXT: Final = 20_000


class Lists:
    """Names of the lists that were seen, so that their entries can be understood; the oldest go first."""

    def __init__(self) -> None:
        self._names: OrderedDict[str, str | None] = OrderedDict()

    def learn(self, uri: str, record: Mapping[str, Any]) -> None:
        """Remember what a list is called, and whether it shows people or hides them."""
        is_shown = record.get("purpose") in _SHOWN_LISTS
        name = record.get("name")
        self._names[uri] = (name if isinstance(name, str) else "") if is_shown else None
        if len(self._names) > _MOST_LISTS:
            self._names.popitem(last=False)

    def knows(self, uri: str) -> bool:
        """Whether this list was seen."""
        return uri in self._names

    def name_of(self, uri: str) -> str | None:
        """What it is called; None: it hides people."""
        return self._names.get(uri)


@dataclass
class Reader:
    """Maps records into a gather.

    Fields:
        people: who marked themselves as not for this.
        lists: the lists that were seen.
        is_gone: of a post: whether it is known to have been deleted.
        since: leave out what is older.
        likes: remembers by which records likes come, where they may be deleted later.
        read_at: when posts were as they are read; None: when each was seen.
    """

    gather: Gather
    people: People
    lists: Lists
    is_gone: Callable[[str], bool] = lambda uri: False
    since: datetime | None = None
    likes: Likes | None = None
    read_at: datetime | None = None

    def read(self, uri: Uri, record: Mapping[str, Any], *, seen_at: datetime | None) -> None:
        """Add what one record says. Collections that say nothing here are passed over.

        Raises:   UnreadableRecord.
        """
        mapper = _MAPPERS.get(uri.collection)
        if mapper is None:
            return
        if not isinstance(record, Mapping):
            raise UnreadableRecord("unreadable_record", "The record is no object.")
        if uri.collection == PROFILE:
            # it may say that its owner may be taken again
            self.profile(uri, record, seen_at)
        elif self.is_open(uri.did):
            mapper(self, uri, record, seen_at)

    def is_open(self, did: str) -> bool:
        """Whether something of or about this account may be taken; what may not is counted."""
        flag = self.people.closed.get(did)
        if flag is None:
            return True
        self.gather.leave_out(flag)
        return False

    def is_old(self, moment: datetime) -> bool:
        """Whether it is older than what was asked for."""
        return self.since is not None and moment < self.since

    def profile(self, uri: Uri, record: Mapping[str, Any], seen_at: datetime | None) -> None:
        """A profile and its owner's flag. What is not said in a record (handle, counts) stays as it was."""
        is_open = self.people.hear(uri.did, flag_of(record, uri.did), self.gather)
        if not is_open or uri.key != "self":
            return
        self.gather.actor(
            uri.did,
            observed_at=moment_of(None, seen_at=seen_at),
            display_name=_text(record.get("displayName")) or "",
            bio=_text(record.get("description")) or "",
            is_hidden_from_public=False,
        )

    def like(self, uri: Uri, record: Mapping[str, Any], seen_at: datetime | None) -> None:
        """A like of a post. Likes of feeds and labelers are passed over: no path but this one sees them."""
        post = _subject(record)
        occurred_at = moment_of(record.get("createdAt"), key=uri.key, seen_at=seen_at)
        if post.collection == POST and self._counts(post, occurred_at):
            own = like_id(str(post), uri.did, occurred_at)
            if self.likes is not None:
                self.likes.came(str(uri), own)
            self.gather.interaction(
                uri.did, post.did, "like", occurred_at=occurred_at, ids=(str(post), str(uri), own)
            )

    def repost(self, uri: Uri, record: Mapping[str, Any], seen_at: datetime | None) -> None:
        """A repost of a post."""
        post = _subject(record)
        occurred_at = moment_of(record.get("createdAt"), key=uri.key, seen_at=seen_at)
        if post.collection == POST and self._counts(post, occurred_at):
            self.gather.interaction(
                uri.did, post.did, "repost", occurred_at=occurred_at, ids=(str(post), None, str(uri))
            )

    def follow(self, uri: Uri, record: Mapping[str, Any], seen_at: datetime | None) -> None:
        """A follow: an act at its time, and a tie that stands since."""
        target = _followed(record)
        occurred_at = moment_of(record.get("createdAt"), key=uri.key, seen_at=seen_at)
        if not self.is_open(target) or self.is_old(occurred_at):
            return
        self.gather.interaction(
            uri.did, target, "follow", occurred_at=occurred_at, ids=(None, None, str(uri))
        )
        self.gather.follow(uri.did, target, seen_at=occurred_at)

    def list(self, uri: Uri, record: Mapping[str, Any], seen_at: datetime | None) -> None:
        """A list: remembered for its entries."""
        self.lists.learn(str(uri), record)

    def list_item(self, uri: Uri, record: Mapping[str, Any], seen_at: datetime | None) -> None:
        """An account put on a list of people to read, or into a starter pack."""
        member, of = read_did(record.get("subject")), str(read_uri(record.get("list")))
        occurred_at = moment_of(record.get("createdAt"), key=uri.key, seen_at=seen_at)
        if not self.lists.knows(of):
            self.gather.leave_out("list-of-unknown-purpose")
            return
        name = self.lists.name_of(of)
        if name is None or not self.is_open(member) or self.is_old(occurred_at):
            return
        self.gather.interaction(uri.did, member, "list", occurred_at=occurred_at, ids=(None, None, str(uri)))
        self.gather.list_member(of, owner=uri.did, member=member, name=name, seen_at=occurred_at)

    def post(self, uri: Uri, record: Mapping[str, Any], seen_at: datetime | None) -> None:
        """A post, and whom it answers, quotes and mentions."""
        flag = flag_of(record, uri.did)
        if flag is not None:
            # it may have come without its label before
            self.gather.leave_out(flag)
            self.gather.withdraw(Withdrawal("post", self.gather.full_id(str(uri)), NETWORK, "not-for-this"))
            return
        posted_at = moment_of(record.get("createdAt"), key=uri.key, seen_at=seen_at)
        if self.is_old(posted_at):
            return
        own = str(uri)
        parent, root = _reply_of(record)
        quoted = _quoted(record.get("embed"))
        features = list(_features(record))
        self.gather.post(
            own,
            author=uri.did,
            posted_at=posted_at,
            text=_text(record.get("text")),
            language=_language(record),
            reply_to_post_id=None if parent is None else str(parent),
            root_post_id=None if root is None else str(root),
            quoted_post_id=None if quoted is None else str(quoted),
            links=_links(record, features),
            hashtags=_hashtags(record, features),
            observed_at=self.read_at or seen_at,
        )
        if parent is not None and self._counts(parent, posted_at):
            ids = (str(parent), own, f"reply:{own}")
            self.gather.interaction(uri.did, parent.did, "reply", occurred_at=posted_at, ids=ids)
        if quoted is not None and self._counts(quoted, posted_at):
            ids = (str(quoted), own, f"quote:{own}")
            self.gather.interaction(uri.did, quoted.did, "quote", occurred_at=posted_at, ids=ids)
        for person in dict.fromkeys(_mentioned(features)):
            if (parent is None or person != parent.did) and self.is_open(person):
                mention = (None, own, f"mention:{own}:{person}")
                self.gather.interaction(uri.did, person, "mention", occurred_at=posted_at, ids=mention)

    def _counts(self, post: Uri, occurred_at: datetime) -> bool:
        return self.is_open(post.did) and not self.is_old(occurred_at) and not self.is_gone(str(post))

    def delete(self, uri: Uri) -> None:
        """A record was deleted by its owner: what it said is taken back."""
        if uri.collection == PROFILE:
            self.people.hear(uri.did, None, self.gather)
        elif uri.collection == POST:
            self.gather.withdraw(Withdrawal("post", self.gather.full_id(str(uri)), NETWORK, "deleted"))
        elif uri.collection in _MAPPERS and uri.collection != LIST:
            owner = self.gather.full_id(uri.did)
            self.gather.withdraw(Withdrawal("interaction", str(uri), NETWORK, "deleted", owner))
            own = None if self.likes is None else self.likes.deleted(uri)
            if own is not None:
                # the store may have it from the AppView, without its record
                self.gather.withdraw(Withdrawal("interaction", own, NETWORK, "deleted", owner))


_MAPPERS: Final = {
    POST: Reader.post,
    LIKE: Reader.like,
    REPOST: Reader.repost,
    FOLLOW: Reader.follow,
    LIST: Reader.list,
    LIST_ITEM: Reader.list_item,
    PROFILE: Reader.profile,
}


def actors_named(collection: str, record: Mapping[str, Any]) -> Iterator[str]:
    """The accounts that a record gives attention to, as far as they can be read."""
    try:
        if collection in (LIKE, REPOST):
            yield _subject(record).did
        elif collection == FOLLOW:
            yield _followed(record)
        elif collection == LIST_ITEM:
            yield read_did(record.get("subject"))
        elif collection == POST:
            parent, _ = _reply_of(record)
            quoted = _quoted(record.get("embed"))
            yield from (uri.did for uri in (parent, quoted) if uri is not None)
            yield from _mentioned(list(_features(record)))
    except UnreadableRecord:
        # it goes to the quarantine when it is its turn
        return


def _subject(record: Mapping[str, Any]) -> Uri:
    subject = record.get("subject")
    return read_uri(subject.get("uri") if isinstance(subject, Mapping) else subject)


def _followed(record: Mapping[str, Any]) -> str:
    """Who is followed; in 2022 a follow named them inside an object."""
    subject = record.get("subject")
    return read_did(subject.get("did") if isinstance(subject, Mapping) else subject)


def _reply_of(record: Mapping[str, Any]) -> tuple[Uri | None, Uri | None]:
    """The post answered, and the one that opened the conversation."""
    reply = record.get("reply")
    if reply is None:
        return None, None
    if not isinstance(reply, Mapping):
        raise UnreadableRecord("unreadable_reply", "What it answers cannot be read.")
    parent, root = reply.get("parent"), reply.get("root")
    if not isinstance(parent, Mapping):
        raise UnreadableRecord("unreadable_reply", "What it answers cannot be read.")
    answered = read_uri(parent.get("uri"))
    return answered, read_uri(root.get("uri")) if isinstance(root, Mapping) else answered


def _quoted(embed: Any) -> Uri | None:
    """The post shown inside; feeds, lists and starter packs shown inside are no quotes."""
    if not isinstance(embed, Mapping):
        return None
    kind = embed.get("$type")
    inner = embed.get("record")
    if kind == "app.bsky.embed.recordWithMedia" and isinstance(inner, Mapping):
        inner = inner.get("record")
    elif kind != "app.bsky.embed.record":
        return None
    if not isinstance(inner, Mapping):
        raise UnreadableRecord("unreadable_quote", "What it quotes cannot be read.")
    uri = read_uri(inner.get("uri"))
    return uri if uri.collection == POST else None


def _features(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What the text points out: mentions, links, hashtags. `entities` are what facets were in 2023."""
    for facet in _sequence(record.get("facets")):
        if isinstance(facet, Mapping):
            yield from (one for one in _sequence(facet.get("features")) if isinstance(one, Mapping))
    for entity in _sequence(record.get("entities")):
        if isinstance(entity, Mapping):
            if entity.get("type") == "mention":
                yield {"$type": _MENTION, "did": entity.get("value")}
            elif entity.get("type") == "link":
                yield {"$type": _LINK, "uri": entity.get("value")}


def _mentioned(features: list[Mapping[str, Any]]) -> Iterator[str]:
    """DIDs mentioned. A mention that never resolved names nobody, and is passed over."""
    for feature in features:
        if feature.get("$type") == _MENTION and is_did(feature.get("did")):
            yield str(feature["did"])


def _links(record: Mapping[str, Any], features: list[Mapping[str, Any]]) -> list[str]:
    found = [feature.get("uri") for feature in features if feature.get("$type") == _LINK]
    embed = record.get("embed")
    if isinstance(embed, Mapping):
        media = embed.get("media") if embed.get("$type") == "app.bsky.embed.recordWithMedia" else embed
        external = media.get("external") if isinstance(media, Mapping) else None
        if isinstance(external, Mapping):
            found.append(external.get("uri"))
    web = (one for one in found if isinstance(one, str) and one.lower().startswith(("http://", "https://")))
    return list(dict.fromkeys(one[:2_000] for one in web))[:_MOST_LINKS]


def _hashtags(record: Mapping[str, Any], features: list[Mapping[str, Any]]) -> list[str]:
    found = [feature.get("tag") for feature in features if feature.get("$type") == _TAG]
    found += _sequence(record.get("tags"))
    tags = (one.lstrip("#").lower() for one in found if isinstance(one, str))
    return list(dict.fromkeys(one for one in tags if one))[:_MOST_LINKS]


def _language(record: Mapping[str, Any]) -> str | None:
    languages = _sequence(record.get("langs"))
    return languages[0] if languages and isinstance(languages[0], str) else None


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    """Text as the store can keep it: half a surrogate pair is no character, and a flood is cut."""
    if not isinstance(value, str):
        return None
    return value[:_LONGEST_TEXT].encode("utf-8", "replace").decode()
