"""`import web` from real servers on the loopback: rows, wishes, conditional requests, faults."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from renown.errors import InputError, SourceRefusedError, SourceUnreachableError, UnsafeAddressError
from renown.sources import Request, find_source
from renown.sources.openweb import OpenWebOptions
from renown.sources.openweb.harvesting import harvest_web, replay_record
from renown.sources.openweb.mapping import new_gather
from renown.store.harvest import UnreadableRecord, Validator
from renown.types import no_progress
from tests.faulty_server import FaultyServer, Reply
from tests.unit.sources.openweb_site import open_reader, page, site, xml

ITEM = """<item><title>{n}</title><link>{base}/{n}</link><pubDate>Fri, 01 May 2026 10:0{n}:00 GMT</pubDate>
<description>&lt;a href="https://bea.example/{n}"&gt;b&lt;/a&gt;</description></item>"""


def rss(base, count=3, more=""):
    items = "".join(ITEM.format(n=n, base=base) for n in range(count))
    return f"<rss version='2.0'><channel><title>Ann</title>{more}{items}</channel></rss>"


@pytest.fixture
def server():
    with FaultyServer() as running:
        yield running


@pytest.fixture
def ann(server):
    return site(server, "ann.example.org")


class Memory:
    """What earlier readings left behind."""

    def __init__(self, *harvests):
        self.validators = {v.url: v for harvest in harvests for v in harvest.validators}

    def cursor(self, source_name, scope):
        return None

    def validator(self, url) -> Validator | None:
        return self.validators.get(url)


def read(*locations, memory=None, since=None, **options):
    request = Request(locations, OpenWebOptions(**options), since=since, memory=memory or Memory())
    return list(harvest_web(request, progress=no_progress, reader=open_reader()))


def taken_until_it_fails(reading, taken):
    for harvest in reading:
        taken.append(harvest)


def rows(harvests, table="interactions"):
    return [row for harvest in harvests if table in harvest.rows for row in harvest.rows[table].to_pylist()]


def left_out(harvests):
    counts = {}
    for harvest in harvests:
        for flag, count in harvest.left_out_counts.items():
            counts[flag] = counts.get(flag, 0) + count
    return counts


def test_a_feed_becomes_posts_and_citations(server, ann):
    server.plan("/feed", xml(rss(ann)))
    harvests = read(f"{ann}/feed")
    found = rows(harvests)
    port = server.host.partition(":")[2]
    assert [(row["source_actor_id"], row["target_actor_id"], row["kind"]) for row in found] == [
        (f"web:example.org:{port}", "web:bea.example", "citation")
    ] * 3
    assert found[1]["post_id"] == "web:https://bea.example/1"
    assert found[1]["reaction_post_id"] == f"web:{ann}/1"
    assert found[1]["occurred_at"] == datetime(2026, 5, 1, 10, 1, tzinfo=UTC)
    assert [row["text"] for row in rows(harvests, "posts")] == ["0 b", "1 b", "2 b"]
    assert [row["display_name"] for row in rows(harvests, "actors")] == ["Ann"]


def test_the_same_again_gives_the_same_ids_by_whatever_path(server, ann):
    server.plan("/feed", xml(rss(ann, count=1)))
    server.plan("/0", page("<article><a href=https://bea.example/0>b</a></article>"))
    by_feed, by_page = rows(read(f"{ann}/feed")), rows(read(f"{ann}/0"))
    assert {row["interaction_id"] for row in by_feed} == {row["interaction_id"] for row in by_page}
    deep = rows(read(f"{ann}/feed", depth=1))
    assert [row["interaction_id"] for row in deep] == [by_feed[0]["interaction_id"]]


def test_a_post_without_a_time_counts_from_when_it_was_seen(server, ann):
    server.plan("/page", page("<a href=https://bea.example/>b</a>"))
    before = datetime.now(UTC)
    (row,) = rows(read(f"{ann}/page"))
    assert before <= row["occurred_at"] <= datetime.now(UTC)


@pytest.mark.parametrize("claimed", ["2099-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "yesterday"])
def test_a_post_that_claims_an_impossible_time_counts_from_when_it_was_seen(server, ann, claimed):
    server.plan(
        "/page",
        page(
            f"<div class=h-entry><time class=dt-published datetime='{claimed}'></time>"
            "<div class=e-content><a href=https://bea.example/>b</a></div></div>"
        ),
    )
    (row,) = rows(read(f"{ann}/page"))
    assert abs((datetime.now(UTC) - row["occurred_at"]).total_seconds()) < 60


def test_what_has_not_changed_is_not_sent_again(server, ann):
    server.plan("/feed", xml(rss(ann), etag='"v1"'))
    first = read(f"{ann}/feed")
    again = read(f"{ann}/feed", memory=Memory(*first))
    assert rows(again) == []
    assert server.asked_for("/feed")[1].headers["if-none-match"] == '"v1"'


def test_text_leaves_when_a_feed_begins_to_say_noai_and_comes_back_when_it_ends(server, ann, tmp_path):
    import renown

    store, texts = renown.open(tmp_path / "store"), []
    for headers in ({}, {"x-robots-tag": "noai"}, {}):
        server.plan("/feed", xml(rss(ann), **headers))
        store.take_in(read(f"{ann}/feed"))
        texts.append(sorted(str(row["text"]) for row in store.read("posts").to_pylist()))
    assert texts == [["0 b", "1 b", "2 b"], ["None"] * 3, ["0 b", "1 b", "2 b"]]
    assert store.interactions().read_all(["kind"]).num_rows == 3


def test_a_feed_is_known_only_after_the_pages_behind_it_were_read(server, ann):
    """Stopped between the feed and its pages, the next reading asks for the feed in full."""
    server.plan("/feed", xml(rss(ann, count=2), etag='"v1"'))
    server.plan("/0", page("<p>x", headers={"etag": '"p0"'}))
    server.plan("/1", page("<p>y"))
    request = Request((f"{ann}/feed",), OpenWebOptions(depth=1), memory=Memory())
    reading = harvest_web(request, progress=no_progress, reader=open_reader())
    known = {validator.url for validator in next(reading).validators}
    reading.close()
    assert f"{ann}/feed" not in known
    assert {v.url for harvest in read(f"{ann}/feed", depth=1) for v in harvest.validators} >= {f"{ann}/feed"}


def test_pages_that_fail_leave_the_feed_unknown_and_are_an_error(server, ann):
    server.plan("/feed", xml(rss(ann, count=2), etag='"v1"'))
    server.plan("/0", Reply(hang_up=True))
    server.plan("/1", page("<article><a href=https://cat.example/>c</a></article>"))
    request = Request((f"{ann}/feed",), OpenWebOptions(depth=1), memory=Memory())
    reading, taken = harvest_web(request, progress=no_progress, reader=open_reader()), []
    with pytest.raises(SourceUnreachableError):
        taken_until_it_fails(reading, taken)
    assert [v.url for harvest in taken for v in harvest.validators] == []
    assert {row["post_id"] for row in rows(taken)} == {
        "web:https://bea.example/0",
        "web:https://cat.example/",
    }


def test_a_page_leads_to_its_feed(server, ann):
    server.plan("/", page("<link rel=alternate type=application/rss+xml href=/feed><p>welcome"))
    server.plan("/feed", xml(rss(ann)))
    assert len(rows(read(ann))) == 3


def test_a_feed_of_entries_on_a_page_is_read(server, ann):
    entries = "".join(
        f"<div class=h-entry><a class=u-url href=/{n}>{n}</a><a class=u-like-of href=https://bea.example/{n}></a></div>"
        for n in range(4)
    )
    server.plan("/", page(f"<div class=h-feed>{entries}</div>"))
    assert [row["kind"] for row in rows(read(ann))] == ["like"] * 4


def test_depth_is_as_deep_as_said_and_stays_on_the_site(server, ann):
    server.plan(
        "/0", page(f"<article><a href={ann}/1>on</a><a href=http://other.example.net:1/>away</a></article>")
    )
    server.plan("/1", page(f"<article><a href={ann}/2>on</a></article>"))
    server.plan("/2", page(f"<article><a href={ann}/3>on</a></article>"))
    server.plan("/3", page("<article>end</article>"))
    read(f"{ann}/0", depth=2)
    assert [asked.path for asked in server.asked] == ["/robots.txt", "/0", "/1", "/2"]
    read(f"{ann}/0", depth=9, pages=2)
    assert [asked.path for asked in server.asked[4:]] == ["/robots.txt", "/0", "/1"]


def test_own_links_are_kept_as_what_they_are(server, ann):
    server.plan("/0", page(f"<article><a href={ann}/1>on</a></article>"))
    (row,) = rows(read(f"{ann}/0"))
    assert row["source_actor_id"] == row["target_actor_id"]


def test_robots_txt_is_asked_first_and_obeyed(server, ann):
    server.plan(
        "/robots.txt", Reply(b"User-agent: *\nDisallow: /private", headers={"content-type": "text/plain"})
    )
    server.plan("/*", page("<a href=https://bea.example/>b</a>"))
    harvests = read(f"{ann}/private/x", f"{ann}/public")
    assert server.asked_for("/private/x") == []
    assert len(server.asked_for("/robots.txt")) == 1
    assert left_out(harvests) == {"robots.txt": 1}
    assert len(rows(harvests)) == 1


def test_a_redirect_does_not_lead_around_robots_txt(server, ann):
    server.plan("/robots.txt", Reply(b"User-agent: renown\nDisallow: /private"))
    server.plan("/public", Reply(status=302, headers={"location": "/private"}))
    server.plan("/private", page("<a href=https://bea.example/>b</a>"))
    harvests = read(f"{ann}/public")
    assert rows(harvests) == []
    assert left_out(harvests) == {"robots.txt": 1}


def test_a_server_whose_rules_cannot_be_read_is_not_asked(server, ann):
    server.plan("/robots.txt", Reply(status=503))
    server.plan("/page", page("x"))
    with pytest.raises(SourceUnreachableError):
        read(f"{ann}/page")
    assert server.asked_for("/page") == []


@pytest.mark.parametrize(
    ("body", "headers", "flag"),
    [
        ("<meta name=robots content=noindex>", {}, "noindex"),
        ("", {"x-robots-tag": "none"}, "noindex"),
        ("<meta name=tdm-reservation content=1>", {}, "tdm-reservation"),
    ],
)
def test_a_page_that_is_not_to_be_taken_up_is_not_and_goes_if_it_was(server, ann, body, headers, flag):
    server.plan("/page", page(f"{body}<a href=https://bea.example/>b</a>", headers=headers))
    harvests = read(f"{ann}/page")
    assert rows(harvests) == rows(harvests, "posts") == []
    assert left_out(harvests) == {flag: 1}
    (gone,) = [change for harvest in harvests for change in harvest.withdrawals]
    assert (gone.what, gone.identifier, gone.reason) == ("post", f"web:{ann}/page", "not-for-this")


def test_links_that_are_disowned_are_counted_not_taken(server, ann):
    server.plan(
        "/page", page("<a rel=nofollow href=https://bea.example/>b</a><a rel=ugc href=https://cat.example/>")
    )
    harvests = read(f"{ann}/page")
    assert rows(harvests) == []
    assert left_out(harvests) == {"rel-nofollow": 2}


def test_a_page_that_is_gone_takes_its_links_with_it(server, ann):
    server.plan("/page", Reply(status=410))
    taken = []
    reading = harvest_web(
        Request((f"{ann}/page",), OpenWebOptions()), progress=no_progress, reader=open_reader()
    )
    with pytest.raises(SourceRefusedError):
        taken_until_it_fails(reading, taken)
    assert [gone.reason for harvest in taken for gone in harvest.withdrawals] == ["deleted"]


def test_one_address_that_fails_does_not_stop_the_others(server, ann):
    server.plan("/page", page("<a href=https://bea.example/>b</a>"))
    taken = []
    locations = (f"{ann}/missing", f"{ann}/page", f"{ann}/missing-too")
    reading = harvest_web(Request(locations, OpenWebOptions()), progress=no_progress, reader=open_reader())
    with pytest.raises(SourceRefusedError, match="And 1 more"):
        taken_until_it_fails(reading, taken)
    assert len(rows(taken)) == 1


def test_what_is_older_than_asked_for_is_left_out(server, ann):
    server.plan("/feed", xml(rss(ann)))
    since = datetime(2026, 5, 1, 10, 1, tzinfo=UTC)
    assert [row["post_id"] for row in rows(read(f"{ann}/feed", since=since))] == [
        "web:https://bea.example/1",
        "web:https://bea.example/2",
    ]


def test_entries_that_are_not_understood_are_quarantined_one_by_one_and_can_be_replayed(server, ann):
    foreign = (
        "<item><title>x</title><link>https://evil.example/1</link></item><item><title>none</title></item>"
    )
    server.plan("/feed", xml(rss(ann, more=foreign)))
    harvests = read(f"{ann}/feed")
    refused = [record for harvest in harvests for record in harvest.quarantined]
    assert sorted(record.reason for record in refused) == ["foreign_post", "missing_post"]
    assert len(rows(harvests, "posts")) == 3
    with pytest.raises(UnreadableRecord):
        replay_record(refused[0].payload, new_gather())
    public = (
        refused[0]
        .payload.replace("https://evil.example/1", "/mended")
        .replace(ann, "https://ann.example.org")
    )
    gather = new_gather()
    replay_record(public, gather)
    assert rows([gather.harvest()], "posts")[0]["post_id"] == "web:https://ann.example.org/mended"


@pytest.mark.parametrize(
    "payload",
    [
        *("", "5", "{}", '{"feed_record": {}}', '{"feed_record": {"urls": 1, "tags": 2}}'),
        '{"feed_record": {"feed_url": "x"}}',
        '{"feed_url": "x", "content": "<rss><item><link>/1</link></item></rss>"}',
    ],
)
def test_a_payload_of_something_else_is_still_not_understood(payload):
    with pytest.raises(UnreadableRecord):
        replay_record(payload, new_gather())


def test_a_feed_that_is_none_is_quarantined_whole(server, ann):
    server.plan("/feed", xml("<nothing/>"))
    harvests = read(f"{ann}/feed")
    (record,) = [record for harvest in harvests for record in harvest.quarantined]
    assert record.reason == "unreadable_feed"
    assert json.loads(record.payload)["content"] == "<nothing/>"


def test_nothing_is_asked_where_an_address_is_unsafe(server, ann):
    for url in ("http://127.0.0.1:1/", "http://10.0.0.1/", "file:///etc/passwd"):
        with pytest.raises(UnsafeAddressError):
            list(harvest_web(Request((f"{ann}/ok", url), OpenWebOptions()), progress=no_progress))
    assert server.asked == []


def test_no_address_is_no_reading():
    with pytest.raises(InputError, match="No address"):
        list(harvest_web(Request((), None), progress=no_progress))


def test_every_row_of_a_large_feed_comes_in_harvests_of_bounded_size(server, ann):
    items = "".join(
        f"<item><link>{ann}/{n}</link><description>&lt;a href='https://b{n}.example/'&gt;</description></item>"
        for n in range(4_000)
    )
    server.plan("/feed", xml(f"<rss version='2.0'><channel>{items}</channel></rss>"))
    harvests = read(f"{ann}/feed")
    assert len(rows(harvests)) == 4_000
    assert max(sum(table.num_rows for table in harvest.rows.values()) for harvest in harvests) < 3_000


def test_it_is_registered():
    assert find_source("web").options is OpenWebOptions
