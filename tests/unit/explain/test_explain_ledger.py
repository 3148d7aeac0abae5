import json
import math
import random
from datetime import UTC, date, datetime

import numpy as np
import pytest

from renown.explain.ledger import DIMENSIONS, Ledger, LedgerRow, build_ledger, build_part, relabel
from renown.explain.reactions import NO_POST_ID, Chosen, reactions_of


@pytest.fixture
def week(contributions):
    """Persons 1 and 2 on two posts over two days; 3 without a post; likes over the cap and an idle follow."""
    return contributions(
        [
            {"source_actor_key": 1, "kind": "repost", "post_id": "t:a", "contribution": 1.25},
            {"source_actor_key": 1, "kind": "like", "post_id": "t:b", "contribution": 0.25},
            {"source_actor_key": 2, "kind": "repost", "post_id": "t:a", "contribution": 1.0},
            {
                "source_actor_key": 9,
                "person_key": 2,
                "post_id": "t:a",
                "contribution": 0.5,
                "occurred_at": datetime(2024, 5, 2, 0, 0, tzinfo=UTC),
            },
            {
                "source_actor_key": 3,
                "contribution": 0.5,
                "occurred_at": datetime(2024, 5, 1, 23, 59, tzinfo=UTC),
            },
            {"source_actor_key": 3, "is_counted": False},
            {"source_actor_key": 3, "is_counted": False},
            {"source_actor_key": 4, "kind": "follow", "is_counted": False},
        ]
    )


def lines(rows: tuple[LedgerRow, ...]) -> list[tuple[object, float, int, int]]:
    return [(row.key, row.contribution, row.people_count, row.interactions_count) for row in rows]


def test_every_dimension_says_who_gave_how_much(week):
    ledger = build_ledger(week)

    assert ledger.earned_attention == 3.5
    assert (ledger.people_count, ledger.interactions_count) == (3, 5)
    assert lines(ledger.parts["person"]) == [(1, 1.5, 1, 2), (2, 1.5, 1, 2), (3, 0.5, 1, 1)]
    assert lines(ledger.parts["kind"]) == [("repost", 2.25, 2, 2), ("like", 1.25, 3, 3)]
    assert lines(ledger.parts["post"]) == [("t:a", 2.75, 2, 3), ("t:b", 0.25, 1, 1), (None, 0.5, 1, 1)]
    assert lines(ledger.parts["day"]) == [("2024-05-01", 3.0, 3, 4), ("2024-05-02", 0.5, 1, 1)]
    assert ledger.parts["person"][0].share == 1.5 / 3.5
    assert [row.role for row in ledger.parts["post"]] == ["named", "named", "unnamed"]


def test_what_the_limit_cuts_off_is_one_row_at_the_end(week):
    people = build_ledger(week, limit=1).parts["person"]
    posts = build_ledger(week, limit=1).parts["post"]

    assert lines(people) == [(1, 1.5, 1, 2), (None, 2.0, 2, 3)]
    assert (people[1].role, people[1].label, people[1].entries_count) == ("others", "others", 2)
    assert [(row.label, row.contribution) for row in posts] == [
        ("t:a", 2.75),
        ("no post named", 0.5),
        ("others", 0.25),
    ]


@pytest.mark.parametrize("limit", [0, 1, 2, 20, None])
def test_rows_add_up_whatever_the_limit(week, limit):
    ledger = build_ledger(week, limit=limit)

    for rows in ledger.parts.values():
        assert math.fsum(row.contribution for row in rows) == pytest.approx(3.5, abs=1e-12)
        assert math.fsum(row.share for row in rows) == pytest.approx(1.0, abs=1e-12)
        assert sum(row.interactions_count for row in rows) == 5


def test_the_order_of_the_rows_read_does_not_matter(contributions):
    rows = [
        {"source_actor_key": key % 7, "post_id": f"t:{key % 5}", "contribution": (key % 3 + 1) / 3}
        for key in range(60)
    ]
    shuffled = rows[:]
    random.Random(4).shuffle(shuffled)

    assert build_ledger(contributions(shuffled), limit=3) == build_ledger(contributions(rows), limit=3)


def test_what_does_not_count_is_kept_with_its_reason(week):
    ledger = build_ledger(week, weightless_kinds=("follow",))

    assert [(entry.reason, entry.interactions_count) for entry in ledger.not_counted] == [
        ("daily cap", 2),
        ("kind without weight", 1),
    ]
    assert build_ledger(week.slice(0, 5)).not_counted == ()


def test_half_of_the_attention_is_counted_in_people(contributions):
    equal = contributions([{"source_actor_key": key} for key in range(4)])
    one_ahead = contributions(
        [{"source_actor_key": key, "contribution": 5.0 if key == 0 else 1.0} for key in range(5)]
    )

    assert build_ledger(equal).half_people_count == 2
    assert build_ledger(one_ahead).half_people_count == 1


def test_nobody_gave_anything(contributions):
    ledger = build_ledger(contributions([]))

    assert ledger == Ledger(0.0, 0, 0, 0, {"person": (), "kind": (), "post": (), "day": ()}, ())


def test_a_network_is_a_dimension_where_the_rows_name_it(week):
    import pyarrow as pa

    networks = pa.array(["twitter"] * 3 + ["bluesky"] * 5)
    ledger = build_ledger(week.append_column("network", networks))

    assert tuple(ledger.parts) == DIMENSIONS
    assert lines(ledger.parts["network"]) == [("twitter", 2.5, 2, 3), ("bluesky", 1.0, 2, 2)]


def test_one_dimension_alone_is_the_same(week):
    assert build_part(week, "day", limit=1) == build_ledger(week, limit=1).parts["day"]


def test_people_get_names_and_others_keep_theirs(week):
    ledger = relabel(
        build_ledger(week, limit=2), "person", {1: ("twitter:11", "ada"), 2: ("twitter:22", "ben")}
    )

    assert [(row.key, row.label) for row in ledger.parts["person"]] == [
        ("twitter:11", "ada"),
        ("twitter:22", "ben"),
        (None, "others"),
    ]


def test_a_ledger_is_one_json_document(week):
    document = json.loads(json.dumps(build_ledger(week).to_dict()))

    assert document["earned_attention"] == 3.5
    assert document["parts"]["day"][1] == {
        "key": "2024-05-02",
        "label": "2024-05-02",
        "role": "named",
        "contribution": 0.5,
        "share": 0.5 / 3.5,
        "people_count": 1,
        "interactions_count": 1,
        "entries_count": 1,
    }


def test_a_million_contributions_add_up_to_the_last_digit(contributions):
    import pyarrow as pa

    count = 1_000_000
    rng = np.random.default_rng(5)
    values = rng.random(count) * 10.0 ** rng.integers(-3, 3, count)
    table = pa.table(
        {
            "person_key": rng.integers(0, 300_000, count),
            "kind": np.array(["like", "repost"])[rng.integers(0, 2, count)],
            "post_id": pa.nulls(count, pa.string()),
            "occurred_at": pa.array(np.full(count, 1_700_000_000_000_000), pa.timestamp("us", tz="UTC")),
            "is_counted": np.ones(count, bool),
            "contribution": values,
        }
    )
    ledger = build_ledger(table)

    assert abs(ledger.earned_attention - math.fsum(values)) <= math.ulp(ledger.earned_attention)
    for rows in ledger.parts.values():
        assert math.fsum(row.contribution for row in rows) == pytest.approx(
            ledger.earned_attention, rel=1e-15
        )


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (Chosen(person_key=2), [1.0, 0.5]),
        (Chosen(post_id="t:a"), [1.25, 1.0, 0.5]),
        (Chosen(post_id=NO_POST_ID, person_key=3), [0.5, 0.0, 0.0]),
        (Chosen(day=date(2024, 5, 2)), [0.5]),
        (Chosen(kind="repost", day=date(2024, 5, 1)), [1.25, 1.0]),
        (Chosen(post_id="t:never"), []),
    ],
)
def test_a_row_opens_to_its_reactions(week, chosen, expected):
    reactions = reactions_of(week, chosen)

    assert [reaction.contribution for reaction in reactions] == expected


def test_a_reaction_says_everything_about_itself(week):
    reaction = reactions_of(week, Chosen(day=date(2024, 5, 2)))[0]

    assert (reaction.source, reaction.person, reaction.label) == (9, 2, "9")
    assert reaction.to_dict()["occurred_at"] == "2024-05-02T00:00:00Z"
    assert json.loads(json.dumps(reaction.to_dict()))["post_id"] == "t:a"


def test_all_reactions_or_the_largest(week):
    assert len(reactions_of(week)) == 8
    assert [reaction.contribution for reaction in reactions_of(week, limit=2)] == [1.25, 1.0]
