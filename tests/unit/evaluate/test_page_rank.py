import networkx as nx
import numpy as np
import pytest

from renown.evaluate.page_rank import page_rank

GRAPHS = {
    "star": [(1, 0), (2, 0), (3, 0)],
    "chain": [(0, 1), (1, 2), (2, 3)],
    "clique": [(a, b) for a in range(4) for b in range(4) if a != b],
    "sink and source": [(5, 7), (6, 7), (7, 8), (9, 5)],
    "self-loop": [(0, 0), (0, 1), (1, 2)],
    "parallel edges": [(0, 1), (0, 1), (0, 1), (0, 2), (2, 0)],
    "two parts": [(0, 1), (1, 0), (10, 11), (12, 11)],
    "everybody dangles but one": [(0, 1), (0, 2), (0, 3)],
}


def witness(source, target, weight):
    graph = nx.MultiDiGraph()
    graph.add_weighted_edges_from(zip(source.tolist(), target.tolist(), weight.tolist(), strict=True))
    found = nx.pagerank(graph, alpha=0.85, tol=1e-15, max_iter=2000)
    return [found[actor] for actor in sorted(found)]


@pytest.mark.parametrize("name", GRAPHS)
def test_named_graphs_agree_with_networkx(name):
    source, target = np.array(GRAPHS[name]).T
    found = page_rank(source, target, tolerance=1e-13)
    assert found.converged
    assert found.actor.tolist() == sorted({*source.tolist(), *target.tolist()})
    assert np.abs(found.rank - witness(source, target, np.ones(source.size))).max() < 1e-9
    assert found.rank.sum() == pytest.approx(1)


@pytest.mark.parametrize("seed", range(12))
def test_random_graphs_agree_with_networkx(seed):
    random = np.random.default_rng(seed)
    edges = int(random.integers(5, 400))
    # Sources from the lower half only: the upper half are sinks; few ids make parallel edges and self-loops.
    source, target = random.integers(0, 30, edges), random.integers(0, 60, edges)
    weight = random.integers(1, 5, edges) * 0.5
    found = page_rank(source, target, weight, tolerance=1e-13)
    assert np.abs(found.rank - witness(source, target, weight)).max() < 1e-9


def test_an_edge_without_weight_leads_nowhere():
    found = page_rank(np.array([0, 0, 3]), np.array([1, 2, 1]), np.array([1.0, 0.0, 0.0]), tolerance=1e-13)
    assert np.isfinite(found.rank).all()
    assert found.rank.sum() == pytest.approx(1)
    assert found.rank[1] > found.rank[2] == pytest.approx(found.rank[3])


def test_it_says_how_it_ended():
    source, target = np.array(GRAPHS["chain"]).T
    done = page_rank(source, target)
    assert done.converged
    assert done.residual <= 1e-10
    cut_short = page_rank(source, target, most_iterations=2)
    assert not cut_short.converged
    assert cut_short.n_iter == 2
    assert cut_short.residual > 1e-10


def test_a_graph_without_edges_has_no_ranks():
    nobody = np.empty(0, np.int64)
    found = page_rank(nobody, nobody)
    assert (found.actor.size, found.converged, found.n_iter) == (0, True, 0)
