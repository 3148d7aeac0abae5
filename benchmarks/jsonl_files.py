"""Event files like those that real streams give: `jetstream.jsonl` and `tweets.jsonl`, always the same."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ACTORS = 200_000
_START = datetime(2026, 3, 1, tzinfo=UTC)
_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
_WORDS = (
    "the", "a", "of", "and", "to", "in", "is", "that", "it", "was", "for", "on", "as", "with",
    "his", "they", "at", "be", "this", "from", "have", "or", "by", "one", "had", "not", "but",
    "what", "all", "were", "when", "we", "there", "can", "an", "your", "which", "their", "said",
    "if", "do", "will", "each", "about", "how", "up", "out", "them", "then", "she", "many", "some",
    "so", "these", "would", "other", "into", "has", "more", "her", "two", "like", "him", "see",
    "time", "could", "no", "make", "than", "first", "been", "its", "who", "now", "people", "my",
    "made", "over", "did", "down", "only", "way", "find", "use", "may", "water", "long", "little",
    "very", "after", "words", "called", "just", "where", "most", "know", "größer", "naïve", "学习",
    "доброе", "🎉", "https://example.org/a?b=c&d=e",
)  # fmt: skip


def write_events(folder: Path, name: str, rows: int) -> Path:
    """The file of that name and size; one that is there already is kept."""
    path = folder / f"{name}-{rows}.jsonl"
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("w", encoding="utf8") as file:
            for event in FILES[name](rows):
                file.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
        unfinished.rename(path)
    return path


def _text(chance: random.Random, least: int, most: int) -> str:
    return " ".join(chance.choices(_WORDS, k=chance.randint(least, most)))


def _actor(chance: random.Random) -> int:
    """A few actors act and are reacted to far more than others."""
    return min(int(chance.paretovariate(0.6)), ACTORS) - 1


def _did(number: int) -> str:
    chance = random.Random(number)
    return "did:plc:" + "".join(chance.choices(_LETTERS, k=24))


def _key(chance: random.Random) -> str:
    return "3" + "".join(chance.choices(_LETTERS, k=12))


def _cid(chance: random.Random) -> str:
    return "bafyrei" + "".join(chance.choices(_LETTERS, k=52))


def jetstream(rows: int) -> Iterator[dict[str, Any]]:
    """Commits in the shares in which Bluesky has them, with deletes, identities and other collections."""
    chance = random.Random(20260301)
    dids = [_did(number) for number in range(ACTORS)]
    makers = (_liked, _reposted, _followed, _posted, _deleted, _profiled, _identified)
    for number in range(rows):
        moment = _START + timedelta(milliseconds=number * 3)
        (maker,) = chance.choices(makers, (52, 8, 14, 18, 5, 2, 1))
        event = {"did": dids[_actor(chance)], "time_us": int(moment.timestamp() * 1e6)}
        claimed = (moment - timedelta(milliseconds=chance.randint(50, 900))).isoformat(
            timespec="milliseconds"
        )
        yield event | maker(chance, dids, claimed.replace("+00:00", "Z"))


def _commit(chance: random.Random, collection: str, record: dict[str, Any]) -> dict[str, Any]:
    commit = {"rev": _key(chance), "operation": "create", "collection": collection, "rkey": _key(chance)}
    return {
        "kind": "commit",
        "commit": commit | {"record": {"$type": collection} | record, "cid": _cid(chance)},
    }


def _post_of(chance: random.Random, dids: list[str]) -> dict[str, str]:
    uri = f"at://{dids[_actor(chance)]}/app.bsky.feed.post/{_key(chance)}"
    return {"cid": _cid(chance), "uri": uri}


def _liked(chance: random.Random, dids: list[str], claimed: str) -> dict[str, Any]:
    record = {"createdAt": claimed, "subject": _post_of(chance, dids)}
    return _commit(chance, "app.bsky.feed.like", record)


def _reposted(chance: random.Random, dids: list[str], claimed: str) -> dict[str, Any]:
    record = {"createdAt": claimed, "subject": _post_of(chance, dids)}
    return _commit(chance, "app.bsky.feed.repost", record)


def _followed(chance: random.Random, dids: list[str], claimed: str) -> dict[str, Any]:
    record = {"createdAt": claimed, "subject": dids[_actor(chance)]}
    return _commit(chance, "app.bsky.graph.follow", record)


def _posted(chance: random.Random, dids: list[str], claimed: str) -> dict[str, Any]:
    text = _text(chance, 3, 50)
    record: dict[str, Any] = {"createdAt": claimed, "langs": ["en"], "text": text}
    if chance.random() < 0.45:
        record["reply"] = {"parent": _post_of(chance, dids), "root": _post_of(chance, dids)}
    if chance.random() < 0.15:
        record["embed"] = {"$type": "app.bsky.embed.record", "record": _post_of(chance, dids)}
    elif chance.random() < 0.3:
        blob = {"$type": "blob", "ref": {"$link": _cid(chance)}, "mimeType": "image/jpeg", "size": 517_221}
        image = {"alt": _text(chance, 0, 20), "aspectRatio": {"height": 1536, "width": 2048}, "image": blob}
        record["embed"] = {"$type": "app.bsky.embed.images", "images": [image]}
    if chance.random() < 0.2:
        record["facets"] = [_facet(chance, dids) for _ in range(chance.randint(1, 3))]
    return _commit(chance, "app.bsky.feed.post", record)


def _facet(chance: random.Random, dids: list[str]) -> dict[str, Any]:
    feature = chance.choice(
        (
            {"$type": "app.bsky.richtext.facet#mention", "did": dids[_actor(chance)]},
            {"$type": "app.bsky.richtext.facet#tag", "tag": "cats"},
            {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/a"},
        )
    )
    return {"features": [feature], "index": {"byteEnd": 24, "byteStart": 10}}


def _deleted(chance: random.Random, dids: list[str], claimed: str) -> dict[str, Any]:
    collection = chance.choice(("app.bsky.feed.like", "app.bsky.feed.post", "app.bsky.graph.follow"))
    commit = {"rev": _key(chance), "operation": "delete", "collection": collection, "rkey": _key(chance)}
    return {"kind": "commit", "commit": commit}


def _profiled(chance: random.Random, dids: list[str], claimed: str) -> dict[str, Any]:
    record = {"displayName": _text(chance, 1, 3), "description": _text(chance, 0, 30)}
    event = _commit(chance, "app.bsky.actor.profile", record)
    event["commit"]["operation"] = "update"
    return event


def _identified(chance: random.Random, dids: list[str], claimed: str) -> dict[str, Any]:
    identity = {
        "did": dids[_actor(chance)],
        "handle": "someone.example.org",
        "seq": 1409753013,
        "time": claimed,
    }
    return {"kind": "identity", "identity": identity}


def tweets(rows: int) -> Iterator[dict[str, Any]]:
    """Statuses of the v1.1 API: retweets, quotes, replies, mentions and plain ones, each with full users."""
    chance = random.Random(20260302)
    for number in range(rows):
        moment = _START + timedelta(milliseconds=number * 40)
        yield _tweet(chance, moment, number, depth=1)


def _tweet(chance: random.Random, moment: datetime, number: int, *, depth: int) -> dict[str, Any]:
    identifier = 1_900_000_000_000_000_000 + number * 4_194_304 + chance.randint(0, 4_194_303)
    tweet = {
        "created_at": moment.strftime("%a %b %d %H:%M:%S +0000 %Y"),
        "id": identifier,
        "id_str": str(identifier),
        "full_text": _text(chance, 4, 40),
        "truncated": False,
        "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []},
        "source": '<a href="https://example.org/app" rel="nofollow">An app</a>',
        "in_reply_to_status_id": None,
        "in_reply_to_status_id_str": None,
        "in_reply_to_user_id": None,
        "in_reply_to_user_id_str": None,
        "in_reply_to_screen_name": None,
        "user": _user(chance),
        "is_quote_status": False,
        "retweet_count": chance.randint(0, 900),
        "favorite_count": chance.randint(0, 900),
        "favorited": False,
        "retweeted": False,
        "lang": "en",
    }
    if depth:
        (adds,) = chance.choices(
            (_as_retweet, _as_quote, _as_reply, _with_mentions, _plain), (35, 10, 25, 15, 15)
        )
        adds(chance, tweet, moment)
    return tweet


def _user(chance: random.Random) -> dict[str, Any]:
    number = 10_000_000 + _actor(chance)
    return {
        "id": number,
        "id_str": str(number),
        "name": _text(chance, 1, 3),
        "screen_name": f"user_{number}",
        "location": "",
        "description": _text(chance, 0, 20),
        "url": None,
        "protected": chance.random() < 0.01,
        "followers_count": number % 9973,
        "friends_count": number % 997,
        "listed_count": number % 13,
        "created_at": "Tue Mar 21 20:50:14 +0000 2006",
        "favourites_count": number % 7919,
        "verified": False,
        "statuses_count": number % 49_999,
        "profile_image_url_https": f"https://example.org/images/{number}/normal.jpg",
        "default_profile": True,
    }


def _as_retweet(chance: random.Random, tweet: dict[str, Any], moment: datetime) -> None:
    earlier = moment - timedelta(minutes=chance.randint(1, 900))
    original = _tweet(chance, earlier, chance.randint(0, 1_000_000), depth=0)
    tweet["retweeted_status"] = original
    tweet["full_text"] = f"RT @{original['user']['screen_name']}: {original['full_text']}"
    tweet["entities"]["user_mentions"] = [_mention(original["user"])]


def _as_quote(chance: random.Random, tweet: dict[str, Any], moment: datetime) -> None:
    original = _tweet(chance, moment - timedelta(hours=2), chance.randint(0, 1_000_000), depth=0)
    tweet |= {"is_quote_status": True, "quoted_status_id_str": original["id_str"], "quoted_status": original}


def _as_reply(chance: random.Random, tweet: dict[str, Any], moment: datetime) -> None:
    other, identifier = _user(chance), 1_900_000_000_000_000_000 + chance.randint(0, 10**15)
    tweet |= {
        "in_reply_to_status_id": identifier,
        "in_reply_to_status_id_str": str(identifier),
        "in_reply_to_user_id": other["id"],
        "in_reply_to_user_id_str": other["id_str"],
        "in_reply_to_screen_name": other["screen_name"],
    }
    tweet["entities"]["user_mentions"] = [_mention(other)]
    if chance.random() < 0.3:
        tweet["entities"]["user_mentions"].append(_mention(_user(chance)))


def _with_mentions(chance: random.Random, tweet: dict[str, Any], moment: datetime) -> None:
    mentions = [_mention(_user(chance)) for _ in range(chance.randint(1, 3))]
    tweet["entities"]["user_mentions"] = mentions


def _plain(chance: random.Random, tweet: dict[str, Any], moment: datetime) -> None:
    tweet["entities"]["hashtags"] = [{"text": "cats", "indices": [0, 5]}]


def _mention(user: dict[str, Any]) -> dict[str, Any]:
    names = {name: user[name] for name in ("screen_name", "name", "id", "id_str")}
    return {**names, "indices": [3, 16]}


FILES: dict[str, Callable[[int], Iterator[dict[str, Any]]]] = {"jetstream": jetstream, "tweets": tweets}
