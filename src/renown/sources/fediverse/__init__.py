"""The fediverse: Mastodon, Pleroma, Akkoma, GoToSocial, Pixelfed, snac and whatever else speaks to them."""

from __future__ import annotations

from renown.sources.fediverse.options import FediverseOptions
from renown.sources.fediverse.source import harvest, replay
from renown.sources.fediverse.streaming import follow
from renown.sources.registry import Source

__all__ = ["SOURCE", "FediverseOptions"]

SOURCE = Source(
    "fediverse",
    "accounts (user@host) and servers of the fediverse, by Mastodon's API or ActivityPub",
    harvest=harvest,
    follow=follow,
    replay=replay,
    options=FediverseOptions,
)
