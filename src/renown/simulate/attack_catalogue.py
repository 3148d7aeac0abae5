"""The catalogue of attacks that every release is measured against."""

from __future__ import annotations

from typing import Final

from renown.simulate.attacks import AttackPlan, Family, Span, TargetKind

_SPAN_WORDS: Final[dict[Span, str]] = {
    "hour": "within an hour",
    "week": "over days",
    "month": "over weeks",
}
_SHORT_SPANS: Final[dict[Span, str]] = {"hour": "one hour", "week": "days", "month": "weeks"}
_SHORT_TARGETS: Final[dict[TargetKind, str]] = {"ordinary": "", "unknown": ", unknown", "top": ", top"}
_TARGET_WORDS: Final[dict[TargetKind, str]] = {
    "ordinary": "an ordinary actor",
    "unknown": "an actor nobody knew",
    "top": "an actor of the highest hundredth",
}


def attack_catalogue() -> tuple[AttackPlan, ...]:
    """Every attack of the catalogue, in the order in which they are reported.

    Example:
        >>> [plan.name for plan in attack_catalogue()][:3]
        ['fresh-1-hour', 'fresh-10-hour', 'fresh-100-hour']
    """
    return (
        *(_fresh(size, span) for span in ("hour", "week") for size in (1, 10, 100, 1_000, 10_000)),
        _fresh(1_000, "week", "unknown"),
        _fresh(1_000, "week", "top"),
        *(_hidden("camouflaged", size) for size in (100, 1_000, 10_000)),
        *(_hidden("aged", size) for size in (100, 1_000, 10_000)),
        *(_hidden("aged-camouflaged", size) for size in (100, 1_000, 10_000)),
        _bought("hour", "ordinary"),
        _bought("month", "ordinary"),
        _bought("month", "top"),
        *(_pod(family, size) for family in ("pod", "topic-pod") for size in (20, 50, 200)),
        *_rings(),
    )


def _fresh(size: int, span: Span, target: TargetKind = "ordinary") -> AttackPlan:
    return AttackPlan(
        name=_name("fresh", size, span, target),
        family="fresh",
        size=size,
        span=span,
        target=target,
        label=f"{size:,} fresh, {_SHORT_SPANS[span]}{_SHORT_TARGETS[target]}",
        words=f"{_accounts(size, 'fresh')} on {_TARGET_WORDS[target]} {_SPAN_WORDS[span]}",
    )


def _hidden(family: Family, size: int) -> AttackPlan:
    ages = {
        "camouflaged": ("fresh", "each of which also reacts to popular actors"),
        "aged": ("aged", "which have long reacted to each other"),
        "aged-camouflaged": ("aged", "which have long reacted to whom everybody reacts to"),
    }
    age, habit = ages[family]
    return AttackPlan(
        name=f"{family}-{size}",
        family=family,
        size=size,
        span="week",
        label=f"{size:,} {family.replace('-', ', ')}",
        words=f"{_accounts(size, age)} over days, {habit}",
    )


def _bought(span: Span, target: TargetKind) -> AttackPlan:
    way = {"hour": "in a burst"}.get(span, "as a slow drip")
    return AttackPlan(
        name=_name("bought", 500, "burst" if span == "hour" else "drip", target),
        family="bought",
        size=500,
        span=span,
        target=target,
        label=f"500 bought, {'burst' if span == 'hour' else 'drip'}{_SHORT_TARGETS[target]}",
        words=f"500 bought reactions for {_TARGET_WORDS[target]} {way}, from accounts with other customers",
    )


def _pod(family: Family, size: int) -> AttackPlan:
    likeness = "with a common topic" if family == "topic-pod" else "without a common topic"
    return AttackPlan(
        name=f"{family}-{size}",
        family=family,
        size=size,
        span="month",
        label=f"pod of {size}{', one topic' if family == 'topic-pod' else ''}",
        words=f"a pod of {size} real actors {likeness}, who react to each other's posts",
    )


def _rings() -> tuple[AttackPlan, ...]:
    return (
        AttackPlan(
            name="follow-ring-100",
            family="follow-ring",
            size=100,
            span="week",
            label="ring of 100 follows",
            words="100 fresh accounts that follow and are followed back, by the actor and by each other",
        ),
        AttackPlan(
            name="chat-pair",
            family="chat-pair",
            size=1,
            span="week",
            label="pair that chats",
            words="two accounts that answer each other every ten minutes",
        ),
        AttackPlan(
            name="plus-k-30",
            family="plus-k",
            size=30,
            span="week",
            label="+K ring of 30",
            words="30 real actors who endorse each other once (as kind list: endorsements have none yet)",
        ),
        AttackPlan(
            name="answered-bot",
            family="answered-bot",
            size=20,
            span="week",
            target="unknown",
            label="bot answered by bots",
            words="a bot that posts every minute and is answered by 20 bots",
        ),
    )


def _accounts(size: int, age: str) -> str:
    return f"{size:,} {age} account{'' if size == 1 else 's'}"


def _name(family: str, size: int, span: str, target: TargetKind) -> str:
    span = {"week": "days"}.get(span, span)
    return f"{family}-{size}-{span}" + ("" if target == "ordinary" else f"-{target}")
