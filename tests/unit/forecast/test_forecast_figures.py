"""The figures of docs/concepts/forecast.md, measured again; and what must hold of them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from benchmarks import forecast, forecast_card
from benchmarks.forecast_baselines import Seismic, _primitive, windowed_exposure
from renown.forecast import build_cascade, forecast_cascade, load_cascade_card
from renown.forecast.memory import memory_density

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "concepts" / "forecast.md"
HOUR = 3600.0
BASELINES = (
    "constant growth",
    "regression, least squares",
    "regression, least absolute",
    "SEISMIC, corrected",
    "SEISMIC, plain",
)


def published(heading, first_cell):
    """A row of the table under a heading of the page."""
    text = PAGE.read_text("utf8").split(heading)[1]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    row = next(row for row in cells if row and row[0] == first_cell)
    return [float(cell) for cell in row[1:]]


@pytest.fixture(scope="module")
def collections():
    if not forecast_card.SHARED.is_dir():
        pytest.skip(f"the cascades are not there ({forecast_card.SHARED.relative_to(ROOT.parent)})")
    return {"### Large": forecast_card.tideh(), "### Trees": forecast_card.trees()}


@pytest.fixture(scope="module")
def compared(collections):
    return {
        heading: {name: forecast.compare(one, moment) for name, moment in forecast.MOMENTS.items()}
        for heading, one in collections.items()
    }


@pytest.mark.shared_data
def test_the_collections_are_read_whole(collections):
    assert [len(one.cascades) for one in collections.values()] == [55, 1490]
    assert all(cascade.audiences is not None for cascade in collections["### Large"].cascades)
    assert (collections["### Large"].finals > 2000).all()


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.parametrize("heading", ["### Large", "### Trees"])
def test_the_page_says_what_was_measured(compared, heading):
    at = compared[heading]
    for method in at["1 h"].errors:
        found = [one.median_errors()[method] for one in at.values()]
        np.testing.assert_allclose(found, published(heading, method), atol=0.006, rtol=0.02)
    np.testing.assert_allclose(
        [one.covered.mean() for one in at.values()], published(heading, "coverage of 90 %"), atol=0.004
    )


@pytest.mark.shared_data
def test_after_an_hour_large_cascades_are_forecast_better_than_by_any_baseline(compared, record_property):
    one = compared["### Large"]["1 h"]
    found = one.differences()
    for name in BASELINES:
        middle, low, high = found[name]
        assert high < 0, name
        record_property("measured", f"cascades, 1 h, less {name}: {middle:+.3f} [{low:+.3f}, {high:+.3f}]")
    record_property("measured", f"cascades, 1 h, median error {one.median_errors()['Renown']:.3f}")


@pytest.mark.shared_data
def test_after_an_hour_trees_are_forecast_better_than_by_regression_and_like_seismic(compared):
    found = compared["### Trees"]["1 h"].differences()
    assert all(found[name][2] < 0 for name in BASELINES if name != "SEISMIC, corrected")
    middle, _, high = found["SEISMIC, corrected"]
    assert middle < 0.002
    assert high < 0.02


@pytest.mark.shared_data
def test_intervals_cover_what_they_promise(compared, record_property):
    for name in forecast.MOMENTS:
        large, trees = (compared[heading][name] for heading in ("### Large", "### Trees"))
        assert 0.84 <= large.covered.mean() <= 0.96
        assert 0.88 <= trees.covered.mean() <= 0.92
    record_property(
        "measured",
        f"90 % intervals, 1 h: large {compared['### Large']['1 h'].covered.mean():.3f},"
        f" trees {compared['### Trees']['1 h'].covered.mean():.3f}",
    )


@pytest.mark.shared_data
def test_other_folds_say_the_same(collections):
    """Ten folds dealt five times: no figure hangs on one dealing."""
    one = collections["### Large"]
    seen = forecast_card.look(one, HOUR)
    errors = []
    for seed in range(5):
        held = forecast_card.hold_out(one, seen, HOUR, forecast_card.folds_of(55, 10, seed))
        errors.append(np.median(np.abs(held.medians / seen.finals - 1)))
    assert np.mean(errors) < 0.2
    assert np.ptp(errors) < 0.06


@pytest.mark.shared_data
def test_the_shipped_card_is_what_the_script_makes(collections):
    shipped = load_cascade_card()
    for one, model in zip(collections.values(), (shipped.audience, shipped.times), strict=True):
        made = forecast_card.fit_model(one, [HOUR]).rows[0]
        (row,) = [row for row in model.rows if row.observed_seconds == HOUR]
        for name, value in msgspec.structs.asdict(made).items():
            assert value == pytest.approx(getattr(row, name), abs=0.01), name


@pytest.mark.shared_data
def test_the_command_s_forecast_is_the_benchmark_s(collections):
    """The shipped numbers, applied as a person would, to what they were made from: no worse than held out."""
    for one, most in zip(collections.values(), (0.17, 0.19), strict=True):
        found = [forecast_cascade(cascade, HOUR) for cascade in one.cascades]
        finals = one.finals
        expected = np.array([each.expected_size for each in found])
        covered = np.mean(
            [each.size_low <= final <= each.size_high for each, final in zip(found, finals, strict=True)]
        )
        some = finals > 0
        assert np.median(np.abs(expected[some] / finals[some] - 1)) < most
        assert 0.86 <= covered <= 0.96


def test_a_tree_is_cleaned():
    text = (
        "['ROOT', 'ROOT', '0.0']->['1', '9', '0.0']\n['1', '9', '0.0']->['2', '9', '1.5']\n"
        "['1', '9', '0.0']->['2', '9', '0.5']\n['2', '9', '0.5']->['3', '9', '-2.0']\n"
        "['2', '9', '0.5']->['1', '9', '4.0']\nnot an edge\n"
    )
    assert forecast_card.build_tree(text).seconds.tolist() == [30.0]


def test_the_window_s_integral_is_the_integral():
    from scipy.integrate import quad

    moment = 3600.0
    for second in (0.0, 500.0, 1700.0, 2000.0, 3550.0):
        start = max(second, moment / 2)
        integral, _ = quad(
            lambda s, at=second: (1 - 2 * (moment - s) / moment) * memory_density(np.array([s - at]))[0],
            start,
            moment,
            points=[p for p in (second + 300,) if start < p < moment] or None,
        )
        assert windowed_exposure(np.array([second]), moment)[0] == pytest.approx(integral, rel=1e-6)
    assert _primitive(np.array([0.0]))[1][0] == 0


def test_seismic_finds_the_infectiousness_that_made_a_cascade():
    """The root reaches 300, everybody else one: infectiousness is the direct reactions per person reached."""
    from tests.unit.forecast.test_memory import simulate

    rng, branching, moment = np.random.default_rng(8), 0.9, 4 * HOUR
    found = []
    for _ in range(40):
        known, _ = simulate(rng, branching=branching, moment=moment, horizon=moment, root_audience=300)
        cascade = build_cascade(known, [300, *[1] * (known.size - 1)])
        found.append(Seismic((cascade,), moment).infectiousness[0])
    assert np.mean(found) == pytest.approx(branching, rel=0.1)
