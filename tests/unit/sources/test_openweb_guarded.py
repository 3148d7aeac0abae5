"""The guarded way of asking: against a real server on the loopback that does what attackers do."""

from __future__ import annotations

import gzip
import shutil
import ssl
import subprocess
import time
import zlib

import httpx2
import pytest

from renown.errors import (
    SourceAnswerError,
    SourceRefusedError,
    SourceUnreachableError,
    UnsafeAddressError,
)
from renown.sources.openweb.addresses import Allowance
from renown.sources.openweb.guarded import Bounds, GuardedTransport
from renown.sources.polite import MEGABYTE
from tests.faulty_server import FaultyServer, Reply
from tests.unit.sources.openweb_site import LOOPBACK, open_reader, page, site


@pytest.fixture
def server():
    with FaultyServer() as running:
        yield running


def visit(server, path, **how):
    reader = open_reader(**how)
    try:
        return reader.visit(site(server, "ann.example.org") + path)
    finally:
        reader.close()


def test_a_page_is_read_under_its_name(server):
    server.plan("/page", page("<p>hello"))
    found = visit(server, "/page")
    assert found.answer.content == b"<p>hello"
    (asked,) = server.asked_for("/page")
    assert asked.headers["host"].startswith("ann.example.org:")
    assert asked.headers["user-agent"].startswith("Renown/")


@pytest.mark.parametrize(
    "answers",
    [["127.0.0.1"], ["10.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["9.9.9.9", "127.0.0.1"], ["fe80::1%eth0"]],
)
def test_a_name_that_leads_inside_is_refused_before_anything_is_asked(server, answers):
    server.plan("/*", page("secret"))
    reader = open_reader(resolver=lambda host, port: answers, allowance=Allowance())
    with pytest.raises(UnsafeAddressError):
        reader.visit("http://ann.example.org/")
    assert server.asked == []


def test_a_name_that_is_resolved_differently_the_second_time_gains_nothing(server):
    """DNS rebinding: what is checked is what is connected to, once for every connection."""
    server.plan("/*", page("secret"))
    looked_up = []

    def rebinding(host, port):
        looked_up.append(host)
        return ["127.0.0.1"] if len(looked_up) % 2 else ["127.0.0.2"]

    transport = GuardedTransport(allowance=LOOPBACK, resolver=rebinding)
    with httpx2.Client(transport=transport) as client:
        url = site(server, "ann.example.org") + "/x"
        assert client.get(url, headers={"accept": "*/*"}).status_code == 200
        assert len(looked_up) == 1  # one look-up for one connection: nothing in between to swap
        with pytest.raises(UnsafeAddressError):
            client.get(url, headers={"accept": "*/*"})
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "location",
    [
        *("http://127.0.0.2/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "//10.0.0.1/x"),
        *(
            "file:///etc/passwd",
            "gopher://127.0.0.1:70/",
            "http://user@ann.example.org/",
            "http://2130706433/",
        ),
    ],
)
def test_a_redirect_is_checked_like_the_first_address(server, location):
    server.plan("/page", Reply(status=302, headers={"location": location}))
    with pytest.raises(UnsafeAddressError):
        visit(server, "/page")
    assert {asked.path for asked in server.asked} == {"/robots.txt", "/page"}


def test_a_redirect_to_a_name_that_leads_inside_is_refused(server):
    server.plan(
        "/page", Reply(status=301, headers={"location": site(server, "inside.example.org") + "/secret"})
    )
    server.plan("/secret", page("secret"))
    with pytest.raises(UnsafeAddressError):
        visit(server, "/page", resolver=lambda host, port: ["127.0.0.2" if "inside" in host else "127.0.0.1"])
    assert server.asked_for("/secret") == []


def test_five_redirects_are_followed_and_the_last_address_is_told(server):
    for step in range(5):
        server.plan(f"/{step}", Reply(status=302, headers={"location": f"/{step + 1}"}))
    server.plan("/5", page("there", headers={"x-renown-final-url": "http://forged.example/"}))
    assert visit(server, "/0").url == site(server, "ann.example.org") + "/5"


def test_a_circle_of_redirects_ends(server):
    server.plan("/a", Reply(status=302, headers={"location": "/b"}))
    server.plan("/b", Reply(status=302, headers={"location": "/a"}))
    with pytest.raises(SourceRefusedError, match="leads on"):
        visit(server, "/a")
    assert len(server.asked_for("/a")) + len(server.asked_for("/b")) == 6


def test_cookies_are_neither_kept_nor_sent(server):
    server.plan("/page", page("x", headers={"set-cookie": "who=ann"}))
    reader = open_reader()
    for _ in range(2):
        reader.visit(site(server, "ann.example.org") + "/page")
    assert all("cookie" not in asked.headers for asked in server.asked)


def test_an_answer_that_trickles_ends_at_the_deadline(server):
    def trickle():
        for _ in range(100):
            time.sleep(0.1)
            yield b"x"

    server.plan("/slow", Reply(trickle, headers={"content-type": "text/html"}))
    started = time.monotonic()
    with pytest.raises(SourceUnreachableError):
        visit(server, "/slow", bounds=Bounds(seconds=0.8))
    assert time.monotonic() - started < 3


def test_headers_that_trickle_end_at_the_deadline():
    import socket
    import threading

    listener = socket.create_server(("127.0.0.1", 0))

    def answer():
        connection, _ = listener.accept()
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            for _ in range(100):
                time.sleep(0.1)
                connection.sendall(b"X-A: b\r\n")
        except OSError:
            pass
        connection.close()

    threading.Thread(target=answer, daemon=True).start()
    started = time.monotonic()
    reader = open_reader(bounds=Bounds(seconds=0.8))
    with pytest.raises(SourceUnreachableError):
        reader.visit(f"http://ann.example.org:{listener.getsockname()[1]}/")
    assert time.monotonic() - started < 3
    listener.close()


def test_a_name_that_is_resolved_too_slowly_ends_at_the_deadline(server):
    server.plan("/*", page("x"))

    def slowly(host, port):
        time.sleep(3)
        return ["127.0.0.1"]

    started = time.monotonic()
    with pytest.raises(SourceUnreachableError):
        visit(server, "/x", bounds=Bounds(seconds=0.5), resolver=slowly)
    assert time.monotonic() - started < 2
    assert server.asked == []


@pytest.mark.parametrize("announces", [True, False])
def test_a_hundred_megabytes_are_not_read(server, announces):
    huge = Reply.huge(100 * MEGABYTE, headers={"content-type": "text/html"})
    if not announces:
        huge = Reply(huge.body, headers={"content-type": "text/html"})
    server.plan("/huge", huge)
    with pytest.raises(SourceAnswerError, match="more than 2 MB"):
        visit(server, "/huge")


def test_what_unfolds_without_end_is_not_unfolded(server):
    bomb = gzip.compress(b"\0" * (200 * MEGABYTE), 9)
    assert len(bomb) < MEGABYTE
    server.plan("/bomb", Reply(bomb, headers={"content-type": "text/html", "content-encoding": "gzip"}))
    with pytest.raises(SourceAnswerError, match="more than 2 MB"):
        visit(server, "/bomb")


def test_gzip_is_unfolded(server):
    packed = gzip.compress(b"<p>" + b"hello " * 50_000)
    server.plan("/packed", Reply(packed, headers={"content-type": "text/html", "content-encoding": "gzip"}))
    assert visit(server, "/packed").answer.content == b"<p>" + b"hello " * 50_000


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (zlib.compress(b"x"), "deflate"),
        (b"x", "br"),
        (gzip.compress(gzip.compress(b"x")), "gzip, gzip"),
        (b"no gzip at all", "gzip"),
    ],
)
def test_an_encoding_that_was_not_asked_for_is_refused(server, body, encoding):
    server.plan("/odd", Reply(body, headers={"content-type": "text/html", "content-encoding": encoding}))
    with pytest.raises(SourceAnswerError):
        visit(server, "/odd")


def test_gzip_that_is_cut_short_is_no_answer(server):
    packed = gzip.compress(bytes(range(256)) * 100)[:-20]
    server.plan("/cut", Reply(packed, headers={"content-type": "text/html", "content-encoding": "gzip"}))
    with pytest.raises(SourceUnreachableError):
        visit(server, "/cut")


@pytest.mark.parametrize(
    "kind", ["image/png", "application/octet-stream", "text/plain", "", "video/mp4; x=text/html"]
)
def test_a_type_that_was_not_asked_for_is_refused(server, kind):
    server.plan("/odd", Reply(b"<p>x", headers={"content-type": kind} if kind else {}))
    with pytest.raises(SourceAnswerError, match="not read"):
        visit(server, "/odd")


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    """A server with a certificate for ann.example.org, the names it was asked for, and a trust in it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate of this test, and is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=ann.example.org", "-addext", "subjectAltName=DNS:ann.example.org"),
            *("-keyout", folder / "key.pem", "-out", folder / "certificate.pem"),
        ],
        check=True,
        capture_output=True,
    )
    names = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    context.sni_callback = lambda connection, name, _: names.append(name)
    with FaultyServer() as server:
        server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
        server.plan("/*", page("secure"))
        yield server, names, ssl.create_default_context(cafile=folder / "certificate.pem")


def ask_securely(server, name, trust):
    transport = GuardedTransport(
        bounds=Bounds(seconds=5),
        allowance=LOOPBACK,
        resolver=lambda host, port: ["127.0.0.1"],
        ssl_context=trust,
    )
    with httpx2.Client(transport=transport) as client:
        return client.get(
            site(server, name).replace("http:", "https:") + "/x", headers={"accept": "text/html"}
        )


def test_a_pinned_connection_keeps_name_and_certificate(secure):
    server, names, trust = secure
    assert ask_securely(server, "ann.example.org", trust).content == b"secure"
    assert names == ["ann.example.org"]
    assert server.asked[-1].headers["host"].startswith("ann.example.org:")


def test_a_certificate_of_another_name_is_refused(secure):
    server, _, trust = secure
    with pytest.raises(httpx2.HTTPError, match=r"(?i)hostname mismatch|certificate"):
        ask_securely(server, "bea.example.org", trust)


def test_a_certificate_that_nobody_vouches_for_is_refused(secure):
    server, _, _ = secure
    with pytest.raises(httpx2.HTTPError, match=r"(?i)certificate"):
        ask_securely(server, "ann.example.org", None)


def test_a_proxy_of_the_environment_is_not_used(server, monkeypatch):
    """A proxy would resolve names itself, unchecked."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, server.url)
    server.plan("/*", page("x"))
    with pytest.raises(UnsafeAddressError):
        open_reader(allowance=Allowance(), resolver=lambda host, port: ["10.0.0.1"]).visit(
            "http://ann.example.org/"
        )
    assert server.asked == []
