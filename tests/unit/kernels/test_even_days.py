"""Strangers who come in bursts, as people do, and strangers who come evenly all day."""

import numpy as np
import pytest

from renown.kernels.even_days import EvenRule, thin_even
from tests.unit.kernels.audiences import audience_of

RULE = EvenRule(parts=24, quietest=3, strangers_from=50.0, power=2.0)
DAY = 1440
SPAN = 5 * DAY
EVEN = (np.linspace(0.0, 1.0, SPAN + 2), 0)


def believed_after(known, strangers, rhythm=EVEN, rule=RULE):
    """What is left of each stranger, in order of time, where all were believed wholly."""
    one = audience_of(known, strangers)
    thin_even(one.in_time, one.ties, np.array([0]), one.believed, rhythm, rule)
    return one.strangers_left()


def test_of_many_who_come_evenly_few_are_believed():
    strangers = np.random.default_rng(1).integers(0, SPAN, 5_000)
    assert believed_after([100, 2_000], strangers).mean() < 0.35


def test_the_more_come_evenly_the_fewer_are_believed():
    """Else an attacker had only to send more of them."""
    chance = np.random.default_rng(2)
    left = [
        believed_after([], chance.integers(0, SPAN, count)).sum() / count for count in (1_000, 4_000, 16_000)
    ]
    assert left == sorted(left, reverse=True)
    assert left[-1] < 0.3


def test_a_burst_that_dies_away_is_believed():
    chance = np.random.default_rng(3)
    strangers = np.minimum(8 * 60 + chance.exponential(120, 2_000), SPAN)
    assert (believed_after([500], strangers) == 1.0).all()


def test_what_is_even_is_said_by_the_rhythm_of_the_network():
    """All come in one evening, as everybody does: in the network's own time that is all day long."""
    chance = np.random.default_rng(4)
    evening = np.clip((np.arange(SPAN + 2) - 1_000) / 200, 0.0, 1.0), 0
    strangers = chance.integers(1_000, 1_200, 1_000)
    assert believed_after([], strangers, evening).mean() < 0.5
    assert (believed_after([], strangers) == 1.0).all()


@pytest.mark.parametrize(("known", "rule"), [(0, RULE._replace(strangers_from=200.0)), (150, RULE)])
def test_a_usual_number_is_believed(known, rule):
    """By the rule's own number, or one for each known person of the day."""
    chance = np.random.default_rng(5)
    strangers = chance.integers(0, DAY, 190)
    assert (believed_after(chance.integers(0, DAY, known), strangers, rule=rule) == 1.0).all()


def test_formula_by_hand():
    """24 strangers in each of 24 parts but one: all even; 50 usual, so (50 / 552)^2 * 50 of 552 + none."""
    parts = np.repeat(np.arange(24), 24) * 60 + np.tile(np.arange(24), 24)
    left = believed_after([], parts[24:])
    usual, even = 50.0, 552.0
    assert left == pytest.approx(usual * (usual / even) ** 2 / even, rel=1e-6)


def test_days_are_judged_by_themselves():
    chance = np.random.default_rng(6)
    evenly, burst = chance.integers(0, DAY, 1_000), DAY + 600 + chance.integers(0, 30, 1_000)
    left = believed_after([], np.sort(np.concatenate([evenly, burst])))
    assert left[:1_000].max() < 0.5
    assert (left[1_000:] == 1.0).all()
