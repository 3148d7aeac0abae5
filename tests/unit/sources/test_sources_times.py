from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest

from renown.sources.reasons import REASON_NAMES
from renown.sources.times import TimeReader

MOMENT = 1341100972
NOW = 1_700_000_000 * 10**6


def read(*values, kind=None, reader=None, **options):
    """The seconds of each value, or the reason why it has none."""
    reader = reader or TimeReader(now_microseconds=NOW, **options)
    times = reader.read(pa.array(values, kind))
    return [
        REASON_NAMES[reason] or microseconds / 1e6
        for microseconds, reason in zip(times.microseconds.tolist(), times.reasons.tolist(), strict=True)
    ]


@pytest.mark.parametrize("factor", [1, 10**3, 10**6, 10**9])
@pytest.mark.parametrize("as_text", [False, True])
def test_the_unit_follows_from_the_size(factor, as_text):
    value = MOMENT * factor
    assert read(str(value) if as_text else value) == [MOMENT]


def test_a_float_is_a_time_with_a_fraction():
    assert read(MOMENT + 0.25, float("nan"), None) == [MOMENT + 0.25, "unreadable_time", "missing_time"]
    assert read(f"{MOMENT}.25", f"{MOMENT}.0", "1.341100972e9") == [MOMENT + 0.25, MOMENT, MOMENT]


def test_a_fraction_keeps_its_microseconds():
    times = TimeReader(now_microseconds=NOW).read(pa.array([f"{MOMENT}.123457", f"{MOMENT + 1}.000001"]))
    assert times.microseconds.tolist() == [MOMENT * 10**6 + 123457, (MOMENT + 1) * 10**6 + 1]


def test_the_first_valid_number_settles_the_unit():
    reader = TimeReader(now_microseconds=NOW)
    assert read(0, MOMENT * 1000, MOMENT, reader=reader) == ["time_before_2000", MOMENT, "mixed_time_unit"]
    assert read(MOMENT, MOMENT * 1000 + 500, reader=reader) == ["mixed_time_unit", MOMENT + 0.5]


def test_times_must_lie_between_2000_and_tomorrow():
    first = 946_684_800
    last = NOW // 10**6 + 86_400
    assert read(MOMENT, first - 1, first, last, last + 1, -5, 2**62) == [
        MOMENT,
        "time_before_2000",
        first,
        last,
        "time_in_future",
        "time_before_2000",
        "time_in_future",
    ]


def test_out_of_range_is_told_even_before_the_unit_is_known():
    assert read(4_102_444_800, kind=pa.int64()) == ["time_in_future"]
    assert read(100_000, kind=pa.int64()) == ["time_before_2000"]


@pytest.mark.parametrize(
    "text",
    [
        "2012-07-01T00:02:52Z",
        "2012-07-01 00:02:52+00:00",
        "2012-07-01T02:02:52+0200",
        "2012-06-30T19:02:52-05",
        "2012-07-01T00:02:52.000000Z",
        "2012-07-01T00:02:52.000000999Z",
        "20120701T000252Z",
        "  2012-07-01T00:02:52Z ",
    ],
)
def test_iso_8601_with_a_zone(text):
    assert read(text) == [MOMENT]
    assert read(text, "2012-07-01T00:02:53Z", "x") == [MOMENT, MOMENT + 1, "unreadable_time"]


def test_a_time_without_zone_needs_one():
    naive = ["2012-07-01T02:02:52", "2012-07-01 02:02:52.5", "2012-07-01"]
    assert read(*naive) == ["time_without_zone"] * 3
    seconds = read(*naive, "2012-07-01T00:02:52Z", time_zone="Europe/Berlin")
    assert seconds == [MOMENT, MOMENT + 0.5, MOMENT - 172 - 7200, MOMENT]


def test_typed_moments_need_a_zone_too():
    naive = [datetime(2012, 7, 1, 2, 2, 52), None]  # noqa: DTZ001
    assert read(*naive) == ["time_without_zone", "missing_time"]
    assert read(*naive, time_zone="Europe/Berlin") == [MOMENT, "missing_time"]
    assert read(datetime(2012, 7, 1, 0, 2, 52, tzinfo=UTC)) == [MOMENT]
    assert read(date(2012, 7, 1), time_zone="UTC") == [MOMENT - 172]


def test_an_hour_that_the_clock_repeats_or_skips_is_read_the_same_typed_and_as_text():
    walls = [datetime(2012, 10, 28, 2, 30), datetime(2012, 3, 25, 2, 30)]  # noqa: DTZ001
    typed = read(*walls, time_zone="Europe/Berlin")
    assert typed == read(*(wall.isoformat() for wall in walls), time_zone="Europe/Berlin")
    assert typed == [1351384200, 1332639000]


@pytest.mark.parametrize(
    "text", ["yesterday", "2012-13-45T00:00:00Z", "1_341_100_972", "0xNO", "١٣٤١١٠٠٩٧٢", "--1", "1 341"]
)
def test_what_is_no_time_is_unreadable(text):
    assert read(text) == read(text, "x", "")[:1] == ["unreadable_time"]


def test_a_hexadecimal_number_means_the_same_alone_and_among_others():
    assert read("0x4fef93ec") == read("0x4fef93ec", "x")[:1] == [0x4FEF93EC]


def test_infinity_is_no_crash():
    assert read("1e999", "-1e999") == ["time_in_future", "time_before_2000"]


@pytest.mark.parametrize("text", ["", "   ", None])
def test_nothing_is_missing(text):
    assert read(text, kind=pa.string()) == ["missing_time"]


def test_one_bad_value_among_many_costs_only_itself():
    texts = [f"2012-07-01T00:02:{i % 60:02d}Z" for i in range(20_000)]
    texts[12_345] = "soon"
    times = TimeReader(now_microseconds=NOW).read(pa.array(texts))
    assert np.flatnonzero(times.reasons).tolist() == [12_345]
    expected = (MOMENT - 52 + np.arange(20_000) % 60) * 10**6
    assert (times.microseconds == expected).sum() == 19_999


def test_a_number_far_beyond_any_time_is_no_crash():
    assert read("9" * 30, "-" + "9" * 10_000) == ["time_in_future", "time_before_2000"]
    assert read(2**64 - 1, kind=pa.uint64()) == ["time_in_future"]
    assert read(1e300) == ["unreadable_time"]


def test_dictionary_text_is_read():
    column = pa.array(["2012-07-01T00:02:52Z"] * 3).dictionary_encode()
    assert TimeReader(now_microseconds=NOW).read(column).microseconds.tolist() == [MOMENT * 10**6] * 3


def test_no_rows():
    times = TimeReader(now_microseconds=NOW).read(pa.array([], pa.string()))
    assert len(times.microseconds) == len(times.reasons) == 0
