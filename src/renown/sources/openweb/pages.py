"""A page: what it wishes, which posts it holds, whom they link to, and where its feeds are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from renown.sources.openweb.addresses import PUBLIC_ONLY, Allowance
from renown.sources.openweb.markup import Element, decode_markup, parse_markup
from renown.sources.openweb.microformats import Entry, find_entries
from renown.sources.openweb.robots import Wishes, WishReader
from renown.sources.openweb.sites import RESPONSE_KINDS, site_of, spelled
from renown.types import Kind

MOST_LINKS: Final = 500
"""Links of one post that are looked at; a page with more is a list of links, and the rest is not read."""

PAGE_TYPES: Final = ("text/html", "application/xhtml+xml")
FEED_TYPES: Final = (
    *("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml"),
    *("application/feed+json", "application/json"),
)

_NOT_ITS_WORD: Final = frozenset({"nofollow", "ugc", "sponsored"})
"""Values of rel that say: this link is not the author's own recommendation."""

_FURNITURE: Final = frozenset({"nav", "header", "footer", "aside", "form", "template", "head"})
_FEED_WORDS: Final = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})
_UNCLEAR_ZONE: Final = re.compile(r"([+-]\d{2})(\d{2})$")


@dataclass(frozen=True)
class Response:
    """What a post is to the page at `url`."""

    url: str
    kind: Kind


@dataclass(frozen=True)
class Post:
    """A post with the pages it responds to. `text` only where its author sends it out in a feed."""

    url: str
    published_at: datetime | None = None
    text: str | None = None
    language: str | None = None
    hashtags: tuple[str, ...] = ()
    responses: tuple[Response, ...] = ()
    disowned_count: int = 0
    """links that are marked as not the author's word"""


@dataclass(frozen=True)
class Links:
    """Addresses that something links to, in order, each once."""

    followed: tuple[str, ...] = ()
    disowned: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """What was found on a page.

    Fields:
        links: all of its links, those of navigation and footers, too.
        has_entries: it says itself which its posts are.
    """

    url: str
    wishes: Wishes
    posts: tuple[Post, ...]
    links: Links
    feeds: tuple[str, ...] = ()
    has_entries: bool = False


def read_page(
    url: str, content: bytes, headers: Mapping[str, str], *, allowance: Allowance = PUBLIC_ONLY
) -> Page:
    """Read a page.

    Args:     url: where it came from, in its one spelling. headers: of the answer, names in lower case.
    Returns:  posts of the page's own site only: what it says of posts elsewhere nobody can vouch for. A page
              without h-entry is itself one post, its links those of article or main, or else of what is left
              without navigation, header, footer and aside.
    Notes:    cost O(bytes); no text of the page is kept.
    """
    root = parse_markup(decode_markup(content, headers.get("content-type", "")))
    reader = WishReader()
    reader.header(headers)
    base, feeds, language = url, list[str](), None
    for element in root.walk():
        if element.tag == "meta":
            reader.meta(element.attributes.get("name", ""), element.attributes.get("content", ""))
        elif element.tag == "base" and base == url:
            base = spelled(element.attributes.get("href", ""), url, allowance=allowance) or url
        elif element.tag == "html":
            language = element.attributes.get("lang")
        elif _announces_feed(element):
            feeds.append(element.attributes.get("href", ""))
    wishes = reader.wishes()
    place = Place(url, base, allowance, wishes.is_nofollow)
    entries = find_entries(root)
    posts = [_entry_post(entry, place, is_only=len(entries) == 1) for entry in entries]
    own = [post for post in posts if post is not None]
    if not entries:
        own = [_whole_page(root, place, language)]
    found = (place.absolute(feed) for feed in feeds[:20])
    links = links_in(root.walk(leave_out=frozenset({"template"})), place, most=None)
    return Page(url, wishes, tuple(own), links, tuple(feed for feed in found if feed), bool(entries))


def _announces_feed(element: Element) -> bool:
    kind = element.attributes.get("type", "").lower()
    return element.tag == "link" and "alternate" in element.rels and kind in _FEED_WORDS


@dataclass(frozen=True)
class Place:
    """Where links stand: what makes them absolute, and whether all of them are disowned."""

    url: str
    base: str
    allowance: Allowance = PUBLIC_ONLY
    is_nofollow: bool = False

    def absolute(self, address: str) -> str | None:
        """An address in its one spelling; None: it is none of the public web."""
        return spelled(address, self.base, allowance=self.allowance)


def links_in(elements: Iterable[Element], place: Place, *, most: int | None = MOST_LINKS) -> Links:
    """What the elements link to, in order; a page linked to twice is disowned only where every link is."""
    followed: dict[str, None] = {}
    disowned: dict[str, None] = {}
    for element in elements:
        if element.tag not in ("a", "area") or not element.attributes.get("href"):
            continue
        url = place.absolute(element.attributes["href"])
        if url is None or url == place.url:
            continue
        is_disowned = place.is_nofollow or not element.rels.isdisjoint(_NOT_ITS_WORD)
        (disowned if is_disowned else followed)[url] = None
        if most is not None and len(followed) + len(disowned) >= most:
            break
    return Links(tuple(followed), tuple(url for url in disowned if url not in followed))


def responses_of(links: Links, stated: Iterable[tuple[str, Kind]] = ()) -> tuple[Response, ...]:
    """One response for each page: as stated by the post, else a citation."""
    kinds: dict[str, Kind] = dict.fromkeys(links.followed, "citation")
    for url, kind in stated:
        known = kinds.get(url, "citation")
        kinds[url] = min(known, kind, key=RESPONSE_KINDS.index)
    return tuple(Response(url, kind) for url, kind in kinds.items())


def read_time(text: str | None) -> datetime | None:
    """A time as pages write it; None: none that can be used (without zone it is taken as UTC).

    Example:
        >>> read_time("2026-05-01T10:00:00+0200").isoformat()
        '2026-05-01T08:00:00+00:00'
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(_UNCLEAR_ZONE.sub(r"\1:\2", text.strip()))
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _entry_post(entry: Entry, place: Place, *, is_only: bool) -> Post | None:
    """The post of an h-entry; None: it is somewhere else's, or has no address."""
    site = site_of(place.url)
    own = [url for text in entry.urls if (url := place.absolute(text)) and site_of(url) == site]
    if not own and (entry.urls or not is_only):
        return None
    url = place.url if is_only and (place.url in own or not own) else own[0]
    inside = (element for content in entry.contents for element in content.walk(leave_out=_FURNITURE))
    links = links_in(inside, Place(url, place.base, place.allowance, place.is_nofollow))
    stated = [] if place.is_nofollow else [
        (address, kind) for text, kind in entry.responses if (address := place.absolute(text))
    ]  # fmt: skip
    return Post(
        url,
        published_at=read_time(entry.published),
        hashtags=hashtags(entry.categories),
        responses=tuple(one for one in responses_of(links, stated) if one.url != url),
        disowned_count=len(links.disowned),
    )


def hashtags(words: Iterable[str]) -> tuple[str, ...]:
    """Categories as hashtags: lower case, without #, each once.

    Example:
        >>> hashtags(["#Birds", "birds", " "])
        ('birds',)
    """
    tags = (word.strip().lstrip("#").lower()[:100] for word in words)
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:50]


def _whole_page(root: Element, place: Place, language: str | None) -> Post:
    links = links_in(_own_words(root), place)
    published = None
    for element in root.walk():
        if element.tag == "meta" and element.attributes.get("property") == "article:published_time":
            published = read_time(element.attributes.get("content"))
            break
    return Post(
        place.url,
        published_at=published,
        language=language,
        responses=responses_of(links),
        disowned_count=len(links.disowned),
    )


def _own_words(root: Element) -> Iterator[Element]:
    """The elements in which a page speaks for itself."""
    for tag in ("article", "main", "body"):
        found = [element for element in root.walk() if element.tag == tag]
        if found:
            # articles inside articles (comments, often) are walked once
            seen: set[int] = set()
            for element in found:
                inside = list(element.walk(leave_out=_FURNITURE))
                if id(element) not in seen:
                    yield from (one for one in inside if id(one) not in seen)
                    seen.update(id(one) for one in inside)
            return
    yield from root.walk(leave_out=_FURNITURE)
