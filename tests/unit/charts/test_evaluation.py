"""The score beside the baselines: every value said, the best baseline named."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from renown.charts import chart_evaluation
from renown.charts.evaluation import METRIC_NAMES
from renown.charts.theme import NARROW
from renown.errors import TooLittleInputError
from renown.evaluate import against_truth
from renown.evaluate.records import METRICS
from tests.unit.charts.sample import EVALUATION


def marks(chart):
    return next(layer["data"]["values"] for layer in chart.spec["layer"] if layer["mark"]["type"] == "point")


def test_the_title_names_the_best_baseline():
    chart = chart_evaluation(EVALUATION, subtitle="")
    assert chart.title == "NDCG@100 is 0.76 for the score and 0.74 for distinct reactors"


def test_a_baseline_that_does_better_is_named_all_the_same():
    rows = [replace(row, value=0.9) if row.measure == "PageRank" else row for row in EVALUATION]
    assert chart_evaluation(rows, subtitle="").title == "NDCG@100 is 0.76 for the score and 0.90 for PageRank"


def test_a_close_call_gets_a_third_decimal():
    rows = [replace(row, value=0.7561) if row.measure == "PageRank" else row for row in EVALUATION]
    assert chart_evaluation(rows, subtitle="").title.endswith("0.757 for the score and 0.756 for PageRank")


def test_equals_are_said_to_be_alike():
    rows = [replace(row, value=0.757) if row.measure == "PageRank" else row for row in EVALUATION]
    assert (
        chart_evaluation(rows, subtitle="").title == "NDCG@100 is 0.757 for the score and for PageRank alike"
    )


@pytest.mark.parametrize("width", [760, NARROW])
def test_every_value_is_written_and_lies_in_its_panel(width):
    drawn = marks(chart_evaluation(EVALUATION, subtitle="", width=width))
    assert {mark["line"] for mark in drawn} == {"0.76", "0.74", "0.62", "0.31", "0.30", "−0.05"}
    assert all(mark["left"] <= mark["x"] <= mark["right"] < mark["figure"] <= width for mark in drawn)


def test_better_is_further_right_within_a_panel():
    drawn = [
        mark for mark in marks(chart_evaluation(EVALUATION, subtitle="")) if mark["metric"] == "NDCG@100"
    ]
    ordered = sorted(drawn, key=lambda mark: mark["value"])
    assert [mark["x"] for mark in ordered] == sorted(mark["x"] for mark in ordered)


def test_measures_are_sorted_by_the_first_metric():
    chart = chart_evaluation(list(reversed(EVALUATION)), subtitle="")
    assert [row["measure"] for row in chart.rows] == ["score", "distinct reactors", "PageRank"]


def test_what_could_not_be_measured_is_said_in_the_table():
    rows = [row for row in EVALUATION if not (row.measure == "PageRank" and row.metric == "spearman")]
    assert chart_evaluation(rows, subtitle="").rows[-1]["spearman"] is None
    nothing = [replace(row, value=math.nan) for row in EVALUATION]
    with pytest.raises(TooLittleInputError, match="no measure"):
        chart_evaluation(nothing, subtitle="")


def test_a_fourth_metric_is_in_the_table_and_not_in_the_picture():
    more = [replace(row, metric=f"m{place}") for place in range(4) for row in EVALUATION[:3]]
    chart = chart_evaluation(more, subtitle="")
    assert len({mark["metric"] for mark in marks(chart)}) == 3
    assert [column.key for column in chart.columns] == ["measure", "m0", "m1", "m2", "m3"]


def test_baselines_alone_can_be_drawn():
    chart = chart_evaluation([row for row in EVALUATION if not row.is_score], subtitle="")
    assert chart.title == "NDCG@100 is 0.74 for distinct reactors"


def test_every_metric_of_the_evaluation_has_a_name_for_people():
    assert {*METRICS, *against_truth.TRUTH_METRICS} <= METRIC_NAMES.keys()
