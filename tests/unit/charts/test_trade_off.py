"""The picture of a trade-off: what it says, where its dots stand, and that its words stay apart."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from renown.charts import chart_trade_off, render_svg
from renown.charts.text import width_of
from renown.charts.theme import NARROW, TEXT_SIZE, WIDE
from renown.errors import TooLittleInputError
from tests.unit.charts.sample import HOSTILE, TRADE_OFF


def layers_of(chart, kind):
    return [layer for layer in chart.spec["layer"] if layer.get("mark", {}).get("type") == kind]


def labels(chart):
    """Text to its box: left, right, y."""
    found = {}
    for layer in chart.spec["layer"]:
        if "layer" not in layer:
            continue
        text, mark = layer["data"]["values"][0]["line"], layer["layer"][1]["mark"]
        x, wide = layer["encoding"]["x"]["value"], width_of(text, TEXT_SIZE)
        left = {"left": x, "right": x - wide, "center": x - wide / 2}[mark["align"]]
        found[text] = (left, left + wide, layer["encoding"]["y"]["value"])
    return found


def test_the_title_says_both_sides_of_the_shipped_rule():
    chart = chart_trade_off(TRADE_OFF, subtitle="a town")
    assert chart.title == "Attacks keep 14 of 100 parts; one genuine actor in 100 loses 2.4 points"
    assert "five other settings none is better on one side" in chart.description
    assert "most is lost, 8.1, at crowd_multiple 5" in chart.description


def test_settings_that_are_better_on_one_side_and_no_worse_on_the_other_are_confessed():
    better = [
        replace(point, lost_points=2.0, kept_share=0.1) if point.setting == 5.0 else point
        for point in TRADE_OFF
    ]
    chart = chart_trade_off(better, subtitle="a town")
    assert "five other settings one is better on one side" in chart.description


def test_each_dial_is_a_line_through_its_settings_and_the_shipped_rule_is_one_blue_dot():
    chart = chart_trade_off(list(reversed(TRADE_OFF)), subtitle="a town")
    lines = layers_of(chart, "line")
    assert [[row["setting"] for row in line["data"]["values"]] for line in lines] == [
        [5.0, 20.0, 40.0, 80.0],
        [0.05, 0.08, 0.2],
    ]
    assert len({json.dumps(line["mark"]["strokeDash"]) for line in lines}) == 2
    grey, blue = layers_of(chart, "point")
    assert blue["mark"]["color"] == {"expr": "accent"}
    assert [row["lost"] for row in blue["data"]["values"]] == [2.4]
    assert len(grey["data"]["values"]) == 5


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_dial_is_named_and_no_words_cover_others(width):
    boxes = labels(chart_trade_off(TRADE_OFF, subtitle="a town", width=width))
    assert {"crowd_multiple 5", "doubted_points_share 0.2"} <= set(boxes)
    placed = list(boxes.values())
    for number, (left, right, y) in enumerate(placed):
        assert left >= 0
        assert right <= width
        for other_left, other_right, other_y in placed[number + 1 :]:
            assert right <= other_left or left >= other_right or abs(y - other_y) >= TEXT_SIZE


def test_the_table_has_every_setting_and_says_which_is_shipped():
    chart = chart_trade_off(TRADE_OFF, subtitle="a town")
    assert len(chart.rows) == len(TRADE_OFF)
    assert [row["setting"] for row in chart.rows if row["shipped"]] == ["40", "0.08"]


def test_an_attack_that_loses_points_stands_at_nothing():
    below = [replace(point, kept_share=-0.2) for point in TRADE_OFF]
    chart = chart_trade_off(below, subtitle="a town")
    assert {row["kept"] for layer in layers_of(chart, "point") for row in layer["data"]["values"]} == {0.0}
    assert chart.rows[0]["kept"] == -0.2


@pytest.mark.parametrize("points", [[], [replace(point, is_shipped=False) for point in TRADE_OFF]])
def test_without_a_shipped_rule_there_is_nothing_to_compare_with(points):
    with pytest.raises(TooLittleInputError, match="no trade-off"):
        chart_trade_off(points, subtitle="a town")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_names_are_only_text(text):
    chart = chart_trade_off([replace(point, dial=text) for point in TRADE_OFF], subtitle="a town")
    assert "<script" not in render_svg(chart)
