"""Files of made-up interactions for whole journeys."""

from __future__ import annotations

import numpy as np

START = 1_760_000_000


def write_csv(path, *, rows, seed, hours=0):
    """A CSV with header of interactions among a few thousand accounts; returns its path."""
    chance = np.random.default_rng(seed)
    source = (5_000 * chance.random(rows) ** 2).astype(int)
    target = (5_000 * chance.random(rows) ** 3).astype(int)
    kind = chance.choice(["like", "repost", "reply", "mention"], rows)
    seconds = START + hours * 3600 + chance.integers(0, 30 * 86_400, rows)
    lines = [f"u{s},u{t},{m},{k}\n" for s, t, m, k in zip(source, target, seconds, kind, strict=True)]
    path.write_text("source,target,time,kind\n" + "".join(lines), encoding="utf8")
    return path
