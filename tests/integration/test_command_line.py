"""Whole journeys by the installed command: from a file to scores that explain themselves."""

from __future__ import annotations

import csv
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.meadow import write_csv

RENOWN = Path(sys.executable).with_name("renown")
HIGGS = Path(__file__).parents[3] / "shared" / "data" / "higgs" / "activity.txt.gz"
TWITTER = (
    "--network",
    "twitter",
    "--columns",
    "source target time kind",
    "--kinds",
    "RT=repost,MT=mention,RE=reply",
)


def renown(*words: object, folder: Path, code: int = 0, **more: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder; its exit code has to be `code`."""
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "80"}
    env.pop("RENOWN_STORE", None)
    done = subprocess.run(
        [str(RENOWN), *map(str, words)],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        **more,
    )
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def meadow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a CSV file, imported and scored into ./renown-store."""
    folder = tmp_path_factory.mktemp("journey")
    renown("import", "interactions", write_csv(folder / "meadow.csv"), "--network", "meadow", folder=folder)
    renown("score", folder=folder)
    return folder


def test_from_a_file_to_an_explained_score(meadow: Path) -> None:
    top = json.loads(renown("top", "--format", "json", folder=meadow).stdout)
    assert [row["actor_id"] for row in top] == ["meadow:ada", "meadow:bob", "meadow:cyd", "meadow:eve"]
    ada = json.loads(renown("show", "@ADA", "--format", "json", folder=meadow).stdout)
    assert ada["score"] == top[0]["score"]
    ledger = json.loads(renown("explain", "ada", "--format", "json", folder=meadow).stdout)["ledger"]
    for rows in ledger["parts"].values():
        assert sum(row["contribution"] for row in rows) == pytest.approx(top[0]["earned_attention"], abs=1e-9)
    changes = json.loads(
        renown("changes", "ada", "--since", "2026-05-03", "--format", "json", folder=meadow).stdout
    )
    points = sum(part["points"] for part in changes["parts"])
    assert points == pytest.approx(changes["score_change"], abs=1e-9)
    assert changes["after"]["score"] == pytest.approx(top[0]["score"], abs=1e-9)


def test_an_export_has_the_contract_and_the_same_bytes_again(meadow: Path) -> None:
    for name in ("one.csv", "other.csv"):
        renown("export", "scores", "--out", name, folder=meadow)
    assert (meadow / "one.csv").read_bytes() == (meadow / "other.csv").read_bytes()
    with (meadow / "one.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0]) == [
        *("run_id", "actor_id", "handle", "person_id", "topic_id", "score", "score_low", "score_high"),
        *("percentile", "rank_low", "rank_high", "earned_attention", "people_count", "interactions_count"),
        *("opposed_attention", "momentum"),
    ]
    assert [row["handle"] for row in rows] == ["ada", "bob", "cyd", "eve"]


def test_the_same_import_and_the_same_score_again_change_nothing(meadow: Path) -> None:
    before = renown("top", "--format", "json", folder=meadow).stdout
    again = renown(
        "import", "interactions", "meadow.csv", "--network", "meadow", "--format", "json", folder=meadow
    )
    [report] = json.loads(again.stdout)
    assert (report["added_count"], report["duplicate_count"]) == (0, report["read_count"])
    assert "nothing has changed" in renown("score", "--top", "0", folder=meadow).stderr
    assert renown("top", "--format", "json", folder=meadow).stdout == before
    assert len(json.loads(renown("runs", "--format", "json", folder=meadow).stdout)) == 1


def test_both_engines_and_a_fresh_store_give_the_same_scores(meadow: Path, tmp_path: Path) -> None:
    renown("import", "interactions", meadow / "meadow.csv", "--network", "meadow", folder=tmp_path)
    renown("score", "--engine", "duckdb", "--quiet", folder=tmp_path)
    here, there = (
        json.loads(renown("top", "--format", "json", folder=place).stdout) for place in (tmp_path, meadow)
    )
    for one, other in zip(here, there, strict=True):
        assert one["actor_id"] == other["actor_id"]
        assert one["score"] == pytest.approx(other["score"], abs=1e-9)


def test_stdin_and_packed_files_are_read_as_they_are(meadow: Path, tmp_path: Path) -> None:
    packed = gzip.compress((meadow / "meadow.csv").read_bytes())
    done = subprocess.run(
        [str(RENOWN), "import", "interactions", "-", "--network", "meadow", "--format", "json"],
        cwd=tmp_path,
        input=packed,
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)[0]["added_count"] == 41


def test_refused_rows_are_counted_by_reason_and_kept(tmp_path: Path) -> None:
    (tmp_path / "mixed.csv").write_text(
        "source,target,time,kind\na,b,1714521600,like\n,b,1714521600,like\na,b,1714521600,poke\na,b,someday,like\n"
    )
    done = renown("import", "interactions", "mixed.csv", "--network", "m", folder=tmp_path)
    assert "nobody is named as the source" in done.stdout
    kept = [json.loads(line) for line in (tmp_path / "mixed.csv.rejects.jsonl").read_text().splitlines()]
    assert [(row["line"], row["reason"]) for row in kept] == [
        (3, "missing_source"),
        (4, "unknown_kind"),
        (5, "unreadable_time"),
    ]
    strict = renown(
        "import",
        "interactions",
        "mixed.csv",
        "--network",
        "m",
        "--strict",
        "--store",
        "s",
        folder=tmp_path,
        code=1,
    )
    assert "line 3" in strict.stderr
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.csv", None),
        ("empty.csv", b""),
        ("binary.csv", bytes(range(256)) * 40),
        ("half.csv.gz", gzip.compress(b"a,b,1\n" * 9999)[:60]),
    ],
)
def test_what_cannot_be_read_fails_with_one_message_and_leaves_no_store(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    words = ("--network", "m", "--columns", "source target time", "--kind", "like")
    done = renown("import", "interactions", name, *words, folder=tmp_path, code=1)
    assert done.stderr.startswith("Error: ")
    assert name in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "renown-store").exists()


def test_hostile_ids_are_only_text(tmp_path: Path) -> None:
    ids = ["'; drop table scores; --", "=1+1", "007", "1e5", "a b", "ünï", "x" * 200]
    lines = [
        json.dumps({"source": f"fan{n}", "target": name, "time": 1714521600, "kind": "like"})
        for n, name in enumerate(ids)
    ]
    (tmp_path / "ids.jsonl").write_text("\n".join(lines) + "\n", encoding="utf8")
    renown("import", "interactions", "ids.jsonl", "--network", "m", folder=tmp_path)
    renown("score", "--quiet", folder=tmp_path)
    found = json.loads(renown("top", "--format", "json", folder=tmp_path).stdout)
    assert {row["actor_id"] for row in found} == {f"m:{name}" for name in ids}
    for name in ids:
        shown = json.loads(renown("show", f"m:{name}", "--format", "json", folder=tmp_path).stdout)
        assert shown["people_count"] == 1


def test_profiles_and_persons_change_names_and_count_people(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_text(
        "source,target,time,kind\nx:1,x:9,1714521600,like\ny:1,x:9,1714521600,like\n"
    )
    (tmp_path / "actors.csv").write_text("actor_id,handle\nx:9,Nina\n")
    (tmp_path / "persons.csv").write_text("person_id,actor_id\np,x:1\np,y:1\n")
    renown("import", "interactions", "i.csv", folder=tmp_path)
    renown("score", "-q", folder=tmp_path)
    assert json.loads(renown("show", "9", "--format", "json", folder=tmp_path).stdout)["people_count"] == 2
    assert "Added 1 actor." in renown("import", "actors", "actors.csv", folder=tmp_path).stderr
    renown("import", "persons", "persons.csv", folder=tmp_path)
    renown("score", "-q", folder=tmp_path)
    assert (
        json.loads(renown("show", "@nina", "--format", "json", folder=tmp_path).stdout)["people_count"] == 1
    )


def test_a_town_is_simulated_scored_and_measured_against_its_truth(tmp_path: Path) -> None:
    renown("simulate", "--people", "1000", "--seed", "7", "--days", "30", "--out", "town", folder=tmp_path)
    renown("import", "interactions", "town/interactions.parquet", folder=tmp_path)
    renown("import", "actors", "town/actors.parquet", folder=tmp_path)
    renown("score", "-q", folder=tmp_path)
    found = json.loads(
        renown("evaluate", "--truth", "town/truth.parquet", "--format", "json", folder=tmp_path).stdout
    )
    figures = {row["measure"]: row["spearman"] for row in found["rows"]}
    assert figures["renown-1"] > 0.8
    assert figures["renown-1"] > figures["own activity"]


@pytest.mark.slow
def test_the_demo_works_twice_in_one_folder(tmp_path: Path) -> None:
    renown("demo", "--folder", "demo", folder=tmp_path)
    began = time.monotonic()
    done = renown("demo", "--folder", "demo", folder=tmp_path)
    assert time.monotonic() - began < 60
    assert "Why the score" in done.stdout
    report = Path(
        next(line for line in done.stdout.splitlines() if line.endswith("report.html")).split(": ")[-1]
    )
    text = report.read_text(encoding="utf8")
    assert "<script src" not in text
    assert "<link" not in text
    assert (
        len(json.loads(renown("runs", "--store", "demo/store", "--format", "json", folder=tmp_path).stdout))
        == 3
    )


def test_the_demo_removes_nothing_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "demo" / "store").mkdir(parents=True)
    (tmp_path / "demo" / "store" / "thesis.txt").write_text("dear")
    done = renown("demo", folder=tmp_path, code=1)
    assert "in the way" in done.stderr
    assert (tmp_path / "demo" / "store" / "thesis.txt").read_text() == "dear"


def test_ctrl_c_ends_with_a_sentence_and_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    endless = subprocess.Popen(
        [
            str(RENOWN),
            "import",
            "interactions",
            "-",
            "--network",
            "m",
            "--columns",
            "source target time",
            "--kind",
            "like",
        ],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert endless.stdin is not None
    endless.stdin.write("a,b,1714521600\n" * 100_000)
    endless.stdin.flush()
    time.sleep(2)
    endless.send_signal(signal.SIGINT)
    _, said = endless.communicate(timeout=60)
    assert endless.returncode == 130, said
    assert "Stopped." in said
    assert "Traceback" not in said
    assert not (tmp_path / "renown-store" / "interactions").exists()


def test_a_closed_pipe_is_no_failure_to_talk_about(meadow: Path) -> None:
    done = subprocess.run(
        f"{RENOWN} explain ada --format json --limit 100 | head -c 10",
        cwd=meadow,
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("{")
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.shared_data
@pytest.mark.slow
def test_real_interactions_go_all_the_way(tmp_path: Path) -> None:
    if not HIGGS.is_file():
        pytest.skip(
            f"the Higgs data set is not there: {HIGGS.name} beside the repository, in shared/data/higgs"
        )
    done = renown("import", "interactions", HIGGS, *TWITTER, "--format", "json", folder=tmp_path)
    assert json.loads(done.stdout)[0]["added_count"] == 508_776
    renown("score", "-q", folder=tmp_path)
    first = json.loads(renown("top", "1", "--format", "json", folder=tmp_path).stdout)[0]
    ledger = json.loads(renown("explain", first["actor_id"], "--format", "json", folder=tmp_path).stdout)[
        "ledger"
    ]
    assert ledger["earned_attention"] == pytest.approx(first["earned_attention"], rel=1e-9)
    assert ledger["people_count"] == first["people_count"]
