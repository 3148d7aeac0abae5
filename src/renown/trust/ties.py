"""Who reacted to whom, when and how much: a store's interactions as one array entry per tie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.store import TableStore
from renown.store.kernel_rows import given_and_rule, join_rows, kernel_rule, read_stretch
from renown.store.parallel import in_order, run_all, thread_count
from renown.trust.behaviour import LEAST_ACTS
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    from renown.kernels.attention import Rows, Rule
    from renown.kernels.audience import Audiences, Later
    from renown.kernels.rhythm import Rhythms
    from renown.store.persons import PersonKeys
    from renown.store.sorted_files import SortedFiles, SourceRange

IntArray = NDArray[np.int64]
KeyArray = NDArray[np.int32]
FloatArray = NDArray[np.float32]

_PORTIONS: Final = 2
_KINDS: Final = (np.int32, np.int32, np.int32, np.float32)


@dataclass(frozen=True, eq=False)
class TieTable:
    """Ties before a moment, sorted by source and target; sources are persons, targets accounts."""

    actors_count: int
    epoch_microseconds: int
    """minute 0"""
    person_of: KeyArray
    """person key of every account; empty where nobody has several"""
    source: KeyArray
    target: KeyArray
    first_minute: KeyArray
    attention: FloatArray
    later: Later
    """what was acted on again, and when last"""

    @cached_property
    def span(self) -> tuple[int, int]:
        """First and last minute in which anything happened."""
        if self.source.size == 0:
            return 0, 0
        last = max(int(self.first_minute.max()), int(self.later.minute.max(initial=0)))
        return int(self.first_minute.min()), last

    def last_minutes(self, places: IntArray) -> KeyArray:
        """The last minute of some ties."""
        found = self.first_minute[places]
        if self.later.place.size:
            at = np.minimum(np.searchsorted(self.later.place, places), self.later.place.size - 1)
            found = np.where(self.later.place[at] == places, self.later.minute[at], found)
        return found

    @cached_property
    def audiences(self) -> Audiences:
        """The ties by target, in their own order."""
        return self._audiences_of(self.target)

    @cached_property
    def target_person(self) -> KeyArray:
        """Person key of each target: sources are persons, so that who reciprocates shows by persons only."""
        return self.person_of[self.target] if self.person_of.size else self.target

    @cached_property
    def listeners(self) -> Audiences:
        """The ties by the person of the target: who reacted to any account of a person."""
        return self._audiences_of(self.target_person) if self.person_of.size else self.audiences

    def _audiences_of(self, target: KeyArray) -> Audiences:
        from renown.kernels import audience

        start = self._starts(target)
        audiences = audience.Audiences(start, np.empty((target.size, 2), np.int32))

        def fill(bounds: tuple[int, int]) -> None:
            audience.fill_audiences(audiences, self.source, target, *bounds)

        run_all(fill, _cut(start, thread_count()))
        return audiences

    @cached_property
    def out_start(self) -> IntArray:
        """Where the ties of each source begin: those of u are out_start[u]:out_start[u + 1]."""
        return self._starts(self.source)

    def _starts(self, actor: KeyArray) -> IntArray:
        """Where the ties of each actor begin, were they ordered by these."""
        from renown.kernels.audience import count_ties

        counts = in_order(lambda part: count_ties(actor, self.actors_count, *part), self.portions())
        start = np.zeros(self.actors_count + 1, np.int64)
        for count in counts:
            start[1:] += count
        np.cumsum(start, out=start)
        return start

    @property
    def by_source(self) -> tuple[IntArray, KeyArray, KeyArray, Later]:
        """Where the ties of each source begin; target and first minute of each tie; and later acts."""
        return self.out_start, self.target, self.first_minute, self.later

    @cached_property
    def audience_count(self) -> IntArray:
        """People who reacted to each actor."""
        return np.diff(self.audiences.start)

    def among(self, members: IntArray) -> IntArray:
        """Places of the ties that some people have among themselves, sorted where these are."""
        inside = np.zeros(self.actors_count, np.bool_)
        inside[members] = True
        given = [np.arange(*self.out_start[member : member + 2]) for member in members]
        places = np.concatenate([np.empty(0, np.int64), *given])
        return np.asarray(places[inside[self.target_person[places]]])

    def stretches(self) -> list[tuple[int, int]]:
        """Actors cut into stretches of about equal numbers of ties received, for threads."""
        return _cut(self.audiences.start, self._pieces())

    def source_stretches(self) -> list[tuple[int, int]]:
        """The same by ties given."""
        return _cut(self.out_start, self._pieces())

    def portions(self) -> list[tuple[int, int]]:
        """The ties in as many portions, whatever the number of threads: the same sums to the last digit."""
        return list(pairwise(np.linspace(0, self.source.size, _PORTIONS + 1).astype(np.int64).tolist()))

    def _pieces(self) -> int:
        return max(1, min(4 * thread_count(), self.source.size // 50_000))


def _cut(start: IntArray, pieces: int) -> list[tuple[int, int]]:
    cuts = np.searchsorted(start, np.linspace(0, start[-1], pieces + 1)[1:-1])
    bounds = np.unique(np.concatenate([[0], cuts, [start.size - 1]]))
    return list(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True))


def read_ties(
    store: TableStore,
    definition: Definition,
    as_of_microseconds: int,
    progress: Progress = no_progress,
) -> tuple[TieTable, Rhythms]:
    """The ties of a store before a moment, with the attention that the definition gives each, and rhythms.

    Cost:     one pass over the interactions; 16 bytes a tie, and 12 where it was acted on again.
    """
    files, persons = store.interactions(), store.person_keys()
    epoch = _epoch(store)
    rule = kernel_rule(definition, as_of_microseconds)
    reading = _Reading(files, persons, rule, definition, epoch)
    spans = files.plan()
    gathered = _Gathered(files.rows_count)
    rhythms, set_aside = [], []
    for done, (part, rhythm, joined) in enumerate(in_order(reading.read, spans), 1):
        gathered.add(part)
        rhythms.append(rhythm)
        set_aside += [joined] if joined.source.size else []
        progress("reading ties", done, len(spans))
    if set_aside:
        rows = join_rows(set_aside)
        gathered.add(reading.ties(rows))
        rhythms.append(reading.rhythms(rows))
    (source, target, first, attention), later = gathered.in_order() if set_aside else gathered.as_they_came()
    person_of = _person_of(store, persons)
    ties = TieTable(store.actor_count(), epoch, person_of, source, target, first, attention, later)
    return ties, _joined(rhythms)


class _Gathered:
    """Ties as they come in, stretch by stretch."""

    def __init__(self, most: int) -> None:
        self._columns: list[NDArray[Any]] = [np.empty(most, kind) for kind in _KINDS]
        self._count = 0
        self._later = [(np.empty(0, np.int64), np.empty(0, np.int32))]

    def add(self, part: Sequence[NDArray[Any]]) -> None:
        """Put ties behind those that are there: the columns of a table, then the last minute of each."""
        *columns, last = part
        beyond = self._count + last.size
        for column, values in zip(self._columns, columns, strict=True):
            column[self._count : beyond] = values
        again = np.flatnonzero(last != columns[2])
        self._later.append((self._count + again, last[again]))
        self._count = beyond

    def as_they_came(self) -> tuple[list[NDArray[Any]], Later]:
        """The columns, and which ties were acted on later too."""
        from renown.kernels.audience import Later

        places, minutes = (np.concatenate(column) for column in zip(*self._later, strict=True))
        return [column[: self._count] for column in self._columns], Later(places, minutes)

    def in_order(self) -> tuple[list[NDArray[Any]], Later]:
        """The same, sorted by source and target."""
        columns, later = self.as_they_came()
        order = np.lexsort((columns[1], columns[0]))
        place_of = np.empty(order.size, np.int64)
        place_of[order] = np.arange(order.size)
        places = place_of[later.place]
        by_place = np.argsort(places)
        later = later._replace(place=places[by_place], minute=later.minute[by_place])
        return [column[order] for column in columns], later


@dataclass(frozen=True)
class _Reading:
    files: SortedFiles
    persons: PersonKeys
    rule: Rule
    definition: Definition
    epoch: int

    def read(self, span: SourceRange) -> tuple[Sequence[NDArray[Any]], Rhythms, Rows]:
        stretch = read_stretch(self.files, span, self.persons)
        return self.ties(stretch.ordinary), self.rhythms(stretch.ordinary), stretch.joined

    def rhythms(self, rows: Rows) -> Rhythms:
        from renown.kernels.rhythm import measure_rhythms

        return measure_rhythms(rows, self.rule.as_of_microseconds, LEAST_ACTS)

    def ties(self, rows: Rows) -> Sequence[NDArray[Any]]:
        from renown.kernels.attention import full_trust, sum_ties
        from renown.kernels.audience import tie_starts

        given, rule = given_and_rule(rows, self.rule, self.definition)
        ties = sum_ties(rows, given, full_trust(), rule)
        starts = tie_starts(rows, rule.as_of_microseconds, self.epoch)
        columns: list[NDArray[Any]] = [
            starts.source,
            ties.target.astype(np.int32),
            starts.first_minute,
            ties.attention.astype(np.float32),
            starts.last_minute,
        ]
        if ties.is_counted.all():
            return columns
        counted = np.flatnonzero(ties.is_counted)
        return [column[counted] for column in columns]


def _joined(rhythms: list[Rhythms]) -> Rhythms:
    from renown.kernels.rhythm import Rhythms

    nobody = Rhythms(*(np.empty(0, kind) for kind in (np.int64, np.int64, float, np.int64, float)))
    return Rhythms(*(np.concatenate(column) for column in zip(nobody, *rhythms, strict=True)))


def _person_of(store: TableStore, persons: PersonKeys) -> KeyArray:
    if persons.actor.size == 0:
        return np.empty(0, np.int32)
    person = np.arange(store.actor_count(), dtype=np.int32)
    person[persons.actor] = persons.person
    return person


def _epoch(store: TableStore) -> int:
    """A whole hour at or before the first interaction, in microseconds since 1970."""
    bounds = store.time_bounds()
    hour = 3_600_000_000
    return 0 if bounds is None else int(bounds[0].timestamp()) * 1_000_000 // hour * hour
