"""Items of GitHub's REST API, each with where it was found, so that it can be read by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from renown.sources.github import acts
from renown.sources.json_records import Id, decoded
from renown.store.harvest import Gather, UnreadableRecord, read_moment

CONTEXT_FIELD: Final = "renown_context"


class Context(msgspec.Struct, omit_defaults=True):
    """Where an item was found.

    Fields:
        kind: what it is. repository: of which repository, as owner/name.
        on, author: the post that a comment or reaction is about, and who wrote it.
        login: whose list it is on.
    """

    kind: str
    seen_at: datetime
    repository: str = ""
    on: str = ""
    author: str = ""
    login: str = ""


class User(msgspec.Struct):
    """An account."""

    login: Id


class Reactions(msgspec.Struct):
    """How many reactions there are, and where."""

    url: str | None = None
    total_count: int = 0


class Written(msgspec.Struct):
    """An issue, a pull request, or a comment on one."""

    user: User | None = None
    id: int | None = None
    number: int | None = None
    title: str | None = None
    body: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    issue_url: str | None = None
    pull_request_url: str | None = None
    reactions: Reactions | None = None


class _Star(msgspec.Struct):
    starred_at: str
    user: User | None = None


class _Fork(msgspec.Struct):
    full_name: Id
    owner: User | None = None
    created_at: str | None = None
    private: bool | None = None


class _Reaction(msgspec.Struct):
    id: int
    content: str
    user: User | None = None
    created_at: str | None = None


class _Record(msgspec.Struct):
    renown_context: Context
    item: msgspec.Raw


_RECORD: Final = msgspec.json.Decoder(_Record)
_STAR: Final = msgspec.json.Decoder(_Star)
_FORK: Final = msgspec.json.Decoder(_Fork)
_REACTION: Final = msgspec.json.Decoder(_Reaction)
_USER: Final = msgspec.json.Decoder(User)
WRITTEN: Final = msgspec.json.Decoder(Written)


def with_context(item: bytes, context: Context) -> bytes:
    """An item that says where it was found."""
    return b'{"%b":%b,"item":%b}' % (CONTEXT_FIELD.encode(), msgspec.json.encode(context), item)


def read_api_record(content: bytes, gather: Gather) -> None:
    """Add what an item says. What accounts that are gone did is left out.

    Raises:   UnreadableRecord.
    """
    record = decoded(_RECORD, content)
    read = _KINDS.get(record.renown_context.kind)
    if read is None:
        raise UnreadableRecord("unexpected_form", f"Items {record.renown_context.kind!r:.40} are not read.")
    read(bytes(record.item), record.renown_context, gather)


def post_of(written: Written, context: Context) -> str:
    """The id of an issue or a comment."""
    name = context.repository.lower()
    if context.kind == "issue":
        return f"{name}#{written.number}"
    return f"{context.on}/{'review-' if context.kind == 'review-comment' else ''}comment-{written.id}"


def _read_star(item: bytes, context: Context, gather: Gather) -> None:
    star = decoded(_STAR, item)
    if star.user is None:
        gather.leave_out("deleted")
        return
    when = read_moment(star.starred_at, seen_at=context.seen_at)
    acts.bot(gather, star.user.login, observed_at=when)
    acts.star(gather, star.user.login, context.repository, when=when)


def _read_fork(item: bytes, context: Context, gather: Gather) -> None:
    fork = decoded(_FORK, item)
    if fork.owner is None or fork.private:
        gather.leave_out("not-public" if fork.private else "deleted")
        return
    when = read_moment(fork.created_at)
    acts.fork(gather, fork.owner.login, context.repository, into=fork.full_name, when=when)


def _read_written(item: bytes, context: Context, gather: Gather) -> None:
    written = decoded(WRITTEN, item)
    if written.user is None:
        gather.leave_out("deleted")
        return
    author, when, post = written.user.login, read_moment(written.created_at), post_of(written, context)
    if context.kind != "issue" and not context.author:
        raise UnreadableRecord("missing_target", f"Who opened {context.on or 'its issue'} is not known.")
    acts.bot(gather, author, observed_at=when)
    texts = [text for text in (written.title, written.body) if text]
    answers = context.on or None
    text = "\n\n".join(texts) or None
    gather.post(
        post,
        author=acts.login_of(author),
        posted_at=when,
        text=text,
        reply_to_post_id=answers,
        observed_at=read_moment(written.updated_at or written.created_at),
    )
    if context.kind != "issue":
        acts.comment(gather, author, context.author, on=context.on, own=post, when=when)
    acts.mention_all(gather, author, written.body, post=post, but=context.author, when=when)


def _read_reaction(item: bytes, context: Context, gather: Gather) -> None:
    reaction = decoded(_REACTION, item)
    if reaction.user is None:
        gather.leave_out("deleted")
        return
    if reaction.content in acts.LIKED:
        when = read_moment(reaction.created_at)
        own = f"reaction:{context.on}:{reaction.id}"
        acts.reaction(gather, reaction.user.login, context.author, on=context.on, own=own, when=when)


def _read_follower(item: bytes, context: Context, gather: Gather) -> None:
    gather.follow(acts.login_of(decoded(_USER, item).login), context.login.lower(), seen_at=context.seen_at)


def _read_followed(item: bytes, context: Context, gather: Gather) -> None:
    gather.follow(context.login.lower(), acts.login_of(decoded(_USER, item).login), seen_at=context.seen_at)


_KINDS: Final[Mapping[str, Callable[[bytes, Context, Gather], Any]]] = {
    "star": _read_star,
    "fork": _read_fork,
    "issue": _read_written,
    "issue-comment": _read_written,
    "review-comment": _read_written,
    "reaction": _read_reaction,
    "follower": _read_follower,
    "followed": _read_followed,
}
