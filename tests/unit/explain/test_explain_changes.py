import json
import math
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from renown.definitions import load_definition
from renown.errors import MomentError
from renown.explain.changes import Succession, build_changes, fading_factor, logarithmic_mean
from renown.explain.definition_change import put_in_place

SINCE = datetime(2024, 5, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=90)
MIDDLE = SINCE + timedelta(days=45)
EARLIER = SINCE - timedelta(days=1)


@pytest.fixture(scope="module")
def definition():
    return load_definition("renown-1")


@pytest.fixture
def split(contributions, definition):
    """Changes over 90 days, in which attention halves."""

    def build(before, after, **options):
        return build_changes(
            contributions([{"occurred_at": EARLIER, **row} for row in before]),
            contributions([{"occurred_at": EARLIER, **row} for row in after]),
            since=SINCE,
            until=UNTIL,
            definition=definition,
            **options,
        )

    return build


def amounts(changes):
    return {part.cause: pytest.approx(part.attention_change, abs=1e-12) for part in changes.parts}


def test_each_cause_gets_what_it_moved(split):
    changes = split(
        before=[
            {"source_actor_key": 1, "contribution": 2.0},
            {"source_actor_key": 2, "contribution": 1.0},
            {"source_actor_key": 3, "contribution": 1.0},
        ],
        after=[
            {"source_actor_key": 1, "contribution": 1.0},
            {"source_actor_key": 2, "contribution": 0.25},
            {"source_actor_key": 2, "contribution": 1.0, "occurred_at": MIDDLE},
            {"source_actor_key": 3, "contribution": 0.4},
            {"source_actor_key": 4, "contribution": 0.75, "occurred_at": MIDDLE},
        ],
    )

    assert amounts(changes) == {
        "new_people": 0.75,
        "returning_people": 0.75,
        "fading": -2.0,
        "freshness": 0.0,
        "trust": 0.0,
        "definition": 0.0,
        "other": -0.1,
    }
    assert [part.people_count for part in changes.parts] == [1, 1, 3, 0, 0, 0, 1]
    assert changes.part("fading").rows[0].key == 1
    assert changes.part("other").rows[0].to_dict() == {
        "key": 3,
        "label": "3",
        "contribution_before": 1.0,
        "contribution_after": 0.4,
        "attention_change": pytest.approx(-0.1),
        "points": pytest.approx(-0.1 * changes.part("new_people").points / 0.75),
    }
    assert math.fsum(part.points for part in changes.parts) == pytest.approx(changes.score_change, abs=1e-12)


def test_silence_is_fading_and_nothing_else(split):
    changes = split(
        before=[{"source_actor_key": key, "contribution": 0.1 * key} for key in range(1, 40)],
        after=[{"source_actor_key": key, "contribution": 0.05 * key} for key in range(1, 40)],
    )

    assert [part.people_count for part in changes.parts] == [0, 0, 39, 0, 0, 0, 0]
    assert changes.part("other").points == 0.0
    assert changes.part("other").rows == ()
    assert changes.part("fading").points == pytest.approx(changes.score_change, abs=1e-12)


def test_from_nothing_everything_is_new_people(split):
    changes = split(before=[], after=[{"source_actor_key": 1, "contribution": 3.0, "occurred_at": MIDDLE}])

    assert changes.score_change == pytest.approx(10.0)
    assert changes.part("new_people").points == pytest.approx(10.0)


def test_nothing_at_all(split):
    changes = split(before=[], after=[])

    assert changes.score_change == 0.0
    assert [part.points for part in changes.parts] == [0.0] * 7


def test_gain_and_loss_that_cancel_have_points_too(split):
    changes = split(
        before=[{"source_actor_key": 1, "contribution": 2.0}],
        after=[
            {"source_actor_key": 1, "contribution": 1.0},
            {"source_actor_key": 2, "contribution": 1.0, "occurred_at": MIDDLE},
        ],
    )

    assert changes.score_change == pytest.approx(0.0, abs=1e-12)
    assert changes.part("new_people").points == pytest.approx(5 / math.log(2) / 3)
    assert changes.part("fading").points == -changes.part("new_people").points


def test_a_person_with_a_second_account_returns_and_is_not_new(split):
    changes = split(
        before=[{"source_actor_key": 1, "contribution": 1.0}],
        after=[
            {"source_actor_key": 1, "contribution": 0.5},
            {"source_actor_key": 8, "person_key": 1, "contribution": 0.5, "occurred_at": MIDDLE},
        ],
    )

    assert changes.part("new_people").people_count == 0
    assert changes.part("returning_people").attention_change == pytest.approx(0.5)


def test_somebody_of_long_ago_is_not_new(split):
    changes = split(
        before=[{"source_actor_key": 1, "contribution": 1e-9}],
        after=[
            {"source_actor_key": 1, "contribution": 0.5e-9},
            {"source_actor_key": 1, "contribution": 1.0, "occurred_at": MIDDLE},
        ],
    )

    assert changes.part("new_people").people_count == 0
    assert changes.part("returning_people").attention_change == pytest.approx(1.0)


def test_who_returned_with_nothing_that_counts_has_only_faded(split):
    changes = split(
        before=[{"source_actor_key": 1, "contribution": 0.3}],
        after=[
            {"source_actor_key": 1, "contribution": 0.15},
            {"source_actor_key": 1, "is_counted": False, "occurred_at": MIDDLE},
        ],
    )

    assert [part.people_count for part in changes.parts] == [0, 0, 1, 0, 0, 0, 0]


def test_what_the_ceiling_cuts_off_is_other(split):
    changes = split(
        before=[{"source_actor_key": 1, "contribution": 2.0**19}],
        after=[
            {"source_actor_key": 1, "contribution": 2.0**18},
            {"source_actor_key": 2, "contribution": 2.0**22, "occurred_at": MIDDLE},
        ],
    )

    assert changes.after.score == 100.0
    assert changes.ceiling_points == pytest.approx(100 - 5 * math.log2(1 + 2**18 + 2**22))
    assert changes.part("other").points == changes.ceiling_points
    assert math.fsum(part.points for part in changes.parts) == pytest.approx(changes.score_change, abs=1e-9)


def test_only_the_largest_movers_are_named(split):
    changes = split(
        before=[],
        after=[
            {"source_actor_key": key, "contribution": key / 10, "occurred_at": MIDDLE} for key in range(1, 30)
        ],
        limit=2,
    )

    assert [row.key for row in changes.part("new_people").rows] == [29, 28]
    assert changes.part("new_people").people_count == 29


def test_moments_in_the_wrong_order_are_refused(contributions, definition):
    with pytest.raises(MomentError, match="two moments in order"):
        build_changes(contributions([]), contributions([]), since=UNTIL, until=SINCE, definition=definition)
    with pytest.raises(MomentError):
        fading_factor(SINCE, SINCE, definition)


def test_logarithmic_mean_is_steady_near_equality():
    assert logarithmic_mean(1.0 + 1e-9, 1.0) == pytest.approx(1.0 + 5e-10, abs=1e-15)
    assert logarithmic_mean(5.0, 2.0) == pytest.approx(logarithmic_mean(2.0, 5.0), abs=1e-15)


def test_changes_are_one_json_document(split):
    document = json.loads(json.dumps(split(before=[], after=[{"source_actor_key": 1}]).to_dict()))

    assert document["since"] == "2024-05-01T00:00:00Z"
    assert [part["cause"] for part in document["parts"]] == [
        "new_people",
        "returning_people",
        "fading",
        "freshness",
        "trust",
        "definition",
        "other",
    ]
    assert document["after"]["percentile"] is None


def test_a_ceiling_that_only_one_definition_reaches_is_other(contributions, definition):
    """A hundred thousand effective people: 83 points at 5 a doubling, over 100 at 8."""
    steep = msgspec.structs.replace(definition, points_per_doubling=8.0)
    given = contributions(
        [{"source_actor_key": key, "contribution": 1e4, "occurred_at": EARLIER} for key in range(10)]
    )
    faded = contributions(
        [{"source_actor_key": key, "contribution": 5e3, "occurred_at": EARLIER} for key in range(10)]
    )
    one = build_changes(given, faded, since=SINCE, until=UNTIL, definition=steep)
    both = put_in_place(one, lambda _: given, Succession(definition, steep))
    assert both.after.score == 100
    assert both.ceiling_points == pytest.approx(100 - 8 * math.log2(1 + 5e4))
    assert both.part("other").points == pytest.approx(both.ceiling_points)
    assert both.part("definition").points == pytest.approx(3 * math.log2(1 + 1e5))
    assert both.definition.by_part == {"scale": pytest.approx(3 * math.log2(1 + 1e5))}
    assert both.part("definition").rows == (), "what the scale does is nobody's"
    assert math.fsum(part.points for part in both.parts) == pytest.approx(both.score_change, abs=1e-9)


def test_an_actor_less_fresh_than_before_loses_to_freshness_and_people_keep_what_they_moved(split):
    before = [{"source_actor_key": 1, "contribution": 2.0}, {"source_actor_key": 2, "contribution": 1.0}]
    after = [
        {"source_actor_key": 1, "contribution": 1.0},
        {"source_actor_key": 3, "contribution": 0.6, "occurred_at": MIDDLE},
    ]
    plain = split(before, after)
    fresh = split(
        [{**row, "contribution": 1.5 * row["contribution"], "freshness": 1.5} for row in before],
        [{**row, "contribution": 0.5 * row["contribution"], "freshness": 0.5} for row in after],
    )

    for part in plain.parts:
        wanted = -1.6 if part.cause == "freshness" else 1.5 * part.attention_change
        assert fresh.part(part.cause).attention_change == pytest.approx(wanted, abs=1e-12), part.cause
    assert math.fsum(part.points for part in fresh.parts) == pytest.approx(fresh.score_change, abs=1e-12)
    assert fresh.after.momentum == pytest.approx(plain.after.momentum)
