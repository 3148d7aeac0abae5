"""What docs/concepts/trust.md promises, tried on random worlds."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from renown.scoring import compute_scores
from renown.trust import compute_trust
from renown.trust.rule import TrustRule
from renown.trust.weighing import weigh_ties
from tests import worlds
from tests.forms import by_oracle, moment, store_of
from tests.oracle import DAY, Act, Believed, person_of
from tests.ties import tie_table
from tests.worlds import MIDNIGHT, SHIPPED, World

AFTER = MIDNIGHT + 10 * DAY
ROUNDING = 1e-9
RULE = TrustRule(listener_tries=100)
"""Every listener is looked at: which of many are is a matter of keys."""

TIES = st.dictionaries(
    st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] != pair[1]),
    st.integers(0, 5_000),
    min_size=1,
    max_size=60,
)


def defended(ties, weighed):
    share = np.ones(ties.source.size)
    share[weighed.doubted] = weighed.independence
    return np.bincount(ties.target, ties.attention * share, ties.actors_count)


@settings(max_examples=150, deadline=None)
@given(pairs=TIES)
def test_trust_lowers_and_never_below_its_share_of_the_points(pairs):
    ties = tie_table([(s, t, m) for (s, t), m in pairs.items()], 12)
    full = np.bincount(ties.target, ties.attention, 12)
    found = defended(ties, weigh_ties(ties, TrustRule()))
    assert (found <= full * (1 + ROUNDING)).all()
    assert (np.log1p(found) >= TrustRule().doubted_points_share * np.log1p(full) - ROUNDING).all()


@settings(max_examples=60, deadline=None)
@given(pairs=TIES, mixed=st.randoms(use_true_random=False))
def test_names_never_matter(pairs, mixed):
    """Other keys for the actors: the same independence for each tie."""
    names = list(range(12))
    mixed.shuffle(names)
    plain = tie_table([(s, t, m) for (s, t), m in pairs.items()], 12)
    other = tie_table([(names[s], names[t], m) for (s, t), m in pairs.items()], 12)
    found = defended(plain, weigh_ties(plain, RULE))
    renamed = defended(other, weigh_ties(other, RULE))
    assert np.allclose(found, renamed[names], rtol=1e-6)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds.worlds(), draw=st.data())
def test_without_doubts_nothing_changes(world, draw):
    """An empty trust run gives the bits of none."""
    assume(world.acts)
    with store_of(world.acts, world.persons) as store:
        try:
            plain = compute_scores(store, definition=world.definition, as_of=moment(world.as_of))
        except Exception:
            assume(False)
        from renown.kernels.attention import full_trust

        empty = compute_scores(
            store, definition=world.definition, as_of=moment(world.as_of), factors=full_trust()
        )
    assert np.array_equal(plain.earned_attention, empty.earned_attention)
    assert np.array_equal(plain.score, empty.score)


@settings(max_examples=200, deadline=None)
@given(
    acts=worlds.many_acts(5, days=3, most=25),
    draw=st.data(),
    act=st.builds(
        Act, st.integers(0, 4), st.integers(0, 4), st.sampled_from(worlds.KINDS[:5]), worlds.moments(3)
    ),
)
def test_one_more_reaction_never_lowers_a_score_while_trust_is_as_it_is(acts, draw, act):
    """By the factors of one trust run, whoever reacts and however little they are trusted."""
    world = World(acts, as_of=AFTER, definition=SHIPPED)
    believed = draw.draw(worlds.believed(world))
    before = by_oracle(acts, SHIPPED, AFTER, believed=believed).get(act.target)
    more = list(dict.fromkeys([*acts, act]))
    after = by_oracle(more, SHIPPED, AFTER, believed=believed).get(act.target)
    if before is not None:
        assert after.earned >= before.earned * (1 - 1e-12)


@settings(max_examples=100, deadline=None)
@given(acts=worlds.many_acts(5, days=3, most=25), own=worlds.many_acts(5, days=3, most=20), draw=st.data())
def test_own_activity_never_matters_while_trust_is_as_it_is(acts, own, draw):
    actor = draw.draw(st.integers(0, 4))
    believed = draw.draw(worlds.believed(World(acts)))
    mine = [Act(actor, act.target, act.kind, act.time, act.post) for act in own]
    before = by_oracle(acts, SHIPPED, AFTER, believed=believed).get(actor)
    after = by_oracle(list(dict.fromkeys([*acts, *mine])), SHIPPED, AFTER, believed=believed).get(actor)
    assert (before is None) == (after is None)
    if before is not None:
        assert math.isclose(before.earned, after.earned, rel_tol=1e-12)


@settings(max_examples=60, deadline=None)
@given(acts=worlds.many_acts(5, days=3, most=25), draw=st.data(), wait=st.integers(1, 200 * DAY))
def test_silence_never_changes_the_order_of_two_actors(acts, draw, wait):
    believed = draw.draw(worlds.believed(World(acts)))
    before = by_oracle(acts, SHIPPED, AFTER, believed=believed)
    after = by_oracle(acts, SHIPPED, AFTER + wait, believed=believed)
    factor = 2 ** (-wait / DAY / SHIPPED.half_life_days * SHIPPED.exponent)
    assert sorted(before) == sorted(after)
    for actor, figures in before.items():
        assert math.isclose(after[actor].earned, figures.earned * factor, rel_tol=1e-9)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds.worlds(), batches=st.integers(2, 3))
def test_trust_is_the_same_however_the_store_was_filled(world, batches):
    """Two computations of one store, and of stores filled in one import or several, agree to the last bit."""
    counted = [act for act in world.acts if world.definition.weights.get(act.kind, 0) > 0]
    assume(any(person_of(a.source, world.persons) != person_of(a.target, world.persons) for a in counted))
    results = []
    for parts in (1, batches):
        with store_of(sorted(world.acts, key=str), world.persons, batches=parts) as store:
            try:
                found = compute_trust(store, definition=world.definition, rule=RULE)
            except renown_errors():
                assume(False)
            factors = found.factors()
            ids = [int(n.split(":")[1]) for n in store.actor_ids(np.arange(store.actor_count())).to_pylist()]
            ties = zip(factors.source.tolist(), factors.target.tolist(), factors.independence, strict=True)
            results.append({(person_of(ids[s], world.persons), ids[t]): share for s, t, share in ties})
    assert results[0].keys() == results[1].keys()
    for tie, share in results[0].items():
        assert math.isclose(share, results[1][tie], rel_tol=1e-6)


def renown_errors():
    from renown.errors import TooLittleInputError

    return TooLittleInputError


def test_believed_is_a_plain_lookup():
    assert Believed({1: 0.5}, {(1, 2): 0.5}).of(1, 2) == 0.25
