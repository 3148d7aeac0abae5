"""DuckDB behind its door: files in, tables out, and errors in our own words."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from renown.engines.duckdb import DuckDBEngine
from renown.errors import EngineError, RenownError, StoreDamagedError, StoreFullError
from renown.schema import TABLES, arrow_schema
from renown.steps import Step

LONG_QUERY = "select count(*) as n from range(300000000) as a, range(300) as b"
ROWS = pa.table({"n": [1, 2, 3], "word": ["a", None, "c"]})


@pytest.fixture
def engine():
    with DuckDBEngine() as engine:
        yield engine


# ---- what goes in


def test_files_are_read_as_one_table(engine, tmp_path):
    paths = [str(tmp_path / f"{i}.parquet") for i in range(3)]
    for path in paths:
        pq.write_table(ROWS, path)
    engine.register_files("rows", paths, schema=ROWS.schema)
    assert engine.query("select count(*) as n, sum(n)::bigint as total from rows").to_pylist() == [
        {"n": 9, "total": 18}
    ]


def test_only_the_files_that_were_named_are_read(engine, tmp_path):
    for name in ("part.parquet", "removed.parquet"):
        pq.write_table(ROWS, tmp_path / name)
    engine.register_files("rows", [str(tmp_path / "part.parquet")], schema=ROWS.schema)
    assert engine.query("select count(*) as n from rows").to_pylist() == [{"n": 3}]


@pytest.mark.parametrize(
    "name", ["a*b", "a?b", "a[bc]", "it's", 'quo"te', "year=2024", "a%20b", "日本", "{a,b}"]
)
def test_any_folder_name_will_do(engine, tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    pq.write_table(ROWS, folder / "rows.parquet")
    (tmp_path / "axb").mkdir()
    pq.write_table(ROWS, tmp_path / "axb" / "rows.parquet")
    engine.register_files("rows", [str(folder / "rows.parquet")], schema=ROWS.schema)
    found = engine.query("select * from rows order by n")
    assert found.column_names == ["n", "word"]
    assert found.num_rows == 3


def test_no_files_are_an_empty_table_of_the_same_type(engine):
    engine.register_files("interactions", [])
    found = engine.query("select * from interactions")
    assert found.num_rows == 0
    assert found.schema.names == arrow_schema(TABLES["interactions"]).names
    assert found.schema.field("occurred_at").type == pa.timestamp("us", tz="UTC")


def test_a_partition_is_read_from_the_folder(engine, tmp_path):
    folder = tmp_path / "run_id=0123"
    folder.mkdir()
    schema = arrow_schema(TABLES["scores"])
    row = {field.name: [1 if field.type == pa.int64() else 1.0] for field in schema}
    row |= {"person_id": [None], "topic_id": [None]}
    rows = pa.table(
        {name: pa.array(values, schema.field(name).type) for name, values in row.items() if name != "run_id"}
    )
    pq.write_table(rows, folder / "part.parquet")
    engine.register_files("scores", [str(folder / "part.parquet")])
    assert engine.query("select run_id, actor_key from scores").to_pylist() == [
        {"run_id": "0123", "actor_key": 1}
    ]


def test_a_name_can_be_registered_again(engine, tmp_path):
    pq.write_table(ROWS, tmp_path / "rows.parquet")
    for _ in range(2):
        engine.register_arrow("rows", ROWS.slice(0, 1))
        assert engine.query("select count(*) as n from rows").to_pylist() == [{"n": 1}]
        engine.register_files("rows", [str(tmp_path / "rows.parquet")], schema=ROWS.schema)
        assert engine.query("select count(*) as n from rows").to_pylist() == [{"n": 3}]


def test_a_file_uri_is_a_path(engine, tmp_path):
    pq.write_table(ROWS, tmp_path / "rows.parquet")
    engine.register_files("rows", [f"file://{tmp_path}/rows.parquet"], schema=ROWS.schema)
    assert engine.query("select count(*) as n from rows").to_pylist() == [{"n": 3}]


def test_object_storage_is_refused_with_a_way_out(engine):
    with pytest.raises(EngineError, match="s3://") as raised:
        engine.register_files("interactions", ["s3://bucket/a.parquet"])
    assert "--engine kernel" in raised.value.hint


def test_columns_must_be_known(engine, tmp_path):
    with pytest.raises(EngineError, match="'rows' are not known"):
        engine.register_files("rows", [str(tmp_path / "rows.parquet")])


@pytest.mark.parametrize("content", [None, b"", b"no parquet at all", b"PAR1 half a file"])
def test_a_missing_or_damaged_file_is_the_stores_damage(engine, tmp_path, content):
    path = tmp_path / "part.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreDamagedError, match="reading the files of interactions"):
        engine.register_files("interactions", [str(path)])


def test_a_missing_column_is_the_stores_damage(engine, tmp_path):
    pq.write_table(ROWS, tmp_path / "part.parquet")
    with pytest.raises(StoreDamagedError, match="network"):
        engine.register_files("interactions", [str(tmp_path / "part.parquet")])


def test_variables_of_the_program_are_not_tables(engine):
    ROWS_OF_THIS_FUNCTION = ROWS  # noqa: N806, F841  a name that SQL could pick up
    with pytest.raises(EngineError, match="ROWS_OF_THIS_FUNCTION"):
        engine.query("select * from ROWS_OF_THIS_FUNCTION")


# ---- steps


STEPS = [
    Step("numbers", "Three numbers.", "select * from range(3) as t(n)", is_stored=False),
    Step("squares", "Their squares.", "select n * n as square from numbers"),
    Step("total", "Their sum.", "select sum(square)::bigint as total from squares"),
]


def test_steps_run_in_order_and_can_be_run_again(engine):
    for _ in range(2):
        engine.run_steps(STEPS)
        assert engine.query("select total from total").to_pylist() == [{"total": 5}]


def test_stored_steps_are_tables_and_others_views(engine):
    engine.run_steps(STEPS)
    tables = engine.query("select table_name from duckdb_tables() order by 1")["table_name"].to_pylist()
    views = engine.query("select view_name from duckdb_views() where not internal")["view_name"].to_pylist()
    assert tables == ["squares", "total"]
    assert views == ["numbers"]


def test_progress_rises_to_the_end(engine):
    heard = []
    slow = Step(
        "slow_step",
        "Slow.",
        "select sum(sin(a.range * b.range)) as s from range(40000) as a, range(2000) as b",
    )
    engine.run_steps([*STEPS, slow], progress=lambda *said: heard.append(said))
    assert {total for _, _, total in heard} == {300}
    assert [done for _, done, _ in heard] == sorted(done for _, done, _ in heard)
    assert heard[-1][1:] == (300, 300)
    assert "slow step" in {stage for stage, _, _ in heard}


def test_a_failing_step_is_named(engine):
    with pytest.raises(EngineError, match=r"step broken.*no_such_table"):
        engine.run_steps([Step("broken", "Broken.", "select * from no_such_table")])


def test_what_progress_raises_stops_the_work(engine):
    class TooMuchError(Exception):
        pass

    def refuse(stage, done, total):
        raise TooMuchError

    started = time.monotonic()
    with pytest.raises(TooMuchError):
        engine.run_steps([Step("long", "Long.", LONG_QUERY)], progress=refuse)
    assert time.monotonic() - started < 5
    assert engine.query("select 1 as n").to_pylist() == [{"n": 1}]


# ---- what comes out


def test_parameters_are_not_pasted(engine):
    hostile = "'; drop table x; --"
    assert engine.query("select ? as a, ? as b", [hostile, 3]).to_pylist() == [{"a": hostile, "b": 3}]
    assert engine.query("select $a as a", {"a": hostile}).to_pylist() == [{"a": hostile}]


def test_a_stream_comes_in_batches(engine):
    reader = engine.stream("select * from range(300000) as t(n)", rows=100_000)
    sizes = [batch.num_rows for batch in reader]
    assert sum(sizes) == 300_000
    assert max(sizes) <= 100_000


def test_an_error_in_the_middle_of_a_stream_is_ours(engine):
    query = (
        "select case when n = 250000 then error('boom') else n::varchar end as x from range(300000) as t(n)"
    )
    with pytest.raises(EngineError, match="boom"):
        for _ in engine.stream(query, rows=10_000):
            pass


def test_exports_hold_what_was_asked(engine, tmp_path):
    moment = datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    engine.register_arrow("rows", ROWS.append_column("occurred_at", pa.array([moment] * 3)))
    sql = "select * from rows order by n"
    for ending in ("csv", "json", "parquet", "CSV"):
        assert engine.copy_to(sql, tmp_path / f"out.{ending}") == 3
    text = (tmp_path / "out.csv").read_text()
    assert text.splitlines()[:2] == ["n,word,occurred_at", "1,a,2026-03-01T23:59:59.999999Z"]
    assert (tmp_path / "out.CSV").read_text() == text
    assert json.loads((tmp_path / "out.json").read_text())[1] == {
        "n": 2,
        "word": None,
        "occurred_at": "2026-03-01T23:59:59.999999Z",
    }
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == engine.query(sql).to_pylist()
    assert sorted(os.listdir(tmp_path)) == ["out.CSV", "out.csv", "out.json", "out.parquet"]


def test_an_empty_export_is_still_of_its_format(engine, tmp_path):
    engine.register_arrow("rows", ROWS.schema.empty_table())
    assert [
        engine.copy_to("select * from rows", tmp_path / f"out.{e}") for e in ("csv", "json", "parquet")
    ] == [0, 0, 0]
    assert (tmp_path / "out.csv").read_text() == "n,word\n"
    assert json.loads((tmp_path / "out.json").read_text()) == []
    assert pq.read_table(tmp_path / "out.parquet").schema.names == ["n", "word"]


def test_an_export_of_unknown_format_is_refused(engine, tmp_path):
    with pytest.raises(EngineError, match=r"out\.xlsx") as raised:
        engine.copy_to("select 1 as n", tmp_path / "out.xlsx")
    assert ".parquet" in raised.value.hint


def test_a_failed_export_leaves_what_was_there(engine, tmp_path):
    (tmp_path / "out.csv").write_text("precious")
    with pytest.raises(EngineError, match="boom"):
        engine.copy_to("select error('boom') as n", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "precious"
    assert os.listdir(tmp_path) == ["out.csv"]


# ---- limits


@pytest.fixture
def small_disk(tmp_path):
    """Two megabytes of disk, where the system lets us make one."""
    place = tmp_path / "small-disk"
    place.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if not mount or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small tmpfs can only be mounted by root with the right to mount")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_said(engine, small_disk):
    with pytest.raises(StoreFullError, match="No space left on disk"):
        engine.copy_to("select range as n, hash(range) as h from range(1000000)", small_disk / "out.csv")
    assert os.listdir(small_disk) == []


def test_a_full_temporary_directory_is_said(small_disk):
    sort = "select * from (select hash(range) as h from range(20000000) order by h) offset 19999999"
    with (
        DuckDBEngine(temp_directory=small_disk, memory_limit="60MB", threads=1) as engine,
        pytest.raises(StoreFullError) as raised,
    ):
        engine.query(sort)
    assert "TMPDIR" in raised.value.hint


def test_too_little_memory_is_said():
    with (
        DuckDBEngine(memory_limit="20MB", threads=1) as engine,
        pytest.raises(EngineError, match="ran out of memory") as raised,
    ):
        engine.query("select list(range) as all_of_them from range(20000000)")
    assert "memory" in raised.value.hint


def test_settings_reach_duckdb(tmp_path):
    names = ("threads", "memory_limit", "temp_directory", "TimeZone", "preserve_insertion_order")
    query = "select " + ", ".join(f"current_setting('{name}') as {name}" for name in names)
    with DuckDBEngine(threads=1, memory_limit="512MB", temp_directory=tmp_path) as engine:
        (row,) = engine.query(query).to_pylist()
    assert row["threads"] == 1
    assert row["temp_directory"] == str(tmp_path)
    assert row["TimeZone"] == "UTC"
    assert row["memory_limit"] == "488.2 MiB"
    assert row["preserve_insertion_order"] is False


def test_a_setting_that_makes_no_sense_is_refused():
    with pytest.raises(EngineError, match="opening DuckDB"):
        DuckDBEngine(memory_limit="plenty")


def test_closing_twice_is_fine_and_leaves_nothing_behind():
    engine = DuckDBEngine()
    folder = engine._own_directory.name
    engine.close()
    engine.close()
    assert not os.path.exists(folder)


@pytest.mark.parametrize(
    "work",
    [
        lambda engine: engine.query(LONG_QUERY),
        lambda engine: engine.run_steps([Step("long", "Long.", LONG_QUERY)]),
        lambda engine: list(engine.stream(LONG_QUERY)),
        lambda engine: engine.copy_to(LONG_QUERY, "never-written.csv"),
    ],
    ids=["query", "steps", "stream", "export"],
)
def test_ctrl_c_stops_at_once_and_the_engine_lives_on(engine, work, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    started = time.monotonic()
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        work(engine)
    assert time.monotonic() - started < 5
    assert os.listdir(tmp_path) == []
    assert engine.query("select 1 as n").to_pylist() == [{"n": 1}]


def test_every_error_is_of_our_tree(engine):
    for sql in (
        "selec 1",
        "select nothing",
        "select 1 / 'x'",
        "select * from 'nowhere.csv'",
        "select error('')",
    ):
        with pytest.raises(RenownError) as raised:
            engine.query(sql)
        assert "duckdb" not in type(raised.value).__module__


def test_duckdb_is_imported_with_the_engine_only():
    code = "import sys, renown.engines, renown.steps; print('duckdb' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_one_thread_gives_the_same_bytes_every_time():
    """Sums of doubles depend on their order; one thread keeps it."""
    query = "select n % 97 as k, sum(sin(n) / (1 + n % 1009)) as s from numbers group by k order by k"
    numbers = pa.table({"n": pa.array(range(300_000))})
    answers = []
    for _ in range(3):
        with DuckDBEngine(threads=1) as engine:
            engine.register_arrow("numbers", numbers)
            answers.append(engine.query(query))
    assert answers[0].equals(answers[1])
    assert answers[0].equals(answers[2])
