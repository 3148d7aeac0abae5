"""What is measured of each group, each figure with its interval, beside the same of everybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.evaluate.against_future import score_measures
from renown.evaluate.attacks.records import DISCOUNTED_BELOW
from renown.evaluate.baselines import Measure, distinct_reactors
from renown.evaluate.coverage import HALVINGS, halvings, places_in_forecast
from renown.evaluate.fitting_history import Past
from renown.evaluate.records import INTERVAL_LEVEL, Split
from renown.evaluate.resampling import Metric, Sampled, differences, mean_figures, sample
from renown.evaluate.subgroup_records import FigureName, GroupFigure
from renown.evaluate.subgroups import SIZES, Grouping, binned
from renown.evaluate.window import read_window
from renown.scoring.factors import given_shares
from renown.scoring.scale import wilson_interval
from renown.store import TableStore

if TYPE_CHECKING:
    from renown.engines.duckdb import DuckDBEngine
    from renown.kernels.attention import Factors
    from renown.store.persons import PersonKeys

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

LEAST_CASES: Final = 50
_METRICS: Final = ("spearman", "ndcg_100")
WHOLE: Final = ("", "")
"""The place of everybody among groups."""
_Z: Final = NormalDist().inv_cdf((1 + INTERVAL_LEVEL) / 2)
_COMPARED: Final[dict[FigureName, frozenset[str]]] = {
    "coverage": frozenset({"network", "language", "people", "followers", "posting"}),
    "spearman": frozenset({"network", "language", "posting"}),
    "lead": frozenset({"network", "language", "people", "followers", "posting"}),
    "discounted_share": frozenset({"network", "language", "people", "followers", "posting"}),
    "bias_points": frozenset({"network", "language", "followers", "posting"}),
}
"""Figures that are compared with the whole, and along which axes. The others differ because of how a group
was made: large accounts have high medians, and within one size class nobody is easy to put in order."""

Where = tuple[str, str]
"""Axis and group."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """A figure with its interval and how many actors made it."""

    value: float
    low: float | None
    high: float | None
    cases: int


@dataclass(eq=False)
class Estimates:
    """One figure of every group that has enough actors, and of everybody."""

    name: FigureName
    of: dict[Where, Estimate] = field(default_factory=dict)
    compared_with: float | None = None
    """what groups are compared with; None: the figure of everybody"""

    def figure(self, where: Where) -> GroupFigure | None:
        """The figure of a group as the record has it; None where too few actors could give it."""
        found, everybody = self.of.get(where), self.of.get(WHOLE)
        if found is None or everybody is None:
            return None
        whole = everybody.value if self.compared_with is None else self.compared_with
        is_outside = found.low is not None and found.high is not None and not found.low <= whole <= found.high
        return GroupFigure(
            name=self.name,
            value=found.value,
            low=found.low,
            high=found.high,
            whole=whole,
            cases_count=found.cases,
            is_flagged=is_outside and self.is_comparable(where),
        )

    def is_comparable(self, where: Where) -> bool:
        """Whether a difference says something of the score and not of how the group was made."""
        return where[0] in _COMPARED.get(self.name, frozenset())


def each_group(groupings: Sequence[Grouping], actors: IntArray) -> Iterator[tuple[Where, BoolArray]]:
    """Everybody, then each group, as masks over some actors."""
    yield WHOLE, np.ones(actors.size, np.bool_)
    for grouping in groupings:
        place = grouping.of(actors)
        for number, name in enumerate(grouping.names):
            yield (grouping.axis, name), place == number


def median_scores(groupings: Sequence[Grouping], actors: IntArray, scores: FloatArray) -> Estimates:
    """The middle score of each group; the interval by order statistics (a sign test)."""
    found = Estimates("median_score")
    for where, chosen in each_group(groupings, actors):
        some = np.sort(scores[chosen])
        if some.size < LEAST_CASES:
            continue
        reach = _Z * np.sqrt(some.size) / 2
        low, high = (round(some.size / 2 + side * reach) for side in (-1, 1))
        found.of[where] = Estimate(
            float(np.median(some)),
            float(some[max(low - 1, 0)]),
            float(some[min(high, some.size - 1)]),
            some.size,
        )
    return found


def coverage_of_groups(
    groupings: Sequence[Grouping], past: Past, definition: Definition, moment: datetime, persons: PersonKeys
) -> Estimates:
    """How often intervals of the definition's level hold what the other half of the people shows, by group.

    Formula:  as `check_coverage`, on the same halves. Size groups go by the people of the half that was seen:
              what both halves together show would decide what the other one can hold.
              Intervals: Wilson, by the actors of one halving, since the ten see the same actors.
    """
    counts: dict[Where, list[tuple[int, int]]] = {}
    halves = halvings(past, definition, moment, persons, first_seed=HALVINGS)
    for number, (reached, seen) in enumerate(halves):
        actors = past.actor[reached]
        place = places_in_forecast(seen, definition, seed=100 + number)
        held = np.abs(place - 0.5) <= definition.interval_level / 2
        sized = [_by_people(one, actors, seen.people) for one in groupings]
        for where, chosen in each_group(sized, actors):
            counts.setdefault(where, []).append((int(held[chosen].sum()), int(chosen.sum())))
    found = Estimates("coverage")
    for where, pairs in counts.items():
        cases = sum(size for _, size in pairs) / HALVINGS
        if cases >= LEAST_CASES:
            share = sum(hits for hits, _ in pairs) / sum(size for _, size in pairs)
            ends = wilson_interval(share, cases, level=INTERVAL_LEVEL)
            found.of[where] = Estimate(share, *ends, round(cases))
    return found


def _by_people(grouping: Grouping, actors: IntArray, people: FloatArray) -> Grouping:
    """The size axis by other counts of people; every other axis as it is."""
    if grouping.axis != "people":
        return grouping
    place = np.full(grouping.place.size, -1, np.int64)
    place[actors] = binned(people, SIZES)
    return Grouping(grouping.axis, grouping.says, grouping.names, place)


@dataclass(frozen=True, eq=False)
class _Foretold:
    """One split: what the measures say, what came, and who is in which group."""

    actors: IntArray
    measures: tuple[Measure, Measure]
    new_people: FloatArray
    groups: dict[Where, BoolArray]

    def enough(self, where: Where) -> bool:
        """Whether the group has enough actors whom somebody new came to, and they differ."""
        came = self.new_people[self.groups[where]]
        return int((came > 0).sum()) >= LEAST_CASES and np.unique(came[came > 0]).size > 1


def prediction_of_groups(
    groupings: Sequence[Grouping],
    store: TableStore,
    engine: DuckDBEngine,
    definition: Definition,
    splits: Sequence[Split],
) -> tuple[Estimates, Estimates, Estimates]:
    """Rank correlation, NDCG@100 and the lead over counting people, within each group, mean of the splits.

    Notes:    a group that is narrower than the whole (one size class) is harder to put in order; the lead
              compares two measures on the same actors and does not suffer from that.
    """
    seen = [_foretell(groupings, store, engine, definition, split) for split in splits]
    found = (Estimates("spearman"), Estimates("ndcg_100"), Estimates("lead"))
    for where in seen[0].groups:
        if not all(one.enough(where) for one in seen):
            continue
        samples = [_sampled(one, where) for one in seen]
        ours = samples[0][0].measure
        cases = round(float(np.mean([(one.new_people[one.groups[where]] > 0).sum() for one in seen])))
        means = {one.metric: one for one in mean_figures(samples, _METRICS) if one.measure == ours}
        for estimates in found[:2]:
            if one := means.get(estimates.name):
                estimates.of[where] = Estimate(one.value, one.low, one.high, cases)
        for lead in differences(samples, ["spearman"]):
            if lead.split is None:
                found[2].of[where] = Estimate(lead.difference, lead.low, lead.high, cases)
    return found


def _sampled(one: _Foretold, where: Where) -> tuple[Sampled, ...]:
    """Both measures on the actors of one group alone: NDCG is resampled on the first of all who are given."""
    chosen = one.groups[where]
    came = one.new_people[chosen]
    metrics = [
        Metric("spearman", came, came > 0),
        Metric("ndcg_100", np.log2(1 + came), np.ones(came.size, np.bool_), places=100),
    ]
    some = [Measure(each.name, each.values[chosen], each.is_score) for each in one.measures]
    return sample(some, metrics, one.actors[chosen])


def _foretell(
    groupings: Sequence[Grouping],
    store: TableStore,
    engine: DuckDBEngine,
    definition: Definition,
    split: Split,
) -> _Foretold:
    ties = read_window(engine, split, future_kinds=(), half_lives=()).ties
    actors = ties.received()
    people = distinct_reactors(ties, actors)
    sized = [_by_people(one, actors, people) for one in groupings]
    # Where trust was computed, the last one takes its discounts, as a run does.
    ours = score_measures(store, [definition], split.train_until, actors)[-1]
    return _Foretold(
        actors,
        (ours, Measure("distinct reactors", people)),
        ties.new_people(actors),
        dict(each_group(sized, actors)),
    )


def discounts_of_groups(
    groupings: Sequence[Grouping],
    factors: Factors,
    given_ties: FloatArray,
    persons: PersonKeys,
    not_genuine: IntArray,
) -> Estimates:
    """Of the accounts that give attention, the share of which less than half counts, by group.

    Args:     given_ties: of each person key how many actors it gave attention to.
              not_genuine: keys of accounts known to be made or paid to act; they are left out.
    """
    accounts = np.arange(groupings[0].place.size)
    person = persons.of(accounts)
    ties = given_ties[person]
    counts = given_shares(factors, person, ties)
    gives = (ties > 0) & ~np.isin(accounts, not_genuine)
    found = Estimates("discounted_share")
    for where, chosen in each_group(groupings, accounts):
        some = counts[chosen & gives]
        if some.size >= LEAST_CASES:
            share = float((some < DISCOUNTED_BELOW).mean())
            ends = wilson_interval(share, some.size, level=INTERVAL_LEVEL)
            found.of[where] = Estimate(share, *ends, int(some.size))
    return found


def biases_of_groups(
    groupings: Sequence[Grouping], actors: IntArray, scores: FloatArray, influence: FloatArray
) -> Estimates:
    """Points that a group's scores lie above what actors of the same true influence have.

    Formula:  mean over the group of score - expected(true influence), expected being the isotonic regression
              of score on true influence over all of these actors; interval by the spread of the differences.
    Source:   Barlow, Bartholomew, Bremner & Brunk (1972), Statistical inference under order restrictions.
    """
    from scipy.optimize import isotonic_regression

    found = Estimates("bias_points", compared_with=0.0)
    if actors.size < LEAST_CASES:
        return found
    order = np.argsort(influence, kind="stable")
    _, start, size = np.unique(influence[order], return_index=True, return_counts=True)
    means = np.add.reduceat(scores[order], start) / size
    expected = np.empty(actors.size)
    expected[order] = np.repeat(isotonic_regression(means, weights=size.astype(float)).x, size)
    above = scores - expected
    for where, chosen in each_group(groupings, actors):
        if where[0] == "people":
            # Who is in such a group is decided by the very reactions that the score is made of.
            continue
        some = above[chosen]
        if some.size >= LEAST_CASES:
            reach = _Z * float(some.std(ddof=1)) / np.sqrt(some.size)
            mean = float(some.mean())
            found.of[where] = Estimate(mean, float(mean - reach), float(mean + reach), int(some.size))
    return found


def rank_correlation(
    value: FloatArray, other: FloatArray, actors: IntArray, is_known: BoolArray
) -> tuple[float, float | None, float | None] | None:
    """Spearman's rank correlation over the actors of whom both are known, with its interval."""
    if is_known.sum() < LEAST_CASES:
        return None
    known = np.where(is_known, value, 0.0)
    drawn = sample([Measure("value", known)], [Metric("spearman", other, is_known)], actors)
    figures = mean_figures([drawn], ["spearman"])
    return (figures[0].value, figures[0].low, figures[0].high) if figures else None
