"""Harvests into the store: everything once, what was taken back gone, what must stay out, out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import renown
from renown.errors import SourceUnreachableError
from renown.store.harvest import Cursor, Gather, Return, UnreadableRecord, Validator, Withdrawal, read_moment

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    return renown.open(tmp_path / "store")


@pytest.fixture
def gather():
    return Gather("example", network="meadow", scope="here")


def like(gather, source, target="ann", *, post="p1", own="auto", days=0):
    own = f"like:{source}:{post}" if own == "auto" else own
    gather.interaction(source, target, "like", occurred_at=NOW + timedelta(days=days), ids=(post, None, own))


def sources_of(store):
    rows = store.interactions().read_all(["source_actor_key", "target_actor_key"])
    return sorted(store.actor_ids(rows["source_actor_key"].to_numpy()).to_pylist())


def test_every_table_is_filled(store, gather):
    like(gather, "bea")
    gather.actor("ann", observed_at=NOW, handle="Ann", followers_count=3)
    gather.post("p1", author="ann", posted_at=NOW, text="hello", hashtags=["x"])
    gather.follow("bea", "ann", seen_at=NOW)
    gather.list_member("l1", owner="bea", member="ann", name="good", seen_at=NOW)
    report = store.take_in([gather.harvest()])
    assert report.added_counts == {
        "interactions": 1,
        "actors": 1,
        "posts": 1,
        "follows": 1,
        "list_members": 1,
    }
    assert store.resolve("@ann").actor_id == "meadow:ann"
    assert store.read("posts").to_pylist()[0]["hashtags"] == ["x"]
    assert store.read("follows")["source_actor_key"].to_pylist() == store.actor_keys(["meadow:bea"]).tolist()


def test_the_same_twice_changes_nothing(store, gather):
    def harvest():
        like(gather, "bea")
        like(gather, "cyd", own=None)
        gather.actor("ann", observed_at=datetime.now(UTC), handle="Ann")
        gather.post("p1", author="ann", posted_at=NOW)
        gather.follow("bea", "ann", seen_at=NOW)
        gather.list_member("l1", owner="bea", member="ann", name="good", seen_at=NOW)
        return gather.harvest()

    store.take_in([harvest()])
    before = store.versions()
    report = store.take_in([harvest()])
    assert report.rows_count == 0
    assert report.duplicates_count == 2
    assert store.versions() == before
    assert store.take_in([harvest(), harvest()]).rows_count == 0


def test_the_same_twice_in_one_commit_is_kept_once(store, gather):
    for _ in range(2):
        like(gather, "bea")
        gather.post("p1", author="ann")
        gather.follow("bea", "ann", seen_at=NOW)
        gather.list_member("l1", owner="bea", member="ann", name=None, seen_at=NOW)
    report = store.take_in([gather.harvest()])
    assert report.added_counts == {"interactions": 1, "posts": 1, "follows": 1, "list_members": 1}


def test_a_profile_is_added_when_it_says_something_new(store, gather):
    for days, followers in ((0, 3), (1, 3), (2, 4)):
        gather.actor("ann", observed_at=NOW + timedelta(days=days), followers_count=followers)
        store.take_in([gather.harvest()])
    assert sorted(store.read("actors")["followers_count"].to_pylist()) == [3, 4]


def test_what_a_file_import_has_is_known_to_a_harvest(store, gather):
    like(gather, "bea")
    rows = gather.harvest().rows["interactions"]
    store.add_interactions(rows)
    like(gather, "bea")
    assert store.take_in([gather.harvest()]).added_counts.total() == 0


def test_a_deleted_act_and_a_deleted_post_leave(store, gather):
    like(gather, "bea")
    like(gather, "cyd")
    like(gather, "dan", post="p2")
    gather.post("p1", author="ann", text="regretted")
    gather.post("p2", author="ann", text="kept")
    store.take_in([gather.harvest()])
    gather.withdraw(Withdrawal("interaction", "like:bea:p1", "meadow", "deleted"))
    report = store.take_in([gather.harvest()])
    assert report.withdrawn_counts == {"interactions": 1}
    assert sources_of(store) == ["meadow:cyd", "meadow:dan"]
    gather.withdraw(Withdrawal("post", "meadow:p1", "meadow", "deleted"))
    assert store.take_in([gather.harvest()]).withdrawn_counts == {"interactions": 1, "posts": 1}
    assert sources_of(store) == ["meadow:dan"]
    assert store.read("posts")["text"].to_pylist() == ["kept"]


def test_an_act_is_taken_back_by_the_record_that_is_the_reaction(store, gather):
    for number in (1, 2):
        ids = ("p1", f"record-{number}", f"like-{number}")
        gather.interaction(f"fan-{number}", "ann", "like", occurred_at=NOW, ids=ids)
    store.take_in([gather.harvest()])
    gather.withdraw(Withdrawal("interaction", "record-1", "meadow", "deleted"))
    report = store.take_in([gather.harvest()])
    assert report.withdrawn_counts == {"interactions": 1}
    assert sources_of(store) == ["meadow:fan-2"]


def test_what_a_profile_does_not_say_is_as_it_was(store, gather):
    gather.actor("ann", observed_at=NOW, handle="Ann", followers_count=3, bio="old")
    store.take_in([gather.harvest()])
    gather.actor("ann", observed_at=NOW + timedelta(days=1), bio="new")
    gather.actor("ann", observed_at=NOW + timedelta(days=2), followers_count=4)
    gather.actor("ann", observed_at=NOW + timedelta(days=3), followers_count=4)
    report = store.take_in([gather.harvest()])
    assert report.added_counts["actors"] == 2
    latest = max(store.read("actors").to_pylist(), key=lambda row: row["observed_at"])
    assert (latest["handle"], latest["bio"], latest["followers_count"]) == ("Ann", "new", 4)
    assert latest["observed_at"] == NOW + timedelta(days=2)


def test_thousands_of_deletions_are_few_commits(store, gather):
    like(gather, "bea")
    store.take_in([gather.harvest()])
    before = store.delta.version("suppressions")
    for number in range(300):
        gather.withdraw(Withdrawal("post", f"meadow:gone-{number}", "meadow", "deleted"))
        gather.give_back(Return(f"meadow:somebody-{number}", ("deactivated",)))
    store.take_in([gather.harvest()])
    assert store.delta.version("suppressions") - before <= 2
    assert len(store.read("suppressions")) == 300


def test_memory_tells_reactions_by_actor_and_by_post(store, gather):
    like(gather, "bea")
    like(gather, "cyd", post="p2")
    gather.interaction("dan", "ann", "follow", occurred_at=NOW)
    store.take_in([gather.harvest()])
    memory = store.memory
    assert [one.kind for one in memory.reactions(source_actor_ids=["meadow:dan", "meadow:nobody"])] == [
        "follow"
    ]
    (one,) = memory.reactions(post_ids=["meadow:p2"])
    assert (one.source_actor_id, one.interaction_id) == ("meadow:cyd", "like:cyd:p2")
    assert (one.post_id, one.occurred_at) == ("meadow:p2", NOW)
    assert memory.reactions() == []


def test_memory_of_a_store_that_is_not_there_is_empty(store):
    assert store.memory.reactions(source_actor_ids=["meadow:bea"], post_ids=["meadow:p1"]) == []


def test_a_deleted_post_does_not_come_in_again(store, gather):
    gather.withdraw(Withdrawal("post", "meadow:p1", "meadow", "deleted"))
    gather.post("p0", author="ann")
    store.take_in([gather.harvest()])
    like(gather, "bea")
    gather.post("p1", author="ann")
    report = store.take_in([gather.harvest()])
    assert report.rows_count == 0
    assert report.left_out_counts == {"suppressed": 2}


def test_somebody_who_leaves_is_gone_from_every_table_and_stays_out(store, gather):
    def everything():
        like(gather, "bea")
        like(gather, "cyd", "bea", post="p3")
        gather.actor("bea", observed_at=NOW, handle="Bea")
        gather.post("p3", author="bea")
        gather.follow("bea", "ann", seen_at=NOW)
        gather.follow("cyd", "bea", seen_at=NOW)
        gather.list_member("l1", owner="cyd", member="bea", name="x", seen_at=NOW)
        return gather.harvest()

    like(gather, "cyd")
    store.take_in([everything()])
    counts = store.withdraw([Withdrawal("actor", "meadow:bea", "meadow", "asked")])
    assert counts == {"interactions": 2, "actors": 1, "posts": 1, "follows": 2, "list_members": 1}
    assert sources_of(store) == ["meadow:cyd"]
    again = store.take_in([everything()])
    assert again.rows_count == 0
    file_import = store.add_interactions(everything().rows["interactions"])
    assert file_import.added_count == 0
    assert "bea" not in str(store.read("suppressions").to_pylist())


def test_a_deactivation_that_ends_lets_in_again_but_not_who_asked_to_stay_out(store, gather):
    for who, reason in (("bea", "deactivated"), ("cyd", "asked")):
        gather.withdraw(Withdrawal("actor", f"meadow:{who}", "meadow", reason))
    store.take_in([gather.harvest()])
    for who in ("bea", "cyd"):
        gather.give_back(Return(f"meadow:{who}", ("deactivated",)))
    store.take_in([gather.harvest()])
    like(gather, "bea")
    like(gather, "cyd")
    store.take_in([gather.harvest()])
    assert sources_of(store) == ["meadow:bea"]


def test_leaving_and_coming_back_within_one_commit_keeps_what_came_after(store, gather):
    like(gather, "bea", post="old")
    gather.withdraw(Withdrawal("actor", "meadow:bea", "meadow", "deactivated"))
    first = gather.harvest()
    gather.give_back(Return("meadow:bea", ("deactivated",)))
    like(gather, "bea", post="new")
    store.take_in([first, gather.harvest()])
    rows = store.interactions().read_all(["post_id"])
    assert rows["post_id"].to_pylist() == ["meadow:new"]


def test_many_who_leave_and_come_back_are_a_few_commits(store, gather):
    for number in range(200):
        gather.withdraw(Withdrawal("actor", f"meadow:p{number}", "meadow", "not-for-this"))
    gather.give_back(Return("meadow:p0", ("not-for-this",)))
    gather.withdraw(Withdrawal("actor", "meadow:p1", "meadow", "taken-down"))
    store.take_in([gather.harvest()])
    assert store.versions()["suppressions"] <= 4
    gather.actor("p0", observed_at=NOW)
    gather.actor("p1", observed_at=NOW)
    store.take_in([gather.harvest()])
    assert store.read("actors")["actor_id"].to_pylist() == ["meadow:p0"]


def test_what_is_not_understood_is_kept_once(store, gather):
    for _ in range(2):
        with gather.reading('{"a": 1}'):
            gather.interaction("bea", "ann", "like", occurred_at=NOW)
            raise UnreadableRecord("no_a", "It has no a.")
        report = store.take_in([gather.harvest()])
    assert report.quarantined_counts == {"no_a": 1}
    (record,) = store.quarantine()
    assert (record["payload"], record["scope"], record["reason"]) == ('{"a": 1}', "here", "no_a")
    assert "interactions" not in store.versions()
    assert store.release([record["record_hash"]]) == 1
    assert store.quarantine() == []


def test_cursors_and_validators_are_remembered_the_newest_holds(store, gather):
    assert store.memory.cursor("example", "stream") is None
    for position in ("1", "2"):
        gather.reached(Cursor("example", "stream", 1, position))
        gather.validated(Validator("http://x/", f'"{position}"', None))
        store.take_in([gather.harvest()])
    assert store.memory.cursor("example", "stream") == Cursor("example", "stream", 1, "2")
    assert store.memory.cursor("example", "other") is None
    assert store.memory.validator("http://x/") == Validator("http://x/", '"2"', None)


def test_what_came_whole_before_a_fault_is_kept_with_its_cursor(store, gather):
    def harvests():
        like(gather, "bea")
        gather.reached(Cursor("example", "stream", 1, "7"))
        yield gather.harvest()
        raise SourceUnreachableError("The line is dead.")

    with pytest.raises(SourceUnreachableError):
        store.take_in(harvests())
    assert sources_of(store) == ["meadow:bea"]
    assert store.memory.cursor("example", "stream").position == "7"


def test_two_who_take_in_at_once_lose_nothing(store, gather, tmp_path):
    other = renown.open(tmp_path / "store")

    def harvests():
        like(gather, "bea")
        yield gather.harvest()
        mine = Gather("example", network="meadow")
        like(mine, "cyd")
        like(mine, "bea")
        other.take_in([mine.harvest()])
        like(gather, "dan")
        yield gather.harvest()

    store.take_in(harvests())
    assert sources_of(store) == ["meadow:bea", "meadow:cyd", "meadow:dan"]


@pytest.mark.parametrize(
    ("claimed", "seen", "expected"),
    [
        ("2026-04-30T00:00:00Z", NOW, NOW - timedelta(days=1)),
        ("2026-04-30T02:00:00+02:00", None, NOW - timedelta(days=1)),
        (NOW.timestamp(), None, NOW),
        ("2199-01-01T00:00:00Z", NOW, NOW),
        ("1970-01-01T00:00:00Z", NOW, NOW),
        ("yesterday", NOW, NOW),
        (None, NOW, NOW),
        ("2026-05-01T00:02:00Z", NOW, NOW),
    ],
)
def test_a_claimed_time_gives_way_to_the_time_seen_where_it_cannot_be(claimed, seen, expected):
    assert read_moment(claimed, seen_at=seen) == expected


@pytest.mark.parametrize(
    ("claimed", "reason"),
    [
        (None, "missing_time"),
        ("", "missing_time"),
        ("soon", "unreadable_time"),
        ("2026-05-01T00:00:00", "unreadable_time"),
        ("1999-12-31T00:00:00Z", "time_before_2000"),
        ("2199-01-01T00:00:00Z", "time_in_future"),
        (True, "unreadable_time"),
    ],
)
def test_a_time_that_cannot_be_used_is_a_reason(claimed, reason):
    with pytest.raises(UnreadableRecord) as caught:
        read_moment(claimed)
    assert caught.value.reason == reason


def edited(gather, store, *versions):
    """What the store says of a post after versions (days after NOW or None, text) came in one by one."""
    for days, text in versions:
        when = None if days is None else NOW + timedelta(days=days)
        links = [] if text is None else [f"https://meadow.example/{text}"]
        content = {} if text is None else {"text": text, "links": links, "hashtags": [text], "language": "en"}
        gather.post("p1", author="ann", posted_at=NOW, observed_at=when, **content)
        store.take_in([gather.harvest()])
    (row,) = store.read("posts").to_pylist()
    return row


def test_an_edited_post_says_what_it_says_now(store, gather):
    row = edited(gather, store, (0, "first"), (1, "second"))
    assert (row["text"], row["hashtags"]) == ("second", ["second"])
    assert row["observed_at"] == NOW + timedelta(days=1)
    assert row["links"] == ["https://meadow.example/second"]


def test_an_older_copy_does_not_take_the_place_of_a_newer_one(store, gather):
    assert edited(gather, store, (1, "second"), (0, "first"))["text"] == "second"
    assert edited(gather, store, (None, "undated"))["text"] == "second"


def test_of_copies_that_do_not_say_when_the_last_holds(store, gather):
    assert edited(gather, store, (None, "first"), (None, "second"))["text"] == "second"


def test_what_an_edit_does_not_say_is_as_it_was(store, gather):
    assert edited(gather, store, (0, "first"), (1, None))["text"] == "first"


def test_versions_in_one_commit_are_one_post_the_newest(store, gather):
    for days, text in ((1, "second"), (0, "first"), (1, "third")):
        gather.post("p1", author="ann", text=text, observed_at=NOW + timedelta(days=days))
    assert store.take_in([gather.harvest()]).added_counts == {"posts": 1}
    assert store.read("posts")["text"].to_pylist() == ["third"]


def test_nobody_edits_what_somebody_else_wrote(store, gather):
    edited(gather, store, (0, "first"))
    gather.post("p1", author="mallory", text="stolen", observed_at=NOW + timedelta(days=1))
    report = store.take_in([gather.harvest()])
    assert report.edited_counts.total() == 0
    assert store.read("posts").to_pylist()[0]["text"] == "first"


def test_an_edit_is_one_commit_that_leaves_other_posts_alone(store, gather):
    for number in range(3):
        gather.post(f"p{number}", author="ann", text="old", observed_at=NOW)
        store.take_in([gather.harvest()])
    before, files = store.versions()["posts"], set(store.files("posts"))
    gather.post("p1", author="ann", text="new", observed_at=NOW + timedelta(days=1))
    gather.post("p9", author="ann", text="fresh")
    report = store.take_in([gather.harvest()])
    assert (report.added_counts, report.edited_counts) == ({"posts": 1}, {"posts": 1})
    assert store.versions()["posts"] == before + 1
    assert len(files & set(store.files("posts"))) == 2
    texts = {row["post_id"]: row["text"] for row in store.read("posts").to_pylist()}
    assert texts == {"meadow:p0": "old", "meadow:p1": "new", "meadow:p2": "old", "meadow:p9": "fresh"}


def test_a_reading_that_brings_the_same_again_writes_nothing(store, gather):
    edited(gather, store, (0, "first"))
    before = store.versions()
    edited(gather, store, (3, "first"))
    assert store.versions() == before


def test_an_import_of_posts_brings_edits_and_keeps_out_who_stays_out(store, gather):
    import pyarrow as pa

    def posts(text, day):
        row = {"post_id": "meadow:p1", "network": "meadow", "author_actor_id": "meadow:ann", "text": text}
        return pa.Table.from_pylist([{**row, "observed_at": NOW + timedelta(days=day)}])

    assert [store.add_posts(posts(*said)) for said in (("new", 1), ("newer", 2), ("old", 0))] == [1, 0, 0]
    assert store.read("posts")["text"].to_pylist() == ["newer"]
    store.withdraw([Withdrawal("actor", "meadow:ann", "meadow", "asked")])
    assert store.add_posts(posts("again", 3)) == 0
    assert store.read("posts").num_rows == 0


def test_text_that_was_taken_back_stays_out_of_every_way_in(store, gather):
    import pyarrow as pa

    def posts():
        for post, author in (("p1", "ann"), ("p2", "bea"), ("p3", "cyd")):
            gather.post(post, author=author, text="hello", links=["https://meadow.example/"], language="en")
        return gather.harvest()

    store.take_in([posts()])
    texts = [Withdrawal("text", name, "meadow", "not-for-this") for name in ("meadow:ann", "meadow:p2")]
    assert store.withdraw(texts) == {"texts": 2}
    assert store.withdraw(texts) == {}
    store.take_in([posts()])
    store.add_posts(pa.Table.from_pylist(posts().rows["posts"].to_pylist()))
    texts_left = {row["post_id"][-2:]: (row["text"], row["links"]) for row in store.read("posts").to_pylist()}
    assert texts_left.pop("p3") == ("hello", ["https://meadow.example/"])
    assert texts_left == {"p1": (None, None), "p2": (None, None)}
    gather.give_back(Return("meadow:ann", ("text-taken-back",), "text"))
    store.take_in([gather.harvest()])
    store.take_in([posts()])
    assert [row["text"] for row in store.read("posts").sort_by("post_id").to_pylist()] == [
        "hello",
        None,
        "hello",
    ]
    assert "ann" not in str(store.read("suppressions").to_pylist())


def test_an_account_that_comes_in_without_its_text_is_few_commits(store, gather):
    for number in range(200):
        gather.give_back(Return(f"meadow:p{number}", ("not-for-this",)))
        gather.withdraw(Withdrawal("text", f"meadow:p{number}", "meadow", "not-for-this"))
    store.take_in([gather.harvest()])
    assert store.versions()["suppressions"] <= 2


def follow_act(gather, source, target, own):
    gather.interaction(source, target, "follow", occurred_at=NOW, ids=(None, None, own))
    gather.follow(source, target, seen_at=NOW)


def ties_of(store):
    rows = store.read("follows")
    names = [store.actor_ids(rows[f"{end}_actor_key"].to_numpy()).to_pylist() for end in ("source", "target")]
    return sorted(zip(*names, strict=True))


def test_a_follow_that_is_taken_back_ends_the_tie_that_it_made(store, gather):
    follow_act(gather, "bea", "ann", "f1")
    follow_act(gather, "bea", "cyd", "f2")
    gather.follow("dan", "ann", seen_at=NOW)
    store.take_in([gather.harvest()])
    gather.withdraw(Withdrawal("interaction", "f1", "meadow", "deleted"))
    assert store.take_in([gather.harvest()]).withdrawn_counts == {"interactions": 1, "follows": 1}
    assert ties_of(store) == [("meadow:bea", "meadow:cyd"), ("meadow:dan", "meadow:ann")]


def test_whoever_followed_again_before_the_first_follow_was_taken_back_is_still_tied(store, gather):
    follow_act(gather, "bea", "ann", "f1")
    follow_act(gather, "bea", "ann", "f2")
    gather.withdraw(Withdrawal("interaction", "f1", "meadow", "deleted"))
    store.take_in([gather.harvest()])
    assert ties_of(store) == [("meadow:bea", "meadow:ann")]
    gather.withdraw(Withdrawal("interaction", "f2", "meadow", "deleted"))
    store.take_in([gather.harvest()])
    assert ties_of(store) == []


def test_a_tie_of_which_no_act_is_known_can_be_ended_by_name(store, gather):
    gather.follow("bea", "ann", seen_at=NOW)
    gather.follow("ann", "bea", seen_at=NOW)
    store.take_in([gather.harvest()])
    ended = [("meadow:bea", "meadow:ann"), ("meadow:bea", "meadow:nobody")]
    for source, target in ended:
        gather.withdraw(Withdrawal("tie", target, "meadow", "deleted", owner_actor_id=source))
    store.take_in([gather.harvest()])
    assert ties_of(store) == [("meadow:ann", "meadow:bea")]
    gather.follow("bea", "ann", seen_at=NOW)
    store.take_in([gather.harvest()])
    assert len(ties_of(store)) == 2, "who follows again comes in again"


def test_the_files_that_hold_what_must_go_are_found_by_one_query(store, gather, monkeypatch):
    from renown.engines.duckdb import DuckDBEngine

    for number in range(12):
        like(gather, f"fan{number}", own=f"like-{number}")
        store.take_in([gather.harvest()])
    asked = []
    query = DuckDBEngine.query

    def counted(self, sql, *parameters):
        asked.append(sql)
        return query(self, sql, *parameters)

    monkeypatch.setattr(DuckDBEngine, "query", counted)
    files = set(store.files("interactions"))
    assert store.withdraw([Withdrawal("interaction", "like-7", "meadow", "deleted")]) == {"interactions": 1}
    assert len([sql for sql in asked if "gone_acts" in sql]) == 1
    assert len(files - set(store.files("interactions"))) == 1
