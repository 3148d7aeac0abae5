"""Bluesky and the AT Protocol: accounts through an AppView, repository files, live streams.

Imports nothing heavy: each path is imported when it is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from renown.errors import InputError
from renown.sources.bluesky.options import APPVIEW, BlueskyOptions
from renown.sources.registry import Request, Source
from renown.store.harvest import Gather, Harvest
from renown.types import Progress

__all__ = ["SOURCE", "BlueskyOptions"]


def _harvest(request: Request, *, progress: Progress) -> Iterator[Harvest]:
    options = request.options or BlueskyOptions()
    if not request.locations:
        raise InputError("Which accounts?", hint="Name handles, such as ann.bsky.social, or CAR files.")
    paths = [Path(name) for name in request.locations if _is_file(name)]
    names = [name for name in request.locations if not _is_file(name)]
    if paths:
        yield from _read_files(request, options, paths, progress)
    if names:
        yield from _read_accounts(request, options, names, progress)


def _is_file(name: str) -> bool:
    return name.endswith(".car") or Path(name).is_file()


def _read_files(
    request: Request, options: BlueskyOptions, paths: list[Path], progress: Progress
) -> Iterator[Harvest]:
    from renown.sources.bluesky.appview import AppView
    from renown.sources.bluesky.files import FileReader
    from renown.sources.bluesky.people import People
    from renown.sources.polite import PoliteClient
    from renown.types import no_progress

    if not options.service:
        yield from FileReader(People(), since=request.since, progress=progress).read(paths)
        return
    with PoliteClient("bluesky") as client:
        people = People(AppView(client, options.service, no_progress).profiles)
        yield from FileReader(people, since=request.since, progress=progress).read(paths)


def _read_accounts(
    request: Request, options: BlueskyOptions, names: list[str], progress: Progress
) -> Iterator[Harvest]:
    from renown.sources.bluesky.accounts import AccountReader
    from renown.sources.bluesky.appview import AppView
    from renown.sources.polite import PoliteClient

    if options.hops not in (0, 1):
        raise InputError(f"hops is 0 or 1, not {options.hops}.")
    with PoliteClient("bluesky") as client:
        appview = AppView(client, options.service or APPVIEW, progress)
        if options.repo:
            from renown.sources.bluesky.repositories import read_repositories

            yield from read_repositories(appview, request, options, names, progress=progress)
            return
        reader = AccountReader(appview, request, options)
        for name in names:
            yield from reader.read(name)


def _follow(request: Request, *, progress: Progress) -> Iterator[Harvest]:
    from renown.sources.bluesky.live import follow

    return follow(request, progress=progress)


def _replay(payload: str, gather: Gather) -> None:
    from renown.sources.bluesky.replays import replay

    replay(payload, gather, now=datetime.now(UTC))


SOURCE = Source(
    "bluesky",
    "Bluesky accounts, repository files (CAR), and live streams of the AT Protocol",
    harvest=_harvest,
    follow=_follow,
    replay=_replay,
    options=BlueskyOptions,
)
"""The Bluesky source, as it is registered."""
