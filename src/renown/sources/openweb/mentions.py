"""Does SOURCE really link to TARGET? Verifying webmentions and pingbacks (W3C Webmention, section 3.2.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

from renown.errors import (
    SourceAnswerError,
    SourceError,
    SourceRefusedError,
    UnsafeAddressError,
)
from renown.sources.openweb.addresses import PUBLIC_ONLY, Allowance, read_address
from renown.sources.openweb.mapping import DISOWNED_FLAG, map_post, new_gather
from renown.sources.openweb.pages import Page, Post, Response, read_page
from renown.sources.openweb.reader import PAGE_ACCEPT, Visit, WebReader
from renown.sources.openweb.sites import NETWORK, response_id, site_of
from renown.store.harvest import Harvest, Withdrawal
from renown.types import Kind

MentionState = Literal["verified", "gone", "no-link", "refused", "unreachable"]

_GONE_STATUS: Final = frozenset({404, 410})
_WISHES: Final = frozenset({"robots.txt", "noindex", "tdm-reservation", DISOWNED_FLAG})
"""Reasons that are somebody's wish: what was taken before goes."""


@dataclass(frozen=True)
class Verdict:
    """What became of the claim that `source` links to `target`.

    Fields:
        state: verified; gone: the source is not there (404, 410); no-link: it does not link to the target;
            refused: it may not be used (`reason` says why); unreachable: nobody knows, ask again later.
        kind: what the source is to the target, where verified: citation, reply, quote, repost, like.
        reason: in a short code: robots.txt, noindex, tdm-reservation, rel-nofollow, unsafe-address, ...
        page_url: the page that was read, redirects followed.
    """

    source: str
    target: str
    state: MentionState
    kind: Kind | None = None
    reason: str = ""
    message: str = ""
    page_url: str | None = None
    published_at: datetime | None = None
    checked_at: datetime = field(default_factory=lambda: datetime.now(UTC))


def verify_mention(source: str, target: str, *, reader: WebReader | None = None) -> Verdict:
    """Visit a page and see whether it links to another one.

    Args:     source: the page that is said to link. target: the page linked to; it is not visited.
              reader: how addresses are visited; default: the public internet, guarded.
    Returns:  a verdict; whatever the page does, this does not fail.
    Raises:   UnsafeAddressError: source or target is no address of the public web.
    Notes:    bounded by the reader: seconds and bytes of an answer, redirects, elements of a page.
    Source:   W3C Webmention (2017), section 3.2.
    """
    own = reader or WebReader()
    source_url = read_address(source, allowance=own.allowance).url
    target_url = read_address(target, allowance=own.allowance).url
    if source_url == target_url:
        return Verdict(source_url, target_url, "refused", reason="same-page")
    try:
        visit = own.visit(source_url, accept=PAGE_ACCEPT)
    except SourceError as error:
        return _failed(source_url, target_url, error)
    finally:
        if reader is None:
            own.close()
    return _judged(source_url, target_url, visit, own.allowance)


def mention_harvest(verdict: Verdict) -> Harvest:
    """What a verdict changes in a store: the link comes in, or what was there of it goes.

    It goes where the source is gone, links no more, or does not want to be read. A server in trouble, or an
    answer that cannot be read, changes nothing.
    """
    gather = new_gather("webmention")
    if verdict.state == "verified" and verdict.kind:
        response = Response(verdict.target, verdict.kind)
        post = Post(verdict.source, published_at=verdict.published_at, responses=(response,))
        # one of its links is known, not all
        map_post(gather, post, seen_at=verdict.checked_at, knows_links=False)
    elif verdict.state in ("gone", "no-link") or verdict.reason in _WISHES:
        reason = "not-for-this" if verdict.state == "refused" else "deleted"
        own_id = response_id(verdict.source, verdict.target)
        owner = f"{NETWORK}:{site_of(verdict.source)}"
        gather.withdraw(Withdrawal("interaction", own_id, NETWORK, reason, owner_actor_id=owner))
    if verdict.reason in _WISHES:
        gather.leave_out(verdict.reason)
    return gather.harvest()


def _judged(source: str, target: str, visit: Visit, allowance: Allowance = PUBLIC_ONLY) -> Verdict:
    if visit.flag or visit.answer is None:
        return Verdict(source, target, "refused", reason=visit.flag or "")
    if site_of(visit.url) != site_of(source):
        # Whose word would it be: that of the site that was named, or of the one it sends its readers to?
        return Verdict(source, target, "refused", reason="other-site", page_url=visit.url)
    page = read_page(visit.url, visit.answer.content, visit.answer.headers, allowance=allowance)
    if page.wishes.refusal:
        return Verdict(source, target, "refused", reason=page.wishes.refusal, page_url=visit.url)
    stated = _stated(page, target)
    if stated is not None:
        post, kind = stated
        return Verdict(
            source, target, "verified", kind=kind, page_url=visit.url, published_at=post.published_at
        )
    if target in page.links.followed:
        published = page.posts[0].published_at if len(page.posts) == 1 else None
        return Verdict(
            source, target, "verified", kind="citation", page_url=visit.url, published_at=published
        )
    if target in page.links.disowned:
        return Verdict(source, target, "refused", reason=DISOWNED_FLAG, page_url=visit.url)
    return Verdict(source, target, "no-link", page_url=visit.url)


def _stated(page: Page, target: str) -> tuple[Post, Kind] | None:
    """The post of the page that responds to the target, and how."""
    for post in page.posts:
        for response in post.responses:
            if response.url == target:
                return post, response.kind
    return None


def _failed(source: str, target: str, error: SourceError) -> Verdict:
    if isinstance(error, SourceRefusedError) and error.status in _GONE_STATUS:
        return Verdict(source, target, "gone", reason=str(error.status), message=error.message)
    if error.is_retryable:
        return Verdict(source, target, "unreachable", reason="unreachable", message=error.message)
    reasons = {UnsafeAddressError: "unsafe-address", SourceAnswerError: "unreadable-answer"}
    reason = reasons.get(type(error), "refused-by-server")
    return Verdict(source, target, "refused", reason=reason, message=error.message)
