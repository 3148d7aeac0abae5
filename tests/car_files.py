"""Repository files (CAR) with the records that a test wants in them, written by the specification."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import libipld


def cid_of(content: bytes) -> bytes:
    return b"\x01\x71\x12\x20" + hashlib.sha256(content).digest()


class Link(bytes):
    """A CID as libipld writes links."""


def varint(number: int) -> bytes:
    parts = []
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def linked(value: Any) -> bytes:
    """DAG-CBOR in which CIDs are links: libipld writes bytes, so that the tag is put before them here."""
    if isinstance(value, Link):
        body = b"\x00" + bytes(value)
        return b"\xd8\x2a\x58" + bytes([len(body)]) + body
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        inner = b"".join(libipld.encode_dag_cbor(key) + linked(value[key]) for key in keys)
        return bytes([0xA0 + len(value)]) + inner
    if isinstance(value, list):
        assert len(value) < 24
        return bytes([0x80 + len(value)]) + b"".join(linked(one) for one in value)
    return libipld.encode_dag_cbor(value)


def car(records: Mapping[str, Any], *, did: str = "did:plc:ann", lie: bytes | None = None) -> bytes:
    """A repository with these records, one node of tree; `lie` replaces the content of a record."""
    blocks, entries, before = [], [], b""
    for path, record in sorted(records.items()):
        content = linked(record)
        blocks.append((cid_of(content), lie if lie is not None and not blocks else content))
        shared = 0
        while shared < min(len(before), len(path)) and before[shared] == path.encode()[shared]:
            shared += 1
        key = path.encode()[shared:]
        entries.append({"p": shared, "k": key, "v": Link(cid_of(content)), "t": None})
        before = path.encode()
    node = linked({"l": None, "e": entries})
    commit = linked(
        {"did": did, "version": 3, "data": Link(cid_of(node)), "rev": "3k", "prev": None, "sig": b"x"}
    )
    blocks = [(cid_of(commit), commit), (cid_of(node), node), *blocks]
    header = linked({"version": 1, "roots": [Link(cid_of(commit))]})
    content = varint(len(header)) + header
    for cid, block in blocks:
        content += varint(len(cid) + len(block)) + cid + block
    return content
