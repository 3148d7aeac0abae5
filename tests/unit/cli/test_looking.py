"""The commands that look: what they print for a person, and for a program."""

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from renown.api import open_store
from tests.unit.cli.conftest import Renown

LOOKING = [
    ("top",),
    ("runs",),
    ("history", "ada"),
    ("show", "ada"),
    ("explain", "ada"),
    ("explain", "ada", "--by", "kind"),
    ("reactions", "ada"),
    ("changes", "ada", "--since", "2026-05-03"),
    ("compare", "ada", "bob"),
    ("definitions", "list"),
    ("store", "history"),
    ("store", "doctor"),
]


@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
def test_every_table_keeps_to_80_columns_and_is_plain_text(renown: Renown, words: tuple[str, ...]) -> None:
    result = renown(*words)
    assert result.exit_code == 0, result.output
    assert result.stdout.strip()
    assert "\x1b" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
def test_every_table_is_also_one_json_document_and_nothing_else(
    renown: Renown, words: tuple[str, ...]
) -> None:
    result = renown(*words, "--format", "json")
    assert json.loads(result.stdout)
    assert result.stderr == ""


@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
def test_every_table_is_also_csv_and_parquet(renown: Renown, words: tuple[str, ...], tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(renown(*words, "--format", "csv").stdout)))
    path = tmp_path / "rows.parquet"
    assert renown(*words, "--format", "parquet", "--out", str(path)).exit_code == 0
    table = pq.read_table(path)
    assert rows
    assert table.num_rows == len(rows)
    assert table.column_names == list(rows[0])


@pytest.mark.parametrize(
    "words",
    [
        ("top",),
        ("show", "ada"),
        ("explain", "ada"),
        ("history", "ada"),
        ("compare", "ada", "bob"),
        ("changes", "ada", "--since", "2026-05-03"),
    ],
    ids=" ".join,
)
def test_no_score_is_printed_without_network_topic_window_and_moment(
    renown: Renown, words: tuple[str, ...]
) -> None:
    text = renown(*words).stdout
    for fact in (
        "meadow",
        "all topics",
        "attention that halves in 90 days",
        "as of 2026-05-10 08:00 UTC",
        "renown-1",
    ):
        assert fact in text


def test_the_top_has_interval_and_rank_band(renown: Renown, meadow: Path) -> None:
    ada = open_store(meadow).top(1)[0]
    line = renown("top", "1").stdout.splitlines()[1]
    assert line.split()[:2] == ["1-2", "Ada.Meadow"]
    assert f"{ada.score:.1f} [{ada.score_low:.1f}-{ada.score_high:.1f}]" in line
    assert "█" in line


def test_where_blocks_cannot_be_written_bars_are_plain(
    renown: Renown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("renown.cli.context.is_ascii_only", lambda: True)
    assert " ### " in renown("top").stdout


def test_a_narrow_screen_loses_extras_and_never_figures(renown: Renown, meadow: Path) -> None:
    ada = open_store(meadow).top(1)[0]
    text = renown("top", width=44).stdout
    assert f"{ada.score:.1f} [{ada.score_low:.1f}-{ada.score_high:.1f}]" in text
    assert "momentum" not in text
    assert max(map(len, text.splitlines())) <= 44


def test_a_card_says_who_how_sure_why_and_what_changed_in_this_order(renown: Renown) -> None:
    text = renown("show", "@ADA.meadow").stdout
    places = [
        text.index(part) for part in ("Ada.Meadow (meadow:ada)", "[", "Why", "What changed since 2026-04-10")
    ]
    assert places == sorted(places)
    assert "Higher than everybody else who has a score" in text


def test_the_interval_is_part_of_the_score(renown: Renown, meadow: Path) -> None:
    bob = open_store(meadow).top(2)[1]
    wanted = f"{bob.score:.0f} [{bob.score_low:.0f}-{bob.score_high:.0f}]"
    for words in (("show", "bob"), ("explain", "bob")):
        assert wanted in renown(*words).stdout


def test_a_hostile_handle_cannot_break_a_table_and_is_disarmed_in_csv(renown: Renown) -> None:
    assert "=cmd|'/C calc'!A0" in renown("top").stdout
    assert "'=cmd|'/C calc'!A0" in renown("top", "--format", "csv").stdout


def test_ledger_rows_that_are_cut_off_are_added_up(renown: Renown) -> None:
    whole = json.loads(renown("explain", "ada", "--format", "json").stdout)["ledger"]["earned_attention"]
    text = renown("explain", "ada", "--by", "person", "--limit", "2").stdout
    figures = [
        line.split()[-2]
        for line in text.splitlines()
        if " of 100" in line and "covers" not in line and "Mostly" not in line
    ]
    assert len(figures) == 3
    assert sum(map(float, figures)) == pytest.approx(whole, abs=0.02)
    assert "19 others" in text


def test_reactions_can_be_narrowed_to_one_row_of_a_ledger(renown: Renown) -> None:
    def found(*words: str) -> list[dict]:
        return json.loads(renown("reactions", "ada", "--limit", "100", "--format", "json", *words).stdout)

    assert len(found()) == 30
    assert len(found("--person", "@dan")) == 10
    assert len(found("--person", "dan", "--day", "2026-05-03")) == 1
    assert len(found("--post", "meadow:p1")) == 20
    assert {row["kind"] for row in found("--kind", "reply")} == {"reply"}


def test_a_view_of_somebody_without_a_score_says_so(renown: Renown) -> None:
    text = renown("show", "fan00").stdout
    assert "Nobody has responded yet" in text
    assert "Higher than" not in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "nobody-like-this"), "No actor is called 'nobody-like-this'"),
        (("show", "ada.meadw"), "Did you mean meadow:ada"),
        (("top", "--run", "zzz"), "zzz"),
        (("explain", "ada", "--as-of", "yesterday"), "'yesterday' is not a moment"),
        (("explain", "ada", "--definition", "nothing.toml"), "There is no definition 'nothing.toml'"),
        (("changes", "ada", "--since", "2027-01-01"), "2027-01-01"),
        (("compare", "ada"), "needs different actors"),
        (("top", "--format", "parquet"), "--out"),
        (("definitions", "show", "nothing"), "Shipped: renown-1"),
        (("export", "scores", "--out", "x.xlsx"), ".parquet"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_fails_says_why_on_stderr_and_exits_with_1(
    renown: Renown, words: tuple[str, ...], message: str
) -> None:
    result = renown(*words)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("top", "0"),
        ("top", "--by", "fame"),
        ("changes", "ada"),
        ("export", "scores"),
        ("explain",),
        ("topp",),
        ("score", "--engine", "spark"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(renown: Renown, words: tuple[str, ...]) -> None:
    assert renown(*words).exit_code == 2


def test_the_steps_can_be_read_before_they_run(renown: Renown) -> None:
    text = renown("score", "--show-sql", "--as-of", "2026-05-05").stdout
    assert "create or replace temp" in text
    assert "2026-05-05" in text


def test_a_definition_is_shown_as_toml_that_checks(renown: Renown, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(renown("definitions", "show", "renown-1").stdout, encoding="utf8")
    result = renown("definitions", "check", str(path))
    assert "renown-1 is valid: attention that halves in 90 days" in result.stdout


def test_a_store_that_is_not_there_is_named(renown: Renown, tmp_path: Path) -> None:
    result = renown("top", "--store", str(tmp_path / "nothing"))
    assert result.exit_code == 1
    assert str(tmp_path / "nothing") in result.stderr
    assert "renown import" in result.stderr


def test_quiet_leaves_results_only(renown: Renown, tmp_path: Path) -> None:
    assert renown("export", "scores", "--out", str(tmp_path / "s.csv"), "--quiet").output == ""
    assert renown("score", "--quiet").output == ""
    assert renown("top", "--quiet").stdout == renown("top").stdout


def test_verbose_says_on_stderr_what_happens(renown: Renown) -> None:
    result = renown("score", "--again", "--verbose", "--top", "0")
    assert "scoring: 1 of 1" in result.stderr
    assert result.stdout == ""


def test_how_lately_people_reacted_is_said_where_the_definition_asks(renown: Renown, tmp_path: Path) -> None:
    path = tmp_path / "fresh.toml"
    table = "\n[freshness]\nhalf_life_days = 2.0\nusual_share = 0.5\nprior_people = 1.0\n"
    path.write_text(renown("definitions", "show", "renown-1").stdout + table, encoding="utf8")
    both = ("--definition", str(path), "--definition-before", str(path))
    text = renown("changes", "ada", "--since", "2026-04-10", *both).stdout
    line = next(line for line in text.splitlines() if line.startswith("freshness"))
    assert float(line.split()[1]) < 0
    assert "how lately" in renown("definitions", "check", str(path)).stdout
    assert (
        "People reacted less lately than is usual"
        in renown("explain", "ada", "--definition", str(path)).stdout
    )
    plain = renown("changes", "ada", "--since", "2026-04-10").stdout
    assert not [line for line in plain.splitlines() if line.startswith("freshness")]


def test_freshness_that_makes_no_sense_is_refused_with_its_name(renown: Renown, tmp_path: Path) -> None:
    path = tmp_path / "stale.toml"
    table = "\n[freshness]\nhalf_life_days = 2.0\nusual_share = 5.0\nprior_people = 1.0\n"
    path.write_text(renown("definitions", "show", "renown-1").stdout + table, encoding="utf8")
    result = renown("definitions", "check", str(path))
    assert result.exit_code == 1
    assert "freshness.usual_share is 5.0; it must be above 0 and at most 1" in " ".join(result.stderr.split())
