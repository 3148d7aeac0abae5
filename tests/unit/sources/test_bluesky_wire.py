"""Real recordings: every record is mapped or quarantined, and counts agree with an independent count."""

from __future__ import annotations

import base64
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import libipld
import pytest

from renown.sources.bluesky.events import frame_events, obey
from renown.sources.bluesky.files import FileReader
from renown.sources.bluesky.people import People
from renown.sources.bluesky.records import Lists, Reader
from renown.sources.bluesky.replays import replay, take_view
from renown.store.harvest import Gather
from renown.types import no_progress

WIRE = Path(__file__).parents[4] / "shared" / "data" / "wire" / "bluesky-indigo"
KINDS = {"app.bsky.feed.like": "like", "app.bsky.feed.repost": "repost", "app.bsky.graph.follow": "follow"}
OURS = {
    *KINDS,
    *(f"app.bsky.{name}" for name in ("feed.post", "actor.profile", "graph.list", "graph.listitem")),
}

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not WIRE.is_dir(), reason="the AT Protocol recordings are not beside the repository"),
]


def tree(blocks, cid, path=b""):
    """Paths and records of a repository, by the specification of its tree and nothing of ours."""
    node = blocks.get(cid)
    if node is None:
        yield None, None
        return
    if node["l"] is not None:
        yield from tree(blocks, node["l"])
    for entry in node["e"]:
        path = path[: entry["p"]] + entry["k"]
        yield path.decode(), blocks.get(entry["v"])
        if entry["t"] is not None:
            yield from tree(blocks, entry["t"])


def counted_in(file):
    """Kinds of acts in a CAR file, counted without Renown, and how much of it is missing."""
    header, blocks = libipld.decode_car(file.read_bytes())
    kinds, missing = Counter(), 0
    for path, record in tree(blocks, blocks[header["roots"][0]]["data"]):
        collection = (path or "").split("/")[0]
        if record is None:
            missing += path is None or collection in OURS
            continue
        if collection in KINDS:
            kinds[KINDS[collection]] += 1
        elif collection == "app.bsky.feed.post":
            kinds["post"] += 1
            kinds["reply"] += "reply" in record
    return kinds, missing


def read_file(file):
    reader = FileReader(People(), since=None, progress=no_progress)
    return list(reader.read([file]))


def kinds_of(harvests):
    kinds = Counter()
    for harvest in harvests:
        if "interactions" in harvest.rows:
            kinds.update(harvest.rows["interactions"]["kind"].to_pylist())
        if "posts" in harvest.rows:
            kinds["post"] += harvest.rows["posts"].num_rows
    return kinds


@pytest.mark.parametrize("name", sorted(path.name for path in [*WIRE.glob("*.car"), *WIRE.glob("*.repo")]))
def test_a_repository_gives_what_is_in_it(name):
    expected, missing = counted_in(WIRE / name)
    harvests = read_file(WIRE / name)
    found = kinds_of(harvests)
    assert {kind: found[kind] for kind in expected if kind != "reply"} == {
        kind: count for kind, count in expected.items() if kind != "reply"
    }
    # a reply to a post that the same repository no longer has was an answer to something deleted
    assert found["reply"] <= expected["reply"]
    assert sum(len(harvest.quarantined) for harvest in harvests) == missing


def raw(value):
    """JSON of the recordings back into what travels."""
    if isinstance(value, dict):
        if "$bytes" in value:
            return base64.b64decode(value["$bytes"] + "==")
        if "$link" in value:
            return libipld.decode_multibase(value["$link"])[1]
        return {name: raw(inner) for name, inner in value.items()}
    return [raw(inner) for inner in value] if isinstance(value, list) else value


def frames():
    for file in sorted(WIRE.glob("firehose_commit_*.json")):
        yield {"op": 1, "t": "#commit"}, json.loads(file.read_text())
    for file in sorted(WIRE.glob("*.json")):
        content = json.loads(file.read_text())
        if isinstance(content, dict) and "messages" in content:
            for message in content["messages"]:
                yield message["frame"]["header"], message["frame"]["body"]


def test_every_recorded_frame_is_obeyed():
    gather = Gather("bluesky", network="bluesky")
    reader = Reader(gather, People(), Lists())
    expected, deletes, updates, accounts = Counter(), 0, 0, 0
    for header, body in frames():
        for op in body.get("ops", []):
            collection = op["path"].split("/")[0]
            is_ours = collection in KINDS or collection in ("app.bsky.feed.post", "app.bsky.actor.profile")
            if op["action"] == "delete":
                deletes += is_ours
            elif is_ours:
                expected[KINDS.get(collection, collection)] += 1
                updates += op["action"] == "update"
        accounts += header["t"] == "#account"
        # as a follower does, but who closed their account stays open here, so that all can be counted
        with gather.reading("frame"):
            events = list(frame_events(header, raw(body)))
        for event in events:
            reader.people.closed.clear()
            with gather.reading("event"):
                obey(event, reader)
    harvest = gather.harvest()
    found = kinds_of([harvest])
    assert harvest.quarantined == ()
    assert {name: found[name] for name in ("like", "repost", "follow")} == {
        name: expected[name] for name in ("like", "repost", "follow")
    }
    assert found["post"] == expected["app.bsky.feed.post"]
    deleted = [change for change in harvest.withdrawals if change.what != "actor"]
    assert len(deleted) == deletes > 0
    about_accounts = [change for change in harvest.changes if getattr(change, "what", "actor") == "actor"]
    assert len(about_accounts) >= accounts > 0


@pytest.mark.parametrize("name", ["capture_atprotocom.json", "capture_hackerdarkweb.json"])
def test_recorded_posts_of_an_account_are_read(name):
    posts = json.loads((WIRE / name).read_text())["postRecords"]
    gather = Gather("bluesky", network="bluesky")
    reader = Reader(gather, People(), Lists())
    for post in posts:
        with gather.reading(json.dumps(post)):
            take_view(
                reader,
                {"uri": post["uri"], "record": post["value"]},
                seen_at=datetime.now(UTC),
            )
    harvest = gather.harvest()
    assert harvest.quarantined == ()
    assert harvest.rows["posts"].num_rows == len({post["uri"] for post in posts}) == 20
    tags = {tag for tags in harvest.rows["posts"]["hashtags"].to_pylist() for tag in tags}
    expected = {
        feature["tag"].lower()
        for post in posts
        for facet in post["value"].get("facets") or []
        for feature in facet["features"]
        if feature["$type"].endswith("#tag")
    }
    assert expected <= tags


def test_what_was_quarantined_of_a_slice_is_still_not_understood_but_does_not_crash():
    quarantined = [one for harvest in read_file(WIRE / "repo_slice.car") for one in harvest.quarantined]
    assert quarantined
    for one in quarantined:
        gather = Gather("bluesky", network="bluesky")
        with gather.reading(one.payload):
            replay(one.payload, gather, now=one.seen_at)
        assert len(gather.harvest().quarantined) == 1
