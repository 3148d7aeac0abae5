"""Whole repositories from the servers that keep them (com.atproto.sync.getRepo).

Which server that is stands in a document that a stranger wrote: it is asked through the guarded transport,
which reaches the public internet and nothing else.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from renown.errors import SourceAnswerError
from renown.sources.bluesky.appview import AppView
from renown.sources.bluesky.files import FileReader
from renown.sources.bluesky.options import BlueskyOptions
from renown.sources.bluesky.people import People
from renown.sources.openweb.addresses import PUBLIC_ONLY, Allowance
from renown.sources.polite import MEGABYTE, Manners, PoliteClient
from renown.sources.registry import Request
from renown.store.harvest import Harvest
from renown.types import Progress

_LARGEST_BYTES: Final = 1_024 * MEGABYTE
_LONGEST_SECONDS: Final = 1_800.0
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_ACCEPT: Final = {"accept": "application/vnd.ipld.car, application/json, application/did+ld+json"}


def read_repositories(
    appview: AppView, request: Request, options: BlueskyOptions, names: Sequence[str], *, progress: Progress
) -> Iterator[Harvest]:
    """Fetch the repositories of these accounts, and read them as files are read.

    An account that marked itself as not for this is not fetched.

    Raises:   SourceError; SourceFileError: a server answers with something else than a repository.
    """
    people = People(appview.profiles)
    reader = FileReader(people, since=request.since, progress=progress)
    with tempfile.TemporaryDirectory(prefix="renown-") as folder, _strangers(options) as client:
        paths = []
        for number, name in enumerate(names, 1):
            did = appview.resolve(name)
            people.learn([did], reader.gather, observed_at=reader.now)
            if not reader.reader.is_open(did):
                continue
            server = find_server(appview.client, client, did, options.directory)
            address = f"{server}/xrpc/com.atproto.sync.getRepo"
            answer = client.get(address, {"did": did}, headers=_ACCEPT)
            path = Path(folder) / f"{quote(did, safe='')}.car"
            path.write_bytes(answer.content)
            paths.append(path)
            progress("fetching repositories", number, len(names))
        yield from reader.read(paths)


def _strangers(options: BlueskyOptions) -> PoliteClient:
    """A client for addresses that strangers name. On a network on loopback, loopback is where things are."""
    from renown.sources.openweb.guarded import Bounds, GuardedTransport

    is_local = urlsplit(options.directory).hostname in _LOOPBACK
    allowance = Allowance(addresses=frozenset({"127.0.0.1", "::1"})) if is_local else PUBLIC_ONLY
    bounds = Bounds(seconds=_LONGEST_SECONDS, bytes_count=_LARGEST_BYTES)
    manners = Manners(
        concurrent_count=1,
        limit_bytes=_LARGEST_BYTES,
        timeout_seconds=120.0,
        answer_seconds=_LONGEST_SECONDS,
    )
    transport = GuardedTransport(bounds=bounds, allowance=allowance)
    return PoliteClient("bluesky", manners=manners, transport=transport)


def find_server(trusted: PoliteClient, strangers: PoliteClient, did: str, directory: str) -> str:
    """Which server keeps an account's repository, as its DID document says.

    Args:     trusted: asks the directory. strangers: asks the account's own domain, where that has it.
    Raises:   SourceError; UnsafeAddressError: it leads inside this machine or its network.
    """
    if did.startswith("did:web:"):
        host = did.removeprefix("did:web:").replace("%3A", ":")
        document: Any = strangers.get(f"https://{host}/.well-known/did.json", headers=_ACCEPT).json()
    else:
        document = trusted.get_json(f"{directory.rstrip('/')}/{did}")
    services = document.get("service") if isinstance(document, Mapping) else None
    for service in services if isinstance(services, list) else []:
        if isinstance(service, Mapping) and str(service.get("id")).endswith("#atproto_pds"):
            endpoint = service.get("serviceEndpoint")
            if isinstance(endpoint, str):
                return endpoint.rstrip("/")
    raise SourceAnswerError(f"The DID document of {did} names no server that keeps its repository.")
