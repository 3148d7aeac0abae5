"""What a reaction looks like: its kind, the like that comes along with it, the answer it gets."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from renown.simulate.chance import Bits, Bools, Floats, Ints, bits, chances, key_of
from renown.simulate.posting import author_of
from renown.simulate.reading import Acts, misses
from renown.simulate.rhythm import reaction_seconds
from renown.simulate.world import World
from renown.types import KINDS

LIKE, REPOST, REPLY, MENTION, QUOTE, FOLLOW, LIST = range(7)
_SHARES: Final = {
    "follower": {"like": 0.64, "repost": 0.13, "reply": 0.14, "mention": 0.04, "quote": 0.03, "list": 0.02},
    "stranger": {
        "like": 0.56,
        "repost": 0.11,
        "reply": 0.13,
        "mention": 0.03,
        "quote": 0.03,
        "follow": 0.12,
        "list": 0.02,
    },
    "opponent": {"reply": 0.72, "quote": 0.16, "mention": 0.12},
}
_CUMULATED: Final = {
    who: np.cumsum([share.get(kind, 0.0) for kind in KINDS]) for who, share in _SHARES.items()
}

CAUSES: Final = ("moved", "anyway", "answer", "deal", "bought")
BY_POST, BY_INTENTION, BY_COURTESY, BY_DEAL, BY_PURCHASE = range(len(CAUSES))


@dataclass(frozen=True, eq=False)
class Rows:
    """Interactions as parallel arrays."""

    source: Ints
    target: Ints
    kind: Ints
    seconds: Floats
    post: Ints
    """The post that it is about, also where the network would not say so; -1 for bought follows."""
    answered: Bits
    """For answers: the reply that is answered; else 0."""
    naming: Bits
    """Names the act, and the post that it is where it is one; never 0."""
    cause: Ints
    is_opposing: Bools

    def __len__(self) -> int:
        return len(self.source)

    def is_post(self) -> Bools:
        """Whether the act is a post itself: a reply, a mention or a quote."""
        return np.isin(self.kind, (REPLY, MENTION, QUOTE))

    def taken(self, which: Ints | Bools | slice) -> Rows:
        """Only some of the rows."""
        return Rows(**{f.name: getattr(self, f.name)[which] for f in fields(Rows)})


def joined_rows(parts: list[Rows]) -> Rows:
    """Several portions as one."""
    return Rows(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Rows)})


def build_rows(world: World, source: Ints, target: Ints, kind: Ints, seconds: Floats, **rest: Any) -> Rows:
    """Rows from their essentials; `rest` may hold post, cause, is_opposing and answered."""
    count = len(source)
    post = rest.get("post", np.full(count, -1, np.int64))
    naming = bits(key_of(world.plan.seed, "reaction"), post, source.astype(np.int64) * 8 + kind)
    naming = bits(key_of(world.plan.seed, "reaction target"), naming.view(np.int64), target) | np.uint64(1)
    return Rows(
        source=source.astype(np.int32),
        target=target.astype(np.int32),
        kind=kind.astype(np.int8),
        seconds=seconds,
        post=post,
        answered=np.asarray(rest.get("answered", np.zeros(count, np.uint64)), np.uint64),
        naming=naming,
        cause=rest["cause"].astype(np.int8),
        is_opposing=rest.get("is_opposing", np.zeros(count, np.bool_)).astype(np.bool_),
    )


def kinds_of(world: World, acts: Acts) -> NDArray[np.int8]:
    """The kind of each act: followers cannot follow again, opponents reply, quote or mention."""
    chance = chances(key_of(world.reaction_seed, "kind"), acts.post, acts.reader)
    kinds = np.searchsorted(_CUMULATED["follower"], chance).astype(np.int8)
    strangers = np.flatnonzero(~acts.is_follower)
    kinds[strangers] = np.searchsorted(_CUMULATED["stranger"], chance[strangers])
    opponents = np.flatnonzero(acts.is_opposing)
    kinds[opponents] = np.searchsorted(_CUMULATED["opponent"], chance[opponents])
    return np.minimum(kinds, LIST)


def react(world: World, acts: Acts) -> Rows:
    """The acts as rows, with the likes that come along and the answers they get."""
    author = author_of(acts.post)
    kinds = _once(kinds_of(world, acts), author, acts)
    cause = np.where(acts.is_anyway | ~acts.is_moved, BY_INTENTION, BY_POST)
    about = {"post": acts.post, "cause": cause, "is_opposing": acts.is_opposing}
    rows = build_rows(world, acts.reader, author, kinds, acts.seconds, **about)
    return joined_rows([rows, _companion_likes(world, rows), _answers(world, rows)])


def _once(kinds: NDArray[np.int8], author: Ints, acts: Acts) -> NDArray[np.int8]:
    """Nobody follows or lists the same account twice: later ones are likes."""
    for kind in (FOLLOW, LIST):
        here = np.flatnonzero(kinds == kind)
        order = here[np.lexsort((acts.post[here], acts.seconds[here], acts.reader[here], author[here]))]
        source, target = acts.reader[order], author[order]
        again = (target[1:] == target[:-1]) & (source[1:] == source[:-1])
        kinds[order[1:][again]] = LIKE
    return kinds


def _companion_likes(world: World, rows: Rows) -> Rows:
    """Many who repost, reply or quote in support also like the post, some seconds later."""
    passing = np.isin(rows.kind, (REPOST, REPLY, QUOTE)) & ~rows.is_opposing
    chance = chances(key_of(world.plan.seed, "companion"), rows.post, rows.source)
    like = rows.taken(passing & (chance < world.plan.rules.companion_like_share))
    later = like.seconds + 3.0 + 40.0 * chances(key_of(world.plan.seed, "later"), like.post, like.source)
    like, later = like.taken(later < world.plan.end_seconds()), later[later < world.plan.end_seconds()]
    kinds = np.full(len(like), LIKE)
    return build_rows(world, like.source, like.target, kinds, later, post=like.post, cause=like.cause)


def _answers(world: World, rows: Rows) -> Rows:
    """Authors answer some of the replies they get: a courtesy to whoever asks."""
    people = world.people
    chance = chances(key_of(world.plan.seed, "answer"), rows.post, rows.source)
    asked = rows.taken((rows.kind == REPLY) & (chance < people.answer_share[rows.target]))
    when = reaction_seconds(world.plan, people, asked.seconds, asked.target, asked.naming.view(np.int64))
    in_time = ~misses(world, asked.target, when)
    asked, when = asked.taken(in_time), when[in_time]
    return build_rows(
        world,
        asked.target,
        asked.source,
        np.full(len(asked), REPLY),
        when,
        post=asked.post,
        answered=asked.naming,
        cause=np.full(len(asked), BY_COURTESY),
        is_opposing=asked.is_opposing,
    )


def deals(world: World, first: int, stop: int) -> Rows:
    """Members of a reciprocal pod like or praise each other's posts within minutes, whatever they say."""
    authors = world.pods[(world.pods >= first) & (world.pods < stop)]
    return joined_rows([_no_rows(world), *(_deals_of(world, int(author)) for author in authors)])


def _deals_of(world: World, author: int) -> Rows:
    members = world.pods[world.people.pod[author]]
    feed = world.newsroom.feed(author, author + 1)
    reader, post = np.tile(members[members != author], len(feed)), np.repeat(feed.post, len(members) - 1)
    share = world.plan.rules.pod_reaction_share
    chance = chances(key_of(world.plan.seed, "deal"), post, reader) / share
    when = world.newsroom.seconds(post) + 30.0 + 1200.0 * chance**2
    kept = (chance < 1.0) & (when < world.plan.end_seconds())
    reader, post, when = reader[kept], post[kept], when[kept]
    kind = np.where(chances(key_of(world.plan.seed, "praise"), post, reader) < 0.2, REPLY, LIKE)
    cause = np.full(len(reader), BY_DEAL)
    return build_rows(world, reader, np.full(len(reader), author), kind, when, post=post, cause=cause)


def purchases(world: World, first: int, stop: int) -> Rows:
    """Bought accounts follow their buyer within a day and a half, and never do anything else."""
    people = world.people
    bought = np.arange(*np.searchsorted(people.buyer_of, (first, stop)))
    buyer = people.buyer_of[bought]
    bought, buyer = bought[people.posts_per_day[buyer] > 0], buyer[people.posts_per_day[buyer] > 0]
    account = bought + people.first_bought()
    cause = np.full(len(account), BY_PURCHASE)
    when = bought_follow_seconds(world, account)
    return build_rows(world, account, buyer, np.full(len(account), FOLLOW), when, cause=cause)


def purchase_day(world: World) -> int:
    """The day on which followers are bought: when 40 % of the days are over."""
    return round(0.4 * world.plan.days)


def bought_follow_seconds(world: World, account: Ints) -> Floats:
    """When each bought account follows: spread over 36 hours."""
    return purchase_day(world) * 86_400.0 + 36 * 3600.0 * chances(
        key_of(world.plan.seed, "purchase"), account
    )


def _no_rows(world: World) -> Rows:
    none = np.empty(0, np.int64)
    return build_rows(world, none, none, none, none.astype(np.float64), cause=none)
