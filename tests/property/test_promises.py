"""What docs/concepts/score.md promises of every score, tried on random worlds in every form."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests import worlds
from tests.forms import FORMS, by_store, store_of
from tests.oracle import DAY, Act, person_of
from tests.worlds import MIDNIGHT, SHIPPED, World, changed

EXAMPLES = {"oracle": 100, "steps": 20, "kernel": 8}
"""The forms, and how many worlds each is tried on: the oracle takes a millisecond, a store a hundred."""

ROUNDING = 1e-12
ACTORS = 5
AFTER = MIDNIGHT + 10 * DAY
"""A moment after everything that random worlds contain."""


def promised(times=1, **strategies):
    """A test of every form on random worlds: the check is called with `earn`, world in, figures out."""

    def decorate(check):
        @pytest.mark.parametrize("form", EXAMPLES)
        def test(form):
            def earn(world):
                return FORMS[form](world.acts, world.definition, world.as_of, world.persons)

            @settings(
                max_examples=EXAMPLES[form] * (times if form == "oracle" else 1),
                deadline=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(**strategies)
            def tried(**drawn):
                check(earn, **drawn)

            tried()

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate


def small_worlds(definition=None):
    return st.builds(
        World,
        worlds.many_acts(ACTORS, days=3, most=25),
        as_of=st.just(AFTER),
        definition=worlds.definitions() if definition is None else definition,
        persons=worlds.persons(ACTORS),
    )


FAN_ACTS = st.builds(
    Act,
    st.just(0),
    st.sampled_from([1, 1, 2]),
    st.sampled_from(worlds.KINDS[:5]),
    worlds.moments(days=1),
    st.sampled_from([None, "p1", "p2"]),
)


def crowded_worlds(definition):
    """One source, two targets, one day: the cap and the day's discount are met at every turn."""
    return st.builds(
        World,
        st.lists(FAN_ACTS, unique=True, max_size=10),
        as_of=st.just(AFTER),
        definition=definition,
    )


def with_more(world, acts):
    """The world with further acts; what happened already does not happen twice."""
    return replace(world, acts=list(dict.fromkeys([*world.acts, *acts])))


def own_figures(earn, world, actor):
    """What a run says of the actor alone, without its place among others."""
    figures = earn(world).get(actor)
    return figures and replace(figures, percentile=0.0, rank_low=0, rank_high=0)


def assert_same(found, expected):
    assert (found is None) == (expected is None)
    if found is not None:
        for name, value in vars(expected).items():
            same = math.isclose(getattr(found, name), value, rel_tol=ROUNDING, abs_tol=ROUNDING)
            assert same or math.isnan(value), name


@promised(
    world=small_worlds(),
    actor=st.integers(0, ACTORS - 1),
    acts=worlds.many_acts(ACTORS, days=3, most=30, least=1),
    account=st.randoms(use_true_random=False),
)
def test_own_activity_never_matters(earn, world, actor, acts, account):
    """Whatever an actor does, towards others, itself or its own accounts, its own figures stay."""
    person = person_of(actor, world.persons)
    accounts = [key for key in range(ACTORS) if person_of(key, world.persons) == person]
    own = [replace(act, source=account.choice(accounts)) for act in acts]
    assert_same(own_figures(earn, with_more(world, own), actor), own_figures(earn, world, actor))


@promised(world=small_worlds(), mixed=st.randoms(use_true_random=False))
def test_the_order_of_input_never_matters(earn, world, mixed):
    shuffled = replace(world, acts=mixed.sample(world.acts, len(world.acts)))
    found, expected = earn(shuffled), earn(world)
    assert sorted(found) == sorted(expected)
    for actor, figures in expected.items():
        assert_same(found[actor], figures)


@promised(world=small_worlds(), names=st.permutations(range(ACTORS)), suffix=st.sampled_from(["", "x", "'"]))
def test_names_never_matter(earn, world, names, suffix):
    """Other keys for actors, other ids for posts: the same figures under the new names."""
    renamed = replace(
        world,
        acts=[
            replace(
                act, source=names[act.source], target=names[act.target], post=act.post and act.post + suffix
            )
            for act in world.acts
        ],
        persons=_renamed_persons(world.persons, names),
    )
    found, expected = earn(renamed), earn(world)
    assert sorted(found) == sorted(names[actor] for actor in expected)
    for actor, figures in expected.items():
        assert_same(found[names[actor]], figures)


def _renamed_persons(persons, names):
    accounts = {}
    for account, person in persons.items():
        accounts.setdefault(person, []).append(names[account])
    return {account: min(group) for group in accounts.values() for account in group}


@pytest.mark.parametrize("engine", ["kernel", "duckdb"])
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=small_worlds(), again=st.randoms(use_true_random=False))
def test_importing_twice_never_matters(engine, world, again):
    """The same interactions in a second import, in another order and in part: not one figure changes."""
    repeated = again.sample(world.acts, again.randint(0, len(world.acts)))
    once = FORMS[engine](world.acts, world.definition, world.as_of, world.persons)
    with store_of([*world.acts, *repeated], world.persons, batches=2) as store:
        assert by_store(store, world.definition, world.as_of, engine).keys() == once.keys()
        for actor, figures in by_store(store, world.definition, world.as_of, engine).items():
            assert_same(figures, once[actor])


@promised(
    times=4,
    world=crowded_worlds(worlds.valid_definitions()),
    act=FAN_ACTS,
)
def test_more_attention_never_lowers_a_score(earn, world, act):
    before, after = earn(world).get(act.target), earn(with_more(world, [act])).get(act.target)
    if before is not None:
        assert after.earned >= before.earned * (1 - ROUNDING)
        assert after.score >= before.score - ROUNDING
        assert after.people >= before.people
        assert after.interactions >= before.interactions


@promised(times=4, world=crowded_worlds(st.just(SHIPPED)), act=FAN_ACTS)
def test_more_attention_never_lowers_a_shipped_score(earn, world, act):
    before, after = earn(world).get(act.target), earn(with_more(world, [act])).get(act.target)
    if before is not None:
        assert after.earned >= before.earned * (1 - ROUNDING)
        assert after.people >= before.people


@pytest.mark.parametrize("form", FORMS)
def test_at_the_cap_the_fresh_may_be_stronger_than_the_heavy(form):
    """By a definition that fades fast, a repost at midnight must not displace a like at noon."""
    definition = changed(SHIPPED, daily_cap=1, half_life_days=0.25, weights={"like": 1.0, "repost": 2.0})
    noon = Act(1, 2, "like", MIDNIGHT + DAY // 2 + 1)
    alone = FORMS[form]([noon], definition, AFTER)[2].earned
    assert FORMS[form]([noon, Act(1, 2, "repost", MIDNIGHT)], definition, AFTER)[2].earned == alone
    assert FORMS[form]([noon, Act(1, 2, "repost", MIDNIGHT + DAY // 2)], definition, AFTER)[2].earned > alone


@promised(world=small_worlds(st.just(SHIPPED)), since=st.integers(0, 60 * DAY))
def test_a_week_of_silence_costs_at_most_two_fifths_of_a_point(earn, world, since):
    before = earn(replace(world, as_of=AFTER + since))
    after = earn(replace(world, as_of=AFTER + since + 7 * DAY))
    assert sorted(before) == sorted(after)
    for actor, figures in before.items():
        assert figures.score - 0.4 <= after[actor].score <= figures.score


@promised(
    world=small_worlds(worlds.definitions().map(lambda one: changed(one, freshness=None))),
    silence=st.integers(1, 120 * DAY),
)
def test_silence_never_changes_the_order_of_two_actors(earn, world, silence):
    """Everybody fades by the same factor, so nobody overtakes."""
    before, after = earn(world), earn(replace(world, as_of=AFTER + silence))
    assert sorted(before) == sorted(after)
    factor = 2 ** (-silence / DAY / world.definition.half_life_days * world.definition.exponent)
    for actor, figures in before.items():
        assert math.isclose(after[actor].earned, figures.earned * factor, rel_tol=1e-9)


@promised(
    world=small_worlds(
        st.builds(lambda one, rule: changed(one, freshness=rule), worlds.definitions(), worlds.FRESHNESS)
    ),
    silence=st.integers(1, 120 * DAY),
)
def test_silence_never_raises_a_score_and_takes_no_more_than_what_fades_and_grows_stale(earn, world, silence):
    before, after = earn(world), earn(replace(world, as_of=AFTER + silence))
    definition, days = world.definition, silence / DAY
    # What is fresh is a part of what was earned, and both are in the formula: so fading counts twice at most.
    fading = days * definition.exponent / definition.half_life_days
    most = 2 * fading + days / definition.freshness.half_life_days
    for actor, figures in before.items():
        assert after[actor].earned <= figures.earned * (1 + ROUNDING)
        assert after[actor].earned >= figures.earned * 2**-most * (1 - 1e-9)


@promised(
    days=st.integers(1, 250),
    hours=st.lists(st.integers(0, DAY - 1), min_size=1, max_size=6, unique=True),
    kind=st.sampled_from(sorted(SHIPPED.weights)),
    others=st.integers(0, 3),
    wait=st.integers(1, DAY),
)
def test_a_fan_who_reacts_all_day_every_day_counts_as_five_people(earn, days, hours, kind, others, wait):
    """At most five times what one person earns an actor who did the same once, just now."""
    acts = [
        Act(1, target, kind, MIDNIGHT - day * DAY + hour)
        for day in range(1, days + 1)
        for hour in hours
        for target in [0, *range(2, 2 + others)]
    ]
    fan = earn(World(acts, as_of=MIDNIGHT - DAY + max(hours) + wait))[0].earned
    once = earn(World([Act(1, 0, kind, MIDNIGHT)], as_of=MIDNIGHT + 1))[0].earned
    assert fan <= 5.05 * once


@promised(world=small_worlds(), joined=worlds.persons(ACTORS))
def test_linking_accounts_never_invents_people(earn, world, joined):
    """Joined accounts are one person: nobody has more people for it, and those of others remain."""
    separate, together = replace(world, persons={}), replace(world, persons=joined)
    before, after = earn(separate), earn(together)
    for actor, figures in after.items():
        assert figures.people <= before[actor].people
        assert figures.interactions <= before[actor].interactions
    for actor in before:
        people = {person_of(act.source, joined) for act in _counted_towards(world, actor)}
        people.discard(person_of(actor, joined))
        assert len(people) == (after[actor].people if actor in after else 0)


def _counted_towards(world, actor):
    return [
        act for act in world.acts if act.target == actor and world.definition.weights.get(act.kind, 0) > 0
    ]


@promised(world=small_worlds(), joined=worlds.persons(ACTORS))
def test_linking_accounts_never_raises_a_score(earn, world, joined):
    """If they left each other alone: what accounts did to each other no longer counts as handed out."""
    assume(
        not any(
            act.source != act.target and person_of(act.source, joined) == person_of(act.target, joined)
            for act in world.acts
        )
    )
    before = earn(replace(world, persons={}))
    for actor, figures in earn(replace(world, persons=joined)).items():
        assert figures.earned <= before[actor].earned * (1 + ROUNDING)
        assert figures.momentum <= before[actor].momentum + ROUNDING
