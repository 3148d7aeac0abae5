"""How regularly a source acts: what a clock does and a person does not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renown.kernels.attention import Rows
from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class Rhythms(NamedTuple):
    """One entry per source with enough interactions; arrays of equal length."""

    source: IntArray
    interactions: IntArray
    even_gap_share: FloatArray
    """share of the gaps between acts that lie within 5 % of the middle gap"""
    waking_hours: IntArray
    """hours of the day in which it ever acted, of 24"""
    longest_share: FloatArray
    """share of all its acts that went to one target"""


@compiled
def measure_rhythms(rows: Rows, as_of_microseconds: int, least: int) -> Rhythms:
    """Rhythm of every source of `rows` (sorted by source) with at least so many acts before the moment.

    Acts in the same minute are one: a post that names several is not several acts.
    """
    count = rows.source.shape[0]
    most = count // least + 1
    source, acts = np.empty(most, np.int64), np.empty(most, np.int64)
    even, hours, longest = np.empty(most), np.empty(most, np.int64), np.empty(most)
    found, end = 0, 0
    while end < count:
        begin = end
        same, longest_run = 0, 0
        while end < count and rows.source[end] == rows.source[begin]:
            same = same + 1 if end > begin and rows.target[end] == rows.target[end - 1] else 1
            longest_run = max(longest_run, same)
            end += 1
        if end - begin < least:
            continue
        minutes = np.sort(rows.time[begin:end][rows.time[begin:end] < as_of_microseconds] // 60_000_000)
        minutes = np.unique(minutes)
        if minutes.shape[0] < least:
            continue
        gaps = np.diff(minutes)
        middle = np.median(gaps)
        near = 0
        for gap in gaps:
            near += abs(gap - middle) <= 0.05 * middle
        seen = np.zeros(24, np.bool_)
        for minute in minutes:
            seen[(minute // 60) % 24] = True
        source[found], acts[found] = rows.source[begin], minutes.shape[0]
        even[found], hours[found] = near / gaps.shape[0], seen.sum()
        longest[found] = longest_run / (end - begin)
        found += 1
    return Rhythms(source[:found], acts[:found], even[:found], hours[:found], longest[:found])
