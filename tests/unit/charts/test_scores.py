"""One score on its interval, and in its place among all."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from renown.charts import chart_distribution, chart_score_interval, chart_top
from renown.charts.theme import INTERVAL_OPACITY, NARROW
from renown.errors import TooLittleInputError
from tests.unit.charts.sample import SCOPE, SCORES, TOP, score_row


def test_the_title_says_the_score_and_how_sure_it_is():
    chart = chart_score_interval(score_row(), SCORES, scope=SCOPE)
    assert chart.title == "The score of maya is 28, most likely between 26 and 31"


def test_the_subtitle_says_topic_network_and_window():
    for chart in (
        chart_score_interval(score_row(), SCORES, scope=SCOPE),
        chart_distribution(score_row(), SCORES, scope=SCOPE),
        chart_top(TOP, scope=SCOPE),
    ):
        assert chart.subtitle.endswith("all topics · town · attention up to 31 May 2026, halving in 90 days")


def test_too_few_people_is_said():
    chart = chart_score_interval(score_row(score=5.0, spread=5.0, people_count=1), SCORES, scope=SCOPE)
    assert chart.title == "Too few reactions to say much about maya: most likely between 0 and 10"


def test_the_bars_hold_everybody_once():
    chart = chart_score_interval(score_row(), [0.0, 1.9, 2.0, 41.0, 99.9, 100.0], scope=SCOPE)
    bars = chart.spec["layer"][0]["data"]["values"]
    assert sum(bar["actors"] for bar in bars) == 6
    assert bars[0] == {"from": 0, "to": 2, "actors": 2}
    assert bars[-1] == {"from": 98, "to": 100, "actors": 2}
    assert sum(row["actors"] for row in chart.rows) == 6


def test_how_many_share_the_interval_is_told():
    chart = chart_score_interval(score_row(score=50, spread=2), [10, 48, 50, 52, 53], scope=SCOPE)
    assert "three actors have scores in that interval" in chart.description


def test_the_interval_is_always_drawn():
    for chart in (
        chart_score_interval(score_row(), SCORES, scope=SCOPE),
        chart_distribution(score_row(), SCORES, scope=SCOPE),
        chart_top(TOP, scope=SCOPE),
    ):
        text = json.dumps(chart.spec)
        assert '"low"' in text
        assert '"high"' in text
        assert f'pacity": {INTERVAL_OPACITY}' in text


def test_everybody_at_one_score_is_no_trouble():
    row = replace(score_row(score=5.0, spread=0.0), rank_low=1, rank_high=3, percentile=50.0)
    chart = chart_score_interval(row, [5.0, 5.0, 5.0], scope=SCOPE)
    assert chart.title == "The score of maya is 5, to the point (5)"
    assert chart_distribution(row, [5.0, 5.0, 5.0], scope=SCOPE).title.startswith("Of 100 others, 50 have")


def test_nobody_at_all_cannot_be_drawn():
    for draw in (chart_score_interval, chart_distribution):
        with pytest.raises(TooLittleInputError, match="no scores"):
            draw(score_row(), [], scope=SCOPE)
    with pytest.raises(TooLittleInputError, match="no scores"):
        chart_top([], scope=SCOPE)


@pytest.mark.parametrize(
    ("percentile", "title"),
    [
        (100.0, "Nobody here has a higher score than maya"),
        (99.97, "Of 100 others, over 99 have a lower score than maya"),
        (96.2, "Of 100 others, 96 have a lower score than maya"),
        (3.0, "Of 100 others, three have a lower score than maya"),
        (1.0, "Of 100 others, one has a lower score than maya"),
        (0.2, "Of 100 others, under 1 has a lower score than maya"),
        (0.0, "Of 100 others, none has a lower score than maya"),
    ],
)
def test_the_place_is_told_in_parts_of_a_hundred(percentile, title):
    chart = chart_distribution(replace(score_row(), percentile=percentile), SCORES, scope=SCOPE)
    assert chart.title == title


def test_the_dot_lies_on_the_line():
    scores = np.sort(np.array(SCORES))
    row = score_row(score=float(scores[371]), spread=1.0)
    chart = chart_distribution(row, SCORES, scope=SCOPE)
    line = chart.spec["layer"][0]["data"]["values"]
    places, levels = [point["place"] for point in line], [point["score"] for point in line]
    assert np.interp(row.percentile, places, levels) == pytest.approx(row.score, abs=0.2)
    assert levels == sorted(levels)


def test_a_million_scores_make_no_bigger_a_picture():
    few = chart_distribution(score_row(), SCORES, scope=SCOPE)
    many = chart_distribution(score_row(), np.repeat(SCORES, 500), scope=SCOPE)
    assert len(json.dumps(many.spec)) < 1.1 * len(json.dumps(few.spec))


def test_ranks_are_bands():
    chart = chart_top(TOP, scope=SCOPE, width=NARROW)
    assert chart.rows[0]["ranks"] == f"{TOP[0].rank_low}–{TOP[0].rank_high}"


@pytest.mark.parametrize(
    ("bands", "title"),
    [
        ([(1, 1), (2, 2), (3, 3)], "Each of these three ranks is certain"),
        ([(1, 2), (1, 2), (3, 3)], "Any of the first two could be in first place"),
        ([(1, 1), (2, 3), (2, 3)], "The first rank is certain; two of these ranks are not"),
        ([(1, 4)], "One score: 40"),
    ],
)
def test_the_title_of_the_highest_says_what_is_certain(bands, title):
    rows = [replace(TOP[place], rank_low=low, rank_high=high) for place, (low, high) in enumerate(bands)]
    assert chart_top(rows, scope=SCOPE).title == title


def test_only_the_actors_in_question_are_in_the_accent_colour():
    chart = chart_top(TOP, scope=SCOPE, highlighted={"town:actor_2"})
    dots = chart.spec["layer"][0]["layer"][-1]["data"]["values"]
    assert [dot["role"] for dot in dots] == ["other", "other", "accent", "other", "other", "other"]
