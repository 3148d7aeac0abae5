from __future__ import annotations

import json
from dataclasses import dataclass

import pyarrow as pa
import pytest

from renown.sources import ReadOptions, RejectLog, read_interactions

COLUMNS = ["source_actor_id", "target_actor_id", "occurred_at", "kind"]
MOMENT = 1341100972


@dataclass
class Outcome:
    """What reading one file gave."""

    table: pa.Table
    rejects: RejectLog

    @property
    def rows(self) -> list[tuple]:
        """(source, target, epoch seconds, kind) of each row."""
        columns = [self.table[name].to_pylist() for name in COLUMNS]
        return [(s, t, moment.timestamp(), k) for s, t, moment, k in zip(*columns, strict=True)]

    @property
    def refused(self) -> list[tuple[int, str]]:
        """(line, reason) of each row in the rejects file."""
        return [(record["line"], record["reason"]) for record in self.records]

    @property
    def records(self) -> list[dict]:
        """The rejects file."""
        path = self.rejects.written_path
        return [json.loads(line) for line in path.read_text().splitlines()] if path else []


@pytest.fixture
def file(tmp_path):
    """Write a file; text is UTF-8."""

    def write(name: str, content: str | bytes):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def read(tmp_path):
    """Read a file with these options (network x, roles by position unless said otherwise)."""

    def run(path, **options) -> Outcome:
        options = {"network": "x", "columns": "source target time kind", **options}
        log = RejectLog(tmp_path / "refused.jsonl")
        with log:
            batches = list(read_interactions(path, options=ReadOptions(**options), rejects=log))
        empty = pa.table({name: pa.array([], pa.timestamp("us", "UTC")) for name in COLUMNS})
        tables = [batch.unify_dictionaries() for batch in batches]
        return Outcome(pa.concat_tables(tables) if tables else empty, log)

    return run
