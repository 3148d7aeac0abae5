"""One town for all tests of the room: it is small and quick, but not free."""

from __future__ import annotations

import numpy as np
import pytest

from renown.simulate import TownPlan, build_town
from renown.simulate.influence import Truth
from renown.simulate.reacting import joined_rows
from renown.simulate.simulation import simulate
from renown.simulate.world import build_world


@pytest.fixture(scope="session")
def town():
    return build_town(people_count=2_000, seed=1)


@pytest.fixture(scope="session")
def town_truth(town):
    """The truth by actor id."""
    return {row["actor_id"]: row for row in town.truth.to_pylist()}


@pytest.fixture(scope="session")
def world():
    return build_world(TownPlan(people_count=1_000, seed=3))


@pytest.fixture(scope="session")
def lived():
    """Let a world live: its truth and its rows."""

    def live(world):
        truth = Truth(world)
        return truth, joined_rows([block.rows for block in simulate(world, truth)])

    return live


@pytest.fixture(scope="session")
def received(town):
    """For each actor id: what it received, as numpy columns."""
    table = town.interactions.append_column("cause", town.interaction_truth["cause"])
    table = table.append_column("stance", town.interaction_truth["stance"])
    columns = {name: np.asarray(table[name].to_pylist(), object) for name in table.column_names}

    def of(actor_id: str) -> dict[str, np.ndarray]:
        here = columns["target_actor_id"] == actor_id
        return {name: column[here] for name, column in columns.items()}

    return of
