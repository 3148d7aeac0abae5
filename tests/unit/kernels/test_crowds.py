"""Crowds of strangers around few known people: gathered as after a post, or spread over a day."""

import numpy as np
import pytest

from renown.kernels.crowds import believe
from renown.trust import TrustRule
from tests.unit.kernels.audiences import audience_of

HOUR = 60
SPAN = (0, 5 * 1440)
NOON = 3 * 1440


def believed(known, strangers, **numbers):
    """Mean share that is believed of strangers, where known people come at these minutes."""
    one = audience_of(known, strangers)
    believe(one.in_time, one.ties, np.array([0]), one.believed, SPAN, TrustRule(**numbers).crowd_rule())
    return float(one.strangers_left().mean())


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
