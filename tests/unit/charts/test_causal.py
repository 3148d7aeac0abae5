import pytest

from renown.charts import ReadingRow, chart_causal
from renown.errors import TooLittleInputError
from tests.unit.charts.sample import READINGS


def test_the_title_says_both_readings():
    assert (
        chart_causal(READINGS, handle="maya", subtitle="").title == "About 388 acts because of maya, not 979"
    )


def test_where_it_may_be_nothing_the_title_says_so_and_nought_is_on_the_axis():
    rows = [READINGS[0], ReadingRow(reading="matched", caused=12.0, low=-30.0, high=54.0)]
    chart = chart_causal(rows, handle="maya", subtitle="")
    assert chart.title == "Nothing is surely because of maya: 12 acts, and it may be none"
    assert "against people alike: 12 (-30 to 54)" in chart.description
    assert [row["reading"] for row in chart.rows] == ["naive", "matched"]


def test_without_readings_there_is_nothing_to_draw():
    with pytest.raises(TooLittleInputError):
        chart_causal([], handle="maya", subtitle="")
