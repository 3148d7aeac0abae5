"""The specs of all charts, as they were looked at: a change here is a change of what people see."""

from __future__ import annotations

import json

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from renown.charts.theme import NARROW, WIDE, chart_config, palette
from tests.unit.charts.sample import all_charts as report_charts
from tests.unit.charts.sample_card import card_charts


class JsonFile(SingleFileSnapshotExtension):
    """One readable file a chart."""

    _write_mode = WriteMode.TEXT
    file_extension = "json"


def all_charts(width=WIDE):
    return [*report_charts(width), *card_charts(width)]


NAMES = [chart.name for chart in all_charts()]


def written(record: object) -> str:
    return json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", NAMES)
def test_chart(name, width, snapshot):
    (chart,) = (chart for chart in all_charts(width) if chart.name == name)
    # Colours and type are the same in all of them; they have a snapshot of their own.
    spec = {key: part for key, part in chart.spec.items() if key not in ("config", "params")}
    said = {"title": chart.title, "subtitle": chart.subtitle, "description": chart.description}
    assert written({**said, "spec": spec}) == snapshot(extension_class=JsonFile)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_theme(mode, snapshot):
    colours = palette(mode)
    assert written({"palette": colours, "config": chart_config(colours)}) == snapshot(
        extension_class=JsonFile
    )


def test_every_chart_has_a_snapshot():
    assert len(NAMES) == len(set(NAMES)) == 22
