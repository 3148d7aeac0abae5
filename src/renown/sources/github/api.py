"""GitHub's REST API: stars, forks, comments and reactions of named repositories, follows of named accounts.

Plain requests through PoliteClient: few endpoints of a settled form are needed. Pages go by their Link
header, lists that only grow keep their ETags, so that a page that did not change costs nothing of the
allowance, and a cursor for each repository asks only for comments that are new.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec

from renown.errors import CursorError, InputError, SourceAnswerError, SourceUnreachableError
from renown.sources.github import acts
from renown.sources.github.api_records import WRITTEN, Context, post_of, read_api_record, with_context
from renown.sources.json_records import Count, since_only
from renown.sources.polite import GO_ON_HINT, Answer, PoliteClient
from renown.sources.registry import Request
from renown.store.harvest import Cursor, Gather, Harvest, UnreadableRecord, read_moment
from renown.types import Progress

TOKEN_SETTING: Final = "GITHUB_TOKEN"
"""Environment variable: a token; without one GitHub answers 60 requests an hour, with one 5,000."""

CURSOR_VERSION: Final = 1
_PAGE_ITEMS: Final = 100
_NEXT: Final = re.compile(r'<([^>]+)>;\s*rel="next"')
_PAGE: Final = re.compile(r"([?&]page=)(\d+)")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*(?:/[A-Za-z0-9._-]+)?")
_NUMBER: Final = re.compile(r"/(?:issues|pulls)/(\d+)$")
_STAR_HEADERS: Final = {"accept": "application/vnd.github.star+json"}

Form = TypeVar("Form")


class _Owner(msgspec.Struct):
    login: str


class _Repository(msgspec.Struct):
    full_name: str
    private: bool = True


class _Account(msgspec.Struct):
    login: str
    name: str | None = None
    bio: str | None = None
    type: str | None = None
    created_at: str | None = None
    followers: Count | None = None
    following: Count | None = None
    public_repos: Count | None = None


@dataclass
class _Visit:
    """One repository or account being read."""

    client: PoliteClient
    service: str
    gather: Gather
    request: Request
    progress: Progress
    name: str
    seen_at: datetime
    openers: dict[str, str] = field(default_factory=dict)
    """Who opened an issue or pull request, by its number."""
    reacted: list[tuple[str, Context]] = field(default_factory=list)
    """Where reactions are to be asked for, and to what they are."""
    items_count: int = 0

    def context(self, kind: str, **found: str) -> Context:
        """What a record does not say of itself: its kind, when it was seen, and what else was found."""
        return Context(kind, self.seen_at, **found)

    def take(self, item: bytes, context: Context) -> None:
        """Read one item of an answer; what cannot be read is quarantined."""
        record = with_context(item, context)
        with self.gather.reading(record):
            read_api_record(record, self.gather)

    def harvest(self) -> Harvest:
        """What was gathered since the last one, without what is older than was asked for."""
        return since_only(self.gather.harvest(), self.request.since)


def harvest_api(request: Request, *, service: str, progress: Progress) -> Iterator[Harvest]:
    """Harvests of repositories (`owner/name`) and accounts (`login`).

    Raises:   SourceError, InputError (no such name can be), CursorError.
    """
    for name in request.locations:
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name!r} is no repository and no account.", hint="Name them as OWNER/REPO or LOGIN."
            )
    headers = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
    if token := os.environ.get(TOKEN_SETTING, "").strip():
        headers["authorization"] = f"Bearer {token}"
    with PoliteClient(acts.NETWORK, headers=headers) as client:
        for name in request.locations:
            gather = Gather(acts.NETWORK, network=acts.NETWORK, scope=name)
            now = datetime.now(UTC).replace(microsecond=0)
            visit = _Visit(client, service.rstrip("/"), gather, request, progress, name, now)
            yield from _repository(visit) if "/" in name else _account(visit)


def _repository(visit: _Visit) -> Iterator[Harvest]:
    repository = _one(visit, f"repos/{visit.name}", _Repository)
    if repository.private:
        visit.gather.leave_out("not-public")
        yield visit.harvest()
        return
    name, path = repository.full_name, f"repos/{visit.name}"
    for kind, where, headers in (("star", "stargazers", _STAR_HEADERS), ("fork", "forks?sort=oldest", {})):
        for page in _pages(visit, f"{path}/{where}", headers=headers, keeps_etags=True):
            for item in page:
                visit.take(item, visit.context(kind, repository=name))
            yield visit.harvest()
    yield from _written(visit, path, name)
    visit.gather.reached(Cursor(acts.NETWORK, _scope(visit), CURSOR_VERSION, _query_time(visit.seen_at)))
    yield visit.harvest()


def _written(visit: _Visit, path: str, name: str) -> Iterator[Harvest]:
    """Issues, pull requests, comments on both, and the reactions to all of them."""
    after = _since(visit)
    query = f"since={_query_time(after)}&" if after else ""
    order = f"{query}sort=updated&direction=asc"
    for page in _pages(visit, f"{path}/issues?state=all&{order}"):
        for item in page:
            _take_written(visit, item, visit.context("issue", repository=name))
        yield visit.harvest()
    for kind, where in (("issue-comment", "issues/comments"), ("review-comment", "pulls/comments")):
        for page in _pages(visit, f"{path}/{where}?{order}"):
            for item in page:
                _take_written(visit, item, visit.context(kind, repository=name))
            yield visit.harvest()
    for where, context in visit.reacted:
        for page in _pages(visit, where):
            for item in page:
                visit.take(item, context)
        yield visit.harvest()


def _take_written(visit: _Visit, item: bytes, context: Context) -> None:
    """An issue or comment; remembered is who opened it and where its reactions are."""
    try:
        written = msgspec.json.decode(item, type=type(WRITTEN.decode(b"{}")))
    except (msgspec.DecodeError, UnicodeDecodeError):
        visit.take(item, context)  # which puts it into quarantine
        return
    if context.kind == "issue" and written.user is not None:
        visit.openers[str(written.number)] = written.user.login
    elif context.kind != "issue":
        number = _NUMBER.search(written.issue_url or written.pull_request_url or "")
        context.on = f"{context.repository.lower()}#{number[1]}" if number else ""
        context.author = visit.openers.get(number[1], "") if number else ""
    visit.take(item, context)
    reactions = written.reactions
    if written.user is not None and reactions and reactions.total_count and reactions.url:
        to = visit.context("reaction", on=post_of(written, context), author=written.user.login)
        if reactions.url.startswith(visit.service + "/"):  # the token goes nowhere else
            visit.reacted.append((reactions.url.removeprefix(visit.service + "/"), to))


def _account(visit: _Visit) -> Iterator[Harvest]:
    account = _one(visit, f"users/{visit.name}", _Account)
    visit.gather.actor(
        account.login.lower(),
        observed_at=visit.seen_at,
        handle=account.login,
        display_name=account.name,
        bio=account.bio,
        created_at=read_moment(account.created_at) if account.created_at else None,
        followers_count=account.followers,
        following_count=account.following,
        posts_count=account.public_repos,
        is_declared_bot=account.type == "Bot",
    )
    for kind, where in (("follower", "followers"), ("followed", "following")):
        for page in _pages(visit, f"users/{visit.name}/{where}"):
            for item in page:
                visit.take(item, visit.context(kind, login=account.login))
            yield visit.harvest()
    yield visit.harvest()


def _one(visit: _Visit, path: str, form: type[Form]) -> Form:
    address = f"{visit.service}/{path}"
    answer = visit.client.get_json(address)
    try:
        return msgspec.convert(answer, form)
    except msgspec.ValidationError as error:
        raise _other_form(address, error) from error


def _pages(
    visit: _Visit, path: str, *, headers: Mapping[str, str] | None = None, keeps_etags: bool = False
) -> Iterator[list[bytes]]:
    """Items of a list, page by page; pages that did not change since the last reading have none."""
    mark = "&" if "?" in path else "?"
    address: str | None = f"{visit.service}/{path}{mark}per_page={_PAGE_ITEMS}&page=1"
    asked = set()
    while address is not None:
        asked.add(address)
        known = visit.request.memory.validator(address) if keeps_etags else None
        answer = visit.client.get(address, headers=headers, validator=known)
        items = [] if answer.is_unchanged else _items(answer)
        if keeps_etags and answer.validator is not None and not answer.is_unchanged:
            visit.gather.validated(answer.validator)
        visit.items_count += len(items)
        visit.progress(f"Reading {visit.name}", visit.items_count, None)
        yield items
        address = _next_address(answer, visit.service) if items or answer.is_unchanged else None
        if address in asked:
            raise SourceAnswerError(f"{address} leads back to itself.", hint=GO_ON_HINT)


def _next_address(answer: Answer, service: str) -> str | None:
    """Where the list goes on. An answer that nothing changed may not say; then the next page is tried."""
    found = _NEXT.search(answer.headers.get("link", ""))
    if found:
        return found[1] if found[1].startswith(service + "/") else None
    if not answer.is_unchanged:
        return None
    return _PAGE.sub(lambda page: f"{page[1]}{int(page[2]) + 1}", answer.url)


def _items(answer: Answer) -> list[bytes]:
    try:
        return [bytes(item) for item in msgspec.json.decode(answer.content, type=list[msgspec.Raw])]
    except msgspec.ValidationError as error:
        raise _other_form(answer.url, error) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceUnreachableError(f"{answer.url} was cut short: {error}.", hint=GO_ON_HINT) from error


def _other_form(address: str, error: Exception) -> SourceAnswerError:
    return SourceAnswerError(
        f"{address} answers in a form that is not known: {error}.",
        hint="Is it GitHub's API, version 2022-11-28?",
    )


def _scope(visit: _Visit) -> str:
    return f"{visit.service}/{visit.name.lower()}"


def _since(visit: _Visit) -> datetime | None:
    """From when on comments are asked for: where the last reading ended, or as the request says."""
    cursor = visit.request.memory.cursor(acts.NETWORK, _scope(visit))
    if cursor is None:
        return visit.request.since
    try:
        if cursor.version == CURSOR_VERSION:
            return read_moment(cursor.position)
        problem = f"is of version {cursor.version}"
    except UnreadableRecord:
        problem = f"reads {cursor.position[:40]!r}"
    raise CursorError(
        f"The place where reading {visit.name} stopped {problem}, which this Renown does not understand.",
        hint="Upgrade Renown, or read it into a new store.",
    )


def _query_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
