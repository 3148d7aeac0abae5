"""Asking for things by their address: ActivityPub objects, and WebFinger for names.

Addresses come from strangers, so every request travels through the guarded transport, which leads nowhere
inside a machine or its network; only addresses of hosts that the operator named may be private. A thing is
believed only when the host that its id names has given it.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from renown.errors import SourceAnswerError, SourceError, SourceRefusedError, UnsafeAddressError
from renown.sources.fediverse.consent import account_name
from renown.sources.fediverse.instance import RobotsRules
from renown.sources.fediverse.places import SOURCE_NAME
from renown.sources.fediverse.signing import Signature
from renown.sources.fediverse.surroundings import Recent
from renown.sources.fediverse.translate import each, host_of
from renown.sources.polite import PoliteClient
from renown.store.harvest import UnreadableRecord

ACTIVITY_TYPES: Final = (
    'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
)
_FINGER_TYPES: Final = "application/jrd+json, application/json"
_PAGES_COUNT: Final = 1_000

NotToBeHad = (SourceRefusedError, SourceAnswerError, UnsafeAddressError)
"""What one address among many may answer without ending everything."""


class Objects:
    """Fetches things by address, each once. Close it, or use `with`.

    Args:     named_hosts: hosts that the operator named: they may be on the operator's own network.
    """

    def __init__(self, *, named_hosts: Iterable[str] = (), signature: Signature | None = None) -> None:
        from renown.sources.openweb.addresses import Allowance
        from renown.sources.openweb.guarded import GuardedTransport

        self._named_hosts = frozenset(named_hosts)
        self._silent_hosts: set[str] = set()
        private = frozenset(one for host in self._named_hosts for one in _private_addresses(host))
        transport = GuardedTransport(allowance=Allowance(addresses=private))
        self.client = PoliteClient(SOURCE_NAME, transport=transport)
        self._signature = signature
        self._robots: dict[str, RobotsRules] = {}
        self._known: Recent[Mapping[str, Any] | None] = Recent(20_000)
        self._names: Recent[str] = Recent(20_000)

    def __enter__(self) -> Objects:
        return self

    def __exit__(self, *exception: object) -> None:
        self.client.close()

    def fetch(self, url: str) -> Mapping[str, Any]:
        """The thing at an address.

        Raises:   SourceError: it cannot be had; SourceAnswerError: the host that answers is not the id's.
        """
        said, final_url = self._json(url, ACTIVITY_TYPES)
        identity = said.get("id")
        if isinstance(identity, str) and host_of(identity) != host_of(final_url):
            raise SourceAnswerError(f"{url} answers with something of another host: {identity[:200]}.")
        return said

    def find(self, url: str) -> Mapping[str, Any] | None:
        """The thing at an address, asked for once; None: it cannot be had."""
        if not url.startswith(("http://", "https://")) or host_of(url) in self._silent_hosts:
            return None
        url = url.partition("#")[0]
        if url not in self._known:
            try:
                self._known.keep(url, self.fetch(url))
            except NotToBeHad:
                self._known.keep(url, None)
            except SourceError:
                # One server of many is down, as some always are; only one that was named ends the reading.
                if host_of(url) in self._named_hosts:
                    raise
                self._silent_hosts.add(host_of(url))
                self._known.keep(url, None)
        return self._known.get(url)

    def actor_url(self, base_url: str, name: str) -> str:
        """The address of an account's actor, from WebFinger.

        Raises:   SourceError: it cannot be had.
        """
        for link in each(self._finger(base_url, name).get("links")):
            if isinstance(link, Mapping) and link.get("rel") == "self":
                kind, url = str(link.get("type", "")), link.get("href")
                if isinstance(url, str) and ("activity+json" in kind or "ld+json" in kind):
                    return url
        raise SourceRefusedError(f"{base_url} tells no ActivityPub address of {name}.", status=404)

    def name_of(self, actor: Mapping[str, Any]) -> str:
        """user@host of an actor, as WebFinger says; a name at another host must be confirmed by that host.

        Raises:   UnreadableRecord: it has no name.
        """
        identity, user = str(actor.get("id", "")), actor.get("preferredUsername")
        parts = urlsplit(identity)
        if not isinstance(user, str) or not parts.netloc:
            raise UnreadableRecord("unreadable_actor", "The actor has no name.")
        known = self._names.get(identity)
        if known is None:
            known = self._confirmed_name(identity, account_name(user, parts.netloc))
            self._names.keep(identity, known)
        return known

    def _confirmed_name(self, identity: str, own: str) -> str:
        scheme = urlsplit(identity).scheme
        try:
            said = str(self._finger(f"{scheme}://{urlsplit(identity).netloc}", own).get("subject", ""))
            claimed = account_name(said.removeprefix("acct:"), urlsplit(identity).netloc)
            host = claimed.partition("@")[2]
            if host == own.partition("@")[2]:
                return claimed
            return claimed if self.actor_url(f"{scheme}://{host}", claimed) == identity else own
        except (SourceError, UnreadableRecord):
            return own

    def _finger(self, base_url: str, name: str) -> Mapping[str, Any]:
        from urllib.parse import quote

        url = f"{base_url}/.well-known/webfinger?resource={quote(f'acct:{name}', safe=':@')}"
        return self._json(url, _FINGER_TYPES)[0]

    def pages(self, collection: Any, host: str, *, begin: str = "") -> Iterator[tuple[list[Any], str]]:
        """Pages of a collection, each with the address of the next ("": none). Only its own host is asked.

        Raises:   SourceAnswerError: a page comes again.
        """
        page: Any = self._on(begin, host) if begin else collection
        if not begin and isinstance(page, Mapping) and not _items(page) and page.get("first"):
            page = page["first"] if isinstance(page["first"], Mapping) else self._on(page["first"], host)
        seen: set[str] = set()
        for _ in range(_PAGES_COUNT):
            if not isinstance(page, Mapping):
                return
            following = page.get("next")
            following = following if isinstance(following, str) and host_of(following) == host else ""
            if following in seen:
                raise SourceAnswerError(f"{following} comes again and again.")
            seen.add(following)
            yield _items(page), following
            if not following:
                return
            page = self._on(following, host)

    def _on(self, url: Any, host: str) -> Mapping[str, Any]:
        if not isinstance(url, str) or host_of(url) != host:
            raise SourceAnswerError(f"A collection of {host} leads elsewhere: {url!r}"[:300])
        return self.fetch(url)

    def _json(self, url: str, types: str) -> tuple[Mapping[str, Any], str]:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            self._robots[origin] = RobotsRules(self.client, origin)
        if not parts.path.startswith("/.well-known/"):
            self._robots[origin].check(url)
        signed = self._signature.headers("get", url) if self._signature is not None else {}
        answer = self.client.get(url, headers={"accept": types, **signed}, is_json=True)
        if "noindex" in answer.headers.get("x-robots-tag", "").lower():
            raise SourceRefusedError(f"{url} is not to be indexed, its server says (X-Robots-Tag).")
        said = answer.json()
        if not isinstance(said, Mapping):
            raise SourceAnswerError(f"{url} did not answer with an object.")
        return said, answer.headers.get("x-renown-final-url", answer.final_url)


def _items(page: Mapping[str, Any]) -> list[Any]:
    return list(each(page.get("orderedItems") or page.get("items")))


def _private_addresses(host: str) -> Iterator[str]:
    """Those addresses of a host that are not on the public internet."""
    from renown.sources.openweb.addresses import is_public_address

    name = urlsplit(f"//{host}").hostname or ""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return
    for text in found:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            continue
        if not is_public_address(address):
            yield str(address)
