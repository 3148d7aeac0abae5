from datetime import UTC, datetime, timedelta

import pytest

from renown.definitions import load_definition
from renown.explain.changes import build_changes
from renown.explain.compare import ComparedActor, ComparedPair, Comparison
from renown.explain.ledger import build_ledger
from renown.explain.measure import ScoreRow
from renown.explain.records import ActorName
from renown.explain.sentences import (
    changes_title,
    comparison_title,
    kinds_sentence,
    ledger_title,
    not_counted_sentence,
)


def gifts(amounts, posts=None):
    """One reaction a person."""
    posts = posts or [None] * len(amounts)
    return [
        {"source_actor_key": key, "contribution": amount, "post_id": post}
        for key, (amount, post) in enumerate(zip(amounts, posts, strict=True))
    ]


@pytest.mark.parametrize(
    ("amounts", "posts", "title"),
    [
        ([], None, "Nobody has responded yet"),
        ([1.0], None, "One person responded, too few to say more"),
        ([1.0] * 2, None, "Two people responded, too few to say more"),
        ([1.0] * 5, None, "Five people, none far ahead of the others"),
        ([9.0] + [1.0] * 5, None, "Mostly one person"),
        ([3.0] * 14 + [1.0] * 40, None, "Mostly 14 people"),
        (
            [3.0] * 14 + [1.0] * 40,
            ["t:a"] * 50 + ["t:b", "t:c", "t:d", "t:e"],
            "Mostly 14 people, and one post",
        ),
        ([1.0] * 323, None, "About 320 people, none far ahead of the others"),
        ([1.0] * 6, ["t:a"] * 6, "Six people, none far ahead of the others; mostly one post"),
        ([1.0] * 6, ["t:a", "t:b"] * 3, "Six people, none far ahead of the others"),
        ([1.0] * 6, ["t:a", "t:b", "t:c", "t:d", "t:e", "t:f"], "Six people, none far ahead of the others"),
    ],
)
def test_a_title_says_who_it_mostly_was(contributions, amounts, posts, title):
    assert ledger_title(build_ledger(contributions(gifts(amounts, posts)))) == title


def test_reactions_of_which_none_counts_are_not_nobody(contributions):
    ledger = build_ledger(contributions([{"source_actor_key": 1, "is_counted": False}]))

    assert ledger_title(ledger) == "No reaction counts yet"


def test_the_kinds_that_make_up_most(contributions):
    rows = [
        {"source_actor_key": 1, "kind": "repost", "contribution": 3.0},
        {"source_actor_key": 2, "kind": "like", "contribution": 2.5},
        {"source_actor_key": 3, "kind": "reply", "contribution": 2.0},
    ]

    assert (
        kinds_sentence(build_ledger(contributions(rows)))
        == "Mostly reposts (40 of 100) and likes (33 of 100)."
    )
    assert kinds_sentence(build_ledger(contributions(rows[:1]))) == "Reposts only."
    assert kinds_sentence(build_ledger(contributions([]))) == ""


def test_what_is_kept_and_not_counted(contributions):
    rows = [{"source_actor_key": 1, "is_counted": False}] * 3

    assert not_counted_sentence(build_ledger(contributions(rows))) == (
        "Three more reactions are kept and do not count: "
        "the same person had already reacted as often that day as counts."
    )
    assert not_counted_sentence(build_ledger(contributions(rows[:1]))).startswith(
        "One more reaction is kept and does not count: "
    )
    assert not_counted_sentence(build_ledger(contributions([]))) == ""


@pytest.mark.parametrize(
    ("difference", "overlap", "shared", "title"),
    [
        (0.4, True, 0, "ada and eve are too close to tell apart; nobody gave to both"),
        (7.2, False, 1, "ada is 7 points above eve; one person gave to both"),
        (-12.6, False, 120, "eve is 13 points above ada; 120 people gave to both"),
    ],
)
def test_a_comparison_says_how_surely(difference, overlap, shared, title):
    score = ScoreRow(1.0, 0.5, 1.5, 0.1, 0.0, 1, 1)
    actors = tuple(
        ComparedActor(ActorName(f"t:{name}", name, "t"), score, (), 0.0) for name in ("ada", "eve")
    )
    pair = ComparedPair("t:ada", "t:eve", difference, overlap, shared, 0.0, 0.0)

    assert comparison_title(Comparison(actors, (pair,), shared)) == title


AGO, LATER = (
    {"occurred_at": datetime(2024, 4, 1, tzinfo=UTC)},
    {"occurred_at": datetime(2024, 5, 20, tzinfo=UTC)},
)


@pytest.mark.parametrize(
    ("before", "after", "title"),
    [
        ([], [], "Nobody responded in this time"),
        ([(1, 1.0, AGO)], [(1, 0.5, AGO)], "Nobody responded in this time, and earlier attention faded"),
        ([], [(1, 1.0, LATER), (2, 1.0, LATER)], "Two new people responded, the first of all"),
        (
            [(1, 1.0, AGO)],
            [(1, 0.5, AGO), *((key, 1.0, LATER) for key in range(2, 16))],
            "14 new people responded, more than faded",
        ),
        (
            [(1, 4.0, AGO)],
            [(1, 2.0, AGO), (1, 0.25, LATER), (2, 0.25, LATER)],
            "One new person and one returning person responded, less than faded",
        ),
        ([(1, 2.0, AGO)], [(1, 1.0, AGO), (2, 1.0, LATER)], "One new person responded, as much as faded"),
    ],
)
def test_a_change_says_who_responded(contributions, before, after, title):
    since = datetime(2024, 5, 1, tzinfo=UTC)
    tables = [
        contributions([{"source_actor_key": key, "contribution": gift, **when} for key, gift, when in rows])
        for rows in (before, after)
    ]
    changes = build_changes(
        *tables, since=since, until=since + timedelta(days=90), definition=load_definition()
    )

    assert changes_title(changes) == title
