"""What acts on GitHub mean, whichever way they are read: the same act has the same id.

Accounts go by their login in lower case. Their numbers would outlive a change of name, but neither GH Archive
nor a repository's name says the number of a repository's owner: the same person would become two actors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from renown.store.harvest import Gather, UnreadableRecord

NETWORK: Final = "github"
BOT_SUFFIX: Final = "[bot]"

LIKED: Final = frozenset({"+1", "laugh", "hooray", "heart", "rocket", "eyes"})
"""Reactions that are likes; -1 and confused are none."""

_CODE: Final = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_MENTION: Final = re.compile(r"(?<![\w/.@`-])@([A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))(?![\w/-])")
_LONGEST_SEARCHED: Final = 100_000


def star(gather: Gather, actor: str, repository: str, *, when: datetime) -> None:
    """A star: a like of the repository's owner."""
    name = repository.lower()
    own = f"star:{name}:{login_of(actor)}"
    gather.interaction(login_of(actor), owner_of(name), "like", occurred_at=when, ids=(name, None, own))


def fork(gather: Gather, actor: str, repository: str, *, into: str, when: datetime) -> None:
    """A fork: the repository is passed on."""
    name, copy = repository.lower(), into.lower()
    ids = (name, copy, f"fork:{copy}")
    gather.interaction(login_of(actor), owner_of(name), "repost", occurred_at=when, ids=ids)


def follow(gather: Gather, actor: str, target: str, *, when: datetime) -> None:
    """A follow whose time is known."""
    source, followed = login_of(actor), login_of(target)
    own = f"follow:{source}:{followed}"
    gather.interaction(source, followed, "follow", occurred_at=when, ids=(None, None, own))
    gather.follow(source, followed, seen_at=when)


def comment(gather: Gather, author: str, to: str, *, on: str, own: str, when: datetime) -> None:
    """A comment on an issue or pull request: a reply to whoever opened it."""
    gather.interaction(login_of(author), login_of(to), "reply", occurred_at=when, ids=(on, own, own))


def mention_all(
    gather: Gather, author: str, text: str | None, *, post: str, but: str, when: datetime
) -> None:
    """Everybody whom a text mentions with @login, except the one it answers anyway."""
    for target in mentioned(text):
        if target != but.lower():
            own = f"mention:{post}:{target}"
            gather.interaction(login_of(author), target, "mention", occurred_at=when, ids=(None, post, own))


def mentioned(text: str | None) -> Iterable[str]:
    """Logins that a text mentions, code apart.

    Example:
        >>> list(mentioned("@Ann and @ann, see `@bea`, c@d.example and @team/core"))
        ['ann']
    """
    if not text or "@" not in text:
        return ()
    plain = _CODE.sub(" ", text[:_LONGEST_SEARCHED])
    return dict.fromkeys(login.lower() for login in _MENTION.findall(plain))


def reaction(gather: Gather, actor: str, to: str, *, on: str, own: str, when: datetime) -> None:
    """A reaction that says something good."""
    gather.interaction(login_of(actor), login_of(to), "like", occurred_at=when, ids=(on, None, own))


def bot(gather: Gather, login: str, *, observed_at: datetime) -> None:
    """Note that an account says of itself that it is automated, where it does."""
    if login.endswith(BOT_SUFFIX):
        gather.actor(login_of(login), observed_at=observed_at, handle=login, is_declared_bot=True)


def login_of(text: str) -> str:
    """A login as the id of an account.

    Raises:   UnreadableRecord: it is empty.
    """
    if not text:
        raise UnreadableRecord("missing_source", "An account has no login.")
    return text.lower()


def owner_of(repository: str) -> str:
    """The login before the slash.

    Raises:   UnreadableRecord: there is none.
    """
    return login_of(repository.partition("/")[0])
