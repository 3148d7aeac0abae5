"""What a site allows machines to read: robots.txt (RFC 9309), X-Robots-Tag, meta elements, TDMRep."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

PRODUCT: Final = "renown"
"""How robots.txt and robots tags name Renown."""

LONGEST_ROBOTS_BYTES: Final = 512_000
MOST_RULES: Final = 5_000

_LONGEST_DELAY_SECONDS: Final = 30.0
_AGENT_VALUE: Final = re.compile(r"([a-z0-9_*-]+)\s*:\s*(.*)", re.IGNORECASE)
_TAG_WORDS_WITH_VALUE: Final = frozenset(
    {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}
)


@dataclass(frozen=True)
class Rules:
    """What robots.txt says to Renown: the longest pattern that fits decides, allow before disallow."""

    patterns: tuple[tuple[str, bool], ...] = ()
    delay_seconds: float = 0.0

    def allows(self, target: str) -> bool:
        """Whether path and query may be asked for."""
        if target.partition("?")[0] == "/robots.txt":
            return True
        plain = _plain(target)
        fitting = [
            (len(pattern), is_allowed) for pattern, is_allowed in self.patterns if _fits(pattern, plain)
        ]
        return max(fitting)[1] if fitting else True


NOTHING_ALLOWED: Final = Rules((("/", False),))


def read_robots(text: str, product: str = PRODUCT) -> Rules:
    """The rules for one product: those of its own groups, else those for everybody.

    Example:
        >>> rules = read_robots("User-agent: *\\nDisallow: /private\\nAllow: /private/but-this$")
        >>> rules.allows("/public"), rules.allows("/private/x"), rules.allows("/private/but-this")
        (True, False, True)
    """
    groups: dict[str, tuple[list[tuple[str, bool]], list[float]]] = {}
    agents: list[str] = []
    has_rules = False
    for line in text.splitlines()[: 4 * MOST_RULES]:
        name, _, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "user-agent":
            agents = [] if has_rules else agents
            has_rules = False
            agents.append(value.lower())
            groups.setdefault(value.lower(), ([], []))
        elif name in ("allow", "disallow", "crawl-delay"):
            has_rules = True
            _add_rule([groups[agent] for agent in agents], name, value)
    patterns, delays = groups.get(product) or groups.get("*") or ([], [])
    return Rules(tuple(patterns[:MOST_RULES]), min(max(delays, default=0.0), _LONGEST_DELAY_SECONDS))


def _add_rule(groups: Iterable[tuple[list[tuple[str, bool]], list[float]]], name: str, value: str) -> None:
    for patterns, delays in groups:
        if name == "crawl-delay":
            if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", value):
                delays.append(float(value))
        elif value:
            patterns.append((_plain(value[:2_000]), name == "allow"))


def _plain(target: str) -> str:
    return unquote(target, errors="replace")


def _fits(pattern: str, target: str) -> bool:
    """Whether a target begins with a pattern; `*` is anything, `$` the end. Cost: one search a part."""
    is_anchored = pattern.endswith("$")
    first, *rest = (pattern[:-1] if is_anchored else pattern).split("*")
    if not target.startswith(first):
        return False
    if not rest:
        return not is_anchored or target == first
    position = len(first)
    for part in rest[:-1]:
        found = target.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    if is_anchored:
        return len(target) - len(rest[-1]) >= position and target.endswith(rest[-1])
    return target.find(rest[-1], position) >= 0


@dataclass(frozen=True)
class Wishes:
    """What a page, or the server that sent it, asks of machines.

    Fields:
        is_noindex: it is not to be taken up anywhere.
        is_nofollow: its links are not meant as its own word.
        is_reserved: text and data mining is reserved (TDMRep, `tdm-reservation: 1`).
        is_noai: its text is not for machines that learn: the link counts, the text is not kept.
    """

    is_noindex: bool = False
    is_nofollow: bool = False
    is_reserved: bool = False
    is_noai: bool = False

    @property
    def refusal(self) -> str | None:
        """The flag that keeps the page out altogether; None: nothing does."""
        return "noindex" if self.is_noindex else "tdm-reservation" if self.is_reserved else None


@dataclass
class WishReader:
    """Gathers the wishes of headers and meta elements."""

    words: set[str] = field(default_factory=set)
    is_reserved: bool = False

    def header(self, headers: Mapping[str, str]) -> None:
        """What the headers of an answer say (names in lower case)."""
        self._read(headers.get("x-robots-tag", ""))
        self.is_reserved |= headers.get("tdm-reservation", "").strip() == "1"

    def meta(self, name: str, content: str) -> None:
        """What one meta element says."""
        if name.lower() in ("robots", PRODUCT):
            self._read(content)
        elif name.lower() == "tdm-reservation":
            self.is_reserved |= content.strip() == "1"

    def _read(self, text: str) -> None:
        """Words up to the next comma; `name: words` speaks to one machine until another is named."""
        is_meant = True
        for part in text.lower().split(","):
            word = part.strip()
            agent = _AGENT_VALUE.fullmatch(word)
            if agent and agent.group(1) not in _TAG_WORDS_WITH_VALUE:
                is_meant = agent.group(1) in (PRODUCT, "*", "robots")
                word = agent.group(2).strip()
            if is_meant:
                self.words.add(word)

    def wishes(self) -> Wishes:
        """Everything said so far."""
        return Wishes(
            is_noindex=not self.words.isdisjoint({"noindex", "none"}),
            is_nofollow=not self.words.isdisjoint({"nofollow", "none"}),
            is_reserved=self.is_reserved,
            is_noai="noai" in self.words,
        )
