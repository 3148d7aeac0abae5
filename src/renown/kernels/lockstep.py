"""Accounts that act on the same targets within the same minutes, by hashing: no two are compared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]
UnsignedArray = NDArray[np.uint64]
KeyArray = NDArray[np.int32]


@compiled
def _mixed(value: np.uint64) -> np.uint64:
    """A well mixed 64-bit number (SplitMix64's finaliser)."""
    value ^= value >> np.uint64(30)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    value ^= value >> np.uint64(27)
    value *= np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@compiled
def event_triples(
    out_start: IntArray, event: IntArray, size: KeyArray, most: int, bounds: tuple[int, int]
) -> tuple[UnsignedArray, KeyArray]:
    """Three events of one source as one number, for every three of its rarest, and the source.

    Args:     event: number of the (target, window) of each tie; size: sources that share it.
              bounds: events shared by fewer or more sources are left out: nobody to compare with, or a hub.
    Cost:     O(ties + sources * most^3).
    """
    least_size, most_size = bounds
    rarest = np.empty(most, np.int64)
    total = 0
    for turn in range(2):
        if turn == 1:
            keys, source = np.empty(total, np.uint64), np.empty(total, np.int32)
        filled = 0
        for person in range(out_start.shape[0] - 1):
            begin, end = out_start[person], out_start[person + 1]
            if end - begin < 3:
                continue
            count = 0
            for tie in range(begin, end):
                if not least_size <= size[tie] <= most_size:
                    continue
                place = min(count, most - 1)
                if count == most and size[tie] >= size[rarest[place]]:
                    continue
                while place > 0 and size[rarest[place - 1]] > size[tie]:
                    rarest[place] = rarest[place - 1]
                    place -= 1
                rarest[place] = tie
                count = min(count + 1, most)
            if turn == 0:
                total += count * (count - 1) * (count - 2) // 6
                continue
            chosen = np.sort(event[rarest[:count]])
            for one in range(count):
                for two in range(one + 1, count):
                    for three in range(two + 1, count):
                        key = _mixed(np.uint64(chosen[one]) + np.uint64(1))
                        key = _mixed(key ^ np.uint64(chosen[two]))
                        keys[filled] = _mixed(key ^ np.uint64(chosen[three]))
                        source[filled] = person
                        filled += 1
    return keys, source


@compiled
def join_groups(keys: UnsignedArray, source: KeyArray, least: int, actors: int) -> KeyArray:
    """Sources joined where so many share a key (keys sorted): the lowest source of each, -1: alone."""
    parent = np.full(actors, -1, np.int32)
    begin = 0
    while begin < keys.shape[0]:
        end = begin + 1
        while end < keys.shape[0] and keys[end] == keys[begin]:
            end += 1
        if end - begin >= least:
            for place in range(begin, end):
                if parent[source[place]] < 0:
                    parent[source[place]] = source[place]
                one, other = source[begin], source[place]
                while parent[one] != one:
                    parent[one] = parent[parent[one]]
                    one = parent[one]
                while parent[other] != other:
                    parent[other] = parent[parent[other]]
                    other = parent[other]
                parent[max(one, other)] = min(one, other)
        begin = end
    for actor in range(actors):
        if parent[actor] >= 0:
            root = parent[actor]
            while parent[root] != root:
                root = parent[root]
            parent[actor] = root
    return parent
