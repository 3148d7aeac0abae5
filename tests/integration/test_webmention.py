"""The commands of the open web, end to end: a real receiver, real sites on the loopback, a real store."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from contextlib import contextmanager
from pathlib import Path

import pytest

import renown
from renown.sources.openweb.inbox import MentionInbox
from renown.sources.openweb.mentions import Verdict
from renown.sources.openweb.receiver import Receiver, ReceiverLimits, ReceiverServer
from tests.faulty_server import FaultyServer, Reply

RENOWN = str(Path(sys.executable).parent / "renown")


def page(body, **more):
    return Reply(body.encode(), headers={"content-type": "text/html", **more.pop("headers", {})}, **more)


@pytest.fixture
def blog():
    """The site that links."""
    with FaultyServer() as server:
        yield server


@pytest.fixture
def home():
    """The site that is linked to; nobody ever asks it."""
    with FaultyServer() as server:
        yield server


def run(*words, store=None, check=True):
    command = [RENOWN, *words, *(["--store", str(store)] if store else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if check:
        assert done.returncode == 0, done.stderr
    return done


@contextmanager
def receiver(store):
    """`renown webmention serve` on a free port."""
    command = [
        RENOWN,
        "webmention",
        "serve",
        "--port",
        "0",
        "--for-domain",
        "127.0.0.1",
        "--allow-private-network",
    ]
    process = subprocess.Popen([*command, "--store", str(store)], stderr=subprocess.PIPE, text=True)
    try:
        line = process.stderr.readline()
        assert "Listening on http://127.0.0.1:" in line, line + process.stderr.read()
        yield int(line.split("127.0.0.1:")[1].split("/")[0]), process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(60)
        process.stderr.close()


def ask(port, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def mention(port, source, target):
    form = urllib.parse.urlencode({"source": source, "target": target})
    return ask(port, "POST", "/webmention", form, {"content-type": "application/x-www-form-urlencoded"})


def fate(port, location, *, seconds=60):
    """What became of a mention, once it is no longer waiting."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        status, _, body = ask(port, "GET", location)
        assert status == 200
        found = json.loads(body)
        if found["state"] not in ("waiting", "checking"):
            return found
        time.sleep(0.05)
    raise AssertionError(f"still {found}")


def links(store):
    found = renown.open(str(store)).delta.read("interactions").to_pylist()
    return [(row["kind"], row["reaction_post_id"], row["post_id"]) for row in found]


def test_a_webmention_comes_in_is_updated_and_goes(tmp_path, blog, home):
    store = tmp_path / "store"
    renown.open(str(store))
    source, target = f"{blog.url}/post", f"{home.url}/page"
    linking = page(f"<article><a href='{target}'>see</a></article>")
    silent = page("<article>no more</article>")
    blog.plan("/post", linking, linking, silent, linking, page("", status=404))
    seen = []
    with receiver(store) as (port, process):
        for _ in range(5):
            status, headers, _ = mention(port, source, target)
            assert status == 201
            location = {name.lower(): value for name, value in headers.items()}["location"]
            seen.append((fate(port, location)["state"], links(store)))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 130
        assert "Stopped" in process.stderr.read()
    there = [("citation", f"web:{source}", f"web:{target}")]
    assert seen == [
        ("verified", there),
        ("verified", there),
        ("no-link", []),
        ("verified", there),
        ("gone", []),
    ]
    assert home.asked == []


def test_a_receiver_that_is_killed_goes_on_with_what_waited(tmp_path, blog, home):
    store = tmp_path / "store"
    renown.open(str(store))
    target = f"{home.url}/page"
    hold = threading.Event()

    def slow(asked):
        hold.wait(20)
        return page(f"<a href='{target}'>see</a>")

    blog.plan("/*", slow)
    with receiver(store) as (port, process):
        for number in range(12):
            assert mention(port, f"{blog.url}/{number}", target)[0] == 201
        process.kill()
        process.wait(60)
    hold.set()
    assert links(store) == []
    with receiver(store) as (_, process):
        until = time.monotonic() + 60
        while len(links(store)) < 12 and time.monotonic() < until:
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        said = process.stderr.read()
    assert len(links(store)) == 12
    assert "12 webmentions waited since the last time" in said
    assert "Nothing was waiting" in said


def test_a_pingback_comes_in_too(tmp_path, blog, home):
    store = tmp_path / "store"
    renown.open(str(store))
    source, target = f"{blog.url}/post", f"{home.url}/page"
    blog.plan("/post", page(f"<a href='{target}'>see</a>"))
    call = (
        "<?xml version='1.0'?><methodCall><methodName>pingback.ping</methodName><params>"
        f"<param><value>{source}</value></param><param><value>{target}</value></param></params></methodCall>"
    )
    with receiver(store) as (port, _):
        status, _, body = ask(port, "POST", "/pingback", call, {"content-type": "text/xml"})
        assert status == 200
        assert b"<fault>" not in body
        until = time.monotonic() + 30
        while not links(store) and time.monotonic() < until:
            time.sleep(0.1)
    assert links(store) == [("citation", f"web:{source}", f"web:{target}")]


def test_a_receiver_does_not_go_inside_unless_told_loudly(tmp_path, blog, home):
    """The same command without the flag takes no such address."""
    done = run("webmention", "verify", f"{blog.url}/post", f"{home.url}/page", check=False)
    assert done.returncode == 1
    assert "may not be fetched" in done.stderr
    assert blog.asked == []
    done = run("import", "web", f"{blog.url}/feed", store=tmp_path / "store", check=False)
    assert done.returncode == 1
    assert blog.asked == []


def test_no_variable_of_the_environment_opens_the_way_inside(blog, home, monkeypatch):
    for name in ("RENOWN_ALLOW_PRIVATE_NETWORK", "ALLOW_PRIVATE_NETWORK"):
        monkeypatch.setenv(name, "1")
    assert run("webmention", "verify", f"{blog.url}/post", f"{home.url}/page", check=False).returncode == 1
    assert blog.asked == []


def test_verify_says_what_it_found(blog, home):
    target = f"{home.url}/page"
    blog.plan("/yes", page(f"<div class=h-entry><a class=u-in-reply-to href='{target}'>re</a></div>"))
    blog.plan("/no", page("nothing"))
    words = ["webmention", "verify", "--allow-private-network", "--format", "json"]
    (found,) = json.loads(run(*words, f"{blog.url}/yes", target).stdout)
    assert (found["state"], found["kind"]) == ("verified", "reply")
    done = run(*words, f"{blog.url}/no", target, check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)[0]["state"] == "no-link"
    assert (
        "no-link"
        in run(
            "webmention", "verify", "--allow-private-network", f"{blog.url}/no", target, check=False
        ).stdout
    )


def test_import_web_takes_a_feed_in_once_and_scores_it(tmp_path, blog, home):
    store = tmp_path / "store"
    items = "".join(
        f"<item><title>{n}</title><link>{blog.url}/{n}</link>"
        f"<pubDate>Fri, 01 May 2026 10:00:0{n} GMT</pubDate>"
        f"<description>&lt;a href='{home.url}/{n}'&gt;x&lt;/a&gt;</description></item>"
        for n in range(5)
    )
    feed = f"<rss version='2.0'><channel><title>Blog</title>{items}</channel></rss>"
    blog.plan("/feed", Reply(feed.encode(), headers={"content-type": "application/rss+xml", "etag": '"1"'}))
    words = [
        "import",
        "web",
        f"{blog.url}/feed",
        "--allow-private-network",
        "--pause-seconds",
        "0",
        "--format",
        "json",
    ]
    (first,) = json.loads(run(*words, store=store).stdout)
    assert first["added_counts"] == {"actors": 1, "posts": 5, "interactions": 5}
    (again,) = json.loads(run(*words, store=store).stdout)
    assert again["added_counts"] == {}
    assert [asked.headers.get("if-none-match") for asked in blog.asked_for("/feed")] == [None, '"1"']
    run("score", "--as-of", "2026-05-02", store=store)
    (top, *_) = json.loads(run("top", "--format", "json", store=store).stdout)
    assert top["actor_id"] == f"web:{home.host}"


# ---- the server itself


@contextmanager
def small_server(limits):
    def verify(source, target):
        return Verdict(source, target, "verified", "citation")

    with (
        MentionInbox(verify=verify, deliver=lambda harvests: None) as inbox,
        ReceiverServer("127.0.0.1", 0, Receiver(inbox, ["ann.example"]), limits=limits) as server,
    ):
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join(5)


def exchange(port, request, *, seconds=10):
    """What the server sends until it hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(request)
        pieces = []
        while piece := connection.recv(65_536):
            pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"200"),
        (b"POST /webmention HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n", b"413"),
        (b"POST /webmention HTTP/1.1\r\nContent-Length: 20000\r\n\r\n", b"413"),
        (b"POST /webmention HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"411"),
        (b"POST /webmention HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"411"),
        (b"POST /webmention HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n", b"411"),
        (b"DELETE / HTTP/1.1\r\n\r\n", b"501"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", b"431"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", b"400"),
    ],
)
def test_every_request_is_answered_and_bounded(request_bytes, status):
    with small_server(ReceiverLimits(seconds=3)) as port:
        answer = exchange(port, request_bytes)
        assert status in answer.split(b"\r\n")[0] or answer.startswith(b"<!DOCTYPE"), answer[:200]
        assert ask(port, "GET", "/")[0] == 200


def test_a_sender_that_trickles_is_cut_off_and_others_are_served():
    with small_server(ReceiverLimits(seconds=1, connections_count=2)) as port:
        slow = socket.create_connection(("127.0.0.1", port), timeout=10)
        slow.sendall(b"POST /webmention HTTP/1.1\r\n")
        assert ask(port, "GET", "/")[0] == 200
        started = time.monotonic()
        try:
            while time.monotonic() - started < 8:
                slow.sendall(b"x")
                time.sleep(0.05)
        except OSError:
            pass
        slow.close()
        assert time.monotonic() - started < 5


def test_more_connections_than_allowed_are_hung_up_on():
    with small_server(ReceiverLimits(seconds=5, connections_count=3)) as port:
        held = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(3)]
        time.sleep(0.3)
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            ask(port, "GET", "/")
        for connection in held:
            connection.close()
        time.sleep(0.3)
        assert ask(port, "GET", "/")[0] == 200


def test_what_is_answered_runs_nothing():
    with small_server(ReceiverLimits()) as port:
        _, headers, body = ask(port, "GET", "/")
        lower = {name.lower(): value for name, value in headers.items()}
        assert "default-src 'none'" in lower["content-security-policy"]
        assert lower["x-content-type-options"] == "nosniff"
        assert b"<script" not in body
        assert "python" not in lower["server"].lower()
        assert ask(port, "HEAD", "/")[2] == b""


def test_a_port_that_is_taken_is_an_error_a_person_can_read(tmp_path):
    renown.open(str(tmp_path / "store"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run(
            "webmention",
            "serve",
            "--port",
            port,
            "--for-domain",
            "ann.example",
            store=tmp_path / "store",
            check=False,
        )
    assert done.returncode == 1
    assert "cannot be listened on" in done.stderr
