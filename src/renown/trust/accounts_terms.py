"""The terms of the account scorecard: what is measured of an account, in which direction, and how it reads.

Every measure is a ratio, a share or a rate, so that it means the same whether an account has a thousand
followers or a million. `scored` is what points are looked up by: shares are drawn towards the middle
where few posts are known. `shown` is the bare figure for a person to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from renown.trust.accounts_columns import Accounts, FloatArray

MICROSECONDS_PER_DAY: Final = 86_400_000_000
_NAME_SAYS_BOT: Final = re.compile(
    r"(?:^|[^a-z])(?:chat)?bots?(?:$|[^a-z])|[a-z](?<!ab)(?<!tal)(?<!ca)(?<!tur)bot(?:$|[_\W\d])",
    re.IGNORECASE,
)
_CAMEL_CASE_BOT: Final = re.compile(r"[a-z0-9]Bot(?:$|[^a-z])")
_BIO_SAYS_BOT: Final = re.compile(
    r"\b(?:i am|i'm|this is|just) (?:a|an|your) (?:\w+ )?bot\b|\bbot (?:by|made by|run by|created by)\b"
    r"|^\W*(?:an? )?(?:\w+ )?bot (?:that|which|who)\b|\bautomated (?:account|feed|bot|posts|tweets)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Measured:
    """One measure of all accounts; NaN where the evidence is missing."""

    scored: FloatArray
    shown: FloatArray


@dataclass(frozen=True)
class Term:
    """One line of the scorecard: `more` says that more of it speaks for automation, `less` that less does."""

    code: str
    measures: str
    direction: Literal["more", "less"]
    scale: Literal["log", "linear"]
    measure: Callable[[Accounts], Measured]
    sentence: Callable[[float], str]
    """the figure in words, true whichever way it points"""


def _same(values: FloatArray) -> Measured:
    return Measured(values, values)


def _first_known(*candidates: FloatArray) -> FloatArray:
    found = candidates[0]
    for candidate in candidates[1:]:
        found = np.where(np.isnan(found), candidate, found)
    return found


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """above / below; NaN where below is nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


def age_days(accounts: Accounts) -> FloatArray:
    """Age when observed, at least a day."""
    lived = (accounts.number("observed_at") - accounts.number("created_at")) / MICROSECONDS_PER_DAY
    counted = _ratio(accounts.number("posts_count"), accounts.number("posts_per_day"))
    return np.maximum(_first_known(accounts.number("age_days"), lived, counted), 1.0)


def posts_per_day(accounts: Accounts) -> FloatArray:
    """Posts for each day of its age."""
    return _first_known(
        accounts.number("posts_per_day"), _ratio(accounts.number("posts_count"), age_days(accounts))
    )


def _likes_given(accounts: Accounts) -> Measured:
    """Likes given for each post. 100 posts are added, so that hardly used accounts say little."""
    age, per_day = age_days(accounts), posts_per_day(accounts)
    posts = _first_known(accounts.number("posts_count"), per_day * age)
    likes = _first_known(accounts.number("liked_count"), accounts.number("liked_per_day") * age)
    bare = _first_known(
        accounts.number("liked_per_post"),
        _ratio(likes, posts),
        _ratio(accounts.number("liked_per_day"), per_day),
    )
    return Measured(_first_known((likes + 1) / (posts + 100), bare), bare)


def _own_share(accounts: Accounts) -> Measured:
    own, reposts = accounts.number("own_post_count"), accounts.number("repost_count")
    every = own + reposts
    bare = _first_known(_ratio(own, every), 1 - accounts.number("repost_share"))
    return Measured(_first_known(np.where(every > 0, (own + 1) / (every + 2), np.nan), bare), bare)


def _reply_share(accounts: Accounts) -> Measured:
    own, replies = accounts.number("own_post_count"), accounts.number("reply_count")
    is_seen = own + replies > 0
    bare = _first_known(
        np.where(is_seen, replies / np.maximum(own, 1), np.nan), accounts.number("reply_share")
    )
    smooth = np.where(is_seen, np.minimum((replies + 1) / (own + 1.5), 1), np.nan)
    return Measured(_first_known(smooth, np.minimum(bare, 1)), np.minimum(bare, 1))


def _link_share(accounts: Accounts) -> Measured:
    every = accounts.number("own_post_count") + accounts.number("repost_count")
    links = np.minimum(accounts.number("url_count"), every)
    bare = _first_known(_ratio(links, every), accounts.number("url_share"))
    return Measured(_first_known(np.where(every > 0, (links + 0.6) / (every + 2), np.nan), bare), bare)


def _following_per_follower(accounts: Accounts) -> Measured:
    following, followers = accounts.number("following_count"), accounts.number("followers_count")
    counted = (following + 1) / (followers + 1)
    given = accounts.number("followers_per_following")
    with np.errstate(divide="ignore"):
        inverse = np.where(given >= 0, 1 / np.maximum(given, 1e-9), np.nan)
    return _same(_first_known(counted, inverse))


def _over_texts(accounts: Accounts, name: str, figure: Callable[[str], float]) -> FloatArray:
    texts = accounts.texts.get(name)
    if texts is None:
        return np.full(accounts.row_count, np.nan)
    return np.array([np.nan if text is None else figure(text) for text in texts], dtype=np.float64)


def _digits(accounts: Accounts) -> Measured:
    return _same(
        _over_texts(accounts, "handle", lambda text: float(len(text) - len(text.rstrip("0123456789"))))
    )


def name_says_bot(name: str) -> float:
    """1 where a handle or a display name says bot; surnames such as Abbot and Talbot do not.

    Example:
        >>> [name_says_bot(name) for name in ("weather_bot", "QuakeBot", "newsbot7", "Talbot", "robotics")]
        [1.0, 1.0, 1.0, 0.0, 0.0]
    """
    if "bot" not in name.lower():
        return 0.0
    return float(bool(_NAME_SAYS_BOT.search(name) or _CAMEL_CASE_BOT.search(name)))


def bio_says_bot(bio: str) -> float:
    """1 where a description says that the account is a bot; talking about bots is not enough.

    Example:
        >>> [bio_says_bot(bio) for bio in ("I am a bot.", "A bot that posts haiku", "not a bot, I promise")]
        [1.0, 1.0, 0.0]
    """
    return float(bool(_BIO_SAYS_BOT.search(bio)))


def _says_bot(accounts: Accounts) -> Measured:
    found = np.full(accounts.row_count, np.nan)
    for name, figure in (("handle", name_says_bot), ("display_name", name_says_bot), ("bio", bio_says_bot)):
        found = np.fmax(found, _over_texts(accounts, name, figure))
    return _same(found)


def _without_tool(word: str) -> Callable[[Accounts], Measured]:
    return lambda accounts: _same(
        _over_texts(accounts, "posting_tools", lambda text: float(word not in text.split()))
    )


def _with_tool(word: str) -> Callable[[Accounts], Measured]:
    return lambda accounts: _same(
        _over_texts(accounts, "posting_tools", lambda text: float(word in text.split()))
    )


def _flag(name: str) -> Callable[[Accounts], Measured]:
    return lambda accounts: _same(accounts.number(name))


def _empty_bio(accounts: Accounts) -> Measured:
    return _same(_over_texts(accounts, "bio", lambda text: float(not text.strip())))


def _count(value: float) -> str:
    """A figure with two digits that matter, thousands separated.

    Example:
        >>> [_count(value) for value in (0.123, 4.0, 17.26, 1530.2)]
        ['0.12', '4', '17', '1,500']
    """
    if value >= 10:
        return f"{float(f'{value:.2g}'):,.0f}"
    return f"{float(f'{value:.2g}'):g}"


def _counted(value: float, noun: str) -> str:
    figure = _count(value)
    return f"{figure} {noun}" if figure == "1" else f"{figure} {noun}s"


def _follow_sentence(ratio: float) -> str:
    if ratio >= 1:
        return f"follows {_counted(ratio, 'account')} for each follower"
    return f"has {_counted(1 / max(ratio, 1e-9), 'follower')} for each account it follows"


def _share_sentence(words: str) -> Callable[[float], str]:
    return lambda share: words.format(f"{100 * share:.0f} of 100")


def _either(yes: str, no: str) -> Callable[[float], str]:
    return lambda value: yes if value >= 0.5 else no


TERMS: Final[tuple[Term, ...]] = (
    Term(
        "posts_often",
        "posts a day",
        "more",
        "log",
        lambda accounts: _same(posts_per_day(accounts)),
        lambda value: f"posts {_counted(value, 'time')} a day",
    ),
    Term(
        "likes_little",
        "likes given for each post",
        "less",
        "log",
        _likes_given,
        lambda value: f"gives {_counted(1000 * value, 'like')} for each 1,000 posts",
    ),
    Term(
        "reposts_little",
        "own posts among own posts and reposts",
        "more",
        "linear",
        _own_share,
        _share_sentence("{} posts are its own, not reposts"),
    ),
    Term(
        "answers_little",
        "replies for each own post",
        "less",
        "linear",
        _reply_share,
        _share_sentence("answers somebody in {} own posts"),
    ),
    Term(
        "links_often",
        "posts with a link",
        "more",
        "linear",
        _link_share,
        _share_sentence("{} posts carry a link"),
    ),
    Term(
        "follows_many",
        "accounts followed for each follower",
        "more",
        "log",
        _following_per_follower,
        _follow_sentence,
    ),
    Term(
        "is_new",
        "days since the account was made",
        "less",
        "log",
        lambda accounts: _same(age_days(accounts)),
        lambda value: f"the account is {_counted(value, 'day')} old",
    ),
    Term(
        "digits_in_handle",
        "digits at the end of the handle",
        "more",
        "linear",
        _digits,
        lambda value: f"its handle ends in {_counted(value, 'digit')}",
    ),
    Term(
        "says_bot",
        "name or description says bot",
        "more",
        "linear",
        _says_bot,
        _either("its name or description says it is a bot", "neither name nor description says bot"),
    ),
    Term(
        "no_phone",
        "never posted from a phone",
        "more",
        "linear",
        _without_tool("phone"),
        _either("none of its posts came from a phone", "posts from a phone"),
    ),
    Term(
        "automation_tool",
        "posted from an automation tool",
        "more",
        "linear",
        _with_tool("automation"),
        _either("posts through an automation tool", "uses no automation tool"),
    ),
    Term(
        "unlisted_tool",
        "posted from a program on no list",
        "more",
        "linear",
        _with_tool("unlisted"),
        _either("posts through a program that is on no list", "posts through known programs only"),
    ),
    Term(
        "declared_bot",
        "declares that it is automated",
        "more",
        "linear",
        _flag("is_declared_bot"),
        _either("declares itself automated", "does not declare itself automated"),
    ),
    Term(
        "default_picture",
        "keeps the default picture",
        "more",
        "linear",
        _flag("has_default_picture"),
        _either("keeps the network's default picture", "has a picture of its own"),
    ),
    Term(
        "empty_bio",
        "has no description",
        "more",
        "linear",
        _empty_bio,
        _either("says nothing about itself", "has a description"),
    ),
)

TERM_BY_CODE: Final[dict[str, Term]] = {term.code: term for term in TERMS}
