"""Following a server as things happen: its stream where it has one, looking again and again where not."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from renown.errors import InputError, SourceAnswerError, SourceError, SourceRefusedError
from renown.sources.fediverse.accounts import id_of, read_account
from renown.sources.fediverse.consent import NETWORK, Door, Person
from renown.sources.fediverse.events import Event, Listener
from renown.sources.fediverse.instance import Instance, base_url_of
from renown.sources.fediverse.options import TOKEN_SETTING, FediverseOptions
from renown.sources.fediverse.places import SOURCE_NAME, Place, place_to_begin
from renown.sources.fediverse.statuses import (
    StatusMapper,
    act_id,
    follow_id,
    payload_of,
    posted_moment,
    written_at,
)
from renown.sources.fediverse.surroundings import Learned, Recent
from renown.sources.polite import Manners, PoliteClient
from renown.sources.registry import Request
from renown.store.harvest import Gather, Harvest, Withdrawal
from renown.types import Kind, Progress

HARVEST_SECONDS: Final = 0.9
HARVEST_EVENTS: Final = 2_000

_SILENCE_SECONDS: Final = 90.0
"""Servers let their heart be heard every 15 to 30 seconds; after this a stream is taken for dead."""

_OVERLAP: Final = timedelta(minutes=10)
"""Posts from elsewhere arrive late: after a break the timeline is read back further than was seen."""

_LONGEST_PAUSE: Final = 60.0
_KINDS: Final[dict[str, Kind]] = {"favourite": "like", "reblog": "repost"}
_WITH_POSTS: Final = frozenset({"mention", "quote", "status", "update"})


@dataclass(frozen=True)
class Channel:
    """A stream of a server, and the timeline that shows what it would have said."""

    stream_path: str
    timeline_path: str
    parameters: dict[str, str]


def read_channel(text: str) -> Channel:
    """What a person calls a stream.

    Raises:   InputError: there is no such stream.
    Example:
        >>> read_channel("hashtag:Rain").timeline_path
        '/api/v1/timelines/tag/rain'
    """
    kind, _, word = text.strip().partition(":")
    tag = word.strip().removeprefix("#").lower()
    if text == "public":
        return Channel("/api/v1/streaming/public", "/api/v1/timelines/public", {})
    if text == "public:local":
        return Channel("/api/v1/streaming/public/local", "/api/v1/timelines/public", {"local": "true"})
    if text == "user":
        return Channel("/api/v1/streaming/user", "/api/v1/timelines/home", {})
    if kind == "hashtag" and tag and all(sign.isalnum() or sign == "_" for sign in tag):
        return Channel("/api/v1/streaming/hashtag", f"/api/v1/timelines/tag/{tag}", {"tag": tag})
    raise InputError(
        f"There is no stream called {text!r}.",
        hint="Streams are public, public:local, hashtag:WORD and user.",
    )


def follow(request: Request, *, progress: Progress) -> Iterator[Harvest]:
    """What happens on one server, about one harvest a second, until it is stopped."""
    options: FediverseOptions = request.options or FediverseOptions()
    asked = [*request.locations, *([options.instance] if options.instance else [])]
    channel = read_channel(options.stream)
    if len(set(asked)) != 1:
        raise InputError("One instance is followed at a time.", hint="Name it: --instance meadow.example")
    token = options.token or os.environ.get(TOKEN_SETTING, "")
    if options.stream == "user" and not token:
        raise InputError(
            "The stream of a user is shown to that user only.", hint="Give an access token: --token."
        )
    with PoliteClient(SOURCE_NAME) as client:
        instance = Instance(client, base_url_of(asked[0]), token=token)
        yield from _Following(instance, channel, request, options, progress).run()


class _Following:
    """One server followed: what it said, by the ids that it uses."""

    def __init__(
        self,
        instance: Instance,
        channel: Channel,
        request: Request,
        options: FediverseOptions,
        progress: Progress,
    ) -> None:
        self.instance = instance
        self.channel = channel
        self.options = options
        self.progress = progress
        self.home = instance.home
        self.scope = f"{self.home} stream {options.stream}"
        self.gather = Gather(SOURCE_NAME, network=NETWORK, scope=self.scope)
        self.door = Door()
        self.around = Learned(instance)
        self._owner: Person | None = None
        self._boosts: Recent[tuple[str, str]] = Recent(200_000)
        begin = place_to_begin(request.memory, self.scope, since=request.since, again=timedelta(0))
        self._newest = begin.newest or request.since
        self._events_count = 0
        self._until = time.monotonic() + (options.stop_after or float("inf"))

    @property
    def _is_over(self) -> bool:
        return time.monotonic() >= self._until

    def run(self) -> Iterator[Harvest]:
        """Listen; after a break, first what was missed. Where there is no stream, look again and again."""
        if self.options.stream == "user":
            record = self.instance.get("/api/v1/accounts/verify_credentials").json()
            self._owner = self.around.learn_account(record)
        pause = 1.0
        while not self._is_over:
            started = time.monotonic()
            fault = yield from self._listen()
            if fault is None or isinstance(fault, SourceRefusedError | SourceAnswerError):
                break
            # A stream that held for a while may be taken up again at once.
            pause = 1.0 if time.monotonic() - started > 10 * pause else min(2 * pause, _LONGEST_PAUSE)
            yield from self._idle(pause)
        while not self._is_over:
            yield from self._missed(is_first=self._newest is None)
            yield from self._idle(self.options.poll_seconds)

    def _listen(self) -> Generator[Harvest, None, SourceError | None]:
        """One connection, until it ends; returns why it did. None: it is time to stop."""
        url = self.instance.streaming_url() + self.channel.stream_path
        manners = Manners(timeout_seconds=_SILENCE_SECONDS)
        parameters = {"tag": self.channel.parameters["tag"]} if "tag" in self.channel.parameters else {}
        with PoliteClient(SOURCE_NAME, manners=manners) as client:
            listener = Listener(client, url, parameters, self.instance.headers)
            try:
                while not self._is_over:
                    events = listener.take(seconds=HARVEST_SECONDS, limit_count=HARVEST_EVENTS)
                    if any(event.is_begin for event in events):
                        # Only now: what is said between looking and listening would be lost.
                        yield from self._missed(is_first=self._newest is None)
                    self._take_in([event for event in events if event.name])
                    yield self.gather.harvest()
                    ended = [event.fault for event in events if event.fault is not None]
                    if ended:
                        return ended[0]
                return None
            finally:
                listener.close()

    def _idle(self, seconds: float) -> Iterator[Harvest]:
        latest = time.monotonic() + seconds
        while not self._is_over and (left := latest - time.monotonic()) > 0:
            time.sleep(min(left, HARVEST_SECONDS))
            yield self.gather.harvest()

    def _missed(self, *, is_first: bool) -> Iterator[Harvest]:
        """What the timeline shows since the last post that was seen; the first time, one page of it."""
        newest, count = self._newest, 0
        oldest = None if newest is None else newest - _OVERLAP
        parameters = {name: value for name, value in self.channel.parameters.items() if name == "local"}
        with suppress(SourceRefusedError):  # some show their stream only
            for records, _ in self.instance.pages(self.channel.timeline_path, parameters, by_id=True):
                times = [moment for one in records if (moment := written_at(one)) is not None]
                self._take_in_statuses(records)
                yield self.gather.harvest()
                newest = max([*times, *([newest] if newest else [])], default=None)
                count += len(records)
                is_known = oldest is not None and bool(times) and min(times) < oldest
                if is_first or is_known:
                    break
                if count >= self.options.most_posts:
                    self.gather.leave_out("missed beyond most_posts")
                    break
        self._reached(newest)
        yield self.gather.harvest()

    def _reached(self, moment: datetime | None) -> None:
        """Everything that the stream could say up to a moment is taken in."""
        if moment is not None and (self._newest is None or moment > self._newest):
            self._newest = moment
        if self._newest is not None:
            self.gather.reached(Place(newest=self._newest).cursor(self.scope))

    def _take_in(self, events: list[Event]) -> None:
        statuses: list[Any] = []
        times: list[datetime | None] = []
        for event in events:
            record = _parsed(event)
            if event.name in ("update", "status.update"):
                statuses.append(record)
                times.append(written_at(record))
                continue
            self._take_in_statuses(statuses)
            statuses = []
            if event.name == "delete":
                self._delete(event.payload.strip().strip('"'))
            elif event.name == "notification":
                self._notified(record)
            elif event.name == "conversation":
                self.gather.leave_out("direct post")
        self._take_in_statuses(statuses)
        self._reached(max((moment for moment in times if moment is not None), default=None))
        if events:
            self._events_count += len(events)
            self.progress("following", self._events_count, None)

    def _take_in_statuses(self, statuses: list[Any]) -> None:
        if not statuses:
            return
        seen_at = datetime.now(UTC)
        self.around.prepare(statuses, seen_at)
        mapper = StatusMapper(self.gather, self.door, self.around, seen_at=seen_at)
        for record in statuses:
            with self.gather.reading(payload_of("status", record, self.home)):
                mapper.status(record)
                self._note_boost(record)

    def _note_boost(self, record: Mapping[str, Any]) -> None:
        """A boost is deleted by the id that this server gave it, and known to the store by another."""
        inner = record.get("reblog")
        post = self.around.post(id_of(inner)) if isinstance(inner, Mapping) else None
        if post is not None:
            author = read_account(record.get("account"), self.home)
            if author.refusal is None:
                self._boosts.keep(id_of(record), (act_id("repost", post.uri, author), author.name))

    def _delete(self, local_id: str) -> None:
        boost, post = self._boosts.get(local_id), self.around.post(local_id)
        if boost is not None:
            owner = f"{NETWORK}:{boost[1]}"
            self.gather.withdraw(Withdrawal("interaction", boost[0], NETWORK, "deleted", owner))
        elif post is not None:
            self.gather.withdraw(Withdrawal("post", f"{NETWORK}:{post.uri}", NETWORK, "deleted"))
        else:
            self.gather.leave_out("deletion of what was not met")

    def _notified(self, record: Any) -> None:
        """What happened to the owner of the token: here likes, boosts and follows have times of their own."""
        if not isinstance(record, Mapping):
            return
        if record.get("type") in _WITH_POSTS:
            self._take_in_statuses([record.get("status")])
        elif record.get("type") in _KINDS or record.get("type") == "follow":
            now = datetime.now(UTC)
            mapper = StatusMapper(self.gather, self.door, self.around, seen_at=now)
            with self.gather.reading(payload_of("notification", record, self.home)):
                self._reacted(mapper, record, posted_moment(record.get("created_at"), now))

    def _reacted(self, mapper: StatusMapper, record: Mapping[str, Any], moment: datetime) -> None:
        person = read_account(record.get("account"), self.home)
        if record.get("type") == "follow":
            if self._owner is not None:
                mapper.follow(person, self._owner)
                if person.refusal is None and self._owner.refusal is None:
                    self.gather.interaction(
                        person.name,
                        self._owner.name,
                        "follow",
                        occurred_at=moment,
                        ids=(None, None, follow_id(person.name, self._owner.name)),
                    )
            return
        post = mapper.status(record.get("status"))
        if post is not None and self.door.lets_in(self.gather, person, observed_at=mapper.seen_at):
            mapper.act(person, post.author, _KINDS[record["type"]], post=post.uri, occurred_at=moment)


def _parsed(event: Event) -> Any:
    try:
        return json.loads(event.payload)
    except (ValueError, RecursionError):
        return None
