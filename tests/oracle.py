"""The score, plain and slow: Python loops that follow docs/concepts/score.md, to hold the fast forms against.

Written from the formula, not from the SQL or the kernel: it shares no code with either.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field, replace
from statistics import NormalDist

import numpy as np

DAY = 86_400_000_000
"""Microseconds of a UTC day."""


@dataclass(frozen=True)
class Act:
    """One interaction: the source gives attention, the target receives it."""

    source: int
    target: int
    kind: str
    time: int
    """microseconds since 1970, UTC"""
    post: str | None = None
    reaction: str | None = None


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: an interaction and its part of what its target earned."""

    act: Act
    person: int
    is_counted: bool
    weight: float
    mass: float
    tie_mass: float
    contribution: float
    freshness: float = 1.0
    """of the target, which the contribution was multiplied by"""
    fresh_share: float = 1.0
    """of the tie: how fresh its latest reaction is"""


@dataclass(frozen=True)
class Figures:
    """All that a run says of one actor."""

    earned: float
    squared: float
    people: int
    interactions: int
    momentum_attention: float
    score: float = math.nan
    score_low: float = math.nan
    score_high: float = math.nan
    percentile: float = math.nan
    rank_low: int = 0
    rank_high: int = 0
    momentum: float = math.nan


def person_of(actor, persons):
    """The person behind an account: the smallest of the accounts proven to belong together."""
    return persons.get(actor, actor)


def received(acts, as_of, persons):
    """What happened before the moment between different persons."""
    return [
        act
        for act in acts
        if act.time < as_of and person_of(act.source, persons) != person_of(act.target, persons)
    ]


def strength(act, definition):
    """The order in which the daily cap takes interactions: most mass at the day's end, latest, by post."""
    days_left = (DAY - act.time % DAY) / DAY
    mass = definition.weights[act.kind] * 2 ** (-days_left / definition.half_life_days)
    return (-mass, -act.time, *text_order(act.post), *text_order(act.reaction), act.kind, act.source)


def text_order(text):
    """Missing first."""
    return (text is not None, text or "")


def counted(acts, definition, persons):
    """Positions of the interactions that count: of a pair in a day, the daily_cap strongest."""
    pair_days = defaultdict(list)
    for position, act in enumerate(acts):
        if definition.weights.get(act.kind, 0.0) > 0:
            pair_days[person_of(act.source, persons), act.target, act.time // DAY].append(position)
    chosen = set()
    for positions in pair_days.values():
        positions.sort(key=lambda position: strength(acts[position], definition))
        chosen.update(positions[: definition.daily_cap])
    return chosen


@dataclass(frozen=True)
class Believed:
    """How far whose attention counts: trust by person, independence by (person, target); 1 where missing."""

    trust: dict = field(default_factory=dict)
    independence: dict = field(default_factory=dict)

    def of(self, person, target):
        return self.trust.get(person, 1.0) * self.independence.get((person, target), 1.0)


EVERYBODY = Believed()


def ledger(acts, definition, as_of, persons=None, half_life=None, believed=EVERYBODY, with_freshness=True):
    """Every interaction received, with its part of the tie's contribution."""
    persons = persons or {}
    half_life = half_life or definition.half_life_days
    acts = received(acts, as_of, persons)
    chosen = counted(acts, definition, persons)
    handed_out = defaultdict(int)
    for position in chosen:
        handed_out[person_of(acts[position].source, persons), acts[position].time // DAY] += 1

    lines = []
    tie_mass = defaultdict(list)
    for position, act in enumerate(acts):
        person = person_of(act.source, persons)
        n = handed_out[person, act.time // DAY]
        weight = 0.0
        if position in chosen:
            discount = (1 + (n - 1) / definition.selectivity_scale) ** definition.selectivity
            weight = definition.weights[act.kind] / discount
        age_days = (as_of - act.time) / DAY
        mass = weight * 2 ** (-age_days / half_life)
        tie_mass[person, act.target].append(mass)
        lines.append((act, person, position in chosen, weight, mass))

    entries = []
    for act, person, is_counted, weight, mass in lines:
        whole = math.fsum(tie_mass[person, act.target])
        part = whole**definition.exponent * mass / whole if whole > 0 else 0.0
        part *= believed.of(person, act.target)
        entries.append(Entry(act, person, is_counted, weight, mass, whole, part))
    if definition.freshness is None or not with_freshness:
        return entries
    return freshened(acts, entries, definition, as_of, persons)


def freshened(acts, entries, definition, as_of, persons):
    """The entries, every target's multiplied by one factor for how lately each of its people reacted."""
    rule, latest, given = definition.freshness, {}, defaultdict(list)
    for act in acts:
        if definition.weights.get(act.kind, 0.0) > 0:
            tie = person_of(act.source, persons), act.target
            latest[tie] = max(latest.get(tie, act.time), act.time)
    shares = [share_of(latest.get((one.person, one.act.target)), as_of, rule) for one in entries]
    for entry, share in zip(entries, shares, strict=True):
        given[entry.act.target].append((entry.contribution, share))
    factors = {}
    for target, parts in given.items():
        earned = math.fsum(part for part, _ in parts)
        fresh = math.fsum(part * share for part, share in parts)
        factors[target] = (rule.prior_people + fresh / rule.usual_share) / (rule.prior_people + earned)
    return [
        replace(
            entry,
            contribution=entry.contribution * factors[entry.act.target],
            freshness=factors[entry.act.target],
            fresh_share=share,
        )
        for entry, share in zip(entries, shares, strict=True)
    ]


def share_of(latest, as_of, rule):
    """How fresh a reaction is; nothing where there is none."""
    return 0.0 if latest is None else 2 ** (-(as_of - latest) / DAY / rule.half_life_days)


def squared(entries, definition):
    """The sum of squares that the error of a target's attention needs, from its entries."""
    given = defaultdict(list)
    for entry in entries:
        given[entry.person].append(entry)
    people = [
        (math.fsum(one.contribution / one.freshness for one in group), group[0].fresh_share)
        for group in given.values()
    ]
    rule = definition.freshness
    if rule is None:
        return math.fsum(given * given for given, _ in people)
    earned = math.fsum(given for given, _ in people)
    fresh = math.fsum(given * share for given, share in people)
    # E times freshness is E (k + S / usual) / (k + E): differentiated by one person's part of E and of S.
    level = rule.prior_people + earned
    by_earned = rule.prior_people * (rule.prior_people + fresh / rule.usual_share) / level**2
    by_fresh = earned / level / rule.usual_share
    return math.fsum((given * (by_earned + by_fresh * share)) ** 2 for given, share in people)


def contributions(
    acts, definition, as_of, persons=None, half_life=None, believed=EVERYBODY, with_freshness=True
):
    """c(u,v) as {target: {person: contribution}}."""
    ties = defaultdict(lambda: defaultdict(list))
    for entry in ledger(acts, definition, as_of, persons, half_life, believed, with_freshness):
        if entry.is_counted:
            ties[entry.act.target][entry.person].append(entry.contribution)
    summed = defaultdict(dict)
    for target, given in ties.items():
        summed[target] = {person: math.fsum(parts) for person, parts in given.items()}
    return summed


def earned(acts, definition, as_of, persons=None, believed=EVERYBODY):
    """Unscaled figures of every actor who earned more than nothing."""
    persons = persons or {}
    standing = contributions(acts, definition, as_of, persons, believed=believed)
    momentum = contributions(
        acts, definition, as_of, persons, definition.momentum_half_life_days, believed, with_freshness=False
    )
    entries = defaultdict(list)
    for entry in ledger(acts, definition, as_of, persons, believed=believed):
        entries[entry.act.target] += [entry] if entry.is_counted else []
    figures = {}
    for target, given in standing.items():
        total = math.fsum(given.values())
        if total > 0:
            figures[target] = Figures(
                earned=total,
                squared=squared(entries[target], definition),
                people=len(given),
                interactions=sum(act.target == target for act in received(acts, as_of, persons)),
                momentum_attention=math.fsum(momentum[target].values()),
            )
    return figures


def shrunk(attention, squared, definition, z):
    """One end of the intervals where the definition knows how many people actors have."""
    ends = []
    for earned, squares in zip(attention, squared, strict=True):
        given = definition.phi * squares / earned
        people = definition.people_shape + (earned / given if given > 0 else 0)
        root = max(0, 1 - 1 / (9 * people) + z / (3 * math.sqrt(people)))
        expected = given * people * root**3 / (1 + definition.people_rate)
        ends.append(min(100, definition.points_per_doubling * math.log2(1 + expected)))
    return np.array(ends)


def scores(acts, definition, as_of, persons=None, believed=EVERYBODY):
    """All figures of every actor who earned more than nothing, {actor: Figures}."""
    figures = earned(acts, definition, as_of, persons, believed)
    actors = sorted(figures)
    points = definition.points_per_doubling
    z = NormalDist().inv_cdf((1 + definition.interval_level) / 2)
    attention = np.array([figures[actor].earned for actor in actors])
    squared = np.array([figures[actor].squared for actor in actors])
    recent = np.array([figures[actor].momentum_attention for actor in actors])
    unclipped = points * np.log2(1 + attention)
    margin = z * points / np.log(2) * np.sqrt(definition.phi * squared) / (1 + attention)
    score = np.minimum(100, unclipped)
    low, high = np.clip(unclipped - margin, 0, 100), np.clip(unclipped + margin, 0, 100)
    if definition.people_shape is not None:
        low, high = (shrunk(attention, squared, definition, side) for side in (-z, z))
    momentum = np.minimum(100, points * np.log2(1 + recent))
    return {
        actor: Figures(
            earned=figures[actor].earned,
            squared=figures[actor].squared,
            people=figures[actor].people,
            interactions=figures[actor].interactions,
            momentum_attention=figures[actor].momentum_attention,
            score=score[i],
            score_low=low[i],
            score_high=high[i],
            percentile=percentile(score, score[i]),
            rank_low=1 + sum(is_below(high[i], other) for other in low),
            rank_high=len(actors) - sum(is_below(other, low[i]) for other in high),
            momentum=momentum[i],
        )
        for i, actor in enumerate(actors)
    }


def percentile(every_score, score):
    """Share of the others that lie below, those level with it by half; 100 for the only one."""
    if len(every_score) == 1:
        return 100.0
    below = sum(is_below(other, score) for other in every_score)
    above = sum(is_below(score, other) for other in every_score)
    level = len(every_score) - below - above - 1
    return 100 * (below + level / 2) / (len(every_score) - 1)


def is_below(one, other):
    """Scores are compared to a billionth of a point: what differs by less differs by rounding."""
    return np.round(one, 9) < np.round(other, 9)
