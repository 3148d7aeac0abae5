"""Words and units that every room shares."""

from __future__ import annotations

from typing import Final, Literal, Protocol, get_args

Kind = Literal["like", "repost", "reply", "mention", "quote", "follow", "list", "citation"]
"""What one actor did towards another. `list`: put them on a list; `citation`: a link or webmention."""

KINDS: Final[tuple[str, ...]] = get_args(Kind)

EngineName = Literal["kernel", "duckdb"]
"""Which form of the score runs: the compiled kernel or the SQL steps."""

AppealScope = Literal["account", "audience"]
"""What a granted appeal makes count wholly: what the actor gives, or what it receives."""

OutputFormat = Literal["table", "json", "csv", "parquet"]

MICROSECONDS_PER_SECOND: Final = 1_000_000
SECONDS_PER_DAY: Final = 86_400
MICROSECONDS_PER_DAY: Final = SECONDS_PER_DAY * MICROSECONDS_PER_SECOND

EARLIEST_MICROSECONDS: Final = 946_684_800 * MICROSECONDS_PER_SECOND
"""2000-01-01T00:00:00Z. Nothing on the networks that Renown reads is older: earlier means a wrong unit."""


HIGHEST_SCORE: Final = 100.0
"""A million effective people under the shipped definition; scores stop here."""


class Progress(Protocol):
    """Called now and then by long work: the stage, how much is done, of how much (None: not known)."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Report; must return quickly."""


def no_progress(stage: str, done: int, total: int | None) -> None:
    """Say nothing: the default of every function that takes a `Progress`."""
