"""Drawings: the same bytes every time, in two modes, without anything from outside."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from renown.charts import chart_history, chart_score_interval, render_png, render_svg, themed
from renown.charts.render import page_svg
from renown.charts.theme import FONT_STACK, MODES, NARROW, WIDE, palette
from tests.unit.charts.sample import HISTORY, HOSTILE, SCOPE, SCORES, all_charts, score_row

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module", params=[WIDE, NARROW])
def charts(request):
    return all_charts(request.param)


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", text)]


def test_every_chart_is_well_formed_and_comes_out_the_same_twice(charts):
    for chart in charts:
        first, second = render_svg(chart), render_svg(chart)
        assert first == second
        root = ElementTree.fromstring(first)
        assert root[0].text == chart.description


def test_modes_differ_in_colours_only(charts):
    light, dark = palette("light"), palette("dark")
    assert light != dark
    for chart in charts:
        drawings = [render_svg(chart, mode) for mode in MODES]
        assert drawings[0] != drawings[1]
        bare = [re.sub(r'(fill|stroke)="[^"]*"', "", drawing) for drawing in drawings]
        assert bare[0] == bare[1]


def test_every_colour_is_one_of_the_mode(charts):
    for mode in MODES:
        known = {*palette(mode).values(), "none", "transparent"}
        for chart in charts:
            used = set(re.findall(r'(?:fill|stroke)="([^"]*)"', render_svg(chart, mode)))
            assert used <= known, (chart.name, used - known)


def test_drawings_for_a_page_follow_the_page(charts):
    for chart in charts:
        drawing = page_svg(chart, prefix="here")
        used = set(re.findall(r'(?:fill|stroke)="([^"]*)"', drawing))
        assert all(value in ("none", "transparent") or value.startswith("var(--") for value in used)
        assert chart.title not in drawing
        assert 'width="' not in drawing.split(">", 1)[0]
        assert all(name.startswith("here-") for name in re.findall(r' id="([^"]*)"', drawing))


def test_nothing_is_fetched(charts):
    for chart in charts:
        drawing = render_svg(chart)
        assert "href" not in drawing
        assert set(re.findall(r"https?://[^\"' ]*", drawing)) <= {"http://www.w3.org/2000/svg"}


def test_texts_stay_inside_the_picture(charts):
    """Anchored at a point inside, and with room for their width on the side to which they run."""
    for chart in charts:
        root = ElementTree.fromstring(render_svg(chart))
        width = float(root.get("width"))
        for element, left in _texts(root, 0.0):
            room = {"start": (left, None), "end": (None, left), "middle": (left, left)}[
                element.get("text-anchor", "start")
            ]
            estimated = _estimated_width(element)
            if room[0] is not None and room[1] is None:
                assert left + estimated <= width + 1, (chart.name, element.text)
            if room[1] is not None and room[0] is None:
                assert left - estimated >= -1, (chart.name, element.text)
            if room[0] is not None and room[1] is not None:
                assert estimated / 2 <= left <= width - estimated / 2, (chart.name, element.text)


def _texts(element, left):
    moved = (
        numbers(element.get("transform", "translate(0,0)"))[0]
        if "rotate" not in element.get("transform", "")
        else 0
    )
    if element.tag.endswith("text"):
        yield element, left + moved
    for child in element:
        yield from _texts(child, left + moved)


def _estimated_width(element):
    from renown.charts.text import width_of

    size = float(element.get("font-size", "13px").removesuffix("px"))
    lines = ["".join(part.itertext()) for part in element] or [element.text or ""]
    return max(width_of(line, size, bold=element.get("font-weight") == "bold") for line in lines)


def test_a_picture_has_the_size_of_its_drawing_and_the_paper_of_its_mode():
    chart = chart_score_interval(score_row(), SCORES, scope=SCOPE)
    for mode in MODES:
        picture = Image.open(io.BytesIO(render_png(chart, mode, scale=2)))
        assert picture.width == 2 * (WIDE + 40)
        assert (
            "#{:02x}{:02x}{:02x}".format(*picture.convert("RGB").getpixel((2, 2))) == palette(mode)["paper"]
        )


def test_a_themed_spec_is_a_copy():
    chart = chart_score_interval(score_row(), SCORES, scope=SCOPE)
    before = repr(chart.spec)
    dark = themed(chart.spec, "dark")
    assert repr(chart.spec) == before
    assert dark["layer"] == chart.spec["layer"]
    assert dark["config"]["background"] == palette("dark")["paper"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_names_are_drawn_and_nothing_more(text):
    row = score_row(text)
    drawing = render_svg(chart_score_interval(row, SCORES, scope=SCOPE))
    root = ElementTree.fromstring(drawing)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {
        "svg",
        "title",
        "g",
        "rect",
        "path",
        "line",
        "text",
        "tspan",
        "circle",
        "defs",
        "clipPath",
    }
    assert not [key for element in root.iter() for key in element.keys() if key.startswith("on")]  # noqa: SIM118
    assert len(drawing) < 40_000


def test_a_svg_file_names_the_readers_own_font():
    root = ElementTree.fromstring(render_svg(chart_score_interval(score_row(), SCORES, scope=SCOPE)))
    assert root.get("font-family") == FONT_STACK
    assert not [element for element in root.iter() if element is not root and element.get("font-family")]


def test_the_machines_zone_and_process_change_nothing():
    program = (
        "from renown.charts import render_svg\n"
        "from tests.unit.charts.sample import all_charts\n"
        "import hashlib, sys\n"
        "drawn = [render_svg(chart) for chart in all_charts() if chart.name in ('history', 'ledger-day')]\n"
        "sys.stdout.write(hashlib.sha256(''.join(drawn).encode()).hexdigest())\n"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for zone, seed in (("Asia/Kolkata", "1"), ("America/Los_Angeles", "2"))
    ]
    assert found[0] == found[1]
    assert len(found[0]) == 64


def test_days_under_a_narrow_history_do_not_overlap():
    drawing = render_svg(chart_history(HISTORY, handle="maya", scope=SCOPE, width=NARROW))
    root = ElementTree.fromstring(drawing)
    days = [
        (left, _estimated_width(element), element.get("text-anchor"))
        for element, left in _texts(root, 0.0)
        if re.fullmatch(r"\d+ \w{3} \d{4}", element.text or "")
    ]
    starts = sorted(left - (width if anchor == "end" else 0) for left, width, anchor in days)
    assert len(days) == 2
    assert starts[1] > starts[0] + max(width for _, width, _ in days)
