"""How far trust reaches from seeds along attention: a damped walk from giver to receiver."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]
KeyArray = NDArray[np.int32]
FloatArray = NDArray[np.float64]
SmallFloatArray = NDArray[np.float32]


class Flow(NamedTuple):
    """Trust of every actor; it adds up to 1."""

    trust: FloatArray
    converged: bool
    n_iter: int
    residual: float
    """what the last step moved, summed over all actors"""


@compiled
def flow_step(
    out_start: IntArray, target: KeyArray, attention: SmallFloatArray, given: FloatArray, state: FloatArray
) -> FloatArray:
    """What each actor receives: every giver's trust, shared out in proportion to its attention.

    Cost:     one pass over the ties.
    """
    received = np.zeros(state.shape[0])
    for person in range(state.shape[0]):
        if state[person] > 0.0 and given[person] > 0.0:
            portion = state[person] / given[person]
            for tie in range(out_start[person], out_start[person + 1]):
                received[target[tie]] += portion * attention[tie]
    return received


@compiled
def _given(out_start: IntArray, attention: SmallFloatArray) -> FloatArray:
    given = np.zeros(out_start.shape[0] - 1)
    for person in range(given.shape[0]):
        for tie in range(out_start[person], out_start[person + 1]):
            given[person] += attention[tie]
    return given


def flow_trust(
    out_start: IntArray,
    target: KeyArray,
    attention: SmallFloatArray,
    seeds: IntArray,
    *,
    damping: float = 0.85,
    most_steps: int = 10,
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
        >>> flow = flow_trust(start, target, np.ones(2, np.float32), np.array([0]))
        >>> bool(flow.trust[0] > flow.trust[1] > flow.trust[2])
        True
    """
    count = out_start.size - 1
    start = np.zeros(count)
    if seeds.size:
        start[seeds] = 1.0 / seeds.size
    given = _given(out_start, attention)
    state, residual, steps = start.copy(), 0.0, 0
    while steps < most_steps:
        received = flow_step(out_start, target, attention, given, state)
        sunk = state[given == 0.0].sum()
        following = (1.0 - damping) * start + damping * (received + sunk * start)
        residual = float(np.abs(following - state).sum())
        state = following
        steps += 1
        if residual < 1e-10:
            break
    return Flow(state, bool(residual < 1e-10), steps, residual)
