"""Numbers and moments as SQL text that every engine reads back as exactly the same number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from renown.errors import MomentError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MICROSECONDS = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


def double(number: float) -> str:
    """A double literal: the exponent keeps engines from reading a decimal, whose arithmetic differs.

    Example:
        >>> from renown.steps.literals import double
        >>> double(30), double(1 / 3), double(1e-9)
        ('30e0', '0.3333333333333333e0', '1e-09')
    """
    text = repr(float(number))
    return text if "e" in text else f"{text.removesuffix('.0')}e0"


def moment(microseconds: int) -> str:
    """A UTC timestamp literal, exact to the microsecond.

    Raises:   MomentError: before 1970 or after 9999.
    Example:
        >>> from renown.steps.literals import moment
        >>> moment(1_767_225_600_000_001)
        "timestamptz '2026-01-01 00:00:00.000001+00:00'"
    """
    if not 0 <= microseconds <= _LAST_MICROSECONDS:
        raise MomentError(
            f"{microseconds} microseconds since 1970 is not a moment between 1970 and 9999.",
            hint="Give the moment in UTC microseconds.",
        )
    instant = _EPOCH + timedelta(microseconds=microseconds)
    return f"timestamptz '{instant.isoformat(sep=' ')}'"
