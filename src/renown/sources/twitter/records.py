"""Which form a record has: tweet of v1.1 or v2, account, notice of deletion, record of an archive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from renown.sources.json_records import Reading, decoded
from renown.sources.twitter.acts import NETWORK
from renown.sources.twitter.archive_records import ARCHIVE_FIELD, read_archive_record
from renown.sources.twitter.tweets import Number, Tweet, User, add_profile, read_tweet
from renown.sources.twitter.tweets_v2 import read_answer, split_answer
from renown.store.harvest import UnreadableRecord, Withdrawal

_ARCHIVE_START: Final = b'{"%b"' % ARCHIVE_FIELD.encode()


class _Deleted(msgspec.Struct):
    id_str: str | None = None
    id: Number | None = None


class _Deletion(msgspec.Struct):
    status: _Deleted


class _Form(User):
    """What tells the forms apart; an account's own fields with it."""

    subject: msgspec.Raw = msgspec.field(default=msgspec.Raw(), name="data")
    statuses: list[msgspec.Raw] | None = None
    users: list[msgspec.Raw] | None = None
    delete: _Deletion | None = None
    limit: msgspec.Raw = msgspec.Raw()
    errors: msgspec.Raw = msgspec.Raw()
    meta: msgspec.Raw = msgspec.Raw()


_FIRST_KEY: Final = re.compile(rb'\s*\{\s*"(\w+)"')
_PAGE_KEYS: Final = frozenset(
    b"data includes meta errors matching_rules statuses search_metadata users next_cursor next_cursor_str "
    b"previous_cursor previous_cursor_str total_count".split()
)
"""With one of these a page begins, in whatever order its fields are; a tweet of v1.1 never does."""

_TWEET: Final = msgspec.json.Decoder(Tweet)
_FORM: Final = msgspec.json.Decoder(_Form)


def split_page(content: bytes) -> Sequence[bytes]:
    """The records of a page of either version; of anything else, itself."""
    first = _FIRST_KEY.match(content)
    if first is None or first[1] not in _PAGE_KEYS:
        return (content,)
    try:
        form = decoded(_FORM, content)
        if bytes(form.subject).lstrip().startswith(b"["):
            return split_answer(content)
        if form.statuses is not None or form.users is not None:
            return [bytes(raw) for raw in (form.statuses or form.users or ())]
        if not bytes(form.subject) and (bytes(form.meta) or bytes(form.errors)):
            return ()  # a page without results
    except UnreadableRecord:
        return (content,)
    return (content,)


def read_record(content: bytes, reading: Reading) -> None:
    """Add what one record says.

    Raises:   UnreadableRecord: it has none of the known forms.
    """
    if content.startswith(_ARCHIVE_START):
        read_archive_record(content, reading)
        return
    tweet = decoded(_TWEET, content)
    if tweet.user is not None:
        read_tweet(tweet, reading)
        return
    _read_other(content, reading)


def _read_other(content: bytes, reading: Reading) -> None:
    form = decoded(_FORM, content)
    if bytes(form.subject):
        read_answer(content, reading)
    elif form.delete is not None:
        number = form.delete.status.id_str or form.delete.status.id
        if number is None:
            raise UnreadableRecord("missing_id", "It does not say which tweet was deleted.")
        reading.gather.withdraw(Withdrawal("post", f"{NETWORK}:{number}", NETWORK, "deleted"))
    elif form.screen_name is not None and form.native_id:
        if form.protected:
            reading.gather.leave_out("protected")
            return
        add_profile(form, reading.gather, observed_at=reading.seen_at)
    elif not bytes(form.limit):
        tweet = decoded(_TWEET, content)
        if tweet.created_at is None or tweet.user is None:
            raise UnreadableRecord("unexpected_form", "It is no tweet and no account of a known form.")
        read_tweet(tweet, reading)
