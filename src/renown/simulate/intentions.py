"""What people would have done anyway: on some days a person acts on a topic whoever posts about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from renown.simulate.audience import pool_number
from renown.simulate.chance import Bools, Floats, Ints, chances, key_of
from renown.simulate.posting import author_of, post_of
from renown.simulate.world import World

_PEOPLE_AT_ONCE: Final = 100_000
_LOOKS_AT_FOLLOWED: Final = 8
_LOOKS_AROUND: Final = 24
_SURELY_NOT: Final = 0.95
NO_TOPIC: Final = -1
NO_POST: Final = -1


@dataclass(frozen=True, eq=False)
class Choices:
    """Intentions that found a post to act on, sorted by the post's author."""

    reader: Ints
    post: Ints
    is_follower: Bools
    unmet_count: int
    """Intentions for which the town had nothing to offer; those people acted elsewhere."""

    def of(self, first: int, stop: int) -> slice:
        """Which entries act on posts of the authors first..stop."""
        low, high = np.searchsorted(author_of(self.post), (first, stop))
        return slice(int(low), int(high))


def intention_chance(world: World, person: Ints, day: Ints, topic: Ints) -> Floats:
    """Chance that the person means to act on the topic that day.

    Formula:  min(0.95, intention_per_day * news(topic, day)) * topic_shares[place of the topic]
    """
    people, rules = world.people, world.plan.rules
    share = people.by_interest(person, topic, (*rules.topic_shares, 0.0))
    wish = people.intention_per_day[person] * world.newsroom.news[topic, day]
    return np.where(people.is_away(person, day), 0.0, np.minimum(wish, _SURELY_NOT) * share)


def intended_topic(world: World, person: Ints, day: Ints) -> Ints:
    """The topic that the person means to act on that day, whatever anybody posts; NO_TOPIC on most days."""
    people = world.people
    thrown = chances(key_of(world.reaction_seed, "intention"), person, day)
    intended = np.full(len(person), NO_TOPIC, np.int8)
    reached = np.zeros(len(person))
    for slot in range(people.topics.shape[1]):
        topic = people.topics[person, slot]
        chance = intention_chance(world, person, day, topic)
        hit = (thrown >= reached) & (thrown < reached + chance)
        intended[hit] = topic[hit]
        reached += chance
    return intended


def choose_posts(world: World) -> Choices:
    """Let every intention find a post: first among the authors followed, then anywhere on the network."""
    readers, posts, followers, unmet = [], [], [], 0
    count = world.people.person_count
    for first in range(0, count, _PEOPLE_AT_ONCE):
        person, day, topic = _intentions(world, first, min(first + _PEOPLE_AT_ONCE, count))
        reader = _account_used(world, person, day)
        post, is_follower = _search(world, reader, day, topic)
        met = post != NO_POST
        unmet += int(len(met) - met.sum())
        readers.append(reader[met])
        posts.append(post[met])
        followers.append(is_follower[met])
    reader, post, is_follower = np.concatenate(readers), np.concatenate(posts), np.concatenate(followers)
    order = np.lexsort((reader, post))
    return Choices(reader[order].astype(np.int32), post[order], is_follower[order], unmet)


def _intentions(world: World, first: int, stop: int) -> tuple[Ints, Ints, Ints]:
    """All intentions of the people first..stop: person, day, topic."""
    active = np.flatnonzero(world.people.intention_per_day[first:stop]) + first
    person = np.repeat(active, world.plan.days)
    day = np.tile(np.arange(world.plan.days), len(active))
    topic = intended_topic(world, person, day)
    has = np.flatnonzero(topic != NO_TOPIC)
    return person[has], day[has], topic[has]


def _account_used(world: World, person: Ints, day: Ints) -> Ints:
    """A person with two accounts follows an intention up on either, never on both."""
    people = world.people
    second = np.full(people.person_count, NO_POST, np.int64)
    others = np.arange(people.person_count, people.first_bought())
    second[people.person[others]] = others
    uses_second = chances(key_of(world.reaction_seed, "account"), person, day) < 0.5
    return np.where(uses_second & (second[person] >= 0), second[person], person)


def _search(world: World, reader: Ints, day: Ints, topic: Ints) -> tuple[Ints, Bools]:
    """Look at a few authors in turn, until one has posted on the topic that day."""
    found = np.full(len(reader), NO_POST, np.int64)
    is_follower = np.zeros(len(reader), np.bool_)
    for look in range(_LOOKS_AT_FOLLOWED + _LOOKS_AROUND):
        searching = np.flatnonzero(found == NO_POST)
        follows = look < _LOOKS_AT_FOLLOWED
        asked = (reader[searching], day[searching], topic[searching])
        author = _followed_author(world, *asked, look) if follows else _any_author(world, *asked, look)
        has_author = (author != reader[searching]) & ~_share_a_pod(world, author, reader[searching])
        searching, author = searching[has_author], author[has_author]
        post = _post_on(world, author, day[searching], topic[searching])
        willing = chances(key_of(world.reaction_seed, f"pull {look}"), reader[searching], day[searching])
        post[willing >= world.people.pull[author]] = NO_POST
        found[searching] = post
        is_follower[searching] = follows
    return found, is_follower


def _share_a_pod(world: World, one: Ints, other: Ints) -> Bools:
    """Members of a pod react to each other by the deal already."""
    pod = world.people.pod
    shared: Bools = (pod[one] >= 0) & (pod[one] == pod[other])
    return shared


def _followed_author(world: World, reader: Ints, day: Ints, topic: Ints, look: int) -> Ints:
    """Somebody the reader follows; the reader itself where it follows nobody."""
    audience = world.audience
    start, count = audience.followee_start[reader], np.diff(audience.followee_start)[reader]
    chance = chances(key_of(world.reaction_seed, f"look {look}"), reader, day)
    place = np.minimum(start + (chance * count).astype(np.int64), len(audience.followees) - 1)
    return np.where(count > 0, audience.followees[place], reader)


def _any_author(world: World, reader: Ints, day: Ints, topic: Ints, look: int) -> Ints:
    """Somebody on the network who writes about the topic, the well-known more often."""
    chance = chances(key_of(world.reaction_seed, f"look {look}"), reader, day)
    pool = pool_number(world.people.network[reader], world.people.language[reader], topic)
    return world.pools.draw(pool, chance)


def _post_on(world: World, author: Ints, day: Ints, topic: Ints) -> Ints:
    """The first post of the author's feed that day on the topic, or NO_POST."""
    newsroom = world.newsroom
    count = newsroom.count(author, day)
    found = np.full(len(author), NO_POST, np.int64)
    for place in range(world.plan.rules.feed_posts_per_day):
        open_ = np.flatnonzero((count > place) & (found == NO_POST))
        if not len(open_):
            break
        number = newsroom.feed_number(author[open_], day[open_], count[open_], place)
        fits = newsroom.topic(author[open_], day[open_], number) == topic[open_]
        hit = open_[fits]
        found[hit] = post_of(author[hit], day[hit], number[fits])
    return found
