import csv
import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from renown.cli.rows import Column, Listing, RowOptions, print_listing, render_table, to_csv, to_json
from renown.errors import InputError

RECORDS = [
    {"handle": "ada", "score": 41.25, "seen_at": datetime(2024, 1, 2, tzinfo=UTC)},
    {"handle": "=cmd()", "score": None, "seen_at": None},
]
COLUMNS = [
    Column("actor", lambda row: row["handle"], is_text=True, can_shrink=True),
    Column("score", lambda row: f"{row['score'] or 0:.1f}"),
]
LISTING = Listing(RECORDS, COLUMNS, ("handle", "score", "seen_at"), title="Two actors", footer="as of now")


def test_the_table_aligns_numbers_right_and_says_its_context() -> None:
    lines = render_table(LISTING).splitlines()
    assert lines[0] == "Two actors"
    assert lines[-1] == "as of now"
    assert lines[2].rstrip().endswith("41.2")
    assert lines[3].rstrip().endswith(" 0.0")
    assert len(lines[2].rstrip()) == len(lines[3].rstrip())


def test_an_empty_listing_says_so() -> None:
    assert "No run yet." in render_table(Listing([], COLUMNS, when_empty="No run yet."))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_table_keeps_to_the_width(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    listing = Listing([{"handle": "a" * 300, "score": 1.0}], COLUMNS)
    assert max(map(len, render_table(listing).splitlines())) <= width


def test_no_colour_codes_are_ever_written_to_a_pipe() -> None:
    assert "\x1b" not in render_table(LISTING)


def test_json_is_one_document_with_iso_times(capsys: pytest.CaptureFixture[str]) -> None:
    print_listing(LISTING, RowOptions(format="json"))
    rows = json.loads(capsys.readouterr().out)
    assert rows[0] == {"handle": "ada", "score": 41.25, "seen_at": "2024-01-02T00:00:00Z"}
    assert rows[1]["score"] is None


def test_json_has_no_nan() -> None:
    assert json.loads(to_json({"score": float("nan")})) == {"score": None}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_cells_that_look_like_formulas_are_disarmed(start: str) -> None:
    text = to_csv([{"handle": start + "1+1", "score": -2.5}], ["handle", "score"])
    [_, row] = csv.reader(io.StringIO(text, newline=""))
    assert row == ["'" + start + "1+1", "-2.5"]


def test_csv_without_rows_still_names_its_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_listing(Listing([], COLUMNS, ("handle", "score")), RowOptions(format="csv"))
    assert capsys.readouterr().out == "handle,score\n"


def test_parquet_needs_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs a file"):
        print_listing(LISTING, RowOptions(format="parquet"))
    print_listing(LISTING, RowOptions(format="parquet", out=tmp_path / "rows.parquet"))
    assert pq.read_table(tmp_path / "rows.parquet").column("handle").to_pylist() == ["ada", "=cmd()"]


def test_any_format_can_go_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_listing(LISTING, RowOptions(format="csv", out=tmp_path / "deep" / "rows.csv"))
    assert (tmp_path / "deep" / "rows.csv").read_text().startswith("handle,score,seen_at\n")
    assert capsys.readouterr().out == ""


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("no_color", ["", "1"])
def test_a_terminal_gets_styles_unless_no_color_is_set(
    no_color: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stdout", Screen())
    assert ("\x1b" in render_table(LISTING)) is (no_color == "")
