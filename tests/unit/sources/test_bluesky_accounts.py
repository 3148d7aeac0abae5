"""Accounts through an AppView that behaves and one that does not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from renown.errors import SourceAnswerError, SourceRefusedError, SourceUnreachableError
from renown.sources import find_source
from renown.sources.bluesky import BlueskyOptions
from renown.sources.registry import NoMemory, Request
from renown.store.harvest import Cursor, KnownReaction, Withdrawal
from renown.types import no_progress
from tests.faulty_server import FaultyServer, Reply

ANN, BEA, CYD, DAN = (f"did:plc:{name}" for name in ("ann", "bea", "cyd", "dan"))
WHEN = "2026-05-01T10:00:00.000Z"
MOMENT = datetime(2026, 5, 1, 10, tzinfo=UTC)
FEED = "/xrpc/app.bsky.feed.getAuthorFeed"
LIKES = "/xrpc/app.bsky.feed.getLikes"
PROFILES = "/xrpc/app.bsky.actor.getProfiles"


def person(did, *labels, **more):
    said = [{"src": did, "val": label} for label in labels]
    return {"did": did, "handle": f"{did[8:]}.test", "labels": said, **more}


def post(number, *, author=ANN, record=None, **counts):
    uri = f"at://{author}/app.bsky.feed.post/{number}"
    said = {"$type": "app.bsky.feed.post", "text": f"number {number}", "createdAt": WHEN, **(record or {})}
    return {"uri": uri, "author": person(author), "record": said, "indexedAt": WHEN, **counts}


def like(did, created_at=WHEN, indexed_at=WHEN):
    return {"actor": person(did), "createdAt": created_at, "indexedAt": indexed_at}


class Remembered(NoMemory):
    """A memory that is told what it knows."""

    def __init__(self, *reactions, position=None, version=1):
        self._reactions = reactions
        self._position = position
        self._version = version

    def cursor(self, source_name, scope):
        if self._position is None:
            return None
        return Cursor(source_name, scope, self._version, json.dumps(self._position))

    def reactions(self, *, source_actor_ids=(), post_ids=()):
        return [
            one
            for one in self._reactions
            if one.source_actor_id in source_actor_ids or one.post_id in post_ids
        ]


@pytest.fixture
def server():
    """An AppView with Ann and two posts of hers, liked by Bea and Cyd; Dan does not want to be shown."""
    with FaultyServer() as server:
        flags = {DAN: ["!no-unauthenticated"]}

        def profiles(asked):
            # of a repeated parameter the last value arrives: these tests ask for few at a time
            did = asked.query["actors"]
            return Reply.json(
                {"profiles": [person(did, *flags.get(did, []), followersCount=2, postsCount=2)]}
            )

        server.plan(PROFILES, profiles)
        server.plan("/xrpc/com.atproto.identity.resolveHandle", Reply.json({"did": ANN}))
        for name, key in (
            ("graph.getFollowers", "followers"),
            ("graph.getFollows", "follows"),
            ("graph.getLists", "lists"),
            ("graph.getActorStarterPacks", "starterPacks"),
        ):
            server.plan(f"/xrpc/app.bsky.{name}", Reply.json({key: []}))
        items = [{"post": post(number, likeCount=1)} for number in (1, 2)]
        pages = {None: ({"feed": items[:1], "cursor": "older"}), "older": {"feed": items[1:]}}
        server.plan(FEED, lambda asked: Reply.json(pages[asked.query.get("cursor")]))
        server.plan(
            LIKES,
            lambda asked: Reply.json({"likes": [like(BEA if asked.query["uri"].endswith("1") else CYD)]}),
        )
        yield server


def harvests(server, *names, memory=None, since=None, **options):
    request = Request(
        names or ("ann.test",),
        BlueskyOptions(service=server.url, **options),
        since=since,
        memory=memory or NoMemory(),
    )
    source = find_source("bluesky")
    assert source.harvest is not None
    return source.harvest(request, progress=no_progress)


def rows(found, table="interactions"):
    return [row for harvest in found for row in harvest.rows.get(table, _NOTHING).to_pylist()]


class _NOTHING:
    @staticmethod
    def to_pylist():
        return []


def likers(found):
    return sorted(row["source_actor_id"][8:] for row in rows(found) if row["kind"] == "like")


def test_an_account_gives_its_posts_and_who_liked_them(server):
    found = list(harvests(server))
    assert likers(found) == [BEA, CYD]
    assert [row["text"] for row in rows(found, "posts")] == ["number 1", "number 2"]
    assert {row["handle"] for row in rows(found, "actors")} >= {"ann.test", "bea.test", "cyd.test"}
    first = next(row for row in rows(found) if row["source_actor_id"] == f"bluesky:{BEA}")
    assert first["interaction_id"] == f"like:at://{ANN}/app.bsky.feed.post/1:{BEA}:1777629600000"
    assert first["occurred_at"] == MOMENT


@pytest.mark.parametrize("name", ["@ann.test", "https://bsky.app/profile/ann.test", "Ann.Test", ANN])
def test_an_account_may_be_named_in_several_ways(server, name):
    assert likers(list(harvests(server, name))) == [BEA, CYD]


@pytest.mark.parametrize("path", [FEED, LIKES, PROFILES])
@pytest.mark.parametrize(
    "fault",
    [
        Reply(status=500),
        Reply(status=502, body=b"<html>bad gateway"),
        Reply(status=429, headers={"retry-after": "0"}),
        Reply(hang_up=True),
        Reply(b'{"feed": [{"post": {"uri": "at://', headers={"content-type": "application/json"}),
        Reply.json({"feed": [], "likes": [], "profiles": []}, cut_after_bytes=9),
    ],
    ids=["500", "html", "429", "hangs-up", "truncated", "dropped-mid-page"],
)
def test_a_fault_that_passes_loses_nothing(server, path, fault):
    sound = server._plans[path]
    server.plan(path, fault, *sound)
    assert likers(list(harvests(server))) == [BEA, CYD]


def test_a_fault_that_stays_keeps_what_came_before_and_the_next_reading_goes_on_there(server, monkeypatch):
    monkeypatch.setattr("renown.sources.polite.time.sleep", lambda seconds: None)
    sound = server._plans[FEED][0]

    def broken(asked):
        return Reply(status=500) if asked.query.get("cursor") else sound(asked)

    server.plan(FEED, broken)
    reading, kept = harvests(server), []
    with pytest.raises(SourceUnreachableError):
        kept.extend(reading)
    assert likers(kept) == [BEA]
    (cursor,) = [cursor for harvest in kept for cursor in harvest.cursors]
    server.plan(FEED, sound)
    position = json.loads(cursor.position)
    asked_before = len(server.asked)
    rest = list(harvests(server, memory=Remembered(position=position)))
    assert likers(rest) == [CYD]
    asked = [one for one in server.asked[asked_before:] if one.path == FEED]
    assert [one.query["cursor"] for one in asked] == ["older"]
    assert json.loads(rest[-1].cursors[-1].position)["cursor"] is None


@pytest.mark.parametrize(
    ("position", "version"),
    [
        ({"cursor": "older", "done": 1, "at": datetime.now(UTC).isoformat()}, 2),
        ({"cursor": "older", "done": 1, "at": "2020-01-01T00:00:00+00:00"}, 1),
        ({"cursor": None, "done": 2, "at": datetime.now(UTC).isoformat()}, 1),
        ("nonsense", 1),
        ({"cursor": "older"}, 1),
    ],
    ids=["other-version", "expired", "finished", "nonsense", "incomplete"],
)
def test_a_cursor_that_does_not_hold_begins_anew(server, position, version):
    assert likers(list(harvests(server, memory=Remembered(position=position, version=version)))) == [BEA, CYD]


def test_a_server_that_repeats_itself_is_left(server):
    item = {"post": post(1, likeCount=1)}
    server.plan(FEED, Reply.json({"feed": [item], "cursor": "again"}))
    found = list(harvests(server))
    assert len(server.asked_for(FEED)) == 2
    assert set(likers(found)) == {BEA}
    assert len({row["interaction_id"] for row in rows(found)}) == 1


def test_an_answer_without_end_is_not_read_to_its_end(server):
    server.plan(FEED, Reply.huge(100 << 20))
    with pytest.raises(SourceAnswerError, match="64 MB"):
        list(harvests(server))


def test_an_answer_in_another_form_is_told(server):
    server.plan(FEED, Reply.json({"posts": []}))
    with pytest.raises(SourceAnswerError, match="without feed"):
        list(harvests(server))


def test_an_account_that_is_not_there_is_told(server):
    server.plan("/xrpc/com.atproto.identity.resolveHandle", Reply(b'{"error":"InvalidRequest"}', status=400))
    with pytest.raises(SourceRefusedError, match="knows no account called 'nobody'") as caught:
        list(harvests(server, "nobody"))
    assert "has a dot" in caught.value.hint


def test_an_account_that_is_not_shown_any_more_leaves(server):
    server.plan(PROFILES, Reply.json({"profiles": []}))
    (harvest,) = harvests(server)
    assert harvest.changes == (Withdrawal("actor", f"bluesky:{ANN}", "bluesky", "deactivated"),)


def test_an_account_that_asks_not_to_be_shown_is_not_read(server):
    found = list(harvests(server, DAN))
    assert [change.reason for harvest in found for change in harvest.withdrawals] == ["not-for-this"]
    assert not any(harvest.rows for harvest in found)
    assert server.asked_for(FEED) == []


def test_people_who_ask_not_to_be_shown_appear_nowhere(server):
    shy = person(DAN, "!no-unauthenticated")
    mention = {"$type": "app.bsky.richtext.facet#mention", "did": DAN}
    reply = {"parent": {"uri": f"at://{DAN}/app.bsky.feed.post/9"}, "root": {"uri": "x"}}
    answered = {"record": {"facets": [{"features": [mention]}]}}
    items = [{"post": post(1, likeCount=1, **answered)}, {"post": post(2, record={"reply": reply})}]
    items.append({"post": {**post(3, author=DAN), "author": shy}, "reason": {"by": person(ANN)}})
    server.plan(FEED, Reply.json({"feed": items}))
    server.plan(LIKES, Reply.json({"likes": [{**like(DAN), "actor": shy}]}))
    found = list(harvests(server))
    text = json.dumps([rows(found, name) for name in ("interactions", "posts", "actors")], default=str)
    assert f"bluesky:{DAN}" not in text.replace(f"bluesky:at://{DAN}", "")
    assert rows(found) == []
    assert sum(harvest.left_out_counts.get("no-unauthenticated", 0) for harvest in found) >= 4


def test_what_others_say_of_an_account_is_not_its_wish(server):
    view = person(BEA, followersCount=1)
    view["labels"] = [{"src": "did:plc:somebody", "val": "!no-unauthenticated"}]
    server.plan(LIKES, Reply.json({"likes": [{**like(BEA), "actor": view}]}))
    assert set(likers(list(harvests(server)))) == {BEA}


def test_a_reply_or_quote_of_what_is_gone_is_no_attention(server):
    gone = f"at://{BEA}/app.bsky.feed.post/7"
    record = {"reply": {"parent": {"uri": gone}, "root": {"uri": gone}}}
    above = {"$type": "app.bsky.feed.defs#notFoundPost", "uri": gone, "notFound": True}
    quote = {"embed": {"$type": "app.bsky.embed.record", "record": {"uri": gone}}}
    view = {
        "embed": {"record": {"$type": "app.bsky.embed.record#viewNotFound", "uri": gone, "notFound": True}}
    }
    items = [
        {"post": post(1, record=record), "reply": {"parent": above, "root": above}},
        {"post": {**post(2, record=quote), **view}},
    ]
    server.plan(FEED, Reply.json({"feed": items}))
    assert rows(list(harvests(server))) == []


def test_a_like_from_the_future_is_of_when_it_was_seen(server):
    server.plan(LIKES, Reply.json({"likes": [like(BEA, "2999-01-01T00:00:00Z", "2026-05-02T00:00:00Z")]}))
    times = {row["occurred_at"] for row in rows(list(harvests(server)))}
    assert times == {datetime(2026, 5, 2, tzinfo=UTC)}


def test_a_repost_is_found_in_the_feed_of_who_reposted(server):
    uri = f"at://{BEA}/app.bsky.feed.repost/5"
    mine = {"feed": [{"post": post(1, repostCount=2)}]}
    reason = {"by": person(BEA), "uri": uri, "indexedAt": WHEN}
    theirs = {BEA: [{"post": post(1), "reason": reason}], CYD: []}
    feeds = {ANN: mine, **{did: {"feed": feed} for did, feed in theirs.items()}}
    server.plan(FEED, lambda asked: Reply.json(feeds[asked.query["actor"]]))
    reposters = {"repostedBy": [person(BEA), person(CYD)]}
    server.plan("/xrpc/app.bsky.feed.getRepostedBy", Reply.json(reposters))
    record = {"subject": {"uri": post(1)["uri"]}, "createdAt": "2026-05-03T00:00:00Z"}
    server.plan("/xrpc/com.atproto.repo.getRecord", Reply.json({"uri": uri, "value": record}))
    found = {row["source_actor_id"][8:]: row for row in rows(list(harvests(server)))}
    assert found[BEA]["interaction_id"] == uri
    assert found[BEA]["occurred_at"] == datetime(2026, 5, 3, tzinfo=UTC)
    assert found[CYD]["interaction_id"] == f"repost:{post(1)['uri']}:{CYD}"
    assert found[CYD]["occurred_at"] == MOMENT

    known = KnownReaction(
        "at://x",
        f"bluesky:{CYD}",
        "repost",
        f"bluesky:{post(1)['uri']}",
        None,
        datetime(2026, 5, 2, tzinfo=UTC),
    )
    again = rows(list(harvests(server, memory=Remembered(known))))
    assert [row["source_actor_id"][8:] for row in again] == [BEA], "what is known with its time stays"


def test_a_like_that_is_shown_no_more_was_taken_back(server):
    shown = f"bluesky:{post(1)['uri']}"
    gone = KnownReaction("like:gone", f"bluesky:{CYD}", "like", shown, None, MOMENT)
    young = replace(gone, interaction_id="like:young", occurred_at=datetime.now(UTC) - timedelta(seconds=30))
    kept = replace(
        gone, interaction_id=f"like:{post(1)['uri']}:{BEA}:1777629600000", source_actor_id=f"bluesky:{BEA}"
    )
    quote = replace(gone, interaction_id="quote:x", kind="quote")
    repost = replace(gone, interaction_id="at://repost", kind="repost")
    found = list(harvests(server, memory=Remembered(gone, young, kept, quote, repost)))
    withdrawn = [change.identifier for harvest in found for change in harvest.withdrawals]
    assert withdrawn == ["like:gone", "at://repost"]


def test_what_was_not_read_to_its_end_takes_nothing_back(server):
    server.plan(FEED, Reply.json({"feed": [{"post": post(1, likeCount=5)}]}))
    gone = KnownReaction("like:gone", f"bluesky:{CYD}", "like", f"bluesky:{post(1)['uri']}", None, MOMENT)
    found = list(harvests(server, memory=Remembered(gone), most_reactions=1))
    assert [change for harvest in found for change in harvest.withdrawals] == []
    assert sum(harvest.left_out_counts.get("beyond-most-reactions", 0) for harvest in found) == 4


def test_since_leaves_out_what_is_older_and_stops_there(server):
    late = {
        **post(3, likeCount=1, record={"createdAt": "2026-06-01T00:00:00Z"}),
        "indexedAt": "2026-06-01T00:00:00Z",
    }
    items = [{"post": late}, {"post": post(2, likeCount=1)}]
    server.plan(FEED, Reply.json({"feed": items, "cursor": "older"}))
    server.plan(LIKES, Reply.json({"likes": [like(BEA, "2026-06-02T00:00:00Z")]}))
    found = list(harvests(server, since=datetime(2026, 5, 15, tzinfo=UTC)))
    assert [row["text"] for row in rows(found, "posts")] == ["number 3"]
    assert len(server.asked_for(FEED)) == 1


def test_hostile_words_and_links_are_kept_as_text_and_left_out_as_links(server):
    hostile = '<script>alert(1)</script>\u202e =HYPERLINK("x") \ud83d'
    features = [
        {"$type": "app.bsky.richtext.facet#link", "uri": uri}
        for uri in (
            "javascript:alert(1)",
            "https://example.org/" + "x" * 9_000,
            "HTTPS://EXAMPLE.ORG",
            "file:///etc",
        )
    ]
    record = {"text": hostile, "facets": [{"features": features}]}
    server.plan(FEED, Reply.json({"feed": [{"post": post(1, record=record)}]}))
    (row,) = rows(list(harvests(server)), "posts")
    assert row["text"].startswith("<script>alert(1)</script>")
    assert [link[:8] for link in row["links"]] == ["https://", "HTTPS://"]
    assert all(len(link) <= 2_000 for link in row["links"])


def test_what_is_not_understood_is_kept_and_the_rest_goes_on(server):
    broken = [{"actor": {"did": 7}}, {"actor": None}, like(BEA)]
    server.plan(LIKES, Reply.json({"likes": broken}))
    items = [{"post": post(1, likeCount=3)}, {"post": {**post(2), "record": 5}}, {"post": "x"}, "y"]
    server.plan(FEED, Reply.json({"feed": items}))
    found = list(harvests(server))
    assert likers(found) == [BEA]
    reasons = sorted(one.reason for harvest in found for one in harvest.quarantined)
    assert reasons == ["unreadable_actor", "unreadable_actor", "unreadable_record"]
    replay = find_source("bluesky").replay
    from renown.store.harvest import Gather

    for one in (one for harvest in found for one in harvest.quarantined):
        gather = Gather("bluesky", network="bluesky")
        with gather.reading(one.payload):
            replay(one.payload, gather)
        assert gather.harvest().quarantined[0].reason == one.reason


def test_one_hop_reads_those_who_reacted_within_bounds(server):
    feeds = {
        ANN: {"feed": [{"post": post(1, likeCount=2)}]},
        BEA: {"feed": [{"post": post(8, author=BEA)}]},
        CYD: {"feed": [{"post": post(9, author=CYD)}]},
    }
    server.plan(FEED, lambda asked: Reply.json(feeds[asked.query["actor"]]))
    server.plan(LIKES, Reply.json({"likes": [like(BEA), like(CYD)]}))
    everybody = [person(did, followersCount=2, postsCount=2) for did in (ANN, BEA, CYD)]
    server.plan(PROFILES, Reply.json({"profiles": everybody}))
    texts = {row["text"] for row in rows(list(harvests(server, hops=1)), "posts")}
    assert texts == {"number 1", "number 8", "number 9"}
    texts = {row["text"] for row in rows(list(harvests(server, hops=1, most_people=1)), "posts")}
    assert texts == {"number 1", "number 8"}
    assert {row["text"] for row in rows(list(harvests(server)), "posts")} == {"number 1"}


def test_progress_never_claims_more_than_is_planned(server):
    told = []
    request = Request(("ann.test",), BlueskyOptions(service=server.url))
    list(
        find_source("bluesky").harvest(
            request, progress=lambda stage, done, total: told.append((done, total))
        )
    )
    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    assert all(done <= total for done, total in told)
    assert told[-1][0] == told[-1][1]
