"""A cascade as it is handed in: when each reaction came, and how many follow whoever reacted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from renown.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

MOST_FOLLOWERS: Final = 1e12
_MOST_COLUMNS: Final = 2
_LINE_HINT: Final = "A line is `seconds followers`, or `seconds` alone; the first one is the root's."


@dataclass(frozen=True, eq=False)
class Cascade:
    """Seconds from the root to each reaction, ascending, and the audience of the root and of each reaction.

    `audiences` has the root's first, so it is one longer than `seconds`; None: not known.
    """

    seconds: FloatArray
    audiences: FloatArray | None = None

    def count_until(self, moment: float) -> int:
        """Reactions up to a moment, the root apart."""
        return int(np.searchsorted(self.seconds, moment, side="right"))

    def until(self, moment: float) -> Cascade:
        """The cascade as it was known at a moment."""
        count = self.count_until(moment)
        known = None if self.audiences is None else self.audiences[: count + 1]
        return Cascade(self.seconds[:count], known)


def build_cascade(seconds: Sequence[float], followers: Sequence[float] | None = None) -> Cascade:
    """A cascade from moments in seconds, the root's first, in any order after it.

    Args:     followers: how many follow the root's author and each who reacted; None: not known.
    Raises:   InputError: nothing there, a reaction before its root, a number that cannot be.
    Example:
        >>> build_cascade([100.0, 160.0, 130.0]).seconds.tolist()
        [30.0, 60.0]
    """
    times = np.asarray(seconds, np.float64)
    if times.size == 0:
        raise InputError("The cascade is empty: there is not even a root.", hint=_LINE_HINT)
    if not np.isfinite(times).all():
        raise InputError("A moment of the cascade is not a finite number.", hint=_LINE_HINT)
    delays = times[1:] - times[0]
    if (delays < 0).any():
        place = int(np.argmax(delays < 0))
        raise InputError(
            f"Reaction {place + 1} comes {-delays[place]:g} seconds before its root.",
            hint="The first line is the root's. Leave out reactions that were recorded before it.",
        )
    order = np.argsort(delays, kind="stable")
    return Cascade(delays[order], _audiences(followers, order))


def _audiences(followers: Sequence[float] | None, order: NDArray[np.int64]) -> FloatArray | None:
    if followers is None:
        return None
    sizes = np.asarray(followers, np.float64)
    if sizes.size != order.size + 1:
        raise InputError(f"{order.size + 1} moments do not go with {sizes.size} follower counts.")
    if not (np.isfinite(sizes).all() and (sizes >= 0).all() and (sizes <= MOST_FOLLOWERS).all()):
        raise InputError(f"A follower count is not between 0 and {MOST_FOLLOWERS:g}.")
    # A column with one number for everybody was filled in, not counted.
    if sizes.size > 1 and (sizes == sizes[0]).all():
        return None
    return np.concatenate([sizes[:1], sizes[1:][order]])


def parse_cascade(text: str, *, where: str = "the cascade", has_header: bool | None = None) -> Cascade:
    """A cascade from lines `seconds followers`, or `seconds` alone, the first being the root's.

    Args:     has_header: whether the first line is no reaction; None: it is one if it has words in it, or if
              its first number is above 0 and the second line's is exactly 0 (TiDeH's `total start_day`).
    Raises:   InputError: empty, a line that is not numbers (named by its number), a reaction before its root.
    Example:
        >>> parse_cascade("2 4.25\\n0 1000\\n60 12\\n90 40\\n").seconds.tolist()
        [60.0, 90.0]
    """
    plain = text.removeprefix("\ufeff").replace(",", " ").replace(";", " ")
    lines = [
        (number, words)
        for number, line in enumerate(plain.splitlines(), 1)
        if (words := line.split()) and not words[0].startswith("#")
    ]
    if has_header if has_header is not None else _is_header(lines):
        lines = lines[1:]
    if not lines:
        raise InputError(f"{where} is empty.", hint=_LINE_HINT)
    rows = [_numbers(words, number, where) for number, words in lines]
    widths = {len(row) for row in rows}
    # Where some followers are missing, the forecast that needs none is the one that can be made.
    followers = [row[1] for row in rows] if widths == {_MOST_COLUMNS} else None
    try:
        return build_cascade([row[0] for row in rows], followers)
    except InputError as error:
        raise InputError(f"{where}: {error.message}", hint=error.hint) from error


def _is_header(lines: Sequence[tuple[int, list[str]]]) -> bool:
    if not lines:
        return False
    first = _number(lines[0][1][0])
    if first is None or any(_number(word) is None for word in lines[0][1]):
        return not any(character.isdigit() for word in lines[0][1] for character in word)
    return len(lines) > 1 and first > 0 and _number(lines[1][1][0]) == 0


def _numbers(words: list[str], number: int, where: str) -> list[float]:
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = []
    if not 0 < len(values) <= _MOST_COLUMNS or not all(map(math.isfinite, values)):
        shown = " ".join(words)[:60]
        raise InputError(f"{where}, line {number}: {shown!r} is not `seconds followers`.", hint=_LINE_HINT)
    return values


def _number(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
