"""Moments as people write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from renown.errors import MomentError
from renown.types import EARLIEST_MICROSECONDS, MICROSECONDS_PER_SECOND

Moment = str | int | float | date | datetime
"""An ISO 8601 date (its midnight) or date-time (UTC where it names no zone), or seconds since 1970."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_SECONDS: Final = EARLIEST_MICROSECONDS // MICROSECONDS_PER_SECOND
_LATEST_SECONDS: Final = 4_102_444_800
"""2100-01-01. Larger numbers are milliseconds or microseconds taken for seconds."""
_FORMS: Final = "Write a date (2024-05-31), a date and time (2024-05-31T12:00:00Z) or seconds since 1970."


def parse_moment(value: Moment) -> datetime:
    """The moment that a person means, in UTC.

    Raises:   MomentError: not a moment, or a number that is not seconds since 1970.
    Example:
        >>> parse_moment("2024-05-31").isoformat()
        '2024-05-31T00:00:00+00:00'
        >>> parse_moment("2024-05-31T12:00:00+02:00").isoformat()
        '2024-05-31T10:00:00+00:00'
        >>> parse_moment("1717113600") == parse_moment("2024-05-31")
        True
    """
    if isinstance(value, datetime):
        return _in_utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, int | float):
        return _from_seconds(float(value), str(value))
    return _from_text(value.strip())


def _from_text(text: str) -> datetime:
    is_basic_date = re.fullmatch(r"[12]\d{7}", text) is not None
    if re.fullmatch(r"-?\d+(\.\d+)?", text) and not is_basic_date:
        return _from_seconds(float(text), text)
    try:
        return _in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise MomentError(f"{text!r} is not a moment.", hint=_FORMS) from error


def _from_seconds(seconds: float, text: str) -> datetime:
    if not _EARLIEST_SECONDS <= seconds < _LATEST_SECONDS:
        raise MomentError(f"{text} seconds since 1970 is not between 2000 and 2100.", hint=_FORMS)
    return _EPOCH + timedelta(seconds=seconds)


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
