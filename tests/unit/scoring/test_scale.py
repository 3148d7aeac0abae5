"""Intervals beside those of SciPy."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from renown.scoring.scale import wilson_interval


@pytest.mark.parametrize("level", [0.5, 0.95])
@pytest.mark.parametrize(("hits", "count"), [(0, 60), (57, 60), (60, 60), (1_203, 1_340)])
def test_wilsons_interval_is_scipys(hits, count, level):
    witness = binomtest(hits, count).proportion_ci(level, "wilson")
    assert wilson_interval(hits / count, count, level=level) == pytest.approx(
        (witness.low, witness.high), abs=1e-9
    )
