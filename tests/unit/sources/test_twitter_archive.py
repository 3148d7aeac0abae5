"""The archive of a person: both layouts, what stays closed, and archives made to do harm."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from renown.errors import SourceFileError
from tests.harvested import harvest

MADE_AT = "2026-06-01T12:00:00.000Z"
MANIFEST = {"archiveInfo": {"generationDate": MADE_AT}}
LIKES = [
    {"like": {"tweetId": "1212092628029698048"}},
    {"like": {"tweetId": "5", "fullText": "others' words"}},
]
NOTE = {"noteTweetId": "1212092628029698999", "core": {"text": "long"}, "createdAt": MADE_AT}
ACCOUNT = [
    {
        "account": {
            "accountId": "7",
            "username": "kite",
            "accountDisplayName": "Kite",
            "email": "secret@kite.example",
            "createdAt": "2010-05-05T10:00:00.000Z",
        }
    }
]
REPLY = {
    "id_str": "1212092628029698048",
    "created_at": "Tue May 05 10:00:00 +0000 2026",
    "full_text": "@ann @bea well",
    "lang": "en",
    "in_reply_to_status_id_str": "1212092628029698000",
    "in_reply_to_user_id_str": "8",
    "entities": {
        "user_mentions": [{"id_str": "8", "indices": ["0", "4"]}, {"id_str": "9", "indices": ["5", "9"]}],
        "hashtags": [{"text": "Wind", "indices": ["0", "1"]}],
        "urls": [{"expanded_url": "https://kite.example/", "indices": ["0", "1"]}],
    },
}
RETWEET = {
    "id_str": "1212092628029698050",
    "created_at": "Tue May 05 11:00:00 +0000 2026",
    "full_text": "RT @ann: kites",
    "entities": {"user_mentions": [{"id_str": "8", "indices": ["3", "7"]}]},
}


def member(kind: str, records: object, part: int = 0) -> str:
    return f"window.YTD.{kind}.part{part} = " + json.dumps(records, indent=2)


def write_archive(path: Path, members: dict[str, str], **more: object) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **more) as file:
        for name, text in members.items():
            file.writestr(name, text)
    return path


def new_layout() -> dict[str, str]:
    return {
        "data/manifest.js": "window.__THAR_CONFIG = "
        + json.dumps({"archiveInfo": {"generationDate": MADE_AT}}),
        "data/account.js": member("account", ACCOUNT),
        "data/profile.js": member("profile", [{"profile": {"description": {"bio": "I fly"}}}]),
        "data/tweets.js": member("tweets", [{"tweet": REPLY}]),
        "data/tweets-part1.js": member("tweets", [{"tweet": RETWEET}], 1),
        "data/follower.js": member("follower", [{"follower": {"accountId": "20"}}]),
        "data/following.js": member("following", [{"following": {"accountId": "21"}}]),
        "data/like.js": member("like", LIKES),
        "data/note-tweet.js": member("note_tweet", [{"noteTweet": NOTE}]),
        "data/deleted-tweets.js": member("deleted_tweets", [{"tweet": {**REPLY, "full_text": "taken back"}}]),
        "data/direct-messages.js": member("direct_messages", [{"dmConversation": {"text": "a secret"}}]),
        "data/direct_messages_media/tweets.js": member("tweets", [{"tweet": {**REPLY, "id_str": "66"}}]),
    }


def test_the_archive_of_today(tmp_path):
    found = harvest("twitter", write_archive(tmp_path / "archive.zip", new_layout()))
    assert found.failure is None
    assert sorted(found.acts()) == [
        ("7", "like", "7"),
        ("7", "mention", "9"),
        ("7", "reply", "8"),
        ("7", "repost", "8"),
    ]
    ties = [
        (row["source_actor_id"], row["target_actor_id"], row["first_seen_at"])
        for row in found.rows("follows")
    ]
    seen_at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert ties == [("twitter:20", "twitter:7", seen_at), ("twitter:7", "twitter:21", seen_at)]
    (actor,) = found.rows("actors")
    assert (actor["handle"], actor["bio"], actor["observed_at"]) == ("kite", "I fly", seen_at)
    posts = {row["post_id"]: row for row in found.rows("posts")}
    assert set(posts) == {f"twitter:{REPLY['id_str']}", "twitter:1212092628029698999"}
    assert posts[f"twitter:{REPLY['id_str']}"]["hashtags"] == ["wind"]


def test_a_like_of_an_unknown_tweet_is_quarantined_without_other_peoples_words(tmp_path):
    found = harvest("twitter", write_archive(tmp_path / "archive.zip", new_layout()))
    (record,) = [one for one in found.harvests for one in one.quarantined]
    assert record.reason == "missing_target"
    assert "others' words" not in record.payload
    assert record.scope.endswith("archive.zip/data/like.js:7")


def test_likes_find_their_author_where_the_archive_tells_it(tmp_path):
    quoting = {
        "id_str": "1212092628029698060",
        "created_at": "Tue May 05 12:00:00 +0000 2026",
        "full_text": "@Ann @bea look",
        "entities": {
            "user_mentions": [
                {"id_str": "8", "screen_name": "Ann", "indices": ["0", "4"]},
                {"id_str": "9", "screen_name": "bea", "indices": ["5", "9"]},
            ],
            "urls": [{"expanded_url": "https://twitter.com/ann/status/1212092628029698031"}],
        },
    }
    later = {**quoting, "id_str": "1212092628029698061"}
    later["entities"] = {"user_mentions": [{"id_str": "10", "screen_name": "BEA", "indices": ["5", "9"]}]}
    number = 1212092628029698000
    likes = {
        "of a tweet that was answered": (number, None, "8"),
        "of a tweet that is linked to": (number + 31, "https://twitter.com/i/web/status/1", "8"),
        "whose address names its author": (number + 32, "https://twitter.com/ANN/status/1", "8"),
        "of one's own, by name": (number + 33, "https://x.com/kite/status/1", "7"),
        "whose name stood for two": (number + 34, "https://twitter.com/bea/status/1", None),
        "whose name is not known": (number + 35, "https://twitter.com/cid/status/1", None),
        "whose address names nobody": (number + 36, "https://twitter.com/i/web/status/1", None),
    }
    said = [
        {
            "like": {
                "tweetId": str(tweet),
                "fullText": "others' words",
                **({"expandedUrl": url} if url else {}),
            }
        }
        for tweet, url, _ in likes.values()
    ]
    members = {
        **new_layout(),
        "data/tweets.js": member("tweets", [{"tweet": one} for one in (REPLY, quoting, later)]),
        "data/like.js": member("like", said),
    }
    found = harvest("twitter", write_archive(tmp_path / "archive.zip", members))
    liked = {
        row["post_id"]: row["target_actor_id"] for row in found.rows("interactions") if row["kind"] == "like"
    }
    assert liked == {f"twitter:{tweet}": f"twitter:{who}" for tweet, _, who in likes.values() if who}
    assert found.reasons == {"missing_target": 3}
    assert "others' words" not in str([one.payload for h in found.harvests for one in h.quarantined])


def test_closed_members_are_never_opened(tmp_path, monkeypatch):
    opened = []
    original = zipfile.ZipFile.open

    def spy(self, name, *more, **named):
        opened.append(getattr(name, "filename", name))
        return original(self, name, *more, **named)

    path = write_archive(tmp_path / "archive.zip", new_layout())
    monkeypatch.setattr(zipfile.ZipFile, "open", spy)
    found = harvest("twitter", path)
    assert opened
    assert not [name for name in opened if "direct" in name or "deleted" in name]
    everything = repr([one.rows for one in found.harvests]) + repr(
        [one.quarantined for one in found.harvests]
    )
    for closed in ("a secret", "taken back", "secret@kite.example"):
        assert closed not in everything + repr(found.rows("posts")) + repr(found.rows("actors"))


def test_an_archive_in_a_folder_of_its_own_is_the_same(tmp_path):
    inside = {f"twitter-2026/{name}": text for name, text in new_layout().items() if name.startswith("data/")}
    flat = harvest("twitter", write_archive(tmp_path / "flat.zip", new_layout()))
    deep = harvest("twitter", write_archive(tmp_path / "deep.zip", inside))
    assert deep.failure is None
    assert deep.acts() == flat.acts()


def test_the_archive_of_2019_has_bare_tweets_and_no_folder(tmp_path):
    members = {"account.js": member("account", ACCOUNT), "tweet.js": member("tweet", [REPLY])}
    found = harvest("twitter", write_archive(tmp_path / "archive.zip", members))
    assert sorted(found.acts()) == [("7", "mention", "9"), ("7", "reply", "8")]


def test_the_archive_of_2013(tmp_path):
    old = {
        "id": 901,
        "id_str": "901",
        "created_at": "2012-01-31 12:00:00 +0000",
        "text": "RT @ann: kites",
        "user": {"id": 7, "id_str": "7", "screen_name": "kite", "protected": False},
        "retweeted_status": {
            "id_str": "900",
            "created_at": "2012-01-30 12:00:00 +0000",
            "text": "kites",
            "user": {"id_str": "8", "screen_name": "ann", "protected": False},
            "entities": {},
        },
    }
    members = {
        "data/js/user_details.js": 'var user_details = {"id": "7", "screen_name": "kite"}',
        "data/js/tweets/2012_01.js": "Grailbird.data.tweets_2012_01 =\n" + json.dumps([old]),
    }
    found = harvest("twitter", write_archive(tmp_path / "archive.zip", members))
    assert found.failure is None
    assert found.acts("source_actor_id", "kind", "target_actor_id", "post_id", "occurred_at") == [
        ("7", "repost", "8", "900", datetime(2012, 1, 31, 12, tzinfo=UTC))
    ]


def test_the_archive_of_a_protected_account_is_left_out_whole(tmp_path):
    history = [{"protectedHistory": {"action": "Unprotect"}}, {"protectedHistory": {"action": "Protect"}}]
    members = {**new_layout(), "data/protected-history.js": member("protected_history", history)}
    found = harvest("twitter", write_archive(tmp_path / "archive.zip", members))
    assert found.left_out == {"protected": 1}
    assert not any(one.rows for one in found.harvests)


def test_parts_are_read_in_order_and_progress_ends_at_the_end(tmp_path):
    members = {"data/account.js": member("account", ACCOUNT)}
    for part in (0, 10, 2, 1):
        suffix = f"-part{part}" if part else ""
        members[f"data/tweets{suffix}.js"] = member(
            "tweets", [{"tweet": {**REPLY, "id_str": str(part)}}], part
        )
    calls = []
    path = write_archive(tmp_path / "archive.zip", members)
    found = harvest("twitter", path, progress=lambda *call: calls.append(call))
    assert [row["post_id"] for row in found.rows("posts")] == [f"twitter:{part}" for part in (0, 1, 2, 10)]
    assert [done for _, done, _ in calls] == sorted(done for _, done, _ in calls)
    assert calls[-1][1] == calls[-1][2]


@pytest.mark.parametrize(
    "name", ["../data/tweets.js", "/data/tweets.js", "data/../../tweets.js", "C:/tweets.js"]
)
def test_members_that_lead_out_are_refused(tmp_path, name):
    found = harvest("twitter", write_archive(tmp_path / "archive.zip", {**new_layout(), name: "[]"}))
    assert isinstance(found.failure, SourceFileError)
    assert "leads out" in found.failure.message
    assert not found.harvests


def test_a_member_that_grows_without_end_is_refused(tmp_path):
    bomb = "window.YTD.tweets.part0 = [" + " " * (64 << 20) + "]"
    found = harvest(
        "twitter", write_archive(tmp_path / "archive.zip", {**new_layout(), "data/tweets.js": bomb})
    )
    assert isinstance(found.failure, SourceFileError)
    assert "times as large" in found.failure.message


def test_an_archive_that_was_cut_or_damaged_is_an_error(tmp_path):
    path = write_archive(tmp_path / "archive.zip", new_layout())
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert isinstance(harvest("twitter", path).failure, SourceFileError)
    at = content.index(b"data/tweets.js") + 60
    path.write_bytes(content[:at] + bytes(40) + content[at + 40 :])
    failure = harvest("twitter", path).failure
    assert isinstance(failure, SourceFileError)
    assert "damaged" in failure.message


def test_what_is_no_archive_says_so(tmp_path):
    (tmp_path / "tweets.js").write_text(member("tweets", [{"tweet": REPLY}]))
    failure = harvest("twitter", tmp_path / "tweets.js").failure
    assert isinstance(failure, SourceFileError)
    assert "the zip" in failure.hint
    stranger = harvest("twitter", write_archive(tmp_path / "other.zip", {"photo.txt": "x"}))
    assert isinstance(stranger.failure, SourceFileError)
    assert "account.js" in stranger.failure.message
    assert isinstance(harvest("twitter", tmp_path / "missing.zip").failure, SourceFileError)
