"""A way for requests to travel that cannot be led inside a machine or its network.

The name is resolved here, every address it resolves to is checked, and the connection goes to exactly the
address that was checked: there is no second look-up that could answer differently (DNS rebinding). Host
header, SNI and the certificate are those of the name. Redirects are followed by hand, each checked like the
first address. Time, size before and after unpacking, and content types are bounded.

Beside polite.py this is the one file that knows httpx2 and the library beneath it.
"""

from __future__ import annotations

import ipaddress
import socket
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urljoin

import httpcore2
import httpx2

from renown.errors import SourceAnswerError, SourceRefusedError, UnsafeAddressError
from renown.sources.openweb.addresses import PUBLIC_ONLY, Address, Allowance, read_address
from renown.sources.polite import MEGABYTE

if TYPE_CHECKING:
    import ssl

FINAL_URL_HEADER: Final = "x-renown-final-url"
"""Header that the transport sets on every answer: where it came from, redirects followed."""

Resolve = Callable[[str, int], Sequence[str]]
"""Name and port to addresses as text."""

_PIECE_BYTES: Final = 65_536
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_KEPT_FROM_SERVERS: Final = frozenset({"set-cookie", "content-encoding", "content-length", FINAL_URL_HEADER})
"""Headers of an answer that are not passed on: cookies, and what no longer holds once it is unpacked."""


@dataclass(frozen=True)
class Bounds:
    """How long an answer may take in all (redirects included), how large it may be, how often lead on."""

    seconds: float = 20.0
    bytes_count: int = 8 * MEGABYTE
    redirects_count: int = 5


def resolve(host: str, port: int) -> list[str]:
    """Addresses of a name, as this machine's resolver gives them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedTransport(httpx2.BaseTransport):
    """Carries requests of a `PoliteClient` to the public internet and nowhere else.

    An answer is passed on only if its content type is one that the request's Accept header names.

    Args:     allowance: addresses beyond the public internet. resolver: names to addresses.
              ssl_context: default: the machine's trusted certificates.
    Raises:   UnsafeAddressError, SourceAnswerError, SourceRefusedError (leads on too often), HTTPError.
    """

    def __init__(
        self,
        *,
        bounds: Bounds | None = None,
        allowance: Allowance = PUBLIC_ONLY,
        resolver: Resolve = resolve,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._bounds = bounds or Bounds()
        self._allowance = allowance
        self._resolver = resolver
        self._ssl_context = ssl_context or httpx2.create_ssl_context(trust_env=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Ask, follow where it leads, and pass on what may be passed on."""
        deadline = time.monotonic() + self._bounds.seconds
        address = read_address(str(request.url), allowance=self._allowance)
        for _ in range(self._bounds.redirects_count + 1):
            pool, response = self._ask(request, address, deadline)
            try:
                location = _location(response)
                if location is None:
                    return self._passed_on(request, address, pool, response)
            except BaseException:
                _close(pool, response)
                raise
            _close(pool, response)
            address = read_address(urljoin(address.url, location), allowance=self._allowance)
        raise SourceRefusedError(
            f"{request.url} leads on more than {self._bounds.redirects_count} times, and was given up."
        )

    def _ask(
        self, request: httpx2.Request, address: Address, deadline: float
    ) -> tuple[httpcore2.ConnectionPool, httpcore2.Response]:
        # A pool for each request: no connection outlives its check, and the deadline is that of one request.
        pool = httpcore2.ConnectionPool(
            ssl_context=self._ssl_context,
            max_keepalive_connections=0,
            network_backend=_PinnedNetwork(self._resolver, self._allowance, deadline),
        )
        asked = httpcore2.Request(
            request.method,
            httpcore2.URL(
                scheme=address.scheme.encode(),
                host=address.host.encode(),
                port=address.port,
                target=address.target.encode(),
            ),
            headers=_headers(request, address),
            extensions={"timeout": request.extensions.get("timeout", {})},
        )
        try:
            with _known_errors():
                return pool, pool.handle_request(asked)
        except BaseException:
            pool.close()
            raise

    def _passed_on(
        self,
        request: httpx2.Request,
        address: Address,
        pool: httpcore2.ConnectionPool,
        response: httpcore2.Response,
    ) -> httpx2.Response:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
        }
        if 200 <= response.status < 300:
            _check_type(headers.get("content-type", ""), request.headers.get("accept", ""), address.url)
        announced = headers.get("content-length", "")
        if announced.isdigit() and int(announced[:20]) > self._bounds.bytes_count:
            raise _too_large(address.url, self._bounds.bytes_count)
        pieces = _unpacked(response.iter_stream(), headers.get("content-encoding", ""), address.url)
        kept = [(name, value) for name, value in headers.items() if name not in _KEPT_FROM_SERVERS]
        return httpx2.Response(
            status_code=response.status,
            headers=[*kept, (FINAL_URL_HEADER, address.url)],
            stream=_Stream(_limited(pieces, address.url, self._bounds.bytes_count), pool, response),
        )


class _Stream(httpx2.SyncByteStream):
    """What is left of an answer; closing it closes its connection."""

    def __init__(
        self, pieces: Iterator[bytes], pool: httpcore2.ConnectionPool, response: httpcore2.Response
    ) -> None:
        self._pieces = pieces
        self._pool = pool
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _known_errors():
            yield from self._pieces

    def close(self) -> None:
        """Let go of the answer and of its connection."""
        _close(self._pool, self._response)


class _PinnedNetwork(httpcore2.NetworkBackend):
    """Connects to addresses it has checked itself, and to nothing after the deadline."""

    def __init__(self, resolver: Resolve, allowance: Allowance, deadline: float) -> None:
        self._resolver = resolver
        self._allowance = allowance
        self._deadline = deadline
        self._network = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to one of the name's addresses, if all of them may be asked."""
        failure: Exception | None = None
        for address in self._checked(host, port):
            wait = _time_left(self._deadline, timeout, httpcore2.ConnectTimeout)
            try:
                stream = self._network.connect_tcp(address, port, wait, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
                continue
            return _bounded(stream, self._deadline)
        raise failure or httpcore2.ConnectError(f"{host} has no address")

    def _resolved(self, host: str, port: int) -> Sequence[str]:
        """What the resolver says, if it says so in time: it knows no deadline of its own."""
        said: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()

        def ask() -> None:
            """Ask the resolver, and say what it said or how it failed."""
            try:
                said.put(self._resolver(host, port))
            except Exception as error:
                said.put(error)

        Thread(target=ask, daemon=True).start()
        try:
            answer = said.get(timeout=_time_left(self._deadline, None, httpcore2.ConnectTimeout))
        except Empty:
            raise httpcore2.ConnectTimeout(f"the name {host} was not resolved in time") from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _checked(self, host: str, port: int) -> list[str]:
        try:
            found = [ipaddress.ip_address(text) for text in self._resolved(host, port)]
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"the name {host} is not known") from error
        except ValueError as error:  # such as fe80::1%eth0: an address that holds on one link only
            raise _leads_inside(host) from error
        if not all(self._allowance.permits(address) for address in found):
            raise _leads_inside(host)
        return [str(address) for address in found]


class _BoundedStream:
    """A connection that ends at the deadline, however slowly the other side trickles."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def __getattr__(self, name: str) -> Any:
        """Whatever else can be asked of a connection, that of the connection beneath."""
        return getattr(self._stream, name)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Up to so many bytes, before the deadline."""
        return self._stream.read(max_bytes, _time_left(self._deadline, timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes, before the deadline."""
        self._stream.write(buffer, _time_left(self._deadline, timeout, httpcore2.WriteTimeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """The same connection, encrypted, with the same deadline."""
        wait = _time_left(self._deadline, timeout, httpcore2.ConnectTimeout)
        return _bounded(self._stream.start_tls(ssl_context, server_hostname, wait), self._deadline)


def _bounded(stream: httpcore2.NetworkStream, deadline: float) -> httpcore2.NetworkStream:
    return cast("httpcore2.NetworkStream", _BoundedStream(stream, deadline))


def _time_left(deadline: float, timeout: float | None, late: type[Exception]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise late("it took longer than one answer may take")
    return left if timeout is None else min(left, timeout)


def _headers(request: httpx2.Request, address: Address) -> list[tuple[bytes, bytes]]:
    own = {b"host", b"accept-encoding", b"cookie", b"authorization", b"connection"}
    passed = [(name, value) for name, value in request.headers.raw if name.lower() not in own]
    host = address.origin.partition("://")[2].encode()
    return [(b"Host", host), (b"Accept-Encoding", b"gzip"), (b"Connection", b"close"), *passed]


def _location(response: httpcore2.Response) -> str | None:
    """Where a redirect leads; None: it is no redirect."""
    if response.status not in _REDIRECTS:
        return None
    for name, value in response.headers:
        if name.lower() == b"location":
            return str(value.decode("utf-8", "backslashreplace").strip())
    return None


def _close(pool: httpcore2.ConnectionPool, response: httpcore2.Response) -> None:
    with _known_errors():
        response.close()
        pool.close()


def _check_type(content_type: str, accepted: str, url: str) -> None:
    found = content_type.partition(";")[0].strip().lower()
    wanted = {part.partition(";")[0].strip().lower() for part in accepted.split(",")}
    if "*/*" not in wanted and found not in wanted:
        raise SourceAnswerError(
            f"{url} answers with {found[:80] or 'nothing that says its type'!r}, which is not read."
        )


def _unpacked(pieces: Iterable[bytes], encoding: str, url: str) -> Iterator[bytes]:
    """Pieces as they are meant, never more than one piece's worth in memory however far they unfold."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        yield from pieces
        return
    if name not in ("gzip", "x-gzip"):
        raise SourceAnswerError(f"{url} answers in the encoding {name[:40]!r}, which was not asked for.")
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        for piece in pieces:
            waiting = piece
            while waiting:
                yield unpacker.decompress(waiting, _PIECE_BYTES)
                waiting = unpacker.unconsumed_tail
        yield unpacker.flush()
        if not unpacker.eof:
            raise httpcore2.ReadError("it was cut short")
    except zlib.error as error:
        raise SourceAnswerError(f"{url} answers with damaged gzip.") from error


def _limited(pieces: Iterator[bytes], url: str, limit: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise _too_large(url, limit)
        yield piece


def _too_large(url: str, limit: int) -> SourceAnswerError:
    return SourceAnswerError(
        f"{url} answers with more than {limit / MEGABYTE:g} MB.",
        hint="It was not read to the end, and nothing of it was kept.",
    )


def _leads_inside(host: str) -> UnsafeAddressError:
    return UnsafeAddressError(
        f"{host!r} may not be fetched: its name leads inside a machine or its network.",
        hint="Only pages of the public web are read.",
    )


@contextmanager
def _known_errors() -> Iterator[None]:
    """Errors of the library beneath become those that polite.py knows."""
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise httpx2.ReadTimeout(str(error) or "it took too long") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol) as error:
        raise httpx2.ReadError(str(error) or type(error).__name__) from error
