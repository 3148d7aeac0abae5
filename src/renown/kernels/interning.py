"""Strings to dense integers: an open-addressing table over Arrow's own bytes, with exact comparison.

A hash join of every batch against the dictionary (DuckDB) and unified dictionaries (Arrow) were tried first;
they touch every distinct string of a batch several times and took about twice as long on 10 million rows.
"""

from __future__ import annotations

import secrets
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]
OffsetArray = NDArray[np.int32]
ByteArray = NDArray[np.uint8]

Number = TypeVar("Number", np.int64, np.uint8)

_SMALLEST = 1 << 10
_BLOCK = 128


class Interner:
    """Gives each distinct string the next integer, 0 upwards, in order of first appearance.

    Cost:     about 0.1 microseconds a string; memory 32 to 64 bytes a distinct string, and its bytes.
    Example:
        >>> import pyarrow as pa
        >>> interner = Interner()
        >>> interner.intern(pa.array(["ada", "bob", "ada"])).tolist()
        [0, 1, 0]
        >>> interner.strings(1).to_pylist()
        ['bob']
    """

    def __init__(self) -> None:
        self.count = 0
        self._table = np.zeros((_SMALLEST, 2), np.int64)
        self._starts = np.zeros(_SMALLEST + 1, np.int64)
        self._bytes = np.zeros(_SMALLEST, np.uint8)
        # A secret start value, so that nobody can prepare ids that all fall into one slot.
        self._seed = secrets.randbits(62)

    def intern(self, strings: pa.Array) -> IntArray:
        """Integer of each string; new ones get the next. Nulls are not allowed."""
        keys = np.empty(len(strings), np.int64)
        if not len(strings):
            return keys
        offsets, content = _buffers(strings)
        self._make_room(len(strings), int(offsets[-1] - offsets[0]))
        known = (self._starts, self._bytes)
        self.count = _intern((offsets, content), self._table, known, self.count, self._seed, keys)
        return keys

    def strings(self, first: int = 0) -> pa.ChunkedArray:
        """The strings from integer `first` upwards, in order."""
        chunks = []
        for begin in range(first, self.count, 1 << 22):
            stop = min(begin + (1 << 22), self.count)
            starts = self._starts[begin : stop + 1]
            content = pa.py_buffer(self._bytes[starts[0] : starts[-1]].tobytes())
            offsets = pa.py_buffer((starts - starts[0]).astype(np.int32).tobytes())
            chunks.append(pa.StringArray.from_buffers(stop - begin, offsets, content))
        return pa.chunked_array(chunks, pa.string())

    def _make_room(self, strings_count: int, bytes_count: int) -> None:
        """Room for a batch in which every string is new."""
        wanted = self.count + strings_count
        if 2 * wanted > len(self._table):
            bigger = np.zeros((1 << (2 * wanted - 1).bit_length(), 2), np.int64)
            _rehash(self._table, bigger)
            self._table = bigger
        if wanted + 1 > self._starts.size:
            self._starts = _grown(self._starts, wanted + 1)
        needed = int(self._starts[self.count]) + bytes_count
        if needed > self._bytes.size:
            self._bytes = _grown(self._bytes, needed)


def _grown(array: NDArray[Number], wanted: int) -> NDArray[Number]:
    bigger = np.zeros(max(wanted, 2 * array.size), array.dtype)
    bigger[: array.size] = array
    return bigger


def _buffers(strings: pa.Array) -> tuple[OffsetArray, ByteArray]:
    _, offsets, content = strings.buffers()
    places = np.frombuffer(offsets, np.int32)[strings.offset : strings.offset + len(strings) + 1]
    return places, np.frombuffer(content, np.uint8) if content is not None else np.zeros(0, np.uint8)


@compiled
def _rehash(old: IntArray, new: IntArray) -> None:
    mask = new.shape[0] - 1
    for place in range(old.shape[0]):
        if old[place, 0] > 0:
            slot = old[place, 1] & mask
            while new[slot, 0] > 0:
                slot = (slot + 1) & mask
            new[slot, 0] = old[place, 0]
            new[slot, 1] = old[place, 1]


@compiled
def _intern(
    given: tuple[OffsetArray, ByteArray],
    table: IntArray,
    known: tuple[IntArray, ByteArray],
    count: int,
    seed: int,
    keys: IntArray,
) -> int:
    """Look up or add each string; linear probing over (key + 1, hash), bytes compared where hashes agree.

    In blocks, each stage of a block touching memory before the next needs it: the waits for memory overlap.
    """
    offsets, content = given
    starts, memory = known
    mask = table.shape[0] - 1
    codes = np.empty(_BLOCK, np.int64)
    begins = np.empty(_BLOCK, np.int64)
    touched = 0
    for first in range(0, keys.shape[0], _BLOCK):
        size = min(_BLOCK, keys.shape[0] - first)
        for row in range(size):
            code = np.int64(seed)
            for place in range(offsets[first + row], offsets[first + row + 1]):
                code = (code ^ np.int64(content[place])) * 0x100000001B3
            code = (code ^ (code >> 32)) * 0x1E3779B97F4A7C15
            codes[row] = code ^ (code >> 29)
            begins[row] = table[codes[row] & mask, 0]
        for row in range(size):
            begins[row] = starts[begins[row] - 1] if begins[row] > 0 else 0
        for row in range(size):
            touched += memory[begins[row]]
        for row in range(size):
            begin, stop = offsets[first + row], offsets[first + row + 1]
            code, length, key = codes[row], stop - begin, -1
            slot = code & mask
            while table[slot, 0] > 0:
                candidate = table[slot, 0] - 1
                start = starts[candidate]
                if table[slot, 1] == code and starts[candidate + 1] - start == length:
                    same = 0
                    while same < length and memory[start + same] == content[begin + same]:
                        same += 1
                    if same == length:
                        key = candidate
                        break
                slot = (slot + 1) & mask
            if key < 0:
                key = count
                table[slot, 0] = key + 1
                table[slot, 1] = code
                start = starts[key]
                memory[start : start + length] = content[begin:stop]
                starts[key + 1] = start + length
                count += 1
            keys[first + row] = key
    return count if touched >= 0 else -1
