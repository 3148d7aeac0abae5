from __future__ import annotations

import json

import pytest

from renown.errors import ColumnsError, SourceFileError

MOMENT = 1341100972
GOOD = {"source": "a", "target": "b", "time": MOMENT, "kind": "like"}
ROW = ("x:a", "x:b", MOMENT, "like")


def lines(*objects) -> str:
    return "\n".join(o if isinstance(o, str) else json.dumps(o) for o in objects) + "\n"


def test_objects_a_line(file, read):
    outcome = read(file("f.jsonl", lines(GOOD, {**GOOD, "text": "\n{}", "more": {"x": [1]}})), columns="")
    assert outcome.rows == [ROW, ROW]


def test_ids_may_be_numbers_and_keep_every_digit(file, read):
    objects = [{**GOOD, "source": 2**63 - 1}, {**GOOD, "source": 2**70}, {**GOOD, "source": "007"}]
    assert [row[0] for row in read(file("f.jsonl", lines(*objects))).rows] == [
        f"x:{2**63 - 1}",
        f"x:{2**70}",
        "x:007",
    ]
    assert read(file("g.jsonl", lines({**GOOD, "source": 7}, {**GOOD, "source": 8}))).rows[0][0] == "x:7"


def test_times_may_be_numbers_and_text(file, read):
    times = [MOMENT, MOMENT + 0.5, "2012-07-01T00:02:53Z", str(MOMENT)]
    outcome = read(file("f.jsonl", lines(*({**GOOD, "time": time} for time in times))))
    assert [row[2] for row in outcome.rows] == [MOMENT, MOMENT + 0.5, MOMENT + 1, MOMENT]


def test_fields_by_name(file, read):
    renamed = {"user id": 1, "to": 2, "ts": MOMENT, "type": "RT", "post": 9, "id": 7}
    columns = 'source="user id" target=to time=ts kind=type post=post id=id'
    outcome = read(file("f.jsonl", lines(renamed)), columns=columns, kinds={"RT": "repost"})
    assert outcome.rows == [("x:1", "x:2", MOMENT, "repost")]
    assert outcome.table["post_id"].to_pylist() == ["x:9"]
    assert outcome.table["interaction_id"].to_pylist() == ["7"]


def test_every_reason_an_object_can_be_refused_for(file, read):
    content = b"\n".join(
        [
            json.dumps(GOOD).encode(),
            b"",
            b"{broken",
            b"[1, 2]",
            b'"text"',
            b"{} {}",
            b'{"source":"\xff","target":"b","time":1341100972,"kind":"like"}',
            b'{"source":"a\0","target":"b","time":1341100972,"kind":"like"}',
            b'{"source":"a\\u0000","target":"b","time":1341100972,"kind":"like"}',
            json.dumps({**GOOD, "source": 1.5}).encode(),
            json.dumps({**GOOD, "target": ["b"]}).encode(),
            json.dumps({**GOOD, "time": True}).encode(),
            json.dumps({**GOOD, "kind": {}}).encode(),
            json.dumps({**GOOD, "source": None}).encode(),
            b'{"source":"a","target":"b","kind":"like"}',
            json.dumps({**GOOD, "kind": "bookmark"}).encode(),
            b'{"source":"\\ud800","target":"b","time":1341100972,"kind":"like"}',
            json.dumps(GOOD).encode(),
        ]
    )
    outcome = read(file("f.jsonl", content))
    assert outcome.rows == [ROW, ROW]
    assert outcome.refused == [
        (3, "not_json"),
        (4, "not_an_object"),
        (5, "not_an_object"),
        (6, "not_json"),
        (7, "invalid_utf8"),
        (8, "nul_byte"),
        (9, "nul_byte"),
        (10, "unreadable_id"),
        (11, "unreadable_id"),
        (12, "unreadable_time"),
        (13, "unknown_kind"),
        (14, "missing_source"),
        (15, "missing_time"),
        (16, "unknown_kind"),
        (17, "not_json"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", " \n"])
def test_line_numbers_are_exact_whatever_stands_between(file, read, end):
    objects = [json.dumps({**GOOD, "kind": "x" if number % 97 == 5 else "like"}) for number in range(1000)]
    objects[500] = "{"
    outcome = read(file("f.jsonl", end.join(objects)))
    stride = 2 if end == "\n\n" else 1
    expected = sorted({*range(5, 1000, 97), 500})
    assert [line for line, _ in outcome.refused] == [number * stride + 1 for number in expected]


def test_an_object_over_several_lines_is_no_json_line(file, read):
    outcome = read(file("f.jsonl", json.dumps(GOOD) + "\n{} " + json.dumps(GOOD) + '\n{\n"source":1}\n'))
    assert outcome.rows == [ROW]
    assert outcome.refused == [(2, "not_json"), (3, "not_json"), (4, "not_json")]


def test_a_deep_object_is_refused_not_a_crash(file, read):
    deep = '{"source":' + "[" * 100_000 + "]" * 100_000 + "}"
    assert read(file("f.jsonl", lines(GOOD, deep))).refused == [(2, "not_json")]


def test_a_json_array_is_told_apart(file, read):
    with pytest.raises(SourceFileError, match="one JSON array") as caught:
        read(file("f.json", json.dumps([GOOD])))
    assert "jq" in caught.value.hint


def test_a_file_without_objects_shows_its_first_line(file, read):
    with pytest.raises(SourceFileError, match=r"no JSON object.*a,b,c"):
        read(file("f.jsonl", "a,b,c\n1,2,3\n"))


def test_a_field_that_no_object_has_is_named(file, read):
    with pytest.raises(ColumnsError, match="no column for time=when"):
        read(file("f.jsonl", lines(GOOD)), columns="source=source target=target time=when kind=kind")


def test_content_tells_json_where_the_name_does_not(file, read):
    assert read(file("f.log", lines(GOOD))).rows == [ROW]
    assert read(file("g.jsonl", "\ufeff" + lines(GOOD))).rows == [ROW]
    assert read(file("h", lines(GOOD)), source="jsonl").rows == [ROW]
