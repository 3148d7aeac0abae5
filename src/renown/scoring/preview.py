"""What another definition would do to everybody's score, before anybody sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.errors import DefinitionError
from renown.scoring.forms import Scored, compute_scores
from renown.store import TableStore
from renown.store.run_inputs import newest_moment
from renown.types import Progress, no_progress

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Points = TypeVar("Points", float, FloatArray)

PARTS: Final[dict[str, tuple[str, ...]]] = {
    "weights": ("weights",),
    "half-life": ("half_life_days",),
    "selectivity": ("selectivity", "selectivity_scale"),
    "saturation": ("exponent", "daily_cap"),
    "freshness": ("freshness",),
    "scale": ("points_per_doubling",),
}
"""The parts of a definition that move scores, and the fields of each."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """How one actor would move. The points of the parts add up to `change`."""

    actor_id: str
    handle: str
    score_before: float
    score_after: float
    change: float
    place_before: int
    place_after: int
    is_beyond_interval: bool
    """the new score lies outside the interval of the old one"""
    by_part: dict[str, float]
    """points due to each part of the definition that differs"""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What changes when one definition takes the place of another; nothing of it is written."""

    before_name: str
    before_hash: str
    after_name: str
    after_hash: str
    as_of: datetime
    actors: int
    parts: tuple[str, ...]
    """the parts that differ"""
    mean_change: float
    """points"""
    median_size: float
    """half of the actors move by less than this, up or down"""
    largest_size: float
    moved_by_one_count: int
    """actors who move by a point or more"""
    moved_by_five_count: int
    beyond_interval_count: int
    rank_correlation: float | None
    """Spearman's, of all scores; None where nothing varies"""
    new_at_top: int
    """actors among the first hundred who were not"""
    moves: tuple[Move, ...]
    """those who move most"""

    def as_dict(self) -> dict[str, Any]:
        """Everything as lists, dictionaries, numbers and text."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found


def preview_definition(
    store: TableStore,
    before: Definition,
    after: Definition,
    *,
    as_of: datetime | None = None,
    limit: int = 20,
    progress: Progress = no_progress,
) -> Preview:
    """Score everybody by both definitions and say who would move, how far and by which part.

    Formula:  the parts that differ are put in place one after another, first in one order, then in the
              reverse; a part's points are the mean of what its two turns moved, so they add up exactly.
    Raises:   DefinitionError: both are the same.  TooLittleInputError: nothing to score.
    Cost:     two scoring runs, and two for each part that differs beyond the first.
    Notes:    nothing is written: runs of the old definition stay, and what people see does not change until
              somebody scores with the new one.
    """
    store.require()
    parts = changed_parts(before, after)
    if not parts and before.content_hash() == after.content_hash():
        raise DefinitionError(
            f"{before.name} and {after.name} are the same definition by content, so nobody would move."
        )
    moment = as_of or newest_moment(store)
    seen = _Seen(store, moment, progress, 2 * max(len(parts), 1))
    old, new = seen.scored(before), seen.scored(after)
    keys = np.union1d(old.actor_key, new.actor_key)
    points = points_by_part(lambda one: _of(seen.scored(one), keys), before, after)
    return _preview(store, old, new, points, limit)


def changed_parts(before: Definition, after: Definition) -> tuple[str, ...]:
    """Names of the parts by which two definitions give other scores."""
    return tuple(
        name
        for name, fields in PARTS.items()
        if any(_field(before, field) != _field(after, field) for field in fields)
    )


def points_by_part(
    score: Callable[[Definition], Points], before: Definition, after: Definition
) -> dict[str, Points]:
    """What each part that differs moves a score, or an array of scores, by; the parts add up to the whole.

    Formula:  the parts are put in place one after another, first in one order, then in the reverse; a part's
              points are the mean of what its two turns moved.
    Args:     score: by a definition; asked for the same one more than once.
    Source:   Shapley (1953), A value for n-person games, over two orders.
    Example:
        >>> import msgspec
        >>> from renown.definitions import load_definition
        >>> old = load_definition()
        >>> new = msgspec.structs.replace(old, half_life_days=60.0, points_per_doubling=10.0)
        >>> points_by_part(lambda one: one.points_per_doubling * one.half_life_days / 30, old, new)
        {'half-life': 7.5, 'scale': 7.5}
    """
    parts = changed_parts(before, after)
    points: dict[str, Points] = {}
    for order in (parts, parts[::-1]):
        here = before
        for part in order:
            there = msgspec.structs.replace(here, **{field: getattr(after, field) for field in PARTS[part]})
            turn = (score(there) - score(here)) / 2
            points[part] = points[part] + turn if part in points else turn
            here = there
    return points


def _field(definition: Definition, name: str) -> object:
    value = getattr(definition, name)
    return {kind: weight for kind, weight in value.items() if weight} if name == "weights" else value


class _Seen:
    """Scores by definition, each computed once."""

    def __init__(self, store: TableStore, as_of: datetime, progress: Progress, runs: int) -> None:
        self._store, self._as_of, self._progress, self._runs = store, as_of, progress, runs
        self._known: dict[str, Scored] = {}

    def scored(self, definition: Definition) -> Scored:
        """Scores of everybody by a definition."""
        key = definition.content_hash()
        if key not in self._known:
            self._progress("scoring by both definitions", len(self._known), self._runs)
            self._known[key] = compute_scores(self._store, definition=definition, as_of=self._as_of)
        return self._known[key]


def _of(scored: Scored, keys: IntArray, values: FloatArray | None = None) -> FloatArray:
    """Scores (or other figures) of these actors; 0 for who has none."""
    found = np.zeros(keys.size)
    found[np.searchsorted(keys, scored.actor_key)] = scored.score if values is None else values
    return found


def _preview(
    store: TableStore, old: Scored, new: Scored, points: dict[str, FloatArray], limit: int
) -> Preview:
    keys = np.union1d(old.actor_key, new.actor_key)
    before, after = _of(old, keys), _of(new, keys)
    change = after - before
    places = _places(before), _places(after)
    low, high = _of(old, keys, old.score_low), _of(old, keys, old.score_high)
    is_beyond = (after < low) | (after > high)
    order = np.lexsort((keys, -np.abs(change)))[:limit]
    ids, handles = store.actor_ids(keys[order]).to_pylist(), store.handles(keys[order])
    moves = tuple(
        Move(
            actor_id=actor_id,
            handle=handle,
            score_before=float(before[place]),
            score_after=float(after[place]),
            change=float(change[place]),
            place_before=int(places[0][place]),
            place_after=int(places[1][place]),
            is_beyond_interval=bool(is_beyond[place]),
            by_part={part: float(moved[place]) for part, moved in points.items()},
        )
        for place, actor_id, handle in zip(order, ids, handles, strict=True)
    )
    size = np.abs(change)
    return Preview(
        before_name=old.definition.name,
        before_hash=old.definition.content_hash(),
        after_name=new.definition.name,
        after_hash=new.definition.content_hash(),
        as_of=old.as_of,
        actors=keys.size,
        parts=tuple(points),
        mean_change=float(change.mean()),
        median_size=float(np.median(size)),
        largest_size=float(size.max()),
        moved_by_one_count=int((size >= 1).sum()),
        moved_by_five_count=int((size >= 5).sum()),
        beyond_interval_count=int(is_beyond.sum()),
        rank_correlation=_correlation(*places),
        new_at_top=int(((places[1] <= 100) & (places[0] > 100)).sum()),
        moves=moves,
    )


def _places(scores: FloatArray) -> IntArray:
    """Place of each score, 1 the highest, level ones sharing the best."""
    ranked = np.sort(np.round(scores, 9))
    return np.asarray(1 + scores.size - np.searchsorted(ranked, np.round(scores, 9), "right"))


def _correlation(before: IntArray, after: IntArray) -> float | None:
    from scipy.stats import rankdata

    one, two = rankdata(before), rankdata(after)
    if one.std() == 0 or two.std() == 0:
        return None
    return float(np.corrcoef(one, two)[0, 1])
