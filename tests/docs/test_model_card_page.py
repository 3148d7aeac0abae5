"""The published model card says what is measured now, of the definition that is shipped now."""

from __future__ import annotations

import re
import runpy

import pytest

from renown.charts.model_card import card_as_markdown
from renown.definitions import load_definition
from renown.evaluate.model_card import known_limits
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "reference" / "model-card.md"
TITLES = {"town": "## A town of ", "higgs": "## The Higgs data set"}


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(ROOT / "docs" / "make_model_card.py"))


@pytest.fixture(scope="module")
def chapters():
    text = PAGE.read_text(encoding="utf8")
    return {name: title + text.split(title)[1].split("\n## ")[0] for name, title in TITLES.items()}


def test_it_is_the_card_of_the_shipped_definition(chapters):
    shipped = load_definition()
    for chapter in chapters.values():
        assert f"Content hash {shipped.content_hash()}" in chapter, "run `python docs/make_model_card.py`"


def test_every_known_limit_is_on_it(chapters):
    for chapter in chapters.values():
        for one in known_limits():
            assert f"**{one.heading}.** {one.words}" in chapter, "run `python docs/make_model_card.py`"


def test_every_picture_is_there(script, chapters):
    for name, chapter in chapters.items():
        drawn = re.findall(r"\]\(\.\./pictures/([^)]*)\)", chapter)
        assert len(drawn) == len(script["DRAWN"][name])
        assert all((ROOT / "docs" / "pictures" / picture).is_file() for picture in drawn)


def test_the_sets_of_people_are_on_it():
    text = PAGE.read_text(encoding="utf8").split("\n## Other data sets")[1]
    assert "Not measured" not in text
    assert [line for line in text.splitlines() if line.startswith("### ")] == [
        "### Who is more influential: judged pairs",
        "### How far a cascade will go",
        "### Klout and Kred",
        "### Whether an account is automated",
    ]


def rows_that_differ(card, chapter):
    """Rows of tables of a fresh card that the chapter does not have; the price list apart."""
    return [
        line
        for line in card_as_markdown(card).splitlines()
        if line.startswith("| ") and line not in chapter.splitlines()
    ]


@pytest.mark.slow
def test_the_town_is_measured_again(script, chapters, tmp_path):
    store, town = script["town_store"](tmp_path, script["PEOPLE"])
    card = store.model_card(**script["choices"](store, town))
    assert rows_that_differ(card, chapters["town"]) == [], "run `python docs/make_model_card.py`"


@pytest.mark.slow
@pytest.mark.shared_data
def test_the_higgs_data_set_is_measured_again(script, chapters, tmp_path, record_property):
    file = script["SHARED"] / "higgs" / "activity.txt.gz"
    if not file.is_file():
        pytest.skip(f"the Higgs data set is not there ({file.relative_to(ROOT.parent)})")
    store = script["higgs_store"](tmp_path, file)
    card = store.model_card(**script["choices"](store, None))
    groups = card.subgroups
    record_property("measured", f"Higgs card: {groups.flagged_count} of {groups.compared_count} marked")
    assert rows_that_differ(card, chapters["higgs"]) == [], "run `python docs/make_model_card.py`"
