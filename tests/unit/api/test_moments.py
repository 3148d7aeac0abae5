from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from renown.api.moments import parse_moment
from renown.errors import MomentError

NOON = datetime(2024, 5, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2024-05-31T12:00:00",
        "2024-05-31T12:00Z",
        "2024-05-31 12:00:00+00:00",
        "2024-05-31T14:00:00+02:00",
        " 2024-05-31T12:00:00Z ",
        "1717156800",
        "1717156800.0",
        1_717_156_800,
        NOON,
        datetime(2024, 5, 31, 12),  # noqa: DTZ001 - a moment without a zone is what is tested
        datetime(2024, 5, 31, 14, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_one_moment_has_many_spellings(value: object) -> None:
    assert parse_moment(value) == NOON  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["2024-05-31", "20240531", date(2024, 5, 31)])
def test_a_date_is_its_midnight_in_utc(value: str | date) -> None:
    assert parse_moment(value) == datetime(2024, 5, 31, tzinfo=UTC)


def test_fractions_of_a_second_are_kept() -> None:
    assert parse_moment("1717156800.25").microsecond == 250_000
    assert parse_moment("2024-05-31T12:00:00.000001Z").microsecond == 1


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "31.05.2024",
        "2024-02-30",
        "2024",
        "1717156800000",
        "-5",
        "nan",
        "inf",
        "1e9",
        "0",
        3e12,
    ],
)
def test_what_is_not_a_moment_is_refused_with_the_forms_that_are(value: str | float) -> None:
    with pytest.raises(MomentError) as caught:
        parse_moment(value)
    assert "2024-05-31" in caught.value.hint


def test_moments_at_the_edge_of_the_calendar_are_refused_and_do_not_crash() -> None:
    with pytest.raises(MomentError):
        parse_moment("0001-01-01T00:00:00+14:00")
