"""What sites allow."""

from __future__ import annotations

import time
import urllib.robotparser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.sources.openweb.robots import Rules, WishReader, read_robots

RFC_EXAMPLE = """
User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot
"""


@pytest.mark.parametrize(
    ("product", "target", "expected"),
    [
        ("renown", "/example/page.html", False),
        ("renown", "/publications/x", True),
        ("renown", "/a.gif", False),
        ("renown", "/a.gif?x", True),
        ("foobot", "/example/page.html", True),
        ("foobot", "/other", False),
        ("barbot", "/example/page.html", False),
        ("bazbot", "/example/page.html", False),
        ("bazbot", "/a.gif", True),
        ("quxbot", "/example/", True),
        ("foobot", "/robots.txt", True),
    ],
)
def test_the_example_of_rfc_9309(product, target, expected):
    assert read_robots(RFC_EXAMPLE, product).allows(target) is expected


@pytest.mark.parametrize(
    ("pattern", "target", "fits"),
    [
        ("/a", "/abc", True), ("/a$", "/a", True), ("/a$", "/ab", False), ("/*/c", "/a/b/c", True),
        ("/a*b*c$", "/a-b-c", True), ("/a*b*c$", "/a-b-c-d", False), ("/a*bb$", "/abb", True),
        ("/ab*b$", "/ab", False), ("/%7Eann", "/~ann/x", True), ("/ü", "/%C3%BC", True), ("*", "/x", True),
    ],
)  # fmt: skip
def test_a_pattern_fits_what_it_says(pattern, target, fits):
    assert read_robots(f"User-agent: *\nDisallow: {pattern}").allows(target) is not fits


def test_the_longest_pattern_decides_and_allow_before_disallow():
    rules = read_robots("User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\nAllow: /x\nDisallow: /x")
    assert [rules.allows(t) for t in ("/a/x", "/a/b/x", "/a/b/c", "/x")] == [False, True, False, True]


def test_its_own_group_is_the_only_one_that_counts():
    rules = read_robots(
        "User-agent: *\nDisallow: /\n\nUser-agent: Renown\nDisallow: /private\nCrawl-delay: 2.5"
    )
    assert rules.allows("/x")
    assert not rules.allows("/private")
    assert rules.delay_seconds == 2.5


def test_a_delay_is_bounded():
    assert read_robots("User-agent: *\nCrawl-delay: 86400").delay_seconds == 30.0


def test_patterns_that_are_made_to_be_slow_are_not():
    rules = read_robots("User-agent: *\n" + f"Disallow: /{'a*' * 900}b\n" * 50)
    before = time.process_time()
    assert rules.allows("/" + "a" * 1_900)
    assert time.process_time() - before < 2


@given(st.text(max_size=200), st.text(alphabet="/abc*$%41", min_size=1, max_size=20))
def test_whatever_the_file_says_there_is_an_answer(text, target):
    assert isinstance(read_robots(text).allows(target), bool)


@given(
    st.lists(
        st.tuples(st.sampled_from(["Allow", "Disallow"]), st.from_regex(r"[ab][ab/]{0,3}", fullmatch=True)),
        max_size=1,
    ),
    st.from_regex(r"([ab][ab/]{0,5})?", fullmatch=True),
)
def test_plain_rules_mean_what_the_standard_library_reads(rules, rest):
    """urllib.robotparser as a witness where both follow the same rule: one plain prefix."""
    text = "User-agent: *\n" + "\n".join(f"{name}: /{path}" for name, path in rules)
    witness = urllib.robotparser.RobotFileParser()
    witness.parse(text.splitlines())
    assert read_robots(text).allows("/" + rest) == witness.can_fetch("renown", "http://a.example/" + rest)


def test_no_rules_allow_everything():
    assert Rules().allows("/anything")


@pytest.mark.parametrize(
    ("header", "metas", "expected"),
    [
        ({}, [], None),
        ({}, [("robots", "index, follow")], None),
        ({}, [("robots", "NOINDEX")], "noindex"),
        ({}, [("renown", "none")], "noindex"),
        ({}, [("googlebot", "noindex")], None),
        ({"x-robots-tag": "noindex, nofollow"}, [], "noindex"),
        ({"x-robots-tag": "googlebot: noindex"}, [], None),
        ({"x-robots-tag": "googlebot: nofollow, renown: noindex"}, [], "noindex"),
        ({"x-robots-tag": "unavailable_after: 25 Jun 2030 15:00:00 PST, noindex"}, [], "noindex"),
        ({"tdm-reservation": "1"}, [], "tdm-reservation"),
        ({"tdm-reservation": "0"}, [("tdm-reservation", "0")], None),
        ({}, [("tdm-reservation", "1")], "tdm-reservation"),
        ({}, [("robots", "noai, noimageai")], None),
    ],
)
def test_a_wish_is_heard(header, metas, expected):
    reader = WishReader()
    reader.header(header)
    for name, content in metas:
        reader.meta(name, content)
    assert reader.wishes().refusal == expected


def test_nofollow_and_noai_are_told_apart():
    reader = WishReader()
    reader.meta("robots", "nofollow, noai")
    wishes = reader.wishes()
    assert (wishes.is_nofollow, wishes.is_noai, wishes.is_noindex) == (True, True, False)
