"""A small HTTP receiver of webmentions and pingbacks.

    POST /webmention                source=...&target=...   201 with Location, 202 when it waits already
    POST /pingback                  XML-RPC pingback.ping
    GET  /webmention/status/TOKEN   what became of it
    GET  /                          what this is, for people

It answers before anything is fetched; verification is the inbox's. Requests are small, few at a time, and end
after some seconds however slowly they trickle. It speaks plain HTTP: for the internet, put a proxy before it.
"""

from __future__ import annotations

import html
import json
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from renown.errors import InputError, RenownError, SourceLimitError, UnsafeAddressError
from renown.sources.openweb.addresses import PUBLIC_ONLY, Allowance, read_address
from renown.sources.openweb.inbox import RETRY_SECONDS, MentionInbox
from renown.sources.openweb.pingback import LONGEST_CALL_BYTES, answer_fault, answer_text, read_ping
from renown.store.harvest import UnreadableRecord

WEBMENTION_PATH: Final = "/webmention"
PINGBACK_PATH: Final = "/pingback"
STATUS_PATH: Final = "/webmention/status/"

_SAFETY_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
    "cache-control": "no-store",
}
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Webmention receiver</title>
<h1>Webmention receiver</h1>
<p>This address takes <a href="https://www.w3.org/TR/webmention/">webmentions</a> and pingbacks for {domains}.
It belongs to a Renown, which counts who links to whom among public pages. A page that is marked noindex,
disallowed by robots.txt, or links with rel=nofollow is not counted; a link that is gone is forgotten when the
webmention is sent again.</p>
<form method="post" action="webmention"><p><label>Your page <input type="url" name="source" required></label>
<label>links to <input type="url" name="target" required></label> <button>Tell it</button></p></form>
</html>
"""


@dataclass(frozen=True)
class ReceiverLimits:
    """How much the receiver bears: connections at once, seconds of one, bytes of a request's body."""

    connections_count: int = 64
    seconds: float = 15.0
    body_bytes: int = LONGEST_CALL_BYTES


@dataclass(frozen=True)
class Answered:
    """What is answered to a request."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] | None = None


class Receiver:
    """Decides what is answered; knows nothing of sockets.

    Args:     domains: targets must be on one of these, or below it. public_url: where senders reach it, for
              the Location header; default: relative to the request.
              allowance: the reader's, for sources and targets beyond the public internet.
    Raises:   InputError: no domain, or something that is none.
    """

    def __init__(
        self,
        inbox: MentionInbox,
        domains: Sequence[str],
        *,
        public_url: str = "",
        allowance: Allowance = PUBLIC_ONLY,
    ) -> None:
        self._inbox = inbox
        self._allowance = allowance
        self._public_url = public_url.rstrip("/")
        self._domains = tuple(self._domain(text) for text in domains)
        if not self._domains:
            raise InputError(
                "It is not said for which pages webmentions are taken.", hint="Add --for-domain example.org."
            )

    def _domain(self, text: str) -> str:
        try:
            address = read_address(f"https://{text.strip().removeprefix('*.')}/", allowance=self._allowance)
        except UnsafeAddressError as error:
            raise InputError(f"{text!r} is no domain: {error.message}") from error
        return address.host

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """The answer to a request; header names are lower case."""
        path = urlsplit(target).path
        if path in (WEBMENTION_PATH, PINGBACK_PATH):
            if method == "POST":
                return self._webmention(headers, body) if path == WEBMENTION_PATH else self._pingback(body)
            allowed = _error(405, "method", "Only POST is answered here.")
            return Answered(allowed.status, allowed.body, headers={"allow": "POST"})
        if method not in ("GET", "HEAD"):
            return _error(404, "path", "Nothing is taken here.")
        if path.startswith(STATUS_PATH):
            return self._status(path[len(STATUS_PATH) :])
        if path == "/":
            domains = html.escape(", ".join(self._domains))
            return Answered(200, _PAGE.format(domains=domains).encode(), "text/html; charset=utf-8")
        return _error(404, "path", "Nothing is here.")

    def _webmention(self, headers: Mapping[str, str], body: bytes) -> Answered:
        if (
            headers.get("content-type", "").partition(";")[0].strip().lower()
            != "application/x-www-form-urlencoded"
        ):
            return _error(415, "content-type", "Send source and target as a form.")
        try:
            fields = parse_qsl(body.decode("utf-8"), max_num_fields=20)
        except ValueError:
            return _error(400, "form", "It is no form.")
        given = {name: [value for key, value in fields if key == name] for name in ("source", "target")}
        if any(len(values) != 1 for values in given.values()):
            return _error(400, "form", "Send exactly one source and one target.")
        try:
            source, target = self._pair(given["source"][0], given["target"][0])
        except UnreadableRecord as error:
            return _error(400, error.reason, error.message)
        try:
            receipt, is_new = self._inbox.accept(source, target)
        except SourceLimitError as error:
            return _error(503, "full", error.message, {"retry-after": f"{RETRY_SECONDS:.0f}"})
        except RenownError:
            # what is wrong with the disk is the operator's business
            message = "It cannot be kept until it is verified."
            return _error(503, "not-kept", message, {"retry-after": f"{RETRY_SECONDS:.0f}"})
        location = f"{self._public_url}{STATUS_PATH}{receipt.token}"
        if not is_new:
            return Answered(202, _json({"state": receipt.state}))
        return Answered(
            201, _json({"state": receipt.state, "status": location}), headers={"location": location}
        )

    def _pingback(self, body: bytes) -> Answered:
        try:
            ping = read_ping(body)
            source, target = self._pair(ping.source, ping.target)
            self._inbox.accept(source, target)
        except UnreadableRecord as error:
            return Answered(200, answer_fault(error.reason), "text/xml; charset=utf-8")
        except RenownError:
            return Answered(200, answer_fault("full"), "text/xml; charset=utf-8")
        return Answered(200, answer_text("It waits to be verified."), "text/xml; charset=utf-8")

    def _pair(self, source: str, target: str) -> tuple[str, str]:
        """Source and target in their one spelling.

        Raises:   UnreadableRecord (source, target): not to be taken.
        """
        try:
            source_url = read_address(source, allowance=self._allowance).url
        except UnsafeAddressError as error:
            raise UnreadableRecord("source", "The source is no page of the public web.") from error
        try:
            aimed = read_address(target, allowance=self._allowance)
        except UnsafeAddressError as error:
            raise UnreadableRecord("target", "The target is no page of the public web.") from error
        if not any(aimed.host == domain or aimed.host.endswith(f".{domain}") for domain in self._domains):
            raise UnreadableRecord("target", "No webmentions are taken here for that target.")
        if source_url == aimed.url:
            raise UnreadableRecord("source", "Source and target are the same page.")
        return source_url, aimed.url

    def _status(self, token: str) -> Answered:
        receipt = self._inbox.receipt(token)
        if receipt is None:
            return _error(404, "token", "No such webmention, or one of long ago.")
        found = {
            "source": receipt.source,
            "target": receipt.target,
            "state": receipt.state,
            "reason": receipt.reason,
            "received_at": receipt.received_at.isoformat(timespec="seconds"),
        }
        return Answered(200, _json(found))


class ReceiverServer(ThreadingMixIn, HTTPServer):
    """The receiver on a socket. `serve_forever` until `shutdown`; port 0 takes a free one."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(
        self, host: str, port: int, receiver: Receiver, *, limits: ReceiverLimits | None = None
    ) -> None:
        self.receiver = receiver
        self.limits = limits or ReceiverLimits()
        self._slots = threading.BoundedSemaphore(self.limits.connections_count)
        self._open: dict[socket.socket, float] = {}
        self._lock = threading.Lock()
        if ":" in host:
            self.address_family = socket.AF_INET6
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            raise InputError(f"{host}:{port} cannot be listened on: {error}.") from error

    def server_bind(self) -> None:
        """Bind without asking a name server for the machine's own name."""
        HTTPServer.__mro__[1].server_bind(self)  # type: ignore[attr-defined]
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, if one is free; else hang up, and the sender comes again."""
        if not self._slots.acquire(blocking=False):
            self.shutdown_request(request)
            return
        with self._lock:
            self._open[request] = time.monotonic() + self.limits.seconds
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread can be started
            self._let_go(request)
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and free the place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._let_go(request)

    def _let_go(self, request: socket.socket) -> None:
        with self._lock:
            if self._open.pop(request, None) is not None:
                self._slots.release()

    def service_actions(self) -> None:
        """Called by serve_forever now and then: end connections that take too long."""
        now = time.monotonic()
        with self._lock:
            late = [request for request, deadline in self._open.items() if deadline < now]
        for request in late:
            try:
                request.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Senders that hang up are no news."""


class _Handler(BaseHTTPRequestHandler):
    server: ReceiverServer
    server_version = "Renown"
    sys_version = ""
    protocol_version = "HTTP/1.0"  # one request a connection
    timeout = 10

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self._body(headers)
        answered = (
            body
            if isinstance(body, Answered)
            else self.server.receiver.answer(self.command, self.path, headers, body)
        )
        self._send(answered)

    do_GET = do_HEAD = do_POST = _answer  # noqa: N815 - so named by http.server

    def _body(self, headers: Mapping[str, str]) -> bytes | Answered:
        length = headers.get("content-length", "0").strip()
        if "transfer-encoding" in headers or not length.isdigit():
            return _error(411, "length", "Say how long the request is.")
        if len(length) > 9 or int(length) > self.server.limits.body_bytes:
            return _error(413, "length", "The request is too long.")
        body = self.rfile.read(int(length))
        return body if len(body) == int(length) else _error(400, "length", "The request was cut short.")

    def _send(self, answered: Answered) -> None:
        self.send_response(answered.status)
        headers = {
            **_SAFETY_HEADERS,
            "content-type": answered.content_type,
            "content-length": str(len(answered.body)),
            **(answered.headers or {}),
        }
        if answered.content_type.startswith("text/html"):
            headers["content-security-policy"] = (
                "default-src 'none'; form-action 'self'; frame-ancestors 'none'"
            )
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answered.body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Addresses of senders are nobody's business; what became of mentions is in the status page."""


def _json(found: Mapping[str, Any]) -> bytes:
    return json.dumps(found).encode() + b"\n"


def _error(status: int, name: str, message: str, headers: Mapping[str, str] | None = None) -> Answered:
    return Answered(status, _json({"error": name, "message": message}), headers=headers)
