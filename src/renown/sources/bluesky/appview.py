"""Asking an AppView (app.bsky.*) over public XRPC, without credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from renown.errors import SourceAnswerError, SourceRefusedError
from renown.sources.bluesky.names import is_did
from renown.sources.polite import PoliteClient
from renown.types import Progress

PAGE: Final = 100
"""The most that lists of things answer with."""

View = Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """One page of something, and how to ask for the next; None: there is no next one."""

    items: list[View]
    cursor: str | None


class AppView:
    """One AppView; may be asked from several threads.

    Counts what was asked and what is planned, so that progress can be told honestly.
    """

    def __init__(self, client: PoliteClient, service: str, progress: Progress) -> None:
        self.client = client
        self.service = service.rstrip("/")
        self.planned_count = 0
        self.done_count = 0
        self._progress = progress

    def ask(self, method: str, **parameters: Any) -> View:
        """One answer.

        Raises:   SourceError.
        """
        url = f"{self.service}/xrpc/{method}"
        answer = self.client.get_json(
            url, {name: value for name, value in parameters.items() if value is not None}
        )
        if not isinstance(answer, dict):
            raise SourceAnswerError(f"{url} answers with something else than an object.")
        self.done_count += 1
        self._progress("asking Bluesky", self.done_count, max(self.planned_count, self.done_count))
        return answer

    def pages(
        self, method: str, key: str, *, most: int, cursor: str | None = None, **parameters: Any
    ) -> Iterator[Page]:
        """Pages until there are no more, or `most` items were read. A server that repeats itself is left."""
        seen, read_count = {cursor}, 0
        while read_count < most:
            limit = min(PAGE, most - read_count)
            answer = self.ask(method, limit=limit, cursor=cursor, **parameters)
            items = answer.get(key)
            if not isinstance(items, list):
                raise SourceAnswerError(f"{self.service} answers {method} without {key}.")
            following = answer.get("cursor")
            cursor = following if isinstance(following, str) and following not in seen else None
            seen.add(cursor)
            read_count += len(items)
            yield Page([item for item in items if isinstance(item, dict)], cursor)
            if cursor is None:
                return

    def items(self, method: str, key: str, *, most: int, **parameters: Any) -> list[View]:
        """Everything of all pages, at most `most`."""
        return [item for page in self.pages(method, key, most=most, **parameters) for item in page.items][
            :most
        ]

    def profiles(self, actors: Sequence[str]) -> list[View]:
        """Profiles of up to 25 accounts; those that are not shown are missing."""
        answer = self.ask("app.bsky.actor.getProfiles", actors=list(actors)).get("profiles")
        return [one for one in answer if isinstance(one, dict)] if isinstance(answer, list) else []

    def resolve(self, name: str) -> str:
        """The DID of an account by its handle, its DID or the address of its page.

        Raises:   SourceRefusedError: there is no such account.
        """
        handle = name.rstrip("/").rsplit("/", 1)[-1].removeprefix("@")
        if is_did(handle):
            return handle
        try:
            did = self.ask("com.atproto.identity.resolveHandle", handle=handle.lower()).get("did")
        except SourceRefusedError as error:
            raise SourceRefusedError(
                f"{self.service} knows no account called {handle!r}.",
                hint="Check the handle; it has a dot in it, such as ann.bsky.social.",
            ) from error
        if not is_did(did):
            raise SourceAnswerError(f"{self.service} does not say which account {handle!r} is.")
        return str(did)

    def record(self, uri: str) -> View | None:
        """A record by its at-uri; None: it is not there any more."""
        did, collection, key = uri.removeprefix("at://").split("/", 2)
        try:
            answer = self.ask("com.atproto.repo.getRecord", repo=did, collection=collection, rkey=key)
        except SourceRefusedError:
            return None
        value = answer.get("value")
        return value if isinstance(value, dict) else None

    def records(self, uris: Sequence[str]) -> dict[str, View | None]:
        """Many records, a few at a time."""
        self.planned_count += len(uris)
        return dict(zip(uris, self.client.for_each(self.record, uris), strict=True))
