"""What all starters of real servers share: free ports, waiting for them, stopping by process id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

SERVERS = Path(__file__).parent
CACHE = Path(__file__).parents[3] / ".cache"
"""Where `.ci/setup-integration` puts what it installs; never under version control."""


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


def wait_until(is_ready: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Ask again and again, until it is so; a failure says what was waited for."""
    ends = time.monotonic() + seconds
    while not is_ready():
        if time.monotonic() > ends:
            raise TimeoutError(f"{what} was not ready after {seconds:.0f} seconds")
        time.sleep(0.05)


def listens(port: int) -> bool:
    """Whether somebody answers on a port of the loopback."""
    with closing(socket.socket()) as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(
    words: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is stopped, gently first, when the block is left."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            words, stdout=output, stderr=output, env={**os.environ, **(env or {})}, cwd=cwd, user=user
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
