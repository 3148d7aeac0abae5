"""The report: one file, offline, the same bytes every time, safe whatever anybody calls themselves."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from renown.charts import FeaturedActor, build_report, write_report
from renown.charts.theme import palette
from renown.errors import RenownError, TooLittleInputError
from tests.unit.charts.sample import HOSTILE, SCOPE, SCORES, TOP, hostile_actor, report_content, score_row

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """What a browser would make of it, as far as these tests ask."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if "script" in self.open:
            self.scripts.append(text)
        elif "style" not in self.open and "svg" not in self.open:
            self.words.append(text)

    def values(self, attribute):
        return [value for _, name, value in self.attributes if name == attribute]

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def html():
    return build_report(report_content())


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_it_is_well_formed(page):
    assert page.open == []


def test_the_same_content_is_the_same_bytes(html):
    assert build_report(report_content()) == html


def test_nothing_comes_from_elsewhere(html, page):
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & page.tags.keys()
    assert page.values("src") == []
    assert all(href.startswith("#") for href in page.values("href"))
    assert "@import" not in html
    assert "url(" not in html.replace("url(#", "")
    assert set(re.findall(r"https?://[^\s\"'<)]*", html)) <= {"http://www.w3.org/2000/svg"}


def test_the_only_script_is_the_one_that_its_policy_allows(html, page):
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html).group(1)
    assert policy.startswith("default-src 'none'")
    (script,) = page.scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy.replace("&#39;", "'")


def test_every_chart_has_its_sentence_and_its_table(page):
    assert page.tags["figure"] == page.tags["details"] == page.tags["table"] == page.tags["figcaption"] == 11
    drawings = [value for tag, name, value in page.attributes if (tag, name, value) == ("div", "role", "img")]
    assert len(drawings) == 11
    assert page.tags["svg"] == 22
    assert all(page.values("aria-label"))
    assert "maya has" not in page.text
    for label in page.values("aria-label"):
        assert label in page.text or label.startswith(("Table: ", "Actors in"))


def test_ids_are_unique_and_links_lead_somewhere(page):
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.values("href")} <= set(ids)
    assert set(page.values("aria-labelledby")) <= set(ids)


def test_every_score_says_topic_network_and_window(page):
    charts = page.tags["figure"]
    # Once in the head, once a section, and once a chart of scores (the evaluation shows none).
    assert page.text.count(SCOPE.words()) == (charts - 1) + 1 + 1


def test_it_says_what_it_is_for_and_what_it_must_not_be_used_for(page):
    assert "measures how far public speech reached" in page.text
    for use in (
        "credit",
        "insurance",
        "housing",
        "employment",
        "admission",
        "benefits",
        "essential services",
    ):
        assert use in page.text


def test_the_first_screen_tells_who_how_sure_why_and_what_changed(page):
    start = page.text[: page.text.index("The highest scores")]
    for fact in (
        "maya",
        "28 [26–31]",
        "Mostly 47 people, and one post",
        "From 26 on 1 May 2026 to 28 now, mostly through new people",
        "1,204,331 interactions",
    ):
        assert fact in start


def test_sentences_given_win_over_those_made_here():
    actor = replace(
        report_content().actors[0], why="Two people, too few to say more", what_changed="Nobody responded"
    )
    text = Page(build_report(report_content(actors=[actor]))).text
    assert "Two people, too few to say more" in text
    assert "Mostly 47 people, and one post" not in text


def test_it_follows_the_readers_mode_and_prints_on_paper(html):
    dark = "@media screen and (prefers-color-scheme:dark){:root{"
    assert dark in html
    assert f"--paper:{palette('dark')['paper']}" in html.split(dark)[1]
    assert f"--paper:{palette('light')['paper']}" in html.split(dark)[0]
    assert "@media print" in html


def test_words_of_praise_and_blame_do_not_occur(page):
    praise = "great|excellent|impressive|top influencer|best|win|won|beat|congratulations"
    blame = "worst|poor|bad|dropped|lost"
    assert re.findall(rf"\b({praise}|{blame})\b", page.text, re.IGNORECASE) == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_stays_text(text, page):
    # All charts for the worst one; the others show each place where a stranger's text can stand.
    actor = hostile_actor(text)
    if text != HOSTILE["markup"]:
        actor = replace(actor, ledger=actor.ledger[2:3], history=[], changes=None)
    content = report_content(
        title=text,
        definition_name=text,
        definition_hash=text,
        scope=replace(SCOPE, networks=(text,), window=text, topic=text),
        summary=[(text, 3)],
        top=[replace(row, handle=text) for row in TOP],
        actors=[actor],
        evaluation=[replace(row, metric=text, measure=text) for row in report_content().evaluation[:1]],
        evaluation_note=text,
    )
    found = Page(build_report(content))
    assert found.open == []
    assert found.tags.keys() <= page.tags.keys()
    assert found.tags["script"] == 1
    assert {name for _, name, _ in found.attributes} <= {name for _, name, _ in page.attributes}
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]
    assert all(len(word) < 500 for word in found.words)
    written = build_report(content).encode("utf-8")
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", written)
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", written.decode())


def test_an_actor_with_a_score_alone_gets_two_charts():
    found = Page(build_report(report_content(actors=[FeaturedActor(row=score_row())], evaluation=[])))
    assert found.tags["figure"] == 3


def test_without_actors_the_highest_scores_remain():
    found = Page(build_report(report_content(actors=[], evaluation=[])))
    assert found.tags["figure"] == 1
    assert "nav" not in found.tags


def test_without_scores_there_is_no_report():
    with pytest.raises(TooLittleInputError, match="no scores"):
        build_report(report_content(top=[], scores=[], actors=[]))


def test_it_is_written_whole_and_replaces_an_older_one(tmp_path, html):
    path = tmp_path / "new" / "report.html"
    assert write_report(report_content(), path) == path
    assert path.read_text(encoding="utf8") == html
    write_report(report_content(title="Another"), str(path))
    assert "Another" in path.read_text(encoding="utf8")
    assert os.listdir(path.parent) == ["report.html"]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    folder = tmp_path / "report.html"
    folder.mkdir()
    with pytest.raises(RenownError, match=r"report\.html") as caught:
        write_report(report_content(actors=[], evaluation=[]), folder)
    assert caught.value.hint
    assert os.listdir(tmp_path) == ["report.html"]
    (tmp_path / "file").write_text("")
    with pytest.raises(RenownError, match="cannot be written"):
        write_report(report_content(actors=[], evaluation=[]), tmp_path / "file" / "report.html")


def test_many_scores_do_not_grow_the_page(html):
    many = build_report(report_content(scores=SCORES * 200))
    assert len(many) < 1.1 * len(html)
