"""What trust makes of ties and of all that a person gives, beside the same with dictionaries."""

from __future__ import annotations

from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.kernels.attention import Factors
from renown.scoring.factors import given_shares, tie_factors

ties = st.tuples(st.integers(0, 12), st.integers(0, 12))
independences = st.dictionaries(ties, st.floats(0, 1))
trusts = st.lists(st.floats(0, 1), max_size=8)


def factors_of(independence, trust):
    listed = sorted(independence)
    return Factors(
        np.array(trust),
        np.array([pair[0] for pair in listed], np.int64),
        np.array([pair[1] for pair in listed], np.int64),
        np.array([independence[pair] for pair in listed]),
    )


@given(st.lists(ties, min_size=1), independences, trusts)
def test_factors_of_ties_are_those_that_a_dictionary_has(asked, independence, trust):
    found = tie_factors(factors_of(independence, trust), *np.array(asked, np.int64).T)
    expected = [
        (trust[source] if source < len(trust) else 1.0) * independence.get((source, target), 1.0)
        for source, target in asked
    ]
    assert found.tolist() == pytest.approx(expected)


@given(independences, st.sets(ties), trusts)
def test_of_what_a_person_gives_counts_what_counts_of_their_ties_on_average(independence, others, trust):
    factors, all_ties = factors_of(independence, trust), sorted({*independence, *others})
    persons = np.arange(13)
    counts = np.array([sum(source == person for source, _ in all_ties) for person in persons])
    found = given_shares(factors, persons, counts)
    for person in persons:
        own = [pair for pair in all_ties if pair[0] == person]
        of_ties = tie_factors(factors, *np.array(own, np.int64).reshape(-1, 2).T).tolist()
        alone = trust[person] if person < len(trust) else 1.0
        assert found[person] == pytest.approx(fmean(of_ties) if own else alone)
