"""One server that speaks Mastodon's API: Mastodon, Pleroma, Akkoma, GoToSocial, Pixelfed, snac and more.

Plain HTTP through the polite client rather than Mastodon.py: pace, limits, retries, threads and streams are
then the same for every source (docs/decisions/0006-fediverse-by-plain-http.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from urllib.robotparser import RobotFileParser

from renown.errors import InputError, SourceAnswerError, SourceError, SourceRefusedError
from renown.sources.polite import Answer, PoliteClient
from renown.sources.registry import Memory
from renown.store.harvest import Validator

PAGE_COUNT: Final = 40
"""Records asked for at once: what Mastodon gives at the most of statuses; of accounts it would give 80."""

LOOK_UP_COUNT: Final = 40
"""Ids asked for at once; Mastodon takes 40."""

_LINK: Final = re.compile(r'<([^>]*)>\s*;[^,<]*\brel="?next"?', re.IGNORECASE)
_ROBOT: Final = "Renown"
_LONGEST_ROBOTS: Final = 500_000


class RobotsRules:
    """What a server's robots.txt lets a program read. It is asked for once."""

    def __init__(self, client: PoliteClient, base_url: str) -> None:
        self._client = client
        self._base_url = base_url
        self._rules: RobotFileParser | None = None

    def check(self, url: str) -> None:
        """Raise where the address may not be read.

        Raises:   SourceRefusedError: the server's robots.txt says no. SourceUnreachableError: no answer.
        """
        if self._rules is None:
            self._rules = self._read()
        if not self._rules.can_fetch(_ROBOT, url):
            raise SourceRefusedError(
                f"{self._base_url} does not want {urlsplit(url).path} to be read by programs (robots.txt).",
                hint="Who has an account there may read its API with an access token: --token.",
            )

    def _read(self) -> RobotFileParser:
        rules = RobotFileParser()
        try:
            text = self._client.get(f"{self._base_url}/robots.txt", headers={"accept": "text/plain"}).content
        except (
            SourceRefusedError,
            SourceAnswerError,
        ):  # none there: nothing is forbidden (RFC 9309, 2.3.1.3)
            text = b""
        rules.parse(text[:_LONGEST_ROBOTS].decode("utf-8", "replace").splitlines())
        return rules


class Instance:
    """A server, asked through its API. Several threads may ask.

    Args:     token: access token. With one, the server has let the operator in, and its robots.txt, which
              speaks to those who come unasked, is not consulted; the flags of its people hold all the same.
    """

    def __init__(self, client: PoliteClient, base_url: str, *, token: str = "") -> None:
        self.client = client
        self.base_url = base_url
        self.token = token
        self._robots = None if token else RobotsRules(client, base_url)
        self._described: Mapping[str, Any] | None = None
        self._takes_many = True

    @property
    def headers(self) -> dict[str, str]:
        """Headers of a request to this server, and to no other."""
        said = {"accept": "application/json"}
        return {**said, "authorization": f"Bearer {self.token}"} if self.token else said

    def get(
        self, path: str, parameters: Mapping[str, Any] | None = None, *, validator: Validator | None = None
    ) -> Answer:
        """One answer, which is JSON."""
        url = self.base_url + path
        if self._robots is not None:
            self._robots.check(url)
        return self.client.get(url, parameters, headers=self.headers, validator=validator, is_json=True)

    def describe(self) -> Mapping[str, Any]:
        """What the server says of itself.

        Raises:   SourceRefusedError, SourceAnswerError: it has no such API.
        """
        if self._described is None:
            try:
                said = self.get("/api/v2/instance").json()
            except (SourceRefusedError, SourceAnswerError) as error:
                if isinstance(error, SourceRefusedError) and "robots.txt" in error.message:
                    raise
                said = self.get("/api/v1/instance").json()
            if not isinstance(said, Mapping):
                raise SourceAnswerError(
                    f"{self.base_url} does not speak Mastodon's API.", hint="Try --path activitypub."
                )
            self._described = said
        return self._described

    @property
    def home(self) -> str:
        """The domain of this server's own accounts, which need not be the one that it is asked at."""
        said = self.describe()
        named = said.get("domain") or said.get("account_domain") or said.get("uri")
        text = named.strip().lower() if isinstance(named, str) else ""
        host = (urlsplit(text).netloc if "//" in text else text).rstrip("/")
        return host or urlsplit(self.base_url).netloc

    def streaming_url(self) -> str:
        """Where this server streams: it may be another host."""
        said = self.describe()
        urls = (said.get("configuration") or {}).get("urls") or said.get("urls") or {}
        named = urls.get("streaming") or urls.get("streaming_api") if isinstance(urls, Mapping) else None
        parts = urlsplit(named) if isinstance(named, str) else None
        own = urlsplit(self.base_url)
        if parts is None or not parts.hostname or own.hostname is None:
            return self.base_url
        # The token goes along: only to a host of the same site.
        site = ".".join(own.hostname.split(".")[-2:])
        if parts.hostname != own.hostname and not parts.hostname.endswith(f".{site}"):
            return self.base_url
        scheme = {"wss": "https", "ws": "http"}.get(parts.scheme, parts.scheme)
        return f"{scheme}://{parts.netloc}"

    def pages(
        self,
        path: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        by_id: bool = False,
        first: Answer | None = None,
    ) -> Iterator[tuple[list[Any], str | None]]:
        """Pages of a list, newest first, each with the `max_id` that leads on.

        Args:     by_id: where a server says nothing of a next page, it begins after the last record's id.
                  first: the first page, where it was asked for already.
        Raises:   SourceAnswerError: a page comes again, or is no list.
        """
        asked: dict[str, Any] = {"limit": PAGE_COUNT, **(parameters or {})}
        seen: set[str] = set()
        while True:
            answer = first or self.get(path, asked)
            first, records = None, answer.json()
            if not isinstance(records, list):
                raise SourceAnswerError(
                    f"{answer.url} did not answer with a list.", hint="Try --path activitypub."
                )
            following = next_page(answer.headers.get("link", ""))
            if following is None and by_id and len(records) >= asked["limit"]:
                last = records[-1].get("id") if isinstance(records[-1], Mapping) else None
                following = {"max_id": str(last)} if last else None
            if not records:
                following = None
            position = following.get("max_id") if following else None
            if following is not None:
                mark = repr(sorted(following.items()))
                if mark in seen:
                    raise SourceAnswerError(f"{answer.url} gives the same page again and again.")
                seen.add(mark)
            yield records, position
            if following is None:
                return
            asked = {**asked, **following}

    def account_named(self, acct: str) -> Mapping[str, Any]:
        """The account of a name, as this server knows it.

        Raises:   SourceRefusedError: it knows none.
        """
        user, _, host = acct.partition("@")
        own = user if host.lower() == self.home else acct  # some know their own people by that alone
        paths: Sequence[tuple[str, dict[str, Any]]] = (
            ("/api/v1/accounts/lookup", {"acct": own}),
            ("/api/v1/accounts/search", {"q": acct, "limit": 5, "resolve": "false"}),
        )
        refusal: SourceError | None = None
        for path, parameters in paths:
            try:
                found = self.get(path, parameters).json()
            except (SourceRefusedError, SourceAnswerError) as error:
                refusal = refusal or error
                continue
            for one in found if isinstance(found, list) else [found]:
                if isinstance(one, Mapping) and self._is_named(one, acct):
                    return one
        raise refusal or SourceRefusedError(
            f"{self.base_url} knows no account {acct}.", hint="Check the name: user@host.", status=404
        )

    def _is_named(self, record: Mapping[str, Any], acct: str) -> bool:
        said = str(record.get("acct", "")).lower()
        return acct.lower() in (said, f"{said}@{self.home}")

    def many(self, kind: str, ids: Iterable[str]) -> Iterator[Mapping[str, Any]]:
        """Accounts or statuses of these ids, as far as they can be had: many at once where the server can."""
        left = [one for one in dict.fromkeys(ids) if one and "/" not in one]
        while left and self._takes_many:
            some, rest = left[:LOOK_UP_COUNT], left[LOOK_UP_COUNT:]
            try:
                found = self.get(f"/api/v1/{kind}", {"id[]": some}).json()
            except (SourceRefusedError, SourceAnswerError):
                self._takes_many = False  # before Mastodon 4.3, and elsewhere
                break
            if not isinstance(found, list):
                self._takes_many = False
                break
            left = rest
            yield from (one for one in found if isinstance(one, Mapping))
        yield from (one for one in self.client.for_each(self._one_of(kind), left) if one is not None)

    def _one_of(self, kind: str) -> Any:
        def one(local_id: str) -> Mapping[str, Any] | None:
            """The thing with this id; None where the instance does not show it."""
            try:
                found = self.get(f"/api/v1/{kind}/{local_id}").json()
            except (SourceRefusedError, SourceAnswerError):
                return None
            return found if isinstance(found, Mapping) else None

        return one

    def unless_known(self, path: str, memory: Memory, parameters: Mapping[str, Any]) -> Answer | None:
        """An answer, unless it is the one that was read last time."""
        known = memory.validator(self.client.address(self.base_url + path, parameters))
        answer = self.get(path, parameters, validator=known)
        return None if answer.is_unchanged else answer


def base_url_of(text: str) -> str:
    """The address of a server from what a person writes: meadow.example, or https://meadow.example/about.

    Raises:   InputError: it is neither.
    Example:
        >>> base_url_of("Meadow.example"), base_url_of("http://127.0.0.1:8001/")
        ('https://meadow.example', 'http://127.0.0.1:8001')
    """
    written = text.strip()
    try:
        parts = urlsplit(written if "//" in written else f"https://{written}")
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        _ = parts.port
    except ValueError:
        is_address = False
    if not is_address or any(sign.isspace() for sign in written):
        raise InputError(
            f"{text!r} is neither an account nor an instance.",
            hint="Accounts are written user@host, instances as a host or an address.",
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def next_page(link: str) -> dict[str, str] | None:
    """Parameters of the next page from a Link header. Its host and path are not followed: only ours is asked.

    Example:
        >>> next_page('<https://meadow.example/x?limit=2&max_id=7>; rel="next", <https://z>; rel="prev"')
        {'max_id': '7'}
    """
    found = _LINK.search(link)
    if found is None:
        return None
    try:
        query = parse_qsl(urlsplit(found.group(1)).query)
    except ValueError:
        return None
    places = {"max_id", "offset", "page", "cursor", "since_id"}
    said = {name: value for name, value in query if name in places}
    return said or None
