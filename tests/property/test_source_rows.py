"""Whatever the ids are and wherever bad lines stand: what is read is what was written, under its number."""

from __future__ import annotations

import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renown.errors import InputError
from renown.sources import ReadOptions, RejectLog, read_interactions

MOMENT = 1341100972
OPTIONS = ReadOptions(network="x", columns="source target time kind", header=False, delimiter=",")
LENIENT = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

# what is printable, and no white space at the ends, which is no part of an id
printable = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=40).filter(
    lambda text: text == text.strip() and not text.startswith("x:") and len(text.encode()) <= 512
)
pairs = st.lists(st.tuples(printable, printable), min_size=1, max_size=30)


def read(path, options=OPTIONS):
    log = RejectLog(path.with_suffix(".rejects"))
    with log:
        batches = list(read_interactions(path, options=options, rejects=log))
    rows = [
        (row["source_actor_id"].removeprefix("x:"), row["target_actor_id"].removeprefix("x:"))
        for batch in batches
        for row in batch.to_pylist()
    ]
    kept = log.written_path.read_text(encoding="utf8").split("\n")[:-1] if log.written_path else []
    return rows, [json.loads(line) for line in kept]


@LENIENT
@given(
    pairs=pairs,
    delimiter=st.sampled_from(",\t;|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_any_printable_id_comes_back_from_csv(tmp_path, pairs, delimiter, quoting):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting)
    writer.writerows((source, target, MOMENT, "like") for source, target in pairs)
    path = tmp_path / "f.csv"
    path.write_text(text.getvalue(), encoding="utf8", newline="")
    options = ReadOptions(network="x", columns=OPTIONS.columns, header=False, delimiter=delimiter)
    assert read(path, options) == (pairs, [])


@LENIENT
@given(pairs=pairs, ascii_only=st.booleans())
def test_any_printable_id_comes_back_from_json_lines(tmp_path, pairs, ascii_only):
    path = tmp_path / "f.jsonl"
    rows = [{"source": source, "target": target, "time": MOMENT, "kind": "like"} for source, target in pairs]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in rows), encoding="utf8")
    assert read(path, ReadOptions(network="x")) == (pairs, [])


@LENIENT
@given(pairs=pairs)
def test_any_printable_id_comes_back_from_parquet(tmp_path, pairs):
    path = tmp_path / "f.parquet"
    rows = [{"source": source, "target": target, "time": MOMENT, "kind": "like"} for source, target in pairs]
    pq.write_table(pa.Table.from_pylist(rows), path)
    assert read(path, ReadOptions(network="x")) == (pairs, [])


GOOD = f"a,b,{MOMENT},like"
BAD = {
    "a,b": "wrong_column_count",
    "a,b,0,like": "time_before_2000",
    f"a,b,{MOMENT},x": "unknown_kind",
    "a,b,soon,like": "unreadable_time",
    f"a\0,b,{MOMENT},like": "nul_byte",
    f'"a,b,{MOMENT},like': "broken_quotes",
    f",b,{MOMENT},like": "missing_source",
}
BLANK = ["", "  ", "\t"]


@LENIENT
@given(
    lines=st.lists(st.sampled_from([GOOD, *BAD, *BLANK]), max_size=60),
    end=st.sampled_from(["\n", "\r\n"]),
    has_header=st.booleans(),
)
def test_every_bad_line_is_told_under_its_own_number(tmp_path, lines, end, has_header):
    lines = [*(["source,target,time,kind"] if has_header else []), GOOD, *lines]
    path = tmp_path / "f.csv"
    path.write_text(end.join(lines), encoding="utf8", newline="")
    rows, rejects = read(path, ReadOptions(network="x", columns=OPTIONS.columns))
    assert len(rows) == lines.count(GOOD)
    expected = [(number, BAD[line], line) for number, line in enumerate(lines, 1) if line in BAD]
    assert [(record["line"], record["reason"], record["text"]) for record in rejects] == expected


@LENIENT
@given(lines=st.lists(st.sampled_from(["good", "", "{", "[]", '{"source":1.5}', "x\0"]), max_size=200))
def test_every_bad_line_of_json_is_told_under_its_own_number(tmp_path, lines):
    good = json.dumps({"source": "a", "target": "b", "time": MOMENT, "kind": "like"})
    lines = [good, *(good if line == "good" else line for line in lines)]
    path = tmp_path / "f.jsonl"
    path.write_text("\n".join(lines), encoding="utf8")
    rows, rejects = read(path, ReadOptions(network="x"))
    assert len(rows) == lines.count(good)
    assert [record["line"] for record in rejects] == [
        number for number, line in enumerate(lines, 1) if line not in ("", good)
    ]


def outcome_of(path) -> str:
    """What a reader makes of a file: "read", or the message of an error that says what to do."""
    try:
        read(path, ReadOptions(network="x", columns=OPTIONS.columns))
    except InputError as error:
        return f"{error.message} {error.hint}" if error.hint else "no hint"
    return "read"


@LENIENT
@given(content=st.binary(max_size=300), name=st.sampled_from(["f.csv", "f.jsonl", "f.parquet", "f"]))
def test_no_bytes_crash_the_reader(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    assert outcome_of(path) != "no hint"


@pytest.mark.parametrize("head", [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1", b'{"', b"a,b,1341100972,like\n"])
@LENIENT
@given(rest=st.binary(max_size=200))
def test_no_bytes_after_a_known_beginning_crash_the_reader(tmp_path, head, rest):
    path = tmp_path / "f"
    path.write_bytes(head + rest)
    assert outcome_of(path) != "no hint"
