"""Ids of a block as a dictionary of distinct texts: every check and change touches each distinct id once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from renown.sources.reasons import REASON_CODES

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST_ID_BYTES: Final = 512
"""Longest native id that is read. Real ones (DIDs, URLs of posts and people) stay well below."""

NO_NETWORK: Final = ""
"""For texts that belong to no network, such as kinds."""

Int32Array = npt.NDArray[np.int32]
CodeArray = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Identifiers:
    """Ids of some rows: distinct texts, each row's place among them (-1: none) and reason (0: good)."""

    values: pa.Array
    indices: Int32Array
    reasons: CodeArray

    def taken(self, rows: npt.NDArray[np.bool_] | None) -> pa.Array:
        """Dictionary array of some rows (None: all), with just the values that these rows use."""
        import pyarrow as pa

        indices = self.indices if rows is None else self.indices[rows]
        is_null = indices < 0
        has_nulls = bool(is_null.any())
        used = np.zeros(len(self.values), bool)
        used[indices[~is_null] if has_nulls else indices] = True
        values = self.values
        if not used.all():
            places = (np.cumsum(used) - 1).astype(np.int32)
            indices = places[indices] if len(places) else indices
            values = values.filter(pa.array(used))
        array = pa.array(indices, pa.int32(), mask=is_null if has_nulls else None)
        return pa.DictionaryArray.from_arrays(array, values)


def read_identifiers(column: pa.Array, *, network: str | None, missing: str | None) -> Identifiers:
    """Ids of one column, each as `network:native_id`.

    White space around an id is no part of it; an id that begins with its network already keeps it as it is.

    Args:
        column: text, whole numbers, or a dictionary of either.
        network: what to put before each id; None: each id must begin with a network of its own; NO_NETWORK:
            the texts stay as they are.
        missing: reason for a row without id; None: a row may have none.

    Cost: one hash look-up a row, and about 100 ns for every distinct id.
    """
    import pyarrow as pa

    encoded = _encoded(column)
    indices = encoded.indices.fill_null(-1) if encoded.null_count else encoded.indices
    indices = indices.to_numpy(zero_copy_only=False)
    values = encoded.dictionary
    if len(values) == 0:
        codes = np.zeros(0, np.uint8)
    else:
        values, codes, is_changed = _checked(values, network)
        if is_changed or pa.types.is_dictionary(column.type):
            values, places = _distinct(values)
            indices = np.where(indices >= 0, places[indices], np.int32(-1))
            codes = _first_per_place(codes, places, len(values))
    missing_code = REASON_CODES[missing] if missing else 0
    by_value = np.append(np.where(codes == _EMPTY, missing_code, codes), missing_code).astype(np.uint8)
    reasons = by_value[indices]
    if _EMPTY in codes:
        indices = np.where(np.append(codes == _EMPTY, False)[indices], np.int32(-1), indices)
    return Identifiers(values.cast(pa.string()), indices.astype(np.int32, copy=False), reasons)


_EMPTY: Final = 255
_TABLE_PLACES_PER_ROW: Final = 16


def _encoded(column: pa.Array) -> pa.DictionaryArray:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = pa.DictionaryArray.from_arrays(
            column.indices.cast(pa.int32()), _as_text(column.dictionary), safe=False
        )
        return column if not column.dictionary.null_count else column.dictionary_decode().dictionary_encode()
    if pa.types.is_integer(column.type):
        dense = _dense_numbers(column)
        encoded = column.dictionary_encode() if dense is None else dense
        return pa.DictionaryArray.from_arrays(
            encoded.indices, encoded.dictionary.cast(pa.string()), safe=False
        )
    return _as_text(column).dictionary_encode()


def _dense_numbers(column: pa.Array) -> pa.DictionaryArray | None:
    """Numbers that lie close together, by a table of all numbers between: half the time of hashing them.

    None where the table would be too large for the rows, or some row has no number.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.null_count or not len(column):
        return None
    least, most = pc.min_max(column).as_py().values()
    if most - least >= _TABLE_PLACES_PER_ROW * len(column):
        return None
    wide = np.uint64 if pa.types.is_uint64(column.type) else np.int64
    offsets = (column.to_numpy(zero_copy_only=False).astype(wide) - wide(least)).astype(np.int64)
    is_used = np.zeros(most - least + 1, bool)
    is_used[offsets] = True
    used = np.flatnonzero(is_used)
    places = np.empty(len(is_used), np.int32)
    places[used] = np.arange(len(used), dtype=np.int32)
    values = pa.array(used.astype(wide) + wide(least))
    return pa.DictionaryArray.from_arrays(pa.array(places[offsets]), values, safe=False)


def _as_text(values: pa.Array) -> pa.Array:
    """As `string` without checking the bytes: that is done for distinct values only."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(values.type):
        return values
    options = pc.CastOptions(target_type=pa.string(), allow_invalid_utf8=True)
    return pc.cast(values, options=options)


def _checked(values: pa.Array, network: str | None) -> tuple[pa.Array, CodeArray, bool]:
    """Distinct texts trimmed and prefixed, the code of the reason why one cannot be used, and whether two may
    have become alike."""
    import pyarrow.compute as pc

    values, is_invalid = _without_invalid(values)
    untrimmed_bytes = pc.sum(pc.binary_length(values)).as_py()
    values = pc.ascii_trim_whitespace(values)
    lengths = pc.binary_length(values).to_numpy(zero_copy_only=False)
    codes = np.zeros(len(values), np.uint8)
    values, native_lengths, has_network = _with_network(values, lengths, network)
    is_changed = bool(
        is_invalid.any() or lengths.sum() != untrimmed_bytes or (native_lengths != lengths).any()
    )
    codes[~has_network] = REASON_CODES["missing_network"]
    codes[native_lengths > LONGEST_ID_BYTES] = REASON_CODES["id_too_long"]
    if _holds_nul(values):
        codes[pc.match_substring(values, "\0").to_numpy(zero_copy_only=False)] = REASON_CODES["nul_byte"]
    codes[native_lengths == 0] = _EMPTY
    codes[is_invalid] = REASON_CODES["invalid_utf8"]
    return values, codes, is_changed


def _with_network(
    values: pa.Array, lengths: npt.NDArray[np.int32], network: str | None
) -> tuple[pa.Array, npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Ids with their network before them, the lengths of their native parts, and which have a network."""
    import pyarrow.compute as pc

    if network is None:
        colons = pc.find_substring(values, ":").to_numpy(zero_copy_only=False)
        has_network = (colons > 0) | (lengths == 0)
        return values, np.where(colons > 0, lengths - colons - 1, lengths).astype(np.int32), has_network
    if network == NO_NETWORK:
        return values, lengths, np.ones(len(values), bool)
    prefix = f"{network}:"
    prefixed = pc.binary_replace_slice(values, 0, 0, prefix)  # four times as fast as joining
    is_prefixed = pc.starts_with(values, prefix)
    if pc.any(is_prefixed).as_py():
        prefixed = pc.if_else(is_prefixed, values, prefixed)
        own = is_prefixed.to_numpy(zero_copy_only=False)
        lengths = np.where(own, lengths - len(prefix), lengths).astype(np.int32)
    return prefixed, lengths, np.ones(len(values), bool)


def _without_invalid(values: pa.Array) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
    """Texts that are not UTF-8 made readable, and which they were (only columnar files can hold such)."""
    import pyarrow as pa

    is_invalid = np.zeros(len(values), bool)
    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        texts = []
        for place, raw in enumerate(values.cast(pa.binary()).to_pylist()):
            text = raw.decode("utf-8", "backslashreplace")
            is_invalid[place] = text.encode() != raw
            texts.append(text)
        return pa.array(texts, pa.string()), is_invalid
    return values, is_invalid


def _holds_nul(values: pa.Array) -> bool:
    contents = values.buffers()[2]
    return contents is not None and b"\0" in contents.to_pybytes()


def _distinct(values: pa.Array) -> tuple[pa.Array, Int32Array]:
    """Values without repetition, and the place of each among them."""
    encoded = values.dictionary_encode()
    return encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False)


def _first_per_place(codes: CodeArray, places: Int32Array, count: int) -> CodeArray:
    merged = np.zeros(count, np.uint8)
    merged[places[::-1]] = codes[::-1]
    return merged
