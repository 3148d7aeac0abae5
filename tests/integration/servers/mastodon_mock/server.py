"""mastodon_mock: a stateful server of Mastodon's API in Python, with followers and streams; no federation.

It is no Mastodon, but it is not ours either: whoever wrote it read the same documentation with other eyes.
"""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.servers.snac_process import CACHE, free_port, running

PROGRAM = CACHE / "mastodon_mock" / "bin" / "mastodon_mock"


@dataclass
class MastodonMock:
    """A running mastodon_mock; the token of ann is `ann_token`."""

    port: int
    process_id: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def name(self, user: str) -> str:
        return f"{user}@{self.host}"

    def get(self, path: str, user: str) -> Any:
        return self._ask("GET", path, None, user)

    def post(self, path: str, user: str, **form: str) -> Any:
        return self._ask("POST", path, form, user)

    def delete(self, path: str, user: str) -> Any:
        return self._ask("DELETE", path, None, user)

    def patch(self, path: str, user: str, **form: str) -> Any:
        return self._ask("PATCH", path, form, user)

    def put(self, path: str, user: str, **form: str) -> Any:
        return self._ask("PUT", path, form, user)

    def _ask(self, method: str, path: str, form: dict[str, str] | None, user: str) -> Any:
        body = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(self.url + path, data=body, method=method)
        request.add_header("authorization", f"Bearer {user}_token")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")


@contextmanager
def mastodon_mock(folder: Path, users: Sequence[str]) -> Iterator[MastodonMock]:
    """A new server with these users; none of them has agreed to be found."""
    server = MastodonMock(free_port())
    lines = [f'domain = "{server.host}"', "", "[database]", f'path = "{folder / "mock.sqlite"}"', ""]
    for user in users:
        lines += ["[[seed.accounts]]", f'username = "{user}"', f'access_token = "{user}_token"', ""]
    config = folder / "mock.toml"
    config.write_text("\n".join(lines))
    command = [
        str(PROGRAM),
        "serve",
        "--config",
        str(config),
        "--host",
        "127.0.0.1",
        "--port",
        str(server.port),
    ]
    with running(command, port=server.port, log=folder / "mock.log") as process_id:
        server.process_id = process_id
        yield server
