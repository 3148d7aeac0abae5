"""Who follows whom: people follow authors of their own topics, and the known become better known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from renown.simulate.chance import Bools, Floats, Ints, chances, key_of, stream
from renown.simulate.people import (
    BOT,
    CAST_NETWORK,
    CELEBRITY,
    HOLIDAY,
    LANGUAGES,
    NETWORKS,
    TOPICS,
    TROLL,
    People,
)
from renown.simulate.rules import TownPlan

_ACCOUNTS_AT_ONCE: Final = 500_000
_FOLLOWS_AT_ONCE: Final = 4_000_000
_MOST_FOLLOWS: Final = 400
# Characters whose audience is given, not drawn: the share of their network's accounts, and the most.
_GIVEN_AUDIENCES: Final = {TROLL: (0.15, 100_000), BOT: (0.03, 30_000), HOLIDAY: (0.12, 60_000)}
_MOST_CELEBRITY_FOLLOWERS: Final = 300_000


@dataclass(frozen=True, eq=False)
class Audience:
    """The follow graph, both ways round, as compressed rows."""

    follower_start: NDArray[np.int64]
    followers: NDArray[np.int32]
    followee_start: NDArray[np.int64]
    followees: NDArray[np.int32]

    def follower_counts(self) -> NDArray[np.int64]:
        """How many accounts follow each account."""
        return np.diff(self.follower_start)

    def followee_counts(self) -> NDArray[np.int64]:
        """How many accounts each account follows."""
        return np.diff(self.followee_start)

    def follows(self, source: Ints, target: Ints) -> Bools:
        """Whether each source follows its target, by binary search in the target's followers."""
        low, high = self.follower_start[target], self.follower_start[target + 1]
        stop = high.copy()
        while (open_ := low < high).any():
            middle = (low + high) // 2
            is_below = open_ & (self.followers[np.minimum(middle, len(self.followers) - 1)] < source)
            low = np.where(is_below, middle + 1, low)
            high = np.where(open_ & ~is_below, middle, high)
        found: Bools = low < stop
        found[found] = self.followers[low[found]] == source[found]
        return found


@dataclass(frozen=True, eq=False)
class Pools:
    """For each (network, language, topic): its authors and their running prominence, to draw from."""

    members: Sequence[Ints]
    reach: Sequence[Floats]

    def draw(self, pool: Ints, chance: Floats) -> Ints:
        """One author per entry: from its pool, in proportion to prominence."""
        drawn = np.zeros(len(pool), np.int64)
        for number in range(len(self.members)):
            asked = np.flatnonzero(pool == number)
            if len(asked):
                reach = self.reach[number]
                drawn[asked] = self.members[number][np.searchsorted(reach, chance[asked] * reach[-1])]
        return drawn


def pool_number(network: Ints, language: Ints, topic: Ints) -> Ints:
    """The pool of a topic on a network, in a language."""
    place = network.astype(np.int64) * len(LANGUAGES) + language
    return np.asarray(place * len(TOPICS) + topic)


def build_pools(people: People, plan: TownPlan, weight: Floats) -> Pools:
    """Pools of all authors, weighed by `weight` and by the topic's place among their interests."""
    members, reach = [], []
    for network in range(len(NETWORKS)):
        for language in range(len(LANGUAGES)):
            for topic in range(len(TOPICS)):
                interest = _interest(people, plan, network, topic) * weight[: people.first_bought()]
                there = _of_language(people, interest, language)
                members.append(there)
                reach.append(np.cumsum(interest[there]))
    return Pools(members, reach)


def _interest(people: People, plan: TownPlan, network: int, topic: int) -> Floats:
    """The topic's share in what each account of the network is interested in; 0 on the other network."""
    living = people.first_bought()
    interest = np.zeros(living)
    for slot, share in enumerate(plan.rules.topic_shares):
        interest[people.topics[:living, slot] == topic] = share
    return np.asarray(interest * (people.network[:living] == network))


def _of_language(people: People, interest: Floats, language: int) -> Ints:
    """Who has an interest and writes in a language; everybody who has it where nobody there writes in it."""
    there = np.flatnonzero(interest)
    fluent = there[people.language[there] == language]
    return fluent if fluent.size or not people.language.any() else there


def build_audience(people: People, plan: TownPlan) -> Audience:
    """Draw the follow graph.

    Notes:    memory: about 20 bytes a follow at the peak, 8 kept.
    """
    accounts = len(people)
    keys = np.concatenate([*_drawn_follows(people, plan), _given_follows(people, plan)])
    keys.sort()
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    bounds = np.arange(accounts + 1, dtype=np.int64) * accounts
    follower_start = np.searchsorted(keys, bounds)
    followers = _turn_round(keys, accounts)
    keys.sort()
    followee_start = np.searchsorted(keys, bounds)
    return Audience(follower_start, followers, followee_start, _turn_round(keys, accounts))


def _turn_round(keys: NDArray[np.int64], accounts: int) -> NDArray[np.int32]:
    """Make keys a * accounts + b into b * accounts + a, in place and in portions; return every b."""
    second = np.empty(len(keys), np.int32)
    for first in range(0, len(keys), _FOLLOWS_AT_ONCE):
        portion = keys[first : first + _FOLLOWS_AT_ONCE]
        quotient, remainder = np.divmod(portion, accounts)
        second[first : first + len(portion)] = remainder
        portion[:] = remainder * accounts + quotient
    return second


def _drawn_follows(people: People, plan: TownPlan) -> Iterator[Ints]:
    """Follows by shared topic and prominence, and follows back, as keys target * accounts + source."""
    dice = stream(plan.seed, "follows")
    pools = build_pools(people, plan, people.prominence)
    living, accounts = people.first_bought(), len(people)
    fame = people.prominence / people.prominence[:living].mean()
    back_share = plan.rules.follow_back_share / (1.0 + fame / 2.0) * np.where(people.reactivity > 0, 1.0, 0.3)
    cumulated = np.cumsum(plan.rules.topic_shares)
    for first in range(0, living, _ACCOUNTS_AT_ONCE):
        followers = np.arange(first, min(first + _ACCOUNTS_AT_ONCE, living))
        wishes = plan.rules.follows_mean * dice.lognormal(-0.245, 0.7, len(followers))
        wishes[followers >= people.person_count] *= 0.7
        source = np.repeat(followers, np.clip(wishes, 3, _MOST_FOLLOWS).astype(np.int64))
        slot = np.minimum(np.searchsorted(cumulated, dice.random(len(source))), len(cumulated) - 1)
        language = _language_read(people, plan, source)
        pool = pool_number(people.network[source], language, people.topics[source, slot])
        target = pools.draw(pool, dice.random(len(source)))
        source, target = source[source != target], target[source != target]
        yield target * accounts + source
        returned = dice.random(len(source)) < back_share[target]
        yield source[returned] * accounts + target[returned]


def _language_read(people: People, plan: TownPlan, source: Ints) -> Ints:
    """The language in which each follow looks for an author: one's own, or now and then the other."""
    language = people.language[source]
    if plan.rules.second_language_share == 0.0:
        return language
    thrown = chances(key_of(plan.seed, "across languages"), source, np.arange(len(source)))
    return np.where(thrown < plan.rules.across_languages_share, 1 - language, language)


def _given_follows(people: People, plan: TownPlan) -> Ints:
    """The audiences that belong to a role: admirers, onlookers, pod members, bought accounts.

    Of several celebrities the second has half the audience of the first, the third a third: Zipf's law.
    """
    dice = stream(plan.seed, "given follows")
    accounts, living = len(people), people.first_bought()
    keys = [people.buyer_of.astype(np.int64) * accounts + np.arange(living, accounts)]
    sizes = {**_GIVEN_AUDIENCES, CELEBRITY: (plan.rules.celebrity_audience_share, _MOST_CELEBRITY_FOLLOWERS)}
    network = np.flatnonzero(people.network[:living] == CAST_NETWORK)
    for role, (share, most) in sizes.items():
        for place, target in enumerate(np.flatnonzero(people.role == role), start=1):
            source = _some(network, min(round(share * len(network) / place), most), dice)
            keys.append(target * accounts + source[source != target])
    members = np.flatnonzero(people.pod >= 0)
    for step in range(1, plan.rules.pod_size):
        pods = members[np.argsort(people.pod[members], kind="stable")].reshape(-1, plan.rules.pod_size)
        keys.append((pods * accounts + np.roll(pods, step, axis=1)).ravel())
    return np.concatenate(keys)


def _some(accounts: Ints, count: int, dice: np.random.Generator) -> Ints:
    """Draw accounts. A few of many are drawn with repetition: much quicker, and it seldom repeats."""
    if count * 10 > len(accounts):
        return dice.choice(accounts, count, replace=False)
    return accounts[dice.integers(0, len(accounts), count)]


def feed_share(people: People, audience: Audience, plan: TownPlan) -> Floats:
    """Share of its feed that each account looks at: attention is limited, following more dilutes it.

    Formula:  min(1, attention_per_day / (1 + sum over followees of min(posts_per_day, feed_posts_per_day)))
    """
    arriving = np.minimum(people.posts_per_day, plan.rules.feed_posts_per_day).astype(np.float32)
    load = np.zeros(len(people))
    busy = np.flatnonzero(audience.followee_counts())
    load[busy] = np.add.reduceat(arriving[audience.followees], audience.followee_start[busy])
    return np.minimum(1.0, people.attention_per_day / (1.0 + load))


INDIFFERENT, TRUSTING, RIVAL = 0, 1, 2


def attitudes(
    plan: TownPlan, people: People, reader: Ints, author: Ints, scale: float
) -> tuple[Ints, Floats]:
    """How each reader stands to each author (indifferent, trusting, rival), and how strongly, 0.25..1.

    It never changes. `scale` is 1 for followers; strangers trust and argue less readily. Pod members care for
    the deal, not for what the others post.
    """
    chance = chances(key_of(plan.seed, "attitude"), reader, author)
    trusted = people.trusted_share[author] * scale
    argued = people.argued_share[author] * scale
    stand = np.zeros(len(reader), np.int8)
    stand[chance < trusted + (1.0 - trusted) * argued] = RIVAL
    stand[chance < trusted] = TRUSTING
    stand[(people.pod[reader] >= 0) & (people.pod[reader] == people.pod[author])] = INDIFFERENT
    strength = 0.25 + 0.75 * chances(key_of(plan.seed, "strength"), reader, author)
    return stand, strength
