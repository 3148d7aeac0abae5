from __future__ import annotations

from dataclasses import replace

import numpy as np

from renown.simulate.audience import feed_share
from renown.simulate.people import BUYER, CELEBRITY, LURKER, NEIGHBOUR
from renown.simulate.rules import TownPlan, TownRules
from renown.simulate.world import build_world


def edges(world):
    audience = world.audience
    target = np.repeat(np.arange(len(world.people)), audience.follower_counts())
    return audience.followers.astype(np.int64), target


def test_both_ways_round_tell_the_same_follows(world):
    source, target = edges(world)
    audience = world.audience
    other_source = np.repeat(np.arange(len(world.people)), audience.followee_counts())
    there = set(zip(source.tolist(), target.tolist(), strict=True))
    assert there == set(zip(other_source.tolist(), audience.followees.tolist(), strict=True))
    assert len(there) == len(source), "nobody follows twice"
    assert all(one != other for one, other in there), "nobody follows themselves"


def test_asking_who_follows_agrees_with_the_list_of_follows(world):
    source, target = edges(world)
    there = set(zip(source.tolist(), target.tolist(), strict=True))
    dice = np.random.default_rng(0)
    one, other = dice.integers(0, len(world.people), (2, 5_000))
    one[:2_000], other[:2_000] = source[:2_000], target[:2_000]
    expected = [pair in there for pair in zip(one.tolist(), other.tolist(), strict=True)]
    assert world.audience.follows(one, other).tolist() == expected


def test_nobody_follows_across_networks(world):
    source, target = edges(world)
    assert (world.people.network[source] == world.people.network[target]).all()


def test_people_follow_in_their_own_language_for_the_most_part():
    world = build_world(TownPlan(people_count=2_000, rules=TownRules(second_language_share=0.25)))
    language, ordinary = world.people.language, np.isin(world.people.role, (NEIGHBOUR, LURKER))
    assert 0.22 < language[: world.people.person_count].mean() < 0.28
    source, target = edges(world)
    between = ordinary[source] & ordinary[target]
    crossing = (language[source] != language[target])[between].mean()
    assert 0.03 < crossing < 0.07


def test_another_language_changes_nothing_else_about_the_people(world):
    other = build_world(replace(world.plan, rules=TownRules(second_language_share=0.25))).people
    assert not world.people.language.any()
    for name in ("topics", "role", "posts_per_day", "trusted_share", "zone_hours"):
        assert (getattr(other, name) == getattr(world.people, name)).all()


def test_people_follow_their_own_topics_far_above_chance(world):
    source, target = edges(world)
    topics = world.people.topics

    def shared(one, other):
        return (topics[one][:, :, None] == topics[other][:, None, :]).any(axis=(1, 2)).mean()

    strangers = np.random.default_rng(0).permutation(target)
    assert shared(source, target) > shared(source, strangers) + 0.2


def test_audiences_have_a_heavy_tail(world):
    authors = np.isin(world.people.role, (NEIGHBOUR, CELEBRITY))
    followers = np.sort(world.audience.follower_counts()[authors])
    assert followers[-1] > 8 * np.median(followers)


def test_attention_is_limited(world):
    people, audience = world.people, world.audience
    share = feed_share(people, audience, world.plan)
    for account in (0, 17, 400):
        followed = audience.followees[audience.followee_start[account] : audience.followee_start[account + 1]]
        load = np.minimum(people.posts_per_day[followed], world.plan.rules.feed_posts_per_day).sum()
        expected = min(1.0, people.attention_per_day[account] / (1.0 + load))
        assert abs(share[account] / expected - 1) < 1e-5
    follows = audience.followee_counts()[: people.first_bought()]
    most, least = np.argsort(follows)[-100:], np.argsort(follows)[:100]
    assert share[most].mean() < share[least].mean() / 2


def test_the_bought_follow_their_buyer_and_nobody_else(world):
    people, first = world.people, world.people.first_bought()
    assert world.audience.followee_counts()[first:].tolist() == [1] * len(people.buyer_of)
    assert (people.role[people.buyer_of] == BUYER).all()
    assert world.audience.follower_counts()[first:].sum() == 0
