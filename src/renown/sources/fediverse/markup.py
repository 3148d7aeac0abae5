"""Posts are HTML by strangers: what a person would read in them, and where their links lead."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

LONGEST_TEXT: Final = 100_000
"""Characters of a post's text that are kept; the longest that servers write themselves are a tenth of it."""

LONGEST_MARKUP: Final = 1_000_000

_BREAKS: Final = frozenset({"p", "br", "div", "li", "blockquote", "pre", "h1", "h2", "h3", "ul", "ol", "tr"})
_UNSEEN: Final = frozenset({"script", "style", "template", "head", "title"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.links: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        classes = (said.get("class") or "").split()
        if tag in _UNSEEN:
            self._unseen += 1
        if tag in _BREAKS:
            self.pieces.append("\n")
        # Links to the people and tags of a post are no links to the web.
        if tag == "a" and not {"mention", "hashtag", "u-url"} & set(classes) and said.get("rel") != "tag":
            target = (said.get("href") or "").strip()
            if target.startswith(("http://", "https://")) and len(target) <= 2_000:
                self.links.append(target)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if tag in ("p", "div", "li", "blockquote"):
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(data)


def read_markup(markup: str) -> tuple[str, list[str]]:
    """The text of a post, line by line, and the web addresses it links to, each once.

    Example:
        >>> read_markup('<p>See <a href="https://meadow.example/">this</a><br>now</p><script>no()</script>')
        ('See this\\nnow', ['https://meadow.example/'])
    """
    reader = _Reader()
    reader.feed(markup[:LONGEST_MARKUP])
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).split("\n"))
    text = "\n".join(line for line in lines if line)
    return text[:LONGEST_TEXT].replace("\x00", ""), list(dict.fromkeys(reader.links))
