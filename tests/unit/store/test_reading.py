"""Names lead to actors; files can be compacted and examined without changing what they say."""

import os
from datetime import datetime
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from renown.errors import ActorNotFoundError, AmbiguousActorError
from renown.store import TableStore
from renown.store.sorted_files import RowGroup, plan_ranges
from tests.unit.store.conftest import NOON, content, frame


def add_profile(store, actor_id, handle, observed_at=NOON):
    network = actor_id.partition(":")[0]
    row = {"actor_id": [actor_id], "network": [network], "handle": [handle], "observed_at": [observed_at]}
    store.add_actors(pa.table(row))


@pytest.mark.parametrize("name", ["meadow:ada", "ada", "@ada", "ADA", "@Ada", "MEADOW:ADA", " ada "])
def test_an_actor_answers_to_id_and_handle_in_any_case(store, name):
    store.add_interactions(frame(("ada", "bob", "like", 0)), network="meadow")
    found = store.resolve(name)
    assert (found.actor_id, found.network, found.handle) == ("meadow:ada", "meadow", "ada")


def test_the_latest_handle_holds(store):
    store.add_interactions(frame(("1", "2", "like", 0)), network="meadow")
    add_profile(store, "meadow:1", "old", NOON)
    add_profile(store, "meadow:1", "New.Name", datetime.fromisoformat("2026-06-01T00:00:00Z"))
    assert store.resolve("@new.name").actor_id == "meadow:1"
    assert store.handles(np.array([1, 0])) == ["2", "New.Name"]
    with pytest.raises(ActorNotFoundError):
        store.resolve("old")


def test_a_name_of_several_is_not_guessed(store):
    store.add_interactions(frame(("ada", "bob", "like", 0)), network="meadow")
    store.add_interactions(frame(("ada", "bob", "like", 0)), network="harbor")
    with pytest.raises(AmbiguousActorError) as caught:
        store.resolve("ada")
    assert caught.value.candidates == ("meadow:ada", "harbor:ada")
    assert store.resolve("harbor:ada").network == "harbor"


def test_an_unknown_name_gets_suggestions(store):
    store.add_interactions(frame(("ada-baker", "bob", "like", 0)), network="meadow")
    with pytest.raises(ActorNotFoundError) as caught:
        store.resolve("ada-bakr")
    assert caught.value.suggestions == ("meadow:ada-baker",)
    with pytest.raises(ActorNotFoundError):
        store.resolve("")


def test_keys_lead_back_to_ids(store):
    store.add_interactions(frame(("ada", "bob", "like", 0), ("cy", "bob", "like", 0)), network="meadow")
    ids = ["meadow:cy", "meadow:nobody", "meadow:ada"]
    keys = store.actor_keys(ids)
    assert keys[1] == -1
    assert store.actor_ids(keys).to_pylist() == ["meadow:cy", None, "meadow:ada"]


def test_accounts_of_a_person_share_the_smallest_key(store):
    acts = [("ada", "bob", "like", 0), ("cy", "bob", "like", 0), ("dora", "bob", "like", 0)]
    store.add_interactions(frame(*acts), network="meadow")
    proofs = [("p", "ada"), ("p", "cy"), ("q", "cy"), ("q", "dora"), ("r", "bob"), ("r", "stranger")]
    store.add_persons(
        pa.table(
            {
                "person_id": [person for person, _ in proofs],
                "actor_id": [f"meadow:{actor}" for _, actor in proofs],
                "proof_kind": ["given"] * 6,
                "proven_at": pa.array([NOON] * 6, pa.timestamp("us", "UTC")),
            }
        )
    )
    persons = store.person_keys()
    ada, bob, cy, dora = store.actor_keys(["meadow:ada", "meadow:bob", "meadow:cy", "meadow:dora"])
    assert persons.of(np.array([ada, bob, cy, dora])).tolist() == [ada, bob, ada, ada]
    assert persons.accounts(np.array([ada])).tolist() == sorted([ada, cy, dora])


def test_compaction_keeps_every_row_and_leaves_one_sorted_file(store):
    for day in range(6):
        acts = [(f"u{n}", f"u{n * day % 7}", "like", 24 * day) for n in range(10)]
        store.add_interactions(frame(*acts), network="meadow")
    before = content(store)
    assert store.compact()["interactions"] == (6, 1)
    assert content(store) == before
    assert {finding.severity for finding in store.doctor() if finding.table == "interactions"} <= {
        "fine",
        "notice",
    }
    assert store.add_interactions(frame(("u1", "u0", "like", 0)), network="meadow").added_count == 0


def test_history_names_every_commit(store):
    store.add_interactions(frame(("ada", "bob", "like", 0)), network="meadow")
    store.compact()
    notes = [commit["note"] for commit in store.history() if commit["table"] == "interactions"]
    assert "import" in notes


def damage(store, table, change):
    folder = f"{store.location}/{table}"
    for name in os.listdir(folder):
        if name.endswith(".parquet"):
            change(os.path.join(folder, name))


def cut_short(path):
    with open(path, "r+b") as file:
        file.truncate(20)


@pytest.mark.parametrize(("change", "problem"), [(os.remove, "is missing"), (cut_short, "cannot be read")])
@pytest.mark.parametrize("table", ["interactions", "actor_keys"])
def test_the_doctor_finds_damaged_files(store, table, change, problem):
    store.add_interactions(frame(("ada", "bob", "like", 0)), network="meadow")
    damage(store, table, change)
    found = [f for f in store.doctor() if f.table == table and f.severity == "damage"]
    assert problem in found[0].problem
    assert found[0].remedy


def test_the_doctor_finds_actors_without_id(store):
    store.add_interactions(frame(("ada", "bob", "like", 0)), network="meadow")
    rows = store.read("interactions").to_pylist()
    schema = store.read("interactions").schema
    store.append("interactions", pa.Table.from_pylist([{**rows[0], "target_actor_key": 99}], schema=schema))
    assert any("no id" in finding.problem for finding in store.doctor())


def test_a_healthy_store_is_called_fine(store):
    store.add_interactions(frame(("ada", "bob", "like", 0)), network="meadow")
    assert {finding.severity for finding in store.doctor()} == {"fine"}


def test_what_a_killed_import_left_is_found_and_swept(store):
    store.add_interactions(frame(("ada", "bob", "like", 0)), network="meadow")
    leftover = f"{store.location}/_staging/dead"
    os.makedirs(leftover)
    with open(f"{leftover}/writer.lock", "w"):
        pass
    assert any("killed" in finding.problem for finding in store.doctor())
    store.add_interactions(frame(("ada", "bob", "like", 1)), network="meadow")
    assert not os.path.exists(leftover)


@pytest.mark.parametrize("rows_per_range", [1, 10, 25, 1000])
def test_ranges_hold_every_source_once(rows_per_range):
    groups = [RowGroup("a", n, 0, 10, 5 * n, 5 * n + 7) for n in range(20)]
    groups += [RowGroup("b", 0, 0, 10, 0, 200), RowGroup("b", 1, 0, 10, 60, 60)]
    spans = plan_ranges(groups, rows_per_range)
    assert spans[0].low == 0
    assert spans[-1].high == 201
    assert all(one.high == other.low for one, other in pairwise(spans))
    assert all(span.low < span.high for span in spans)


def test_rows_of_reads_only_what_was_asked(store):
    acts = [(f"u{n % 5}", f"u{n % 3}", "like", n) for n in range(60)]
    store.add_interactions(frame(*acts), network="meadow")
    key = store.resolve("u2").actor_key
    files = store.interactions()
    got = files.rows_of("target_actor_key", np.array([key]), ["source_actor_key", "occurred_at"])
    assert got.num_rows == 20
    everything = files.read_all(["target_actor_key"])["target_actor_key"].to_numpy()
    assert (everything[got["row_number"].to_numpy()] == key).all()
    assert files.rows_of("source_actor_key", np.array([], np.int64), ["kind"]).num_rows == 0


def test_an_empty_import_makes_no_store(tmp_path):
    store = TableStore(str(tmp_path / "none"))
    assert store.import_interactions([]).read_count == 0
    assert not store.exists()
