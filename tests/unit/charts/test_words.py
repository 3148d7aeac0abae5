"""Figures in words, the same here as in the explanations."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from renown.charts import words
from renown.explain import words as explain_words


@pytest.mark.parametrize("count", [0, 1, 2, 9, 10, 11, 14, 99, 100, 101, 317, 320, 999, 12_345, 987_654_321])
def test_counts_are_said_as_the_explanations_say_them(count):
    assert words.people(count) == explain_words.people(count)


@pytest.mark.parametrize("share", [0.0, 1e-9, 0.004, 0.01, 0.408, 0.985, 0.995, 0.9999, 1.0])
def test_shares_are_said_as_the_explanations_say_them(share):
    assert words.of_hundred(share) == explain_words.of_hundred(share)


def test_kinds_are_called_as_the_explanations_call_them():
    assert explain_words.KIND_PLURALS == words.KIND_PLURALS


def test_a_moment_is_told_in_utc():
    late = datetime(2026, 5, 31, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert words.day_words(late) == "1 June 2026"
    assert words.iso(late) == "2026-06-01T04:30:00Z"
    assert words.day_words(date(2026, 5, 3)) == "3 May 2026"
    assert words.in_utc(datetime(2026, 5, 3, 12)) == datetime(2026, 5, 3, 12, tzinfo=UTC)  # noqa: DTZ001


def test_small_changes_have_no_sign():
    assert [words.signed(points) for points in (0.04, -0.04, 0.06, -0.06)] == ["0.0", "0.0", "+0.1", "−0.1"]
