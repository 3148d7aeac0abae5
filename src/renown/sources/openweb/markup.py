"""HTML of strangers as a tree, in time and memory that grow no faster than the page.

Everything is one pass from front to back: no construct that is left open is searched for twice, nesting is
kept to a depth beyond which elements stand side by side (as in browsers), and counts are bounded. Nothing is
run, nothing is fetched. Only what links and microformats need is understood.
"""

from __future__ import annotations

import codecs
import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

DEEPEST: Final = 256
MOST_ELEMENTS: Final = 100_000
LONGEST_VALUE: Final = 10_000

_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track"}
    | {"wbr"}
)
_RAW: Final = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
"""Elements whose content is text up to their own end tag, whatever it looks like."""

_ENDS_PARAGRAPH: Final = frozenset(
    {"address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figure", "footer"}
    | {"form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol", "p", "pre", "section"}
    | {"table", "ul"}
)
_ENDS_SAME: Final = {
    "li": (frozenset({"li"}), frozenset({"ul", "ol"})),
    "dt": (frozenset({"dt", "dd"}), frozenset({"dl"})),
    "dd": (frozenset({"dt", "dd"}), frozenset({"dl"})),
    "tr": (frozenset({"tr"}), frozenset({"table"})),
    "td": (frozenset({"td", "th"}), frozenset({"tr", "table"})),
    "th": (frozenset({"td", "th"}), frozenset({"tr", "table"})),
    "option": (frozenset({"option"}), frozenset({"select"})),
}
"""What a start tag closes, and beyond what it does not reach."""

_PARAGRAPH_WALLS: Final = frozenset({"button", "caption", "html", "object", "table", "td", "th"})

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,60})[^\s/>]*")
_GAP: Final = re.compile(r"[\s/]*")
_NAME: Final = re.compile(r"[^\s/>=]+")
_VALUE: Final = re.compile(r"\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]*))")
_KEPT_ATTRIBUTES: Final = frozenset(
    {"alt", "charset", "class", "cite", "content", "datetime", "hidden", "href", "http-equiv", "lang", "name"}
    | {"property", "rel", "src", "title", "type", "value", "xml:lang"}
)
_META_CHARSET: Final = re.compile(
    rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{1,40})", re.IGNORECASE
)
_HEADER_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{1,40})", re.IGNORECASE)
_NO_CHARSETS: Final = frozenset(
    {"utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}
)
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(slots=True, eq=False)
class Element:
    """An element, with what is inside it in order: elements and pieces of text."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        """The words of its class attribute."""
        return self.attributes.get("class", "").split()

    @property
    def rels(self) -> frozenset[str]:
        """The words of its rel attribute, lower case."""
        return frozenset(self.attributes.get("rel", "").lower().split())

    def walk(self, *, leave_out: frozenset[str] = frozenset()) -> Iterator[Element]:
        """The element and all inside it, in the order of the page, without tags that are left out."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            if element.tag in leave_out:
                continue
            yield element
            waiting.extend(child for child in reversed(element.children) if isinstance(child, Element))

    def text(self, limit: int = LONGEST_VALUE) -> str:
        """What can be read inside it, spaces made one, at most `limit` characters."""
        pieces: list[str] = []
        size = 0
        waiting: list[Element | str] = [self]
        while waiting and size <= 2 * limit:
            found = waiting.pop()
            if isinstance(found, str):
                pieces.append(found[: 2 * limit])
                size += len(pieces[-1])
            elif found.tag not in ("script", "style", "template"):
                if found.tag in _ENDS_PARAGRAPH or found.tag in ("br", "li", "td"):
                    pieces.append(" ")
                waiting.extend(reversed(found.children))
        return " ".join("".join(pieces).split())[:limit].rstrip()


def decode_markup(content: bytes, content_type: str = "") -> str:
    """Bytes as text: by byte order mark, else header, else meta element, else UTF-8. Never fails.

    Example:
        >>> decode_markup(b"caf\\xe9\\x00", "text/html; charset=latin1")
        'café'
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], name)
    said = _HEADER_CHARSET.search(content_type)
    meta = _META_CHARSET.search(content[:2_048])
    name = said.group(1) if said else meta.group(1).decode("ascii") if meta else "utf-8"
    return _decoded(content, name)


def _decoded(content: bytes, charset: str) -> str:
    try:
        found = codecs.lookup(charset)
        is_usable = found._is_text_encoding and found.name not in _NO_CHARSETS
    except (LookupError, ValueError, AttributeError):
        is_usable = False
    name = charset if is_usable else "utf-8"
    if name.lower() in ("latin1", "latin-1", "iso-8859-1", "iso8859-1", "ascii", "us-ascii"):
        name = "cp1252"  # as browsers read it
    try:
        text = content.decode(name, "replace")
    except (UnicodeError, ValueError):
        text = content.decode("utf-8", "replace")
    return text.replace("\x00", "")


def parse_markup(text: str) -> Element:
    """The tree of a page or a piece of one; whatever is wrong with it, there is a tree.

    Notes:    cost O(characters); beyond MOST_ELEMENTS the rest is not read.
    Example:
        >>> root = parse_markup("<p>One <a href='/x' rel=nofollow>link</a><p>Two")
        >>> [(element.tag, element.text()) for element in root.walk()][1:]
        [('p', 'One link'), ('a', 'link'), ('p', 'Two')]
    """
    return _TreeMaker(text).tree()


class _TreeMaker:
    """One pass over a text; the stack is what is open."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._root = Element("")
        self._stack = [self._root]
        self._open_counts: Counter[str] = Counter()
        self._overflow_count = 0
        self._elements_count = 0

    def tree(self) -> Element:
        """The whole tree."""
        text, position = self._text, 0
        while position < len(text) and self._elements_count < MOST_ELEMENTS:
            start = text.find("<", position)
            if start < 0:
                start = len(text)
            if start > position:
                self._add_text(text[position:start])
            if start == len(text):
                break
            position = self._after_markup(start)
        return self._root

    def _after_markup(self, start: int) -> int:
        """Read what begins with `<` at `start`; where it ends."""
        text = self._text
        if text.startswith("<!--", start):
            end = text.find("-->", start + 4)
            return len(text) if end < 0 else end + 3
        match = _TAG.match(text, start)
        if match:
            return self._after_tag(match)
        if text.startswith(("<!", "<?", "</"), start):
            end = text.find(">", start)
            return len(text) if end < 0 else end + 1
        self._add_text("<")
        return start + 1

    def _after_tag(self, match: re.Match[str]) -> int:
        tag = match.group(2).lower()
        attributes, end = self._attributes(match.end())
        if end is None:  # a tag that never ends is no tag, and nothing comes after it
            return len(self._text)
        if match.group(1):
            self._close(tag)
            return end
        element = Element(tag, attributes)
        if tag in _RAW:
            return self._after_raw(element, end)
        self._open(element)
        return end

    def _attributes(self, position: int) -> tuple[dict[str, str], int | None]:
        text, found = self._text, dict[str, str]()
        while True:
            gap = _GAP.match(text, position)
            position = gap.end() if gap else position
            if position >= len(text):
                return found, None
            if text[position] == ">":
                return found, position + 1
            name = _NAME.match(text, position)
            if not name:
                position += 1
                continue
            position = name.end()
            value = _VALUE.match(text, position)
            if value:
                position = value.end()
            key = name.group().lower()
            if key in _KEPT_ATTRIBUTES and key not in found:
                found[key] = _unescaped(
                    (value.group(value.lastindex) if value and value.lastindex else "")[:LONGEST_VALUE]
                )

    def _after_raw(self, element: Element, start: int) -> int:
        """Past an element of raw text; one that never ends reaches to the end of the page."""
        closing = re.compile(f"</{element.tag}(?=[\\s/>])", re.IGNORECASE).search(self._text, start)
        end = closing.start() if closing else len(self._text)
        if element.tag in ("title", "textarea"):
            element.children.append(_unescaped(self._text[start : min(end, start + LONGEST_VALUE)]))
        self._add(element)
        return end

    def _add_text(self, piece: str) -> None:
        self._stack[-1].children.append(_unescaped(piece))

    def _add(self, element: Element) -> None:
        self._elements_count += 1
        self._stack[-1].children.append(element)

    def _open(self, element: Element) -> None:
        tag = element.tag
        if tag in _ENDS_PARAGRAPH:
            self._close_up_to(frozenset({"p"}), _PARAGRAPH_WALLS)
        if tag in _ENDS_SAME:
            self._close_up_to(*_ENDS_SAME[tag])
        self._add(element)
        if tag in _VOID:
            return
        if len(self._stack) < DEEPEST:
            self._stack.append(element)
            self._open_counts[tag] += 1
        else:
            self._overflow_count += 1

    def _close(self, tag: str) -> None:
        if self._overflow_count:
            self._overflow_count -= tag not in _VOID
            return
        if not self._open_counts[tag]:
            return
        for index in range(len(self._stack) - 1, 0, -1):
            if self._stack[index].tag == tag:
                self._shorten(index)
                return

    def _shorten(self, length: int) -> None:
        self._open_counts.subtract(element.tag for element in self._stack[length:])
        del self._stack[length:]

    def _close_up_to(self, tags: frozenset[str], walls: frozenset[str]) -> None:
        if self._overflow_count or not any(self._open_counts[tag] > 0 for tag in tags):
            return
        for index in range(len(self._stack) - 1, 0, -1):
            tag = self._stack[index].tag
            if tag in tags:
                self._shorten(index)
                return
            if tag in walls:
                return


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    try:
        return html.unescape(text)
    except (ValueError, OverflowError):  # a number of a character with thousands of digits
        return text
