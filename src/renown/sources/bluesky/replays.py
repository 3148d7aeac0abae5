"""Reading quarantined records again, in each of the forms in which they were kept."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from renown.sources.bluesky.events import decode_event, obey
from renown.sources.bluesky.names import like_id, moment_of, read_did, read_uri
from renown.sources.bluesky.people import People
from renown.sources.bluesky.records import Lists, Reader
from renown.store.harvest import Gather, UnreadableRecord


def take_like(reader: Reader, post: str, like: Any, *, seen_at: datetime) -> None:
    """A like as the AppView shows it: who and when, but not by which record.

    Raises:   UnreadableRecord.
    """
    actor = like.get("actor") if isinstance(like, dict) else None
    did = read_did(actor.get("did") if isinstance(actor, dict) else None)
    uri = read_uri(post)
    indexed_at = moment_of(like.get("indexedAt"), seen_at=seen_at)
    occurred_at = moment_of(like.get("createdAt"), seen_at=indexed_at)
    if reader.is_open(did) and reader.is_open(uri.did) and not reader.is_old(occurred_at):
        ids = (post, None, like_id(post, did, occurred_at))
        reader.gather.interaction(did, uri.did, "like", occurred_at=occurred_at, ids=ids)


def take_view(reader: Reader, view: Any, *, seen_at: datetime) -> None:
    """A post, or another record, as the AppView shows it: its at-uri and what it says.

    Raises:   UnreadableRecord.
    """
    uri = read_uri(view.get("uri"))
    record = view.get("record")
    if not isinstance(record, dict):
        raise UnreadableRecord("unreadable_record", "What is shown holds no record.")
    reader.read(uri, record, seen_at=moment_of(view.get("indexedAt"), seen_at=seen_at))


def take_repost(reader: Reader, post: str, reason: Any, record: Any, *, seen_at: datetime) -> None:
    """A repost as a feed shows it; by its record, where that was found.

    Raises:   UnreadableRecord.
    """
    indexed_at = moment_of(reason.get("indexedAt"), seen_at=seen_at)
    if isinstance(reason.get("uri"), str):
        said = record or {"subject": {"uri": post}, "createdAt": reason.get("indexedAt")}
        reader.read(read_uri(reason["uri"]), said, seen_at=indexed_at)
        return
    by = reason.get("by")
    take_undated_repost(reader, post, by.get("did") if isinstance(by, dict) else None, indexed_at)


def take_undated_repost(reader: Reader, post: str, did: Any, occurred_at: datetime) -> None:
    """A repost whose record is not known: called by post and actor, at the time given.

    Raises:   UnreadableRecord.
    """
    source, target = read_did(did), read_uri(post).did
    if reader.is_open(source) and reader.is_open(target) and not reader.is_old(occurred_at):
        ids = (post, None, f"repost:{post}:{source}")
        reader.gather.interaction(source, target, "repost", occurred_at=occurred_at, ids=ids)


def replay(payload: str, gather: Gather, *, now: datetime) -> None:
    """Read one quarantined record again.

    Raises:   UnreadableRecord: it is still not understood.
    """
    try:
        kept = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise UnreadableRecord("unreadable_event", f"It is no JSON: {error}") from error
    if not isinstance(kept, dict):
        raise UnreadableRecord("unreadable_event", "It is no object.")
    reader = Reader(gather, People(), Lists())
    if kept.get("kind") == "like-view":
        take_like(reader, kept.get("post", ""), kept.get("like"), seen_at=now)
    elif kept.get("kind") == "repost-view":
        take_repost(reader, kept.get("post", ""), kept.get("reason"), None, seen_at=now)
    elif "uri" in kept:
        take_view(reader, kept, seen_at=now)
    else:
        obey(decode_event(payload), reader)
