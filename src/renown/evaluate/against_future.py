"""Scores and baselines against the people whom each actor reached next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.errors import DefinitionError, InputError, TooLittleInputError
from renown.evaluate.baselines import Baselines, Measure, build_baselines
from renown.evaluate.records import (
    INTERVAL_LEVEL,
    METRICS,
    Evaluation,
    Gain,
    MeasureRow,
    Scorer,
    Skipped,
    Split,
    SplitSummary,
)
from renown.evaluate.resampling import (
    RESAMPLES,
    Metric,
    Sampled,
    differences,
    mean_figures,
    number_or_none,
    sample,
)
from renown.evaluate.splits import default_splits
from renown.evaluate.window import PerActor, open_window, read_window
from renown.scoring import compute_scores
from renown.store import TableStore
from renown.trust import compute_trust, latest_trust_run
from renown.types import KINDS, Progress, no_progress

if TYPE_CHECKING:
    from renown.engines.duckdb import DuckDBEngine

WITH_TRUST: Final = "with trust"
"""behind the name of a score that takes the discounts of trust"""

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def evaluate_store(
    store: TableStore,
    *,
    definitions: Sequence[Definition],
    splits: Sequence[Split] | None = None,
    future_kinds: Sequence[str] | None = None,
    gain: Gain = "log",
    progress: Progress = no_progress,
) -> Evaluation:
    """How well scores, and simple measures of the same interactions, foretell whom new people react to.

    Formula:  ranked are the actors who received anything in training; an actor's future is how many people
              react to it in the test window by a future kind and never had before, in whatever way.
              spearman = rank correlation of measure and future; spearman_positive: where the future is not 0;
              ndcg_k   = NDCG of the first k places, gain log2(1 + future) or the future itself.
              Intervals: 95 % of the resamples of actors (Poisson bootstrap); differences are paired.
    Args:     definitions: scores to evaluate, each under a name of its own.
              splits: default `default_splits(store)`.
              future_kinds: kinds that count as the future; None: all.
    Raises:   InputError: an unknown kind, or no definition.  DefinitionError: two definitions with one name.
              TooLittleInputError: nothing before a cut, or nobody new after it.  StoreNotFoundError.
    Cost:     a split: one scoring run a definition, five passes of SQL, PageRank, and 200 resamples.
    Source:   docs/concepts/evaluation.md.
    """
    store.require()
    kinds = _checked_kinds(future_kinds)
    check_definitions(definitions)
    cuts = tuple(splits) if splits is not None else default_splits(store)
    if not cuts:
        raise InputError("There is no split to evaluate.")
    seen = []
    with open_window(store) as engine:
        for place, split in enumerate(cuts, 1):
            progress("evaluating splits", place - 1, len(cuts))
            seen.append(
                _evaluate_split(store, engine, _Question(place, split, tuple(definitions), kinds, gain))
            )
        progress("evaluating splits", len(cuts), len(cuts))
    samples = [one.samples for one in seen]
    return Evaluation(
        scores=tuple(scorer_of(definition) for definition in definitions),
        future_kinds=kinds,
        gain=gain,
        interval_level=INTERVAL_LEVEL,
        resamples=RESAMPLES,
        splits=tuple(one.summary for one in seen),
        rows=tuple(row for one in seen for row in one.rows),
        means=mean_figures(samples, METRICS),
        differences=differences(samples, METRICS),
        skipped=_all_skipped([one.skipped for one in seen]),
    )


def scorer_of(definition: Definition) -> Scorer:
    """What an evaluation says of a definition."""
    return Scorer(
        name=definition.name,
        definition_hash=definition.content_hash(),
        half_life_days=definition.half_life_days,
    )


def score_measures(
    store: TableStore, definitions: Sequence[Definition], as_of: datetime, actors: IntArray
) -> list[Measure]:
    """Each definition's earned attention of `actors`: the score's order, without its ceiling of 100.

    In a store for which trust was computed, each once more with trust, from what was known as of then.
    """
    from renown.kernels.attention import full_trust

    has_trust = latest_trust_run(store) is not None
    measures = []
    for definition in definitions:
        factors = {definition.name: full_trust()}
        if has_trust:
            found = compute_trust(store, definition=definition, as_of=as_of)
            factors[f"{definition.name} {WITH_TRUST}"] = found.factors()
        for name, each in factors.items():
            scored = compute_scores(store, definition=definition, as_of=as_of, factors=each)
            earned = PerActor(scored.actor_key, scored.earned_attention).of(actors)
            measures.append(Measure(name, earned, is_score=True))
    return measures


@dataclass(frozen=True)
class _Question:
    """One split and what is asked of it."""

    place: int
    split: Split
    definitions: tuple[Definition, ...]
    future_kinds: tuple[str, ...]
    gain: Gain

    def half_lives(self) -> list[float]:
        """Half-lives in days that the definitions use, each once, in order."""
        return sorted({definition.half_life_days for definition in self.definitions})


@dataclass(frozen=True, eq=False)
class _Answer:
    """One split evaluated."""

    summary: SplitSummary
    rows: tuple[MeasureRow, ...]
    samples: tuple[Sampled, ...]
    skipped: tuple[Skipped, ...]


def _evaluate_split(store: TableStore, engine: DuckDBEngine, asked: _Question) -> _Answer:
    window = read_window(engine, asked.split, future_kinds=asked.future_kinds, half_lives=asked.half_lives())
    actors = window.ties.received()
    new_people = window.ties.new_people(actors)
    _check_enough(asked.split, actors, new_people)
    baselines = build_baselines(window, actors, store.person_keys().of)
    measures = [
        *score_measures(store, asked.definitions, asked.split.train_until, actors),
        *baselines.measures,
    ]
    samples = sample(measures, _metrics(new_people, asked.gain), actors)
    rows = tuple(_row(one, asked.place, actors.size) for one in samples)
    return _Answer(_summary(asked, new_people, baselines), rows, samples, baselines.skipped)


def _metrics(new_people: FloatArray, gain: Gain) -> list[Metric]:
    everybody = np.ones(new_people.size, np.bool_)
    gains = np.log2(1 + new_people) if gain == "log" else new_people
    return [
        Metric("ndcg_100", gains, everybody, places=100),
        Metric("ndcg_1000", gains, everybody, places=1000),
        Metric("spearman", new_people, everybody),
        Metric("spearman_positive", new_people, new_people > 0),
    ]


def _row(sample: Sampled, split: int, actors: int) -> MeasureRow:
    return MeasureRow(
        measure=sample.measure,
        split=split,
        actors=actors,
        is_score=sample.is_score,
        **{metric: number_or_none(sample.points[metric]) for metric in METRICS},
    )


def _summary(asked: _Question, new_people: FloatArray, baselines: Baselines) -> SplitSummary:
    rank = baselines.page_rank
    return SplitSummary(
        split=asked.place,
        train_from=asked.split.train_from,
        train_until=asked.split.train_until,
        test_until=asked.split.test_until,
        actors=new_people.size,
        positive_actors=int((new_people > 0).sum()),
        new_people=int(new_people.sum()),
        page_rank_converged=rank.converged,
        page_rank_iterations=rank.n_iter,
        page_rank_residual=rank.residual,
    )


def _all_skipped(splits: Sequence[Sequence[Skipped]]) -> tuple[Skipped, ...]:
    """What was skipped anywhere, once, saying where if it was not everywhere."""
    found: dict[tuple[str, str], list[int]] = {}
    for place, skipped in enumerate(splits, 1):
        for one in skipped:
            found.setdefault((one.measure, one.reason), []).append(place)
    return tuple(
        Skipped(
            measure=measure,
            reason=reason
            if len(places) == len(splits)
            else f"split {', '.join(map(str, places))}: {reason}; so it has no mean",
        )
        for (measure, reason), places in found.items()
    )


def _checked_kinds(future_kinds: Sequence[str] | None) -> tuple[str, ...]:
    unknown = sorted(set(future_kinds or ()) - set(KINDS))
    if unknown:
        raise InputError(f"There is no kind {', '.join(unknown)}.", hint=f"Known: {', '.join(KINDS)}.")
    return tuple(kind for kind in KINDS if kind in (future_kinds or ()))


def check_definitions(definitions: Sequence[Definition]) -> None:
    """Raise where no definition is given, or two have one name."""
    names = [definition.name for definition in definitions]
    if not names:
        raise InputError("There is no definition to evaluate.", hint="The shipped one is renown-1.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DefinitionError(
            f"Two definitions are both called {', '.join(twice)}.", hint="Give each a name of its own."
        )


def _check_enough(split: Split, actors: IntArray, new_people: FloatArray) -> None:
    if actors.size == 0:
        raise TooLittleInputError(
            f"Nobody received anything before {split.train_until.isoformat()}, so nobody can be ranked."
        )
    if not new_people.any():
        raise TooLittleInputError(
            f"Nobody new reacted to a known actor from {split.train_until.isoformat()}"
            f" to {split.test_until.isoformat()}.",
            hint="Choose a longer test window, or more future kinds.",
        )
