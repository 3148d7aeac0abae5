"""Whole repositories from the servers that keep them (com.atproto.sync.getRepo)."""

from __future__ import annotations

import ipaddress
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from renown.errors import SourceAnswerError, SourceUnreachableError, UnsafeAddressError
from renown.sources.bluesky.appview import AppView
from renown.sources.bluesky.files import FileReader
from renown.sources.bluesky.options import BlueskyOptions
from renown.sources.bluesky.people import People
from renown.sources.polite import MEGABYTE, Manners, PoliteClient
from renown.sources.registry import Request
from renown.store.harvest import Harvest
from renown.types import Progress

_LARGEST_BYTES: Final = 1_024 * MEGABYTE
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


def read_repositories(
    appview: AppView, request: Request, options: BlueskyOptions, names: Sequence[str], *, progress: Progress
) -> Iterator[Harvest]:
    """Fetch the repositories of these accounts, and read them as files are read.

    An account that marked itself as not for this is not fetched.

    Raises:   SourceError; SourceFileError: a server answers with something else than a repository.
    """
    people = People(appview.profiles)
    reader = FileReader(people, since=request.since, progress=progress)
    manners = Manners(concurrent_count=1, limit_bytes=_LARGEST_BYTES, timeout_seconds=120.0)
    with (
        tempfile.TemporaryDirectory(prefix="renown-") as folder,
        PoliteClient("bluesky", manners=manners) as client,
    ):
        paths = []
        for name in names:
            did = appview.resolve(name)
            people.learn([did], reader.gather, observed_at=reader.now)
            if not reader.reader.is_open(did):
                continue
            server = find_server(client, did, options.directory)
            answer = client.get(f"{server}/xrpc/com.atproto.sync.getRepo", {"did": did})
            path = Path(folder) / f"{quote(did, safe='')}.car"
            path.write_bytes(answer.content)
            paths.append(path)
            progress("fetching repositories", len(paths), len(names))
        yield from reader.read(paths)


def find_server(client: PoliteClient, did: str, directory: str) -> str:
    """Which server keeps an account's repository, as its DID document says.

    Raises:   SourceError; UnsafeAddressError: it leads inside this machine or its network.
    """
    if did.startswith("did:web:"):
        host = did.removeprefix("did:web:").replace("%3A", ":")
        document = client.get_json(f"{_checked(f'https://{host}', directory)}/.well-known/did.json")
    else:
        document = client.get_json(f"{directory.rstrip('/')}/{did}")
    services = document.get("service") if isinstance(document, Mapping) else None
    for service in services if isinstance(services, list) else []:
        if isinstance(service, Mapping) and str(service.get("id")).endswith("#atproto_pds"):
            return _checked(service.get("serviceEndpoint"), directory)
    raise SourceAnswerError(f"The DID document of {did} names no server that keeps its repository.")


def _checked(address: Any, directory: str) -> str:
    """An address that a stranger's document names. On a network on loopback, loopback is where things are."""
    parts = urlsplit(address if isinstance(address, str) else "")
    host = parts.hostname or ""
    text = f"{parts.scheme}://{parts.netloc}"
    if urlsplit(directory).hostname in _LOOPBACK and host in _LOOPBACK:
        return text
    if parts.scheme != "https" or not host or parts.username:
        raise UnsafeAddressError(f"{address!r} is no address of a server that may be asked.")
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, parts.port or 443)}
    except OSError as error:
        raise SourceUnreachableError(f"{host} cannot be found: {error}.") from error
    if not all(ipaddress.ip_address(str(one).split("%")[0]).is_global for one in found):
        raise UnsafeAddressError(f"{address} leads inside this machine or its network, and was not asked.")
    return text
