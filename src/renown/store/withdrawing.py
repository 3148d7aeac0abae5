"""Taking rows out of the store: what was deleted, closed or asked to stay out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from renown.errors import StoreConflictError
from renown.store.delta import Delta, DeltaFile, NewFile
from renown.store.harvest import Withdrawal
from renown.store.importing import delete_files
from renown.store.merging import INTERACTION_COLUMNS
from renown.store.names import NameIndex
from renown.store.sorted_files import SortedFiles
from renown.store.target_index import write_indexed

IntArray = NDArray[np.int64]

_ATTEMPTS: Final = 50


@dataclass(frozen=True)
class Gone:
    """What has to leave, by what it is known by."""

    acts: pa.Array
    """own ids of interactions, or of the records that are the reactions, as `network:id`"""
    posts: pa.Array
    actors: pa.Array
    actor_keys: pa.Array

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to take out."""
        return not (len(self.acts) or len(self.posts) or len(self.actors))


def gone_of(delta: Delta, withdrawals: Iterable[Withdrawal]) -> Gone:
    """The identifiers of withdrawals, sorted into what they stand for."""
    ids: dict[str, set[str]] = {"interaction": set(), "post": set(), "actor": set()}
    for one in withdrawals:
        ids[one.what].add(f"{one.network}:{one.identifier}" if one.what == "interaction" else one.identifier)
    actors = sorted(ids["actor"])
    keys = NameIndex(delta).actor_keys(actors) if actors else np.empty(0, np.int64)
    return Gone(
        acts=pa.array(sorted(ids["interaction"]), pa.string()),
        posts=pa.array(sorted(ids["post"]), pa.string()),
        actors=pa.array(actors, pa.string()),
        actor_keys=pa.array(keys[keys >= 0]),
    )


def take_out(delta: Delta, gone: Gone) -> dict[str, int]:
    """Remove every row of and about what is gone; rows removed by table.

    A post takes with it what names it; an actor everything they did, wrote, received or were listed for. Each
    table changes in one atomic commit; its old versions keep the rows until `compact` vacuums them.
    Cost:     one pass over the columns of ids; only files that hold such a row are written again.
    """
    if gone.is_empty:
        return {}
    removed = {name: _take_out(delta, name, gone) for name in _CHOSEN}
    return {name: count for name, count in removed.items() if count}


def _interactions(rows: pa.Table, gone: Gone) -> pa.ChunkedArray:
    own = pc.binary_join_element_wise(rows["network"].cast(pa.string()), rows["interaction_id"], ":")
    found = pc.or_(
        pc.fill_null(pc.is_in(own, gone.acts), False), pc.is_in(rows["reaction_post_id"], gone.acts)
    )
    for name in ("post_id", "reaction_post_id"):
        found = pc.or_(found, pc.is_in(rows[name], gone.posts))
    for name in ("source_actor_key", "target_actor_key"):
        found = pc.or_(found, pc.is_in(rows[name], gone.actor_keys))
    return found


def _posts(rows: pa.Table, gone: Gone) -> pa.ChunkedArray:
    return pc.or_(pc.is_in(rows["post_id"], gone.posts), pc.is_in(rows["author_actor_id"], gone.actors))


def _actors(rows: pa.Table, gone: Gone) -> pa.ChunkedArray:
    return pc.is_in(rows["actor_id"], gone.actors)


def _follows(rows: pa.Table, gone: Gone) -> pa.ChunkedArray:
    source, target = rows["source_actor_key"], rows["target_actor_key"]
    return pc.or_(pc.is_in(source, gone.actor_keys), pc.is_in(target, gone.actor_keys))


def _members(rows: pa.Table, gone: Gone) -> pa.ChunkedArray:
    owner, member = rows["owner_actor_id"], rows["member_actor_id"]
    return pc.or_(pc.is_in(owner, gone.actors), pc.is_in(member, gone.actors))


def _judgements(rows: pa.Table, gone: Gone) -> pa.ChunkedArray:
    return pc.or_(pc.is_in(rows["a_actor_id"], gone.actors), pc.is_in(rows["b_actor_id"], gone.actors))


_CHOSEN: Final[dict[str, Callable[[pa.Table, Gone], pa.ChunkedArray]]] = {
    "interactions": _interactions,
    "posts": _posts,
    "actors": _actors,
    "follows": _follows,
    "list_members": _members,
    "judgements": _judgements,
}
"""Which rows of a table must go."""

_TESTED: Final[dict[str, str]] = {
    "interactions": """
        (interaction_id is not null and network || ':' || interaction_id in (select id from gone_acts))
        or reaction_post_id in (select id from gone_acts)
        or post_id in (select id from gone_posts) or reaction_post_id in (select id from gone_posts)
        or source_actor_key in (select key from gone_keys) or target_actor_key in (select key from gone_keys)
    """,
    "posts": "post_id in (select id from gone_posts) or author_actor_id in (select id from gone_actors)",
    "actors": "actor_id in (select id from gone_actors)",
    "follows": """
        source_actor_key in (select key from gone_keys) or target_actor_key in (select key from gone_keys)
    """,
    "list_members": """
        owner_actor_id in (select id from gone_actors) or member_actor_id in (select id from gone_actors)
    """,
    "judgements": "a_actor_id in (select id from gone_actors) or b_actor_id in (select id from gone_actors)",
}


def _take_out(delta: Delta, name: str, gone: Gone) -> int:
    for _ in range(_ATTEMPTS):
        version, files = delta.files(name)
        touched = _touched(delta, name, files, gone)
        if not touched:
            return 0
        written, count = _without(delta, name, touched, gone)
        try:
            delta.commit(name, written, expected_version=version, remove=touched, note="withdraw")
        except StoreConflictError:
            delete_files(delta.filesystem(name), [file.path for file in written])
            continue
        return count
    raise StoreConflictError(
        "Too many others write to the store at once.", hint="Run the same command again."
    )


def _touched(delta: Delta, name: str, files: Sequence[DeltaFile], gone: Gone) -> list[DeltaFile]:
    """The files that hold a row that must go, found by one query over the columns of ids."""
    if not files:
        return []
    from renown.engines.duckdb import DuckDBEngine

    with DuckDBEngine() as engine:
        for view, ids in (("acts", gone.acts), ("posts", gone.posts), ("actors", gone.actors)):
            engine.register_arrow(f"gone_{view}", pa.table({"id": ids}))
        engine.register_arrow("gone_keys", pa.table({"key": gone.actor_keys.cast(pa.int64())}))
        holding = []
        for file in files:
            engine.register_files(name, [f"{delta.table_location(name)}/{file.path}"])
            found = engine.query(f"select 1 from {name} where {_TESTED[name]} limit 1")
            if found.num_rows:
                holding.append(file)
    return holding


def _without(delta: Delta, name: str, touched: Sequence[DeltaFile], gone: Gone) -> tuple[list[NewFile], int]:
    filesystem = delta.filesystem(name)
    written, count = [], 0
    for file in touched:
        rows = (
            SortedFiles(filesystem, [file.path]).read_all(INTERACTION_COLUMNS)
            if name == "interactions"
            else delta.read_file(name, file.path)
        )
        is_gone = pc.fill_null(_CHOSEN[name](rows, gone), False)
        kept = rows.filter(pc.invert(is_gone))
        count += rows.num_rows - kept.num_rows
        if not kept.num_rows:
            continue
        if name == "interactions":
            written.append(write_indexed(filesystem, delta.new_file_name("interactions"), kept))
        else:
            written.append(delta.write_file(name, kept))
    return written, count
