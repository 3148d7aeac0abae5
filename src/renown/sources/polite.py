"""Asking servers politely: the one file that imports httpx2.

Who asks says who it is and how to reach whoever runs it; no more than a few requests are under way at once; a
server that says "later" is obeyed; an answer that is still good is not sent again; nothing is read without a
limit of size and time. What goes wrong becomes one of the SourceErrors, which say whether trying again helps.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from renown.errors import (
    RenownError,
    SourceAnswerError,
    SourceLimitError,
    SourceRefusedError,
    SourceUnreachableError,
)
from renown.store.harvest import Validator

if TYPE_CHECKING:
    import httpx2

CONTACT_SETTING: Final = "RENOWN_CONTACT"
"""Environment variable: address or page by which servers can reach whoever runs this Renown."""

MEGABYTE: Final = 1 << 20

GO_ON_HINT: Final = "Run the same command again: it goes on where it stopped."

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Manners:
    """How patient and how modest a client is.

    Fields:
        concurrent_count: requests under way at once, all hosts together.
        attempts_count: how often a request that may yet succeed is made.
        longest_wait_seconds: the longest a server is waited for when it says "later"; longer is an error that
            says when to come back.
        timeout_seconds: for a connection, and for every piece of an answer.
        limit_bytes: the largest answer that is read.
    """

    concurrent_count: int = 4
    attempts_count: int = 5
    longest_wait_seconds: float = 900.0
    timeout_seconds: float = 30.0
    limit_bytes: int = 64 * MEGABYTE


@dataclass(frozen=True)
class Answer:
    """What a server answered. `is_unchanged`: what was known is still good, and `content` is empty."""

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes = b""

    @property
    def is_unchanged(self) -> bool:
        """The server says 304."""
        return self.status == 304

    @property
    def validator(self) -> Validator | None:
        """By what the server will know that this answer is still good."""
        etag, modified = self.headers.get("etag"), self.headers.get("last-modified")
        return Validator(self.url, etag, modified) if etag or modified else None

    def json(self) -> Any:
        """The content as JSON.

        Raises:   SourceUnreachableError: it is cut short. SourceAnswerError: it is something else.
        """
        try:
            return json.loads(self.content)
        except ValueError as error:
            is_cut = self.content.lstrip()[:1] in (b"{", b"[")
            kind = SourceUnreachableError if is_cut else SourceAnswerError
            raise kind(f"{self.url} did not answer with JSON: {error}") from error


@dataclass
class _Pace:
    """When a host may be asked again."""

    not_before: float = 0.0
    lock: Lock = field(default_factory=Lock)


class PoliteClient:
    """Asks servers over HTTP; may be used from several threads. Close it, or use `with`.

    Args:     source_name: who asks, for the User-Agent and for messages.
              transport: how bytes travel; default: the network (webs of strangers take a guarded one).
    Raises:   every call: SourceUnreachableError, SourceLimitError, SourceRefusedError, SourceAnswerError.
    """

    def __init__(
        self,
        source_name: str,
        *,
        manners: Manners | None = None,
        headers: Mapping[str, str] | None = None,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import httpx2

        self.manners = manners or Manners()
        self._sleep = sleep
        self._paces: dict[str, _Pace] = {}
        self._slots = BoundedSemaphore(self.manners.concurrent_count)
        self._client = httpx2.Client(
            headers={"user-agent": user_agent(source_name), **(headers or {})},
            timeout=self.manners.timeout_seconds,
            transport=transport,
            follow_redirects=transport is None,
        )

    def __enter__(self) -> PoliteClient:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all connections."""
        self._client.close()

    def get(
        self,
        url: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        validator: Validator | None = None,
    ) -> Answer:
        """One answer; asked again, with growing pauses, while that may help.

        Args:     validator: what was said of the answer that is known; then the answer may be `is_unchanged`.
        """
        return self.request(
            "GET", url, parameters=parameters, headers={**(headers or {}), **_conditions(validator)}
        )

    def get_json(self, url: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """The JSON of an answer; an answer that was cut short is asked for again."""
        return self._patiently(lambda: self._once("GET", url, parameters, {}).json())

    def request(
        self,
        method: str,
        url: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """As `get`, with any method."""
        return self._patiently(lambda: self._once(method, url, parameters, headers or {}))

    def for_each(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Results of asking for many things, in order, a few at a time."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(self.manners.concurrent_count) as pool:
            yield from pool.map(work, items)

    def _patiently(self, ask: Callable[[], Result]) -> Result:
        for attempt in range(1, self.manners.attempts_count + 1):
            try:
                return ask()
            except RenownError as error:
                pause = self._pause(error, attempt)
                if pause is None or attempt == self.manners.attempts_count:
                    raise
                self._sleep(pause)
        raise SourceUnreachableError("No attempt was made.")

    def _pause(self, error: RenownError, attempt: int) -> float | None:
        """Seconds until the next attempt; None: there is no use in one."""
        if not error.is_retryable:
            return None
        said = error.retry_after_seconds if isinstance(error, SourceLimitError) else None
        if said is None:
            return float(min(2.0 ** (attempt - 2), 30.0))
        return said if said <= self.manners.longest_wait_seconds else None

    def _once(
        self, method: str, url: str, parameters: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> Answer:
        import httpx2

        pace = self._paces.setdefault(urlsplit(url).netloc, _Pace())
        with self._slots:
            self._wait_for(pace, url)
            try:
                with self._client.stream(method, url, params=parameters, headers=headers) as response:
                    self._mind_the_rest(pace, response.headers)
                    _refuse(response.status_code, url, response.headers)
                    content = self._content(response, url)
            except httpx2.HTTPError as error:
                raise SourceUnreachableError(
                    f"{url} cannot be reached: {str(error) or type(error).__name__}.",
                    hint=f"Check the address and the network. {GO_ON_HINT}",
                ) from error
        lower = {name.lower(): value for name, value in response.headers.items()}
        return Answer(url, response.status_code, lower, content)

    def _wait_for(self, pace: _Pace, url: str) -> None:
        with pace.lock:
            wait = pace.not_before - time.time()
        if wait > self.manners.longest_wait_seconds:
            raise _limited(url, wait)
        if wait > 0:
            self._sleep(wait)

    def _mind_the_rest(self, pace: _Pace, headers: Mapping[str, str]) -> None:
        """Where nothing is left of what the server allows, the next request waits for its reset."""
        remaining = headers.get("ratelimit-remaining") or headers.get("x-ratelimit-remaining")
        reset = headers.get("ratelimit-reset") or headers.get("x-ratelimit-reset")
        if remaining is None or reset is None or not remaining.strip().isdigit() or int(remaining) > 0:
            return
        wait = seconds_until(reset)
        if wait is not None:
            with pace.lock:
                pace.not_before = max(pace.not_before, time.time() + wait)

    def _content(self, response: httpx2.Response, url: str) -> bytes:
        parts, size = [], 0
        for part in response.iter_bytes():
            size += len(part)
            if size > self.manners.limit_bytes:
                raise SourceAnswerError(
                    f"{url} answers with more than {self.manners.limit_bytes // MEGABYTE} MB.",
                    hint="It was not read to the end, and nothing of it was kept.",
                )
            parts.append(part)
        return b"".join(parts)


def user_agent(source_name: str) -> str:
    """What Renown says of itself, with the contact of whoever runs it.

    Example:
        >>> user_agent("bluesky").startswith("Renown/")
        True
    """
    from renown.store.formats import renown_version

    contact = os.environ.get(CONTACT_SETTING, "").strip()
    return f"Renown/{renown_version()} ({source_name}; {contact or 'no contact given'})"


def seconds_until(text: str) -> float | None:
    """Seconds from now that a header means: a number of seconds, an epoch second, an HTTP date or ISO 8601.

    Example:
        >>> seconds_until("120")
        120.0
    """
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        moment = _header_moment(text)
        return None if moment is None else max(0.0, (moment - datetime.now(UTC)).total_seconds())
    now = time.time()
    return max(0.0, number - now) if number > now / 2 else max(0.0, number)


def _header_moment(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except (ValueError, TypeError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _conditions(validator: Validator | None) -> dict[str, str]:
    if validator is None:
        return {}
    said = {"if-none-match": validator.etag, "if-modified-since": validator.last_modified}
    return {name: value for name, value in said.items() if value}


def _refuse(status: int, url: str, headers: Mapping[str, str]) -> None:
    """Raise for every status that is no answer."""
    if status < 300 or status == 304:
        return
    retry = headers.get("retry-after")
    if status == 429 or (status in (403, 503) and retry is not None):
        reset = headers.get("ratelimit-reset") or headers.get("x-ratelimit-reset")
        raise _limited(url, seconds_until(retry or reset or "") if retry or reset else None)
    if status >= 500 or status == 408:
        raise SourceUnreachableError(f"{url} answers {status}: the server is in trouble.")
    if status < 400:
        raise SourceRefusedError(f"{url} leads elsewhere ({status}), and was not followed.")
    reasons = {
        401: "it wants to know who asks",
        403: "it is not allowed",
        404: "it is not there",
        410: "it is gone",
    }
    raise SourceRefusedError(f"{url} answers {status}: {reasons.get(status, 'it refuses')}.")


def _limited(url: str, wait: float | None) -> SourceLimitError:
    when = "later" if wait is None else f"in {wait:.0f} seconds"
    return SourceLimitError(
        f"{urlsplit(url).netloc} wants to be asked less often.",
        hint=f"Run the same command again {when}: it goes on where it stopped.",
        retry_after_seconds=wait,
    )
