"""Does SOURCE really link to TARGET? And what a receiver makes of it."""

from __future__ import annotations

import threading
import time

import pytest

from renown.errors import InputError, SourceLimitError, StoreDamagedError, UnsafeAddressError
from renown.sources.openweb.inbox import InboxLimits, MentionInbox
from renown.sources.openweb.mentions import Verdict, mention_harvest, verify_mention
from renown.sources.openweb.pingback import read_ping
from renown.sources.openweb.receiver import Receiver
from renown.sources.openweb.sites import response_id
from renown.sources.openweb.waiting import FILE_NAME, WaitingFile
from renown.store.harvest import UnreadableRecord
from tests.faulty_server import FaultyServer, Reply
from tests.unit.sources.openweb_site import open_reader, page, site

TARGET = "https://ann.example/post"


@pytest.fixture
def server():
    with FaultyServer() as running:
        yield running


@pytest.fixture
def bea(server):
    return site(server, "bea.example.org")


def verify(server, bea, reply, target=TARGET):
    server.plan("/page", reply)
    return verify_mention(f"{bea}/page", target, reader=open_reader())


@pytest.mark.parametrize(
    ("body", "state", "kind", "reason"),
    [
        (f"<a href={TARGET}>x</a>", "verified", "citation", ""),
        (f"<a href='{TARGET}#part'>x</a>", "verified", "citation", ""),
        (f"<footer><a href={TARGET}>x</a></footer>", "verified", "citation", ""),
        (f"<div class=h-entry><a class=u-in-reply-to href={TARGET}></a></div>", "verified", "reply", ""),
        (f"<div class=h-entry><a class=u-like-of href={TARGET}></a></div>", "verified", "like", ""),
        (f"<div class=h-entry><a class=u-repost-of href={TARGET}></a></div>", "verified", "repost", ""),
        ("<p>nothing", "no-link", None, ""),
        (f"<p>{TARGET}", "no-link", None, ""),
        (f"<!-- <a href={TARGET}> -->", "no-link", None, ""),
        (f"<script>'<a href={TARGET}>'</script>", "no-link", None, ""),
        (f"<template><a href={TARGET}>x</a></template>", "no-link", None, ""),
        (f"<a href={TARGET}/more>x</a>", "no-link", None, ""),
        (f"<a rel=nofollow href={TARGET}>x</a>", "refused", None, "rel-nofollow"),
        (f"<a rel=nofollow href={TARGET}>x</a><a href={TARGET}>x</a>", "verified", "citation", ""),
        (f"<meta name=robots content=nofollow><a href={TARGET}>x</a>", "refused", None, "rel-nofollow"),
        (f"<meta name=robots content=noindex><a href={TARGET}>x</a>", "refused", None, "noindex"),
        ("<a href=/x>" * 600 + f"<a href={TARGET}>", "verified", "citation", ""),
    ],
)
def test_only_a_real_link_is_one(server, bea, body, state, kind, reason):
    verdict = verify(server, bea, page(body))
    assert (verdict.state, verdict.kind, verdict.reason) == (state, kind, reason)


@pytest.mark.parametrize(
    ("reply", "state", "reason"),
    [
        (Reply(status=404), "gone", "404"),
        (Reply(status=410), "gone", "410"),
        (Reply(status=403), "refused", "refused-by-server"),
        (Reply(status=500), "unreachable", "unreachable"),
        (Reply(hang_up=True), "unreachable", "unreachable"),
        (Reply(b"<p>", status=429, headers={"retry-after": "9999"}), "unreachable", "unreachable"),
        (Reply(b"x", headers={"content-type": "image/png"}), "refused", "unreadable-answer"),
        (Reply(status=302, headers={"location": "http://127.0.0.2/"}), "refused", "unsafe-address"),
        (
            Reply(b"<a hr", headers={"content-type": "text/html"}, cut_after_bytes=3),
            "unreachable",
            "unreachable",
        ),
    ],
)
def test_a_page_that_gives_no_answer_is_told_from_one_that_does_not_link(server, bea, reply, state, reason):
    verdict = verify(server, bea, reply)
    assert (verdict.state, verdict.reason) == (state, reason)


def test_a_source_that_sends_on_to_another_site_speaks_for_nobody(server, bea):
    server.plan("/there", page(f"<a href={TARGET}>x</a>"))
    elsewhere = site(server, "cat.example.net")
    verdict = verify(server, bea, Reply(status=302, headers={"location": f"{elsewhere}/there"}))
    assert (verdict.state, verdict.reason) == ("refused", "other-site")
    verdict = verify(server, bea, Reply(status=302, headers={"location": "/there"}))
    assert verdict.state == "verified"


@pytest.mark.parametrize(
    "source", ["http://127.0.0.2/", "http://localhost/", "file:///etc/passwd", "nonsense"]
)
def test_an_unsafe_source_is_not_asked(source):
    with pytest.raises(UnsafeAddressError):
        verify_mention(source, TARGET)


@pytest.mark.parametrize(
    ("state", "reason", "withdraws"),
    [
        ("gone", "404", True),
        ("no-link", "", True),
        ("refused", "noindex", True),
        ("refused", "robots.txt", True),
        ("refused", "rel-nofollow", True),
        ("refused", "refused-by-server", False),
        ("refused", "unsafe-address", False),
        ("unreachable", "unreachable", False),
    ],
)
def test_what_no_longer_holds_goes_and_what_nobody_knows_stays(state, reason, withdraws):
    harvest = mention_harvest(Verdict("https://bea.example/1", TARGET, state, reason=reason))
    assert not harvest.rows
    assert [gone.identifier for gone in harvest.withdrawals] == (
        [response_id("https://bea.example/1", TARGET)] if withdraws else []
    )


# ---- the inbox


def settled(inbox):
    assert inbox.wait_until_idle(10)


def fill(inbox):
    for number in range(1, 9):
        inbox.accept(f"https://s{number}.example/", TARGET)


def verdict_of(source, target):
    return Verdict(source, target, "verified", "citation")


def test_an_inbox_verifies_and_hands_over():
    taken = []
    with MentionInbox(verify=verdict_of, deliver=taken.extend) as inbox:
        receipt, is_new = inbox.accept("https://bea.example/1", TARGET)
        settled(inbox)
        assert is_new
        assert inbox.receipt(receipt.token).state == "verified"
    assert taken[0].rows["interactions"].num_rows == 1


def test_an_inbox_holds_no_more_than_said_and_never_twice_the_same():
    go = threading.Event()

    def slowly(source, target):
        go.wait(10)
        return verdict_of(source, target)

    limits = InboxLimits(waiting_count=5, per_site_count=3, kept_count=4, workers_count=1)
    with MentionInbox(verify=slowly, deliver=lambda harvest: None, limits=limits) as inbox:
        first, _ = inbox.accept("https://s0.example/x", TARGET)
        again, is_new = inbox.accept("https://s0.example/x", TARGET)
        assert (again.token, is_new) == (first.token, False)
        for number in range(2):
            inbox.accept(f"https://s0.example/{number}", TARGET)
        with pytest.raises(SourceLimitError, match=r"s0\.example"):
            inbox.accept("https://s0.example/one-too-many", TARGET)
        with pytest.raises(SourceLimitError, match="Too many webmentions wait"):
            fill(inbox)
        go.set()
        settled(inbox)
        assert inbox.receipt(first.token) is None, "the oldest is forgotten"
        assert len(inbox._receipts) <= 4
        assert not inbox._tokens
        assert not inbox._by_site


def test_a_fault_fails_one_mention_and_no_other():
    def faulty(source, target):
        if "bad" in source:
            raise ZeroDivisionError
        return verdict_of(source, target)

    def refuse(harvests):
        if any("worse" in str(one.rows["interactions"]["reaction_post_id"]) for one in harvests):
            raise InputError("no room")

    with MentionInbox(verify=faulty, deliver=refuse) as inbox:
        tokens = [
            inbox.accept(f"https://{name}.example/", TARGET)[0].token for name in ("bad", "worse", "good")
        ]
        settled(inbox)
        found = [(inbox.receipt(token).state, inbox.receipt(token).reason) for token in tokens]
    assert found == [("failed", "fault"), ("failed", "not-kept"), ("verified", "")]


def test_what_failed_before_keeps_its_reason_beside_one_that_is_not_kept():
    """Both in one batch: a third is being verified for longer than batches wait."""
    go = threading.Event()

    def faulty(source, target):
        if "bad" in source:
            raise ZeroDivisionError
        if "slow" in source:
            go.wait(30)
        return verdict_of(source, target)

    def refuse(harvests):
        go.set()
        raise InputError("no room")

    limits = InboxLimits(workers_count=3, batch_seconds=0.5)
    with MentionInbox(verify=faulty, deliver=refuse, limits=limits) as inbox:
        tokens = [
            inbox.accept(f"https://{name}.example/", TARGET)[0].token for name in ("slow", "bad", "worse")
        ]
        settled(inbox)
        found = [inbox.receipt(token).reason for token in tokens]
    assert found == ["not-kept", "fault", "not-kept"]


def test_a_closed_inbox_says_what_it_left():
    go = threading.Event()
    inbox = MentionInbox(
        verify=lambda s, t: go.wait(10) and verdict_of(s, t),
        deliver=lambda harvest: None,
        limits=InboxLimits(workers_count=1),
    )
    for number in range(4):
        inbox.accept(f"https://s{number}.example/", TARGET)
    while inbox.waiting_count > 3:
        time.sleep(0.01)
    threading.Timer(0.1, go.set).start()
    assert inbox.close() == 3
    with pytest.raises(SourceLimitError):
        inbox.accept("https://late.example/", TARGET)


def at_once(count, **more):
    """An inbox with so many waiting, handing over into a list of batches."""
    batches = []
    inbox = MentionInbox(verify=verdict_of, deliver=lambda found: batches.append(len(found)), **more)
    for number in range(count):
        inbox.accept(f"https://s{number}.example/", TARGET)
    return inbox, batches


def test_what_is_verified_within_a_moment_is_handed_over_together():
    go = threading.Event()

    def slowly(harvests):
        go.wait(10)
        batches.append(len(harvests))

    batches = []
    with MentionInbox(verify=verdict_of, deliver=slowly, limits=InboxLimits(batch_count=30)) as inbox:
        tokens = [inbox.accept(f"https://s{number}.example/", TARGET)[0].token for number in range(100)]
        go.set()
        settled(inbox)
        assert {inbox.receipt(token).state for token in tokens} == {"verified"}
    assert sum(batches) == 100
    assert len(batches) < 30, "each batch is what came while the one before was kept"


def test_one_that_comes_alone_does_not_wait_for_others():
    inbox, batches = at_once(1, limits=InboxLimits(batch_seconds=60))
    settled(inbox)
    assert batches == [1]
    inbox.close()


def test_what_is_verified_when_it_closes_is_still_handed_over():
    inbox, batches = at_once(6, limits=InboxLimits(batch_seconds=60, workers_count=1))
    left = inbox.close()
    assert sum(batches) + left == 6


def test_what_waits_is_taken_up_after_a_restart_and_nothing_twice(tmp_path):
    path, taken = tmp_path / FILE_NAME, []
    file = WaitingFile(path)
    asleep = MentionInbox(
        verify=verdict_of, deliver=taken.extend, limits=InboxLimits(workers_count=0), waiting_file=file
    )
    receipts = [asleep.accept(f"https://s{number}.example/", TARGET)[0] for number in range(3)]
    # no close: as if it were killed
    assert path.stat().st_mode & 0o077 == 0, "addresses of senders are nobody's business"
    again = WaitingFile(path)
    with MentionInbox(verify=verdict_of, deliver=taken.extend, waiting_file=again) as inbox:
        settled(inbox)
        assert [inbox.receipt(one.token).state for one in receipts] == ["verified"] * 3
    assert len(taken) == 3
    assert again.all() == []
    with MentionInbox(verify=verdict_of, deliver=taken.extend, waiting_file=WaitingFile(path)) as inbox:
        assert inbox.waiting_count == 0
    assert len(taken) == 3


def test_a_stop_leaves_what_waits_on_disk(tmp_path):
    file = WaitingFile(tmp_path / FILE_NAME)
    inbox, _ = at_once(4, limits=InboxLimits(workers_count=0), waiting_file=file)
    assert inbox.close() == 4
    assert [one.source for one in file.all()] == [f"https://s{number}.example/" for number in range(4)]


def test_a_file_that_cannot_be_used_takes_nothing_and_says_so(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"no database " * 100)
    with pytest.raises(StoreDamagedError, match="cannot be used"):
        WaitingFile(tmp_path / FILE_NAME)
    file = WaitingFile(tmp_path / "other")
    inbox, _ = at_once(0, limits=InboxLimits(workers_count=0), waiting_file=file)
    file.close()
    with pytest.raises(StoreDamagedError):
        inbox.accept("https://late.example/", TARGET)
    answered = send(Receiver(inbox, ["ann.example"]))
    assert (answered.status, answered.headers["retry-after"]) == (503, "600")
    assert inbox.waiting_count == 0
    inbox.close()


# ---- pingback


def call(*values, method="pingback.ping", before=""):
    parameters = "".join(f"<param><value><string>{value}</string></value></param>" for value in values)
    return (
        f'<?xml version="1.0"?>{before}<methodCall><methodName>{method}</methodName>'
        f"<params>{parameters}</params></methodCall>"
    ).encode()


def test_a_ping_is_read():
    ping = read_ping(call("https://bea.example/?a=1&amp;b=2", TARGET))
    assert (ping.source, ping.target) == ("https://bea.example/?a=1&b=2", TARGET)


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"no xml",
            b"<methodCall>",
            call("a"),
            call("a", "b", "c"),
            call("a", "b", method="system.exec"),
        ),
        call("&x;", "b", before='<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        call("&l3;", "b", before='<!DOCTYPE m [<!ENTITY l0 "x"><!ENTITY l3 "&l0;&l0;">]>'),
        call("a", "b", before='<!DOCTYPE m SYSTEM "http://127.0.0.1/evil.dtd">'),
        b"<a>" * 5_000,
        call("x" * 20_000, "b"),
        call("a", "b")[:-5],
        "<methodCall/>".encode("utf-16"),
    ],
)
def test_what_is_no_ping_is_refused(body):
    with pytest.raises(UnreadableRecord):
        read_ping(body)


# ---- what the receiver answers


@pytest.fixture
def receiver():
    limits = InboxLimits(waiting_count=2, workers_count=0)
    with MentionInbox(verify=verdict_of, deliver=lambda harvest: None, limits=limits) as inbox:
        yield Receiver(inbox, ["ann.example", "*.group.example"], public_url="https://ann.example/renown/")


FORM = {"content-type": "application/x-www-form-urlencoded"}


def send(receiver, source="https://bea.example/1", target=TARGET, headers=FORM):
    return receiver.answer("POST", "/webmention", headers, f"source={source}&target={target}".encode())


def test_a_webmention_is_taken_once_and_its_status_can_be_read(receiver):
    first, again = send(receiver), send(receiver)
    assert (first.status, again.status) == (201, 202)
    location = first.headers["location"]
    assert location.startswith("https://ann.example/renown/webmention/status/")
    status = receiver.answer("GET", location.removeprefix("https://ann.example/renown"), {}, b"")
    assert status.status == 200
    assert b'"state": "waiting"' in status.body


def test_a_full_inbox_says_when_to_come_again(receiver):
    assert [send(receiver, f"https://s{n}.example/").status for n in range(3)] == [201, 201, 503]
    assert send(receiver, "https://s9.example/").headers["retry-after"] == "600"


@pytest.mark.parametrize(
    "target", ["https://ann.example/x", "https://www.ann.example/x", "https://a.group.example/"]
)
def test_targets_of_the_domains_are_taken(receiver, target):
    assert send(receiver, target=target).status == 201


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("https://bea.example/1", "https://other.example/"),
        ("https://bea.example/1", "https://evilann.example/"),
        ("https://bea.example/1", "https://ann.example.evil.example/"),
        ("https://bea.example/1", "https://ann.example@evil.example/"),
        ("https://bea.example/1", "ftp://ann.example/"),
        ("https://bea.example/1", ""),
        ("http://127.0.0.1/", TARGET),
        ("http://localhost:8080/", TARGET),
        ("https://u:p@bea.example/", TARGET),
        ("javascript:alert(1)", TARGET),
        (TARGET, TARGET),
    ],
)
def test_what_is_not_meant_for_here_is_refused(receiver, source, target):
    assert send(receiver, source, target).status == 400


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("POST", "/webmention", {}, b"source=a&target=b", 415),
        ("POST", "/webmention", {"content-type": "application/json"}, b"{}", 415),
        ("POST", "/webmention", FORM, b"source=https://a.example/", 400),
        ("POST", "/webmention", FORM, b"source=https://a.example/&source=https://b.example/&target=x", 400),
        ("POST", "/webmention", FORM, b"\xff\xfe=%", 400),
        ("POST", "/webmention", FORM, b"a=b&" * 100, 400),
        ("GET", "/webmention", {}, b"", 405),
        ("GET", "/pingback", {}, b"", 405),
        ("PUT", "/", {}, b"", 404),
        ("GET", "/webmention/status/", {}, b"", 404),
        ("GET", "/webmention/status/../../etc/passwd", {}, b"", 404),
        ("GET", "/nothing", {}, b"", 404),
        ("GET", "/", {}, b"", 200),
    ],
)
def test_every_request_has_an_answer(receiver, method, path, headers, body, status):
    assert receiver.answer(method, path, headers, body).status == status


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (call("https://bea.example/1", TARGET), b"waits to be verified"),
        (call("http://127.0.0.1/", TARGET), b"<int>16</int>"),
        (call("https://bea.example/1", "https://other.example/"), b"<int>33</int>"),
        (call("a", "b", method="system.listMethods"), b"<int>-32601</int>"),
        (b"no xml", b"<int>0</int>"),
    ],
)
def test_a_pingback_is_answered_in_its_own_words(receiver, body, expected):
    answered = receiver.answer("POST", "/pingback", {"content-type": "text/xml"}, body)
    assert answered.status == 200
    assert expected in answered.body


@pytest.mark.parametrize("domains", [[], [""], ["127.0.0.1"], ["localhost"], ["a b"]])
def test_a_receiver_says_for_which_pages_it_is(domains):
    with (
        MentionInbox(verify=verdict_of, deliver=lambda harvest: None) as inbox,
        pytest.raises(InputError),
    ):
        Receiver(inbox, domains)
