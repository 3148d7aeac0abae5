"""Does the score treat groups of accounts alike? Every figure of every group, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.errors import TooLittleInputError
from renown.evaluate.fitting_history import Past
from renown.evaluate.records import INTERVAL_LEVEL, Split
from renown.evaluate.subgroup_figures import (
    LEAST_CASES,
    WHOLE,
    Estimates,
    biases_of_groups,
    coverage_of_groups,
    discounts_of_groups,
    median_scores,
    prediction_of_groups,
    rank_correlation,
)
from renown.evaluate.subgroup_records import AxisCheck, GroupFigure, Subgroup, Subgroups
from renown.evaluate.subgroups import Grouping, group_accounts
from renown.evaluate.window import count_of, open_window
from renown.scoring import Run
from renown.store import TableStore
from renown.trust import read_factors
from renown.types import Progress, no_progress

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_TIES: Final = """
    select person, count(distinct target)::double as ties from acts where occurred_at < $as_of group by person
"""


@dataclass(frozen=True, eq=False)
class Scores:
    """The scores of a run: sorted keys, and what belongs to each."""

    actor: IntArray
    score: FloatArray
    low: FloatArray
    high: FloatArray
    people: IntArray


@dataclass(frozen=True, eq=False)
class KnownTruth:
    """What a simulation knows: keys (sorted), true influence, and who is made or paid to act."""

    actor: IntArray
    influence: FloatArray
    not_genuine: IntArray


def check_subgroups(
    store: TableStore,
    run: Run,
    definition: Definition,
    scores: Scores,
    *,
    basis: Basis,
    progress: Progress = no_progress,
) -> Subgroups:
    """Figures of a run's scores by network, language, audience, followers and own posts a day.

    Per group: the middle score; coverage of the interval on halves of the people; rank correlation with the
    new people of the next window, and its lead over counting people; the share of accounts that trust
    discounts; where a truth is known, the points above what equal influence has elsewhere. A figure is
    flagged where its 95 % interval does not hold what the whole shows; so many flags come by chance alone as
    the record says.

    Cost:     a few passes of SQL, ten halvings, and 200 resamples a group and split.
    Source:   Mitchell et al. (2019), Model cards for model reporting; docs/how-to/model-card.md.
    """
    persons = store.person_keys()
    with open_window(store) as engine:
        progress("grouping accounts", 0, None)
        groupings = group_accounts(store, engine, run.as_of)
        found = [median_scores(groupings, scores.actor, scores.score)]
        progress("checking groups: intervals", 0, None)
        found.append(coverage_of_groups(groupings, basis.past, definition, run.as_of, persons))
        if basis.splits:
            progress("checking groups: what came next", 0, None)
            found += _predictions(groupings, store, engine, definition, basis.splits)
        if run.trust_run_id is not None:
            ties = engine.query(_TIES, {"as_of": run.as_of})
            given = count_of(
                ties["person"].to_numpy(), ties["ties"].to_numpy(), np.arange(store.actor_count())
            )
            factors = read_factors(store, run.trust_run_id)
            not_genuine = basis.truth.not_genuine if basis.truth else np.empty(0, np.int64)
            found.append(discounts_of_groups(groupings, factors, given, persons, not_genuine))
    if basis.truth is not None:
        found.append(_biases(groupings, scores, basis.truth))
    return _put_together(groupings, found, scores, basis.truth)


@dataclass(frozen=True, eq=False)
class Basis:
    """What the checks stand on beside the scores."""

    past: Past
    splits: tuple[Split, ...]
    """empty: time could not be cut"""
    truth: KnownTruth | None


def _predictions(
    groupings: Sequence[Grouping],
    store: TableStore,
    engine: object,
    definition: Definition,
    splits: Sequence[Split],
) -> list[Estimates]:
    try:
        return list(prediction_of_groups(groupings, store, engine, definition, splits))  # type: ignore[arg-type]
    except TooLittleInputError:
        return []


def _biases(groupings: Sequence[Grouping], scores: Scores, truth: KnownTruth) -> Estimates:
    place = np.minimum(np.searchsorted(truth.actor, scores.actor), truth.actor.size - 1)
    known = truth.actor[place] == scores.actor
    return biases_of_groups(
        groupings, scores.actor[known], scores.score[known], truth.influence[place[known]]
    )


def _put_together(
    groupings: Sequence[Grouping], found: Sequence[Estimates], scores: Scores, truth: KnownTruth | None
) -> Subgroups:
    axes = tuple(_axis(grouping, found, scores, truth) for grouping in groupings)
    compared = [
        (one, where) for one in found for where in one.of if one.is_comparable(where) and one.figure(where)
    ]
    flags = sum(figure.is_flagged for axis in axes for group in axis.groups for figure in group.figures)
    return Subgroups(
        interval_level=INTERVAL_LEVEL,
        least_cases=LEAST_CASES,
        whole=_figures(found, WHOLE),
        axes=axes,
        compared_count=len(compared),
        flagged_count=flags,
        flagged_by_chance=len(compared) * (1 - INTERVAL_LEVEL),
    )


def _figures(found: Sequence[Estimates], where: tuple[str, str]) -> tuple[GroupFigure, ...]:
    return tuple(figure for one in found if (figure := one.figure(where)) is not None)


def _axis(
    grouping: Grouping, found: Sequence[Estimates], scores: Scores, truth: KnownTruth | None
) -> AxisCheck:
    accounts = np.bincount(grouping.place[grouping.place >= 0], minlength=len(grouping.names))
    place = grouping.of(scores.actor)
    scored = np.bincount(place[place >= 0], minlength=len(grouping.names))
    groups = tuple(
        Subgroup(
            group=name,
            accounts_count=int(accounts[number]),
            scored_count=int(scored[number]),
            figures=_figures(found, (grouping.axis, name)),
        )
        for number, name in enumerate(grouping.names)
        if accounts[number]
    )
    score, true = _correlations(grouping, scores, truth)
    return AxisCheck(
        axis=grouping.axis,
        says=grouping.says,
        groups=groups,
        score_correlation=score[0] if score else None,
        score_correlation_low=score[1] if score else None,
        score_correlation_high=score[2] if score else None,
        truth_correlation=true[0] if true else None,
        absent_reason=grouping.absent_reason,
        needed=grouping.needed,
    )


_Correlation = tuple[float, float | None, float | None] | None


def _correlations(
    grouping: Grouping, scores: Scores, truth: KnownTruth | None
) -> tuple[_Correlation, _Correlation]:
    """Of what groups are made by with the score, and with the true influence of those who are scored."""
    if grouping.value is None:
        return None, None
    value = grouping.value[scores.actor]
    is_known = np.isfinite(value)
    ours = rank_correlation(value, scores.score, scores.actor, is_known)
    if truth is None:
        return ours, None
    at = np.minimum(np.searchsorted(truth.actor, scores.actor), truth.actor.size - 1)
    is_known &= truth.actor[at] == scores.actor
    return ours, rank_correlation(value, truth.influence[at], scores.actor, is_known)
