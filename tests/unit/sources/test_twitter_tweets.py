"""Tweets of v1.1 and v2, made up and real: who acted towards whom, counted by other means as well."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime

import pytest
import zstandard

from tests.harvested import harvest, write_lines

ANN = {"id_str": "1", "screen_name": "ann", "name": "Ann", "followers_count": 9, "protected": False}
BEA = {"id_str": "2", "screen_name": "bea", "protected": False}
SHY = {"id_str": "3", "screen_name": "shy", "protected": True}


def tweet(number, user, text="", **more):
    created_at = f"Tue May 05 10:00:{number % 60:02} +0000 2026"
    return {"id_str": str(number), "user": user, "text": text, "created_at": created_at, **more}


def read(tmp_path, *records, **more):
    found = harvest("twitter", write_lines(tmp_path / "tweets.jsonl", records), **more)
    assert found.failure is None
    return found


def test_a_long_tweet_is_read_in_full(tmp_path):
    whole = {"full_text": "all of it @bea", "entities": {"user_mentions": [{"id_str": "2"}], "urls": []}}
    found = read(tmp_path, tweet(1, ANN, "all…", entities={"user_mentions": []}, extended_tweet=whole))
    assert found.acts() == [("1", "mention", "2")]
    assert found.rows("posts")[0]["text"] == "all of it @bea"


def test_a_retweet_is_one_act_however_many_it_mentions(tmp_path):
    original = tweet(1, ANN, "hey @bea", entities={"user_mentions": [{"id_str": "2"}]})
    mentions = {"user_mentions": [{"id_str": "1"}, {"id_str": "2"}]}
    found = read(tmp_path, tweet(2, BEA, "RT @ann: hey @bea", retweeted_status=original, entities=mentions))
    assert found.acts() == [("1", "mention", "2"), ("2", "repost", "1")]


def test_a_tweet_addressed_to_somebody_is_a_mention_an_answer_to_a_tweet_a_reply(tmp_path):
    found = read(
        tmp_path,
        tweet(1, BEA, "@ann hi", in_reply_to_user_id_str="1", entities={"user_mentions": [{"id_str": "1"}]}),
        tweet(2, BEA, "@ann", in_reply_to_user_id_str="1", in_reply_to_status_id_str="9"),
        tweet(3, BEA, "and", in_reply_to_user_id_str="2", in_reply_to_status_id_str="2"),
    )
    assert found.acts() == [("2", "mention", "1"), ("2", "reply", "1"), ("2", "reply", "2")]


def test_protected_accounts_are_left_out_on_either_side(tmp_path):
    found = read(
        tmp_path,
        tweet(1, SHY, "closed"),
        tweet(2, ANN, "RT @shy: closed", retweeted_status=tweet(1, SHY, "closed")),
        {"id": 3, "id_str": "3", "screen_name": "shy", "protected": True},
        {
            "data": {
                "id": "1790000000000000000",
                "author_id": "1",
                "text": "@shy",
                "in_reply_to_user_id": "3",
                "referenced_tweets": [{"type": "replied_to", "id": "5"}],
                "entities": {"mentions": [{"username": "shy", "id": "3"}]},
            },
            "includes": {
                "users": [{"id": "1", "username": "ann"}, {"id": "3", "username": "shy", "protected": True}]
            },
        },
    )
    assert found.left_out["protected"] == 5
    assert not found.acts()
    assert "twitter:3" not in {row["actor_id"] for row in found.rows("actors")}


def test_withheld_tweets_are_left_out_when_withheld_everywhere(tmp_path):
    found = read(
        tmp_path,
        tweet(1, ANN, "x", withheld_in_countries=["XY"]),
        tweet(2, ANN, "y", withheld_copyright=True),
        tweet(3, ANN, "z", withheld_in_countries=["DE"]),
    )
    assert found.left_out == {"withheld": 2}
    assert [row["text"] for row in found.rows("posts")] == ["z"]


def test_a_notice_of_deletion_withdraws_the_tweet(tmp_path):
    found = read(
        tmp_path, {"delete": {"status": {"id": 5, "id_str": "5", "user_id": 1}}}, {"limit": {"track": 3}}
    )
    (withdrawn,) = [one for step in found.harvests for one in step.withdrawals]
    assert (withdrawn.what, withdrawn.identifier) == ("post", "twitter:5")


def test_pages_of_both_versions(tmp_path):
    page = {
        "data": [
            {
                "id": "12",
                "author_id": "2",
                "text": "RT @Ann: hi",
                "created_at": "2026-05-05T10:00:00Z",
                "referenced_tweets": [{"type": "retweeted", "id": "11"}],
            },
            {
                "id": "13",
                "author_id": "1",
                "text": "@BEA",
                "created_at": "2026-05-05T10:00:01Z",
                "entities": {"mentions": [{"start": 0, "username": "BEA"}]},
                "note_tweet": {"text": "@BEA and so on"},
            },
        ],
        "includes": {
            "users": [{"id": "1", "username": "ann"}, {"id": "2", "username": "bea"}],
            "tweets": [{"id": "11", "author_id": "1", "text": "hi", "created_at": "2026-05-05T09:00:00Z"}],
        },
        "meta": {"result_count": 2},
    }
    (tmp_path / "page.json").write_text(json.dumps(page, indent=2))
    (tmp_path / "search.json").write_text(
        json.dumps({"statuses": [tweet(1, ANN, "hi")], "search_metadata": {}})
    )
    (tmp_path / "none.json").write_text(json.dumps({"meta": {"result_count": 0}}))
    (tmp_path / "users.json").write_text(json.dumps({"users": [ANN, BEA], "next_cursor": 0}))
    names = ("page", "search", "none", "users")
    found = harvest("twitter", *(tmp_path / f"{name}.json" for name in names))
    assert found.failure is None
    assert not found.reasons
    assert found.acts() == [("2", "repost", "1"), ("1", "mention", "2")]
    assert [row["text"] for row in found.rows("posts")] == ["hi", "@BEA and so on", "hi"]
    assert found.records_count == 5


def test_one_bad_tweet_of_a_page_is_quarantined_alone_and_readable_by_itself(tmp_path):
    good = {"id": "13", "author_id": "1", "text": "hi", "created_at": "2026-05-05T10:00:01Z"}
    bad = {**good, "id": "14", "referenced_tweets": [{"type": "retweeted", "id": "9"}]}
    users = [{"id": str(n), "username": f"u{n}"} for n in range(1, 50)]
    found = read(tmp_path, {"data": [good, bad], "includes": {"users": users}})
    (record,) = [one for step in found.harvests for one in step.quarantined]
    assert record.reason == "missing_target"
    kept = json.loads(record.payload)
    assert kept["data"] == bad
    assert [user["id"] for user in kept["includes"]["users"]] == ["1"]
    assert [row["post_id"] for row in found.rows("posts")] == ["twitter:13"]


def test_since_leaves_out_what_is_older(tmp_path):
    since = datetime(2026, 5, 5, 10, 0, 30, tzinfo=UTC)
    found = read(tmp_path, tweet(29, ANN, "a"), tweet(31, ANN, "b"), since=since)
    assert [row["text"] for row in found.rows("posts")] == ["b"]


def test_the_number_of_a_tweet_says_when_it_was_made(tmp_path):
    found = read(tmp_path, {"data": {"id": "1212092628029698048", "author_id": "1", "text": "x"}})
    assert found.rows("posts")[0]["posted_at"].isoformat(timespec="seconds") == "2019-12-31T19:26:16+00:00"


# ---- real records


def wire(request, name):
    path = request.config.rootpath / "../shared/data/wire/twitter-evently" / name
    if not path.is_file():
        pytest.skip(f"the recorded tweets are not there ({path})")
    return path


@pytest.mark.shared_data
def test_real_tweets_of_v1_as_counted_by_plain_python(request):
    path = wire(request, "tweets_anonymized.jsonl.zst")
    text = zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes()).decode()
    records = [json.loads(line) for line in text.splitlines()]
    originals = [one.get("retweeted_status") or one for one in records]
    expected = Counter(repost=sum("retweeted_status" in one for one in records))
    for one in originals:
        assert not one["user"]["protected"]
        assert "quoted_status" not in one
        answered, addressed = one["in_reply_to_status_id_str"], one["in_reply_to_user_id_str"]
        expected["reply"] += bool(answered and addressed)
        named = {mention["id_str"] for mention in one["entities"]["user_mentions"]} - {None}
        named |= {addressed} if addressed and not answered else set()
        expected["mention"] += len(named - ({addressed} if answered else set()))
    found = harvest("twitter", path)
    assert found.records_count == len(records)
    assert not found.reasons
    assert Counter(row["kind"] for row in found.rows("interactions")) == expected
    assert len(found.rows("posts")) == len(originals)


@pytest.mark.shared_data
def test_real_tweets_of_v2_are_mapped_or_quarantined(request):
    """The file holds authors but neither the tweets referred to nor the people mentioned, and some of its
    records are broken in two by a line feed within a text."""
    path = wire(request, "test_v2.jsonl")
    lines = [line for line in path.read_bytes().split(b"\n") if line.strip()]
    broken, expected = 0, Counter()
    for line in lines:
        try:
            one = json.loads(line)["data"]
        except ValueError:
            broken += 1
            continue
        referred = {ref["type"] for ref in one.get("referenced_tweets", ())}
        expected["unknown"] += bool(referred & {"retweeted", "quoted"})
        expected["reply"] += referred == {"replied_to"} and "in_reply_to_user_id" in one
        addressed = "in_reply_to_user_id" in one and "replied_to" not in referred
        expected["mention"] += bool(addressed and not referred)
    found = harvest("twitter", path)
    assert found.records_count == len(lines)
    assert found.reasons == {"not_json": broken, "missing_target": expected.pop("unknown")}
    kinds = Counter(row["kind"] for row in found.rows("interactions"))
    assert kinds == +expected
    assert not found.left_out
