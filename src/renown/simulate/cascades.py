"""How a post travels on: a repost or quote shows it to the followers of whoever passed it on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from renown.simulate.audience import INDIFFERENT, TRUSTING, attitudes
from renown.simulate.chance import Bools, Floats, Ints, bits, chances, is_among, key_of
from renown.simulate.posting import author_of, day_of
from renown.simulate.reacting import QUOTE, REPOST, kinds_of
from renown.simulate.reading import (
    Acts,
    Moved,
    distinct_chance,
    joined_acts,
    misses,
    moved_acts,
    tie_factor,
    topic_match,
    weekend_reading,
)
from renown.simulate.rhythm import reaction_seconds
from renown.simulate.world import World

_MOST_GENERATIONS: Final = 12


@dataclass(frozen=True, eq=False)
class Passed:
    """Showings of posts to people who do not follow their author, as parallel arrays."""

    reader: Ints
    post: Ints
    shown: Floats
    via: Ints
    is_opposing: Bools
    factor: Floats


def spread(world: World, first: Acts) -> tuple[Acts, list[Moved]]:
    """Let everything that was reposted or quoted travel on until nobody passes it on any more.

    Returns:  all acts, the first ones included; the expected distinct readers moved by the travelling posts.
    Notes:    a reader is shown a post once: by its author if followed, else by the earliest repost of the
              first generation that gets there.
    """
    acts, shown, wave = [first], [], first
    reached = np.sort(_pair_keys(world, first.reader, first.post))
    for _ in range(_MOST_GENERATIONS):
        passed = _new_readers(world, _passers(world, wave), reached)
        if not len(passed.reader):
            break
        reached = np.sort(np.concatenate([reached, _pair_keys(world, passed.reader, passed.post)]))
        chance = _chance(world, passed)
        shown.append((passed, chance))
        wave = _acts(world, passed, chance)
        acts.append(wave)
    return joined_acts(acts), _moved(world, shown)


def _pair_keys(world: World, reader: Ints, post: Ints) -> Ints:
    """One integer for each (post, reader): a hash, since both together do not fit into 64 bits."""
    return bits(key_of(world.plan.seed, "pair"), post, reader).view(np.int64)


def _passers(world: World, acts: Acts) -> Acts:
    return acts.taken(np.isin(kinds_of(world, acts), (REPOST, QUOTE)))


def _new_readers(world: World, passers: Acts, reached: Ints) -> Passed:
    """Followers of the passers who can be moved and have not been shown the post."""
    audience, people = world.audience, world.people
    count = audience.follower_counts()[passers.reader]
    which = np.repeat(np.arange(len(passers)), count)
    place = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    reader = audience.followers[audience.follower_start[passers.reader][which] + place]
    active = np.flatnonzero(people.reactivity[reader] > 0)
    reader, which = reader[active], which[active]
    author = author_of(passers.post)[which]
    stand, strength = attitudes(world.plan, people, reader, author, world.plan.rules.stranger_trust)
    may = np.flatnonzero((stand != INDIFFERENT) & (reader != author))
    may = may[~audience.follows(reader[may], author[may])]
    may = may[~is_among(_pair_keys(world, reader[may], passers.post[which[may]]), reached)]
    reader, which = reader[may], which[may]
    factor = tie_factor(world, reader, strength[may]) * world.plan.rules.repost_visibility
    shown, post = passers.seconds[which], passers.post[which]
    once = _earliest(reader, post, shown, passers.reader[which])
    is_opposing = stand[may] != TRUSTING
    via = passers.reader[which]
    return Passed(reader[once], post[once], shown[once], via[once], is_opposing[once], factor[once])


def _earliest(reader: Ints, post: Ints, shown: Floats, via: Ints) -> Ints:
    """For each (post, reader), the entry that was shown first."""
    order = np.lexsort((via, shown, reader, post))
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = (post[order][1:] != post[order][:-1]) | (reader[order][1:] != reader[order][:-1])
    return order[is_first]


def _chance(world: World, passed: Passed) -> Floats:
    """Chance that the reader sees what was passed on and is moved by it."""
    chance = passed.factor * world.newsroom.appeal(passed.post)
    chance *= topic_match(world, passed.reader, world.newsroom.topic_of(passed.post))
    chance *= weekend_reading(world, passed.reader, (passed.shown // 86_400.0).astype(np.int64))
    when = reaction_seconds(world.plan, world.people, passed.shown, passed.reader, passed.post)
    chance[misses(world, passed.reader, when)] = 0.0
    return np.minimum(chance, world.plan.rules.moved_ceiling)


def _acts(world: World, passed: Passed, chance: Floats) -> Acts:
    thrown = chances(key_of(world.reaction_seed, "moved"), passed.post, passed.reader)
    hit = np.flatnonzero(thrown < chance)
    return moved_acts(
        world,
        reader=passed.reader[hit],
        post=passed.post[hit],
        shown=passed.shown[hit],
        is_opposing=passed.is_opposing[hit],
        via=passed.via[hit],
    )


def _moved(world: World, shown: list[tuple[Passed, Floats]]) -> list[Moved]:
    """Expected distinct readers moved over all generations, pair by pair."""
    if not shown:
        return []
    reader, post, is_opposing, chance = (
        np.concatenate(parts)
        for parts in zip(*((p.reader, p.post, p.is_opposing, chance) for p, chance in shown), strict=True)
    )
    author, day, topic = author_of(post), day_of(post), world.newsroom.topic_of(post)
    order = np.lexsort((post, topic, day, reader, author))
    author, reader, day, topic = author[order], reader[order], day[order], topic[order]
    is_opposing = is_opposing[order]
    is_new = np.concatenate([[True], (author[1:] != author[:-1]) | (reader[1:] != reader[:-1])])
    pair = np.cumsum(is_new)
    moved, starts = distinct_chance(world, (pair, reader, day, topic), chance[order], is_opposing)
    return [Moved(author[starts], is_opposing[starts], moved)]
