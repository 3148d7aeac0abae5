"""A copy of a store is a store of its own: whatever happens to it, the first one stays as it was."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest

from renown.errors import StoreFullError, StoreNotFoundError
from renown.scoring import compute_scores
from renown.store import TableStore
from renown.store.copying import copy_store
from tests.meadow import START, make_store


def contents(folder: str) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def store(tmp_path) -> TableStore:
    return make_store(tmp_path / "first")


def more() -> pa.Table:
    times = pa.array([START] * 50, pa.timestamp("us", tz="UTC"))
    return pa.table(
        {
            "source": [f"new{n}" for n in range(50)],
            "target": ["bob"] * 50,
            "kind": ["like"] * 50,
            "time": times,
        }
    )


def test_a_copy_scores_the_same_and_has_no_runs(store, tmp_path):
    copy = copy_store(store, tmp_path / "second")
    assert compute_scores(copy).score.tolist() == compute_scores(store).score.tolist()
    assert copy.handles(copy.actor_keys(["meadow:ada"])) == store.handles(store.actor_keys(["meadow:ada"]))
    assert store.versions()["runs"] >= 0
    assert not {"runs", "scores"} & set(copy.versions())


def test_what_happens_to_a_copy_leaves_the_first_as_it_was(store, tmp_path):
    before = contents(store.location)
    copy = copy_store(store, tmp_path / "second")
    copy.add_interactions(more(), network="meadow")
    copy.compact()
    assert {finding.severity for finding in copy.doctor()} <= {"fine", "notice"}
    assert contents(store.location) == before
    assert compute_scores(copy).score.tolist() != compute_scores(store).score.tolist()


def test_what_happens_to_the_first_leaves_the_copy_as_it_was(store, tmp_path):
    copy = copy_store(store, tmp_path / "second")
    before = contents(copy.location)
    store.add_interactions(more(), network="meadow")
    store.compact()
    assert contents(copy.location) == before


def test_files_are_shared_on_one_disk_and_copied_where_they_cannot_be(store, tmp_path, monkeypatch):
    def inodes(folder):
        return {
            path.stat().st_ino for path in Path(folder).rglob("*.parquet") if "_delta_log" not in str(path)
        }

    shared = copy_store(store, tmp_path / "shared")
    assert inodes(shared.location) <= inodes(store.location)

    def refuse(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    copied = copy_store(store, tmp_path / "copied")
    assert not inodes(copied.location) & inodes(store.location)
    assert compute_scores(copied).score.tolist() == compute_scores(store).score.tolist()


def test_a_store_that_is_no_folder_is_copied_through_its_own_file_system(store, tmp_path, monkeypatch):
    far = TableStore(store.location)
    monkeypatch.setattr(far.delta, "is_local", lambda: False)
    copy = copy_store(far, tmp_path / "second")
    assert compute_scores(copy).score.tolist() == compute_scores(store).score.tolist()


def test_a_full_disk_and_a_missing_store_are_said(store, tmp_path, monkeypatch):
    with pytest.raises(StoreNotFoundError):
        copy_store(TableStore(str(tmp_path / "nothing")), tmp_path / "second")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copytree", full)
    with pytest.raises(StoreFullError):
        copy_store(store, tmp_path / "third")
