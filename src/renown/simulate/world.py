"""The town before anything happens in it: people, follows, news, and what each account's feed shows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from renown.simulate.audience import Audience, Pools, build_audience, build_pools, feed_share
from renown.simulate.chance import Floats, Ints
from renown.simulate.people import People, build_people
from renown.simulate.posting import Newsroom
from renown.simulate.rules import TownPlan


@dataclass(frozen=True, eq=False)
class World:
    """All that is settled before the first day. Its size follows the accounts and their follows."""

    plan: TownPlan
    people: People
    audience: Audience
    newsroom: Newsroom
    seen_share: Floats
    """Share of its feed that each account looks at."""
    pools: Pools
    """Where people with an intention look when nobody they follow has posted on their topic."""
    pods: Ints
    """One row per reciprocal pod: its members."""
    reaction_seed: int
    """Seed of what happens in the feeds; another one replays the same town with other luck."""


def build_world(plan: TownPlan, *, luck: int = 0) -> World:
    """Settle everything that does not depend on reactions; `luck` replays the same town with other throws."""
    people = build_people(plan)
    audience = build_audience(people, plan)
    heard = people.prominence * np.minimum(people.posts_per_day, 1.0) * people.pull
    return World(
        plan=plan,
        people=people,
        audience=audience,
        newsroom=Newsroom(plan, people),
        seen_share=feed_share(people, audience, plan),
        pools=build_pools(people, plan, heard),
        pods=_pods(people, plan),
        reaction_seed=plan.seed if luck == 0 else plan.seed + (luck << 64),
    )


def _pods(people: People, plan: TownPlan) -> Ints:
    members = np.flatnonzero(people.pod >= 0)
    return members[np.argsort(people.pod[members], kind="stable")].reshape(-1, plan.rules.pod_size)


def without(world: World, account: int) -> World:
    """The same town in which one account never posts; every other throw of the dice is the same."""
    posts_per_day = world.people.posts_per_day.copy()
    posts_per_day[account] = 0.0
    people = replace(world.people, posts_per_day=posts_per_day)
    return replace(world, people=people, newsroom=Newsroom(world.plan, people))
