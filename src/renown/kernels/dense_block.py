"""Dense blocks: by greedy peeling in a bipartite graph (FRAUDAR), by trusses in any other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
MaskArray = NDArray[np.bool_]


class Block(NamedTuple):
    """A dense part of a bipartite graph."""

    rows: MaskArray
    columns: MaskArray
    value: float
    """g(S): weight of the edges inside, divided by the number of rows and columns"""


@compiled
def _sift(heap: IntArray, where: IntArray, key: FloatArray, size: int, at: int) -> None:
    """Restore the order of a binary heap of vertices by key around one place."""
    while at > 0 and key[heap[at]] < key[heap[(at - 1) // 2]]:
        above = (at - 1) // 2
        heap[at], heap[above] = heap[above], heap[at]
        where[heap[at]], where[heap[above]] = at, above
        at = above
    while True:
        least = at
        for below in (2 * at + 1, 2 * at + 2):
            if below < size and key[heap[below]] < key[heap[least]]:
                least = below
        if least == at:
            return
        heap[at], heap[least] = heap[least], heap[at]
        where[heap[at]], where[heap[least]] = at, least
        at = least


@compiled
def peel_order(start: IntArray, neighbour: IntArray, weight: FloatArray) -> tuple[IntArray, FloatArray]:
    """Remove the vertex of least remaining weight, again and again.

    Args:     start, neighbour, weight: an undirected graph, each edge from both sides.
    Returns:  vertices in the order of removal, and each one's remaining weight when it went.
    Cost:     O((vertices + edges) log vertices).
    """
    count = start.shape[0] - 1
    key = np.zeros(count)
    for vertex in range(count):
        for edge in range(start[vertex], start[vertex + 1]):
            key[vertex] += weight[edge]
    heap, where = np.arange(count), np.arange(count)
    for at in range(count // 2, -1, -1):
        if at < count:
            _sift(heap, where, key, count, at)
    order, left = np.empty(count, np.int64), np.empty(count)
    size = count
    while size > 0:
        vertex = heap[0]
        order[count - size], left[count - size] = vertex, key[vertex]
        size -= 1
        heap[0] = heap[size]
        where[heap[0]] = 0
        where[vertex] = -1
        if size > 0:
            _sift(heap, where, key, size, 0)
        for edge in range(start[vertex], start[vertex + 1]):
            other = neighbour[edge]
            if where[other] >= 0:
                key[other] -= weight[edge]
                _sift(heap, where, key, size, where[other])
    return order, left


def undirected(
    one: IntArray, other: IntArray, weight: FloatArray, vertices: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Start, neighbour and weight arrays of an undirected graph given by its edges."""
    ends = np.concatenate([one, other])
    order = np.argsort(ends, kind="stable")
    start = np.zeros(vertices + 1, np.int64)
    np.cumsum(np.bincount(ends, minlength=vertices), out=start[1:])
    return start, np.concatenate([other, one])[order], np.concatenate([weight, weight])[order]


def densest_block(row: IntArray, column: IntArray, rows_count: int, columns_count: int) -> Block:
    """The block of most g(S), each edge weighing 1 / log(d + 5), d the degree of its column.

    Popular columns weigh little, so that reacting to them too (camouflage) hides nobody: edges added by a row
    outside of a block leave the block's g unchanged.

    Returns:  a block of at least half the largest g there is.
    Cost:     O(edges * log(rows + columns)).
    Source:   Hooi et al. (2016), FRAUDAR: bounding graph fraud in the face of camouflage, KDD.
    Example:
        >>> import numpy as np
        >>> row = np.array([0, 0, 1, 1, 2]); column = np.array([0, 1, 0, 1, 2])
        >>> densest_block(row, column, 3, 3).rows.tolist()
        [True, True, False]
    """
    degree = np.bincount(column, minlength=columns_count)
    weight = 1.0 / np.log(degree[column] + 5.0)
    vertices = rows_count + columns_count
    order, left = peel_order(*undirected(row, column + rows_count, weight, vertices))
    remaining = weight.sum() - np.concatenate([[0.0], np.cumsum(left)])[:-1]
    values = remaining / np.arange(vertices, 0, -1)
    best = int(np.argmax(values)) if vertices else 0
    inside = np.ones(vertices, np.bool_)
    inside[order[:best]] = False
    return Block(inside[:rows_count], inside[rows_count:], float(values[best]) if vertices else 0.0)


@compiled
def truss(start: IntArray, neighbour: IntArray, edge: IntArray, ends: IntArray, least: int) -> MaskArray:
    """Edges that stay when every edge must lie in `least` triangles of edges that stay: the k-truss.

    Args:     start, neighbour, edge: an undirected graph, neighbours sorted, with the number of each edge;
              ends: shape (edges, 2).
    Cost:     O(edges * degree) a round; few rounds.
    Source:   Cohen (2008), Trusses: cohesive subgraphs for social network analysis.
    """
    alive = np.ones(ends.shape[0], np.bool_)
    has_changed = True
    while has_changed:
        has_changed = False
        for number in range(ends.shape[0]):
            if not alive[number]:
                continue
            one, other = ends[number]
            at, place, triangles = start[one], start[other], 0
            while at < start[one + 1] and place < start[other + 1] and triangles < least:
                if neighbour[at] < neighbour[place]:
                    at += 1
                elif neighbour[at] > neighbour[place]:
                    place += 1
                else:
                    triangles += alive[edge[at]] and alive[edge[place]]
                    at += 1
                    place += 1
            if triangles < least:
                alive[number] = False
                has_changed = True
    return alive


@compiled
def _root(parent: IntArray, one: int) -> int:
    while parent[one] != one:
        parent[one] = parent[parent[one]]
        one = parent[one]
    return one


@compiled
def triangle_components(start: IntArray, neighbour: IntArray, edge: IntArray, ends: IntArray) -> IntArray:
    """For each edge the lowest one that it hangs together with by triangles; arguments as those of `truss`.

    Two circles with a member in common hang together by a vertex, and by no triangle.
    """
    parent = np.arange(ends.shape[0])
    for number in range(ends.shape[0]):
        one, other = ends[number]
        at, place = start[one], start[other]
        while at < start[one + 1] and place < start[other + 1]:
            if neighbour[at] < neighbour[place]:
                at += 1
            elif neighbour[at] > neighbour[place]:
                place += 1
            else:
                for beside in (edge[at], edge[place]):
                    first, second = _root(parent, number), _root(parent, beside)
                    parent[max(first, second)] = min(first, second)
                at += 1
                place += 1
    for number in range(ends.shape[0]):
        parent[number] = _root(parent, number)
    return parent


def _adjacency(ends: IntArray, vertices: int) -> tuple[IntArray, IntArray, IntArray]:
    """Start, sorted neighbours, and the edge of each, of a graph given by its edges."""
    near, far = np.concatenate([ends[:, 0], ends[:, 1]]), np.concatenate([ends[:, 1], ends[:, 0]])
    order = np.lexsort((far, near))
    start = np.zeros(vertices + 1, np.int64)
    np.cumsum(np.bincount(near, minlength=vertices), out=start[1:])
    return start, far[order], np.tile(np.arange(ends.shape[0]), 2)[order]


def trussed(ends: IntArray, vertices: int, least: int) -> MaskArray:
    """`truss` of a graph given by its edges.

    Example:
        >>> import numpy as np
        >>> trussed(np.array([[0, 1], [0, 2], [1, 2], [2, 3]]), 4, 1).tolist()
        [True, True, True, False]
    """
    return truss(*_adjacency(ends, vertices), ends, least)


def dense_circles(ends: IntArray, vertices: int, *, share: float, least: int) -> list[IntArray]:
    """Sets of vertices of which at least this share of all pairs is joined, `least` of them or more.

    The graph is cut down to edges in many triangles, and more, until what hangs together is dense: a circle
    hangs on to its surroundings by edges in few.

    Example:
        >>> import itertools, numpy as np
        >>> circle = list(itertools.combinations(range(5), 2))
        >>> dense_circles(np.array([*circle, (4, 5), (5, 6)]), 7, share=0.9, least=4)[0].tolist()
        [0, 1, 2, 3, 4]
    """
    found, waiting = [], [(ends, max(1, int(share**2 * (least - 2))))]
    while waiting:
        edges, triangles = waiting.pop()
        edges = edges[trussed(edges, vertices, triangles)]
        if edges.shape[0] == 0:
            continue
        roots = triangle_components(*_adjacency(edges, vertices), edges)
        order = np.argsort(roots, kind="stable")
        for part in np.split(edges[order], np.flatnonzero(np.diff(roots[order])) + 1):
            members = np.unique(part)
            if members.size < least:
                continue
            if part.shape[0] >= share * members.size * (members.size - 1) / 2:
                found.append(members)
            else:
                waiting.append((part, triangles + max(1, triangles // 8)))
    return found
