"""Tables of who follows whom, from files: every format, with and without times, whole or not at all."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import renown
from renown.api.importing import import_follow_files
from renown.cli.main import app
from renown.errors import ColumnsError, RejectedRowsError, SourceFileError
from renown.sources import ReadOptions, RejectLog
from renown.types import no_progress

SEEN = datetime(2026, 5, 1, tzinfo=UTC)


def imported(store: renown.Store, *files: Path, rejects: Path | None = None, **options: object):
    return import_follow_files(
        store,
        list(map(str, files)),
        options=ReadOptions(network="meadow", **options),
        rejects=RejectLog(rejects),
        progress=no_progress,
    )


def ties(store: renown.Store) -> list[tuple[str, str, datetime]]:
    rows = store.read("follows")
    names = [store.actor_ids(rows[f"{end}_actor_key"].to_numpy()).to_pylist() for end in ("source", "target")]
    return sorted(zip(*names, rows["first_seen_at"].to_pylist(), strict=True))


EXPECTED = [("meadow:a", "meadow:b", SEEN), ("meadow:c", "meadow:b", SEEN)]


def written(folder: Path, form: str) -> Path:
    path = folder / f"follows.{form}"
    rows = [("a", "b"), ("c", "b")]
    if form == "parquet":
        pq.write_table(pa.table({"source": ["a", "c"], "target": ["b", "b"]}), path)
    elif form == "jsonl":
        path.write_text("".join(json.dumps({"source": s, "target": t}) + "\n" for s, t in rows))
    elif form == "csv.gz":
        path.write_bytes(gzip.compress(b"source,target\na,b\nc,b\n"))
    else:
        path.write_text("source,target\na,b\nc,b\n")
    return path


@pytest.mark.parametrize("form", ["csv", "csv.gz", "jsonl", "parquet"])
def test_a_list_without_times_and_the_same_again(tmp_path: Path, form: str) -> None:
    store, path = renown.open(tmp_path / "store"), written(tmp_path, form)
    report = imported(store, path, seen_at=SEEN)
    assert (report.read_count, report.added_count, report.new_actor_count) == (2, 2, 3)
    assert ties(store) == EXPECTED
    again = imported(store, path, seen_at=SEEN)
    assert (again.added_count, again.duplicate_count) == (0, 2)
    assert ties(store) == EXPECTED


def test_a_list_as_networks_export_it_and_what_it_lacks(tmp_path: Path) -> None:
    store, path = renown.open(tmp_path / "store"), tmp_path / "followers.csv"
    path.write_text("follower,followed\na,b\nc,b\n")
    with pytest.raises(ColumnsError) as refusal:
        imported(store, path)
    assert "has no column for time" in str(refusal.value)
    assert "--seen-at TIME" in (refusal.value.hint or "")
    imported(store, path, seen_at=SEEN)
    assert ties(store) == EXPECTED


def test_names_and_positions_and_own_times(tmp_path: Path) -> None:
    path = tmp_path / "f.tsv"
    path.write_text("x\ta\tb\t1777593600\n")
    store = renown.open(tmp_path / "store")
    imported(store, path, columns="- source target time")
    named = tmp_path / "g.csv"
    named.write_text("who,whom\nc,b\n")
    imported(store, named, columns="source=who target=whom", seen_at=SEEN)
    assert ties(store) == EXPECTED


def test_other_kinds_are_passed_over_and_unreadable_rows_kept(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("source,target,kind\na,b,on\nd,b,off\nc,b,follow\ne,b,like\n,b,on\n")
    store = renown.open(tmp_path / "store")
    report = imported(
        store, path, seen_at=SEEN, kinds={"on": "follow", "off": "-"}, rejects=tmp_path / "r.jsonl"
    )
    assert ties(store) == EXPECTED
    assert report.rejected_counts == {"missing_source": 1}
    assert '"line":6' in (tmp_path / "r.jsonl").read_text()


def test_whole_or_not_at_all(tmp_path: Path) -> None:
    store, good = renown.open(tmp_path / "store"), written(tmp_path, "csv")
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(b"source,target\n" + b"a,b\nc,d\n" * 5000)[:-20])
    with pytest.raises(SourceFileError):
        imported(store, good, cut, seen_at=SEEN)
    bad = tmp_path / "bad.csv"
    bad.write_text("source,target\na,b\n,d\n")
    with pytest.raises(RejectedRowsError):
        imported(store, bad, seen_at=SEEN, strict=True)
    with pytest.raises(ColumnsError, match="time"):
        imported(store, good)
    assert store.read("follows").num_rows == 0


def test_nobody_who_must_stay_out_comes_in(tmp_path: Path) -> None:
    from renown.store.suppressions import Suppressions

    store = renown.open(tmp_path / "store")
    Suppressions(store.delta).add(["meadow:a"], "asked")
    imported(store, written(tmp_path, "csv"), seen_at=SEEN)
    assert ties(store) == EXPECTED[1:]


def test_the_command(tmp_path: Path) -> None:
    path, place = written(tmp_path, "csv"), str(tmp_path / "store")
    words = ["import", "follows", str(path), "--network", "meadow", "--store", place]
    refused = CliRunner().invoke(app, words)
    assert refused.exit_code != 0
    done = CliRunner().invoke(app, [*words, "--seen-at", "2026-05-01", "--format", "json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)[0]["added_count"] == 2
    assert ties(renown.open(place)) == EXPECTED
