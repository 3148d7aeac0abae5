"""zstd with windows of up to 2 GB, as large public dumps are packed; Arrow's own reader stops at 128 MB."""

from __future__ import annotations

from typing import Any, Final, Protocol

LONGEST_WINDOW_BYTES: Final = 1 << 31
_PIECE_BYTES: Final = 2 << 10
"""Packed bytes unpacked at a time: at the highest possible ratio these become 64 MB."""


class _Bytes(Protocol):
    def read(self, count: int = -1, /) -> bytes:
        """Up to so many bytes; empty only at the end."""


class DamagedFrame(OSError):  # noqa: N818 - no person sees it: who reads the file says it in their words
    """A frame is damaged, or ends before its end."""


class LongZstd:
    """Unpacks a stream of one or more zstd frames piece by piece.

    Cost: memory of the window that the file was packed with (`zstd --long=31`: 2 GB), as any reader of it.
    """

    def __init__(self, packed: _Bytes) -> None:
        import zstandard

        self._packed = packed
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=LONGEST_WINDOW_BYTES)
        self._failure: type[Exception] = zstandard.ZstdError
        self._frame: Any = None
        self._rest = b""
        self._ready = memoryview(b"")

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; empty only at the end.

        Raises:   DamagedFrame.
        """
        while not self._ready:
            piece = self._rest or self._packed.read(_PIECE_BYTES)
            self._rest = b""
            if not piece and self._frame is not None:
                raise DamagedFrame("Truncated zstd frame")
            if not piece:
                return b""
            self._ready = memoryview(self._unpack(piece))
        taken = self._ready[:count]
        self._ready = self._ready[count:]
        return bytes(taken)

    def _unpack(self, piece: bytes) -> bytes:
        if self._frame is None:
            self._frame = self._decompressor.decompressobj()
        try:
            unpacked: bytes = self._frame.decompress(piece)
        except self._failure as error:
            raise DamagedFrame(str(error)) from error
        if self._frame.eof:
            self._rest = self._frame.unused_data
            self._frame = None
        return unpacked
