"""Dumps of Stack Exchange: answers, acceptance, the votes that name somebody, and XML made to do harm."""

from __future__ import annotations

import tracemalloc

import pytest

from renown.errors import InputError, SourceFileError
from renown.sources.registry import Request, find_source
from renown.types import no_progress
from tests.harvested import harvest

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
AT = 'CreationDate="2026-05-05T10:00:00.000"'


def write(folder, table, *rows):
    folder.mkdir(exist_ok=True)
    body = "".join(f"  <row {row} />\n" for row in rows)
    (folder / f"{table}.xml").write_text(
        f"{HEAD}<{table.lower()}>\n{body}</{table.lower()}>", encoding="utf-8"
    )
    return folder


ASKED = 'Body="&lt;p&gt;a &amp;amp; b&lt;/p&gt;" Tags="|wind|"'
LINKED = 'Body="&lt;a href=&quot;https://kite.example/?a=1&amp;amp;b=2&quot;&gt;x&lt;/a&gt;"'
POSTS = (
    f'Id="1" PostTypeId="1" OwnerUserId="10" AcceptedAnswerId="2" {AT} {ASKED}',
    f'Id="2" PostTypeId="2" ParentId="1" OwnerUserId="20" {AT} {LINKED}',
    f'Id="3" PostTypeId="2" ParentId="1" {AT} Body="gone" OwnerDisplayName="user30"',
    f'Id="4" PostTypeId="5" OwnerUserId="10" {AT} Body="about a tag"',
)


def test_posts_alone(tmp_path):
    found = harvest("stackexchange", write(tmp_path / "kites.example", "Posts", *POSTS))
    assert found.failure is None
    assert found.acts() == [
        ("kites.example/10", "like", "kites.example/20"),
        ("kites.example/20", "reply", "kites.example/10"),
    ]
    assert found.left_out == {"deleted-user": 1}
    texts = {row["post_id"].rpartition("/")[2]: row for row in found.rows("posts")}
    assert set(texts) == {"1", "2"}
    assert (texts["1"]["text"], texts["1"]["hashtags"]) == ("a & b", ["wind"])
    assert texts["2"]["links"] == ["https://kite.example/?a=1&b=2"]


def test_votes_say_when_an_answer_was_accepted_and_who_kept_a_post(tmp_path):
    site = write(tmp_path / "kites.example", "Posts", *POSTS)
    accepted = 'CreationDate="2026-05-07T00:00:00.000"'
    write(
        site,
        "Votes",
        f'Id="1" PostId="2" VoteTypeId="1" {accepted}',
        f'Id="2" PostId="2" VoteTypeId="2" {accepted}',
        f'Id="3" PostId="1" VoteTypeId="5" UserId="40" {accepted}',
        f'Id="4" PostId="1" VoteTypeId="8" UserId="41" BountyAmount="50" {accepted}',
        f'Id="5" PostId="999" VoteTypeId="5" UserId="40" {accepted}',
    )
    found = harvest("stackexchange", site)
    likes = [row for row in found.rows("interactions") if row["kind"] == "like"]
    assert [(row["source_actor_id"].rpartition("/")[2], row["occurred_at"].day) for row in likes] == [
        ("10", 7),
        ("40", 7),
        ("41", 7),
    ]
    assert found.reasons == {"unknown_parent": 1}


def test_comments_answer_posts_whatever_the_order_of_files(tmp_path):
    site = write(
        tmp_path / "kites.example",
        "Comments",
        f'Id="7" PostId="2" UserId="50" Text="ok" {AT}',
        f'Id="8" PostId="3" UserId="50" Text="?" {AT}',
    )
    write(site, "Posts", *POSTS)
    found = harvest("stackexchange", site / "Comments.xml", site / "Posts.xml")
    assert ("kites.example/50", "reply", "kites.example/20") in found.acts()
    assert len([one for one in found.acts() if one[0] == "kites.example/50"]) == 1
    alone = harvest("stackexchange", site / "Comments.xml", options={"site": "other.example"})
    assert alone.reasons == {"unknown_parent": 2}


def test_two_sites_stay_apart(tmp_path):
    for name in ("a.example", "b.example"):
        write(tmp_path / name, "Posts", *POSTS[:2])
    found = harvest("stackexchange", tmp_path / "a.example", tmp_path / "b.example")
    assert len(set(found.acts())) == 4
    assert {one[0].partition("/")[0] for one in found.acts()} == {"a.example", "b.example"}


def test_a_declared_document_type_is_refused_before_anything_grows(tmp_path):
    entities = '<!ENTITY a0 "kite">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    site = tmp_path / "kites.example"
    site.mkdir()
    (site / "Posts.xml").write_text(
        f'{HEAD}<!DOCTYPE posts [{entities}]><posts><row Id="1" Body="&a9;" /></posts>'
    )
    tracemalloc.start()
    found = harvest("stackexchange", site)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(found.failure, SourceFileError)
    assert "document type" in found.failure.message
    assert not found.harvests
    assert peak < 10 << 20


def test_a_file_outside_is_never_fetched(tmp_path):
    site = tmp_path / "kites.example"
    site.mkdir()
    secret = tmp_path / "secret"
    secret.write_text("42")
    declared = f'<!DOCTYPE posts [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    (site / "Users.xml").write_text(f'{HEAD}{declared}<users><row Id="1" DisplayName="&x;" {AT} /></users>')
    assert isinstance(harvest("stackexchange", site).failure, SourceFileError)


@pytest.mark.parametrize("number", ["99999999999999", "268435456", "-5"])
def test_a_wrong_number_takes_no_memory(tmp_path, number):
    rows = (f'Id="{number}" PostTypeId="1" OwnerUserId="1" {AT}', *POSTS)
    tracemalloc.start()
    found = harvest("stackexchange", write(tmp_path / "kites.example", "Posts", *rows))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.failure is None
    assert len(found.acts()) == 2
    assert peak < 20 << 20


def test_a_cut_file_is_an_error_after_what_stands_before(tmp_path):
    site = write(tmp_path / "kites.example", "Posts", *POSTS)
    path = site / "Posts.xml"
    path.write_bytes(path.read_bytes()[:-60])
    found = harvest("stackexchange", site)
    assert isinstance(found.failure, SourceFileError)
    assert "cut short" in found.failure.message


def test_a_large_file_is_read_in_little_memory(tmp_path):
    body = "x" * 2_000
    rows = (
        f'Id="{n}" PostTypeId="1" OwnerUserId="{n % 97 + 1}" {AT} Body="{body}"' for n in range(1, 40_001)
    )
    site = write(tmp_path / "kites.example", "Posts", *rows)
    source = find_source("stackexchange")
    tracemalloc.start()
    steps = source.harvest(Request((str(site),), source.options()), progress=no_progress)
    count = sum(step.rows["posts"].num_rows for step in steps if "posts" in step.rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 40_000
    assert peak < (site / "Posts.xml").stat().st_size / 2


def test_what_is_not_a_table_of_a_dump_says_so(tmp_path):
    (tmp_path / "Badges.xml").write_text(f"{HEAD}<badges></badges>")
    assert isinstance(harvest("stackexchange", tmp_path / "Badges.xml").failure, InputError)
    failure = harvest("stackexchange", tmp_path).failure
    assert isinstance(failure, SourceFileError)
    assert "7z x" in failure.hint
