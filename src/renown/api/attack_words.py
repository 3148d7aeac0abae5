"""The attack report in words: what stands out, what it costs genuine actors, how it was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from renown.api.attack_lab import attack_bar, battlefield_words, hours_words
from renown.charts.words import of_hundred
from renown.evaluate.attacks import AttackReport, AttackRow

_HEADS: Final = (
    "attack",
    "accounts",
    "acts",
    "points, undefended",
    "points, defended",
    "kept",
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
    for limit, rest in ((1_000, "Of the attacks by up to 1,000 accounts"), (None, "Of the larger ones")):
        some = [
            row for row in shared if (row.accounts_count + row.members_count <= 1_000) == (limit is not None)
        ]
        if some:
            said.append(_kept_sentence(rest, some))
    return said


def _kept_sentence(beginning: str, rows: Sequence[AttackRow]) -> str:
    """Which attack keeps most, and how much the one in the middle does."""
    shares = sorted(row.kept_share or 0.0 for row in rows)
    worst = max(rows, key=lambda row: row.kept_share or 0.0)
    return (
        f"{beginning}, {worst.label} keeps most with the defence: {of_hundred(max(0.0, shares[-1]))} parts of its"
        f" points; the one in the middle keeps {of_hundred(max(0.0, shares[len(shares) // 2]))}."
    )


def genuine_sentences(report: AttackReport) -> list[str]:
    """What the defence takes from actors who attack nobody."""
    genuine = report.genuine
    if genuine is None:
        return ["Nothing: no defence was tried."]
    return [
        f"Of the {genuine.actors_count:,} genuine actors with the highest scores the one in the middle loses"
        f" {genuine.median_points:.2f} points, one in a hundred {genuine.p99_points:.2f} or more, and the one at"
        f" rank {genuine.worst_rank:,} most: {genuine.worst_points:.1f}.",
        f"Of {genuine.receivers_count:,} actors with a score {genuine.receivers_discounted_count:,} lose over half"
        f" of their earned attention ({genuine.receivers_discounted_share * 1000:.2f} in 1,000). Of"
        f" {genuine.givers_count:,} who give attention, {genuine.givers_discounted_count:,} have over half of what"
        f" they give discounted ({genuine.givers_discounted_share * 1000:.2f} in 1,000).",
    ]


def method_sentences(report: AttackReport) -> list[str]:
    """By what, on what and at what prices this was measured, and what was left out."""
    ground = report.battlefield
    looks = ", ".join(hours_words(hours) for hours in report.looks_hours)
    said = [
        f"{len(report.attacks)} attacks went into {report.rounds_count} copies of the store; the seed is"
        f" {report.seed}. Scores are by {ground.definition_name} ({ground.definition_hash[:12]}) as of"
        f" {ground.as_of:%Y-%m-%d %H:%M} UTC. Gains are the target's score after less before; for pods the mean"
        " over the members, and prices are for one member's point.",
    ]
    if report.defence is not None:
        said.append(
            f"The defence is {report.defence}. It was asked {looks} after an attack's first act on the target, as"
            " of that moment: discounted means that less than half of the attack counted, found that a finding"
            " named somebody who took part."
        )
    said.append(f"Prices in {report.currency}: {report.prices_source.strip()}")
    said += [f"Left out: {one.name}, since {one.reason}." for one in report.left_out]
    return said


def report_as_markdown(
    report: AttackReport, *, picture: str, title: str = "What it costs to buy a score"
) -> str:
    """The whole report as Markdown, with a picture that stands beside it."""
    from renown.api.attack_lab import attack_chart

    parts = [
        f"# {title}",
        f"{battlefield_words(report)}.",
        *headline(report),
        f"![{attack_chart(report).description}]({picture})",
        attack_table(report),
        "## What the defence takes from everybody else",
        *genuine_sentences(report),
        "## How this was measured",
        *method_sentences(report),
        price_table(report),
    ]
    return "\n\n".join(parts) + "\n"


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
                    "" if row.kept_share is None else of_hundred(max(0.0, row.kept_share)),
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


def _when(hours: float | None, is_defended: bool) -> str:
    if hours is None:
        return "never" if is_defended else ""
    return hours_words(hours)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
