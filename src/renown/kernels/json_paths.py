"""Reads lines of JSON: is each valid, and where do the wanted values stand. Nothing is copied or converted.

What it is not sure of it leaves to the caller: escapes in names or wanted texts, decimals where text is
wanted, a wanted name twice in one object, nesting deeper than 64, very long numbers.
"""

# mypy: disable-error-code="no-any-return"
from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from renown.kernels.compiled import called, inlined
from renown.kernels.wide import WIDTH, first_bit, marks_at, word_at

IntArray = NDArray[np.int64]
ByteArray = NDArray[np.uint8]

MISSING: Final = 0
STRING: Final = 1
INTEGER: Final = 2
TRUTH: Final = 3
OBJECT: Final = 4
LIST: Final = 5
UNSURE: Final = 6
"""What a value is; null is missing."""

FIRST_KEY: Final = 0
KEYS_COUNT: Final = 1
SLOT: Final = 2
ELEMENT: Final = 3
SCOPE: Final = 4
FIRST_SLOT: Final = 5
SLOTS_COUNT: Final = 6
"""Columns of the rows of `wanted` that are nodes, places in the records: the rows of the names below it and
how many, its slot, the node of its elements; of the element of a list that is gone through the number of
that list, its scope, and the slots below it. -1 where there is none."""

KEY_WORD: Final = 0
KEY_LENGTH: Final = 1
KEY_BEGIN: Final = 2
KEY_NODE: Final = 3
"""Columns of the rows that are names: the first 8 bytes, the length, where the bytes stand after `base`, the
node that it leads to. Of a node's slot: the scope that it belongs to, in the column `SLOT_SCOPE`."""

SLOT_SCOPE: Final = 7
WANTED_COLUMNS: Final = 8

BEGIN: Final = 0
LENGTH: Final = 1
KIND: Final = 2
"""What is kept of each slot, in `values[element, slot]`; what is in no list is element 0."""

CLOSER: Final = 0
NODE: Final = 1
NUMBER: Final = 2
SEEN: Final = 3
COUNT: Final = 4
TOTAL: Final = 5
MARKS_COLUMNS: Final = 6
"""Columns of `marks`: by depth the closing bracket, the node and the number of what is open; by node the
number of the object in which it was last seen; by scope how many elements there were; in the first row how
many objects so far, in the second how many scopes there are, in the
third the base: where behind the lines the names and constants begin."""

MOST_DEPTH: Final = 64
MOST_ELEMENTS: Final = 256
_MOST_DIGITS: Final = 18
_MOST_NUMBER: Final = 1_000
_NULL: Final = 0x6C6C756E
_TRUE: Final = 0x65757274
_FALS: Final = 0x736C6166
_FOUR: Final = 0xFFFFFFFF


@inlined
def _after_space(text: ByteArray, place: int, end: int) -> int:
    while place < end and (text[place] == 32 or text[place] == 10 or text[place] == 13 or text[place] == 9):
        place += 1
    return place


@inlined
def _after_escape(text: ByteArray, place: int) -> int:
    """Past the escape whose backslash is here; -1: there is no such escape."""
    letter = text[place + 1]
    if letter != 117:
        is_known = letter in (34, 92, 47, 98, 102, 110, 114, 116)
        return place + 2 if is_known else -1
    for at in range(place + 2, place + 6):
        digit = text[at]
        lower = digit | 32
        if not (48 <= digit <= 57 or 97 <= lower <= 102):
            return -1
    return place + 6


@inlined
def _closing_quote(text: ByteArray, place: int, end: int) -> tuple[int, bool]:
    """Where the string ends that has begun before `place`, or -1; whether something in it is escaped."""
    is_escaped = False
    while place < end:
        marks = marks_at(text, place)
        if marks == 0:
            place += WIDTH
            continue
        place += first_bit(marks)
        if place >= end or text[place] < 32:
            return -1, False
        if text[place] == 34:
            return place, is_escaped
        is_escaped = True
        place = _after_escape(text, place)
        if place < 0:
            return -1, False
    return -1, False


@inlined
def _after_digits(text: ByteArray, place: int, end: int) -> int:
    while place < end and 48 <= text[place] <= 57:
        place += 1
    return place


@inlined
def _after_number(text: ByteArray, begin: int, end: int) -> tuple[int, int]:
    """Past the number, or -1; and whether it is plain."""
    first = begin + 1 if text[begin] == 45 else begin
    place = _after_digits(text, first, end)
    digits = place - first
    if digits == 0 or (digits > 1 and text[first] == 48):
        return -1, UNSURE
    kind = INTEGER if digits <= _MOST_DIGITS and (first == begin or text[first] != 48) else UNSURE
    if place < end and text[place] == 46:
        kind, first = UNSURE, place + 1
        place = _after_digits(text, first, end)
        if place == first:
            return -1, UNSURE
    if place < end and (text[place] | 32) == 101:
        kind, first = UNSURE, place + 1
        if first < end and (text[first] == 43 or text[first] == 45):
            first += 1
        place = _after_digits(text, first, end)
        if place == first:
            return -1, UNSURE
    return (-1 if place - begin > _MOST_NUMBER else place), kind


@inlined
def _after_word(text: ByteArray, place: int, end: int) -> tuple[int, int]:
    """Past null, true or false, or -1; and what it is."""
    word = word_at(text, place) & _FOUR
    if word == _NULL:
        after, kind = place + 4, MISSING
    elif word == _TRUE:
        after, kind = place + 4, TRUTH
    elif word == _FALS and text[place + 4] == 101:
        after, kind = place + 5, TRUTH
    else:
        return -1, UNSURE
    return (after if after <= end else -1), kind


@inlined
def _key_node(text: ByteArray, begin: int, length: int, parent: int, base: int, wanted: IntArray) -> int:
    """The node below `parent` of that name, or -1."""
    word = word_at(text, begin)
    if length < 8:
        word &= (1 << (8 * length)) - 1
    first = wanted[parent, FIRST_KEY]
    for key in range(first, first + wanted[parent, KEYS_COUNT]):
        if wanted[key, KEY_WORD] == word and wanted[key, KEY_LENGTH] == length:
            same, other = 8, base + wanted[key, KEY_BEGIN]
            while same < length and text[begin + same] == text[other + same]:
                same += 1
            if same >= length:
                return wanted[key, KEY_NODE]
    return -1


@inlined
def _next_key(
    text: ByteArray, place: int, end: int, wanted: IntArray, marks: IntArray, depth: int
) -> tuple[int, int]:
    """Past a name and its colon to the value, or -1; and the node of the value."""
    if place >= end or text[place] != 34:
        return -1, -1
    close, is_escaped = _closing_quote(text, place + 1, end)
    if close < 0:
        return -1, -1
    parent, child = marks[depth, NODE], -1
    if parent >= 0 and wanted[parent, KEYS_COUNT] > 0:
        if is_escaped:
            return -1, -1
        child = _key_node(text, place + 1, close - place - 1, parent, marks[2, TOTAL], wanted)
        if child >= 0:
            if marks[child, SEEN] == marks[depth, NUMBER]:
                return -1, -1
            marks[child, SEEN] = marks[depth, NUMBER]
    place = _after_space(text, close + 1, end)
    if place >= end or text[place] != 58:
        return -1, -1
    return _after_space(text, place + 1, end), child


@inlined
def _next_element(wanted: IntArray, marks: IntArray, values: IntArray, depth: int) -> int:
    """The node of a list's next element, which becomes the one that is filled; -1: none; -2: too many."""
    node = marks[depth, NODE]
    if node < 0:
        return -1
    node = wanted[node, ELEMENT]
    if node < 0 or wanted[node, SCOPE] < 0:
        return node
    scope = wanted[node, SCOPE]
    place = marks[scope, COUNT]
    if place == MOST_ELEMENTS:
        return -2
    first = wanted[node, FIRST_SLOT]
    for slot in range(first, first + wanted[node, SLOTS_COUNT]):
        values[place, slot, KIND] = MISSING
    marks[scope, COUNT] = place + 1
    return node


@inlined
def _keep(
    node: int, span: tuple[int, int], kind: int, wanted: IntArray, marks: IntArray, values: IntArray
) -> bool:
    """Note a value, where it is wanted; false: it is, and not plain."""
    if node < 0:
        return True
    slot = wanted[node, SLOT]
    if slot < 0:
        return True
    scope = wanted[node, SLOT_SCOPE]
    place = marks[scope, COUNT] - 1 if scope >= 0 else 0
    values[place, slot, BEGIN] = span[0]
    values[place, slot, LENGTH] = span[1]
    values[place, slot, KIND] = kind
    return kind != UNSURE


@inlined
def _forget(marks: IntArray, values: IntArray) -> None:
    for scope in range(marks[1, TOTAL]):
        marks[scope, COUNT] = 0
    for slot in range(values.shape[1]):
        values[0, slot, KIND] = MISSING


@called
def scan_line(
    text: ByteArray, begin: int, end: int, wanted: IntArray, marks: IntArray, values: IntArray
) -> bool:
    """Fill `values` from the line between two places; false: leave it to somebody else.

    Args:     text: the lines, and at least `WIDTH` bytes behind them.
    """
    _forget(marks, values)
    place, depth, node = _after_space(text, begin, end), 0, 0
    if place >= end or text[place] != 123:
        return False
    while True:
        if place >= end:
            return False
        letter = text[place]
        after, kind = -1, UNSURE
        if letter == 34:
            close, is_escaped = _closing_quote(text, place + 1, end)
            if close < 0 or not _keep(
                node, (place + 1, close - place - 1), UNSURE if is_escaped else STRING, wanted, marks, values
            ):
                return False
            after = close + 1
        elif letter == 123 or letter == 91:
            if depth == MOST_DEPTH:
                return False
            depth += 1
            is_object = letter == 123
            _keep(node, (place, 0), OBJECT if is_object else LIST, wanted, marks, values)
            marks[0, TOTAL] += 1
            marks[depth, CLOSER], marks[depth, NODE], marks[depth, NUMBER] = letter + 2, node, marks[0, TOTAL]
            place = _after_space(text, place + 1, end)
            if place < end and text[place] == letter + 2:
                after, depth = place + 1, depth - 1
            elif is_object:
                place, node = _next_key(text, place, end, wanted, marks, depth)
                if place < 0:
                    return False
                continue
            else:
                node = _next_element(wanted, marks, values, depth)
                if node == -2:
                    return False
                continue
        else:
            if letter == 45 or 48 <= letter <= 57:
                after, kind = _after_number(text, place, end)
            else:
                after, kind = _after_word(text, place, end)
            if after < 0 or not _keep(node, (place, after - place), kind, wanted, marks, values):
                return False
        while True:
            place = _after_space(text, after, end)
            if depth == 0:
                return place == end
            if place >= end:
                return False
            letter = text[place]
            if letter == marks[depth, CLOSER]:
                depth -= 1
                after = place + 1
                continue
            if letter != 44:
                return False
            place = _after_space(text, place + 1, end)
            if marks[depth, CLOSER] == 125:
                place, node = _next_key(text, place, end, wanted, marks, depth)
                if place < 0:
                    return False
            else:
                node = _next_element(wanted, marks, values, depth)
                if node == -2:
                    return False
            break
