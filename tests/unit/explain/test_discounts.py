"""Why something counts for less, in words."""

from __future__ import annotations

import pyarrow as pa
import pytest

from renown.explain.discounts import build_discounts


def contributions(*beliefs):
    """One person each: the share that is believed of one effective person, by whatever finding."""
    return pa.table(
        {
            "person_key": list(range(len(beliefs))),
            "belief": [float(belief) for belief in beliefs],
            "finding_id": [-1 if belief < 1 else -2 for belief in beliefs],
            "contribution": [float(belief) for belief in beliefs],
            "is_counted": [True] * len(beliefs),
        }
    )


@pytest.mark.parametrize(
    ("beliefs", "kind", "words"),
    [
        (
            (1, 1, 0.1),
            "strangers",
            "One account counted as 0.1 people: strangers who came without anybody known.",
        ),
        (
            (0.2, 0.2, 0.1),
            "few known",
            "Three accounts counted as 0.5 people: too few of those who came are known to tell them"
            " from a bought audience.",
        ),
    ],
)
def test_strangers_beside_known_people_and_an_audience_of_too_few(beliefs, kind, words):
    (found,) = build_discounts(contributions(*beliefs), {})
    assert (found.kind, found.finding_id, found.sentence) == (kind, None, words)


def test_nothing_is_said_where_everybody_counts():
    assert build_discounts(contributions(1, 1), {}) == ()
