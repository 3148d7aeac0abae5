"""Crowds of strangers around few known people: gathered as after a post, or spread over a day."""

import numpy as np
import pytest

from renown.kernels.audience import InTime
from renown.kernels.crowds import KNOWN, SINGLE, Ties, believe
from renown.trust import TrustRule

HOUR = 60
SPAN = (0, 5 * 1440)
NOON = 3 * 1440


def believed(known, strangers, **numbers):
    """Mean share that is believed of strangers, where known people come at these minutes."""
    minute = np.concatenate([known, strangers]).astype(np.int32)
    sort = np.array([KNOWN] * len(known) + [SINGLE] * len(strangers), np.int8)
    order = np.argsort(minute, kind="stable").astype(np.int32)
    ties = Ties(minute, np.ones(minute.size, np.float32), sort)
    shares = np.ones(minute.size, np.float32)
    audiences = InTime(np.array([0, minute.size]), order)
    believe(audiences, ties, np.array([0]), shares, SPAN, TrustRule(**numbers).crowd_rule())
    return float(shares[sort == SINGLE].mean())


def spread(count):
    """Strangers who come evenly over the day around noon."""
    return NOON + np.linspace(-11 * HOUR, 11 * HOUR, count).astype(int)


def test_strangers_gathered_around_few_known_people_are_believed():
    strangers = NOON + np.arange(50) % 40
    assert believed([NOON, NOON + 1, NOON + 9], strangers) > 0.85


def test_strangers_spread_over_the_day_around_few_known_people_are_not():
    known = [NOON, NOON + 1, NOON + 9]
    assert believed(known, spread(50)) < 0.2
    assert believed(known, spread(50), gathered_from=0.0) > 0.7


@pytest.mark.parametrize("count", [7, 12])
def test_around_more_known_people_a_crowd_need_not_be_gathered(count):
    known = NOON + np.arange(count)
    assert believed(known, spread(50)) == pytest.approx(believed(known, spread(50), gathered_from=0.0))
