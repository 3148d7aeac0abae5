"""From lines of JSON to rows: conditions, templates and times of a mapping, as steps over byte spans.

The steps come as numbers (sources/mapped/program.py makes them), and the rows go out as Arrow lays them out.
A line of which anything is not sure is given back, whole.
"""

# mypy: disable-error-code="no-any-return, assignment, arg-type"
# ruff: noqa: SIM109, SIM102  numba compiles plain comparisons and loops best
from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from renown.kernels.compiled import called, compiled_without_allocation, inlined
from renown.kernels.json_moments import NOT_SURE, moment_of
from renown.kernels.json_paths import BEGIN, COUNT, KIND, LENGTH, MISSING, TOTAL, TRUTH, scan_line
from renown.kernels.wide import WIDTH, copy_wide, word_at

IntArray = NDArray[np.int64]
ByteArray = NDArray[np.uint8]
OffsetArray = NDArray[np.int32]

EXISTS: Final = 0
IS: Final = 1
NOT: Final = 2
CONTAINS: Final = 3
STARTS: Final = 4

CONSTANT: Final = 0
PATHS: Final = 1
TEMPLATE: Final = 2

PART_LITERAL: Final = 0
PART_PATH: Final = 1
PART_UNIT: Final = 2

FIELD_ID: Final = 0
FIELD_FULL_ID: Final = 1
FIELD_KIND: Final = 2
FIELD_TIME: Final = 3
FIELD_TEXT: Final = 4
FIELD_COUNT: Final = 5
FIELD_FLAG: Final = 6
FIELD_BUT_NOT: Final = 7
"""What a row of a field is; the last is no field, but what the target must not be."""

DIGITS_ROOM: Final = 32
MOST_SPANS: Final = 32
LONGEST_TEXT: Final = 60_000
ROOM_FOR_ROW: Final = 1 << 17
"""Bytes that must be free in a column before a row is begun: the longest text and what is copied past it."""

NOTHING: Final = 0
ODD: Final = -1
FULL: Final = -2
LEFT_OUT: Final = -3


@inlined
def _same(text: ByteArray, one: int, other: int, length: int) -> bool:
    place = 0
    while place + 8 <= length:
        if word_at(text, one + place) != word_at(text, other + place):
            return False
        place += 8
    differing = word_at(text, one + place) ^ word_at(text, other + place)
    return (differing & ((1 << (8 * (length - place))) - 1)) == 0


@inlined
def _is_one_of(
    text: ByteArray, span: tuple[int, int], base: int, steps: IntArray, texts: tuple[int, int]
) -> bool:
    for row in range(texts[0], texts[0] + texts[1]):
        if steps[row, 1] == span[1] and _same(text, span[0], base + steps[row, 0], span[1]):
            return True
    return False


@called
def _begins_or_holds(
    text: ByteArray, span: tuple[int, int], base: int, steps: IntArray, condition: int
) -> bool:
    first, count = steps[condition, 2], steps[condition, 3]
    for row in range(first, first + count):
        wanted, length = base + steps[row, 0], steps[row, 1]
        last = span[1] - length if steps[condition, 1] == CONTAINS else min(0, span[1] - length)
        for place in range(last + 1):
            if _same(text, span[0] + place, wanted, length):
                return True
    return False


@called
def _holds_of_list(
    text: ByteArray, steps: IntArray, condition: int, marks: IntArray, values: IntArray
) -> bool:
    base = marks[2, TOTAL]
    slot, scope = steps[condition, 0], steps[condition, 5]
    texts = (steps[condition, 2], steps[condition, 3])
    for element in range(marks[scope, COUNT]):
        kind = values[element, slot, KIND]
        if MISSING < kind <= TRUTH:
            span = (values[element, slot, BEGIN], values[element, slot, LENGTH])
            if _is_one_of(text, span, base, steps, texts):
                return steps[condition, 1] == IS
    return steps[condition, 1] == NOT


@inlined
def _is_so(
    text: ByteArray,
    steps: IntArray,
    condition: int,
    element: int,
    marks: IntArray,
    values: IntArray,
) -> bool:
    """A condition: slot, operator, first text, how many, what is wanted, scope, whether of an element."""
    base = marks[2, TOTAL]
    operator = steps[condition, 1]
    if steps[condition, 5] >= 0:
        return _holds_of_list(text, steps, condition, marks, values)
    slot = steps[condition, 0]
    place = element if steps[condition, 6] else 0
    kind = values[place, slot, KIND]
    if operator == EXISTS:
        return (kind != MISSING) == (steps[condition, 4] != 0)
    if kind == MISSING or kind > TRUTH:
        return operator == NOT
    span = (values[place, slot, BEGIN], values[place, slot, LENGTH])
    if operator == CONTAINS or operator == STARTS:
        return _begins_or_holds(text, span, base, steps, condition)
    is_one = _is_one_of(text, span, base, steps, (steps[condition, 2], steps[condition, 3]))
    return is_one == (operator == IS)


@inlined
def _is_so_of_line(
    text: ByteArray,
    steps: IntArray,
    condition: int,
    marks: IntArray,
    values: IntArray,
    spans: IntArray,
) -> bool:
    """A condition on the record: several rules ask the same, which is answered once."""
    answer = MOST_SPANS + 1 + steps[condition, 7]
    if spans[answer, 1] != marks[0, TOTAL]:
        spans[answer, 0] = _is_so(text, steps, condition, 0, marks, values)
        spans[answer, 1] = marks[0, TOTAL]
    return spans[answer, 0] != 0


@inlined
def _hold_of_line(
    text: ByteArray,
    steps: IntArray,
    groups: int,
    marks: IntArray,
    values: IntArray,
    spans: IntArray,
) -> bool:
    """Whether one group of conditions on the record holds whole. `groups` is the row that says which."""
    first, count = steps[groups, 0], steps[groups, 1]
    if count == 0:
        return True
    for group in range(first, first + count):
        holds = True
        for condition in range(steps[group, 0], steps[group, 0] + steps[group, 1]):
            if not _is_so_of_line(text, steps, condition, marks, values, spans):
                holds = False
                break
        if holds:
            return True
    return False


@inlined
def _hold(
    text: ByteArray, steps: IntArray, groups: int, element: int, marks: IntArray, values: IntArray
) -> bool:
    """The same of the conditions on an element."""
    first, count = steps[groups, 0], steps[groups, 1]
    if count == 0:
        return True
    for group in range(first, first + count):
        holds = True
        for condition in range(steps[group, 0], steps[group, 0] + steps[group, 1]):
            if not _is_so(text, steps, condition, element, marks, values):
                holds = False
                break
        if holds:
            return True
    return False


@inlined
def _write_digits(text: ByteArray, place: int, number: int) -> int:
    """Write a number that is not negative; how many digits."""
    count, rest = 1, number // 10
    while rest > 0:
        count, rest = count + 1, rest // 10
    for digit in range(count - 1, -1, -1):
        text[place + digit] = 48 + number % 10
        number //= 10
    return count


@inlined
def _path_span(part: int, element: int, is_id: bool, steps: IntArray, values: IntArray) -> tuple[int, int]:
    """Begin and length of what a part's path leads to; begin 0: nothing, -1: not sure."""
    slot = steps[part, 1]
    place = element if steps[part, 2] else 0
    kind = values[place, slot, KIND]
    if kind == MISSING:
        return -2, 0
    if kind > TRUTH or (is_id and kind == TRUTH):
        return -1, 0
    return values[place, slot, BEGIN], values[place, slot, LENGTH]


@inlined
def _cut(text: ByteArray, begin: int, length: int, letter: int, part: int) -> tuple[int, int]:
    """The part of a text between two separators; of length 0 where there is none."""
    end = begin + length
    for place in range(begin, end):
        if text[place] == letter:
            part -= 1
            if part == 0:
                return begin, place - begin
            begin = place + 1
    return begin, (end - begin if part == 1 else 0)


@inlined
def _spans_of(
    text: ByteArray,
    steps: IntArray,
    value: int,
    element: int,
    values: IntArray,
    spans: IntArray,
) -> int:
    """Gather what a value is made of in `spans`: how many, NOTHING or ODD.

    A value: what it is, first part, how many, letter to cut at, which part, first word, how many, prefix and
    its length, default (-1: none) and its length, whether an id. spans[MOST_SPANS]: the row's time, base.
    """
    base = spans[MOST_SPANS, 1]
    is_id = steps[value, 11] != 0
    first, parts_count = steps[value, 1], steps[value, 2]
    count = 1 if steps[value, 8] > 0 else 0
    prefix_count, is_missing = count, False
    for part in range(first, first + parts_count):
        what = steps[part, 0]
        if what == PART_LITERAL:
            begin, length = base + steps[part, 1], steps[part, 2]
        elif what == PART_UNIT:
            moment = spans[MOST_SPANS, 0]
            if moment < 0:
                return ODD
            begin = base + steps[part, 2]
            length = _write_digits(text, begin, moment // steps[part, 1])
        else:
            begin, length = _path_span(part, element, is_id, steps, values)
            if begin == -1:
                return ODD
            if begin == -2:
                is_missing = True
                continue
        spans[count, 0], spans[count, 1] = begin, length
        count += 1
        if steps[value, 0] == PATHS:
            break
    is_missing = count == prefix_count if steps[value, 0] == PATHS else is_missing
    if not is_missing and steps[value, 3] >= 0:
        begin, length = _cut(
            text, spans[prefix_count, 0], spans[prefix_count, 1], steps[value, 3], steps[value, 4]
        )
        spans[prefix_count, 0], spans[prefix_count, 1] = begin, length
        is_missing = length == 0
    if is_missing:
        if steps[value, 9] < 0:
            return NOTHING
        spans[0, 0], spans[0, 1] = base + steps[value, 9], steps[value, 10]
        return 1
    for row in range(steps[value, 5], steps[value, 5] + steps[value, 6]):
        length = spans[prefix_count, 1]
        if steps[row, 1] == length and _same(text, spans[prefix_count, 0], base + steps[row, 0], length):
            spans[prefix_count, 0], spans[prefix_count, 1] = base + steps[row, 2], steps[row, 3]
            break
    if prefix_count:
        spans[0, 0], spans[0, 1] = base + steps[value, 7], steps[value, 8]
    return count


@inlined
def _total(spans: IntArray, count: int) -> int:
    total = 0
    for place in range(count):
        total += spans[place, 1]
    return total


@inlined
def _write(text: ByteArray, begin: int, length: int, letters: ByteArray, column: int, place: int) -> int:
    """Copy a span to a place of a column; where it ends. Some bytes behind it are written over too."""
    row = letters[column]
    for step in range(0, length, WIDTH):
        copy_wide(row, place + step, text, begin + step)
    return place + length


@inlined
def _text_field(
    text: ByteArray, steps: IntArray, at: tuple[int, int], count: int, spans: IntArray, texts: Any
) -> int:
    """Write a text or an id into the row; 0, or ODD."""
    base = spans[MOST_SPANS, 1]
    field, row = at
    offsets, letters, there = texts
    what, column = steps[field, 0], steps[field, 2]
    total = _total(spans, count)
    if total > (LONGEST_TEXT if what == FIELD_TEXT else steps[0, 2]):
        return ODD
    begin = np.int64(offsets[column, row])
    place = begin
    if what == FIELD_FULL_ID:
        place = _write(text, base + steps[0, 0], steps[0, 1], letters, column, place)
    own = place
    for span in range(count):
        place = _write(text, spans[span, 0], spans[span, 1], letters, column, place)
    if what == FIELD_ID or what == FIELD_FULL_ID:
        if total == 0 or letters[column, own] <= 32:
            return ODD
    if what == FIELD_FULL_ID and total >= steps[0, 1]:
        is_there = True
        for letter in range(steps[0, 1]):
            if letters[column, own + letter] != letters[column, begin + letter]:
                is_there = False
                break
        if is_there:
            return ODD
    offsets[column, row + 1] = place
    there[column, row] = 1
    return 0


@inlined
def _number_field(
    text: ByteArray, steps: IntArray, at: tuple[int, int], count: int, spans: IntArray, numbers: Any
) -> int:
    """Write a time, a count or a flag into the row; 0, or ODD."""
    base = spans[MOST_SPANS, 1]
    field, row = at
    figures, there = numbers
    what, column = steps[field, 0], steps[field, 2]
    if count != 1:
        return ODD
    begin, length = spans[0, 0], spans[0, 1]
    number = np.int64(0)
    if what == FIELD_TIME:
        number = moment_of(text, begin, length, steps, steps[field, 5])
        if number == NOT_SURE or number < steps[0, 3] or number > steps[0, 4]:
            return ODD
        number -= number % steps[field, 6]
        if steps[field, 4]:
            spans[MOST_SPANS, 0] = number
    elif what == FIELD_COUNT:
        if length == 0 or length > 18:
            return ODD
        for place in range(begin, begin + length):
            if not 48 <= text[place] <= 57:
                return ODD
            number = number * 10 + (text[place] - 48)
    elif length == 4 and _same(text, begin, base + steps[0, 5], 4):
        number = 1
    elif not (length == 5 and _same(text, begin, base + steps[0, 6], 5)):
        return ODD
    figures[column, row] = number
    there[column, row] = 1
    if steps[field, 3] >= 0:
        figures[steps[field, 3], row] = number
        there[steps[field, 3], row] = 1
    return 0


@inlined
def _begin_row(steps: IntArray, table: int, texts: Any, numbers: Any, row: int) -> bool:
    """Make every column of the row empty; false: there is no room.

    A table: its first text column, how many, first column of numbers, how many.
    """
    offsets, letters, texts_there = texts
    _, numbers_there = numbers
    if row == texts_there.shape[1]:
        return False
    for column in range(steps[table, 0], steps[table, 0] + steps[table, 1]):
        if offsets[column, row] + ROOM_FOR_ROW > letters.shape[1]:
            return False
        offsets[column, row + 1] = offsets[column, row]
        texts_there[column, row] = 0
    for column in range(steps[table, 2], steps[table, 2] + steps[table, 3]):
        numbers_there[column, row] = 0
    return True


@inlined
def _is_target(
    text: ByteArray, steps: IntArray, at: tuple[int, int], count: int, spans: IntArray, texts: Any
) -> bool:
    """Whether spans say what stands in the row as its target."""
    rule, row = at
    offsets, letters, _ = texts
    column = steps[rule, 6]
    place = offsets[column, row] + steps[0, 1]
    if offsets[column, row + 1] - place != _total(spans, count):
        return False
    for span in range(count):
        for letter in range(spans[span, 0], spans[span, 0] + spans[span, 1]):
            if letters[column, place] != text[letter]:
                return False
            place += 1
    return True


@inlined
def _add_row(text: ByteArray, steps: IntArray, rule: int, element: int, values: IntArray, out: Any) -> int:
    """One row of a rule: 0, LEFT_OUT, ODD or FULL. A field: what, value, column, second column, ..."""
    spans, texts, numbers, rows = out
    table = steps[rule, 0]
    row = rows[steps[table, 4]]
    if not _begin_row(steps, table, texts, numbers, row):
        return FULL
    base = spans[MOST_SPANS, 1]
    spans[MOST_SPANS, 0] = -1
    is_left_out = False
    for field in range(steps[rule, 4], steps[rule, 4] + steps[rule, 5]):
        count = _spans_of(text, steps, steps[field, 1], element, values, spans)
        if count == NOTHING and not steps[field, 7]:
            continue
        if count <= 0:
            return ODD
        what = steps[field, 0]
        if what == FIELD_BUT_NOT:
            is_left_out = is_left_out or _is_target(text, steps, (rule, row), count, spans, texts)
            continue
        if what == FIELD_KIND:
            span = (spans[0, 0], spans[0, 1])
            if count != 1 or not _is_one_of(text, span, base, steps, (steps[0, 7], steps[0, 8])):
                return ODD
            is_left_out = is_left_out or (span[1] == 1)
        if what <= FIELD_KIND or what == FIELD_TEXT:
            done = _text_field(text, steps, (field, row), count, spans, texts)
        else:
            done = _number_field(text, steps, (field, row), count, spans, numbers)
        if done != 0:
            return ODD
    if is_left_out:
        return LEFT_OUT
    rows[steps[table, 4]] = row + 1
    return 0


@inlined
def _apply(
    text: ByteArray,
    steps: IntArray,
    marks: IntArray,
    values: IntArray,
    out: Any,
    counts: IntArray,
) -> int:
    """All rules on the line that was read: 0, ODD or FULL.

    Row 1 of steps: first rule, how many, first flag, how many. A rule: table, when, scope, when_each, first
    field, how many, column of the target.
    """
    flags = steps[1, 3]
    for flag in range(flags):
        if _hold_of_line(text, steps, steps[1, 2] + flag, marks, values, out[0]):
            counts[flag] += 1
            return 0
    is_taken = False
    for rule in range(steps[1, 0], steps[1, 0] + steps[1, 1]):
        if not _hold_of_line(text, steps, steps[rule, 1], marks, values, out[0]):
            continue
        is_taken = True
        scope = steps[rule, 2]
        elements = marks[scope, COUNT] if scope >= 0 else 1
        for element in range(elements):
            if _hold(text, steps, steps[rule, 3], element, marks, values):
                done = _add_row(text, steps, rule, element, values, out)
                if done == ODD or done == FULL:
                    return done
    if not is_taken:
        counts[flags] += 1
    return 0


@compiled_without_allocation
def map_lines(text: ByteArray, starts: OffsetArray, place: Any, wanted: Any, out: Any, told: Any) -> int:
    """Map lines until they end or the rows are full: the line to go on with.

    Args:     text: the lines, and behind them, from `base` on, room for digits, names and constants.
              place: the first line, the one to stop before, base. wanted: nodes, steps.
              out: room (marks, values, spans), texts (offsets, letters, there), numbers (figures, there),
              rows by table. told: counts by flag, lines that are not sure (1), lines to leave alone (1).
    """
    first, stop, base = place
    nodes, steps = wanted
    (marks, values, spans), texts, numbers, rows = out
    counts, odd, alone = told
    marks[2, TOTAL] = base
    spans[MOST_SPANS, 1] = base
    row_out = (spans, texts, numbers, rows)
    for line in range(first, stop):
        if alone[line]:
            odd[line] = 1
            continue
        for table in range(rows.shape[0] // 2):
            rows[rows.shape[0] // 2 + table] = rows[table]
        done = ODD
        if scan_line(text, starts[line], starts[line + 1], nodes, marks, values):
            done = _apply(text, steps, marks, values, row_out, counts)
        if done == 0:
            continue
        was_empty = True
        for table in range(rows.shape[0] // 2):
            rows[table] = rows[rows.shape[0] // 2 + table]
            was_empty = was_empty and rows[table] == 0
        if done == FULL and not was_empty:
            return line
        odd[line] = 1
    return stop
