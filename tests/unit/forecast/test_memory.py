"""The memory kernel: a density that integrates to 1, and what it leaves to come."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from renown.forecast.memory import (
    EXPONENT,
    LEVEL_DENSITY,
    LEVEL_SECONDS,
    awaited_audience,
    awaited_share,
    memory_density,
)


def test_it_is_the_published_kernel():
    assert LEVEL_SECONDS == 300
    assert pytest.approx(6.27e-4, rel=1e-3) == LEVEL_DENSITY
    assert pytest.approx(0.2314843, abs=1e-6) == EXPONENT


def test_level_and_tail_integrate_to_one():
    assert pytest.approx(1, abs=1e-12) == LEVEL_DENSITY * LEVEL_SECONDS * (1 + 1 / EXPONENT)
    assert awaited_share(np.array([0.0]))[0] == 1
    assert awaited_share(np.array([1e40]))[0] < 1e-7


@pytest.mark.parametrize("delay", [1.0, 299.0, 300.0, 301.0, 3600.0, 86_400.0])
def test_what_is_awaited_is_one_less_the_integral(delay):
    points = [300.0] if delay > 300 else None
    integral, _ = quad(lambda t: float(memory_density(np.array([t]))[0]), 0, delay, points=points, limit=200)
    assert awaited_share(np.array([delay]))[0] == pytest.approx(1 - integral, rel=1e-6)


def test_nothing_happens_before_the_post():
    assert memory_density(np.array([-1.0]))[0] == 0
    assert awaited_share(np.array([-5.0]))[0] == 1


def simulate(rng, *, branching: float, moment: float, horizon: float, root_audience: int = 1):
    """A self-exciting cascade, generation by generation: each act has Poisson(branching) direct reactions."""
    acts, waiting = [], [0.0]
    while waiting:
        act = waiting.pop()
        acts.append(act)
        audience = root_audience if len(acts) == 1 else 1
        left = rng.random(rng.poisson(branching * audience))
        # Inverse of the kernel's distribution: level part, then the power law.
        tail = LEVEL_DENSITY * LEVEL_SECONDS / EXPONENT
        delays = np.where(
            left > tail,
            (1 - left) / LEVEL_DENSITY,
            LEVEL_SECONDS * (np.minimum(left, tail) / tail) ** (-1 / EXPONENT),
        )
        waiting += [act + delay for delay in delays if act + delay < horizon]
    acts = np.sort(acts)
    return acts[acts <= moment], acts.size


def test_simulated_cascades_grow_as_expected():
    """E[all | what came] = what came + branching * awaited audience / (1 - branching)."""
    rng, branching, moment = np.random.default_rng(5), 0.6, 3600.0
    seen = [simulate(rng, branching=branching, moment=moment, horizon=1e30) for _ in range(3000)]
    expected = [
        known.size + branching * awaited_audience(known, np.ones(known.size), moment) / (1 - branching)
        for known, _ in seen
    ]
    totals = np.array([total for _, total in seen], float)
    error = (totals - np.array(expected)).std() / np.sqrt(totals.size)
    assert totals.mean() == pytest.approx(1 / (1 - branching), abs=4 * totals.std() / np.sqrt(totals.size))
    assert abs(np.mean(totals - np.array(expected))) < 4 * error
    assert np.corrcoef(totals, expected)[0, 1] > 0.5
