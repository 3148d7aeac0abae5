"""Scores and baselines against what actors truly caused: only a simulated town knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.errors import ColumnsError, InputError, TooLittleInputError
from renown.evaluate.against_future import check_definitions, score_measures, scorer_of
from renown.evaluate.baselines import build_baselines
from renown.evaluate.records import INTERVAL_LEVEL, Split, TruthEvaluation, TruthRow
from renown.evaluate.resampling import (
    RESAMPLES,
    Metric,
    Sampled,
    differences,
    mean_figures,
    number_or_none,
    sample,
)
from renown.evaluate.window import open_window, read_followers, read_window
from renown.scoring import newest_moment
from renown.store import TableStore
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

TOP_SHARE: Final = 0.01
LEAST_TOP: Final = 10
TRUTH_METRICS: Final = ("spearman", "spearman_received", "spearman_top")


def evaluate_truth(
    store: TableStore,
    truth: pa.Table,
    definitions: Sequence[Definition],
    *,
    progress: Progress = no_progress,
) -> TruthEvaluation:
    """How well scores, and simple measures of the same interactions, rank actors by their true influence.

    Formula:  Spearman's rank correlation over all actors of the truth (a score is 0 where nothing came in),
              over those who received anything, and over the hundredth with most true influence (10 at least).
    Args:     truth: columns actor_id (text) and true_influence; others are ignored.
    Raises:   ColumnsError: a column missing.  InputError: an actor twice, or no definition.
              TooLittleInputError: the store knows fewer than 10 actors of the truth.
              DefinitionError: two definitions with one name.
    Notes:    actors of the truth that the store never saw have no key and count as measuring 0.
    Source:   docs/concepts/evaluation.md.
    """
    store.require()
    check_definitions(definitions)
    actors, influence = _read_truth(store, truth)
    moment = newest_moment(store)
    progress("measuring", 0, 1)
    with open_window(store) as engine:
        window = read_window(
            engine,
            Split(moment, moment + timedelta(seconds=1)),
            future_kinds=(),
            half_lives=sorted({definition.half_life_days for definition in definitions}),
        )
        # Nothing is foretold here, so profiles that were read after the last interaction may speak too.
        window = replace(window, followers=read_followers(engine, datetime.max.replace(tzinfo=UTC)))
    baselines = build_baselines(window, actors, store.person_keys().of)
    measures = [*score_measures(store, definitions, moment, actors), *baselines.measures]
    metrics = _metrics(influence, is_received=np.isin(actors, window.ties.received()))
    samples = sample(measures, metrics, actors)
    progress("measuring", 1, 1)
    return TruthEvaluation(
        scores=tuple(scorer_of(definition) for definition in definitions),
        as_of=moment,
        interval_level=INTERVAL_LEVEL,
        resamples=RESAMPLES,
        rows=tuple(_row(one, metrics) for one in samples),
        means=mean_figures([samples], TRUTH_METRICS),
        differences=tuple(one for one in differences([samples], TRUTH_METRICS) if one.split is None),
        skipped=baselines.skipped,
    )


def _metrics(influence: FloatArray, is_received: BoolArray) -> list[Metric]:
    top_count = min(max(LEAST_TOP, round(TOP_SHARE * influence.size)), influence.size)
    is_top = np.zeros(influence.size, np.bool_)
    is_top[np.argsort(-influence, kind="stable")[:top_count]] = True
    everybody = np.ones(influence.size, np.bool_)
    return [
        Metric("spearman", influence, everybody),
        Metric("spearman_received", influence, is_received),
        Metric("spearman_top", influence, is_top),
    ]


def _row(one: Sampled, metrics: Sequence[Metric]) -> TruthRow:
    counts = [int(metric.is_for.sum()) for metric in metrics]
    return TruthRow(
        measure=one.measure,
        actors=counts[0],
        received_actors=counts[1],
        top_actors=counts[2],
        is_score=one.is_score,
        **{metric.name: number_or_none(one.points[metric.name]) for metric in metrics},
    )


def _read_truth(store: TableStore, truth: pa.Table) -> tuple[IntArray, FloatArray]:
    """Keys (sorted) of the truth's actors and their influence. Who the store never saw has a negative key."""
    import pyarrow as pa

    missing = [name for name in ("actor_id", "true_influence") if name not in truth.column_names]
    if missing:
        raise ColumnsError(
            f"The truth has no column {' and none called '.join(missing)}.",
            hint=f"It has {', '.join(truth.column_names) or 'none at all'}.",
        )
    ids = truth["actor_id"].cast(pa.string()).combine_chunks()
    keys = store.actor_keys(ids)
    is_unknown = keys < 0
    known = int((~is_unknown).sum())
    if known < LEAST_TOP:
        raise TooLittleInputError(
            f"The store knows {known} of the truth's {len(keys)} actors; {LEAST_TOP} are needed.",
            hint="Is it the truth of this town?",
        )
    keys = np.where(is_unknown, -1 - np.arange(len(keys)), keys)
    order = np.argsort(keys)
    if (np.diff(keys[order]) == 0).any():
        raise InputError("The truth names an actor twice.")
    influence = truth["true_influence"].cast(pa.float64()).to_numpy()
    return keys[order], np.nan_to_num(influence[order])
