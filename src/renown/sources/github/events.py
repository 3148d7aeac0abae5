"""GH Archive: the public events of GitHub, an hour a file; and the older events of before 2015."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from renown.sources.github import acts
from renown.sources.json_records import Id, Reading, decoded
from renown.store.harvest import Gather, UnreadableRecord, read_moment


class _Login(msgspec.Struct):
    login: Id


class _Repository(msgspec.Struct):
    name: str


class _Event(msgspec.Struct):
    """What every event has; its payload is decoded only where something comes of it."""

    type: str
    created_at: str
    actor: _Login | str | None = None
    repo: _Repository | None = None
    payload: msgspec.Raw = msgspec.Raw()
    public: bool | None = None
    repository: msgspec.Raw = msgspec.Raw()
    actor_attributes: msgspec.Raw = msgspec.Raw()


class _Forkee(msgspec.Struct):
    full_name: Id


class _Forked(msgspec.Struct):
    forkee: _Forkee


class _Issue(msgspec.Struct):
    number: int
    user: _Login | None = None
    title: str | None = None
    body: str | None = None


class _Comment(msgspec.Struct):
    id: int
    body: str | None = None


class _IssueAct(msgspec.Struct):
    action: str | None = None
    issue: _Issue | None = None
    pull_request: _Issue | None = None
    comment: _Comment | None = None
    review: _Comment | None = None


class _OldRepository(msgspec.Struct):
    owner: str
    name: str
    private: bool | None = None


class _OldPayload(msgspec.Struct):
    target: _Login | None = None


_EVENT: Final = msgspec.json.Decoder(_Event)
_FORKED: Final = msgspec.json.Decoder(_Forked)
_ISSUE_ACT: Final = msgspec.json.Decoder(_IssueAct)
_OLD_REPOSITORY: Final = msgspec.json.Decoder(_OldRepository)
_OLD_PAYLOAD: Final = msgspec.json.Decoder(_OldPayload)

_READ: Final = frozenset(
    {
        "WatchEvent",
        "ForkEvent",
        "FollowEvent",
        "IssueCommentEvent",
        "PullRequestReviewCommentEvent",
        "PullRequestReviewEvent",
        "IssuesEvent",
        "PullRequestEvent",
    }
)
_MADE: Final = ("created", "opened", "submitted", None)
"""Actions by which something new is said; edits, labels and the like are none."""


def read_event(content: bytes, reading: Reading) -> None:
    """Add what an event says. Pushes, tags, labels and the like are nobody's attention to somebody.

    Raises:   UnreadableRecord.
    """
    event = decoded(_EVENT, content)
    if event.type not in _READ:
        return
    if event.public is not True:
        reading.gather.leave_out("not-public")
        return
    if isinstance(event.actor, str) or bytes(event.actor_attributes):
        _read_old(event, reading.gather)
        return
    if event.actor is None or event.repo is None or "/" not in event.repo.name:
        raise UnreadableRecord("missing_source", "It does not say who acted, or on which repository.")
    when, gather = read_moment(event.created_at), reading.gather
    actor, name = event.actor.login, event.repo.name
    acts.bot(gather, actor, observed_at=when)
    match event.type:
        case "WatchEvent":
            acts.star(gather, actor, name, when=when)
        case "ForkEvent":
            into = decoded(_FORKED, bytes(event.payload)).forkee.full_name
            acts.fork(gather, actor, name, into=into, when=when)
        case _:
            _read_issue_act(event, gather, actor=actor, name=name, when=when)


def _read_issue_act(event: _Event, gather: Gather, *, actor: str, name: str, when: datetime) -> None:
    said = decoded(_ISSUE_ACT, bytes(event.payload))
    if said.action not in _MADE:
        return
    issue = said.issue or said.pull_request
    if issue is None:
        raise UnreadableRecord("unexpected_form", f"An event {event.type} without issue or pull request.")
    on = f"{name.lower()}#{issue.number}"
    prefix = _PREFIXES.get(event.type)
    if prefix is None:
        _add_post(gather, on, actor, _whole(issue), when=when, answers=None)
        acts.mention_all(gather, actor, issue.body, post=on, but="", when=when)
        return
    written = said.comment or said.review
    if written is None:
        raise UnreadableRecord("unexpected_form", f"An event {event.type} without what was written.")
    if issue.user is None:
        raise UnreadableRecord("missing_target", f"Who opened {on} is not said.")
    own = f"{on}/{prefix}{written.id}"
    _add_post(gather, own, actor, written.body, when=when, answers=on)
    acts.comment(gather, actor, issue.user.login, on=on, own=own, when=when)
    acts.mention_all(gather, actor, written.body, post=own, but=issue.user.login, when=when)


_PREFIXES: Final = {
    "IssueCommentEvent": "comment-",
    "PullRequestReviewCommentEvent": "review-comment-",
    "PullRequestReviewEvent": "review-",
}


def _whole(issue: _Issue) -> str | None:
    return "\n\n".join(text for text in (issue.title, issue.body) if text) or None


def _add_post(
    gather: Gather, post: str, author: str, text: str | None, *, when: datetime, answers: str | None
) -> None:
    gather.post(
        post,
        author=acts.login_of(author),
        posted_at=when,
        text=text,
        reply_to_post_id=answers,
        observed_at=when,
    )


def _read_old(event: _Event, gather: Gather) -> None:
    """Events of before 2015. Their comments name neither text nor author of the issue: only these three say
    who acted towards whom."""
    if not isinstance(event.actor, str):
        raise UnreadableRecord("missing_source", "It does not say who acted.")
    when = read_moment(_old_time(event.created_at))
    if event.type == "FollowEvent":
        target = decoded(_OLD_PAYLOAD, bytes(event.payload)).target
        if target is None:
            raise UnreadableRecord("missing_target", "It does not say who is followed.")
        acts.follow(gather, event.actor, target.login, when=when)
        return
    if event.type not in ("WatchEvent", "ForkEvent") or not bytes(event.repository):
        return
    repository = decoded(_OLD_REPOSITORY, bytes(event.repository))
    if repository.private:
        gather.leave_out("not-public")
        return
    name = f"{repository.owner}/{repository.name}"
    if event.type == "WatchEvent":
        acts.star(gather, event.actor, name, when=when)
    else:
        acts.fork(gather, event.actor, name, into=f"{event.actor}/{repository.name}", when=when)


def _old_time(text: str) -> str:
    """2012/03/10 22:55:22 -0800 as ISO 8601."""
    day, _, rest = text.partition(" ")
    clock, _, zone = rest.partition(" ")
    return f"{day.replace('/', '-')}T{clock}{zone}" if zone else text
