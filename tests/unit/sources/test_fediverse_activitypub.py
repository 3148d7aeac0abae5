"""The fediverse by plain ActivityPub: two servers, people on both, and things that are not as they say."""

from __future__ import annotations

import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from renown.errors import InputError, SourceAnswerError, SourceRefusedError, UnsafeAddressError
from renown.sources import Request, polite
from renown.sources.fediverse import SOURCE, FediverseOptions
from renown.sources.fediverse.objects import Objects
from renown.sources.fediverse.signing import Signature
from renown.sources.registry import NoMemory
from renown.store.harvest import Withdrawal
from renown.types import no_progress
from tests.faulty_server import FaultyServer, Reply

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
KIND = {"content-type": "application/activity+json"}


class Village:
    """People of one server, as ActivityPub shows them."""

    def __init__(self, server):
        self.server = server
        self.names = {}
        self.outboxes = {}
        server.plan("/.well-known/webfinger", self._finger)
        server.plan("/robots.txt", Reply(status=404))

    @property
    def host(self):
        return self.server.host

    def url(self, path):
        return f"{self.server.url}{path}"

    def show(self, path, thing):
        self.server.plan(path, Reply.json({"id": self.url(path), **thing}, headers=KIND))
        return self.url(path)

    def person(self, name, **flags):
        self.names[name] = self.url(f"/{name}")
        self.outboxes[name] = []
        said = {
            "type": "Person",
            "preferredUsername": name,
            "outbox": self.url(f"/{name}/outbox"),
            "followers": self.url(f"/{name}/followers"),
            "discoverable": True,
            "indexable": True,
            **flags,
        }
        self.server.plan(f"/{name}/outbox", lambda _, name=name: self._outbox(name))
        self.show(f"/{name}/followers", {"type": "OrderedCollection", "totalItems": 9})
        return self.show(f"/{name}", said)

    def note(self, author, number, **more):
        path = f"/{author}/{number}"
        said = {
            "id": self.url(path),
            "type": "Note",
            "attributedTo": self.names[author],
            "published": (NOW + timedelta(minutes=number)).isoformat(),
            "to": [PUBLIC],
            "cc": [],
            "content": f"<p>Post {number}</p>",
            **more,
        }
        self.show(path, said)
        return said

    def create(self, author, note, **more):
        said = {
            "type": "Create",
            "actor": self.names[author],
            "published": note["published"],
            "to": note["to"],
        }
        self.outboxes[author].append({**said, "object": note, **more})

    def announce(self, author, number, url, **more):
        said = {"type": "Announce", "id": self.url(f"/{author}/{number}/boost"), "actor": self.names[author]}
        moment = (NOW + timedelta(minutes=number)).isoformat()
        self.outboxes[author].append({**said, "published": moment, "to": PUBLIC, "object": url, **more})

    def _outbox(self, name):
        said = {"id": self.url(f"/{name}/outbox"), "type": "OrderedCollection"}
        return Reply.json({**said, "orderedItems": self.outboxes[name][::-1]}, headers=KIND)

    def _finger(self, asked):
        name, _, host = asked.query["resource"].removeprefix("acct:").partition("@")
        if name not in self.names or host != self.host:
            return Reply(status=404)
        link = {"rel": "self", "type": "application/activity+json", "href": self.names[name]}
        said = {"subject": f"acct:{name}@{host}", "links": [link]}
        return Reply.json(said, headers={"content-type": "application/jrd+json"})


@pytest.fixture
def villages():
    with FaultyServer() as here, FaultyServer() as there:
        yield Village(here), Village(there)


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch):
    monkeypatch.setattr(polite.PoliteClient, "_pause", lambda *_: 0.0)


def read(village, name="ann", *, memory=None, **options):
    asked = FediverseOptions(path="activitypub", **options)
    request = Request((village.url(f"/{name}"),), asked, None, memory or NoMemory())
    return list(SOURCE.harvest(request, progress=no_progress))


def rows(harvests, table):
    return [row for one in harvests if table in one.rows for row in one.rows[table].to_pylist()]


def acts(harvests):
    return {
        (row["kind"], *(row[f"{side}_actor_id"][10:].partition("@")[0] for side in ("source", "target")))
        for row in rows(harvests, "interactions")
    }


def left_out(harvests):
    return sum((Counter(one.left_out_counts) for one in harvests), Counter())


def quarantined(harvests):
    return [one.reason for harvest in harvests for one in harvest.quarantined]


def test_an_outbox_tells_what_its_owner_wrote_and_boosted(villages):
    here, there = villages
    here.person("ann")
    there.person("bea")
    hers = there.note("bea", 1)
    mention = {"type": "Mention", "href": there.names["bea"], "name": f"@bea@{there.host}"}
    tag = {"type": "Hashtag", "name": "#Rain"}
    here.create("ann", here.note("ann", 2, tag=[mention, tag]))
    here.create("ann", here.note("ann", 3, inReplyTo=hers["id"], tag=mention))
    here.create("ann", here.note("ann", 4, quoteUrl=hers["id"]))
    here.announce("ann", 5, hers["id"])
    found = read(here)
    assert acts(found) == {
        ("mention", "ann", "bea"),
        ("reply", "ann", "bea"),
        ("quote", "ann", "bea"),
        ("repost", "ann", "bea"),
    }
    assert quarantined(found) == []
    posts = {row["post_id"]: row for row in rows(found, "posts")}
    assert posts[f"fediverse:{here.url('/ann/2')}"]["hashtags"] == ["rain"]
    repost = next(row for row in rows(found, "interactions") if row["kind"] == "repost")
    assert repost["occurred_at"] == NOW + timedelta(minutes=5)
    assert repost["interaction_id"] == f"repost:{hers['id']}:ann@{here.host}"


def test_an_account_is_found_by_its_name(villages):
    here, _ = villages
    here.person("ann")
    here.create("ann", here.note("ann", 1))
    with Objects(named_hosts=[here.host]) as objects:
        assert objects.actor_url(here.server.url, f"ann@{here.host}") == here.names["ann"]
        with pytest.raises(SourceRefusedError):
            objects.actor_url(here.server.url, f"nobody@{here.host}")


@pytest.mark.parametrize(
    "flags",
    [
        {"discoverable": None},
        {"discoverable": False},
        {"manuallyApprovesFollowers": True},
        {"suspended": True},
        {"memorial": True},
        {"movedTo": "https://hill.example/ann"},
        {"noindex": True},
        {"summary": "#nobot"},
    ],
)
def test_who_says_no_is_left_out_on_either_side(villages, flags):
    here, there = villages
    here.person("ann")
    there.person("bea", **flags)
    here.announce("ann", 2, there.note("bea", 1)["id"])
    here.create("ann", here.note("ann", 3, inReplyTo=there.url("/bea/1")))
    there.announce("bea", 4, here.note("ann", 5)["id"])
    found = read(here) + read(there, "bea")
    assert acts(found) == set()
    assert "/bea" not in str([one.rows for one in found])


def test_snac_and_others_that_show_no_flag_are_not_read(villages):
    here, _ = villages
    here.person("ann", discoverable=None)
    here.create("ann", here.note("ann", 1))
    assert left_out(read(here)) == {"discoverable": 1}
    assert not here.server.asked_for("/ann/outbox")


@pytest.mark.parametrize(
    ("address", "flag"),
    [({"to": [], "cc": PUBLIC}, "unlisted post"), ({"to": ["https://x.example/followers"]}, "private post")],
)
def test_only_what_is_addressed_to_the_public_is_read(villages, address, flag):
    here, _ = villages
    here.person("ann")
    here.create("ann", here.note("ann", 1, **address))
    found = read(here)
    assert rows(found, "posts") == []
    assert left_out(found)[flag] == 1


def test_who_answers_liked_and_shared_is_found_where_servers_show_it(villages):
    here, there = villages
    here.person("ann")
    for name in ("bea", "cid"):
        there.person(name)
    there.person("eve", discoverable=False)
    answer = there.note("bea", 2, inReplyTo=here.url("/ann/1"))
    like = {"type": "Like", "actor": there.names["cid"], "object": here.url("/ann/1")}
    hers = {"type": "Like", "actor": there.names["eve"], "object": here.url("/ann/1")}
    replies = {"type": "Collection", "first": {"type": "CollectionPage", "items": [answer["id"]]}}
    note = here.note("ann", 1, replies=replies, likes=here.url("/likes"), shares=here.url("/shares"))
    here.show("/likes", {"type": "Collection", "items": [like, hers]})
    here.show("/shares", {"type": "Collection", "totalItems": 3})
    here.create("ann", note)
    found = read(here)
    assert acts(found) == {("reply", "bea", "ann"), ("like", "cid", "ann")}


def test_followers_are_read_where_they_are_shown(villages):
    here, there = villages
    here.person("ann")
    there.person("bea")
    assert left_out(read(here))["hide_collections"] == 2
    page = {"type": "OrderedCollectionPage", "orderedItems": [there.names["bea"]]}
    here.show("/ann/followers", {"type": "OrderedCollection", "first": page})
    found = rows(read(here), "follows")
    assert [(row["source_actor_id"], row["target_actor_id"]) for row in found] == [
        (f"fediverse:bea@{there.host}", f"fediverse:ann@{here.host}")
    ]


# Things that are not as they say


def test_nobody_can_speak_for_somebody_else(villages):
    here, there = villages
    here.person("ann")
    there.person("bea")
    forged = there.note("bea", 1)
    here.create("ann", forged)  # bea's note in ann's outbox
    here.create("ann", {**forged, "attributedTo": here.names["ann"]})  # ann's note at bea's address
    here.outboxes["ann"].append({"type": "Create", "actor": there.names["bea"], "object": forged})
    found = read(here)
    assert rows(found, "posts") == []
    assert sorted(quarantined(found)) == ["foreign_actor", "foreign_author", "foreign_author"]


def test_a_copy_at_another_host_is_not_believed(villages):
    here, there = villages
    here.person("ann")
    there.person("bea")
    real = there.note("bea", 1)
    here.server.plan("/copy", Reply.json({**real, "content": "forged"}, headers=KIND))
    here.announce("ann", 2, here.url("/copy"))
    found = read(here)
    assert acts(found) == set()
    assert left_out(found)["post not shown"] == 1


def test_a_name_at_another_host_must_be_confirmed_there(villages):
    here, there = villages
    there.person("bea")
    here.person("ann")
    said = {"subject": f"acct:bea@{there.host}", "links": []}
    here.server.plan("/.well-known/webfinger", Reply.json(said))
    found = read(here)
    assert {row["handle"] for row in rows(found, "actors")} == {f"ann@{here.host}"}
    there.names["bea"] = here.names["ann"]  # now bea's server says that it is she
    assert {row["handle"] for row in rows(read(here), "actors")} == {f"bea@{there.host}"}


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:22/",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "http://localhost/",
        "javascript:alert(1)",
        "https://a" * 900,
    ],
)
def test_no_address_leads_inside(villages, address):
    here, _ = villages
    here.person("ann")
    here.announce("ann", 1, address)
    here.create("ann", here.note("ann", 2, inReplyTo=address, tag=[{"type": "Mention", "href": address}]))
    found = read(here)
    assert acts(found) == set()
    assert len(rows(found, "posts")) == 1


def test_hosts_that_nobody_named_must_be_public():
    with FaultyServer() as inside, Objects() as objects:
        with pytest.raises(UnsafeAddressError):
            objects.fetch(inside.url)
        assert inside.asked == []


def test_a_server_that_is_down_ends_nothing_and_is_asked_once(villages):
    here, _ = villages
    here.person("ann")
    with FaultyServer() as down:
        url = down.url
    for number in (1, 2):
        here.announce("ann", number, f"{url}/{number}")
    here.create("ann", here.note("ann", 3))
    found = read(here)
    assert len(rows(found, "posts")) == 1
    assert left_out(found)["post not shown"] == 2


def test_collections_that_never_end_or_lead_away(villages):
    here, there = villages
    here.person("ann")
    here.create("ann", here.note("ann", 1))
    page = {"type": "OrderedCollectionPage", "orderedItems": here.outboxes["ann"]}
    here.show("/page", {**page, "next": here.url("/page")})
    here.show("/ann/outbox", {"type": "OrderedCollection", "first": here.url("/page")})
    with pytest.raises(SourceAnswerError, match="again and again"):
        read(here)
    here.show("/page", {**page, "next": there.url("/page")})
    read(here)
    assert there.server.asked == []


def test_acts_that_are_not_known_are_quarantined_and_deletions_obeyed(villages):
    here, _ = villages
    actor = here.person("ann")
    here.outboxes["ann"] += [
        {"type": "Travel", "actor": actor, "to": PUBLIC},
        {"type": "Delete", "actor": actor, "object": here.url("/ann/9")},
        "nonsense",
        None,
        7,
    ]
    found = read(here)
    assert sorted(quarantined(found)) == ["unknown_activity", *["unreadable_activity"] * 3]
    gone = [one for harvest in found for one in harvest.changes if isinstance(one, Withdrawal)]
    assert gone == [Withdrawal("post", f"fediverse:{here.url('/ann/9')}", "fediverse", "deleted")]


def undo(village, name, minutes, kind, about, **more):
    moment = (NOW + timedelta(minutes=minutes)).isoformat()
    act = {"type": kind, "actor": village.names[name], "object": about, **more}
    said = {"type": "Undo", "actor": village.names[name], "published": moment, "to": PUBLIC, "object": act}
    village.outboxes[name].append(said)


def test_what_was_undone_is_taken_back_and_what_was_done_again_stands(villages, tmp_path):
    import renown

    here, there = villages
    ann, bea = here.person("ann"), there.person("bea")
    first, second = (there.note("bea", number)["id"] for number in (1, 2))
    store = renown.open(tmp_path / "store")

    def kept():
        store.take_in(read(here))
        posts = store.interactions().read_all(["post_id"])["post_id"].to_pylist()
        return sorted(post.rpartition("/")[2] for post in posts)

    for number, url in ((5, first), (6, second)):
        here.announce("ann", number, url)
    assert kept() == ["1", "2"]
    undo(here, "ann", 7, "Announce", first)
    undo(here, "ann", 7, "Announce", second)
    here.announce("ann", 8, second)
    assert kept() == ["2"], "the newest that is told of an act holds, in whatever order it is told"
    store.append("follows", tie(store, ann, bea, here, there))
    undo(here, "ann", 9, "Follow", bea)
    store.take_in(read(here))
    assert store.read("follows").num_rows == 0


def tie(store, ann, bea, here, there):
    """A row that says that ann follows bea."""
    import pyarrow as pa

    keys = store.actor_keys([f"fediverse:ann@{here.host}", f"fediverse:bea@{there.host}"]).tolist()
    assert min(keys) >= 0, (ann, bea)
    row = {"network": "fediverse", "source_actor_key": keys[0], "target_actor_key": keys[1]}
    return pa.Table.from_pylist([{**row, "first_seen_at": NOW, "last_seen_at": NOW}])


def test_undoing_what_is_not_known_or_is_not_ones_own_changes_nothing(villages):
    here, there = villages
    here.person("ann")
    there.person("bea")
    undo(here, "ann", 1, "Block", there.names["bea"])
    undo(here, "ann", 2, "Like", there.note("bea", 1)["id"], actor=there.names["bea"])
    undo(here, "ann", 3, "Follow", there.url("/nobody"))
    here.outboxes["ann"].append({"type": "Undo", "actor": here.names["ann"], "object": there.url("/gone")})
    found = read(here)
    assert quarantined(found) == ["unknown_undo"] * 2
    assert left_out(found)["undo of what is not shown"] == left_out(found)["unknown account"] == 1
    assert not [one for harvest in found for one in harvest.changes if getattr(one, "what", "") == "tie"]


def test_a_server_that_wants_no_programs_is_obeyed(villages):
    here, there = villages
    here.person("ann")
    there.person("bea")
    here.announce("ann", 2, there.note("bea", 1)["id"])
    there.server.plan(
        "/robots.txt", Reply(b"User-agent: *\nDisallow: /\n", headers={"content-type": "text/plain"})
    )
    assert left_out(read(here))["post not shown"] == 1
    assert {asked.path for asked in there.server.asked} == {"/robots.txt"}
    here.server.plan("/ann", Reply.json({}, headers={**KIND, "x-robots-tag": "noindex, nofollow"}))
    with pytest.raises(SourceRefusedError, match="X-Robots-Tag"):
        read(here)


def test_a_server_cannot_be_read_as_a_whole(villages):
    here, _ = villages
    asked = FediverseOptions(path="activitypub")
    with pytest.raises(InputError, match="no API"):
        list(SOURCE.harvest(Request((here.server.url,), asked), progress=no_progress))


# Signed requests


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)
    return path


def test_signatures_are_confirmed_by_openssl(key, tmp_path):
    signature = Signature(str(key), "https://meadow.example/actor#main-key")
    said = signature.headers("GET", "https://hill.example/ann?page=1", now=NOW)
    assert said["date"] == "Mon, 01 Jun 2026 12:00:00 GMT"
    fields = dict(part.split("=", 1) for part in said["signature"].split(","))
    signed = "(request-target): get /ann?page=1\nhost: hill.example\ndate: Mon, 01 Jun 2026 12:00:00 GMT"
    import base64

    (tmp_path / "signed").write_text(signed)
    (tmp_path / "signature").write_bytes(base64.b64decode(fields["signature"].strip('"')))
    subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", tmp_path / "public"], check=True)
    checking = ["openssl", "dgst", "-sha256", "-verify", tmp_path / "public"]
    checked = subprocess.run(
        [*checking, "-signature", tmp_path / "signature", tmp_path / "signed"], capture_output=True, text=True
    )
    assert checked.stdout.strip() == "Verified OK"


def test_requests_are_signed_when_there_is_a_key(villages, key):
    here, _ = villages
    here.person("ann")
    read(here, signing_key=str(key), signing_key_id="https://meadow.example/actor#main-key")
    signed = here.server.asked_for("/ann")[0].headers
    assert 'keyId="https://meadow.example/actor#main-key"' in signed["signature"]
    assert "date" in signed


def test_keys_that_are_none(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        Signature(str(tmp_path / "missing.pem"), "https://meadow.example/actor")
    with pytest.raises(InputError, match="needs its address"):
        Signature(str(tmp_path / "missing.pem"), "")
