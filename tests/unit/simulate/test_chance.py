from __future__ import annotations

import numpy as np

from renown.simulate.chance import bits, chances, distinct, is_among, key_of


def test_chances_are_uniform_and_pairs_are_independent():
    who, what = np.divmod(np.arange(400_000), 20_000)
    thrown = chances(key_of(1, "test"), who, what)
    counts = np.histogram(thrown, bins=20, range=(0, 1))[0]
    # chi-square with 19 degrees of freedom: above 50 once in 8,000 seeds
    assert ((counts - 20_000) ** 2 / 20_000).sum() < 50
    assert abs(np.corrcoef(thrown[:-1], thrown[1:])[0, 1]) < 0.01
    assert abs(np.corrcoef(thrown[who == 0], thrown[who == 1])[0, 1]) < 0.03
    assert thrown.min() > 0
    assert thrown.max() < 1


def test_a_throw_depends_on_what_it_decides_only():
    who, what = np.arange(1_000), np.arange(1_000)[::-1].copy()
    together = chances(key_of(5, "a"), who, what)
    backwards = chances(key_of(5, "a"), who[::-1].copy(), what[::-1].copy())[::-1]
    np.testing.assert_array_equal(together, backwards)
    assert not (together == chances(key_of(5, "b"), who, what)).any()
    assert not (together == chances(key_of(6, "a"), who, what)).any()
    assert not (bits(key_of(5, "a"), who, 1) == bits(key_of(5, "a"), who, 2)).any()


def test_negative_and_huge_seeds_have_keys():
    assert len({int(key_of(seed, "x")) for seed in (-1, 0, 1, 2**200)}) == 4


def test_distinct_and_membership_agree_with_sets():
    values = np.array([5, 3, 5, 9, 3])
    assert distinct(values).tolist() == [3, 5, 9]
    assert is_among(np.array([1, 3, 9, 10]), distinct(values)).tolist() == [False, True, True, False]
    assert is_among(np.array([1]), np.empty(0, np.int64)).tolist() == [False]
    assert distinct(np.empty(0, np.int64)).tolist() == []
