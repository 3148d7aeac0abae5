"""Cases of the sources that ask servers: small real ones on the loopback. All people in them are made up."""

from __future__ import annotations

import atexit
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from renown.sources.fediverse import FediverseOptions
from renown.sources.registry import Request
from tests.contract.harvest_case import Case, moment
from tests.faulty_server import FaultyServer, Reply

WHEN = "2026-05-01T10:00:00Z"


# ---- the fediverse: what Mastodon's API answers


def account(name: str) -> dict[str, Any]:
    said = {"id": f"id-{name}", "acct": name, "note": "", "created_at": WHEN, "discoverable": True}
    return {**said, "indexable": True, "display_name": name.title()}


def status(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "uri": f"https://meadow.example/posts/{number}",
        "created_at": WHEN,
        "visibility": "public",
        "content": f"<p>Kite {number}</p>",
        "account": account("ann"),
        "mentions": [],
        "tags": [{"name": "Kites"}],
        "favourites_count": 1,
        "reblogs_count": 1,
        "replies_count": 0,
        **more,
    }


def instance(server: FaultyServer, statuses: Reply) -> Request:
    """A server with one account, whose posts one person likes and another passes on."""
    server.plan("/api/v2/instance", Reply.json({"domain": "meadow.example"}))
    server.plan("/api/v1/accounts/lookup", Reply.json(account("ann")))
    server.plan("/api/v1/accounts/id-ann/statuses", statuses)
    server.plan("/api/v1/accounts/id-ann/*", Reply.json([account("bea")]))
    server.plan("/api/v1/statuses/*", _of_status)
    return Request(("ann@meadow.example",), FediverseOptions(instance=server.url))


def _of_status(asked: Any) -> Reply:
    people = {"favourited_by": ["bea"], "reblogged_by": ["cid"]}.get(asked.path.split("/")[-1], [])
    return Reply.json([account(name) for name in people])


@contextmanager
def posts_of_ann(folder: Path, records: Sequence[Any]) -> Iterator[Request]:
    with FaultyServer() as server:
        yield instance(server, Reply.json(list(records)))


@contextmanager
def posts_cut_short(folder: Path) -> Iterator[Request]:
    with FaultyServer() as server:
        headers = {"content-type": "application/json"}
        yield instance(server, Reply(json.dumps([status(1)]).encode()[:-9], headers=headers))


def case_of_fediverse() -> Case:
    post = "fediverse:https://meadow.example/posts/1"
    said = {"network": "fediverse", "target_actor_id": "fediverse:ann@meadow.example", "post_id": post}
    acts = [
        {**said, "source_actor_id": f"fediverse:{name}@meadow.example", "kind": kind}
        for name, kind in (("bea", "like"), ("cid", "repost"))
    ]
    ann = {"actor_id": "fediverse:ann@meadow.example", "handle": "ann@meadow.example"}
    ties = [("bea", "ann"), ("ann", "bea")]
    row = {"post_id": post, "text": "Kite 1", "hashtags": ["kites"], "observed_at": moment(WHEN)}
    return Case(
        name="fediverse",
        network="fediverse",
        good=[status(1)],
        rows={
            "interactions": acts,
            "posts": [row],
            "actors": [
                {"actor_id": f"fediverse:{name}@meadow.example", "display_name": name.title()}
                for name in ("ann", "bea", "cid")
            ],
            "follows": [
                {
                    "source_actor_id": f"fediverse:{source}@meadow.example",
                    "target_actor_id": f"fediverse:{target}@meadow.example",
                }
                for source, target in ties
            ],
        },
        unreadable=status(2, uri=None),
        marked=status(3, visibility="unlisted", content="<p>not for everybody</p>"),
        flag="unlisted post",
        hidden="not for everybody",
        lay_out=posts_of_ann,
        break_off=posts_cut_short,
        replayed=(
            json.dumps({"form": "status", "home": "meadow.example", "record": status(1)}),
            {"posts": [row], "actors": [ann]},
        ),
    )


# ---- the open web: a JSON Feed, and a page that does not want to be read


@cache
def site() -> FaultyServer:
    """One server for the whole run, because the names of sites hold its port."""
    server = FaultyServer()
    server.__enter__()
    atexit.register(server.__exit__)
    return server


def item(number: int, **more: Any) -> dict[str, Any]:
    linked = f'<a href="https://bea.example/{number}">kites</a>'
    said = {"url": f"{site().url}/{number}", "title": f"Kite {number}", "content_html": linked}
    return {"id": str(number), "date_published": WHEN, **said, **more}


def feed(items: Sequence[Any]) -> bytes:
    said = {"version": "https://jsonfeed.org/version/1.1", "title": "Ann's kites", "items": list(items)}
    return json.dumps(said).encode()


@contextmanager
def feed_and_pages(folder: Path, records: Sequence[Any]) -> Iterator[Request]:
    server, pages = site(), [record for record in records if isinstance(record, str)]
    content = feed([record for record in records if not isinstance(record, str)])
    server.plan("/feed", Reply(content, headers={"content-type": "application/feed+json"}))
    for number, page in enumerate(pages):
        server.plan(f"/page{number}", Reply(page.encode(), headers={"content-type": "text/html"}))
    paths = ["feed", *(f"page{number}" for number in range(len(pages)))]
    yield Request(tuple(f"{server.url}/{path}" for path in paths))


@contextmanager
def feed_cut_short(folder: Path) -> Iterator[Request]:
    site().plan("/feed", Reply(status=403))
    yield Request((f"{site().url}/feed",))


def case_of_web() -> Case:
    host = site().host
    act = {
        "network": "web",
        "source_actor_id": f"web:{host}",
        "target_actor_id": "web:bea.example",
        "kind": "citation",
        "post_id": "web:https://bea.example/1",
        "reaction_post_id": f"web:http://{host}/1",
        "occurred_at": moment(WHEN),
    }
    row = {"post_id": f"web:http://{host}/1", "text": "Kite 1 kites", "links": ["https://bea.example/1"]}
    ann = {"actor_id": f"web:{host}", "handle": host}
    later = {"feed_url": "https://ann.example/feed", "urls": ["https://ann.example/2"], "title": "Two"}
    payload = json.dumps({"feed_record": {**later, "published": WHEN}})
    return Case(
        name="web",
        network="web",
        good=[item(1)],
        rows={"interactions": [act], "posts": [row], "actors": [{**ann, "display_name": "Ann's kites"}]},
        unreadable=item(2, url="https://elsewhere.example/2"),
        marked='<meta name="robots" content="noindex"><article>not for everybody</article>',
        flag="noindex",
        hidden="not for everybody",
        lay_out=feed_and_pages,
        break_off=feed_cut_short,
        replayed=(payload, {"posts": [{"post_id": "web:https://ann.example/2", "text": "Two"}]}),
        options={"allow_private_network": True, "pause_seconds": 0.0},
    )
