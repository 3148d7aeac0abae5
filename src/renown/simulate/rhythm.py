"""When things happen: everybody sleeps eight hours of their own time zone, and reads when awake."""

from __future__ import annotations

from typing import Final

import numpy as np

from renown.simulate.chance import Floats, Ints, chances, key_of
from renown.simulate.people import People
from renown.simulate.rules import TownPlan

_DAY: Final = 86_400.0
_AWAKE: Final = 16 * 3600.0
# How posts spread over the sixteen waking hours: a morning, a quiet afternoon, a long evening.
_HOUR_WEIGHTS: Final = (3, 6, 7, 6, 5, 6, 7, 6, 5, 5, 6, 8, 9, 8, 6, 3)
_HOUR_SHARES: Final = np.concatenate([[0.0], np.cumsum(_HOUR_WEIGHTS) / np.sum(_HOUR_WEIGHTS)])
_HOUR_STARTS: Final = np.arange(len(_HOUR_WEIGHTS) + 1) * 3600.0


def second_of_day(people: People, author: Ints, chance: Floats) -> Floats:
    """UTC second of the day at which somebody who is awake posts."""
    since_waking = np.interp(chance, _HOUR_SHARES, _HOUR_STARTS)
    local = people.wake_hour[author] * 3600.0 + since_waking
    return np.asarray(np.mod(local - people.zone_hours[author] * 3600.0, _DAY))


def reaction_seconds(plan: TownPlan, people: People, shown: Floats, reader: Ints, post: Ints) -> Floats:
    """When the reader gets to what was shown at `shown` (seconds since the start), and would react.

    Formula:  shown + median * (c / (1 - c))^(1 / shape), at most delay_longest_days, where c is a chance; who
              sleeps then reacts after waking, with an exponential wait of twenty minutes on average.
    """
    rules = plan.rules
    chance = chances(key_of(plan.seed, "delay"), post, reader)
    delay = rules.delay_median_minutes * 60.0 * (chance / (1.0 - chance)) ** (1.0 / rules.delay_shape)
    arrival = shown + np.minimum(delay, rules.delay_longest_days * _DAY)
    since_waking = np.mod(arrival + (people.zone_hours[reader] - people.wake_hour[reader]) * 3600.0, _DAY)
    asleep = since_waking > _AWAKE
    wait = -1200.0 * np.log(chances(key_of(plan.seed, "morning"), post[asleep], reader[asleep]))
    arrival[asleep] += _DAY - since_waking[asleep] + wait
    return arrival


def longest_delay(plan: TownPlan) -> float:
    """Seconds after which practically every reaction has happened (a night and a slow morning included)."""
    return (plan.rules.delay_longest_days + 1.0) * _DAY
