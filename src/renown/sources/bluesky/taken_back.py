"""What was taken back, where only its absence or only the name of its record says so.

A stream names the record that was deleted: reposts and follows are called by it, and likes that came by a
stream or a repository keep it. A like that came by the AppView does not: it is found as the actor's like that
was made just before the record's key (a timestamp) was given. The AppView does not tell what is gone: a like
or repost that is in the store, and not among those it shows of the post, was taken back.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from renown.sources.bluesky.names import LIKE, NETWORK, Uri, key_moment
from renown.sources.registry import Memory
from renown.store.harvest import Gather, KnownReaction, Withdrawal

_MOST_LIKES: Final = 100_000
"""Likes of this session whose records are remembered, the newest."""

_EARLIER: Final = timedelta(seconds=10)
_LATER: Final = timedelta(seconds=2)
"""How far the time that a like claims may lie before and after its key was given."""

SETTLED: Final = timedelta(minutes=5)
"""What is younger may not have reached the AppView."""


class Likes:
    """By which record each like of this session came, so that it is found when the record is deleted."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, str] = OrderedDict()
        self.unknown: dict[str, Uri] = {}
        """deleted records of likes that did not come in this session"""

    def came(self, record: str, own_id: str) -> None:
        """A like came by this record."""
        self._ids[record] = own_id
        if len(self._ids) > _MOST_LIKES:
            self._ids.popitem(last=False)

    def deleted(self, uri: Uri) -> str | None:
        """What the like of a deleted record is called; None: it is asked about later."""
        record = str(uri)
        own_id = self._ids.pop(record, None)
        if own_id is None and uri.collection == LIKE:
            self.unknown[record] = uri
        return own_id


@dataclass
class Absences:
    """Finds what the store has and the network no longer shows."""

    memory: Memory
    gather: Gather
    now: datetime
    _known: dict[str, list[KnownReaction]] = field(default_factory=dict)

    def find_unknown_likes(self, likes: Likes) -> None:
        """Likes of the store whose records were deleted, and which came by the AppView."""
        if not likes.unknown:
            return
        owners = {self.gather.full_id(uri.did) for uri in likes.unknown.values()}
        by_owner: dict[str, list[KnownReaction]] = {}
        for one in self.memory.reactions(source_actor_ids=sorted(owners)):
            if one.kind == "like" and one.reaction_post_id is None:
                by_owner.setdefault(one.source_actor_id, []).append(one)
        for uri in likes.unknown.values():
            found = _made_before(by_owner.get(self.gather.full_id(uri.did), []), key_moment(uri.key))
            if found is not None:
                self._withdraw(found)
        likes.unknown.clear()

    def remember(self, posts: Iterable[str]) -> None:
        """What the store has of these posts, before they are read anew."""
        self._known = {}
        full = [self.gather.full_id(post) for post in posts]
        for one in self.memory.reactions(post_ids=full) if full else []:
            if one.post_id is not None and one.kind in ("like", "repost"):
                self._known.setdefault(one.post_id, []).append(one)

    def knows_repost(self, post: str, did: str) -> bool:
        """Whether the store has a repost of this post by this actor."""
        actor = self.gather.full_id(did)
        known = self._known.get(self.gather.full_id(post), [])
        return any(one.kind == "repost" and one.source_actor_id == actor for one in known)

    def compare(self, post: str, *, like_ids: Collection[str], reposters: Collection[str]) -> None:
        """Take out what the store has of a post, and the AppView does not show, having shown everything."""
        actors = {self.gather.full_id(did) for did in reposters}
        for one in self._known.get(self.gather.full_id(post), []):
            if one.occurred_at > self.now - SETTLED:
                continue
            is_shown = one.interaction_id in like_ids if one.kind == "like" else one.source_actor_id in actors
            if not is_shown:
                self._withdraw(one)

    def _withdraw(self, one: KnownReaction) -> None:
        if one.interaction_id is not None:
            self.gather.withdraw(
                Withdrawal("interaction", one.interaction_id, NETWORK, "deleted", one.source_actor_id)
            )


def _made_before(likes: Sequence[KnownReaction], moment: datetime | None) -> KnownReaction | None:
    """The like that was made last before this moment, if it was just before."""
    if moment is None:
        return None
    near = [one for one in likes if moment - _EARLIER <= one.occurred_at <= moment + _LATER]
    before = [one for one in near if one.occurred_at <= moment]
    if before:
        return max(before, key=lambda one: one.occurred_at)
    return min(near, key=lambda one: one.occurred_at, default=None)
