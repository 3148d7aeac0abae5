"""Imports that are killed, raced or run out of disk: the store is as before, and can be written to again."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from renown.errors import StoreFullError
from renown.store import TableStore
from tests.integration.interaction_files import write_csv
from tests.unit.store.conftest import content, frame

RENOWN = [str(Path(sys.executable).with_name("renown"))]
KILLS = 50


def import_command(store, *files):
    options = ["--network", "meadow", "--store", str(store), "--quiet"]
    return [*RENOWN, "import", "interactions", *map(str, files), *options]


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **options)


@pytest.mark.slow
def test_an_import_killed_at_any_moment_leaves_the_store_as_before(tmp_path):
    """kill -9 fifty times, at moments spread over an import; the store is old or new, never in between."""
    place = tmp_path / "store"
    write_csv(tmp_path / "first.csv", rows=2_000, seed=1)
    write_csv(tmp_path / "second.csv", rows=200_000, seed=2)
    assert run(import_command(place, tmp_path / "first.csv")).returncode == 0
    started = time.monotonic()
    assert run(import_command(tmp_path / "measure", tmp_path / "second.csv")).returncode == 0
    duration = time.monotonic() - started
    store = TableStore(str(place))
    before = store.interactions().rows_count
    random_moments = random.Random(3)
    finished = 0
    for _ in range(KILLS):
        process = subprocess.Popen(
            import_command(place, tmp_path / "second.csv"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(random_moments.uniform(0.3, 1.0) * duration)
        process.send_signal(signal.SIGKILL)
        process.wait()
        rows = store.interactions().rows_count
        assert rows == before or rows > before + 100_000
        finished += rows > before
        assert not [finding for finding in store.doctor() if finding.severity == "damage"]
        if rows > before:
            shutil.rmtree(place)
            assert run(import_command(place, tmp_path / "first.csv")).returncode == 0
    assert finished < KILLS, "no kill came in time to interrupt anything"
    assert run(import_command(place, tmp_path / "second.csv")).returncode == 0
    reference = TableStore(str(tmp_path / "reference"))
    assert run(import_command(reference.location, tmp_path / "first.csv")).returncode == 0
    assert run(import_command(reference.location, tmp_path / "second.csv")).returncode == 0
    assert content(store) == content(reference)
    assert not (place / "_staging").exists()


@pytest.mark.slow
def test_processes_that_write_at_once_lose_nothing(tmp_path):
    files = [write_csv(tmp_path / f"{n}.csv", rows=20_000, seed=n, hours=n * 1000) for n in range(4)]
    place = tmp_path / "store"
    together = [subprocess.Popen(import_command(place, file)) for file in files]
    assert [process.wait(timeout=300) for process in together] == [0, 0, 0, 0]
    reference = TableStore(str(tmp_path / "reference"))
    assert run(import_command(reference.location, *files)).returncode == 0
    store = TableStore(str(place))
    assert content(store) == content(reference)
    assert store.interactions().rows_count > 70_000
    assert {finding.severity for finding in store.doctor()} <= {"fine", "notice"}


@pytest.mark.slow
def test_processes_that_write_the_same_at_once_write_it_once(tmp_path):
    file = write_csv(tmp_path / "same.csv", rows=20_000, seed=7)
    place = tmp_path / "store"
    together = [subprocess.Popen(import_command(place, file)) for _ in range(3)]
    assert [process.wait(timeout=300) for process in together] == [0, 0, 0]
    reference = TableStore(str(tmp_path / "reference"))
    assert run(import_command(reference.location, file)).returncode == 0
    assert content(TableStore(str(place))) == content(reference) != []


@pytest.fixture
def small_disk(tmp_path):
    """Four megabytes of disk, where the system lets us make one."""
    place = tmp_path / "small-disk"
    place.mkdir()
    made = (
        run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]) if shutil.which("mount") else None
    )
    if made is None or made.returncode != 0:
        pytest.skip("a small tmpfs can only be mounted by root with the right to mount")
    yield place
    run(["umount", str(place)])


def test_a_full_disk_is_said_and_leaves_the_store_as_it_was(small_disk, tmp_path):
    store = TableStore(str(small_disk / "store"))
    store.add_interactions(frame(("ada", "bob", "like", 0)), network="meadow")
    before = content(store)
    big = write_csv(tmp_path / "big.csv", rows=600_000, seed=4)
    failed = run(import_command(store.location, big))
    assert failed.returncode == 1, failed.stderr
    assert "No space is left" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert content(store) == before
    assert not Path(store.location, "_staging").exists()
    assert store.add_interactions(frame(("cy", "bob", "like", 1)), network="meadow").added_count == 1


def test_a_disk_that_is_full_from_the_start_is_said(small_disk):
    (small_disk / "ballast").write_bytes(b"x" * (4 * 1024 * 1024 - 4096))
    store = TableStore(str(small_disk / "store"))
    with pytest.raises(StoreFullError, match="No space is left"):
        store.add_interactions(frame(("ada", "bob", "like", 0)), network="meadow")
    os.remove(small_disk / "ballast")
    assert store.add_interactions(frame(("ada", "bob", "like", 0)), network="meadow").added_count == 1
