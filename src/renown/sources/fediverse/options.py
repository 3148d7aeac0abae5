"""What can be set when the fediverse is read."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

TOKEN_SETTING: Final = "RENOWN_FEDIVERSE_TOKEN"
"""Environment variable: access token of the instance that is asked."""


class FediverseOptions(msgspec.Struct, frozen=True):
    """How the fediverse is read.

    Fields:
        instance: the instance whose API is asked about every account; "": each account's own.
        token: access token of that instance; it is sent to no other. "": RENOWN_FEDIVERSE_TOKEN, if any.
        path: "api" (Mastodon's, which Pleroma, Akkoma, GoToSocial, Pixelfed and others speak as well),
            "activitypub" (WebFinger, actor, outbox), or "auto": the API where there is one.
        hops: 0: the accounts named and who reacted to them. 1: also what those wrote and boosted themselves.
        most_posts: the newest posts read of one account.
        most_people: the accounts read of one list: of followers, of who boosted a post, of a hop.
        reactions: read who favourited, boosted and answered each post.
        follows: read who follows the accounts named, and whom they follow.
        lists: read the lists that the token's owner keeps (nobody else sees them).
        again_days: reactions to posts this young are read anew each time.
        stream: what is followed: "public", "public:local", "hashtag:WORD" or "user".
        poll_seconds: pause between two looks where the instance has no stream.
        stop_after: seconds after which following ends by itself; 0: it does not.
        signing_key: PEM file of a private RSA key, for instances that answer signed requests only.
        signing_key_id: address under which its public half is found.
    """

    instance: str = ""
    token: str = ""
    path: Literal["auto", "api", "activitypub"] = "auto"
    hops: int = 0
    most_posts: int = 400
    most_people: int = 400
    reactions: bool = True
    follows: bool = True
    lists: bool = False
    again_days: int = 30
    stream: str = "public"
    poll_seconds: float = 30.0
    stop_after: float = 0.0
    signing_key: str = ""
    signing_key_id: str = ""
