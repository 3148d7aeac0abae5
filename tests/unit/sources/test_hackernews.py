"""Items of Hacker News in both spellings."""

from __future__ import annotations

import json

from tests.harvested import harvest, write_lines


def item(number, by, parent=None, **more):
    kind = "comment" if parent else "story"
    return {"id": number, "by": by, "type": kind, "time": 1700000000 + number, "parent": parent, **more}


def test_both_exports_give_the_same(tmp_path):
    firebase = [item(1, "Ann", title="A"), item(2, "bea", 1, text="b")]
    bigquery = [
        {
            "id": str(one["id"]),
            "by": one["by"],
            "type": one["type"],
            "time": str(one["time"]),
            "timestamp": "2023-11-14 22:13:21 UTC",
            "parent": one["parent"] and str(one["parent"]),
            "title": one.get("title"),
            "text": one.get("text"),
            "dead": None,
            "deleted": None,
        }
        for one in firebase
    ]
    first = harvest("hackernews", write_lines(tmp_path / "a.jsonl", firebase))
    (tmp_path / "b.json").write_text(json.dumps(bigquery, indent=1))
    second = harvest("hackernews", tmp_path / "b.json")
    assert first.acts() == [("bea", "reply", "ann")]
    assert first.rows("interactions") == second.rows("interactions")
    assert first.rows("posts") == second.rows("posts")


def test_time_may_stand_in_the_timestamp_alone(tmp_path):
    one = {"id": "1", "by": "ann", "type": "story", "timestamp": "2023-11-14 22:13:21 UTC", "title": "A"}
    (row,) = harvest("hackernews", write_lines(tmp_path / "a.jsonl", [one])).rows("posts")
    assert row["posted_at"].isoformat() == "2023-11-14T22:13:21+00:00"


def test_deleted_and_dead_items_are_left_out_and_what_answers_them_has_no_target(tmp_path):
    records = [
        {"id": 1, "deleted": True, "type": "story", "time": 1700000000},
        item(2, "troll", dead=True, title="x"),
        item(3, "ann", 1, text="to a deleted one"),
        item(4, "bea", 2, text="to a dead one"),
        item(5, "cid", 4, text="to bea"),
    ]
    found = harvest("hackernews", write_lines(tmp_path / "a.jsonl", records))
    assert found.left_out == {"deleted": 1, "dead": 1}
    assert found.acts() == [("cid", "reply", "bea")]
    assert not found.reasons


def test_people_and_lines_to_vote_on(tmp_path):
    records = [
        {"id": "Ann", "created": 1300000000, "karma": 7, "about": "I fly"},
        {"id": 9, "type": "pollopt", "by": "ann", "time": 1700000000, "text": "yes", "parent": 8},
    ]
    found = harvest("hackernews", write_lines(tmp_path / "a.jsonl", records))
    (actor,) = found.rows("actors")
    assert (actor["actor_id"], actor["handle"], actor["bio"]) == ("hackernews:ann", "Ann", "I fly")
    assert not found.rows("posts")
    assert not found.acts()
