"""Whom Renown may know: what accounts say of themselves, and what the network says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from renown.sources.bluesky.names import NETWORK, is_did
from renown.store.harvest import Gather, Return, UnreadableRecord, Withdrawal, read_moment

NO_UNAUTHENTICATED: Final = "!no-unauthenticated"
"""Self-label: do not show me to people who are not signed in. Renown shows nothing behind a sign-in."""

NOT_FOR_THIS: Final = "no-unauthenticated"
NOT_SHOWN: Final = "not-shown"
"""The AppView shows no such account: deactivated, taken down, deleted or never there."""

NETWORK_REASONS: Final = ("deleted", "deactivated", "taken-down")
"""Why the network took an account out; an account that is shown again may come in again."""

_STATUS_REASONS: Final = {
    "deleted": "deleted",
    "deactivated": "deactivated",
    "takendown": "taken-down",
    "suspended": "taken-down",
}
_PASSING: Final = ("desynchronized", "throttled")
BATCH: Final = 25
"""Profiles that can be asked for at once."""

AskProfiles = Callable[[Sequence[str]], Iterable[Mapping[str, Any]]]


class People:
    """Who may be taken. `closed` says of those who may not why; whoever is unknown may.

    Args:     ask: profiles of up to 25 accounts; None: nobody can be asked.
    """

    def __init__(self, ask: AskProfiles | None = None) -> None:
        self.closed: dict[str, str] = {}
        self._open: set[str] = set()
        self._ask = ask

    def see(self, view: Mapping[str, Any], gather: Gather, *, observed_at: datetime) -> bool:
        """A profile as the AppView shows it: whether it may be taken; then it is a row, the first time."""
        did = view.get("did")
        if not is_did(did):
            return False
        did = str(did)
        flag = NOT_FOR_THIS if _is_labelled(view.get("labels"), did) else None
        is_first = did not in self._open
        if not self.hear(did, flag, gather):
            return False
        if is_first or "followersCount" in view:
            gather.actor(did, observed_at=observed_at, **_profile(view))
        if is_first:
            gather.give_back(Return(gather.full_id(did), NETWORK_REASONS))
        return True

    def hear(self, did: str, flag: str | None, gather: Gather) -> bool:
        """Take note of what a profile says of its owner's wish; whether they may be taken."""
        known = self.closed.get(did)
        if flag is not None:
            self._open.discard(did)
            self.closed[did] = flag
            if known != flag:
                gather.withdraw(Withdrawal("actor", gather.full_id(did), NETWORK, "not-for-this"))
            return False
        self.closed.pop(did, None)
        if known is not None or did not in self._open:
            gather.give_back(Return(gather.full_id(did), ("not-for-this",)))
        self._open.add(did)
        return True

    def account(self, did: str, *, is_active: bool, status: object, gather: Gather) -> None:
        """What the network says of an account. A passing trouble of its server changes nothing."""
        identifier = gather.full_id(did)
        passing = isinstance(status, str) and status in _PASSING
        reason = _STATUS_REASONS.get(status, "deactivated") if isinstance(status, str) else "deactivated"
        if is_active:
            gather.give_back(Return(identifier, NETWORK_REASONS))
            if self.closed.get(did) in NETWORK_REASONS:
                del self.closed[did]
        elif not passing:
            if did not in self.closed:
                self.closed[did] = reason
            gather.withdraw(Withdrawal("actor", identifier, NETWORK, reason))

    def learn(self, dids: Iterable[str], gather: Gather, *, observed_at: datetime) -> None:
        """Ask about those of whom nothing is known; an account that is not shown may not be taken."""
        if self._ask is None:
            return
        unknown = [did for did in dict.fromkeys(dids) if did not in self._open and did not in self.closed]
        for start in range(0, len(unknown), BATCH):
            batch = unknown[start : start + BATCH]
            for view in self._ask(batch):
                self.see(view, gather, observed_at=observed_at)
            for did in batch:
                if did not in self._open:
                    self.closed.setdefault(did, NOT_SHOWN)


def flag_of(record: Mapping[str, Any], did: str) -> str | None:
    """The flag that a profile's or post's own labels set; None: none."""
    labels = record.get("labels")
    values = labels.get("values") if isinstance(labels, Mapping) else None
    if not isinstance(values, list):
        return None
    said = (one.get("val") for one in values if isinstance(one, Mapping))
    return NOT_FOR_THIS if NO_UNAUTHENTICATED in said else None


def _is_labelled(labels: Any, did: str) -> bool:
    """Whether the account labelled itself; what others say of it is not its wish."""
    if not isinstance(labels, list):
        return False
    return any(
        isinstance(label, Mapping)
        and label.get("val") == NO_UNAUTHENTICATED
        and label.get("src", did) == did
        and not label.get("neg")
        for label in labels
    )


def _profile(view: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of the table actors; only a detailed view has counts and knows that there is no bio."""
    is_detailed = "followersCount" in view
    return {
        "handle": _text(view.get("handle")),
        "display_name": _text(view.get("displayName")) or "",
        "bio": _text(view.get("description")) or ("" if is_detailed else None),
        "created_at": _moment(view.get("createdAt")),
        "followers_count": _count(view.get("followersCount")),
        "following_count": _count(view.get("followsCount")),
        "posts_count": _count(view.get("postsCount")),
        "is_hidden_from_public": False,
    }


def _text(value: Any) -> str | None:
    return value[:20_000].encode("utf-8", "replace").decode() if isinstance(value, str) and value else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _moment(value: Any) -> datetime | None:
    try:
        return read_moment(value)
    except UnreadableRecord:
        return None
