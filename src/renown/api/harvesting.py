"""Reading a source into a store: once, as things happen, or again what was not understood."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from renown.api.moments import Moment, parse_moment
from renown.errors import InputError
from renown.types import Progress

if TYPE_CHECKING:
    from renown.sources import Source
    from renown.store import TableStore
    from renown.store.harvest import Harvest
    from renown.store.records import IntakeReport


@dataclass
class ReplayReport:
    """What became of the records in quarantine."""

    records_count: int = 0
    """how many were there"""
    released_count: int = 0
    """how many are understood now, and have left it"""
    kept_counts: dict[str, int] = field(default_factory=dict)
    """how many stay, by source"""
    added_counts: dict[str, int] = field(default_factory=dict)
    """rows added, by table"""


def import_from(
    store: TableStore,
    source_name: str,
    locations: Sequence[str],
    *,
    since: Moment | None = None,
    options: Mapping[str, Any] | None = None,
    progress: Progress,
) -> IntakeReport:
    """Read a source to its end, into the store. Interrupted, it goes on from there the next time.

    Raises:   InputError: no such source or option. SourceError; what was taken in before it holds.
    """
    from renown.sources import Request, find_source

    source = find_source(source_name)
    if source.harvest is None:
        raise InputError(f"{source.name} is read by `renown import interactions --source {source.name}`.")
    request = Request(
        locations=tuple(locations),
        options=read_options(source, options or {}),
        since=None if since is None else parse_moment(since),
        memory=store.memory,
    )
    return store.take_in(source.harvest(request, progress=progress), progress=progress)


def follow(
    store: TableStore,
    source_name: str,
    locations: Sequence[str],
    *,
    options: Mapping[str, Any] | None = None,
    progress: Progress,
) -> IntakeReport:
    """Take in what a source tells as it happens, until it ends or is stopped; goes on where it stopped.

    Raises:   InputError: no such source, or it cannot be followed. SourceError.
    """
    from renown.sources import Request, find_source

    source = find_source(source_name)
    if source.follow is None:
        raise InputError(
            f"{source.name} cannot be followed.", hint=f"Read it: `renown import {source.name}`."
        )
    request = Request(tuple(locations), read_options(source, options or {}), memory=store.memory)
    return store.take_in(source.follow(request, progress=progress), progress=progress)


def read_options(source: Source, options: Mapping[str, Any]) -> Any:
    """The source's own settings from names and values (text is understood as what is wanted).

    Raises:   InputError: an unknown name, or a value that does not fit.
    """
    if source.options is None:
        if options:
            raise InputError(f"{source.name} takes no options; {', '.join(options)} were given.")
        return None
    known = [one.name for one in msgspec.structs.fields(source.options)]
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise InputError(
                f"{source.name} has no option {name!r}.", hint=f"{hint}It has {', '.join(known)}."
            )
    try:
        return msgspec.convert(dict(options), type=source.options, strict=False)
    except msgspec.ValidationError as error:
        raise InputError(f"An option of {source.name} does not fit: {error}") from error


def replay(store: TableStore, *, progress: Progress) -> ReplayReport:
    """Read again what was not understood, and release from quarantine what is understood now.

    Raises:   StoreError. Interrupted, what was released stays released.
    """
    from renown.sources import sources

    records = store.quarantine()
    report = ReplayReport(records_count=len(records))
    known = sources()
    released: list[str] = []

    def harvests() -> Iterator[Harvest]:
        """What each record says, where its source can read it now; others are counted as kept."""
        for done, record in enumerate(records, 1):
            harvest = _replayed(known.get(record["source_name"]), record)
            if harvest is None:
                kept = report.kept_counts
                kept[record["source_name"]] = kept.get(record["source_name"], 0) + 1
            else:
                released.append(record["record_hash"])
                yield harvest
            progress("reading again", done, len(records))

    intake = store.take_in(harvests(), progress=progress)
    report.released_count = store.release(released)
    report.added_counts = dict(intake.added_counts)
    return report


def _replayed(source: Source | None, record: Mapping[str, Any]) -> Harvest | None:
    """What the record says; None: it is still not understood."""
    from renown.store.harvest import Gather

    if source is None or source.replay is None:
        return None
    gather = Gather(source.name, network=source.network or source.name, scope=record["scope"])
    with gather.reading(record["payload"]):
        source.replay(record["payload"], gather)
    harvest = gather.harvest()
    return None if harvest.quarantined else harvest
