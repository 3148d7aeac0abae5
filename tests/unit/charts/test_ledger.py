"""Where attention came from: parts that add up, and a sentence that says no more than they do."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from renown.charts import LedgerRow, SourceRow, chart_ledger, chart_sources
from renown.charts.ledger import MOST_ROWS, ledger_sentence, why_sentence
from renown.errors import TooLittleInputError
from tests.unit.charts.sample import DAY, KIND, PERSON, POST, SCOPE, SOURCES, ledger_part


def bars(chart):
    """The bars of a cascade, from top to bottom."""
    return next(
        layer["data"]["values"]
        for layer in chart.spec["layer"]
        if isinstance(layer.get("mark"), dict) and layer["mark"]["type"] == "bar"
    )


@pytest.mark.parametrize("part", [PERSON, KIND, POST], ids=lambda part: part.dimension)
def test_each_bar_starts_where_the_one_above_ends_and_the_last_is_all_of_it(part):
    drawn = bars(chart_ledger(part, scope=SCOPE))
    total = sum(row.contribution for row in part.rows)
    for above, below in itertools.pairwise(drawn[:-1]):
        assert below["start"] == above["stop"]
    assert drawn[0]["start"] == drawn[-1]["start"] == 0
    assert drawn[-2]["stop"] == pytest.approx(total, abs=1e-9)
    assert drawn[-1]["stop"] == pytest.approx(total, abs=1e-9)


@pytest.mark.parametrize("part", [PERSON, KIND, POST, DAY], ids=lambda part: part.dimension)
def test_the_table_adds_up_to_all_of_it(part):
    chart = chart_ledger(part, scope=SCOPE)
    assert sum(row["contribution"] for row in chart.rows) == pytest.approx(
        sum(row.contribution for row in part.rows)
    )
    assert sum(row["share"] for row in chart.rows) == pytest.approx(1)


def test_the_smallest_of_many_rows_are_drawn_as_one():
    part = ledger_part("person", {f"p{place}": 40.0 - place for place in range(30)}, others=5.0)
    chart = chart_ledger(part, scope=SCOPE)
    assert len(chart.rows) == MOST_ROWS + 1
    assert chart.rows[-1]["label"] == "everybody else"
    assert chart.rows[-1]["contribution"] == pytest.approx(
        5 + sum(40 - place for place in range(MOST_ROWS, 30))
    )


def test_rows_are_sorted_by_size_and_empty_ones_left_out():
    part = ledger_part("kind", {"like": 1.0, "repost": 3.0, "reply": 0.0})
    assert [row["label"] for row in chart_ledger(part, scope=SCOPE).rows] == ["reposts", "likes"]


def test_days_are_in_order_of_time_and_each_is_drawn():
    part = replace(DAY, rows=list(reversed(DAY.rows)))
    chart = chart_ledger(part, scope=SCOPE)
    columns = chart.spec["layer"][0]["data"]["values"]
    assert len(columns) == 30
    assert [column["from"] for column in columns] == sorted(column["from"] for column in columns)
    assert columns[0]["from"].startswith("2026-05-01")


def test_days_without_a_row_are_mentioned():
    part = ledger_part("day", {"2026-05-03": 6.0, "2026-05-09": 2.0}, others=2.0, rest=40)
    chart = chart_ledger(part, scope=SCOPE)
    assert "other days together 20 of 100" in chart.subtitle
    assert chart.title == "Mostly one day, 3 May 2026: 60 of 100 parts of the attention"


def test_a_day_that_is_no_day_is_kept_in_the_table_only():
    part = ledger_part("day", {"2026-05-03": 6.0, "yesterday": 2.0})
    chart = chart_ledger(part, scope=SCOPE)
    assert len(chart.spec["layer"][0]["data"]["values"]) == 1
    assert [row["label"] for row in chart.rows] == ["3 May 2026", "yesterday"]
    assert chart_ledger(ledger_part("day", {"never": 1.0}), scope=SCOPE).rows


def test_an_empty_ledger_cannot_be_drawn():
    for rows in ([], [LedgerRow(label="zoe", contribution=0.0, share=0.0)]):
        with pytest.raises(TooLittleInputError, match="empty"):
            chart_ledger(replace(PERSON, rows=rows), scope=SCOPE)


def test_kinds_have_their_colours_and_unknown_ones_the_actors():
    drawn = bars(chart_ledger(ledger_part("kind", {"repost": 2.0, "poke": 1.0}), scope=SCOPE))
    assert [bar["role"] for bar in drawn] == ["kind_repost", "accent", "accent"]


def test_people_and_the_rest_are_grey():
    assert {bar["role"] for bar in bars(chart_ledger(PERSON, scope=SCOPE))[:-1]} == {"other"}


def twenty(first):
    return {"first": first, **{f"p{place}": 1.0 for place in range(19)}}


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (KIND, "Mostly reposts and likes: 62 of 100 parts of the attention"),
        (POST, "Mostly one post: 57 of 100 parts of the attention"),
        (PERSON, "Mostly 47 people: at least half of the attention"),
        (ledger_part("person", twenty(40.0)), "Mostly one person: 68 of 100 parts of the attention"),
        (ledger_part("person", twenty(1.0)), "20 people, none far ahead of the others"),
        (ledger_part("person", {"zoe": 3.0}), "All of it from one person: zoe"),
        (ledger_part("post", {"a": 1.0, "b": 1.0}), "Two posts, none far ahead of the others"),
        (ledger_part("post", {}, others=4.0, rest=9), "No post can be named"),
        (DAY, "Spread over many days; most on 3 May 2026, 5 of 100 parts"),
    ],
)
def test_the_sentence_says_how_few_make_up_most(part, sentence):
    assert ledger_sentence(part) == sentence


def test_reactions_about_no_post_are_no_post():
    rows = [
        LedgerRow(label="whatever", contribution=8.0, share=0.8, role="unnamed"),
        LedgerRow(label="town:p/1", contribution=2.0, share=0.2),
    ]
    part = replace(POST, rows=rows)
    assert "Mostly" not in ledger_sentence(part)
    assert chart_ledger(part, scope=SCOPE).rows[0]["label"] == "no post named"


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ((PERSON, POST), "Mostly 47 people, and one post"),
        ((PERSON,), "Mostly 47 people"),
        ((POST,), "Mostly one post"),
        ((KIND,), ""),
        ((), ""),
        (
            (ledger_part("person", twenty(1.0)), POST),
            "20 people, none far ahead of the others; mostly one post",
        ),
    ],
)
def test_people_and_posts_in_one_sentence(parts, sentence):
    assert why_sentence(parts) == sentence


def test_sources_start_at_zero_and_are_in_order():
    chart = chart_sources(list(reversed(SOURCES)), handle="maya", scope=SCOPE)
    drawn = bars(chart)
    assert [bar["label"] for bar in drawn] == ["chess_club", "old_tom", "zoe", "library"]
    assert {bar["start"] for bar in drawn} == {0}
    assert chart.title == "The four people who gave most make up 41 of 100 parts"


def test_a_source_that_gave_more_than_the_others_together_is_named():
    rows = [
        SourceRow(handle="zoe", share=0.6, interactions_count=3),
        SourceRow(handle="tom", share=0.2, interactions_count=1),
    ]
    assert (
        chart_sources(rows, handle="maya", scope=SCOPE).title
        == "zoe gave most: 60 of 100 parts of the attention"
    )
    assert len(chart_sources(rows * 20, handle="maya", scope=SCOPE).rows) == 12
    with pytest.raises(TooLittleInputError, match="nobody"):
        chart_sources([], handle="maya", scope=SCOPE)
