"""Contributions made by hand: the table that `renown.scoring.contributions` gives, from a few rows."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

SCHEMA = pa.schema(
    [
        ("source_actor_key", pa.int64()),
        ("person_key", pa.int64()),
        ("kind", pa.string()),
        ("post_id", pa.string()),
        ("reaction_post_id", pa.string()),
        ("occurred_at", pa.timestamp("us", tz="UTC")),
        ("is_counted", pa.bool_()),
        ("weight", pa.float64()),
        ("mass", pa.float64()),
        ("tie_mass", pa.float64()),
        ("contribution", pa.float64()),
    ]
)

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)

Build = Callable[[Sequence[dict[str, Any]]], pa.Table]


@pytest.fixture
def contributions() -> Build:
    """Build a table of contributions; what a row does not say is a counted like of weight 1, today."""

    def build(rows: Sequence[dict[str, Any]]) -> pa.Table:
        filled = []
        for row in rows:
            entry = {
                "person_key": row["source_actor_key"],
                "kind": "like",
                "post_id": None,
                "reaction_post_id": None,
                "occurred_at": NOON,
                "is_counted": True,
                "contribution": 1.0,
                **row,
            }
            counted = 1.0 if entry["is_counted"] else 0.0
            entry = {"weight": counted, "mass": counted, "tie_mass": 1.0, **entry}
            entry["contribution"] *= counted
            filled.append(entry)
        schema = SCHEMA
        if any("freshness" in row for row in rows):
            schema = schema.append(pa.field("freshness", pa.float64()))
        return pa.Table.from_pylist(filled, schema=schema)

    return build
