"""Do the intervals hold what they claim? Checked on people and on time that an interval has not seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.errors import TooLittleInputError
from renown.evaluate.fitting_history import Past, read_past
from renown.evaluate.fitting_model import shape_by
from renown.evaluate.records import Split, plain
from renown.evaluate.splits import default_splits
from renown.store import TableStore
from renown.store.parallel import in_order
from renown.store.run_inputs import microseconds_of
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    from renown.store.persons import PersonKeys

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

LEVELS: Final = (0.5, 0.8, 0.9, 0.95)
HALVINGS: Final = 10
LEAST_ACTORS: Final = 100
SIZES: Final = (("1", 1, 2), ("2-3", 2, 4), ("4-9", 4, 10), ("10-29", 10, 30), ("30 or more", 30, np.inf))
_SHAPES: Final = (1e-3, 1e3)
_LEAST_RATE: Final = 1e-6

SplitBy = Literal["people", "time"]


@dataclass(frozen=True, kw_only=True)
class CoverageRow:
    """How often intervals of one level held what they had not seen."""

    split_by: SplitBy
    people: str
    """size class of the actors, by people seen: "all", or from - to"""
    actors: int
    level: float
    """what the intervals claim"""
    coverage: float
    """what they held"""
    mean_width: float
    """points between the ends of the score's interval, of actors of this class"""


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Coverage of a definition's intervals in one store."""

    definition_name: str
    definition_hash: str
    as_of: datetime
    halvings: int
    """random halvings of the people that the figures are means of"""
    phi_of_people: float
    """over-dispersion that the halves of the people show; what a definition's phi should be"""
    phi_of_time: float | None
    """the same from one window to the next, growth of the whole taken out; None: time could not be cut"""
    growth: float | None
    """attention of the later window for each of the earlier one"""
    rows: tuple[CoverageRow, ...]

    def as_dict(self) -> dict[str, Any]:
        """Everything as lists, dictionaries, numbers and text."""
        return plain(self)

    def worst_miss(self, split_by: SplitBy = "people") -> float:
        """The largest distance of coverage from level, over all actors."""
        return max(
            abs(row.coverage - row.level)
            for row in self.rows
            if row.split_by == split_by and row.people == "all"
        )


@dataclass(frozen=True, eq=False)
class Seen:
    """What was seen of each actor, and what came of it elsewhere."""

    earned: FloatArray
    squared: FloatArray
    people: FloatArray
    came: FloatArray
    """earned attention in what was not seen"""
    came_squared: FloatArray

    def among(self, chosen: BoolArray) -> Seen:
        """Some of the actors."""
        return Seen(
            self.earned[chosen],
            self.squared[chosen],
            self.people[chosen],
            self.came[chosen],
            self.came_squared[chosen],
        )


def check_coverage(
    store: TableStore,
    definition: Definition,
    *,
    as_of: datetime | None = None,
    progress: Progress = no_progress,
) -> Coverage:
    """How often intervals hold what a second half of the people, or the next window of time, then shows.

    Formula:  the people are halved at random, ten times. What the first half gave an actor foretells what the
              second gives: with n, s as `expected_attention_of` has them, the second half's E / s is negative
              binomial (people_shape + n, (2 rate + 1) / (2 rate + 2)). Coverage of level L: share of actors
              whose place u in that forecast has |u - 1/2| <= L/2, u drawn between the places before and after
              what came, since people are whole numbers (a randomised probability integral transform).
    Args:     as_of: default: the end of the store's last window (`default_splits`).
    Raises:   TooLittleInputError: fewer than 100 actors, or too little to cut time.
    Notes:    actors whom the first half did not reach have no score, so no interval that could hold anything.
    Source:   Czado, Gneiting & Held (2009), Predictive model assessment for count data, Biometrics 65;
              docs/concepts/fitting.md.
    """
    store.require()
    splits = default_splits(store)
    past = read_past(store, definition, splits, (), progress=progress)
    moment = as_of or splits[-1].test_until
    # Other halves than those that a fit saw.
    halves = halved(past, definition, moment, store.person_keys(), first_seed=HALVINGS)
    rows = _rows("people", halves, definition)
    later = next_window(past, definition, splits[-1])
    growth = None
    phi_of_time = None
    if later.earned.size >= LEAST_ACTORS:
        growth = float(later.came.sum() / later.earned.sum())
        level = Seen(
            later.earned, later.squared, later.people, later.came / growth, later.came_squared / growth**2
        )
        phi_of_time = fit_phi([level])
        rows += _rows("time", [level], definition)
    return Coverage(
        definition_name=definition.name,
        definition_hash=definition.content_hash(),
        as_of=moment,
        halvings=len(halves),
        phi_of_people=fit_phi(halves),
        phi_of_time=phi_of_time,
        growth=growth,
        rows=tuple(rows),
    )


def halved(
    past: Past, definition: Definition, as_of: datetime, persons: PersonKeys, *, first_seed: int = 0
) -> list[Seen]:
    """What each of some random halves of the people gave every actor, and what the other half gave.

    Raises:   TooLittleInputError: fewer than 100 actors are reached by a half.
    """
    found = [seen for _, seen in halvings(past, definition, as_of, persons, first_seed=first_seed)]
    if min(one.earned.size for one in found) < LEAST_ACTORS:
        raise TooLittleInputError(
            f"Half of the people reach {found[0].earned.size} actors, too few to check intervals on.",
            hint=f"At least {LEAST_ACTORS} actors with attention are needed.",
        )
    return found


def halvings(
    past: Past, definition: Definition, as_of: datetime, persons: PersonKeys, *, first_seed: int
) -> Iterator[tuple[IntArray, Seen]]:
    """Places of the actors whom each first half reached, and what the halves gave them."""
    from renown.kernels.slopes import half_sums

    shape = shape_by(definition)
    cut = microseconds_of(as_of)
    highest = max((int(part.source.max()) for part in past.parts), default=0)
    if persons.actor.size:
        highest = max(highest, int(persons.of(persons.actor).max()))

    def seen(seed: int) -> tuple[IntArray, Seen]:
        """What one random half of the people gives, and the other."""
        is_second = np.random.default_rng(seed).random(highest + 1) < 0.5
        sums = np.zeros((past.actor.size, 12))
        for part in past.parts:
            sums += half_sums(part, cut, shape, is_second, past.actor.size)
        return _seen(sums, definition)

    yield from in_order(seen, range(first_seed, first_seed + HALVINGS))


def next_window(past: Past, definition: Definition, split: Split) -> Seen:
    """What was earned within the last window before a cut, and within the equally long one after it."""
    from renown.kernels.slopes import half_sums, some_rows

    shape = shape_by(definition)
    middle, end = microseconds_of(split.train_until), microseconds_of(split.test_until)
    everybody = np.zeros(max((int(part.source.max()) for part in past.parts), default=0) + 1, np.bool_)
    sums = np.zeros((past.actor.size, 12))
    for begin, cut, place in ((2 * middle - end, middle, 0), (middle, end, 6)):
        for part in past.parts:
            window = some_rows(part, np.flatnonzero((part.time >= begin) & (part.time < cut)))
            sums[:, place : place + 6] += half_sums(window, cut, shape, everybody, past.actor.size)[:, :6]
    return _seen(sums, definition)[1]


def _seen(sums: FloatArray, definition: Definition) -> tuple[IntArray, Seen]:
    """Who was reached by what is seen, and the halves of `half_sums`, freshness and all.

    Notes:    attention too old to square is nobody's; it cannot be told from none.
    """
    reached = np.flatnonzero(sums[:, 1] > 1e-200)
    first, second = sums[reached, :6], sums[reached, 6:]
    return reached, Seen(*_counted(first, definition), first[:, 2], *_counted(second, definition))


def _counted(half: FloatArray, definition: Definition) -> tuple[FloatArray, FloatArray]:
    """Earned attention and sum of squares of a half, as a score has them."""
    from renown.scoring.freshness import with_freshness

    if definition.freshness is None:
        return half[:, 0], half[:, 1]
    return with_freshness(half[:, 0], half[:, [1, 4, 5]], half[:, 3], definition.freshness)


def places_in_forecast(seen: Seen, definition: Definition, seed: int = 11) -> FloatArray:
    """Where what came lies in what was foretold, 0..1: evenly spread where the intervals are right.

    Example: a half that was reached by one person, of people who all give 1, no prior: the other half has
    none with probability 1/2, so places up to 1/2 belong to "nobody".
    """
    from scipy.special import betainc

    given = definition.phi * seen.squared / seen.earned
    people, came = seen.earned / given, seen.came / given
    shape = (definition.people_shape or 0.0) + people
    rate = 2 * (definition.people_rate or 0.0)
    rest = 1 / (rate + 2)
    before = np.where(came > 0, 1 - betainc(np.maximum(came, 1e-12), shape, rest), 0.0)
    up_to = 1 - betainc(came + 1, shape, rest)
    lot = np.random.default_rng(seed).random(came.size)
    return np.asarray(before + lot * (up_to - before))


def fit_phi(halves: list[Seen], least_people: int = 10) -> float:
    """Over-dispersion: the squared difference of two halves over the sum of their squares, 1 if independent.

    Formula:  mean of (E1 - E2)^2 / (sum of c^2 of both), over actors whom the seen half reached by ten people
              or more (all actors where fewer than 100 are).
    """
    shares = []
    for seen in halves:
        is_large = seen.people >= least_people
        chosen = seen.among(is_large) if is_large.sum() >= LEAST_ACTORS else seen
        shares.append(
            float(np.mean((chosen.earned - chosen.came) ** 2 / (chosen.squared + chosen.came_squared)))
        )
    return float(np.mean(shares))


def fit_people(halves: list[Seen], phi: float) -> tuple[float, float]:
    """How many people actors have: shape and rate of a gamma distribution, by the other half's likelihood.

    Every size class weighs the same, or the many whom one person reached would decide for the few large ones.

    Source:   Robbins (1956); the negative binomial of `check_coverage`, its factorials continued by gamma.
    """
    from scipy.optimize import minimize
    from scipy.special import gammaln

    seen = Seen(
        *(np.concatenate([getattr(one, name) for one in halves[:3]]) for name in Seen.__annotations__)
    )
    given = phi * seen.squared / seen.earned
    people, came = seen.earned / given, seen.came / given
    balance = _balance(seen.people)

    def surprise(logs: FloatArray) -> float:
        """Less the log likelihood of what came, by the logarithms of shape and rate."""
        shape, rate = np.clip(np.exp(logs[0]), *_SHAPES), max(np.exp(logs[1]), _LEAST_RATE)
        known = shape + people
        stays = np.log((2 * rate + 1) / (2 * rate + 2))
        goes = -np.log(2 * rate + 2)
        likelihood = gammaln(known + came) - gammaln(known) - gammaln(came + 1) + known * stays + came * goes
        return -float((balance * likelihood).sum())

    best = minimize(surprise, np.log([0.5, 0.05]), method="Nelder-Mead", options={"xatol": 1e-3}).x
    return float(np.clip(np.exp(best[0]), *_SHAPES)), float(max(np.exp(best[1]), _LEAST_RATE))


def _balance(people: FloatArray) -> FloatArray:
    """A weight for each actor, by which every size class with anybody in it weighs the same."""
    size = np.searchsorted([low for _, low, _ in SIZES], people, side="right") - 1
    counts = np.bincount(size, minlength=len(SIZES))
    return np.asarray(1 / counts[size] / np.count_nonzero(counts))


def _rows(split_by: SplitBy, halves: list[Seen], definition: Definition) -> list[CoverageRow]:
    from renown.scoring.scale import intervals_of

    places = [places_in_forecast(seen, definition, seed=100 + place) for place, seen in enumerate(halves)]
    rows = []
    for name, low, high in (("all", 0, np.inf), *SIZES):
        chosen = [(seen.people >= low) & (seen.people < high) for seen in halves]
        actors = round(float(np.mean([one.sum() for one in chosen])))
        if actors < LEAST_ACTORS:
            continue
        for level in LEVELS:
            held = [np.abs(place[one] - 0.5) <= level / 2 for place, one in zip(places, chosen, strict=True)]
            ends = intervals_of(
                halves[0].earned[chosen[0]], halves[0].squared[chosen[0]], _at(definition, level)
            )
            rows.append(
                CoverageRow(
                    split_by=split_by,
                    people=name,
                    actors=actors,
                    level=level,
                    coverage=float(np.concatenate(held).mean()),
                    mean_width=float((ends[1] - ends[0]).mean()),
                )
            )
    return rows


def _at(definition: Definition, level: float) -> Definition:
    import msgspec

    return msgspec.structs.replace(definition, interval_level=level)
