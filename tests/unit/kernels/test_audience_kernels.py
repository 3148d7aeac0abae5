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
from renown.trust.company import _shared_events, mutual_ties
from renown.trust.known import heard_elsewhere, popular_actors
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
    assert mutual_ties(ties).tolist() == expected


APART = 1 << 15
"""Keys so far apart share a place of the filter that the kernels ask first."""


@settings(max_examples=15, deadline=None)
@given(pairs=PAIRS)
def test_who_shares_a_place_of_the_filter_is_not_taken_for_another(pairs):
    near = tie_table([(s, t, 0) for s, t in pairs], 8)
    apart = tie_table([(s * APART, t * APART, 0) for s, t in pairs], 7 * APART + 1)
    rule = TrustRule(listener_tries=100)
    assert heard_elsewhere(apart, rule).tolist() == heard_elsewhere(near, rule).tolist()
    assert mutual_ties(apart).tolist() == mutual_ties(near).tolist()


def test_audiences_too_large_for_the_filter_are_looked_at_too():
    """5,000 people react to 0, and to each other in a ring; one of them is heard by somebody else."""
    ring = [(person, 0, 0) for person in range(1, 5_001)]
    ring += [(person, person % 5_000 + 1, 0) for person in range(1, 5_001)] + [(6_000, 7, 0)]
    ties = tie_table(ring, 6_001)
    heard = heard_elsewhere(ties, TrustRule())
    towards_crowd = ties.target == 0
    assert ties.source[heard & towards_crowd].tolist() == [7]


@settings(max_examples=60, deadline=None)
@given(
    acts=st.lists(
        st.tuples(st.integers(0, 30), st.integers(31, 36), st.integers(0, 200)),
        min_size=1,
        unique_by=lambda act: act[:2],
    ),
    share=st.sampled_from([0.2, 0.4, 1.0]),
)
def test_popular_actors_and_shared_windows_by_definition(acts, share):
    ties, rule = tie_table(acts, 37), TrustRule(popular_share=share, lockstep_least=3)
    counts = np.bincount(ties.target, minlength=37)
    ranked = np.sort(counts)[::-1]
    last = ranked[int(np.searchsorted(np.cumsum(ranked), share * len(acts)))]
    popular = popular_actors(ties, share)
    assert popular.tolist() == (counts > last).tolist()
    windows = list(zip(ties.target.tolist(), (ties.first_minute // 60).tolist(), strict=True))
    expected = [
        place
        for place, (actor, window) in enumerate(windows)
        if not popular[actor] and windows.count((actor, window)) >= 3
    ]
    assert _shared_events(ties, rule).tolist() == expected


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
