"""Fitted definitions against simple measures and a boosted model on the same figures, split by split.

    python -m benchmarks.higgs_models STORE

Whatever is learned, is learned before the cut. The definition and the half-life of "decayed mass (fitted)"
learn from the last day before it, the boosted trees (scikit-learn) and "fitted, all days" from all before.
The trees may only rise with each feature, as the score does.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import msgspec
import numpy as np

from renown.definitions import Definition, load_definition
from renown.evaluate import Difference, FitTerms, Split, default_splits, fit_definition
from renown.evaluate.against_future import _metrics, score_measures
from renown.evaluate.baselines import Measure, build_baselines
from renown.evaluate.fitting import MEMORY
from renown.evaluate.resampling import Metric, Sampled, differences, mean_figures, sample
from renown.evaluate.window import open_window, read_window
from renown.store import TableStore

METRICS = ("ndcg_100", "spearman_positive")
STEPS = np.arange(-4, 13) * np.log(2) / 2
TRIED = tuple(float(days) for days in MEMORY * np.exp(STEPS))
"""half-lives of the mass, in days, that are tried: a quarter to 64 times ln 2 / 2 of a day"""
PUBLISHED = (0.5, 1.0, 30.0)
FITTED, ALL_DAYS, LASTING = "fitted", "fitted, all days", "fitted, no freshness"
LEAF = 1
"""Actors a leaf needs: the best of 1 to 20 with the futures in view, which flatters the trees."""
_LEFT_OUT = ("own activity", "followers")


@dataclass(frozen=True)
class Seen:
    """Measures at a cut, and the new people after it."""

    measures: list[Measure]
    masses: list[Measure]
    """one for each half-life tried"""
    came: Any
    actors: Any


def seen_at(store: TableStore, split: Split, kinds: Sequence[str]) -> Seen:
    """The shipped score, baselines and the masses of many half-lives at a cut."""
    with open_window(store) as engine:
        window = read_window(engine, split, future_kinds=kinds, half_lives=[*PUBLISHED, *TRIED])
    actors = window.ties.received()
    tried = {f"decayed mass ({days:g} d)": days for days in TRIED}
    found = build_baselines(window, actors, store.person_keys().of).measures
    scores = score_measures(store, [load_definition()], split.train_until, actors)
    return Seen(
        [*scores, *(one for one in found if one.name not in (*_LEFT_OUT, *tried))],
        [next(one for one in found if one.name == name) for name in tried],
        window.ties.new_people(actors),
        actors,
    )


def fitted_mass(before: Seen, now: Seen) -> Measure:
    """The decayed mass with the half-life that had the best first hundred places a day earlier.

    Notes:    of every resample of the actors the best is taken, and of those the median (Breiman 1996).
    """
    everybody = np.ones(before.came.size, np.bool_)
    metric = Metric("first", np.log2(1 + before.came), everybody, places=100)
    gains = [one.draws[metric.name] for one in sample(before.masses, [metric], before.actors)]
    step = float(np.median(STEPS[np.argmax(gains, axis=0)]))
    return replace(now.masses[int(np.argmin(np.abs(STEPS - step)))], name="decayed mass (fitted)")


def boosted(before: Sequence[Seen], now: Seen) -> Measure:
    """Monotone boosted trees on the measures of earlier cuts, applied to those of a later one."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    trees = HistGradientBoostingRegressor(
        monotonic_cst=[1] * len(now.measures),
        learning_rate=0.03,
        max_leaf_nodes=6,
        min_samples_leaf=LEAF,
        max_iter=200,
        random_state=0,
    )
    came = np.concatenate([np.log2(1 + one.came) for one in before])
    trees.fit(np.concatenate([_rows(one) for one in before]), came)
    return Measure("boosted trees", trees.predict(_rows(now)))


def _rows(seen: Seen) -> Any:
    return np.log1p(np.column_stack([one.values for one in seen.measures]))


def _fitted(store: TableStore, name: str, days: Sequence[Split], kinds: Sequence[str]) -> Definition:
    terms = FitTerms(use_freshness=name != LASTING)
    found = fit_definition(store, splits=days, future_kinds=kinds, terms=terms)
    return msgspec.structs.replace(found.definition, name=name)


def compared(
    store: TableStore, kinds: Sequence[str] = ("repost",)
) -> tuple[list[tuple[Sampled, ...]], list[Definition]]:
    """Every measure and model on every split, and the definitions that were fitted on the way."""
    cuts, fits, splits = default_splits(store), [], []
    day = timedelta(days=1)
    first = cuts[0].train_until - day
    earlier = [seen_at(store, Split(first, first + day), kinds)]
    for split in cuts:
        days = [Split(split.train_until - n * day, split.train_until - (n - 1) * day) for n in (1, 2, 3)]
        days = days[: len(earlier)][::-1]
        own = [
            _fitted(store, name, learned_from, kinds)
            for name, learned_from in ((FITTED, days[-1:]), (ALL_DAYS, days), (LASTING, days[-1:]))
        ]
        now = seen_at(store, split, kinds)
        models = [fitted_mass(earlier[-1], now), boosted(earlier, now)]
        ours = score_measures(store, own, split.train_until, now.actors)
        splits.append(sample([*ours, *now.measures, *models], _metrics(now.came, "log"), now.actors))
        fits += own
        earlier.append(now)
    return splits, fits


def spelled(one: Difference) -> str:
    """A paired difference with its interval."""
    where = "mean" if one.split is None else f"split {one.split}"
    return (
        f"{one.metric:18} {where:8} {one.score} less {one.measure}:"
        f" {one.difference:+.4f} [{one.low:+.4f}, {one.high:+.4f}]"
    )


def main(arguments: Sequence[str]) -> int:
    """Print figures by split, means, and the paired differences of the fitted definitions."""
    splits, fits = compared(TableStore(arguments[0]))
    lines = [
        f"{one.name}: {one.half_life_days:.3g} d, selectivity {one.selectivity:.2f},"
        f" exponent {one.exponent:.2f}, {one.freshness}, "
        + ", ".join(f"{kind} {one.weights[kind]:.2f}" for kind in ("repost", "mention", "reply"))
        for one in fits
    ]
    by_name = [{one.measure: one.points for one in split} for split in splits]
    for figure in mean_figures(splits, METRICS):
        each = " ".join(f"{split[figure.measure][figure.metric]:.3f}" for split in by_name)
        lines.append(f"{figure.metric:18} {figure.measure:24} {figure.value:.4f}  {each}")
    names = (
        "distinct reactors",
        "decayed mass (0.5 d)",
        "decayed mass (fitted)",
        "boosted trees",
        "renown-1",
    )
    lines += [
        spelled(one)
        for one in differences(splits, METRICS)
        if one.score.startswith("fitted") and one.measure in names
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
