"""What is asked of the fediverse, led to whoever can answer it."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from renown.errors import InputError, SourceAnswerError, SourceError, SourceRefusedError
from renown.sources.fediverse.consent import Door, account_name
from renown.sources.fediverse.instance import Instance, base_url_of
from renown.sources.fediverse.objects import Objects
from renown.sources.fediverse.options import TOKEN_SETTING, FediverseOptions
from renown.sources.fediverse.outbox import Neighbours, OutboxReading, read_activity
from renown.sources.fediverse.places import SOURCE_NAME
from renown.sources.fediverse.reading import ApiReading
from renown.sources.fediverse.signing import Signature
from renown.sources.fediverse.statuses import Nothing, StatusMapper
from renown.sources.polite import PoliteClient
from renown.sources.registry import Request
from renown.store.harvest import Gather, Harvest, UnreadableRecord
from renown.types import Progress

_TRACKED: Final = ("@", "users/", "u/", "profile/", "accounts/")
"""How paths of profiles begin, on one server or another."""


@dataclass(frozen=True)
class Location:
    """An account (`name`: user@host) or an instance (`name` is empty), and where it is."""

    base_url: str
    name: str = ""
    url: str = ""


def read_location(text: str) -> Location:
    """What a person means by user@host, @user@host, the address of a profile, a host, or its address.

    Raises:   InputError: it is none of these.
    Example:
        >>> read_location("@Ann@meadow.example").name, read_location("https://meadow.example/@ann").name
        ('ann@meadow.example', 'ann@meadow.example')
        >>> read_location("meadow.example").name
        ''
    """
    written = text.strip().removeprefix("acct:")
    if "//" in written:
        base_url = base_url_of(written)
        path = urlsplit(written).path.strip("/")
        user = next((path[len(one) :] for one in _TRACKED if path.startswith(one)), "").split("/")[0]
        name = _name(user, urlsplit(base_url).netloc, text) if user else ""
        return Location(base_url, name, written if path else "")
    user, at, host = written.removeprefix("@").partition("@")
    if not at:
        return Location(base_url_of(written))
    return Location(base_url_of(host), _name(user, host, text))


def _name(user: str, host: str, text: str) -> str:
    try:
        return account_name(user, host)
    except UnreadableRecord as error:
        raise InputError(f"{text!r} is no account.", hint="Accounts are written user@host.") from error


def harvest(request: Request, *, progress: Progress) -> Iterator[Harvest]:
    """Everything that is asked for, account by account."""
    options: FediverseOptions = request.options or FediverseOptions()
    locations = [read_location(text) for text in request.locations]
    if not locations:
        raise InputError("Nothing is asked for.", hint="Name accounts (user@host) or instances.")
    named = [urlsplit(base_url).netloc for base_url in _bases(locations, options)]
    key = options.signing_key
    signature = Signature(key, options.signing_key_id) if key else None
    with PoliteClient(SOURCE_NAME) as client, Objects(named_hosts=named, signature=signature) as objects:
        errand = _Errand(client, objects, request, progress)
        yield from errand.run(locations)


def _bases(locations: list[Location], options: FediverseOptions) -> list[str]:
    """The servers that the operator named."""
    own = [base_url_of(options.instance)] if options.instance else []
    return [*own, *(location.base_url for location in locations)]


class _Errand:
    """One request: which servers it has met, who was let in."""

    def __init__(self, client: PoliteClient, objects: Objects, request: Request, progress: Progress) -> None:
        self.client = client
        self.objects = objects
        self.request = request
        self.options: FediverseOptions = request.options or FediverseOptions()
        self.progress = progress
        self.door = Door()
        self._outboxes = OutboxReading(objects, request, door=self.door, progress=progress)
        self._readings: dict[str, ApiReading | None] = {}

    def run(self, locations: list[Location]) -> Iterator[Harvest]:
        """The locations, then the hop."""
        for location in locations:
            yield from self._one(location, is_hop=False)
        if self.options.hops > 0:
            yield from self._hop({location.name for location in locations})
        if self.options.lists:
            yield from self._lists()

    def _one(self, location: Location, *, is_hop: bool) -> Iterator[Harvest]:
        reading = self._reading_of(location)
        if reading is None and location.name and self.options.path == "auto":
            # The API may be at another host than the one that the names of accounts have.
            home = urlsplit(self.objects.actor_url(location.base_url, location.name))
            reading = self._reading_of(Location(f"{home.scheme}://{home.netloc}", location.name))
        if reading is None:
            yield from self._by_activitypub(location, is_hop=is_hop)
        elif location.name:
            # The address of a profile names one of the server's own people, whatever their domain is called.
            is_own = location.url and not self.options.instance
            acct = location.name.partition("@")[0] if is_own else location.name
            yield from reading.account(acct, is_hop=is_hop)
        else:
            yield from reading.everything_shown()

    def _by_activitypub(self, location: Location, *, is_hop: bool) -> Iterator[Harvest]:
        if location.name or location.url:
            yield from self._outboxes.account(
                location.base_url, location.name, url=location.url, is_hop=is_hop
            )
        else:
            yield from self._outboxes.everything_shown(location.base_url)

    def _hop(self, named: set[str]) -> Iterator[Harvest]:
        """Those who reacted most often, as far as they can be read."""
        counts = Counter(self._outboxes.reactors)
        for reading in self._readings.values():
            counts.update(reading.reactors if reading is not None else {})
        chosen = [name for name, _ in counts.most_common() if name not in named]
        for name in chosen[: self.options.most_people]:
            location = Location(base_url_of(name.partition("@")[2]), name)
            try:
                yield from self._one(location, is_hop=True)
            except SourceError as error:
                if error.is_retryable and self.options.instance:
                    raise
                yield Harvest(left_out_counts={"account not shown": 1})

    def _lists(self) -> Iterator[Harvest]:
        if not self.options.instance or not self.token:
            raise InputError(
                "Lists are seen by their owner only.",
                hint="Give --instance and an access token of yours there.",
            )
        reading = self._reading_of(Location(base_url_of(self.options.instance)))
        if reading is not None:
            yield from reading.own_lists()

    @property
    def token(self) -> str:
        """The access token, for the instance that was named and no other."""
        return self.options.token or os.environ.get(TOKEN_SETTING, "")

    def _reading_of(self, location: Location) -> ApiReading | None:
        """The API that answers for a location; None: there is none."""
        base_url = base_url_of(self.options.instance) if self.options.instance else location.base_url
        if base_url not in self._readings:
            self._readings[base_url] = self._met(base_url)
        return self._readings[base_url]

    def _met(self, base_url: str) -> ApiReading | None:
        if self.options.path == "activitypub":
            return None
        token = self.token if self.options.instance else ""
        instance = Instance(self.client, base_url, token=token)
        try:
            instance.describe()
        except (SourceRefusedError, SourceAnswerError):
            if self.options.path == "api" or self.options.instance:
                raise
            return None
        return ApiReading(instance, self.request, door=self.door, progress=self.progress)


def replay(payload: str, gather: Gather) -> None:
    """Read a record from the quarantine again."""
    try:
        said = json.loads(payload)
        form, home, record = said["form"], said["home"], said["record"]
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableRecord("unreadable_json", str(error)) from error
    mapper = StatusMapper(gather, Door(), Nothing(str(home)), seen_at=datetime.now(UTC))
    if form == "status":
        mapper.status(record)
    elif form == "activity":
        with Objects() as objects:
            read_activity(mapper, Neighbours(objects), record, said.get("account") or {})
    else:
        raise UnreadableRecord("kept_as_outline", "Its authors did not agree to its being kept.")
