"""Small files become few while a store is written to, and nothing else changes."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest

import renown
from renown.store import tidying
from renown.store.delta import DeltaFile
from renown.store.harvest import Cursor, Gather, Withdrawal
from renown.store.intake import Intake
from renown.store.tidying import FEWEST_FILES, MOST_ROWS, Tidying, small_files

FEW = 5
"""Files of one size that are merged, in these tests."""

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(tidying, "FEWEST_FILES", FEW)
    return renown.open(tmp_path / "store")


def harvest(number, *, likes=3):
    gather = Gather("example", network="meadow")
    for one in range(likes):
        ids = (f"p{number}", None, f"like:{number}:{one}")
        when = NOW + timedelta(seconds=number)
        gather.interaction(f"fan{number}-{one}", f"author{one}", "like", occurred_at=when, ids=ids)
    gather.post(f"p{number}", author="author0", posted_at=NOW, text=f"post {number}")
    gather.follow(f"fan{number}-0", "author0", seen_at=NOW)
    gather.actor(f"fan{number}-0", observed_at=NOW, handle=f"Fan{number}")
    gather.reached(Cursor("example", "stream", 1, str(number)))
    return gather.harvest()


def content(store):
    rows = store.interactions().read_all(["source_actor_key", "interaction_id", "occurred_at"])
    names = store.actor_ids(rows["source_actor_key"].to_numpy()).to_pylist()
    acts = sorted(zip(names, rows["interaction_id"].to_pylist(), strict=True))
    posts = sorted((row["post_id"], row["text"]) for row in store.read("posts").to_pylist())
    return acts, posts, sorted(store.read("actors")["handle"].to_pylist()), store.read("follows").num_rows


def take_in_one_by_one(store, count, *, first=0, tidies=True):
    """As a stream does: one reading, a commit for each harvest."""
    store._mark()
    with Intake(store.delta) as intake:
        if not tidies:
            intake._tidying.step = lambda: None
        for number in range(first, first + count):
            intake.take_in([harvest(number)])
        return intake.report


def test_many_commits_leave_few_files_and_the_same_rows(store, tmp_path):
    untidy = renown.open(tmp_path / "untidy")
    take_in_one_by_one(untidy, 30, tidies=False)
    take_in_one_by_one(store, 30)
    assert content(store) == content(untidy)
    tables = ("interactions", "posts", "actors", "follows", "actor_keys", "cursors")
    assert {len(untidy.files(name)) for name in tables} == {30}
    assert all(len(store.files(name)) <= 20 for name in tables)
    assert store.memory.cursor("example", "stream").position == "29"
    assert {finding.severity for finding in store.doctor()} <= {"fine", "notice"}
    assert store.target_indexes() is not None, "every file has its index"


def test_what_came_before_a_merge_is_known_after_it(store):
    take_in_one_by_one(store, 20)
    before = {name: version for name, version in store.versions().items() if name != "cursors"}
    report = take_in_one_by_one(store, 20)
    assert report.added_counts.total() == 0
    assert report.duplicates_count == 60
    after = {name: version for name, version in store.versions().items() if name != "cursors"}
    notes = [entry["note"] for entry in store.history()[: sum(after.values()) - sum(before.values())]]
    assert set(notes) <= {"tidy", "take in"}
    counts = store.withdraw([Withdrawal("interaction", "like:3:1", "meadow", "deleted")])
    assert counts == {"interactions": 1}


def test_older_versions_can_still_be_read(store):
    from deltalake import DeltaTable

    take_in_one_by_one(store, 20)
    merged = [e for e in store.history() if e["table"] == "posts" and e["note"] == "tidy"]
    assert merged
    older = DeltaTable(store.delta.table_location("posts"), version=merged[0]["version"] - 1)
    assert older.to_pyarrow_table().num_rows >= FEW


def test_killed_in_the_middle_the_store_is_as_it_was(store, monkeypatch):
    take_in_one_by_one(store, 4, tidies=False)
    before, files = content(store), store.files("posts")

    def killed(*arguments, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(store.delta), "commit", killed)
    for name in ("posts", "interactions"):
        with pytest.raises(KeyboardInterrupt):
            tidying._merge_files(store.delta, name, store.delta.files(name)[1])
    monkeypatch.undo()
    assert store.files("posts") == files
    assert content(store) == before
    assert not [finding for finding in store.doctor() if "belong to no present version" in finding.problem]


def test_a_file_that_somebody_else_took_out_meanwhile_ends_the_attempt(store):
    take_in_one_by_one(store, 4, tidies=False)
    files = store.delta.files("interactions")[1]
    store.withdraw([Withdrawal("interaction", "like:3:1", "meadow", "deleted")])
    before = content(store)
    assert tidying._merge_files(store.delta, "interactions", files) is None
    assert content(store) == before


def test_rows_that_others_add_meanwhile_stay(store, monkeypatch):
    take_in_one_by_one(store, 4, tidies=False)
    files = store.delta.files("posts")[1]
    written = tidying._written

    def slowly(delta, name, old):
        file = written(delta, name, old)
        take_in_one_by_one(store, 1, first=100, tidies=False)
        return file

    monkeypatch.setattr(tidying, "_written", slowly)
    tidied = tidying._merge_files(store.delta, "posts", files)
    assert tidied is not None
    assert tidied.merged_count == 4
    assert store.read("posts").num_rows == 5


def sized(*rows):
    return [DeltaFile(f"{place}", count, count * 100, {}) for place, count in enumerate(rows)]


def test_only_files_of_about_one_size_are_merged_and_never_too_much():
    assert small_files("interactions", sized(*[10] * (FEWEST_FILES - 1), 5_000)) == []
    chosen = small_files("interactions", sized(*[10] * FEWEST_FILES, *[5_000] * 5))
    assert {file.rows_count for file in chosen} == {10}
    chosen = small_files("interactions", sized(*[20_000] * 60))
    assert MOST_ROWS / 2 < sum(file.rows_count for file in chosen) <= MOST_ROWS
    assert small_files("interactions", sized(*[MOST_ROWS] * 100)) == []
    assert len(small_files("posts", sized(*[10] * FEWEST_FILES))) == FEWEST_FILES


def test_the_disk_is_swept_once_a_day_of_what_no_version_of_the_last_week_needs(store, monkeypatch):
    take_in_one_by_one(store, 20)
    folder = store.delta.table_location("posts")
    old = time.time() - 9 * 24 * 3_600
    orphan = os.path.join(folder, "left-behind.parquet")
    with open(orphan, "wb") as file:
        file.write(b"x")
    os.utime(orphan, (old, old))
    tidying_now = Tidying(store.delta)
    tidying_now._sweeps = dict.fromkeys(tidying_now._sweeps, 0.0)
    for _ in tidying._TIDIED:
        tidying_now.step()
    assert not os.path.exists(orphan)
    assert len(os.listdir(folder)) > len(store.files("posts")), "what was merged lately stays for a week"
