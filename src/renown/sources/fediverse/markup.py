"""Posts are HTML by strangers: what a person would read in them, and where their links lead."""

from __future__ import annotations

from typing import Final

from renown.sources.openweb.markup import Element, parse_markup

LONGEST_TEXT: Final = 100_000
"""Characters of a post's text that are kept; the longest that servers write themselves are a tenth of it."""

LONGEST_MARKUP: Final = 1_000_000
LONGEST_LINK: Final = 2_000

_BREAKS: Final = frozenset(
    {"p", "br", "div", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "ul", "ol", "tr"}
)
_UNSEEN: Final = frozenset({"script", "style", "template", "head", "title", "iframe", "noembed", "noframes"})
_NOT_THE_WEB: Final = frozenset({"mention", "hashtag", "u-url"})
"""Classes of links to the people and tags that a post names."""


def read_markup(markup: str) -> tuple[str, list[str]]:
    """The text of a post, line by line, and the web addresses it links to, each once.

    Example:
        >>> read_markup('<p>See <a href="https://meadow.example/">this</a><br>now</p><script>no()</script>')
        ('See this\\nnow', ['https://meadow.example/'])
    """
    tree = parse_markup(markup[:LONGEST_MARKUP])
    lines = (" ".join(line.split()) for line in "".join(_pieces(tree)).split("\n"))
    text = "\n".join(line for line in lines if line)
    links = [link for element in tree.walk() if (link := _link(element)) is not None]
    return text[:LONGEST_TEXT].replace("\x00", ""), list(dict.fromkeys(links))


def _pieces(tree: Element) -> list[str]:
    """Text in order, with breaks around what stands on lines of its own. No recursion: trees are deep."""
    pieces: list[str] = []
    waiting: list[Element | str] = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            pieces.append(one)
        elif one.tag not in _UNSEEN:
            around = ["\n"] if one.tag in _BREAKS else []
            waiting += [*around, *reversed(one.children), *around]
    return pieces


def _link(element: Element) -> str | None:
    target = element.attributes.get("href", "").strip()
    is_link = (
        element.tag == "a" and target.startswith(("http://", "https://")) and len(target) <= LONGEST_LINK
    )
    is_of_the_web = not _NOT_THE_WEB & set(element.classes) and "tag" not in element.rels
    return target if is_link and is_of_the_web else None
