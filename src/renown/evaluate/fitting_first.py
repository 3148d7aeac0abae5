"""A half-life by its first places: which memory best names those whom most new people turn to next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from renown.evaluate.baselines import Measure
from renown.evaluate.fitting_model import HALF_LIFE, Numbers, Problem, Solved
from renown.evaluate.resampling import Metric, sample

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

FIRST_PLACES: Final = 100
CLOSE: Final = 0.02
"""A half-life one spread from the one expected must gain half of this more to win, NDCG from 0 to 1."""
_STEPS: Final = tuple(range(-4, 13))
"""Half-lives tried: the expected one times sqrt(2) to these powers, a quarter to 64 times."""


def solve_first(problem: Problem, spread: float) -> Solved:
    """The half-life whose first hundred places gain most new people, everything else as in the prior.

    Formula:  mean over windows of NDCG@100 (gain log2(1 + new people)), less CLOSE / 2 * (log(h / prior) /
              spread)^2; on every resample of the actors the best is taken, and of those the median.
    Args:     spread: how far from the prior a half-life may easily be, in logs.
    Notes:    weights and selectivity stay: first places do not tell them (docs/concepts/fitting.md).
    Source:   Breiman (1996), Bagging predictors, Machine Learning 24.
    """
    steps = np.array(_STEPS) * np.log(2) / 2
    gains = np.mean([_gains(problem, split, steps) for split in range(len(problem.past.splits))], axis=0)
    chosen = best_steps(gains, steps, spread)
    numbers = _with_step(problem, float(np.median(chosen)))
    draws = problem.start[HALF_LIFE] + chosen[:, None]
    return Solved(numbers, np.array([HALF_LIFE], np.int64), 1.0, draws, 0, True)


def best_steps(gains: FloatArray, steps: FloatArray, spread: float) -> FloatArray:
    """The best step of each resample, those far from 0 held back.

    Args:     gains: a row a step, a column a resample.
    Example:
        >>> best_steps(np.array([[0.7, 0.2], [0.7, 0.5]]), np.array([0.0, 1.0]), 2.0).tolist()
        [0.0, 1.0]
    """
    held = CLOSE / 2 * (steps / spread) ** 2
    return np.asarray(steps[np.argmax(np.nan_to_num(gains) - held[:, None], axis=0)])


def resampled_gains(measures: Sequence[Measure], new_people: FloatArray, actors: IntArray) -> FloatArray:
    """NDCG@100 of each measure on every resample of the actors: a row a measure."""
    everybody = np.ones(new_people.size, np.bool_)
    metric = Metric("first", np.log2(1 + new_people), everybody, places=FIRST_PLACES)
    return np.array([one.draws[metric.name] for one in sample(measures, [metric], actors)])


def _gains(problem: Problem, split: int, steps: FloatArray) -> FloatArray:
    past = problem.past
    ranked = past.is_ranked[split]
    measures = [
        Measure(
            f"{step:.3f}",
            past.slopes(split, problem.shape_of(_with_step(problem, float(step))))[ranked, 0],
        )
        for step in steps
    ]
    return resampled_gains(measures, past.new_people[split][ranked], past.actor[ranked])


def _with_step(problem: Problem, step: float) -> Numbers:
    first = problem.first()
    shape = first.shape.copy()
    shape[HALF_LIFE] += step
    return replace(first, shape=problem.kept(shape))
