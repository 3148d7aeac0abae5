"""What every command knows: which store, how much to say, and how to speak to the person at the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from renown.cli.progress import ProgressBars

if TYPE_CHECKING:
    from rich.console import Console

    from renown.api import Store

DEFAULT_STORE = "./renown-store"


@dataclass(frozen=True)
class Session:
    """The options that every command takes."""

    store: Annotated[
        str,
        typer.Option(metavar="DIR_OR_URL", envvar="RENOWN_STORE", help="Where the store is kept."),
    ] = DEFAULT_STORE
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print results only: no progress, no notes.")
    ] = False
    verbose: Annotated[bool, typer.Option("--verbose", help="Say on stderr what happens inside.")] = False
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback when something fails.")] = False

    def open_store(self) -> Store:
        """The store to work on.

        Raises:   StoreNotFoundError and the other StoreErrors.
        """
        from renown.api import open_store

        return open_store(self.store)

    def progress(self) -> ProgressBars:
        """Progress bars for one piece of work, as a context manager."""
        return ProgressBars(is_shown=not self.quiet, log=self._log() if self.verbose else None)

    def note(self, text: str) -> None:
        """Say something beside the result: on stderr, and not with --quiet."""
        if not self.quiet:
            typer.echo(text, err=True)

    def _log(self) -> Callable[[str], None]:
        """Where `--verbose` says what happens inside; nothing else logs, so structlog loads for this only."""
        import structlog

        structlog.configure(
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.dev.ConsoleRenderer(colors=False),
            ],
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        )
        log: Callable[[str], None] = structlog.get_logger().info
        return log


def console() -> Console:
    """Where results are printed. Colour only on a terminal and without NO_COLOR; 80 columns when piped."""
    from rich.console import Console

    # Without a colour system rich writes no escapes at all: neither colours nor bold and dim.
    system: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    return Console(highlight=False, emoji=False, markup=False, soft_wrap=False, color_system=system)
