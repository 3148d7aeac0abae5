"""The score against a boosted model that knows the same figures, on every split of a store.

    python -m benchmarks.higgs_models STORE

For each split the models learn from the day before its cut only; the definition is fitted on that day too.
The boosted trees (scikit-learn) may only rise with each feature, as the score does.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import numpy as np

from renown.definitions import Definition, load_definition
from renown.evaluate import Difference, Split, default_splits, fit_definition
from renown.evaluate.against_future import _metrics, score_measures
from renown.evaluate.baselines import Measure, build_baselines
from renown.evaluate.resampling import Sampled, differences, mean_figures, sample
from renown.evaluate.window import open_window, read_window
from renown.store import TableStore

METRICS = ("ndcg_100", "spearman_positive")
HALF_LIVES = (0.5, 1.0, 30.0)
_LEFT_OUT = ("own activity", "followers")


def boosted(before: Sequence[Measure], came: Any, now: Sequence[Measure]) -> Measure:
    """Monotone boosted trees on the measures of an earlier cut, applied to those of a later one."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    names = [one.name for one in before]
    rows = [np.log1p(np.column_stack([one.values for one in some])) for some in (before, now)]
    trees = HistGradientBoostingRegressor(monotonic_cst=[1] * len(names), random_state=0, max_iter=200)
    trees.fit(rows[0], np.log2(1 + came))
    return Measure("boosted trees", trees.predict(rows[1]))


def measured(
    store: TableStore, split: Split, definitions: Sequence[Definition], kinds: Sequence[str]
) -> tuple[list[Measure], Any, Any]:
    """Scores and baselines at a cut, the new people after it, and whose they are."""
    with open_window(store) as engine:
        window = read_window(engine, split, future_kinds=kinds, half_lives=HALF_LIVES)
    actors = window.ties.received()
    baselines = build_baselines(window, actors, store.person_keys().of).measures
    chosen = [one for one in baselines if one.name not in _LEFT_OUT]
    scores = score_measures(store, definitions, split.train_until, actors)
    return [*scores, *chosen], window.ties.new_people(actors), actors


def compared(
    store: TableStore, kinds: Sequence[str] = ("repost",)
) -> tuple[list[tuple[Sampled, ...]], list[Definition]]:
    """Every measure and model on every split, and the definitions that were fitted on the way."""
    shipped = load_definition()
    fits, splits = [], []
    for split in default_splits(store):
        earlier = Split(split.train_until - timedelta(days=1), split.train_until)
        fit = fit_definition(store, splits=[earlier], future_kinds=kinds)
        fitted = msgspec.structs.replace(fit.definition, name="fitted before the cut")
        fits.append(fitted)
        before, came, _ = measured(store, earlier, [shipped], kinds)
        now, new_people, actors = measured(store, split, [shipped], kinds)
        trees = boosted(before, came, now)
        ours = score_measures(store, [fitted], split.train_until, actors)
        splits.append(sample([*ours, *now, trees], _metrics(new_people, "log"), actors))
    return splits, fits


def spelled(one: Difference) -> str:
    """A paired difference with its interval."""
    where = "mean" if one.split is None else f"split {one.split}"
    return (
        f"{one.metric:18} {where:8} {one.score} less {one.measure}:"
        f" {one.difference:+.4f} [{one.low:+.4f}, {one.high:+.4f}]"
    )


def main(arguments: Sequence[str]) -> int:
    """Print means with intervals, and the paired differences of the fitted definition."""
    splits, fits = compared(TableStore(arguments[0]))
    lines = [
        f"{one.half_life_days:.3g} d, selectivity {one.selectivity:.2f}, "
        + ", ".join(f"{kind} {one.weights[kind]:.2f}" for kind in ("repost", "mention", "reply"))
        for one in fits
    ]
    for figure in mean_figures(splits, METRICS):
        lines.append(f"{figure.metric:18} {figure.measure:24} {figure.value:.4f}")
    names = ("distinct reactors", "decayed mass (0.5 d)", "boosted trees", "renown-1")
    lines += [
        spelled(one)
        for one in differences(splits, METRICS)
        if one.score == "fitted before the cut" and one.measure in names
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
