"""Let the days pass: block after block of authors, with what everybody does about their posts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from renown.simulate.cascades import spread
from renown.simulate.chance import Bools, Ints, distinct
from renown.simulate.influence import Truth
from renown.simulate.intentions import Choices, choose_posts
from renown.simulate.people import NEVER
from renown.simulate.reacting import Rows, deals, joined_rows, purchases, react
from renown.simulate.reading import Acts, followers_who_may_be_moved, joined_acts, misses, read_feeds
from renown.simulate.rhythm import reaction_seconds
from renown.simulate.world import World
from renown.types import Progress, no_progress

_BLOCK_SHOWINGS: Final = 6_000_000


@dataclass(frozen=True, eq=False)
class Block:
    """What happened to the posts of the authors first..stop."""

    first: int
    stop: int
    rows: Rows


def simulate(world: World, truth: Truth, progress: Progress = no_progress) -> Iterator[Block]:
    """Yield the town's interactions block by block, and fill `truth` on the way."""
    choices = choose_posts(world)
    bounds = block_bounds(world)
    for first, stop in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        yield _block(world, choices, truth, first, stop)
        progress("living through the days", stop, len(world.people))


def block_bounds(world: World) -> Ints:
    """Cut the accounts into blocks of roughly equal work. The town alone decides, not any batch size."""
    people, rules = world.people, world.plan.rules
    shown = np.minimum(people.posts_per_day, rules.feed_posts_per_day) * world.plan.days
    work = np.cumsum((world.audience.follower_counts() + 10.0) * shown)
    cuts = np.searchsorted(work, np.arange(_BLOCK_SHOWINGS, work[-1], _BLOCK_SHOWINGS)) + 1
    return distinct(np.concatenate([[0], cuts, [len(people)]]))


def _block(world: World, choices: Choices, truth: Truth, first: int, stop: int) -> Block:
    posts = world.newsroom.feed(first, stop)
    moved_acts, moved = read_feeds(world, followers_who_may_be_moved(world, first, stop), posts)
    own = _own_acts(world, choices, choices.of(first, stop))
    acts = joined_acts([*moved_acts, own])
    acts = acts.taken(~_also_moved(acts))
    acts, passed_on = spread(world, acts)
    mechanical = joined_rows([deals(world, first, stop), purchases(world, first, stop)])
    truth.add_expected(moved + passed_on)
    truth.add_realised(world, acts, mechanical)
    truth.posts_count[first:stop] += _posts_made(world, first, stop)
    rows = joined_rows([react(world, acts), mechanical])
    truth.add_shown(rows)
    return Block(first, stop, rows)


def _own_acts(world: World, choices: Choices, where: slice) -> Acts:
    """What people with an intention of their own did about the posts of this block."""
    reader, post = choices.reader[where], choices.post[where]
    seconds = reaction_seconds(world.plan, world.people, world.newsroom.seconds(post), reader, post)
    no = np.zeros(len(reader), np.bool_)
    via = np.full(len(reader), NEVER, np.int32)
    acts = Acts(reader, post, seconds, no, no, ~no, choices.is_follower[where], via)
    return acts.taken(~misses(world, reader, seconds))


def _also_moved(acts: Acts) -> Bools:
    """Own acts on a post that moved the same reader: one reaction, not two."""
    order = np.lexsort((~acts.is_moved, acts.reader, acts.post))
    post, reader = acts.post[order], acts.reader[order]
    again = np.zeros(len(acts), np.bool_)
    again[order[1:]] = (post[1:] == post[:-1]) & (reader[1:] == reader[:-1])
    return again


def _posts_made(world: World, first: int, stop: int) -> Ints:
    active = np.flatnonzero(world.people.posts_per_day[first:stop]) + first
    days = np.arange(world.plan.days)
    counts = world.newsroom.count(np.repeat(active, len(days)), np.tile(days, len(active)))
    made = np.zeros(stop - first, np.int64)
    made[active - first] = counts.reshape(-1, len(days)).sum(axis=1)
    return made
