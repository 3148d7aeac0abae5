"""Fitting, preview and coverage from the command line."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from renown.api import open_store
from renown.cli.main import app
from renown.simulate import build_town


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fit-command")
    open_store(folder / "store").import_interactions([build_town(people_count=1000).interactions])
    return folder


def run(*words):
    return CliRunner().invoke(app, list(words))


def test_a_definition_is_fitted_previewed_checked_and_scored(place):
    store, out = str(place / "store"), str(place / "own.toml")
    fitted = run("fit", "--store", store, "--out", out, "--format", "json", "-q")
    assert fitted.exit_code == 0, fitted.output
    numbers = json.loads(fitted.stdout)["numbers"]
    assert {"half_life_days", "selectivity", "repost"} <= {one["number"] for one in numbers}
    again = run("fit", "--store", store, "--out", out)
    assert again.exit_code == 1
    assert "never overwritten" in again.output
    preview = json.loads(
        run("preview", "--store", store, "--definition", out, "--format", "json", "-q").stdout
    )
    assert preview["moves"]
    assert open_store(store).runs() == []
    held = json.loads(
        run("evaluate", "coverage", "--store", store, "--definition", out, "-f", "json", "-q").stdout
    )
    assert {row["level"] for row in held["rows"]} == {0.5, 0.8, 0.9, 0.95}
    assert run("score", "--store", store, "--definition", out, "-q").exit_code == 0
    (kept,) = open_store(store).runs()
    assert "[fitted]" in kept.definition


def test_evaluate_without_a_command_foretells_the_future(place):
    store = str(place / "store")
    short = run("evaluate", "--store", store, "--format", "csv", "-q")
    named = run("evaluate", "future", "--store", store, "--format", "csv", "-q")
    assert short.exit_code == named.exit_code == 0
    assert short.stdout == named.stdout
