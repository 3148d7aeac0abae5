"""Taking rows out of the store: what was deleted, closed or asked to stay out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from renown.errors import StoreConflictError
from renown.store.delta import Delta, DeltaFile, NewFile, files_named
from renown.store.harvest import Withdrawal
from renown.store.importing import delete_files
from renown.store.merging import INTERACTION_COLUMNS
from renown.store.names import NameIndex
from renown.store.posts import without_texts
from renown.store.sorted_files import SortedFiles
from renown.store.target_index import write_indexed

if TYPE_CHECKING:
    from renown.engines.duckdb import DuckDBEngine

IntArray = NDArray[np.int64]

_ATTEMPTS: Final = 50
_PAIR_BITS: Final = 32
"""A tie is one number: the source's key, and below these bits the target's."""


@dataclass(frozen=True)
class Gone:
    """What has to leave, by what it is known by."""

    acts: pa.Array
    """own ids of interactions, or of the records that are the reactions, as `network:id`"""
    posts: pa.Array
    actors: pa.Array
    actor_keys: pa.Array
    texts: pa.Array
    """actors and posts whose text must go, and nothing else"""
    ties: pa.Array
    """pairs of keys that are tied no more"""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to take out."""
        return not any(map(len, (self.acts, self.posts, self.actors, self.texts, self.ties)))


def gone_of(delta: Delta, withdrawals: Iterable[Withdrawal]) -> Gone:
    """The identifiers of withdrawals, sorted into what they stand for."""
    ids: dict[str, set[str]] = {"interaction": set(), "post": set(), "actor": set(), "text": set()}
    pairs: list[tuple[str, str]] = []
    for one in withdrawals:
        if one.what == "tie":
            pairs.append((one.owner_actor_id or "", one.identifier))
        else:
            full = f"{one.network}:{one.identifier}" if one.what == "interaction" else one.identifier
            ids[one.what].add(full)
    named = sorted({*ids["actor"], *(name for pair in pairs for name in pair)})
    keys = dict(zip(named, NameIndex(delta).actor_keys(named).tolist(), strict=True)) if named else {}
    tied = [(keys[source], keys[target]) for source, target in pairs]
    return Gone(
        acts=pa.array(sorted(ids["interaction"]), pa.string()),
        posts=pa.array(sorted(ids["post"]), pa.string()),
        actors=pa.array(sorted(ids["actor"]), pa.string()),
        actor_keys=pa.array([keys[name] for name in sorted(ids["actor"]) if keys[name] >= 0], pa.int64()),
        texts=pa.array(sorted(ids["text"]), pa.string()),
        ties=pa.array(
            [(source << _PAIR_BITS) + target for source, target in tied if min(source, target) >= 0],
            pa.int64(),
        ),
    )


def take_out(delta: Delta, gone: Gone) -> dict[str, int]:
    """Remove every row of and about what is gone; rows removed by table, and texts that were removed.

    A post takes with it what names it; an actor everything they did, wrote, received or were listed for; a
    follow the tie, unless another follow of the same pair stands. Each table changes in one atomic commit;
    its old versions keep the rows until `compact` vacuums them.
    Cost:     one pass over the columns of ids; only files that hold such a row are written again.
    """
    if gone.is_empty:
        return {}
    if len(gone.acts):
        # before the acts leave: killed in between, the same again finds what was left
        gone = replace(gone, ties=pc.unique(pa.concat_arrays([gone.ties, _ended_ties(delta, gone)])))
    removed = {name: _take_out(delta, name, gone) for name in _CHOSEN}
    removed["texts"] = _take_out(delta, "posts", gone, is_text=True) if len(gone.texts) else 0
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
    found = pc.or_(pc.is_in(source, gone.actor_keys), pc.is_in(target, gone.actor_keys))
    pair = pc.add(pc.shift_left(source, pa.scalar(_PAIR_BITS, pa.int64())), target)
    return pc.or_(found, pc.is_in(pair, gone.ties))


def _members(rows: pa.Table, gone: Gone) -> pa.ChunkedArray:
    owner, member = rows["owner_actor_id"], rows["member_actor_id"]
    return pc.or_(pc.is_in(owner, gone.actors), pc.is_in(member, gone.actors))


def _judgements(rows: pa.Table, gone: Gone) -> pa.ChunkedArray:
    return pc.or_(pc.is_in(rows["a_actor_id"], gone.actors), pc.is_in(rows["b_actor_id"], gone.actors))


_CHOSEN: Final[dict[str, Callable[[pa.Table, Gone], pa.ChunkedArray]]] = {
    "follows": _follows,
    "interactions": _interactions,
    "posts": _posts,
    "actors": _actors,
    "list_members": _members,
    "judgements": _judgements,
}
"""Which rows of a table must go. Ties go before the interactions that they are found by."""

_IS_ACT: Final = """
    (interaction_id is not null and network || ':' || interaction_id in (select id from gone_acts)
     or reaction_post_id is not null and reaction_post_id in (select id from gone_acts))
"""
_TESTED: Final[dict[str, str]] = {
    "interactions": f"""
        {_IS_ACT}
        or post_id in (select id from gone_posts) or reaction_post_id in (select id from gone_posts)
        or source_actor_key in (select key from gone_keys) or target_actor_key in (select key from gone_keys)
    """,
    "posts": "post_id in (select id from gone_posts) or author_actor_id in (select id from gone_actors)",
    "actors": "actor_id in (select id from gone_actors)",
    "follows": f"""
        source_actor_key in (select key from gone_keys) or target_actor_key in (select key from gone_keys)
        or (source_actor_key << {_PAIR_BITS}) + target_actor_key in (select pair from gone_ties)
    """,
    "list_members": """
        owner_actor_id in (select id from gone_actors) or member_actor_id in (select id from gone_actors)
    """,
    "judgements": "a_actor_id in (select id from gone_actors) or b_actor_id in (select id from gone_actors)",
}

_TEXT_TESTED: Final = """
    (author_actor_id in (select id from gone_texts) or post_id in (select id from gone_texts))
    and (text is not null or language is not null or links is not null or hashtags is not null)
"""

_ENDED: Final = f"""
-- pairs of which every follow is taken back
select (source_actor_key << {_PAIR_BITS}) + target_actor_key as pair from interactions
where kind = 'follow' and source_actor_key in (
    select source_actor_key from interactions where kind = 'follow' and {_IS_ACT}
)
group by pair having bool_and(coalesce({_IS_ACT}, false))
"""


@contextmanager
def _asking(delta: Delta, name: str, files: Sequence[DeltaFile], gone: Gone) -> Iterator[DuckDBEngine]:
    """An engine that knows the files of a table and what is gone."""
    from renown.engines.duckdb import DuckDBEngine

    with DuckDBEngine() as engine:
        for view, ids in (("acts", gone.acts), ("posts", gone.posts), ("actors", gone.actors)):
            engine.register_arrow(f"gone_{view}", pa.table({"id": ids}))
        engine.register_arrow("gone_texts", pa.table({"id": gone.texts}))
        engine.register_arrow("gone_keys", pa.table({"key": gone.actor_keys}))
        engine.register_arrow("gone_ties", pa.table({"pair": gone.ties}))
        engine.register_files(name, delta.located(name, files), file_column="file_name")
        yield engine


def _ended_ties(delta: Delta, gone: Gone) -> pa.Array:
    _, files = delta.files("interactions")
    if not files or not delta.files("follows")[1]:
        return pa.array([], pa.int64())
    with _asking(delta, "interactions", files, gone) as engine:
        return engine.query(_ENDED)["pair"].combine_chunks().cast(pa.int64())


def _take_out(delta: Delta, name: str, gone: Gone, *, is_text: bool = False) -> int:
    for _ in range(_ATTEMPTS):
        version, files = delta.files(name)
        touched = _touched(delta, name, files, gone, _TEXT_TESTED if is_text else _TESTED[name])
        if not touched:
            return 0
        change = _without_text if is_text else _without
        written, count = change(delta, name, touched, gone)
        try:
            delta.commit(name, written, expected_version=version, remove=touched, note="withdraw")
        except StoreConflictError:
            delete_files(delta.filesystem(name), [file.path for file in written])
            continue
        return count
    raise StoreConflictError(
        "Too many others write to the store at once.", hint="Run the same command again."
    )


def _touched(
    delta: Delta, name: str, files: Sequence[DeltaFile], gone: Gone, condition: str
) -> list[DeltaFile]:
    """The files that hold a row that must go, found by one query over the columns of ids."""
    if not files:
        return []
    with _asking(delta, name, files, gone) as engine:
        found = engine.query(f"select distinct file_name from {name} where {condition}")
    return files_named(files, found["file_name"])


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


def _without_text(
    delta: Delta, name: str, touched: Sequence[DeltaFile], gone: Gone
) -> tuple[list[NewFile], int]:
    written, count = [], 0
    for file in touched:
        rows = delta.read_file(name, file.path)
        is_gone = pc.or_(pc.is_in(rows["author_actor_id"], gone.texts), pc.is_in(rows["post_id"], gone.texts))
        count += int(pc.sum(is_gone).as_py() or 0)
        written.append(delta.write_file(name, without_texts(rows, is_gone)))
    return written, count
