"""The examples worked by hand in the docs are what Renown computes."""

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[3] / "docs"
PAGES = (
    "concepts/ledger.md",
    "concepts/changes.md",
    "concepts/interval-and-rank.md",
    "how-to/read-an-explanation.md",
)


@pytest.mark.parametrize("page", PAGES)
def test_the_worked_examples_hold(page):
    results = doctest.testfile(str(DOCS / page), module_relative=False)

    assert results.attempted > 5
    assert results.failed == 0
