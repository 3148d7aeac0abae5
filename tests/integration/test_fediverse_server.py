"""The fediverse source against real servers: snac2, and a stateful server of Mastodon's API.

Everything that happens is done through the servers' own API by a log of acts; what the store must hold is
told by that log, never by the source.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import renown
from renown.sources import Request
from renown.sources.fediverse import SOURCE, FediverseOptions
from renown.store import TableStore
from renown.types import no_progress
from tests.integration.servers.mastodon_mock.server import PROGRAM as MOCK
from tests.integration.servers.mastodon_mock.server import mastodon_mock
from tests.integration.servers.snac.server import PROGRAM as SNAC
from tests.integration.servers.snac.server import snac

RENOWN = str(Path(sys.executable).with_name("renown"))

needs_snac = pytest.mark.skipif(not SNAC.exists(), reason="run .ci/setup-integration first")
needs_mock = pytest.mark.skipif(not MOCK.exists(), reason="run .ci/setup-integration first")
pytestmark = [pytest.mark.integration_servers, pytest.mark.slow]


def acts_in(store: TableStore) -> set[tuple[str, str, str, str | None]]:
    """(kind, source, target, post) of every interaction in a store, names without host."""
    rows = store.read("interactions")
    if not rows.num_rows:
        return set()
    sources = store.actor_ids(rows["source_actor_key"].to_numpy()).to_pylist()
    targets = store.actor_ids(rows["target_actor_key"].to_numpy()).to_pylist()
    acts = zip(rows["kind"].to_pylist(), sources, targets, rows["post_id"].to_pylist(), strict=True)
    found = [(kind, user(source), user(target), post) for kind, source, target, post in acts]
    assert len(found) == len(set(found)), "nothing is kept twice"
    return set(found)


def user(actor_id: str) -> str:
    return actor_id.removeprefix("fediverse:").partition("@")[0]


def follows_in(store: TableStore) -> set[tuple[str, str]]:
    rows = store.read("follows")
    sources = store.actor_ids(rows["source_actor_key"].to_numpy()).to_pylist()
    targets = store.actor_ids(rows["target_actor_key"].to_numpy()).to_pylist()
    return {(user(source), user(target)) for source, target in zip(sources, targets, strict=True)}


def command(*arguments: str, store: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [RENOWN, *arguments, "--store", str(store)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


@dataclass
class Log:
    """Does things on a server, and notes what a faithful reader must find."""

    server: object
    expected: set[tuple[str, str, str, str | None]] = field(default_factory=set)
    posts: dict[str, dict] = field(default_factory=dict)

    def post(self, who, text, **more):
        said = self.server.post("/api/v1/statuses", who, status=text, **{"visibility": "public", **more})
        self.posts[said["id"]] = {"uri": said["uri"], "author": who, "visibility": said["visibility"]}
        return said["id"]

    def reply(self, who, post, text):
        said = self.post(who, text, in_reply_to_id=post)
        parent = self.posts[post]
        self.expected.add(("reply", who, parent["author"], f"fediverse:{parent['uri']}"))
        return said

    def mention(self, who, whom, text):
        said = self.post(who, text)
        self.expected.add(("mention", who, whom, None))
        return said

    def react(self, who, post, verb, kind):
        self.server.post(f"/api/v1/statuses/{post}/{verb}", who)
        target = self.posts[post]
        self.expected.add((kind, who, target["author"], f"fediverse:{target['uri']}"))

    def like(self, who, post):
        self.react(who, post, "favourite", "like")

    def boost(self, who, post):
        self.react(who, post, "reblog", "repost")


def until(condition, seconds=20.0):
    """Wait for something that another process does."""
    latest = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < latest, "it did not come about"
        time.sleep(0.1)
    return found


# snac


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    """A snac with four people, who follow each other and react to two posts of ann's."""
    people = ("ann", "bea", "cid", "dot")
    with snac(tmp_path_factory.mktemp("snac"), people) as server:
        log = Log(server)
        for who in ("bea", "cid", "dot"):
            name = server.name("ann")
            found = server.get(f"/api/v2/search?q={name}&resolve=true&type=accounts", who)
            server.post(f"/api/v1/accounts/{found['accounts'][0]['id']}/follow", who)
        ann = server.get("/api/v1/accounts/verify_credentials", "ann")["id"]
        until(lambda: server.get(f"/api/v1/accounts/{ann}", "ann").get("followers_count") == 3)
        first = log.post("ann", "Rain at last #weather https://meadow.example/rain")
        second = log.post("ann", "And sun")
        log.post("ann", "Only for you", visibility="private")
        for who in ("bea", "cid", "dot"):
            until(lambda who=who: _is_at_home(server, who, second))
        log.like("bea", first)
        log.like("cid", first)
        log.like("dot", second)
        log.boost("cid", first)
        log.reply("bea", first, "How much?")
        time.sleep(2.0)  # snac hands on what happens in a queue of its own
        until(lambda: len(server.get(f"/api/v1/statuses/{first}/favourited_by", "ann")) == 2)
        until(lambda: len(server.get(f"/api/v1/statuses/{first}/reblogged_by", "ann")) == 1)
        yield server, log


def _is_at_home(server, who, post):
    return post in [one["id"] for one in server.get("/api/v1/timelines/home?limit=40", who)]


@needs_snac
def test_snac_is_read_scored_and_explained(village, tmp_path):
    server, log = village
    store = tmp_path / "store"
    names = [server.name(who) for who in ("ann", "bea", "cid", "dot")]
    token = server.tokens["ann"]
    done = command(
        *("import", "fediverse", *names, "--instance", server.url, "--format", "json"),
        store=store,
        RENOWN_FEDIVERSE_TOKEN=token,
    )
    assert done.returncode == 0, done.stderr
    assert acts_in(TableStore(str(store))) == log.expected
    texts = TableStore(str(store)).read("posts").to_pylist()
    assert "Only for you" not in str(texts)
    rain = next(one for one in texts if one["text"] and one["text"].startswith("Rain"))
    assert (rain["hashtags"], rain["links"]) == (["weather"], ["https://meadow.example/rain"])
    assert command("score", store=store).returncode == 0
    explained = command("explain", server.name("ann"), store=store)
    assert explained.returncode == 0, explained.stderr
    assert "bea" in explained.stdout


@needs_snac
def test_reading_snac_again_changes_nothing(village, tmp_path):
    server, log = village
    options = FediverseOptions(instance=server.url, token=server.tokens["ann"])
    store = renown.open(tmp_path / "store")
    for _ in range(2):
        report = store.import_from(
            "fediverse", server.name("ann"), server.name("bea"), options=_named(options)
        )
    about_two = {act for act in log.expected if "dot" not in act[1:2] or act[0] == "like"}
    assert acts_in(store) == {act for act in about_two if act[0] != "mention"}
    assert report.added_counts["interactions"] == 0


@needs_snac
def test_snacs_robots_txt_shuts_out_who_was_not_let_in(village):
    server, _ = village
    options = FediverseOptions(instance=server.url, path="api")
    request = Request((server.name("ann"),), options)
    with pytest.raises(renown.errors.SourceRefusedError, match=r"robots\.txt"):
        list(SOURCE.harvest(request, progress=no_progress))


def _named(options):
    return {name: getattr(options, name) for name in options.__struct_fields__}


# mastodon_mock


PEOPLE = ("ann", "bea", "cid", "dot", "eve", "fay")


@pytest.fixture
def town(tmp_path):
    """Six people: eve never said a word about being found, fay agreed, but not to her text being kept."""
    with mastodon_mock(tmp_path, PEOPLE) as server:
        for who in PEOPLE:
            if who != "eve":
                said = {"discoverable": "true", "indexable": "false" if who == "fay" else "true"}
                server.patch("/api/v1/accounts/update_credentials", who, **said)
        yield server, Log(server)


def the_story(server, log):
    """Reactions to ann and bea; what eve does is not to be found anywhere."""
    ids = {who: server.get("/api/v1/accounts/verify_credentials", who)["id"] for who in PEOPLE}
    for who in ("bea", "cid", "eve", "fay"):
        server.post(f"/api/v1/accounts/{ids['ann']}/follow", who)
    server.post(f"/api/v1/accounts/{ids['dot']}/follow", "ann")
    posts = [log.post("ann", f"Day {number} #diary") for number in range(45)]
    for who in ("bea", "cid", "dot", "fay"):
        for post in posts[:: 5 if who == "bea" else 9]:
            log.like(who, post)
    log.boost("cid", posts[3])
    log.boost("fay", posts[44])
    answer = log.reply("bea", posts[44], "Really?")
    log.reply("ann", answer, "Yes.")
    log.reply("fay", posts[0], "My words are mine")
    hers = log.expected
    log.expected = set()
    log.like("eve", posts[1])
    log.boost("eve", posts[2])
    log.reply("eve", posts[3], "I was never here")
    log.expected = hers
    log.post("ann", "psst", visibility="unlisted")
    log.post("ann", "psst psst", visibility="private")
    return ids, posts


@needs_mock
def test_everything_is_found_but_who_never_agreed(town, tmp_path):
    server, log = town
    the_story(server, log)
    place = tmp_path / "store"
    done = command(
        *("import", "fediverse", server.name("ann"), "--instance", server.url, "--format", "json"),
        store=place,
    )
    assert done.returncode == 0, done.stderr
    store = TableStore(str(place))
    assert acts_in(store) == log.expected
    assert follows_in(store) == {("bea", "ann"), ("cid", "ann"), ("fay", "ann"), ("ann", "dot")}
    kept = str([store.read(name).to_pylist() for name in ("actors", "posts", "quarantine", "cursors")])
    for word in ("eve@", "never here", "psst", "are mine"):
        assert word not in kept
    assert store.actor_keys([f"fediverse:{server.name('eve')}"]).tolist() == [-1]
    left_out = json.loads(done.stdout)[0]["left_out_counts"]
    assert left_out["discoverable"] >= 4  # a like, a boost, a reply and a follow
    assert left_out["unlisted post"] == 1


@needs_mock
def test_who_changes_their_mind_leaves_and_comes_back(town, tmp_path):
    server, log = town
    the_story(server, log)
    store = renown.open(tmp_path / "store")

    def read():
        store.import_from("fediverse", server.name("ann"), options={"instance": server.url})
        return acts_in(store)

    assert read() == log.expected
    server.patch("/api/v1/accounts/update_credentials", "bea", discoverable="false")
    without_bea = {act for act in log.expected if "bea" not in act[1:3]}
    assert read() == without_bea
    assert "bea@" not in str(store.read("actors").to_pylist())
    server.patch("/api/v1/accounts/update_credentials", "bea", discoverable="true")
    assert read() == log.expected


@needs_mock
def test_killed_at_any_moment_reading_goes_on_where_it_stopped(town, tmp_path):
    server, log = town
    the_story(server, log)
    place = tmp_path / "store"
    arguments = [RENOWN, "import", "fediverse", server.name("ann"), "--instance", server.url, "--quiet"]
    for pause in (1.2, 1.8, 2.6, 3.4):
        process = subprocess.Popen([*arguments, "--store", str(place)], stdout=subprocess.DEVNULL)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = command(*arguments[1:], store=place)
    assert done.returncode == 0, done.stderr
    assert acts_in(TableStore(str(place))) == log.expected


@needs_mock
def test_a_stream_is_followed_through_kills_and_deletions(town, tmp_path, record_property):
    """Two followings, one killed; what happened between them is made up for, what was deleted is gone."""
    server, log = town
    place = tmp_path / "store"
    arguments = [RENOWN, "follow", "fediverse", "--instance", server.url, "--quiet", "--store", str(place)]
    environment = {**os.environ, "RENOWN_FEDIVERSE_TOKEN": "ann_token"}

    def posts_of(store):
        return {row["post_id"] for row in store.read("posts").to_pylist()} if store.exists() else set()

    def has(post):
        return f"fediverse:{log.posts[post]['uri']}" in posts_of(TableStore(str(place)))

    first = subprocess.Popen(arguments, env=environment)
    try:
        opening = log.post("ann", "Before or while it listens")
        until(lambda: has(opening))
        started = time.monotonic()
        heard = log.post("ann", "Listen")
        until(lambda: has(heard))
        record_property("measured", f"stream: from post to table in {time.monotonic() - started:.1f} s")
        gone = log.post("ann", "I should not have said this")
        until(lambda: has(gone))
        server.delete(f"/api/v1/statuses/{gone}", "ann")
        until(lambda: not has(gone))
        log.reply("bea", heard, "I listen")
        log.boost("cid", heard)
        until(lambda: len(acts_in(TableStore(str(place)))) == 2)
    finally:
        first.kill()
        first.wait()
    missed = log.post("bea", "Nobody listens")
    log.reply("cid", missed, "But I do")
    log.post("eve", "I was never here")
    second = subprocess.Popen(arguments, env=environment)
    try:
        until(lambda: has(missed))
        log.reply("ann", missed, "So do I")
        until(lambda: len(acts_in(TableStore(str(place)))) == 4)
    finally:
        second.send_signal(signal.SIGINT)
        second.wait(20)
    store = TableStore(str(place))
    assert acts_in(store) == log.expected
    assert not has(gone)
    assert "eve" not in str(store.read("posts").to_pylist())


@needs_mock
def test_the_users_own_stream_gives_likes_their_true_time(town, tmp_path):
    server, log = town
    ids = {who: server.get("/api/v1/accounts/verify_credentials", who)["id"] for who in PEOPLE}
    post = log.post("ann", "Old post")
    time.sleep(3.0)
    place = tmp_path / "store"
    arguments = [RENOWN, "follow", "fediverse", "--instance", server.url, "--stream", "user", "--quiet"]
    process = subprocess.Popen(
        [*arguments, "--store", str(place)], env={**os.environ, "RENOWN_FEDIVERSE_TOKEN": "ann_token"}
    )
    try:
        until(lambda: TableStore(str(place)).exists() and TableStore(str(place)).read("cursors").num_rows)
        log.like("bea", post)
        log.like("eve", post)
        log.expected = {act for act in log.expected if act[1] != "eve"} | {("follow", "cid", "ann", None)}
        server.post(f"/api/v1/accounts/{ids['ann']}/follow", "cid")
        until(lambda: len(acts_in(TableStore(str(place)))) == 2)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
    store = TableStore(str(place))
    assert acts_in(store) == log.expected
    rows = {row["kind"]: row["occurred_at"] for row in store.read("interactions").to_pylist()}
    posted_at = store.read("posts").to_pylist()[0]["posted_at"]
    assert (rows["like"] - posted_at).total_seconds() > 2.5


@needs_mock
def test_lists_of_the_tokens_owner_are_read_only_when_asked_for(town, tmp_path):
    server, _ = town
    ids = {who: server.get("/api/v1/accounts/verify_credentials", who)["id"] for who in PEOPLE}
    for who in ("bea", "eve"):
        server.post(f"/api/v1/accounts/{ids[who]}/follow", "ann")
    made = server.post("/api/v1/lists", "ann", title="Neighbours")
    for who in ("bea", "eve"):
        server.post(f"/api/v1/lists/{made['id']}/accounts", "ann", **{"account_ids[]": ids[who]})
    store = renown.open(tmp_path / "store")
    asked = {"instance": server.url, "token": "ann_token"}
    store.import_from("fediverse", server.name("ann"), options=asked)
    assert store.read("list_members").num_rows == 0
    store.import_from("fediverse", server.name("ann"), options={**asked, "lists": True})
    rows = store.read("list_members").to_pylist()
    found = [(user(row["owner_actor_id"]), user(row["member_actor_id"]), row["list_name"]) for row in rows]
    assert found == [("ann", "bea", "Neighbours")]
