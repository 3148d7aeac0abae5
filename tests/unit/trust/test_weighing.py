"""Who is believed and who is not: small worlds with one difficulty each, and bad input."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from renown.trust.company import find_groups
from renown.trust.crowds import Doubted, lower_unproven, worth_of_doubted
from renown.trust.rule import TrustRule
from renown.trust.weighing import Exempt, weigh_ties
from tests.ties import DAY, HOUR, place_of, tie_table, town

RULE = TrustRule()
NOBODY = np.empty(0, np.int64)


def earned(ties, weighed):
    """Undefended and defended attention of every actor."""
    share = np.ones(ties.source.size)
    share[weighed.doubted] = weighed.independence
    full = np.bincount(ties.target, ties.attention, ties.actors_count)
    return full, np.bincount(ties.target, ties.attention * share, ties.actors_count)


def kept(rows, attack, target, rule=RULE):
    """Share of the points that an attack keeps with the defence."""
    before, after = tie_table(rows), tie_table([*rows, *attack])
    points = []
    for ties in (before, after):
        points += [5 * np.log2(1 + e[target]) for e in earned(ties, weigh_ties(ties, rule))]
    return (points[3] - points[1]) / (points[2] - points[0])


def test_an_ordinary_town_is_believed():
    ties = tie_table(town())
    full, defended = earned(ties, weigh_ties(ties, RULE))
    assert (defended >= 0.99 * full).mean() > 0.99


def quiet_moment(rows, target, hours=24):
    """A minute near which nobody reacts to the target."""
    taken = np.array([minute for _, reacted, minute in rows if reacted == target])
    return next(m for m in range(5 * DAY, 55 * DAY, HOUR) if (np.abs(taken - m) > hours * HOUR).all())


@pytest.mark.parametrize("count", [1, 10, 100, 1000])
def test_a_burst_of_strangers_adds_its_share_of_points(count):
    rows = town()
    begin = quiet_moment(rows, 50)
    attack = [(1000 + k, 50, begin + k % HOUR) for k in range(count)]
    assert kept(rows, attack, 50) == pytest.approx(RULE.doubted_points_share, abs=0.01)


def test_a_slow_drip_of_strangers():
    chance = np.random.default_rng(4)
    attack = [(1000 + k, 50, int(chance.integers(0, 60 * DAY))) for k in range(500)]
    assert kept(town(), attack, 50) < 0.15


def test_strangers_with_camouflage():
    rows = town()
    begin = quiet_moment(rows, 50)
    attack = [(1000 + k, t, begin + k) for k in range(300) for t in (50, 295, 296, 297)]
    assert kept(rows, attack, 50) < 0.15


def test_a_ring_of_strangers_is_a_circle():
    ring = [5, *range(1000, 1030)]
    attack = [(a, b, 20 * DAY + 37 * a % DAY) for a, b in itertools.permutations(ring, 2)]
    rows = [row for row in town() if row[:2] not in {(a, b) for a, b, _ in attack}]
    ties = tie_table([*rows, *attack])
    (group,) = [g for g in find_groups(ties, RULE) if g.kind == "reciprocal circle"]
    assert group.members.tolist() == ring
    assert group.chance < 1e-6
    assert kept(rows, attack, 5) < 0.15


def test_accounts_in_lockstep_are_found():
    targets = [11, 44, 77, 102, 200]
    attack = [(1000 + k, t, (10 + i) * DAY + k) for k in range(12) for i, t in enumerate(targets)]
    ties = tie_table([*town(), *attack])
    (group,) = [g for g in find_groups(ties, RULE) if g.kind == "lockstep"]
    assert group.members.tolist() == list(range(1000, 1012))
    assert group.statistic == len(targets)
    assert sorted({int(t) for t in ties.target[group.ties]}) == targets


def test_one_post_that_names_several_is_no_lockstep():
    """Fifty people repost one post that names four actors: one act each."""
    rows = [(1000 + k, t, 10 * DAY + k) for k in range(50) for t in (11, 44, 77, 102)]
    assert not [g for g in find_groups(tie_table([*town(), *rows]), RULE) if g.kind == "lockstep"]


def test_doubted_attention_adds_its_share_of_points_whatever_is_there():
    ties = tie_table([(k, 0, k) for k in range(1, 41)])
    believed = np.where(np.arange(40) < 10, 1.0, 0.0).astype(np.float32)
    worth = worth_of_doubted(ties, Doubted(np.arange(10, 40), believed[10:]), 0.1)[0]
    sure, all_of_it, defended = np.log2(1 + 10), np.log2(1 + 40), np.log2(1 + 10 + 30 * worth)
    assert defended == pytest.approx(0.9 * sure + 0.1 * all_of_it)


def test_of_a_small_audience_nobody_is_believed_wholly():
    """Two of four people needed: an eighth of everybody, known or not. Who has four keeps all of them."""
    believed = np.array([1, 1, 0, 0, 1, 1, 1, 1, 0.5], np.float32)
    lower_unproven(np.array([0, 4, 9]), believed, 4.0, 3.0)
    assert believed.tolist() == [0.125, 0.125, 0, 0, 1, 1, 1, 1, 0.5]


def test_where_strangers_are_rare_a_small_audience_is_believed():
    rows = [row for row in town() if row[1] != 50] + [(7, 50, DAY), (9, 50, 2 * DAY)]
    ties = tie_table(rows)
    full, defended = earned(ties, weigh_ties(ties, RULE))
    assert defended[50] == full[50] == 2.0


def test_a_granted_appeal_is_obeyed():
    attack = [(1000 + k, 5, 30 * DAY + k % HOUR) for k in range(100)]
    ties = tie_table([*town(), *attack])
    plain = weigh_ties(ties, RULE)
    place = np.array([place_of(ties, 1000, 5)])
    assert plain.independence_at(place)[0] < 0.5
    account = weigh_ties(ties, RULE, Exempt(np.array([1000]), NOBODY, NOBODY))
    assert account.independence_at(place)[0] == 1
    assert account.independence_at(np.array([place_of(ties, 1001, 5)]))[0] < 0.5
    audience = weigh_ties(ties, RULE, Exempt(NOBODY, np.array([5]), NOBODY))
    full, defended = earned(ties, audience)
    assert defended[5] == full[5]


# bad input


def test_nothing_at_all():
    weighed = weigh_ties(tie_table([], 3), RULE)
    assert weighed.doubted.size == 0
    assert weighed.groups == []


def test_one_tie():
    ties = tie_table([(0, 1, 0)])
    weighed = weigh_ties(ties, RULE)
    assert 0 < weighed.independence_at(np.array([0]))[0] < 1


def test_all_at_one_moment():
    ties = tie_table([(s, t, 7) for s, t, _ in town()])
    full, defended = earned(ties, weigh_ties(ties, RULE))
    assert np.isfinite(defended).all()
    assert (defended >= 0.9 * full).mean() > 0.9


def test_one_giant_hub():
    """Everybody acts on one actor, who has no other life: it is counted, not searched for groups."""
    rows = [
        *town(),
        *[(u, 300, 10 * DAY + u) for u in range(300)],
        *[(u, 300, u) for u in range(301, 20_000)],
    ]
    ties = tie_table(rows)
    weighed = weigh_ties(ties, RULE)
    assert not [group for group in weighed.groups if 300 in group.members]
    assert np.isfinite(weighed.independence).all()


def test_a_network_where_everybody_reciprocates():
    rows = [(s, t, (s * t) % (30 * DAY)) for s, t in itertools.permutations(range(60), 2)]
    ties = tie_table(rows)
    weighed = weigh_ties(ties, RULE)
    assert weighed.groups == []


def test_seeds_that_are_themselves_the_ring():
    ring = [5, *range(1000, 1030)]
    attack = [(a, b, 20 * DAY + 37 * a % DAY) for a, b in itertools.permutations(ring, 2)]
    rows = [row for row in town() if row[:2] not in {(a, b) for a, b, _ in attack}]
    ties = tie_table([*rows, *attack])
    weighed = weigh_ties(ties, RULE, Exempt(NOBODY, NOBODY, np.arange(1000, 1030)))
    assert weighed.independence_at(np.array([place_of(ties, 1000, 5)]))[0] < 0.5
