"""Reading through Mastodon's API: accounts with what they wrote and who reacted, or what a server shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from renown.errors import SourceAnswerError, SourceRefusedError
from renown.sources.fediverse.accounts import count_of, id_of, objects_of, text_of
from renown.sources.fediverse.consent import NETWORK, Door, Person
from renown.sources.fediverse.instance import Instance
from renown.sources.fediverse.options import FediverseOptions
from renown.sources.fediverse.places import SOURCE_NAME, Place, place_to_begin
from renown.sources.fediverse.statuses import Post, StatusMapper, payload_of, written_at
from renown.sources.fediverse.surroundings import Learned
from renown.sources.polite import Answer
from renown.sources.registry import Request
from renown.store.harvest import Gather, Harvest, UnreadableRecord, Validator, Withdrawal
from renown.types import Kind, Progress

_LISTS: Final[tuple[tuple[Kind, str, str], ...]] = (
    ("like", "favourited_by", "favourites_count"),
    ("repost", "reblogged_by", "reblogs_count"),
)
ACCOUNTS_COUNT: Final = 80
"""Accounts asked for at once: what Mastodon gives at the most."""

HARVEST_ROWS: Final = 5_000
"""Rows after which a harvest is handed over in the middle of a page; the cursor waits for its end."""


@dataclass
class _Reactions:
    """What was found out about one post, to be mapped where nothing runs at the same time."""

    post: Post
    accounts: list[tuple[Kind, Any]] = field(default_factory=list)
    replies: list[Any] = field(default_factory=list)
    validators: list[Validator] = field(default_factory=list)


class ApiReading:
    """Reads one server through its API."""

    def __init__(self, instance: Instance, request: Request, *, door: Door, progress: Progress) -> None:
        self.instance = instance
        self.request = request
        self.options: FediverseOptions = request.options or FediverseOptions()
        self.door = door
        self.progress = progress
        self.home = instance.home
        self.around = Learned(instance)
        self.gather = Gather(SOURCE_NAME, network=NETWORK, scope=self.home)
        self.reactors: Counter[str] = Counter()
        """how often each account reacted that may be named: whom a hop leads to"""
        self._posts_count = 0

    def account(self, acct: str, *, is_hop: bool = False) -> Iterator[Harvest]:
        """An account, its posts, and unless it is only a hop, who reacted to them and who follows it."""
        record = self._account_named(acct)
        if record is None:
            yield self.gather.harvest()
            raise SourceRefusedError(
                f"{acct} is gone.", hint="What the store had of it was removed.", status=410
            )
        person = self.around.learn_account(record)
        if person is None:
            raise SourceAnswerError(
                f"{self.instance.base_url} describes {acct} in a way that is not understood."
            )
        if not self.door.lets_in(self.gather, person, observed_at=datetime.now(UTC)):
            yield self.gather.harvest()
            return
        path = f"/api/v1/accounts/{person.local_id}/statuses"
        yield from self._timeline(path, {}, f"{self.home} {person.name}", has_reactions=not is_hop)
        if self.options.follows and not is_hop:
            yield from self._follows(person)

    def everything_shown(self) -> Iterator[Harvest]:
        """What the server shows of its own people: the directory, and the local timeline."""
        try:
            parameters = {"local": "true", "order": "active", "limit": ACCOUNTS_COUNT}
            for records in self._up_to("/api/v1/directory", parameters, self.options.most_people):
                self._look_at_accounts(records)
        except (SourceRefusedError, SourceAnswerError):
            self.gather.leave_out("directory not shown")
        yield self.gather.harvest()
        yield from self._timeline(
            "/api/v1/timelines/public", {"local": "true"}, f"{self.home} timeline", has_reactions=True
        )

    def own_lists(self) -> Iterator[Harvest]:
        """The lists that the owner of the token keeps; they are private, so only `lists` asks for them."""
        now = datetime.now(UTC)
        owner = self.around.learn_account(self.instance.get("/api/v1/accounts/verify_credentials").json())
        if owner is None or not self.door.lets_in(self.gather, owner, observed_at=now):
            yield self.gather.harvest()
            return
        said = self.instance.get("/api/v1/lists").json()
        for one in said if isinstance(said, list) else []:
            path = f"/api/v1/lists/{id_of(one)}/accounts"
            for records in self._up_to(path, {"limit": ACCOUNTS_COUNT}, self.options.most_people):
                for record in records:
                    with self.gather.reading(payload_of("account", record, self.home)):
                        self._list_member(record, one, owner, now)
            yield self.gather.harvest()

    def _list_member(self, record: Any, one: Mapping[str, Any], owner: Person, now: datetime) -> None:
        member = self._read_person(record)
        if self.door.lets_in(self.gather, member, observed_at=now):
            self.gather.list_member(
                f"list:{self.home}:{id_of(one)}",
                owner=owner.name,
                member=member.name,
                name=text_of(one, "title") or None,
                seen_at=now,
            )

    def _account_named(self, acct: str) -> Mapping[str, Any] | None:
        """The account; None: it is gone for good, and so is what the store has of it."""
        try:
            return self.instance.account_named(acct)
        except SourceRefusedError as error:
            if error.status != 410:
                raise
            self.gather.withdraw(Withdrawal("actor", f"{NETWORK}:{acct.lower()}", NETWORK, "deleted"))
            return None

    def _timeline(
        self, path: str, parameters: Mapping[str, Any], scope: str, *, has_reactions: bool
    ) -> Iterator[Harvest]:
        """Posts, newest first, page by page, each page with the reactions to it; the cursor goes along."""
        again = timedelta(days=self.options.again_days)
        place = place_to_begin(self.request.memory, scope, since=self.request.since, again=again)
        rounds_count = 2 if place.before is not None else 1
        for _ in range(rounds_count):
            # An interrupted round goes to its end first; what came meanwhile is newer than it.
            place = yield from self._round(path, parameters, scope, place, has_reactions)
            if place.newest is not None:
                place = place.next_round(since=self.request.since, again=again)

    def _round(
        self, path: str, parameters: Mapping[str, Any], scope: str, place: Place, has_reactions: bool
    ) -> Generator[Harvest, None, Place]:
        asked = {**parameters, **({"max_id": place.before} if place.before else {})}
        count = 0
        for records, following in self.instance.pages(path, asked, by_id=True):
            count += len(records)
            times = [moment for one in records if (moment := written_at(one)) is not None]
            is_end = place.oldest is not None and bool(times) and max(times) < place.oldest
            if not is_end:
                yield from self._read_page(records, path, has_reactions=has_reactions)
            is_end = is_end or following is None or count >= self.options.most_posts
            place = place.turned(None if is_end else following, max(times, default=None))
            self.gather.reached(place.cursor(scope))
            yield self.gather.harvest()
            if is_end:
                break
        return place

    def _own_boosted(self, record: Mapping[str, Any], path: str) -> Post | None:
        """A post that its own author's timeline shows as boosted: by the author, or (snac) by others."""
        inner = record.get("reblog")
        post = self.around.post(id_of(inner)) if isinstance(inner, Mapping) else None
        is_own = post is not None and post.author.refusal is None and f"/{post.author.local_id}/" in path
        return post if is_own else None

    def _read_page(self, records: list[Any], path: str, *, has_reactions: bool) -> Iterator[Harvest]:
        seen_at = datetime.now(UTC)
        since = self.request.since
        fresh = [one for one in records if since is None or (written_at(one) or since) >= since]
        self.around.prepare(fresh, seen_at)
        mapper = StatusMapper(self.gather, self.door, self.around, seen_at=seen_at)
        asked: dict[str, tuple[Post, Mapping[str, Any]]] = {}
        for record in fresh:
            with self.gather.reading(payload_of("status", record, self.home)):
                post = mapper.status(record) or self._own_boosted(record, path)
                if post is not None and post.local_id:
                    asked[post.uri] = post, record
        if has_reactions and self.options.reactions:
            for found in self.instance.client.for_each(self._ask_reactions, asked.values()):
                self._read_reactions(mapper, found)
                if self.gather.rows_count > HARVEST_ROWS:
                    yield self.gather.harvest()
        self._posts_count += len(fresh)
        self.progress("reading posts", self._posts_count, None)

    def _ask_reactions(self, asked: tuple[Post, Mapping[str, Any]]) -> _Reactions:
        """Runs in several threads at once."""
        post, record = asked
        found = _Reactions(post)
        for kind, name, counted in _LISTS:
            if count_of(record, counted) != 0:
                self._ask_list(found, kind, f"/api/v1/statuses/{post.local_id}/{name}")
        if count_of(record, "replies_count") != 0:
            try:
                context = self.instance.get(f"/api/v1/statuses/{post.local_id}/context").json()
            except (SourceRefusedError, SourceAnswerError):
                context = {}
            found.replies = list(objects_of(context, "descendants")) if isinstance(context, Mapping) else []
        return found

    def _ask_list(self, found: _Reactions, kind: Kind, path: str) -> None:
        parameters = {"limit": ACCOUNTS_COUNT}
        try:
            first = self.instance.unless_known(path, self.request.memory, parameters)
            if first is None:
                return
            for records in self._up_to(path, parameters, self.options.most_people, first=first):
                found.accounts += [(kind, record) for record in records]
        except (SourceRefusedError, SourceAnswerError):
            return  # deleted meanwhile, or the server does not tell
        if first.validator is not None:
            found.validators.append(first.validator)

    def _read_reactions(self, mapper: StatusMapper, found: _Reactions) -> None:
        for kind, record in found.accounts:
            with self.gather.reading(payload_of("account", record, self.home)):
                person = mapper.reaction(record, kind, found.post)
                self._count_reactor(person)
        self.around.prepare(found.replies, mapper.seen_at)
        for record in found.replies:
            with self.gather.reading(payload_of("status", record, self.home)):
                answer = mapper.status(record)
                self._count_reactor(answer.author if answer else None)
        for validator in found.validators:
            self.gather.validated(validator)

    def _count_reactor(self, person: Person | None) -> None:
        if person is not None and person.refusal is None:
            self.reactors[person.name] += 1

    def _follows(self, person: Person) -> Iterator[Harvest]:
        if person.hides_collections:
            self.gather.leave_out("hide_collections")
            yield self.gather.harvest()
            return
        for name in ("followers", "following"):
            path = f"/api/v1/accounts/{person.local_id}/{name}"
            try:
                for records in self._up_to(path, {"limit": ACCOUNTS_COUNT}, self.options.most_people):
                    self._read_follows(records, person, is_followed=name == "followers")
                    yield self.gather.harvest()
            except SourceRefusedError:
                self.gather.leave_out(f"{name} not shown")
                yield self.gather.harvest()

    def _read_follows(self, records: list[Any], person: Person, *, is_followed: bool) -> None:
        mapper = StatusMapper(self.gather, self.door, self.around, seen_at=datetime.now(UTC))
        for record in records:
            with self.gather.reading(payload_of("account", record, self.home)):
                other = self._read_person(record)
                mapper.follow(*((other, person) if is_followed else (person, other)))

    def _look_at_accounts(self, records: list[Any]) -> None:
        now = datetime.now(UTC)
        for record in records:
            with self.gather.reading(payload_of("account", record, self.home)):
                self.door.lets_in(self.gather, self._read_person(record), observed_at=now)

    def _read_person(self, record: Any) -> Person:
        person = self.around.learn_account(record)
        if person is None:
            raise UnreadableRecord("unreadable_account", "It does not say which account it is about.")
        return person

    def _up_to(
        self, path: str, parameters: Mapping[str, Any], limit_count: int, *, first: Answer | None = None
    ) -> Iterator[list[Any]]:
        """Pages of accounts, up to a number of them; what is left is counted as not asked for."""
        count = 0
        for records, following in self.instance.pages(path, parameters, first=first):
            yield records[: limit_count - count]
            count += len(records)
            if count >= limit_count:
                if following is not None:
                    self.gather.leave_out("beyond most_people")
                return
