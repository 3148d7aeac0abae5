"""The forecast that a fit makes of the next window's new people, and its most plausible numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.evaluate.fitting_history import Past
from renown.types import KINDS, MICROSECONDS_PER_DAY

if TYPE_CHECKING:
    from renown.kernels.slopes import Shape

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

DISPERSION: Final = 0.02
"""Variance of the new people is mu + 0.02 mu^2: an actor counts by whom it will reach, up to fifty."""
WEIGHT_SPREAD: Final = 0.35
"""Prior: a weight is within a factor of 1.4 of where the fit starts, two times in three."""
HALF_LIFE_SPREAD: Final = 2.0
SELECTIVITY_SPREAD: Final = 0.5
EXPONENT_SPREAD: Final = 0.5
FRESHNESS_SPREAD: Final = 0.5
PRIOR_PEOPLE_SPREAD: Final = 1.0
_LEAST_EXPONENT: Final = 0.05
GROUPS: Final = 1000
_HALF_LIFE_BOUNDS: Final = (np.log(0.001), np.log(3650.0))
_PRIOR_PEOPLE_BOUNDS: Final = (0.0, np.log(10_000.0))
_WEIGHT_BOUND: Final = np.log(32.0)
_MOST_ROUNDS: Final = 40
_FIRST_ROUNDS: Final = 8
_ENOUGH: Final = 1e-3
"""A step that makes the numbers less than this more plausible (in log-likelihood) is the last."""
_LITTLE, _MUCH = 0.25, 0.75
"""Shares of the promised gain in likelihood below and above which the next step is damped more, or less."""
_BLOCK: Final = 200_000
HALF_LIFE: Final = len(KINDS)
SELECTIVITY: Final = len(KINDS) + 1
EXPONENT: Final = len(KINDS) + 2
FRESHNESS: Final = len(KINDS) + 3
"""log of the half-life of freshness, in days"""
PRIOR_PEOPLE: Final = len(KINDS) + 4
SHAPE_SIZE: Final = len(KINDS) + 5


@dataclass(frozen=True, eq=False)
class Numbers:
    """A point: the numbers of a definition, and how these foretell."""

    shape: FloatArray
    """log weights by kind, log half-life, selectivity, log exponent; log half-life and log prior people of
    freshness"""
    levels: FloatArray
    """log of the new people where b log(e0 + E) is 0: one number for each split and network"""
    slope: float
    """b"""
    log_floor: float
    """log e0"""


@dataclass(frozen=True, eq=False)
class Solved:
    """The most plausible numbers, and what they answer to."""

    numbers: Numbers
    free: IntArray
    """places in `Numbers.shape` that were learned"""
    spread: float
    """Pearson's: how many times more the new people vary than the forecast's variance says, 1 at least"""
    draws: FloatArray
    """one row of the learned numbers for each resample of the actors"""
    rounds: int
    is_converged: bool


@dataclass(frozen=True, eq=False)
class _Sums:
    likelihood: float
    gradient: FloatArray
    curvature: FloatArray
    pearson: float
    count: int
    by_group: tuple[FloatArray, FloatArray] | None = None


@dataclass(frozen=True, eq=False)
class _Block:
    likelihood: float
    pearson: float
    scores: FloatArray
    slopes: FloatArray
    weights: FloatArray


class Problem:
    """A past, a prior, and the numbers that may move."""

    def __init__(self, past: Past, prior: Definition) -> None:
        self.past = past
        self.prior = prior
        weights = np.array([prior.weights.get(kind, 0.0) for kind in KINDS])
        self.start = numbers_of(prior)
        rest = [HALF_LIFE_SPREAD, SELECTIVITY_SPREAD, EXPONENT_SPREAD, FRESHNESS_SPREAD, PRIOR_PEOPLE_SPREAD]
        self.spreads = np.array([WEIGHT_SPREAD] * len(KINDS) + rest)
        seen = np.flatnonzero((past.kind_counts > 0) & (weights > 0))
        self.reference = _reference(seen, past.kind_counts)
        learned = [int(place) for place in seen if place != self.reference]
        learned += [HALF_LIFE, SELECTIVITY, EXPONENT]
        learned += [] if prior.freshness is None else [FRESHNESS, PRIOR_PEOPLE]
        self.free = np.array(learned, np.int64)
        self.networks_count = len(past.networks)
        self.levels_count = len(past.splits) * self.networks_count

    def first(self) -> Numbers:
        """The prior, with levels that fit the mean of each window."""
        levels = np.full(self.levels_count, -2.0)
        for split, new_people in enumerate(self.past.new_people):
            for network in range(self.networks_count):
                chosen = self.past.is_ranked[split] & (self.past.network == network)
                mean = new_people[chosen].mean() if chosen.any() else 0.0
                levels[split * self.networks_count + network] = np.log(max(mean, 1e-6))
        return Numbers(self.start.copy(), levels, 1.0, float(np.log(0.5)))

    def sums(self, numbers: Numbers, spread: float, *, is_grouped: bool = False) -> _Sums:
        """Log-likelihood over `spread`, less the prior's penalty; gradient and curvature (Fisher's)."""
        size = self.levels_count + 2 + self.free.size
        gradient, curvature = np.zeros(size), np.zeros((size, size))
        groups = (np.zeros((GROUPS, size)), np.zeros((GROUPS, size, size))) if is_grouped else None
        likelihood, pearson, count = 0.0, 0.0, 0
        for split in range(len(self.past.splits)):
            ranked = np.flatnonzero(self.past.is_ranked[split])
            prior_people = float(np.exp(numbers.shape[PRIOR_PEOPLE]))
            shape = shape_of(numbers.shape, self.prior.selectivity_scale)
            found = self.past.slopes(split, shape, prior_people, self.free[self.free < HALF_LIFE])
            for begin in range(0, ranked.size, _BLOCK):
                chosen = ranked[begin : begin + _BLOCK]
                block = self._block(split, chosen, found[chosen], numbers)
                likelihood += block.likelihood / spread
                pearson += block.pearson
                count += chosen.size
                gradient += block.scores.sum(axis=0) / spread
                curvature += block.slopes.T @ (block.slopes * block.weights[:, None]) / spread
                if groups is not None:
                    _add_groups(groups, block, self.past.actor[chosen], spread)
        penalty = self.penalty(numbers)
        return _Sums(
            likelihood + penalty[0], gradient + penalty[1], curvature + penalty[2], pearson, count, groups
        )

    def _block(self, split: int, chosen: IntArray, found: FloatArray, numbers: Numbers) -> _Block:
        new_people = self.past.new_people[split][chosen]
        level = split * self.networks_count + self.past.network[chosen]
        floor = np.exp(numbers.log_floor)
        attention = floor + found[:, 0]
        foretold = np.clip(numbers.levels[level] + numbers.slope * np.log(attention), -30.0, 25.0)
        mean = np.exp(foretold)
        slopes = np.zeros((chosen.size, self.levels_count + 2 + self.free.size))
        slopes[np.arange(chosen.size), level] = 1.0
        slopes[:, self.levels_count] = np.log(attention)
        slopes[:, self.levels_count + 1] = numbers.slope * floor / attention
        slopes[:, self.levels_count + 2 :] = (
            numbers.slope * found[:, 1 : 1 + self.free.size] / attention[:, None]
        )
        damped = 1.0 + DISPERSION * mean
        likelihood = new_people * foretold - (new_people + 1 / DISPERSION) * np.log(damped)
        return _Block(
            likelihood=float(likelihood.sum()),
            pearson=float(((new_people - mean) ** 2 / (mean * damped)).sum()),
            scores=slopes * ((new_people - mean) / damped)[:, None],
            slopes=slopes,
            weights=mean / damped,
        )

    def penalty(self, numbers: Numbers) -> tuple[float, FloatArray, FloatArray]:
        """Distance from the prior; slope and floor are held loosely near 1 and half a person."""
        size = self.levels_count + 2 + self.free.size
        away, spreads = np.zeros(size), np.full(size, np.inf)
        away[self.levels_count :] = [
            numbers.slope - 1.0,
            numbers.log_floor - np.log(0.5),
            *(numbers.shape[self.free] - self.start[self.free]),
        ]
        spreads[self.levels_count :] = [0.5, 2.0, *self.spreads[self.free]]
        precision = 1 / spreads**2
        return float(-0.5 * (precision * away**2).sum()), -precision * away, np.diag(precision)

    def moved(self, numbers: Numbers, step: FloatArray) -> Numbers:
        """The point a step further, kept where a definition is valid."""
        shape = numbers.shape.copy()
        shape[self.free] += step[self.levels_count + 2 :]
        return Numbers(
            self.kept(shape),
            numbers.levels + step[: self.levels_count],
            numbers.slope + float(step[self.levels_count]),
            numbers.log_floor + float(step[self.levels_count + 1]),
        )

    def kept(self, shape: FloatArray) -> FloatArray:
        """Numbers moved back to the nearest that a definition may have.

        The exponent never rises: what a fan's repeats are worth is a defence, and no forecast may weaken it.
        """
        kept = shape.copy()
        kept[EXPONENT] = np.clip(
            kept[EXPONENT], min(np.log(_LEAST_EXPONENT), self.start[EXPONENT]), self.start[EXPONENT]
        )
        kept[SELECTIVITY] = np.clip(kept[SELECTIVITY], 0.0, 1.0)
        kept[HALF_LIFE] = np.clip(kept[HALF_LIFE], *_HALF_LIFE_BOUNDS)
        if FRESHNESS in self.free:
            kept[FRESHNESS] = np.clip(kept[FRESHNESS], *_HALF_LIFE_BOUNDS)
            kept[PRIOR_PEOPLE] = np.clip(kept[PRIOR_PEOPLE], *_PRIOR_PEOPLE_BOUNDS)
        weights = self.free[self.free < HALF_LIFE]
        kept[weights] = np.clip(
            kept[weights], self.start[weights] - _WEIGHT_BOUND, self.start[weights] + _WEIGHT_BOUND
        )
        return np.asarray(kept)


def numbers_of(definition: Definition) -> FloatArray:
    """The numbers of a definition in the order of `Numbers.shape`; without freshness all stays fresh."""
    weights = [definition.weights.get(kind, 0.0) for kind in KINDS]
    fresh_days, prior_people = np.inf, 1.0
    if definition.freshness is not None:
        fresh_days, prior_people = definition.freshness.half_life_days, definition.freshness.prior_people
    numbers = [definition.half_life_days, np.nan, definition.exponent, fresh_days, prior_people]
    with np.errstate(divide="ignore"):
        shape = np.log([*weights, *numbers])
    shape[SELECTIVITY] = definition.selectivity
    return np.asarray(shape)


def shape_of(shape: FloatArray, selectivity_scale: float) -> Shape:
    """Numbers, in the order of `Numbers.shape`, as the kernels take them."""
    from renown.kernels.slopes import Shape

    return Shape(
        weights=np.exp(shape[: len(KINDS)]),
        half_life_microseconds=float(np.exp(shape[HALF_LIFE])) * MICROSECONDS_PER_DAY,
        selectivity=float(shape[SELECTIVITY]),
        selectivity_scale=selectivity_scale,
        exponent=float(np.exp(shape[EXPONENT])),
        freshness_half_life_microseconds=float(np.exp(shape[FRESHNESS])) * MICROSECONDS_PER_DAY,
    )


def shape_by(definition: Definition) -> Shape:
    """A definition's own numbers as the kernels take them."""
    return shape_of(numbers_of(definition), definition.selectivity_scale)


def solve(problem: Problem, resamples: int, seed: int = 7) -> Solved:
    """The most plausible numbers, by damped Newton steps, and what they are on resampled actors.

    Formula:  new people ~ mean mu, variance spread * (mu + 0.02 mu^2),
              log mu = level + b log(e0 + E * freshness).
              Found twice: first to measure `spread`, then with the likelihood divided by it, so that prior
              and data are weighed as the data deserve. A resample draws each of 1,000 random groups of actors
              Poisson(1) times, shifts the prior by its own spread, and takes one
              Newton step from the solution.
    Source:   McCullagh & Nelder (1989), chapter 9 (quasi-likelihood); Davidson & MacKinnon (1999), Bootstrap
              testing in nonlinear models, International Economic Review 40 (one-step bootstrap).
    """
    numbers, first_rounds, _ = _climb(problem, problem.first(), 1.0, _FIRST_ROUNDS)
    found = problem.sums(numbers, 1.0)
    spread = max(1.0, found.pearson / max(found.count, 1))
    numbers, rounds, is_converged = _climb(problem, numbers, spread, _MOST_ROUNDS)
    draws = _resampled(problem, numbers, spread, resamples, seed)
    return Solved(numbers, problem.free, spread, draws, first_rounds + rounds, is_converged)


def _climb(problem: Problem, numbers: Numbers, spread: float, most_rounds: int) -> tuple[Numbers, int, bool]:
    damping = 1e-2
    here = problem.sums(numbers, spread)
    for round_count in range(1, most_rounds + 1):
        step = _step(problem, numbers, here, damping)
        there = problem.moved(numbers, step)
        found = problem.sums(there, spread)
        gain = found.likelihood - here.likelihood
        # A step that kept little of its promise went too far, even where it went up: the next is shorter.
        kept = gain / max(float(step @ here.gradient - step @ here.curvature @ step / 2), _ENOUGH)
        if gain > 0:
            numbers, here = there, found
        if kept < _LITTLE:
            damping = max(damping * 10, 1e-3)
        elif kept > _MUCH:
            damping = max(damping / 10, 1e-7)
        if 0 <= gain < _ENOUGH or damping > 1e6:
            return numbers, round_count, True
    return numbers, most_rounds, False


def _step(problem: Problem, numbers: Numbers, here: _Sums, damping: float) -> FloatArray:
    """A damped Newton step of what is not held at the edge of its range."""
    curvature = here.curvature + np.diag(damping * np.diag(here.curvature) + 1e-9)
    return _within(problem, numbers, curvature, here.gradient, 1.0)


def _within(
    problem: Problem, numbers: Numbers, curvature: FloatArray, gradient: FloatArray, longest: float
) -> FloatArray:
    """The Newton step, without the numbers that it would push out over the edge at which they stand."""
    step = np.clip(np.linalg.solve(curvature, gradient), -longest, longest)
    learned = step[problem.levels_count + 2 :]
    reached = problem.moved(numbers, step).shape[problem.free] - numbers.shape[problem.free]
    is_held = np.zeros(step.size, np.bool_)
    is_held[problem.levels_count + 2 :] = (reached == 0) & (learned != 0)
    if is_held.any():
        rest = np.flatnonzero(~is_held)
        step[:] = 0.0
        solved = np.linalg.solve(curvature[np.ix_(rest, rest)], gradient[rest])
        step[rest] = np.clip(solved, -longest, longest)
    return np.asarray(step)


def _resampled(problem: Problem, numbers: Numbers, spread: float, resamples: int, seed: int) -> FloatArray:
    sums = problem.sums(numbers, spread, is_grouped=True)
    penalty = problem.penalty(numbers)
    scores, curvatures = sums.by_group or (np.empty(0), np.empty(0))
    chance = np.random.default_rng(seed)
    drawn = chance.poisson(1.0, (resamples, GROUPS)).astype(np.float64)
    found = np.empty((resamples, problem.free.size))
    for place, weights in enumerate(drawn):
        curvature = (
            np.tensordot(weights, curvatures, 1) + penalty[2] + np.diag(np.full(scores.shape[1], 1e-9))
        )
        # The prior is drawn anew too, or what the data say nothing about would seem sure.
        shaken = np.sqrt(np.diag(penalty[2])) * chance.standard_normal(scores.shape[1])
        step = _within(problem, numbers, curvature, weights @ scores + penalty[1] + shaken, 2.0)
        found[place] = problem.moved(numbers, step).shape[problem.free]
    return found


def _add_groups(
    groups: tuple[FloatArray, FloatArray], block: _Block, actors: IntArray, spread: float
) -> None:
    """Scores and curvatures summed by group of actors."""
    mixed = actors.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    group = ((mixed >> np.uint64(40)) % np.uint64(GROUPS)).astype(np.int64)
    size = block.scores.shape[1]
    for row in range(size):
        groups[0][:, row] += np.bincount(group, block.scores[:, row], GROUPS) / spread
        weighted = block.slopes[:, row] * block.weights
        for column in range(row, size):
            product = np.bincount(group, weighted * block.slopes[:, column], GROUPS) / spread
            groups[1][:, row, column] += product
            if column != row:
                groups[1][:, column, row] += product


def _reference(seen: IntArray, counts: IntArray) -> int:
    """The kind whose weight holds the scale: the like where there are any, else the most frequent one."""
    if seen.size == 0:
        return -1
    return 0 if 0 in seen else int(seen[np.argmax(counts[seen])])
