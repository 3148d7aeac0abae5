"""How far trust reaches from seeds along attention: a damped walk from giver to receiver."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]
KeyArray = NDArray[np.int32]
FloatArray = NDArray[np.float64]
SmallFloatArray = NDArray[np.float32]


_PARTS: Final = 2


class Flow(NamedTuple):
    """Trust of every actor; it adds up to 1."""

    trust: FloatArray
    converged: bool
    n_iter: int
    residual: float
    """what the last step moved, summed over all actors"""


@compiled
def flow_step(
    ties: tuple[IntArray, KeyArray, SmallFloatArray],
    given: FloatArray,
    state: FloatArray,
    low: int,
    high: int,
) -> FloatArray:
    """What each actor receives from the givers low..high: their trust, shared out as their attention is.

    Args:     ties: out_start, target, attention; given: all the attention of each giver.
    Cost:     one pass over the ties of those who have any trust.
    """
    out_start, target, attention = ties
    received = np.zeros(state.shape[0])
    for person in range(low, high):
        if state[person] > 0.0 and given[person] > 0.0:
            portion = state[person] / given[person]
            for tie in range(out_start[person], out_start[person + 1]):
                received[target[tie]] += portion * attention[tie]
    return received


@compiled
def _add_given(
    out_start: IntArray, attention: SmallFloatArray, given: FloatArray, low: int, high: int
) -> None:
    """All the attention that each of the givers low..high gives."""
    for person in range(low, high):
        given[person] = 0.0
        for tie in range(out_start[person], out_start[person + 1]):
            given[person] += attention[tie]


def flow_parts(out_start: IntArray) -> list[tuple[int, int]]:
    """Givers cut into as many parts, whatever the number of threads: the same sums to the last digit."""
    cuts = np.searchsorted(out_start, np.linspace(0, out_start[-1], _PARTS + 1)[1:-1])
    return list(pairwise([0, *cuts.tolist(), out_start.size - 1]))


def given_attention(out_start: IntArray, attention: SmallFloatArray) -> FloatArray:
    """All the attention that each giver gives."""
    given, bounds = np.empty(out_start.size - 1), flow_parts(out_start)
    with ThreadPoolExecutor(len(bounds)) as pool:
        list(pool.map(lambda part: _add_given(out_start, attention, given, *part), bounds))
    return given


def flow_in_parts(
    bounds: list[tuple[int, int]],
    ties: tuple[IntArray, KeyArray, SmallFloatArray],
    given: FloatArray,
    state: FloatArray,
) -> FloatArray:
    """A step in parts, side by side."""
    with ThreadPoolExecutor(len(bounds)) as pool:
        received, *others = pool.map(lambda part: flow_step(ties, given, state, *part), bounds)
    for other in others:
        received += other
    return received


def flow_trust(
    out_start: IntArray,
    target: KeyArray,
    attention: SmallFloatArray,
    seeds: IntArray,
    *,
    damping: float = 0.85,
    most_steps: int = 5,
) -> Flow:
    """Let trust walk from the seeds along the attention they give, and stop early.

    Formula:  t0 = p, the seeds alike; t = (1 - damping) * p + damping * (A t + sunk * p); A(v, u) =
              a(u, v) / sum over v of a(u, v); sunk = trust of those who give none: it returns to the seeds.
    Returns:  converged where a step moved less than 1e-10; else the walk was stopped after `most_steps`,
              as in SybilRank: longer walks leak across the few ties that honest people have to sybils.
    Source:   Cao et al. (2012), SybilRank; Zhang et al. (2015), TrueTop: on interactions, not on follows.
    Example:
        >>> import numpy as np
        >>> start, target = np.array([0, 1, 2, 2]), np.array([1, 2], np.int32)
        >>> flow = flow_trust(start, target, np.ones(2, np.float32), np.array([0]), most_steps=50)
        >>> bool(flow.trust[0] > flow.trust[1] > flow.trust[2])
        True
    """
    count = out_start.size - 1
    start = np.zeros(count)
    if seeds.size:
        start[seeds] = 1.0 / seeds.size
    state, residual, steps = start.copy(), 0.0, 0
    bounds, given = flow_parts(out_start), given_attention(out_start, attention)
    while steps < most_steps:
        received = flow_in_parts(bounds, (out_start, target, attention), given, state)
        sunk = state[given == 0.0].sum()
        following = (1.0 - damping) * start + damping * (received + sunk * start)
        residual = float(np.abs(following - state).sum())
        state = following
        steps += 1
        if residual < 1e-10:
            break
    return Flow(state, bool(residual < 1e-10), steps, residual)
