"""Colours mean the same everywhere and can be seen by everybody, on paper and on dark ground."""

from __future__ import annotations

import pytest

from renown.charts import theme
from renown.types import KINDS

TEXT_ROLES = ("ink", "muted", "accent_text", "other_text", "support_text", "opposition_text", "discount_text")
MARK_ROLES = ("accent", "other", "support", "opposition", "discount", *(f"kind_{kind}" for kind in KINDS))


@pytest.mark.parametrize("mode", theme.MODES)
@pytest.mark.parametrize("role", TEXT_ROLES)
def test_text_has_aa_contrast(mode, role):
    colours = theme.palette(mode)
    assert theme.contrast(colours[role], colours["paper"]) >= 4.5


@pytest.mark.parametrize("mode", theme.MODES)
@pytest.mark.parametrize("role", MARK_ROLES)
def test_marks_have_an_edge_with_aa_contrast(mode, role):
    colours = theme.palette(mode)
    assert theme.contrast(colours[f"{role}_edge"], colours["paper"]) >= 3


@pytest.mark.parametrize("mode", theme.MODES)
def test_text_on_grey_bars_can_be_read(mode):
    colours = theme.palette(mode)
    ground = colours["other"] if mode == "light" else colours["paper"]
    assert theme.contrast(colours["ink"], ground) >= 4.5


def test_the_named_colours_are_those_of_the_house():
    light, dark = theme.palette("light"), theme.palette("dark")
    assert (light["ink"], light["paper"]) == ("#1c2430", "#fbfaf7")
    assert (dark["ink"], dark["paper"]) == ("#e8e6e1", "#14181f")
    assert [light[role] for role in ("accent", "other", "support", "opposition", "discount")] == [
        "#2f6fab",
        "#9aa3ad",
        "#2a9d8f",
        "#c9822b",
        "#7b5ea7",
    ]


def test_every_kind_has_a_hue_of_its_own_in_both_modes():
    for mode in theme.MODES:
        hues = [theme.palette(mode)[f"kind_{kind}"] for kind in KINDS]
        assert len(set(hues)) == len(KINDS)
    assert set(theme.OKABE_ITO.values()) < set(theme.KIND_HUES.values())


def test_modes_have_the_same_roles():
    assert theme.palette("light").keys() == theme.palette("dark").keys() == theme.page_palette().keys()


def test_the_page_declares_every_colour_that_its_drawings_use():
    declared = theme.page_variables("dark")
    assert all(f"{reference[4:-1]}:" in declared for reference in theme.page_palette().values())


def test_contrast_is_that_of_wcag():
    assert theme.contrast("#ffffff", "#ffffff") == 1
    assert round(theme.contrast("#777777", "#ffffff"), 2) == 4.48
