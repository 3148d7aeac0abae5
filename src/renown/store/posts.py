"""Posts as last seen: new ones are added, and of an edited one only its newest version is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from renown.errors import StoreConflictError
from renown.schema import TABLES
from renown.store.delta import Delta, DeltaFile, NewFile, files_named
from renown.store.importing import delete_files

SAID: Final = ("text", "language", "links", "hashtags")
"""What an edit can change."""

_ATTEMPTS: Final = 50

_EDITED: Final = """
-- posts that are stored and say something else now, each as it shall be, with the file that holds it;
-- what a version does not say (null) is as it was, and nobody edits what somebody else wrote
select {columns}, p.file_name
from incoming i join posts p using (post_id)
where i.author_actor_id = p.author_actor_id
  and coalesce(i.observed_at, $earliest) >= coalesce(p.observed_at, $earliest)
  and ({differs})
"""


@dataclass(frozen=True)
class KeptPosts:
    """What became of posts that came in."""

    added_count: int = 0
    edited_count: int = 0


def keep_posts(delta: Delta, rows: pa.Table, perhaps_known: np.ndarray | None = None) -> KeptPosts:
    """Add the posts that are new, and put newer versions in the place of those that are stored.

    Of two versions the one observed later holds; one that does not say when gives way to one that does, and
    among equals the one that came last holds. All changes are one atomic commit; old versions of the table
    keep what was replaced until `compact` vacuums them.
    Args:     perhaps_known: False for rows whose id is certainly not stored; None: nothing is known.
    Cost:     O(rows); where some are perhaps known, a pass over stored ids and over the texts of the files
              that hold them; files that hold an edited post are written again.
    """
    if not rows.num_rows:
        return KeptPosts()
    perhaps = np.ones(rows.num_rows, np.bool_) if perhaps_known is None else perhaps_known
    doubtful = _newest_of_each(rows.filter(pa.array(perhaps)))
    fresh = _newest_of_each(rows.filter(pa.array(~perhaps)))
    if not doubtful.num_rows:
        delta.append("posts", fresh, note="take in")
        return KeptPosts(fresh.num_rows)
    for _ in range(_ATTEMPTS):
        version, files = delta.files("posts")
        known, edited = _compared(delta, files, doubtful)
        new = pa.concat_tables([fresh, doubtful.filter(pc.invert(pc.is_in(doubtful["post_id"], known)))])
        kept = KeptPosts(new.num_rows, edited.num_rows)
        if not edited.num_rows:
            if new.num_rows:
                delta.append("posts", new, note="take in")
            return kept
        try:
            _replace(delta, version, files, edited, new)
        except StoreConflictError:
            continue
        return kept
    raise StoreConflictError(
        "Too many others write to the store at once.", hint="Run the same command again."
    )


def without_texts(rows: pa.Table, is_gone: pa.ChunkedArray) -> pa.Table:
    """The same posts, some of them without what they say."""
    for name in SAID:
        place = rows.schema.get_field_index(name)
        field = rows.schema.field(place)
        rows = rows.set_column(place, field, pc.if_else(is_gone, pa.scalar(None, field.type), rows[name]))
    return rows


def _newest_of_each(rows: pa.Table) -> pa.Table:
    """One version of each post: the one observed last, and of those the one that came last; in order."""
    ids = pc.dictionary_encode(rows["post_id"]).combine_chunks()
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.chunk(0) if ids.num_chunks else pa.array([], pa.string()).dictionary_encode()
    if len(ids.dictionary) == rows.num_rows:
        return rows
    code = np.asarray(ids.indices)
    moment = np.asarray(rows["observed_at"].cast(pa.int64()).fill_null(np.iinfo(np.int64).min))
    order = np.lexsort((np.arange(code.size), moment, code))
    is_last = np.append(code[order][1:] != code[order][:-1], True)
    return rows.take(pa.array(np.sort(order[is_last])))


def _compared(delta: Delta, files: list[DeltaFile], rows: pa.Table) -> tuple[pa.Array, pa.Table]:
    """Which of these posts are stored, and as what those that changed shall be stored instead."""
    from renown.engines.duckdb import DuckDBEngine

    names = TABLES["posts"].column_names()
    told = [name for name in names if name not in ("post_id", "network", "author_actor_id")]
    columns = ["post_id, p.network, p.author_actor_id"]
    columns += [f"coalesce(i.{name}, p.{name}) as {name}" for name in told]
    differs = " or ".join(f"i.{name} is not null and i.{name} is distinct from p.{name}" for name in SAID)
    with DuckDBEngine(threads=1) as engine:
        engine.register_arrow("incoming", rows)
        engine.register_files("posts", delta.located("posts", files), file_column="file_name")
        known = engine.query("select post_id, file_name from posts semi join incoming using (post_id)")
        # texts are read of the files that hold such a post, not of all
        holding = files_named(files, known["file_name"])
        engine.register_files("posts", delta.located("posts", holding), file_column="file_name")
        sql = _EDITED.format(columns=", ".join(columns), differs=differs)
        edited = engine.query(sql, {"earliest": pa.scalar(0, pa.timestamp("us", tz="UTC")).as_py()})
    return known["post_id"].combine_chunks(), edited


def _replace(delta: Delta, version: int, files: list[DeltaFile], edited: pa.Table, new: pa.Table) -> None:
    """One commit: files that hold an edited post without it, and a file with the edited and the new ones."""
    touched = files_named(files, edited["file_name"])
    written: list[NewFile] = []
    try:
        for file in touched:
            rows = delta.read_file("posts", file.path)
            kept = rows.filter(pc.invert(pc.is_in(rows["post_id"], edited["post_id"])))
            written += [delta.write_file("posts", kept)] if kept.num_rows else []
        columns = TABLES["posts"].column_names()
        written.append(
            delta.write_file("posts", pa.concat_tables([edited.select(columns).cast(new.schema), new]))
        )
        delta.commit("posts", written, expected_version=version, remove=touched, note="edit")
    except BaseException:
        delete_files(delta.filesystem("posts"), [file.path for file in written])
        raise
