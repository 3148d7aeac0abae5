"""What tweets mean, however they are spelled: the same act has the same id, whichever way it was read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from renown.store.harvest import Gather, UnreadableRecord, read_moment

NETWORK: Final = "twitter"

EVERYWHERE: Final = frozenset({"XX", "XY"})
"""Withheld in all countries; withheld for a copyright complaint."""

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_FIRST_TIMED_ID: Final = 29_700_859_247
"""From here on a tweet's number says when it was made."""
_ID_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=1_288_834_974_657)


def repost(gather: Gather, tweet: str, author: str, *, of: tuple[str | None, str], when: datetime) -> None:
    """A retweet `of` a tweet (where its number is known) and its author."""
    post, target = of
    gather.interaction(author, target, "repost", occurred_at=when, ids=(post, None, tweet))


def reply(gather: Gather, tweet: str, author: str, *, to: tuple[str | None, str], when: datetime) -> None:
    """An answer `to` a tweet and its author."""
    post, target = to
    gather.interaction(author, target, "reply", occurred_at=when, ids=(post, tweet, tweet))


def quote(gather: Gather, tweet: str, author: str, *, of: tuple[str | None, str], when: datetime) -> None:
    """A tweet that shows another one."""
    post, target = of
    gather.interaction(author, target, "quote", occurred_at=when, ids=(post, tweet, f"quote:{tweet}"))


def mentions(gather: Gather, tweet: str, author: str, *, of: Iterable[str], when: datetime) -> None:
    """Everybody whom a tweet mentions, each once."""
    for target in dict.fromkeys(of):
        own = f"mention:{tweet}:{target}"
        gather.interaction(author, target, "mention", occurred_at=when, ids=(None, tweet, own))


def like(gather: Gather, tweet: str, actor: str, *, target: str) -> None:
    """A like. Networks do not say of when it is: the time of the tweet stands for it."""
    own = f"like:{tweet}:{actor}"
    gather.interaction(actor, target, "like", occurred_at=time_of(tweet, None), ids=(tweet, None, own))


def time_of(tweet: str, said: str | None) -> datetime:
    """When a tweet was made: as it says, or else as its number says.

    Raises:   UnreadableRecord: neither says.
    Example:
        >>> time_of("20", "Tue Mar 21 20:50:14 +0000 2006").isoformat()
        '2006-03-21T20:50:14+00:00'
        >>> time_of("1212092628029698048", None).isoformat(timespec="seconds")
        '2019-12-31T19:26:16+00:00'
    """
    if said:
        return read_moment(written_moment(said))
    number = int(tweet) if tweet.isascii() and tweet.isdigit() and len(tweet) < 20 else 0
    if number < _FIRST_TIMED_ID:
        raise UnreadableRecord("missing_time", "Neither the tweet nor its number says when it was made.")
    return read_moment(_ID_EPOCH + timedelta(milliseconds=number >> 22))


def written_moment(text: str) -> datetime | str:
    """A time as v1.1 writes it (Tue Mar 21 20:50:14 +0000 2006); anything else as ISO 8601."""
    month = _MONTHS.get(text[4:7])
    if month is None or text[20:25] != "+0000":
        return text.replace(" +0000", "+00:00")
    try:
        clock = int(text[11:13]), int(text[14:16]), int(text[17:19])
        return datetime(int(text[26:30]), month, int(text[8:10]), *clock, tzinfo=UTC)
    except ValueError:
        return text
