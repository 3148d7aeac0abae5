"""An AT Protocol network on loopback: PostgreSQL, Redis, then directory, data server and AppView in node.

`.ci/setup-integration` installs what it needs (dev-env from npm by its lock, into .cache/atproto).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from tests.integration.servers.running import CACHE, SERVERS, free_ports, listens, running, wait_until

INSTALLED = CACHE / "atproto"


@dataclass(frozen=True)
class Network:
    """Where the parts of the network are."""

    plc: str
    pds: str
    appview: str

    @property
    def firehose(self) -> str:
        """The data server's stream."""
        return self.pds.replace("http://", "ws://")


def missing() -> str | None:
    """Why the network cannot be started; None: it can."""
    if _postgres() is None:
        return "PostgreSQL 15 or newer is not installed"
    if shutil.which("redis-server") is None:
        return "redis-server is not installed"
    if shutil.which("node") is None:
        return "node is not installed"
    if not (INSTALLED / "node_modules" / "@atproto" / "dev-env").is_dir():
        return "@atproto/dev-env is not installed"
    return None


def _postgres() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def start_network() -> Iterator[Network]:
    """The network, from nothing; everything is stopped and removed afterwards, node before PostgreSQL."""
    postgres_port, redis_port, plc, pds, bsky, ozone = free_ports(6)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="renown-atproto-")))
        folder.chmod(0o755)
        stack.enter_context(_running_postgres(folder, postgres_port))
        redis = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", ""]
        stack.enter_context(running(redis, log=folder / "redis.log", cwd=folder))
        wait_until(lambda: listens(redis_port), seconds=20, what="Redis")
        log = folder / "node.log"
        env = {
            "DB_POSTGRES_URL": f"postgresql://renown@127.0.0.1:{postgres_port}/atproto",
            "DB_POSTGRES_SCHEMA": "bsky",
            "REDIS_HOST": f"127.0.0.1:{redis_port}",
            "LOG_ENABLED": "false",
            "PLC_PORT": str(plc),
            "PDS_PORT": str(pds),
            "BSKY_PORT": str(bsky),
            "OZONE_PORT": str(ozone),
            "NODE_PATH": str(INSTALLED / "node_modules"),
        }
        node = stack.enter_context(
            running(["node", str(SERVERS / "atproto" / "net.cjs")], log=log, env=env, cwd=INSTALLED)
        )

        def is_ready() -> bool:
            if node.poll() is not None:
                raise RuntimeError(f"the network ended: {log.read_text()[-2000:]}")
            return "READY" in log.read_text()

        wait_until(is_ready, seconds=120, what="the AT Protocol network")
        yield Network(f"http://localhost:{plc}", f"http://localhost:{pds}", f"http://localhost:{bsky}")


@contextmanager
def _running_postgres(folder: Path, port: int) -> Iterator[None]:
    """PostgreSQL does not run as root: then it runs as the user that its package made."""
    programs = _postgres()
    assert programs is not None
    data = folder / "postgres"
    data.mkdir()
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(data, user)
    subprocess.run(
        [programs / "initdb", "-D", data, "-A", "trust", "-U", "renown"],
        check=True,
        capture_output=True,
        cwd=data,
        user=user,
    )
    words = [programs / "postgres", "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1"]
    words += ["-c", "fsync=off", "-c", f"unix_socket_directories={data}"]
    with running([str(word) for word in words], log=folder / "postgres.log", cwd=data, user=user):
        ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        wait_until(lambda: subprocess.run(ready, check=False).returncode == 0, seconds=30, what="PostgreSQL")
        address = ["-h", "127.0.0.1", "-p", str(port), "-U", "renown"]
        subprocess.run([programs / "createdb", *address, "atproto"], check=True, capture_output=True)
        yield


class Person:
    """An account on the network, and what it does."""

    def __init__(self, network: Network, name: str) -> None:
        self._address = f"{network.pds}/xrpc/"
        self._headers: dict[str, str] = {}
        self.handle = f"{name}.test"
        made = self._call(
            "com.atproto.server.createAccount",
            {"handle": self.handle, "email": f"{name}@example.org", "password": "hunter2"},
        )
        self.did = str(made["did"])
        self._headers["authorization"] = f"Bearer {made['accessJwt']}"

    def _call(self, method: str, body: dict[str, Any] | None) -> dict[str, Any]:
        answer = httpx2.post(self._address + method, json=body, headers=self._headers, timeout=30)
        assert answer.is_success, f"{method}: {answer.status_code} {answer.text}"
        return dict(answer.json()) if answer.content else {}

    def write(self, collection: str, record: dict[str, Any], key: str | None = None) -> dict[str, str]:
        """A new record; what names it: uri and cid."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = {
            "repo": self.did,
            "collection": collection,
            "record": {"$type": collection, "createdAt": now, **record},
        }
        if key is not None:
            body["rkey"] = key
            made = self._call("com.atproto.repo.putRecord", body)
        else:
            made = self._call("com.atproto.repo.createRecord", body)
        return {"uri": made["uri"], "cid": made["cid"]}

    def post(self, text: str, **more: Any) -> dict[str, str]:
        """Say something."""
        return self.write("app.bsky.feed.post", {"text": text, **more})

    def reply(self, text: str, to: dict[str, str], root: dict[str, str] | None = None) -> dict[str, str]:
        """Answer a post."""
        return self.post(text, reply={"parent": to, "root": root or to})

    def quote(self, text: str, post: dict[str, str]) -> dict[str, str]:
        """Show a post inside one's own."""
        return self.post(text, embed={"$type": "app.bsky.embed.record", "record": post})

    def mention(self, text: str, did: str) -> dict[str, str]:
        """Name somebody."""
        feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
        return self.post(text, facets=[{"index": {"byteStart": 0, "byteEnd": 3}, "features": [feature]}])

    def like(self, post: dict[str, str], **more: Any) -> dict[str, str]:
        """Like a post."""
        return self.write("app.bsky.feed.like", {"subject": post, **more})

    def repost(self, post: dict[str, str], **more: Any) -> dict[str, str]:
        """Pass a post on."""
        return self.write("app.bsky.feed.repost", {"subject": post, **more})

    def follow(self, did: str, **more: Any) -> dict[str, str]:
        """Follow somebody."""
        return self.write("app.bsky.graph.follow", {"subject": did, **more})

    def profile(self, name: str, *labels: str) -> None:
        """Say who one is, with labels on oneself."""
        values = [{"val": label} for label in labels]
        said: dict[str, Any] = {"displayName": name, "description": f"I am {name}."}
        if labels:
            said["labels"] = {"$type": "com.atproto.label.defs#selfLabels", "values": values}
        self.write("app.bsky.actor.profile", said, "self")

    def delete(self, named: dict[str, str]) -> None:
        """Delete a record."""
        repo, collection, key = named["uri"].removeprefix("at://").split("/")
        self._call("com.atproto.repo.deleteRecord", {"repo": repo, "collection": collection, "rkey": key})

    def deactivate(self) -> None:
        """Close one's account for a while."""
        self._call("com.atproto.server.deactivateAccount", {})

    def activate(self) -> None:
        """Open it again."""
        self._call("com.atproto.server.activateAccount", None)


def settle(network: Network, check: Any, *, seconds: float = 20) -> None:
    """Wait until the AppView, which lags behind, shows what `check(get)` wants to see."""
    with httpx2.Client(base_url=f"{network.appview}/xrpc/", timeout=30) as http:

        def get(method: str, **parameters: Any) -> dict[str, Any]:
            answer = http.get(method, params=parameters)
            return dict(answer.json()) if answer.status_code == 200 else {}

        ends = time.monotonic() + seconds
        while not check(get):
            assert time.monotonic() < ends, "the AppView does not show what was written"
            time.sleep(0.2)
