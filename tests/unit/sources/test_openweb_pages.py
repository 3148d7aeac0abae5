"""Pages and feeds: which posts, which links, whose word."""

# ruff: noqa: E501 - pieces of markup read better on one line
from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.sources.openweb.feeds import FeedRecord, is_feed, post_of, read_feed
from renown.sources.openweb.mapping import map_post, new_gather
from renown.sources.openweb.pages import read_page
from renown.sources.openweb.sites import response_id, site_of, spelled
from renown.store.harvest import UnreadableRecord

ANN = "https://ann.example.org/post"


def read(body, url=ANN, **headers):
    return read_page(url, body.encode(), {name.replace("_", "-"): value for name, value in headers.items()})


def cited(body, url=ANN):
    (post,) = read(body, url).posts
    return [response.url for response in post.responses]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p><a href=https://b.example/1>b</a>", ["https://b.example/1"]),
        ("<nav><a href=https://n.example/></nav><footer><a href=https://f.example/></footer><p>x", []),
        ("<p><a href=https://s.example/></p><article><a href=https://b.example/></article>", ["https://b.example/"]),
        ("<main><a href=https://b.example/></main><aside><a href=https://s.example/></aside>", ["https://b.example/"]),
        ("<a href=https://b.example/1#a><a href=HTTPS://B.example/1?utm_source=feed>", ["https://b.example/1"]),
        ("<a href=javascript:alert(1)><a href=data:text/html,x><a href=mailto:a@b.example><a href='java\0script:x'>", []),
        ("<a href=http://127.0.0.1/><a href=http://localhost/><a href=http://10.0.0.1:99/><a href=http://u@b.example>", []),
        ("<base href=https://b.example/x/><a href=y>", ["https://b.example/x/y"]),
        ("<base href=javascript:x><a href=/y>", ["https://ann.example.org/y"]),
        ("<a href=>x<a href='#top'>y<a href=''>z<a>n", []),
        ("<template><a href=https://t.example/></template>", []),
        ("<article>o<article><a href=https://c.example/></article></article>", ["https://c.example/"]),
    ],
)  # fmt: skip
def test_the_links_of_a_page_are_those_of_its_own_words(body, expected):
    assert cited(body) == expected


@pytest.mark.parametrize("rel", ["nofollow", "NoFollow ugc", "sponsored", "external ugc"])
def test_a_link_that_is_not_the_authors_word_is_no_citation(rel):
    (post,) = read(
        f'<a href=https://b.example/ rel="{rel}">b</a><a href=https://c.example/ rel=noopener>c</a>'
    ).posts
    assert [response.url for response in post.responses] == ["https://c.example/"]
    assert post.disowned_count == 1


def test_a_page_that_says_nofollow_cites_nobody():
    (post,) = read("<meta name=robots content=nofollow><a href=https://b.example/>").posts
    assert post.responses == ()
    assert post.disowned_count == 1


@pytest.mark.parametrize(
    ("body", "headers", "flag"),
    [
        ("<meta name=robots content='noindex, follow'>", {}, "noindex"),
        ("<meta name=ROBOTS content=NONE>", {}, "noindex"),
        ("", {"x_robots_tag": "noindex"}, "noindex"),
        ("", {"tdm_reservation": "1"}, "tdm-reservation"),
        ("<p>nothing said", {}, None),
        ("<!-- <meta name=robots content=noindex> -->", {}, None),
    ],
)
def test_what_a_page_wishes_is_heard(body, headers, flag):
    assert read(body, **headers).wishes.refusal == flag


def test_an_entry_says_what_it_is_to_others():
    page = read("""<article class=h-entry><a class=u-url href=/post>.</a>
        <time class=dt-published datetime=2026-05-01T10:00:00+02:00></time>
        <a class=u-in-reply-to href=https://b.example/1>re</a><a class=p-category>#Birds</a>
        <div class=e-content>see <a href=https://b.example/1>b</a> and <a href=https://c.example/>c</a></div>
        </article>""")
    (post,) = page.posts
    assert page.has_entries
    assert post.url == ANN
    assert post.published_at == datetime(2026, 5, 1, 8, tzinfo=UTC)
    assert post.hashtags == ("birds",)
    assert [(one.url, one.kind) for one in post.responses] == [
        ("https://b.example/1", "reply"),
        ("https://c.example/", "citation"),
    ]
    assert post.text is None, "of a page no text is kept"


def test_a_feed_of_entries_speaks_for_its_own_site_only():
    entry = "<div class=h-entry><a class=u-url href={}>x</a><div class=e-content><a href=https://c.example/{}>c</a></div></div>"
    page = read(entry.format("/1", 1) + entry.format("https://b.example/2", 2) + entry.format("/3", 3))
    assert [post.url for post in page.posts] == ["https://ann.example.org/1", "https://ann.example.org/3"]


def test_an_entry_that_claims_to_be_elsewhere_is_not_believed():
    assert read("<div class=h-entry><a class=u-url href=https://b.example/2>x</a></div>").posts == ()


RSS = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Ann &amp; Co</title>
<link>https://ann.example.org/</link><language>en</language>{meta}
<item><title>First</title><link>https://ann.example.org/1</link><pubDate>Fri, 01 May 2026 10:00:00 +0200</pubDate>
<category>Birds</category><description>&lt;p&gt;See &lt;a href="https://b.example/x"&gt;Bea&lt;/a&gt;
&lt;script&gt;alert(1)&lt;/script&gt;&lt;a rel="nofollow" href="https://n.example/"&gt;n&lt;/a&gt;</description></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Ann &amp; Co</title>
<entry><title>First</title><id>tag:ann,1</id><link rel="alternate" href="https://ann.example.org/1"/>
<published>2026-05-01T08:00:00Z</published><category term="Birds"/>
<content type="html">&lt;p&gt;See &lt;a href="https://b.example/x"&gt;Bea&lt;/a&gt;
&lt;a rel="nofollow" href="https://n.example/"&gt;n&lt;/a&gt;</content></entry></feed>"""
JSON = """{"version": "https://jsonfeed.org/version/1.1", "title": "Ann & Co", "language": "en", "items": [
{"id": "1", "url": "https://ann.example.org/1", "title": "First", "date_published": "2026-05-01T10:00:00+02:00",
"tags": ["Birds"], "content_html": "<p>See <a href='https://b.example/x'>Bea</a> <a rel='nofollow' href='https://n.example/'>n</a>"}]}"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Ann &amp; Co</title><dc:language>en</dc:language></channel>
<item><title>First</title><link>https://ann.example.org/1</link><dc:date>2026-05-01T08:00:00Z</dc:date>
<dc:subject>Birds</dc:subject><description>&lt;p&gt;See &lt;a href="https://b.example/x"&gt;Bea&lt;/a&gt;
&lt;a rel="nofollow" href="https://n.example/"&gt;n&lt;/a&gt;</description></item></rdf:RDF>"""
FEED = "https://ann.example.org/feed"


@pytest.mark.parametrize("text", [RSS, ATOM, JSON, RDF], ids=["rss", "atom", "json", "rdf"])
def test_feeds_of_every_form_say_the_same(text):
    feed = read_feed(FEED, text.replace("{meta}", "").encode(), {})
    (record,) = feed.records
    post = post_of(record)
    assert feed.title == "Ann & Co"
    assert post.url == "https://ann.example.org/1"
    assert post.published_at == datetime(2026, 5, 1, 8, tzinfo=UTC)
    assert [response.url for response in post.responses] == ["https://b.example/x"]
    assert post.disowned_count == 1
    assert post.hashtags == ("birds",)
    assert post.language == "en"
    assert post.text == "First See Bea n"


def test_the_text_of_a_feed_that_says_noai_is_not_kept():
    feed = read_feed(FEED, RSS.replace("{meta}", "").encode(), {"x-robots-tag": "noai"})
    assert post_of(feed.records[0], is_noai=feed.wishes.is_noai).text is None


@pytest.mark.parametrize(
    "meta",
    [
        '<meta xmlns="http://www.w3.org/1999/xhtml" name="robots" content="noindex"/>',
        '<xhtml:meta xmlns:xhtml="http://www.w3.org/1999/xhtml" name="robots" content="noindex" />',
        '<access:restriction relationship="deny" xmlns:access="http://www.bloglines.com/about/specs/fac-1.0"/>',
    ],
)
def test_a_feed_can_say_that_it_is_not_to_be_taken_up(meta):
    assert read_feed(FEED, RSS.replace("{meta}", meta).encode(), {}).wishes.refusal == "noindex"


def test_the_link_of_a_link_blog_is_what_it_cites():
    post = post_of(FeedRecord(FEED, urls=("https://b.example/news", "https://ann.example.org/linked/1")))
    assert post.url == "https://ann.example.org/linked/1"
    assert [response.url for response in post.responses] == ["https://b.example/news"]


@pytest.mark.parametrize(
    ("urls", "reason"), [((), "missing_post"), (("https://b.example/1",), "foreign_post")]
)
def test_a_feed_cannot_put_words_into_the_mouth_of_another_site(urls, reason):
    with pytest.raises(UnreadableRecord) as caught:
        post_of(FeedRecord(FEED, urls=urls))
    assert caught.value.reason == reason


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "&lol;"}">' for n in range(12))
    + "]><rss><channel><title>&l11;</title><item><title>&l11;</title></item></channel></rss>"
)
OUTSIDE = (
    '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><title>&x;</title></channel></rss>'
)


@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE, LAUGHS.replace("<!ENTITY", "<!  entity")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_a_feed_that_declares_entities_is_not_read(text, encoding):
    before = time.process_time()
    with pytest.raises(UnreadableRecord) as caught:
        read_feed(FEED, text.encode(encoding), {"content-type": "application/xml"})
    assert caught.value.reason == "entities"
    assert time.process_time() - before < 1


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\0\0\0", b"<html><p>no feed", b"{}", b'{"version": 1, "items": []}', b"[1]", b'{"a":' * 5_000, b"{" * 99,
        b'{"version": "https://jsonfeed.org/version/1", "items": 5}', b"plain text",
    ],
)  # fmt: skip
def test_what_is_no_feed_is_said_to_be_none(content):
    with pytest.raises(UnreadableRecord) as caught:
        read_feed(FEED, content, {})
    assert caught.value.reason == "unreadable_feed"


@pytest.mark.parametrize(
    "content",
    [
        RSS.replace("{meta}", "")[:-60].encode(),
        RSS.replace("{meta}", "").replace("First", "First\x00\x01 & <b>x").encode(),
        RSS.replace("{meta}", "").replace("utf-8", "no-such-charset").encode(),
        ("<rss><channel>" + "<item><link>/1</link>" * 2_000).encode(),
        b'{"version": "https://jsonfeed.org/version/1", "items": [null, 5, {"url": 7}, {"url": "/1", "tags": {}}]}',
    ],
)
def test_a_broken_feed_gives_what_can_be_read(content):
    records = read_feed(FEED, content, {}).records
    assert records
    for record in records:
        with contextlib.suppress(UnreadableRecord):
            assert site_of(post_of(record).url) == "example.org"


PIECES = st.sampled_from(
    ["<a href=https://b.example/1>", "<div class='h-entry e-content'>", "<rss><channel><item>", "<link>/1</link>", "<feed>",
     "<entry>", "<title>", "&#55296;", "\\ud800", '{"version":"https://jsonfeed.org/version/1","items":[', '{"url":"/1",', "]}",
     '"title":"\\ud800"}', "\0", "<base href='http://[::1'>", "<a class=u-url href='//['>", "</a>", "<meta name=robots content='"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=5)), st.sampled_from(["", "text/html; charset=utf-16", "text/xml"]))
@settings(deadline=None)
def test_whatever_is_sent_becomes_rows_or_is_said_to_be_none(pieces, kind):
    content = "".join(pieces).encode("utf-8", "replace")
    gather = new_gather()
    for post in read_page(ANN, content, {"content-type": kind}).posts:
        map_post(gather, post, seen_at=datetime.now(UTC))
    with contextlib.suppress(UnreadableRecord):
        for record in read_feed(FEED, content, {"content-type": kind}).records:
            with gather.reading(record.payload()):
                map_post(gather, post_of(record), seen_at=datetime.now(UTC))
    gather.harvest()


def test_halves_of_characters_do_not_come_in():
    item = '{"url": "/1", "title": "a\\ud800b", "tags": ["\\udfff"], "content_html": "<a href=\'https://b.example/\\ud800\'>"}'
    text = '{"version": "https://jsonfeed.org/version/1", "title": "\\ud800", "items": [' + item + "]}"
    gather = new_gather()
    for record in read_feed(FEED, text.encode(), {}).records:
        map_post(gather, post_of(record), seen_at=datetime.now(UTC))
    assert gather.harvest().rows["posts"]["text"].to_pylist() == ["a?b"]


@pytest.mark.parametrize(
    "piece", ["<a><b>", "<item>", "<content:encoded>", "<description><![CDATA[", "&amp", "<!--", "<?x "]
)
def test_a_hostile_feed_is_read_in_bounded_time(piece, record_property):
    text = "<rss><channel><item><description>" + piece * (500_000 // len(piece))
    before = time.process_time()
    with contextlib.suppress(UnreadableRecord):
        read_feed(FEED, text.encode(), {})
    spent = time.process_time() - before
    record_property("measured", f"{piece!r}: 0.5 MB in {spent:.2f} s of CPU")
    assert spent < 20


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.example.org/", "example.org"),
        ("https://deep.er.blog.example.co.uk/x", "example.co.uk"),
        ("https://ann.github.io/", "ann.github.io"),
        ("https://example.org/@ann/1", "example.org/@ann"),
        ("https://example.org/~", "example.org"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("http://9.9.9.9/x", "9.9.9.9"),
        ("http://[2620:fe::fe]/x", "2620:fe::fe"),
        ("https://github.io/", "github.io"),
    ],
)
def test_a_site_is_who_registered_it(url, expected):
    assert site_of(url) == expected


def test_the_id_of_a_link_is_its_two_ends():
    one, other = spelled("https://a.example/1?utm_campaign=x#y"), spelled("HTTPS://A.example:443/1")
    assert response_id(one, "https://b.example/") == response_id(other, "https://b.example/")
    assert response_id("https://a.example/1", "https://b.example/") != response_id("https://b.example/", one)


@pytest.mark.parametrize(
    ("kind", "start", "expected"),
    [
        ("text/html", b"<?xml version='1.0'?><rss>", True),
        ("text/html", b"<?xml version='1.0'?><html>", False),
        ("application/xhtml+xml", b"<html>", False),
        ("application/json", b"{}", True),
    ],
)
def test_a_feed_is_told_from_a_page(kind, start, expected):
    assert is_feed(kind, start) is expected
