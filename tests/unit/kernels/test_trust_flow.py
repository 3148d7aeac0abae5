"""The walk of trust, against networkx's personalised PageRank."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from renown.kernels.trust_flow import flow_trust
from tests.ties import tie_table


def flowed(rows, seeds, actors=None, **options):
    ties = tie_table(rows, actors)
    return flow_trust(ties.out_start, ties.target, ties.attention, np.array(seeds, np.int64), **options)


def test_a_long_walk_ends_where_personalised_pagerank_does():
    chance = np.random.default_rng(3)
    rows = {(int(s), int(t)): 0 for s, t in chance.integers(0, 40, (200, 2)) if s != t}
    rows = [(s, t, 0, float(np.float32(chance.random() + 0.1))) for s, t in rows]
    graph = nx.DiGraph()
    graph.add_nodes_from(range(40))
    graph.add_weighted_edges_from((s, t, w) for s, t, _, w in rows)
    start = {node: 1 / 2 if node in (3, 7) else 0 for node in graph}
    expected = nx.pagerank(graph, alpha=0.85, personalization=start, dangling=start, tol=1e-14, max_iter=1000)
    flow = flowed(rows, [3, 7], 40, most_steps=1000)
    assert flow.converged
    assert flow.residual < 1e-10
    assert flow.trust == pytest.approx(np.array([expected[n] for n in range(40)]), abs=1e-9)


def test_trust_is_neither_made_nor_lost():
    flow = flowed([(0, 1, 0), (1, 2, 0), (2, 0, 0), (0, 3, 0)], [0])
    assert flow.trust.sum() == pytest.approx(1.0)
    assert not flow.converged
    assert flow.n_iter == 5


def test_what_nobody_trusted_attends_to_gets_none():
    ring = [(u, v, 0) for u in range(5, 9) for v in range(5, 9) if u != v]
    flow = flowed([(0, 1, 0), (1, 0, 0), *ring, (5, 0, 0)], [0])
    assert flow.trust[5:9].sum() == 0
    assert flow.trust[1] > 0


def test_no_seeds_no_trust():
    flow = flowed([(0, 1, 0)], [])
    assert flow.trust.sum() == 0
    assert flow.converged
