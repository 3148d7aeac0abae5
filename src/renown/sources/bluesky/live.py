"""Following the network as it happens: a Jetstream, or subscribeRepos of a relay or personal data server.

Every second what arrived is handed over with the place in the stream. A Jetstream is taken up five seconds
earlier than it was left, because its times are not quite in order; what comes twice is kept once.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Protocol
from urllib.parse import urlencode, urlsplit

from renown.errors import CursorError, InputError, RenownError, SourceAnswerError, SourceUnreachableError
from renown.sources.bluesky.events import Event, decode_event, encode_event, frame_events, obey
from renown.sources.bluesky.names import COLLECTIONS, NETWORK, is_did
from renown.sources.bluesky.options import STREAMS, BlueskyOptions
from renown.sources.bluesky.people import People
from renown.sources.bluesky.records import Lists, Reader
from renown.sources.bluesky.taken_back import Absences, Likes
from renown.sources.registry import Request
from renown.store.harvest import Cursor, Gather, Harvest
from renown.types import Progress

CURSOR_VERSION: Final = 1
HARVEST_SECONDS: Final = 1.0
HARVEST_EVENTS: Final = 20_000
OVERLAP_MICROSECONDS: Final = 5_000_000
_LARGEST_MESSAGE: Final = 16 << 20
_ATTEMPTS: Final = 8
"""How often a connection is made in vain, with growing pauses, before that is an error."""

_KEPT_MICROSECONDS: Final = 24 * 3_600 * 1_000_000
"""How long a Jetstream keeps events unless told otherwise."""

_GAP_MICROSECONDS: Final = 3_600 * 1_000_000
_SKEW_MICROSECONDS: Final = 300 * 1_000_000

_MOST_UNKNOWN: Final = 50_000

_START_HINT: Final = (
    "Go on with what the server still has: --start oldest. What happened in between is brought by"
    " `renown import bluesky`."
)


class Form(Protocol):
    """How one kind of stream is asked, and what its messages say."""

    position: int | None

    def url(self) -> str:
        """Where to connect to go on from the position."""

    def take(self, message: str | bytes, reader: Reader) -> None:
        """Add what a message says, and move the position.

        Raises:   CursorError: the server no longer has the position. SourceError.
        """


@dataclass
class Jetstream:
    """JSON, one event a message; a position is a time in microseconds."""

    service: str
    dids: Sequence[str]
    position: int | None = None
    _asked: int | None = field(default=None, init=False)

    def url(self) -> str:
        """Where to connect; a little before the position."""
        parameters = [("wantedCollections", name) for name in COLLECTIONS]
        parameters += [("wantedDids", did) for did in self.dids]
        self._asked = self.position
        if self.position is not None:
            if self.position > time.time() * 1e6 + _SKEW_MICROSECONDS:
                raise CursorError("The stream was left at a time that is yet to come.", hint=_START_HINT)
            parameters.append(("cursor", str(max(1, self.position - OVERLAP_MICROSECONDS))))
        return f"{self.service}/subscribe?{urlencode(parameters)}"

    def take(self, message: str | bytes, reader: Reader) -> None:
        """One event."""
        with reader.gather.reading(message):
            event = decode_event(message)
            self._check_gap(event.time_us)
            if event.time_us > (self.position or 0):
                self.position = event.time_us
            obey(event, reader)

    def _check_gap(self, time_us: int) -> None:
        """The first event after a long absence shows whether the server still had what followed."""
        asked, self._asked = self._asked, None
        if asked is None or asked <= 1:
            return
        is_expired = time_us - asked > _GAP_MICROSECONDS and time.time() * 1e6 - asked > _KEPT_MICROSECONDS
        if is_expired:
            raise CursorError("The stream no longer has the place where it was left.", hint=_START_HINT)


@dataclass
class Firehose:
    """DAG-CBOR frames, one commit each; a position is a sequence number."""

    service: str
    dids: Sequence[str]
    position: int | None = None

    def url(self) -> str:
        """Where to connect."""
        query = "" if self.position is None else f"?cursor={self.position}"
        return f"{self.service}/xrpc/com.atproto.sync.subscribeRepos{query}"

    def take(self, message: str | bytes, reader: Reader) -> None:
        """One frame."""
        import libipld

        try:
            header, body = libipld.decode_dag_cbor_multi(_binary(message))
            kind, sequence = header.get("t"), body.get("seq")
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            shown = message if isinstance(message, str) else message.hex()
            reader.gather.quarantine("unreadable_frame", f"A frame cannot be decoded: {error}", shown)
            return
        if header.get("op") == -1:
            raise _refusal(body)
        if kind == "#info" and body.get("name") == "OutdatedCursor" and self.position:
            raise CursorError("The stream no longer has the place where it was left.", hint=_START_HINT)
        self._take_events(header, body, reader)
        if isinstance(sequence, int) and sequence > (self.position or 0):
            self.position = sequence

    def _take_events(self, header: Any, body: Any, reader: Reader) -> None:
        did = body.get("repo") or body.get("did")
        if self.dids and did not in self.dids:
            return
        events: list[Event] = []
        with reader.gather.reading(partial(str, body)):
            events = list(frame_events(header, body))
        for event in events:
            with reader.gather.reading(partial(encode_event, event)):
                obey(event, reader)


def _binary(message: str | bytes) -> bytes:
    return message if isinstance(message, bytes) else message.encode()


def _refusal(body: Any) -> RenownError:
    """What an error frame means."""
    code, message = str(body.get("error")), str(body.get("message") or "")
    if code == "FutureCursor":
        return CursorError(
            "The stream was left at a place that it has not reached: it began anew.", hint=_START_HINT
        )
    if code == "ConsumerTooSlow":
        return SourceUnreachableError("The stream went too fast, and closed.")
    return SourceAnswerError(f"The stream answers with an error: {code} {message}".strip())


def follow(request: Request, *, progress: Progress) -> Iterator[Harvest]:
    """Harvests as things happen, at least one a second.

    Raises:   CursorError, SourceError, InputError.
    """
    options: BlueskyOptions = request.options or BlueskyOptions()
    for name in request.locations:
        if not is_did(name):
            raise InputError(f"{name!r} is no DID.", hint="A stream is narrowed by DIDs only: did:plc:...")
    service = _service(options)
    scope = _scope(options.stream, service, request.locations)
    form = _form(options, service, request, scope)
    gather = Gather("bluesky", network=NETWORK, scope=service)
    likes = Likes()
    reader = Reader(gather, People(), Lists(), since=request.since, likes=likes)
    handing = _HandingOver(form, gather, scope, request, likes)
    listening = _Listening(form, reader, handing.harvest, progress, options.stop_after_seconds)
    yield from listening.harvests()
    yield handing.harvest(is_last=True)


@dataclass
class _HandingOver:
    """Makes harvests, with the place in the stream.

    Whose likes were deleted without that their records are known is looked up in the store now and then, so
    seldom that it takes a twentieth of the time at most; until then the place is not moved on.
    """

    form: Form
    gather: Gather
    scope: str
    request: Request
    likes: Likes
    _held: int | None = None
    _next_look: float = 0.0

    def harvest(self, *, is_last: bool = False) -> Harvest:
        """What was gathered since the last one."""
        now = time.monotonic()
        unknown_count = len(self.likes.unknown)
        if unknown_count and (is_last or now >= self._next_look or unknown_count > _MOST_UNKNOWN):
            Absences(self.request.memory, self.gather, datetime.now(UTC)).find_unknown_likes(self.likes)
            self._next_look = time.monotonic() + 20 * (time.monotonic() - now)
        reached = self.form.position if not self.likes.unknown else self._held
        if reached is not None:
            self.gather.reached(Cursor("bluesky", self.scope, CURSOR_VERSION, str(reached)))
        if not self.likes.unknown:
            self._held = self.form.position
        return self.gather.harvest()


@dataclass
class _Listening:
    """Connects, listens, and connects again, until it is time to stop."""

    form: Form
    reader: Reader
    handed_over: Callable[[], Harvest]
    progress: Progress
    stop_after_seconds: float
    _events_count: int = 0

    def harvests(self) -> Iterator[Harvest]:
        """What is heard until it is time to stop. Raises SourceUnreachableError after the last attempt."""
        began, failures = time.monotonic(), 0
        ends = began + self.stop_after_seconds if self.stop_after_seconds else float("inf")
        while time.monotonic() < ends:
            before = self._events_count
            try:
                yield from self._connected(ends)
            except SourceUnreachableError:
                failures = 0 if self._events_count > before else failures + 1
                if failures >= _ATTEMPTS:
                    raise
            yield self.handed_over()
            yield from self._pause(min(ends, time.monotonic() + min(30.0, 0.25 * 2**failures)))

    def _pause(self, until: float) -> Iterator[Harvest]:
        """Wait, and go on handing over."""
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, HARVEST_SECONDS))
            yield self.handed_over()

    def _connected(self, ends: float) -> Iterator[Harvest]:
        """Harvests of one connection, until it breaks."""
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        url = self.form.url()
        try:
            with connect(
                url,
                compression=None,
                max_size=_LARGEST_MESSAGE,
                max_queue=1_024,
                close_timeout=2,
                user_agent_header=_user_agent(),
            ) as socket:
                while (now := time.monotonic()) < ends:
                    self._listen(socket, min(ends, now + HARVEST_SECONDS))
                    self.progress("following Bluesky", self._events_count, None)
                    yield self.handed_over()
        except (OSError, WebSocketException) as error:
            raise SourceUnreachableError(
                f"{urlsplit(url).netloc} does not answer: {error}.",
                hint="Run the same command again: it goes on where it stopped.",
            ) from error

    def _listen(self, socket: Any, until: float) -> None:
        """Take what arrives for up to a second, or until there is much of it."""
        take, receive = self.form.take, socket.recv
        for _ in range(HARVEST_EVENTS):
            left = until - time.monotonic()
            if left <= 0:
                return
            try:
                message = receive(timeout=left)
            except TimeoutError:
                return
            self._events_count += 1
            take(message, self.reader)


def _form(options: BlueskyOptions, service: str, request: Request, scope: str) -> Form:
    """The kind of stream that is meant, at the place where it is to go on."""
    kind = Jetstream if options.stream == "jetstream" else Firehose
    form = kind(service, request.locations)
    if options.start == "oldest":
        form.position = 1 if kind is Jetstream else 0
    elif options.start == "cursor":
        form.position = _kept_position(request, scope)
    return form


def _kept_position(request: Request, scope: str) -> int | None:
    kept = request.memory.cursor("bluesky", scope)
    if kept is None:
        return None
    if kept.version != CURSOR_VERSION or not kept.position.isdigit():
        raise CursorError(
            "The place where the stream was left was written by another version of Renown.", hint=_START_HINT
        )
    return int(kept.position)


def _service(options: BlueskyOptions) -> str:
    service = (options.service or STREAMS[options.stream]).rstrip("/")
    scheme, separator, rest = service.partition("://")
    scheme = {"http": "ws", "https": "wss"}.get(scheme, scheme)
    if not separator or scheme not in ("ws", "wss"):
        raise InputError(
            f"{service!r} is no address of a stream.", hint="Write it as wss://host or ws://localhost:2583."
        )
    return f"{scheme}://{rest}"


def _scope(stream: str, service: str, dids: Sequence[str]) -> str:
    """Of which stream a place is; a stream narrowed to some accounts has places of its own."""
    narrowed = hashlib.sha256("\n".join(sorted(dids)).encode()).hexdigest()[:16] if dids else "all"
    return f"{stream} {service} {narrowed}"


def _user_agent() -> str:
    from renown.sources.polite import user_agent

    return user_agent("bluesky")
