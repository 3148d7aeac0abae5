"""docs/start/first-score.md shows what a reader who types its commands sees, character by character."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

MAKER = runpy.run_path(str(ROOT / "docs" / "make_first_score.py"))


def test_the_page_shows_what_a_reader_sees(tmp_path: Path) -> None:
    text = MAKER["PAGE"].read_text(encoding="utf8")
    now = MAKER["rewritten"](text, tmp_path)
    assert text.splitlines() == now.splitlines(), (
        "run docs/make_first_score.py, and read the page's words again"
    )


def test_a_page_that_shows_something_else_is_noticed(tmp_path: Path) -> None:
    text = "```console\n$ renown --version\nrenown of yesterday\n```\n"
    assert MAKER["rewritten"](text, tmp_path) != text


def test_a_command_that_fails_stops_it(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no store"):
        MAKER["rewritten"]("```console\n$ renown top\n```\n", tmp_path)
