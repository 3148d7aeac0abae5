"""Actor ids to dense keys: the only place where strings become integers.

An import encodes with provisional keys that continue the dictionary it saw when it began. Publishing them is
one compare-and-swap; where another writer was faster, ids it also brought keep that writer's keys, the rest
move up, and the import is told how to rename what it encoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from renown.errors import StoreConflictError
from renown.schema import TABLES, arrow_schema
from renown.store.delta import Delta
from renown.store.sorted_files import write_rows

if TYPE_CHECKING:
    from renown.kernels.interning import Interner

IntArray = NDArray[np.int64]

_ATTEMPTS = 50
_SCHEMA = arrow_schema(TABLES["actor_keys"])


class Dictionary:
    """Encodes ids for one import; `publish` makes the new ones part of the store."""

    def __init__(self, delta: Delta) -> None:
        self._delta = delta
        self._version, self._interner = _load(delta)
        self.first_provisional = self._interner.count
        """the key that the first new id is encoded with"""
        self.new_count = 0
        """new ids published; before that, ids met that the store did not know"""

    def encode(self, column: pa.ChunkedArray) -> IntArray:
        """Keys of a column of ids (strings or dictionary-encoded); new ids get the next keys, in order."""
        parts = [self._encode_chunk(chunk) for chunk in column.chunks]
        self.new_count = self._interner.count - self.first_provisional
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def _encode_chunk(self, chunk: pa.Array) -> IntArray:
        if not pa.types.is_dictionary(chunk.type):
            return self._interner.intern(chunk.cast(pa.string()))
        keys: IntArray = self._interner.intern(chunk.dictionary.cast(pa.string()))
        return np.asarray(keys[np.asarray(chunk.indices)])

    def publish(self) -> IntArray | None:
        """Write the new ids, in one atomic commit.

        Returns:  None, or, where another writer was faster, the final key of each provisional one (indexed by
                  provisional key minus `first_provisional`).
        Raises:   StoreConflictError: other writers were faster fifty times in a row.
        """
        ids = self._interner.strings(self.first_provisional)
        final = None
        for _ in range(_ATTEMPTS):
            first = self.first_provisional if final is None else self._interner.count - self.new_count
            if self.new_count == 0 or self._append(first):
                return final
            self._version, self._interner = _load(self._delta)
            known_count = self._interner.count
            final = np.concatenate([self._interner.intern(chunk) for chunk in ids.chunks])
            self.new_count = self._interner.count - known_count
        raise StoreConflictError(
            "Too many others write to the store at once.", hint="Run the same command again."
        )

    def settle(self) -> None:
        """After publishing: go on encoding from here, for the next import of the same process."""
        self.first_provisional = self._interner.count
        self.new_count = 0

    def files_were_merged(self, before: int, after: int) -> None:
        """The table went from one version to the next without that an id was added."""
        if self._version == before:
            self._version = after

    def _append(self, first: int) -> bool:
        """Try to publish the ids from key `first` upwards; False when somebody else committed before."""
        if self._version < 0:
            self._delta.create("actor_keys")
            self._version = 0
        filesystem = self._delta.filesystem("actor_keys")
        path = self._delta.new_file_name("keys")
        keys = pa.array(np.arange(first, self._interner.count, dtype=np.int64))
        rows = pa.table({"actor_key": keys, "actor_id": self._interner.strings(first)}, schema=_SCHEMA)
        file = write_rows(filesystem, path, rows)
        try:
            self._version = self._delta.commit(
                "actor_keys", [file], expected_version=self._version, note="new actors"
            )
        except StoreConflictError:
            filesystem.delete_file(path)
            return False
        return True


def _load(delta: Delta) -> tuple[int, Interner]:
    """The dictionary as it stands: its version, and every id under its key."""
    from renown.kernels.interning import Interner

    version = delta.version("actor_keys")
    rows = delta.read("actor_keys").sort_by("actor_key")
    interner = Interner()
    for chunk in rows["actor_id"].chunks:
        interner.intern(chunk)
    return version, interner
