"""snac2: a small ActivityPub server in C, with most of Mastodon's API. https://codeberg.org/grunfink/snac2"""

from __future__ import annotations

import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.servers.snac_process import CACHE, free_port, running

PROGRAM = CACHE / "snac" / "snac"


@dataclass
class Snac:
    """A running snac."""

    port: int
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def name(self, user: str) -> str:
        return f"{user}@{self.host}"

    def get(self, path: str, user: str | None = None) -> Any:
        return self._ask(path, None, user)

    def post(self, path: str, user: str, **form: str) -> Any:
        return self._ask(path, form, user)

    def _ask(self, path: str, form: dict[str, str] | None, user: str | None) -> Any:
        body = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(self.url + path, data=body)
        if user is not None:
            request.add_header("authorization", f"Bearer {self.tokens[user]}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def log_in(self, user: str, password: str) -> None:
        form = urllib.parse.urlencode({"login": user, "passwd": password}).encode()
        with urllib.request.urlopen(f"{self.url}/oauth/x-snac-get-token", data=form, timeout=10) as answer:
            page = answer.read().decode()
        found = re.search(r"[0-9a-f]{32,}", page)
        assert found, page
        self.tokens[user] = found.group()


@contextmanager
def snac(folder: Path, users: Sequence[str]) -> Iterator[Snac]:
    """A new server with these users, all logged in."""
    server = Snac(free_port())
    place = folder / "snac"
    answers = f"127.0.0.1\n{server.port}\nlocalhost\n\n\n"
    subprocess.run([PROGRAM, "init", place], input=answers, text=True, check=True, capture_output=True)
    config = json.loads((place / "server.json").read_text())
    config |= {"host": server.host, "protocol": "http"}
    (place / "server.json").write_text(json.dumps(config))
    passwords = {}
    for user in users:
        made = subprocess.run(
            [PROGRAM, "adduser", place, user],
            stdin=subprocess.DEVNULL,
            text=True,
            check=True,
            capture_output=True,
        )
        passwords[user] = made.stdout + made.stderr
        settings = place / "user" / user / "user.json"
        settings.write_text(json.dumps({**json.loads(settings.read_text()), "show_contact_metrics": True}))
    with running([str(PROGRAM), "httpd", str(place)], port=server.port, log=folder / "snac.log"):
        for user, said in passwords.items():
            found = re.search(r"password is (\S+)", said)
            assert found, said
            server.log_in(user, found.group(1))
        yield server
