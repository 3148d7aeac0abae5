"""Which ids a store already has, kept in memory so that each small commit need not read the store again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from renown.store.delta import Delta

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEPT: Final = {
    "posts": ("posts", "post_id"),
    "writers": ("posts", "author_actor_id"),
    "acts": ("interactions", "interaction_id"),
    "subjects": ("interactions", "post_id"),
    "reactions": ("interactions", "reaction_post_id"),
}
"""Which ids are kept: of posts, of who wrote them, of interactions, and of the posts that those name."""


class KnownIds:
    """Hashes of the ids in a store; says for sure what is new, and what is perhaps known.

    Cost:     8 bytes an id; filled by one pass over the id columns. Another process's commits are noticed by
              the tables' versions, and only the files that are new are read.
    """

    def __init__(self, delta: Delta) -> None:
        from renown.engines.duckdb import DuckDBEngine

        self._delta = delta
        self._engine = DuckDBEngine(threads=1)
        self._seen: dict[str, set[str]] = {"posts": set(), "interactions": set()}
        for kept in _KEPT:
            self._engine.query(f"create table known_{kept} (id_hash ubigint)")

    def close(self) -> None:
        """Let go of the memory."""
        self._engine.close()

    def refresh(self) -> None:
        """Learn of files that were added since the last time, by whomever."""
        for table, seen in self._seen.items():
            files = {file.path for file in self._delta.files(table)[1]}
            fresh = sorted(files - seen)
            if fresh:
                folder = self._delta.table_location(table)
                self._engine.register_files(table, [f"{folder}/{path}" for path in fresh])
                for kept, (name, column) in _KEPT.items():
                    if name == table:
                        self._learn(kept, f"select {column} as id from {table}")
            self._seen[table] = files

    def files_were_merged(self, table: str, path: str) -> None:
        """Some files became the one at `path`, which says nothing new."""
        if table in self._seen:
            self._seen[table].add(path)

    def _learn(self, kept: str, ids: str) -> None:
        # distinct: a famous post is named by millions of reactions
        self._engine.query(
            f"insert into known_{kept}"
            f" select hash(id) from (select distinct id from ({ids}) where id is not null)"
            f" where hash(id) not in (select id_hash from known_{kept})"
        )

    def perhaps_known(self, kept: str, ids: pa.ChunkedArray | Sequence[str]) -> NDArray[np.bool_]:
        """False where an id is certainly not in the store; nulls are not."""
        column = ids if isinstance(ids, pa.ChunkedArray) else pa.chunked_array([pa.array(ids, pa.string())])
        if len(column) == 0:
            return np.zeros(0, np.bool_)
        table = pa.table({"place": pa.array(np.arange(len(column))), "id": column.cast(pa.string())})
        self._engine.register_arrow("asked", table)
        found = self._engine.query(
            f"select place from asked where hash(id) in (select id_hash from known_{kept}) and id is not null"
        )
        known = np.zeros(len(column), np.bool_)
        known[found["place"].to_numpy()] = True
        return known
