"""Split conformal intervals, with MAPIE as the outside witness."""

from __future__ import annotations

import numpy as np
import pytest

from renown.errors import TooLittleInputError
from renown.forecast import conformal_offsets, conformal_quantile

RNG = np.random.default_rng(11)


def test_it_is_the_next_order_statistic():
    assert conformal_quantile(np.arange(1.0, 10.0), 0.9) == 9
    assert conformal_quantile(np.arange(1.0, 100.0), 0.9) == 90


def test_too_few_cases_promise_nothing():
    with pytest.raises(TooLittleInputError, match="8 past cases"):
        conformal_quantile(np.arange(8.0), 0.9)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("count", [55, 200, 401])
def test_mapie_gives_the_same_half_width(level, count):
    from mapie.regression import SplitConformalRegressor
    from sklearn.linear_model import LinearRegression

    x = RNG.normal(size=(count + 60, 1))
    y = x[:, 0] * 2 + RNG.normal(size=count + 60)
    model = LinearRegression().fit(x[:60], y[:60])
    theirs = SplitConformalRegressor(model, confidence_level=level, prefit=True)
    theirs.conformalize(x[60:], y[60:])
    _, intervals = theirs.predict_interval(np.array([[0.3]]))
    half = float(intervals[0, 1, 0] - intervals[0, 0, 0]) / 2
    ours = conformal_quantile(np.abs(y[60:] - model.predict(x[60:])), level)
    assert ours == pytest.approx(half, abs=1e-9)


def test_new_cases_are_covered_as_often_as_promised():
    """Each end misses 5 of 100, also where errors are lopsided."""
    covered = []
    for _ in range(4000):
        errors = RNG.exponential(size=100)
        low, high = conformal_offsets(errors[:-1], 0.9)
        covered.append(low <= errors[-1] <= high)
    assert 0.885 <= np.mean(covered) <= 0.935
