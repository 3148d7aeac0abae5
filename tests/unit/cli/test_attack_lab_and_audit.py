"""`renown attack-lab` and `renown audit` as somebody scripts against them."""

from __future__ import annotations

import csv
import io
import json

import pyarrow.parquet as pq
import pytest

from renown.simulate import build_town
from renown.store import TableStore


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    town = build_town(people_count=1_000, seed=2, days=30)
    place = tmp_path_factory.mktemp("town")
    store = TableStore(str(place / "store"))
    store.import_interactions([town.interactions])
    store.add_actors(town.actors)
    pq.write_table(town.truth, place / "truth.parquet")
    return place


def lab(renown, town, *words, out):
    given = ("attack-lab", "--on", str(town / "store"), "--out", str(out), "-q", *words)
    return renown(*given)


def test_the_table_has_a_line_for_each_attack_and_what_stands_out(renown, town, tmp_path):
    truth = str(town / "truth.parquet")
    done = lab(
        renown, town, "--attacks", "fresh-10-hour,pod-20", "--not-genuine", truth, out=tmp_path / "out"
    )
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert [line.split("  ")[0] for line in lines if line.startswith(("10 fresh", "pod of"))] == [
        "10 fresh, one hour",
        "pod of 20",
    ]
    assert "genuine actors with the highest scores" in " ".join(done.stdout.split())
    assert (tmp_path / "out" / "report.html").is_file()


def test_rows_come_in_every_format(renown, town, tmp_path):
    def ask(form, out):
        done = lab(renown, town, "--attacks", "fresh-10-hour", "--no-trust", "--format", form, out=out)
        assert done.exit_code == 0, done.output
        return done.stdout

    as_json = json.loads(ask("json", tmp_path / "a"))
    as_csv = list(csv.DictReader(io.StringIO(ask("csv", tmp_path / "b"))))
    ask("parquet", tmp_path / "c")
    as_parquet = pq.read_table(tmp_path / "c" / "attacks.parquet").to_pylist()
    assert as_json[0]["name"] == as_csv[0]["name"] == as_parquet[0]["name"] == "fresh-10-hour"
    assert as_json[0]["gained_points"] == as_parquet[0]["gained_points"] == float(as_csv[0]["gained_points"])
    assert as_json[0]["kept_points"] is None


def test_wrong_words_are_explained(renown, town, tmp_path):
    done = lab(renown, town, "--attacks", "storm", out=tmp_path / "out")
    assert done.exit_code == 1
    assert "no attack storm" in done.stderr
    (tmp_path / "prices.toml").write_text("currency = 1")
    done = lab(renown, town, "--prices", str(tmp_path / "prices.toml"), out=tmp_path / "out")
    assert done.exit_code == 1
    assert "[account]" in done.stderr
    assert lab(renown, town / "nothing", out=tmp_path / "out").exit_code == 1


def test_an_audit_of_the_meadow(renown, tmp_path):
    done = renown("audit", "@ada", "--page", str(tmp_path / "ada.html"))
    assert done.exit_code == 0, done.output
    assert "All 21 reactors were looked at." in done.stdout
    assert "likely genuine" in done.stdout
    assert "The page is in" in done.stderr
    assert "The audience of" in (tmp_path / "ada.html").read_text(encoding="utf8")


def test_an_audit_in_every_format(renown, tmp_path):
    whole = json.loads(renown("audit", "ada", "--sample", "10", "--format", "json").stdout)
    assert (whole["sample_count"], whole["audience_count"], whole["audience"]) == (10, 21, "reactors")
    rows = list(
        csv.DictReader(io.StringIO(renown("audit", "ada", "--sample", "10", "--format", "csv").stdout))
    )
    assert [row["standing"] for row in rows] == [share["standing"] for share in whole["shares"]]
    assert [int(row["count"]) for row in rows] == [share["count"] for share in whole["shares"]]
    out = tmp_path / "audit.parquet"
    assert renown("audit", "ada", "--format", "parquet", "--out", str(out)).exit_code == 0
    assert pq.read_table(out).num_rows == 5


def test_an_audit_of_nobody_is_explained(renown):
    for name, said in (("zoe", "zoe"), ("fan01", "Nobody is known to follow")):
        done = renown("audit", name)
        assert done.exit_code == 1
        assert said in done.stderr
