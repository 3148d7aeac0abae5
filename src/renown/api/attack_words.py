"""The attack report in words: what stands out, what it costs genuine actors, how it was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from renown.api.attack_lab import attack_bar, battlefield_words, hours_words
from renown.charts.words import of_hundred
from renown.evaluate.attacks import ORDINARY, AttackReport, AttackRow

TITLE: Final = "What it costs to buy a score"
_SMALL: Final = 1_000
_HEADS: Final = (
    "attack",
    "accounts",
    "acts",
    "points, undefended",
    "points, defended",
    "kept",
    "at worst",
    "cost",
    "a point, undefended",
    "a point, defended",
    "discounted after",
    "found after",
)


def headline(report: AttackReport) -> list[str]:
    """What stands out, as sentences."""
    rows = [row for row in report.attacks if row.gained_points > 0]
    if not rows:
        return ["No attack gained anything."]
    most = max(rows, key=lambda row: row.gained_points)
    said = [f"Undefended, {most.words} gain {most.gained_points:.1f} points."]
    shared = [row for row in rows if row.kept_share is not None]
    if not shared:
        return [*said, "No defence was tried: these are the gains to be prevented."]
    small = [row for row in shared if row.accounts_count + row.members_count <= _SMALL]
    large = [row for row in shared if row not in small]
    said += [_kept_sentence(f"Of the attacks by up to {_SMALL:,} accounts", small)] if small else []
    return said + ([_kept_sentence("Of the larger ones", large)] if large else [])


def _kept_sentence(beginning: str, rows: Sequence[AttackRow]) -> str:
    """Which attack keeps most, and how much the one in the middle does."""
    shares = sorted(max(0.0, row.kept_share or 0.0) for row in rows)
    worst = max(rows, key=lambda row: row.kept_share or 0.0)
    return (
        f"{beginning}, {worst.label} keeps most with the defence, {of_hundred(shares[-1])} parts of its"
        f" points; the one in the middle keeps {of_hundred(shares[len(shares) // 2])}."
    )


def genuine_sentences(report: AttackReport) -> list[str]:
    """What the defence takes from actors who attack nobody."""
    genuine = report.genuine
    if genuine is None:
        return ["Nothing: no defence was tried."]
    halved = f"{genuine.receivers_discounted_count:,} lose over half of their earned attention"
    muted = f"{genuine.givers_discounted_count:,} have over half of what they give discounted"
    return [
        f"Of the {genuine.actors_count:,} genuine actors with the highest scores the one in the middle loses"
        f" {genuine.median_points:.2f} points, one in a hundred {genuine.p99_points:.2f} or more, and most"
        f" the one at rank {genuine.worst_rank:,}: {genuine.worst_points:.1f}.",
        f"Of {genuine.receivers_count:,} actors with a score {halved}"
        f" ({genuine.receivers_discounted_share * 1000:.2f} in 1,000). Of {genuine.givers_count:,} who give"
        f" attention, {muted} ({genuine.givers_discounted_share * 1000:.2f} in 1,000).",
    ]


def method_sentences(report: AttackReport) -> list[str]:
    """By what, on what and at what prices this was measured, and what was left out."""
    ground = report.battlefield
    looks = ", ".join(hours_words(hours) for hours in report.looks_hours)
    said = [
        f"{len(report.attacks)} attacks went into {report.rounds_count} copies of the store; the seed is"
        f" {report.seed}. Scores are by {ground.definition_name} ({ground.definition_hash[:12]}) as of"
        f" {ground.as_of:%Y-%m-%d %H:%M} UTC. Gains are the target's score after less before; for pods the"
        " mean over the members, and prices are for a point of each member. Attacks that are small beside the"
        f" background were tried on up to {max((row.targets_count for row in report.attacks), default=1)}"
        " targets, and their figures are means.",
    ]
    if report.percentile != ORDINARY:
        said.append(f"Ordinary targets are those around {report.percentile:g} of 100 scores, from below.")
    if report.defence is not None:
        said.append(
            f"The defence is {report.defence}. It was asked {looks} after an attack's first act, each time"
            " knowing only what had happened by then. Discounted: less than half of the attack"
            " counted. Found: half of a finding's members took part, or it named half of those who did."
        )
    said.append(f"Prices in {report.currency}: {report.prices_source.strip()}")
    said += [f"Left out: {one.name}, since {one.reason}." for one in report.left_out]
    return said


def report_as_markdown(report: AttackReport, *, picture: str) -> str:
    """The whole report as Markdown, with a picture that stands beside it."""
    parts = [f"# {TITLE}", *report_passages(report, picture=picture), price_table(report)]
    return "\n\n".join(parts) + "\n"


def report_passages(report: AttackReport, *, picture: str | None = None, heading: str = "##") -> list[str]:
    """What was attacked, what attacks gain, what genuine actors lose and how it was measured, as Markdown."""
    from renown.api.attack_lab import attack_chart

    parts = [f"{battlefield_words(report)}.", *headline(report)]
    if picture:
        parts.append(f"![{attack_chart(report).description}]({picture})")
    return [
        *parts,
        attack_table(report),
        f"{heading} What the defence takes from everybody else",
        *genuine_sentences(report),
        f"{heading} How this was measured",
        *method_sentences(report),
    ]


def attack_table(report: AttackReport) -> str:
    """Every attack as a row of a Markdown table."""
    is_defended = report.defence is not None
    lines = [_line(_HEADS), _line(["---", *["---:"] * (len(_HEADS) - 1)])]
    for row in report.attacks:
        bar = attack_bar(row, report)
        lines.append(
            _line(
                [
                    row.label,
                    f"{row.accounts_count or row.members_count:,}",
                    f"{row.acts_count:,}",
                    f"{row.gained_points:.1f}",
                    "" if row.kept_points is None else f"{row.kept_points:.1f}",
                    _share(row.kept_share),
                    _share(row.worst_kept_share),
                    bar.cost,
                    bar.cost_per_point,
                    bar.cost_per_kept_point,
                    _when(row.hours_to_discount, is_defended),
                    _when(row.hours_to_finding, is_defended),
                ]
            )
        )
    return "\n".join(lines)


def price_table(report: AttackReport) -> str:
    """The prices as a Markdown table."""
    lines = [_line(["price of", report.currency]), _line(["---", "---:"])]
    return "\n".join([*lines, *(_line([name, f"{price:g}"]) for name, price in report.prices.items())])


def _share(share: float | None) -> str:
    return "" if share is None else of_hundred(max(0.0, share))


def _when(hours: float | None, is_defended: bool) -> str:
    if hours is None:
        return "never" if is_defended else ""
    return hours_words(hours)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
