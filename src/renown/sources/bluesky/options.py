"""What the Bluesky source can be told."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

APPVIEW: Final = "https://public.api.bsky.app"
DIRECTORY: Final = "https://plc.directory"
STREAMS: Final = {
    "jetstream": "wss://jetstream2.us-east.bsky.network",
    "firehose": "wss://bsky.network",
}
"""Where to look where no service is named."""


class BlueskyOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of the Bluesky source.

    Fields:
        service: what is asked: an AppView (http) to import, a stream (ws) to follow; empty: the public ones.
            With files: who is asked about the people whom they name; empty: nobody.
        hops: 1: also the feeds of those who reacted.
        most_posts: posts of each account named, newest first, whose reactions are read.
        most_people: how many of those who reacted are read as well, by how often they did.
        most_reactions: likes, reposts and quotes that are read of one post, of each kind.
        most_follows: followers, follows and entries of a list that are read.
        repo: read the whole repositories of the accounts instead, from their own servers.
        directory: where DIDs are looked up for `repo`.
        stream: which form a stream has: jetstream (JSON) or firehose (subscribeRepos).
        start: of a stream: `cursor` goes on where it stopped (the first time: now), `oldest` begins with what
            the server still has, `now` leaves out what was missed.
        stop_after_seconds: how long to follow; 0: until stopped.
    """

    service: str = ""
    hops: int = 0
    most_posts: int = 500
    most_people: int = 200
    most_reactions: int = 1_000
    most_follows: int = 300
    repo: bool = False
    directory: str = DIRECTORY
    stream: Literal["jetstream", "firehose"] = "jetstream"
    start: Literal["cursor", "oldest", "now"] = "cursor"
    stop_after_seconds: float = 0.0
