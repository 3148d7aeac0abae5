"""Bluesky on a real network on loopback: through the AppView, from repositories, and live, all the same."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

import renown
from renown.store.harvest import Cursor, Harvest
from tests.integration.servers.atproto import network as atproto
from tests.integration.servers.atproto.network import Network, Person, settle
from tests.integration.servers.running import free_ports, listens, running, wait_until

RENOWN = Path(sys.executable).with_name("renown")
GOOD, BAD, PACK = (f"app.bsky.graph.defs#{name}list" for name in ("curate", "mod", "reference"))

pytestmark = [
    pytest.mark.integration_servers,
    pytest.mark.skipif(atproto.missing() is not None, reason=f"make test-integration: {atproto.missing()}"),
]


@dataclass
class Village:
    """A few people on the network, and what they did to each other that may be known."""

    network: Network
    people: dict[str, Person]
    acts: set[tuple[str, str, str, str | None]] = field(default_factory=set)
    """kind, source, target, post"""

    def act(self, kind: str, source: str, target: str, post: str | None = None) -> None:
        one = f"bluesky:{post}" if post else None
        pair = (f"bluesky:{self.people[name].did}" for name in (source, target))
        self.acts.add((kind, *pair, one))

    @property
    def handles(self) -> list[str]:
        return [person.handle for person in self.people.values()]


def live(network: Network) -> Village:
    """Everything that the tests look for, first the visible, then what is taken back or not for this."""
    people = {name: Person(network, name) for name in ("ann", "bea", "cyd", "dan", "eve")}
    village = Village(network, people)
    ann, bea, cyd, _, _ = people.values()
    for name, person in people.items():
        person.profile(name.title())
    one, two, three = (ann.post(text) for text in ("one", "two", "three"))

    bea.like(one)
    village.act("like", "bea", "ann", one["uri"])
    bea.delete(bea.like(two))
    bea.like(two)
    village.act("like", "bea", "ann", two["uri"])
    cyd.like(one, createdAt="2026-03-01T12:00:00.123456Z")
    village.act("like", "cyd", "ann", one["uri"])
    ann.like(one)
    village.act("like", "ann", "ann", one["uri"])
    bea.repost(one)
    village.act("repost", "bea", "ann", one["uri"])
    bea.delete(bea.follow(ann.did))
    bea.follow(ann.did)
    village.act("follow", "bea", "ann")
    ann.follow(cyd.did, createdAt="2026-02-01T12:00:00Z")
    village.act("follow", "ann", "cyd")

    answer = cyd.reply("well", one)
    village.act("reply", "cyd", "ann", one["uri"])
    bea.reply("indeed", answer, root=one)
    village.act("reply", "bea", "cyd", answer["uri"])
    cyd.quote("look", one)
    village.act("quote", "cyd", "ann", one["uri"])
    cyd.mention("ann", ann.did)
    village.act("mention", "cyd", "ann")
    _lists(village)

    _taken_back(village, three)
    _not_for_this(village, one)
    return village


def _lists(village: Village) -> None:
    ann, bea, cyd = (village.people[name] for name in ("ann", "bea", "cyd"))
    good = ann.write("app.bsky.graph.list", {"name": "good", "purpose": GOOD})
    bad = ann.write("app.bsky.graph.list", {"name": "bad", "purpose": BAD})
    pack = ann.write("app.bsky.graph.list", {"name": "pack", "purpose": PACK})
    ann.write("app.bsky.graph.starterpack", {"name": "pack", "list": pack["uri"]})
    for of, member in ((good, bea), (bad, cyd), (pack, cyd)):
        ann.write("app.bsky.graph.listitem", {"list": of["uri"], "subject": member.did})
    village.act("list", "ann", "bea")
    village.act("list", "ann", "cyd")


def _taken_back(village: Village, post: dict[str, str]) -> None:
    """A post with everything said of it is deleted; its author's friends keep their records."""
    ann, bea, cyd = (village.people[name] for name in ("ann", "bea", "cyd"))
    bea.like(post)
    cyd.reply("gone soon", post)
    cyd.quote("gone soon", post)
    bea.repost(post)
    ann.delete(post)
    ann.delete(ann.post("said and deleted"))


def _not_for_this(village: Village, post: dict[str, str]) -> None:
    """Dan asks to be left out, Eve closes her account: after both took part."""
    ann, dan, eve = (village.people[name] for name in ("ann", "dan", "eve"))
    mine = dan.post("from dan")
    dan.like(post)
    dan.repost(post)
    dan.reply("from dan", post)
    dan.follow(ann.did)
    ann.like(mine)
    ann.mention("dan", dan.did)
    ann.follow(dan.did)
    dan.profile("Dan", "!no-unauthenticated")
    eve.like(post)
    eve.repost(post)
    eve.quote("from eve", post)
    eve.deactivate()


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with atproto.start_network() as started:
        yield started


@pytest.fixture(scope="module")
def village(network: Network) -> Village:
    village = live(network)
    ann, dan = village.people["ann"], village.people["dan"]

    def is_shown(get: Callable[..., dict[str, Any]]) -> bool:
        shown = get("app.bsky.actor.getProfile", actor=dan.did)
        feed = get("app.bsky.feed.getAuthorFeed", actor=ann.did).get("feed", [])
        eve = get("app.bsky.actor.getProfile", actor=village.people["eve"].did)
        return bool(shown.get("labels")) and len(feed) == 3 and not eve

    settle(network, is_shown)
    return village


@contextmanager
def jetstream(network: Network, folder: Path) -> Iterator[str]:
    (port,) = free_ports(1)
    words = [sys.executable, "-m", "tests.integration.servers.atproto.jetstream", network.firehose, str(port)]
    with running(words, log=folder / "jetstream.log", cwd=Path(__file__).parents[2]):
        wait_until(lambda: listens(port), seconds=20, what="the Jetstream")
        yield f"ws://127.0.0.1:{port}"


def command(*words: object, folder: Path) -> str:
    done = subprocess.run(
        [str(RENOWN), *map(str, words)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
    return done.stdout


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """Every interaction, actors by their ids, in the order of their own ids."""
    store = renown.open(folder / "renown-store")
    rows = store.interactions().read_all(
        ["source_actor_key", "target_actor_key", "kind", "post_id", "interaction_id", "occurred_at"]
    )
    columns = {name: rows[name].to_pylist() for name in ("kind", "post_id", "interaction_id", "occurred_at")}
    for name in ("source", "target"):
        columns[name] = store.actor_ids(rows[f"{name}_actor_key"].to_numpy()).to_pylist()
    found = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return sorted(found, key=lambda row: row["interaction_id"])


def acts_of(rows: list[dict[str, Any]], village: Village) -> set[tuple[str, str, str, str | None]]:
    """As a village says it, without what accounts did that come with the network."""
    ours = {f"bluesky:{person.did}" for person in village.people.values()}
    return {
        (row["kind"], row["source"], row["target"], row["post_id"])
        for row in rows
        if row["source"] in ours and row["target"] in ours
    }


def of_the_village(rows: list[dict[str, Any]], village: Village) -> list[dict[str, Any]]:
    ours = {f"bluesky:{person.did}" for person in village.people.values()}
    return [row for row in rows if row["source"] in ours or row["target"] in ours]


@pytest.fixture(scope="module")
def by_appview(village: Village, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("appview")
    command("import", "bluesky", *village.handles[:4], "--service", village.network.appview, folder=folder)
    return folder


def test_the_appview_shows_everything_that_may_be_known(village: Village, by_appview: Path) -> None:
    rows = rows_of(by_appview)
    assert acts_of(rows, village) == village.acts
    assert len(rows) == len(village.acts)


def test_repositories_say_the_same(village: Village, by_appview: Path, tmp_path: Path) -> None:
    where = ("--service", village.network.appview, "--directory", village.network.plc)
    command("import", "bluesky", *village.handles, "--repo", *where, folder=tmp_path)
    assert rows_of(tmp_path) == rows_of(by_appview)


def test_repository_files_say_the_same(village: Village, by_appview: Path, tmp_path: Path) -> None:
    names = []
    for name, person in village.people.items():
        if name in ("ann", "bea", "cyd"):
            url = f"{village.network.pds}/xrpc/com.atproto.sync.getRepo"
            (tmp_path / f"{name}.car").write_bytes(httpx2.get(url, params={"did": person.did}).content)
            names.append(f"{name}.car")
    command("import", "bluesky", *names, "--service", village.network.appview, folder=tmp_path)
    assert rows_of(tmp_path) == rows_of(by_appview)


def test_a_firehose_tells_the_same(village: Village, by_appview: Path, tmp_path: Path) -> None:
    where = ("--firehose", "--service", village.network.firehose, "--start", "oldest", "--stop-after", 6)
    command("follow", "bluesky", *where, folder=tmp_path)
    assert of_the_village(rows_of(tmp_path), village) == rows_of(by_appview)


def test_a_jetstream_tells_the_same(village: Village, by_appview: Path, tmp_path: Path) -> None:
    with jetstream(village.network, tmp_path) as service:
        where = ("--service", service, "--start", "oldest", "--stop-after", 6)
        command("follow", "bluesky", *where, folder=tmp_path)
    assert of_the_village(rows_of(tmp_path), village) == rows_of(by_appview)


def test_all_paths_into_one_store_keep_everything_once(
    village: Village, by_appview: Path, tmp_path: Path
) -> None:
    where = ("--service", village.network.appview)
    stream = ("--firehose", "--service", village.network.firehose, "--start", "oldest", "--stop-after", 5)
    command("import", "bluesky", *village.handles, *where, folder=tmp_path)
    command("follow", "bluesky", *stream, folder=tmp_path)
    repositories = ("--repo", "--directory", village.network.plc)
    command("import", "bluesky", *village.handles, *where, *repositories, folder=tmp_path)
    assert of_the_village(rows_of(tmp_path), village) == rows_of(by_appview)


def test_the_command_of_the_readme(village: Village, tmp_path: Path) -> None:
    where = ("--service", village.network.appview)
    command("import", "bluesky", "ann.test", "--hops", 1, *where, folder=tmp_path)
    command("score", folder=tmp_path)
    told = command("explain", "ann.test", folder=tmp_path)
    assert "bea.test" in told
    assert "cyd.test" in told
    assert "dan" not in told
    assert "eve" not in told
    to_ann = {act for act in village.acts if act[2].endswith(village.people["ann"].did)}
    assert to_ann <= acts_of(rows_of(tmp_path), village) <= village.acts


def test_killed_in_the_middle_a_follower_goes_on_without_loss_or_doubles(
    network: Network, village: Village, tmp_path: Path
) -> None:
    fay, gus = Person(network, "fay"), Person(network, "gus")
    where = ["follow", "bluesky", fay.did, gus.did, "--firehose", "--service", network.firehose]
    follower = subprocess.Popen(
        [str(RENOWN), *where, "--start", "oldest"], cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    likes = set()
    try:
        for number in range(150):
            post = fay.post(f"number {number}")
            likes.add(f"bluesky:{post['uri']}")
            gus.like(post)
            if number == 80:
                wait_until(lambda: _has_rows(tmp_path), seconds=60, what="the first rows")
                follower.send_signal(signal.SIGKILL)
                follower.wait()
    finally:
        follower.kill()
        follower.wait()
    before = len(rows_of(tmp_path))
    command(*where, "--stop-after", 6, folder=tmp_path)
    rows = rows_of(tmp_path)
    assert 0 < before < 150
    assert [row["post_id"] for row in rows if row["post_id"] not in likes] == []
    assert len(rows) == len(likes) == len({row["post_id"] for row in rows})


def _has_rows(folder: Path) -> bool:
    try:
        return len(rows_of(folder)) > 0
    except renown.RenownError:
        return False


def test_what_is_taken_back_later_leaves_whatever_path_it_came_by(network: Network, tmp_path: Path) -> None:
    hal, ida, jan = (Person(network, name) for name in ("hal", "ida", "jan"))
    post = hal.post("hello")
    like, repost, follow = ida.like(post), ida.repost(post), ida.follow(hal.did)
    jan.like(post)
    settle(
        network,
        lambda get: (
            len(get("app.bsky.feed.getLikes", uri=post["uri"]).get("likes", [])) == 2
            and get("app.bsky.feed.getRepostedBy", uri=post["uri"]).get("repostedBy")
        ),
    )
    command("import", "bluesky", "hal.test", "--service", network.appview, folder=tmp_path)
    assert sorted(row["kind"] for row in rows_of(tmp_path)) == ["follow", "like", "like", "repost"]
    for one in (like, repost, follow):
        ida.delete(one)
    stream = ("--firehose", "--service", network.firehose, "--start", "oldest", "--stop-after", 5)
    command("follow", "bluesky", hal.did, ida.did, jan.did, *stream, folder=tmp_path)
    assert [(row["kind"], row["source"]) for row in rows_of(tmp_path)] == [("like", f"bluesky:{jan.did}")]
    assert renown.open(tmp_path / "renown-store").read("follows").num_rows == 0, (
        "the tie ends with its follow"
    )


def test_an_edited_post_says_what_it_says_now_also_after_an_appview_showed_it_as_it_was(
    network: Network, tmp_path: Path
) -> None:
    vic = Person(network, "vic")
    post = vic.post("frist")
    key = post["uri"].rpartition("/")[2]
    settle(network, lambda get: get("app.bsky.feed.getPosts", uris=post["uri"]).get("posts"))
    vic.write("app.bsky.feed.post", {"text": "first", "tags": ["order"]}, key=key)
    stream = ("--firehose", "--service", network.firehose, "--start", "oldest", "--stop-after", 4)

    def said() -> tuple[str, list[str]]:
        (row,) = renown.open(tmp_path / "renown-store").read("posts").to_pylist()
        return row["text"], row["hashtags"]

    command("follow", "bluesky", vic.did, *stream, folder=tmp_path)
    assert said() == ("first", ["order"])
    command("import", "bluesky", "vic.test", "--service", network.appview, folder=tmp_path)
    assert said() == ("first", ["order"])


def test_a_like_known_from_the_appview_is_found_when_only_its_record_is_named(
    network: Network, tmp_path: Path
) -> None:
    """The stream is taken up after the like was made, so nothing but the store knows of it."""
    olu, pam = Person(network, "olu"), Person(network, "pam")
    posts = [olu.post(f"number {number}") for number in range(5)]
    likes = [pam.like(post) for post in posts]
    settle(
        network,
        lambda get: all(get("app.bsky.feed.getLikes", uri=post["uri"]).get("likes") for post in posts),
    )
    command("import", "bluesky", "olu.test", "--service", network.appview, folder=tmp_path)
    people = (olu.did, pam.did)
    stream = ("--firehose", "--service", network.firehose, "--stop-after", 4)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    command("follow", "bluesky", *people, *stream, "--start", "oldest", folder=elsewhere)
    cursors = renown.open(elsewhere / "renown-store").read("cursors").to_pylist()
    position = max(int(row["position"]) for row in cursors)
    renown.open(tmp_path / "renown-store").take_in(
        [Harvest(cursors=(Cursor("bluesky", cursors[-1]["scope"], 1, str(position)),))]
    )
    pam.delete(likes[1])
    pam.delete(likes[3])
    command("follow", "bluesky", *people, *stream, folder=tmp_path)
    left = {row["post_id"] for row in rows_of(tmp_path)}
    assert left == {f"bluesky:{posts[number]['uri']}" for number in (0, 2, 4)}


def test_a_flag_set_while_following_is_obeyed_and_one_taken_off_too(network: Network, tmp_path: Path) -> None:
    kim, leo = Person(network, "kim"), Person(network, "leo")
    kim.profile("Kim")
    post = leo.post("hello")
    kim.like(post)
    people = (kim.did, leo.did)
    stream = ("--firehose", "--service", network.firehose, "--stop-after", 4)
    command("follow", "bluesky", *people, *stream, "--start", "oldest", folder=tmp_path)
    assert len(rows_of(tmp_path)) == 1
    kim.profile("Kim", "!no-unauthenticated")
    command("follow", "bluesky", *people, *stream, folder=tmp_path)
    assert rows_of(tmp_path) == []
    kim.like(leo.post("again"))
    command("follow", "bluesky", *people, *stream, folder=tmp_path)
    assert rows_of(tmp_path) == []
    kim.profile("Kim")
    kim.like(leo.post("and again"))
    command("follow", "bluesky", *people, *stream, folder=tmp_path)
    assert len(rows_of(tmp_path)) == 1


def test_a_closed_account_leaves_and_one_opened_again_comes_back(network: Network, tmp_path: Path) -> None:
    max_, nia = Person(network, "max"), Person(network, "nia")
    max_.like(nia.post("hello"))
    people = (max_.did, nia.did)
    stream = ("--firehose", "--service", network.firehose, "--stop-after", 4)
    command("follow", "bluesky", *people, *stream, "--start", "oldest", folder=tmp_path)
    assert len(rows_of(tmp_path)) == 1
    max_.deactivate()
    command("follow", "bluesky", *people, *stream, folder=tmp_path)
    assert rows_of(tmp_path) == []
    max_.activate()
    time.sleep(0.5)
    max_.like(nia.post("back"))
    command("follow", "bluesky", *people, *stream, folder=tmp_path)
    assert len(rows_of(tmp_path)) == 1
