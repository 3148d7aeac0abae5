"""Streams that go on, break off, forget, and say things that cannot be read."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import parse_qs, urlsplit

import libipld
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from renown.errors import CursorError, InputError, SourceAnswerError, SourceUnreachableError
from renown.sources import find_source
from renown.sources.bluesky import BlueskyOptions, live
from renown.sources.bluesky.events import decode_event
from renown.sources.bluesky.live import OVERLAP_MICROSECONDS
from renown.sources.bluesky.names import like_id
from renown.sources.bluesky.people import People
from renown.sources.bluesky.records import Lists, Reader
from renown.sources.bluesky.taken_back import Likes
from renown.sources.registry import NoMemory, Request
from renown.store.harvest import Cursor, Gather, KnownReaction, read_moment
from renown.types import no_progress

ANN, BEA = "did:plc:ann", "did:plc:bea"
POST = f"at://{ANN}/app.bsky.feed.post/1"
NOW = int(time.time() * 1e6)


def like_event(number, *, time_us=NOW, did=BEA):
    record = {"subject": {"uri": POST}, "createdAt": f"2026-05-01T10:00:{number % 60:02}.{number % 1000:03}Z"}
    commit = {
        "operation": "create",
        "collection": "app.bsky.feed.like",
        "rkey": f"k{number}",
        "record": record,
    }
    return json.dumps({"did": did, "time_us": time_us + number, "kind": "commit", "commit": commit})


def frame(kind, body):
    return libipld.encode_dag_cbor({"op": 1, "t": kind}) + libipld.encode_dag_cbor(body)


def account_frame(sequence, did=BEA):
    body = {"seq": sequence, "did": did, "time": "2026-05-01T00:00:00Z", "active": False, "status": "deleted"}
    return frame("#account", body)


@contextmanager
def stream(*connections) -> Iterator[tuple[str, list[str]]]:
    """A server that tells each connection its messages, then closes (the last one stays open)."""
    asked: list[str] = []
    done = threading.Event()

    def tell(client):
        number = len(asked)
        asked.append(client.request.path)
        with suppress(ConnectionClosed):
            for message in connections[min(number, len(connections) - 1)]:
                client.send(message)
            if number >= len(connections) - 1:
                done.wait(20)

    with serve(tell, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}", asked
        finally:
            done.set()
            server.shutdown()
            thread.join()


class Left(NoMemory):
    """Where a stream was left."""

    def __init__(self, position, *reactions, version=1):
        self._cursor = (position, version)
        self._reactions = list(reactions)

    def cursor(self, source_name, scope):
        position, version = self._cursor
        return Cursor(source_name, scope, version, str(position))

    def reactions(self, *, source_actor_ids=(), post_ids=()):
        return [one for one in self._reactions if one.source_actor_id in source_actor_ids]


def follow(url, *locations, memory=None, seconds=1.5, **options):
    options = BlueskyOptions(service=url, stop_after_seconds=seconds, **options)
    request = Request(locations, options, memory=memory or NoMemory())
    return list(find_source("bluesky").follow(request, progress=no_progress))


def ids(found):
    return [
        one
        for harvest in found
        if "interactions" in harvest.rows
        for one in harvest.rows["interactions"]["interaction_id"].to_pylist()
    ]


def test_events_arrive_within_seconds_with_the_place_to_go_on():
    with stream([like_event(number) for number in range(3)]) as (url, asked):
        found = follow(url)
    assert len(ids(found)) == 3
    assert found[-1].cursors[-1].position == str(NOW + 2)
    assert len(found) >= 2, "at least one harvest a second"
    query = parse_qs(urlsplit(asked[0]).query)
    assert "app.bsky.feed.like" in query["wantedCollections"]
    assert "cursor" not in query


def test_a_connection_that_breaks_is_made_again_a_little_earlier():
    first = [like_event(number) for number in range(5)]
    with stream(first, [*first[3:], like_event(9)]) as (url, asked):
        found = follow(url, seconds=2.5)
    assert len(set(ids(found))) == 6
    (cursor,) = parse_qs(urlsplit(asked[1]).query)["cursor"]
    assert int(cursor) == NOW + 4 - OVERLAP_MICROSECONDS


def test_a_follower_goes_on_where_it_was_left():
    with stream([]) as (url, asked):
        follow(url, memory=Left(NOW), seconds=0.3)
        follow(url, memory=Left(NOW), seconds=0.3, start="now")
        follow(url, memory=Left(NOW), seconds=0.3, start="oldest")
    cursors = [parse_qs(urlsplit(path).query).get("cursor") for path in asked]
    assert cursors == [[str(NOW - OVERLAP_MICROSECONDS)], None, ["1"]]


def test_a_stream_narrowed_to_people_has_a_place_of_its_own():
    with stream([like_event(1)]) as (url, asked):
        narrow, wide = follow(url, BEA, seconds=0.5), follow(url, seconds=0.5)
    assert parse_qs(urlsplit(asked[0]).query)["wantedDids"] == [BEA]
    assert narrow[-1].cursors[-1].scope != wide[-1].cursors[-1].scope


def test_what_cannot_be_read_is_kept_and_the_rest_goes_on():
    odd = json.dumps(
        {"did": BEA, "time_us": NOW, "kind": "commit", "commit": {"operation": "bend", "rkey": "1"}}
    )
    subject = json.loads(like_event(1))
    subject["commit"]["record"] = {"subject": None}
    unknown = json.dumps({"did": BEA, "time_us": NOW, "kind": "future", "future": {}})
    with stream(["{", odd, json.dumps(subject), unknown, "[]", like_event(2)]) as (url, _):
        found = follow(url)
    assert len(ids(found)) == 1
    reasons = [one.reason for harvest in found for one in harvest.quarantined]
    assert reasons == ["unreadable_event", "unreadable_event", "unreadable_uri", "unreadable_event"]
    assert sum(harvest.records_count for harvest in found) == 6


def test_a_place_that_the_server_no_longer_has_is_an_error_and_not_a_silent_loss():
    old = NOW - 3 * 24 * 3600 * 1_000_000
    with stream([like_event(1)]) as (url, _), pytest.raises(CursorError, match="no longer has") as caught:
        follow(url, memory=Left(old))
    assert "--start oldest" in caught.value.hint


@pytest.mark.parametrize(
    ("position", "version", "message"),
    [(NOW + 10**12, 1, "yet to come"), (NOW, 9, "another version"), ("x", 1, "another version")],
    ids=["future", "other-version", "nonsense"],
)
def test_a_place_that_cannot_be_is_told(position, version, message):
    with stream([]) as (url, _), pytest.raises(CursorError, match=message):
        follow(url, memory=Left(position, version=version))


@pytest.mark.parametrize(
    ("message", "error", "text"),
    [
        (frame("#info", {"name": "OutdatedCursor"}), CursorError, "no longer has"),
        (
            libipld.encode_dag_cbor({"op": -1}) + libipld.encode_dag_cbor({"error": "FutureCursor"}),
            CursorError,
            "has not reached",
        ),
        (
            libipld.encode_dag_cbor({"op": -1}) + libipld.encode_dag_cbor({"error": "Odd", "message": "x"}),
            SourceAnswerError,
            "Odd x",
        ),
    ],
    ids=["outdated", "future", "odd"],
)
def test_what_a_firehose_says_of_itself_is_heard(message, error, text):
    with stream([message]) as (url, asked), pytest.raises(error, match=text):
        follow(url, memory=Left(7), stream="firehose")
    assert asked[0].endswith("subscribeRepos?cursor=7")


def test_a_firehose_from_the_oldest_is_not_surprised_that_there_was_more():
    with stream([frame("#info", {"name": "OutdatedCursor"}), account_frame(5)]) as (url, asked):
        found = follow(url, stream="firehose", start="oldest", seconds=0.5)
    assert [change.reason for harvest in found for change in harvest.withdrawals] == ["deleted"]
    assert found[-1].cursors[-1].position == "5"
    assert asked[0].endswith("?cursor=0")


def test_frames_that_cannot_be_read_are_kept():
    damaged = {
        "seq": 8,
        "repo": BEA,
        "time": "x",
        "ops": [{"action": "create", "path": "app.bsky.feed.like/1"}],
    }
    messages = [b"\xff\x00", b"", "text", frame("#commit", {**damaged, "blocks": b"no car"})]
    messages += [
        frame("#commit", {**damaged, "blocks": b"", "seq": 9}),
        frame("#commit", {"repo": 5, "seq": 10}),
    ]
    messages += [frame("#tombstone", {"did": ANN, "seq": 11, "time": "2026-05-01T00:00:00Z"})]
    messages += [frame("#sync", {"did": ANN, "seq": 12})]
    with stream(messages) as (url, _):
        found = follow(url, stream="firehose", seconds=0.7)
    reasons = [one.reason for harvest in found for one in harvest.quarantined]
    assert sorted(reasons) == [
        "unreadable_actor",
        "unreadable_commit",
        *["unreadable_frame"] * 3,
        "unreadable_record",
    ]
    assert [change.identifier for harvest in found for change in harvest.withdrawals] == [f"bluesky:{ANN}"]
    assert found[-1].cursors[-1].position == "12"


def test_a_firehose_is_narrowed_here():
    with stream([account_frame(1, ANN), account_frame(2, BEA)]) as (url, _):
        found = follow(url, BEA, stream="firehose", seconds=0.5)
    assert [change.identifier for harvest in found for change in harvest.withdrawals] == [f"bluesky:{BEA}"]
    assert found[-1].cursors[-1].position == "2"


def test_a_like_of_the_store_is_found_by_when_its_record_was_named():
    at = read_moment("2026-05-01T10:00:00.500Z")
    stamp = int(at.timestamp() * 1e6) << 10
    letters = "234567abcdefghijklmnopqrstuvwxyz"
    key = "".join(letters[(stamp >> shift) & 31] for shift in range(60, -5, -5))
    near, far, known = (
        KnownReaction(like_id(POST, BEA, when), f"bluesky:{BEA}", "like", f"bluesky:{POST}", record, when)
        for when, record in (
            (read_moment("2026-05-01T10:00:00.400Z"), None),
            (read_moment("2026-05-01T09:59:00Z"), None),
            (read_moment("2026-05-01T10:00:00.450Z"), "bluesky:at://by-its-record"),
        )
    )
    commit = {"operation": "delete", "collection": "app.bsky.feed.like", "rkey": key}
    event = json.dumps({"did": BEA, "time_us": NOW, "kind": "commit", "commit": commit})
    with stream([event]) as (url, _):
        found = follow(url, memory=Left(NOW, near, far, known), seconds=0.7)
    names = [change.identifier for harvest in found for change in harvest.withdrawals]
    assert names == [f"at://{BEA}/app.bsky.feed.like/{key}", near.interaction_id]


def test_one_core_reads_far_more_than_the_whole_network_tells(record_property):
    """CPU time, so that whoever else uses the machine does not matter. 5,000 a second is what is promised."""
    posts = json.loads(like_event(0))
    reply = {"parent": {"uri": POST}, "root": {"uri": POST}}
    record = {"text": "hello " * 20, "createdAt": "2026-05-01T10:00:00Z", "reply": reply, "langs": ["en"]}
    posts["commit"] |= {"collection": "app.bsky.feed.post", "record": record}
    messages = [like_event(number) for number in range(8_000)] + [json.dumps(posts)] * 2_000
    gather = Gather("bluesky", network="bluesky")
    reader = Reader(gather, People(), Lists(), likes=Likes())
    form = live.Jetstream("ws://x", ())
    begun = time.process_time()
    for message in messages:
        decode_event(message)
    decoded = time.process_time()
    for message in messages:
        form.take(message, reader)
    gather.harvest()
    done = time.process_time()
    rates = len(messages) / (decoded - begun), len(messages) / (done - decoded)
    record_property(
        "measured", f"Jetstream events a CPU second: {rates[0]:,.0f} decoded, {rates[1]:,.0f} mapped"
    )
    assert rates[1] > 5_000


def test_a_server_that_never_answers_is_an_error_that_may_pass(monkeypatch):
    monkeypatch.setattr(live, "_ATTEMPTS", 2)
    with pytest.raises(SourceUnreachableError, match="does not answer"):
        follow("ws://127.0.0.1:9", seconds=10)


@pytest.mark.parametrize(
    ("url", "locations", "message"),
    [
        ("ftp://x", (), "no address of a stream"),
        ("localhost", (), "no address"),
        ("ws://x", ("ann.test",), "no DID"),
    ],
)
def test_what_cannot_be_followed_is_told(url, locations, message):
    with pytest.raises(InputError, match=message):
        follow(url, *locations)
