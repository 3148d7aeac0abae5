"""docs/reference/mapping.md names every setting and field of a mapping, and none that is not there."""

import re

import pytest

from renown.sources.mapped.fields import (
    CONDITION_SETTINGS,
    MAPPING_SETTINGS,
    RULE_SETTINGS,
    TABLE_FIELDS,
    VALUE_SETTINGS,
)
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "reference" / "mapping.md").read_text(encoding="utf8")


def section(heading):
    return PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def first_cells(text):
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize(
    ("heading", "settings"),
    [
        ("At the top", MAPPING_SETTINGS),
        ("A field", VALUE_SETTINGS),
        ("Conditions", CONDITION_SETTINGS),
        ("A rule", {**RULE_SETTINGS, **TABLE_FIELDS}),
    ],
)
def test_every_setting_is_documented_and_no_other(heading, settings):
    assert first_cells(section(heading)) == set(settings)


def test_every_field_of_every_table_is_documented_with_whether_it_must_be_there():
    for table, fields in TABLE_FIELDS.items():
        (line,) = [line for line in section("A rule").splitlines() if line.startswith(f"| `{table}` |")]
        found = re.findall(r"`(\w+)`(\*?)", line.split("|")[2])
        assert found == [(name, "*" if field.missing else "") for name, field in fields.items()]
