"""What a person can say about a file of interactions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from renown.errors import ColumnsError, InputError
from renown.sources.columns import REQUIRED_ROLES, ColumnPlan, parse_columns
from renown.types import KINDS

LEFT_OUT: Final = "-"
"""Translating a kind to this leaves its rows out."""

_NETWORK_PATTERN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DELIMITER_NAMES: Final = {
    "tab": "\t",
    "\\t": "\t",
    "space": " ",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
}


@dataclass(frozen=True)
class ReadOptions:
    """How to read a file of interactions.

    Fields:
        network: put before every id (`223789` becomes `twitter:223789`); None: ids already begin with theirs.
        columns: roles by position ("source target time kind") or by name ("source=from target=to time=ts").
        kinds: the file's words for kinds, translated ({"RT": "repost"}); "-" leaves a word's rows out.
        default_kind: the kind of rows that name none.
        header: whether the first line names the columns; None: find out.
        delimiter: what separates columns, as one character or as tab, space, comma, ...; None: find out.
        time_zone: IANA name of the zone of times that do not say theirs; None: such times are refused.
        source: name of the registered source that reads it; None: find out.
        seen_at: when the rows were true, of files that have no time; None: they must have one.
        strict: refuse the whole file on the first row that cannot be read.

    Raises:
        InputError: one of them makes no sense.

    Example:
        >>> from renown.sources import ReadOptions
        >>> ReadOptions(network="twitter", columns="source target time", default_kind="like").plan.in_order
        ('source', 'target', 'time')
    """

    network: str | None = None
    columns: str = ""
    kinds: Mapping[str, str] = field(default_factory=dict)
    default_kind: str | None = None
    header: bool | None = None
    delimiter: str | None = None
    time_zone: str | None = None
    source: str | None = None
    strict: bool = False
    seen_at: datetime | None = None

    def __post_init__(self) -> None:
        _check_network(self.network)
        for word, kind in self.kinds.items():
            if kind != LEFT_OUT:
                _check_kind(kind, f"{word}={kind}")
        if self.default_kind is not None:
            _check_kind(self.default_kind, self.default_kind)
        if self.time_zone is not None:
            _check_time_zone(self.time_zone)
        if self.delimiter is not None:
            object.__setattr__(self, "delimiter", _delimiter(self.delimiter))
        if self.header is False and (not self.columns or self.plan.by_name):
            raise ColumnsError(
                "A file without header has no names of columns.",
                hint='Say its columns by position: --columns "source target time kind" (- skips one).',
            )

    @cached_property
    def plan(self) -> ColumnPlan:
        """The columns, understood."""
        needed = REQUIRED_ROLES if self.seen_at is None else REQUIRED_ROLES[:2]
        return parse_columns(self.columns, needed)


def parse_kinds(text: str) -> dict[str, str]:
    """Understand a translation of kinds, as on the command line.

    Raises:
        InputError: a part is not WORD=KIND.

    Example:
        >>> parse_kinds("RT=repost,MT=mention,BM=-")
        {'RT': 'repost', 'MT': 'mention', 'BM': '-'}
    """
    kinds = {}
    for part in filter(None, re.split(r"[,\s]+", text)):
        word, equals, kind = part.rpartition("=")
        if not equals or not word or not kind:
            raise InputError(
                f"{part!r} does not translate a kind.", hint="Write them as RT=repost,MT=mention."
            )
        kinds[word] = kind
    return kinds


def _check_network(network: str | None) -> None:
    if network is not None and not _NETWORK_PATTERN.fullmatch(network):
        raise InputError(
            f"{network!r} cannot be the name of a network.",
            hint="Use letters, digits, dot, dash and underscore, such as twitter or mastodon.social.",
        )


def _check_kind(kind: str, said: str) -> None:
    if kind not in KINDS:
        raise InputError(
            f"{said!r}: there is no kind of interaction called {kind!r}.",
            hint=f"Kinds are {', '.join(KINDS)}.",
        )


def _check_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InputError(
            f"There is no time zone called {name!r}.", hint="Use a name such as UTC or Europe/Berlin."
        ) from None


def _delimiter(text: str) -> str:
    delimiter = _DELIMITER_NAMES.get(text.lower(), text)
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '\r\n"\0':
        raise InputError(
            f"{text!r} cannot separate columns.",
            hint="Use one ASCII character, or one of tab, space, comma, semicolon, pipe.",
        )
    return delimiter
