"""Sums that do not depend on the order of their parts, and the groups that they are made over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_STEP = 2.0**-26


@dataclass(frozen=True)
class ExactValues:
    """Values to be summed by group, right to the last digit and the same in whatever order they come.

    A value is cut at 2^-26. Sums of the upper parts are exact below 2^27 (134 million effective people), and
    what a million lower parts can lose to rounding is under 1e-11. A plain sum of as many may miss 1e-7.

    Example:
        >>> ExactValues.of(np.array([0.1, 0.2, 4.0])).sums(np.array([0, 0, 1]), 3).tolist()
        [0.30000000000000004, 4.0, 0.0]
    """

    upper: FloatArray
    lower: FloatArray

    @staticmethod
    def of(values: FloatArray) -> ExactValues:
        """Cut values in two."""
        upper = np.rint(values / _STEP) * _STEP
        return ExactValues(upper, values - upper)

    def sums(self, codes: IntArray, groups_count: int) -> FloatArray:
        """Sum of each group; codes say which group a value belongs to, 0 <= code < groups_count."""
        upper = np.bincount(codes, weights=self.upper, minlength=groups_count)
        lower = np.bincount(codes, weights=self.lower, minlength=groups_count)
        return np.asarray(upper + lower, dtype=np.float64)

    def total(self) -> float:
        """Sum of all values."""
        return float(self.upper.sum() + self.lower.sum())


def exact_total(values: FloatArray) -> float:
    """Sum of all values, by the same rule.

    Example:
        >>> exact_total(np.array([0.1] * 10))
        1.0
    """
    return ExactValues.of(values).total()


@dataclass(frozen=True)
class Groups:
    """Rows by one of their columns: `keys[codes[row]]` is a row's value; rows without have code len(keys)."""

    codes: IntArray
    keys: pa.Array

    def sums(self, values: ExactValues) -> FloatArray:
        """Sum per key, then of the rows without one."""
        return values.sums(self.codes, len(self.keys) + 1)


def group_rows(column: pa.Array | pa.ChunkedArray) -> Groups:
    """Group rows by the values of a column (nulls apart)."""
    import pyarrow as pa

    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    values = whole.cast(whole.type.value_type) if pa.types.is_dictionary(whole.type) else whole
    if pa.types.is_integer(values.type) and len(values) and values.null_count == 0:
        numbers = values.to_numpy()
        if bool(np.all(numbers[1:] >= numbers[:-1])):
            # Most people come in order of their keys: no need to look each of them up.
            is_first = np.concatenate(([True], numbers[1:] != numbers[:-1]))
            return Groups(np.cumsum(is_first) - 1, pa.array(numbers[is_first]))
    encoded = values.dictionary_encode()
    keys = encoded.dictionary
    codes = encoded.indices.fill_null(len(keys)).to_numpy(zero_copy_only=False).astype(np.int64)
    return Groups(codes, keys)


def distinct_per_group(codes: IntArray, members: IntArray, groups_count: int) -> IntArray:
    """How many different members each group has.

    Example:
        >>> distinct_per_group(np.array([0, 0, 0, 1]), np.array([7, 7, 8, 8]), 3).tolist()
        [2, 1, 0]
    """
    if len(codes) == 0:
        return np.zeros(groups_count, np.int64)
    width = int(members.max()) + 1
    pairs = np.sort(codes * width + members)
    is_first = np.concatenate(([True], pairs[1:] != pairs[:-1]))
    return np.bincount(pairs[is_first] // width, minlength=groups_count)
