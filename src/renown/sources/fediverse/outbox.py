"""Reading through plain ActivityPub: an actor's outbox, and what its posts lead to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from renown.errors import InputError, SourceAnswerError
from renown.sources.fediverse.accounts import read_account, text_of
from renown.sources.fediverse.consent import NETWORK, Door, Person
from renown.sources.fediverse.objects import NotToBeHad, Objects
from renown.sources.fediverse.options import FediverseOptions
from renown.sources.fediverse.places import SOURCE_NAME, Place, place_to_begin
from renown.sources.fediverse.statuses import (
    Post,
    StatusMapper,
    act_id,
    activity_payload,
    follow_id,
    payload_of,
    posted_moment,
    written_at,
)
from renown.sources.fediverse.surroundings import Recent
from renown.sources.fediverse.translate import (
    POST_TYPES,
    account_of,
    author_of,
    boost_of,
    host_of,
    reference,
    status_of,
    visibility_of,
)
from renown.sources.registry import Request
from renown.store.harvest import Gather, Harvest, UnreadableRecord, Withdrawal
from renown.types import Kind, Progress

_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNDONE: Final[dict[str, Kind]] = {"Like": "like", "Announce": "repost", "Follow": "follow"}
_COLLECTIONS: Final[tuple[tuple[str, Kind], ...]] = (("likes", "like"), ("shares", "repost"))


class Neighbours:
    """Surroundings of ActivityPub records: people and posts are asked for by address, each once."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.home = ""
        self._latest: Recent[datetime] = Recent()

    def is_latest(self, act: str, moment: datetime | None, *, is_undo: bool = False) -> bool:
        """Whether nothing newer was told of an act. Outboxes tell the newest first."""
        known = self._latest.get(act)
        if known is not None and (moment is None or moment < known or (moment == known and not is_undo)):
            return False
        self._latest.keep(act, moment or _LONG_AGO)
        return True

    def account(self, url: str) -> dict[str, Any] | None:
        """The account of an actor's address, as a record; None: it cannot be had."""
        actor = self.objects.find(url)
        if actor is None:
            return None
        try:
            return account_of(actor, self.objects.name_of(actor))
        except UnreadableRecord:
            return None

    def person(self, local_id: str, acct: str) -> Person | None:
        """The account of an address."""
        record = self.account(local_id)
        try:
            return None if record is None else read_account(record, self.home)
        except UnreadableRecord:
            return None

    def status(self, url: str) -> dict[str, Any] | None:
        """The post of an address, as a record; None: it cannot be had, or is no post."""
        found = self.objects.find(url)
        account = self.account(author_of(found)) if found is not None else None
        try:
            return None if found is None or account is None else status_of(found, account)
        except UnreadableRecord:
            return None

    def post(self, local_id: str) -> Post | None:
        """The public post of an address."""
        record = self.status(local_id)
        moment = written_at(record)
        if record is None or moment is None or record["visibility"] != "public":
            return None
        try:
            return Post(text_of(record, "uri"), read_account(record["account"], self.home), moment)
        except UnreadableRecord:
            return None


class OutboxReading:
    """Reads accounts by their actors."""

    def __init__(self, objects: Objects, request: Request, *, door: Door, progress: Progress) -> None:
        self.objects = objects
        self.request = request
        self.options: FediverseOptions = request.options or FediverseOptions()
        self.door = door
        self.progress = progress
        self.around = Neighbours(objects)
        self.gather = Gather(SOURCE_NAME, network=NETWORK, scope="activitypub")
        self.reactors: Counter[str] = Counter()
        self._posts_count = 0

    def account(self, base_url: str, name: str, *, url: str = "", is_hop: bool = False) -> Iterator[Harvest]:
        """An account, its outbox, and unless it is only a hop, who reacted and who follows it."""
        actor = self.objects.fetch(url or self.objects.actor_url(base_url, name))
        try:
            account = account_of(actor, self.objects.name_of(actor))
            person = read_account(account, "")
        except UnreadableRecord as error:
            raise SourceAnswerError(
                f"What {base_url} says of {name} is not understood: {error.message}"
            ) from error
        if not self.door.lets_in(self.gather, person, observed_at=datetime.now(UTC)):
            yield self.gather.harvest()
            return
        yield from self._outbox(actor, account, person, has_reactions=not is_hop and self.options.reactions)
        if self.options.follows and not is_hop:
            yield from self._follows(actor, person)

    def everything_shown(self, base_url: str) -> Iterator[Harvest]:
        """Servers have no outbox of their own."""
        raise InputError(
            f"{base_url} has no API that is understood.",
            hint="Name accounts there, as user@host: those can be read.",
        )

    def _outbox(
        self, actor: Mapping[str, Any], account: Mapping[str, Any], person: Person, *, has_reactions: bool
    ) -> Iterator[Harvest]:
        scope = f"activitypub {person.name}"
        since, again = self.request.since, timedelta(days=self.options.again_days)
        place = place_to_begin(self.request.memory, scope, since=since, again=again)
        host = host_of(actor["id"])
        count = 0
        for items, following in self._pages_from(actor, host, place):
            count += len(items)
            times = [moment for one in items if (moment := _published(one)) is not None]
            is_end = place.oldest is not None and bool(times) and max(times) < place.oldest
            if not is_end:
                self._read_items(items, account, has_reactions=has_reactions)
            is_end = is_end or not following or count >= self.options.most_posts
            place = place.turned(None if is_end else following, max(times, default=None))
            if len(following) < 2_000:
                self.gather.reached(place.cursor(scope))
            yield self.gather.harvest()
            if is_end:
                return

    def _pages_from(
        self, actor: Mapping[str, Any], host: str, place: Place
    ) -> Iterator[tuple[list[Any], str]]:
        outbox = reference(actor.get("outbox"))
        if place.before is not None:
            try:
                yield from self.objects.pages(None, host, begin=place.before)
                return
            except NotToBeHad:
                pass  # the page is no longer there: from the newest post on, nothing is kept twice
        yield from self.objects.pages(self.objects.fetch(outbox), host)

    def _read_items(self, items: list[Any], account: Mapping[str, Any], *, has_reactions: bool) -> None:
        mapper = StatusMapper(self.gather, self.door, self.around, seen_at=datetime.now(UTC))
        since = self.request.since
        for item in items:
            activity = self.objects.find(item) if isinstance(item, str) else item
            moment = _published(activity)
            if since is not None and moment is not None and moment < since:
                continue
            post = None
            with self.gather.reading(activity_payload(activity, account)):
                post = self.read_activity(mapper, activity, account)
            if has_reactions and post is not None:
                self._reactions(mapper, post)
        self._posts_count += len(items)
        self.progress("reading posts", self._posts_count, None)

    def read_activity(self, mapper: StatusMapper, activity: Any, account: Mapping[str, Any]) -> Post | None:
        """What an account did; returns the post where it wrote one.

        Raises:   UnreadableRecord: it is not understood, or somebody else did it.
        """
        return read_activity(mapper, self.around, activity, account)

    def _reactions(self, mapper: StatusMapper, post: Post) -> None:
        """What a post's own collections show: of many servers replies only, of the others their number."""
        said = self.objects.find(post.uri) or {}
        for url in self._members(said, "replies", post.uri):
            record = self.around.status(url)
            if record is None:
                self.gather.leave_out("post not shown")
                continue
            with self.gather.reading(payload_of("status", record, "")):
                answer = mapper.status(record)
                self._count_reactor(answer.author if answer else None)
        for name, kind in _COLLECTIONS:
            for one in self._members(said, name, post.uri):
                account = self.around.account(self._who(one))
                if account is None:
                    self.gather.leave_out("unknown account")
                    continue
                with self.gather.reading(payload_of("account", account, "")):
                    self._count_reactor(mapper.reaction(account, kind, post))

    def _who(self, url: str) -> str:
        """Collections of likes hold the likes; some hold those who liked."""
        found = self.objects.find(url)
        return reference(found.get("actor")) or url if found is not None else url

    def _members(self, said: Mapping[str, Any], name: str, uri: str) -> Iterator[str]:
        collection, host, count = said.get(name), host_of(uri), 0
        try:
            if isinstance(collection, str):
                collection = self.objects.fetch(collection)
            for items, _ in self.objects.pages(collection, host):
                for item in items:
                    address = reference(item.get("actor") if _is_act(item) else item)
                    if address and count < self.options.most_people:
                        yield address
                    count += 1
                if count >= self.options.most_people:
                    return
        except NotToBeHad:
            self.gather.leave_out(f"{name} not shown")

    def _follows(self, actor: Mapping[str, Any], person: Person) -> Iterator[Harvest]:
        mapper = StatusMapper(self.gather, self.door, self.around, seen_at=datetime.now(UTC))
        for name in ("followers", "following"):
            found = self.objects.find(reference(actor.get(name))) or {}
            if not found.get("first") and not (found.get("items") or found.get("orderedItems")):
                # A collection without a first page: how many there are may be known, who they are is not.
                self.gather.leave_out("hide_collections")
                continue
            for url in self._members({name: found}, name, actor["id"]):
                other = self.around.person(url, "")
                if other is None:
                    self.gather.leave_out("unknown account")
                elif name == "followers":
                    mapper.follow(other, person)
                else:
                    mapper.follow(person, other)
        yield self.gather.harvest()

    def _count_reactor(self, person: Person | None) -> None:
        if person is not None and person.refusal is None:
            self.reactors[person.name] += 1


def read_activity(
    mapper: StatusMapper, around: Neighbours, activity: Any, account: Mapping[str, Any]
) -> Post | None:
    """What an account did, from its outbox; returns the post where it wrote one.

    Raises:   UnreadableRecord: it is not understood, or somebody else did it.
    """
    if not isinstance(activity, Mapping):
        raise UnreadableRecord("unreadable_activity", "It is no object, or cannot be had.")
    kind, doer = activity.get("type"), reference(activity.get("actor"))
    if kind in POST_TYPES:  # some servers list posts, not the making of them
        return mapper.status(status_of(activity, account))
    if doer != account["id"]:
        raise UnreadableRecord("foreign_actor", "Somebody else is said to have done it.")
    if kind in ("Create", "Update"):
        made = activity.get("object")
        made = around.objects.find(made) if isinstance(made, str) else made
        if not isinstance(made, Mapping):
            raise UnreadableRecord("missing_object", "What was made is not there.")
        return mapper.status(status_of(made, account))
    if kind == "Announce":
        _boosted(mapper, around, activity, account)
    elif kind == "Like":
        _liked(mapper, around, activity, account)
    elif kind == "Undo":
        _undone(mapper, around, activity, account)
    elif kind == "Delete":
        uri = reference(activity.get("object"))
        if host_of(uri) == host_of(account["id"]):
            mapper.gather.withdraw(Withdrawal("post", f"{NETWORK}:{uri}", NETWORK, "deleted"))
    else:
        raise UnreadableRecord("unknown_activity", f"{kind!r} is no act that is known."[:200])
    return None


def _boosted(
    mapper: StatusMapper, around: Neighbours, activity: Mapping[str, Any], account: Mapping[str, Any]
) -> None:
    boosted = around.status(reference(activity.get("object")))
    if boosted is None:
        mapper.gather.leave_out("post not shown")
    elif around.is_latest(act_id("repost", boosted["uri"], read_account(account, "")), _published(activity)):
        mapper.status(boost_of(activity, account, boosted))


def _liked(
    mapper: StatusMapper, around: Neighbours, activity: Mapping[str, Any], account: Mapping[str, Any]
) -> None:
    if visibility_of(activity) != "public":
        mapper.gather.leave_out("private like")
        return
    post, person = around.post(reference(activity.get("object"))), read_account(account, "")
    if post is None:
        mapper.gather.leave_out("post not shown")
        return
    are_in = [
        mapper.door.lets_in(mapper.gather, one, observed_at=mapper.seen_at) for one in (person, post.author)
    ]
    if all(are_in):
        claimed = activity.get("published")
        moment = posted_moment(claimed, mapper.seen_at) if claimed else post.posted_at
        if around.is_latest(act_id("like", post.uri, person), _published(activity)):
            mapper.act(person, post.author, "like", post=post.uri, occurred_at=moment)


def _undone(
    mapper: StatusMapper, around: Neighbours, activity: Mapping[str, Any], account: Mapping[str, Any]
) -> None:
    """A like, boost or follow that its doer took back."""
    act = activity.get("object")
    act = around.objects.find(act) if isinstance(act, str) else act
    if not isinstance(act, Mapping):
        mapper.gather.leave_out("undo of what is not shown")
        return
    if act.get("type") not in _UNDONE or reference(act.get("actor")) not in ("", account["id"]):
        raise UnreadableRecord("unknown_undo", f"What is undone is not known: {act.get('type')!r}."[:200])
    person, about = read_account(account, ""), reference(act.get("object"))
    kind = _UNDONE[str(act["type"])]
    if kind == "follow":
        other = around.person(about, "")
        if other is None:
            mapper.gather.leave_out("unknown account")
            return
        about = other.name
    own = follow_id(person.name, about) if kind == "follow" else act_id(kind, about, person)
    if not around.is_latest(own, _published(activity), is_undo=True):
        return
    owner = f"{NETWORK}:{person.name}"
    mapper.gather.withdraw(Withdrawal("interaction", own, NETWORK, "deleted", owner))
    if kind == "follow":
        mapper.gather.withdraw(Withdrawal("tie", f"{NETWORK}:{about}", NETWORK, "deleted", owner))


def _is_act(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("type") in ("Like", "Announce")


def _published(item: Any) -> datetime | None:
    if not isinstance(item, Mapping):
        return None
    inner = item.get("object")
    claimed = item.get("published") or (inner.get("published") if isinstance(inner, Mapping) else None)
    return written_at({"created_at": claimed})
