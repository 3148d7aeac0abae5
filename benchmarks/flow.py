"""A pass of the flow of trust beside scipy's sparse product: `python -m benchmarks.flow STORE`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import numpy as np

import renown
from renown.definitions import load_definition
from renown.kernels.trust_flow import flow_in_parts, flow_parts, given_attention
from renown.scoring.forms import microseconds_of, newest_moment
from renown.trust.ties import read_ties

_RUNS = 5


def pass_seconds(location: str) -> dict[str, float]:
    """Seconds of one pass over all ties, the best of five: by the kernel, and by scipy in float64."""
    from scipy.sparse import csr_matrix

    store = renown.open(location)
    ties, _ = read_ties(store, load_definition(), microseconds_of(newest_moment(store)))
    state = np.full(ties.actors_count, 1.0 / ties.actors_count)
    given, bounds = given_attention(ties.out_start, ties.attention), flow_parts(ties.out_start)
    arrays = (ties.out_start, ties.target, ties.attention)
    kernel = _best(lambda: flow_in_parts(bounds, arrays, given, state))
    whole = given[ties.source]
    share = np.divide(ties.attention, whole, out=np.zeros(whole.size), where=whole > 0)
    shape = (ties.actors_count, ties.actors_count)
    received = csr_matrix((share, (ties.target, ties.source)), shape=shape)
    product = _best(lambda: received @ state)
    if not np.allclose(received @ state, flow_in_parts(bounds, arrays, given, state), rtol=1e-9):
        raise SystemExit("the kernel and scipy do not agree")
    return {"ties": float(ties.source.size), "kernel": kernel, "scipy": product, "ratio": kernel / product}


def _best(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_RUNS + 1):
        before = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - before)
    return min(seconds[1:])


if __name__ == "__main__":
    print(json.dumps(pass_seconds(sys.argv[1])))
