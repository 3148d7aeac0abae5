"""Indexes by target: as their files are, gone with them, made again where missing, not believed blindly."""

import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable

from renown.definitions import load_definition
from renown.errors import StoreConflictError, StoreDamagedError
from renown.schema import TABLES
from renown.scoring import contributions, received
from renown.store import target_index
from renown.store.delta import Delta
from renown.store.harvest import Withdrawal
from renown.store.target_index import FOLDER
from tests.unit.store.conftest import NOON, frame

WITHOUT_FOLLOWS = msgspec.structs.replace(load_definition(), weights={"like": 1.0})
TARGET_COLUMN = TABLES["interactions"].column_names().index("target_actor_key")
PEOPLE = ["ada", "bob", "cy", "dee", "eve", "fay"]


def add_random(store, *, rows=300, seed=1, **columns):
    chance = np.random.default_rng(seed)
    picks = zip(chance.choice(PEOPLE, rows), chance.choice(PEOPLE, rows), range(rows), strict=True)
    acts = [(str(source), str(target), "like", hour / 3) for source, target, hour in picks]
    store.add_interactions(frame(*acts, **columns), network="meadow")


def indexes_of(store):
    folder = Path(store.location, "interactions", FOLDER)
    return sorted(folder.iterdir()) if folder.exists() else []


def findings(store, **options):
    found = [finding for finding in store.doctor(**options) if finding.table == "interactions"]
    return [(finding.severity, finding.problem) for finding in found]


def assert_each_file_has_its_index(store):
    assert [path.name for path in indexes_of(store)] == [
        file.path for file in store.delta.files("interactions")[1]
    ]


def assert_all_fine_but_orphans(store):
    assert {problem for _, problem in findings(store)} <= {"1 files belong to no present version"}


def assert_all_fine(store):
    assert findings(store) == [("fine", "nothing to report")]


def test_an_index_has_the_rows_of_its_file_by_target(store, monkeypatch):
    monkeypatch.setattr(target_index, "ROW_GROUP_ROWS", 16)
    add_random(store, rows=500)
    stored = store.read("interactions")
    indexes = store.target_indexes()
    for key in range(store.actor_count() + 1):
        rows = stored.filter(pc.equal(stored["target_actor_key"], key))
        found = indexes.towards(key).rows
        for name in ("source_actor_key", "kind", "network", "occurred_at"):
            assert found[name].to_pylist() == rows[name].to_pylist()


def test_post_ids_are_read_from_the_file_and_stay_with_their_rows(store):
    posts = pa.array([None if n % 3 == 0 else f"p{n}" for n in range(300)])
    add_random(store, post_id=posts)
    key = store.resolve("ada").actor_key
    stored = store.read("interactions")
    rows = stored.filter(pc.equal(stored["target_actor_key"], key))
    found = store.target_indexes().towards(key, ["post_id"]).rows
    assert found["post_id"].to_pylist() == rows["post_id"].to_pylist()
    assert found["source_actor_key"].to_pylist() == rows["source_actor_key"].to_pylist()


def test_moments_keep_their_microseconds_before_1970_too():
    times = [0, 1, -1, -1_000_001, 1_700_000_000_123_456]
    rows = pa.table(
        {
            "source_actor_key": pa.array(range(5), pa.int64()),
            "target_actor_key": pa.array([9] * 5, pa.int64()),
            "occurred_at": pa.array(times, pa.timestamp("us", "UTC")),
            "kind": pa.array(["like"] * 5).dictionary_encode(),
            "network": pa.array(["meadow"] * 5).dictionary_encode(),
        }
    )
    together = target_index._with_times(target_index.index_rows(rows))
    assert together["occurred_at"].cast(pa.int64()).to_pylist() == times


def test_every_import_and_compaction_leaves_one_index_a_file(store):
    for seed in range(3):
        add_random(store, seed=seed)
    assert_each_file_has_its_index(store)
    assert_all_fine(store)
    store.compact()
    active = {file.path for file in store.delta.files("interactions")[1]}
    assert active <= {path.name for path in indexes_of(store)}
    assert store.target_indexes() is not None


def test_delta_neither_sees_nor_sweeps_an_index(store):
    add_random(store)
    before = indexes_of(store)
    table = DeltaTable(f"{store.location}/interactions")
    assert not [path for path in table.file_uris() if FOLDER in path]
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    assert indexes_of(store) == before


def test_compaction_removes_an_index_whose_file_is_gone(store):
    add_random(store)
    gone = indexes_of(store)[0].with_name("interactions-gone.parquet")
    shutil.copy(indexes_of(store)[0], gone)
    assert findings(store) == [("notice", "1 indexes are of files that are gone")]
    store.compact()
    assert not gone.exists()
    assert_each_file_has_its_index(store)


@pytest.mark.parametrize("harm", ["missing", "cut", "empty", "of another file"])
def test_a_bad_index_is_said_mended_and_meanwhile_not_used(store, harm):
    add_random(store, rows=200, seed=1)
    add_random(store, rows=200, seed=2)
    key = store.resolve("ada").actor_key
    before = contributions(store, key)
    one, other = indexes_of(store)
    if harm == "missing":
        one.unlink()
    elif harm == "of another file":
        shutil.copy(other, one)
    else:
        one.write_bytes(one.read_bytes()[:-10] if harm == "cut" else b"")
    problem = "1 of 2 files have no index by target, or a wrong one"
    assert findings(store) == [("notice", f"{problem}: explanations read all rows")]
    assert store.target_indexes() is None
    assert contributions(store, key).equals(before)
    store.doctor(mend=True)
    assert_all_fine(store)
    assert store.target_indexes() is not None
    assert contributions(store, key).equals(before)


def test_rows_taken_back_are_in_no_index_that_is_used(store):
    add_random(store)
    key = store.resolve("ada").actor_key
    bob = store.resolve("bob").actor_key
    store.withdraw([Withdrawal("actor", "meadow:bob", "meadow", "asked")])
    assert_all_fine_but_orphans(store)
    assert bob not in store.target_indexes().towards(key).rows["source_actor_key"].to_pylist()


def test_an_index_of_another_layout_is_not_read(store, monkeypatch):
    add_random(store)
    monkeypatch.setattr(target_index, "_LAYOUT", b"2 like")
    assert store.target_indexes() is None


def test_an_index_that_says_something_else_than_its_file_is_found_out(store):
    add_random(store, post_id=pa.array([f"p{n}" for n in range(300)]))
    (file,) = store.delta.files("interactions")[1]
    everything_for_the_first = store.read("interactions").set_column(
        TARGET_COLUMN, "target_actor_key", pa.array(np.zeros(file.rows_count, np.int64))
    )
    for name in ("kind", "network"):
        place = everything_for_the_first.column_names.index(name)
        coded = everything_for_the_first[name].dictionary_encode()
        everything_for_the_first = everything_for_the_first.set_column(place, name, coded)
    target_index.write_index(store.delta.filesystem("interactions"), file.path, everything_for_the_first)
    assert [severity for severity, _ in findings(store)] == ["notice"]
    with pytest.raises(StoreDamagedError, match="does not fit"):
        store.target_indexes().towards(0, ["post_id"])
    store.doctor(mend=True)
    assert_all_fine(store)


def test_a_commit_that_fails_leaves_no_index(store, monkeypatch):
    add_random(store)
    before = indexes_of(store)
    commit = Delta.commit

    def refuse(self, name, *arguments, **options):
        if name == "interactions":
            raise StoreConflictError("somebody else was faster")
        return commit(self, name, *arguments, **options)

    monkeypatch.setattr(Delta, "commit", refuse)
    with pytest.raises(StoreConflictError):
        add_random(store, seed=2)
    assert indexes_of(store) == before


def test_a_store_without_interactions_has_nothing_to_index(store):
    store.add_actors(
        pa.table(
            {
                "actor_id": ["meadow:ada"],
                "network": ["meadow"],
                "observed_at": frame(("a", "b", "like", 0))["time"],
            }
        )
    )
    assert store.target_indexes().towards(0).rows.num_rows == 0


def test_a_day_is_whole_only_where_no_file_at_all_can_add_to_it(store):
    """The second file shares one day with the first, those after it another, and none the day between."""
    days = [[0, 3, 5], [0], [5], [5], [5], [5]]
    for hours, of_file in enumerate(days):
        acts = [("cy", "ada" if hours == 0 else "bob", "like", day * 24 + hours) for day in of_file]
        store.add_interactions(frame(*acts), network="meadow")
    found = store.target_indexes().towards(store.resolve("ada").actor_key)
    assert found.is_whole_day.tolist() == [False, True, False]


def test_ordinary_days_are_weighed_from_the_index_alone(store, monkeypatch):
    acts = [(source, "ada", "like", day * 24) for source in PEOPLE[1:] for day in range(3)]
    store.add_interactions(frame(*acts), network="meadow")
    monkeypatch.setattr(received, "_count_days", pytest.fail)
    assert contributions(store, store.resolve("ada").actor_key).num_rows == len(acts)


@pytest.mark.parametrize(
    ("acts", "second", "options"),
    [
        ([("bob", "cy", "like", hour) for hour in range(4)], [], {}),
        ([], [("bob", "cy", "like", 1)], {}),
        ([("bob", "cy", "like", 1)], [], {"as_of": NOON + timedelta(minutes=1)}),
        ([("bob", "cy", "follow", 1)], [], {"definition": WITHOUT_FOLLOWS}),
    ],
    ids=["over the cap", "another file", "a day cut by the moment", "a kind that weighs nothing"],
)
def test_a_day_that_an_index_cannot_tell_is_read(store, monkeypatch, acts, second, options):
    read = []
    count = received._count_days
    monkeypatch.setattr(received, "_count_days", lambda *given: read.append(1) or count(*given))
    store.add_interactions(frame(("bob", "ada", "like", 0), *acts), network="meadow")
    if second:
        store.add_interactions(frame(*second), network="meadow")
    key = store.resolve("ada").actor_key
    found = contributions(store, key, **options)
    assert read == [1]
    shutil.rmtree(Path(store.location, "interactions", FOLDER))
    assert contributions(store, key, **options).equals(found)


def test_explaining_from_the_command_line_loads_no_compiler_and_no_database(store):
    add_random(store)
    script = (
        "import sys; from renown.cli.main import run\n"
        "try: run()\n"
        "except SystemExit: pass\n"
        "print(sorted({'numba', 'duckdb', 'pandas'} & set(sys.modules)), file=sys.stderr)"
    )
    command = [sys.executable, "-c", script, "explain", "meadow:ada", "--store", store.location]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"
    assert "ada" in done.stdout
