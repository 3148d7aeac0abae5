"""Whatever happened: a ledger adds up to the attention it explains, a split of a change to the change."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from renown.explain import (
    Chosen,
    Measured,
    Succession,
    build_changes,
    build_comparison,
    build_ledger,
    explain_actor,
    explain_changes,
    measure_actor,
    put_in_place,
    reactions_of,
)
from renown.explain.changes import CAUSES
from renown.explain.measure import score_of
from renown.explain.reactions import NO_POST_ID
from renown.explain.records import ActorName
from tests import oracle
from tests.forms import actor_id, moment, store_of
from tests.worlds import DAY, MIDNIGHT, SHIPPED, World, many_acts, moments, worlds

TARGET, RIVAL = 0, 1
WITHIN = 1e-9
LATER = st.integers(1, 200 * DAY)

unhurried = settings(deadline=None)
"""The first example pays for importing Arrow."""


def contributions_of(world, target=TARGET, as_of=None):
    """What `renown.scoring.contributions` gives, from the oracle."""
    entries = oracle.ledger(world.acts, world.definition, as_of or world.as_of, world.persons)
    entries = [entry for entry in entries if entry.act.target == target]
    names = ["weight", "mass", "tie_mass", "contribution"]
    names += ["freshness", "fresh_share"] if world.definition.freshness else []
    return pa.table(
        {
            "source_actor_key": pa.array([entry.act.source for entry in entries], pa.int64()),
            "person_key": pa.array([entry.person for entry in entries], pa.int64()),
            "kind": pa.array([entry.act.kind for entry in entries], pa.string()),
            "post_id": pa.array([entry.act.post for entry in entries], pa.string()),
            "reaction_post_id": pa.array([entry.act.reaction for entry in entries], pa.string()),
            "occurred_at": pa.array([entry.act.time for entry in entries], pa.timestamp("us", tz="UTC")),
            "is_counted": pa.array([entry.is_counted for entry in entries], pa.bool_()),
            **{name: pa.array([getattr(entry, name) for entry in entries], pa.float64()) for name in names},
        }
    )


def earned_of(world, target=TARGET, as_of=None):
    """E of the target by the oracle."""
    given_to = oracle.contributions(world.acts, world.definition, as_of or world.as_of, world.persons)
    return math.fsum(given_to[target].values())


def total(rows, name="contribution"):
    return math.fsum(getattr(row, name) for row in rows)


@unhurried
@given(world=worlds(), limit=st.integers(0, 4))
def test_every_dimension_of_a_ledger_adds_up(world, limit):
    table = contributions_of(world)
    ledger = build_ledger(table, limit=limit)

    assert ledger.earned_attention == pytest.approx(earned_of(world), abs=WITHIN)
    for rows in ledger.parts.values():
        assert total(rows) == pytest.approx(ledger.earned_attention, abs=WITHIN)
        assert sum(row.interactions_count for row in rows) == ledger.interactions_count
        named = [row.contribution for row in rows if row.role == "named"]
        assert len(named) <= limit
        assert named == sorted(named, reverse=True)
    left_out = sum(entry.interactions_count for entry in ledger.not_counted)
    assert ledger.interactions_count + left_out == table.num_rows


@unhurried
@given(world=worlds())
def test_every_row_of_a_ledger_opens_to_reactions_that_add_up_to_it(world):
    table = contributions_of(world)
    parts = build_ledger(table, limit=None).parts
    opened = [
        *((row, Chosen(person_key=row.key)) for row in parts["person"]),
        *((row, Chosen(kind=row.key)) for row in parts["kind"]),
        *((row, Chosen(post_id=row.key or NO_POST_ID)) for row in parts["post"]),
        *((row, Chosen(day=date.fromisoformat(row.key))) for row in parts["day"]),
    ]

    for row, chosen in opened:
        reactions = reactions_of(table, chosen)
        assert total(reactions) == pytest.approx(row.contribution, abs=WITHIN)
        assert sum(reaction.is_counted for reaction in reactions) == row.interactions_count


@unhurried
@given(world=worlds())
def test_one_actor_measured_alone_has_the_score_it_has_among_all(world):
    found = measure_actor(contributions_of(world), definition=world.definition, as_of=moment(world.as_of))
    expected = oracle.scores(world.acts, world.definition, world.as_of, world.persons).get(TARGET)

    if expected is None:
        assert (found.score, found.score_low, found.score_high, found.people_count) == (0.0, 0.0, 0.0, 0)
        return
    for name in ("score", "score_low", "score_high", "momentum"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=WITHIN), name
    assert (found.people_count, found.interactions_count) == (expected.people, expected.interactions)


@unhurried
@given(world=worlds(), later=LATER)
def test_the_causes_of_a_change_add_up_to_it(world, later):
    until = world.as_of + later
    changes = build_changes(
        contributions_of(world),
        contributions_of(world, as_of=until),
        since=moment(world.as_of),
        until=moment(until),
        definition=world.definition,
        limit=10,
    )
    before, after = earned_of(world), earned_of(world, as_of=until)
    expected = score_of(after, world.definition) - score_of(before, world.definition)

    assert changes.score_change == pytest.approx(expected, abs=WITHIN)
    assert total(changes.parts, "points") == pytest.approx(changes.score_change, abs=WITHIN)
    assert total(changes.parts, "attention_change") == pytest.approx(after - before, abs=WITHIN)
    for part in changes.parts:
        assert total(part.rows, "attention_change") == pytest.approx(part.attention_change, abs=WITHIN)
    assert changes.part("new_people").points >= 0
    assert changes.part("fading").points <= 0


@unhurried
@given(world=worlds(), later=LATER)
def test_where_nobody_acts_there_is_only_fading_and_less_that_is_fresh(world, later):
    silent = World(
        [act for act in world.acts if act.time < world.as_of], world.as_of, world.definition, world.persons
    )
    until = world.as_of + later
    changes = build_changes(
        contributions_of(silent),
        contributions_of(silent, as_of=until),
        since=moment(world.as_of),
        until=moment(until),
        definition=world.definition,
    )
    attention = {cause: changes.part(cause).attention_change for cause in CAUSES}
    freshness = attention["freshness"]

    assert changes.attention_change <= 0
    assert freshness == 0 or world.definition.freshness is not None
    assert attention == {
        "new_people": 0.0,
        "returning_people": 0.0,
        "fading": pytest.approx(changes.attention_change - freshness, abs=WITHIN),
        "freshness": freshness,
        "trust": 0.0,
        "definition": 0.0,
        "other": 0.0,
    }


@unhurried
@given(world=worlds(), other=worlds(), later=LATER)
def test_the_causes_add_up_under_two_definitions_and_the_definitions_by_its_parts(world, other, later):
    old = msgspec.structs.replace(other.definition, name="old")
    until = world.as_of + later

    def by(definition, as_of=None):
        return contributions_of(replace(world, definition=definition), as_of=as_of)

    one = build_changes(
        by(world.definition),
        by(world.definition, until),
        since=moment(world.as_of),
        until=moment(until),
        definition=world.definition,
    )
    both = put_in_place(one, by, Succession(old, world.definition))
    score_before = score_of(earned_of(replace(world, definition=old)), old)
    part = both.part("definition")

    assert both.before.score == pytest.approx(score_before, abs=WITHIN)
    assert both.score_change == pytest.approx(both.after.score - score_before, abs=WITHIN)
    assert total(both.parts, "points") == pytest.approx(both.score_change, abs=WITHIN)
    assert total(both.parts, "attention_change") == pytest.approx(both.attention_change, abs=WITHIN)
    assert sum(both.definition.by_part.values()) == pytest.approx(part.points, abs=WITHIN)
    assert both.definition.score_between == pytest.approx(one.before.score, abs=WITHIN)
    for cause in ("new_people", "returning_people", "fading", "trust"):
        assert both.part(cause) == one.part(cause)
    of_the_scale = both.definition.by_part.get("scale", 0.0)
    named = put_in_place(one, by, Succession(old, world.definition), limit=1000).part("definition")
    assert total(named.rows, "points") == pytest.approx(part.points - of_the_scale, abs=WITHIN)


@unhurried
@given(
    amounts=st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6), st.booleans()), min_size=1, max_size=30),
    days=st.floats(0.01, 4000),
)
@example(amounts=[(720474.0, 0.0, False), (1e6, 0.0, False), (999999.2044769621, 0.0, False)], days=1.0)
def test_the_causes_add_up_for_any_sizes_up_to_the_ceiling(amounts, days):
    since = moment(MIDNIGHT)
    until = since + timedelta(days=days)

    def gave(place, times):
        values = pa.array([float(amount[place]) for amount in amounts], pa.float64())
        return pa.table(
            {
                "person_key": pa.array(range(len(amounts)), pa.int64()),
                "occurred_at": pa.array(times, pa.timestamp("us", tz="UTC")),
                "is_counted": pa.array([True] * len(amounts), pa.bool_()),
                **dict.fromkeys(("mass", "weight", "contribution"), values),
            }
        )

    earlier, late = since - timedelta(days=1), until - timedelta(seconds=1)
    before = gave(0, [earlier for _ in amounts])
    after = gave(1, [late if has_acted else earlier for _, _, has_acted in amounts])
    changes = build_changes(before, after, since=since, until=until, definition=SHIPPED)

    assert 0 <= changes.after.score <= 100
    assert total(changes.parts, "points") == pytest.approx(changes.score_change, abs=WITHIN)


@unhurried
@given(world=worlds())
def test_shared_people_gave_to_both(world):
    tables = [contributions_of(world, target) for target in (TARGET, RIVAL)]
    measured = [
        Measured(
            ActorName(actor_id(target), str(target), "test"),
            measure_actor(table, definition=world.definition, as_of=moment(world.as_of)),
            table,
        )
        for target, table in zip((TARGET, RIVAL), tables, strict=True)
    ]
    comparison = build_comparison(measured)
    givers = [set(table.filter(table["is_counted"])["person_key"].to_pylist()) for table in tables]
    shared = givers[0] & givers[1]

    assert comparison.shared_people_count == len(shared)
    for actor, table in zip(comparison.actors, tables, strict=True):
        from_shared = math.fsum(
            row["contribution"] for row in table.to_pylist() if row["person_key"] in shared
        )
        earned = actor.score.earned_attention
        assert actor.shared_share * earned == pytest.approx(from_shared, abs=WITHIN)
        assert total(actor.kinds) == pytest.approx(earned, abs=WITHIN)


@settings(max_examples=10, deadline=None)
@given(acts=many_acts(least=4), since=moments(), later=st.integers(1, 4 * DAY))
def test_through_the_store_it_adds_up_too(acts, since, later):
    world = World([*acts, oracle.Act(2, TARGET, "like", MIDNIGHT - DAY)], as_of=since, persons={3: 2})
    with store_of(world.acts, world.persons) as store:
        ledger = explain_actor(store, actor_id(TARGET), as_of=moment(since + later), limit=2).ledger
        changes = explain_changes(
            store, actor_id(TARGET), since=moment(since), until=moment(since + later), limit=2
        )

    after = earned_of(world, as_of=since + later)
    expected = score_of(after, SHIPPED) - score_of(earned_of(world), SHIPPED)
    for rows in ledger.parts.values():
        assert total(rows) == pytest.approx(after, abs=WITHIN)
    assert changes.score_change == pytest.approx(expected, abs=WITHIN)
    assert total(changes.parts, "points") == pytest.approx(expected, abs=WITHIN)
