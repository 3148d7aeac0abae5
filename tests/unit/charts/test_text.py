"""Foreign text comes out printable, short enough and whole."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.charts.text import EMPTY, clean, fit, pinned, width_of, wrap
from tests.unit.charts.sample import HOSTILE

ANY_TEXT = st.text(st.characters(), max_size=400)


@given(ANY_TEXT)
def test_cleaned_text_is_one_short_line_that_xml_and_utf8_can_hold(text):
    line = clean(text)
    assert 0 < len(line) <= 241
    assert "\n" not in line
    element = ElementTree.Element("text")
    element.text = line
    written = ElementTree.tostring(element, encoding="utf-8")
    assert ElementTree.fromstring(written).text == line


@given(ANY_TEXT, st.integers(20, 400))
def test_fitted_text_is_no_wider_than_its_room(text, room):
    line = fit(text, room, 13)
    # One letter and the ellipsis stay whatever the room.
    assert width_of(line, 13) <= max(room, width_of("漢…", 13) + 5)


@pytest.mark.parametrize("text", ["\u202eabc", "a\u2066b\u2069c", "\u200fabc", "ab\u200ec"])
def test_direction_marks_of_strangers_are_dropped(text):
    assert clean(text) == "abc"


def test_figures_after_a_name_written_leftward_stay_in_order():
    assert clean("عمر").endswith("\u200e")
    assert not clean("omar").endswith("\u200e")


@pytest.mark.parametrize("text", ["", " \u2003 ", "\u200b", "\x00\x1b", "\ud800"])
def test_nothing_to_show_is_said(text):
    assert clean(text) == EMPTY


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_no_time_and_no_room(text):
    assert width_of(fit(text, 150, 13), 13) <= 150


def test_a_cut_tears_no_family_and_no_accent():
    family = "👩\u200d👩\u200d👧"
    line = fit(family * 40, 100, 13).removesuffix("…")
    assert line.replace(family, "") == ""
    assert fit("e\u0301" * 100, 60, 13).removesuffix("…").endswith("\u0301")


def test_a_separating_dot_ends_a_line_and_never_starts_one():
    lines = wrap("all topics · town · attention up to 31 May 2026", 90, 13)
    assert len(lines) > 2
    assert not any(line.startswith("·") for line in lines)
    assert " ".join(lines) == "all topics · town · attention up to 31 May 2026"


def test_bold_text_is_wider():
    assert width_of("score", 13, bold=True) > width_of("score", 13)


def test_pinned_words_stay_inside():
    assert pinned(5, 100, 760) == (0, "left")
    assert pinned(755, 100, 760) == (760, "right")
    assert pinned(300, 100, 760) == (300, "center")
