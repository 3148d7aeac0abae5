"""What a source handed out on a day, counted by the kernel and by hand."""

import numpy as np

from renown.kernels.days import count_days

DAY = 86_400_000_000


def by_hand(rows):
    found = []
    for source, _, _, time in rows:
        that_day = [row for row in rows if row[0] == source != row[1] and row[3] // DAY == time // DAY]
        targets = [row[1] for row in that_day]
        kinds = sum(1 << kind for kind in {row[2] for row in that_day})
        found.append((len(that_day), max(map(targets.count, targets), default=0), kinds))
    return found


def test_every_row_knows_its_sources_day():
    chance = np.random.default_rng(5)
    rows = sorted(
        zip(
            chance.integers(0, 5, 300).tolist(),
            chance.integers(0, 5, 300).tolist(),
            chance.integers(0, 8, 300).tolist(),
            chance.integers(10 * DAY, 14 * DAY, 300).tolist(),
            strict=True,
        ),
        key=lambda row: (row[0], row[1], row[3]),
    )
    source, target, kind, time = (np.array(column) for column in zip(*rows, strict=True))
    days = count_days(source, target, kind.astype(np.int8), time)
    assert list(zip(*(column.tolist() for column in days), strict=True)) == by_hand(rows)


def test_no_rows_have_no_days():
    nothing = np.empty(0, np.int64)
    assert count_days(nothing, nothing, nothing.astype(np.int8), nothing).handed_out.size == 0
