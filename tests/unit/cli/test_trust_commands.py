"""`renown trust`: computing, findings in every format, appeals, and what the score takes."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import renown
from renown.cli.main import app
from tests.ties import DAY, town
from tests.unit.trust.test_trust_runs import BUYER, frame


@pytest.fixture
def place(tmp_path):
    """A store in which one actor bought three hundred reactions."""
    store = renown.open(tmp_path / "store")
    bought = [(1000 + k, BUYER, 30 * DAY + k % 50) for k in range(300)]
    store.add_interactions(frame([*town(), *bought]), network="meadow")
    return str(tmp_path / "store")


def run(*words):
    result = CliRunner().invoke(app, [*words])
    assert result.exit_code == 0, result.output
    return result


def test_compute_then_look(place):
    first = run("trust", "--store", place)
    assert "300 do not count wholly" in first.output
    assert "Computed before" in run("trust", "--store", place).output
    table = run("trust", "findings", "--store", place).output
    assert "unvouched crowd" in table
    assert "not a verdict" in table


def test_findings_as_json_and_csv(place):
    run("trust", "--store", place, "--quiet")
    found = json.loads(run("trust", "findings", "--store", place, "--format", "json").stdout)
    (crowd,) = [entry for entry in found if f"meadow:u{BUYER}" in entry["targets"]]
    assert crowd["members_count"] == len(crowd["members"]) == 300
    assert crowd["examples"][0].keys() == {"source", "target", "occurred_at"}
    lines = run("trust", "findings", "--store", place, "--format", "csv").stdout.splitlines()
    assert lines[0].startswith("finding_id,kind,summary,members_count")
    assert len(lines) == len(found) + 1
    nobody = json.loads(
        run("trust", "findings", "--store", place, "--actor", "u77", "--format", "json").stdout
    )
    assert nobody == []


def test_the_score_uses_trust_unless_told_not_to(place):
    def top(*options):
        run("score", "--store", place, "--quiet", *options)
        rows = json.loads(run("top", "400", "--store", place, "--format", "json").stdout)
        return {row["actor_id"]: row["score"] for row in rows}[f"meadow:u{BUYER}"]

    plain = top()
    run("trust", "--store", place, "--quiet")
    assert top() < plain - 15
    explained = run("explain", f"u{BUYER}", "--store", place).output
    assert "300 accounts counted as" in explained


def test_an_appeal(place):
    words = ["--reason", "was on television", "--by", "ada", "--scope", "audience"]
    granted = run("trust", "appeal", f"u{BUYER}", "--store", place, *words)
    assert f"meadow:u{BUYER}" in granted.output
    assert " 0 do not count wholly" in run("trust", "--store", place).output


def test_before_any_run(place):
    result = CliRunner().invoke(app, ["trust", "findings", "--store", place])
    assert result.exit_code == 1
    assert "Run `renown trust` first." in result.output


def test_an_unknown_seed(place):
    result = CliRunner().invoke(app, ["trust", "--seed", "nobody", "--store", place])
    assert result.exit_code == 1
    assert "No actor is called 'nobody'" in result.output
