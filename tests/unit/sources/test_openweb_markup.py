"""Pages of strangers as trees: whatever is in them, in bounded time; h-entry as mf2py reads it."""

# ruff: noqa: E501 - pieces of markup read better on one line
from __future__ import annotations

import gc
import time
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.sources.openweb.markup import DEEPEST, MOST_ELEMENTS, decode_markup, parse_markup
from renown.sources.openweb.microformats import find_entries

MEGABYTE_OF = 1_000_000


def hrefs(text):
    return [e.attributes["href"] for e in parse_markup(text).walk() if "href" in e.attributes]


def depth(root):
    deepest, waiting = 0, [(root, 0)]
    while waiting:
        element, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in element.children if not isinstance(child, str))
    return deepest


HOSTILE = {
    "tables nested": "<table><tr><td>" * 100_000,
    "elements nested": "<div>" * 200_000,
    "elements nested and closed": "<div>" * 60_000 + "</div>" * 60_000,
    "formatting never closed": "".join(f"<b id={n}>" for n in range(50_000)) + "<p>x" * 50_000,
    "paragraphs in depth": "<div>" * 255 + "<p>" * 90_000,
    "end tags of nothing": "<div>" * 255 + "</x>" * 200_000,
    "comments never closed": "<!--" * 250_000,
    "comments half closed": "<!-- --" * 140_000,
    "tags never closed": "<a " * 330_000,
    "tag openers": "<" * MEGABYTE_OF,
    "declarations": "<!" * 500_000,
    "quotes never closed": '<a href="' * 110_000,
    "quotes mixed": "<a x='\"" * 140_000,
    "attributes without end": "<a " + "x " * 500_000,
    "attributes of signs": "<a " + "=" * MEGABYTE_OF + ">",
    "gaps in a tag": "<a " + "/ " * 500_000 + "=",
    "a name and spaces": "<a b" + " " * MEGABYTE_OF,
    "scripts never closed": "<script>" * 125_000,
    "scripts almost closed": "<script>" + "</script" * 125_000,
    "titles never closed": "<title>" * 140_000,
    "entities": "&amp" * 250_000,
    "a number without end": "&#" + "9" * MEGABYTE_OF + ";",
    "many small elements": "<i></i>" * 140_000,
    "one long class": "<p class='" + "h-entry " * 125_000 + "'>",
    "entries in entries": "<div class=h-entry>" * 50_000,
    "properties": "<div class=h-entry>" + "<a class='u-url u-in-reply-to' href=/x>" * 25_000,
    "NUL bytes": "<a\0 href='java\0script:x'>\0" * 30_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_read_in_bounded_time(name, record_property):
    text = HOSTILE[name]
    before = time.process_time()
    root = parse_markup(text)
    find_entries(root)
    root.text()
    spent = time.process_time() - before
    record_property("measured", f"{name}: {len(text) / 1e6:.1f} MB in {spent:.2f} s of CPU")
    assert spent < 8, f"{spent:.1f} s for {len(text)} characters"
    assert depth(root) <= DEEPEST
    assert sum(1 for _ in root.walk()) <= MOST_ELEMENTS + 1


@pytest.mark.parametrize(
    "name", ["comments half closed", "quotes mixed", "scripts almost closed", "paragraphs in depth"]
)
def test_twice_the_page_takes_about_twice_the_time(name):
    def seconds(text):
        times = []
        gc.disable()  # or what other tests left in memory would be searched over and over
        try:
            for _ in range(3):
                before = time.process_time()
                parse_markup(text)
                times.append(time.process_time() - before)
        finally:
            gc.enable()
        return min(times)

    text = HOSTILE[name]
    half, whole = seconds(text[: len(text) // 2]), seconds(text)
    assert whole < 3.5 * half + 0.1


@given(st.text(alphabet="<>/!-=\"' abpdivscript&;#x0\x00\n", max_size=300))
def test_whatever_the_text_there_is_a_tree(text):
    root = parse_markup(text)
    assert depth(root) <= DEEPEST
    find_entries(root)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<a href=/1>x</a><A HREF='/2'>y", ["/1", "/2"]),
        ('<a href="/a?b=1&amp;c=2">', ["/a?b=1&c=2"]),
        ("<!-- <a href=/hidden> --><a href=/seen>", ["/seen"]),
        ("<script>'<a href=/hidden>'</script><a href=/seen>", ["/seen"]),
        ("<style><a href=/hidden></style><textarea><a href=/hidden></textarea><a href=/seen>", ["/seen"]),
        ("<script><!-- <script> </script> <a href=/seen>", ["/seen"]),
        ("<a href=/1 href=/2>", ["/1"]),
        ("<a title='>' href=/1>", ["/1"]),
        ("<a href = /1 >", ["/1"]),
        ("<p a b c =d <a href=/1>", []),
        ("text <a href=/never-closed", []),
    ],
)
def test_links_are_those_a_browser_would_show(text, expected):
    found = hrefs(text)
    assert found == expected or (expected == [] and found in ([], ["/1"]))


def test_end_tags_that_may_be_left_out():
    root = parse_markup(
        "<ul><li>a<li>b<ul><li>c</ul></ul><p>d<div>e</div><table><tr><td>f<td>g<tr><td>h</table>"
    )
    (outer,) = [e for e in root.walk() if e.tag == "ul"][:1]
    assert [e.tag for e in outer.children if not isinstance(e, str)] == ["li", "li"]
    assert [e.text() for e in root.walk() if e.tag in ("p", "td")] == ["d", "f", "g", "h"]
    assert [len(e.children) for e in root.walk() if e.tag == "tr"] == [2, 1]


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        ("é".encode(), "", "é"),
        ("é".encode("latin-1"), "text/html; charset=ISO-8859-1", "é"),
        ("“".encode("cp1252"), "text/html; charset=latin1", "“"),
        (b"<meta charset=koi8-r>" + "я".encode("koi8-r"), "text/html", "<meta charset=koi8-r>я"),
        ("é".encode("utf-16"), "text/html; charset=utf-8", "é"),
        (b"\xff\xfe\x00", "", "\ufffd"),
        (b"a\xffb", "text/html; charset=utf-8", "a\ufffdb"),
        (b"+ADw-script+AD4-", "text/html; charset=utf-7", "+ADw-script+AD4-"),
        (b"616263", "text/html; charset=hex", "616263"),
        (b"abc", "text/html; charset=no-such-charset", "abc"),
        (b"abc", "text/html; charset=unicode_escape", "abc"),
        ("日本".encode("shift-jis"), "text/html; charset=Shift_JIS", "日本"),
    ],
)
def test_bytes_become_text_whatever_they_claim_to_be(content, content_type, expected):
    assert decode_markup(content, content_type).replace("\ufffd\ufffd", "\ufffd") == expected


PAGES = [
    '<div class="h-entry"><a class="u-url" href="/1">x</a><time class="dt-published" datetime="2026-05-01">d</time></div>',
    """<article class="h-entry"><h1 class="p-name">T</h1><a class="u-in-reply-to" href="https://b.example/1">re</a>
       <div class="e-content"><p>Hi <a href="https://c.example/">c</a></div></article>""",
    """<div class="h-entry"><div class="u-in-reply-to h-cite"><a class="u-url" href="https://b.example/9">b</a></div>
       <div class="p-author h-card"><a class="u-url" href="/ann">Ann</a></div></div>""",
    """<div class="h-feed"><div class="h-entry"><a class="u-url" href="/1">1</a></div>
       <div class="h-entry"><a class="u-url" href="/2">2</a><a class="u-like-of" href="/x">l</a>
       <a class="u-repost-of" href="/y">r</a></div></div>""",
    """<div class="hentry"><a rel="bookmark" href="/old"><abbr class="published" title="2026-01-02T03:04:05Z">d</abbr></a>
       <div class="entry-content">x <a href="/z">z</a></div></div>""",
    '<div class="h-entry"><link class="u-url" href="/l"><a class="p-category">Birds</a><a class="p-category">sea</a></div>',
    '<div class="h-entry"><div class="h-entry"><a class="u-url" href="/inner">i</a></div><a class="u-url" href="/outer">o</a></div>',
]  # fmt: skip


@pytest.mark.parametrize("text", PAGES)
def test_an_entry_is_what_mf2py_finds(text):
    """mf2py as an outside witness."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mf2py

        found = mf2py.parse(doc=text, url=None)
    waiting, expected = list(found["items"]), []
    while waiting:
        item = waiting.pop(0)
        if "h-entry" in item["type"]:
            expected.append(item["properties"])
        else:
            waiting = [*item.get("children", []), *waiting]

    def addresses(properties, name):
        return [
            one if isinstance(one, str) else (one.get("properties", {}).get("url") or [one.get("value")])[0]
            for one in properties.get(name, [])
        ]

    entries = find_entries(parse_markup(text))
    assert len(entries) == len(expected) > 0
    for entry, properties in zip(entries, expected, strict=True):
        assert entry.urls == addresses(properties, "url")
        assert entry.published == (properties.get("published") or [None])[0]
        assert entry.categories == properties.get("category", [])
        stated = {"in-reply-to": "reply", "like-of": "like", "repost-of": "repost", "quotation-of": "quote"}
        wanted = {(url, kind) for name, kind in stated.items() for url in addresses(properties, name)}
        assert set(entry.responses) == wanted
        assert len(entry.contents) == len(properties.get("content", []))
