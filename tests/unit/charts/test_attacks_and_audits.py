"""Pictures of attacks and audiences: what they say, what they draw, and whom they do not name."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from renown.charts import chart_arrivals, chart_attacks, chart_audience, chart_ring, render_svg
from renown.charts.page import Passage, PlainPage, build_page, write_page
from renown.errors import RenownError, TooLittleInputError
from tests.unit.charts.sample import (
    ARRIVALS,
    ATTACKS,
    HOSTILE,
    RING,
    RING_LINES,
    STANDINGS,
    all_charts,
    audit_charts,
)


def marks(chart, kind):
    """Layers with a mark of a kind, flat."""
    found, waiting = [], list(chart.spec["layer"])
    while waiting:
        layer = waiting.pop()
        waiting += layer.get("layer", [])
        if layer.get("mark", {}).get("type") == kind:
            found.append(layer)
    return found


def attacks(**changed):
    return [replace(bar, **changed) for bar in ATTACKS]


def test_violet_is_what_the_defence_takes_and_grey_what_it_leaves():
    chart = chart_attacks(ATTACKS, subtitle="a town")
    by_colour = {layer["mark"]["fill"]["expr"]: layer for layer in marks(chart, "bar")}
    assert set(by_colour) == {"other", "discount"}
    rows = by_colour["discount"]["data"]["values"]
    assert [(row["kept"], row["gained"]) for row in rows] == [(0.0, 1.0), (3.6, 35.9), (7.8, 7.8)]
    assert "grey what the defence leaves, violet what it takes" in chart.subtitle
    assert chart.title == "Half of the three attacks keep at most 10 of 100 parts of their points"
    assert "pod of 20 keeps most of its own, 100 of 100 parts" in chart.description


def test_without_a_defence_nothing_is_violet_and_the_largest_gain_is_the_title():
    chart = chart_attacks(attacks(kept_points=None), subtitle="a town")
    assert [layer["mark"]["fill"]["expr"] for layer in marks(chart, "bar") if layer["data"]["values"]] == [
        "other"
    ]
    assert chart.title == "Undefended, 1,000 fresh, days gains 36 points"
    assert "nothing discounted" in chart.subtitle


def test_an_attack_that_gained_more_with_the_defence_is_drawn_in_full():
    chart = chart_attacks([replace(ATTACKS[1], kept_points=40.0)], subtitle="a town")
    (row,) = {json.dumps(layer["data"]["values"]) for layer in marks(chart, "bar")}
    assert json.loads(row)[0]["kept"] == 40.0
    assert [record["share"] for record in chart.rows] == [pytest.approx(40 / 35.9)]


def test_bursts_are_violet_and_other_days_grey():
    chart = chart_arrivals(ARRIVALS, handle="maya")
    by_colour = {layer["mark"]["fill"]["expr"]: layer["data"]["values"] for layer in marks(chart, "bar")}
    assert [row["count"] for row in by_colour["discount"]] == [320]
    assert len(by_colour["other"]) == 59
    assert chart.title == "On 21 April 2026 came 320 people, where 13 were to be expected"
    calm = chart_arrivals([replace(day, is_burst=False) for day in ARRIVALS], handle="maya")
    assert "as steadily as one expects" in calm.title


def test_a_ring_names_the_actor_in_question_and_nobody_else():
    chart = chart_ring(RING, RING_LINES, handle="maya", sentence="a circle")
    svg = render_svg(chart)
    assert "maya" in svg
    assert [row["member"] for row in chart.rows] == ["maya", *(f"member {n}" for n in range(2, 9))]
    assert "100 of 100 of all pairs" in chart.title
    assert len(marks(chart, "rule")[0]["data"]["values"]) == 8 * 7 / 2


def test_one_way_reactions_are_lines_but_no_mutual_pairs():
    chart = chart_ring(RING, [(0, 1), (1, 2)], handle="maya", sentence="a circle")
    assert "0 of 100 of all pairs" in chart.title
    assert len(marks(chart, "rule")[0]["data"]["values"]) == 2
    assert not marks(chart_ring(RING, [], handle="maya", sentence="a circle"), "rule")


def test_every_interval_of_an_audience_is_drawn():
    chart = audit_charts()[0]
    bands = [layer for layer in marks(chart, "bar") if "x2" in layer["encoding"]]
    assert [len(layer["data"]["values"]) for layer in bands] == [4]
    assert chart.title == "7 to 13 of 100 reactors are likely automated"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_names_are_only_text(text):
    for chart in audit_charts(handle=text):
        assert "<script" not in render_svg(chart)
        page = build_page(
            PlainPage(
                title=text,
                subtitle=text,
                notice=text,
                passages=[
                    Passage(
                        heading=text, facts=[(text, text)], sentences=[text], figures=[lambda _, c=chart: c]
                    )
                ],
            )
        )
        assert "<script" not in page
        assert "<img" not in page


def test_a_page_holds_every_chart_with_its_table_and_loads_nothing():
    charts = all_charts()[-4:]
    page = build_page(
        PlainPage(
            title="A page",
            subtitle="of charts",
            notice="A notice.",
            passages=[Passage(heading="Charts", figures=[lambda _, c=chart: c for chart in charts])],
        )
    )
    assert all(chart.title in page for chart in charts)
    assert page.count("<table>") == 4
    assert "default-src 'none'" in page
    assert not [
        word
        for word in ("http://", "https://", "<link", "@import")
        if word in page.replace("http://www.w3.org", "")
    ]


def test_a_page_that_cannot_be_written_says_where(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RenownError, match="cannot be written"):
        write_page("<html>", tmp_path / "file" / "page.html")


def test_nothing_to_draw_is_said():
    with pytest.raises(TooLittleInputError):
        chart_attacks([], subtitle="a town")
    with pytest.raises(TooLittleInputError):
        chart_arrivals([], handle="maya")
    with pytest.raises(TooLittleInputError):
        chart_ring(RING[:1], [], handle="maya", sentence="a circle")
    with pytest.raises(TooLittleInputError):
        chart_audience([replace(row, count=0) for row in STANDINGS], handle="maya", title="", sample="")
