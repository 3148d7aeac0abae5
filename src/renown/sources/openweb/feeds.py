"""Feeds: RSS and Atom through feedparser, JSON Feed by hand. Only a site's own feed speaks for its posts."""

from __future__ import annotations

import calendar
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from renown.sources.openweb.addresses import PUBLIC_ONLY, Allowance
from renown.sources.openweb.markup import decode_markup, parse_markup
from renown.sources.openweb.pages import Place, Post, hashtags, links_in, read_time, responses_of
from renown.sources.openweb.robots import Wishes, WishReader
from renown.sources.openweb.sites import site_of
from renown.store.harvest import UnreadableRecord

LONGEST_TEXT: Final = 5_000
"""Characters of a post that are kept."""

MOST_POSTS: Final = 5_000

_ENTITY: Final = re.compile(r"<!\s*ENTITY", re.IGNORECASE)
_META: Final = re.compile(r"<(?:[a-z]{1,20}:)?meta\b([^>]{0,400})>", re.IGNORECASE)
_DENIED: Final = re.compile(
    r"<[a-z]{1,20}:restriction\b[^>]{0,400}relationship\s*=\s*[\"']deny", re.IGNORECASE
)
"""access:restriction, of the feed access control module of RSS."""

_HEAD_CHARACTERS: Final = 20_000
"""Where a feed says what holds for all of it."""

_META_PART: Final = re.compile(r"(name|content)\s*=\s*[\"']([^\"']{0,200})[\"']", re.IGNORECASE)


@dataclass(frozen=True)
class FeedRecord:
    """One entry of a feed, in one form whatever the feed's: what `replay` gets again."""

    feed_url: str
    urls: tuple[str, ...] = ()
    title: str = ""
    content: str = ""
    published: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()

    def payload(self) -> str:
        """As JSON, for the quarantine."""
        return json.dumps({"feed_record": vars(self)})


@dataclass(frozen=True)
class Feed:
    """A feed: its title, what it wishes, its entries."""

    url: str
    title: str | None
    wishes: Wishes
    records: tuple[FeedRecord, ...]


def read_feed(url: str, content: bytes, headers: Mapping[str, str]) -> Feed:
    """Read a feed of any form.

    Raises:   UnreadableRecord: it is no feed, or declares entities (which can unfold without end).
    """
    text = decode_feed(content, headers.get("content-type", ""))
    reader = WishReader()
    reader.header(headers)
    if text.lstrip("\ufeff \t\r\n")[:1] == "{":
        title, records = _json_records(url, text)
    else:
        if _ENTITY.search(text):
            raise UnreadableRecord(
                "entities", "It declares entities, which no feed needs and which can unfold."
            )
        for match in _META.finditer(text, 0, _HEAD_CHARACTERS):
            parts = {name.lower(): value for name, value in _META_PART.findall(match.group(1))}
            reader.meta(parts.get("name", ""), parts.get("content", ""))
        if _DENIED.search(text, 0, _HEAD_CHARACTERS):
            reader.words.add("noindex")
        title, records = _xml_records(url, text)
    return Feed(url, title, reader.wishes(), tuple(records[:MOST_POSTS]))


_XML_CHARSET: Final = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([a-zA-Z0-9_.:-]{1,40})", re.IGNORECASE
)


def decode_feed(content: bytes, content_type: str) -> str:
    """Bytes as text; the XML declaration counts where the header says nothing."""
    declared = _XML_CHARSET.match(content.lstrip()[:300])
    if declared and "charset" not in content_type.lower():
        content_type = f"text/xml; charset={declared.group(1).decode('ascii')}"
    return decode_markup(content, content_type)


def post_of(record: FeedRecord, *, allowance: Allowance = PUBLIC_ONLY, is_noai: bool = False) -> Post:
    """The post that an entry announces.

    Its address is the first one on the feed's own site: an entry whose link leads elsewhere is a link blog's,
    and that link is what it cites.
    Raises:   UnreadableRecord: no address on the feed's own site.
    """
    place = Place(record.feed_url, record.feed_url, allowance)
    site = site_of(record.feed_url)
    urls = [url for text in record.urls if (url := place.absolute(text))]
    own = next((url for url in urls if site_of(url) == site), None)
    if own is None:
        reason = "foreign_post" if urls else "missing_post"
        raise UnreadableRecord(reason, f"It names no page on {site}, whose feed it is in.")
    tree = parse_markup(record.content)
    links = links_in(tree.walk(), Place(own, own, allowance))
    linked = [url for url in urls if site_of(url) != site]
    text = " ".join(part for part in (parse_markup(record.title).text(500), tree.text(LONGEST_TEXT)) if part)
    return Post(
        own,
        published_at=read_time(record.published),
        text=None if is_noai else text[:LONGEST_TEXT] or None,
        language=record.language,
        hashtags=hashtags(record.tags),
        responses=responses_of(links, [(url, "citation") for url in linked]),
        disowned_count=len(links.disowned),
    )


def _xml_records(url: str, text: str) -> tuple[str | None, list[FeedRecord]]:
    import feedparser

    # A stream, never a string: feedparser would fetch a string that looks like an address. No sanitizing:
    # nothing of the markup is ever shown, and the linear reader of markup.py takes out links and text.
    headers = {"content-type": "application/xml; charset=utf-8"}
    # A declaration of another encoding would be wrong now.
    plain = re.sub(r"^\s*<\?xml[^>]{0,300}\?>", "", text, count=1).strip().encode("utf-8", "replace")
    try:
        found = feedparser.parse(
            io.BytesIO(plain), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError, AssertionError) as error:
        raise UnreadableRecord(
            "unreadable_feed", f"It cannot be read as a feed: {type(error).__name__}."
        ) from error
    if not found.get("version") and not found.get("entries"):
        raise UnreadableRecord("unreadable_feed", "It is no RSS or Atom feed.")
    feed = found.get("feed", {})
    language = _clean(feed.get("language") or "") or None
    records = [_xml_record(url, entry, language) for entry in found.entries]
    return _short(feed.get("title")), records


def _xml_record(url: str, entry: Mapping[str, Any], language: str | None) -> FeedRecord:
    links = [link.get("href", "") for link in entry.get("links", ()) if link.get("rel") == "alternate"]
    related = [
        link.get("href", "") for link in entry.get("links", ()) if link.get("rel") in ("related", "via")
    ]
    identifier = entry.get("id", "")
    urls = [*links, entry.get("link", ""), *([identifier] if identifier.startswith("http") else []), *related]
    parts = [part.get("value", "") for part in entry.get("content", ())] or [entry.get("summary", "")]
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    return FeedRecord(
        url,
        urls=tuple(dict.fromkeys(_clean(one) for one in urls if one)),
        title=_clean(entry.get("title", "")),
        content="\n".join(map(_clean, parts)),
        published=_utc(moment),
        language=_clean(entry.get("language") or "") or language,
        tags=tuple(_clean(tag.get("term")) for tag in entry.get("tags", ()) if tag.get("term")),
    )


def _utc(moment: Any) -> str | None:
    try:
        return None if moment is None else datetime.fromtimestamp(calendar.timegm(moment), UTC).isoformat()
    except (ValueError, OverflowError, TypeError, OSError):
        return None


def _json_records(url: str, text: str) -> tuple[str | None, list[FeedRecord]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableRecord("unreadable_feed", "It begins like JSON, and is none.") from error
    version, items = found.get("version"), found.get("items")
    if not isinstance(version, str) or "jsonfeed.org" not in version or not isinstance(items, list):
        raise UnreadableRecord("unreadable_feed", "It is JSON, but no JSON Feed.")
    language = _text(found, "language") or None
    return _short(found.get("title")), [_json_record(url, item, language) for item in items]


def _json_record(url: str, item: Any, language: str | None) -> FeedRecord:
    if not isinstance(item, dict):
        return FeedRecord(url)
    identifier = _text(item, "id")
    urls = [
        _text(item, "url"),
        identifier if identifier.startswith("http") else "",
        _text(item, "external_url"),
    ]
    content = (
        _text(item, "content_html")
        or _text(item, "content_text").replace("<", "&lt;")
        or _text(item, "summary")
    )
    tags = item.get("tags")
    return FeedRecord(
        url,
        urls=tuple(dict.fromkeys(filter(None, urls))),
        title=_text(item, "title").replace("<", "&lt;"),
        content=content,
        published=_text(item, "date_published") or None,
        language=_text(item, "language") or language,
        tags=tuple(_clean(tag) for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
    )


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    return _clean(value) if isinstance(value, str) else ""


def _clean(text: Any) -> str:
    """Text without halves of characters, which JSON and character references can smuggle in."""
    return str(text).encode("utf-8", "replace").decode()


def _short(title: Any) -> str | None:
    return (parse_markup(_clean(title)).text(200) or None) if isinstance(title, str) else None


def is_feed(content_type: str, content: bytes) -> bool:
    """Whether an answer is to be read as a feed rather than as a page.

    Example:
        >>> is_feed("text/xml; charset=utf-8", b"<rss>"), is_feed("text/html", b"<!doctype html>")
        (True, False)
    """
    kind = content_type.partition(";")[0].strip().lower()
    start = content[:500].lstrip().lower()
    if kind in ("text/html", "application/xhtml+xml"):  # feeds are often sent as pages
        return start.startswith(b"<?xml") and any(mark in start for mark in (b"<rss", b"<feed", b"<rdf:rdf"))
    return True
