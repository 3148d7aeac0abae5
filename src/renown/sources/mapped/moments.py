"""Times as records write them, each as UTC microseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

from renown.sources.mapped.mapping import EPOCH_UNITS
from renown.store.harvest import UnreadableRecord
from renown.types import EARLIEST_MICROSECONDS

SKEW_MICROSECONDS: Final = 300_000_000
"""How far ahead of now a record's clock may be: as `read_moment` has it."""

SMALLEST_BY_UNIT: Final = {"ns": 10**17, "us": 10**14, "ms": 10**11}
"""From which number on an epoch number without a form is of that unit."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER: Final = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,30})?")
_ISO_START: Final = re.compile(r"\d{4}-\d\d-\d\d")


def to_microseconds(text: str, form: str | None, zone: str | None) -> int:
    """What a text means as a time.

    Raises:   UnreadableRecord: it means none, or says no zone and none was given.
    Example:
        >>> to_microseconds("1341100972", None, None) == to_microseconds("2012-07-01T00:02:52Z", "iso", None)
        True
    """
    if form in EPOCH_UNITS or (form is None and _NUMBER.fullmatch(text)):
        return _from_number(text, form)
    try:
        if form not in (None, "iso"):
            moment = datetime.strptime(text, str(form))  # noqa: DTZ007  the zone is looked at below
        elif _ISO_START.match(text):
            moment = datetime.fromisoformat(text)
        else:
            raise _unreadable(text)
        if moment.tzinfo is None:
            if zone is None:
                raise UnreadableRecord("time_without_zone", f"The time says no zone: {text}"[:200])
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        return (moment - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise _unreadable(text) from None


def _from_number(text: str, form: str | None) -> int:
    if not _NUMBER.fullmatch(text):
        raise _unreadable(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _unreadable(text) from None
    if form is None:
        form = next((unit for unit, least in SMALLEST_BY_UNIT.items() if abs(number) >= least), "s")
    microseconds = number / 1000 if form == "ns" else number * EPOCH_UNITS[form]
    return int(microseconds)


def _unreadable(text: str) -> UnreadableRecord:
    return UnreadableRecord("unreadable_time", f"This is no time: {text}"[:200])


def settled(claimed: int | UnreadableRecord, seen: int | None, now: int) -> int:
    """The moment that holds: what is claimed, unless it is implausible and somebody saw it happen.

    Raises:   UnreadableRecord: nothing plausible.
    """
    if isinstance(claimed, int) and EARLIEST_MICROSECONDS <= claimed <= now + SKEW_MICROSECONDS:
        return claimed
    if seen is not None:
        return settled(seen, None, now)
    if isinstance(claimed, UnreadableRecord):
        raise claimed
    reason = "time_before_2000" if claimed < EARLIEST_MICROSECONDS else "time_in_future"
    raise UnreadableRecord(reason, f"It claims {claimed} microseconds since 1970.")


def as_datetime(microseconds: int) -> datetime:
    """The moment as a datetime."""
    return _EPOCH + timedelta(microseconds=microseconds)
