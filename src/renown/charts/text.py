"""Foreign text made fit to be drawn: cleaned, measured, cut and wrapped.

Handles and post ids come from strangers. They may hold control characters, marks that turn the writing
direction of everything after them, or ten thousand letters. Nothing reaches a chart or the report before it
went through here.
"""

from __future__ import annotations

import unicodedata
from itertools import accumulate

ELLIPSIS = "…"
EMPTY = "(no name)"

_DISPLAY_LIMIT = 240
_ZERO_WIDTH_JOINER = "\u200d"
_LEFT_TO_RIGHT = "\u200e"
_KEPT_FORMAT_CHARACTERS = frozenset({_ZERO_WIDTH_JOINER, "\u200c"})
_ZERO_WIDTH = _KEPT_FORMAT_CHARACTERS | {_LEFT_TO_RIGHT}

# Advance widths of Liberation Sans (metrically Arial), in thousandths of the type size, for ASCII 32 to 126.
# The drawing font is bundled with the renderer, so a label is cut at the same letter on every machine.
_ASCII_WIDTHS = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
_BOLD_FACTOR = 1.09


def clean(text: object, *, longest: int = _DISPLAY_LIMIT) -> str:
    """One line of printable text, cut at 240 characters: no controls, direction marks or lone surrogates.

    Example:
        >>> clean("  a\\x00b\\u202ec \\n d ")
        'abc d'
        >>> clean("")
        '(no name)'
    """
    raw = str(text)[: 8 * _DISPLAY_LIMIT]
    spaced = "".join(" " if letter.isspace() else letter for letter in raw)
    kept = "".join(letter for letter in spaced if _is_printable(letter))
    line = " ".join(kept.split())
    shown = _cut(line, longest - 1) + ELLIPSIS if len(line) > longest else line
    return _closed(shown) or EMPTY


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Estimated width of a line in pixels, at a type size in pixels.

    Example:
        >>> round(width_of("40 of 100", 10), 1)
        41.7
    """
    thousandths = sum(_letter_width(letter) for letter in text)
    return thousandths * size / 1000 * (_BOLD_FACTOR if bold else 1.0)


def fit(text: object, limit: float, size: float, *, bold: bool = False) -> str:
    """Cleaned text, cut with an ellipsis where it would be wider than `limit` pixels.

    Example:
        >>> fit("a very long handle indeed", 80, 13)
        'a very long…'
    """
    line = clean(text)
    if width_of(line, size, bold=bold) <= limit:
        return line
    room = limit - width_of(ELLIPSIS, size, bold=bold)
    ends = accumulate(width_of(letter, size, bold=bold) for letter in line)
    end = max(1, sum(reached <= room for reached in ends))
    return _closed(_cut(line, end).rstrip() + ELLIPSIS)


def wrap(text: str, limit: float, size: float, *, bold: bool = False) -> list[str]:
    """Lines no wider than `limit` pixels, broken at spaces; a word wider than a line is cut.

    The text is a sentence whose foreign parts are clean already.
    Example:
        >>> wrap("Mostly 14 people, and one post", 130, 16)
        ['Mostly 14 people,', 'and one post']
    """
    lines: list[str] = []
    for word in _words(text):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(joined, size, bold=bold) <= limit:
            lines[-1] = joined
        else:
            lines.append(fit(word, limit, size, bold=bold))
    return lines


def pinned(middle: float, text_width: float, width: float) -> tuple[float, str]:
    """Where to write a line centred on `middle`, and how to align it, so that it stays inside the drawing."""
    if middle < text_width / 2:
        return 0, "left"
    return (width, "right") if middle > width - text_width / 2 else (round(middle, 1), "center")


def _words(line: str) -> list[str]:
    """The words of a line; a separating dot stays with the word before it."""
    words: list[str] = []
    for word in line.split(" "):
        if word == "·" and words:
            words[-1] += " ·"
        else:
            words.append(word)
    return words


def _closed(text: str) -> str:
    """The text; where it runs from right to left, an invisible mark keeps figures after it in order."""
    is_leftward = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
    return text + _LEFT_TO_RIGHT if is_leftward else text


def _is_printable(letter: str) -> bool:
    if letter in _KEPT_FORMAT_CHARACTERS:
        return True
    # Cc control, Cf direction marks and other invisibles, Cs lone surrogates, Co private use, Cn unassigned.
    return not unicodedata.category(letter).startswith("C")


def _letter_width(letter: str) -> int:
    code = ord(letter)
    if 32 <= code < 127:
        return _ASCII_WIDTHS[code - 32]
    if unicodedata.combining(letter) or letter in _ZERO_WIDTH or 0xFE00 <= code <= 0xFE0F:
        return 0
    if letter == "\u2013":
        return 556
    if unicodedata.east_asian_width(letter) in ("W", "F"):
        return 1250 if code > 0x1F000 else 1000
    return 1000 if letter in ("…", "—") else 700


def _cut(text: str, end: int) -> str:
    """The first letters, without tearing an accent or a joined emoji from what it belongs to."""
    while 0 < end < len(text) and _belongs_to_the_letter_before(text, end):
        end -= 1
    return text[:end]


def _belongs_to_the_letter_before(text: str, index: int) -> bool:
    letter = text[index]
    joins = letter == _ZERO_WIDTH_JOINER or text[index - 1] == _ZERO_WIDTH_JOINER
    return joins or bool(unicodedata.combining(letter)) or 0xFE00 <= ord(letter) <= 0xFE0F
