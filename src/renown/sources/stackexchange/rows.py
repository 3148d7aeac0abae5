"""What the rows of a dump's tables mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Final

import msgspec

from renown.sources.stackexchange.posts import GONE, UNKNOWN, PostIndex
from renown.store.harvest import Gather, UnreadableRecord, read_moment

NETWORK: Final = "stackexchange"

Row = Mapping[str, str]

_QUESTION: Final = "1"
_ANSWER: Final = "2"
_ACCEPTED: Final = "1"
_NAMED_VOTES: Final = frozenset({"5", "8"})
"""Bookmarks and bounties: the only votes of which a dump says who cast them."""

_TAG: Final = re.compile(r"<[^>]*>")
_LINK: Final = re.compile(r'<a\s[^>]*?href="(https?://[^"]{1,2000})"')
_TOPIC: Final = re.compile(r"[^<>|\s]+")
_WHOLE: Final = re.compile(r"-?[0-9]{1,9}")
_COMMUNITY_USER: Final = "-1"


@dataclass
class Dump:
    """One site's dump being read. `has_votes`: Votes.xml, with the times of acceptance, is read too."""

    site: str
    gather: Gather
    posts: PostIndex
    has_votes: bool = False

    def full(self, number: int | str) -> str:
        """Native id of an account or a post."""
        return f"{self.site}/{number}"


class _Payload(msgspec.Struct):
    table: str
    site: str
    row: dict[str, str]


_PAYLOAD: Final = msgspec.json.Decoder(_Payload)


def payload_of(table: str, site: str, row: Row) -> str:
    """A row as it is kept in the quarantine."""
    return msgspec.json.encode({"table": table, "site": site, "row": row}).decode()


def read_payload(payload: str, gather: Gather) -> None:
    """Read a row out of the quarantine.

    Raises:   UnreadableRecord.
    """
    try:
        kept = _PAYLOAD.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableRecord("unexpected_form", f"It is no row of a dump: {error}") from None
    read_row(kept.table, kept.row, Dump(kept.site, gather, PostIndex()))


def read_row(table: str, row: Row, dump: Dump) -> None:
    """Add what a row of a table says.

    Raises:   UnreadableRecord.
    """
    read = _TABLES.get(table)
    if read is None:
        raise UnreadableRecord("unexpected_form", f"The table {table!r:.40} is not read.")
    read(row, dump)


def _number(row: Row, name: str) -> int:
    text = row.get(name, "")
    if not _WHOLE.fullmatch(text):
        raise UnreadableRecord("missing_id", f"{name} is {text!r:.40}, which is no number.")
    return int(text)


def _moment(row: Row, name: str = "CreationDate") -> datetime:
    """Dumps write times in UTC without saying so."""
    text = row.get(name, "")
    return read_moment(f"{text}Z" if text and text[-1].isdigit() else text)


def _edited_at(row: Row) -> datetime | None:
    return _moment(row, "LastEditDate") if row.get("LastEditDate") else None


def _read_user(row: Row, dump: Dump) -> None:
    number = _number(row, "Id")
    seen_at = _moment(row, "LastAccessDate" if row.get("LastAccessDate") else "CreationDate")
    dump.gather.actor(
        dump.full(number),
        observed_at=seen_at,
        handle=row.get("DisplayName"),
        display_name=row.get("DisplayName"),
        bio=_plain(row.get("AboutMe")),
        created_at=_moment(row),
        is_declared_bot=True if str(number) == _COMMUNITY_USER else None,
    )


def _read_post(row: Row, dump: Dump) -> None:
    post, kind = _number(row, "Id"), row.get("PostTypeId")
    author = _author(row)
    dump.posts.remember(post, author)
    if kind == _QUESTION and row.get("AcceptedAnswerId"):
        dump.posts.accept(_number(row, "AcceptedAnswerId"), author)
    if author == GONE:
        dump.gather.leave_out("deleted-user")
        return
    if kind not in (_QUESTION, _ANSWER):  # descriptions of tags, elections and the like
        return
    when = _moment(row)
    _add_post(row, dump, post=post, author=author, when=when)
    if kind == _ANSWER:
        _read_answer(row, dump, post=post, author=author, when=when)


def _author(row: Row) -> int:
    return _number(row, "OwnerUserId") if row.get("OwnerUserId") else GONE


def _add_post(row: Row, dump: Dump, *, post: int, author: int, when: datetime) -> None:
    body = row.get("Body", "")
    texts = [text for text in (row.get("Title"), _plain(body)) if text]
    parent = row.get("ParentId")
    dump.gather.post(
        dump.full(post),
        author=dump.full(author),
        posted_at=when,
        text="\n\n".join(texts) or None,
        reply_to_post_id=dump.full(parent) if parent else None,
        links=[unescape(link) for link in _LINK.findall(body)],
        hashtags=_TOPIC.findall(row.get("Tags", "")),
        observed_at=_edited_at(row) or when,
    )


def _read_answer(row: Row, dump: Dump, *, post: int, author: int, when: datetime) -> None:
    question = _number(row, "ParentId")
    asker = dump.posts.author_of(question)
    accepting = dump.posts.accepting(post)
    if accepting not in (UNKNOWN, GONE) and not dump.has_votes:
        _add_accept(dump, accepting, author, post=post, when=when)
    if asker == UNKNOWN:
        raise UnreadableRecord("unknown_parent", f"Who wrote the question {question} is not known here.")
    if asker != GONE:
        ids = (dump.full(question), dump.full(post), f"answer:{dump.full(post)}")
        dump.gather.interaction(dump.full(author), dump.full(asker), "reply", occurred_at=when, ids=ids)


def _add_accept(dump: Dump, asker: int, author: int, *, post: int, when: datetime) -> None:
    ids = (dump.full(post), None, f"accept:{dump.full(post)}")
    dump.gather.interaction(dump.full(asker), dump.full(author), "like", occurred_at=when, ids=ids)


def _read_comment(row: Row, dump: Dump) -> None:
    if not row.get("UserId"):
        dump.gather.leave_out("deleted-user")
        return
    comment, post, author = _number(row, "Id"), _number(row, "PostId"), _number(row, "UserId")
    target = dump.posts.author_of(post)
    when = _moment(row)
    own = f"{dump.site}/comment-{comment}"
    dump.gather.post(
        own,
        author=dump.full(author),
        posted_at=when,
        text=row.get("Text"),
        reply_to_post_id=dump.full(post),
        observed_at=when,
    )
    if target == UNKNOWN:
        raise UnreadableRecord("unknown_parent", f"Who wrote the post {post} is not known here.")
    if target != GONE:
        ids = (dump.full(post), own, f"comment:{dump.full(comment)}")
        dump.gather.interaction(dump.full(author), dump.full(target), "reply", occurred_at=when, ids=ids)


def _read_vote(row: Row, dump: Dump) -> None:
    """Votes of which it is known who cast them; up and down votes are secret."""
    kind = row.get("VoteTypeId")
    is_named = kind in _NAMED_VOTES and bool(row.get("UserId"))
    if kind != _ACCEPTED and not is_named:
        return
    post = _number(row, "PostId")
    target, when = dump.posts.author_of(post), _moment(row)
    voter = _number(row, "UserId") if is_named else dump.posts.accepting(post)
    if target == UNKNOWN or voter == UNKNOWN:
        raise UnreadableRecord("unknown_parent", f"Who wrote the post {post} or asked is not known here.")
    if GONE in (target, voter):
        return
    if kind == _ACCEPTED:
        _add_accept(dump, voter, target, post=post, when=when)
        return
    ids = (dump.full(post), None, f"vote:{dump.full(_number(row, 'Id'))}")
    dump.gather.interaction(dump.full(voter), dump.full(target), "like", occurred_at=when, ids=ids)


def _plain(markup: str | None) -> str | None:
    """Text of a post without its tags."""
    return unescape(_TAG.sub("", markup)).strip() or None if markup else None


_TABLES: Final[Mapping[str, Callable[[Row, Dump], None]]] = {
    "users": _read_user,
    "posts": _read_post,
    "comments": _read_comment,
    "votes": _read_vote,
}
