"""Attacks as acts: who acts on whom, when and how often; the same for a seed, whatever the background."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.simulate.attack_catalogue import attack_catalogue
from renown.simulate.attacks import (
    CAMOUFLAGE_ACTS,
    FAMILIES,
    HISTORY_ACTS,
    AttackedBackground,
    Cast,
    attack_span,
    build_attack,
)
from renown.types import KINDS, MICROSECONDS_PER_DAY

HOUR = MICROSECONDS_PER_DAY // 24
START = 1_700_000_000_000_000
PLANS = {plan.name: plan for plan in attack_catalogue()}
SMALL = [plan for plan in attack_catalogue() if plan.size <= 200]


def background(days=90.0, actors=60, seed=3):
    chance = np.random.default_rng(seed)
    share = np.zeros(len(KINDS))
    share[[KINDS.index("like"), KINDS.index("repost")]] = [0.75, 0.25]
    latest = START + int(days * MICROSECONDS_PER_DAY)
    attention = chance.random(actors) + 0.01
    return AttackedBackground(
        earliest=START,
        latest=latest,
        times=np.sort(chance.integers(START, latest + 1, 2_000)),
        kind_share=share,
        popular=np.arange(10),
        received=np.arange(actors),
        received_share=attention / attention.sum(),
    )


def cast(plan, target=500):
    nobody = np.empty(0, np.int64)
    if plan.has_members:
        return Cast(target=1_000, accounts=nobody, members=np.arange(1_000, 1_000 + plan.size))
    return Cast(target=target, accounts=-1 - np.arange(plan.size), members=nobody)


def play(name, ground=None, seed=1):
    plan = PLANS[name]
    return build_attack(plan, cast(plan), ground or background(), seed=seed)


def test_every_family_is_in_the_catalogue_and_no_name_twice():
    plans = attack_catalogue()
    assert {plan.family for plan in plans} == set(FAMILIES)
    assert len({plan.name for plan in plans}) == len({plan.label for plan in plans}) == len(plans)
    assert {plan.size for plan in plans if plan.family == "fresh"} == {1, 10, 100, 1_000, 10_000}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SMALL), st.integers(0, 2**40), st.floats(0.001, 400), st.integers(1, 80))
def test_whatever_the_background_acts_lie_within_it_and_between_others(plan, seed, days, actors):
    ground = background(days, actors)
    who = cast(plan)
    acts = build_attack(plan, who, ground, seed=seed)
    assert ((acts.time >= ground.earliest) & (acts.time <= ground.latest)).all()
    assert (np.diff(acts.time) >= 0).all()
    assert (acts.source != acts.target).all()
    ours = np.concatenate([who.accounts, who.members, [who.target]])
    assert np.isin(acts.source, ours).all()
    assert np.isin(acts.target, np.concatenate([ours, ground.received, ground.popular])).all()
    again = build_attack(plan, who, ground, seed=seed)
    assert all((one == other).all() for one, other in zip(acts, again, strict=True))


def test_another_seed_is_another_attack():
    assert (play("fresh-100-days").time != play("fresh-100-days", seed=2).time).any()


def test_fresh_accounts_act_once_each_on_the_target_alone():
    acts = play("fresh-100-hour")
    assert np.unique(acts.source).size == acts.source.size == 100
    assert set(acts.target.tolist()) == {500}
    assert acts.time.max() - acts.time.min() <= HOUR
    assert acts.time.min() >= background().latest - 7 * MICROSECONDS_PER_DAY


def test_a_longer_attack_is_spread_over_its_week_at_the_networks_hours():
    ground = background()
    by_day = np.sort(
        np.concatenate([START + day * MICROSECONDS_PER_DAY + np.arange(50) for day in range(90)])
    )
    acts = play("fresh-1000-days", replace(ground, times=by_day))
    into_day = (acts.time - START) % MICROSECONDS_PER_DAY
    assert (np.minimum(into_day, MICROSECONDS_PER_DAY - into_day) <= 11 * 60_000_000).all()
    assert np.unique((acts.time - START) // MICROSECONDS_PER_DAY).size >= 6


def test_kinds_are_those_of_the_network_in_its_proportions():
    acts = play("fresh-10000-days")
    share = np.bincount(acts.kind, minlength=len(KINDS)) / acts.kind.size
    assert share[KINDS.index("like")] == pytest.approx(0.75, abs=0.02)
    assert share[KINDS.index("like")] + share[KINDS.index("repost")] == 1


def test_camouflage_goes_to_popular_actors_only():
    acts = play("camouflaged-100")
    cover = acts.target != 500
    assert cover.sum() == 100 * CAMOUFLAGE_ACTS
    assert (np.bincount(-1 - acts.source[cover]) == CAMOUFLAGE_ACTS).all()
    assert np.isin(acts.target[cover], background().popular).all()


@pytest.mark.parametrize("name", ["aged-100", "aged-camouflaged-100"])
def test_aged_accounts_have_a_history_over_the_whole_time(name):
    acts, ground = play(name), background()
    history = acts.target != 500
    assert history.sum() == 100 * HISTORY_ACTS
    assert acts.time[history].min() < ground.earliest + 5 * MICROSECONDS_PER_DAY
    assert acts.time[~history].min() >= attack_span("week", ground)[0]
    assert ((acts.target[history] < 0).all()) == (name == "aged-100")


def test_bought_accounts_serve_others_too_and_like_where_the_network_likes():
    acts = play("bought-500-burst")
    assert (acts.target == 500).sum() == 500
    assert np.unique(acts.target).size == 41
    assert set(acts.kind.tolist()) == {KINDS.index("like")}


def test_a_pod_reacts_to_each_of_its_own_within_hours_and_to_nobody_else():
    acts = play("pod-50")
    pairs = {(s, t) for s, t in zip(acts.source.tolist(), acts.target.tolist(), strict=True)}
    assert all(1_000 <= end < 1_050 for pair in pairs for end in pair)
    assert acts.source.size == pytest.approx(50 * 49 * 2 * 0.8, rel=0.05)
    assert len(pairs) / (50 * 49) == pytest.approx(1 - 0.2**2, abs=0.02)


def test_a_follow_ring_follows_back():
    acts = play("follow-ring-100")
    pairs = {(s, t) for s, t in zip(acts.source.tolist(), acts.target.tolist(), strict=True)}
    assert set(acts.kind.tolist()) == {KINDS.index("follow")}
    assert all((t, s) in pairs for s, t in pairs)
    assert {t for s, t in pairs if s == 500} == set(range(-100, 0))


def test_a_pair_only_answers_each_other():
    acts = play("chat-pair")
    assert {frozenset(pair) for pair in zip(acts.source.tolist(), acts.target.tolist(), strict=True)} == {
        frozenset({-1, 500})
    }
    assert set(acts.kind.tolist()) == {KINDS.index("reply")}
    assert (acts.target == 500).sum() == pytest.approx(7 * 8 * 6, rel=0.05)


def test_a_ring_of_endorsements_is_complete_and_without_doubles():
    acts = play("plus-k-30")
    assert acts.source.size == 30 * 29
    assert len(set(zip(acts.source.tolist(), acts.target.tolist(), strict=True))) == 30 * 29
    assert set(acts.kind.tolist()) == {KINDS.index("list")}


def test_a_bot_is_answered_every_minute_by_its_bots():
    acts = play("answered-bot")
    assert acts.source.size == pytest.approx(7 * 24 * 60, abs=2)
    assert np.unique(acts.source).size == 20
    assert np.diff(acts.time).max() < 2 * 60_000_000


def test_the_estimate_of_acts_is_about_right():
    for plan in attack_catalogue():
        count = build_attack(plan, cast(plan), background(), seed=1).source.size
        assert 0.3 * plan.acts_estimate <= count <= 1.2 * plan.acts_estimate, plan.name


def test_a_span_is_shorter_in_a_shorter_background():
    ground = background(days=5)
    begin, end = attack_span("week", ground)
    assert end == ground.latest
    assert end - begin == 2 * MICROSECONDS_PER_DAY
    begin, end = attack_span("hour", ground)
    assert end - begin == HOUR
