"""What every source keeps to, so that a store can take its batches without looking twice.

A new source joins by adding a Case to CASES: how to make something it can read that holds the INTERACTIONS
below and one row that cannot be read, and how to break it off in the middle.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from renown.errors import RejectedRowsError, SourceFileError
from renown.sources import REASONS, ReadOptions, RejectLog, find_source, sources
from renown.types import EARLIEST_MICROSECONDS, KINDS, no_progress

MOMENT = 1341100972
FIELDS = ("source", "target", "time", "kind", "post", "reaction_post", "id")
INTERACTIONS = [
    dict(zip(FIELDS, values, strict=True))
    for values in (
        ("1", "2", MOMENT, "RT", "9", None, "a"),
        ("007", "1", MOMENT, "reply", "9", "10", None),
        ("1", "1", MOMENT + 1, "like", None, None, "b"),
        ("é'; --", "2", MOMENT, "RT", None, None, "c"),
    )
]
UNREADABLE = {**INTERACTIONS[0], "source": "ghost", "time": 5}
REQUIRED = ("network", "source_actor_id", "target_actor_id", "kind")
OPTIONAL = ("post_id", "reaction_post_id", "interaction_id")


@dataclass(frozen=True)
class Case:
    """One source: writes rows where it reads them, and breaks a written location off in the middle."""

    name: str
    write: Callable[[Path, list[dict]], Path]
    break_off: Callable[[Path], None]
    options: dict = field(default_factory=dict)


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


def _write_csv(folder: Path, rows: list[dict]) -> Path:
    path = folder / "rows.csv.gz"
    lines = [rows[0].keys(), *(["" if v is None else str(v) for v in row.values()] for row in rows)]
    path.write_bytes(gzip.compress("\n".join(map(",".join, lines)).encode()))
    return path


def _write_jsonl(folder: Path, rows: list[dict]) -> Path:
    path = folder / "rows.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    return path


def _write_parquet(folder: Path, rows: list[dict]) -> Path:
    path = folder / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


CASES = [
    Case("csv", _write_csv, _cut),
    Case("jsonl", _write_jsonl, _cut),
    Case("parquet", _write_parquet, _cut),
]


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request):
    return request.param


def read(case, location, *, log=None, progress=no_progress, **options):
    read_options = ReadOptions(network="twitter", kinds={"RT": "repost"}, **{**case.options, **options})
    with log or RejectLog() as log:
        read_batches = find_source(case.name).read
        return list(read_batches(location, options=read_options, rejects=log, progress=progress))


def as_rows(batches):
    return [row for batch in batches for row in batch.to_pylist()]


def test_it_is_registered(case):
    assert sources()[case.name].name == case.name


def test_it_yields_tables_of_the_canonical_columns(case, tmp_path):
    words, moment = pa.dictionary(pa.int32(), pa.string()), pa.timestamp("us", tz="UTC")
    for batch in read(case, case.write(tmp_path, INTERACTIONS)):
        assert isinstance(batch, pa.Table)
        assert 0 < batch.num_rows <= 4_000_000
        assert batch.schema.field("occurred_at").type == moment
        assert all(batch.schema.field(name).type == words for name in REQUIRED)
        assert all(batch.schema.field(n).type == words for n in OPTIONAL if n in batch.column_names)
        assert set(batch.column_names) <= {*REQUIRED, "occurred_at", *OPTIONAL}
        batch.validate(full=True)


def test_it_translates_every_row_and_keeps_their_order(case, tmp_path):
    rows = as_rows(read(case, case.write(tmp_path, INTERACTIONS)))
    assert [(row["source_actor_id"], row["target_actor_id"], row["kind"]) for row in rows] == [
        ("twitter:1", "twitter:2", "repost"),
        ("twitter:007", "twitter:1", "reply"),
        ("twitter:1", "twitter:1", "like"),
        ("twitter:é'; --", "twitter:2", "repost"),
    ]
    assert [row["occurred_at"].timestamp() for row in rows] == [row["time"] for row in INTERACTIONS]
    assert {row["network"] for row in rows} == {"twitter"}
    assert [row["post_id"] for row in rows] == ["twitter:9", "twitter:9", None, None]
    assert [row["reaction_post_id"] for row in rows] == [None, "twitter:10", None, None]
    assert [row["interaction_id"] for row in rows] == ["a", None, "b", "c"]


def test_nothing_that_is_needed_is_missing_or_out_of_bounds(case, tmp_path):
    for batch in read(case, case.write(tmp_path, [*INTERACTIONS, UNREADABLE])):
        assert all(batch[name].null_count == 0 for name in (*REQUIRED, "occurred_at"))
        assert set(batch["kind"].to_pylist()) <= set(KINDS)
        assert min(batch["occurred_at"].cast(pa.int64()).to_pylist()) >= EARLIEST_MICROSECONDS


def test_dictionaries_hold_just_the_texts_in_use_each_once(case, tmp_path):
    for batch in read(case, case.write(tmp_path, [UNREADABLE, *INTERACTIONS])):
        for name in (*REQUIRED, *OPTIONAL):
            for chunk in batch[name].chunks:
                values = chunk.dictionary.to_pylist()
                assert sorted(values) == sorted({v for v in chunk.to_pylist() if v is not None}), name


def test_what_cannot_be_read_is_counted_and_kept(case, tmp_path):
    log = RejectLog(tmp_path / "rejects.jsonl")
    location = case.write(tmp_path, [*INTERACTIONS[:2], UNREADABLE, *INTERACTIONS[2:]])
    rows = as_rows(read(case, location, log=log))
    assert len(rows) == 4
    assert log.counts == {"time_before_2000": 1}
    (record,) = map(json.loads, log.written_path.read_text().splitlines())
    assert record["reason"] in REASONS
    assert record["file"] == str(location)
    assert record["line"] in (3, 4)
    assert "ghost" in record["text"]


def test_strict_refuses_it_all(case, tmp_path):
    location = case.write(tmp_path, [*INTERACTIONS, UNREADABLE])
    with pytest.raises(RejectedRowsError, match="time_before_2000"):
        read(case, location, strict=True)
    assert len(as_rows(read(case, case.write(tmp_path, INTERACTIONS), strict=True))) == 4


def test_the_same_twice_is_the_same(case, tmp_path):
    location = case.write(tmp_path, INTERACTIONS)
    assert as_rows(read(case, location)) == as_rows(read(case, location))


def test_half_of_it_is_an_error(case, tmp_path):
    rows = [{**row, "time": MOMENT + number} for number in range(3_000) for row in INTERACTIONS]
    location = case.write(tmp_path, rows)
    case.break_off(location)
    with pytest.raises(SourceFileError):
        read(case, location)


def test_it_says_how_far_it_is(case, tmp_path):
    calls = []
    read(case, case.write(tmp_path, INTERACTIONS), progress=lambda *call: calls.append(call))
    assert calls
    done = [done for _, done, _ in calls]
    assert done == sorted(done)
    assert all(total is None or 0 <= done <= total for _, done, total in calls)
