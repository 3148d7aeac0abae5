"""The repository's Markdown as a reader gets it: pages, headings, links and blocks of code."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "benchmarks", "changelog.d", "src")

_PARSER = MarkdownIt("commonmark").enable("table")
_HTML_TARGET = re.compile(r"""(?:href|src)\s*=\s*["']([^"']+)["']""")


@dataclass(frozen=True)
class Block:
    """A fenced block of code: `language` and the `note` after it, from the line that opens the fence."""

    page: Page
    line: int
    language: str
    note: str
    text: str

    @property
    def where(self) -> str:
        return f"{self.page.name}:{self.line}"


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix() if self.path.is_relative_to(ROOT) else self.path.name

    @cached_property
    def tokens(self) -> list[Token]:
        return _PARSER.parse(self.text)

    def headings(self) -> Iterator[str]:
        """The text of every heading, as written."""
        for opening, inline in zip(self.tokens, self.tokens[1:], strict=False):
            if opening.type == "heading_open":
                yield inline.content

    def anchors(self) -> set[str]:
        """What `#...` may name: the headings as GitHub spells them, repeats numbered."""
        seen: Counter[str] = Counter()
        anchors = set()
        for heading in self.headings():
            words = re.sub(r"[^\w\- ]", "", _plain(heading).lower())
            slug = words.replace(" ", "-")
            anchors.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
        return anchors

    def links(self) -> Iterator[tuple[int, str]]:
        """Line and target of every link and picture."""
        for token in self.tokens:
            line = (token.map or [0])[0] + 1
            if token.type == "html_block":
                yield from ((line, target) for target in _HTML_TARGET.findall(token.content))
            for child in token.children or ():
                target = child.attrs.get("href") or child.attrs.get("src")
                if target:
                    yield line, str(target)
                if child.type == "html_inline":
                    yield from ((line, found) for found in _HTML_TARGET.findall(child.content))

    def blocks(self) -> Iterator[Block]:
        """Every fenced block."""
        for token in self.tokens:
            if token.type == "fence":
                language, _, note = token.info.strip().partition(" ")
                yield Block(self, (token.map or [0])[0] + 1, language, note.strip(), token.content)


def _plain(heading: str) -> str:
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)


def read(path: Path) -> Page:
    return Page(path, path.read_text(encoding="utf8"))


def pages() -> list[Page]:
    """Every page of the repository: those at its root and in FOLDERS."""
    paths = [*ROOT.glob("*.md"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.md"))]
    return [read(path) for path in sorted(paths)]


def blocks(language: str) -> list[Block]:
    """Every block of one language, in all pages."""
    return [block for page in pages() for block in page.blocks() if block.language == language]


def commands(block: Block) -> Iterator[list[str]]:
    """What a console block tells one to type: a list of words per command, pipes and `&&` taken apart."""
    typed = re.sub(r"\\\n\s*(>\s)?", "", block.text)
    for line in typed.splitlines():
        if not line.startswith("$ "):
            continue
        lexer = shlex.shlex(line[2:], posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        lexer.commenters = "#"
        yield from _simple_commands(list(lexer))


def _simple_commands(words: list[str]) -> Iterator[list[str]]:
    command: list[str] = []
    is_target = False
    for word in words:
        if is_target:
            is_target = False
        elif word in ("|", "||", "&&", ";"):
            yield command
            command = []
        elif word in (">", ">>", "<"):
            is_target = True
        else:
            command.append(word)
    yield command
