"""What an explanation says, in words: for titles of charts and the first line of a page.

Plain, without praise or blame. What is not known is said. A title has no full stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from renown.definitions import Definition
from renown.explain.changes import Changes
from renown.explain.compare import Comparison
from renown.explain.ledger import Ledger, LedgerRow
from renown.explain.words import KIND_PLURALS, counted, listed, of_hundred, people, sentence

TOO_FEW_PEOPLE: Final = 3
"""Fewer people than this, and nothing is said about how attention is spread."""

_MOST: Final = 0.5
_CROWD: Final = 0.4
_FEW_POSTS: Final = 3
_NO_CHANGE_POINTS: Final = 0.05
_SAME_FRESHNESS: Final = 0.05


def ledger_title(ledger: Ledger) -> str:
    """Who an actor's attention mostly comes from, and whether a few posts brought it.

    "Mostly" is at least half. It is only said of a group that is at most four in ten of all who gave.

    Example:
        >>> from renown.explain.ledger import Ledger
        >>> ledger_title(Ledger(0.0, 0, 0, 0, {"post": ()}, ()))
        'Nobody has responded yet'
    """
    count, half = ledger.people_count, ledger.half_people_count
    if count == 0:
        return "No reaction counts yet" if ledger.not_counted else "Nobody has responded yet"
    if count < TOO_FEW_PEOPLE:
        return sentence(f"{people(count)} responded, too few to say more")
    posts = _posts_clause(ledger)
    if half <= count * _CROWD:
        return f"Mostly {people(half)}" + (f", and {posts}" if posts else "")
    who = sentence(f"{people(count)}, none far ahead of the others")
    return who + (f"; mostly {posts}" if posts else "")


def kinds_sentence(ledger: Ledger) -> str:
    """By what people responded: the kinds that make up most of the attention. Empty where nothing counts.

    Example:
        >>> from renown.explain.ledger import Ledger, LedgerRow
        >>> rows = (LedgerRow("repost", "repost", "named", 3.0, 0.75, 3, 3, 1),
        ...         LedgerRow("like", "like", "named", 1.0, 0.25, 1, 1, 1))
        >>> kinds_sentence(Ledger(4.0, 4, 4, 2, {"kind": rows}, ()))
        'Mostly reposts (75 of 100).'
    """
    rows = fewest_with_half(ledger.parts["kind"])
    if not rows:
        return ""
    if len(ledger.parts["kind"]) == 1:
        return sentence(f"{KIND_PLURALS.get(rows[0].label, rows[0].label)} only.")
    named = [f"{KIND_PLURALS.get(row.label, row.label)} ({of_hundred(row.share)})" for row in rows]
    return f"Mostly {listed(named)}."


def not_counted_sentence(ledger: Ledger) -> str:
    """What is kept and does not count, and why. Empty where everything counts.

    Example:
        >>> from renown.explain.ledger import Ledger, NotCounted
        >>> not_counted_sentence(Ledger(0.0, 0, 0, 0, {}, (NotCounted("daily cap", "over the cap", 2),)))
        'Two more reactions are kept and do not count: over the cap.'
    """
    lines = [
        f"{counted(entry.interactions_count, 'more reaction is', 'more reactions are')} kept and "
        f"{'does' if entry.interactions_count == 1 else 'do'} not count: {entry.meaning}."
        for entry in ledger.not_counted
    ]
    return " ".join(sentence(line) for line in lines)


def freshness_sentence(freshness: float) -> str:
    """By how much an actor counts more or less for how lately people reacted. Empty where that is nothing.

    Example:
        >>> freshness_sentence(1.0), freshness_sentence(1.304)
        ('', 'People reacted more lately than is usual: all of it counts 1.3 times.')
    """
    if abs(freshness - 1) < _SAME_FRESHNESS:
        return ""
    than = "more" if freshness > 1 else "less"
    return f"People reacted {than} lately than is usual: all of it counts {freshness:.2g} times."


def changes_title(changes: Changes) -> str:
    """Who responded between the two moments, whether that was more than faded, and what a definition did."""
    points = changes.part("definition").points
    if changes.definition is None or abs(points) < _NO_CHANGE_POINTS:
        return _who_responded(changes)
    amount = f"{abs(points):.1f} points {'more' if points > 0 else 'less'}"
    return f"{_who_responded(changes)}; another definition gives {amount}"


def _who_responded(changes: Changes) -> str:
    new, returning = changes.part("new_people").people_count, changes.part("returning_people").people_count
    if new + returning == 0:
        return "Nobody responded in this time" + (
            ", and earlier attention faded" if changes.before.earned_attention > 0 else ""
        )
    groups = ((new, "new person", "new people"), (returning, "returning person", "returning people"))
    who = listed([counted(*group) for group in groups if group[0]])
    if changes.before.earned_attention == 0:
        return sentence(f"{who} responded, the first of all")
    return sentence(f"{who} responded, {_against_fading(changes)}")


def comparison_title(comparison: Comparison) -> str:
    """How far apart the first two actors are, how surely, and whom they share."""
    if not comparison.pairs:
        return "One actor alone: nothing to compare"
    pair, names = comparison.pairs[0], [entry.actor.handle for entry in comparison.actors[:2]]
    if pair.do_intervals_overlap:
        order = f"{names[0]} and {names[1]} are too close to tell apart"
    else:
        upper, lower = names if pair.score_difference > 0 else names[::-1]
        order = f"{upper} is {abs(pair.score_difference):.0f} points above {lower}"
    shared = people(pair.shared_people_count) if pair.shared_people_count else "nobody"
    return f"{order}; {shared} gave to both"


def window_in_words(definition: Definition) -> str:
    """Which attention a score is about.

    Example:
        >>> from renown.definitions import load_definition
        >>> window_in_words(load_definition("renown-1"))
        'attention that halves in 90 days'
    """
    days = round(definition.attention_half_life_days(), 2)
    how_lately = ", by how lately people reacted" if definition.freshness else ""
    return f"attention that halves in {days:g} day{'' if days == 1 else 's'}{how_lately}"


def fewest_with_half(rows: Sequence[LedgerRow]) -> tuple[LedgerRow, ...]:
    """The fewest named rows that together hold half of the attention; none where even all of them do not."""
    held = 0.0
    for count, row in enumerate((row for row in rows if row.role == "named"), start=1):
        held += row.share
        if held >= _MOST - 1e-12:
            return tuple(rows[:count])
    return ()


def _posts_clause(ledger: Ledger) -> str:
    posts = fewest_with_half(ledger.parts["post"])
    entries = sum(row.entries_count for row in ledger.parts["post"] if row.role != "unnamed")
    if not posts or len(posts) > _FEW_POSTS or (len(posts) > entries * _CROWD and entries > 1):
        return ""
    return counted(len(posts), "post", "posts")


def _against_fading(changes: Changes) -> str:
    if changes.part("fading").attention_change == 0:
        return "and nothing had faded"
    if abs(changes.score_change) < _NO_CHANGE_POINTS:
        return "as much as faded"
    return "more than faded" if changes.score_change > 0 else "less than faded"
