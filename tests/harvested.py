"""Reading a source in a test: everything that it yields, put together."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from renown.sources.registry import Memory, NoMemory, Request, find_source
from renown.store.harvest import Harvest
from renown.types import no_progress


@dataclass
class Harvested:
    """What a source yielded. Where it failed, what came before is here all the same, and `failure`."""

    harvests: list[Harvest] = field(default_factory=list)
    failure: Exception | None = None

    def rows(self, table: str) -> list[dict[str, Any]]:
        tables = [harvest.rows[table] for harvest in self.harvests if table in harvest.rows]  # type: ignore[index]
        return [row for one in tables for row in one.to_pylist()]

    def acts(self, *columns: str) -> list[tuple]:
        """Interactions as (source, kind, target), ids without the network; or the columns named."""
        names = columns or ("source_actor_id", "kind", "target_actor_id")
        return [tuple(_short(row[name]) for name in names) for row in self.rows("interactions")]

    @property
    def reasons(self) -> Counter[str]:
        return Counter(record.reason for harvest in self.harvests for record in harvest.quarantined)

    @property
    def left_out(self) -> Counter[str]:
        return sum((Counter(harvest.left_out_counts) for harvest in self.harvests), Counter())

    @property
    def records_count(self) -> int:
        return sum(harvest.records_count for harvest in self.harvests)


def _short(value: Any) -> Any:
    return value.partition(":")[2] if isinstance(value, str) and ":" in value else value


def harvest(
    name: str,
    *locations: Any,
    options: dict[str, Any] | None = None,
    since: datetime | None = None,
    memory: Memory | None = None,
    progress: Any = no_progress,
) -> Harvested:
    """Read a source to its end, or to where it fails."""
    source = find_source(name)
    assert source.options is not None
    assert source.harvest is not None
    request = Request(
        tuple(map(str, locations)), source.options(**(options or {})), since, memory or NoMemory()
    )
    found = Harvested()
    try:
        for one in source.harvest(request, progress=progress):
            found.harvests.append(one)
    except Exception as error:
        found.failure = error
    return found


def write_lines(path: Path, records: Sequence[Any]) -> Path:
    """A file of JSON Lines."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path
