"""What docs/concepts/fitting.md publishes of fits to the Higgs event, measured again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from renown.evaluate import FitTerms, Split, default_splits, evaluate_store, fit_definition
from tests.unit.evaluate.test_published_figures import HALF_DAY, higgs

__all__ = ["higgs"]

PAGE = Path(__file__).parents[3] / "docs" / "concepts" / "fitting.md"
METRICS = ("ndcg_100", "spearman_positive")
MEASURES = ("fitted", "fitted, no freshness", "distinct reactors", "decayed mass (0.5 d)")


@pytest.fixture(scope="module")
def by_split(higgs):
    """At every cut, the metrics of definitions that were fitted to the day before, and of simple measures."""
    found = []
    for split in default_splits(higgs):
        day_before = [Split(split.train_until - timedelta(days=1), split.train_until)]
        fits = []
        for name, terms in (("fitted", FitTerms()), ("fitted, no freshness", FitTerms(use_freshness=False))):
            fit = fit_definition(higgs, splits=day_before, future_kinds=["repost"], terms=terms)
            fits.append(msgspec.structs.replace(fit.definition, name=name))
        rows = evaluate_store(
            higgs, definitions=[*fits, HALF_DAY], splits=[split], future_kinds=["repost"]
        ).rows
        found.append({(row.measure, metric): getattr(row, metric) for row in rows for metric in METRICS})
    return found


def mean(by_split, measure, metric):
    return float(np.mean([one[measure, metric] for one in by_split]))


@pytest.mark.shared_data
@pytest.mark.parametrize("measure", MEASURES)
def test_the_page_says_what_was_measured(by_split, measure):
    cells = []
    for metric in METRICS:
        cells.append(f"{mean(by_split, measure, metric):.3f}")
        cells.append(", ".join(f"{one[measure, metric]:.3f}" for one in by_split))
    assert f"| {measure} | {' | '.join(cells)} |" in PAGE.read_text("utf8")


@pytest.mark.shared_data
def test_one_fit_is_above_counting_in_both_and_above_the_decayed_mass(by_split):
    for metric in METRICS:
        for one in by_split:
            assert one["fitted", metric] > one["distinct reactors", metric]
        for measure in MEASURES[1:]:
            assert mean(by_split, "fitted", metric) > mean(by_split, measure, metric)
