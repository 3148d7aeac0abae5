"""`renown forecast`: what scripts rely on, and what is said when it cannot be."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from renown.cli.main import app
from tests.meadow import START

LINES = "3000 4.5\n" + "0 50000\n" + "".join(f"{n * 2} {100 + n}\n" for n in range(1, 1501)) + "90000 7\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "early.txt"
    path.write_text(LINES, encoding="utf8")
    return path


def test_the_contract_of_the_cascade_command(renown, file):
    result = renown("forecast", "cascade", str(file), "--observe", "3600", "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["size_low"] <= found["expected_size"] <= found["size_high"]
    assert found["level"] == 0.9
    assert found["size_so_far"] == 1500
    assert found["model"] == "audience"
    assert found["assumed_least_size"] == 2000
    assert "followers" in " ".join(found["rests_on"])


def test_standard_input_gives_the_same(renown, file):
    given = ["forecast", "cascade", "-", "--observe", "3600", "--format", "json"]
    piped = CliRunner().invoke(app, given, input=LINES.encode())
    assert piped.exit_code == 0, piped.output
    assert json.loads(piped.stdout) == json.loads(renown(*given[:2], str(file), *given[3:]).stdout)


def test_one_column_is_enough(renown, tmp_path):
    path = tmp_path / "times.txt"
    path.write_text("0\n" + "".join(f"{n * 9}\n" for n in range(1, 200)), encoding="utf8")
    found = json.loads(renown("forecast", "cascade", str(path), "-f", "json").stdout)
    assert found["model"] == "times"
    assert found["size_so_far"] == 199


def test_the_page_says_what_is_assumed_and_what_would_be_without(renown, file):
    page = " ".join(renown("forecast", "cascade", str(file)).stdout.split())
    assert "the assumption that the final size is at least 2,000" in page
    assert "Without that assumption" in page
    assert "who reacts is counted, not who sees" in page
    free = " ".join(renown("forecast", "cascade", str(file), "--at-least", "0").stdout.split())
    assert "assumption" not in free


def test_csv_is_one_row(renown, file):
    lines = renown("forecast", "cascade", str(file), "-f", "csv").stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("expected_size,size_low,size_high")


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_a_chart_is_drawn(renown, file, tmp_path, suffix):
    path = tmp_path / f"fan{suffix}"
    assert renown("forecast", "cascade", str(file), "--chart", str(path)).exit_code == 0
    assert path.stat().st_size > 2000


@pytest.mark.parametrize(
    ("content", "extra", "says"),
    [
        (b"", [], "empty"),
        (b"0 10\n-5 3\n", [], "before its root"),
        (b"0 10\nfive 3\n", [], "line 2"),
        (b"0 10\n5\x00 3\n", [], "NUL"),
        (b"\xff\xfe0 1", [], "UTF-8"),
        (b"0 10\n5 3\n", ["--observe", "0"], "too few"),
        (b"0 10\n5 3\n", ["--observe", "nan"], "too few"),
        (b"0 10\n5 3\n", ["--horizon", "60"], "horizon"),
        (b"0 10\n", ["--model", "audience", "--observe", "604800"], "horizon"),
        (b"0\n5\n", ["--model", "audience"], "followers"),
        (b"0 10\n5 3\n", ["--chart", "fan.gif"], ".svg or .png"),
    ],
)
def test_what_is_wrong_is_said(renown, tmp_path, content, extra, says):
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    result = renown("forecast", "cascade", str(path), *extra)
    assert result.exit_code == 1
    assert says in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("content", [b"0 10\n", b"0\n", b"0 10\n5 1000000000000\n", b"100 1\n90000 2\n"])
def test_a_cascade_of_little_is_a_cascade(renown, tmp_path, content):
    path = tmp_path / "little.txt"
    path.write_bytes(content)
    result = renown("forecast", "cascade", str(path), "-f", "json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["size_so_far"] <= 1


def test_a_file_that_is_not_there(renown, tmp_path):
    result = renown("forecast", "cascade", str(tmp_path / "nowhere.txt"))
    assert result.exit_code == 1
    assert "nowhere.txt" in result.stderr


def test_a_store_of_eleven_days_is_too_little_for_an_actor(renown):
    result = renown("forecast", "actor", "ada")
    assert result.exit_code == 1
    assert "too little" in result.stderr
    assert "39" in result.stderr


def test_a_young_post_is_forecast_by_the_shipped_model(renown):
    moment = START.replace(hour=20).isoformat()
    result = renown("forecast", "post", "meadow:p1", "--as-of", moment, "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["model"] == "times"
    assert found["people_so_far"] == 12
    assert not found["is_posted_at_known"]
    assert found["forecast"]["people_low"] >= 12
    page = renown("forecast", "post", "meadow:p1", "--as-of", moment).stdout
    assert "meadow:p1" in page
    rows = renown("forecast", "post", "meadow:p1", "--as-of", moment, "-f", "csv").stdout.splitlines()
    assert "expected_people" in rows[0]


def test_a_post_nobody_knows(renown):
    result = renown("forecast", "post", "meadow:nowhere")
    assert result.exit_code == 1
    assert "meadow:nowhere" in result.stderr
