"""The comparison of people alike, next to the same thing written plainly, and to resampling people."""

from __future__ import annotations

from collections import defaultdict
from math import floor, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.kernels.matching import (
    ACTED,
    ANYWAY,
    EXPOSED,
    IS_CAUSED,
    IS_TOWARDS,
    MATCHED,
    NAIVE,
    SILENT_ACTED,
    SILENT_ANYWAY,
    Occasions,
    Panel,
    compare_alike,
)

FAR = 1 << 40


class World:
    """Who did what in which period, as a table of people by periods."""

    def __init__(self, acts, others, marks, member_since, is_occasion):
        self.acts, self.others, self.marks = acts, others, marks
        self.member_since, self.is_occasion = member_since, is_occasion

    def arrays(self, people=None):
        """The kernel's input, for these people in this order (some may stand there twice)."""
        chosen = np.arange(len(self.acts)) if people is None else people
        acts, total = self.acts[chosen], (self.acts + self.others)[chosen]
        has = total > 0
        first = np.where(has.any(axis=1), has.argmax(axis=1), FAR).astype(np.int64)
        period, person = np.nonzero(total.T)
        panel = Panel(
            first,
            self.member_since[chosen],
            np.searchsorted(period, np.arange(acts.shape[1] + 1)),
            person.astype(np.int64),
            total[person, period].astype(np.int64),
        )
        period, person = np.nonzero(acts.T)
        topic = Occasions(
            self.is_occasion,
            np.searchsorted(period, np.arange(acts.shape[1] + 1)),
            person.astype(np.int64),
            self.marks[chosen][person, period].astype(np.int8),
        )
        return panel, topic


def random_world(seed, people=60, periods=30, influence=0.0, rates=(0.05, 0.5)):
    random = np.random.default_rng(seed)
    tendency = random.uniform(*rates, people)
    is_member = random.random(people) < np.clip(tendency * 1.5, 0, 0.8)
    since = np.where(is_member, random.integers(-5, periods // 2, people), FAR).astype(np.int64)
    is_occasion = random.random(periods) < 0.3
    chance = np.tile(tendency[:, None], periods)
    exposed = (since[:, None] < np.arange(periods)) & is_occasion
    acts = random.random(chance.shape) < chance
    moved = exposed & (random.random(chance.shape) < influence)
    marks = np.where(moved & ~acts, IS_CAUSED, 0) + IS_TOWARDS * (random.random(chance.shape) < 0.3)
    others = random.poisson(0.2, chance.shape)
    return World(acts | moved, others, marks, since, is_occasion)


def plainly(world, least_silent, half_life):
    """Every figure of the comparison, a person and a period at a time."""
    found = defaultdict(float)
    people, periods = world.acts.shape
    topic, total, began = [0.0] * people, [0.0] * people, [False] * people
    silent = 0
    for period in range(periods):
        if silent >= least_silent:
            count_period(found, world, period, topic, total, began)
        if not world.is_occasion[period]:
            silent += 1
            fades = 0.5 ** (1 / half_life)
            topic = [
                (value + acted) * fades for value, acted in zip(topic, world.acts[:, period], strict=True)
            ]
            both = world.acts[:, period] + world.others[:, period]
            total = [(value + count) * fades for value, count in zip(total, both, strict=True)]
        for person in range(people):
            began[person] |= bool(world.acts[person, period] or world.others[person, period])
    return found


def count_period(found, world, period, topic, total, began):
    def cell(person, width):
        by_topic = min(floor(2 * log2(1 + topic[person]) + 1e-12), 11)
        by_total = min(floor(2 * log2(1 + total[person] / 2) + 1e-12), 11)
        return by_topic // width, by_total // width

    here = [person for person in range(len(topic)) if began[person]]
    exposed = [person for person in here if world.member_since[person] < period]
    others = [person for person in here if world.member_since[person] >= period]
    if not exposed or not others:
        return
    acts, is_occasion = world.acts[:, period], world.is_occasion[period]
    for person in exposed:
        alike = [other for other in others if cell(other, 1) == cell(person, 1)]
        if len(alike) < 2:
            alike = [other for other in others if cell(other, 2) == cell(person, 2)]
        if is_occasion:
            found[EXPOSED] += 1
            found[NAIVE] += acts[person] - np.mean(acts[others])
            found["acted of all"] += acts[person]
        if len(alike) < 2:
            continue
        found[ACTED if is_occasion else SILENT_ACTED] += acts[person]
        found[ANYWAY if is_occasion else SILENT_ANYWAY] += np.mean(acts[alike])
        if is_occasion:
            found[MATCHED] += 1
            found["caused"] += bool(acts[person] and world.marks[person, period] & IS_CAUSED)
            found["towards"] += bool(acts[person] and world.marks[person, period] & IS_TOWARDS)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 8), st.sampled_from([0.0, 0.3]))
def test_it_counts_what_plain_loops_count(seed, least_silent, influence):
    world = random_world(seed, influence=influence)
    # 7.3 periods: no sum of faded acts falls on the edge of a bin
    found = compare_alike(*world.arrays(), least_silent, 7.3)
    paper = plainly(world, least_silent, 7.3)
    totals = found.people.sum(axis=0)
    for column in (MATCHED, ACTED, ANYWAY, EXPOSED, NAIVE, SILENT_ACTED, SILENT_ANYWAY):
        assert totals[column] == pytest.approx(paper[column], abs=1e-9), column
    assert found.acted_of_all_count == paper["acted of all"]
    assert (found.caused_count, found.towards_count) == (paper["caused"], paper["towards"])


def test_the_order_of_people_changes_nothing():
    world = random_world(3, influence=0.2)
    order = np.random.default_rng(1).permutation(len(world.acts))
    one = compare_alike(*world.arrays(), 5, 20.0)
    other = compare_alike(*world.arrays(order), 5, 20.0)
    np.testing.assert_allclose(other.people, one.people[order], atol=1e-12)


def test_peoples_parts_vary_as_much_as_resampled_people_do():
    """The interval's variance is a sum over people; drawing people with repetition is the witness."""
    world = random_world(11, people=400, periods=40, influence=0.1, rates=(0.05, 0.15))
    whole = compare_alike(*world.arrays(), 5, 40.0).people
    sums = whole.sum(axis=0)
    rate = (sums[ACTED] - sums[ANYWAY]) / sums[MATCHED]
    part = whole[:, ACTED] - whole[:, ANYWAY] - rate * whole[:, MATCHED]
    said = np.sqrt((part**2).sum()) / sums[MATCHED]
    random = np.random.default_rng(2)
    drawn = []
    for _ in range(300):
        people = random.integers(0, len(world.acts), len(world.acts))
        again = compare_alike(*world.arrays(people), 5, 40.0).people.sum(axis=0)
        drawn.append((again[ACTED] - again[ANYWAY]) / again[MATCHED])
    assert said == pytest.approx(np.std(drawn), rel=0.2)


def test_who_is_alone_in_the_audience_or_outside_of_it_is_compared_with_nobody():
    world = random_world(5)
    everybody = World(world.acts, world.others, world.marks, np.full(60, -1), world.is_occasion)
    assert not compare_alike(*everybody.arrays(), 3, 20.0).people.any()
    nobody = World(world.acts, world.others, world.marks, np.full(60, FAR), world.is_occasion)
    assert not compare_alike(*nobody.arrays(), 3, 20.0).people.any()
