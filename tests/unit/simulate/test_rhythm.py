from __future__ import annotations

import numpy as np

from renown.simulate.rhythm import reaction_seconds


def test_nobody_posts_or_reacts_asleep(world, lived):
    _, rows = lived(world)
    people = world.people
    by_people = np.isin(rows.cause, (0, 1, 2))
    hours = (rows.seconds / 3600 + people.zone_hours[rows.source] - people.wake_hour[rows.source]) % 24
    is_companion = rows.kind == 0  # a like may come seconds after the reaction it accompanies
    assert (hours[by_people & ~is_companion] <= 19.0).all(), "sixteen hours awake, and slow mornings"
    asleep = hours[by_people] > 16.1
    assert asleep.mean() < 0.001


def test_an_answer_never_comes_before_the_question(world, lived):
    _, rows = lived(world)
    about = rows.post >= 0
    assert (rows.seconds[about] >= world.newsroom.seconds(rows.post[about])).all()
    assert (rows.seconds < world.plan.end_seconds()).all()


def test_readers_who_are_awake_react_soon_and_sleepers_after_waking(world):
    reader, post = np.zeros(20_000, np.int64), np.arange(20_000, dtype=np.int64)
    awake_at = (world.people.wake_hour[0] + 2 - world.people.zone_hours[0]) % 24 * 3600.0
    delay = reaction_seconds(world.plan, world.people, np.full(20_000, awake_at), reader, post) - awake_at
    assert abs(np.median(delay) / 60 - world.plan.rules.delay_median_minutes) < 1
    asleep_at = (world.people.wake_hour[0] - 4 - world.people.zone_hours[0]) % 24 * 3600.0
    delay = reaction_seconds(world.plan, world.people, np.full(20_000, asleep_at), reader, post) - asleep_at
    assert delay.min() >= 4 * 3600 - 1
    assert abs(np.median(delay) / 3600 - 4.25) < 0.25
