"""`renown report --model-card`: as what it is written, and what it refuses before it measures anything."""

from __future__ import annotations

import json

import msgspec
import pytest

from renown.evaluate.model_card_records import ModelCard
from tests.unit.charts.sample_card import attacks


def test_the_ending_says_as_what_it_is_written(renown, tmp_path):
    for name, start in (
        ("card.html", "<!doctype html>"),
        ("card.md", "# Model card: renown-1"),
        ("card.json", "{"),
    ):
        done = renown("report", "--model-card", "--out", str(tmp_path / name))
        assert done.exit_code == 0, done.output
        assert done.stdout.strip() == str(tmp_path / name)
        assert (tmp_path / name).read_text(encoding="utf8").lstrip().startswith(start)
    record = json.loads((tmp_path / "card.json").read_text(encoding="utf8"))
    assert record["definition_name"] == "renown-1"
    assert {one["part"] for one in record["absent"]} >= {"prediction", "attacks"}


def test_a_form_can_be_named_whatever_the_ending(renown, tmp_path):
    out = tmp_path / "card.txt"
    assert renown("report", "--model-card", "--out", str(out), "--format", "json").exit_code == 0
    card = msgspec.json.decode(out.read_bytes(), type=ModelCard)
    assert card.distribution.actors_count == 4


def test_an_attack_report_of_a_finished_laboratory_is_taken_in(renown, tmp_path):
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "attacks.json").write_text(json.dumps(attacks().as_dict()), encoding="utf8")
    out = tmp_path / "card.md"
    done = renown("report", "--model-card", "--out", str(out), "--attacks", str(tmp_path / "lab"), "--no-fit")
    assert done.exit_code == 0, done.output
    text = out.read_text(encoding="utf8")
    assert "100 fresh, days" in text
    assert "no fit was asked for" in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--model-card", "--out", "card.pdf"), ".html, .md or .json"),
        (("--model-card", "--out", "card.md", "--attacks", "nowhere"), "holds no attacks.json"),
        (("--model-card", "--out", "card.md", "--actor", "ada"), "speaks of no actor"),
        (("--model-card", "--out", "card.md", "--run", "nope"), "nope"),
        (("--out", "report.html", "--attacks", "lab"), "belong to a model card"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_no_file(renown, tmp_path, monkeypatch, words, says):
    monkeypatch.chdir(tmp_path)
    done = renown("report", *words)
    assert done.exit_code == 1
    assert says in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_attack_report_is_refused(renown, tmp_path):
    (tmp_path / "attacks.json").write_text('{"seed": 1}', encoding="utf8")
    done = renown("report", "--model-card", "--out", str(tmp_path / "c.md"), "--attacks", str(tmp_path))
    assert done.exit_code == 1
    assert "is no attack report" in done.stderr
    assert not (tmp_path / "c.md").exists()
