"""Tie tables made by hand or at random, for tests of what works on ties alone."""

from __future__ import annotations

import numpy as np

from renown.kernels.audience import nothing_later
from renown.trust.ties import TieTable

HOUR = 60
DAY = 1440


def tie_table(rows, actors=None):
    """A table of (source, target, minute) or (source, target, minute, attention); one row per pair."""
    rows = sorted(row if len(row) == 4 else (*row, 1.0) for row in rows)
    source, target, minute, attention = (np.array(c) for c in zip(*rows, strict=True)) if rows else [[]] * 4
    whole = [np.asarray(c, np.int32) for c in (source, target, minute)]
    count = actors or int(max(whole[0].max(initial=0), whole[1].max(initial=0))) + 1
    return TieTable(
        count,
        0,
        np.empty(0, np.int32),
        *whole,
        np.asarray(attention, np.float32),
        nothing_later(),
    )


def town(people=300, days=60, seed=1):
    """A community: each acts on some of its neighbourhood and on most of ten famous actors. Only rows."""
    chance = np.random.default_rng(seed)
    rows = {}
    for person in range(people):
        near = (person // 30) * 30 + chance.integers(0, 30, 12)
        famous = people - 1 - chance.choice(10, 8, replace=False)
        for target in {int(t) for t in (*near, *famous) if t != person}:
            rows[person, target] = int(chance.integers(0, days * DAY))
    return [(s, t, m) for (s, t), m in rows.items()]


def place_of(ties, source, target):
    """Where the tie (source, target) is."""
    found = np.flatnonzero((ties.source == source) & (ties.target == target))
    assert found.size == 1
    return int(found[0])
