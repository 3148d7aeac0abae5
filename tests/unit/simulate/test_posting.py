from __future__ import annotations

from math import exp, factorial

import numpy as np
import pytest

from renown.simulate import TownPlan
from renown.simulate.people import BOT, TOPICS
from renown.simulate.posting import author_of, build_news, day_of, number_of, poisson, post_of


def test_the_name_of_a_post_holds_author_day_and_number():
    author, day, number = np.array([0, 16_000_000]), np.array([0, 729]), np.array([0, 1_439])
    post = post_of(author, day, number)
    assert author_of(post).tolist() == author.tolist()
    assert day_of(post).tolist() == day.tolist()
    assert number_of(post).tolist() == number.tolist()


@pytest.mark.parametrize("rate", [0.1, 1.0, 4.0])
def test_poisson_counts_have_the_poisson_shares(rate):
    # evenly spread chances give the exact shares up to the grid
    counts = poisson(np.full(10_000, rate), (np.arange(10_000) + 0.5) / 10_000)
    for number in range(6):
        assert abs((counts == number).mean() - exp(-rate) * rate**number / factorial(number)) < 2e-4


def test_the_feed_shows_at_most_six_posts_of_an_author_a_day(world):
    bot = int(np.flatnonzero(world.people.role == BOT)[0])
    everything, feed = world.newsroom.all_posts(bot, bot + 1), world.newsroom.feed(bot, bot + 1)
    assert np.bincount(everything.day).tolist() == [1_440] * 90
    assert np.bincount(feed.day).tolist() == [6] * 90
    assert np.isin(feed.post, everything.post).all()
    assert len(np.unique(feed.post)) == len(feed)


def test_feed_and_posts_are_the_same_for_people_who_post_little(world):
    quiet = int(np.flatnonzero((world.people.posts_per_day > 0.2) & (world.people.posts_per_day < 0.5))[0])
    newsroom = world.newsroom
    assert newsroom.feed(quiet, quiet + 1).post.tolist() == newsroom.all_posts(quiet, quiet + 1).post.tolist()


def test_posts_are_about_the_authors_topics_and_the_first_one_most(world):
    posts = world.newsroom.all_posts(0, 1_000)
    topics = world.people.topics[posts.author]
    assert (topics == posts.topic[:, None]).any(axis=1).all()
    own = posts.author != np.flatnonzero(world.people.role == BOT)[0]
    assert 0.57 < (topics[own, 0] == posts.topic[own]).mean() < 0.63


def test_topics_are_in_the_news_now_and_then():
    news = build_news(TownPlan(people_count=1_000))
    assert news.shape == (len(TOPICS), 90)
    assert ((news == 3.0).sum(axis=1) >= 1).all()
    assert (news == 1.0).mean() > 0.9


@pytest.mark.parametrize("count", [7, 8, 11, 13, 16, 1_440])
def test_a_feed_never_shows_a_post_twice(world, count):
    author, day = np.arange(500), np.arange(500) % 90
    numbers = [world.newsroom.feed_number(author, day, np.full(500, count), place) for place in range(6)]
    assert (np.diff(np.stack(numbers), axis=0) > 0).all()
    assert numbers[0].min() >= 0
    assert numbers[5].max() < count
