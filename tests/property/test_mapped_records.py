"""Whatever the records and the mapping: each quick form with Python behind it maps as Python alone does."""

import json
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from renown.sources.mapped.lines import Lines, line_starts
from renown.sources.mapped.mapping import parse_mapping
from renown.sources.mapped.reading import MappedReader
from renown.types import no_progress

NAMES = ("a", "b", "c", "$d", "A", "e f")
NOW = 1_790_000_000_000_000

texts = st.sampled_from(
    [
        "ann",
        "",
        " ",
        "1",
        "007",
        "1.50",
        "1e5",
        "-3",
        "true",
        "nan",
        "{",
        "[x]",
        "a/b/c",
        "m:ann",
        "Ö",
        "\0x",
        "é|~",
        "x" * 513,
    ]
) | st.text(max_size=6)
moments = st.sampled_from(
    [
        "2026-05-01T12:00:00Z",
        "2026-05-01 12:00:00.123456+02:00",
        "2026-05-01T12:00:00",
        "2026-05-01",
        "1999-01-01T00:00:00Z",
        "yesterday",
        1777636800,
        1777636800000,
        1777636800000000,
        "1777636800",
        1777636800.25,
        99,
        -1,
        True,
        None,
    ]
)
scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | texts | moments
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=10,
)
records = st.dictionaries(st.sampled_from(NAMES), values, max_size=6).map(
    lambda one: {**one, "t": one.get("t", 1777636800)}
)
plain_records = st.fixed_dictionaries(
    {
        "a": texts | st.dictionaries(st.sampled_from(NAMES), texts, max_size=3),
        "b": texts,
        "c": st.lists(texts | st.none(), max_size=3),
        "t": moments,
    }
)

steps = st.sampled_from([*NAMES, '"e f"', "a.b", "a.c", "b[0]", "c[1].a", "a.$d.b", "t"])
conditions = st.sampled_from(
    [
        '{ a = "ann" }',
        '{ b = ["1", true] }',
        '{ "a.b" = { exists = true } }',
        '{ c = { not = "x" } }',
        '{ b = { contains = "n" } }',
        '{ b = { starts = ["a", "1"] } }',
        '[{ a = "1" }, { b = { exists = false } }]',
        '{ "c[]" = "ann" }',
        '{ "c[]" = { not = ["1", "ann"] } }',
    ]
)
shaped = st.tuples(
    steps,
    st.sampled_from(
        [
            "",
            ', split = "/", part = 2',
            ", lower = true",
            ', prefix = "p"',
            ', default = "z"',
            ', words = { ann = "bea" }',
        ]
    ),
)


@st.composite
def mappings(draw):
    def value():
        path, more = draw(shaped)
        return f"{{ from = {json.dumps(path)}{more} }}"

    lines = ['network = "m"']
    if draw(st.booleans()):
        lines.append('zone = "UTC"')
    if draw(st.booleans()):
        lines += ["[leave_out]", f"flag = {draw(conditions)}"]
    for _ in range(draw(st.integers(1, 3))):
        lines += ["[[rows]]", 'table = "interactions"']
        if draw(st.booleans()):
            lines.append(f"when = {draw(conditions)}")
        target = value()
        if draw(st.booleans()):
            lines.append(f'each = "{draw(st.sampled_from(["c[]", "a.c[]", "c[].a[]"]))}"')
            target = draw(st.sampled_from(['"@"', '"@.a"', '{ from = "@.b", default = "q" }']))
        kind = draw(
            st.sampled_from(
                [
                    '{ value = "like" }',
                    '{ from = "b", words = { ann = "repost", "1" = "-" }, default = "like" }',
                ]
            )
        )
        form = draw(st.sampled_from(["", ', form = "iso"', ', form = "s"', ', form = "us", round = "s"']))
        lines += [
            f"source = {value()}",
            f"target = {target}",
            f"kind = {kind}",
            f'time = {{ from = "t"{form} }}',
        ]
        if draw(st.booleans()):
            lines.append(f"post = {value()}")
        if draw(st.booleans()):
            lines.append('id = { template = "{a}/{b}:{time:ms}" }')
        if draw(st.booleans()):
            lines.append(f"but_not = {value()}")
        if draw(st.booleans()):
            lines.append('seen = { value = 1777636801, form = "s" }')
    return "\n".join(lines)


def everything(reader, path):
    rows, quarantined, left_out, count = Counter(), Counter(), Counter(), 0
    for harvest in reader.harvests(str(path), progress=no_progress):
        for name, table in harvest.rows.items():
            rows.update((name, repr(row)) for row in table.to_pylist())
        quarantined.update((one.scope, one.reason, one.payload) for one in harvest.quarantined)
        left_out.update(harvest.left_out_counts)
        count += harvest.records_count
    return rows, quarantined, left_out, count


def written(found, folder, is_ascii):
    lines = [json.dumps(one, ensure_ascii=is_ascii) for one in found]
    path = Path(folder) / "records.jsonl"
    path.write_bytes("".join(line + "\n" for line in lines).encode("utf-8", "surrogatepass"))
    return path


def reader_by(mapping, *forms):
    """A reader that has no other forms than these; Python is always there."""
    reader = MappedReader(mapping, now=NOW, threads=1)
    reader.compiled = reader.compiled if "sql" in forms else None
    reader.kernel = reader.kernel if "kernel" in forms else None
    return reader


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(mappings(), st.lists(records | plain_records, min_size=1, max_size=12), st.booleans())
def test_sql_agrees_with_python(text, found, is_ascii):
    mapping = parse_mapping(text)
    with tempfile.TemporaryDirectory() as folder:
        path = written(found, folder, is_ascii)
        assert everything(reader_by(mapping, "sql"), path) == everything(reader_by(mapping), path)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(mappings(), st.lists(records | plain_records, min_size=1, max_size=12), st.booleans())
def test_the_kernel_agrees_with_python(text, found, is_ascii):
    mapping = parse_mapping(text)
    assume(reader_by(mapping, "kernel").kernel is not None)
    with tempfile.TemporaryDirectory() as folder:
        path = written(found, folder, is_ascii)
        assert everything(reader_by(mapping, "kernel"), path) == everything(reader_by(mapping), path)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(mappings(), st.lists(records | plain_records, min_size=1, max_size=12), st.booleans())
def test_what_the_kernel_leaves_sql_takes_up(text, found, is_ascii):
    mapping = parse_mapping(text)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("renown.sources.mapped.reading.WORTH_A_QUERY", 0)
        path = written(found, folder, is_ascii)
        assert everything(reader_by(mapping, "sql", "kernel"), path) == everything(reader_by(mapping), path)


@pytest.mark.parametrize("below", ["b[0]", "b.x"])
@pytest.mark.parametrize("value", ["ann", 5, ["ann"], {"x": "ann"}, [], {}, None])
def test_what_has_to_be_there_may_be_of_another_shape_than_what_is_looked_up_below_it(below, value):
    text = 'network = "m"\n[leave_out]\nflag = { b = { exists = false } }\n[[rows]]\ntable = "interactions"\n'
    text += 'source = "a"\ntarget = "a"\nkind = { value = "like" }\ntime = "t"\n'
    mapping = parse_mapping(text + f'but_not = {{ from = "{below}" }}')
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("renown.sources.mapped.reading.WORTH_A_QUERY", 0)
        path = written([{"a": "ann", "b": value, "t": "2026-05-01T12:00:00Z"}], folder, False)
        assert reader_by(mapping, "sql").compiled is not None
        assert everything(reader_by(mapping, "sql"), path) == everything(reader_by(mapping), path)


def test_most_of_these_mappings_have_an_sql_form():
    """Or the test above would compare Python with itself."""
    head = 'network = "m"\n[[rows]]\ntable = "interactions"\n'
    text = head + 'source = "a.b"\ntarget = "b"\nkind = { value = "like" }\ntime = "t"\n'
    assert MappedReader(parse_mapping(text)).compiled is not None
    assert MappedReader(
        parse_mapping(text + 'each = "c[].a[]"\nbut_not = { from = "a", split = "/", part = 2 }\n')
    ).compiled


def test_the_kernel_maps_plain_records_itself():
    """And the other test would compare Python with itself if it gave everything back."""
    head = 'network = "m"\n[[rows]]\ntable = "interactions"\nwhen = { "c[]" = "x", b = { contains = "e" } }\n'
    text = head + 'source = "a.b"\ntarget = "b"\nkind = { value = "like" }\ntime = "t"\n'
    kernel = reader_by(parse_mapping(text), "kernel").kernel
    assert kernel is not None
    plain = {"a": {"b": "ann", "more": ['\\ "', {}]}, "b": "bea", "c": ["y", "x"], "t": 1777636800}
    found = kernel.map(_lines([plain, {**plain, "b": "ö\n"}, {**plain, "b": 1.5}, {**plain, "c": []}]))
    assert found.odd.tolist() == [1, 2]
    assert found.counts.tolist() == [1]
    ((_, table),) = found.tables
    assert table["target_actor_id"].to_pylist() == ["m:bea"]


def _lines(found):
    text = b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in found)
    return Lines(text, line_starts(text), 1)
