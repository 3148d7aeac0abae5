"""The attention kernels: sorted interactions in, one contribution per tie out (DESIGN section 2).

Rows must be sorted by source, target, time and hold every row of each source they name, so that "how many
reactions did this source hand out that day" is a walk over neighbouring rows: no hash table, no join. Rows
between accounts of one person are left out beforehand: nobody earns attention from themselves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renown.kernels.compiled import compiled

IntArray = NDArray[np.int64]
CountArray = NDArray[np.int32]
FloatArray = NDArray[np.float64]
CodeArray = NDArray[np.int8]

_MICROSECONDS_PER_DAY = 86_400_000_000
_TABLED_COUNTS = 65_536


class Rows(NamedTuple):
    """Interactions as parallel arrays, sorted by (source, target, time); `kind` indexes `Rule.weights`."""

    source: IntArray
    target: IntArray
    kind: CodeArray
    time: IntArray


class Rule(NamedTuple):
    """The numbers of a definition that the kernels need, in their units."""

    as_of_microseconds: int
    half_life_microseconds: float
    momentum_half_life_microseconds: float
    freshness_half_life_microseconds: float
    """0: the definition knows no freshness"""
    exponent: float
    daily_cap: int
    weights: FloatArray
    discounts: FloatArray
    """(1 + (n - 1) / selectivity_scale)^-selectivity for n = 0, 1, 2 ..."""


class Factors(NamedTuple):
    """By what trust multiplies attention; whoever and whatever is not named keeps all of it."""

    trust: FloatArray
    """trust(u) by person key, up to the last person with less than 1"""
    source: IntArray
    """of the ties that are not wholly independent: the person; sorted by (source, target)"""
    target: IntArray
    """and the actor"""
    independence: FloatArray
    """and independence(u,v)"""


class Ties(NamedTuple):
    """One entry per pair (source, target) with an interaction before the moment; arrays of equal length."""

    target: IntArray
    attention: FloatArray
    momentum: FloatArray
    fresh: FloatArray
    """attention as far as the latest reaction is fresh; empty where the definition knows no freshness"""
    is_counted: CodeArray
    """1 where at least one interaction of the tie counts"""
    interactions: CountArray


def full_trust() -> Factors:
    """The factors of a store of which nothing is known: everybody is taken at their word.

    Example:
        >>> full_trust().trust.size, full_trust().independence.size
        (0, 0)
    """
    nobody = np.empty(0, np.int64)
    return Factors(np.empty(0), nobody, nobody, np.empty(0))


def discount_table(selectivity: float, selectivity_scale: float, highest: int = _TABLED_COUNTS) -> FloatArray:
    """What one reaction keeps when n were handed out that day: (1 + (n - 1) / scale)^-selectivity, by n.

    Example:
        >>> discount_table(1.0, 10.0, 11).round(3)[[1, 11]].tolist()
        [1.0, 0.5]
    """
    handed_out = np.maximum(np.arange(highest + 1, dtype=np.float64), 1.0)
    return np.asarray((1.0 + (handed_out - 1.0) / selectivity_scale) ** -selectivity)


@compiled
def _mark_strongest(strength: FloatArray, daily_cap: int, given: CountArray) -> int:
    """Of one pair and day mark (given = 1) the daily_cap strongest rows, later ones first; says how many.

    Strength is mass at the day's end; -1 for rows that weigh nothing. The sum of the largest masses can only
    grow when one more is added, so more attention never lowers a score, whatever weights and half-life.
    """
    marked = 0
    while marked < daily_cap:
        best = -1
        for row in range(strength.shape[0] - 1, -1, -1):
            if given[row] == 0 and strength[row] >= 0.0 and (best < 0 or strength[row] > strength[best]):
                best = row
        if best < 0:
            break
        given[best] = 1
        marked += 1
    return marked


@compiled
def count_given(rows: Rows, rule: Rule) -> CountArray:
    """How many counted interactions each row's source handed out that day; 0 where the row does not count.

    Counted: before the moment, of positive weight, among the daily_cap strongest of its pair and UTC day.
    Cost:     O(rows); a pair-day of k rows costs k * daily_cap. Calls are kept out of the loop for ordinary
              rows: passing arrays costs more than the work on a row.
    """
    source, target, kind, time = rows
    weights = rule.weights
    count = source.shape[0]
    given = np.zeros(count, np.int32)
    if count == 0:
        return given
    day = np.empty(count, np.int32)
    first_day = time.min() // _MICROSECONDS_PER_DAY
    handed_out = np.zeros(time.max() // _MICROSECONDS_PER_DAY - first_day + 1, np.int32)
    begin = 0
    while begin < count:
        end = begin
        while end < count and source[end] == source[begin]:
            first = end
            today = time[first] // _MICROSECONDS_PER_DAY
            midnight = (today + 1) * _MICROSECONDS_PER_DAY
            marked = 0
            known = 0
            while (
                end < count
                and target[end] == target[first]
                and source[end] == source[first]
                and time[end] < midnight
            ):
                day[end] = today - first_day
                is_counted = time[end] < rule.as_of_microseconds and weights[kind[end]] > 0.0
                given[end] = is_counted
                marked += is_counted
                known += time[end] < rule.as_of_microseconds
                end += 1
            if marked > rule.daily_cap:
                given[first:end] = 0
                strength = np.full(known, -1.0)
                for row in range(known):
                    weight = weights[kind[first + row]]
                    if weight > 0.0:
                        left = float(midnight - time[first + row]) / rule.half_life_microseconds
                        strength[row] = weight * np.exp2(-left)
                marked = _mark_strongest(strength, rule.daily_cap, given[first : first + known])
            handed_out[today - first_day] += marked
        for row in range(begin, end):
            if given[row]:
                given[row] = handed_out[day[row]]
        for row in range(begin, end):
            handed_out[day[row]] = 0
        begin = end
    return given


@compiled
def _first_place(factors: Factors, source: int) -> int:
    """Where the ties of a source begin, or would."""
    return int(np.searchsorted(factors.source, source))


@compiled
def _latest_age(rows: Rows, first: int, end: int, rule: Rule) -> float:
    """Age of the latest of a tie's rows that happened before the moment and weighs something; 0: none did."""
    for row in range(end - 1, first - 1, -1):
        age = float(rule.as_of_microseconds - rows.time[row])
        if age > 0.0 and rule.weights[rows.kind[row]] > 0.0:
            return age
    return 0.0


@compiled
def sum_ties(rows: Rows, given: CountArray, factors: Factors, rule: Rule) -> Ties:
    """Attention of every pair: trust(u) * independence(u,v) * (sum of w(e) * 2^(-age/half_life))^exponent.

    Momentum likewise, with its own half-life; fresh is attention * 2^(-age of the latest reaction that weighs
    something / freshness half-life), whether the daily cap lets that one count or not.

    Args:     given from `count_given` on the same rows, at most as high as `rule.discounts` reaches.
    Cost:     O(rows). Most ties are one interaction, and w^e * 2^(-age * e / half_life) needs no power.
              The ties that trust knows are sorted as the rows are, so finding them is a walk beside them.
    """
    source, target, kind, time = rows
    weights, discounts, exponent = rule.weights, rule.discounts, rule.exponent
    weight_powers, discount_powers = weights**exponent, discounts**exponent
    rate, momentum_rate = -1.0 / rule.half_life_microseconds, -1.0 / rule.momentum_half_life_microseconds
    count = source.shape[0]
    tie_target = np.empty(count, np.int64)
    attention, momentum = np.zeros(count, np.float64), np.zeros(count, np.float64)
    has_freshness = rule.freshness_half_life_microseconds > 0.0
    fresh = np.zeros(count if has_freshness else 0, np.float64)
    is_counted, interactions = np.empty(count, np.int8), np.empty(count, np.int32)
    trust, known_source, known_target, independence = factors
    known_count = known_source.shape[0]
    place = _first_place(factors, source[0]) if count > 0 else 0
    ties = 0
    end = 0
    while end < count:
        first = end
        end += 1
        while end < count and target[end] == target[first] and source[end] == source[first]:
            end += 1
        share = trust[source[first]] if source[first] < trust.shape[0] else 1.0
        while place < known_count and (
            known_source[place] < source[first]
            or (known_source[place] == source[first] and known_target[place] < target[first])
        ):
            place += 1
        if (
            place < known_count
            and known_source[place] == source[first]
            and known_target[place] == target[first]
        ):
            share *= independence[place]
        known, counted = 0, 0
        mass, momentum_mass = 0.0, 0.0
        for row in range(first, end):
            age = float(rule.as_of_microseconds - time[row])
            known += age > 0.0
            if given[row] == 0:
                continue
            counted = 1
            if end - first == 1:
                power = share * weight_powers[kind[row]] * discount_powers[given[row]]
                attention[ties] = power * np.exp2(age * rate * exponent)
                momentum[ties] = power * np.exp2(age * momentum_rate * exponent)
            else:
                weight = weights[kind[row]] * discounts[given[row]]
                mass += weight * np.exp2(age * rate)
                momentum_mass += weight * np.exp2(age * momentum_rate)
        if mass > 0.0:
            attention[ties] = share * mass**exponent
            momentum[ties] = share * momentum_mass**exponent
        if has_freshness:
            latest_age = _latest_age(rows, first, end, rule)
            fresh[ties] = attention[ties] * np.exp2(-latest_age / rule.freshness_half_life_microseconds)
        tie_target[ties], is_counted[ties], interactions[ties] = target[first], counted, known
        ties += known > 0
    return Ties(
        tie_target[:ties],
        attention[:ties],
        momentum[:ties],
        fresh[:ties],
        is_counted[:ties],
        interactions[:ties],
    )


@compiled
def add_ties(ties: Ties, earned: FloatArray) -> None:
    """Add each tie to its target, in the order given: the same ties in the same order give the same bits.

    Args:     earned: shape (actors, 5), by actor key, changed in place: earned attention, sum of squared
              contributions, momentum attention, people, interactions. Where ties have what is fresh, three
              more: its sum, the sum of its products with contributions, that of its squares.
    """
    has_freshness = ties.fresh.shape[0] > 0
    for tie in range(ties.target.shape[0]):
        target, attention = ties.target[tie], ties.attention[tie]
        earned[target, 0] += attention
        earned[target, 1] += attention * attention
        earned[target, 2] += ties.momentum[tie]
        earned[target, 3] += ties.is_counted[tie]
        earned[target, 4] += ties.interactions[tie]
        if has_freshness:
            fresh = ties.fresh[tie]
            earned[target, 5] += fresh
            earned[target, 6] += fresh * attention
            earned[target, 7] += fresh * fresh


@compiled
def given_towards(rows: Rows, aim: int, rule: Rule) -> tuple[IntArray, CountArray]:
    """Rows towards one target, and how many counted interactions each one's source handed out that day.

    Counted as `count_given` does; rows in which the target acts on itself are left out.
    Cost:     a binary search per source; all rows only of those sources that acted on the target.
    """
    source, target, kind, time = rows
    count = source.shape[0]
    found_count = (target == aim).sum()
    position, handed_out = np.empty(found_count, np.int64), np.empty(found_count, np.int32)
    found, end = 0, 0
    while end < count:
        begin = end
        while end < count and source[end] == source[begin]:
            end += 1
        row = begin + np.searchsorted(target[begin:end], aim)
        while row < end and target[row] == aim and source[row] != aim:
            today = time[row] // _MICROSECONDS_PER_DAY * _MICROSECONDS_PER_DAY
            midnight = today + _MICROSECONDS_PER_DAY
            known_until = min(midnight, rule.as_of_microseconds)
            that_day, of_pair = 0, 0
            for other in range(begin, end):
                if other > begin and target[other] != target[other - 1]:
                    of_pair = 0
                is_counted = today <= time[other] < known_until and rule.weights[kind[other]] > 0.0
                if is_counted and of_pair < rule.daily_cap and target[other] != source[other]:
                    of_pair += 1
                    that_day += 1
            while row < end and target[row] == aim and time[row] < midnight:
                position[found], handed_out[found] = row, that_day
                found += 1
                row += 1
    return position[:found], handed_out[:found]
