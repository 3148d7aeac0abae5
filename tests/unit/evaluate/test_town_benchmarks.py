"""Searches on towns that docs/decisions quote: they measure what they say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

import renown
from benchmarks.definition_search import candidates, figures
from benchmarks.town_ceiling import COLUMNS, ceilings
from renown.definitions import load_definition


def test_the_ceiling_of_a_count_is_that_of_the_people_who_came():
    found = dict(zip(COLUMNS, ceilings(1_000, 1), strict=True))
    truth = renown.build_town(people_count=1_000, seed=1).truth
    influence = truth["true_influence"].to_numpy()
    came = truth["caused_count"].to_numpy() + truth["anyway_count"].to_numpy()
    top = np.argsort(-influence, kind="stable")[: max(10, round(0.01 * influence.size))]
    assert found["its own count"] == pytest.approx(spearmanr(came[top], influence[top]).statistic)
    assert found["truth elsewhere"] > found["its own count"]


def test_candidates_are_renown_1_and_others_that_differ_from_it_and_each_other():
    found = list(candidates())
    assert found[0].content_hash() == load_definition().content_hash()
    assert len({one.content_hash() for one in found}) == len(found) > 30


def test_a_search_compares_definitions_with_counting_people():
    found = figures(1_000, 1, [load_definition()])
    assert set(found) == {"renown-1", "distinct reactors"}
    assert all(0.0 < figure <= 1.0 for row in found.values() for figure in row)
