"""A preview says what two scoring runs would, splits it without a rest, and writes nothing."""

from __future__ import annotations

import msgspec
import pytest

from renown.definitions import Freshness, load_definition
from renown.errors import DefinitionError
from renown.scoring import compute_scores, read_runs
from renown.scoring.preview import changed_parts, preview_definition
from tests.unit.evaluate.worlds import random_acts, store_of

OLD = load_definition()
NEW = msgspec.structs.replace(
    OLD,
    name="new",
    half_life_days=7.0,
    selectivity=0.2,
    weights={**OLD.weights, "repost": 4.0},
    freshness=Freshness(half_life_days=1.0, usual_share=0.4, prior_people=3.0),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return store_of(tmp_path_factory.mktemp("preview") / "store", random_acts(8))


def test_it_says_what_two_runs_would(store):
    found = preview_definition(store, OLD, NEW, limit=1000)
    old, new = compute_scores(store, definition=OLD), compute_scores(store, definition=NEW)
    before, after = dict(zip(old.actor_key, old.score)), dict(zip(new.actor_key, new.score))  # noqa: B905
    keys = store.actor_keys([move.actor_id for move in found.moves])
    for key, move in zip(keys, found.moves, strict=True):
        assert (move.score_before, move.score_after) == (before[key], after[key])
    assert len(found.moves) == found.actors == len(before)
    assert [abs(move.change) for move in found.moves] == sorted(
        (abs(move.change) for move in found.moves), reverse=True
    )


def test_the_parts_add_up(store):
    found = preview_definition(store, OLD, NEW, limit=1000)
    assert found.parts == ("weights", "half-life", "selectivity", "freshness")
    for move in found.moves:
        assert sum(move.by_part.values()) == pytest.approx(move.change, abs=1e-9)


def test_nothing_is_written(store):
    versions = store.versions()
    preview_definition(store, OLD, NEW)
    assert store.versions() == versions
    assert read_runs(store) == []


def test_the_same_definition_is_refused_and_one_of_other_intervals_moves_nobody(store):
    with pytest.raises(DefinitionError, match="same definition"):
        preview_definition(store, OLD, msgspec.structs.replace(OLD, name="other"))
    wider = msgspec.structs.replace(OLD, phi=2.0)
    assert changed_parts(OLD, wider) == ()
    assert preview_definition(store, OLD, wider).largest_size == 0
