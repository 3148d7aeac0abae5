"""The rows that could not be read: counted by reason, kept in a file that is made only when there is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final

import msgspec

from renown.errors import InputError

KEPT_TEXT_BYTES: Final = 2_000
"""How much of a refused row is kept."""


@dataclass(frozen=True)
class Reject:
    """One row that could not be read. `line` is the physical line (of Parquet: the row), counted from 1."""

    line: int
    reason: str
    message: str
    text: bytes


class RejectLog:
    """Counts of refused rows by reason, and the rows themselves in a JSON Lines file at `path`.

    Each line of the file holds `file`, `line`, `reason`, `message` and `text` (its first 2 kB; bytes that are
    no UTF-8 are written as \\xNN). Nothing is created while nothing is refused. Close it, or use `with`.

    Example:
        >>> from renown.sources import RejectLog
        >>> with RejectLog() as rejects:
        ...     rejects.count
        0
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path) if path is not None else None
        self.counts: Counter[str] = Counter()
        self.left_out_count = 0
        """Rows of a kind that the reader was told to leave out (`kind=-`); they are no rejects."""
        self._file: IO[bytes] | None = None

    def __enter__(self) -> RejectLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def count(self) -> int:
        """How many rows were refused, for whatever reason."""
        return self.counts.total()

    @property
    def written_path(self) -> Path | None:
        """The rejects file, if there is one by now."""
        return self.path if self._file is not None else None

    def add(self, file: str, rejects: Iterable[Reject]) -> None:
        """Count these rows of `file`, and keep them.

        Raises:
            InputError: the rejects file cannot be written.
        """
        lines = []
        for reject in rejects:
            self.counts[reject.reason] += 1
            if self.path is not None:
                lines.append(_encoded(file, reject))
        if lines and self.path is not None:
            try:
                self._opened(self.path).write(b"".join(lines))
            except OSError as error:
                raise _cannot_write(self.path, error) from error

    def _opened(self, path: Path) -> IO[bytes]:
        if self._file is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb", buffering=0)
        return self._file

    def close(self) -> None:
        """Finish the file; counts stay."""
        if self._file is not None:
            self._file.close()


def _cannot_write(path: Path, error: OSError) -> InputError:
    return InputError(
        f"The rejects file {path} cannot be written: {error.strerror or error}.",
        hint="Name another place for it (--rejects FILE).",
    )


def _encoded(file: str, reject: Reject) -> bytes:
    record = {
        "file": file,
        "line": reject.line,
        "reason": reject.reason,
        "message": reject.message,
        "text": readable(reject.text[:KEPT_TEXT_BYTES]),
    }
    return msgspec.json.encode(record) + b"\n"


def readable(text: bytes, length: int | None = None) -> str:
    """Bytes as text that can be shown and written anywhere, at most `length` characters of it.

    Example:
        >>> readable(b"caf\\xe9 au lait", 8)
        'caf\\\\xe9…'
    """
    shown = text.decode("utf-8", "backslashreplace")
    return shown if length is None or len(shown) <= length else shown[: length - 1] + "…"
