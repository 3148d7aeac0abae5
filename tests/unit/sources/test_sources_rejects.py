from __future__ import annotations

import json
from pathlib import Path

import pytest

from renown.errors import InputError
from renown.sources import Reject, RejectLog
from renown.sources.rejects import readable


def reject(line=3, text=b"a,b"):
    return Reject(line, "wrong_column_count", "4 columns expected, 2 found", text)


def test_nothing_is_created_while_nothing_is_refused(tmp_path):
    path = tmp_path / "deep" / "rejects.jsonl"
    with RejectLog(path) as log:
        log.add("f.csv", [])
    assert log.count == 0
    assert log.written_path is None
    assert not path.parent.exists()


def test_refused_rows_are_counted_and_kept(tmp_path):
    path = tmp_path / "deep" / "rejects.jsonl"
    with RejectLog(path) as log:
        log.add("f.csv", [reject()])
        log.add("g.csv", [reject(9, b"\xff\0\n" + b"x" * 5_000)])
    assert log.count == log.counts["wrong_column_count"] == 2
    assert log.written_path == path
    first, second = (json.loads(line) for line in path.read_text(encoding="utf8").splitlines())
    assert first == {
        "file": "f.csv",
        "line": 3,
        "reason": "wrong_column_count",
        "message": "4 columns expected, 2 found",
        "text": "a,b",
    }
    assert second["file"] == "g.csv"
    assert second["text"] == "\\xff\0\n" + "x" * 1_997


def test_without_a_path_rows_are_only_counted():
    with RejectLog() as log:
        log.add("f.csv", [reject()])
    assert log.counts == {"wrong_column_count": 1}
    assert log.written_path is None


def test_an_old_rejects_file_is_replaced(tmp_path):
    path = tmp_path / "rejects.jsonl"
    path.write_text("old\n")
    with RejectLog(path) as log:
        log.add("f.csv", [reject()])
    assert path.read_text().count("\n") == 1


def test_a_rejects_file_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path, tmp_path / "file" / "rejects.jsonl"):
        with RejectLog(place) as log, pytest.raises(InputError, match="cannot be written"):
            log.add("f.csv", [reject()])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_told():
    with RejectLog("/dev/full") as log, pytest.raises(InputError, match="No space left") as caught:
        log.add("f.csv", [reject()])
    assert "--rejects" in caught.value.hint


def test_a_character_cut_in_two_is_shown_as_its_bytes():
    assert readable("é".encode()[:1]) == "\\xc3"
