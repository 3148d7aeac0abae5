"""Why a score moved between two moments: an exact split into causes, and the people behind each.

docs/concepts/changes.md has the formula and an example worked by hand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.errors import MomentError
from renown.explain.measure import ScoreRow, freshness_in, measure_actor, score_of, unbounded_score
from renown.explain.records import ActorName, Basis, Record
from renown.explain.sums import ExactValues, FloatArray, IntArray, exact_total, group_rows
from renown.types import SECONDS_PER_DAY

if TYPE_CHECKING:
    import pyarrow as pa

Cause = Literal["new_people", "returning_people", "fading", "freshness", "trust", "definition", "other"]

CAUSES: Final[tuple[Cause, ...]] = get_args(Cause)

_MEANINGS: Final[Mapping[Cause, str]] = {
    "new_people": "people whose reactions had never counted before",
    "returning_people": "people who had reacted before and did so again",
    "fading": "attention given before, grown older",
    "freshness": "people reacting more or less lately than before, where the definition asks how lately",
    "trust": "attention that is not taken at its word, or that is again",
    "definition": "the same people as of the first moment, weighed by another definition",
    "other": "everything else: the day of the first moment weighed anew, and the ceiling of 100 points",
}
# Rounding of two sums of powers; a weight that truly changed moves a contribution by far more.
_SAME: Final = 1e-10

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class ChangeRow(Record):
    """A person behind a cause, and what they moved."""

    key: int | str
    """person_key (an actor id once read from a store)"""
    label: str
    contribution_before: float
    contribution_after: float
    attention_change: float
    """effective people, due to this cause"""
    points: float


@dataclass(frozen=True)
class ChangePart(Record):
    """One cause of a change of score."""

    cause: Cause
    meaning: str
    attention_change: float
    """effective people"""
    points: float
    people_count: int
    rows: tuple[ChangeRow, ...]
    """the people who moved it most"""


class Succession(NamedTuple):
    """The definitions of two moments."""

    before: Definition
    after: Definition


@dataclass(frozen=True)
class DefinitionChange(Record):
    """Another definition took the place of the one that the score before was made by."""

    name_before: str
    hash_before: str
    name_after: str
    hash_after: str
    score_between: float
    """the score that the new definition gives as of the first moment"""
    by_part: Mapping[str, float]
    """points due to each part of the definition that differs; they add up to those of the cause"""


@dataclass(frozen=True)
class Changes(Record):
    """The change of a score between two moments. The points of the parts add up to `score_change`."""

    since: datetime
    until: datetime
    before: ScoreRow
    after: ScoreRow
    score_change: float
    attention_change: float
    """effective people"""
    fading_factor: float
    """what silence alone leaves of the attention given before `since`"""
    parts: tuple[ChangePart, ...]
    """by cause: always all of CAUSES, in that order"""
    ceiling_points: float
    """points of `other` that are due to no score going above 100"""
    definition: DefinitionChange | None = None
    """None: one definition at both moments"""
    actor: ActorName | None = None
    basis: Basis | None = None
    title: str = ""
    """the change in words"""

    def part(self, cause: Cause) -> ChangePart:
        """The part with this cause."""
        return self.parts[CAUSES.index(cause)]


def fading_factor(since: datetime, until: datetime, definition: Definition) -> float:
    """What silence leaves of any attention: 2^(-(until - since) * exponent / half_life).

    Raises:   MomentError: until is not after since.
    Example:
        >>> from datetime import UTC
        >>> from renown.definitions import load_definition
        >>> may, july = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 7, 30, tzinfo=UTC)
        >>> round(fading_factor(may, july, load_definition()), 9)
        0.5
    """
    if since >= until:
        raise MomentError(
            f"A change needs two moments in order, not {since.isoformat()} and {until.isoformat()}.",
            hint="Choose a first moment that is before the second.",
        )
    days = (until - since).total_seconds() / SECONDS_PER_DAY
    return float(2.0 ** (-days * definition.exponent / definition.half_life_days))


def build_changes(
    before: pa.Table,
    after: pa.Table,
    *,
    since: datetime,
    until: datetime,
    definition: Definition,
    limit: int = 10,
) -> Changes:
    """Split the change of a score by one definition into causes: who came, what faded, and the rest.

    Formula:  c0 of a person: what they contributed before; c1: what they contribute after, as far as they
              were believed before (wholly, if they are new); f the fading factor. Trust: what they do
              contribute after, less c1.
              New people: c1 where c0 = 0. Fading: c0 * (f - 1). Returning people, those who reacted
              in [since, until): c1 - f * c0. Other: c1 - f * c0 of everybody else, and what the ceiling
              of 100 points cuts off.
              Where the definition knows freshness, all these are as fresh as the actor was before;
              freshness: what they do contribute after, less that.
              Points: change of E * (points_per_doubling / ln 2) / L(1 + E1, 1 + E0), L the logarithmic mean
              L(a, b) = (a - b) / ln(a / b), L(a, a) = a. So the points add up to the change of score.
    Args:     before, after: `renown.scoring.contributions` of one actor as of since and as of until.
              limit: people named for each cause.
    Raises:   MomentError: until is not after since.
    Notes:    people are counted, not accounts. Cost O(reactions); deterministic. `put_in_place` adds what
              another definition at the first moment makes.
    Source:   Ang (2005), The LMDI approach to decomposition analysis: a practical guide, Energy Policy 33.
    """
    factor = fading_factor(since, until, definition)
    people = people_of(before, after, since)
    nothing = np.zeros(people.keys.size)
    moved = {
        **_split(people, factor),
        "freshness": people.after - people.as_fresh,
        "trust": people.as_fresh - people.undoubted,
        "definition": nothing,
    }
    scores = tuple(
        measure_actor(contributions, definition=definition, as_of=moment)
        for contributions, moment in ((before, since), (after, until))
    )
    earned = scores[0].earned_attention, scores[1].earned_attention
    points_each = _points_per_attention(*earned, definition)
    ceiling = ceiling_points(earned[1], definition) - ceiling_points(earned[0], definition)
    parts = tuple(moved_part(cause, moved[cause], people, points_each, limit) for cause in CAUSES)
    return Changes(
        since=since,
        until=until,
        before=scores[0],
        after=scores[1],
        score_change=scores[1].score - scores[0].score,
        attention_change=earned[1] - earned[0],
        fading_factor=factor,
        parts=(*parts[:-1], replace(parts[-1], points=parts[-1].points + ceiling)),
        ceiling_points=ceiling,
    )


def logarithmic_mean(a: float, b: float) -> float:
    """Logarithmic mean of two positive numbers: (a - b) / ln(a / b), and a where they are equal.

    Example:
        >>> logarithmic_mean(2.0, 2.0), round(logarithmic_mean(4.0, 1.0), 6)
        (2.0, 2.164043)
    """
    excess = (a - b) / b
    if excess == 0:
        return b
    # near each other by what they differ in, far apart by their ratio: both keep all digits
    apart = math.log1p(excess) if abs(excess) < 0.5 else math.log(a / b)
    return (a - b) / apart


@dataclass(frozen=True)
class People:
    """One entry per person who gave anything before or after."""

    keys: IntArray
    before: FloatArray
    undoubted: FloatArray
    """after, were everybody believed as before and the actor as fresh as before"""
    as_fresh: FloatArray
    """after, were the actor as fresh as before"""
    after: FloatArray
    acted: BoolArray
    """reacted between the two moments"""


def people_of(before: pa.Table, after: pa.Table, since: datetime) -> People:
    """Who is in either table of contributions to one actor, and what they gave in each.

    Args:     since: who has a reaction in `after` from then on has acted.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    groups = group_rows(
        pa.chunked_array(before["person_key"].chunks + after["person_key"].chunks, pa.int64())
    )
    codes_before, codes_after = groups.codes[: before.num_rows], groups.codes[before.num_rows :]
    count = len(groups.keys)
    is_between = pc.greater_equal(
        after["occurred_at"], pa.scalar(since, after["occurred_at"].type)
    ).to_numpy()
    acted = np.bincount(codes_after[is_between], minlength=count) > 0
    given = [
        ExactValues.of(table["contribution"].to_numpy()).sums(codes, count)
        for table, codes in ((before, codes_before), (after, codes_after))
    ]
    belief_before, belief = np.ones(count), np.ones(count)
    if "belief" in after.column_names:
        belief[codes_after] = after["belief"].to_numpy()
        belief_before[codes_before] = before["belief"].to_numpy()
    # who is not believed at all says nothing of what belief would give: all of it stays with the other causes
    ratio = np.divide(
        belief_before, belief, out=np.ones(count), where=(belief > 0) & (belief != belief_before)
    )
    fresh_before, fresh = freshness_in(before), freshness_in(after)
    as_fresh = given[1] if fresh == fresh_before else given[1] / fresh * fresh_before
    return People(
        keys=groups.keys.to_numpy(),
        before=given[0],
        undoubted=as_fresh * ratio,
        as_fresh=as_fresh,
        after=given[1],
        acted=acted,
    )


def _split(people: People, factor: float) -> dict[Cause, FloatArray]:
    """What each person moved by each cause; over the causes a person's entries add up to after - before."""
    before, after = people.before, people.undoubted
    is_new = before == 0
    has_faded_only = ~is_new & (np.abs(after - factor * before) <= _SAME * before)
    # Where nothing but time moved somebody, the rounding goes to fading, so that the rest is exactly zero.
    fading = np.where(is_new, 0.0, np.where(has_faded_only, after - before, before * (factor - 1)))
    moved = np.where(is_new | has_faded_only, 0.0, (after - before) - fading)
    return {
        "new_people": np.where(is_new, after, 0.0),
        "returning_people": np.where(people.acted, moved, 0.0),
        "fading": fading,
        "other": np.where(people.acted, 0.0, moved),
    }


def _points_per_attention(earned_before: float, earned_after: float, definition: Definition) -> float:
    mean = logarithmic_mean(1 + earned_after, 1 + earned_before)
    return definition.points_per_doubling / math.log(2) / mean


def ceiling_points(earned_attention: float, definition: Definition) -> float:
    """What the ceiling of 100 points takes from a score: never above 0.

    Example:
        >>> from renown.definitions import load_definition
        >>> ceiling_points(3.0, load_definition("renown-1"))
        0.0
    """
    return score_of(earned_attention, definition) - unbounded_score(earned_attention, definition)


def moved_part(cause: Cause, moved: FloatArray, people: People, points_each: float, limit: int) -> ChangePart:
    """One cause, from what each person moved by it and what an effective person is worth in points."""
    total = exact_total(moved)
    return ChangePart(
        cause=cause,
        meaning=_MEANINGS[cause],
        attention_change=total,
        points=total * points_each,
        people_count=int(np.count_nonzero(moved)),
        rows=tuple(_row(index, moved, people, points_each) for index in _largest(moved, people.keys, limit)),
    )


def _largest(moved: FloatArray, keys: IntArray, limit: int) -> list[int]:
    """Indices of those who moved most in either direction, equal ones by key; nobody who moved nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = max(0, min(limit, int(np.count_nonzero(moved))))
    table = pa.table({"size": np.abs(moved), "key": keys})
    order: list[int] = pc.select_k_unstable(
        table, wanted, [("size", "descending"), ("key", "ascending")]
    ).to_pylist()
    return order


def _row(index: int, moved: FloatArray, people: People, points_each: float) -> ChangeRow:
    key: Any = int(people.keys[index])
    return ChangeRow(
        key=key,
        label=str(key),
        contribution_before=float(people.before[index]),
        contribution_after=float(people.after[index]),
        attention_change=float(moved[index]),
        points=float(moved[index]) * points_each,
    )
