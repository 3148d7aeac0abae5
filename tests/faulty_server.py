"""A real HTTP server on the loopback that answers as told, faults included.

    with FaultyServer() as server:
        server.plan("/page", Reply(status=500), Reply.json([1, 2], headers={"etag": '"v1"'}))
        server.plan("/cut", Reply(b"[1, 2, 3]", cut_after_bytes=4))
        ...ask server.url + "/page"...
        assert [asked.path for asked in server.asked] == ["/page", "/page"]

The replies planned for a path are given one after the other, and the last one again and again. A reply may be
a function of what was asked: pages, echoes, whole little networks. What no plan names is 404.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

HUGE_CHUNK = b"x" * 65_536


@dataclass(frozen=True)
class Asked:
    """One request as it arrived; header names in lower case, of a repeated parameter the last value."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    time_seconds: float


@dataclass(frozen=True)
class Reply:
    """What is answered.

    Fields:
        body: bytes, or a function that yields pieces (sent as they come, without a length of their own).
        cut_after_bytes: the connection is dropped after so many bytes, whatever length was announced.
        delay_seconds: before the first byte. pause_seconds: before the rest, after the headers.
        hang_up: the connection is dropped without any answer.
    """

    body: bytes | Callable[[], Iterable[bytes]] = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after_bytes: int | None = None
    delay_seconds: float = 0.0
    pause_seconds: float = 0.0
    hang_up: bool = False

    @classmethod
    def json(cls, value: Any, **more: Any) -> Reply:
        """A JSON body, with its content type."""
        headers = {"content-type": "application/json", **more.pop("headers", {})}
        return cls(json.dumps(value).encode(), headers=headers, **more)

    @classmethod
    def huge(cls, size: int, **more: Any) -> Reply:
        """A body of so many bytes, which is never held in memory. Its length is announced."""
        headers = {"content-length": str(size), **more.pop("headers", {})}
        return cls(lambda: _huge(size), headers=headers, **more)

    @classmethod
    def events(cls, *events: tuple[str, str], **more: Any) -> Reply:
        """Server-sent events, as (event, data); afterwards the server hangs up."""
        text = "".join(f"event: {name}\ndata: {payload}\n\n" for name, payload in events)
        headers = {"content-type": "text/event-stream", **more.pop("headers", {})}
        return cls(lambda: [b":)\n", text.encode()], headers=headers, **more)


Planned = Reply | Callable[[Asked], Reply]


def _huge(size: int) -> Iterator[bytes]:
    while size > 0:
        yield HUGE_CHUNK[:size]
        size -= len(HUGE_CHUNK)


class FaultyServer:
    """The server; `url` is where it is, `asked` what was asked so far, `peak_count` how much at once."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.peak_count = 0
        self._plans: dict[str, list[Planned]] = {}
        self._under_way = 0
        self._lock = threading.Lock()
        self._server = _QuietServer(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """http://127.0.0.1:port"""
        return f"http://{self.host}"

    @property
    def host(self) -> str:
        """127.0.0.1:port"""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def plan(self, path: str, *replies: Planned) -> None:
        """What is answered there from now on. A path that ends in `*` holds for everything that begins so."""
        self._plans[path] = list(replies)

    def asked_for(self, path: str) -> list[Asked]:
        """The requests for one path."""
        return [asked for asked in self.asked if asked.path == path]

    def reply_to(self, asked: Asked) -> Reply:
        """The next reply of the plan; records the request."""
        with self._lock:
            self.asked.append(asked)
            plan = self._plan_of(asked.path)
            if plan is None:
                return Reply.json({"error": "not planned"}, status=404)
            planned = plan.pop(0) if len(plan) > 1 else plan[0]
        return planned if isinstance(planned, Reply) else planned(asked)

    def _plan_of(self, path: str) -> list[Planned] | None:
        if path in self._plans:
            return self._plans[path]
        stars = [star for star in self._plans if star.endswith("*") and path.startswith(star[:-1])]
        return self._plans[max(stars, key=len)] if stars else None

    def begin(self) -> None:
        """A request is under way."""
        with self._lock:
            self._under_way += 1
            self.peak_count = max(self.peak_count, self._under_way)

    def end(self) -> None:
        """A request is answered."""
        with self._lock:
            self._under_way -= 1

    def __enter__(self) -> FaultyServer:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the play."""


def _handler_for(server: FaultyServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body leave as one packet each; Nagle's algorithm would hold the second one back.
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            server.begin()
            try:
                reply = server.reply_to(self._read())
                self._send(reply)
            finally:
                server.end()

        do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = _answer  # noqa: N815 - so named by http.server

        def _read(self) -> Asked:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query, True).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            return Asked(self.command, parts.path, query, headers, body, time.monotonic())

        def _send(self, reply: Reply) -> None:
            time.sleep(reply.delay_seconds)
            if reply.hang_up:
                self.close_connection = True
                return
            etag = {name.lower(): value for name, value in reply.headers.items()}.get("etag")
            if etag and self.headers.get("if-none-match") == etag:
                reply = Reply(status=304, headers=reply.headers)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if isinstance(reply.body, bytes):
                self._send_whole(reply, reply.body)
            else:
                self._send_pieces(reply, reply.body)

        def _send_whole(self, reply: Reply, body: bytes) -> None:
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            time.sleep(reply.pause_seconds)
            if self.command != "HEAD" and reply.status != 304:
                self.wfile.write(body[: reply.cut_after_bytes])
            self.close_connection = self.close_connection or reply.cut_after_bytes is not None

        def _send_pieces(self, reply: Reply, pieces: Callable[[], Iterable[bytes]]) -> None:
            self.send_header("connection", "close")
            self.end_headers()
            time.sleep(reply.pause_seconds)
            left = reply.cut_after_bytes
            for piece in pieces():
                self.wfile.write(piece if left is None else piece[: max(left, 0)])
                self.wfile.flush()
                left = None if left is None else left - len(piece)
                if left is not None and left <= 0:
                    break
            self.close_connection = True

        def log_message(self, *arguments: Any) -> None:
            """Tests look at `asked`."""

    return Handler
