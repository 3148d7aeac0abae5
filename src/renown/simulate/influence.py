"""What is true: how many people each author moved who would not have acted otherwise."""

from __future__ import annotations

import numpy as np

from renown.simulate.chance import Bools, Ints, distinct, is_among
from renown.simulate.posting import author_of
from renown.simulate.reacting import BY_DEAL, BY_PURCHASE, FOLLOW, LIST, Rows
from renown.simulate.reading import Acts, Moved
from renown.simulate.world import World


class Truth:
    """Sums per account, filled while the town is simulated.

    Formula:  true_influence(v) = sum over readers u of
                  1 - product over (day, topic) of [1 - (1 - x) * (1 - product over v's posts of (1 - p))]
              (`distinct_chance` in reading.py computes one reader's term). The expectation is over who looks,
              who is moved and who has an intention; given are the follows, the posts and who passed them on.
    """

    def __init__(self, world: World) -> None:
        count = len(world.people)
        self.true_influence = np.zeros(count)
        self.opposed_influence = np.zeros(count)
        self.caused_count = np.zeros(count, np.int64)
        self.anyway_count = np.zeros(count, np.int64)
        self.opposed_count = np.zeros(count, np.int64)
        self.mechanical_count = np.zeros(count, np.int64)
        self.passed_on_count = np.zeros(count, np.int64)
        self.posts_count = np.zeros(count, np.int64)
        self.reaction_posts_count = np.zeros(count, np.int64)
        self.new_followers_count = np.zeros(count, np.int64)
        self.new_following_count = np.zeros(count, np.int64)
        self.listed_count = np.zeros(count, np.int64)

    def add_expected(self, moved: list[Moved]) -> None:
        """Add the chances of a portion of readers."""
        for part in moved:
            np.add.at(self.true_influence, part.author[~part.is_opposing], part.chance[~part.is_opposing])
            np.add.at(self.opposed_influence, part.author[part.is_opposing], part.chance[part.is_opposing])

    def add_realised(self, world: World, acts: Acts, mechanical: Rows) -> None:
        """Add what happened to the posts of a block of authors; all their acts must come in one call."""
        accounts, author = len(world.people), author_of(acts.post)
        pair = author * accounts + acts.reader
        supports = ~acts.is_opposing
        is_caused = supports & acts.is_moved & ~acts.is_anyway
        caused = distinct(pair[is_caused])
        _count(self.caused_count, caused // accounts)
        anyway = distinct(pair[supports])
        _count(self.anyway_count, anyway[~is_among(anyway, caused)] // accounts)
        _count(self.opposed_count, distinct(pair[acts.is_opposing]) // accounts)
        _count(self.mechanical_count, _mechanical(mechanical, accounts) // accounts)
        _count(self.passed_on_count, acts.via[is_caused & (acts.via >= 0)])

    def add_shown(self, rows: Rows) -> None:
        """Add what the accounts' own pages will show: replies made, new followers, lists."""
        followed = (rows.kind == FOLLOW) & (rows.cause != BY_PURCHASE)
        _count(self.reaction_posts_count, rows.source[rows.is_post()])
        _count(self.new_followers_count, rows.target[followed])
        _count(self.new_following_count, rows.source[followed])
        _count(self.listed_count, rows.target[rows.kind == LIST])


def _count(counts: Ints, accounts: Ints) -> None:
    np.add.at(counts, accounts, 1)


def _mechanical(rows: Rows, accounts: int) -> Ints:
    is_mechanical: Bools = np.isin(rows.cause, (BY_DEAL, BY_PURCHASE))
    return distinct(rows.target[is_mechanical].astype(np.int64) * accounts + rows.source[is_mechanical])
