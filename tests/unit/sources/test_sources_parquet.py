from __future__ import annotations

import io
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import renown.sources.parquet
from renown.errors import ColumnsError, SourceFileError

MOMENT = 1341100972
ROW = ("x:1", "x:2", MOMENT, "like")
COLUMNS = {"source": [1], "target": [2], "time": [MOMENT], "kind": ["like"]}


@pytest.fixture
def parquet(tmp_path):
    def write(columns, name="f.parquet", **options):
        path = tmp_path / name
        pq.write_table(pa.table(columns), path, **options)
        return path

    return write


@pytest.mark.parametrize(
    "kind", [pa.int64(), pa.int32(), pa.uint64(), pa.string(), pa.large_string(), pa.binary()]
)
def test_ids_of_any_type(parquet, read, kind):
    ids = pa.array(["1"]).cast(kind)
    assert read(parquet({**COLUMNS, "source": ids})).rows == [ROW]


def test_dictionary_columns(parquet, read):
    words = {name: pa.array([str(v[0])] * 3).dictionary_encode() for name, v in COLUMNS.items()}
    assert read(parquet(words)).rows == [ROW] * 3


@pytest.mark.parametrize(
    "times",
    [
        pa.array([MOMENT]),
        pa.array([MOMENT * 1000]),
        pa.array([float(MOMENT)]),
        pa.array([f"{MOMENT}"]),
        pa.array(["2012-07-01T00:02:52Z"]),
        pa.array([datetime(2012, 7, 1, 0, 2, 52, tzinfo=UTC)]),
        pa.array([MOMENT * 10**9]).cast(pa.timestamp("ns", "Europe/Berlin")),
        pa.array([MOMENT * 1000]).cast(pa.timestamp("ms", "UTC")),
    ],
)
def test_times_of_any_type(parquet, read, times):
    assert read(parquet({**COLUMNS, "time": times})).rows == [ROW]


def test_times_without_zone_need_one(parquet, read):
    path = parquet({**COLUMNS, "time": pa.array([MOMENT * 10**6]).cast(pa.timestamp("us"))})
    with pytest.raises(SourceFileError, match="does not say its zone") as caught:
        read(path)
    assert "--time-zone" in caught.value.hint
    assert read(path, time_zone="UTC").rows == [ROW]


def test_columns_by_name(parquet, read):
    columns = {"zzz": ["?"], "type": ["RT"], "at": [MOMENT], "from": [1], "to": [2]}
    outcome = read(
        parquet(columns), columns="source=from target=to time=at kind=type", kinds={"RT": "repost"}
    )
    assert outcome.rows == [("x:1", "x:2", MOMENT, "repost")]
    assert read(parquet(columns), columns="", kinds={"RT": "like"}).rows == [ROW]


def test_names_win_over_the_order(parquet, read):
    columns = {"target": [2], "source": [1], "kind": ["like"], "time": [MOMENT]}
    assert read(parquet(columns)).rows == [ROW]


def test_refused_rows_keep_their_number_across_batches(parquet, read, monkeypatch):
    monkeypatch.setattr(renown.sources.parquet, "BATCH_ROWS", 10)
    kinds = ["like"] * 35
    kinds[27] = "x"
    ids = pa.array([None if number == 12 else number for number in range(35)])
    columns = {"source": ids, "target": [2] * 35, "time": [MOMENT] * 35, "kind": kinds}
    outcome = read(parquet(columns, row_group_size=8))
    assert outcome.refused == [(13, "missing_source"), (28, "unknown_kind")]
    assert outcome.records[0]["text"] == '{"source":null,"target":2,"time":1341100972,"kind":"like"}'
    assert len(outcome.rows) == 33


def test_bytes_that_are_no_text_are_refused(parquet, read):
    ids = pa.array([b"\xff", b"a\0", b"ok"])
    outcome = read(parquet({"source": ids, "target": [2] * 3, "time": [MOMENT] * 3, "kind": ["like"] * 3}))
    assert outcome.refused == [(1, "invalid_utf8"), (2, "nul_byte")]
    assert outcome.records[0]["text"].startswith('{"source":"\\\\xff"')


@pytest.mark.parametrize(
    ("column", "values", "hint"),
    [
        ("source", pa.array([1.0]), "decimals"),
        ("target", pa.array([True]), "whole numbers"),
        ("kind", pa.array([["like"]]), "text"),
        ("time", pa.array([{"s": 1}]), "text"),
    ],
)
def test_a_type_that_cannot_play_its_role_is_refused(parquet, read, column, values, hint):
    with pytest.raises(ColumnsError, match=f"Column {column} of .* cannot be a {column}") as caught:
        read(parquet({**COLUMNS, column: values}))
    assert hint in caught.value.hint


def test_a_missing_column_is_named(parquet, read):
    with pytest.raises(ColumnsError, match="no column for target"):
        read(parquet({"source": [1], "time": [MOMENT], "kind": ["like"]}), columns="")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
def test_half_a_file_is_an_error(parquet, read, share):
    columns = {name: values * 10_000 for name, values in COLUMNS.items()}
    path = parquet(columns)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(SourceFileError, match="damaged"):
        read(path)


def test_a_broken_page_is_an_error(parquet, read):
    path = parquet(
        {**COLUMNS, "source": ["a" * 500]}, compression="zstd", use_dictionary=False, write_page_checksum=True
    )
    content = bytearray(path.read_bytes())
    content[4:60] = b"\xff" * 56
    path.write_bytes(content)
    with pytest.raises(SourceFileError, match="damaged"):
        read(path)


def test_a_name_that_promises_parquet_must_keep_it(file, read):
    with pytest.raises(SourceFileError, match="not a Parquet file"):
        read(file("f.parquet", "a,b,1341100972,like\n"))
    with pytest.raises(SourceFileError, match="not a Parquet file"):
        read(file("f.csv", "a,b,1341100972,like\n"), source="parquet")


def test_no_rows_are_no_error(parquet, read):
    assert read(parquet({name: pa.array(v)[:0] for name, v in COLUMNS.items()})).rows == []


def test_content_tells_parquet_where_the_name_does_not(parquet, read):
    assert read(parquet(COLUMNS, "f.csv")).rows == [ROW]


def test_from_standard_input(read, monkeypatch):
    buffer = io.BytesIO()
    pq.write_table(pa.table(COLUMNS), buffer)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(buffer.getvalue())))
    assert read("-").rows == [ROW]
