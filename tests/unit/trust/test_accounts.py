"""Judging accounts: additive, monotone, honest about what is not known, and in words."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.account_card import to_toml
from renown.errors import ColumnsError, DefinitionError, InputError
from renown.schema import TABLES, arrow_schema
from renown.trust import ACCOUNT_COLUMNS, judge_accounts, judge_actors, load_account_card
from renown.trust.accounts_card import parse_account_card
from renown.trust.accounts_terms import TERMS

CARD = load_account_card()


def probability(**columns):
    return judge_accounts({name: [value] for name, value in columns.items()}).automated_probability[0]


def test_worked_by_hand():
    """160 posts a day, half way (on the log scale) between no two knots: the points stand in the card."""
    line = next(line for line in CARD.lines if line.code == "posts_often")
    log_odds = CARD.base_points + line.points[line.knots.index(160)] - line.usual
    assert probability(posts_per_day=160.0) == pytest.approx(1 / (1 + 2**-log_odds))


def test_nothing_known_is_the_base_rate():
    judged = judge_accounts({"posts_per_day": [None, math.nan], "bio": [None, None]}, base_rate=0.07)
    assert judged.automated_probability.tolist() == pytest.approx([0.07, 0.07])
    assert judged.evidence_count.tolist() == [0, 0]
    assert judged.reasons(0) == ()


def test_columns_without_points_change_nothing():
    bare = probability(posts_per_day=20.0)
    assert probability(posts_per_day=20.0, listed_count=5.0, source_count=3.0, is_protected=True) == bare


def test_missing_is_not_zero():
    assert probability(posts_per_day=20.0, liked_count=None) != probability(
        posts_per_day=20.0, age_days=100.0, liked_count=0.0
    )


def test_rows_do_not_depend_on_each_other():
    both = judge_accounts({"posts_per_day": [3.0, 90.0], "bio": ["x", None]}).automated_probability
    assert both.tolist() == [
        probability(posts_per_day=3.0, bio="x"),
        probability(posts_per_day=90.0, bio=None),
    ]


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ({"posts_count": 500.0, "age_days": 100.0}, {"posts_per_day": 5.0, "age_days": 100.0}),
        ({"posts_count": 500.0, "posts_per_day": 5.0}, {"posts_per_day": 5.0, "age_days": 100.0}),
        (
            {"liked_per_day": 2.0, "posts_per_day": 5.0, "age_days": 100.0},
            {"liked_count": 200.0, "posts_per_day": 5.0, "age_days": 100.0},
        ),
        (
            {"created_at": "2020-01-01", "observed_at": "2020-04-10", "posts_count": 50.0},
            {"age_days": 100.0, "posts_count": 50.0},
        ),
    ],
)
def test_one_figure_from_others(given, same):
    assert probability(**given) == pytest.approx(probability(**same), abs=1e-12)


def test_ratios_may_be_given_instead_of_counts():
    assert probability(followers_count=9.0, following_count=99.0) == pytest.approx(
        probability(followers_per_following=0.1), abs=1e-12
    )
    counts = probability(own_post_count=5e6, repost_count=5e6, reply_count=1e6, url_count=2e6)
    assert probability(repost_share=0.5, reply_share=0.2, url_share=0.2) == pytest.approx(counts, abs=1e-5)


FIGURES = {
    "posts_per_day": (1, st.floats(0, 1e4)),
    "liked_per_post": (-1, st.floats(0, 1e3)),
    "followers_per_following": (-1, st.floats(0, 1e6)),
    "age_days": (-1, st.floats(0, 1e4)),
    "repost_share": (-1, st.floats(0, 1)),
    "reply_share": (-1, st.floats(0, 1)),
    "url_share": (1, st.floats(0, 1)),
    "is_declared_bot": (1, st.booleans()),
    "has_default_picture": (1, st.booleans()),
}


@given(st.data(), st.sampled_from(sorted(FIGURES)))
def test_every_term_keeps_its_direction_whatever_else_is_known(drawn, name):
    sign, values = FIGURES[name]
    others = {other: drawn.draw(st.none() | kind) for other, (_, kind) in FIGURES.items() if other != name}
    low, high = sorted([drawn.draw(values), drawn.draw(values)])
    if name == "age_days":
        others["liked_per_post"] = others["liked_per_post"] or 1.0
    below, above = probability(**others, **{name: low}), probability(**others, **{name: high})
    assert sign * (above - below) >= -1e-12


@given(st.dictionaries(st.sampled_from(sorted(FIGURES)), st.floats(0, 1), min_size=1))
def test_points_add_up_to_the_log_odds(columns):
    columns = {
        name: float(value > 0.5) if name[:3] in ("is_", "has") else value for name, value in columns.items()
    }
    judged = judge_accounts({name: [value] for name, value in columns.items()})
    p = judged.automated_probability[0]
    if judged.evidence_count[0]:
        assert math.log2(p / (1 - p)) == pytest.approx(
            CARD.base_points + np.nansum(judged.points[0]), abs=1e-4
        )


def test_reasons_are_sentences_the_strongest_first():
    judged = judge_accounts(
        {
            "posts_per_day": [140.0],
            "followers_count": [99.0],
            "following_count": [1999.0],
            "posting_tools": ["automation"],
            "handle": ["ann12345678"],
        }
    )
    found = judged.reasons(0)
    assert {reason.text for reason in found if reason.points > 0} == {
        "posts 140 times a day",
        "follows 20 accounts for each follower",
        "posts through an automation tool",
        "none of its posts came from a phone",
        "its handle ends in 8 digits",
    }
    assert [reason.text for reason in found if reason.points < 0] == ["posts through known programs only"]
    sizes = [abs(reason.points) for reason in found]
    assert sizes == sorted(sizes, reverse=True)


def test_unknown_columns_and_unequal_lengths_are_refused():
    with pytest.raises(ColumnsError, match="followers_count"):
        judge_accounts({"follower_count": [1]})
    with pytest.raises(ColumnsError, match="unequal"):
        judge_accounts({"posts_count": [1], "bio": ["a", "b"]})
    with pytest.raises(ColumnsError, match="row 1"):
        judge_accounts({"posts_count": [-1]})
    with pytest.raises(InputError, match="base rate"):
        judge_accounts({"posts_count": [1]}, base_rate=1.0)


def test_a_base_rate_shifts_the_odds():
    columns = {"posts_per_day": [50.0]}
    odds = [
        p / (1 - p)
        for rate in (0.5, 0.2)
        for p in judge_accounts(columns, base_rate=rate).automated_probability
    ]
    assert odds[0] / odds[1] == pytest.approx(4)


def test_no_accounts_at_all():
    assert len(judge_accounts({}).automated_probability) == 0
    assert len(judge_accounts({"bio": []}).automated_probability) == 0


# ---- actors of a store


def actors(**columns):
    schema = arrow_schema(TABLES["actors"])
    count = len(columns["actor_id"])
    return pa.table({f.name: pa.array(columns.get(f.name, [None] * count), f.type) for f in schema}, schema)


def test_actors_are_judged_in_their_order_with_counts_joined():
    table = actors(actor_id=["x:1", "x:2", "x:3"], network=["x"] * 3, is_declared_bot=[None, True, None])
    counts = pa.table(
        {
            "actor_id": ["x:3", "x:9"],
            "own_post_count": [100, 1],
            "url_count": [100, 0],
            "repost_count": [0, 0],
        }
    )
    judged = judge_actors(table, counts)
    assert judged.automated_probability[0] == pytest.approx(0.1)
    assert judged.automated_probability[1] > 0.8
    assert judged.automated_probability[2] > 0.1
    assert judged.evidence_count.tolist() == [0, 1, 2]


def test_profiles_of_a_store_are_read_with_their_times():
    import datetime as dt

    day = dt.datetime(2024, 1, 11, tzinfo=dt.UTC)
    table = actors(
        actor_id=["x:1"],
        network=["x"],
        created_at=[day - dt.timedelta(days=10)],
        observed_at=[day],
        posts_count=[1000],
    )
    (often, new) = (reason.text for reason in judge_actors(table).reasons(0)[:2])
    assert often == "posts 100 times a day"
    assert new == "the account is 10 days old"


def test_counts_must_make_sense():
    table = actors(actor_id=["x:1"], network=["x"])
    with pytest.raises(ColumnsError, match="actor_id"):
        judge_actors(table.drop_columns(["actor_id"]))
    with pytest.raises(ColumnsError, match="more than once"):
        judge_actors(table, pa.table({"actor_id": ["x:1", "x:1"], "reply_count": [1, 2]}))
    with pytest.raises(ColumnsError, match="reply_count"):
        judge_actors(table, pa.table({"actor_id": ["x:1"], "replies_count": [1]}))


# ---- the card


def test_the_shipped_card_has_every_term_and_every_column_leads_to_one():
    assert sorted(line.code for line in CARD.lines) == sorted(term.code for term in TERMS)
    assert {code for column in ACCOUNT_COLUMNS.values() for code in column.carries} == {
        term.code for term in TERMS
    }


def test_a_card_that_turns_back_is_refused():
    assert parse_account_card(to_toml(CARD)) == CARD
    for change in ({"points": [1.0, 0.0]}, {"knots": [1.0, 0.0]}, {"points": [0.0]}, {"code": "nonsense"}):
        line = msgspec.structs.replace(CARD.lines[-1], **change)
        with pytest.raises(DefinitionError):
            parse_account_card(to_toml(msgspec.structs.replace(CARD, lines=[line])))
    with pytest.raises(DefinitionError):
        parse_account_card("name = 3")
