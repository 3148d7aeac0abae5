"""Small stores, and frames to put into them."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from renown.store import TableStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def frame(*acts, **columns):
    """Interactions from (source, target, kind, hours after noon) tuples."""
    table = {
        "source": [act[0] for act in acts],
        "target": [act[1] for act in acts],
        "kind": pa.array([act[2] for act in acts], pa.string()),
        "time": pa.array([NOON + timedelta(hours=act[3]) for act in acts], pa.timestamp("us", "UTC")),
        **columns,
    }
    return pa.table(table)


@pytest.fixture
def store(tmp_path):
    return TableStore(str(tmp_path / "store"))


def content(store):
    """Everything that was imported, by id, as a sorted list of tuples."""
    rows = store.read("interactions").to_pydict()
    ids = dict(zip(*store.read("actor_keys").to_pydict().values(), strict=True))
    columns = ["kind", "post_id", "reaction_post_id", "interaction_id", "occurred_at"]
    named = zip(
        [ids[key] for key in rows["source_actor_key"]],
        [ids[key] for key in rows["target_actor_key"]],
        *(rows[name] for name in columns),
        strict=True,
    )
    return sorted(named, key=repr)
