"""PageRank, as a baseline that says how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

DAMPING: Final = 0.85


@dataclass(frozen=True, eq=False)
class PageRank:
    """Rank of each actor of a graph (they add up to 1), and whether the iteration came to rest."""

    actor: IntArray
    """sorted keys of all who are an end of some edge"""
    rank: FloatArray
    converged: bool
    n_iter: int
    residual: float
    """what the last iteration still moved (L1)"""


def page_rank(
    source: IntArray,
    target: IntArray,
    weight: FloatArray | None = None,
    *,
    tolerance: float = 1e-10,
    most_iterations: int = 200,
) -> PageRank:
    """Chance to meet each actor on a random walk along attention, source to target, with restarts anywhere.

    Formula:  r' = (1 - d) / n + d * (sum over u of r(u) * w(u,v) / w(u) + mass of the dangling / n), d = 0.85
    Rules:    parallel edges add their weights (1 each without weights); who gives nothing (dangling) hands
              its mass to all n equally; self-loops are edges like others; the walk starts even. Ends when an
              iteration moves at most `tolerance` (L1): then within tolerance * d / (1 - d) of the limit.
    Source:   Page, Brin, Motwani & Winograd (1999); dangling: Langville & Meyer (2004), section 8.4.
    Cost:     O(edges) an iteration, about log(tolerance) / log(d) of them; 12 bytes an edge.
    Example:
        >>> found = page_rank(np.array([1, 2]), np.array([3, 3]))
        >>> found.converged, found.rank.round(4).tolist()
        (True, [0.2128, 0.2128, 0.5745])
    """
    from scipy import sparse

    actor, place = np.unique(np.concatenate([source, target]), return_inverse=True)
    count = actor.size
    if count == 0:
        return PageRank(actor, np.empty(0), True, 0, 0.0)
    giver, receiver = place[: source.size], place[source.size :]
    weight = np.ones(source.size) if weight is None else weight
    given = np.bincount(giver, weight, count)
    share = np.divide(weight, given[giver], out=np.zeros(giver.size), where=given[giver] > 0)
    flow = sparse.csr_array((share, (receiver, giver)), shape=(count, count))
    is_dangling = given == 0
    rank = np.full(count, 1 / count)
    residual = np.inf
    iteration = 0
    while residual > tolerance and iteration < most_iterations:
        spread = (1 - DAMPING + DAMPING * rank[is_dangling].sum()) / count
        fresh = DAMPING * (flow @ rank) + spread
        residual = float(np.abs(fresh - rank).sum())
        rank, iteration = fresh, iteration + 1
    return PageRank(actor, rank, residual <= tolerance, iteration, residual)
