"""Files of any shape through a mapping: rows, quarantine and counts; hostile files too."""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from renown.errors import InputError, MappingError, SourceFileError
from renown.sources.mapped import MappedOptions, harvest
from renown.sources.mapped.mapping import parse_mapping
from renown.sources.mapped.preview import preview_mapping
from renown.sources.mapped.reading import MappedReader, replay_record
from renown.sources.registry import Request
from renown.store.harvest import Gather, UnreadableRecord, harvest_schema
from renown.types import no_progress

FORUM = """
network = "forum"
[leave_out]
private = true
[[rows]]
table = "interactions"
when = { verb = ["liked", "shared"] }
source = "user.id"
target = "object.author.id"
kind = { from = "verb", words = { liked = "like", shared = "repost" } }
time = "created"
post = "object.id"
id = "id"
[[rows]]
table = "interactions"
each = "mentions[]"
source = "user.id"
target = "@"
kind = { value = "mention" }
time = "created"
"""
GOOD = {
    "id": 1,
    "verb": "liked",
    "user": {"id": "ann"},
    "object": {"id": "p1", "author": {"id": "bea"}},
    "created": "2026-05-01T12:00:00Z",
}
MOMENT = datetime(2026, 5, 1, 12, tzinfo=UTC)


def write(path, lines):
    path.write_bytes(b"".join((x if isinstance(x, bytes) else json.dumps(x).encode()) + b"\n" for x in lines))
    return str(path)


def read(location, text=FORUM):
    return list(MappedReader(parse_mapping(text)).harvests(str(location), progress=no_progress))


def rows_of(harvests, table="interactions"):
    return [row for one in harvests for row in one.rows.get(table, pa.table({})).to_pylist()]


def quarantined(harvests):
    return [record for one in harvests for record in one.quarantined]


def test_a_record_becomes_its_rows(tmp_path):
    harvests = read(write(tmp_path / "a.jsonl", [{**GOOD, "mentions": ["cyd", 7]}]))
    first, *mentions = rows_of(harvests)
    assert first == {
        "network": "forum",
        "source_actor_id": "forum:ann",
        "target_actor_id": "forum:bea",
        "kind": "like",
        "post_id": "forum:p1",
        "reaction_post_id": None,
        "interaction_id": "1",
        "occurred_at": MOMENT,
    }
    assert [row["target_actor_id"] for row in mentions] == ["forum:cyd", "forum:7"]
    assert harvests[0].rows["interactions"].schema.equals(harvest_schema("interactions"))


def test_what_is_left_out_is_counted_and_nowhere_else(tmp_path):
    hidden = {**GOOD, "private": True, "user": {"id": "hidden"}}
    harvests = read(write(tmp_path / "a.jsonl", [GOOD, hidden, {"verb": "slept"}]))
    assert sum((Counter(one.left_out_counts) for one in harvests), Counter()) == {"private": 1}
    assert sum(one.records_count for one in harvests) == 3
    assert "hidden" not in repr(harvests)


def test_records_that_no_rule_takes_are_counted(tmp_path):
    text = FORUM.partition('[[rows]]\ntable = "interactions"\neach')[0]
    harvests = read(write(tmp_path / "a.jsonl", [GOOD, {"verb": "slept"}]), text)
    assert harvests[0].left_out_counts == {"no-rule-applies": 1}


ODD = [
    (b"not json", "not_json"),
    (b"[1, 2]", "not_an_object"),
    (b'"text"', "not_an_object"),
    (b"7", "not_an_object"),
    (b"null", "not_an_object"),
    (json.dumps(GOOD).encode()[:-4], "not_json"),
    (json.dumps(GOOD).encode() + b" {}", "not_json"),
    (json.dumps(GOOD).encode().replace(b'"ann"', b'"a\xff"'), "invalid_utf8"),
    (json.dumps(GOOD).encode().replace(b'"ann"', b'"a\\u0000"'), "nul_byte"),
    (json.dumps(GOOD).encode().replace(b'"ann"', b'"\\ud800"'), "invalid_utf8"),
    ({**GOOD, "user": {"id": {"x": 1}}}, "unreadable_value"),
    ({**GOOD, "user": {"id": 1.5}}, "unreadable_id"),
    ({**GOOD, "user": {"id": True}}, "unreadable_id"),
    ({**GOOD, "user": "ann"}, "missing_source"),
    ({**GOOD, "user": None}, "missing_source"),
    ({**GOOD, "user": {"id": "  "}}, "missing_source"),
    ({**GOOD, "user": {"id": "x" * 513}}, "id_too_long"),
    ({**GOOD, "object": {"id": "p"}}, "missing_target"),
    ({**GOOD, "created": None}, "missing_time"),
    ({**GOOD, "created": "yesterday"}, "unreadable_time"),
    ({**GOOD, "created": "2026-05-01T12:00:00"}, "time_without_zone"),
    ({**GOOD, "created": "1999-05-01T12:00:00Z"}, "time_before_2000"),
    ({**GOOD, "created": "2999-05-01T12:00:00Z"}, "time_in_future"),
    ({**GOOD, "created": 10**300}, "unreadable_time"),
    ({**GOOD, "mentions": [{"id": 1}]}, "unreadable_value"),
    (json.dumps(GOOD).encode().replace(b'"id": 1', b'"id": ' + b"[" * 100_000 + b"]" * 100_000), "not_json"),
]


@pytest.mark.parametrize(("line", "reason"), ODD, ids=lambda value: value if isinstance(value, str) else "")
def test_what_cannot_be_understood_is_quarantined_with_its_line_and_nothing_else_is_lost(
    tmp_path, line, reason
):
    path = write(tmp_path / "a.jsonl", [GOOD, b"", line, {**GOOD, "id": 2}])
    harvests = read(path)
    (record,) = quarantined(harvests)
    assert (record.reason, record.scope) == (reason, f"{path}:3")
    assert [row["interaction_id"] for row in rows_of(harvests)] == ["1", "2"]
    with pytest.raises(UnreadableRecord):
        replay_record(record.payload, Gather("mapped", network="forum"))


FINE = [
    ({**GOOD, "user": {"id": "'; drop table interactions; --"}}, "forum:'; drop table interactions; --"),
    ({**GOOD, "user": {"id": 10**30}}, f"forum:{10**30}"),
    ({**GOOD, "user": {"id": "1e5"}}, "forum:1e5"),
    ({**GOOD, "user": {"id": "true"}}, "forum:true"),
    ({**GOOD, "user": {"id": "{x"}}, "forum:{x"),
    ({**GOOD, "user": {"id": "forum:ann"}}, "forum:ann"),
    ({**GOOD, "user": {"id": "größe 学"}}, "forum:größe 学"),
    (json.dumps(GOOD).encode().replace(b'"id": "ann"', b'"id": "ann", "id": "eve"'), "forum:ann"),
    (b"  " + json.dumps(GOOD).encode() + b"\r", "forum:ann"),
    ({**GOOD, "created": 1777636800}, "forum:ann"),
    ({**GOOD, "created": "1777636800000"}, "forum:ann"),
    ({**GOOD, "created": "2026-05-01T14:00:00+02:00"}, "forum:ann"),
    ({**GOOD, "text": "x" * 10_000_000}, "forum:ann"),
]


@pytest.mark.parametrize(("line", "source"), FINE, ids=lambda value: "")
def test_what_is_odd_but_means_something_is_read(tmp_path, line, source):
    harvests = read(write(tmp_path / "a.jsonl", [line]))
    assert quarantined(harvests) == []
    assert [(row["source_actor_id"], row["occurred_at"]) for row in rows_of(harvests)] == [(source, MOMENT)]


def test_names_and_constants_that_look_like_sql_are_only_names(tmp_path):
    path = '"\\"us\'er; --\\".id"'
    text = FORUM.replace('"user.id"', path).replace('"liked", "shared"', '"li\'ked", "liked"')
    line = {**GOOD, "us'er; --": {"id": "ann"}}
    assert rows_of(read(write(tmp_path / "a.jsonl", [line]), text))[0]["source_actor_id"] == "forum:ann"


def test_a_path_to_text_and_into_objects_at_once(tmp_path):
    text = FORUM.replace('"user.id"', '{ from = ["user.id", "user"] }')
    harvests = read(write(tmp_path / "a.jsonl", [GOOD, {**GOOD, "user": "eve"}]), text)
    assert sorted(row["source_actor_id"] for row in rows_of(harvests)) == ["forum:ann", "forum:eve"]


def test_names_that_differ_in_case_only(tmp_path):
    text = FORUM.replace('"object.id"', '"USER.id"')
    (row,) = rows_of(read(write(tmp_path / "a.jsonl", [{**GOOD, "USER": {"id": "eve"}}]), text))
    assert (row["source_actor_id"], row["post_id"]) == ("forum:ann", "forum:eve")


def test_a_payload_is_understood_later_by_its_own_mapping(tmp_path):
    (record,) = quarantined(read(write(tmp_path / "a.jsonl", [{**GOOD, "created": None}])))
    mended = json.loads(record.payload)
    mended["record"] = mended["record"].replace('"created": null', '"created": 1777636800')
    gather = Gather("mapped", network="other")
    replay_record(json.dumps(mended), gather)
    (row,) = gather.harvest().rows["interactions"].to_pylist()
    assert (row["network"], row["target_actor_id"], row["occurred_at"]) == ("forum", "forum:bea", MOMENT)


@pytest.mark.parametrize(
    "payload", ["", "{}", "[]", '{"mapping": "gone", "record": "{}"}', '{"mapping": 1, "record": 2}']
)
def test_a_payload_that_was_not_kept_whole_stays(payload):
    with pytest.raises(UnreadableRecord):
        replay_record(payload, Gather("mapped", network="forum"))


def test_packed_files_and_many_blocks_give_the_same_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("renown.sources.mapped.lines.BLOCK_BYTES", 4_096)
    lines = [{**GOOD, "id": n} if n % 50 else b"broken" for n in range(1_000)]
    path = write(tmp_path / "a.jsonl", lines)
    packed = tmp_path / "a.jsonl.gz"
    packed.write_bytes(gzip.compress((tmp_path / "a.jsonl").read_bytes()))
    plain, unpacked = read(path), read(packed)
    assert len(plain) > 10
    assert rows_of(plain) == rows_of(unpacked)
    assert sorted(int(row["interaction_id"]) for row in rows_of(plain)) == [n for n in range(1_000) if n % 50]
    assert [record.scope for record in quarantined(plain)] == [f"{path}:{n + 1}" for n in range(0, 1_000, 50)]


@pytest.mark.parametrize("length", [5_000, 16_384, 20_000, 64_000])
def test_a_line_longer_than_a_block_is_read_whole(tmp_path, monkeypatch, length):
    monkeypatch.setattr("renown.sources.mapped.lines.BLOCK_BYTES", 4_096)
    long = {**GOOD, "id": 2, "text": "x" * length}
    lines = [{**GOOD, "id": 1}, long, {**long, "id": 3}, *({**GOOD, "id": n} for n in range(4, 200)), long]
    harvests = read(write(tmp_path / "a.jsonl", [*lines, {**GOOD, "id": 200}]))
    assert quarantined(harvests) == []
    found = [int(row["interaction_id"]) for row in rows_of(harvests)]
    assert found == [*range(1, 200), 2, 200]


def test_a_line_that_is_too_long_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr("renown.sources.mapped.lines.BLOCK_BYTES", 4_096)
    monkeypatch.setattr("renown.sources.mapped.lines.LONGEST_LINE", 16_384)
    harvests = read(write(tmp_path / "a.jsonl", [GOOD, {**GOOD, "text": "x" * 50_000}, {**GOOD, "id": 2}]))
    (record,) = quarantined(harvests)
    assert (record.reason, record.scope.rpartition(":")[2]) == ("line_too_long", "2")
    assert [row["interaction_id"] for row in rows_of(harvests)] == ["1", "2"]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"PK\x03\x04xxxx"])
def test_a_file_with_nothing_to_read_is_an_error(tmp_path, content):
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(SourceFileError):
        read(path)


def test_a_packed_file_that_is_cut_short_is_an_error(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(GOOD).encode() * 1_000)[:-20])
    with pytest.raises(SourceFileError, match="cut short"):
        read(path)


def test_csv_and_parquet_are_read_through_the_same_mapping(tmp_path):
    text = """
network = "forum"
zone = "UTC"
[[rows]]
table = "interactions"
source = "from"
target = "to"
kind = { value = "like" }
time = "time"
"""
    (tmp_path / "a.csv").write_bytes(
        b'from,to,time\nann,bea,2026-05-01T12:00:00Z\n7,"x,y",1777636800\nshort\nc\xff,d,1777636800\n,e,1777636800\n'
    )
    harvests = read(tmp_path / "a.csv", text)
    found = [(row["source_actor_id"], row["target_actor_id"]) for row in rows_of(harvests)]
    assert found == [("forum:ann", "forum:bea"), ("forum:7", "forum:x,y")]
    reasons = Counter(record.reason for record in quarantined(harvests))
    assert reasons == {"wrong_column_count": 1, "invalid_utf8": 1, "missing_source": 1}
    table = pa.table(
        {"from": ["ann", None], "to": [1, 2], "time": pa.array([MOMENT] * 2, pa.timestamp("us", "UTC"))}
    )
    pq.write_table(table, tmp_path / "a.parquet")
    harvests = read(tmp_path / "a.parquet", text)
    assert [(r["target_actor_id"], r["occurred_at"]) for r in rows_of(harvests)] == [("forum:1", MOMENT)]
    assert [record.reason for record in quarantined(harvests)] == ["missing_source"]


def test_other_tables_are_filled(tmp_path):
    text = """
network = "forum"
[defaults]
time = "seen"
[[rows]]
table = "actors"
actor = "id"
handle = { from = "name", lower = true, default = "nobody" }
followers_count = "followers"
is_protected = "closed"
created_at = "born"
[[rows]]
table = "posts"
each = "posts[]"
post = "@.id"
author = "id"
text = "@.text"
[[rows]]
table = "follows"
each = "follows[]"
source = "id"
target = { from = "@", prefix = "u" }
[[rows]]
table = "list_members"
each = "members[]"
list = { template = "list-{id}" }
owner = "id"
member = "@"
"""
    record = {
        "id": 1, "name": "ANN", "followers": "12", "closed": False, "seen": 1777636800, "born": 1000000000,
        "posts": [{"id": "p", "text": "1.50"}, {"id": "q", "text": "[hello] world"}],
        "follows": [2], "members": ["x"],
    }  # fmt: skip
    other = {"id": 2, "name": "Ä", "seen": 1777636800}
    bad = [{"id": 3, "followers": -1, "seen": 1777636800}, {"id": 4, "closed": "maybe", "seen": 1777636800}]
    harvests = read(write(tmp_path / "a.jsonl", [record, other, *bad]), text)
    actors = {row["actor_id"]: row for row in rows_of(harvests, "actors")}
    assert actors["forum:1"]["handle"] == "ann"
    assert actors["forum:1"]["followers_count"] == 12
    assert actors["forum:1"]["is_protected"] is False
    assert actors["forum:2"]["handle"] == "ä"
    assert {row["text"] for row in rows_of(harvests, "posts")} == {"1.50", "[hello] world"}
    assert rows_of(harvests, "follows")[0]["target_actor_id"] == "forum:u2"
    assert rows_of(harvests, "list_members")[0]["list_id"] == "forum:list-1"
    assert [record.reason for record in quarantined(harvests)] == ["unreadable_number", "unreadable_flag"]


def test_the_preview_shows_ten_and_writes_nothing(tmp_path):
    path = write(tmp_path / "a.jsonl", [{**GOOD, "id": n} for n in range(30)] + [b"broken"])
    found = preview_mapping(parse_mapping(FORUM), [path])
    assert len(found.rows["interactions"]) == 10
    assert found.rows_counts == {"interactions": 30}
    assert [record["reason"] for record in found.quarantined] == ["not_json"]


def test_since_leaves_out_what_is_older(tmp_path):
    mapping = tmp_path / "m.toml"
    mapping.write_text(FORUM)
    path = write(tmp_path / "a.jsonl", [GOOD, {**GOOD, "id": 2, "created": "2026-04-01T00:00:00Z"}])
    options = MappedOptions(map=str(mapping))
    harvests = list(harvest(Request((path,), options, since=MOMENT), progress=no_progress))
    assert [row["interaction_id"] for row in rows_of(harvests)] == ["1"]


def test_without_a_mapping_nothing_is_read(tmp_path):
    with pytest.raises(InputError, match="how to read"):
        list(harvest(Request(("x",), MappedOptions()), progress=no_progress))
    with pytest.raises(MappingError):
        list(harvest(Request(("x",), MappedOptions(map="nowhere.toml")), progress=no_progress))
