"""Runs are written once, and found again."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from renown.errors import RunNotFoundError, TooLittleInputError
from renown.scoring import Work, compute_scores, latest_run, newest_moment, read_run, read_runs, score
from renown.store import TableStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    store = TableStore(str(tmp_path / "store"))
    moments = pa.array([NOON, NOON + timedelta(hours=1)], pa.timestamp("us", "UTC"))
    acts = {"source": ["ada", "cy"], "target": ["bob", "bob"], "kind": ["like", "repost"], "time": moments}
    store.add_interactions(pa.table(acts), network="meadow")
    return store


def test_the_same_run_is_written_once(store):
    first, second = score(store), score(store, work=Work(again=True))
    assert (first.run_id, first.is_new, second.is_new) == (second.run_id, True, False)
    assert store.read("scores").num_rows == 1
    assert [run.run_id for run in read_runs(store)] == [first.run_id]
    assert read_run(store, first.run_id[:6]).counts == {"actors": 1, "ties": 2, "interactions": 2}


def test_another_moment_is_another_run(store):
    now = score(store)
    then = score(store, as_of=NOON + timedelta(minutes=1))
    assert now.as_of == newest_moment(store) == NOON + timedelta(hours=1, microseconds=1)
    assert {run.run_id for run in read_runs(store)} == {now.run_id, then.run_id}
    assert latest_run(store).run_id == then.run_id


def test_nothing_before_the_moment_is_said(store):
    with pytest.raises(TooLittleInputError, match="Nothing happened"):
        compute_scores(store, as_of=NOON)


def test_a_run_that_is_not_there_is_said(store):
    with pytest.raises(RunNotFoundError, match="Nothing was scored yet"):
        latest_run(store)
    with pytest.raises(RunNotFoundError, match="No run"):
        read_run(store, "ffff")
