"""What a stream tells, in one form: Jetstream's JSON, which firehose frames and CAR entries are brought into.

Quarantined records are kept in this form too, so that one function reads them all again.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from renown.sources.bluesky.names import COLLECTIONS, Uri, is_did, read_did
from renown.sources.bluesky.records import Reader
from renown.store.harvest import UnreadableRecord

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Commit(msgspec.Struct):
    """A record that was created, updated or deleted."""

    operation: str
    collection: str
    rkey: str
    record: Any = None


class Account(msgspec.Struct):
    """How an account stands on the network."""

    active: bool = True
    status: str | None = None


class Identity(msgspec.Struct):
    """What an account is called."""

    handle: str | None = None


class Event(msgspec.Struct):
    """One thing that happened in one account."""

    did: str
    kind: str
    time_us: int = 0
    commit: Commit | None = None
    account: Account | None = None
    identity: Identity | None = None

    @property
    def seen_at(self) -> datetime | None:
        """When the stream saw it; None: it does not say."""
        if self.time_us <= 0:
            return None
        try:
            return _EPOCH + timedelta(microseconds=self.time_us)
        except OverflowError:
            return None


_DECODER: Final = msgspec.json.Decoder(Event)
_COLLECTIONS: Final = frozenset(COLLECTIONS)


def decode_event(payload: str | bytes) -> Event:
    """One event of a Jetstream.

    Raises:   UnreadableRecord: it is none.
    """
    try:
        return _DECODER.decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise UnreadableRecord("unreadable_event", f"It is no event of a stream: {error}") from error


def encode_event(event: Event) -> str:
    """An event as it is kept in quarantine."""
    return msgspec.json.encode(event, enc_hook=str).decode() if _is_plain(event) else _encode_plain(event)


def _is_plain(event: Event) -> bool:
    return event.commit is None or event.commit.record is None


def _encode_plain(event: Event) -> str:
    return msgspec.json.encode(_plain(msgspec.to_builtins(event, builtin_types=(bytes,)))).decode()


def _plain(value: Any) -> Any:
    """DAG-CBOR as JSON: bytes and links become text."""
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def obey(event: Event, reader: Reader) -> None:
    """Add what an event says, and take out what it takes back.

    Raises:   UnreadableRecord.
    """
    if event.commit is not None:
        commit = event.commit
        if commit.collection not in _COLLECTIONS:
            return
        uri = Uri(read_did(event.did), commit.collection, commit.rkey)
        if commit.operation == "delete":
            reader.delete(uri)
        elif commit.operation in ("create", "update"):
            reader.read(uri, commit.record, seen_at=event.seen_at)
        else:
            raise UnreadableRecord("unknown_operation", f"It does {commit.operation!r} with a record."[:200])
    elif event.account is not None:
        account = event.account
        reader.people.account(
            read_did(event.did), is_active=account.active, status=account.status, gather=reader.gather
        )
    elif event.identity is not None and event.identity.handle and event.did not in reader.people.closed:
        seen_at = event.seen_at or datetime.now(UTC)
        reader.gather.actor(read_did(event.did), observed_at=seen_at, handle=event.identity.handle)


def frame_events(header: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[Event]:
    """The events of one frame of com.atproto.sync.subscribeRepos. Other kinds of frames have none.

    Raises:   UnreadableRecord: the frame is damaged.
    """
    kind = header.get("t")
    if kind == "#commit":
        yield from _commit_events(body)
        return
    did, time_us = body.get("did"), _microseconds(body.get("time"))
    if not is_did(did):
        return
    did = str(did)
    if kind == "#account":
        status = body.get("status")
        account = Account(body.get("active") is True, status if isinstance(status, str) else None)
        yield Event(did, "account", time_us, account=account)
    elif kind == "#tombstone":
        yield Event(did, "account", time_us, account=Account(False, "deleted"))
    elif kind in ("#identity", "#handle"):
        handle = body.get("handle")
        identity = Identity(handle if isinstance(handle, str) else None)
        yield Event(did, "identity", time_us, identity=identity)


def _commit_events(body: Mapping[str, Any]) -> Iterator[Event]:
    did, time_us = read_did(body.get("repo")), _microseconds(body.get("time"))
    ops = body.get("ops")
    if not isinstance(ops, list):
        raise UnreadableRecord("unreadable_commit", "A commit without operations.")
    blocks: Mapping[bytes, Any] | None = None
    for op in ops:
        collection, _, key = str(op.get("path")).partition("/")
        if collection not in _COLLECTIONS:
            continue
        action = str(op.get("action"))
        record = None
        if action != "delete":
            blocks = _blocks(body) if blocks is None else blocks
            # a record that did not come along is noticed where it is read
            record = blocks.get(op.get("cid"))
        yield Event(did, "commit", time_us, commit=Commit(action, collection, key, record))


def _blocks(body: Mapping[str, Any]) -> Mapping[bytes, Any]:
    import libipld

    content = body.get("blocks")
    if not content or not isinstance(content, bytes):
        return {}
    try:
        blocks: Mapping[bytes, Any] = libipld.decode_car(content)[1]
    except (ValueError, RecursionError) as error:
        raise UnreadableRecord("unreadable_commit", f"A commit's blocks cannot be read: {error}") from error
    return blocks


def _microseconds(moment: Any) -> int:
    try:
        return (datetime.fromisoformat(str(moment)) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, TypeError):
        return 0
