"""Asking servers politely: the one file that imports httpx2.

Who asks says who it is and how to reach whoever runs it; no more than a few requests are under way at once; a
server that says "later" is obeyed; an answer that is still good is not sent again; nothing is read without a
limit of size and time. What goes wrong becomes one of the SourceErrors, which say whether trying again helps.
"""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
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
_WRONG_ANSWER_HINT: Final = "Check the address: it may be that of something else."

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
        answer_seconds: for an answer as a whole, however small its pieces are.
        limit_bytes: the largest answer that is read; of a stream: the longest line.
    """

    concurrent_count: int = 4
    attempts_count: int = 5
    longest_wait_seconds: float = 900.0
    timeout_seconds: float = 30.0
    answer_seconds: float = 600.0
    limit_bytes: int = 64 * MEGABYTE


@dataclass(frozen=True)
class Answer:
    """What a server answered.

    Fields:
        url: what was asked, parameters and all. final_url: where redirects led.
        headers: by their names in lower case.
        content: empty when the answer `is_unchanged`.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes = b""
    final_url: str = ""

    @property
    def is_unchanged(self) -> bool:
        """The server says 304."""
        return self.status == 304

    @property
    def validator(self) -> Validator | None:
        """By what the server will know that this answer is still good."""
        etag, modified = self.headers.get("etag"), self.headers.get("last-modified")
        return Validator(self.url, etag, modified) if etag or modified else None

    @cached_property
    def _parsed(self) -> Any:
        return json.loads(self.content)

    def json(self) -> Any:
        """The content as JSON.

        Raises:   SourceUnreachableError: it is cut short. SourceAnswerError: it is something else.
        """
        try:
            return self._parsed
        except RecursionError:
            raise SourceAnswerError(
                f"{self.url} answers with JSON that is nested too deeply.", hint=_WRONG_ANSWER_HINT
            ) from None
        except ValueError as error:
            is_cut = self.content.lstrip()[:1] in (b"{", b"[")
            kind = SourceUnreachableError if is_cut else SourceAnswerError
            hint = f"It broke off in the middle. {GO_ON_HINT}" if is_cut else _WRONG_ANSWER_HINT
            raise kind(f"{self.url} did not answer with JSON: {error}", hint=hint) from error


@dataclass
class _Pace:
    """When a host may be asked again; all threads that ask it wait for the same moment."""

    not_before: float = 0.0
    lock: Lock = field(default_factory=Lock)

    def hold(self, seconds: float) -> None:
        """Ask nothing for so long."""
        with self.lock:
            self.not_before = max(self.not_before, time.time() + seconds)


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
        is_json: bool = False,
    ) -> Answer:
        """One answer; asked again, with growing pauses, while that may help.

        Args:     validator: what was said of the answer that is known; then the answer may be `is_unchanged`.
                  is_json: JSON is expected, and an answer that was cut short is asked for again.
        """
        conditions = {**(headers or {}), **_conditions(validator)}

        def ask() -> Answer:
            """Ask once; an answer that should be JSON and was cut short is an error."""
            answer = self._once("GET", url, parameters, conditions)
            if is_json and not answer.is_unchanged:
                answer.json()
            return answer

        return self._patiently(ask)

    def get_json(
        self,
        url: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON of an answer; an answer that was cut short is asked for again."""
        return self.get(url, parameters, headers=headers, is_json=True).json()

    def address(self, url: str, parameters: Mapping[str, Any] | None = None) -> str:
        """The address that is asked, parameters and all: under it the validator of its answer is kept."""
        return str(self._client.build_request("GET", url, params=parameters or None).url)

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

    @contextmanager
    def stream(
        self,
        url: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Iterator[str]]:
        """Lines of an answer that need not end, as they come. One attempt: who reads knows where to go on.

        A stream is no request under way; of its time only the silence between two pieces is limited.
        """
        with self._asked("GET", url, parameters, headers or {}) as response:
            yield self._lines(response, url)

    def for_each(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Results of asking for many things, in order, a few at a time. Of `items` little more is taken."""
        from concurrent.futures import Future, ThreadPoolExecutor

        waiting: deque[Future[Result]] = deque()
        with ThreadPoolExecutor(self.manners.concurrent_count) as pool:
            try:
                for item in items:
                    waiting.append(pool.submit(work, item))
                    if len(waiting) > 2 * self.manners.concurrent_count:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def _patiently(self, ask: Callable[[], Result]) -> Result:
        for attempt in range(1, self.manners.attempts_count + 1):
            try:
                return ask()
            except RenownError as error:
                pause = self._pause(error, attempt)
                if pause is None or attempt == self.manners.attempts_count:
                    raise
                if pause > 0:
                    self._sleep(pause)
        raise SourceUnreachableError("No attempt was made.")

    def _pause(self, error: RenownError, attempt: int) -> float | None:
        """Seconds until the next attempt; None: there is no use in one."""
        if not error.is_retryable:
            return None
        growing = min(2.0 ** (attempt - 2), 30.0)
        said = error.retry_after_seconds if isinstance(error, SourceLimitError) else None
        if said is None:
            return growing
        if said > self.manners.longest_wait_seconds:
            return None
        # The host's pace, which every thread waits for, holds what the server said already.
        return 0.0 if said >= growing else growing

    def _once(
        self, method: str, url: str, parameters: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> Answer:
        pace = self._pace_of(url)
        waited_for = self._wait_for(pace, url)
        with self._slots:
            # Another thread may have been told to wait while this one stood in the queue.
            self._wait_for(pace, url, waited_for=waited_for)
            with self._asked(method, url, parameters, headers) as response:
                content = self._content(response, url)
        lower = {name.lower(): value for name, value in response.headers.items()}
        asked = str((response.history or [response])[0].request.url)
        return Answer(asked, response.status_code, lower, content, str(response.url))

    @contextmanager
    def _asked(
        self, method: str, url: str, parameters: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> Iterator[httpx2.Response]:
        """The head of an answer that is no refusal; what goes wrong becomes a SourceError."""
        import httpx2

        pace = self._pace_of(url)
        try:
            request = self._client.build_request(method, url, params=parameters or None, headers=headers)
        except (httpx2.InvalidURL, UnicodeError) as error:
            raise SourceRefusedError(f"{url[:200]!r} is no address: {error}") from error
        try:
            with closing(self._client.send(request, stream=True)) as response:
                self._mind_the_rest(pace, response.headers)
                try:
                    _refuse(response.status_code, url, response.headers)
                except SourceLimitError as error:
                    pace.hold(error.retry_after_seconds or 0.0)
                    raise
                yield response
        except (httpx2.TooManyRedirects, httpx2.UnsupportedProtocol) as error:
            raise SourceRefusedError(f"{url} leads nowhere: {error}") from error
        except httpx2.HTTPError as error:
            raise SourceUnreachableError(
                f"{url} cannot be reached: {str(error) or type(error).__name__}.",
                hint=f"Check the address and the network. {GO_ON_HINT}",
            ) from error

    def _pace_of(self, url: str) -> _Pace:
        try:
            host = urlsplit(url).netloc
        except ValueError as error:
            raise SourceRefusedError(f"{url[:200]!r} is no address: {error}") from error
        return self._paces.setdefault(host, _Pace())

    def _wait_for(self, pace: _Pace, url: str, *, waited_for: float = 0.0) -> float:
        """Wait until the host may be asked, unless that was done already; returns the moment waited for."""
        with pace.lock:
            not_before = pace.not_before
        wait = not_before - time.time()
        if wait > self.manners.longest_wait_seconds:
            raise _limited(url, wait)
        if wait > 0 and not_before > waited_for:
            self._sleep(wait)
        return not_before

    def _mind_the_rest(self, pace: _Pace, headers: Mapping[str, str]) -> None:
        """Where nothing is left of what the server allows, the next request waits for its reset."""
        wait = _wait_for_reset(headers)
        if wait is not None:
            pace.hold(wait)

    def _content(self, response: httpx2.Response, url: str) -> bytes:
        parts, size = [], 0
        latest = time.monotonic() + self.manners.answer_seconds
        for part in response.iter_bytes():
            size += len(part)
            if time.monotonic() > latest:
                raise SourceUnreachableError(
                    f"{url} took longer than {self.manners.answer_seconds:.0f} seconds to answer.",
                    hint=GO_ON_HINT,
                )
            if size > self.manners.limit_bytes:
                raise SourceAnswerError(
                    f"{url} answers with more than {self.manners.limit_bytes // MEGABYTE} MB.",
                    hint="It was not read to the end, and nothing of it was kept.",
                )
            parts.append(part)
        return b"".join(parts)

    def _lines(self, response: httpx2.Response, url: str) -> Iterator[str]:
        rest = b""
        for part in response.iter_bytes():
            *whole, rest = (rest + part).split(b"\n")
            for line in whole:
                yield line.rstrip(b"\r").decode("utf-8", "replace")
            if len(rest) > self.manners.limit_bytes:
                raise SourceAnswerError(f"{url} sends a line without an end.")


def user_agent(source_name: str) -> str:
    """What Renown says of itself, with the contact of whoever runs it.

    Example:
        >>> user_agent("bluesky").startswith("Renown/")
        True
    """
    from renown.store.formats import renown_version

    # A header is one line of ASCII; an address that is not shall not stop every request.
    said = os.environ.get(CONTACT_SETTING, "").strip()
    contact = "".join(sign if " " <= sign <= "~" else "?" for sign in said)
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
    used_up = _wait_for_reset(headers)
    if status == 429 or (status in (403, 503) and (retry or used_up) is not None):
        said = seconds_until(
            retry or headers.get("ratelimit-reset") or headers.get("x-ratelimit-reset") or ""
        )
        raise _limited(url, said)
    if status >= 500 or status == 408:
        raise SourceUnreachableError(f"{url} answers {status}: the server is in trouble.", hint=GO_ON_HINT)
    if status < 400:
        raise SourceRefusedError(
            f"{url} leads elsewhere ({status}), and was not followed.",
            hint="Name the address that it leads to, if that is the one you mean.",
            status=status,
        )
    reasons = {
        401: "it wants to know who asks",
        403: "it is not allowed",
        404: "it is not there",
        410: "it is gone",
    }
    raise SourceRefusedError(
        f"{url} answers {status}: {reasons.get(status, 'it refuses')}.",
        hint="Check the address, and whether it may be read without signing in.",
        status=status,
    )


def _wait_for_reset(headers: Mapping[str, str]) -> float | None:
    """Seconds until more is allowed, where nothing is left of it; None: something is, or it is not said."""
    remaining = headers.get("ratelimit-remaining") or headers.get("x-ratelimit-remaining")
    reset = headers.get("ratelimit-reset") or headers.get("x-ratelimit-reset")
    try:
        is_left = remaining is None or float(remaining) >= 1
    except ValueError:
        is_left = True
    return None if is_left or reset is None else seconds_until(reset)


def _limited(url: str, wait: float | None) -> SourceLimitError:
    when = "later" if wait is None else f"in {wait:.0f} seconds"
    return SourceLimitError(
        f"{urlsplit(url).netloc} wants to be asked less often.",
        hint=f"Run the same command again {when}: it goes on where it stopped.",
        retry_after_seconds=wait,
    )
