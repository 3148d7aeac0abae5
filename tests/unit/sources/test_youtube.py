"""Answers of the Data API: whom comments answer, what is held back, figures of channels."""

from __future__ import annotations

import json

from tests.harvested import harvest, write_lines

WHEN = {"publishedAt": "2026-05-05T10:00:00Z", "updatedAt": "2026-05-05T10:00:00Z"}


def comment(native, author, **more):
    snippet = {"authorChannelId": {"value": author}, "textDisplay": "x", **WHEN, **more}
    return {"kind": "youtube#comment", "id": native, "snippet": snippet}


def thread(native, author, replies=(), **more):
    top = comment(native, author, videoId="v1")
    snippet = {"channelId": "UCann", "videoId": "v1", "topLevelComment": top, "isPublic": True, **more}
    return {
        "kind": "youtube#commentThread",
        "id": native,
        "snippet": snippet,
        "replies": {"comments": list(replies)},
    }


def read(tmp_path, *records):
    found = harvest("youtube", write_lines(tmp_path / "answers.jsonl", records))
    assert found.failure is None
    return found


def test_a_page_of_threads_laid_out(tmp_path):
    page = {
        "kind": "youtube#commentThreadListResponse",
        "pageInfo": {"totalResults": 2},
        "items": [thread("t1", "UCbea", [comment("t1.a", "UCcid", parentId="t1")]), thread("t2", "UCann")],
    }
    (tmp_path / "page.json").write_text(json.dumps(page, indent=2))
    found = harvest("youtube", tmp_path / "page.json")
    assert found.acts() == [
        ("UCbea", "reply", "UCann"),
        ("UCcid", "reply", "UCbea"),
        ("UCann", "reply", "UCann"),
    ]
    assert found.records_count == 3


def test_comments_without_their_thread_need_the_video_or_the_parent(tmp_path):
    video = {"kind": "youtube#video", "id": "v1", "snippet": {"channelId": "UCann", "title": "K", **WHEN}}
    found = read(
        tmp_path,
        comment("c0", "UCbea", videoId="v1"),
        video,
        comment("c1", "UCbea", videoId="v1"),
        comment("c1.a", "UCcid", parentId="c1"),
    )
    assert found.acts() == [("UCbea", "reply", "UCann"), ("UCcid", "reply", "UCbea")]
    assert found.reasons == {"unknown_parent": 1}


def test_what_is_not_public_is_left_out(tmp_path):
    def video(native, **status):
        return {
            "kind": "youtube#video",
            "id": native,
            "snippet": {"channelId": "UCshy", **WHEN},
            "status": status,
        }

    found = read(
        tmp_path,
        video("v1", privacyStatus="unlisted"),
        video("v2", privacyStatus="private"),
        video("v3", privacyStatus="public", madeForKids=True),
        thread("t1", "UCshy", isPublic=False),
        {**comment("c1", "UCshy"), "snippet": {"textDisplay": "x", "videoId": "v9", **WHEN}},
        comment("c2", "UCshy", videoId="v9", moderationStatus="heldForReview"),
    )
    assert found.left_out == {
        "unlisted": 1,
        "private": 2,
        "made-for-kids": 1,
        "deleted": 1,
        "held-back": 1,
    }
    assert not any(step.rows for step in found.harvests)


def test_channels_and_subscriptions(tmp_path):
    def channel(**statistics):
        snippet = {
            "title": "Ann's kites",
            "customUrl": "@ann",
            "description": "I fly",
            "publishedAt": WHEN["publishedAt"],
        }
        return {"kind": "youtube#channel", "id": "UCann", "snippet": snippet, "statistics": statistics}

    subscribed = {
        "channelId": "UCbea",
        "resourceId": {"channelId": "UCann"},
        "publishedAt": WHEN["publishedAt"],
    }
    found = read(
        tmp_path,
        channel(subscriberCount="1200", videoCount="7", hiddenSubscriberCount=False),
        channel(subscriberCount="0", hiddenSubscriberCount=True),
        {"kind": "youtube#subscription", "id": "s1", "snippet": subscribed},
        {"kind": "youtube#playlist", "id": "p1", "snippet": {}},
    )
    assert [(row["handle"], row["followers_count"]) for row in found.rows("actors")] == [
        ("ann", 1200),
        ("ann", None),
    ]
    assert found.acts() == [("UCbea", "follow", "UCann")]
    assert len(found.rows("follows")) == 1
    assert found.reasons == {"unexpected_form": 1}
