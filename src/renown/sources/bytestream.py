"""Bytes of a file or of standard input: unpacked where they are compressed, checked, counted for progress."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from renown.errors import SourceFileError
from renown.sources.long_zstd import LongZstd

STANDARD_INPUT: Final = "-"
HEAD_BYTES: Final = 64 << 10
"""How much is looked at to find out what a file is."""

_CODECS: Final = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_FOREIGN: Final = {
    b"PK\x03\x04": "a ZIP archive (spreadsheets are such archives, too)",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ\x00": "packed with xz",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"\x04\x22\x4d\x18": "packed with lz4",
    b"%PDF": "a PDF",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"SQLite format 3": "an SQLite database",
    b"ARROW1": "an Arrow file",
    b"Obj\x01": "an Avro file",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"\x7fELF": "a program",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_UNPACK_HINT: Final = (
    "Unpack or export it as CSV, JSON Lines or Parquet first; gzip and zstd are read as they are."
)
_RECODE_HINT: Final = "Convert it: iconv -f UTF-16 -t UTF-8 FILE."
_TEXT_BYTES: Final = bytes(range(32, 256)) + b"\t\n\r\f\v\x1b"
_LEAST_CONTROL_BYTES: Final = 32
_LEAST_CONTROL_SHARE: Final = 0.03


class CountedBytes:
    """A stream that counts the bytes read from it, and lets its head be looked at first."""

    def __init__(self, stream: IO[bytes], path: Path | None, total: int | None) -> None:
        self._stream = stream
        self.path = path
        self._head = b""
        self.position = 0
        self.total = total
        self.closed = False

    def peek(self, count: int) -> bytes:
        """The next bytes, without reading on."""
        while len(self._head) < count:
            more = self._stream.read(count - len(self._head))
            if not more:
                break
            self._head += more
        return self._head[:count]

    def read(self, count: int = -1) -> bytes:
        """Up to `count` bytes; empty only at the end."""
        if self._head:
            taken = self._head if count < 0 else self._head[:count]
            self._head = self._head[len(taken) :]
            if count < 0:
                taken += self._stream.read()
        else:
            taken = self._stream.read(count)
        self.position += len(taken)
        return taken

    def read_into(self, room: memoryview) -> int:
        """Read without a copy; how many bytes came, 0 only at the end."""
        if self._head:
            taken = self.read(len(room))
            room[: len(taken)] = taken
            return len(taken)
        count: int = self._stream.readinto(room)  # type: ignore[attr-defined]
        self.position += count
        return count

    def readable(self) -> bool:
        """Always: what pyarrow asks of a Python stream."""
        return True

    def close(self) -> None:
        """Nothing to do: who opened the stream closes it."""
        self.closed = True


class TextBytes:
    """The plain bytes of a text file, whatever it was packed with.

    Raises (on reading):
        SourceFileError: the packed file ends too early, or is damaged.
    """

    def __init__(self, raw: CountedBytes, name: str) -> None:
        self._raw = raw
        self._name = name
        self._head = b""
        self.codec = next((c for magic, c in _CODECS.items() if raw.peek(len(magic)).startswith(magic)), None)
        self._read: Callable[[int], bytes] = self._opened().read

    @property
    def position(self) -> int:
        """Bytes read of the file as it is stored."""
        return self._raw.position

    @property
    def total(self) -> int | None:
        """Bytes of the file as it is stored; None for standard input."""
        return self._raw.total

    def peek(self, count: int) -> bytes:
        """The next bytes, without reading on."""
        while len(self._head) < count:
            more = self._read_more(count - len(self._head))
            if not more:
                break
            self._head += more
        return self._head[:count]

    def read(self, count: int) -> bytes:
        """Exactly `count` bytes, fewer only at the end."""
        parts = [self._head[:count]]
        self._head = self._head[count:]
        missing = count - len(parts[0])
        while missing:
            more = self._read_more(missing)
            if not more:
                break
            parts.append(more)
            missing -= len(more)
        return b"".join(parts)

    def fill(self, room: memoryview) -> int:
        """Fill it; fewer bytes came only at the end. Nothing is copied where nothing is packed."""
        filled = 0
        while filled < len(room):
            if self._head or self.codec is not None:
                more = self.read(min(len(room) - filled, len(self._head) or len(room)))
                room[filled : filled + len(more)] = more
                filled += len(more)
                if not more:
                    break
                continue
            try:
                count = self._raw.read_into(room[filled:])
            except OSError as error:
                raise cannot_read(self._name, error) from error
            if not count:
                break
            filled += count
        return filled

    def _opened(self) -> Any:
        import pyarrow as pa

        if self.codec is None:
            return self._raw
        if self.codec == "zstd":
            return LongZstd(self._raw)
        return pa.CompressedInputStream(pa.PythonFile(self._raw, mode="r"), self.codec)

    def _read_more(self, count: int) -> bytes:
        try:
            return self._read(count)
        except OSError as error:
            if self.codec is None:
                raise cannot_read(self._name, error) from error
            raise _damaged(self._name, self.codec, error) from error


def source_path(location: str | Path) -> Path | None:
    """The path of a file that can be read; None for standard input.

    Raises:
        SourceFileError: missing, a directory, or empty.
    """
    if str(location) == STANDARD_INPUT:
        return None
    path = Path(location)
    try:
        is_directory, size, is_regular = path.is_dir(), path.stat().st_size, path.is_file()
    except FileNotFoundError:
        raise SourceFileError(f"There is no file {path}.", hint="Check the name and the folder.") from None
    except (OSError, ValueError) as error:
        raise cannot_read(str(path), error) from error
    if is_directory:
        raise SourceFileError(f"{path} is a directory, not a file.", hint=f"Name its files: {path}/*")
    if is_regular and size == 0:
        raise empty_file(str(path))
    return path


def shown_name(location: str | Path) -> str:
    """What a file is called in messages and in the rejects file."""
    return "standard input" if str(location) == STANDARD_INPUT else str(location)


@contextmanager
def open_bytes(location: str | Path) -> Iterator[CountedBytes]:
    """The bytes of a file, or of standard input for `-`, as they are stored."""
    path = source_path(location)
    if path is None:
        yield CountedBytes(sys.stdin.buffer, None, None)
        return
    try:
        stream = path.open("rb")
    except OSError as error:
        raise cannot_read(str(path), error) from error
    with stream:
        status = os.fstat(stream.fileno())
        is_regular, size = stat.S_ISREG(status.st_mode), status.st_size
        yield CountedBytes(stream, path if is_regular else None, size or None)


def refuse_binary(head: bytes, name: str) -> None:
    """Raise SourceFileError when the first bytes of a file are no text."""
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            hint = _RECODE_HINT if "UTF-16" in what else _UNPACK_HINT
            raise SourceFileError(f"{name} is {what}, which is not read here.", hint=hint)
    control_bytes = len(head.translate(None, _TEXT_BYTES))
    if control_bytes >= _LEAST_CONTROL_BYTES and control_bytes > _LEAST_CONTROL_SHARE * len(head):
        raise SourceFileError(
            f"{name} is a binary file: {control_bytes:,} of its first {len(head):,} bytes are no text.",
            hint=_UNPACK_HINT,
        )


def empty_file(name: str) -> SourceFileError:
    """The error for a file with nothing in it."""
    return SourceFileError(f"{name} is empty.", hint="Was it written to the end, or is it the wrong file?")


def cannot_read(name: str, error: Exception) -> SourceFileError:
    """The error for a file that the system does not let us read."""
    reason = getattr(error, "strerror", None) or str(error)
    return SourceFileError(f"{name} cannot be read: {reason}.", hint="Check that it may be read by you.")


def _damaged(name: str, codec: str, error: OSError) -> SourceFileError:
    if "runcated" in str(error):
        message = f"{name} is cut short: its {codec} stream ends before its end."
    else:
        message = f"{name} is damaged: its {codec} stream cannot be unpacked ({error})."
    return SourceFileError(message, hint="Nothing of it was kept. Fetch or write the file again.")
