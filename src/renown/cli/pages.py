"""What explains a score, as a person reads it in a terminal: who, how sure, why, what changed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from renown.cli import look
from renown.cli.rows import Column, Listing, Part, is_ascii_only
from renown.types import HIGHEST_SCORE

if TYPE_CHECKING:
    from renown.api.actors import ActorView
    from renown.explain import (
        Basis,
        Changes,
        Comparison,
        Dimension,
        Explanation,
        LedgerRow,
        Reaction,
        ScoreRow,
    )

_BAR: Final = 24
_NARROW_BAR: Final = 16
_FEW: Final = 5
_HEADINGS: Final = {
    "person": "person",
    "kind": "kind",
    "post": "post",
    "day": "day (UTC)",
    "network": "network",
}
_CAUSES: Final = {
    "new_people": "new people",
    "returning_people": "returning people",
    "fading": "fading",
    "freshness": "freshness",
    "trust": "trust",
    "definition": "another definition",
    "other": "other",
}


def actor_page(view: ActorView) -> list[Part]:
    """The whole card of an actor."""
    explanation = view.explanation
    actor = explanation.actor
    parts: list[Part] = [_heading(f"{look.name(actor.handle)} ({look.name(actor.actor_id, longest=60)})")]
    parts += _how_sure(explanation.score if view.ranked is None else _as_in_run(view))
    parts += ["", _heading("Why"), explanation.title + ".", *explanation.sentences]
    parts += [_ledger_listing(explanation, "person", limit=_FEW)]
    parts += ["", _heading(f"What changed since {look.day(view.changes.since)}"), view.changes.title + "."]
    parts += [
        _causes_listing(view.changes),
        *_definition_lines(view.changes),
        "",
        basis_line(explanation.basis),
    ]
    if view.is_stale:
        parts.append("Interactions were imported since this run; `renown score` brings it up to date.")
    return parts


def explanation_page(explanation: Explanation, by: Dimension | None, limit: int) -> list[Part]:
    """The ledger: one dimension in full, or the heads of all."""
    actor, score = explanation.actor, explanation.score
    marked = look.interval(score.score, score.score_low, score.score_high)
    parts: list[Part] = [
        _heading(f"{look.name(actor.handle)}  {marked}"),
        explanation.title + ".",
        *explanation.sentences,
    ]
    dimensions: Sequence[Dimension] = (by,) if by else ("person", "kind", "post", "day")
    shown = limit if by else min(limit, _FEW)
    for dimension in dimensions:
        if by or any(row.role == "named" for row in explanation.ledger.parts.get(dimension, ())):
            parts += ["", _ledger_listing(explanation, dimension, limit=shown)]
    total = f"Together {explanation.ledger.earned_attention:,.2f} effective people."
    return [*parts, "", total, basis_line(explanation.basis)]


def changes_page(changes: Changes) -> list[Part]:
    """What moved a score between two moments, and who."""
    before, after = changes.before, changes.after
    who = "" if changes.actor is None else f"{look.name(changes.actor.handle)}  "
    parts: list[Part] = [
        _heading(
            f"{who}{look.interval(before.score, before.score_low, before.score_high)}"
            f" on {look.moment(changes.since)},"
            f" {look.interval(after.score, after.score_low, after.score_high)}"
            f" on {look.moment(changes.until)}"
        ),
        changes.title + ".",
        "",
        _causes_listing(changes),
        *_definition_lines(changes),
    ]
    for part in changes.parts:
        if part.rows and part.cause not in ("fading", "freshness"):
            rows = [row.to_dict() for row in part.rows[:_FEW]]
            parts += ["", Listing(rows, _mover_columns(_CAUSES[part.cause]))]
    return [*parts, "", basis_line(changes.basis)]


def comparison_page(comparison: Comparison) -> list[Part]:
    """Actors side by side."""
    rows = [{**entry.actor.to_dict(), **entry.score.to_dict()} for entry in comparison.actors]
    kinds = [_kinds_in_words(entry.kinds) for entry in comparison.actors]
    for row, words, entry in zip(rows, kinds, comparison.actors, strict=True):
        row.update(kinds=words, shared_share=entry.shared_share)
    columns = [
        Column("actor", lambda row: f"{look.name(row['handle'])}", is_text=True, can_shrink=True),
        Column(
            "score [interval]",
            lambda row: look.interval_in_table(row["score"], row["score_low"], row["score_high"]),
        ),
        Column("people", lambda row: look.whole(row["people_count"])),
        Column("from shared people", lambda row: look.share(row["shared_share"])),
        Column("mostly", lambda row: row["kinds"], is_text=True, can_shrink=True),
    ]
    return [_heading(comparison.title), "", Listing(rows, columns), "", basis_line(comparison.basis)]


def reactions_listing(reactions: Sequence[Reaction]) -> Listing:
    """Single reactions, the last thing that a number opens to."""
    columns = [
        Column("when, UTC", lambda row: look.minute(row["occurred_at"])),
        Column("who", lambda row: f"{look.name(row['label'])}", is_text=True, can_shrink=True),
        Column("kind", lambda row: row["kind"], is_text=True),
        Column("post", lambda row: look.name(row["post_id"]), is_text=True, can_shrink=True),
        Column("weight", lambda row: f"{row['weight']:.2f}"),
        Column("gave", lambda row: f"{row['contribution']:.3f}" if row["is_counted"] else "not counted"),
    ]
    records = [{name: getattr(entry, name) for name in entry.__dataclass_fields__} for entry in reactions]
    return Listing(records, columns, REACTION_FIELDS, when_empty="There are no such reactions.")


REACTION_FIELDS: Final = (
    *("source", "person", "label", "kind", "post_id", "reaction_post_id", "occurred_at"),
    *("is_counted", "weight", "mass", "contribution"),
)


def basis_line(basis: Basis | None) -> str:
    """Where a score holds; no score is printed without it."""
    from renown.cli.context import networks_in_words

    if basis is None:
        return ""
    return (
        f"{networks_in_words(basis.networks)} · all topics · {basis.window}\n"
        f"as of {look.moment(basis.as_of)} · {look.name(basis.definition_name)} {basis.definition_hash[:8]}"
        f" · [ ] covers {basis.interval_level * 100:g} of 100"
    )


def _heading(text: str) -> Listing:
    return Listing((), (), title=text, when_empty="")


def _as_in_run(view: ActorView) -> ScoreRow:
    from renown.explain import ScoreRow

    ranked = view.ranked
    assert ranked is not None
    return ScoreRow(**{name: getattr(ranked, name) for name in ScoreRow.__dataclass_fields__})


def _how_sure(score: ScoreRow) -> list[Part]:
    from renown.explain.words import counted, people, sentence

    bar = look.bar(score.score, full=HIGHEST_SCORE, width=_BAR, is_ascii=is_ascii_only())
    lines: list[Part] = [f"{look.interval(score.score, score.score_low, score.score_high)}  {bar}".rstrip()]
    if score.percentile is not None and score.rank_low is not None and score.rank_high is not None:
        lines.append(
            f"Higher than {_below(score.percentile)}; rank {look.band(score.rank_low, score.rank_high)}."
        )
    reactions = counted(score.interactions_count, "reaction", "reactions")
    lines.append(
        sentence(f"{people(score.people_count)} responded, {reactions}:")
        + f" {score.earned_attention:,.1f} effective people."
    )
    lines.append(f"Momentum {score.momentum:.0f}: the same with attention that halves in 7 days.")
    return lines


def _below(percentile: float) -> str:
    if percentile >= 100:
        return "everybody else who has a score"
    return f"{math.floor(percentile)} of 100 who have a score"


def _ledger_listing(explanation: Explanation, dimension: Dimension, *, limit: int) -> Listing:
    rows = _cut(explanation.ledger.parts[dimension], limit)
    columns = [
        Column(_HEADINGS[dimension], lambda row: look.name(row["label"]), is_text=True, can_shrink=True),
        Column("share", lambda row: look.share(row["share"])),
        _bars([row for row in rows if row["role"] != "others"], "share"),
        Column("effective people", lambda row: f"{row['contribution']:,.2f}"),
        Column("reactions", lambda row: look.whole(row["interactions_count"]), is_extra=True),
    ]
    return Listing(rows, columns, when_empty="No reaction counts.")


def _cut(rows: Sequence[LedgerRow], limit: int) -> list[dict[str, Any]]:
    """The first rows, and one for all others: they still add up."""
    named = [row for row in rows if row.role != "others"]
    shown = [row.to_dict() for row in named[:limit]]
    rest = [*named[limit:], *(row for row in rows if row.role == "others")]
    if rest:
        entries = sum(row.entries_count for row in rest)
        shown.append(
            {
                "role": "others",
                "label": f"{entries:,} others" if entries > 1 else "one other",
                "share": sum(row.share for row in rest),
                "contribution": sum(row.contribution for row in rest),
                "interactions_count": sum(row.interactions_count for row in rest),
            }
        )
    return shown


def _definition_lines(changes: Changes) -> list[Part]:
    """Which definition took the place of which, and what each part of it moved."""
    if changes.definition is None:
        return []
    change = changes.definition
    parts = ", ".join(f"{part} {look.signed(points)}" for part, points in change.by_part.items())
    names = f"{look.name(change.name_before)} -> {look.name(change.name_after)}"
    if change.name_before == change.name_after:
        names += f" ({change.hash_before[:8]} -> {change.hash_after[:8]})"
    return [f"Definition: {names}; {parts or 'nothing that moves scores'}."]


def _causes_listing(changes: Changes) -> Listing:
    silent = {"definition"} if changes.definition is None else set()
    if changes.part("freshness").attention_change == 0:
        silent.add("freshness")
    rows = [part.to_dict() for part in changes.parts if part.cause not in silent]
    columns = [
        Column("", lambda row: _CAUSES.get(row["cause"], row["cause"]), is_text=True),
        Column("points", lambda row: look.signed(row["points"])),
        _bars(rows, "points"),
        Column("people", lambda row: look.whole(row["people_count"])),
    ]
    return Listing(rows, columns)


def _bars(rows: Sequence[Mapping[str, Any]], field: str) -> Column:
    """A column of bars for these rows, in proportion to the largest of them; no bar for any other."""
    full = max((abs(row[field]) for row in rows), default=0.0)
    drawn = [id(row) for row in rows]
    is_ascii = is_ascii_only()

    def cell(row: Mapping[str, Any]) -> str:
        """The bar of one row."""
        size = abs(row[field]) if id(row) in drawn else 0.0
        return look.bar(size, full=full, width=_NARROW_BAR, is_ascii=is_ascii)

    return Column("", cell, is_text=True, is_extra=True)


def _mover_columns(cause: str) -> list[Column]:
    return [
        Column(cause, lambda row: f"{look.name(row['label'])}", is_text=True, can_shrink=True),
        Column("points", lambda row: f"{row['points']:+.2f}"),
        Column("effective people before", lambda row: f"{row['contribution_before']:,.2f}"),
        Column("after", lambda row: f"{row['contribution_after']:,.2f}"),
    ]


def _kinds_in_words(kinds: Sequence[LedgerRow]) -> str:
    from renown.explain.words import KIND_PLURALS

    if not kinds:
        return look.NOTHING
    return f"{KIND_PLURALS.get(kinds[0].label, kinds[0].label)} ({look.share(kinds[0].share)})"
