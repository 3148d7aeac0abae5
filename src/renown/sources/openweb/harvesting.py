"""`renown import web`: feeds and pages become harvests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

from renown.errors import InputError, SourceError, SourceRefusedError, UnsafeAddressError
from renown.sources.openweb import OpenWebOptions
from renown.sources.openweb.addresses import PUBLIC_ONLY, Allowance, read_address
from renown.sources.openweb.feeds import FeedRecord, decode_feed, is_feed, post_of, read_feed
from renown.sources.openweb.mapping import map_post, map_responses, new_gather
from renown.sources.openweb.pages import Page, Post, read_page
from renown.sources.openweb.reader import Visit, WebReader
from renown.sources.openweb.sites import NETWORK, site_of
from renown.sources.polite import Answer
from renown.sources.registry import Request
from renown.store.harvest import (
    TEXT_ONLY,
    Gather,
    Harvest,
    Return,
    UnreadableRecord,
    Validator,
    Withdrawal,
)
from renown.types import Progress

ROWS_AT_ONCE: Final = 2_000


def harvest_web(
    request: Request, *, progress: Progress, reader: WebReader | None = None
) -> Iterator[Harvest]:
    """Read feeds and pages of the open web.

    Args:     reader: how addresses are visited; default: as the options say.
    Raises:   UnsafeAddressError, InputError before anything is asked; SourceError after everything was tried.
    """
    options = request.options or OpenWebOptions()
    if not request.locations:
        raise InputError("No address was given.", hint="Name a feed or page: https://example.org/feed.xml")
    allowance = Allowance(all_private=True) if options.allow_private_network else PUBLIC_ONLY
    own = reader or WebReader(allowance=allowance, pause_seconds=options.pause_seconds)
    urls = [_address(location, own.allowance) for location in request.locations]
    failures: list[SourceError] = []
    try:
        for url in urls:
            yield from _Reading(request, options, own, progress, failures).location(url)
    finally:
        if reader is None:
            own.close()
    if failures:
        raise _summed_up(failures)


def _address(location: str, allowance: Allowance) -> str:
    text = location.strip()
    return read_address(text if "://" in text else f"https://{text}", allowance=allowance).url


def _summed_up(failures: list[SourceError]) -> SourceError:
    """The first failure, retryable ones before others, with how many there were."""
    first = min(failures, key=lambda error: not error.is_retryable)
    if len(failures) > 1:
        first.message += f" (And {len(failures) - 1} more that could not be read.)"
    return first


class _Reading:
    """The reading of one address that was given."""

    def __init__(
        self,
        request: Request,
        options: OpenWebOptions,
        reader: WebReader,
        progress: Progress,
        failures: list[SourceError],
    ) -> None:
        self._request = request
        self._options = options
        self._reader = reader
        self._progress = progress
        self._failures = failures
        self._seen_at = datetime.now(UTC)
        self._visited: set[str] = set()
        self._failures_before = len(failures)
        self._validators: list[Validator] = []
        """of answers behind which there may be more: they hold once all of that was read"""
        self._responses_wait: dict[str, Post] = {}
        """posts of a feed whose pages are visited yet: the page knows better what they link to"""

    def location(self, url: str) -> Iterator[Harvest]:
        """The address, what it announces, and the pages behind that."""
        self._gather = new_gather(url)
        visit = self._visit(url, is_given=True)
        found: list[str] = []
        self._progress("reading pages", len(self._visited), None)
        if visit is not None and visit.answer is not None:
            yield from self._read(visit, found, depth=self._options.depth)
        yield from self._deeper(found, site_of(url))
        for post in self._responses_wait.values():
            map_responses(self._gather, post, seen_at=self._seen_at)
        if len(self._failures) == self._failures_before:
            for validator in self._validators:
                self._gather.validated(validator)
        yield self._gather.harvest()

    def _deeper(self, urls: list[str], site: str) -> Iterator[Harvest]:
        """The pages of posts, one step after the other, until no step or no page is left."""
        for step in range(self._options.depth, 0, -1):
            following: list[str] = []
            for url in urls:
                if url in self._visited or site_of(url) != site:
                    continue
                if len(self._visited) >= self._options.pages:
                    return
                self._progress("reading pages", len(self._visited), None)
                visit = self._visit(url)
                if visit is not None and visit.answer is not None:
                    yield from self._read(visit, following, depth=step - 1)
                    self._responses_wait.pop(url, None)
                yield self._gather.harvest()
            urls = following

    def _visit(self, url: str, *, is_given: bool = False) -> Visit | None:
        """Visit an address; None: there is nothing to read, for a reason that was noted."""
        self._visited.add(url)
        try:
            visit = self._reader.visit(url, validator=self._request.memory.validator(url))
        except SourceRefusedError as error:
            if error.status == 410:
                self._gather.withdraw(Withdrawal("post", self._gather.full_id(url), NETWORK, "deleted"))
            if is_given:
                self._failures.append(error)
            else:
                self._gather.leave_out("refused-by-server")
            return None
        except SourceError as error:
            self._failures.append(error)
            return None
        self._visited.add(visit.url)
        if visit.flag:
            self._gather.leave_out(visit.flag)
        return None if visit.answer is None or visit.answer.is_unchanged else visit

    def _read(self, visit: Visit, found: list[str], *, depth: int) -> Iterator[Harvest]:
        """Take in what an answer says; what might be visited next goes into `found`."""
        answer = visit.answer
        if answer is None:
            return
        if is_feed(answer.headers.get("content-type", ""), answer.content):
            yield from self._read_feed(visit, found, depth=depth)
            return
        page = read_page(visit.url, answer.content, answer.headers, allowance=self._reader.allowance)
        if page.wishes.refusal:
            self._refuse(page)
            return
        feed = next((url for url in page.feeds if site_of(url) == site_of(visit.url)), None)
        if feed and not page.has_entries and depth == self._options.depth and feed not in self._visited:
            announced = self._visit(feed, is_given=True)
            if announced is not None:
                yield from self._read(announced, found, depth=depth)
            return
        self._known_from_now_on(answer, depth)
        for post in page.posts:
            with self._gather.reading(json.dumps({"page": post.url}), scope=visit.url):
                self._add(post)
            found += [post.url, *(response.url for response in post.responses)]

    def _known_from_now_on(self, answer: Answer, depth: int) -> None:
        """An answer need not be sent again once it, and what is behind it, was read."""
        if answer.validator and depth == 0:
            self._gather.validated(answer.validator)
        elif answer.validator:
            self._validators.append(answer.validator)

    def _refuse(self, page: Page) -> None:
        """A page that is not to be taken up: neither now nor what was taken before it said so."""
        self._gather.leave_out(page.wishes.refusal or "")
        self._gather.withdraw(Withdrawal("post", self._gather.full_id(page.url), NETWORK, "not-for-this"))

    def _read_feed(self, visit: Visit, found: list[str], *, depth: int) -> Iterator[Harvest]:
        answer = visit.answer
        if answer is None:
            return
        feed = None
        payload = _feed_payload(visit.url, answer.content, answer.headers.get("content-type", ""))
        with self._gather.reading(payload, scope=visit.url):
            feed = read_feed(visit.url, answer.content, answer.headers)
        if feed is None:
            return
        self._known_from_now_on(answer, depth)
        if feed.wishes.refusal:
            self._gather.leave_out(feed.wishes.refusal)
            return
        self._gather.actor(
            site_of(feed.url), handle=site_of(feed.url), display_name=feed.title, observed_at=self._seen_at
        )
        for record in feed.records:
            with self._gather.reading(record.payload(), scope=visit.url):
                post = post_of(record, allowance=self._reader.allowance, is_noai=feed.wishes.is_noai)
                post_id = self._gather.full_id(post.url)
                if feed.wishes.is_noai:
                    self._gather.withdraw(Withdrawal("text", post_id, NETWORK, "not-for-this"))
                else:
                    self._gather.give_back(Return(post_id, (TEXT_ONLY,), "text"))
                self._add(post, is_visited_yet=depth > 0)
                found.append(post.url)
            if self._gather.rows_count >= ROWS_AT_ONCE:
                yield self._gather.harvest()

    def _add(self, post: Post, *, is_visited_yet: bool = False) -> None:
        since = self._request.since
        if since is not None and post.published_at is not None and post.published_at < since:
            return
        map_post(self._gather, post, seen_at=self._seen_at, with_responses=not is_visited_yet)
        if is_visited_yet:
            self._responses_wait[post.url] = post


def _feed_payload(url: str, content: bytes, content_type: str) -> str:
    return json.dumps({"feed_url": url, "content": decode_feed(content, content_type)[:900_000]})


def replay_record(payload: str, gather: Gather) -> None:
    """Read again a feed, or an entry of one, that was not understood."""
    seen_at = datetime.now(UTC)
    try:
        for record in _records_of(payload):
            map_post(gather, post_of(record), seen_at=seen_at)
    except UnsafeAddressError as error:
        raise UnreadableRecord("unreadable_record", error.message) from error


def _records_of(payload: str) -> tuple[FeedRecord, ...]:
    try:
        match msgspec.json.decode(payload.encode()):
            case {"feed_record": fields}:
                return (msgspec.convert(fields, FeedRecord),)
            case {"feed_url": str(url), "content": str(content)}:
                return read_feed(url, content.encode(), {}).records
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UnreadableRecord("unreadable_record", f"It is no record of this source: {error}") from error
    raise UnreadableRecord("unreadable_record", "It is no record of this source.")
