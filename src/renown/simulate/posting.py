"""What gets posted. A post is never stored: author, day and number within the day decide all about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from renown.simulate.chance import Bools, Floats, Ints, chances, key_of, stream
from renown.simulate.people import BOT, TOPICS, People
from renown.simulate.rhythm import second_of_day
from renown.simulate.rules import TownPlan

POSTS_OF_A_BOT: Final = 1440
_MOST_POSTS_A_DAY: Final = 16
_DAY_BITS, _NUMBER_BITS, _TOPIC_BITS = 10, 11, 4


@dataclass(frozen=True, eq=False)
class Posts:
    """Posts as parallel arrays, ordered by author, day, topic and number."""

    author: Ints
    day: Ints
    topic: Ints
    number: Ints
    """Position among the author's posts of that day."""

    def __len__(self) -> int:
        return len(self.author)

    @cached_property
    def post(self) -> NDArray[np.int64]:
        """One integer that names the post."""
        return post_of(self.author, self.day, self.number)


def post_of(author: Ints, day: Ints, number: Ints) -> NDArray[np.int64]:
    """Author, day and number within the day in one integer."""
    packed = (author.astype(np.int64) << (_DAY_BITS + _NUMBER_BITS)) | (day.astype(np.int64) << _NUMBER_BITS)
    return np.asarray(packed | number, dtype=np.int64)


def author_of(post: Ints) -> Ints:
    """Who wrote the post."""
    return np.asarray(post >> (_DAY_BITS + _NUMBER_BITS))


def day_of(post: Ints) -> Ints:
    """Day of the post, 0 for the first."""
    return np.asarray((post >> _NUMBER_BITS) & ((1 << _DAY_BITS) - 1))


def number_of(post: Ints) -> Ints:
    """Position of the post among its author's posts of the day."""
    return np.asarray(post & ((1 << _NUMBER_BITS) - 1))


class Newsroom:
    """What decides posts: the plan, the people, and the days on which a topic is in the news."""

    def __init__(self, plan: TownPlan, people: People) -> None:
        self.plan, self.people = plan, people
        self.news = build_news(plan)
        self._weekend = np.array([(plan.start.weekday() + day) % 7 >= 5 for day in range(plan.days)])

    def is_weekend(self, day: Ints) -> Bools:
        """Whether the day is a Saturday or a Sunday."""
        weekend: Bools = self._weekend[day]
        return weekend

    def count(self, author: Ints, day: Ints) -> Ints:
        """How many posts each author makes on each day: Poisson, more on news days, none on holiday."""
        people = self.people
        rate = people.posts_per_day[author] * np.sqrt(self.news[people.topics[author, 0], day])
        rate = np.where(self.is_weekend(day), rate * people.weekend_factor[author], rate)
        counted = poisson(rate, chances(key_of(self.plan.seed, "posts"), author, day))
        counted[(people.role[author] == BOT) & (rate > 0)] = POSTS_OF_A_BOT
        counted[people.is_away(author, day)] = 0
        return counted

    def topic(self, author: Ints, day: Ints, number: Ints) -> Ints:
        """What each post is about: one of the author's topics."""
        chance = chances(key_of(self.plan.seed, "topic"), post_of(author, day, number))
        cumulated = np.cumsum(self.plan.rules.topic_shares)
        slot = (chance > cumulated[0]).astype(np.int8) + (chance > cumulated[1])
        return np.asarray(self.people.topics[author, slot])

    def topic_of(self, post: Ints) -> Ints:
        """What each post is about, given the integer that names it."""
        return self.topic(author_of(post), day_of(post), number_of(post))

    def seconds(self, post: Ints) -> Floats:
        """When each post is made, in seconds since the start."""
        author, day = author_of(post), day_of(post)
        chance = chances(key_of(self.plan.seed, "hour"), post)
        second = second_of_day(self.people, author, chance)
        is_bot = self.people.role[author] == BOT
        second[is_bot] = number_of(post[is_bot]) * 60.0
        return day * 86_400.0 + second

    def appeal(self, post: Ints) -> Floats:
        """How much better or worse than usual the post is: log-logistic, median 1, at most 8."""
        chance = chances(key_of(self.plan.seed, "appeal"), post)
        return np.minimum((chance / (1.0 - chance)) ** 0.4, 8.0)

    def feed_number(self, author: Ints, day: Ints, count: Ints, place: int) -> Ints:
        """Number of the post at a place of the day's feed: of a flood, the feed shows an even sample."""
        most = self.plan.rules.feed_posts_per_day
        jitter = chances(key_of(self.plan.seed, "feed"), author, day)
        return np.where(count <= most, place, ((place + jitter) * count / most).astype(np.int64))

    def feed(self, first: int, stop: int) -> Posts:
        """The posts of the authors first..stop that reach feeds: at most `feed_posts_per_day` a day each."""
        return self._listed(first, stop, self.plan.rules.feed_posts_per_day)

    def all_posts(self, first: int, stop: int) -> Posts:
        """All posts of the authors first..stop."""
        return self._listed(first, stop, None)

    def _listed(self, first: int, stop: int, most: int | None) -> Posts:
        active = np.flatnonzero(self.people.posts_per_day[first:stop]) + first
        author = np.repeat(active, self.plan.days)
        day = np.tile(np.arange(self.plan.days), len(active))
        count = self.count(author, day)
        shown = count if most is None else np.minimum(count, most)
        which = np.repeat(np.arange(len(author)), shown)
        place = np.arange(len(which)) - np.repeat(np.cumsum(shown) - shown, shown)
        author, day, number = author[which], day[which], place.copy()
        if most is not None:
            for slot in range(most):
                here = place == slot
                number[here] = self.feed_number(author[here], day[here], count[which[here]], slot)
        return _sorted_posts(author, day, self.topic(author, day, number), number)


def _sorted_posts(author: Ints, day: Ints, topic: Ints, number: Ints) -> Posts:
    """Sort by packing all four into one integer: several times faster than sorting by four keys."""
    key = ((author.astype(np.int64) << _DAY_BITS | day) << _TOPIC_BITS | topic) << _NUMBER_BITS | number
    key.sort()
    rest = key >> _NUMBER_BITS
    number, topic = key & ((1 << _NUMBER_BITS) - 1), rest & ((1 << _TOPIC_BITS) - 1)
    rest >>= _TOPIC_BITS
    return Posts(rest >> _DAY_BITS, rest & ((1 << _DAY_BITS) - 1), topic, number)


def poisson(rate: Floats, chance: Floats) -> NDArray[np.int64]:
    """Poisson counts from given chances, at most 16.

    Example:
        >>> import numpy as np
        >>> poisson(np.array([1.0, 1.0]), np.array([0.3, 0.99])).tolist()
        [0, 4]
    """
    counted = np.zeros(len(rate), np.int64)
    term = np.exp(-rate.astype(np.float64))
    reached = term.copy()
    for number in range(1, _MOST_POSTS_A_DAY + 1):
        above = chance > reached
        if not above.any():
            break
        counted += above
        term *= rate / number
        reached += term
    return counted


def build_news(plan: TownPlan) -> Floats:
    """How much a topic (row) is in the news on a day: 1, news_factor, or half the surplus the day after."""
    dice = stream(plan.seed, "news")
    news = np.ones((len(TOPICS), plan.days))
    surplus = plan.rules.news_factor - 1.0
    for topic in range(len(TOPICS)):
        for day in dice.integers(0, plan.days, round(plan.rules.news_days_per_month * plan.days / 30)):
            news[topic, day] = 1.0 + surplus
            if day + 1 < plan.days:
                news[topic, day + 1] = max(news[topic, day + 1], 1.0 + surplus / 2)
    return news
