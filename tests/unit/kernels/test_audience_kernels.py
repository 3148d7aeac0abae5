"""Who is heard elsewhere, who reciprocates, and whose audiences are alike: against loops and formulas."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.kernels.attention import Rows
from renown.kernels.audience import tie_starts
from renown.kernels.crowds import unlikely
from renown.kernels.rhythm import measure_rhythms
from renown.kernels.shared_audience import poisson_tail
from renown.trust.company import _mutual
from renown.trust.known import heard_elsewhere
from renown.trust.rule import TrustRule
from tests.ties import tie_table

PAIRS = st.sets(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] != pair[1]), min_size=1
)


@settings(max_examples=60, deadline=None)
@given(pairs=PAIRS)
def test_heard_elsewhere_by_definition(pairs):
    ties = tie_table([(s, t, 0) for s, t in pairs], 8)
    heard = heard_elsewhere(ties, TrustRule(listener_tries=100))
    for place, (person, actor) in enumerate(zip(ties.source, ties.target, strict=True)):
        audience = {s for s, t in pairs if t == actor}
        listeners = {s for s, t in pairs if t == person} - {actor, person}
        assert heard[place] == bool(listeners - audience)


OWNERS = [0, 1, 2, 3, 4, 5, 0, 1]
"""Accounts 6 and 7 are second accounts of 0 and 1."""


@settings(max_examples=200, deadline=None)
@given(pairs=PAIRS.map(lambda pairs: {(OWNERS[s], t) for s, t in pairs if OWNERS[s] != OWNERS[t]}))
def test_heard_elsewhere_is_by_person_whichever_account_is_reacted_to(pairs):
    ties = replace(tie_table([(s, t, 0) for s, t in pairs], 8), person_of=np.array(OWNERS, np.int32))
    heard = heard_elsewhere(ties, TrustRule(listener_tries=100))
    for place, (person, actor) in enumerate(zip(ties.source, ties.target, strict=True)):
        audience = {s for s, t in pairs if t == actor}
        listeners = {s for s, t in pairs if OWNERS[t] == person} - {OWNERS[actor], person}
        assert heard[place] == bool(listeners - audience)


@settings(max_examples=60, deadline=None)
@given(pairs=PAIRS)
def test_mutual_by_definition(pairs):
    ties = tie_table([(s, t, 0) for s, t in pairs], 8)
    expected = [(t, s) in pairs for s, t in zip(ties.source, ties.target, strict=True)]
    assert _mutual(ties).tolist() == expected


@pytest.mark.parametrize(("hits", "expected"), [(1, 0.5), (2, 0.1), (5, 3.0), (40, 10.0)])
def test_poisson_tail(hits, expected):
    tail = 1 - math.fsum(math.exp(-expected) * expected**k / math.factorial(k) for k in range(hits))
    assert poisson_tail(hits, expected) == pytest.approx(tail, abs=1e-12)


@pytest.mark.parametrize(
    ("few", "count", "share"), [(0, 10, 0.3), (3, 50, 0.2), (1, 90, 0.07), (20, 50, 0.2)]
)
def test_unlikely_is_the_binomial_tail(few, count, share):
    below = math.fsum(math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(few + 1))
    for tail in (0.5, 0.05, 0.01, 0.001):
        assert unlikely(few, count, share, tail) == (below < tail)


def rows_of(*acts):
    source, target, minute = (np.array(column) for column in zip(*sorted(acts), strict=True))
    return Rows(source, target, np.zeros(source.size, np.int8), minute * 60_000_000)


def test_ties_start_with_their_first_act_before_the_moment():
    rows = rows_of((1, 2, 5), (1, 2, 9), (1, 2, 50), (1, 3, 60), (4, 2, 7))
    starts = tie_starts(rows, 50 * 60_000_000, 0)
    assert starts.source.tolist() == [1, 4]
    assert starts.first_minute.tolist() == [5, 7]
    assert starts.last_minute.tolist() == [9, 7]


def test_a_clock_is_even_and_a_person_is_not():
    chance = np.random.default_rng(1)
    clock = [(1, 2, 10 * k) for k in range(300)]
    person = [(5, 6, int(m)) for m in np.cumsum(chance.exponential(60, 300) + 1)]
    rhythms = measure_rhythms(rows_of(*clock, *person, (9, 1, 3)), 10**15, 200)
    assert rhythms.source.tolist() == [1, 5]
    assert rhythms.even_gap_share[0] == 1.0
    assert rhythms.even_gap_share[1] < 0.3
    assert rhythms.waking_hours[0] == 24
    assert rhythms.longest_share.tolist() == [1.0, 1.0]
