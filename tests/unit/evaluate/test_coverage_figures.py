"""The coverage that docs/concepts/fitting.md publishes, measured again on the event and on the town."""

from __future__ import annotations

from pathlib import Path

import pytest

from renown.definitions import load_definition
from renown.evaluate import check_coverage, fit_definition
from renown.simulate import build_town
from renown.store import TableStore
from tests.unit.evaluate.test_published_figures import higgs

__all__ = ["higgs"]

PAGE = Path(__file__).parents[3] / "docs" / "concepts" / "fitting.md"


def row(name, label, found):
    held = [one for one in found.rows if (one.split_by, one.people) == ("people", "all")]
    return f"| {name} | {label} | {' | '.join(f'{100 * one.coverage:.1f} %' for one in held)} |"


@pytest.mark.shared_data
def test_intervals_hold_what_they_claim_on_the_event(higgs):
    fit = fit_definition(higgs, future_kinds=["repost"])
    page = PAGE.read_text("utf8")
    for label, definition in (("renown-1", load_definition()), ("fitted", fit.definition)):
        found = check_coverage(higgs, definition)
        assert found.worst_miss() < 0.02
        assert row("Higgs", label, found) in page


@pytest.mark.shared_data
def test_time_is_not_what_an_interval_claims_on_the_event(higgs):
    found = check_coverage(higgs, load_definition())
    assert found.worst_miss("time") > 0.1
    assert found.phi_of_time > 5 > found.phi_of_people


def test_intervals_hold_what_they_claim_on_the_town(tmp_path):
    town = build_town()
    store = TableStore(str(tmp_path / "town"))
    store.import_interactions([town.interactions])
    store.add_persons(town.persons)
    store.add_actors(town.actors)
    page = PAGE.read_text("utf8")
    definitions = (("renown-1", load_definition()), ("fitted", fit_definition(store).definition))
    for label, definition in definitions:
        found = check_coverage(store, definition)
        assert found.worst_miss() < 0.02
        assert row("town", label, found) in page
    assert {one.level for one in found.rows} == {0.5, 0.8, 0.9, 0.95}


def test_three_reactions_are_surely_below_a_steady_hundred_and_a_crowd_of_one_is_unsure(tmp_path):
    import msgspec
    import numpy as np

    from renown.scoring.scale import intervals_of

    shrunk = msgspec.structs.replace(load_definition(), people_shape=0.7, people_rate=0.04)
    # Three reactions that weigh much, and a hundred that have faded to a tenth each.
    earned, squared = np.array([9.0, 10.0]), np.array([27.0, 1.0])
    low, high = intervals_of(earned, squared, shrunk)
    assert low[0] < low[1] < high[1] < high[0]
    alone = intervals_of(np.array([1.0]), np.array([1.0]), shrunk)
    assert alone[0][0] > 0
    assert alone[1][0] > 5
