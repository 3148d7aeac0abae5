"""A model card measures what the commands measure one by one, and says what it could not."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest

import renown
from renown.definitions import load_definition
from renown.errors import ColumnsError, TooLittleInputError
from renown.evaluate import FitTerms, check_coverage, default_splits, evaluate_store, fit_definition
from renown.evaluate.model_card import CardInput, collect_model_card, known_limits
from renown.evaluate.model_card_parts import rank_check
from renown.evaluate.model_card_records import ModelCard
from renown.evaluate.subgroup_checks import Scores
from tests.meadow import make_store

OPTIONAL = {"trust_run_id": "trust"} | {
    name: name
    for name in ("fit", "coverage", "ranks", "prediction", "truth", "judgements", "causal", "attacks")
}


@pytest.fixture(scope="module")
def town():
    return renown.build_town(people_count=1_000, seed=5)


@pytest.fixture(scope="module")
def store(town, tmp_path_factory):
    store = renown.open(tmp_path_factory.mktemp("card") / "store")
    store.import_interactions([town.interactions])
    store.add_actors(town.actors)
    store.add_persons(town.persons)
    store.add_posts(town.posts)
    store.trust()
    store.score()
    return store


@pytest.fixture(scope="module")
def card(store, town):
    causal = store.evaluate_causal(town.interactions, town.interaction_truth, actors=20)
    return collect_model_card(store, store.run(), CardInput(truth=town.truth, causal_truth=causal))


def test_what_is_none_has_its_reason_and_what_it_would_need(card):
    for name, part in OPTIONAL.items():
        why = card.why_absent(part)
        assert (getattr(card, name) is None) == (why is not None), name
        assert why is None or (why.reason and why.needed)
    assert {one.part for one in card.absent} == {"judgements", "attacks"}


def test_the_figures_are_those_of_the_single_commands(card, store):
    shipped = load_definition()
    assert card.coverage == check_coverage(store, shipped, as_of=card.as_of)
    assert card.prediction == evaluate_store(store, definitions=[shipped])
    assert card.fit == fit_definition(store, prior=shipped, terms=FitTerms(use_freshness=False))
    run = store.run()
    assert card.fingerprint.scored_count == run.counts["actors"] == card.distribution.actors_count
    assert card.fingerprint.interactions_count == store.interactions().rows_count
    assert sum(one.count for one in card.fingerprint.networks) == card.fingerprint.interactions_count
    assert sum(one.actors_count for one in card.distribution.bins) == card.distribution.actors_count


def test_the_distribution_is_that_of_the_run(card, store):
    scores = np.array([actor.score for actor in store.top(10**6, run_id=card.run_id)])
    by_share = {one.share: one.score for one in card.distribution.quantiles}
    assert by_share[0.5] == pytest.approx(np.median(scores))
    assert card.distribution.highest == pytest.approx(scores.max())


def test_json_holds_everything_and_reads_back(card):
    assert msgspec.json.decode(msgspec.json.encode(card), type=ModelCard) == card
    assert set(card.as_dict()) == {field.name for field in fields(ModelCard)}


def test_a_definition_fitted_here_brings_its_intervals_and_is_found_out(store):
    fitted = fit_definition(store).definition
    run = store.score(definition=_written(fitted, store))
    card = collect_model_card(store, run, CardInput(is_fitted=False, causal_actors_count=0))
    assert card.is_fitted_on_these
    repost = next(one for one in card.weights if one.number == "repost")
    assert repost.low < repost.value < repost.high
    assert repost.learned is None
    assert card.why_absent("fit").reason == "no fit was asked for"
    assert card.fingerprint.interactions_sha256 == fitted.fitted["interactions_sha256"]


def _written(definition, store):
    path = Path(store.location).parent / "fitted.toml"
    path.write_text(definition.to_toml(), encoding="utf8")
    return path


def test_the_causal_reading_adds_up_the_single_ones_and_names_nobody(card, store):
    highest = [actor.actor_id for actor in store.top(12, run_id=card.run_id)]
    found = []
    for actor in highest:
        with suppress(TooLittleInputError):
            found.append(store.causal(actor, as_of=card.as_of))
    assert card.causal.asked_count == 12
    assert card.causal.read_count == len(found) >= 3
    for one in card.causal.readings:
        some = [reading.estimate(one.reading) for reading in found if reading.estimate(one.reading)]
        assert one.acted_count == sum(estimate.acted_count for estimate in some)
        assert one.caused_count == pytest.approx(sum(estimate.caused_count for estimate in some))
    assert card.causal_truth.rows == ()
    assert card.causal_truth.actors >= 10
    text = msgspec.json.encode(card).decode()
    assert not [actor for actor in highest if f'"{actor}"' in text]


def test_a_store_that_is_too_small_for_anything_still_has_a_card(tmp_path):
    store = make_store(tmp_path)
    card = collect_model_card(store, store.run())
    assert {one.part for one in card.absent} == {"splits", *OPTIONAL.values()}
    assert card.distribution.actors_count == 4
    assert all(axis.groups or axis.absent_reason for axis in card.subgroups.axes)
    assert card.subgroups.compared_count == card.subgroups.flagged_count == 0


def test_a_truth_without_its_columns_is_refused(store):
    with pytest.raises(ColumnsError, match="true_influence"):
        collect_model_card(store, store.run(), CardInput(truth=pa.table({"actor_id": ["town:1"]})))


def test_the_limits_are_kept_in_one_place_and_say_something():
    assert len(known_limits()) >= 5
    assert all(len(one.words) > 60 and "\n" not in one.words for one in known_limits())


def spread_scores(count, deviation, seed=3):
    score = np.sort(np.random.default_rng(seed).uniform(10, 60, count))[::-1]
    reach = 1.6448536 * deviation
    keys = np.arange(count)
    return Scores(keys, score, score - reach, score + reach, np.full(count, 9))


@pytest.mark.parametrize("deviation", [0.05, 1.0, 10.0])
def test_simultaneous_bands_hold_what_they_claim_and_are_the_wider_ones(deviation):
    found = rank_check(spread_scores(200, deviation), load_definition())
    assert found.simultaneous_held_share >= 0.9
    assert found.run_held_share >= 0.9
    assert found.run_mean_width <= found.simultaneous_mean_width


def test_scores_that_are_surely_apart_have_ranks_of_one():
    found = rank_check(spread_scores(50, 1e-6), load_definition())
    assert found.run_mean_width == found.simultaneous_mean_width == 0
    assert found.run_held_share == found.simultaneous_held_share == 1


def test_the_splits_of_the_card_are_the_stores(card, store):
    cuts = default_splits(store)
    assert [one.train_until for one in card.prediction.splits] == [one.train_until for one in cuts]
