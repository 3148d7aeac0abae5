"""One score, four forms: Python oracle, SQL steps, and kernel and DuckDB on a store are held equal."""

from __future__ import annotations

import math
from dataclasses import fields

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests import worlds
from tests.forms import (
    FORMS,
    by_oracle,
    by_steps,
    by_store,
    ledger_by_oracle,
    ledger_by_steps,
    ledger_by_store,
    store_of,
)
from tests.oracle import Believed, Figures, person_of

RELATIVE = 1e-9
FAST = tuple(form for form in FORMS if form != "oracle")


def assert_same(found, expected):
    """Every figure of every actor, to nine digits; counts and ranks exactly; nan is "not reported"."""
    assert sorted(found) == sorted(expected)
    for actor, figures in expected.items():
        for name in (field.name for field in fields(Figures)):
            value, wanted = getattr(found[actor], name), getattr(figures, name)
            if isinstance(wanted, int):
                assert value == wanted, f"{name} of {actor}"
            elif not math.isnan(value):
                floor = 0.0 if name in ("earned", "people") else 1e-12
                assert math.isclose(value, wanted, rel_tol=RELATIVE, abs_tol=floor), f"{name} of {actor}"


def assert_same_ledger(found, expected, persons):
    """Same interactions, each with the same part; a store keeps no order, and knows only actors it saw."""
    assert len(found) == len(expected)
    for entry, wanted in zip(_in_order(found), _in_order(expected), strict=True):
        assert (entry.act, entry.is_counted) == (wanted.act, wanted.is_counted)
        assert person_of(entry.person, persons) == wanted.person
        for name in ("weight", "mass", "tie_mass", "contribution"):
            value, figure = getattr(entry, name), getattr(wanted, name)
            assert math.isclose(value, figure, rel_tol=RELATIVE), f"{name} of {entry.act}"


def _in_order(entries):
    return sorted(entries, key=lambda entry: str(entry.act))


@pytest.mark.parametrize("form", FAST)
@pytest.mark.parametrize("name", worlds.NAMED)
def test_named_worlds(name, form):
    world = worlds.NAMED[name]
    expected = by_oracle(world.acts, world.definition, world.as_of, world.persons)
    assert_same(FORMS[form](world.acts, world.definition, world.as_of, world.persons), expected)


def test_the_named_worlds_are_not_all_empty():
    scored = [name for name, w in worlds.NAMED.items() if by_oracle(w.acts, w.definition, w.as_of, w.persons)]
    assert set(worlds.NAMED) - set(scored) == {
        "empty",
        "nothing but self-loops",
        "everything after the moment",
    }


@settings(max_examples=60, deadline=None)
@given(world=worlds.worlds())
def test_steps_on_random_worlds(world):
    expected = by_oracle(world.acts, world.definition, world.as_of, world.persons)
    assert_same(by_steps(world.acts, world.definition, world.as_of, world.persons), expected)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds.worlds())
def test_kernel_and_duckdb_on_random_stores(world):
    expected = by_oracle(world.acts, world.definition, world.as_of, world.persons)
    with store_of(world.acts, world.persons, batches=2) as store:
        for engine in ("kernel", "duckdb"):
            assert_same(by_store(store, world.definition, world.as_of, engine), expected)


@settings(max_examples=60, deadline=None)
@given(world=worlds.worlds(), draw=st.data())
def test_steps_on_random_worlds_with_trust(world, draw):
    believed = draw.draw(worlds.believed(world))
    expected = by_oracle(world.acts, world.definition, world.as_of, world.persons, believed)
    assert_same(by_steps(world.acts, world.definition, world.as_of, world.persons, believed), expected)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds.worlds(), draw=st.data())
def test_kernel_and_duckdb_on_random_stores_with_trust(world, draw):
    believed = draw.draw(worlds.believed(world))
    expected = by_oracle(world.acts, world.definition, world.as_of, world.persons, believed)
    with store_of(world.acts, world.persons, batches=2) as store:
        for engine in ("kernel", "duckdb"):
            found = by_store(store, world.definition, world.as_of, engine, believed, world.persons)
            assert_same(found, expected)


@pytest.mark.parametrize("form", FAST)
def test_half_the_trust_is_half_the_attention(form):
    world = worlds.NAMED["two accounts of a person"]
    where = (world.acts, world.definition, world.as_of, world.persons)
    whole, half = FORMS[form](*where), FORMS[form](*where, Believed({1: 0.5, 3: 0.5}))
    quarter = FORMS[form](*where, Believed({1: 0.5, 3: 0.5}, {(1, 0): 0.5, (3, 0): 0.5}))
    assert math.isclose(half[0].earned, whole[0].earned / 2, rel_tol=RELATIVE)
    assert math.isclose(quarter[0].earned, whole[0].earned / 4, rel_tol=RELATIVE)
    assert (quarter[5].earned, quarter[0].people) == (half[5].earned, whole[0].people)


@settings(max_examples=30, deadline=None)
@given(world=worlds.worlds(actors=4, most=25), draw=st.data())
def test_ledgers_of_random_worlds_with_trust(world, draw):
    believed = draw.draw(worlds.believed(world))
    where = (world.definition, world.as_of, world.persons, believed)
    for target in sorted({act.target for act in world.acts})[:3]:
        expected = ledger_by_oracle(world.acts, target, *where)
        assert_same_ledger(ledger_by_steps(world.acts, target, *where), expected, world.persons)


@pytest.mark.parametrize("name", worlds.NAMED)
def test_ledgers_of_named_worlds(name):
    world = worlds.NAMED[name]
    _check_ledgers(world)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds.worlds(actors=4, most=25))
@example(world=worlds.NAMED["two accounts of a person"])
def test_ledgers_of_random_worlds(world):
    _check_ledgers(world)


def _check_ledgers(world):
    where = (world.definition, world.as_of)
    earned = by_oracle(world.acts, *where, world.persons)
    with store_of(world.acts, world.persons) as store:
        for target in sorted({act.target for act in world.acts})[:3]:
            expected = ledger_by_oracle(world.acts, target, *where, world.persons)
            total = math.fsum(entry.contribution for entry in expected)
            assert math.isclose(total, earned[target].earned if target in earned else 0.0, rel_tol=RELATIVE)
            for everybody in (False, True):
                found = ledger_by_steps(world.acts, target, *where, world.persons, everybody=everybody)
                assert_same_ledger(found, expected, world.persons)
            assert_same_ledger(ledger_by_store(store, target, *where), expected, world.persons)
