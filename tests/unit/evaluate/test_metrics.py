import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from renown.evaluate.metrics import ndcg, ranked, spearman

PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=40)


def dcg(gains):
    return sum(gain / np.log2(place + 1) for place, gain in enumerate(gains, 1))


@settings(max_examples=200, deadline=None)
@given(PAIRS)
def test_spearman_is_scipys(pairs):
    one, other = np.array(pairs, float).T
    ours = spearman(ranked(one), ranked(other))
    if len(set(one)) == 1 or len(set(other)) == 1:
        assert np.isnan(ours)
    else:
        assert ours == pytest.approx(spearmanr(one, other).statistic, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(PAIRS, st.randoms(use_true_random=False))
def test_a_weight_is_as_good_as_being_there_that_often(pairs, random):
    one, other = np.array(pairs, float).T
    weights = np.array([random.randint(0, 3) for _ in pairs], float)
    if weights.sum() == 0:
        return
    often = np.repeat(np.arange(len(pairs)), weights.astype(int))
    expected = spearman(ranked(one[often]), ranked(other[often]))
    assert spearman(ranked(one), ranked(other), weights) == pytest.approx(expected, abs=1e-12, nan_ok=True)
    expected = ndcg(ranked(one[often]), other[often], 5)
    assert ndcg(ranked(one), other, 5, weights=weights) == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_ndcg_by_hand():
    gains = np.array([1.0, 3.0, 0.0, 2.0])
    best = dcg([3, 2, 1, 0])
    assert ndcg(ranked([1, 9, 5, 3]), gains, 100) == pytest.approx(dcg([3, 0, 2, 1]) / best)
    assert ndcg(ranked([1, 9, 5, 3]), gains, 2) == pytest.approx(dcg([3, 0]) / dcg([3, 2]))
    assert ndcg(ranked(gains), gains, 100) == 1.0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), min_size=1, max_size=6), st.integers(1, 7))
def test_ties_share_what_a_random_order_of_them_would_get(pairs, places):
    values, gains = np.array(pairs, float).T
    orders = [
        order
        for order in itertools.permutations(range(len(pairs)))
        if all(values[a] >= values[b] for a, b in itertools.pairwise(order))
    ]
    expected = np.mean([dcg(gains[list(order)][:places]) for order in orders])
    ideal = dcg(sorted(gains, reverse=True)[:places])
    ours = ndcg(ranked(values), gains, places)
    assert ours == pytest.approx(expected / ideal, abs=1e-12) if ideal else np.isnan(ours)


def test_sums_that_differ_in_their_last_bits_tie():
    assert 0.1 + 0.2 != 0.3
    assert ranked([0.1 + 0.2, 0.3, 0.31]).group.tolist() == [0, 0, 1]
    assert ranked([1e6, 1e6 + 1, 0.0]).count == 3


def test_an_order_among_some_is_the_order_of_those():
    order = ranked([5, 1, 3, 3]).among(np.array([True, False, True, True]))
    assert (order.group.tolist(), order.count) == ([1, 0, 0], 2)


def test_nothing_to_compare_gives_no_figure():
    assert np.isnan(spearman(ranked([1, 2, 3]), ranked([4, 4, 4])))
    assert np.isnan(spearman(ranked([]), ranked([])))
    assert np.isnan(ndcg(ranked([1, 2]), np.zeros(2), 100))
