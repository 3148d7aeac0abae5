"""Appeals that an operator granted: recorded for good, obeyed by every later trust run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from renown.errors import InputError
from renown.schema import TABLES, arrow_schema
from renown.types import AppealScope

if TYPE_CHECKING:
    from renown.store import TableStore

IntArray = NDArray[np.int64]


def grant_appeal(
    store: TableStore, name: str, *, scope: AppealScope, reason: str, granted_by: str
) -> dict[str, object]:
    """Record that an appeal was granted; the next trust run obeys it. Returns the row written.

    Raises:   ActorNotFoundError, AmbiguousActorError; InputError: no reason, or nobody who grants it.
    """
    if not reason.strip() or not granted_by.strip():
        raise InputError("An appeal is granted by somebody, for a reason.", hint="Say both.")
    row: dict[str, object] = {
        "actor_id": store.resolve(name).actor_id,
        "scope": scope,
        "reason": reason.strip(),
        "granted_by": granted_by.strip(),
        "granted_at": datetime.now(UTC),
    }
    store.append(
        "appeals", pa.Table.from_pylist([row], schema=arrow_schema(TABLES["appeals"])), note="appeal"
    )
    return row


def read_appeals(store: TableStore) -> list[dict[str, object]]:
    """All granted appeals, newest first."""
    rows = store.read("appeals").to_pylist()
    return sorted(rows, key=lambda row: row["granted_at"], reverse=True)


def exempt_keys(store: TableStore) -> tuple[IntArray, IntArray]:
    """Person keys of accounts whose appeal was granted, and keys of actors whose audience's was."""
    rows = store.read("appeals").to_pylist()
    keys = store.actor_keys([row["actor_id"] for row in rows]) if rows else np.empty(0, np.int64)
    is_account = np.array([row["scope"] == "account" for row in rows], np.bool_)
    accounts = store.person_keys().of(keys[is_account & (keys >= 0)])
    return np.unique(accounts), np.unique(keys[~is_account & (keys >= 0)])
