"""Put interactions in the store's order (source, target, time, identity) and find the ones that repeat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]


def order_rows(source: IntArray, target: IntArray, time: IntArray, identity: IntArray) -> IntArray:
    """Positions that sort rows by (source, target, time, identity).

    Cost:     one argsort over a packed (source, target) key, then a walk over pairs with several rows.
    """
    if source.size == 0:
        return np.empty(0, np.int64)
    span = int(target.max()) + 1
    if int(source.max()) * span >= 2**63 - span:
        return np.lexsort((identity, time, target, source)).astype(np.int64)
    pair = source * span + target
    order = np.argsort(pair).astype(np.int64, copy=False)
    _order_within_pairs(pair, time, identity, order)
    return order


@compiled
def _order_within_pairs(pair: IntArray, time: IntArray, identity: IntArray, order: IntArray) -> None:
    count = order.shape[0]
    begin = 0
    while begin < count:
        end = begin + 1
        while end < count and pair[order[end]] == pair[order[begin]]:
            end += 1
        if end - begin > 32:
            run = order[begin:end]
            run = run[np.argsort(identity[run], kind="mergesort")]
            order[begin:end] = run[np.argsort(time[run], kind="mergesort")]
        else:
            for row in range(begin + 1, end):
                moving = order[row]
                place = row
                while place > begin and (
                    time[order[place - 1]] > time[moving]
                    or (
                        time[order[place - 1]] == time[moving]
                        and identity[order[place - 1]] > identity[moving]
                    )
                ):
                    order[place] = order[place - 1]
                    place -= 1
                order[place] = moving
        begin = end


@compiled
def mark_repeats(source: IntArray, target: IntArray, time: IntArray, identity: IntArray) -> NDArray[np.bool_]:
    """True where a row of sorted input equals the row before it in all four."""
    repeats = np.zeros(source.shape[0], np.bool_)
    for row in range(1, source.shape[0]):
        repeats[row] = (
            source[row] == source[row - 1]
            and target[row] == target[row - 1]
            and time[row] == time[row - 1]
            and identity[row] == identity[row - 1]
        )
    return repeats


def rough_order(source: IntArray) -> IntArray:
    """Positions that put rows in rough order of source: 65,536 bands of keys, input order within a band.

    Cost:     one radix pass; enough to find a range of sources again without reading the rest.
    """
    if source.size == 0:
        return np.empty(0, np.int64)
    shift = max(0, int(source.max()).bit_length() - 16)
    return np.argsort((source >> shift).astype(np.uint16), kind="stable").astype(np.int64, copy=False)


@compiled
def is_ordered(source: IntArray, target: IntArray, time: IntArray) -> bool:
    """Whether rows are sorted by (source, target, time)."""
    for row in range(1, source.shape[0]):
        if source[row] != source[row - 1]:
            if source[row] < source[row - 1]:
                return False
        elif target[row] != target[row - 1]:
            if target[row] < target[row - 1]:
                return False
        elif time[row] < time[row - 1]:
            return False
    return True
