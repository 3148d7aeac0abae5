"""The flow of trust, two forms: the compiled loop, and the SQL triple that DuckDB runs round by round."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.engines.duckdb import DuckDBEngine
from renown.kernels.trust_flow import flow_trust
from renown.steps.trust_flow import SEEDS, TIES, compile_trust_flow
from tests.ties import tie_table

ACTORS = 12


def by_steps(ties, seeds, damping, steps):
    triple = compile_trust_flow(damping=damping)
    with DuckDBEngine(threads=1) as engine:
        engine.register_arrow(
            TIES,
            pa.table(
                {
                    "source_actor_key": ties.source.astype(np.int64),
                    "target_actor_key": ties.target.astype(np.int64),
                    "attention": ties.attention.astype(np.float64),
                }
            ),
        )
        engine.register_arrow(SEEDS, pa.table({"actor_key": pa.array(seeds, pa.int64())}))
        engine.run_steps(triple.initial)
        residual = 0.0
        for _ in range(steps):
            engine.run_steps([triple.step, triple.residual])
            residual = engine.query("select residual from flow_residual").to_pylist()[0]["residual"]
            # the lineage is cut: the next round reads rows, not the plan of this one
            engine.register_arrow("kept", engine.query("select * from next_trust"))
            engine.run_steps([_kept()])
        rows = engine.query("select * from flow_trust").to_pylist()
    trust = np.zeros(ACTORS)
    for row in rows:
        trust[row["actor_key"]] = row["trust"]
    return trust, residual


def _kept():
    from renown.steps import Step

    return Step("flow_trust", "What the round left.", "select actor_key, trust from kept")


EDGES = st.dictionaries(
    st.tuples(st.integers(0, ACTORS - 1), st.integers(0, ACTORS - 1)).filter(lambda pair: pair[0] != pair[1]),
    st.floats(0.01, 5),
    min_size=1,
    max_size=40,
)


@settings(max_examples=25, deadline=None)
@given(
    edges=EDGES,
    seeds=st.sets(st.integers(0, ACTORS - 1), min_size=1, max_size=4),
    damping=st.sampled_from([0.5, 0.85, 1.0]),
    steps=st.integers(1, 5),
)
def test_kernel_and_steps_are_equal(edges, seeds, damping, steps):
    ties = tie_table([(s, t, 0, weight) for (s, t), weight in edges.items()], ACTORS)
    chosen = np.array(sorted(seeds), np.int64)
    flow = flow_trust(ties.out_start, ties.target, ties.attention, chosen, damping=damping, most_steps=steps)
    trust, residual = by_steps(ties, chosen, damping, flow.n_iter)
    assert trust == pytest.approx(flow.trust, rel=1e-9, abs=1e-12)
    assert residual == pytest.approx(flow.residual, rel=1e-9, abs=1e-12)
