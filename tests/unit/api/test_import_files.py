import gzip
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import renown
from renown.api.importing import import_files, read_profiles
from renown.errors import ColumnsError, RejectedRowsError, SourceFileError
from renown.sources import ReadOptions, RejectLog
from renown.types import no_progress


def imported(store: renown.Store, *files: Path, rejects: Path | None = None, **options: object):
    return import_files(
        store,
        list(map(str, files)),
        options=ReadOptions(network="meadow", **options),
        rejects=RejectLog(rejects),
        progress=no_progress,
    )


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.csv"
    path.write_text("source,target,time,kind\na,b,1714521600,like\nc,b,1714521601,like\n")
    return path


def test_rows_read_are_added_there_already_or_refused(tmp_path: Path, good: Path) -> None:
    store = renown.open(tmp_path / "store")
    mixed = tmp_path / "mixed.csv"
    mixed.write_text("source,target,time,kind\nd,b,1714521600,like\na,b,1714521600,like\nx,y,never,like\n")
    assert imported(store, good).added_count == 2
    report = imported(store, mixed, rejects=tmp_path / "r.jsonl")
    counts = (report.read_count, report.added_count, report.duplicate_count, report.rejected_count)
    assert counts == (3, 1, 1, 1)
    assert report.rejected_counts == {"unreadable_time": 1}
    assert report.rejects_path == str(tmp_path / "r.jsonl")
    assert '"line":4' in (tmp_path / "r.jsonl").read_text()


def test_several_files_are_one_import_or_none(tmp_path: Path, good: Path) -> None:
    store = renown.open(tmp_path / "store")
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(good.read_bytes() * 1000)[:-20])
    with pytest.raises(SourceFileError):
        imported(store, good, cut)
    assert not store.exists()
    assert imported(store, good, good).added_count == 2


def test_strict_keeps_nothing(tmp_path: Path, good: Path) -> None:
    store = renown.open(tmp_path / "store")
    bad = tmp_path / "bad.csv"
    bad.write_text("source,target,time,kind\na,b,1714521600,like\n,b,1714521600,like\n")
    with pytest.raises(RejectedRowsError):
        imported(store, good, bad, strict=True)
    assert not store.exists()


PROFILE = {"actor_id": "meadow:a", "handle": "ada", "followers_count": 5, "is_declared_bot": True}


def write(path: Path) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist([PROFILE]), path)
    elif path.suffix == ".jsonl":
        path.write_text('{"actor_id":"meadow:a","handle":"ada","followers_count":5,"is_declared_bot":true}\n')
    else:
        text = b"handle,actor_id,followers_count,is_declared_bot,unknown\nada,meadow:a,5,true,x\n"
        path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl", "a.csv", "a.csv.gz"])
def test_profiles_are_the_same_from_every_format(tmp_path: Path, name: str) -> None:
    [row] = read_profiles(str(write(tmp_path / name)), "actors").to_pylist()
    assert {key: row[key] for key in PROFILE} == PROFILE
    assert row["network"] == "meadow"
    written = datetime.fromtimestamp((tmp_path / name).stat().st_mtime, UTC)
    assert abs((row["observed_at"] - written).total_seconds()) < 1


def test_the_same_profiles_twice_change_nothing(tmp_path: Path) -> None:
    store = renown.open(tmp_path / "store")
    path = write(tmp_path / "a.csv")
    assert [store.add_actors(read_profiles(str(path), "actors")) for _ in range(2)] == [1, 0]


def test_times_of_profiles_may_be_dates_or_name_a_zone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("actor_id,created_at\nm:1,2020-01-02\nm:2,2020-01-02T03:00:00+03:00\nm:3,\n")
    moments = read_profiles(str(path), "actors")["created_at"].to_pylist()
    assert moments == [datetime(2020, 1, 2, tzinfo=UTC), datetime(2020, 1, 2, tzinfo=UTC), None]


def test_links_in_csv_are_separated_by_blanks(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("post_id,author_actor_id,hashtags\nm:1,m:a,one two\n")
    [row] = read_profiles(str(path), "posts").to_pylist()
    assert row["hashtags"] == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a,b\n1,2\n", ColumnsError),
        ("actor_id,created_at\nm:1,yesterday\n", ColumnsError),
        ("actor_id,followers_count\nm:1,many\n", SourceFileError),
        ('{"actor_id": \n', SourceFileError),
        ("\n \n", SourceFileError),
        ("PK\x03\x04", SourceFileError),
    ],
)
def test_what_cannot_be_read_is_an_error_that_says_so(
    tmp_path: Path, text: str, error: type[Exception]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(error) as caught:
        read_profiles(str(path), "actors")
    assert str(caught.value)


def test_profiles_that_are_not_there_are_an_error() -> None:
    with pytest.raises(SourceFileError):
        read_profiles("/nowhere/a.csv", "actors")
