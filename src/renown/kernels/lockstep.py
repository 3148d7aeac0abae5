"""Accounts that act on the same targets within the same minutes, by hashing: no two are compared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renown.kernels.audience import Audiences
from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]
UnsignedArray = NDArray[np.uint64]
KeyArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]


@compiled
def _mixed(value: np.uint64) -> np.uint64:
    """A well mixed 64-bit number (SplitMix64's finaliser)."""
    value ^= value >> np.uint64(30)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    value ^= value >> np.uint64(27)
    value *= np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@compiled
def shared_events(
    audiences: Audiences,
    minute: KeyArray,
    is_popular: MaskArray,
    numbers: tuple[int, int, int],
    bounds: tuple[int, int],
) -> IntArray:
    """Ties towards the actors of `bounds` in windows that so many share; popular actors are left out.

    Args:     numbers: minutes of a window, how many windows there are, and by how many one must be shared.
    Cost:     one pass over the ties of audiences that are large enough; 4 bytes for each window.
    """
    start, ties = audiences
    minutes, windows, least = numbers
    low, high = bounds
    found = np.empty(start[high] - start[low], np.int64)
    count = 0
    shared = np.zeros(windows, np.int32)
    window = np.empty(1024, np.int32)
    for actor in range(low, high):
        begin, size = start[actor], start[actor + 1] - start[actor]
        if is_popular[actor] or size < least:
            continue
        if size > window.shape[0]:
            window = np.empty(2 * size, np.int32)
        for at in range(size):
            window[at] = minute[ties[begin + at, 0]] // minutes
        most = 0
        for at in range(size):
            shared[window[at]] += 1
            most = max(most, shared[window[at]])
        if most >= least:
            for at in range(size):
                if shared[window[at]] >= least:
                    found[count] = ties[begin + at, 0]
                    count += 1
        for at in range(size):
            shared[window[at]] = 0
    return found[:count].copy()


@compiled
def event_triples(
    source: KeyArray, event: IntArray, size: KeyArray, most: int, most_size: int
) -> tuple[UnsignedArray, KeyArray]:
    """Three events of one source as one number, for every three of its rarest, and the source.

    Args:     source (sorted), event: number of the (target, window), size: sources that share it; one entry
              per act. Events that more than `most_size` share are left out: a hub says nothing.
    Cost:     O(acts + sources * most^3).
    """
    rarest = np.empty(most, np.int64)
    total = 0
    for turn in range(2):
        if turn == 1:
            keys, owner = np.empty(total, np.uint64), np.empty(total, np.int32)
        filled = 0
        end = 0
        while end < source.shape[0]:
            begin = end
            count = 0
            while end < source.shape[0] and source[end] == source[begin]:
                act = end
                end += 1
                place = min(count, most - 1)
                if size[act] > most_size or (count == most and size[act] >= size[rarest[place]]):
                    continue
                while place > 0 and size[rarest[place - 1]] > size[act]:
                    rarest[place] = rarest[place - 1]
                    place -= 1
                rarest[place] = act
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
                        owner[filled] = source[begin]
                        filled += 1
    return keys, owner


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
