"""Whatever was imported: with indexes by target and without, an actor's contributions are the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.explain.sums import group_rows
from renown.scoring import contributions_at
from renown.store.target_index import FOLDER
from tests import oracle
from tests.forms import actor_id, ledger_by_oracle, ledger_by_store, moment, store_of
from tests.worlds import DAY, MIDNIGHT, World, definitions, many_acts, moments, persons, worlds

ACTORS = 4


def without_indexes(store):
    """The same store, all its indexes gone."""
    shutil.rmtree(Path(store.location, "interactions", FOLDER))
    return store


@st.composite
def imports(draw):
    """Acts of few actors on few days, and moments: any, and such that fall between two acts."""
    acts = draw(many_acts(ACTORS, days=2, most=30, least=1))
    between = st.builds(lambda act, offset: act.time + offset, st.sampled_from(acts), st.integers(0, 1))
    instants = draw(st.lists(between | moments(days=3), min_size=1, max_size=3))
    return acts, [moment(instant) for instant in (*instants, MIDNIGHT + draw(st.integers(4, 300)) * DAY)]


@settings(max_examples=150, deadline=None)
@given(
    imported=imports(),
    joined=st.sampled_from([{}, {0: 0, 1: 0}, {2: 2, 3: 2}]) | persons(ACTORS),
    definition=definitions(),
    batches=st.just(1) | st.integers(2, 4),
)
def test_index_and_scan_give_the_same_to_the_last_bit(imported, joined, definition, batches):
    acts, instants = imported
    known = sorted({actor for act in acts for actor in (act.source, act.target)})
    with store_of(acts, joined, batches) as store:
        keys = store.actor_keys([actor_id(actor) for actor in known]).tolist()
        assert store.target_indexes() is not None
        by_index = [contributions_at(store, key, definition=definition, moments=instants) for key in keys]
        assert without_indexes(store).target_indexes() is None
        by_scan = [contributions_at(store, key, definition=definition, moments=instants) for key in keys]
    for one, other in zip(by_index, by_scan, strict=True):
        for indexed, scanned in zip(one, other, strict=True):
            assert bits(indexed) == bits(scanned)


def bits(table):
    """Everything a table says, floats by their bytes."""
    columns = {
        name: column.combine_chunks().to_numpy(zero_copy_only=False)
        if pa.types.is_floating(column.type)
        else column.to_pylist()
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    return {
        name: column if isinstance(column, list) else column.tobytes() for name, column in columns.items()
    }


@settings(max_examples=40, deadline=None)
@given(world=worlds(ACTORS, days=2), batches=st.integers(1, 3))
def test_the_index_says_what_the_oracle_says(world, batches):
    acts = [*world.acts, oracle.Act(1, 0, "like", MIDNIGHT - DAY)]
    world = World(acts, world.as_of, world.definition, world.persons)
    expected = ledger_by_oracle(acts, 0, world.definition, world.as_of, world.persons)
    with store_of(acts, world.persons, batches) as store:
        found = ledger_by_store(store, 0, world.definition, world.as_of)
    assert {(entry.act, entry.is_counted) for entry in found} == {
        (entry.act, entry.is_counted) for entry in expected
    }


@given(keys=st.lists(st.integers(0, 5)))
def test_groups_are_the_same_in_any_order_of_rows(keys):
    groups, ordered = group_rows(pa.array(keys, pa.int64())), group_rows(pa.array(sorted(keys), pa.int64()))
    assert [groups.keys.to_pylist()[code] for code in groups.codes] == keys
    assert [ordered.keys.to_pylist()[code] for code in ordered.codes] == sorted(keys)
    assert sorted(groups.keys.to_pylist()) == ordered.keys.to_pylist() == sorted(set(keys))
