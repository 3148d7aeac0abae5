"""Hours of GH Archive, of today and of before 2015."""

from __future__ import annotations

import gzip
import json

import pytest

from renown.errors import SourceFileError
from renown.sources.github.acts import mentioned
from tests.harvested import harvest, write_lines


def event(kind, payload, actor="Bea", **more):
    fields = {"type": kind, "actor": {"id": 1, "login": actor}, "repo": {"id": 2, "name": "Ann/Kite"}}
    return {**fields, "payload": payload, "public": True, "created_at": "2026-05-05T10:00:00Z", **more}


def read(tmp_path, *records):
    path = tmp_path / "2026-05-05-10.json.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, records)).encode()))
    found = harvest("github", path)
    assert found.failure is None
    return found


def test_comments_reviews_and_what_they_mention(tmp_path):
    pull = {"number": 8, "user": {"login": "Cid"}, "title": "T", "body": "for @dan"}
    found = read(
        tmp_path,
        event("PullRequestEvent", {"action": "opened", "pull_request": pull}, "Cid"),
        event(
            "PullRequestReviewCommentEvent", {"pull_request": pull, "comment": {"id": 1, "body": "hm @cid"}}
        ),
        event(
            "PullRequestReviewEvent",
            {"action": "created", "pull_request": pull, "review": {"id": 1, "body": None}},
        ),
        event("IssueCommentEvent", {"action": "edited", "issue": pull, "comment": {"id": 2, "body": "@eve"}}),
        event("IssuesEvent", {"action": "closed", "issue": pull}),
        event("GollumEvent", {"pages": []}),
    )
    assert found.acts() == [("cid", "mention", "dan"), ("bea", "reply", "cid"), ("bea", "reply", "cid")]
    own = found.acts("interaction_id")
    assert len(set(own)) == 3
    assert found.records_count == 6
    assert not found.reasons


def test_bots_say_so(tmp_path):
    found = read(tmp_path, event("WatchEvent", {}, "keeper[bot]"), event("WatchEvent", {}, "bea"))
    assert [(row["handle"], row["is_declared_bot"]) for row in found.rows("actors")] == [
        ("keeper[bot]", True)
    ]
    assert found.acts() == [("keeper[bot]", "like", "ann"), ("bea", "like", "ann")]


def test_what_is_not_said_to_be_public_is_left_out(tmp_path):
    hidden = event("WatchEvent", {})
    del hidden["public"]
    found = read(tmp_path, hidden, event("ForkEvent", {"forkee": {"full_name": "bea/kite"}}, public=False))
    assert found.left_out == {"not-public": 2}
    assert not found.acts()


def test_a_comment_that_does_not_say_who_opened_the_issue_is_quarantined(tmp_path):
    trimmed = {"pull_request": {"number": 8, "url": "x"}, "comment": {"id": 1, "body": "hm"}}
    found = read(tmp_path, event("PullRequestReviewCommentEvent", trimmed))
    assert found.reasons == {"missing_target": 1}
    assert not found.rows("posts")


def test_events_of_before_2015(tmp_path):
    def old(kind, payload, **more):
        repository = {"owner": "Ann", "name": "Kite", "private": False}
        fields = {
            "actor": "Bea",
            "actor_attributes": {"login": "Bea"},
            "repository": repository,
            "public": True,
        }
        return {"type": kind, "payload": payload, "created_at": "2012/03/10 22:55:22 -0800", **fields, **more}

    found = read(
        tmp_path,
        old("WatchEvent", {"action": "started"}),
        old("ForkEvent", {"forkee": 123}),
        old("FollowEvent", {"target": {"login": "Cid"}}),
        old("IssueCommentEvent", {"issue_id": 1, "comment_id": 2}),
        old("WatchEvent", {}, repository={"owner": "Ann", "name": "x", "private": True}),
    )
    assert found.acts() == [("bea", "like", "ann"), ("bea", "repost", "ann"), ("bea", "follow", "cid")]
    assert found.rows("interactions")[0]["occurred_at"].isoformat() == "2012-03-11T06:55:22+00:00"
    assert len(found.rows("follows")) == 1
    assert found.left_out == {"not-public": 1}


def test_a_star_given_twice_is_one(tmp_path):
    found = read(
        tmp_path, event("WatchEvent", {}), event("WatchEvent", {}, created_at="2026-05-06T10:00:00Z")
    )
    assert len(set(found.acts("interaction_id"))) == 1


def test_a_cut_hour_is_an_error(tmp_path):
    path = write_lines(tmp_path / "hour.json", [event("WatchEvent", {})] * 50)
    path.write_bytes(gzip.compress(path.read_bytes())[:-10])
    assert isinstance(harvest("github", path).failure, SourceFileError)


@pytest.mark.parametrize(
    ("text", "logins"),
    [
        ("thanks @Ann!", ["ann"]),
        ("mail ann@kite.example or @team/core", []),
        ("```\n@ann\n``` and `@bea` but @cid-1.", ["cid-1"]),
        ("@ann @ANN (@bea) https://x.example/@dan", ["ann", "bea"]),
        ("", []),
        (None, []),
        ("@-x @x--", ["x--"]),
    ],
)
def test_mentions(text, logins):
    assert list(mentioned(text)) == logins


def test_mentions_of_a_hostile_text_take_no_time():
    assert list(mentioned("`" * 100_000 + "@" * 100_000)) == []
