"""What an audit says, in words."""

from __future__ import annotations

from typing import Final

from renown.explain.audit import INACTIVE_DAYS, AudienceShare, Audit, Standing
from renown.explain.words import counted, of_hundred, people, sentence

_MEMBERS: Final = {"followers": ("follower", "followers"), "reactors": ("reactor", "reactors")}


def share_of(audit: Audit, standing: Standing) -> AudienceShare:
    """The line of one standing."""
    return next(share for share in audit.shares if share.standing == standing)


def audit_title(audit: Audit) -> str:
    """What weighs most against the audience; or that too little is known to say so."""
    unknown, automated, doubted = (share_of(audit, one) for one in ("unknown", "automated", "doubted"))
    if unknown.share > 0.5:
        return sentence(f"{of_hundred(unknown.share)} {_many(audit)} are too little known to say more")
    is_all = audit.sample_count == audit.audience_count
    most = max((automated, doubted), key=lambda share: share.share)
    share = of_hundred(most.share) if is_all else _band(most)
    verb = (
        "came in crowds or groups that are doubted" if most.standing == "doubted" else "are likely automated"
    )
    return sentence(f"{share} {_many(audit)} {verb}")


def audit_sentences(audit: Audit, *, knows_days: float, has_trust: bool) -> tuple[str, ...]:
    """Sample and shares, where reactions come from, bursts and groups; and what cannot be told."""
    said = [_sample_sentence(audit), *_share_sentences(audit)]
    if round(knows_days) < INACTIVE_DAYS:
        said.append(
            f"The store knows {knows_days:.0f} days: who was silent for {INACTIVE_DAYS} cannot be told."
        )
    else:
        said.append("Inactive is not automated: it means no act of its own that this store saw.")
    if share_of(audit, "doubted").count:
        said.append("Doubted is no verdict either: who acts in a crowd or a group may well be a person.")
    if not has_trust:
        said.append("Nothing is said of groups and crowds: `renown trust` has not been run on this store.")
    return (*said, *_source_sentences(audit), *_burst_sentences(audit), *_ring_sentences(audit))


def _many(audit: Audit) -> str:
    return _MEMBERS[audit.audience][1]


def _band(share: AudienceShare) -> str:
    return f"{share.low * 100:.0f} to {share.high * 100:.0f} of 100"


def _sample_sentence(audit: Audit) -> str:
    one, many = _MEMBERS[audit.audience]
    if audit.sample_count == audit.audience_count:
        return f"All {counted(audit.audience_count, one, many)} were looked at."
    return (
        f"{audit.sample_count:,} of {audit.audience_count:,} {many} were drawn at random (seed {audit.seed});"
        " intervals hold in 95 of 100 draws."
    )


def _share_sentences(audit: Audit) -> list[str]:
    is_all = audit.sample_count == audit.audience_count
    parts = [
        f"{share.label} {of_hundred(share.share) if is_all else _band(share)}"
        for share in audit.shares
        if share.count
    ]
    return [sentence(", ".join(parts)) + "."] if parts else []


def _source_sentences(audit: Audit) -> list[str]:
    company = {part.key: part for part in audit.sources if part.part == "company"}
    reactors = sum(part.people_count for part in company.values())
    if not reactors:
        return []
    alone = company["alone"]
    return [
        sentence(f"{people(reactors)} reacted; {of_hundred(alone.share)} react to nobody else.")
        + f" Of those of the last 30 days, {of_hundred(audit.first_time_share)} had never reacted before."
    ]


def _burst_sentences(audit: Audit) -> list[str]:
    bursts = sorted((day for day in audit.days if day.is_burst), key=lambda day: -day.count)
    if not bursts:
        return ["On no day came more first-time reactors than the days around it let expect."]
    most = bursts[0]
    days = counted(len(bursts), "day", "days")
    return [
        f"On {days} came more first-time reactors than the days around let expect; most on {most.day}:"
        f" {most.count:,}, where {most.expected:.0f} were to be expected; {most.alone_count:,} react to"
        " nobody else. A burst may be news as well as a purchase."
    ]


def _ring_sentences(audit: Audit) -> list[str]:
    return [sentence(ring.sentence) + "." for ring in audit.rings]
