"""Repository files: damaged, cut short, endless, and what is not one at all."""

from __future__ import annotations

import pytest

from renown.errors import SourceAnswerError, SourceFileError, UnsafeAddressError
from renown.sources import find_source
from renown.sources.bluesky import BlueskyOptions, repositories
from renown.sources.bluesky.cars import Repository
from renown.sources.registry import Request
from renown.types import no_progress
from tests.car_files import car, linked, varint
from tests.faulty_server import FaultyServer, Reply

ANN, BEA = "did:plc:ann", "did:plc:bea"


def like(number, of=BEA):
    subject = {"uri": f"at://{of}/app.bsky.feed.post/{number}", "cid": "x"}
    return {"$type": "app.bsky.feed.like", "subject": subject, "createdAt": "2026-05-01T00:00:00Z"}


LIKES = {f"app.bsky.feed.like/{number}": like(number) for number in range(3)}


@pytest.fixture
def read(tmp_path):
    def read(*contents):
        names = []
        for number, content in enumerate(contents):
            path = tmp_path / f"{number}.car"
            path.write_bytes(content)
            names.append(str(path))
        return list(
            find_source("bluesky").harvest(Request(tuple(names), BlueskyOptions()), progress=no_progress)
        )

    return read


def acts(found):
    return [
        (row["kind"], row["post_id"])
        for harvest in found
        if "interactions" in harvest.rows
        for row in harvest.rows["interactions"].to_pylist()
    ]


def test_every_record_is_read(read):
    assert len(acts(read(car(LIKES)))) == 3


def test_a_large_repository_is_read_in_parts(read, monkeypatch):
    monkeypatch.setattr("renown.sources.bluesky.files._HARVEST_RECORDS", 2)
    found = read(car(LIKES))
    assert len(acts(found)) == 3
    assert len(found) == 3


def test_reactions_to_posts_that_their_author_no_longer_has_are_gone(read):
    posts = {
        "app.bsky.feed.post/1": {
            "$type": "app.bsky.feed.post",
            "text": "x",
            "createdAt": "2026-05-01T00:00:00Z",
        }
    }
    found = read(car(LIKES), car(posts, did=BEA))
    assert acts(found) == [("like", f"bluesky:at://{BEA}/app.bsky.feed.post/1")]


def test_whoever_labels_themselves_is_left_out_whole_and_by_everybody(read):
    labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "!no-unauthenticated"}]}
    found = read(car(LIKES), car({"app.bsky.actor.profile/self": {"labels": labels}}, did=BEA))
    assert acts(found) == []
    assert [change.identifier for harvest in found for change in harvest.withdrawals] == [f"bluesky:{BEA}"]
    assert sum(harvest.left_out_counts.get("no-unauthenticated", 0) for harvest in found) == 3


def test_a_block_that_is_not_what_its_name_says_is_kept_apart(read):
    found = read(car(LIKES, lie=linked(like(9))))
    assert len(acts(found)) == 2
    assert [one.reason for harvest in found for one in harvest.quarantined] == ["damaged_block"]


@pytest.mark.parametrize("length", range(1, 400, 13))
def test_a_file_that_is_cut_short_is_refused_whole(read, length):
    with pytest.raises(SourceFileError):
        read(car(LIKES)[:-length])


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"PK\x03\x04", b"{}", b"\xff" * 100, varint(10**9) + b"x", car({})[:40]]
)
def test_what_is_no_repository_is_told(read, content):
    with pytest.raises(SourceFileError):
        read(content)


def test_a_tree_that_leads_in_circles_ends(tmp_path, monkeypatch):
    path = tmp_path / "x.car"
    path.write_bytes(car(LIKES))
    with Repository(path) as repository:
        node = repository.block(repository._tree)
        monkeypatch.setattr(repository, "block", lambda cid: {"l": repository._tree, "e": node["e"][:1]})
        found = list(repository.entries())
    assert any(getattr(one, "reason", "") == "tree_too_deep" for one in found)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SourceFileError, match="cannot be read"):
        list(find_source("bluesky").harvest(Request((str(tmp_path / "no.car"),)), progress=no_progress))


@pytest.fixture
def network():
    """A directory, AppView and data server in one; Ann's repository is on it."""
    with FaultyServer() as server:
        service = {"id": "#atproto_pds", "serviceEndpoint": server.url}
        server.plan(f"/{ANN}", Reply.json({"service": [{"id": "#other"}, service]}))
        profiles = [{"did": did, "handle": "x.test", "labels": []} for did in (ANN, BEA)]
        server.plan("/xrpc/app.bsky.actor.getProfiles", Reply.json({"profiles": profiles}))
        server.plan("/xrpc/com.atproto.sync.getRepo", car_reply(car(LIKES)))
        yield server


def car_reply(content, **more):
    return Reply(content, headers={"content-type": "application/vnd.ipld.car"}, **more)


def fetch(server, *names):
    options = BlueskyOptions(service=server.url, directory=server.url, repo=True)
    return list(find_source("bluesky").harvest(Request(names, options), progress=no_progress))


def test_a_repository_is_fetched_from_the_server_that_keeps_it(network):
    assert len(acts(fetch(network, ANN))) == 3
    (asked,) = network.asked_for("/xrpc/com.atproto.sync.getRepo")
    assert asked.query["did"] == ANN


def test_a_connection_dropped_in_the_middle_of_a_repository_is_made_again(network):
    whole = car_reply(car(LIKES))
    network.plan("/xrpc/com.atproto.sync.getRepo", car_reply(car(LIKES), cut_after_bytes=100), whole)
    assert len(acts(fetch(network, ANN))) == 3


def test_an_account_that_is_not_to_be_read_is_not_fetched(network):
    label = {"src": ANN, "val": "!no-unauthenticated"}
    profile = {"did": ANN, "handle": "x.test", "labels": [label]}
    network.plan("/xrpc/app.bsky.actor.getProfiles", Reply.json({"profiles": [profile]}))
    found = fetch(network, ANN)
    assert acts(found) == []
    assert network.asked_for("/xrpc/com.atproto.sync.getRepo") == []


def test_a_document_that_leads_inside_is_not_followed(network, monkeypatch):
    monkeypatch.setattr(repositories, "_LOOPBACK", ())
    with pytest.raises(UnsafeAddressError):
        fetch(network, ANN)
    assert network.asked_for("/xrpc/com.atproto.sync.getRepo") == []


@pytest.mark.parametrize("document", [{}, [], {"service": None}, {"service": [{"id": "#atproto_pds"}, 5]}])
def test_a_document_that_names_no_server_is_told(network, document):
    network.plan(f"/{ANN}", Reply.json(document))
    with pytest.raises(SourceAnswerError, match="names no server"):
        fetch(network, ANN)


def test_a_server_that_answers_with_something_else_is_told(network):
    network.plan("/xrpc/com.atproto.sync.getRepo", car_reply(b"<html>"))
    with pytest.raises(SourceFileError):
        fetch(network, ANN)
