"""Repository files into harvests: all files of a request are understood together, then read one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from renown.sources.bluesky.cars import Entry, Repository
from renown.sources.bluesky.events import Commit, Event, encode_event
from renown.sources.bluesky.names import COLLECTIONS, NETWORK, POST, PROFILE, Uri, read_uri
from renown.sources.bluesky.people import People, flag_of
from renown.sources.bluesky.records import Lists, Reader, actors_named
from renown.store.harvest import Gather, Harvest, UnreadableRecord
from renown.types import Progress

_HARVEST_RECORDS: Final = 5_000


@dataclass
class _Posts:
    """The posts that exist in the repositories at hand: one that is named and not there was deleted."""

    keys: dict[str, set[str]] = field(default_factory=dict)

    def is_gone(self, uri: str) -> bool:
        """Whether the author's repository is at hand, and the post is not in it."""
        parts = read_uri(uri)
        keys = self.keys.get(parts.did)
        return keys is not None and parts.collection == POST and parts.key not in keys


class FileReader:
    """Reads repository files; `people` may ask an AppView about whom the files name."""

    def __init__(self, people: People, *, since: datetime | None, progress: Progress) -> None:
        self.gather = Gather("bluesky", network=NETWORK)
        self.people = people
        self._posts = _Posts()
        self.reader = Reader(self.gather, people, Lists(), is_gone=self._posts.is_gone, since=since)
        self._progress = progress
        self._total = 0
        self._done = 0
        self.now = datetime.now(UTC)

    def read(self, paths: Sequence[Path]) -> Iterator[Harvest]:
        """Harvests of all files.

        Raises:   SourceFileError: a file is no repository; then nothing was handed over.
        """
        for path in paths:
            with Repository(path) as repository:
                self._look_through(repository)
        yield self.gather.harvest()
        for path in paths:
            with Repository(path) as repository:
                yield from self._read(repository)

    def _look_through(self, repository: Repository) -> None:
        """What must be known before the first record is read: the owner's flag, and which posts exist."""
        keys = self._posts.keys.setdefault(repository.did, set())
        is_whole = True
        for entry in repository.entries():
            if isinstance(entry, UnreadableRecord):
                is_whole = False
                continue
            self._total += 1
            if entry.collection == POST:
                keys.add(entry.key)
            if entry.collection == PROFILE:
                # what cannot be read is noticed when it is its turn
                with suppress(UnreadableRecord):
                    record = repository.block(entry.cid)
                    if isinstance(record, dict):
                        self.people.hear(repository.did, flag_of(record, repository.did), self.gather)
        if not is_whole:
            # a slice of a repository does not show which posts are gone
            del self._posts.keys[repository.did]

    def _read(self, repository: Repository) -> Iterator[Harvest]:
        self.reader.read_at = repository.made_at
        waiting: list[Entry] = []
        scope = repository.path.name
        for entry in repository.entries():
            if isinstance(entry, UnreadableRecord):
                self.gather.quarantine(entry.reason, entry.message, repository.did, scope=scope)
                continue
            waiting.append(entry)
            if len(waiting) >= _HARVEST_RECORDS:
                yield self._taken(repository, waiting)
                waiting = []
        yield self._taken(repository, waiting)

    def _taken(self, repository: Repository, entries: Sequence[Entry]) -> Harvest:
        known = [entry for entry in entries if entry.collection in COLLECTIONS]
        events = [self._event(repository, entry) for entry in known]
        named: list[str] = []
        for event in events:
            record = event.commit.record if event.commit is not None else None
            if isinstance(record, dict):
                named += actors_named(event.commit.collection if event.commit else "", record)
        self.people.learn(named, self.gather, observed_at=self.now)
        for event in events:
            self._take(event, repository.path.name)
        self._done += len(entries)
        self._progress("reading repositories", self._done, self._total)
        return self.gather.harvest()

    def _event(self, repository: Repository, entry: Entry) -> Event:
        try:
            record = repository.block(entry.cid)
        except UnreadableRecord as error:
            record = error
        return Event(repository.did, "commit", commit=Commit("create", entry.collection, entry.key, record))

    def _take(self, event: Event, scope: str) -> None:
        commit = event.commit
        if commit is None:
            return
        record = commit.record
        if isinstance(record, UnreadableRecord):
            commit.record = None
        with self.gather.reading(_lazily(event), scope=scope):
            if isinstance(record, UnreadableRecord):
                raise record
            seen_at = self.now if commit.collection == PROFILE else None
            self.reader.read(Uri(event.did, commit.collection, commit.rkey), record, seen_at=seen_at)


def _lazily(event: Event) -> Callable[[], str]:
    """The event as text, made only where it is needed."""
    return lambda: encode_event(event)
