"""The case of Bluesky: a repository. All people in it are made up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from renown.sources.registry import Request
from tests.car_files import car
from tests.contract.harvest_case import Case, moment

ANN, BEA = "did:plc:ann", "did:plc:bea"
WHEN = "2026-05-01T10:00:00.123Z"
POST = f"at://{BEA}/app.bsky.feed.post/1"

Record = tuple[str, Any]


def said(collection: str, key: str, **record: Any) -> Record:
    """A record and its path."""
    name = f"app.bsky.{collection}"
    return f"{name}/{key}", {"$type": name, "createdAt": WHEN, **record}


GOOD: list[Record] = [
    said("actor.profile", "self", displayName="Ann", description="kites"),
    said("feed.like", "2", subject={"uri": POST, "cid": "x"}),
    said(
        "feed.post", "3", text="High!", reply={"parent": {"uri": POST}, "root": {"uri": POST}}, langs=["en"]
    ),
    said("graph.follow", "4", subject=BEA),
    said("graph.list", "5", name="kites", purpose="app.bsky.graph.defs#curatelist"),
    said("graph.listitem", "6", subject=BEA, list=f"at://{ANN}/app.bsky.graph.list/5"),
]


def act(kind: str, own: str, post: str | None = None, reaction: str | None = None) -> dict[str, Any]:
    return {
        "network": "bluesky",
        "source_actor_id": f"bluesky:{ANN}",
        "target_actor_id": f"bluesky:{BEA}",
        "kind": kind,
        "post_id": post and f"bluesky:{post}",
        "reaction_post_id": reaction and f"bluesky:{reaction}",
        "interaction_id": own,
        "occurred_at": moment(WHEN),
    }


LIKE = act("like", f"like:{POST}:{ANN}:1777629600123", POST, f"at://{ANN}/app.bsky.feed.like/2")
REPLY_POST = f"at://{ANN}/app.bsky.feed.post/3"


@contextmanager
def repository(folder: Path, records: Sequence[Record]) -> Iterator[Request]:
    path = folder / "ann.car"
    path.write_bytes(car(dict(records)))
    yield Request((str(path),))


@contextmanager
def cut_repository(folder: Path) -> Iterator[Request]:
    path = folder / "cut.car"
    path.write_bytes(car(dict(GOOD))[:-9])
    yield Request((str(path),))


def case_of_bluesky() -> Case:
    like = {"did": ANN, "kind": "commit", "commit": {"operation": "create"}}
    like["commit"] |= {"collection": "app.bsky.feed.like", "rkey": "2", "record": GOOD[1][1]}
    return Case(
        name="bluesky",
        network="bluesky",
        good=GOOD,
        rows={
            "interactions": [
                LIKE,
                act("reply", f"reply:{REPLY_POST}", POST, REPLY_POST),
                act("follow", f"at://{ANN}/app.bsky.graph.follow/4"),
                act("list", f"at://{ANN}/app.bsky.graph.listitem/6"),
            ],
            "posts": [{"post_id": f"bluesky:{REPLY_POST}", "text": "High!", "language": "en"}],
            "follows": [{"source_actor_id": f"bluesky:{ANN}", "first_seen_at": moment(WHEN)}],
            "list_members": [{"member_actor_id": f"bluesky:{BEA}", "list_name": "kites"}],
            "actors": [{"actor_id": f"bluesky:{ANN}", "display_name": "Ann", "bio": "kites"}],
        },
        unreadable=said("feed.like", "7", subject=None),
        marked=said(
            "feed.post", "8", text="not for everybody", labels={"values": [{"val": "!no-unauthenticated"}]}
        ),
        flag="no-unauthenticated",
        hidden="not for everybody",
        lay_out=repository,
        break_off=cut_repository,
        replayed=(json.dumps(like), {"interactions": [LIKE]}),
    )
