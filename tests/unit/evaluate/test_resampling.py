import numpy as np
import pytest

from renown.evaluate import resampling
from renown.evaluate.baselines import Measure
from renown.evaluate.metrics import ndcg, ranked
from renown.evaluate.resampling import (
    Metric,
    Sampled,
    actor_draws,
    differences,
    leaders,
    mean_figures,
    number_or_none,
    sample,
)


def sampled(name, points, draws, *, is_score=False):
    return Sampled(name, is_score, {"m": points}, {"m": np.asarray(draws, float)})


def test_one_key_is_drawn_equally_wherever_it_appears():
    few, many = list(actor_draws(np.array([3, 5]))), list(actor_draws(np.arange(10)))
    assert len(few) == 200
    for one, other in zip(few, many, strict=True):
        assert one.tolist() == other[[3, 5]].tolist()


def test_draws_are_poisson_and_independent():
    drawn = np.stack(list(actor_draws(np.arange(2000))))
    for count, share in enumerate([0.3679, 0.3679, 0.1839, 0.0613]):
        assert (drawn == count).mean() == pytest.approx(share, abs=0.003)
    between = np.corrcoef(drawn[:50])
    assert np.abs(between[~np.eye(50, dtype=bool)]).max() < 0.12
    assert np.abs(np.corrcoef(drawn[:, :50].T)[~np.eye(50, dtype=bool)]).max() < 0.35


def test_leaders_are_the_first_and_their_ties():
    order = ranked([9, 7, 7, 7, 5, 1])
    assert leaders(order, 1).tolist() == [True, False, False, False, False, False]
    assert leaders(order, 2).tolist() == [True, True, True, True, False, False]
    assert leaders(order, 5).tolist() == [True, True, True, True, True, False]
    assert leaders(order, 99).all()


def test_resampling_only_leaders_gives_the_ndcg_of_resampling_all():
    random = np.random.default_rng(4)
    came = random.integers(0, 30, 5000).astype(float)
    measures = [
        Measure("fine", came + random.normal(0, 20, 5000)),
        Measure("tied", (came / 9).astype(int) * 1.0),
    ]
    actors = np.arange(5000) * 7
    metric = Metric("ndcg_100", came, np.ones(5000, bool), places=100)
    chosen, _ = metric.resampled([ranked(measure.values) for measure in measures], actors)
    assert 300 < chosen.sum() < 4000
    for measure, found in zip(measures, sample(measures, [metric], actors), strict=True):
        expected = [
            ndcg(ranked(measure.values), came, 100, weights=weights) for weights in actor_draws(actors)
        ]
        assert found.points["ndcg_100"] == pytest.approx(ndcg(ranked(measure.values), came, 100), abs=1e-12)
        assert found.draws["ndcg_100"] == pytest.approx(np.array(expected), abs=1e-12)


def test_a_sample_of_many_actors_varies_as_all_of_them_would(monkeypatch):
    random = np.random.default_rng(5)
    came = random.normal(size=20_000)
    measures = [Measure("m", came + random.normal(size=20_000))]
    metric = Metric("m", came, random.random(20_000) < 0.9)
    (whole,) = sample(measures, [metric], np.arange(20_000))
    monkeypatch.setattr(resampling, "MOST_RESAMPLED", 4_000)
    (part,) = sample(measures, [metric], np.arange(20_000))
    assert part.points == whole.points
    assert part.draws["m"].mean() == pytest.approx(whole.points["m"], abs=0.002)
    assert part.draws["m"].std() == pytest.approx(whole.draws["m"].std(), rel=0.2)
    # What theory says of the rank correlation of normal variables, to within the noise of 200 resamples.
    assert whole.draws["m"].std() == pytest.approx((1 - 0.69**2) / np.sqrt(18_000), rel=0.3)


def test_means_are_over_splits_and_only_of_measures_that_every_split_has():
    first = [sampled("score", 0.6, [0.5, 0.7], is_score=True), sampled("rare", 0.1, [0.1, 0.1])]
    second = [sampled("score", 0.8, [0.7, 0.9], is_score=True)]
    (figure,) = mean_figures([first, second], ["m"])
    assert (figure.measure, figure.value, figure.is_score) == ("score", pytest.approx(0.7), True)
    assert (figure.low, figure.high) == (pytest.approx(0.605), pytest.approx(0.795))


def test_differences_are_paired_draw_by_draw():
    # Both measures swing widely, but always by the same amount: their difference is certain.
    swings = np.linspace(0.2, 0.8, 50)
    samples = [sampled("score", 0.5, swings, is_score=True), sampled("other", 0.4, swings - 0.1)]
    found = differences([samples, samples], ["m"])
    assert [one.split for one in found] == [1, 2, None]
    for one in found:
        assert (one.score, one.measure) == ("score", "other")
        assert [one.difference, one.low, one.high] == pytest.approx([0.1, 0.1, 0.1])


def test_what_does_not_exist_is_left_out():
    nothing = [sampled("score", np.nan, [np.nan, np.nan], is_score=True), sampled("other", 0.4, [0.4, 0.4])]
    assert [figure.measure for figure in mean_figures([nothing], ["m"])] == ["other"]
    assert differences([nothing], ["m"]) == ()
    assert number_or_none(np.nan) is None
    assert number_or_none(np.float64(0.5)) == 0.5


def test_an_interval_needs_most_resamples_to_have_a_value():
    rare = [sampled("score", 0.5, [np.nan, np.nan, np.nan, 0.5], is_score=True)]
    (figure,) = mean_figures([rare], ["m"])
    assert (figure.value, figure.low, figure.high) == (0.5, None, None)
