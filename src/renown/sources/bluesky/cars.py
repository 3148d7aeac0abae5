"""Repository files (CAR): the signed tree of everything an account has published.

Blocks are found by an index and decoded when they are needed, so that memory follows the number of records
and not the size of the file. Each block is checked against its name, a hash of its content.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from renown.errors import SourceFileError
from renown.sources.bluesky.names import key_moment, read_did
from renown.store.harvest import UnreadableRecord

_SHA256_V1: Final = b"\x01\x71\x12\x20"
_CID_V0: Final = b"\x12\x20"
_CID_V0_BYTES: Final = 34
_LONGEST_PATH: Final = 1_024
_DEEPEST: Final = 128


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a repository: its path and the name of its block."""

    collection: str
    key: str
    cid: bytes


class Repository:
    """One CAR file, open. Close it, or use `with`.

    Fields:
        did: whose repository it is.
        made_at: when its newest change was made; None: it does not say.
    Raises:   SourceFileError: it is no CAR file, is cut short, or holds no repository.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise SourceFileError(f"{path} cannot be read: {error}.") from error
        try:
            self._root, self._blocks = _index(self._bytes, path)
            commit = self._commit()
            self.did = read_did(commit.get("did"))
            self._tree = commit["data"]
            self.made_at = key_moment(str(commit.get("rev")))
        except UnreadableRecord as error:
            self.close()
            raise SourceFileError(f"{path} holds no repository: {error.message}") from error
        except SourceFileError:
            self.close()
            raise

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._bytes.close()

    def _commit(self) -> Mapping[str, Any]:
        commit = self.block(self._root)
        if not isinstance(commit, dict) or not isinstance(commit.get("data"), bytes):
            raise UnreadableRecord("no_repository", "its root is no commit.")
        return commit

    def block(self, cid: bytes) -> Any:
        """What a block says.

        Raises:   UnreadableRecord: it is not in the file, or its content is not what its name says.
        """
        import libipld

        place = self._blocks.get(cid)
        if place is None:
            raise UnreadableRecord("missing_block", "The file does not hold the block that is named.")
        content = self._bytes[place[0] : place[1]]
        if cid.startswith(_SHA256_V1) and hashlib.sha256(content).digest() != cid[4:]:
            raise UnreadableRecord("damaged_block", "A block is not what its name says.")
        try:
            return libipld.decode_dag_cbor(content)
        except (ValueError, RecursionError) as error:
            raise UnreadableRecord("unreadable_block", f"A block cannot be decoded: {error}") from error

    def entries(self) -> Iterator[Entry | UnreadableRecord]:
        """Every record in the order of its path; in place of a part of the tree that cannot be read, why."""
        yield from self._walk(self._tree, 0)

    def _walk(self, cid: bytes, depth: int) -> Iterator[Entry | UnreadableRecord]:
        try:
            if depth > _DEEPEST:
                raise UnreadableRecord("tree_too_deep", "The tree of records leads in circles.")
            node = self.block(cid)
            if not isinstance(node, dict) or not isinstance(node.get("e"), list):
                raise UnreadableRecord("unreadable_tree", "A part of the tree of records cannot be read.")
        except UnreadableRecord as error:
            yield error
            return
        if isinstance(node.get("l"), bytes):
            yield from self._walk(node["l"], depth + 1)
        path = b""
        for entry in node["e"]:
            try:
                path, record = _entry(entry, path)
            except UnreadableRecord as error:
                yield error
                return
            yield record
            if isinstance(entry.get("t"), bytes):
                yield from self._walk(entry["t"], depth + 1)


def _entry(entry: Any, before: bytes) -> tuple[bytes, Entry]:
    """One entry of a tree's node; its path begins with that of the entry before it."""
    try:
        path = before[: entry["p"]] + entry["k"]
        collection, _, key = path.decode("ascii").partition("/")
        is_sound = isinstance(entry["v"], bytes) and collection and key and len(path) <= _LONGEST_PATH
    except (KeyError, TypeError, AttributeError, ValueError):
        is_sound = False
    if not is_sound:
        raise UnreadableRecord("unreadable_tree", "A part of the tree of records cannot be read.")
    return path, Entry(collection, key, entry["v"])


def _index(content: mmap.mmap, path: Path) -> tuple[bytes, dict[bytes, tuple[int, int]]]:
    """The root, and where each block begins and ends."""
    import libipld

    size = len(content)
    try:
        length, start = _varint(content, 0)
        header = libipld.decode_dag_cbor(content[start : start + length])
        root = header["roots"][0]
    except (UnreadableRecord, ValueError, KeyError, IndexError, TypeError) as error:
        raise SourceFileError(
            f"{path} is no CAR file.", hint="A repository comes from com.atproto.sync.getRepo."
        ) from error
    blocks: dict[bytes, tuple[int, int]] = {}
    place = start + length
    while place < size:
        try:
            length, start = _varint(content, place)
            end = start + length
            body = _after_cid(content, start)
        except (UnreadableRecord, IndexError):
            end = body = size + 1
        if end > size or body > end:
            raise SourceFileError(
                f"{path} is cut short or damaged at byte {place}.", hint="Fetch it again; nothing was kept."
            )
        blocks[bytes(content[start:body])] = (body, end)
        place = end
    return root, blocks


def _after_cid(content: mmap.mmap, start: int) -> int:
    """Where the name of a block ends."""
    if content[start : start + 4] == _SHA256_V1:
        return start + 36
    if content[start : start + 2] == _CID_V0:
        return start + _CID_V0_BYTES
    place = start
    for _ in range(3):
        _, place = _varint(content, place)
    length, place = _varint(content, place)
    return place + length


def _varint(content: mmap.mmap, place: int) -> tuple[int, int]:
    """An unsigned variable-length integer, and where it ends."""
    value = shift = 0
    while True:
        byte = content[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
        if shift > 63:
            raise UnreadableRecord("unreadable_length", "A length in the file is none.")
