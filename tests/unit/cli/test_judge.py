"""`renown judge` and `renown evaluate pairs`, as a person or a script meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from renown.cli.main import app
from tests.meadow import make_store


@pytest.fixture
def store(tmp_path: Path) -> str:
    return make_store(tmp_path).location


def run(*words, answers="", **env):
    return CliRunner().invoke(app, list(words), input=answers, env={"COLUMNS": "100", "TERM": "dumb", **env})


def test_answers_are_kept_one_by_one_until_q(store):
    given = run("judge", "--judge", "kim", "--store", store, answers="a\nwhat\nu\nq\n")
    assert given.exit_code == 0, given.output
    assert "Question 3." in given.output
    assert "2 answers kept" in given.output
    rows = json.loads(run("judge", "export", "--store", store, "--format", "json").output)
    assert [row["choice"] for row in rows] == ["a", "unsure"]
    assert {row["judge_id"] for row in rows} == {"kim"}


def test_an_answer_that_never_comes_is_no_answer(store):
    given = run("judge", "--store", store, answers="b\n")
    assert (given.exit_code, "1 answer kept" in given.output) == (0, True)


def test_names_are_hidden_unless_asked_for(store):
    hidden = run("judge", "--store", store, "--judge", "kim", answers="q\n").output
    shown = run("judge", "--store", store, "--judge", "kim", "--names", answers="q\n").output
    assert any(name in shown for name in ("ada", "bob", "cyd"))
    assert not any(name in hidden for name in ("ada", "bob", "cyd"))


def test_a_sitting_ends_after_as_many_questions_as_wanted(store):
    assert (
        run("judge", "--store", store, "--questions", "2", answers="a\nb\na\n").output.count("Question") == 2
    )


def test_fit_prints_strengths_and_what_they_rest_on(store):
    run("judge", "--store", store, "--questions", "4", answers="a\nb\na\nb\n")
    page = run("judge", "fit", "--store", store).output
    assert "4 judgements of 1 judge" in page
    rows = json.loads(run("judge", "fit", "--store", store, "--format", "json").output)
    assert {"actor_id", "strength", "strength_low", "strength_high"} <= set(rows[0])
    found = json.loads(run("evaluate", "judgements", "--store", store, "--format", "json").output)
    assert "score" in {one["measure"] for one in found["measures"]}


def test_without_judgements_fit_says_what_to_do(store):
    found = run("judge", "fit", "--store", store)
    assert found.exit_code == 1
    assert "renown judge" in found.output


def pairs_file(folder: Path) -> Path:
    path = folder / "pairs.csv"
    lines = ["Choice,A_follower_count,A_listed_count,B_follower_count,B_listed_count"]
    for place in range(240):
        big, small = f"{900 + place},{9 + place % 3}", f"{10 + place},{place % 2}"
        lines.append(f"1,{big},{small}" if place % 3 else f"0,{small},{big}")
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return path


def test_pairs_as_json_is_what_scripts_read(tmp_path):
    given = run(
        "evaluate", "pairs", str(pairs_file(tmp_path)), "--format", "json", "--splits", "4", "--quiet"
    )
    assert given.exit_code == 0, given.output
    found = json.loads(given.output)
    assert found["pairs_count"] == 240
    by_name = {one["measure"]: one for one in found["measures"]}
    assert by_name["human judgement, as shipped"]["auc"] == 1.0
    assert {"auc", "accuracy", "brier", "ece", "ece_one_order"} <= set(by_name["human judgement, as shipped"])
    assert found["splits_count"] == 4
    assert {one["against"] for one in found["differences"]} == {found["baseline"]}


def test_pairs_as_a_page_with_a_mapping(tmp_path):
    path = pairs_file(tmp_path)
    mapping = tmp_path / "map.toml"
    mapping.write_text('[columns]\nlisted_count = "on_lists"\n', encoding="utf8")
    page = run("evaluate", "pairs", str(path), "--map", str(mapping), "--splits", "2").output
    assert "on_lists" in page
    assert "240 judgements of" in page


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "no column Choice"),
        ("Choice,A_x\n1,2\n0,3\n", "both sides"),
        ("Choice,A_x,B_x\n1,2,3\n", "1 of 1 pairs"),
        ("Choice,A_x,B_x\n1,2,3\n1,3,4\n", "same side"),
        ("Choice,A_x,B_x\n1,nan,3\n0,nan,4\n", "0 of 2 pairs"),
    ],
)
def test_a_file_that_gives_nothing_says_why(tmp_path, text, said):
    path = tmp_path / "pairs.csv"
    path.write_text(text, encoding="utf8")
    found = run("evaluate", "pairs", str(path))
    assert found.exit_code == 1
    assert said in found.output


def test_a_missing_file_or_mapping_is_said(tmp_path):
    assert run("evaluate", "pairs", str(tmp_path / "none.csv")).exit_code == 1
    found = run("evaluate", "pairs", str(pairs_file(tmp_path)), "--map", str(tmp_path / "none.toml"))
    assert (found.exit_code, "mapping" in found.output) == (1, True)
