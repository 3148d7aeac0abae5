from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from renown.errors import InputError, MomentError
from renown.simulate import TownPlan, TownRules, build_town


@pytest.mark.parametrize("count", [0, 999, 10_000_001, -5])
def test_sizes_outside_the_range_are_refused_with_the_range(count):
    with pytest.raises(InputError, match=r"1,000 to 10,000,000"):
        build_town(people_count=count)


@pytest.mark.parametrize("count", [1_000, 10_000_000])
def test_both_ends_of_the_range_are_accepted(count):
    assert TownPlan(people_count=count).people_count == count


@pytest.mark.parametrize("days", [0, 27, 731])
def test_days_outside_the_range_are_refused(days):
    with pytest.raises(InputError, match="28 to 730 days"):
        build_town(days=days)


def test_a_start_without_zone_is_refused():
    with pytest.raises(MomentError, match="no time zone"):
        build_town(start=datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_start_may_be_in_any_zone():
    there = datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    expected = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
    assert TownPlan(start=there).start_microseconds() == expected


def test_the_docs_name_every_rule_with_its_value():
    text = (Path(__file__).parents[3] / "docs" / "concepts" / "town.md").read_text(encoding="utf8")
    rows = {
        line.split("|")[1].strip(): line.split("|")[2].strip() for line in text.splitlines() if "|" in line
    }
    for field in fields(TownRules):
        value = field.default
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        assert rows.get(f"`{field.name}`") == shown, f"docs/concepts/town.md: {field.name} should be {shown}"
