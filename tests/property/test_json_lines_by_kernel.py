"""Whatever the bytes: what the kernel calls valid JSON is, and the values and times it finds are those."""

import json
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from renown.sources.mapped.lines import Lines, line_starts
from renown.sources.mapped.mapping import parse_mapping
from renown.sources.mapped.moments import as_datetime, to_microseconds
from renown.sources.mapped.reading import MappedReader
from renown.sources.mapped.record import decode_record
from renown.store.harvest import UnreadableRecord

NOW = 1_790_000_000_000_000
MAPPING = """
network = "m"
[[rows]]
table = "interactions"
source = { value = "s" }
target = { from = "a", default = "nobody" }
kind = { value = "like" }
time = { value = "2026-05-01T12:00:00Z" }
"""
SEEDS = [
    b'{"a": "ann", "b": [1, -2.5e+7, {"c": null}], "d": "x\\u00e9\\n"}',
    b'{"b": {"a": 1, "e": [[], {}, [true, false]]}, "a": 12345}',
    b' { "a" : "' + b"y" * 40 + b'" , "long": "' + b"z" * 31 + b'\\"" } \r',
    '{"a": "größe", "\\u0061": 1, "": ""}'.encode(),
    b'{"x": [0, -0, 0.1, 1E5, 01], "a": true}',
]
PIECES = [
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"0",
    b"-",
    b".",
    b"e",
    b"u",
    b"\x01",
    b"\x7f",
    b"\xc3",
]
PIECES += [b"\t", b"null", b"true", b"falsy", b"NaN", b'"a":1,', b"\x00", b" " * 33, b"[" * 70]


def mangled(random_seed):
    chance = random.Random(random_seed)
    line = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(line) + 1)
        what = chance.random()
        if what < 0.5:
            line[place:place] = chance.choice(PIECES)
        elif what < 0.8:
            line[place : place + 1] = chance.choice(PIECES)
        else:
            del line[place : place + chance.randrange(1, 4)]
    return bytes(line).replace(b"\n", b"")


def test_what_it_calls_valid_is_and_the_value_is_that_one():
    kernel = MappedReader(parse_mapping(MAPPING), now=NOW, threads=1).kernel
    lines = [mangled(seed) for seed in range(30_000)]
    text = b"".join(line + b"\n" for line in lines)
    found = kernel.map(Lines(text, line_starts(text), 1))
    odd = set(found.odd.tolist())
    sure = [line for place, line in enumerate(lines) if place not in odd]
    targets = [one for _, table in found.tables for one in table["target_actor_id"].to_pylist()]
    assert len(sure) == len(targets)
    assert len(sure) > 5_000
    for line, target in zip(sure, targets, strict=True):
        value = decode_record(line).get("a")
        assert target == "m:" + ("nobody" if value is None else str(value)), line


def test_plain_lines_are_not_given_back():
    kernel = MappedReader(parse_mapping(MAPPING), now=NOW, threads=1).kernel
    lines = [
        SEEDS[0],
        SEEDS[1],
        SEEDS[2],
        b'{"b": "' + b'\\\\\\"' * 50 + b'"}',
        b"{" + b'"b":{' * 63 + b"}" * 64,
    ]
    text = b"".join(line + b"\n" for line in lines)
    assert kernel.map(Lines(text, line_starts(text), 1)).odd.tolist() == []
    text = text[:-1]
    assert kernel.map(Lines(text, line_starts(text), 1)).odd.tolist() == []


FORMS = ["iso", "s", "ms", "us", "ns", None, "%a %b %d %H:%M:%S %z %Y", "%Y-%m-%d %H:%M:%S%z"]
digits = st.text("0123456789", min_size=1, max_size=20)
dates = st.tuples(
    st.sampled_from(
        ["2026-02-28", "2024-02-29", "2023-02-29", "2026-04-31", "2026-13-01", "2000-01-01", "20-1-1"]
    ),
    st.sampled_from(["T", " ", "t", ""]),
    st.sampled_from(["00:00:00", "23:59:59", "24:00:00", "12:60:00", "12:00:60", "1:00:00", "12:00"]),
    st.sampled_from(["", ".", ".5", ".123456", ".1234567"]),
    st.sampled_from(["Z", "", "+00:00", "-12:30", "+0200", "+24:00", "z", " Z"]),
).map("".join)
written = st.sampled_from(
    [
        "Wed Aug 27 13:08:45 +0000 2008",
        "Fri Feb 29 23:59:59 -0130 2008",
        "wed aug 27 13:08:45 +0000 2008",
        "Wed Aug 7 13:08:45 +0000 2008",
        "Wed Aug 00 13:08:45 +0000 2008",
        "Wen Aug 27 13:08:45 +0000 2008",
        "Wed Aug 27 13:08:45 +9900 2008",
        "Wed Aug 27 13:08:45  0000 2008",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(digits | dates | written, min_size=1, max_size=30), st.sampled_from(FORMS), st.booleans())
def test_times_mean_what_they_mean_in_python(texts, form, is_utc):
    said = f'{{ from = "t", form = "{form}" }}' if form else '"t"'
    text = MAPPING.replace('{ value = "2026-05-01T12:00:00Z" }', said)
    zone = "UTC" if is_utc else None
    mapping = parse_mapping((f'zone = "{zone}"\n' if zone else "") + text)
    kernel = MappedReader(mapping, now=NOW, threads=1).kernel
    content = b"".join(json.dumps({"a": str(n), "t": one}).encode() + b"\n" for n, one in enumerate(texts))
    found = kernel.map(Lines(content, line_starts(content), 1))
    for _, table in found.tables:
        for row in table.to_pylist():
            claimed = texts[int(row["target_actor_id"].removeprefix("m:"))]
            try:
                meant = to_microseconds(claimed, form, zone)
            except UnreadableRecord as error:
                raise AssertionError(f"{claimed} was read as {row['occurred_at']}") from error
            assert row["occurred_at"] == as_datetime(meant)


def test_usual_times_are_not_given_back():
    for form, claimed in (
        ("iso", "2026-02-28T12:00:00.123Z"),
        ("iso", "2026-02-28T12:00:00+02:00"),
        ("us", "1772323200000000"),
        ("", "1772323200"),
        ("%a %b %d %H:%M:%S %z %Y", "Wed Aug 27 13:08:45 +0000 2008"),
    ):
        said = f'{{ from = "t", form = "{form}" }}' if form else '"t"'
        mapping = parse_mapping(MAPPING.replace('{ value = "2026-05-01T12:00:00Z" }', said))
        kernel = MappedReader(mapping, now=NOW, threads=1).kernel
        content = json.dumps({"t": claimed}).encode() + b"\n"
        assert kernel.map(Lines(content, line_starts(content), 1)).odd.tolist() == [], claimed
