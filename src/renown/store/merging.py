"""Rows of several files and of an import into one sorted, duplicate-free stretch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from renown.schema import TABLES

INTERACTION_COLUMNS = TABLES["interactions"].column_names()

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Merged:
    """What is new of a stretch, in the store's order, and how much of it repeated something."""

    rows: pa.Table
    duplicate_count: int


def merge(existing: pa.Table, incoming: pa.Table) -> Merged:
    """Rows of `incoming` that are neither in `existing` nor earlier in `incoming`, in the store's order.

    Two rows are one interaction when they have the same network and interaction_id or, where neither has,
    the same source, target, kind, post, reaction post and time.
    Cost:     one sort of all rows given.
    """
    from renown.kernels.ordering import mark_repeats, order_rows

    rows = pa.concat_tables([existing.select(INTERACTION_COLUMNS), incoming.select(INTERACTION_COLUMNS)])
    rows = rows.unify_dictionaries()
    source, target, time = (
        _integers(rows[name]) for name in ("source_actor_key", "target_actor_key", "occurred_at")
    )
    identity = _identities(rows)
    is_new = np.arange(rows.num_rows) >= existing.num_rows
    # existing rows come first among equals, so that it is the incoming one that counts as the repeat
    order = order_rows(source, target, time, identity * 2 + is_new)
    source, target, time, identity = source[order], target[order], time[order], identity[order]
    keep = is_new[order] & ~mark_repeats(source, target, time, identity)
    if rows["interaction_id"].null_count < rows.num_rows:
        keep &= ~_repeats_own_id(rows, is_new, order)
    picked = order[keep]
    duplicate_count = incoming.num_rows - int(picked.size)
    return Merged(_take(rows, picked), duplicate_count)


def in_store_order(rows: pa.Table) -> pa.Table:
    """Rows of the store, among which none repeats another, in the store's order."""
    from renown.kernels.ordering import order_rows

    rows = rows.unify_dictionaries()
    source, target, time = (
        _integers(rows[name]) for name in ("source_actor_key", "target_actor_key", "occurred_at")
    )
    return _take(rows, order_rows(source, target, time, np.zeros(rows.num_rows, np.int64)))


def _integers(column: pa.ChunkedArray) -> IntArray:
    return np.asarray(column.cast(pa.int64()).to_numpy())


def _identities(rows: pa.Table) -> IntArray:
    """One number per row; with the same source, target and time, equal numbers mean the same interaction."""
    identity = np.zeros(rows.num_rows, np.int64)
    for name in ("kind", "post_id", "reaction_post_id", "interaction_id"):
        column = rows[name]
        if column.null_count == rows.num_rows:
            continue
        index = _codes(column) + 1
        span = int(index.max(initial=0)) + 1
        if int(identity.max(initial=0)) > 2**40 // span:
            identity = np.unique(identity, return_inverse=True)[1]
        identity = identity * span + index
    return identity


def _repeats_own_id(rows: pa.Table, is_new: NDArray[np.bool_], order: IntArray) -> NDArray[np.bool_]:
    """In sorted order: True for incoming rows whose own id was seen before on the same network."""
    own = _codes(rows["interaction_id"])
    per_network = (_codes(rows["network"]) + 1) * (int(own.max(initial=0)) + 1) + own
    has_own = np.flatnonzero(own >= 0)
    first = np.zeros(own.size, np.bool_)
    first[has_own[np.unique(per_network[has_own], return_index=True)[1]]] = True
    return np.asarray(((own >= 0) & is_new & ~first)[order])


def _codes(column: pa.ChunkedArray) -> IntArray:
    """Place of each value in one dictionary of the whole column; -1 where there is none."""
    codes = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    chunks = [np.asarray(chunk.indices.fill_null(-1)) for chunk in codes.unify_dictionaries().chunks]
    return np.concatenate(chunks).astype(np.int64)


def _take(rows: pa.Table, picked: IntArray) -> pa.Table:
    """Rows at the given positions; columns without a single value are not gathered but made anew."""
    positions = pa.array(picked)
    columns = [
        pa.nulls(len(picked), field.type)
        if rows[field.name].null_count == rows.num_rows
        else rows[field.name].take(positions)
        for field in rows.schema
    ]
    return pa.table(columns, schema=rows.schema)
