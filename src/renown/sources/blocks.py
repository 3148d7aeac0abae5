"""A text file in blocks of whole lines, each knowing the physical number of its first line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from renown.sources.bytestream import TextBytes
from renown.sources.reasons import REASONS
from renown.sources.rejects import KEPT_TEXT_BYTES, Reject

BLOCK_BYTES: Final = 16 << 20
"""How much is read at a time, and so the longest line that can be."""

FIRST_BLOCK_BYTES: Final = 256 << 10
"""The first block is small, so that a file read in the wrong way is noticed at once."""

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Block:
    """Whole lines, the last perhaps without its newline when the file ends there."""

    content: bytes
    first_line: int
    is_last: bool

    @cached_property
    def lines(self) -> list[bytes]:
        """The lines without their ends. Made on demand: most blocks never need it."""
        lines = self.content.split(b"\n")
        if not lines[-1]:
            lines.pop()
        return [line.removesuffix(b"\r") for line in lines]

    @cached_property
    def line_count(self) -> int:
        """How many lines there are."""
        return self.content.count(b"\n") + (not self.content.endswith(b"\n") and bool(self.content))

    def text_of_line(self, line: int) -> bytes:
        """A line by its physical number."""
        return self.lines[line - self.first_line]


class LineBlocks:
    """Cuts a stream of bytes into blocks; lines too long for a block become rejects and are passed over."""

    def __init__(self, stream: TextBytes, *, block_bytes: int = BLOCK_BYTES) -> None:
        self._stream = stream
        self._block_bytes = block_bytes
        self._next_bytes = min(FIRST_BLOCK_BYTES, block_bytes)
        self._carried = b""
        self._line = 1
        self._is_at_end = False
        self._rejects: list[Reject] = []
        if stream.peek(len(_BYTE_ORDER_MARK)) == _BYTE_ORDER_MARK:
            stream.read(len(_BYTE_ORDER_MARK))

    def next_block(self) -> Block | None:
        """The next block; None at the end."""
        while not self._is_at_end:
            wanted = max(self._next_bytes - len(self._carried), 1)
            more = self._stream.read(wanted)
            content = self._carried + more
            self._is_at_end = len(more) < wanted
            self._next_bytes = self._block_bytes
            cut = len(content) if self._is_at_end else content.rfind(b"\n") + 1
            if cut or self._is_at_end:
                self._carried = content[cut:]
                return self._block(content[:cut])
            self._carried = content
            if len(content) >= self._block_bytes:
                self._pass_over_line()
        return None

    def take_rejects(self) -> list[Reject]:
        """The lines passed over since the last call."""
        taken, self._rejects = self._rejects, []
        return taken

    def give_back(self, block: Block, lines_count: int) -> None:
        """Read the last lines of a block again, with what follows them."""
        kept = len(block.lines) - lines_count
        start = 0
        for _ in range(kept):
            start = block.content.index(b"\n", start) + 1
        self._carried = block.content[start:] + self._carried
        self._line -= lines_count

    def _block(self, content: bytes) -> Block | None:
        if not content:
            return None
        block = Block(content, self._line, self._is_at_end)
        self._line += block.line_count
        return block

    def _pass_over_line(self) -> None:
        head = self._carried[:KEPT_TEXT_BYTES]
        rest = b""
        while True:
            more = self._stream.read(self._block_bytes)
            if not more:
                self._is_at_end = True
                break
            cut = more.find(b"\n") + 1
            if cut:
                rest = more[cut:]
                break
        self._rejects.append(Reject(self._line, "line_too_long", REASONS["line_too_long"], head))
        self._carried = rest
        self._line += 1
