"""Progress on stderr: nothing for quick work, a bar for what takes longer, nothing where nobody watches."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_PATIENCE_SECONDS: Final = 0.8
"""Work that ends sooner shows no bar."""


_STAGE_WIDTH: Final = 34


class ProgressBars:
    """A `renown.types.Progress` that draws one bar a stage, once the work has lasted a moment.

    With a log it draws nothing, and logs the beginning and the end of each stage.
    A timer opens the display, so that a stage which reports once and then computes for long is seen too.
    """

    def __init__(self, *, is_shown: bool, log: Callable[[str], None] | None = None) -> None:
        self._is_shown = is_shown and log is None and sys.stderr.isatty()
        self._log = log
        self._lock = threading.Lock()
        self._stages: dict[str, tuple[int, int | None]] = {}
        self._tasks: dict[str, TaskID] = {}
        self._bars: Bars | None = None
        self._timer = threading.Timer(_PATIENCE_SECONDS, self._open)
        self._timer.daemon = True

    def __enter__(self) -> ProgressBars:
        if self._is_shown:
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._is_shown = False
            if self._bars is not None:
                self._bars.stop()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Report how far a stage is; returns at once."""
        if self._log is not None and (stage not in self._stages or done == total):
            self._stages[stage] = (done, total)
            self._log(stage if total is None else f"{stage}: {done:,} of {total:,}")
        if not self._is_shown:
            return
        with self._lock:
            self._stages[stage] = (done, total)
            if self._bars is not None:
                self._draw(stage)

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        with self._lock:
            if not self._is_shown:
                return
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TaskProgressColumn(),
                TimeElapsedColumn(),
            )
            self._bars = Progress(
                *columns,
                console=Console(stderr=True),
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._bars.start()
            for stage in self._stages:
                self._draw(stage)

    def _draw(self, stage: str) -> None:
        assert self._bars is not None
        done, total = self._stages[stage]
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(_short(stage), total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)


def _short(stage: str) -> str:
    """A stage's name that leaves room for its bar: a long one loses its middle, the end says most."""
    if len(stage) <= _STAGE_WIDTH:
        return stage
    word, _, rest = stage.partition(" ")
    return f"{word} …{rest[len(word) + 2 - _STAGE_WIDTH :]}"
