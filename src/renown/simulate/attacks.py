"""Attacks on a score, as acts that can be added to any background: who pays, who acts, when and upon whom.

Nothing here knows a store. A background is described by a few arrays (`AttackedBackground`); an attack is a
plan and a cast, and becomes acts between keys: those of the background's actors, and negative ones for
accounts that the attacker makes. The attackers are no fools: unless their plan is a burst, they act when the
network acts, by the kinds that the network uses.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from renown.types import KINDS, MICROSECONDS_PER_DAY

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

Family = Literal[
    "fresh",
    "camouflaged",
    "aged",
    "aged-camouflaged",
    "bought",
    "pod",
    "topic-pod",
    "follow-ring",
    "chat-pair",
    "plus-k",
    "answered-bot",
]
"""What kind of attack it is."""

FAMILIES: Final[tuple[Family, ...]] = get_args(Family)

Span = Literal["hour", "week", "month"]
"""How long the target is worked upon."""

TargetKind = Literal["ordinary", "unknown", "top"]
"""An actor in the middle of all scores; one whom nobody reacted to yet; one of the highest hundredth."""

_HOUR: Final = MICROSECONDS_PER_DAY // 24
_MINUTE: Final = _HOUR // 60
_SPAN_LENGTHS: Final[dict[Span, tuple[int, float]]] = {
    "hour": (7 * MICROSECONDS_PER_DAY, 0.4),
    "week": (7 * MICROSECONDS_PER_DAY, 0.4),
    "month": (30 * MICROSECONDS_PER_DAY, 0.6),
}
"""How long before the end a span begins: so long, or this share of the background's time if that is less."""

CAMOUFLAGE_ACTS: Final = 5
"""Reactions to popular actors that a camouflaged fresh account hides its one bought act among."""
HISTORY_ACTS: Final = 12
"""Acts of an aged account over the whole time of the background, before it is used."""
OTHER_CUSTOMERS: Final = 40
"""Customers whom bought accounts serve besides; a quarter of the accounts takes part in each order."""
POD_ROUNDS: Final = 2
"""Posts of each member that the rest of a pod reacts to, eight of ten within hours."""
_LEAST_TIMES: Final = 10


@dataclass(frozen=True, kw_only=True)
class AttackPlan:
    """One attack of the catalogue."""

    name: str
    family: Family
    size: int
    """accounts that act: made by the attacker, or members of a pod"""
    span: Span
    target: TargetKind = "ordinary"
    label: str
    """what happens, in a few words"""
    words: str
    """what happens, as a sentence"""

    @property
    def has_members(self) -> bool:
        """Whether the accounts are the background's own: real people who act for each other."""
        return self.family in ("pod", "topic-pod", "plus-k")

    @property
    def acts_estimate(self) -> int:
        """About how many acts it will be."""
        pairs = self.size * (self.size - 1)
        return {
            "fresh": self.size,
            "camouflaged": self.size * (1 + CAMOUFLAGE_ACTS),
            "bought": self.size * (1 + OTHER_CUSTOMERS // 4),
            "pod": pairs * POD_ROUNDS,
            "topic-pod": pairs * POD_ROUNDS,
            "plus-k": pairs,
            "follow-ring": self.size * 22,
            "chat-pair": 2_000,
            "answered-bot": 10_080,
        }.get(self.family, self.size * (1 + HISTORY_ACTS))


@dataclass(frozen=True, eq=False, kw_only=True)
class AttackedBackground:
    """What an attacker sees of the network it hides in."""

    earliest: int
    """first interaction, in microseconds"""
    latest: int
    """and the last"""
    times: IntArray
    """when interactions happen, sorted: all of them or a sample"""
    kind_share: FloatArray
    """how often each of KINDS occurs; kinds that weigh nothing have 0"""
    popular: IntArray
    """keys of the actors with most attention"""
    received: IntArray
    """keys of actors who receive attention"""
    received_share: FloatArray
    """and how much of it each receives"""

    def without(self, actors: IntArray) -> AttackedBackground:
        """The same with some actors whom nobody's camouflage falls upon."""
        is_left = ~np.isin(self.received, actors)
        share = self.received_share[is_left]
        return replace(
            self,
            popular=self.popular[~np.isin(self.popular, actors)],
            received=self.received[is_left],
            received_share=share / share.sum(),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Cast:
    """Who takes part in an attack, by key; negative ones are accounts that the attacker makes."""

    target: int
    accounts: IntArray
    """made by the attacker, the target apart"""
    members: IntArray
    """of the background, with one purpose; empty in most attacks"""

    @property
    def beneficiaries(self) -> IntArray:
        """Whose score the attack is to raise: the target, or every member of a pod."""
        return self.members if self.members.size else np.array([self.target], np.int64)


class Acts(NamedTuple):
    """Interactions as parallel arrays; `kind` indexes KINDS, times are microseconds."""

    source: IntArray
    target: IntArray
    kind: IntArray
    time: IntArray


class _Scene(NamedTuple):
    """What every attack needs to play."""

    plan: AttackPlan
    cast: Cast
    background: AttackedBackground
    chance: np.random.Generator
    begin: int
    end: int


def build_attack(
    plan: AttackPlan, cast: Cast, background: AttackedBackground, *, seed: int, repeat: int = 0
) -> Acts:
    """The acts of one attack in order of time; same plan, cast, background, seed and repeat, same acts.

    Notes:    cost O(acts); an attack's chance does not depend on which others are made beside it.
    Source:   the catalogue is docs/how-to/run-the-attack-laboratory.md.
    """
    begin, end = attack_span(plan.span, background)
    chance = np.random.default_rng([seed & 0xFFFFFFFF, zlib.crc32(plan.name.encode()), repeat])
    acts = _PLAYS[plan.family](_Scene(plan, cast, background, chance, begin, end))
    is_other = acts.source != acts.target
    order = np.argsort(acts.time[is_other], kind="stable")
    return Acts(*(column[is_other][order] for column in acts))


def attack_span(span: Span, background: AttackedBackground) -> tuple[int, int]:
    """First and last moment, in microseconds, at which a target is worked upon.

    Bursts and weeks begin a week before the background's end, months thirty days before it; in a shorter
    background after 60 or 40 of 100 parts of its time.
    """
    most, share = _SPAN_LENGTHS[span]
    length = min(most, int(share * (background.latest - background.earliest)))
    begin = background.latest - length
    return begin, begin + min(_HOUR, length) if span == "hour" else background.latest


def _fresh(scene: _Scene) -> Acts:
    """Each account acts once, on the target."""
    accounts = scene.cast.accounts
    return _acts(scene, accounts, np.full(accounts.size, scene.cast.target), _moments(scene, accounts.size))


def _camouflaged(scene: _Scene) -> Acts:
    """The same, and each also reacts to popular actors in those days."""
    sources = np.repeat(scene.cast.accounts, CAMOUFLAGE_ACTS)
    popular = scene.chance.choice(scene.background.popular, sources.size)
    begin, end = attack_span("week", scene.background)
    cover = _acts(scene, sources, popular, _network_times(scene, sources.size, begin, end))
    return _joined(_fresh(scene), cover)


def _aged(scene: _Scene) -> Acts:
    """Accounts that have reacted to each other for as long as the background goes."""
    sources = np.repeat(scene.cast.accounts, HISTORY_ACTS)
    return _joined(_fresh(scene), _history(scene, sources, _others(scene, sources)))


def _aged_camouflaged(scene: _Scene) -> Acts:
    """Accounts that have reacted to whom everybody reacts to, for as long as the background goes."""
    sources = np.repeat(scene.cast.accounts, HISTORY_ACTS)
    background = scene.background
    targets = scene.chance.choice(background.received, sources.size, p=background.received_share)
    return _joined(_fresh(scene), _history(scene, sources, targets))


def _bought(scene: _Scene) -> Acts:
    """A dealer's accounts: they serve other customers the way they serve the target, at other times."""
    accounts, chance, background = scene.cast.accounts, scene.chance, scene.background
    customers = chance.choice(background.received, min(OTHER_CUSTOMERS, background.received.size), False)
    length = scene.end - scene.begin
    orders = [_fresh(scene)]
    for customer in customers:
        hired = chance.choice(accounts, max(1, accounts.size // 4), False)
        begin = int(chance.integers(background.earliest, max(background.latest - length, 0) + 1))
        times = _spread(scene, hired.size, begin, begin + length)
        orders.append(_acts(scene, hired, np.full(hired.size, customer), times))
    acts = _joined(*orders)
    like = KINDS.index("like")
    return acts._replace(kind=np.full(acts.kind.size, like)) if background.kind_share[like] > 0 else acts


def _pod(scene: _Scene) -> Acts:
    """Each member announces a few posts; eight of ten of the others react within hours."""
    members, chance = scene.cast.members, scene.chance
    count = members.size
    posted = _network_times(scene, count * POD_ROUNDS, scene.begin, max(scene.begin, scene.end - 6 * _HOUR))
    author = np.repeat(np.arange(count), POD_ROUNDS)
    source = np.tile(members, author.size)
    target = np.repeat(members[author], count)
    time = np.repeat(posted, count) + chance.exponential(_HOUR, source.size).astype(np.int64)
    kept = np.flatnonzero((chance.random(source.size) < 0.8) & (source != target))
    return _acts(scene, source[kept], target[kept], np.minimum(time[kept], scene.background.latest))


def _plus_k(scene: _Scene) -> Acts:
    """Every member endorses every other once: as `list`, for want of a kind of its own."""
    members = scene.cast.members
    source, target = np.repeat(members, members.size), np.tile(members, members.size)
    return _of_kind(_acts(scene, source, target, _moments(scene, source.size)), "list")


def _follow_ring(scene: _Scene) -> Acts:
    """The target and every account follow each other, and so do each account and ten others of the ring."""
    accounts = scene.cast.accounts
    other = _others(scene, np.repeat(accounts, 10))
    follower = np.concatenate([accounts, np.repeat(accounts, 10)])
    followed = np.concatenate([np.full(accounts.size, scene.cast.target), other])
    first = _moments(scene, follower.size)
    back = first + scene.chance.exponential(_HOUR, first.size).astype(np.int64)
    both = _acts(
        scene,
        np.concatenate([follower, followed]),
        np.concatenate([followed, follower]),
        np.minimum(np.concatenate([first, back]), scene.background.latest),
    )
    return _of_kind(both, "follow")


def _chat_pair(scene: _Scene) -> Acts:
    """Two accounts answer each other every ten minutes, eight hours a day."""
    days = range(scene.begin, scene.end, MICROSECONDS_PER_DAY)
    times = np.concatenate([np.arange(day, min(day + 8 * _HOUR, scene.end), 10 * _MINUTE) for day in days])
    target, partner = scene.cast.target, int(scene.cast.accounts[0])
    answered = np.minimum(times + 3 * _MINUTE, scene.background.latest)
    acts = _acts(
        scene,
        np.concatenate([np.full(times.size, partner), np.full(times.size, target)]),
        np.concatenate([np.full(times.size, target), np.full(times.size, partner)]),
        np.concatenate([times, answered]),
    )
    return _of_kind(acts, "reply")


def _answered_bot(scene: _Scene) -> Acts:
    """A bot posts every minute, and one of the others answers within seconds."""
    times = np.arange(scene.begin, scene.end - _MINUTE, _MINUTE)
    times = times + scene.chance.integers(5_000_000, 50_000_000, times.size)
    source = scene.cast.accounts[np.arange(times.size) % scene.cast.accounts.size]
    return _of_kind(_acts(scene, source, np.full(times.size, scene.cast.target), times), "reply")


_PLAYS: Final[dict[Family, Callable[[_Scene], Acts]]] = {
    "fresh": _fresh,
    "camouflaged": _camouflaged,
    "aged": _aged,
    "aged-camouflaged": _aged_camouflaged,
    "bought": _bought,
    "pod": _pod,
    "topic-pod": _pod,
    "follow-ring": _follow_ring,
    "chat-pair": _chat_pair,
    "plus-k": _plus_k,
    "answered-bot": _answered_bot,
}


def _acts(scene: _Scene, source: IntArray, target: IntArray, time: IntArray) -> Acts:
    """Acts of the kinds that the network uses."""
    kind = scene.chance.choice(len(KINDS), source.size, p=scene.background.kind_share)
    return Acts(source, target, kind, time)


def _of_kind(acts: Acts, kind: str) -> Acts:
    return acts._replace(kind=np.full(acts.kind.size, KINDS.index(kind)))


def _joined(*parts: Acts) -> Acts:
    return Acts(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _history(scene: _Scene, sources: IntArray, targets: IntArray) -> Acts:
    background = scene.background
    times = _network_times(scene, sources.size, background.earliest, background.latest)
    return _acts(scene, sources, targets, times)


def _others(scene: _Scene, sources: IntArray) -> IntArray:
    """For each account another one of the attacker's; the account itself where it is alone."""
    accounts = scene.cast.accounts
    if accounts.size == 1:
        return sources
    place = np.searchsorted(-accounts, -sources)
    step = scene.chance.integers(1, accounts.size, sources.size)
    return np.asarray(accounts[(place + step) % accounts.size])


def _moments(scene: _Scene, count: int) -> IntArray:
    return _spread(scene, count, scene.begin, scene.end)


def _spread(scene: _Scene, count: int, begin: int, end: int) -> IntArray:
    """Moments of a burst anywhere within it; of a longer span, when the network acts."""
    if scene.plan.span == "hour":
        return scene.chance.integers(begin, max(end, begin + 1), count)
    return _network_times(scene, count, begin, end)


def _network_times(scene: _Scene, count: int, begin: int, end: int) -> IntArray:
    """Moments between two as the network chooses them: those of its own acts, moved by up to ten minutes."""
    times, chance = scene.background.times, scene.chance
    first, beyond = np.searchsorted(times, [begin, end])
    if beyond - first < _LEAST_TIMES:
        return chance.integers(begin, max(end, begin + 1), count)
    moved = times[chance.integers(first, beyond, count)] + chance.integers(-10 * _MINUTE, 10 * _MINUTE, count)
    return np.asarray(np.clip(moved, begin, max(begin, end - 1)))
