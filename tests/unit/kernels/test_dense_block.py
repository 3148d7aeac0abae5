"""Dense blocks, against brute force and networkx."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.kernels.dense_block import dense_circles, densest_block, trussed


def value_of(edges, rows, columns, degree):
    weight = sum(1 / np.log(degree[c] + 5) for r, c in edges if r in rows and c in columns)
    return weight / (len(rows) + len(columns))


@settings(max_examples=40, deadline=None)
@given(edges=st.sets(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1))
def test_peeling_finds_at_least_half_of_the_best(edges):
    row, column = (np.array(side) for side in zip(*sorted(edges), strict=True))
    degree = np.bincount(column, minlength=4)
    best = max(
        value_of(edges, rows, columns, degree)
        for n, m in itertools.product(range(1, 6), range(1, 5))
        for rows in itertools.combinations(range(5), n)
        for columns in itertools.combinations(range(4), m)
    )
    block = densest_block(row, column, 5, 4)
    inside = value_of(edges, np.flatnonzero(block.rows), np.flatnonzero(block.columns), degree)
    assert block.value == pytest.approx(inside)
    assert best / 2 <= block.value * (1 + 1e-9)
    assert block.value <= best * (1 + 1e-9)


def test_camouflage_hides_no_block():
    """Twenty accounts that serve ten customers, and each react to two of a thousand popular ones besides."""
    chance = np.random.default_rng(5)
    honest = set(
        zip(chance.integers(20, 400, 3000).tolist(), (chance.zipf(1.6, 3000) % 200).tolist(), strict=True)
    )
    bought = {(r, 200 + c) for r in range(20) for c in range(10)}
    camouflage = {(r, int(c)) for r in range(20) for c in chance.integers(0, 5, 2)}
    row, column = (np.array(side) for side in zip(*sorted(honest | bought | camouflage), strict=True))
    block = densest_block(row, column, 400, 210)
    assert set(np.flatnonzero(block.rows)) >= set(range(20))
    assert block.columns[200:].all()


@settings(max_examples=40, deadline=None)
@given(
    edges=st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda e: e[0] < e[1]), min_size=1),
    least=st.integers(1, 4),
)
def test_trusses_are_those_of_networkx(edges, least):
    edges = sorted(edges)
    kept = trussed(np.array(edges), 10, least)
    expected = nx.k_truss(nx.Graph(edges), least + 2)
    assert {edges[i] for i in np.flatnonzero(kept)} == {tuple(sorted(edge)) for edge in expected.edges}


def test_a_circle_leaves_its_surroundings_out():
    circle = list(itertools.combinations(range(6), 2))
    hung_on = [(5, 6), (6, 7), (7, 8), (0, 8)]
    (found,) = dense_circles(np.array([*circle, *hung_on]), 9, share=0.9, least=5)
    assert found.tolist() == list(range(6))


def test_two_circles_with_a_member_in_common_are_two():
    pairs = {*itertools.combinations(range(12), 2), *itertools.combinations(range(11, 23), 2)}
    found = dense_circles(np.array(sorted(pairs)), 23, share=0.7, least=8)
    assert sorted(members.tolist() for members in found) == [list(range(12)), list(range(11, 23))]


def test_circles_of_different_sizes_are_all_found():
    chance = np.random.default_rng(2)
    circles = [range(10), range(10, 40), range(40, 120)]
    joined = {
        pair for members in circles for pair in itertools.combinations(members, 2) if chance.random() < 0.9
    }
    loose = {tuple(sorted(pair)) for pair in chance.integers(0, 300, (600, 2)).tolist() if pair[0] != pair[1]}
    found = dense_circles(np.array(sorted(joined | loose)), 300, share=0.7, least=8)
    assert len(found) == 3
    for planted in circles:
        (cover,) = [set(members.tolist()) for members in found if set(planted) <= set(members.tolist())]
        assert len(cover) <= len(planted) + 3
