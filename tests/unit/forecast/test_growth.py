"""The distribution of a final size, against scipy's logistic and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import logistic

from renown.forecast.growth import Growth

CENTERS = st.floats(-2, 20)
SPREADS = st.floats(0.01, 2)
FLOORS = st.one_of(st.just(-np.inf), st.floats(-2, 20))


def growth_of(center, spread, floor):
    return Growth(np.asarray(center), np.asarray(spread), np.asarray(floor))


def test_without_floor_it_is_scipys_logistic():
    growth = growth_of(7.0, 0.4, -np.inf)
    values = np.linspace(4, 10, 50)
    np.testing.assert_allclose(growth.place(values), logistic(7.0, 0.4).cdf(values), rtol=1e-9)
    np.testing.assert_allclose(growth.exceeding(values), logistic(7.0, 0.4).sf(values), rtol=1e-9)


@given(CENTERS, SPREADS, FLOORS, st.floats(0.001, 0.999))
def test_place_undoes_quantile(center, spread, floor, place):
    growth = growth_of(center, spread, floor)
    value = growth.quantile(place)
    assert value >= floor
    if value > floor:
        assert growth.place(value) == pytest.approx(place, abs=1e-4)


@given(CENTERS, st.floats(0, 5), SPREADS, FLOORS, st.floats(0.01, 0.99))
def test_a_higher_center_never_gives_a_lower_quantile(center, more, spread, floor, place):
    lower, higher = growth_of(center, spread, floor), growth_of(center + more, spread, floor)
    assert higher.quantile(place) >= lower.quantile(place) - 1e-9


@given(CENTERS, SPREADS, FLOORS, st.floats(0.05, 0.98))
def test_the_interval_holds_its_mass_and_no_shorter_one_does(center, spread, floor, mass):
    growth = growth_of(center, spread, floor)
    low, high = growth.interval(mass)
    assert growth.place(high) - growth.place(low) == pytest.approx(mass, abs=1e-3)
    assert low <= growth.quantile(0.5) <= high or mass < 0.5
    for start in np.linspace(0, 1 - mass - 1e-3, 7):
        other = growth.quantile(start + mass) - growth.quantile(start)
        assert high - low <= other + 1e-3 * (1 + spread)


@given(CENTERS, SPREADS, FLOORS, st.floats(0.05, 0.95), st.floats(-3, 3))
def test_a_value_is_in_the_interval_of_its_surprise_and_in_no_smaller(center, spread, floor, mass, off):
    growth = growth_of(center, spread, floor)
    value = np.asarray(center + off * spread * 3)
    surprise = growth.surprise(value)
    low, high = growth.interval(mass)
    if abs(surprise - mass) > 1e-3 and abs(value - floor) > 1e-6:
        assert bool(low - 1e-9 <= value <= high + 1e-9) == bool(surprise < mass)


def test_a_value_below_the_floor_is_as_surprising_as_can_be():
    assert growth_of(7.0, 0.2, 7.6).surprise(np.asarray(7.5)) == 1
