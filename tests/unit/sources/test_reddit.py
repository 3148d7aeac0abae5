"""Listings and dumps: who answered whom, what is left out, and real recordings counted by other means."""

from __future__ import annotations

import json
import tarfile
from collections import Counter

import pytest
import zstandard

from tests.harvested import harvest, write_lines

GONE = ("[deleted]", "[removed]")


def comment(native, author, parent, body="x", **more):
    return {
        "id": native,
        "author": author,
        "parent_id": parent,
        "link_id": "t3_a",
        "body": body,
        "created_utc": 1700000000,
        **more,
    }


def submission(native, author, **more):
    fields = {"id": native, "author": author, "title": "T", "selftext": "", "subreddit": "kites"}
    return {**fields, "created_utc": 1700000000, **more}


def read(tmp_path, *records, **more):
    found = harvest("reddit", write_lines(tmp_path / "dump.ndjson", records), **more)
    assert found.failure is None
    return found


def thing(kind, content):
    return {"kind": kind, "data": content}


def listing(*children):
    return thing("Listing", {"children": list(children), "after": None})


def test_a_page_of_comments_is_a_tree(tmp_path):
    inner = listing(thing("t1", comment("c", "Ann", "t1_b")), thing("more", {"count": 3, "children": ["d"]}))
    page = [
        listing(thing("t3", submission("a", "Ann"))),
        listing(
            thing("t1", comment("b", "bea", "t3_a", replies=inner)),
            thing("t1", comment("e", "cid", "t3_a", replies="")),
        ),
    ]
    (tmp_path / "page.json").write_text(json.dumps(page, indent=1))
    found = harvest("reddit", tmp_path / "page.json")
    assert found.acts() == [("bea", "reply", "ann"), ("ann", "reply", "bea"), ("cid", "reply", "ann")]
    assert found.records_count == 4
    roots = {row["post_id"]: row["root_post_id"] for row in found.rows("posts")}
    assert roots == {
        "reddit:t3_a": None,
        "reddit:t1_b": "reddit:t3_a",
        "reddit:t1_c": "reddit:t3_a",
        "reddit:t1_e": "reddit:t3_a",
    }


def test_a_post_is_as_of_its_edit_and_an_unedited_copy_is_older(tmp_path):
    edits = {"b": 1700000500.0, "c": False, "d": True}
    comments = [comment(name, "ann", "t3_a", edited=said) for name, said in edits.items()]
    found = read(tmp_path, submission("a", "bea"), *comments)
    moments = {row["post_id"][-1]: row["observed_at"].timestamp() for row in found.rows("posts")}
    assert moments == {"a": 1700000000, "b": 1700000500, "c": 1700000000, "d": 1700000000}


def test_submissions_in_one_file_are_known_to_comments_in_the_next(tmp_path):
    first = tmp_path / "RS.zst"
    parameters = zstandard.ZstdCompressionParameters(window_log=31, write_content_size=False)
    packed = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    first.write_bytes(packed.compress(json.dumps(submission("a", "Ann")).encode()) + packed.flush())
    second = write_lines(tmp_path / "RC.ndjson", [comment("b", "bea", "t3_a")])
    assert harvest("reddit", first, second).acts() == [("bea", "reply", "ann")]
    assert harvest("reddit", second, first).reasons == {"unknown_parent": 1}


def test_authors_are_forgotten_when_too_many(tmp_path):
    records = [submission(native, "ann") for native in ("a", "b", "c")] + [comment("d", "bea", "t3_a")]
    assert read(tmp_path, *records, options={"remembered_posts_count": 2}).reasons == {"unknown_parent": 1}
    assert read(tmp_path, *records, options={"remembered_posts_count": 4}).acts() == [("bea", "reply", "ann")]


def test_what_is_gone_or_closed_is_left_out_and_answers_to_it_have_no_target(tmp_path):
    found = read(
        tmp_path,
        submission("a", "[deleted]"),
        submission("b", "ann", removed_by_category="moderator"),
        submission("c", "ann", quarantine=True),
        submission("d", "ann", subreddit_type="private"),
        comment("e", "bea", "t3_a", "[removed]"),
        comment("f", None, "t3_a"),
        comment("g", "cid", "t3_a"),
        comment("h", "cid", "t1_e"),
        thing("t4", {"author": "ann", "body": "a private message", "dest": "bea"}),
        thing("t2", {"name": "Shy", "link_karma": 1, "hide_from_robots": True, "created_utc": 1700000000.0}),
    )
    assert found.left_out == {
        "deleted": 2,
        "removed": 2,
        "quarantined-subreddit": 1,
        "private-subreddit": 1,
        "private-message": 1,
        "hide_from_robots": 1,
    }
    assert not found.reasons
    assert not found.acts()
    assert [row["post_id"] for row in found.rows("posts")] == ["reddit:t1_g", "reddit:t1_h"]


def test_crossposts_mentions_accounts_and_old_spellings(tmp_path):
    found = read(
        tmp_path,
        submission("b", "Bea", crosspost_parent_list=[{"name": "t3_a", "author": "Ann"}], url="/r/kites/a"),
        submission("c", "cid", selftext="thanks u/Ann, /u/ann and u/cid; not foo/u/dan or u/x", is_self=True),
        thing("t2", {"name": "Ann", "link_karma": 5, "created_utc": 1500000000.0}),
        comment("d", "dan", None, created_utc="1700000000", link_author="cid", link_id="t3_c"),
    )
    assert found.acts() == [
        ("bea", "repost", "ann"),
        ("cid", "mention", "ann"),
        ("cid", "mention", "cid"),
        ("dan", "reply", "cid"),
    ]
    assert [row["handle"] for row in found.rows("actors")] == ["Ann"]


# ---- real recordings


def recorded(request, tmp_path):
    """The bodies that a Reddit client recorded, one file each."""
    path = request.config.rootpath / "../shared/data/wire/reddit-praw.tar.gz"
    if not path.is_file():
        pytest.skip(f"the recorded listings are not there ({path})")
    bodies = []
    with tarfile.open(path) as archive:
        for member in sorted(archive.getnames()):
            file = archive.extractfile(member)
            if file is None or not member.endswith(".json"):
                continue
            for one in json.load(file)["interactions"]:
                if one["request"]["method"] == "GET":
                    bodies.append(one["response"]["body"]["string"])
    for number, body in enumerate(bodies):
        (tmp_path / f"{number:03}.json").write_text(body, encoding="utf-8")
    return bodies, sorted(tmp_path.glob("*.json"))


def things_in(value):
    """Every comment, submission, account and the like in an answer, however deep."""
    if isinstance(value, list):
        return [one for inner in value for one in things_in(inner)]
    if not isinstance(value, dict) or "kind" not in value:
        return [("", value)]
    if value["kind"] == "Listing":
        return things_in(value["data"]["children"])
    if value["kind"] == "more":
        return []
    return [(value["kind"], value["data"]), *(things_in(value["data"].get("replies") or []))]


@pytest.mark.shared_data
def test_real_listings_are_mapped_quarantined_or_left_out_one_by_one(request, tmp_path):
    bodies, paths = recorded(request, tmp_path)
    things = [one for body in bodies for one in things_in(json.loads(body))]
    posts = [content for kind, content in things if kind in ("t1", "t3")]
    kept = [
        one
        for one in posts
        if one["author"] not in (None, *GONE)
        and not (one.get("removed_by_category") or one.get("banned_by"))
        and not {one.get("body"), one.get("selftext")} & set(GONE)
        and one.get("subreddit_type") not in ("private", "gold_only", "gold_restricted", "employees_only")
        and not one.get("quarantine")
    ]
    found = harvest("reddit", *paths)
    assert found.failure is None
    assert found.records_count == len(things)
    assert sum(found.left_out.values()) == len(posts) - len(kept)
    assert found.reasons["unexpected_form"] == sum(kind not in ("t1", "t2", "t3", "t4") for kind, _ in things)
    assert len(found.rows("posts")) + found.reasons["unknown_parent"] == len(kept)
    assert set(found.reasons) <= {"unexpected_form", "unknown_parent"}


@pytest.mark.shared_data
def test_real_comments_on_submissions_answer_their_authors(request, tmp_path):
    bodies, paths = recorded(request, tmp_path)
    comments = [content for body in bodies for kind, content in things_in(json.loads(body)) if kind == "t1"]
    expected = Counter(
        (one["author"].lower(), one["link_author"].lower())
        for one in comments
        if one.get("link_author") and one["parent_id"] == one["link_id"] and not one.get("banned_by")
        if not {one["link_author"], one["author"], one["body"]} & {None, *GONE}
        if one.get("subreddit_type") in (None, "public", "user", "restricted")
    )
    assert expected.total() > 100
    found = harvest("reddit", *paths)
    replies = Counter((source, target) for source, kind, target in found.acts() if kind == "reply")
    assert not expected - replies
