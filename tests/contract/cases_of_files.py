"""Cases of the sources that read archives and dumps. All people in them are made up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from renown.sources.registry import Request
from tests.contract.harvest_case import Case, cut_json_lines, cut_packed_lines, json_lines, moment


def act(network: str, source: str, kind: str, target: str, *, when: str, ids: tuple[Any, Any, Any]) -> dict:
    """An interaction as it must come out; `ids` without the network."""
    post, reaction_post, own = ids
    return {
        "network": network,
        "source_actor_id": f"{network}:{source}",
        "target_actor_id": f"{network}:{target}",
        "kind": kind,
        "post_id": post and f"{network}:{post}",
        "reaction_post_id": reaction_post and f"{network}:{reaction_post}",
        "interaction_id": own,
        "occurred_at": moment(when),
    }


def post(network: str, native: str, author: str, **more: Any) -> dict:
    return {"post_id": f"{network}:{native}", "author_actor_id": f"{network}:{author}", **more}


HACKER_NEWS_ITEMS = [
    {
        "id": 1,
        "type": "story",
        "by": "Ann",
        "time": 1700000000,
        "title": "A kite",
        "url": "https://kite.example",
    },
    {"id": 2, "type": "comment", "by": "bea", "time": 1700000060, "parent": 1, "text": "High!"},
    {"id": "3", "type": "comment", "by": "ann", "time": "1700000120", "parent": "2", "text": "Yes"},
]


def hacker_news() -> Case:
    reply = {"kind": "reply", "network": "hackernews"}
    return Case(
        name="hackernews",
        network="hackernews",
        good=HACKER_NEWS_ITEMS,
        rows={
            "interactions": [
                {
                    **reply,
                    "source_actor_id": "hackernews:bea",
                    "target_actor_id": "hackernews:ann",
                    "post_id": "hackernews:1",
                    "reaction_post_id": "hackernews:2",
                    "interaction_id": "2",
                    "occurred_at": moment("2023-11-14T22:14:20Z"),
                },
                {
                    **reply,
                    "source_actor_id": "hackernews:ann",
                    "target_actor_id": "hackernews:bea",
                    "post_id": "hackernews:2",
                    "reaction_post_id": "hackernews:3",
                    "interaction_id": "3",
                    "occurred_at": moment("2023-11-14T22:15:20Z"),
                },
            ],
            "posts": [
                {"post_id": "hackernews:1", "author_actor_id": "hackernews:ann", "text": "A kite"},
                {"post_id": "hackernews:2", "author_actor_id": "hackernews:bea", "text": "High!"},
                {"post_id": "hackernews:3", "author_actor_id": "hackernews:ann", "text": "Yes"},
            ],
        },
        unreadable={"id": 4, "type": "comment", "by": "cid", "time": 1700000200, "parent": 999_999},
        marked={"id": 5, "type": "story", "by": "shy", "time": 1700000300, "title": "x", "dead": True},
        flag="dead",
        hidden="shy",
        lay_out=json_lines,
        break_off=cut_json_lines(HACKER_NEWS_ITEMS),
        replayed=(
            json.dumps(HACKER_NEWS_ITEMS[0]),
            {"posts": [{"post_id": "hackernews:1", "author_actor_id": "hackernews:ann"}]},
        ),
    )


def tweet(number: int, author: int, text: str, **more: Any) -> dict:
    return {
        "created_at": f"Tue May 05 10:00:{number % 60:02} +0000 2026",
        "id_str": str(number),
        "text": text,
        "user": {
            "id_str": str(author),
            "screen_name": f"user{author}",
            "protected": False,
            "followers_count": 3,
        },
        "entities": {"user_mentions": [], "urls": [], "hashtags": []},
        **more,
    }


TWEETS = [
    tweet(101, 1, "Kites!"),
    tweet(
        102,
        2,
        "@user1 @user3 yes",
        in_reply_to_status_id_str="101",
        in_reply_to_user_id_str="1",
        entities={"user_mentions": [{"id_str": "1"}, {"id_str": "3"}]},
    ),
    tweet(103, 2, "RT @user1: Kites!", retweeted_status=tweet(101, 1, "Kites!")),
    {
        "data": {
            "id": "104",
            "author_id": "3",
            "text": "look",
            "created_at": "2026-05-05T10:00:44.000Z",
            "referenced_tweets": [{"type": "quoted", "id": "102"}],
        },
        "includes": {
            "users": [{"id": "3", "username": "user3", "name": "Three", "protected": False}],
            "tweets": [{"id": "102", "author_id": "2"}],
        },
    },
]


def twitter() -> Case:
    return Case(
        name="twitter",
        network="twitter",
        good=TWEETS,
        rows={
            "interactions": [
                act("twitter", "2", "reply", "1", when="2026-05-05T10:00:42Z", ids=("101", "102", "102")),
                act(
                    "twitter",
                    "2",
                    "mention",
                    "3",
                    when="2026-05-05T10:00:42Z",
                    ids=(None, "102", "mention:102:3"),
                ),
                act("twitter", "2", "repost", "1", when="2026-05-05T10:00:43Z", ids=("101", None, "103")),
                act(
                    "twitter", "3", "quote", "2", when="2026-05-05T10:00:44Z", ids=("102", "104", "quote:104")
                ),
            ],
            "posts": [
                post("twitter", "101", "1", text="Kites!"),
                post("twitter", "102", "2", text="@user1 @user3 yes"),
                post("twitter", "101", "1", text="Kites!"),
                post("twitter", "104", "3", text="look"),
            ],
            "actors": [
                {"actor_id": "twitter:1", "handle": "user1"},
                {"actor_id": "twitter:2", "handle": "user2"},
                {"actor_id": "twitter:2", "handle": "user2"},
                {"actor_id": "twitter:1", "handle": "user1"},
                {"actor_id": "twitter:3", "handle": "user3"},
            ],
        },
        unreadable=tweet(105, 4, "hm", created_at="some day"),
        marked=tweet(106, 5, "closed", user={"id_str": "5", "screen_name": "shy", "protected": True}),
        flag="protected",
        hidden="shy",
        lay_out=json_lines,
        break_off=cut_json_lines(TWEETS),
        replayed=(
            json.dumps(
                {
                    "renown_archive": {"account_id": "1", "seen_at": "2026-06-01T00:00:00Z"},
                    "follower": {"accountId": "2"},
                }
            ),
            {"follows": [{"source_actor_id": "twitter:2", "target_actor_id": "twitter:1"}]},
        ),
    )


def comment(native: str, author: str, parent: str, body: str, **more: Any) -> dict:
    fields = {"id": native, "author": author, "parent_id": parent, "link_id": "t3_a", "body": body}
    return {**fields, "subreddit": "kites", "created_utc": 1700000060, **more}


REDDIT = [
    {
        "id": "a",
        "author": "Ann",
        "title": "A kite",
        "selftext": "",
        "subreddit": "kites",
        "created_utc": "1700000000",
    },
    {"kind": "t1", "data": comment("b", "bea", "t3_a", "High! u/Cid look")},
    comment("c", "Ann", "t1_b", "Yes"),
]


def reddit() -> Case:
    return Case(
        name="reddit",
        network="reddit",
        good=REDDIT,
        rows={
            "interactions": [
                act(
                    "reddit", "bea", "reply", "ann", when="2023-11-14T22:14:20Z", ids=("t3_a", "t1_b", "t1_b")
                ),
                act(
                    "reddit",
                    "bea",
                    "mention",
                    "cid",
                    when="2023-11-14T22:14:20Z",
                    ids=(None, "t1_b", "mention:t1_b:cid"),
                ),
                act(
                    "reddit", "ann", "reply", "bea", when="2023-11-14T22:14:20Z", ids=("t1_b", "t1_c", "t1_c")
                ),
            ],
            "posts": [
                post("reddit", "t3_a", "ann", text="A kite"),
                post("reddit", "t1_b", "bea", text="High! u/Cid look"),
                post("reddit", "t1_c", "ann", text="Yes"),
            ],
        },
        unreadable=comment("d", "cid", "t1_zzz", "to whom?"),
        marked=comment("e", "shy", "t3_a", "secret", subreddit_type="private"),
        flag="private-subreddit",
        hidden="shy",
        lay_out=json_lines,
        break_off=cut_json_lines(REDDIT),
        replayed=(
            json.dumps(comment("b", "bea", "t3_a", "High!", link_author="ann")),
            {
                "interactions": [
                    act(
                        "reddit",
                        "bea",
                        "reply",
                        "ann",
                        when="2023-11-14T22:14:20Z",
                        ids=("t3_a", "t1_b", "t1_b"),
                    )
                ],
                "posts": [post("reddit", "t1_b", "bea")],
            },
        ),
    )


def event(kind: str, actor: str, payload: dict, **more: Any) -> dict:
    return {
        "type": kind,
        "actor": {"id": 1, "login": actor},
        "repo": {"id": 2, "name": "Ann/Kite"},
        "payload": payload,
        "public": True,
        "created_at": "2026-05-05T10:00:00Z",
        **more,
    }


COMMENTED = {
    "action": "created",
    "issue": {"number": 7, "user": {"login": "Dan"}},
    "comment": {"id": 9, "body": "@dan and @cid: `@nobody`"},
}
GITHUB = [
    event("WatchEvent", "Bea", {"action": "started"}),
    event("ForkEvent", "helper[bot]", {"forkee": {"full_name": "helper[bot]/Kite"}}),
    event("IssueCommentEvent", "bea", COMMENTED),
    event("PushEvent", "ann", {"size": 1}),
]


def github() -> Case:
    when = "2026-05-05T10:00:00Z"
    on, own = "ann/kite#7", "ann/kite#7/comment-9"
    star = act("github", "bea", "like", "ann", when=when, ids=("ann/kite", None, "star:ann/kite:bea"))
    return Case(
        name="github",
        network="github",
        good=GITHUB,
        rows={
            "interactions": [
                star,
                act(
                    "github",
                    "helper[bot]",
                    "repost",
                    "ann",
                    when=when,
                    ids=("ann/kite", "helper[bot]/kite", "fork:helper[bot]/kite"),
                ),
                act("github", "bea", "reply", "dan", when=when, ids=(on, own, own)),
                act("github", "bea", "mention", "cid", when=when, ids=(None, own, f"mention:{own}:cid")),
            ],
            "posts": [post("github", own, "bea", text="@dan and @cid: `@nobody`")],
            "actors": [{"actor_id": "github:helper[bot]", "is_declared_bot": True}],
        },
        unreadable=event("IssueCommentEvent", "bea", {"action": "created", "comment": {"id": 10}}),
        marked=event("WatchEvent", "shy", {}, public=False),
        flag="not-public",
        hidden="shy",
        lay_out=json_lines,
        break_off=cut_json_lines(GITHUB),
        replayed=(json.dumps(GITHUB[0]), {"interactions": [star]}),
    )


STACK = [
    (
        "Users",
        {
            "Id": "1",
            "DisplayName": "Ann",
            "CreationDate": "2020-01-01T00:00:00.000",
            "AboutMe": "<p>I fly</p>",
        },
    ),
    (
        "Posts",
        {
            "Id": "10",
            "PostTypeId": "1",
            "OwnerUserId": "1",
            "AcceptedAnswerId": "11",
            "CreationDate": "2026-05-05T10:00:00.000",
            "Title": "How?",
            "Body": "<p>Kites</p>",
            "Tags": "<wind><string>",
        },
    ),
    (
        "Posts",
        {
            "Id": "11",
            "PostTypeId": "2",
            "ParentId": "10",
            "OwnerUserId": "2",
            "CreationDate": "2026-05-05T11:00:00.000",
            "Body": "So.",
        },
    ),
    (
        "Comments",
        {
            "Id": "5",
            "PostId": "11",
            "UserId": "3",
            "Text": "Thanks",
            "CreationDate": "2026-05-05T12:00:00.000",
        },
    ),
]


@contextmanager
def stack_dump(folder: Path, records: Sequence[Any]) -> Iterator[Request]:
    site = folder / "kites.example"
    site.mkdir(exist_ok=True)
    for table in dict.fromkeys(name for name, _ in records):
        rows = "".join(f"  {xml_row(row)}\n" for name, row in records if name == table)
        (site / f"{table}.xml").write_text(
            f'<?xml version="1.0" encoding="utf-8"?>\n<{table.lower()}>\n{rows}</{table.lower()}>'
        )
    yield Request((str(site),))


def xml_row(row: dict[str, str]) -> str:
    return "<row " + " ".join(f"{name}={quoteattr(value)}" for name, value in row.items()) + " />"


@contextmanager
def cut_stack_dump(folder: Path) -> Iterator[Request]:
    with stack_dump(folder, STACK) as request:
        path = Path(request.locations[0]) / "Posts.xml"
        path.write_bytes(path.read_bytes()[:-40])
        yield request


def stack_exchange() -> Case:
    site = "kites.example"
    n = "stackexchange"
    return Case(
        name=n,
        network=n,
        good=STACK,
        rows={
            "interactions": [
                act(
                    n,
                    f"{site}/2",
                    "reply",
                    f"{site}/1",
                    when="2026-05-05T11:00:00Z",
                    ids=(f"{site}/10", f"{site}/11", f"answer:{site}/11"),
                ),
                act(
                    n,
                    f"{site}/1",
                    "like",
                    f"{site}/2",
                    when="2026-05-05T11:00:00Z",
                    ids=(f"{site}/11", None, f"accept:{site}/11"),
                ),
                act(
                    n,
                    f"{site}/3",
                    "reply",
                    f"{site}/2",
                    when="2026-05-05T12:00:00Z",
                    ids=(f"{site}/11", f"{site}/comment-5", f"comment:{site}/5"),
                ),
            ],
            "posts": [
                post(n, f"{site}/10", f"{site}/1", text="How?\n\nKites", hashtags=["wind", "string"]),
                post(n, f"{site}/11", f"{site}/2", text="So.", hashtags=[]),
                post(n, f"{site}/comment-5", f"{site}/3", text="Thanks", hashtags=None),
            ],
            "actors": [{"actor_id": f"{n}:{site}/1", "handle": "Ann", "bio": "I fly"}],
        },
        unreadable=("Comments", {"Id": "6", "PostId": "11", "UserId": "4", "CreationDate": "then"}),
        marked=(
            "Comments",
            {
                "Id": "7",
                "PostId": "11",
                "UserDisplayName": "shy",
                "Text": "x",
                "CreationDate": "2026-05-05T12:00:00.000",
            },
        ),
        flag="deleted-user",
        hidden="shy",
        lay_out=stack_dump,
        break_off=cut_stack_dump,
        replayed=(
            json.dumps({"table": "posts", "site": site, "row": STACK[1][1]}),
            {"posts": [post(n, f"{site}/10", f"{site}/1")]},
        ),
    )


def video_comment(native: str, author: str, text: str, **more: Any) -> dict:
    snippet = {"authorChannelId": {"value": author}, "authorDisplayName": f"@{author}", "textOriginal": text}
    times = {"publishedAt": "2026-05-05T10:00:00Z", "updatedAt": "2026-05-05T11:00:00Z"}
    return {"kind": "youtube#comment", "id": native, "snippet": {**snippet, **times, **more}}


THREAD = {
    "kind": "youtube#commentThread",
    "id": "t1",
    "snippet": {
        "channelId": "UCann",
        "videoId": "v1",
        "topLevelComment": video_comment("t1", "UCbea", "High!", videoId="v1"),
        "isPublic": True,
    },
    "replies": {"comments": [video_comment("t1.r1", "UCcid", "Yes", videoId="v1", parentId="t1")]},
}
YOUTUBE = [
    {"kind": "youtube#commentThreadListResponse", "items": [THREAD]},
    video_comment("t1.r2", "UCann", "Thanks", parentId="t1"),
]


def youtube() -> Case:
    when = "2026-05-05T10:00:00Z"
    return Case(
        name="youtube",
        network="youtube",
        good=YOUTUBE,
        rows={
            "interactions": [
                act("youtube", "UCbea", "reply", "UCann", when=when, ids=("v1", "t1", "t1")),
                act("youtube", "UCcid", "reply", "UCbea", when=when, ids=("t1", "t1.r1", "t1.r1")),
                act("youtube", "UCann", "reply", "UCbea", when=when, ids=("t1", "t1.r2", "t1.r2")),
            ],
            "posts": [
                post("youtube", "t1", "UCbea", text="High!"),
                post("youtube", "t1.r1", "UCcid", text="Yes"),
                post("youtube", "t1.r2", "UCann", text="Thanks"),
            ],
            "actors": [
                {"actor_id": f"youtube:{one}", "observed_at": moment("2026-05-05T11:00:00Z")}
                for one in ("UCbea", "UCcid", "UCann")
            ],
        },
        unreadable=video_comment("t9.r1", "UCdan", "to whom?", parentId="t9"),
        marked={**video_comment("t2", "UCshy", "spam", moderationStatus="likelySpam")},
        flag="held-back",
        hidden="UCshy",
        lay_out=json_lines,
        break_off=cut_json_lines(YOUTUBE),
        replayed=(
            json.dumps(
                {"kind": "youtube#video", "id": "v1", "snippet": {"channelId": "UCann", "publishedAt": when}}
            ),
            {"posts": [post("youtube", "v1", "UCann")]},
        ),
    )


def stream_event(did: str, collection: str, record: dict, rkey: str = "k1", **more: Any) -> dict:
    """An event of a Jetstream, as the shipped mapping `jetstream` reads it."""
    commit = {"operation": "create", "collection": collection, "rkey": rkey, "record": record}
    return {"did": did, "time_us": 1777975200000000, "kind": "commit", "commit": {**commit, **more}}


EVENT_AT = "2026-05-05T10:00:00.000Z"
ANNS_POST = "at://did:plc:ann/app.bsky.feed.post/p1"
EVENTS = [
    stream_event("did:plc:bea", "app.bsky.feed.like", {"createdAt": EVENT_AT, "subject": {"uri": ANNS_POST}}),
    stream_event("did:plc:cid", "app.bsky.graph.follow", {"createdAt": EVENT_AT, "subject": "did:plc:ann"}),
]


def mapped() -> Case:
    like = f"like:{ANNS_POST}:did:plc:bea:1777975200000"
    own = ("at://did:plc:bea/app.bsky.feed.like/k1", "at://did:plc:cid/app.bsky.graph.follow/k1")
    return Case(
        name="mapped",
        network="bluesky",
        options={"map": "jetstream"},
        good=EVENTS,
        rows={
            "interactions": [
                act(
                    "bluesky",
                    "did:plc:bea",
                    "like",
                    "did:plc:ann",
                    when=EVENT_AT,
                    ids=(ANNS_POST, own[0], like),
                ),
                act(
                    "bluesky",
                    "did:plc:cid",
                    "follow",
                    "did:plc:ann",
                    when=EVENT_AT,
                    ids=(None, None, own[1]),
                ),
            ],
            "follows": [{"source_actor_id": "bluesky:did:plc:cid", "target_actor_id": "bluesky:did:plc:ann"}],
        },
        unreadable=stream_event("did:plc:dan", "app.bsky.graph.follow", {"createdAt": EVENT_AT}),
        marked=stream_event(
            "did:plc:shy",
            "app.bsky.graph.follow",
            {
                "createdAt": EVENT_AT,
                "subject": "did:plc:ann",
                "labels": {"values": [{"val": "!no-unauthenticated"}]},
            },
        ),
        flag="!no-unauthenticated",
        hidden="did:plc:shy",
        lay_out=json_lines,
        break_off=cut_packed_lines(EVENTS),
        replayed=(
            json.dumps({"mapping": "jetstream", "record": json.dumps(EVENTS[1])}),
            {
                "interactions": [{"kind": "follow", "source_actor_id": "bluesky:did:plc:cid"}],
                "follows": [{"target_actor_id": "bluesky:did:plc:ann"}],
            },
        ),
    )


def cases_of_files() -> list[Case]:
    return [twitter(), reddit(), github(), stack_exchange(), hacker_news(), youtube(), mapped()]
