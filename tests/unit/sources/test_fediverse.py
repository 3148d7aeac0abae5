"""The fediverse through Mastodon's API, against a server that answers as told, faults included."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.errors import (
    CursorError,
    InputError,
    SourceAnswerError,
    SourceLimitError,
    SourceRefusedError,
    SourceUnreachableError,
)
from renown.sources import Request, polite
from renown.sources.fediverse import SOURCE, FediverseOptions
from renown.sources.fediverse.accounts import read_account
from renown.sources.fediverse.consent import Door
from renown.sources.fediverse.markup import read_markup
from renown.sources.fediverse.places import Place
from renown.sources.fediverse.source import read_location
from renown.sources.fediverse.statuses import Nothing, StatusMapper, payload_of
from renown.sources.registry import NoMemory
from renown.store.harvest import Cursor, Gather, Return, Validator, Withdrawal
from renown.types import no_progress
from tests.faulty_server import FaultyServer, Reply

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class Remembering(NoMemory):
    """What a store would remember of the harvests that it was given."""

    def __init__(self):
        self.cursors, self.validators = {}, {}

    def keep(self, harvest):
        self.cursors |= {(one.source_name, one.scope): one for one in harvest.cursors}
        self.validators |= {one.url: one for one in harvest.validators}

    def cursor(self, source_name, scope):
        return self.cursors.get((source_name, scope))

    def validator(self, url):
        return self.validators.get(url)


class Played:
    """A small Mastodon: accounts, their posts, who reacted."""

    def __init__(self, server):
        self.server = server
        self.statuses = []
        self.accounts = {}
        server.plan("/api/v2/instance", Reply.json({"domain": "meadow.example"}))
        server.plan("/api/v1/accounts/lookup", self._look_up)
        server.plan("/api/v1/accounts", Reply(status=404))
        server.plan("/api/v1/statuses", Reply(status=404))
        server.plan("/api/v1/statuses/*", self._of_status)
        server.plan("/api/v1/accounts/*", self._of_account)
        self.reactions = {}

    def account(self, name, **flags):
        said = {
            "id": f"id-{name}",
            "acct": name,
            "note": "<p>Hello</p>",
            "created_at": "2020-01-01T00:00:00.000Z",
            "discoverable": True,
            "indexable": True,
            **flags,
        }
        self.accounts[name] = said
        return said

    def status(self, number, author, **more):
        said = {
            "id": str(number),
            "uri": f"https://meadow.example/posts/{number}",
            "created_at": (NOW + timedelta(minutes=number)).isoformat(),
            "visibility": "public",
            "content": f"<p>Post {number}</p>",
            "account": self.accounts[author],
            "mentions": [],
            "tags": [],
            "favourites_count": 0,
            "reblogs_count": 0,
            "replies_count": 0,
            **more,
        }
        self.statuses.append(said)
        return said

    def _look_up(self, asked):
        name = asked.query["acct"].removesuffix("@meadow.example")
        return Reply.json(self.accounts[name]) if name in self.accounts else Reply(status=404)

    def _of_account(self, asked):
        _, _, _, _, local_id, *rest = asked.path.split("/")
        if rest == ["statuses"]:
            mine = [one for one in self.statuses if one["account"]["id"] == local_id]
            return self._page(asked, sorted(mine, key=lambda one: -int(one["id"])))
        if rest:
            return Reply.json(self.reactions.get((local_id, rest[0]), []))
        found = [one for one in self.accounts.values() if one["id"] == local_id]
        return Reply.json(found[0]) if found else Reply(status=404)

    def _of_status(self, asked):
        _, _, _, _, local_id, *rest = asked.path.split("/")
        if rest == ["context"]:
            answers = [one for one in self.statuses if one.get("in_reply_to_id") == local_id]
            return Reply.json({"ancestors": [], "descendants": answers})
        if rest:
            said = self.reactions.get((local_id, rest[0]), [])
            return Reply.json(said, headers={"etag": f'"{len(said)}"'})
        found = [one for one in self.statuses if one["id"] == local_id]
        return Reply.json(found[0]) if found else Reply(status=404)

    def _page(self, asked, records, count=10):
        after = int(asked.query.get("max_id", 10**12))
        page = [one for one in records if int(one["id"]) < after][:count]
        link = {}
        if len(page) == count:
            link = {"link": f'<https://elsewhere.example{asked.path}?max_id={page[-1]["id"]}>; rel="next"'}
        return Reply.json(page, headers=link)


@pytest.fixture
def played():
    with FaultyServer() as server:
        yield Played(server)


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch):
    """Pauses between attempts are tested with the polite client."""
    monkeypatch.setattr(polite.PoliteClient, "_pause", lambda *_: 0.0)


def read(played, *names, memory=None, since=None, keep=None, **options):
    options = FediverseOptions(instance=played.server.url, **options)
    request = Request(names or ("ann@meadow.example",), options, since, memory or NoMemory())
    found = []
    for harvest in SOURCE.harvest(request, progress=no_progress):
        found.append(harvest)
        if memory is not None:
            memory.keep(harvest)
    return found


def rows(harvests, table):
    return [row for one in harvests if table in one.rows for row in one.rows[table].to_pylist()]


def acts(harvests):
    return {
        (row["kind"], who(row["source_actor_id"]), who(row["target_actor_id"]))
        for row in rows(harvests, "interactions")
    }


def who(actor_id):
    return actor_id.removeprefix("fediverse:").removesuffix("@meadow.example")


def left_out(harvests):
    return sum((Counter(one.left_out_counts) for one in harvests), Counter())


def changes(harvests, kind):
    return [one for harvest in harvests for one in harvest.changes if isinstance(one, kind)]


def a_diary(played, count=25):
    played.account("ann")
    for number in range(1, count + 1):
        played.status(number, "ann")


# What people say of themselves


@pytest.mark.parametrize(
    ("flags", "flag"),
    [
        ({"discoverable": None}, "discoverable"),
        ({"discoverable": False}, "discoverable"),
        ({"discoverable": "true"}, "discoverable"),
        ({"noindex": True}, "noindex"),
        ({"locked": True}, "locked"),
        ({"suspended": True}, "suspended"),
        ({"limited": True}, "limited"),
        ({"memorial": True}, "memorial"),
        ({"moved": {"acct": "ann@hill.example"}}, "moved"),
        ({"note": "<p>No robots: #<span>nobot</span></p>"}, "#nobot"),
        ({"fields": [{"name": "x", "value": "#NoIndex please"}]}, "#noindex"),
    ],
)
def test_who_says_no_is_left_out_everywhere(played, flags, flag):
    a_diary(played, 1)
    played.account("bea", **flags)
    played.account("cid")
    played.statuses[0] |= {"favourites_count": 2, "reblogs_count": 1, "replies_count": 1}
    played.statuses[0]["mentions"] = [{"id": "id-bea", "acct": "bea"}]
    played.reactions["1", "favourited_by"] = [played.accounts["bea"], played.accounts["cid"]]
    played.reactions["1", "reblogged_by"] = [played.accounts["bea"]]
    played.reactions["id-ann", "followers"] = [played.accounts["bea"], played.accounts["cid"]]
    played.status(2, "bea", in_reply_to_id="1", in_reply_to_account_id="id-ann")
    found = read(played)
    assert acts(found) == {("like", "cid", "ann")}
    assert left_out(found)[flag] == 5
    assert "bea" not in str([one.rows for one in found])
    reason = "taken-down" if flag == "suspended" else "not-for-this"
    gone = Withdrawal("actor", "fediverse:bea@meadow.example", "fediverse", reason)
    assert changes(found, Withdrawal) == [gone], "what the store had leaves it; said once"


@pytest.mark.parametrize("flags", [{"discoverable": None}, {"locked": True}])
def test_of_who_says_no_nothing_more_is_asked(played, flags):
    played.account("ann", **flags)
    played.status(1, "ann")
    assert acts(read(played)) == set()
    paths = {asked.path for asked in played.server.asked}
    assert paths == {"/robots.txt", "/api/v2/instance", "/api/v1/accounts/lookup"}


def test_who_says_yes_again_may_come_in_again(played):
    a_diary(played, 1)
    returned = changes(read(played), Return)
    assert returned == [
        Return("fediverse:ann@meadow.example", ("not-for-this", "taken-down")),
        Return("fediverse:ann@meadow.example", ("text-taken-back",), "text"),
    ]


def test_text_that_was_stored_leaves_when_only_indexable_is_taken_back(played, tmp_path):
    import renown

    store = renown.open(tmp_path / "store")
    for name in ("ann", "bea"):
        played.account(name)
    tags = [{"name": "rain"}]
    for number, name in ((1, "ann"), (2, "ann"), (3, "bea")):
        played.status(number, name, language="en", tags=tags)
    store.take_in(read(played, "ann@meadow.example", "bea@meadow.example"))
    played.accounts["ann"]["indexable"] = False
    report = store.take_in(read(played, "ann@meadow.example"))
    assert report.withdrawn_counts == {"texts": 2}
    said = ("text", "language", "links", "hashtags")
    for row in store.read("posts").to_pylist():
        assert any(row[name] for name in said) == row["author_actor_id"].startswith("fediverse:bea")
    assert store.read("posts").num_rows == 3, "what was posted stays: it is only not quoted any more"
    files = store.add_posts(store.read("posts"))
    played.accounts["ann"]["indexable"] = True
    store.take_in(read(played, "ann@meadow.example"))
    assert files == 0
    assert [row["text"] for row in store.read("posts").sort_by("post_id").to_pylist()] == [
        "Post 1",
        "Post 2",
        "Post 3",
    ]


def test_an_edited_post_is_as_of_its_edit(played):
    played.account("ann")
    for number, edited_at in ((1, None), (2, (NOW + timedelta(days=1)).isoformat()), (3, "soon")):
        played.status(number, "ann", edited_at=edited_at)
    posts = {row["post_id"][-1]: row for row in rows(read(played), "posts")}
    assert posts["2"]["observed_at"] == NOW + timedelta(days=1)
    assert all(posts[number]["observed_at"] == posts[number]["posted_at"] for number in "13")


def test_text_is_kept_of_who_agreed_to_that(played):
    played.account("ann", indexable=None)
    tags = [{"name": "Rain"}]
    played.status(1, "ann", content='<p>Secret <a href="https://secret.example/">x</a></p>', tags=tags)
    post = rows(read(played), "posts")[0]
    assert [post[name] for name in ("text", "links", "hashtags", "language")] == [None] * 4


@pytest.mark.parametrize("visibility", ["unlisted", "private", "direct", None, "PUBLIC", "limited"])
def test_only_public_posts_are_read(played, visibility):
    a_diary(played, 1)
    played.account("bea")
    played.statuses[0] |= {"visibility": visibility, "favourites_count": 1}
    played.reactions["1", "favourited_by"] = [played.accounts["bea"]]
    found = read(played)
    assert rows(found, "posts") == rows(found, "interactions") == []
    assert not played.server.asked_for("/api/v1/statuses/1/favourited_by")


def test_a_boost_of_what_is_not_public_is_not_read(played):
    a_diary(played, 0)
    played.account("bea")
    inner = {**played.status(1, "bea"), "visibility": "unlisted"}
    played.statuses.clear()
    played.status(2, "ann", reblog=inner)
    assert acts(read(played)) == set()


def test_who_hides_collections_is_not_asked_for_them(played):
    played.account("ann", hide_collections=True)
    found = read(played)
    assert left_out(found)["hide_collections"] == 1
    assert not [asked for asked in played.server.asked if asked.path.endswith(("followers", "following"))]


def test_an_instance_that_does_not_want_programs_is_obeyed(played):
    a_diary(played, 1)
    played.server.plan("/robots.txt", Reply(b"User-agent: *\nDisallow: /api/\n"))
    with pytest.raises(SourceRefusedError, match=r"robots\.txt"):
        read(played)
    assert not played.server.asked_for("/api/v1/accounts/lookup")
    read(played, token="who-was-let-in")


def test_the_token_goes_to_the_instance_named_and_nowhere_else(played, monkeypatch):
    monkeypatch.setenv("RENOWN_FEDIVERSE_TOKEN", "t0ken")
    a_diary(played, 1)
    read(played)
    assert {asked.headers.get("authorization") for asked in played.server.asked} == {"Bearer t0ken"}
    played.server.asked.clear()
    location = f"{played.server.url}/@ann"
    list(SOURCE.harvest(Request((location,), FediverseOptions(path="api")), progress=no_progress))
    assert {asked.headers.get("authorization") for asked in played.server.asked} == {None}


# What comes of what


def test_everything_that_people_do_to_each_other(played):
    for name in ("ann", "bea", "cid"):
        played.account(name)
    first = played.status(1, "ann", favourites_count=1, reblogs_count=1, replies_count=1)
    played.reactions["1", "favourited_by"] = [played.accounts["bea"]]
    played.reactions["1", "reblogged_by"] = [played.accounts["cid"]]
    mentions = [{"id": "id-ann", "acct": "ann"}, {"id": "0", "acct": "cid"}]
    quote = {"state": "accepted", "quoted_status": first}
    played.status(2, "bea", in_reply_to_id="1", in_reply_to_account_id="id-ann", mentions=mentions)
    played.status(3, "bea", quote=quote, mentions=[{"id": "id-ann", "acct": "ann"}])
    played.status(4, "ann", in_reply_to_id="1", in_reply_to_account_id="id-ann")
    played.status(5, "cid", reblog=first)
    found = read(played, "ann@meadow.example", "bea@meadow.example", "cid@meadow.example")
    assert acts(found) == {
        ("like", "bea", "ann"),
        ("repost", "cid", "ann"),
        ("reply", "bea", "ann"),
        ("mention", "bea", "cid"),
        ("quote", "bea", "ann"),
        ("reply", "ann", "ann"),
    }
    reposts = {row["interaction_id"] for row in rows(found, "interactions") if row["kind"] == "repost"}
    assert len(reposts) == 1, "a boost has one id, whether a list or a timeline tells of it"


def test_a_reaction_without_a_time_has_that_of_the_post(played):
    a_diary(played, 1)
    played.account("bea")
    played.statuses[0]["favourites_count"] = 1
    played.reactions["1", "favourited_by"] = [played.accounts["bea"]]
    found = read(played)
    assert rows(found, "interactions")[0]["occurred_at"] == rows(found, "posts")[0]["posted_at"]


@pytest.mark.parametrize(
    "quote",
    [
        {"state": "pending", "quoted_status": None},
        {"state": "revoked", "quoted_status_id": "1"},
        {"state": "rejected"},
        {"quoted_status_id": "404"},
        "nonsense",
    ],
)
def test_a_quote_that_was_not_accepted_is_none(played, quote):
    a_diary(played, 2)
    played.statuses[1]["quote"] = quote
    assert acts(read(played)) == set()


def test_relatives_of_mastodon_quote_in_their_own_way(played):
    a_diary(played, 1)
    played.account("bea")
    played.status(2, "bea", quote=played.statuses[0])
    assert acts(read(played, "bea@meadow.example")) == {("quote", "bea", "ann")}


def test_a_wrong_clock_is_set_right_and_no_clock_is_quarantined(played):
    a_diary(played, 3)
    ahead = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    played.statuses[0]["created_at"] = ahead
    played.statuses[1]["created_at"] = "yesterday"
    found = read(played)
    assert all(row["posted_at"] <= datetime.now(UTC) for row in rows(found, "posts"))
    assert [one.reason for harvest in found for one in harvest.quarantined] == ["unreadable_time"]
    assert len(rows(found, "posts")) == 2


# Interruptions and faults


def test_pages_are_read_to_the_end_whatever_host_their_links_name(played):
    a_diary(played, 25)
    found = read(played)
    assert len(rows(found, "posts")) == 25
    pages = played.server.asked_for("/api/v1/accounts/id-ann/statuses")
    assert [asked.query.get("max_id") for asked in pages] == [None, "16", "6"]


def test_interrupted_reading_goes_on_and_misses_nothing(played):
    a_diary(played, 25)
    memory, options = Remembering(), FediverseOptions(instance=played.server.url, follows=False)
    harvests = SOURCE.harvest(Request(("ann@meadow.example",), options, None, memory), progress=no_progress)
    first = [next(harvests)]
    memory.keep(first[0])
    harvests.close()
    for number in (26, 27):
        played.status(number, "ann")
    played.server.asked.clear()
    second = read(played, memory=memory, follows=False)
    numbers = {row["post_id"].rsplit("/")[-1] for row in rows(first + second, "posts")}
    assert numbers == {str(number) for number in range(1, 28)}
    asked = played.server.asked_for("/api/v1/accounts/id-ann/statuses")
    assert asked[0].query.get("max_id") == "16", "not from the beginning"


@pytest.mark.parametrize(
    "fault",
    [
        Reply(status=500),
        Reply(hang_up=True),
        Reply(b'[{"id": "1", "uri": "x"}]' * 9, cut_after_bytes=50),
        Reply(b'[{"id": "1", "account": {'),
        Reply(status=429),
    ],
    ids=["500", "hang-up", "cut", "truncated", "429"],
)
def test_passing_faults_in_the_middle_are_sat_out(played, fault):
    a_diary(played, 25)
    pages = played._of_account
    played.server.plan("/api/v1/accounts/id-ann/statuses", pages, fault, fault, pages)
    assert len(rows(read(played), "posts")) == 25


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Reply(status=500), SourceUnreachableError),
        (Reply(status=429, headers={"retry-after": "86400"}), SourceLimitError),
        (Reply(status=403), SourceRefusedError),
        (Reply(b"<html>Please log in</html>"), SourceAnswerError),
        (Reply.json({"error": "no list"}), SourceAnswerError),
        (Reply(b"[" * 100_000), SourceAnswerError),
    ],
)
def test_lasting_faults_end_reading_and_what_was_read_stays(played, fault, error):
    a_diary(played, 25)
    played.server.plan("/api/v1/accounts/id-ann/statuses", played._of_account, fault)
    memory = Remembering()
    with pytest.raises(error):
        read(played, memory=memory)
    assert json.loads(next(iter(memory.cursors.values())).position)["before"] == "16"
    played.server.plan("/api/v1/accounts/id-ann/statuses", played._of_account)
    assert len(rows(read(played, memory=memory), "posts")) >= 15


def test_a_page_that_comes_again_and_again_ends_reading(played):
    a_diary(played, 10)
    link = {"link": '<https://x.example/?max_id=5>; rel="next"'}
    played.server.plan("/api/v1/accounts/id-ann/statuses", Reply.json(played.statuses, headers=link))
    with pytest.raises(SourceAnswerError, match="same page"):
        read(played, most_posts=10_000)
    assert len(played.server.asked_for("/api/v1/accounts/id-ann/statuses")) == 2


def test_a_cursor_from_the_future_is_said_and_a_broken_one_begins_anew(played):
    a_diary(played, 3)
    scope, memory = "meadow.example ann@meadow.example", Remembering()
    memory.cursors["fediverse", scope] = Cursor("fediverse", scope, 99, "{}")
    with pytest.raises(CursorError, match="newer Renown"):
        read(played, memory=memory)
    memory.cursors["fediverse", scope] = Cursor("fediverse", scope, 1, '{"newest": 7')
    assert len(rows(read(played, memory=memory), "posts")) == 3


def test_since_leaves_out_what_is_older_and_going_further_back_later_is_possible(played):
    a_diary(played, 25)
    memory = Remembering()
    since = NOW + timedelta(minutes=20)
    assert len(rows(read(played, memory=memory, since=since), "posts")) == 6
    assert len(rows(read(played, memory=memory), "posts")) == 25


def test_the_second_time_only_young_posts_are_read_anew(played):
    a_diary(played, 25)
    memory = Remembering()
    read(played, memory=memory)
    played.server.asked.clear()
    read(played, memory=memory, again_days=0)
    assert len(played.server.asked_for("/api/v1/accounts/id-ann/statuses")) == 2


def test_who_reacted_is_not_sent_twice(played):
    a_diary(played, 1)
    played.account("bea")
    played.statuses[0]["favourites_count"] = 1
    played.reactions["1", "favourited_by"] = [played.accounts["bea"]]
    memory = Remembering()
    assert acts(read(played, memory=memory)) == {("like", "bea", "ann")}
    assert acts(read(played, memory=memory)) == set()
    asked = played.server.asked_for("/api/v1/statuses/1/favourited_by")
    assert [one.headers.get("if-none-match") for one in asked] == [None, '"1"']
    assert Validator(f"{played.server.url}/api/v1/statuses/1/favourited_by?limit=80", '"1"', None) in (
        memory.validators.values()
    )


def test_an_account_that_is_gone_leaves_the_store(played):
    played.server.plan("/api/v1/accounts/lookup", Reply(status=410))
    played.server.plan("/api/v1/accounts/search", Reply.json([]))
    memory, found = Remembering(), []
    options = FediverseOptions(instance=played.server.url)
    with pytest.raises(SourceRefusedError, match="gone"):
        found.extend(
            SOURCE.harvest(Request(("ann@meadow.example",), options, None, memory), progress=no_progress)
        )


def test_a_typing_mistake_removes_nobody(played):
    played.server.plan("/api/v1/accounts/search", Reply.json([]))
    with pytest.raises(SourceRefusedError):
        read(played, "nobody@meadow.example")


def test_a_hop_reads_those_who_reacted_most(played):
    a_diary(played, 3)
    for name in ("bea", "cid", "dot"):
        played.account(name)
    for number in (1, 2, 3):
        played.statuses[number - 1]["favourites_count"] = number
        played.reactions[str(number), "favourited_by"] = [
            played.accounts[name] for name in ("bea", "cid", "dot")[:number]
        ]
    played.status(10, "bea", mentions=[{"id": "id-cid", "acct": "cid"}])
    assert ("mention", "bea", "cid") not in acts(read(played))
    found = read(played, hops=1, most_people=1)
    assert ("mention", "bea", "cid") in acts(found)
    asked = {asked.path for asked in played.server.asked if asked.path.endswith("/statuses")}
    assert asked == {"/api/v1/accounts/id-ann/statuses", "/api/v1/accounts/id-bea/statuses"}


def test_what_an_instance_shows(played):
    a_diary(played, 3)
    played.account("eve", discoverable=False)
    played.status(4, "eve")
    directory = [played.accounts["ann"], played.accounts["eve"]]
    played.server.plan("/api/v1/directory", Reply.json(directory))
    played.server.plan("/api/v1/timelines/public", Reply.json(played.statuses))
    found = read(played, played.server.url)
    assert len(rows(found, "posts")) == 3
    assert [row["handle"] for row in rows(found, "actors")] == ["ann@meadow.example"]


# Hostile and strange things


HOSTILE = [
    "<script>alert(1)</script><p>x</p>",
    "<p>" * 50_000,
    '<a href="javascript:alert(1)">x</a><a href="https://ok.example/?a=1&amp;b">y</a>',
    "\x00\ud800 <p>x",
    "&#x0;&#55555555;&nbsp;<![CDATA[<p>]]><!--",
    '<a href="https://' + "a" * 5_000 + '">x</a>',
]


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_markup_becomes_harmless_text(played, content):
    a_diary(played, 1)
    played.statuses[0]["content"] = content
    post = rows(read(played), "posts")[0]
    assert "alert" not in post["text"]
    assert "\x00" not in post["text"]
    assert all(link == "https://ok.example/?a=1&b" for link in post["links"])


def test_a_post_of_a_hundred_megabytes_is_refused_and_not_held(played):
    a_diary(played, 1)
    played.server.plan("/api/v1/accounts/id-ann/statuses", Reply.huge(100 << 20))
    with pytest.raises(SourceAnswerError, match="more than 64 MB"):
        read(played)


def test_a_post_of_thirty_megabytes_is_kept_as_far_as_people_read():
    text, _ = read_markup("word " * 6_000_000)
    assert 10_000 < len(text) <= 100_000


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
whole_account = {"id": "7", "acct": "ann", "note": "", "discoverable": True, "indexable": True}
whole_status = {
    "id": "1",
    "uri": "https://meadow.example/1",
    "created_at": "2026-05-01T00:00:00Z",
    "visibility": "public",
    "content": "<p>x</p>",
    "account": whole_account,
    "mentions": [{"id": "7", "acct": "ann"}],
    "tags": [{"name": "x"}],
    "reblog": None,
    "quote": None,
    "in_reply_to_id": None,
}


@given(st.sampled_from(sorted(whole_status)), anything, st.sampled_from(sorted(whole_account)), anything)
@settings(max_examples=300, deadline=None)
def test_no_record_is_too_strange(name, value, account_name, account_value):
    """Whatever one server puts in place of a field: rows, nothing, or the quarantine; never an error."""
    account = {**whole_account, account_name: account_value}
    record = {**whole_status, "account": account, name: value}
    gather = Gather("fediverse", network="fediverse")
    mapper = StatusMapper(gather, Door(), Nothing("meadow.example"), seen_at=NOW)
    with gather.reading(payload_of("status", record, "meadow.example")):
        mapper.status(record)
    harvest = gather.harvest()
    if record["visibility"] != "public" or read_or_none(record["account"]) is None:
        assert "posts" not in harvest.rows


def read_or_none(account):
    from renown.store.harvest import UnreadableRecord

    try:
        person = read_account(account, "meadow.example")
    except UnreadableRecord:
        return None
    return person if person.refusal is None else None


# Where things are


@pytest.mark.parametrize(
    ("text", "base_url", "name"),
    [
        ("ann@meadow.example", "https://meadow.example", "ann@meadow.example"),
        ("@Ann@Meadow.Example", "https://meadow.example", "ann@meadow.example"),
        ("acct:ann@meadow.example", "https://meadow.example", "ann@meadow.example"),
        ("https://meadow.example/@ann", "https://meadow.example", "ann@meadow.example"),
        ("https://meadow.example/users/ann/statuses/1", "https://meadow.example", "ann@meadow.example"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001", ""),
        ("meadow.example", "https://meadow.example", ""),
    ],
)
def test_what_people_write(text, base_url, name):
    location = read_location(text)
    assert (location.base_url, location.name) == (base_url, name)


@pytest.mark.parametrize("text", ["", "@", "ann@", "a b@c", "ftp://x.example", "https://", "http://[::1"])
def test_what_nobody_means(text):
    with pytest.raises(InputError):
        read_location(text)


@given(st.datetimes(timezones=st.just(UTC)), st.text(max_size=100))
def test_a_place_survives_being_written_down(moment, before):
    from renown.sources.fediverse.places import _known_place

    place = Place(newest=moment, oldest=None, before=before, since=moment)
    assert _known_place(place.cursor("x")) == place


# Streams


def follow(server, seconds, *, stream="public", memory=None, stop=lambda _: False, **options):
    options = FediverseOptions(
        instance=server.url, stream=stream, token="t", stop_after=seconds, poll_seconds=0.3, **options
    )
    request = Request((), options, None, memory or NoMemory())
    found = []
    for harvest in SOURCE.follow(request, progress=no_progress):
        found.append(harvest)
        if memory is not None:
            memory.keep(harvest)
        if stop(found):
            break
    return found


def test_a_stream_tells_of_posts_boosts_and_deletions(played):
    a_diary(played, 0)
    played.account("eve", discoverable=None)
    first = played.status(1, "ann")
    boost = played.status(2, "ann", reblog=first)
    hers = played.status(3, "eve")
    events = [("update", json.dumps(one)) for one in (first, boost, hers)]
    events += [("delete", "2"), ("delete", "1"), ("delete", "999"), ("filters_changed", "x")]
    events += [("update", "{broken"), ("conversation", "{}"), ("update", json.dumps(played.status(4, "ann")))]
    played.server.plan("/api/v1/streaming/public", Reply.events(*events), Reply(delay_seconds=30))
    played.server.plan("/api/v1/timelines/public", Reply.json([]))
    found = follow(played.server, 3.0)
    assert {row["post_id"][-1] for row in rows(found, "posts")} == {"1", "4"}
    gone = changes(found, Withdrawal)
    assert [(one.what, one.identifier) for one in gone if one.reason == "deleted"] == [
        ("interaction", "repost:https://meadow.example/posts/1:ann@meadow.example"),
        ("post", "fediverse:https://meadow.example/posts/1"),
    ]
    assert left_out(found)["deletion of what was not met"] == 1
    assert "eve" not in str([one.rows for one in found])


def test_a_stream_that_says_nothing_still_gives_a_harvest_a_second(played):
    released = threading.Event()

    def silence():
        yield b":)\n"
        released.wait(20)

    played.server.plan("/api/v1/streaming/public", Reply(silence))
    played.server.plan("/api/v1/timelines/public", Reply.json([]))
    started = time.monotonic()
    assert len(follow(played.server, 3.0)) >= 3
    assert time.monotonic() - started < 6.0
    released.set()


def test_what_was_missed_while_nobody_listened_is_read_first(played):
    a_diary(played, 30)
    played.server.plan("/api/v1/timelines/public", lambda asked: played._page(asked, played.statuses[::-1]))
    played.server.plan("/api/v1/streaming/public", Reply.events(), Reply(delay_seconds=30))
    memory = Remembering()
    scope = "meadow.example stream public"
    seen = Place(newest=NOW + timedelta(minutes=12))
    memory.cursors["fediverse", scope] = seen.cursor(scope)
    found = follow(played.server, 2.0, memory=memory)
    numbers = {int(row["post_id"].rsplit("/")[-1]) for row in rows(found, "posts")}
    assert numbers >= set(range(2, 31)), "ten minutes further back, because posts arrive late"
    assert '"newest": "2026-06-01T12:30:00+00:00"' in memory.cursors["fediverse", scope].position


def test_where_there_is_no_stream_the_timeline_is_looked_at(played):
    a_diary(played, 1)
    played.server.plan("/api/v1/timelines/tag/rain", lambda asked: played._page(asked, played.statuses[::-1]))

    def stop(found):
        if len(played.statuses) == 1:
            played.status(2, "ann")
        return len({row["post_id"] for row in rows(found, "posts")}) == 2

    found = follow(played.server, 10.0, stream="hashtag:rain", stop=stop)
    assert len({row["post_id"] for row in rows(found, "posts")}) == 2


@pytest.mark.parametrize(
    ("stream", "options"),
    [("nonsense", {}), ("hashtag:", {}), ("hashtag:../x", {}), ("user", {})],
)
def test_streams_that_cannot_be(stream, options, monkeypatch):
    monkeypatch.delenv("RENOWN_FEDIVERSE_TOKEN", raising=False)
    asked = FediverseOptions(instance="meadow.example", stream=stream, **options)
    with pytest.raises(InputError):
        next(iter(SOURCE.follow(Request((), asked), progress=no_progress)))


def test_a_streams_host_is_believed_only_within_the_site(played):
    from renown.sources.fediverse.instance import Instance
    from renown.sources.polite import PoliteClient

    with PoliteClient("fediverse") as client:
        instance = Instance(client, "https://social.meadow.example")
        for named, url in (
            ("wss://streaming.meadow.example", "https://streaming.meadow.example"),
            ("wss://evil.example", "https://social.meadow.example"),
            ("nonsense", "https://social.meadow.example"),
        ):
            instance._described = {"configuration": {"urls": {"streaming": named}}}
            assert instance.streaming_url() == url
