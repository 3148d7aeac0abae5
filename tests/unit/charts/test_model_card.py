"""A model card as pages: figures are the record's, what is missing says so, nothing comes from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest
from markdown_it import MarkdownIt

from renown.charts.model_card import build_model_card, card_as_markdown, card_figures, card_tiles
from renown.charts.model_card_groups import chart_groups
from renown.charts.model_card_sections import card_sections
from renown.charts.model_card_words import number, percent
from renown.errors import TooLittleInputError
from renown.evaluate.model_card_records import Absent, Count, ModelCard
from tests.unit.charts.sample import HOSTILE
from tests.unit.charts.sample_card import STORY, axis, coverage, model_card, prediction
from tests.unit.charts.test_report import Page

EMPTY = dict.fromkeys(("fit", "coverage", "ranks", "prediction", "truth", "judgements", "causal", "attacks"))


@pytest.fixture(scope="module")
def html():
    return build_model_card(model_card(), STORY)


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


@pytest.fixture(scope="module")
def markdown():
    return card_as_markdown(model_card(), STORY)


def test_the_page_is_well_formed_and_the_same_every_time(html, page):
    assert page.open == []
    assert build_model_card(model_card(), STORY) == html


def test_nothing_comes_from_elsewhere(html, page):
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & page.tags.keys()
    assert page.values("src") == []
    assert all(href.startswith("#") for href in page.values("href"))
    assert "url(" not in html.replace("url(#", "")
    assert set(re.findall(r"https?://[^\s\"'<)]*", html)) <= {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in html.replace("&#39;", "'")


def test_ids_are_unique_and_links_lead_somewhere(page):
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.values("href")} <= set(ids)
    assert set(page.values("aria-labelledby")) <= set(ids)


def test_every_chart_has_its_sentence_and_its_table(page):
    figures = len(card_figures(model_card(), STORY, width=760))
    assert page.tags["figure"] == figures == 6
    drawings = [value for tag, name, value in page.attributes if (tag, name, value) == ("div", "role", "img")]
    assert len(drawings) == figures
    assert all(page.values("aria-label"))


# ---- every figure printed is the record's


def leaves(found: object) -> Iterator[float]:
    """Every number of a record."""
    if isinstance(found, dict):
        for value in found.values():
            yield from leaves(value)
    elif isinstance(found, list | tuple):
        for value in found:
            yield from leaves(value)
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield float(found)


def is_rounding_of(text: str, known: list[float]) -> bool:
    """Whether a printed figure is one of the known numbers, or a share of them in hundredths, rounded."""
    digits = len(text.partition(".")[2])
    printed = float(text)
    step = 0.5 * 10**-digits + 1e-9
    if any(abs(abs(value) * scale - abs(printed)) <= step for value in known for scale in (1, 100, 1000)):
        return True
    # Sentences say large counts to two digits ("about 12,000 actors"), amounts of money to three.
    return any(
        value and printed in (float(f"{abs(value):.2g}"), float(f"{abs(value):.3g}")) for value in known
    )


FIGURE = re.compile(r"(?<![\w.:\-/])[+−]?\d[\d,]*(?:\.\d+)?(?![\w:\-/])")
STATED = {
    "95",  # what intervals of evaluations cover
    "100",  # "of 100", NDCG@100
    "1000",
    "50", "80", "90",  # levels of the intervals
}  # fmt: skip


def printed_figures(text: str) -> list[str]:
    """Figures of a text, dates left out."""
    undated = re.sub(r"\d+ (January|February|March|April) \d{4}", "", text)
    return [found.replace(",", "").replace("−", "-") for found in FIGURE.findall(undated)]


def texts_of(card: ModelCard) -> Iterator[str]:
    """What tables, facts and tiles of a card print."""
    for section in card_sections(card, STORY):
        yield from (fact for _, fact in section.facts)
        for table in section.tables:
            yield from (cell for row in table.cells for cell in row[1:])
        yield from section.sentences
    for tile in card_tiles(card):
        yield from (tile.figure, tile.sentence)


def test_every_figure_of_tables_facts_sentences_and_tiles_is_one_of_the_record(page, markdown):
    card = model_card()
    known = list(leaves(card.as_dict()))
    found = [figure for text in texts_of(card) for figure in printed_figures(text)]
    assert len(found) > 60
    strays = [
        figure for figure in found if figure.lstrip("+-") not in STATED and not is_rounding_of(figure, known)
    ]
    assert strays == []
    for text in texts_of(card):
        assert " ".join(text.split()) in page.text, text


def test_every_figure_in_the_tables_of_the_markdown_is_one_of_the_record(markdown):
    known = list(leaves(model_card().as_dict()))
    rows = [line for line in markdown.splitlines() if line.startswith("| ") and "---" not in line]
    cells = [cell for row in rows for cell in row.replace("\\", "").split("|")[2:-1]]
    found = [figure for cell in cells for figure in printed_figures(cell)]
    assert len(found) > 120
    assert [one for one in found if one.lstrip("+-") not in STATED and not is_rounding_of(one, known)] == []


def test_a_figure_that_is_not_the_records_would_be_noticed():
    known = list(leaves(model_card().as_dict()))
    assert is_rounding_of("0.714", known)
    assert not is_rounding_of("0.7777", known)
    assert printed_figures("0.607 [0.594, −0.625] of 12,909 on 5 March 2026 by fa510d7fc45a") == [
        "0.607", "0.594", "-0.625", "12909",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (lambda: {"coverage": replace(coverage(), phi_of_people=1.357)}, "1.02", "1.36"),
        (
            lambda: {"prediction": replace(prediction(), means=tuple(
                replace(one, value=one.value + 0.0411) for one in prediction().means))},
            "0.714", "0.755",
        ),
        (lambda: {"subgroups": replace(model_card().subgroups, flagged_count=17)}, "5 of 28", "17 of 28"),
    ],
)  # fmt: skip
def test_another_record_is_another_page(markdown, change, before, after):
    changed = card_as_markdown(model_card(**change()), STORY)
    assert before in markdown
    assert after not in markdown
    assert after in changed


# ---- what is missing


def test_what_is_missing_is_said_in_its_place_with_what_it_would_need():
    gone = tuple(Absent(part=part, reason=f"no {part} here", needed=f"some {part}") for part in EMPTY)
    card = model_card(**EMPTY, absent=gone)
    page = Page(build_model_card(card))
    for part in EMPTY:
        assert f"Not measured: no {part} here. It would need: some {part}." in page.text
    headings = re.findall(r"<h2[^>]*>([^<]*)</h2>", build_model_card(card))
    assert headings == re.findall(r"<h2[^>]*>([^<]*)</h2>", build_model_card(model_card(), STORY))
    text = card_as_markdown(card)
    assert all(f"*Not measured: no {part} here.* It would need: some {part}." in text for part in EMPTY)


def test_no_section_is_ever_blank():
    gone = tuple(Absent(part=part, reason="too little", needed="more") for part in EMPTY)
    for card in (model_card(), model_card(**EMPTY, absent=gone)):
        for section in card_sections(card, None if card.attacks is None else STORY):
            parts = (section.missing, section.sentences, section.figures, section.tables, section.points)
            assert any(parts), section.id


def test_a_card_about_what_it_was_fitted_to_says_that_it_flatters():
    assert "flatter" not in card_as_markdown(model_card())
    assert "flatter" in card_as_markdown(model_card(is_fitted_on_these=True))


def test_attacks_on_another_definition_are_told_apart():
    other = model_card(definition_hash="0" * 64)
    assert "another definition" in card_as_markdown(other, STORY)
    assert "another definition" not in card_as_markdown(model_card(), STORY)


# ---- names from strangers


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_stay_text(text):
    fingerprint = replace(model_card().fingerprint, networks=(Count(name=text, count=7),))
    subgroups = replace(model_card().subgroups, axes=(axis("network", (text, "b")),))
    card = model_card(
        fingerprint=fingerprint, subgroups=subgroups, definition_name=text, definition_summary=text
    )
    html = build_model_card(card, STORY)
    plain = Page(build_model_card(model_card(), STORY))
    page = Page(html)
    assert page.open == []
    assert page.tags["script"] == plain.tags["script"]
    assert page.tags["img"] == 0
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(card_as_markdown(card, STORY))
    assert Page(rendered).tags.keys() <= {
        "h1", "h2", "p", "ul", "li", "strong", "em", "code", "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip


def test_markdown_tables_have_as_many_cells_in_every_row(markdown):
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    rows, cells = [], 0
    for token in tokens:
        if token.type == "tr_open":
            cells = 0
        elif token.type in ("td_open", "th_open"):
            cells += 1
        elif token.type == "tr_close":
            rows.append(cells)
        elif token.type == "table_close":
            assert len(set(rows)) == 1
            rows = []
    assert sum(token.type == "table_open" for token in tokens) >= 8


# ---- the parts


def test_json_holds_everything_and_reads_back():
    card = model_card()
    assert msgspec.json.decode(msgspec.json.encode(card), type=ModelCard) == card


def test_figures_are_written_with_a_real_minus_and_without_a_negative_nothing():
    assert number(-0.0001) == "0.000"
    assert number(-0.25, 2, is_signed=True) == "−0.25"
    assert percent(0.9) == "90.0 %"


def test_a_group_that_differs_is_marked_in_table_and_words():
    chart = chart_groups(axis())
    (row,) = [row for row in chart.rows if row["group"] == "over 10 a day"]
    assert row["coverage"].endswith("*")
    assert row["coverage"].startswith("90.5 %")
    assert not row["lead"].endswith("*")
    assert "over 10 a day" in chart.description


def test_groups_without_figures_are_no_chart():
    small = replace(axis(), groups=tuple(replace(one, figures=()) for one in axis().groups))
    with pytest.raises(TooLittleInputError, match="own activity"):
        chart_groups(small)
