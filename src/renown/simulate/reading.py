"""What people see in their feeds and whether it moves them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Final

import numpy as np

from renown.simulate.audience import INDIFFERENT, TRUSTING, attitudes
from renown.simulate.chance import Bools, Floats, Ints, chances, distinct, key_of
from renown.simulate.intentions import intended_topic, intention_chance
from renown.simulate.people import NEVER
from renown.simulate.posting import Posts, day_of
from renown.simulate.rhythm import longest_delay, reaction_seconds
from renown.simulate.world import World

_SHOWINGS_AT_ONCE: Final = 1_000_000
_DAY: Final = 86_400.0


@dataclass(frozen=True, eq=False)
class Acts:
    """What people did about posts, as parallel arrays."""

    reader: Ints
    post: Ints
    seconds: Floats
    is_opposing: Bools
    is_moved: Bools
    """Moved by the post; otherwise the reader came with an intention of its own."""
    is_anyway: Bools
    """The reader meant to act on the topic that day, whoever had posted."""
    is_follower: Bools
    via: Ints
    """Whose repost showed the post; NEVER for those who saw it from its author."""

    def __len__(self) -> int:
        return len(self.reader)

    def taken(self, which: Ints | Bools) -> Acts:
        """Only some of the acts."""
        return Acts(**{f.name: getattr(self, f.name)[which] for f in fields(Acts)})


def joined_acts(parts: list[Acts]) -> Acts:
    """Several portions as one."""
    return Acts(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Acts)})


@dataclass(frozen=True, eq=False)
class Moved:
    """Expected distinct readers moved, one entry per (author, reader) pair that had a chance of it."""

    author: Ints
    is_opposing: Bools
    chance: Floats


@dataclass(frozen=True, eq=False)
class Ties:
    """Readers who see an author's posts and can be moved by them: parallel arrays, sorted by author."""

    reader: Ints
    author: Ints
    is_opposing: Bools
    factor: Floats
    """The part of the chance to be moved that does not depend on the post."""


def followers_who_may_be_moved(world: World, first: int, stop: int) -> Ties:
    """Followers of the authors first..stop who are not indifferent to them."""
    audience, people = world.audience, world.people
    reader = audience.followers[audience.follower_start[first] : audience.follower_start[stop]]
    author = np.repeat(np.arange(first, stop), np.diff(audience.follower_start[first : stop + 1]))
    may = np.flatnonzero((people.reactivity[reader] > 0) & (people.posts_per_day[author] > 0))
    reader, author = reader[may], author[may]
    stand, strength = attitudes(world.plan, people, reader, author, 1.0)
    cares = np.flatnonzero(stand != INDIFFERENT)
    reader, author = reader[cares], author[cares]
    factor = tie_factor(world, reader, strength[cares])
    return Ties(reader, author, stand[cares] != TRUSTING, factor)


def tie_factor(world: World, reader: Ints, strength: Floats) -> Floats:
    """moved_base * seen_share(reader) * trust in the author * reactivity(reader)."""
    return world.plan.rules.moved_base * world.seen_share[reader] * strength * world.people.reactivity[reader]


def read_feeds(world: World, ties: Ties, posts: Posts) -> tuple[list[Acts], list[Moved]]:
    """Show the posts to the ties' readers, a bounded portion at a time."""
    start = np.searchsorted(posts.author, ties.author)
    count = np.searchsorted(posts.author, ties.author, side="right") - start
    appeal, seconds = world.newsroom.appeal(posts.post), world.newsroom.seconds(posts.post)
    bounds = _portions(count)
    acts, moved = [], []
    for low, high in pairwise(bounds.tolist()):
        tie = np.repeat(np.arange(low, high), count[low:high])
        if len(tie):
            before = np.cumsum(count[low:high]) - count[low:high]
            index = np.arange(len(tie)) + np.repeat(start[low:high] - before, count[low:high])
            showings = _Showings(world, ties, tie, posts, index)
            chance = showings.chance(appeal, seconds)
            acts.append(showings.acts(chance, seconds))
            moved.append(showings.moved(chance))
    return acts, moved


def _portions(count: Ints) -> Ints:
    """Bounds that cut the ties into portions of about a million showings; they depend on nothing else."""
    cumulated = np.cumsum(count)
    total = int(cumulated[-1]) if len(cumulated) else 0
    cuts = np.searchsorted(cumulated, np.arange(_SHOWINGS_AT_ONCE, total, _SHOWINGS_AT_ONCE)) + 1
    return distinct(np.concatenate([[0], cuts, [len(count)]]))


class _Showings:
    """A portion of (tie, post) pairs: each post once before each reader, in the order of the ties."""

    def __init__(self, world: World, ties: Ties, tie: Ints, posts: Posts, index: Ints) -> None:
        self.world, self.ties, self.posts = world, ties, posts
        self.tie, self.index = tie, index
        self.reader, self.day = ties.reader[tie], posts.day[index]

    def chance(self, appeal: Floats, seconds: Floats) -> Floats:
        """Chance that the reader sees the post and is moved by it."""
        world, people = self.world, self.world.people
        chance = self.ties.factor[self.tie] * appeal[self.index]
        chance *= topic_match(world, self.reader, self.posts.topic[self.index])
        chance *= weekend_reading(world, self.reader, self.day)
        np.minimum(chance, world.plan.rules.moved_ceiling, out=chance)
        is_late = (seconds > world.plan.end_seconds() - longest_delay(world.plan))[self.index]
        doubtful = np.flatnonzero(is_late | _near_holiday(world, self.reader, self.day))
        shown, post = seconds[self.index[doubtful]], self.posts.post[self.index[doubtful]]
        when = reaction_seconds(world.plan, people, shown, self.reader[doubtful], post)
        chance[doubtful[misses(world, self.reader[doubtful], when)]] = 0.0
        return chance

    def acts(self, chance: Floats, seconds: Floats) -> Acts:
        """The readers who are moved this time."""
        post = self.posts.post[self.index]
        hit = np.flatnonzero(chances(key_of(self.world.reaction_seed, "moved"), post, self.reader) < chance)
        author = self.ties.author[self.tie[hit]]
        return moved_acts(
            self.world,
            reader=self.reader[hit],
            post=post[hit],
            shown=seconds[self.index[hit]],
            is_opposing=self.ties.is_opposing[self.tie[hit]],
            via=np.full(len(author), NEVER, np.int32),
        )

    def moved(self, chance: Floats) -> Moved:
        """Expected distinct readers moved, per tie."""
        topic = self.posts.topic[self.index]
        opposing = self.ties.is_opposing[self.tie]
        keys = (self.tie, self.reader, self.day, topic)
        chance, starts = distinct_chance(self.world, keys, chance, opposing)
        tie = self.tie[starts]
        return Moved(self.ties.author[tie], self.ties.is_opposing[tie], chance)


def weekend_reading(world: World, reader: Ints, day: Ints) -> Floats:
    """People of the working week read less on Saturdays and Sundays, others more."""
    weekend = world.newsroom.is_weekend(day)
    return np.where(weekend, world.people.weekend_factor[reader], 1.0)


def topic_match(world: World, reader: Ints, topic: Ints) -> Floats:
    """How much a topic speaks to a reader: 1 for the first of their interests."""
    return world.people.by_interest(
        reader, topic, (*world.plan.rules.topic_match, world.plan.rules.off_topic_match)
    )


def _near_holiday(world: World, reader: Ints, day: Ints) -> Bools:
    """Whether the reader is away that day or may have left before reacting."""
    slack = int(longest_delay(world.plan) // _DAY) + 1
    near: Bools = day < world.people.away_until[reader]
    near[near] = day[near] >= world.people.away_from[reader[near]] - slack
    return near


def misses(world: World, reader: Ints, when: Floats) -> Bools:
    """Whether at that time the reader is away or the town is over."""
    is_over: Bools = when >= world.plan.end_seconds()
    return is_over | world.people.is_away(reader, (when // _DAY).astype(np.int64))


def moved_acts(
    world: World, *, reader: Ints, post: Ints, shown: Floats, is_opposing: Bools, via: Ints
) -> Acts:
    """Acts of readers who were moved by what they were shown."""
    person, topic = world.people.person[reader], world.newsroom.topic_of(post)
    return Acts(
        reader=reader,
        post=post,
        seconds=reaction_seconds(world.plan, world.people, shown, reader, post),
        is_opposing=is_opposing,
        is_moved=np.ones(len(reader), np.bool_),
        is_anyway=(intended_topic(world, person, day_of(post)) == topic) & ~is_opposing,
        is_follower=via == NEVER,
        via=via,
    )


def distinct_chance(
    world: World, keys: tuple[Ints, Ints, Ints, Ints], chance: Floats, is_opposing: Bools
) -> tuple[Floats, Ints]:
    """Chance that a reader is moved at least once on a day without an intention of its own, for each pair.

    Formula:  1 - product over (day, topic) of [1 - (1 - x) * (1 - product over the posts of (1 - p))]
              x: chance of an intention that day on that topic (0 for opposition); p: to be moved by the post
    Args:     keys: (pair, reader, day, topic); equal pairs must lie together, and in them equal (day, topic).
    Returns:  one chance per pair, and the place where each pair starts.
    """
    pair, reader, day, topic = keys
    is_new_pair = np.concatenate([[True], pair[1:] != pair[:-1]])
    is_new_day = is_new_pair | np.concatenate([[True], (day[1:] != day[:-1]) | (topic[1:] != topic[:-1])])
    days = np.flatnonzero(is_new_day)
    moved = -np.expm1(np.add.reduceat(np.log1p(-chance), days))
    intended = intention_chance(world, world.people.person[reader[days]], day[days], topic[days])
    moved *= np.where(is_opposing[days], 1.0, 1.0 - intended)
    starts = np.flatnonzero(is_new_pair)
    pairs = np.searchsorted(days, starts)
    return -np.expm1(np.add.reduceat(np.log1p(-moved), pairs)), starts
