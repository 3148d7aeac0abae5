"""How far a fit's figures hang on what it is held near: the spreads and the start, one by one.

    python -m benchmarks.fit_sensitivity STORE

Each variant learns from the last day before every cut, as "fitted" does in `benchmarks.higgs_models`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from unittest.mock import patch

import numpy as np

from renown.definitions import Definition, load_definition
from renown.evaluate import Split, default_splits, evaluate_store, fit_definition
from renown.evaluate.fitting import EXPECTED_PEOPLE
from renown.evaluate.fitting_model import FRESHNESS_SPREAD, PRIOR_PEOPLE_SPREAD, WEIGHT_SPREAD
from renown.store import TableStore

METRICS = ("ndcg_100", "spearman_positive")


@dataclass(frozen=True)
class Variant:
    """What a fit is held near, and how closely, in logs."""

    weight_spread: float = WEIGHT_SPREAD
    freshness_spread: float = FRESHNESS_SPREAD
    prior_people_spread: float = PRIOR_PEOPLE_SPREAD
    expected_people: float = EXPECTED_PEOPLE
    start: Definition | None = None
    """None: every kind alike"""


VARIANTS = {
    "as it is": Variant(),
    "weights within 0.7": Variant(weight_spread=0.7),
    "half-life of freshness within 1": Variant(freshness_spread=1.0),
    "weights within 0.7, freshness within 1": Variant(weight_spread=0.7, freshness_spread=1.0),
    "prior people within 0.5": Variant(prior_people_spread=0.5),
    "start with 5 prior people": Variant(expected_people=5.0),
    "start with 80 prior people": Variant(expected_people=80.0),
    "start from the weights of renown-1": Variant(start=load_definition()),
}


def figures(store: TableStore, variant: Variant, kinds: Sequence[str]) -> list[dict[str, float | None]]:
    """The metrics of a variant at every cut."""
    found = []
    with (
        patch("renown.evaluate.fitting_model.WEIGHT_SPREAD", variant.weight_spread),
        patch("renown.evaluate.fitting_model.FRESHNESS_SPREAD", variant.freshness_spread),
        patch("renown.evaluate.fitting_model.PRIOR_PEOPLE_SPREAD", variant.prior_people_spread),
        patch("renown.evaluate.fitting.EXPECTED_PEOPLE", variant.expected_people),
    ):
        for split in default_splits(store):
            last_day = Split(split.train_until - timedelta(days=1), split.train_until)
            fit = fit_definition(store, prior=variant.start, splits=[last_day], future_kinds=kinds)
            rows = evaluate_store(
                store, definitions=[fit.definition], splits=[split], future_kinds=kinds
            ).rows
            score = next(row for row in rows if row.measure == fit.definition.name)
            found.append({metric: getattr(score, metric) for metric in METRICS})
    return found


def main(arguments: Sequence[str]) -> int:
    """Print each variant's metrics: the mean, then split by split."""
    store = TableStore(arguments[0])
    for name, variant in VARIANTS.items():
        splits = figures(store, variant, ("repost",))
        for metric in METRICS:
            each = [float(one[metric] or 0.0) for one in splits]
            sys.stdout.write(
                f"{name:40} {metric:18} {np.mean(each):.3f}  {' '.join(f'{one:.3f}' for one in each)}\n"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
