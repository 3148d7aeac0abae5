"""The mappings that Renown has, against plain counts, Python's form, and the decoders of the networks."""

import json
from collections import Counter

import pytest

from benchmarks.jsonl_files import jetstream, tweets
from renown.sources.mapped import read_mapping
from renown.sources.mapped.reading import MappedReader
from renown.types import no_progress

EVENTS = 3_000


def harvests(name, events, folder, *, by_hand=False):
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf8")
    reader = MappedReader(read_mapping(name))
    assert reader.compiled is not None
    if by_hand:
        reader.compiled = reader.kernel = None
    return list(reader.harvests(str(path), progress=no_progress))


def rows_of(found, table="interactions"):
    return [row for one in found if table in one.rows for row in one.rows[table].to_pylist()]


def as_set(rows):
    return Counter(
        repr(sorted((k, v.isoformat() if hasattr(v, "isoformat") else v) for k, v in r.items())) for r in rows
    )


@pytest.fixture(scope="module")
def events():
    return list(jetstream(EVENTS))


def test_jetstream_gives_as_many_rows_as_its_events_say(events, tmp_path):
    wanted: Counter[str] = Counter()
    for event in events:
        commit = event.get("commit", {})
        record, kind = commit.get("record", {}), commit.get("collection", "").rpartition(".")[2]
        if commit.get("operation") == "delete":
            wanted["delete"] += 1
        elif kind in ("like", "repost", "follow"):
            wanted[kind] += 1
        elif kind == "post":
            parent = record.get("reply", {}).get("parent", {}).get("uri", "")
            wanted["reply"] += bool(parent)
            wanted["quote"] += record.get("embed", {}).get("$type") == "app.bsky.embed.record"
            people = [f["did"] for facet in record.get("facets", ()) for f in facet["features"] if "did" in f]
            wanted["mention"] += sum(f"at://{person}/" not in parent for person in people)
    found = harvests("jetstream", events, tmp_path)
    counted = Counter(row["kind"] for row in rows_of(found))
    assert counted == {kind: count for kind, count in wanted.items() if kind != "delete"}
    assert sum(one.left_out_counts["delete"] for one in found) == wanted["delete"]
    assert len(rows_of(found, "follows")) == wanted["follow"]
    assert not any(one.quarantined for one in found)


def test_both_forms_of_jetstream_agree(events, tmp_path):
    assert as_set(rows_of(harvests("jetstream", events, tmp_path))) == as_set(
        rows_of(harvests("jetstream", events, tmp_path, by_hand=True))
    )


def test_jetstream_agrees_row_by_row_with_the_decoder_of_the_stream(events, tmp_path):
    streams = pytest.importorskip("renown.sources.bluesky.events", reason="the source bluesky is not there")
    from renown.sources.bluesky.people import People
    from renown.sources.bluesky.records import Lists, Reader
    from renown.store.harvest import Gather

    gather = Gather("bluesky", network="bluesky")
    reader = Reader(gather, People(), Lists())
    for event in events:
        streams.obey(streams.decode_event(json.dumps(event)), reader)
    theirs = gather.harvest().rows
    ours = harvests("jetstream", events, tmp_path)
    # The same person mentioned twice in a post is one row there, and here the same row twice, kept once.
    assert set(as_set(rows_of(ours))) == set(as_set(theirs["interactions"].to_pylist()))
    assert as_set(rows_of(ours, "follows")) == as_set(theirs["follows"].to_pylist())


def test_what_is_labelled_as_not_for_this_is_not_taken(events, tmp_path):
    post = next(e for e in events if e.get("commit", {}).get("record", {}).get("reply"))
    labels = {"values": [{"val": "other"}, {"val": "!no-unauthenticated"}]}
    post = json.loads(json.dumps(post))
    post["commit"]["record"]["labels"] = labels
    (found,) = [one for one in harvests("jetstream", [post], tmp_path) if one.records_count]
    assert not found.rows
    assert found.left_out_counts == {"!no-unauthenticated": 1}


def test_implausible_times_give_way_to_when_the_stream_saw_it(events, tmp_path):
    like = json.loads(
        json.dumps(next(e for e in events if "feed.like" in json.dumps(e) and "record" in e["commit"]))
    )
    like["commit"]["record"]["createdAt"] = "1970-01-01T00:00:00Z"
    (row,) = rows_of(harvests("jetstream", [like], tmp_path))
    assert int(row["occurred_at"].timestamp() * 1000) == like["time_us"] // 1000


def test_tweets_give_as_many_rows_as_they_say(tmp_path):
    found_tweets = list(tweets(EVENTS))
    wanted: Counter[str] = Counter()
    for tweet in found_tweets:
        if tweet["user"]["protected"]:
            wanted["protected"] += 1
            continue
        original, quoted = tweet.get("retweeted_status"), tweet.get("quoted_status")
        if original:
            wanted["repost"] += not original["user"]["protected"]
            continue
        wanted["quote"] += bool(quoted) and not quoted["user"]["protected"]
        answered = tweet["in_reply_to_user_id_str"]
        wanted["reply"] += answered is not None
        wanted["mention"] += sum(m["id_str"] != answered for m in tweet["entities"]["user_mentions"])
    found = harvests("tweets-v1", found_tweets, tmp_path)
    assert Counter(row["kind"] for row in rows_of(found)) == {
        k: n for k, n in wanted.items() if k != "protected"
    }
    assert sum(one.left_out_counts["protected"] for one in found) == wanted["protected"]
    protected = {t["user"]["id_str"] for t in found_tweets if t["user"]["protected"]}
    open_ones = {t["user"]["id_str"] for t in found_tweets if not t["user"]["protected"]}
    assert not {row["source_actor_id"] for row in rows_of(found)} & {
        f"twitter:{p}" for p in protected - open_ones
    }
    assert as_set(rows_of(found)) == as_set(
        rows_of(harvests("tweets-v1", found_tweets, tmp_path, by_hand=True))
    )
