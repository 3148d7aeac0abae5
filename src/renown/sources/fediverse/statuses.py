"""Posts as Mastodon's API shows them (it calls them statuses), and what happened to them.

Nothing is asked of anybody here: who is named, and which post is answered, is looked up in a `Surroundings`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from renown.sources.fediverse.accounts import id_of, objects_of, read_account, text_of
from renown.sources.fediverse.consent import Door, Person
from renown.sources.fediverse.markup import read_markup
from renown.store.harvest import Gather, UnreadableRecord, read_moment
from renown.types import Kind

LONGEST_URI: Final = 2_000


@dataclass(frozen=True)
class Post:
    """A public post, as far as reactions to it need it."""

    uri: str
    author: Person
    posted_at: datetime
    local_id: str = ""


class Surroundings(Protocol):
    """What is known around a record."""

    home: str

    def person(self, local_id: str, acct: str) -> Person | None:
        """The account of that id or name; None: nothing is known of it."""

    def post(self, local_id: str) -> Post | None:
        """The public post of that id; None: there is none, or none is known."""


class Nothing:
    """Surroundings of a record that stands alone."""

    def __init__(self, home: str) -> None:
        self.home = home

    def person(self, local_id: str, acct: str) -> Person | None:
        """Nothing is known."""
        return None

    def post(self, local_id: str) -> Post | None:
        """Nothing is known."""
        return None


class StatusMapper:
    """Tells a gather what statuses say.

    Args:     seen_at: when they were given; no post is younger.
    """

    def __init__(self, gather: Gather, door: Door, around: Surroundings, *, seen_at: datetime) -> None:
        self.gather = gather
        self.door = door
        self.around = around
        self.seen_at = seen_at

    def status(self, record: Any, *, depth: int = 0) -> Post | None:
        """A post, or somebody's boost of one. Returns a post that is public and whose author may be named.

        Raises:   UnreadableRecord: a public record that cannot be understood.
        """
        if not isinstance(record, Mapping):
            raise UnreadableRecord("unreadable_status", "It is no object.")
        if not self._is_public(record):
            return None
        post = self._read_post(record)
        if depth == 0 and isinstance(record.get("reblog"), Mapping):
            self._boost(record, post)
            return None
        reply, quoted = self._replied_to(record), self._quoted(record, depth)
        if not self.door.lets_in(self.gather, post.author, observed_at=self.seen_at):
            return None
        self._keep_post(record, post, reply, quoted)
        self._keep_acts(record, post, reply, quoted)
        return post

    def reaction(self, account: Any, kind: Kind, post: Post) -> Person | None:
        """Somebody on the list of those who favourited or boosted a post.

        Such lists have no times. The post's own time stands in: nearer to the truth than the time of reading,
        for most reactions come within hours, and the same at every reading. Never sooner than it happened.
        """
        person = read_account(account, self.around.home)
        if self.door.lets_in(self.gather, person, observed_at=self.seen_at):
            self.act(person, post.author, kind, post=post.uri, occurred_at=post.posted_at)
        return person

    def follow(self, source: Person, target: Person) -> None:
        """Somebody on a list of followers."""
        if self.let_in(source, target):
            self.gather.follow(source.name, target.name, seen_at=self.seen_at)

    def let_in(self, *people: Person) -> bool:
        """Whether rows may name all of them."""
        are_in = [self.door.lets_in(self.gather, one, observed_at=self.seen_at) for one in people]
        return all(are_in)

    def _is_public(self, record: Mapping[str, Any]) -> bool:
        visibility = record.get("visibility")
        if visibility == "public" and record.get("local_only") is not True:
            return True
        said = visibility if visibility in ("unlisted", "private", "direct", "public") else "unknown"
        self.gather.leave_out("local-only post" if said == "public" else f"{said} post")
        return False

    def _read_post(self, record: Mapping[str, Any]) -> Post:
        uri = text_of(record, "uri") or text_of(record, "url")
        if not uri or len(uri) > LONGEST_URI or any(sign.isspace() for sign in uri):
            raise UnreadableRecord("missing_uri", "The post does not say where it is.")
        author = read_account(record.get("account"), self.around.home)
        return Post(uri, author, posted_moment(record.get("created_at"), self.seen_at), id_of(record))

    def _boost(self, record: Mapping[str, Any], boost: Post) -> None:
        post = self.status(record["reblog"], depth=1)
        if post is None:
            return
        if self.door.lets_in(self.gather, boost.author, observed_at=self.seen_at):
            self.act(boost.author, post.author, "repost", post=post.uri, occurred_at=boost.posted_at)

    def _replied_to(self, record: Mapping[str, Any]) -> tuple[Person | None, Post | None] | None:
        """Who is answered and the post that is; None: the post answers nothing."""
        parent, person = record.get("in_reply_to_id"), record.get("in_reply_to_account_id")
        if not parent and not person:
            return None
        post = self.around.post(str(parent)) if parent else None
        return (post.author if post else self.around.person(str(person or ""), "")), post

    def _quoted(self, record: Mapping[str, Any], depth: int) -> Post | None:
        quote = record.get("quote")
        if not isinstance(quote, Mapping) or depth > 1:
            return None
        state = quote.get("state", "accepted")  # Pleroma and its kin have the post itself here, and no state
        if state != "accepted":
            self.gather.leave_out("quote not accepted")
            return None
        quoted = quote.get("quoted_status", quote if "account" in quote else None)
        if isinstance(quoted, Mapping):
            return self.status(quoted, depth=depth + 1)
        shallow = quote.get("quoted_status_id")
        post = self.around.post(str(shallow)) if shallow else None
        lets_in = post is not None and self.door.lets_in(self.gather, post.author, observed_at=self.seen_at)
        return post if lets_in else None

    def _keep_post(
        self,
        record: Mapping[str, Any],
        post: Post,
        reply: tuple[Person | None, Post | None] | None,
        quoted: Post | None,
    ) -> None:
        said: dict[str, Any] = {}
        if post.author.allows_text:
            text, links = read_markup(text_of(record, "content"))
            warning = text_of(record, "spoiler_text").strip()
            language, tags = text_of(record, "language")[:35], objects_of(record, "tags")
            said = {
                "text": f"{warning}\n{text}".strip() if warning else text,
                "links": links,
                "hashtags": sorted({text_of(tag, "name").lower() for tag in tags} - {""}),
                "language": language or None,
            }
        else:
            self.gather.leave_out("indexable (text only)")
        parent = reply[1] if reply else None
        self.gather.post(
            post.uri,
            author=post.author.name,
            posted_at=post.posted_at,
            # The address of a post names its author.
            reply_to_post_id=parent.uri if parent and parent.author.refusal is None else None,
            quoted_post_id=quoted.uri if quoted else None,
            observed_at=edited_moment(record, post.posted_at, self.seen_at),
            **said,
        )

    def _keep_acts(
        self,
        record: Mapping[str, Any],
        post: Post,
        reply: tuple[Person | None, Post | None] | None,
        quoted: Post | None,
    ) -> None:
        answered = reply[0] if reply else None
        if reply is not None and self.door.lets_in(self.gather, answered, observed_at=self.seen_at):
            assert answered is not None
            self._respond(post, answered, "reply", reply[1].uri if reply[1] else None)
        if quoted is not None:
            self._respond(post, quoted.author, "quote", quoted.uri)
        named = {answered.name if answered else "", quoted.author.name if quoted else ""}
        for mention in objects_of(record, "mentions"):
            person = self.around.person(id_of(mention), text_of(mention, "acct"))
            if person is not None and person.name in named:
                continue
            if self.door.lets_in(self.gather, person, observed_at=self.seen_at):
                assert person is not None
                named.add(person.name)
                self._respond(post, person, "mention", None)

    def _respond(self, post: Post, target: Person, kind: Kind, uri: str | None) -> None:
        """An act that is itself a post. Its id names the target: one post may mention many."""
        self.gather.interaction(
            post.author.name,
            target.name,
            kind,
            occurred_at=post.posted_at,
            ids=(uri, post.uri, f"{kind}:{post.uri}:{target.name}"),
        )

    def act(self, source: Person, target: Person, kind: Kind, *, post: str, occurred_at: datetime) -> None:
        """An act upon a post: one of each kind by one person, so post and person are its id on every path."""
        self.gather.interaction(
            source.name,
            target.name,
            kind,
            occurred_at=occurred_at,
            ids=(post, None, act_id(kind, post, source)),
        )


def act_id(kind: str, post_uri: str, source: Person) -> str:
    """The id of an act upon a post, the same whether a list, a timeline or a stream told of it."""
    return f"{kind}:{post_uri}:{source.name}"


def follow_id(source_name: str, target_name: str) -> str:
    """The id of somebody's follow of somebody."""
    return f"follow:{source_name}:{target_name}"


def posted_moment(claimed: Any, seen_at: datetime) -> datetime:
    """When a post says it was written; a clock that runs ahead is set to when the post was seen.

    Raises:   UnreadableRecord: it says nothing that can be a time.
    """
    try:
        return min(read_moment(claimed), seen_at)
    except UnreadableRecord as error:
        if error.reason == "time_in_future":
            return seen_at
        raise


def edited_moment(record: Mapping[str, Any], posted_at: datetime, seen_at: datetime) -> datetime:
    """When a post began to say what it says: its last edit, or when it was written.

    So that an answer that a server kept from before an edit is known for older, whenever it is read.
    """
    with suppress(UnreadableRecord):
        return max(posted_at, posted_moment(record.get("edited_at"), seen_at))
    return posted_at


def written_at(record: Any) -> datetime | None:
    """When a post was written; None: it does not say so in a way that can be understood."""
    if not isinstance(record, Mapping):
        return None
    try:
        return posted_moment(record.get("created_at"), datetime.now(UTC))
    except UnreadableRecord:
        return None


def payload_of(form: str, record: Any, home: str) -> str:
    """A record with what is needed to read it again, for the quarantine.

    Of a record that is not public, or whose authors did not all agree to everything, only its shape.
    """
    is_whole = may_be_kept(record, home)
    said = {"form": form if is_whole else "outline", "home": home}
    return json.dumps({**said, "record": record if is_whole else outline(record)}, ensure_ascii=False)


def activity_payload(activity: Any, account: Mapping[str, Any]) -> str:
    """As `payload_of`, of something that an account did; what is not public, or names others, is outlined."""
    said = {"form": "activity", "home": "", "account": account, "record": activity}
    if not read_account(account, "").allows_text or not _is_own(activity):
        said = {"form": "outline", "home": "", "record": outline(activity)}
    return json.dumps(said, ensure_ascii=False)


def _is_own(activity: Any) -> bool:
    """Whether something is public all through, and holds nothing of anybody but who did it."""
    if not isinstance(activity, Mapping):
        return False
    made = activity.get("object")
    parts = [activity, made] if isinstance(made, Mapping) else [activity]
    doer = activity.get("actor")
    is_public = all(any("Public" in str(one) for one in (part.get("to"),)) for part in parts)
    return is_public and (not isinstance(made, Mapping) or made.get("attributedTo") == doer)


def may_be_kept(record: Any, home: str) -> bool:
    """Whether a record that is not understood may be kept as it is: public, and all its authors say yes."""
    if not isinstance(record, Mapping):
        return False
    statuses = list(_statuses_in(record, 0))
    try:
        authors = [read_account(one.get("account"), home) for one in statuses]
    except UnreadableRecord:
        return False
    are_public = all(one.get("visibility") == "public" for one in statuses) and len(statuses) < 8
    return are_public and all(author.refusal is None and author.allows_text for author in authors)


def outline(record: Any, depth: int = 0) -> Any:
    """The shape of a record without anything that it says.

    Example:
        >>> outline({"id": "7", "account": {"acct": None}})
        {'id': 'str', 'account': {'acct': 'NoneType'}}
    """
    if isinstance(record, Mapping) and depth < 4:
        return {str(name)[:60]: outline(value, depth + 1) for name, value in list(record.items())[:100]}
    if isinstance(record, list) and depth < 4:
        return [outline(value, depth + 1) for value in record[:3]]
    return type(record).__name__


def _statuses_in(record: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    yield record
    if depth > 3:
        return
    for inner in (record.get("reblog"), record.get("quote")):
        if isinstance(inner, Mapping):
            status = inner.get("quoted_status", inner)
            if isinstance(status, Mapping) and "account" in status:
                yield from _statuses_in(status, depth + 1)
