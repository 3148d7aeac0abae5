"""Pairs of actors whose audiences overlap by more than chance: what people have in common, people share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]
KeyArray = NDArray[np.int32]
CountArray = NDArray[np.int64]
MaskArray = NDArray[np.bool_]


@compiled
def ask_beside_strangers(
    out_start: IntArray, target: KeyArray, heard: MaskArray, asked: MaskArray, bounds: tuple[int, int]
) -> None:
    """Ask for every actor on whom a source of `bounds` acts that is a stranger to one of its targets."""
    for person in range(bounds[0], bounds[1]):
        begin, end = out_start[person], out_start[person + 1]
        if not heard[begin:end].all():
            for tie in range(begin, end):
                asked[target[tie]] = True


@compiled
def count_paired(
    out_start: IntArray, target: KeyArray, heard: MaskArray, most: int, bounds: tuple[int, int]
) -> tuple[IntArray, IntArray]:
    """Ties heard elsewhere of the sources of `bounds` that have 2 to `most` targets: by target, by source."""
    actors = out_start.shape[0] - 1
    active, paired = np.zeros(actors, np.int64), np.zeros(bounds[1] - bounds[0], np.int64)
    for person in range(bounds[0], bounds[1]):
        begin, end = out_start[person], out_start[person + 1]
        if 2 <= end - begin <= most:
            for tie in range(begin, end):
                active[target[tie]] += heard[tie]
                paired[person - bounds[0]] += heard[tie]
    return active, paired


@compiled
def count_pairs(
    out_start: IntArray,
    target: KeyArray,
    sought: tuple[MaskArray, MaskArray],
    most: int,
    bounds: tuple[int, int],
) -> IntArray:
    """How many (tie towards an actor asked for, other target of its source) there are, by how many targets
    their sources, those of `bounds`, have, 0 to `most`. Cost: one pass over the ties.

    Args:     sought: which actors are asked for, and which are popular.
    """
    asked, is_popular = sought
    pairs = np.zeros(most + 1, np.int64)
    for person in range(bounds[0], bounds[1]):
        begin, end = out_start[person], out_start[person + 1]
        if 2 <= end - begin <= most:
            ordinary = 0
            for tie in range(begin, end):
                ordinary += not is_popular[target[tie]]
            for tie in range(begin, end):
                wanted = ordinary - (not is_popular[target[tie]])
                pairs[end - begin] += wanted if asked[target[tie]] else 0
    return pairs


@compiled
def list_pairs(
    out_start: IntArray,
    target: KeyArray,
    asked: MaskArray,
    is_popular: MaskArray,
    bounds: tuple[int, int],
) -> tuple[IntArray, KeyArray]:
    """Each of these pairs as one number, v * actors + w, and its tie (u, v); w is not popular.

    Args:     bounds: most targets of a source, and the number of pairs.
    """
    actors = out_start.shape[0] - 1
    most, pairs = bounds
    pair, tie_of = np.empty(pairs, np.int64), np.empty(pairs, np.int32)
    filled = 0
    for person in range(actors):
        begin, end = out_start[person], out_start[person + 1]
        if 2 <= end - begin <= most:
            for tie in range(begin, end):
                if not asked[target[tie]]:
                    continue
                for other in range(begin, end):
                    if other != tie and not is_popular[target[other]]:
                        pair[filled] = np.int64(target[tie]) * actors + target[other]
                        tie_of[filled] = tie
                        filled += 1
    return pair, tie_of


@compiled
def poisson_tail(hits: int, expected: float) -> float:
    """Probability of `hits` or more where so many are expected.

    Example:
        >>> round(poisson_tail(2, 0.1), 6)
        0.004679
    """
    term = np.exp(-expected)
    below = 0.0
    for count in range(hits):
        below += term
        term *= expected / (count + 1)
    return max(0.0, 1.0 - below)


@compiled
def unlikely_pairs(
    sorted_pair: IntArray,
    active: CountArray,
    audience: CountArray,
    together: float,
    rule: tuple[float, float],
) -> IntArray:
    """The pairs shared by two people or more, and by more than chance; sorted.

    An audience with many pairs finds some by chance: its probability is multiplied by their number.

    Args:     active: audience of each actor among the sources that were paired; together: so many shared
              people are expected per product of two such audiences; rule: lift at least, probability at most.
              An actor whose whole audience is shared says nothing: its people are heard of nowhere else.
    """
    least_lift, most_chance = rule
    actors = audience.shape[0]
    found = np.empty(sorted_pair.shape[0] // 2 + 1, np.int64)
    count = 0
    tested = np.zeros(actors, np.int64)
    for place in range(sorted_pair.shape[0]):
        tested[sorted_pair[place] // actors] += 1
    begin = 0
    while begin < sorted_pair.shape[0]:
        end = begin + 1
        while end < sorted_pair.shape[0] and sorted_pair[end] == sorted_pair[begin]:
            end += 1
        shared = end - begin
        if shared >= 2:
            one, other = sorted_pair[begin] // actors, sorted_pair[begin] % actors
            expected = together * active[one] * active[other]
            if (
                audience[other] > shared
                and shared >= least_lift * expected
                and poisson_tail(shared, expected) * max(1.0, tested[one] / 100.0) < most_chance
            ):
                found[count] = sorted_pair[begin]
                count += 1
        begin = end
    return found[:count]


@compiled
def more_than_chance(hits: CountArray, tries: CountArray, chance: float, most_chance: float) -> MaskArray:
    """Which of several numbers of hits, each out of its tries, are more than a chance for each explains."""
    unlikely = np.zeros(hits.shape[0], np.bool_)
    for place in range(hits.shape[0]):
        if hits[place] > 0:
            unlikely[place] = poisson_tail(hits[place], tries[place] * chance) < most_chance
    return unlikely


@compiled
def mark_ties(
    pairs: tuple[IntArray, KeyArray], found: IntArray, audience: CountArray, ties: int, most_chance: float
) -> MaskArray:
    """True for the ties of which more pairs are among those found (sorted) than a wanderer would hit.

    A source that acts on anybody in proportion to their audiences hits an actor like v with the probability
    that such actors' audiences have among all; the more it acts, the more often.

    Args:     pairs: from `list_pairs`, the pairs of a tie one after another.
    """
    pair, tie_of = pairs
    actors = audience.shape[0]
    reach = np.zeros(actors)
    for place in range(found.shape[0]):
        reach[found[place] // actors] += audience[found[place] % actors]
    total = audience.sum()
    marked = np.zeros(ties, np.bool_)
    begin = 0
    while begin < pair.shape[0]:
        end, hits = begin, 0
        while end < pair.shape[0] and tie_of[end] == tie_of[begin]:
            at = np.searchsorted(found, pair[end])
            hits += at < found.shape[0] and found[at] == pair[end]
            end += 1
        if hits > 0:
            expected = (end - begin) * reach[pair[begin] // actors] / total
            marked[tie_of[begin]] = poisson_tail(hits, expected) < most_chance
        begin = end
    return marked
