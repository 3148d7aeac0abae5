"""Who may be read: what an account's own flags, and those of its server, say about being found and ranked.

A missing flag means no. An account says yes with `discoverable`; `indexable` lets the text of its posts be
kept. Whoever says no is left out everywhere: as author, as reader who liked or boosted, as the one mentioned,
as follower. What the store may still have of them leaves it, and comes back only when they say yes again; of
whoever says no to `indexable` alone, the text of their posts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from renown.store.harvest import TEXT_ONLY, Gather, Return, UnreadableRecord, Withdrawal

NETWORK: Final = "fediverse"

NOT_FOR_THIS: Final = "not-for-this"
TAKEN_DOWN: Final = "taken-down"

_REASONS: Final = {"suspended": TAKEN_DOWN}
"""Why an account leaves the store, by the flag; of every other flag: the person says it is not for this."""

_TAGS: Final = re.compile(r"#(nobots?|noindex|nosearch|noarchive)\b", re.IGNORECASE)
"""Words by which people say no in their profile, since before there were flags."""


@dataclass(frozen=True)
class Person:
    """An account as some server shows it.

    Fields:
        name: user@host, lower case.
        local_id: what the asked server calls it in its API; "" where there is none.
        refusal: the flag that says no; None: it says yes.
        allows_text: the text of its posts may be kept.
        hides_collections: whom it follows, and who follows it, is not to be read.
        profile: columns of the table actors.
    """

    name: str
    local_id: str = ""
    refusal: str | None = None
    allows_text: bool = False
    hides_collections: bool = False
    profile: Mapping[str, Any] = field(default_factory=dict)


def refusal_of(flags: Mapping[str, Any], profile_texts: str) -> str | None:
    """The first flag that says no.

    Args:     flags: suspended, limited, memorial, moved, noindex, locked, discoverable, as found.
              profile_texts: where people write #nobot or #noindex.
    Example:
        >>> [refusal_of({"discoverable": True}, bio) for bio in ("hello", "#NoBot")], refusal_of({}, "")
        ([None, '#nobot'], 'discoverable')
    """
    for name in ("suspended", "limited", "memorial", "moved", "noindex", "locked"):
        if flags.get(name):
            return name
    tag = _TAGS.search(profile_texts)
    if tag is not None:
        return tag.group().lower()
    return None if flags.get("discoverable") is True else "discoverable"


def account_name(name: str, home: str) -> str:
    """An account's name in full and in lower case; a name without a host is one of the server's own.

    Example:
        >>> account_name("Ann", "meadow.example"), account_name("bea@Hill.example", "meadow.example")
        ('ann@meadow.example', 'bea@hill.example')
    """
    user, at, host = name.strip().removeprefix("@").partition("@")
    full = f"{user}@{host if at else home}".lower()
    if not user or full.endswith("@") or any(sign.isspace() or sign == "/" for sign in full):
        raise UnreadableRecord("unreadable_account", f"This is no name of an account: {name!r}"[:200])
    return full


class Door:
    """Lets accounts in, or keeps them out, and says so once of each in a reading.

    Args:     limit_count: how many accounts are remembered; then all are forgotten, and said once more.
    """

    def __init__(self, limit_count: int = 200_000) -> None:
        self._said: dict[str, tuple[str | None, bool]] = {}
        self._limit_count = limit_count

    def lets_in(self, gather: Gather, person: Person | None, *, observed_at: datetime) -> bool:
        """Whether rows may name this account; counts it where not. None: nothing is known of it."""
        if person is None:
            gather.leave_out("unknown account")
            return False
        self._say(gather, person, observed_at)
        if person.refusal is not None:
            gather.leave_out(person.refusal)
        return person.refusal is None

    def _say(self, gather: Gather, person: Person, observed_at: datetime) -> None:
        if self._said.get(person.name) == (person.refusal, person.allows_text):
            return
        if len(self._said) >= self._limit_count:
            self._said.clear()
        self._said[person.name] = (person.refusal, person.allows_text)
        actor_id = f"{NETWORK}:{person.name}"
        if person.refusal is None:
            gather.give_back(Return(actor_id, (NOT_FOR_THIS, TAKEN_DOWN)))
            if person.allows_text:
                gather.give_back(Return(actor_id, (TEXT_ONLY,), "text"))
            else:
                gather.withdraw(Withdrawal("text", actor_id, NETWORK, NOT_FOR_THIS))
            gather.actor(person.name, observed_at=observed_at, **person.profile)
        else:
            reason = _REASONS.get(person.refusal, NOT_FOR_THIS)
            gather.withdraw(Withdrawal("actor", actor_id, NETWORK, reason))
