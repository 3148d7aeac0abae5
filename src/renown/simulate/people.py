"""The people of the town and their accounts: what they care about, when they are awake, how they behave."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Final

import numpy as np

from renown.simulate.chance import Bools, Floats, Ints, chances, key_of, stream
from renown.simulate.rules import TownPlan

NETWORKS: Final = ("meadow", "harbor")
TOPICS: Final = (
    "gardening",
    "cycling",
    "baking",
    "astronomy",
    "choirs",
    "birdwatching",
    "carpentry",
    "tides",
    "chess",
    "railways",
    "weaving",
    "beekeeping",
)
LANGUAGES: Final = ("en", "cy")
ROLES: Final = (
    "neighbour",
    "lurker",
    "expert",
    "celebrity",
    "troll",
    "bot",
    "holiday",
    "pod",
    "buyer",
    "bought",
)
NEIGHBOUR, LURKER, EXPERT, CELEBRITY, TROLL, BOT, HOLIDAY, POD, BUYER, BOUGHT = range(len(ROLES))

NEVER: Final = -1
CAST_NETWORK: Final = 0
"""All characters are on meadow."""
_PEOPLE_PER_CAST: Final = 10_000
_ZONES: Final = (-8.0, -5.0, -3.0, 0.0, 1.0, 2.0, 5.5, 8.0, 9.0)
_ZONE_SHARES: Final = (0.08, 0.14, 0.06, 0.18, 0.26, 0.12, 0.06, 0.06, 0.04)


@dataclass(frozen=True, eq=False)
class People:
    """One entry per account: first the people's main accounts, then second accounts, then bought ones."""

    person: Ints
    """Whose account it is; a person with two accounts appears twice."""
    network: Ints
    language: Ints
    """Place in LANGUAGES; all accounts of a person write in one."""
    role: Ints
    topics: Ints
    """Three topics in order of interest (columns)."""
    posts_per_day: Floats
    weekend_factor: Floats
    reactivity: Floats
    """How readily the account is moved to react; 1 is usual, 0 never."""
    intention_per_day: Floats
    """Chance that the person acts on some topic today whatever anybody posts."""
    attention_per_day: Floats
    trusted_share: Floats
    """Share of followers who trust the author enough to be moved at all: the author's quality."""
    argued_share: Floats
    """Share of the others who are moved to argue instead."""
    answer_share: Floats
    """How often the author answers those who reply."""
    pull: Floats
    """How willingly people with an intention of their own settle for this author's posts."""
    prominence: Floats
    zone_hours: Floats
    wake_hour: Floats
    away_from: Ints
    """First day of the holiday (NEVER: none)."""
    away_until: Ints
    """First day back."""
    pod: Ints
    """Number of the reciprocal pod (NEVER: none)."""
    person_count: int
    """People who live in the town; bought accounts belong to nobody."""
    buyer_of: Ints
    """For each bought account, in order: the account that bought it."""

    def __len__(self) -> int:
        return len(self.person)

    def first_bought(self) -> int:
        """Number of the first bought account (they are the last ones)."""
        return len(self.person) - len(self.buyer_of)

    def is_away(self, account: Ints, day: Ints) -> Bools:
        """Whether the account is on holiday that day."""
        away: Bools = (day >= self.away_from[account]) & (day < self.away_until[account])
        return away

    @cached_property
    def _places(self) -> Ints:
        """For each account and topic: the topic's place among the account's interests, 3 where it is none."""
        places = np.full((len(self), len(TOPICS)), self.topics.shape[1], np.int8)
        for place in range(self.topics.shape[1]):
            places[np.arange(len(self)), self.topics[:, place]] = place
        return places.ravel()

    def by_interest(self, account: Ints, topic: Ints, values: tuple[float, ...]) -> Floats:
        """For each pair, the value for the topic's place among the account's interests (last: for none)."""
        place = self._places[account * np.int64(len(TOPICS)) + topic]
        return np.asarray(np.array(values)[place])


def build_people(plan: TownPlan) -> People:
    """Everybody in the town, with second and bought accounts at the end."""
    people = _with_second_accounts(_cast(_neighbours(plan), plan), plan)
    return _with_bought_accounts(people, plan)


def _neighbours(plan: TownPlan) -> People:
    rules, count = plan.rules, plan.people_count
    dice = stream(plan.seed, "people")
    is_lurker = dice.random(count) < rules.lurker_share
    reactivity = np.where(is_lurker, 0.0, dice.lognormal(-0.18, 0.6, count))
    posts = np.clip(rules.posts_per_day_median * dice.lognormal(0.0, 1.0, count), 0.02, 5.0)
    trusted = dice.beta(5.0 * rules.trusted_share_mean, 5.0 * (1 - rules.trusted_share_mean), count)
    away_from, away_until = _holidays(plan, dice)
    prominence = (dice.pareto(1.5, count) + 0.3) * (0.4 + trusted) * posts**0.4
    return People(
        person=np.arange(count, dtype=np.int32),
        network=(dice.random(count) < rules.harbor_share).astype(np.int8),
        language=_languages(plan),
        role=np.where(is_lurker, LURKER, NEIGHBOUR).astype(np.int8),
        topics=_topics(count, dice),
        posts_per_day=np.where(is_lurker, 0.0, posts).astype(np.float32),
        weekend_factor=dice.uniform(0.5, 1.6, count).astype(np.float32),
        reactivity=reactivity.astype(np.float32),
        intention_per_day=_intentions(reactivity, plan, dice),
        attention_per_day=(rules.attention_per_day * dice.lognormal(0.0, 0.5, count)).astype(np.float32),
        trusted_share=trusted.astype(np.float32),
        argued_share=dice.beta(0.6, 20.0, count).astype(np.float32),
        answer_share=dice.beta(1.0, 4.0, count).astype(np.float32),
        pull=np.ones(count, np.float32),
        prominence=np.where(is_lurker, 0.1, prominence).astype(np.float32),
        zone_hours=dice.choice(_ZONES, count, p=_ZONE_SHARES).astype(np.float32),
        wake_hour=np.clip(dice.normal(7.0, 1.3, count), 4.0, 11.0).astype(np.float32),
        away_from=away_from,
        away_until=away_until,
        pod=np.full(count, NEVER, np.int32),
        person_count=count,
        buyer_of=np.empty(0, np.int32),
    )


def _languages(plan: TownPlan) -> Ints:
    """Whoever speaks the second language. No throw of the other dice depends on it."""
    thrown = chances(key_of(plan.seed, "language"), np.arange(plan.people_count))
    return (thrown < plan.rules.second_language_share).astype(np.int8)


def _topics(count: int, dice: np.random.Generator) -> Ints:
    """Three different topics each; the second is often a neighbour of the first, so interests cluster."""
    size = len(TOPICS)
    popularity = 1.0 / (np.arange(size) + 4.0)
    first = dice.choice(size, count, p=popularity / popularity.sum())
    step = np.where(dice.random(count) < 0.5, 1, dice.integers(1, size, count))
    other = dice.integers(1, size - 1, count)
    other += other >= step
    return np.stack([first, (first + step) % size, (first + other) % size], axis=1).astype(np.int8)


def _intentions(reactivity: Floats, plan: TownPlan, dice: np.random.Generator) -> Floats:
    """Those who are easily moved also act more by themselves: a naive reading falls for it."""
    spread = dice.lognormal(-0.18, 0.6, len(reactivity))
    return np.minimum(plan.rules.intention_per_day * spread * np.sqrt(reactivity), 0.5).astype(np.float32)


def _holidays(plan: TownPlan, dice: np.random.Generator) -> tuple[Ints, Ints]:
    """One in ten has a week or two off."""
    goes = dice.random(plan.people_count) < 0.1
    length = np.where(dice.random(plan.people_count) < 0.5, 7, plan.rules.holiday_days)
    first = (dice.random(plan.people_count) * (plan.days - length)).astype(np.int32)
    return (
        np.where(goes, first, NEVER).astype(np.int16),
        np.where(goes, first + length, NEVER).astype(np.int16),
    )


def _cast(people: People, plan: TownPlan) -> People:
    """Give the characters their roles. Each has one account, on the first network."""
    dice = stream(plan.seed, "cast")
    copies = max(1, plan.people_count // _PEOPLE_PER_CAST)
    free = dice.permutation(np.flatnonzero((people.role == NEIGHBOUR) & (people.network == CAST_NETWORK)))
    for role in (CELEBRITY, TROLL, BOT, HOLIDAY, BUYER):
        chosen, free = free[:copies], free[copies:]
        _give_role(people, chosen, role, plan)
    members = copies * plan.rules.pod_size
    chosen, free = free[:members], free[members:]
    _give_role(people, chosen, POD, plan)
    people.pod[chosen] = np.arange(members) // plan.rules.pod_size
    others = dice.permutation(np.flatnonzero(people.role == NEIGHBOUR))
    _give_role(people, others[: round(plan.rules.expert_share * plan.people_count)], EXPERT, plan)
    return people


def _give_role(people: People, chosen: Ints, role: int, plan: TownPlan) -> None:
    """Set what the role decides; everything else stays as chance made it."""
    people.role[chosen] = role
    for name, value in _TRAITS[role].items():
        getattr(people, name)[chosen] = value
    if role == EXPERT:
        people.prominence[chosen] *= 1.5
        return
    people.away_from[chosen] = people.away_until[chosen] = NEVER
    if role == HOLIDAY:
        people.away_from[chosen] = round(0.6 * plan.days)
        people.away_until[chosen] = round(0.6 * plan.days) + min(plan.rules.holiday_days, plan.days // 4)


_TRAITS: Final[dict[int, dict[str, float]]] = {
    EXPERT: {"posts_per_day": 0.7, "trusted_share": 0.85, "argued_share": 0.01, "answer_share": 0.6},
    CELEBRITY: {"posts_per_day": 1.5, "trusted_share": 0.3, "argued_share": 0.02, "answer_share": 0.01},
    TROLL: {"posts_per_day": 6.0, "trusted_share": 0.04, "argued_share": 0.6, "answer_share": 0.3},
    BOT: {
        "posts_per_day": 1440.0,
        "trusted_share": 0.04,
        "argued_share": 0.0,
        "answer_share": 0.0,
        "pull": 0.05,
        "reactivity": 0.0,
        "intention_per_day": 0.0,
    },
    HOLIDAY: {"posts_per_day": 1.5, "trusted_share": 0.55, "argued_share": 0.01, "answer_share": 0.3},
    POD: {
        "posts_per_day": 0.7,
        "trusted_share": 0.1,
        "argued_share": 0.01,
        "answer_share": 0.1,
        "prominence": 0.5,
    },
    BUYER: {"posts_per_day": 0.8, "trusted_share": 0.08, "argued_share": 0.01, "prominence": 0.5},
}


def _with_second_accounts(people: People, plan: TownPlan) -> People:
    """Some people are on both networks; the second account is quieter and less known."""
    dice = stream(plan.seed, "second accounts")
    ordinary = np.isin(people.role, (NEIGHBOUR, LURKER, EXPERT))
    second = np.flatnonzero(ordinary & (dice.random(len(people)) < plan.rules.two_network_share))
    copied: dict[str, Any] = {
        f.name: np.concatenate([getattr(people, f.name), getattr(people, f.name)[second]])
        for f in fields(People)
        if f.name not in ("person_count", "buyer_of")
    }
    first = len(people)
    copied["network"][first:] = 1 - copied["network"][first:]
    copied["posts_per_day"][first:] *= np.float32(0.6)
    copied["prominence"][first:] *= np.float32(0.6)
    return replace(people, **copied)


def _with_bought_accounts(people: People, plan: TownPlan) -> People:
    """Each buyer gets accounts that follow it and never do anything else."""
    buyers = np.flatnonzero(people.role == BUYER).astype(np.int32)
    share = plan.rules.bought_share * plan.people_count / len(buyers)
    each = int(np.clip(share, 150, plan.rules.bought_most))
    count = each * len(buyers)
    dice = stream(plan.seed, "bought accounts")
    empty = {
        f.name: np.zeros((count, *getattr(people, f.name).shape[1:]), getattr(people, f.name).dtype)
        for f in fields(People)
        if f.name not in ("person_count", "buyer_of")
    }
    empty["person"] += people.person_count + np.arange(count, dtype=np.int32)
    empty["role"] += BOUGHT
    empty["topics"] += np.arange(3, dtype=np.int8)
    empty["zone_hours"] += dice.choice(_ZONES, count).astype(np.float32)
    for never in ("away_from", "away_until", "pod"):
        empty[never] += np.array(NEVER, empty[never].dtype)
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(people, name), added]) for name, added in empty.items()
    }
    return replace(people, **joined, buyer_of=np.repeat(buyers, each))
