"""Records come out as they were written, whatever the layout, the length and the packing."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from renown.errors import SourceFileError
from renown.sources import json_records
from renown.sources.bytestream import TextBytes, open_bytes
from renown.sources.json_records import read_records, read_values

OBJECTS = [{"n": n, "t": 'x"\\{}[]\n,' * (n % 5), "in": {"a": [1, [2, {"z": "]}"}]]}} for n in range(50)]
LAYOUTS = {
    "lines": "\n".join(map(json.dumps, OBJECTS)),
    "lines with blanks": "\r\n\n".join(map(json.dumps, OBJECTS)) + "\n\n",
    "one array": json.dumps(OBJECTS),
    "one array, laid out": json.dumps(OBJECTS, indent=2),
    "one array, an object a line": "[\n" + ",\n".join(map(json.dumps, OBJECTS)) + "\n]\n",
    "objects, laid out": "\n".join(json.dumps(one, indent=1) for one in OBJECTS),
    "two arrays": json.dumps(OBJECTS[:20]) + "\n" + json.dumps(OBJECTS[20:]),
}
PACKINGS = {
    "plain": bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "zstd in frames": lambda text: b"".join(
        zstandard.ZstdCompressor().compress(text[at : at + 999]) for at in range(0, len(text), 999)
    ),
}


def read(path, into=None):
    found = [] if into is None else into
    with open_bytes(path) as raw:
        for records in read_records(TextBytes(raw, "file"), "file"):
            found += records
    return found


def values(text: bytes, piece: int):
    stream = io.BytesIO(text)
    sized = type("Sized", (), {"read": lambda self, count: stream.read(min(count, piece))})()
    return [record for records in read_values(sized, "file") for record in records]


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_and_packing_gives_the_same_records(tmp_path, layout, packing):
    path = tmp_path / "records.json"
    path.write_bytes(PACKINGS[packing](LAYOUTS[layout].encode()))
    assert [json.loads(record.content) for record in read(path)] == OBJECTS


@pytest.mark.parametrize("layout", LAYOUTS)
def test_records_know_their_line(tmp_path, layout):
    path = tmp_path / "records.json"
    path.write_text(LAYOUTS[layout], newline="")
    lines = LAYOUTS[layout].split("\n")
    for record in read(path):
        assert record.content.split(b"\n")[0].strip()[:9].decode() in lines[record.line - 1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(st.dictionaries(st.text(max_size=5), JSON, max_size=3), max_size=5),
    st.integers(1, 40),
    st.booleans(),
)
def test_values_do_not_depend_on_where_pieces_end(objects, piece, is_laid_out):
    text = json.dumps(objects, indent=1 if is_laid_out else None, ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )
    assert [json.loads(record.content) for record in values(text, piece)] == objects


def test_what_stands_between_values_is_not_lost():
    found = values(b'[{"a":1}, oops, {"b":2}]', 5)
    assert [record.content for record in found] == [b'{"a":1}', b"oops", b'{"b":2}']


@pytest.mark.parametrize(
    "text", ['[{"a":1},{"b":', '[{"a":1}', '[{"a":"x', '{"a":1}\n{"b":2', '{\n "a":\n', '{"a":1}\n{"b":"']
)
def test_what_ends_too_early_is_an_error_after_what_is_whole(tmp_path, text):
    path = tmp_path / "cut.json"
    path.write_text(text)
    found = []
    with pytest.raises(SourceFileError, match="cut short") as caught:
        read(path, into=found)
    assert [record.content for record in found] in ([b'{"a":1}'], [])
    assert "import it once more" in caught.value.hint


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_a_packed_file_that_is_cut_is_an_error(tmp_path, packing):
    path = tmp_path / "cut.json"
    path.write_bytes(PACKINGS[packing](LAYOUTS["lines"].encode())[:-20])
    with pytest.raises(SourceFileError, match=r"cut short|damaged"):
        read(path)


@pytest.mark.parametrize(
    "content", [b"<html>Not found</html>", b"   \n ", b"id,name\n1,x\n", b"PK\x03\x04xx"]
)
def test_what_is_no_json_is_said_to_be_none(tmp_path, content):
    path = tmp_path / "page.json"
    path.write_bytes(content)
    with pytest.raises(SourceFileError):
        read(path)


def test_a_record_without_end_costs_no_memory_and_stops_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(json_records, "LONGEST_RECORD_BYTES", 4 << 20)
    path = tmp_path / "huge.jsonl"
    with path.open("wb") as file:
        file.write(b'{"a":1}\n{"post":"')
        for _ in range(30):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n{"b":2}\n')
    tracemalloc.start()
    found = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [record.fault for record in found] == ["", "record_too_long", ""]
    assert [record.line for record in found] == [1, 2, 3]
    assert len(found[1].content) <= 100_000
    assert peak < 20 << 20


def test_an_element_without_end_costs_no_memory_and_stops_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(json_records, "LONGEST_RECORD_BYTES", 4 << 20)
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.write(b'[{"a":1},\n{"post":"')
        for _ in range(30):
            file.write(b'x\\"]' * (1 << 18))
        file.write(b'"},\n{"b":2},\n{"c":[3]}]')
    tracemalloc.start()
    found = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [record.fault for record in found] == ["", "record_too_long", "", ""]
    assert [record.content for record in found[2:]] == [b'{"b":2}', b'{"c":[3]}']
    assert [record.line for record in found] == [1, 2, 3, 4]
    assert peak < 30 << 20


def test_a_giant_array_is_read_in_bounded_memory(tmp_path):
    path = tmp_path / "array.json"
    with path.open("wb") as file:
        file.write(b"[")
        for number in range(40_000):
            file.write(b'{"id":%d,"text":"%s"},' % (number, b"x" * 800))
        file.write(b"{}]")
    tracemalloc.start()
    count = 0
    with open_bytes(path) as raw:
        for records in read_records(TextBytes(raw, "file"), "file"):
            count += len(records)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 40_001
    assert peak < 12 << 20 < path.stat().st_size / 2


def test_zstd_with_a_window_of_2_gb_is_unpacked(tmp_path):
    """As `zstd --long=31` packs: the window is named in the frame, whatever the length of the file."""
    parameters = zstandard.ZstdCompressionParameters(window_log=31, enable_ldm=True, write_content_size=False)
    packed = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    content = LAYOUTS["lines"].encode() * 200
    path = tmp_path / "dump.zst"
    path.write_bytes(packed.compress(content) + packed.flush())
    assert zstandard.get_frame_parameters(path.read_bytes()).window_size == 1 << 31
    assert len(read(path)) == len(OBJECTS) * 200 - 199  # the last line of one copy is the first of the next


def test_a_piece_of_zstd_that_grows_without_end_is_unpacked_a_little_at_a_time(tmp_path):
    path = tmp_path / "bomb.zst"
    packed = zstandard.ZstdCompressor(level=3).compressobj()
    with path.open("wb") as file:
        file.write(packed.compress(b'{"a":"'))
        for _ in range(400):
            file.write(packed.compress(bytes(1 << 20)))
        file.write(packed.flush())
    with open_bytes(path) as raw:
        stream = TextBytes(raw, "file")
        assert path.stat().st_size < 200_000
        sizes = [len(stream.read(1 << 20)) for _ in range(401)]
    assert max(sizes) <= 1 << 20
    assert sum(sizes) == (400 << 20) + 6
