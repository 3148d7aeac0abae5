"""Which two actors a judge is asked about next: balanced, counterbalanced, near and far, with repeats.

A pure function of what the judge has answered already, so a sitting goes on where it stopped, whatever became
of the store in between.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from renown.errors import TooLittleInputError

LEAST_ACTORS: Final = 4
REPEAT_EVERY: Final = 10
"""Every tenth question was asked before, with its sides swapped."""
REPEAT_AFTER: Final = 5
"""Questions that lie in between at least."""
_NEAREST: Final = 3


@dataclass(frozen=True)
class Asked:
    """A question that was asked."""

    a: str
    b: str
    is_repeat: bool = False


def next_pair(scores: Mapping[str, float], asked: Sequence[Asked], *, seed: str) -> Asked:
    """The next question of one judge.

    Of the actors shown least often, one is drawn, and a partner among the others shown least often: by turns
    one of the three nearest in score and one of the farther half; somebody new where there is one. Whoever
    stood on the left more often goes right. Repeats do not count towards the balance.

    Args:     scores: of the actors that may be shown. asked: this judge's questions so far, in order.
              seed: what the draws depend on besides; a judge's own.
    Raises:   TooLittleInputError: fewer than four actors.
    Example:
        >>> scores = {"ada": 50.0, "bob": 40.0, "eve": 12.0, "dan": 3.0}
        >>> first = next_pair(scores, [], seed="judge 1")
        >>> first == next_pair(scores, [], seed="judge 1"), first.is_repeat
        (True, False)
    """
    if len(scores) < LEAST_ACTORS:
        raise TooLittleInputError(
            f"{len(scores)} actors can be shown; a judge needs {LEAST_ACTORS} to choose between.",
            hint="Only public accounts that did not ask to stay out are shown.",
        )
    number = len(asked) + 1
    draw = random.Random(f"{seed}|{number}")
    if number % REPEAT_EVERY == 0 and (again := _repeatable(asked)):
        one = draw.choice(again)
        return Asked(one.b, one.a, is_repeat=True)
    return _balanced(scores, [one for one in asked if not one.is_repeat], draw)


def _repeatable(asked: Sequence[Asked]) -> list[Asked]:
    repeated = {frozenset((one.a, one.b)) for one in asked if one.is_repeat}
    return [
        one
        for one in asked[:-REPEAT_AFTER]
        if not one.is_repeat and frozenset((one.a, one.b)) not in repeated
    ]


def _balanced(scores: Mapping[str, float], asked: Sequence[Asked], draw: random.Random) -> Asked:
    shown = Counter(side for one in asked for side in (one.a, one.b))
    left = Counter(one.a for one in asked)
    excess = {actor: 2 * left[actor] - shown[actor] for actor in scores}
    least = min(shown[actor] for actor in scores)
    waiting = sorted(actor for actor in scores if shown[actor] == least)
    one = draw.choice(waiting)
    others = [actor for actor in waiting if actor != one]
    if not others:
        # One is left over: the partner is one of those who are a turn ahead.
        others = sorted(actor for actor in scores if shown[actor] == least + 1 and actor != one)
    # Opposite excess first: so every second question puts both back to even.
    balancing = [actor for actor in others if excess[actor] * excess[one] < 0] or others
    met = {frozenset((pair.a, pair.b)) for pair in asked}
    strangers = [actor for actor in balancing if frozenset((one, actor)) not in met] or balancing
    other = _near_or_far(scores, one, strangers, (len(asked) % 2 == 0, draw))
    if excess[one] == excess[other]:
        return Asked(one, other) if draw.random() < 0.5 else Asked(other, one)
    return Asked(one, other) if excess[one] < excess[other] else Asked(other, one)


def _near_or_far(
    scores: Mapping[str, float], one: str, others: Sequence[str], turn: tuple[bool, random.Random]
) -> str:
    is_near, draw = turn
    by_distance = sorted(others, key=lambda actor: (abs(scores[actor] - scores[one]), actor))
    chosen = by_distance[:_NEAREST] if is_near else by_distance[len(by_distance) // 2 :]
    return draw.choice(chosen)


def spread_over_scores(scores: Mapping[str, float], count: int) -> list[str]:
    """So many actors, spread evenly over the range of scores: the same ones for every judge.

    Example:
        >>> spread_over_scores({"ada": 50.0, "bob": 49.0, "eve": 25.0, "dan": 0.0}, 3)
        ['dan', 'eve', 'ada']
    """
    ordered = sorted(scores, key=lambda actor: (scores[actor], actor))
    if len(ordered) <= count or count < 2:
        return ordered[:count]
    lowest, highest = scores[ordered[0]], scores[ordered[-1]]
    chosen, place = [], 0
    for number in range(count):
        wanted = lowest + (highest - lowest) * number / (count - 1)
        last = len(ordered) - (count - number)
        while place < last and abs(scores[ordered[place + 1]] - wanted) <= abs(
            scores[ordered[place]] - wanted
        ):
            place += 1
        chosen.append(ordered[place])
        place += 1
    return chosen
