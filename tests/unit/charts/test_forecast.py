"""The fan: what is known as a line, what is not as a shade that opens."""

from __future__ import annotations

import pytest

from renown.charts import FanPoint, chart_forecast, render_svg
from renown.charts.theme import NARROW
from renown.errors import TooLittleInputError
from tests.unit.charts.sample import FAN, REACTIONS


def test_title_and_table_say_the_last_moment():
    chart = chart_forecast(REACTIONS, FAN, observed_seconds=3600)
    assert chart.title == "About 240 reactions after 7 days; 120 so far"
    assert "150 to 420" in chart.description
    assert [row["after"] for row in chart.rows] == ["6 hours", "1 day", "7 days"]


def test_the_fan_begins_where_what_is_known_ends():
    chart = chart_forecast(REACTIONS, FAN, observed_seconds=3600)
    ribbon = next(layer for layer in chart.spec["layer"] if layer.get("mark", {}).get("type") == "area")
    assert ribbon["data"]["values"][0] == {"seconds": 3600, "expected": 120, "low": 120, "high": 120}


@pytest.mark.parametrize("so_far", [[], [0.0], [0.0] * 50, [3599.9]])
@pytest.mark.parametrize("width", [760, NARROW])
def test_little_can_be_drawn(so_far, width):
    ahead = [FanPoint(604_800, 2, 0, 9)]
    assert render_svg(chart_forecast(so_far, ahead, observed_seconds=3600, width=width)).startswith("<svg")


def test_without_a_forecast_there_is_no_fan():
    with pytest.raises(TooLittleInputError):
        chart_forecast(REACTIONS, [], observed_seconds=3600)
