"""`renown causal` and `renown evaluate causal`, as a person or a script meets them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import renown as package
from renown.cli.main import app
from renown.simulate import build_town, write_town

PAGE = Path(__file__).parents[3] / "docs" / "concepts" / "causal-reading.md"


def run(*words):
    return CliRunner().invoke(app, list(words), env={"COLUMNS": "100", "TERM": "dumb"})


@pytest.fixture(scope="module")
def town():
    return build_town(people_count=2_000, seed=1)


@pytest.fixture(scope="module")
def place(town, tmp_path_factory):
    """The town's files, and a store that was filled from them."""
    folder = tmp_path_factory.mktemp("causal")
    write_town(town, folder / "town")
    store = package.open(folder / "store")
    store.add_interactions(town.interactions)
    store.add_posts(town.posts)
    return folder


def test_a_reading_is_a_page_or_rows_or_one_document(town, place, tmp_path):
    asked = ["causal", town.cast["expert"], "--store", str(place / "store")]
    page = run(*asked, "--chart", str(tmp_path / "reading.svg"))
    assert page.exit_code == 0, page.output
    words = " ".join(page.output.split())
    for said in (
        "reading could acted anyway because of it",
        "calibrated: matched, times",
        "E-value",
        "2 times as often",
    ):
        assert said in words
    assert (tmp_path / "reading.svg").read_text("utf8").startswith("<svg")
    document = json.loads(run(*asked, "--format", "json").output)
    assert [one["reading"] for one in document["estimates"]] == ["naive", "matched", "calibrated"]
    assert {bias["factor"] for bias in document["hidden_bias"]} == {1.1, 1.25, 1.5, 2.0}
    rows = list(csv.DictReader(io.StringIO(run(*asked, "--format", "csv").output)))
    assert [row["reading"] for row in rows] == ["naive", "matched", "calibrated"]
    assert float(rows[2]["caused_count"]) == document["estimates"][2]["caused_count"]


def test_one_topic_can_be_asked_for(town, place):
    asked = ["causal", town.cast["expert"], "--store", str(place / "store"), "--format", "json"]
    every = json.loads(run(*asked).output)
    one = json.loads(run(*asked, "--topic", f"#{every['topics'][0]}").output)
    assert one["topics"] == every["topics"][:1]
    assert one["occasions_count"] < every["occasions_count"]


def test_what_cannot_be_read_is_said_with_what_is_needed(town, place, tmp_path):
    store = str(place / "store")
    bot = run("causal", town.cast["bot"], "--store", store)
    assert bot.exit_code == 1
    assert "silent in 0 periods" in " ".join(bot.output.split())
    assert run("causal", town.cast["expert"], "--store", store, "--period-hours", "0").exit_code == 2
    assert run("causal", town.cast["expert"], "--store", store, "--chart", "x.pdf").exit_code == 1
    elsewhere = run("evaluate", "causal", "--on", str(tmp_path), "--store", store)
    assert elsewhere.exit_code == 1
    assert "is not the folder of a town" in " ".join(elsewhere.output.split())


def test_the_bias_that_the_page_tells_is_the_bias_there_is(place, record_property):
    """docs/concepts/causal-reading.md, the table of seed 1."""
    found = run(
        "evaluate", "causal", "--on", str(place / "town"), "--store", str(place / "store"), "--format", "json"
    )
    document = json.loads(found.output)
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.read_text("utf8").splitlines()]
    told = {
        row[0]: row[1:] for row in cells if len(row) == 6 and row[0] in ("naive", "matched", "calibrated")
    }
    for one in document["readings"]:
        assert told[one["reading"]] == [
            f"{one['caused_count']:,.0f}",
            f"{one['true_count']:,.0f}",
            f"{one['bias_share'] * 100:+.1f} %"
            f" [{one['bias_low'] * 100:+.0f} %, {one['bias_high'] * 100:+.0f} %]",
            f"{one['typical_error'] * 100:.0f} %",
            f"{one['coverage'] * 100:.0f} %",
        ]
    assert document["matched_of_naive"] <= 1 / 3
    record_property(
        "measured", f"matched bias {document['matched_of_naive']:.3f} of the naive one, town of 2,000"
    )
    page = run(
        "evaluate", "causal", "--on", str(place / "town"), "--store", str(place / "store"), "--actors", "20"
    )
    assert "20 actors of a town whose truth is known" in page.output
