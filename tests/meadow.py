"""A meadow of a few actors: small enough to reckon by hand, large enough to rank."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

import renown
from renown.api import Store

START = datetime(2026, 5, 1, 8, tzinfo=UTC)
HOSTILE = "=cmd|'/C calc'!A0"
"""The handle of meadow:eve: a formula to a spreadsheet."""

_Row = tuple[str, str, str, str, datetime]


def rows() -> list[_Row]:
    """Source, target, kind, post, time: twenty like ada, eight repost bob; dan answers ada daily."""
    found = [(f"fan{n:02d}", "ada", "like", "p1", START + timedelta(hours=n)) for n in range(20)]
    found += [(f"fan{n:02d}", "bob", "repost", "p2", START + timedelta(days=2, hours=n)) for n in range(8)]
    found += [("dan", "ada", "reply", "p3", START + timedelta(days=n)) for n in range(10)]
    found += [("eve", "cyd", "mention", "", START + timedelta(days=4)), ("ada", "eve", "like", "p4", START)]
    found += [("ada", "ada", "like", "p1", START)]
    return found


def frame() -> pa.Table:
    """The rows as a table with the short names of columns."""
    source, target, kind, post, time = zip(*rows(), strict=True)
    return pa.table(
        {
            "source": source,
            "target": target,
            "kind": kind,
            "post_id": [f"meadow:{name}" if name else None for name in post],
            "time": pa.array(time, pa.timestamp("us", tz="UTC")),
        }
    )


def write_csv(path: Path) -> Path:
    """The rows as CSV with a header."""
    lines = [",".join(("source", "target", "kind", "post", "time"))]
    lines += [",".join((*row[:4], row[4].isoformat())) for row in rows()]
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return path


def make_store(folder: Path) -> Store:
    """A scored store; eve's handle is hostile, ada's and bob's are known."""
    store = renown.open(folder / "store")
    store.add_interactions(frame(), network="meadow")
    seen = pa.array([START] * 3, pa.timestamp("us", tz="UTC"))
    store.add_actors(
        pa.table(
            {
                "actor_id": ["meadow:ada", "meadow:bob", "meadow:eve"],
                "network": ["meadow"] * 3,
                "handle": ["Ada.Meadow", "bob", HOSTILE],
                "observed_at": seen,
            }
        )
    )
    store.score(as_of="2026-05-05")
    store.score()
    return store
