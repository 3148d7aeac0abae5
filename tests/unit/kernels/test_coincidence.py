"""Strangers who come when known people come, and strangers who come at any time."""

import numpy as np
import pytest

from renown.kernels.coincidence import BesideRule, thin_uncoupled
from tests.unit.kernels.audiences import audience_of

RULE = BesideRule(reach=15.0, share=0.6, strangers_from=150.0, known_least=8)
SPAN = 5 * 1440
EVEN = (np.linspace(0.0, 1.0, SPAN + 2), 0)


def believed_after(known, strangers, rhythm=EVEN, rule=RULE):
    """Mean share that is left of strangers who were believed wholly."""
    one = audience_of(known, strangers)
    thin_uncoupled(one.in_time, one.ties, np.array([0]), one.believed, rhythm, rule)
    return one.strangers_left().mean()


def some_known(chance, count=20):
    return chance.integers(0, SPAN, count)


def test_strangers_around_the_same_posts_are_believed():
    chance = np.random.default_rng(1)
    known = some_known(chance)
    strangers = np.clip(chance.choice(known, 800) + chance.integers(-14, 15, 800), 0, SPAN)
    assert believed_after(known, strangers) == 1.0


def test_strangers_that_come_at_any_time_are_not():
    chance = np.random.default_rng(2)
    left = believed_after(some_known(chance), chance.integers(0, SPAN, 1_000))
    assert left == pytest.approx(0.15, abs=0.1)
    assert left >= 0.15 - 1e-6


def test_it_is_asked_in_the_rhythm_of_the_network():
    """All come in one evening, as the whole network does: that is no coincidence."""
    chance = np.random.default_rng(3)
    evening = np.clip(np.linspace(0, 1, SPAN + 2) * 20 - 10, 0.0, 1.0)
    known, strangers = chance.integers(3_650, 3_900, 20), chance.integers(3_610, 3_950, 1_000)
    assert believed_after(known, strangers, (evening, 0)) < 0.6
    assert believed_after(known, strangers) > 0.9


@pytest.mark.parametrize(("known", "strangers"), [(7, 1_000), (20, 150)])
def test_few_known_people_or_few_strangers_say_nothing(known, strangers):
    chance = np.random.default_rng(4)
    assert believed_after(some_known(chance, known), chance.integers(0, SPAN, strangers)) == 1.0
