"""How much each source handed out on each day, said at every row: what an index by target keeps of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]
CountArray = NDArray[np.int32]
CodeArray = NDArray[np.int8]

_MICROSECONDS_PER_DAY = 86_400_000_000


class SourceDays(NamedTuple):
    """At each row, what its source did on its UTC day, rows towards itself apart; arrays of equal length."""

    handed_out: CountArray
    """interactions with others"""
    most_of_pair: CountArray
    """the most that any one target got of them"""
    kinds: CountArray
    """bit k is set where one of them is of kind k"""


@compiled
def count_days(source: IntArray, target: IntArray, kind: CodeArray, time: IntArray) -> SourceDays:
    """What each row's source handed out on the row's day, of rows sorted by source, target, time.

    Cost:     O(rows), and a day's count for each day between the first row and the last.
    """
    count = source.shape[0]
    handed_out = np.zeros(count, np.int32)
    most_of_pair = np.zeros(count, np.int32)
    kinds = np.zeros(count, np.int32)
    if count == 0:
        return SourceDays(handed_out, most_of_pair, kinds)
    day = np.empty(count, np.int32)
    first_day = time.min() // _MICROSECONDS_PER_DAY
    of_day = np.zeros((time.max() // _MICROSECONDS_PER_DAY - first_day + 1, 3), np.int32)
    begin = 0
    while begin < count:
        end = begin
        while end < count and source[end] == source[begin]:
            first = end
            today = time[first] // _MICROSECONDS_PER_DAY - first_day
            bits = 0
            while (
                end < count
                and source[end] == source[first]
                and target[end] == target[first]
                and time[end] // _MICROSECONDS_PER_DAY - first_day == today
            ):
                day[end] = today
                bits |= 1 << kind[end]
                end += 1
            if target[first] != source[first]:
                of_day[today, 0] += end - first
                of_day[today, 1] = max(of_day[today, 1], end - first)
                of_day[today, 2] |= bits
        for row in range(begin, end):
            handed_out[row] = of_day[day[row], 0]
            most_of_pair[row] = of_day[day[row], 1]
            kinds[row] = of_day[day[row], 2]
        for row in range(begin, end):
            of_day[day[row]] = 0
        begin = end
    return SourceDays(handed_out, most_of_pair, kinds)
