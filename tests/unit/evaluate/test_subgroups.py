"""Checks by groups: who is in which, each figure beside an outside witness, and what is flagged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from sklearn.isotonic import IsotonicRegression

import renown
from renown.definitions import load_definition
from renown.evaluate import check_coverage, default_splits, evaluate_store
from renown.evaluate.fitting_history import read_past
from renown.evaluate.records import Split
from renown.evaluate.subgroup_figures import (
    WHOLE,
    biases_of_groups,
    coverage_of_groups,
    discounts_of_groups,
    median_scores,
    prediction_of_groups,
    rank_correlation,
)
from renown.evaluate.subgroups import MOST_GROUPS, OTHERS, SIZES, Grouping, binned, group_accounts
from renown.evaluate.window import open_window
from renown.kernels.attention import Factors
from renown.scoring import newest_moment
from renown.store.persons import PersonKeys
from renown.types import no_progress

START = datetime(2026, 3, 1, tzinfo=UTC)
SHIPPED = load_definition()
ALONE = PersonKeys(np.empty(0, np.int64), np.empty(0, np.int64))


def two_halves(count, axis="network"):
    return Grouping(axis, "by turns", ("even", "odd"), np.arange(count) % 2)


# ---- who is in which group


def village(tmp_path):
    """ann (a: English, mostly), bea (a: German), cleo (b: posts daily, never a language), and their fans."""
    store = renown.open(tmp_path / "store")
    acts = [(f"fan{n}", who, "like", START + timedelta(days=n)) for who in ("ann", "bea") for n in range(10)]
    names = ["source", "target", "kind", "time"]
    store.add_interactions(
        pa.table(dict(zip(names, map(list, zip(*acts, strict=True)), strict=True))), network="a"
    )
    store.add_interactions(
        pa.table({"source": ["x"], "target": ["cleo"], "kind": ["like"], "time": [START]}), network="b"
    )
    posts = [("a:ann", "en-GB", 0), ("a:ann", "EN", 1), ("a:ann", "de", 2), ("a:bea", "de", 0)]
    posts += [("b:cleo", None, day) for day in range(10) for _ in range(2)]
    store.add_posts(
        pa.table(
            {
                "post_id": [f"p{place}" for place in range(len(posts))],
                "network": [author.partition(":")[0] for author, _, _ in posts],
                "author_actor_id": [author for author, _, _ in posts],
                "language": pa.array([language for _, language, _ in posts], pa.string()),
                "posted_at": [START + timedelta(days=day) for _, _, day in posts],
            }
        )
    )
    return store


@pytest.fixture
def groups(tmp_path):
    store = village(tmp_path)
    with open_window(store) as engine:
        found = {one.axis: one for one in group_accounts(store, engine, newest_moment(store))}

    def of(axis, actor):
        (place,) = found[axis].of(store.actor_keys([actor]))
        return found[axis].names[place] if place >= 0 else None

    return found, of


def test_accounts_are_grouped_by_what_is_known_of_them(groups):
    _, of = groups
    assert (of("network", "a:ann"), of("network", "b:cleo")) == ("a", "b")
    assert (of("language", "a:ann"), of("language", "a:bea"), of("language", "b:cleo")) == ("en", "de", None)
    assert (of("people", "a:ann"), of("people", "b:cleo"), of("people", "a:fan3")) == ("10-29", "1", "none")
    assert of("posting", "b:cleo") == "1 to 10 a day"
    assert of("posting", "a:ann") == "under 1 a day"
    assert of("posting", "a:fan3") == "none seen"


def test_an_axis_that_the_store_cannot_give_says_so(groups):
    found, _ = groups
    assert found["followers"].names == ()
    assert "followers" in found["followers"].absent_reason
    assert found["followers"].needed


def test_many_networks_are_told_as_the_largest_and_all_others(tmp_path):
    store = renown.open(tmp_path / "store")
    for number in range(12):
        some = [f"s{place}" for place in range(20 - number)]
        store.add_interactions(
            pa.table(
                {
                    "source": some,
                    "target": ["t"] * len(some),
                    "kind": ["like"] * len(some),
                    "time": [START] * len(some),
                }
            ),
            network=f"net{number:02d}",
        )
    with open_window(store) as engine:
        network = group_accounts(store, engine, newest_moment(store))[0]
    assert network.names == (*(f"net{number:02d}" for number in range(MOST_GROUPS - 1)), OTHERS)
    sizes = np.bincount(network.place)
    assert sizes.tolist() == [
        *(21 - number for number in range(7)),
        sum(21 - number for number in range(7, 12)),
    ]


def test_bins_begin_where_they_say():
    values = np.array([0, 1, 2, 3, 4, 9, 10, 29, 30, 1e9])
    assert [SIZES[place][0] for place in binned(values, SIZES)] == [
        "none", "1", "2-3", "2-3", "4-9", "4-9", "10-29", "10-29", "30 or more", "30 or more",
    ]  # fmt: skip


# ---- figures beside witnesses


def test_the_interval_of_a_median_holds_it_as_often_as_it_claims():
    draw = np.random.default_rng(1)
    held = 0
    for _ in range(300):
        scores = draw.exponential(10, 400)
        of = median_scores([two_halves(400)], np.arange(400), scores).of["network", "even"]
        held += of.low <= 10 * np.log(2) <= of.high
    assert 0.91 <= held / 300 <= 0.99


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    town = renown.build_town(people_count=1_500, seed=3)
    store = renown.open(tmp_path_factory.mktemp("groups") / "store")
    store.import_interactions([town.interactions])
    store.add_persons(town.persons)
    return store


@pytest.fixture(scope="module")
def groupings(town):
    with open_window(town) as engine:
        return group_accounts(town, engine, newest_moment(town))


def test_coverage_of_everybody_and_of_size_classes_is_that_of_the_coverage_check(town, groupings):
    moment = newest_moment(town)
    past = read_past(
        town, SHIPPED, [Split(moment - timedelta(microseconds=1), moment)], (), progress=no_progress
    )
    found = coverage_of_groups(groupings, past, SHIPPED, moment, town.person_keys())
    witness = {
        row.people: row
        for row in check_coverage(town, SHIPPED, as_of=moment).rows
        if row.split_by == "people" and row.level == SHIPPED.interval_level
    }
    assert found.of[WHOLE].value == witness["all"].coverage
    assert found.of[WHOLE].cases == witness["all"].actors
    told = [name for name in witness if name != "all"]
    assert len(told) >= 3
    for name in told:
        assert found.of["people", name].value == witness[name].coverage


def test_prediction_of_everybody_is_that_of_the_evaluation(town, groupings):
    splits = default_splits(town)
    with open_window(town) as engine:
        spearman, ndcg, lead = prediction_of_groups(groupings, town, engine, SHIPPED, splits=splits)
    witness = evaluate_store(town, definitions=[SHIPPED], splits=splits)
    means = {one.metric: one for one in witness.means if one.measure == "renown-1"}
    assert spearman.of[WHOLE].value == pytest.approx(means["spearman_positive"].value)
    assert spearman.of[WHOLE].low == pytest.approx(means["spearman_positive"].low)
    assert ndcg.of[WHOLE].value == pytest.approx(means["ndcg_100"].value)
    (difference,) = [
        one
        for one in witness.differences
        if (one.measure, one.metric, one.split) == ("distinct reactors", "spearman_positive", None)
    ]
    assert lead.of[WHOLE].value == pytest.approx(difference.difference)
    assert {"meadow", "harbor"} <= {group for axis, group in spearman.of if axis == "network"}
    for found in (spearman, ndcg, lead):
        assert all(one.low <= one.value <= one.high for one in found.of.values())


def test_an_account_is_discounted_where_less_than_half_of_what_it_gives_counts():
    # Four ties each; trust lowers 0..9 below one half, doubts three ties of 10..19 and two of 20..29.
    trust = np.ones(120)
    trust[:10] = 0.4
    source = np.concatenate([np.repeat(np.arange(10, 20), 3), np.repeat(np.arange(20, 30), 2)])
    factors = Factors(trust, source, np.arange(source.size), np.zeros(source.size))
    found = discounts_of_groups([two_halves(120)], factors, np.full(120, 4.0), ALONE, np.array([0, 11]))
    assert found.of[WHOLE].value == pytest.approx(18 / 118)
    assert found.of["network", "even"].value == pytest.approx(9 / 59)


def test_who_gives_nothing_is_not_counted_among_the_discounted():
    given = np.where(np.arange(120) < 60, 4.0, 0.0)
    none = np.empty(0, np.int64)
    factors = Factors(np.ones(0), none, none, np.empty(0))
    found = discounts_of_groups([two_halves(120)], factors, given, ALONE, none)
    assert found.of[WHOLE].cases == 60
    assert ("network", "even") not in found.of


def test_bias_is_the_mean_distance_from_an_isotonic_fit_and_finds_a_planted_one():
    draw = np.random.default_rng(2)
    influence = np.round(draw.exponential(20, 2_000))
    scores = 5 * np.log2(1 + influence) + draw.normal(0, 1, 2_000) + 0.8 * (np.arange(2_000) % 2)
    found = biases_of_groups([two_halves(2_000)], np.arange(2_000), scores, influence)
    above = scores - IsotonicRegression().fit_transform(influence, scores)
    assert found.of["network", "odd"].value == pytest.approx(above[1::2].mean())
    assert found.figure(("network", "odd")).is_flagged
    assert found.figure(("network", "even")).is_flagged
    assert found.of["network", "odd"].value - found.of["network", "even"].value == pytest.approx(
        0.8, abs=0.15
    )
    assert abs(found.of[WHOLE].value) < 1e-9


def test_the_size_of_the_audience_is_no_group_to_find_bias_in():
    count = 400
    found = biases_of_groups(
        [two_halves(count, "people")], np.arange(count), np.arange(count) * 1.0, np.arange(count) * 1.0
    )
    assert set(found.of) == {WHOLE}


def test_groups_drawn_by_lot_are_flagged_about_as_often_as_chance_says():
    draw = np.random.default_rng(7)
    flags = 0
    for _ in range(200):
        influence = draw.exponential(20, 400)
        scores = 5 * np.log2(1 + influence) + draw.normal(0, 2, 400)
        found = biases_of_groups([two_halves(400)], np.arange(400), scores, influence)
        flags += found.figure(("network", "even")).is_flagged
    assert 0.005 <= flags / 200 <= 0.1


def test_a_group_that_is_too_small_has_no_figure():
    grouping = Grouping("network", "", ("large", "small"), (np.arange(200) >= 170).astype(np.int64))
    found = median_scores([grouping], np.arange(200), np.arange(200.0))
    assert ("network", "large") in found.of
    assert ("network", "small") not in found.of


def test_the_rank_correlation_looks_only_at_whom_both_are_known_of():
    value = np.concatenate([np.arange(100.0), np.full(50, np.nan)])
    other = np.concatenate([np.arange(100.0), np.zeros(50)])
    found = rank_correlation(value, other, np.arange(150), np.isfinite(value))
    assert found[0] == pytest.approx(1)
    assert rank_correlation(value, other, np.arange(150), np.arange(150) < 20) is None
