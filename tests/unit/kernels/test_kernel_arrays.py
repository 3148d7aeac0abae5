"""The array kernels against plain Python and NumPy."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.kernels.interning import Interner
from renown.kernels.ordering import is_ordered, mark_repeats, order_rows, rough_order

columns = st.lists(st.tuples(*[st.integers(0, 6)] * 4), max_size=60)


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(st.lists(st.text(max_size=6), max_size=20), max_size=5))
def test_each_distinct_string_has_one_integer_in_order_of_appearance(batches):
    interner, expected = Interner(), {}
    for batch in batches:
        found = interner.intern(pa.array(batch, pa.string())).tolist()
        assert found == [expected.setdefault(text, len(expected)) for text in batch]
    assert interner.strings().to_pylist() == list(expected)


def test_a_slice_of_strings_is_read_from_its_own_beginning():
    whole = pa.array(["a", "bb", "ccc", "bb"])
    assert Interner().intern(whole.slice(1)).tolist() == [0, 1, 0]


@pytest.mark.parametrize("scale", [1, 2**33])
@settings(max_examples=60, deadline=None)
@given(rows=columns)
def test_order_is_that_of_lexsort(scale, rows):
    source, target, time, identity = np.array(rows, np.int64).reshape(-1, 4).T.copy() * [
        [scale],
        [1],
        [1],
        [1],
    ]
    order = order_rows(source, target, time, identity)
    wanted = np.lexsort((identity, time, target, source))
    for column in (source, target, time, identity):
        assert (column[order] == column[wanted]).all()
    assert is_ordered(source[order], target[order], time[order])


def test_a_long_pair_is_ordered_too():
    chance = np.random.default_rng(2)
    time, identity = chance.integers(0, 9, 500), chance.integers(0, 9, 500)
    same = np.zeros(500, np.int64)
    order = order_rows(same, same, time, identity)
    assert (np.diff(time[order] * 10 + identity[order]) >= 0).all()


def test_repeats_are_the_later_ones():
    row = np.array([1, 1, 1, 2], np.int64)
    assert mark_repeats(row, row, row, np.array([5, 5, 6, 6], np.int64)).tolist() == [
        False,
        True,
        False,
        False,
    ]


def test_what_is_not_in_order_is_said():
    one, two = np.array([1, 1], np.int64), np.array([2, 1], np.int64)
    assert not is_ordered(two, one, one)
    assert not is_ordered(one, two, one)
    assert not is_ordered(one, one, two)


def test_rough_order_keeps_bands_together():
    source = np.random.default_rng(1).integers(0, 10_000_000, 5_000)
    bands = source[rough_order(source)] >> (int(source.max()).bit_length() - 16)
    assert (np.diff(bands) >= 0).all()
