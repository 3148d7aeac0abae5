"""`renown trust accounts` as somebody scripts against it."""

from __future__ import annotations

import csv
import json

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from renown.cli.main import app

MAPPING = """
[row]
id = "name"
[columns]
posts_per_day = "per day"
followers_count = "followers"
following_count = "following"
is_declared_bot = { column = "bot", yes = ["ja"], no = ["nein"] }
"""
TABLE = "name,per day,followers,following,bot\nada,2,300,200,nein\nben,140,3,60,\ncat,,,,\n=x,x5,1,1,ja\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "map.toml").write_text(MAPPING)
    (tmp_path / "table.csv").write_text(TABLE)
    return tmp_path


def run(folder, *options, code=0, table="table.csv"):
    result = CliRunner().invoke(
        app, ["trust", "accounts", str(folder / table), "--map", str(folder / "map.toml"), *map(str, options)]
    )
    assert result.exit_code == code, result.stderr
    return result


def test_the_ending_of_out_decides(folder):
    for name in ("o.csv", "o.json", "o.jsonl", "o.parquet"):
        run(folder, "--out", folder / name)
    as_csv = list(csv.DictReader((folder / "o.csv").read_text().splitlines()))
    as_json = json.loads((folder / "o.json").read_text())
    as_lines = [json.loads(line) for line in (folder / "o.jsonl").read_text().splitlines()]
    assert as_json == as_lines == pq.read_table(folder / "o.parquet").to_pylist()
    assert [row["id"] for row in as_json] == ["ada", "ben", "cat", "=x"]
    assert [row["id"] for row in as_csv] == ["ada", "ben", "cat", "'=x"]
    assert [float(row["automated_probability"]) for row in as_csv] == [
        r["automated_probability"] for r in as_json
    ]
    assert as_json[1]["reason_codes"] == ["posts_often", "follows_many"]
    assert as_csv[1]["reasons"] == "posts 140 times a day; follows 15 accounts for each follower"


def test_a_person_sees_the_likeliest_first_and_no_verdict(folder):
    result = run(folder)
    lines = result.stdout.splitlines()
    assert lines[1].startswith("=x")
    assert "not a verdict" in result.stdout
    assert "posts_per_day: 1 cell could not be read" in result.stderr
    assert "Nothing is known of 1 account" in result.stderr


def test_a_base_rate_is_the_answer_where_nothing_is_known(folder):
    rows = json.loads(run(folder, "--format", "json", "--base-rate", "0.05").stdout)
    assert rows[2]["automated_probability"] == pytest.approx(0.05)


def test_without_a_mapping_columns_have_canonical_names(folder):
    (folder / "own.csv").write_text("id,posts_per_day\na,3\n")
    result = CliRunner().invoke(app, ["trust", "accounts", str(folder / "own.csv"), "--format", "csv"])
    assert result.stdout.splitlines()[1].startswith("a,")


def test_the_model_can_be_printed():
    result = CliRunner().invoke(app, ["trust", "accounts", "--show-model"])
    assert result.exit_code == 0
    assert "posts_often" in result.stdout
    assert "doubles the odds" in result.stdout


def test_what_goes_wrong_is_said(folder):
    assert "canonical" not in run(folder, "--out", folder / "o.txt", code=1).stderr
    assert "base rate" in run(folder, "--base-rate", "2", code=1).stderr
    assert "no file" in run(folder, code=1, table="none.csv").stderr
    (folder / "map.toml").write_text('[columns]\nfollower_count = "followers"')
    assert "Did you mean followers_count" in run(folder, code=1).stderr
    assert CliRunner().invoke(app, ["trust", "accounts"]).exit_code == 2
