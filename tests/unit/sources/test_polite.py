"""The polite client against a real server that misbehaves."""

from __future__ import annotations

import email.utils
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.errors import (
    SourceAnswerError,
    SourceLimitError,
    SourceRefusedError,
    SourceUnreachableError,
)
from renown.sources.polite import MEGABYTE, Manners, PoliteClient, seconds_until, user_agent
from tests.faulty_server import FaultyServer, Reply


@pytest.fixture
def server():
    with FaultyServer() as server:
        yield server


@pytest.fixture
def slept():
    return []


@pytest.fixture
def client(slept):
    with PoliteClient("example", sleep=slept.append) as client:
        yield client


def brisk(**manners):
    """A client that really waits, for a short while only."""
    return PoliteClient("example", manners=Manners(**manners))


# Who asks


def test_says_who_asks_and_how_to_reach_whoever_runs_it(server, monkeypatch):
    monkeypatch.setenv("RENOWN_CONTACT", "mailto:ann@meadow.example")
    server.plan("/", Reply.json({}))
    with PoliteClient("example") as client:
        client.get_json(server.url)
    said = server.asked[0].headers["user-agent"]
    assert said.startswith("Renown/")
    assert said.endswith("(example; mailto:ann@meadow.example)")


@pytest.mark.parametrize("contact", ["Jürgen", "two\nlines", "a\r\nx-forged: 1", "\x07"])
def test_no_contact_can_stop_or_forge_a_request(server, monkeypatch, contact):
    monkeypatch.setenv("RENOWN_CONTACT", contact)
    server.plan("/", Reply.json({}))
    with PoliteClient("example") as client:
        client.get_json(server.url)
    assert "x-forged" not in server.asked[0].headers


def test_a_contact_that_is_not_given_is_said_to_be_missing(monkeypatch):
    monkeypatch.delenv("RENOWN_CONTACT", raising=False)
    assert user_agent("example").endswith("(example; no contact given)")


# Later


def test_retry_after_is_obeyed(server):
    server.plan("/", Reply(status=429, headers={"retry-after": "1"}), Reply.json([1]))
    with brisk() as client:
        assert client.get_json(server.url) == [1]
    first, second = (asked.time_seconds for asked in server.asked)
    assert 1.0 <= second - first < 2.5


@pytest.mark.parametrize(
    "reset",
    [
        lambda moment: moment.isoformat(),  # Mastodon
        lambda moment: str(int(moment.timestamp()) + 1),  # GitHub, Bluesky
        lambda moment: "2",  # Reddit
    ],
)
def test_a_server_that_allows_no_more_is_not_asked_before_its_reset(server, reset):
    moment = datetime.now(UTC) + timedelta(seconds=1.2)
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset(moment)}
    server.plan("/", Reply.json([], headers=spent), Reply.json([]))
    with brisk() as client:
        client.get_json(server.url)
        client.get_json(server.url)
    first, second = (asked.time_seconds for asked in server.asked)
    assert 1.0 <= second - first < 3.5


def test_what_is_left_is_used(server, client, slept):
    left = {"x-ratelimit-remaining": "3.0", "x-ratelimit-reset": "300"}
    server.plan("/", Reply.json([], headers=left))
    client.get_json(server.url)
    client.get_json(server.url)
    assert slept == []


def test_a_spent_limit_that_answers_403_is_a_limit_and_no_refusal(server):
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}
    server.plan("/", Reply(status=403, headers=spent), Reply.json([1]))
    with brisk() as client:
        assert client.get_json(server.url) == [1]


def test_one_thread_told_to_wait_holds_all_that_ask_the_same_host(server):
    server.plan("/", Reply(status=429, headers={"retry-after": "1"}), Reply.json([1]))
    with brisk() as client:
        first = threading.Thread(target=client.get_json, args=(server.url,))
        first.start()
        while not server.asked:
            time.sleep(0.005)
        time.sleep(0.1)
        client.get_json(server.url)
        first.join()
    times = [asked.time_seconds for asked in server.asked]
    assert len(times) == 3
    assert times[1] - times[0] >= 1.0


def test_a_host_that_waits_does_not_hold_up_another(server):
    with FaultyServer() as other, brisk(concurrent_count=1) as client:
        server.plan("/", Reply(status=429, headers={"retry-after": "2"}), Reply.json([1]))
        other.plan("/", Reply.json([2]))
        waiting = threading.Thread(target=client.get_json, args=(server.url,))
        waiting.start()
        while not server.asked:
            time.sleep(0.005)
        time.sleep(0.1)
        started = time.monotonic()
        assert client.get_json(other.url) == [2]
        assert time.monotonic() - started < 1.0
        waiting.join()


def test_too_long_a_wait_is_an_error_that_says_when_to_come_back(server, client, slept):
    server.plan("/", Reply(status=429, headers={"retry-after": "7200"}))
    for _ in range(2):
        with pytest.raises(SourceLimitError, match="less often") as caught:
            client.get(server.url)
    assert caught.value.is_retryable
    assert 7190 < caught.value.retry_after_seconds <= 7200
    assert slept == []
    assert len(server.asked) == 1, "the server said when; it is not asked before"


def test_a_limit_that_does_not_say_when_is_met_with_growing_pauses(server, client, slept):
    server.plan("/", Reply(status=429))
    with pytest.raises(SourceLimitError):
        client.get(server.url)
    assert slept == sorted(slept)
    assert len(slept) == 4
    assert len(server.asked) == 5


def test_retry_after_zero_is_no_licence_to_hammer(server, client, slept):
    server.plan("/", Reply(status=429, headers={"retry-after": "0"}))
    with pytest.raises(SourceLimitError):
        client.get(server.url)
    assert sum(slept) > 5


# Not again


def test_an_answer_that_is_still_good_is_not_sent_again(server, client):
    server.plan("/", Reply.json([1, 2], headers={"etag": '"v1"'}))
    first = client.get(server.url + "/", {"page": "1"})
    again = client.get(server.url + "/", {"page": "1"}, validator=first.validator)
    assert not first.is_unchanged
    assert first.json() == [1, 2]
    assert again.is_unchanged
    assert again.content == b""
    assert server.asked[1].headers["if-none-match"] == '"v1"'


def test_last_modified_will_do_as_well(server, client):
    server.plan("/", Reply.json([], headers={"last-modified": "Tue, 05 May 2026 10:00:00 GMT"}))
    first = client.get(server.url)
    client.get(server.url, validator=first.validator)
    assert server.asked[1].headers["if-modified-since"] == "Tue, 05 May 2026 10:00:00 GMT"


def test_two_pages_have_two_validators(server, client):
    server.plan("/", Reply.json([], headers={"etag": '"v1"'}))
    urls = {client.get(server.url + "/", {"page": str(page)}).validator.url for page in range(2)}
    assert urls == {f"{server.url}/?page=0", f"{server.url}/?page=1"}


def test_an_address_keeps_its_own_parameters(server, client):
    server.plan("/", Reply.json([]))
    client.get(server.url + "/?max_id=7", {})
    assert server.asked[0].query == {"max_id": "7"}


# Trying again, or not


@pytest.mark.parametrize(
    "fault",
    [
        Reply(status=500),
        Reply(status=502),
        Reply(status=503, headers={"retry-after": "0"}),
        Reply(status=408),
        Reply(hang_up=True),
        Reply(b"[1, 2, 3]", cut_after_bytes=4),
        Reply(b'[{"id": 1}, {"id"', headers={"content-type": "application/json"}),
        Reply(b"\x1f\x8bnot really", headers={"content-encoding": "gzip"}),
    ],
    ids=["500", "502", "503", "408", "hang-up", "cut", "truncated-json", "bad-gzip"],
)
def test_passing_trouble_is_sat_out(server, client, slept, fault):
    server.plan("/", fault, Reply.json([1]))
    assert client.get_json(server.url) == [1]
    assert len(server.asked) == 2
    assert sum(slept) > 0


def test_trouble_that_stays_is_an_error_worth_trying_again(server, client):
    server.plan("/", Reply(status=500))
    with pytest.raises(SourceUnreachableError) as caught:
        client.get(server.url)
    assert caught.value.is_retryable
    assert len(server.asked) == 5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 451])
def test_a_no_is_a_no(server, client, slept, status):
    server.plan("/", Reply(status=status))
    with pytest.raises(SourceRefusedError, match=str(status)) as caught:
        client.get(server.url)
    assert caught.value.status == status
    assert not caught.value.is_retryable
    assert len(server.asked) == 1
    assert slept == []


def test_a_page_of_html_is_no_passing_trouble(server, client):
    server.plan("/", Reply(b"<!doctype html><script>alert(1)</script>"))
    with pytest.raises(SourceAnswerError) as caught:
        client.get_json(server.url)
    assert not caught.value.is_retryable
    assert len(server.asked) == 1


def test_json_nested_without_end_is_refused(server, client):
    server.plan("/", Reply(b"[" * 200_000))
    with pytest.raises(SourceAnswerError, match="nested"):
        client.get_json(server.url)


@pytest.mark.parametrize(
    "address",
    [
        "http://[::1",
        "http://a\x00b/",
        "ftp://meadow.example/",
        "nonsense",
        "http://\udcff/",
    ],
)
def test_what_is_no_address_is_refused_and_not_tried_again(client, slept, address):
    with pytest.raises(SourceRefusedError):
        client.get(address)
    assert slept == []


def test_nobody_there_is_worth_trying_again(client, slept):
    with FaultyServer() as gone:
        url = gone.url
    with pytest.raises(SourceUnreachableError, match="cannot be reached"):
        client.get(url)
    assert len(slept) == 4


def test_redirects_are_followed_and_circles_are_not(server, client):
    server.plan("/old", Reply(status=301, headers={"location": "/new?a=b"}))
    server.plan("/new", Reply.json([1]))
    answer = client.get(server.url + "/old")
    assert (answer.url, answer.final_url) == (f"{server.url}/old", f"{server.url}/new?a=b")
    server.plan("/circle", Reply(status=302, headers={"location": "/circle"}))
    with pytest.raises(SourceRefusedError):
        client.get(server.url + "/circle")
    assert len(server.asked_for("/circle")) <= 21


# Limits


def test_a_huge_answer_is_not_read_to_the_end(server):
    import tracemalloc

    server.plan("/", Reply.huge(200 * MEGABYTE))
    tracemalloc.start()
    try:
        with brisk(limit_bytes=MEGABYTE) as client, pytest.raises(SourceAnswerError, match="more than 1 MB"):
            client.get(server.url)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * MEGABYTE


def test_an_answer_that_drips_is_given_up(server):
    server.plan("/", Reply(lambda: (time.sleep(0.05) or b"x" for _ in range(100))))
    started = time.monotonic()
    with (
        brisk(answer_seconds=0.3, attempts_count=1) as client,
        pytest.raises(SourceUnreachableError, match="longer than"),
    ):
        client.get(server.url)
    assert time.monotonic() - started < 2.0


def test_silence_is_given_up(server):
    server.plan("/", Reply.json([], delay_seconds=2.0))
    with brisk(timeout_seconds=0.2, attempts_count=1) as client, pytest.raises(SourceUnreachableError):
        client.get(server.url)


def test_no_more_than_a_few_requests_are_under_way(server):
    server.plan("/*", Reply.json([], delay_seconds=0.05))
    with brisk(concurrent_count=3) as client:
        urls = [f"{server.url}/{number}" for number in range(18)]
        answers = list(client.for_each(client.get, urls))
    assert [answer.url for answer in answers] == urls
    assert server.peak_count == 3


def test_of_many_things_only_the_next_few_are_taken(server):
    taken = []
    server.plan("/*", Reply.json([]))

    def urls():
        for number in range(1_000):
            taken.append(number)
            yield f"{server.url}/{number}"

    with brisk(concurrent_count=2) as client:
        results = client.for_each(client.get, urls())
        next(results)
        results.close()
    assert len(taken) < 20


def test_an_error_ends_the_asking(server):
    server.plan("/*", Reply.json([]))
    server.plan("/3", Reply(status=404))
    with brisk(concurrent_count=2) as client, pytest.raises(SourceRefusedError):
        list(client.for_each(client.get, [f"{server.url}/{number}" for number in range(500)]))
    assert len(server.asked) < 20


# Streams


def test_a_stream_comes_line_by_line(server, client):
    server.plan("/", Reply.events(("update", '{"a": "ü"}'), ("delete", "7")))
    with client.stream(server.url) as lines:
        assert list(lines) == [":)", "event: update", 'data: {"a": "ü"}', "", "event: delete", "data: 7", ""]


def test_a_line_without_an_end_is_not_collected(server):
    server.plan("/", Reply.huge(200 * MEGABYTE))
    with (
        brisk(limit_bytes=MEGABYTE) as client,
        pytest.raises(SourceAnswerError, match="without an end"),
        client.stream(server.url) as lines,
    ):
        list(lines)


def test_a_stream_that_breaks_off_says_so(server, client):
    server.plan("/", Reply(b"event: update\ndata: {}\n\nevent: upd", cut_after_bytes=30))
    with pytest.raises(SourceUnreachableError), client.stream(server.url) as lines:
        list(lines)


def test_what_the_reader_of_a_stream_raises_stays_what_it_is(server, client):
    server.plan("/", Reply.events(("update", "{}")))
    with pytest.raises(UnicodeDecodeError), client.stream(server.url):
        b"\xff".decode()


# What headers mean


@given(st.text(max_size=40))
def test_no_header_is_too_strange(text):
    wait = seconds_until(text)
    assert wait is None or wait >= 0


@given(st.integers(0, 100_000))
def test_the_same_wait_in_four_ways(seconds):
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    said = (
        str(seconds),
        str(moment.timestamp()),
        moment.isoformat(),
        email.utils.format_datetime(moment, usegmt=True),
    )
    for text in said:
        assert seconds_until(text) == pytest.approx(seconds, abs=1.5)
