"""From one score to another: parts that add up, told without praise or blame."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from renown.charts import chart_changes, chart_history
from renown.charts.changes import changes_sentence
from renown.charts.history import history_sentence
from renown.errors import TooLittleInputError
from tests.unit.charts.sample import CHANGES, HISTORY, SCOPE


def test_the_steps_lead_from_one_score_to_the_other():
    chart = chart_changes(CHANGES, scope=SCOPE)
    steps = next(
        layer["data"]["values"]
        for layer in chart.spec["layer"]
        if isinstance(layer.get("mark"), dict) and layer["mark"]["type"] == "bar"
    )
    assert steps[0]["start"] == CHANGES.score_before
    assert all(below["start"] == above["stop"] for above, below in itertools.pairwise(steps))
    assert steps[-1]["stop"] == pytest.approx(CHANGES.score_after, abs=1e-9)
    points = [row["points"] for row in chart.rows]
    assert points[0] + sum(points[1:-1]) == pytest.approx(points[-1], abs=1e-9)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({}, "From 26 on 1 May 2026 to 28 now, mostly through new people"),
        (
            {"returning_people": 4.4, "new_people": 0.5},
            "From 26 on 1 May 2026 to 28 now, mostly through people who came back",
        ),
        (
            {"score_after": 23.0, "new_people": 0.1, "returning_people": 0.0, "fading": -3.2, "other": 0.0},
            "From 26 on 1 May 2026 to 23 now, because older attention faded",
        ),
        ({"score_after": 26.2}, "26 now as on 1 May 2026"),
    ],
)
def test_the_sentence_says_what_moved_it(changed, sentence):
    assert changes_sentence(replace(CHANGES, **changed)) == sentence


def test_an_interval_that_is_not_known_is_said():
    assert "not every interval is known" not in chart_changes(CHANGES, scope=SCOPE).description
    unknown = chart_changes(replace(CHANGES, interval_before=None), scope=SCOPE)
    assert unknown.description.endswith("not every interval is known.")


def test_a_tenth_of_a_point_does_not_fill_the_axis():
    still = replace(CHANGES, score_before=28.3, new_people=0.1, returning_people=0, fading=0, other=0)
    chart = chart_changes(replace(still, interval_before=None, interval_after=None), scope=SCOPE)
    bars = next(
        layer
        for layer in chart.spec["layer"]
        if isinstance(layer.get("mark"), dict) and layer["mark"]["type"] == "bar"
    )
    low, high = bars["encoding"]["x"]["scale"]["domain"]
    assert high - low >= 4


def test_the_line_breaks_where_the_definition_changes():
    chart = chart_history(HISTORY, handle="maya", scope=SCOPE)
    rows = chart.spec["layer"][0]["data"]["values"]
    assert [row["stretch"] for row in rows] == [0, 0, 0, 0, 0, 1, 1]
    assert chart.title == "The way of measuring changed since 1 March 2026: 20 then, 26 now"
    assert "measured by renown-2" in str(chart.spec)


@pytest.mark.parametrize(
    ("rise", "sentence"),
    [
        (1.0, "No clear change since 1 March 2026: 20 then, 21 now"),
        (9.0, "More attention than on 1 March 2026: 20 then, 29 now"),
        (-9.0, "Less attention than on 1 March 2026: 20 then, 11 now"),
    ],
)
def test_a_change_is_called_one_only_beyond_the_intervals(rise, sentence):
    first = HISTORY[0]
    last = replace(
        first,
        moment=first.moment + timedelta(days=30),
        score=first.score + rise,
        score_low=first.score_low + rise,
        score_high=first.score_high + rise,
    )
    assert history_sentence([first, last]) == sentence


def test_runs_are_put_in_order_and_one_is_no_history():
    backwards = chart_history(list(reversed(HISTORY)), handle="maya", scope=SCOPE)
    assert backwards == chart_history(HISTORY, handle="maya", scope=SCOPE)
    with pytest.raises(TooLittleInputError, match="two runs"):
        chart_history(HISTORY[:1], handle="maya", scope=SCOPE)


def test_runs_for_the_same_moment_can_be_drawn():
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    points = [replace(point, moment=moment) for point in HISTORY]
    assert len(chart_history(points, handle="maya", scope=SCOPE).rows) == len(HISTORY)
