"""`renown import mapped` from end to end."""

import json

import pytest
from typer.testing import CliRunner

from renown.cli.main import app

MAPPING = """
network = "forum"
[[rows]]
table = "interactions"
source = "user"
target = "likes"
kind = { value = "like" }
time = "when"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.toml").write_text(MAPPING)
    lines = [{"user": "ann", "likes": "bea", "when": 1777636800}, {"user": "cyd"}]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + "broken\n")
    return tmp_path


def run(*arguments, exit_code=0):
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == exit_code, result.output
    return result


def test_a_dry_run_shows_rows_and_faults_and_writes_nothing(folder):
    result = run("import", "mapped", "log.jsonl", "--map", "log.toml", "--dry-run")
    assert "forum:ann" in result.stdout
    assert "would be quarantined: not json: 1" in result.stdout
    assert "missing_time" in result.stdout
    assert not (folder / "renown-store").exists()


def test_a_dry_run_as_json(folder):
    result = run("import", "mapped", "log.jsonl", "--map", "log.toml", "--dry-run", "--format", "json")
    rows = json.loads(result.stdout)
    assert [row["table"] for row in rows] == ["interactions", "quarantine", "quarantine"]


def test_an_import_twice_is_an_import_once(folder):
    arguments = ("import", "mapped", "log.jsonl", "--map", "log.toml", "--format", "json")
    first, second = (json.loads(run(*arguments).stdout)[0] for _ in range(2))
    assert first["added_counts"]["interactions"] == 1
    assert first["quarantined_counts"] == {"missing_time": 1, "not_json": 1}
    assert not second["added_counts"].get("interactions")
    quarantined = json.loads(run("import", "quarantine", "--format", "json").stdout)
    assert sorted(record["scope"] for record in quarantined) == ["log.jsonl:2", "log.jsonl:3"]
    run("import", "replay")
    assert len(json.loads(run("import", "quarantine", "--format", "json").stdout)) == 2


def test_a_wrong_mapping_is_an_error_with_a_hint(folder):
    (folder / "log.toml").write_text(MAPPING.replace("target", "targt"))
    result = run("import", "mapped", "log.jsonl", "--map", "log.toml", exit_code=1)
    assert "Did you mean target?" in result.stderr
