from __future__ import annotations

import gzip
import io
import random
import subprocess
import sys
from functools import cache

import pyarrow as pa
import pytest

from renown.errors import InputError, SourceFileError
from renown.sources import ReadOptions, RejectLog, read_interactions
from tests.unit.sources.conftest import Outcome

MOMENT = 1341100972
GOOD = f"a,b,{MOMENT},like\n"
ROW = ("x:a", "x:b", MOMENT, "like")


def packed(codec: str, content: bytes) -> bytes:
    return gzip.compress(content, 1) if codec == "gzip" else pa.compress(content, codec).to_pybytes()


@cache
def many(count: int) -> bytes:
    digits = random.Random(1)
    return "".join(f"{digits.random()},b,{MOMENT + i},like\n" for i in range(count)).encode()


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
@pytest.mark.parametrize("name", ["f.csv.gz", "f.csv.zst", "f.csv", "f"])
def test_packed_files_are_known_by_their_bytes(file, read, codec, name):
    assert read(file(name, packed(codec, GOOD.encode()))).rows == [ROW]


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_packed_files_of_several_parts_are_read_to_the_end(file, read, codec):
    assert read(file("f.csv.gz", packed(codec, GOOD.encode()) * 3)).rows == [ROW] * 3


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
@pytest.mark.parametrize("lost", [1, 8, 9, 1_000, 0.5])
def test_half_a_packed_file_is_an_error(file, codec, lost):
    content = packed(codec, many(20_000))
    kept = content[:-lost] if isinstance(lost, int) else content[: int(len(content) * lost)]
    options = ReadOptions(network="x", columns="source target time kind")
    batches = read_interactions(file("f.csv.gz", kept), options=options, rejects=RejectLog())
    with pytest.raises(SourceFileError, match=rf"f\.csv\.gz is cut short: its {codec} stream") as caught:
        list(batches)
    assert "Nothing of it was kept" in caught.value.hint


def test_half_a_packed_file_of_json_lines_is_an_error(file, read):
    line = b'{"source":"a","target":"b","time":1341100972,"kind":"like"}\n'
    with pytest.raises(SourceFileError, match="cut short"):
        read(file("f.jsonl.gz", gzip.compress(line * 50_000)[:-20]))


def test_a_damaged_packed_file_is_an_error(file, read):
    content = bytearray(gzip.compress(many(20_000)))
    content[-6] ^= 0xFF  # of the checksum
    with pytest.raises(SourceFileError, match="damaged: its gzip stream"):
        read(file("f.csv.gz", bytes(content)))


def test_a_missing_file_is_told_at_once(tmp_path):
    with pytest.raises(SourceFileError, match=r"no file .*nowhere\.csv"):
        read_interactions(tmp_path / "nowhere.csv", options=ReadOptions(network="x"), rejects=RejectLog())


def test_a_directory_is_told_at_once(tmp_path):
    with pytest.raises(SourceFileError, match="is a directory") as caught:
        read_interactions(tmp_path, options=ReadOptions(network="x"), rejects=RejectLog())
    assert "/*" in caught.value.hint


def test_a_name_that_cannot_be_is_no_crash():
    for name in ("a\0b", "x" * 5_000):
        with pytest.raises(SourceFileError, match="cannot be read"):
            read_interactions(name, options=ReadOptions(network="x"), rejects=RejectLog())


def test_a_file_that_may_not_be_read_is_told(file, read, monkeypatch):
    path = file("f.csv", GOOD)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")  # chmod would not stop root

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(SourceFileError, match="Permission denied"):
        read(path)


@pytest.mark.parametrize(
    "content", [b"", b"\n\n  \n", gzip.compress(b""), "\ufeff".encode(), "\ufeff\n".encode()]
)
@pytest.mark.parametrize("name", ["f.csv", "f.jsonl", "f"])
def test_an_empty_file_is_told(file, read, name, content):
    with pytest.raises(SourceFileError, match="is empty"):
        read(file(name, content))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04" + bytes(100), "ZIP archive"),
        (b"BZh91AY&SY" + bytes(100), "bzip2"),
        (b"SQLite format 3\0" + bytes(100), "SQLite"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG"),
        (GOOD.encode("utf-16"), "UTF-16"),
        (random.Random(1).randbytes(100_000), "binary"),
        (bytes(5_000), "binary"),
        (gzip.compress(gzip.compress(GOOD.encode())), "binary|not .* columns"),
        (gzip.compress(b"PK\x03\x04" + bytes(100)), "ZIP archive"),
    ],
)
def test_a_binary_file_is_told(file, read, content, what):
    with pytest.raises(SourceFileError, match=what):
        read(file("f.csv", content))


def test_a_few_nul_bytes_make_no_binary_file(file, read):
    outcome = read(file("f.csv", GOOD * 3 + "a\0,b,1341100972,like\n" + GOOD))
    assert outcome.rows == [ROW] * 4
    assert outcome.refused == [(4, "nul_byte")]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input(pack):
    script = (
        "from renown.sources import *\n"
        "options = ReadOptions(network='x', columns='source target time kind', strict=True)\n"
        "print(sum(b.num_rows for b in read_interactions('-', options=options, rejects=RejectLog())))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=pack(many(30_000)), capture_output=True, check=True, timeout=60
    )
    assert done.stdout == b"30000\n"


def test_rejects_of_standard_input_have_its_name(read, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{GOOD}x\n".encode())))
    assert read("-").records[0]["file"] == "standard input"


@pytest.mark.parametrize("name", ["f.csv", "f.csv.gz", "f.jsonl"])
def test_progress_counts_the_bytes_of_the_file(file, name):
    content = many(40_000)
    if name == "f.jsonl":
        content = b'{"source":"a","target":"b","time":1341100972,"kind":"like"}\n' * 10_000
    path = file(name, gzip.compress(content) if name.endswith("gz") else content)
    calls = []
    options = ReadOptions(network="x", columns="source target time kind")
    batches = read_interactions(
        path, options=options, rejects=RejectLog(), progress=lambda *call: calls.append(call)
    )
    assert sum(batch.num_rows for batch in batches) in (40_000, 10_000)
    assert {stage for stage, _, _ in calls} == {f"reading {path}"}
    assert {total for _, _, total in calls} == {path.stat().st_size}
    done = [done for _, done, _ in calls]
    assert done == sorted(done)
    assert done[-1] == path.stat().st_size
    assert len(done) > 1


def test_a_source_that_is_not_there_is_told():
    options = ReadOptions(network="x", source="jsonll")
    with pytest.raises(InputError, match="no source called 'jsonll'") as caught:
        read_interactions("f", options=options, rejects=RejectLog())
    assert "Did you mean jsonl" in caught.value.hint


def test_the_file_is_closed_when_reading_stops_early(file):
    options = ReadOptions(network="x", columns="source target time kind")
    batches = read_interactions(file("f.csv", many(40_000)), options=options, rejects=RejectLog())
    next(batches)
    batches.close()  # warnings are errors here: an open file would be told


@pytest.mark.shared_data
def test_the_higgs_file_is_read_whole(read, request):
    path = request.config.rootpath / "../shared/data/higgs/activity.txt.gz"
    if not path.is_file():
        pytest.skip("the Higgs data set is not beside the repository")
    outcome = read(path, network="twitter", kinds={"RT": "repost", "MT": "mention", "RE": "reply"})
    assert outcome.table.num_rows == 508_776
    assert outcome.rejects.count == 0
    assert Outcome(outcome.table.slice(0, 1), outcome.rejects).rows == [
        ("twitter:223789", "twitter:213163", 1341100972, "mention")
    ]
