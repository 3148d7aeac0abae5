"""The card in a real browser: it asks nobody for anything, and a phone needs no sideways scrolling."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from renown.charts.model_card import build_model_card
from tests.unit.charts.sample_card import STORY, model_card

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")

MEASURE = """<script>addEventListener("load", () => {
  const wide = [...document.querySelectorAll("body *")]
    .filter(one => !one.closest(".scroll, svg, pre") && one.getBoundingClientRect().right > innerWidth + 1);
  document.title = [innerWidth, document.documentElement.scrollWidth, wide.map(one => one.tagName)].join("|");
});</script>"""


class Listener:
    """A proxy that serves nothing and remembers who was asked for."""

    def __init__(self):
        self.asked: list[str] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                self.asked.append(connection.recv(4096).split(b"\r\n")[0].decode("latin1"))
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    def close(self):
        self.socket.close()


@pytest.fixture
def listener():
    listener = Listener()
    yield listener
    listener.close()


def opened(page: Path, profile: Path, *, width: int = 1000, proxy: int | None = None) -> str:
    """The document after a browser loaded it."""
    command = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={profile}", f"--window-size={width},900", "--virtual-time-budget=3000",
    ]  # fmt: skip
    if proxy is not None:
        command += [f"--proxy-server=127.0.0.1:{proxy}", "--proxy-bypass-list=<-loopback>"]
    done = subprocess.run(
        [*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


@pytest.fixture(scope="module")
def html():
    return build_model_card(model_card(), STORY)


def test_the_card_asks_nobody_for_anything(html, listener, tmp_path):
    page = tmp_path / "card.html"
    page.write_text(html, encoding="utf8")
    dom = opened(page, tmp_path / "profile", proxy=listener.port)
    assert "Known limits" in dom
    assert [asked for asked in listener.asked if "example" in asked or "card" in asked] == []
    before = len(listener.asked)
    # The listener would notice: the same page with one picture from elsewhere.
    policy = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
    page.write_text(policy.sub('<img src="http://example.org/card.png">', html), encoding="utf8")
    opened(page, tmp_path / "profile", proxy=listener.port)
    assert any("example.org" in asked for asked in listener.asked[before:])


@pytest.mark.parametrize("width", [360, 500, 1000])
def test_no_width_needs_sideways_scrolling(html, tmp_path, width):
    policy = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
    page = tmp_path / "card.html"
    # A frame is as narrow as one says; a window of this browser is not.
    page.write_text(policy.sub(MEASURE, html), encoding="utf8")
    frame = tmp_path / "frame.html"
    frame.write_text(
        f'<iframe src="card.html" style="width:{width}px;height:800px;border:0"></iframe>'
        "<script>addEventListener('message', told => document.title = told.data)</script>",
        encoding="utf8",
    )
    page.write_text(
        page.read_text("utf8").replace('"|");\n', '"|");\n  parent.postMessage(document.title, "*");\n'),
        "utf8",
    )
    dom = opened(frame, tmp_path / "profile", width=max(width, 600))
    inner, scrolled, wide = re.search(r"<title>([^<]*)</title>", dom).group(1).split("|")
    assert int(inner) == width
    assert int(scrolled) <= width
    assert wide == ""
