"""What may be known of an account: the canonical columns of profiles and behaviour counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    TextArray = npt.NDArray[np.object_]

AccountColumnKind = Literal["number", "share", "flag", "moment", "text", "words"]

TOOL_WORDS: Final = ("phone", "browser", "scheduler", "automation", "unlisted")
"""Kinds of programs that posts are sent from; `unlisted`: a program on no list of known ones."""


@dataclass(frozen=True)
class AccountColumn:
    """One canonical column: its name carries the unit, `carries` names the terms that read it."""

    name: str
    kind: AccountColumnKind
    meaning: str
    carries: tuple[str, ...] = ()
    """codes of the terms that read it; empty: it carries no points (docs/concepts/account-evidence.md)"""


_PROFILE: Final = (
    AccountColumn("followers_count", "number", "followers", ("follows_many",)),
    AccountColumn("following_count", "number", "accounts followed", ("follows_many",)),
    AccountColumn(
        "followers_per_following", "number", "followers for each account followed", ("follows_many",)
    ),
    AccountColumn("posts_count", "number", "posts ever made", ("posts_often", "likes_little")),
    AccountColumn(
        "posts_per_day", "number", "posts for each day of its age", ("posts_often", "likes_little")
    ),
    AccountColumn("liked_count", "number", "likes ever given to others", ("likes_little",)),
    AccountColumn("liked_per_day", "number", "likes given for each day of its age", ("likes_little",)),
    AccountColumn("liked_per_post", "number", "likes given for each post made", ("likes_little",)),
    AccountColumn("listed_count", "number", "lists that others put it on"),
    AccountColumn("created_at", "moment", "when the account was made", ("is_new", "posts_often")),
    AccountColumn(
        "observed_at", "moment", "when the figures were read (else: see [row])", ("is_new", "posts_often")
    ),
    AccountColumn("age_days", "number", "days since the account was made", ("is_new", "posts_often")),
    AccountColumn("handle", "text", "name people know it by", ("digits_in_handle", "says_bot")),
    AccountColumn("display_name", "text", "name shown beside the handle", ("says_bot",)),
    AccountColumn("bio", "text", "its own description", ("says_bot", "empty_bio")),
    AccountColumn("is_declared_bot", "flag", "declares that it is automated", ("declared_bot",)),
    AccountColumn("is_protected", "flag", "shows its posts to approved followers only"),
    AccountColumn(
        "has_default_picture", "flag", "keeps the network's own profile picture", ("default_picture",)
    ),
)

_BEHAVIOUR: Final = (
    AccountColumn(
        "own_post_count",
        "number",
        "posts of its own (not reposts) in the time looked at",
        ("reposts_little", "answers_little", "links_often"),
    ),
    AccountColumn("repost_count", "number", "reposts in the same time", ("reposts_little", "links_often")),
    AccountColumn("reply_count", "number", "replies in the same time", ("answers_little",)),
    AccountColumn("url_count", "number", "posts with a link in the same time", ("links_often",)),
    AccountColumn("repost_share", "share", "reposts among own posts and reposts", ("reposts_little",)),
    AccountColumn("reply_share", "share", "replies for each own post", ("answers_little",)),
    AccountColumn("url_share", "share", "posts with a link among own posts and reposts", ("links_often",)),
    AccountColumn("source_count", "number", "different programs it posted from in that time"),
    AccountColumn(
        "posting_tools",
        "words",
        f"kinds of programs it posted from: {', '.join(TOOL_WORDS)}",
        ("no_phone", "automation_tool", "unlisted_tool"),
    ),
)

ACCOUNT_COLUMNS: Final[dict[str, AccountColumn]] = {
    column.name: column for column in (*_PROFILE, *_BEHAVIOUR)
}


@dataclass(frozen=True)
class Accounts:
    """What is known of some accounts, column by column; NaN and None are missing evidence, never zeros.

    `numbers` holds counts, shares, rates, flags (0 or 1) and moments (UTC microseconds) as floats; `texts`
    holds texts, and words as one text joined by blanks.
    """

    row_count: int
    numbers: dict[str, FloatArray] = field(default_factory=dict)
    texts: dict[str, TextArray] = field(default_factory=dict)

    def number(self, name: str) -> FloatArray:
        """The column; NaN throughout where nothing is known."""
        import numpy as np

        found = self.numbers.get(name)
        return np.full(self.row_count, np.nan) if found is None else found
