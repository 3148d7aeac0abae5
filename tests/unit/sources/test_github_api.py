"""GitHub's REST API, played by a real server: pages, ETags, cursors, limits, and faults."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from renown.errors import (
    CursorError,
    InputError,
    SourceAnswerError,
    SourceLimitError,
    SourceRefusedError,
    SourceUnreachableError,
)
from renown.sources.github import api
from renown.sources.polite import PoliteClient
from renown.store.harvest import Cursor, Validator
from tests.faulty_server import FaultyServer, Reply
from tests.harvested import harvest

AT = "2026-05-05T10:00:00Z"


@dataclass
class Kept:
    """What a store remembers."""

    validators: dict[str, Validator] = field(default_factory=dict)
    cursors: dict[str, Cursor] = field(default_factory=dict)

    def validator(self, url):
        return self.validators.get(url)

    def cursor(self, source_name, scope):
        return self.cursors.get(scope)

    def keep(self, found):
        for step in found.harvests:
            self.validators |= {one.url: one for one in step.validators}
            self.cursors |= {one.scope: one for one in step.cursors}


def user(login):
    return {"login": login, "id": 1, "type": "User"}


def star(login):
    return {"starred_at": AT, "user": user(login)}


def issue(number, login, reactions_url="", **more):
    reactions = {"url": reactions_url, "total_count": 1 if reactions_url else 0}
    return {
        "number": number,
        "user": user(login),
        "title": "T",
        "body": "",
        "created_at": AT,
        "reactions": reactions,
        **more,
    }


@pytest.fixture
def server(monkeypatch):
    monkeypatch.delenv(api.TOKEN_SETTING, raising=False)
    monkeypatch.setattr(PoliteClient, "__init__", _impatient(PoliteClient.__init__))
    with FaultyServer() as server:
        server.plan("/repos/Ann/Kite", Reply.json({"full_name": "Ann/Kite", "private": False}))
        for path in ("stargazers", "forks", "issues", "issues/comments", "pulls/comments"):
            server.plan(f"/repos/Ann/Kite/{path}", Reply.json([]))
        yield server


def _impatient(original):
    """Pauses between attempts are for real servers."""

    def start(self, *arguments, **named):
        original(self, *arguments, **{**named, "sleep": lambda seconds: None})

    return start


def read(server, *names, memory=None):
    options = {"api": True, "service": server.url}
    return harvest("github", *(names or ("Ann/Kite",)), options=options, memory=memory)


def linked(server, path, page, value, last=False):
    address = f'<{server.url}{path}?per_page=100&page={page + 1}>; rel="next"'
    return Reply.json(value, headers={} if last else {"link": address})


def test_a_repository(server):
    repo = "/repos/Ann/Kite"
    first = linked(server, f"{repo}/stargazers", 1, [star("Bea")])
    server.plan(f"{repo}/stargazers", first, Reply.json([star("Cid"), {"starred_at": AT, "user": None}]))
    fork = {"full_name": "bea/Kite", "owner": user("bea"), "created_at": AT, "private": False}
    server.plan(f"{repo}/forks", Reply.json([fork]))
    server.plan(f"{repo}/issues", Reply.json([issue(7, "Dan"), issue(8, "eve", body="@dan?")]))
    comment = {"id": 5, "user": user("bea"), "body": "hm", "created_at": AT}
    on_comment = f"{server.url}{repo}/issues/comments/5/reactions"
    place = {"issue_url": f"{server.url}{repo}/issues/7", "reactions": {"url": on_comment, "total_count": 2}}
    server.plan(f"{repo}/issues/comments", Reply.json([{**comment, **place}]))
    review = {**comment, "user": user("keeper[bot]"), "pull_request_url": f"{server.url}{repo}/pulls/8"}
    server.plan(f"{repo}/pulls/comments", Reply.json([review]))
    reactions = [{"id": n, "content": said, "user": user("cid")} for n, said in ((1, "heart"), (2, "-1"))]
    server.plan(
        f"{repo}/issues/comments/5/reactions", Reply.json([{**one, "created_at": AT} for one in reactions])
    )
    found = read(server)
    assert found.failure is None
    assert found.acts() == [
        ("bea", "like", "ann"),
        ("cid", "like", "ann"),
        ("bea", "repost", "ann"),
        ("eve", "mention", "dan"),
        ("bea", "reply", "dan"),
        ("keeper[bot]", "reply", "eve"),
        ("cid", "like", "bea"),
    ]
    assert found.left_out == {"deleted": 1}
    assert [row["is_declared_bot"] for row in found.rows("actors")] == [True]
    assert found.acts("post_id")[-1] == ("ann/kite#7/comment-5",)
    (cursor,) = [one for step in found.harvests for one in step.cursors]
    assert cursor.scope == f"{server.url}/ann/kite"


def test_the_api_and_gh_archive_give_the_same_acts_the_same_ids(server, tmp_path):
    from tests.contract.cases_of_files import GITHUB
    from tests.harvested import write_lines

    repo = "/repos/Ann/Kite"
    server.plan(f"{repo}/stargazers", Reply.json([star("Bea")]))
    server.plan(f"{repo}/issues", Reply.json([issue(7, "Dan")]))
    body = GITHUB[2]["payload"]["comment"]["body"]
    comment = {"id": 9, "user": user("Bea"), "body": body, "created_at": AT, "issue_url": "x/issues/7"}
    server.plan(f"{repo}/issues/comments", Reply.json([comment]))
    asked = read(server).acts("interaction_id")
    archived = harvest("github", write_lines(tmp_path / "hour.json", GITHUB)).acts("interaction_id")
    assert set(asked) < set(archived)
    assert len(asked) == 3


def test_pages_that_did_not_change_are_not_sent_again_and_new_comments_only_are_asked_for(server):
    path, kept = "/repos/Ann/Kite/stargazers", Kept()

    def pages(asked):
        page = int(asked.query["page"])
        names = {1: ["Bea"], 2: ["Cid"]}.get(page, [])
        reply = linked(server, path, page, [star(name) for name in names], last=page == 2)
        return Reply(reply.body, headers={**reply.headers, "etag": f'"v{page}"'})

    server.plan(path, pages)
    first = read(server, memory=kept)
    assert len(first.acts()) == 2
    kept.keep(first)
    second = read(server, memory=kept)
    assert second.failure is None
    assert not second.acts()
    asked = server.asked_for(path)
    assert [one.headers.get("if-none-match") for one in asked[:4]] == [None, None, '"v1"', '"v2"']
    comments = server.asked_for("/repos/Ann/Kite/issues/comments")
    assert "since" not in comments[0].query
    assert comments[1].query["since"] == next(iter(kept.cursors.values())).position


def test_a_token_is_sent_to_the_service_only(server, monkeypatch):
    monkeypatch.setenv(api.TOKEN_SETTING, "t0ken")
    with FaultyServer() as stranger:
        elsewhere = f"{stranger.url}/reactions"
        server.plan(
            "/repos/Ann/Kite/issues",
            Reply.json([issue(7, "Dan", elsewhere)], headers={"link": f'<{stranger.url}/x>; rel="next"'}),
        )
        assert read(server).failure is None
        assert not stranger.asked
    assert {one.headers["authorization"] for one in server.asked} == {"Bearer t0ken"}


def test_a_private_repository_is_left_out(server):
    server.plan("/repos/Ann/Kite", Reply.json({"full_name": "Ann/Kite", "private": True}))
    found = read(server)
    assert found.left_out == {"not-public": 1}
    assert len(server.asked) == 1


def test_an_account_and_its_follows(server):
    profile = {
        "login": "Ann",
        "name": "Ann K.",
        "bio": None,
        "type": "User",
        "created_at": AT,
        "followers": 1,
        "following": 1,
    }
    server.plan("/users/Ann", Reply.json(profile))
    server.plan("/users/Ann/followers", Reply.json([user("Bea")]))
    server.plan("/users/Ann/following", Reply.json([user("Cid")]))
    found = read(server, "Ann")
    ties = [(row["source_actor_id"], row["target_actor_id"]) for row in found.rows("follows")]
    assert ties == [("github:bea", "github:ann"), ("github:ann", "github:cid")]
    assert found.rows("actors")[0]["followers_count"] == 1


# ---- faults


def test_troubles_that_pass_are_waited_for(server):
    good = Reply.json([star("Bea")])
    server.plan(
        "/repos/Ann/Kite/stargazers",
        Reply(status=502),
        Reply(good.body, cut_after_bytes=5),
        Reply(hang_up=True),
        Reply(status=429, headers={"retry-after": "1"}),
        good,
    )
    found = read(server)
    assert found.failure is None
    assert found.acts() == [("bea", "like", "ann")]


def test_an_allowance_that_is_spent_says_when_to_come_back(server):
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "4102444800"}
    server.plan("/repos/Ann/Kite/forks", Reply.json({"message": "rate limit"}, status=403, headers=headers))
    server.plan("/repos/Ann/Kite/stargazers", Reply.json([star("Bea")]))
    found = read(server)
    assert isinstance(found.failure, SourceLimitError)
    assert found.failure.retry_after_seconds > 1_000
    assert found.acts() == [("bea", "like", "ann")]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=404), SourceRefusedError),
        (Reply(status=401), SourceRefusedError),
        (Reply(b'[{"starred_at": "2026'), SourceUnreachableError),
        (Reply.json({"message": "?"}), SourceAnswerError),
        (Reply(b"<html>" * 1_000), SourceUnreachableError),
        (Reply.huge(100 << 20), SourceAnswerError),
    ],
)
def test_troubles_that_stay_are_errors(server, reply, error):
    server.plan("/repos/Ann/Kite/stargazers", reply)
    found = read(server)
    assert isinstance(found.failure, error), found.failure
    assert not [one for step in found.harvests for one in step.cursors]


def test_a_page_that_leads_back_to_itself_is_an_error(server):
    path = "/repos/Ann/Kite/stargazers"
    server.plan(path, linked(server, path, 0, [star("Bea")]))
    assert isinstance(read(server).failure, SourceAnswerError)


def test_a_clock_that_is_ahead_counts_as_now(server):
    server.plan(
        "/repos/Ann/Kite/stargazers", Reply.json([{**star("Bea"), "starred_at": "2999-01-01T00:00:00Z"}])
    )
    (act,) = read(server).rows("interactions")
    assert act["occurred_at"].year < 2999


def test_an_item_of_another_form_is_quarantined_alone(server):
    server.plan("/repos/Ann/Kite/stargazers", Reply.json([{"starred_at": 5}, star("Bea")]))
    found = read(server)
    assert found.reasons == {"unexpected_form": 1}
    assert found.acts() == [("bea", "like", "ann")]


@pytest.mark.parametrize(("version", "position"), [(2, "2026-05-05T10:00:00Z"), (1, "page 3")])
def test_a_cursor_of_another_renown_is_an_error_with_advice(server, version, position):
    scope = f"{server.url}/ann/kite"
    kept = Kept(cursors={scope: Cursor("github", scope, version, position)})
    failure = read(server, memory=kept).failure
    assert isinstance(failure, CursorError)
    assert failure.hint


@pytest.mark.parametrize("name", ["../admin", "a/b/c", "-x", "ann/kite?x=1", "https://github.com/ann/kite"])
def test_what_can_be_no_name_is_not_asked_for(server, name):
    assert isinstance(read(server, name).failure, InputError)
    assert not server.asked
