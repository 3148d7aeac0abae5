"""Times as records write them, to UTC microseconds, where they are written in the one usual way."""

# mypy: disable-error-code="return-value, assignment"
from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from renown.kernels.compiled import called, inlined

IntArray = NDArray[np.int64]
ByteArray = NDArray[np.uint8]

NOT_SURE: Final = -(1 << 62)
NUMBER_FORM: Final = 0
ISO_FORM: Final = 1
ANY_FORM: Final = 2
PATTERN_FORM: Final = 3
"""First column of a form's row. The second: of a number its microseconds a unit (0: nanoseconds), of ISO
whether a time that names no zone is in UTC, of a pattern the row of its first step; the third how many."""

_SECOND: Final = 1_000_000
_DAY: Final = 86_400


@inlined
def _two(text: ByteArray, place: int) -> int:
    """Two digits as a number; 1000 where they are none."""
    tens, ones = np.int64(text[place]) - 48, np.int64(text[place + 1]) - 48
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else 1_000


@inlined
def _moment(year: int, month: int, day: int, seconds: int) -> int:
    """Seconds since 1970 of a date of the Gregorian calendar, or NOT_SURE."""
    if not (1970 <= year <= 2200 and 1 <= month <= 12 and 1 <= day <= 31):
        return NOT_SURE
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if month == 2 and day > (29 if is_leap else 28):
        return NOT_SURE
    if day == 31 and (month == 4 or month == 6 or month == 9 or month == 11):
        return NOT_SURE
    shifted = year - 1 if month <= 2 else year
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    days = 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + of_year - 719_468
    return days * _DAY + seconds


@inlined
def _clock(hour: int, minute: int, second: int) -> int:
    """Seconds since midnight; negative where it is no time of day."""
    return (hour * 60 + minute) * 60 + second if hour <= 23 and minute <= 59 and second <= 59 else -1


@inlined
def _zone(text: ByteArray, place: int, colon: int) -> int:
    """Seconds east of Greenwich of +hh:mm or +hhmm; NOT_SURE where it is something else."""
    sign, hours, minutes = text[place], _two(text, place + 1), _two(text, place + 3 + colon)
    is_zone = (sign == 43 or sign == 45) and hours <= 23 and minutes <= 59
    if not is_zone or (colon and text[place + 3] != 58):
        return NOT_SURE
    seconds = (hours * 60 + minutes) * 60
    return seconds if sign == 43 else -seconds


@inlined
def _iso(text: ByteArray, begin: int, length: int, is_utc: int) -> int:
    if length < 19:
        return NOT_SURE
    is_laid_out = text[begin + 4] == 45 and text[begin + 7] == 45 and text[begin + 13] == 58
    is_laid_out = (
        is_laid_out and text[begin + 16] == 58 and (text[begin + 10] == 84 or text[begin + 10] == 32)
    )
    year = _two(text, begin) * 100 + _two(text, begin + 2)
    seconds = _clock(_two(text, begin + 11), _two(text, begin + 14), _two(text, begin + 17))
    if not is_laid_out or seconds < 0:
        return NOT_SURE
    moment = _moment(year, _two(text, begin + 5), _two(text, begin + 8), seconds)
    place, end, fraction = begin + 19, begin + length, 0
    if place < end and text[place] == 46:
        scale = _SECOND
        place += 1
        while place < end and 48 <= text[place] <= 57 and scale > 1:
            scale //= 10
            fraction += (np.int64(text[place]) - 48) * scale
            place += 1
        if scale == _SECOND:
            return NOT_SURE
    east = NOT_SURE
    if place == end:
        east = 0 if is_utc else NOT_SURE
    elif end - place == 1 and text[place] == 90:
        east = 0
    elif end - place == 6:
        east = _zone(text, place, 1)
    if moment == NOT_SURE or east == NOT_SURE:
        return NOT_SURE
    return (moment - east) * _SECOND + fraction


@inlined
def _number(text: ByteArray, begin: int, length: int, unit: int) -> int:
    """A whole number of units. Unit -1: found out from its size."""
    if length == 0 or length > 18:
        return NOT_SURE
    number = np.int64(0)
    for place in range(begin, begin + length):
        digit = np.int64(text[place]) - 48
        if digit < 0 or digit > 9:
            return NOT_SURE
        number = number * 10 + digit
    if unit < 0:
        unit = 0 if number >= 10**17 else 1 if number >= 10**14 else 1_000 if number >= 10**11 else _SECOND
    if unit == 0:
        return number // 1_000
    return number * unit if number < 10**18 // unit else NOT_SURE


@inlined
def _word(text: ByteArray, place: int, count: int, words: IntArray, first: int) -> int:
    """Which of some words of three letters stands here, from 1; 0: none."""
    found = (np.int64(text[place]) << 16) | (np.int64(text[place + 1]) << 8) | np.int64(text[place + 2])
    for word in range(count):
        if words[first + word, 0] == found:
            return word + 1
    return 0


@inlined
def _pattern(text: ByteArray, begin: int, length: int, steps: IntArray, form: int) -> int:
    """By a pattern of fixed width: a step for each thing: its letter (negative: as it stands), its width.

    Days and months stand as words of three letters behind the steps; the form's row says where.
    """
    if length != steps[form, 3]:
        return NOT_SURE
    place, year, month, day, east = begin, 0, 0, 0, 0
    hour, minute, second = 0, 0, 0
    for step in range(steps[form, 1], steps[form, 1] + steps[form, 2]):
        letter = steps[step, 0]
        if letter < 0:
            if text[place] != -letter:
                return NOT_SURE
        elif letter == 89:
            year = _two(text, place) * 100 + _two(text, place + 2)
        elif letter == 109:
            month = _two(text, place)
        elif letter == 98:
            month = _word(text, place, 12, steps, steps[form, 4] + 7)
        elif letter == 97:
            if _word(text, place, 7, steps, steps[form, 4]) == 0:
                return NOT_SURE
        elif letter == 100:
            day = _two(text, place)
        elif letter == 72:
            hour = _two(text, place)
        elif letter == 77:
            minute = _two(text, place)
        elif letter == 83:
            second = _two(text, place)
        else:
            east = _zone(text, place, 0)
        place += steps[step, 1]
    seconds = _clock(hour, minute, second)
    moment = _moment(year, month, day, seconds)
    if seconds < 0 or moment == NOT_SURE or east == NOT_SURE:
        return NOT_SURE
    return (moment - east) * _SECOND


@called
def moment_of(text: ByteArray, begin: int, length: int, steps: IntArray, form: int) -> int:
    """UTC microseconds of a text, or NOT_SURE. `form` is the row of `steps` that says how it is written."""
    what, said = steps[form, 0], steps[form, 1]
    if what == NUMBER_FORM:
        return _number(text, begin, length, said)
    if what == PATTERN_FORM:
        return _pattern(text, begin, length, steps, form)
    if what == ANY_FORM:
        moment = _number(text, begin, length, -1)
        if moment != NOT_SURE:
            return moment
    return _iso(text, begin, length, said)
