"""Rows of a dump's XML, one element each, as they pass: nothing of the document is kept.

A dump has no document type and no entities of its own. One that declares any is refused, so that nothing can
be made to grow while it is read, and nothing be fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from renown.errors import SourceFileError
from renown.sources.bytestream import HEAD_BYTES, TextBytes, refuse_binary

Row = dict[str, str]

_PIECE_BYTES: Final = 1 << 20
_LONGEST_ROW_BYTES: Final = 64 << 20


def read_xml_rows(stream: TextBytes, name: str) -> Iterator[list[tuple[int, Row]]]:
    """Rows with the line each stands on, some at a time.

    Raises:   SourceFileError: it is no XML, ends too early, or declares a document type.
    """
    refuse_binary(stream.peek(HEAD_BYTES), name)
    found: list[tuple[int, Row]] = []
    parser = expat.ParserCreate()
    last_row_at = 0

    def start(element: str, attributes: Row) -> None:
        """Keep a row with its line, and where it began."""
        nonlocal last_row_at
        if element == "row":
            found.append((parser.CurrentLineNumber, attributes))
            last_row_at = parser.CurrentByteIndex

    def refuse(*declared: object) -> None:
        """Read no further. Raises SourceFileError, always."""
        raise SourceFileError(
            f"{name} declares a document type, which no dump does.",
            hint="Entities that it may declare could grow without end: nothing of it was read.",
        )

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    fed_bytes = 0
    try:
        while piece := stream.read(_PIECE_BYTES):
            fed_bytes += len(piece)
            parser.Parse(piece, False)
            if found:
                yield list(found)
                found.clear()
            elif fed_bytes - last_row_at > _LONGEST_ROW_BYTES:
                raise SourceFileError(f"{name} holds a row of more than 64 MB.", hint="Is it such a dump?")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        yield list(found)
        raise SourceFileError(
            f"{name} is damaged or cut short: {error}.",
            hint="What stands before was read. Fetch or unpack the file again, and import it once more: "
            "nothing is kept twice.",
        ) from error
