"""Sites of the open web on the loopback: names that resolve to it, and a reader that may go there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from renown.sources.openweb.addresses import Allowance
from renown.sources.openweb.guarded import Bounds, GuardedTransport
from renown.sources.openweb.reader import WebReader
from renown.sources.polite import MEGABYTE, Manners
from tests.faulty_server import FaultyServer, Reply

LOOPBACK = Allowance(addresses=frozenset({"127.0.0.1"}))
HASTY = Manners(attempts_count=1, timeout_seconds=2.0, longest_wait_seconds=1.0)
SMALL = Bounds(seconds=3.0, bytes_count=2 * MEGABYTE, redirects_count=5)


def loopback(host: str, port: int) -> Sequence[str]:
    """Every name is on this machine."""
    return ["127.0.0.1"]


def open_reader(*, bounds: Bounds = SMALL, resolver=loopback, allowance: Allowance = LOOPBACK) -> WebReader:
    transport = GuardedTransport(bounds=bounds, allowance=allowance, resolver=resolver)
    return WebReader(
        transport=transport, allowance=allowance, manners=HASTY, pause_seconds=0.0, sleep=lambda seconds: None
    )


def site(server: FaultyServer, name: str) -> str:
    """The address of a site of that name, without a path."""
    return f"http://{name}:{server.host.partition(':')[2]}"


def page(body: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    said = {"content-type": "text/html; charset=utf-8", **(headers or {})}
    return Reply(body.encode(), status=status, headers=said)


def xml(body: str, **headers: str) -> Reply:
    return Reply(body.encode(), headers={"content-type": "application/xml", **headers})
