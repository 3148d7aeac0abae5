"""What must stay out: identifiers under a keyed hash, so that the list itself names nobody.

The key is made with the first suppression and kept beside the tables (or given by RENOWN_SUPPRESSION_KEY).
Without it the hashes cannot be matched with names; with it every import leaves out what they stand for.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from renown.store.delta import Delta
from renown.store.harvest import TEXT_ONLY
from renown.store.posts import without_texts

KEY_SETTING: Final = "RENOWN_SUPPRESSION_KEY"
_KEY_FILE: Final = "_suppression.key"
_KEY_BYTES: Final = 32

_ID_COLUMNS: Final = (
    "source_actor_id",
    "target_actor_id",
    "actor_id",
    "author_actor_id",
    "owner_actor_id",
    "member_actor_id",
    "post_id",
    "reaction_post_id",
)
"""Columns in which an actor or post is named, in whatever table."""


def text_of(identifier: str) -> str:
    """What is suppressed where only the text of an actor or a post is."""
    return f"text of {identifier}"


class Suppressions:
    """The identifiers that must stay out of one store. Reads the table anew when it has changed."""

    def __init__(self, delta: Delta) -> None:
        self._delta = delta
        self._version = -2
        self._hashes: frozenset[str] = frozenset()
        self._has_texts = False
        self._key = b""
        self.left_out_count = 0
        """rows that `without_suppressed` left out so far"""

    def is_empty(self) -> bool:
        """Whether nothing at all is suppressed."""
        self._refresh()
        return not self._hashes

    def hash_of(self, identifier: str) -> str:
        """The keyed hash (hex) that stands for an actor or post id."""
        self._key = self._key or _read_key(self._delta)
        return hashlib.blake2b(
            identifier.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16
        ).hexdigest()

    def covers(self, identifier: str) -> bool:
        """Whether this actor or post must stay out."""
        return not self.is_empty() and self.hash_of(identifier) in self._hashes

    def add(self, identifiers: Iterable[str], reason: str) -> int:
        """Suppress actors or posts; returns how many were not suppressed already."""
        self._refresh()
        hashes = {self.hash_of(identifier) for identifier in identifiers} - self._hashes
        if hashes:
            now = pa.array([datetime.now(UTC)] * len(hashes), pa.timestamp("us", tz="UTC"))
            rows = {"identifier_hash": sorted(hashes), "reason": [reason] * len(hashes), "since": now}
            self._delta.append("suppressions", pa.table(rows), note=f"suppress: {reason}")
        return len(hashes)

    def lift(self, identifiers: Iterable[str], reasons: Sequence[str]) -> int:
        """Let actors in again, as far as they were suppressed for one of these reasons; returns how many."""
        if self.is_empty():
            return 0
        hashes = {self.hash_of(identifier) for identifier in identifiers} & self._hashes
        if not hashes:
            return 0
        wanted = pa.array(sorted(hashes), pa.string())
        why = pa.array(reasons, pa.string())
        return self._delta.rewrite(
            "suppressions",
            lambda rows: pc.and_(pc.is_in(rows["identifier_hash"], wanted), pc.is_in(rows["reason"], why)),
            note="lift",
        )

    def filtered(self, batches: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """The batches without rows of or about what must stay out."""
        for batch in batches:
            yield self.without_suppressed(batch)

    def without_suppressed(self, rows: pa.Table) -> pa.Table:
        """The rows without those of or about an actor or post that must stay out."""
        if self.is_empty():
            return rows
        if isinstance(rows, pa.RecordBatch):
            rows = pa.Table.from_batches([rows])
        keep = np.ones(rows.num_rows, np.bool_)
        for name in _ID_COLUMNS:
            if name in rows.column_names:
                keep &= ~self._is_covered(rows[name])
        self.left_out_count += int(np.count_nonzero(~keep))
        return rows if keep.all() else rows.filter(pa.array(keep))

    def without_texts(self, posts: pa.Table) -> pa.Table:
        """The posts, without what those say of which the text must stay out."""
        self._refresh()
        if not self._has_texts:
            return posts
        is_gone = np.zeros(posts.num_rows, np.bool_)
        for name in ("author_actor_id", "post_id"):
            is_gone |= self._is_covered(posts[name], text_of)
        return without_texts(posts, pa.chunked_array([pa.array(is_gone)])) if is_gone.any() else posts

    def _is_covered(self, column: pa.ChunkedArray, named: Callable[[str], str] = str) -> NDArray[np.bool_]:
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        covered = []
        for chunk in column.chunks:
            words = chunk.dictionary.to_pylist()
            by_word = [word is not None and self.hash_of(named(word)) in self._hashes for word in words]
            covered.append(np.array([*by_word, False])[np.asarray(chunk.indices.fill_null(len(words)))])
        return np.concatenate(covered) if covered else np.zeros(0, np.bool_)

    def _refresh(self) -> None:
        version = self._delta.version("suppressions")
        if version != self._version:
            rows = self._delta.read("suppressions", ["identifier_hash", "reason"])
            self._hashes = frozenset(rows["identifier_hash"].to_pylist())
            self._has_texts = bool(pc.any(pc.equal(rows["reason"], TEXT_ONLY)).as_py())
            self._version = version


def _read_key(delta: Delta) -> bytes:
    """The store's key; made when it is first needed, readable by its owner only."""
    given = os.environ.get(KEY_SETTING, "")
    if given:
        return hashlib.blake2b(given.encode(), digest_size=_KEY_BYTES).digest()
    if delta.is_local():
        return _local_key(Path(delta.location.removeprefix("file://")) / _KEY_FILE)
    filesystem = delta.filesystem("suppressions")
    try:
        with filesystem.open_input_file(_KEY_FILE) as file:
            return bytes(file.read())
    except (FileNotFoundError, OSError):
        key = secrets.token_bytes(_KEY_BYTES)
        with filesystem.open_output_stream(_KEY_FILE) as file:
            file.write(key)
        return key


def _local_key(path: Path) -> bytes:
    """Of two processes that make the first suppression at once, one makes the key, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        with suppress(FileExistsError):
            os.link(unfinished, path)
        unfinished.unlink()
    return path.read_bytes()
