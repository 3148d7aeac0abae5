"""What records say, under which names, and who must not appear."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.sources.bluesky.events import Account, Commit, Event, decode_event, encode_event, obey
from renown.sources.bluesky.names import key_moment, like_id, moment_of, read_uri
from renown.sources.bluesky.people import People
from renown.sources.bluesky.records import Lists, Reader
from renown.sources.bluesky.taken_back import Likes
from renown.store.harvest import Gather, Return, UnreadableRecord, Withdrawal

ANN, BEA, CYD = (f"did:plc:{name}" for name in ("ann", "bea", "cyd"))
POST = f"at://{ANN}/app.bsky.feed.post/3jui7kd54zh2y"
WHEN = "2026-05-01T10:00:00.123Z"
MOMENT = datetime(2026, 5, 1, 10, 0, 0, 123_000, tzinfo=UTC)


@pytest.fixture
def reader():
    return Reader(Gather("bluesky", network="bluesky"), People(), Lists(), likes=Likes())


def read(reader, collection, record, *, did=BEA, key="3mzzzzzzzzz2a", seen_at=MOMENT):
    uri = read_uri(f"at://{did}/{collection}/{key}")
    reader.read(uri, {"createdAt": WHEN, **record}, seen_at=seen_at)


def acts(harvest):
    if "interactions" not in harvest.rows:
        return []
    rows = harvest.rows["interactions"].to_pylist()
    return [(row["kind"], row["source_actor_id"], row["target_actor_id"], row["post_id"]) for row in rows]


def test_a_like_is_called_by_post_actor_and_time_and_keeps_its_record(reader):
    read(reader, "app.bsky.feed.like", {"subject": {"uri": POST, "cid": "x"}})
    (row,) = reader.gather.harvest().rows["interactions"].to_pylist()
    assert row["interaction_id"] == f"like:{POST}:{BEA}:1777629600123"
    assert row["reaction_post_id"] == f"bluesky:at://{BEA}/app.bsky.feed.like/3mzzzzzzzzz2a"
    assert (row["source_actor_id"], row["target_actor_id"]) == (f"bluesky:{BEA}", f"bluesky:{ANN}")
    assert row["occurred_at"] == MOMENT


@pytest.mark.parametrize("collection", ["repost", "follow"])
def test_reposts_and_follows_are_called_by_their_record(reader, collection):
    room, subject = ("feed", {"uri": POST}) if collection == "repost" else ("graph", ANN)
    read(reader, f"app.bsky.{room}.{collection}", {"subject": subject})
    (row,) = reader.gather.harvest().rows["interactions"].to_pylist()
    assert row["interaction_id"] == f"at://{BEA}/app.bsky.{room}.{collection}/3mzzzzzzzzz2a"
    assert row["kind"] == collection


def test_a_post_answers_quotes_and_mentions_nobody_twice(reader):
    mention = "app.bsky.richtext.facet#mention"
    features = [{"$type": mention, "did": did} for did in (ANN, CYD, CYD, "not-a-did")]
    features += [{"$type": "app.bsky.richtext.facet#tag", "tag": "Law"}]
    features += [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org"}]
    quoted = f"at://{CYD}/app.bsky.feed.post/1"
    record = {
        "text": "hello",
        "langs": ["en"],
        "reply": {"parent": {"uri": POST}, "root": {"uri": POST}},
        "embed": {"$type": "app.bsky.embed.recordWithMedia", "record": {"record": {"uri": quoted}}},
        "facets": [{"features": features}],
    }
    read(reader, "app.bsky.feed.post", record)
    harvest = reader.gather.harvest()
    assert acts(harvest) == [
        ("reply", f"bluesky:{BEA}", f"bluesky:{ANN}", f"bluesky:{POST}"),
        ("quote", f"bluesky:{BEA}", f"bluesky:{CYD}", f"bluesky:{quoted}"),
        ("mention", f"bluesky:{BEA}", f"bluesky:{CYD}", None),
    ]
    (post,) = harvest.rows["posts"].to_pylist()
    assert (post["hashtags"], post["links"], post["language"]) == (["law"], ["https://example.org"], "en")
    assert post["quoted_post_id"] == f"bluesky:{quoted}"


def test_a_post_is_as_of_the_event_or_of_the_reading_whatever_it_claims(reader):
    later = MOMENT + timedelta(days=2)
    read(reader, "app.bsky.feed.post", {"text": "edited"}, seen_at=later)
    reader.read_at = later + timedelta(days=1)
    read(reader, "app.bsky.feed.post", {"text": "read"}, seen_at=later)
    posts = reader.gather.harvest().rows["posts"].to_pylist()
    assert [row["observed_at"] for row in posts] == [later, later + timedelta(days=1)]
    assert {row["posted_at"] for row in posts} == {MOMENT}


@pytest.mark.parametrize(
    "uri", [f"at://{ANN}/app.bsky.feed.generator/x", f"at://{ANN}/app.bsky.graph.starterpack/x"]
)
def test_what_is_shown_inside_and_is_no_post_is_no_quote(reader, uri):
    embed = {"$type": "app.bsky.embed.record", "record": {"uri": uri}}
    read(reader, "app.bsky.feed.post", {"text": "", "embed": embed})
    read(reader, "app.bsky.feed.like", {"subject": {"uri": uri}})
    assert acts(reader.gather.harvest()) == []


@pytest.mark.parametrize(
    ("purpose", "expected"), [("curatelist", 1), ("referencelist", 1), ("modlist", 0), ("new", 0), (None, 0)]
)
def test_lists_that_show_people_give_attention_and_lists_that_hide_them_do_not(reader, purpose, expected):
    uri = f"at://{BEA}/app.bsky.graph.list/1"
    if purpose is not None:
        said = {"name": "good", "purpose": f"app.bsky.graph.defs#{purpose}"}
        read(reader, "app.bsky.graph.list", said, key="1")
    read(reader, "app.bsky.graph.listitem", {"list": uri, "subject": CYD}, key="2")
    harvest = reader.gather.harvest()
    assert len(acts(harvest)) == expected
    assert harvest.left_out_counts == ({"list-of-unknown-purpose": 1} if purpose is None else {})
    assert "list_members" in harvest.rows if expected else "list_members" not in harvest.rows


def test_whoever_labels_themselves_is_withdrawn_and_comes_back_when_the_label_goes(reader):
    labels = {"values": [{"val": "!no-unauthenticated"}]}
    read(reader, "app.bsky.actor.profile", {"displayName": "Bea", "labels": labels}, key="self")
    read(reader, "app.bsky.feed.like", {"subject": {"uri": POST}})
    read(reader, "app.bsky.feed.like", {"subject": {"uri": POST.replace(ANN, BEA)}}, did=CYD)
    harvest = reader.gather.harvest()
    assert harvest.changes == (Withdrawal("actor", f"bluesky:{BEA}", "bluesky", "not-for-this"),)
    assert harvest.rows == {}
    assert harvest.left_out_counts == {"no-unauthenticated": 2}
    read(reader, "app.bsky.actor.profile", {"displayName": "Bea"}, key="self")
    read(reader, "app.bsky.feed.like", {"subject": {"uri": POST}})
    harvest = reader.gather.harvest()
    assert harvest.changes == (Return(f"bluesky:{BEA}", ("not-for-this",)),)
    assert len(acts(harvest)) == 1


def test_a_profile_that_is_deleted_takes_its_label_along(reader):
    labels = {"values": [{"val": "!no-unauthenticated"}]}
    read(reader, "app.bsky.actor.profile", {"labels": labels}, key="self")
    reader.delete(read_uri(f"at://{BEA}/app.bsky.actor.profile/self"))
    assert [type(change) for change in reader.gather.harvest().changes] == [Withdrawal, Return]


def test_a_post_that_is_not_for_this_is_not_kept(reader):
    labels = {"values": [{"val": "!no-unauthenticated"}]}
    record = {"text": "x", "labels": labels, "reply": {"parent": {"uri": POST}}}
    read(reader, "app.bsky.feed.post", record)
    harvest = reader.gather.harvest()
    assert harvest.rows == {}
    assert harvest.left_out_counts == {"no-unauthenticated": 1}
    assert [change.what for change in harvest.changes] == ["post"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("deleted", "deleted"),
        ("deactivated", "deactivated"),
        ("takendown", "taken-down"),
        ("suspended", "taken-down"),
        (None, "deactivated"),
        ("something-new", "deactivated"),
        ("desynchronized", None),
        ("throttled", None),
    ],
)
def test_what_the_network_says_of_an_account_is_obeyed(reader, status, reason):
    obey(Event(BEA, "account", account=Account(active=False, status=status)), reader)
    obey(Event(BEA, "account", account=Account(active=True)), reader)
    changes = reader.gather.harvest().changes
    withdrawn = [change.reason for change in changes if isinstance(change, Withdrawal)]
    assert withdrawn == ([reason] if reason else [])
    assert changes[-1] == Return(f"bluesky:{BEA}", ("deleted", "deactivated", "taken-down"))


def test_an_account_opened_again_does_not_undo_its_own_wish(reader):
    labels = {"values": [{"val": "!no-unauthenticated"}]}
    read(reader, "app.bsky.actor.profile", {"labels": labels}, key="self")
    for is_active in (False, True):
        obey(Event(BEA, "account", account=Account(active=is_active, status="deactivated")), reader)
    assert reader.people.closed[BEA] == "no-unauthenticated"


@pytest.mark.parametrize(
    ("collection", "expected"),
    [
        ("app.bsky.feed.post", [("post", f"bluesky:at://{BEA}/app.bsky.feed.post/1")]),
        ("app.bsky.feed.repost", [("interaction", f"at://{BEA}/app.bsky.feed.repost/1")]),
        ("app.bsky.graph.follow", [("interaction", f"at://{BEA}/app.bsky.graph.follow/1")]),
        ("app.bsky.graph.listitem", [("interaction", f"at://{BEA}/app.bsky.graph.listitem/1")]),
        ("app.bsky.feed.like", [("interaction", f"at://{BEA}/app.bsky.feed.like/1")]),
        ("app.bsky.graph.list", []),
        ("app.bsky.feed.threadgate", []),
    ],
)
def test_a_deleted_record_takes_back_what_it_said(reader, collection, expected):
    obey(Event(BEA, "commit", commit=Commit("delete", collection, "1")), reader)
    changes = reader.gather.harvest().changes
    assert [(change.what, change.identifier) for change in changes] == expected


def test_a_like_of_this_session_is_taken_back_by_both_its_names(reader):
    read(reader, "app.bsky.feed.like", {"subject": {"uri": POST}}, key="1")
    reader.delete(read_uri(f"at://{BEA}/app.bsky.feed.like/1"))
    names = [change.identifier for change in reader.gather.harvest().changes]
    assert names == [f"at://{BEA}/app.bsky.feed.like/1", like_id(POST, BEA, MOMENT)]
    assert not reader.likes.unknown


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"subject": None}, "unreadable_uri"),
        ({"subject": {"uri": "https://example.org"}}, "unreadable_uri"),
        ({"subject": {"uri": "at://ann.example/app.bsky.feed.post/1"}}, "unreadable_uri"),
        ({"subject": {"uri": 7}}, "unreadable_uri"),
    ],
)
def test_what_cannot_be_read_is_told(reader, record, reason):
    with pytest.raises(UnreadableRecord) as caught:
        read(reader, "app.bsky.feed.like", record)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("claimed", "key", "seen_at", "expected"),
    [
        ("2026-05-01T10:00:00.123999Z", None, None, MOMENT),
        ("2026-05-01T12:00:00.123+02:00", None, None, MOMENT),
        ("2026-05-01T10:00:00.123Z", None, MOMENT - timedelta(days=1), MOMENT),
        ("2999-01-01T00:00:00Z", "3jui7kd54zh2y", MOMENT, key_moment("3jui7kd54zh2y")),
        ("1970-01-01T00:00:00Z", "self", MOMENT, MOMENT),
        ("yesterday", None, MOMENT, MOMENT),
        (None, None, MOMENT, MOMENT),
    ],
)
def test_all_paths_come_to_the_same_time(claimed, key, seen_at, expected):
    found = moment_of(claimed, key=key, seen_at=seen_at)
    assert found == expected.replace(microsecond=expected.microsecond // 1000 * 1000)


def test_without_any_usable_time_it_is_told():
    with pytest.raises(UnreadableRecord):
        moment_of("yesterday", key="self")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=8)
    | st.just(POST)
    | st.just(ANN),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["subject", "uri", "reply", "parent", "root", "embed", "record", "$type", "facets"]
            )
            | st.sampled_from(
                ["features", "did", "labels", "values", "val", "langs", "tags", "list", "createdAt"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    collection=st.sampled_from(["feed.post", "feed.like", "feed.repost", "graph.follow", "graph.listitem"])
    | st.sampled_from(["graph.list", "actor.profile", "feed.threadgate"]),
    record=json_values,
)
def test_no_record_whatever_it_says_does_more_than_go_to_the_quarantine(collection, record):
    gather = Gather("bluesky", network="bluesky")
    reader = Reader(gather, People(), Lists(), likes=Likes())
    event = Event(BEA, "commit", 1, commit=Commit("create", f"app.bsky.{collection}", "1", record))
    payload = encode_event(event)
    with gather.reading(payload):
        obey(decode_event(payload), reader)
    harvest = gather.harvest()
    assert harvest.records_count == 1
    if harvest.quarantined:
        assert harvest.rows == {}
        assert harvest.quarantined[0].payload == payload
    for row in acts(harvest):
        assert row[1] == f"bluesky:{BEA}"
        assert row[2] == f"bluesky:{ANN}", "the only DID and post that these records can name"
