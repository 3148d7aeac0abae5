"""What part of a change of score is the definition's: the same people, weighed by another definition.

The new definition is put in place at the first moment, so everything after it is told in its terms.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from renown.definitions import Definition
from renown.explain.changes import (
    CAUSES,
    Changes,
    DefinitionChange,
    Succession,
    ceiling_points,
    logarithmic_mean,
    moved_part,
    people_of,
)
from renown.explain.measure import ScoreRow, measure_actor, score_of, unbounded_score
from renown.scoring.preview import points_by_part

if TYPE_CHECKING:
    import pyarrow as pa

ReadBy = Callable[[Definition], "pa.Table"]
"""The contributions to an actor as of the first moment, by a definition."""


def put_in_place(changes: Changes, read: ReadBy, definitions: Succession, *, limit: int = 10) -> Changes:
    """The same change, from the score that another definition gave at the first moment.

    Formula:  definition = S(after, since) - S(before, since), both without the ceiling of 100 points. Its
              parts (`renown.scoring.preview.PARTS`) are put in place one after another, first in one order,
              then in the reverse; a part's points are the mean of what its turns moved.
              Of a person: their change of contribution * (mean of both points_per_doubling / ln 2) /
              L(1 + E after, 1 + E before); points of the scale are nobody's.
    Args:     changes: by the definition after, from `build_changes`. limit: people named.
    Cost:     a reading of the actor's reactions for `before`, and two for each part that differs but one.
    Source:   as `build_changes`; Shapley's value of two orders, as `renown.scoring.preview` takes it.
    """
    before, after = definitions
    old, new = read(before), read(after)
    score = measure_actor(old, definition=before, as_of=changes.since)
    between = changes.before.earned_attention
    people = people_of(old, new, changes.since)
    each = (before.points_per_doubling + after.points_per_doubling) / 2 / math.log(2)
    each /= logarithmic_mean(1 + between, 1 + score.earned_attention)
    part = moved_part("definition", people.after - people.before, people, each, limit)
    points = unbounded_score(between, after) - unbounded_score(score.earned_attention, before)
    ceiling = ceiling_points(changes.after.earned_attention, after)
    ceiling -= ceiling_points(score.earned_attention, before)
    other = changes.part("other")
    replaced = {
        "definition": replace(part, points=points),
        "other": replace(other, points=other.points - changes.ceiling_points + ceiling),
    }
    return replace(
        changes,
        before=score,
        score_change=changes.after.score - score.score,
        attention_change=changes.after.earned_attention - score.earned_attention,
        parts=tuple(replaced.get(cause, changes.part(cause)) for cause in CAUSES),
        ceiling_points=ceiling,
        definition=DefinitionChange(
            name_before=before.name,
            hash_before=before.content_hash(),
            name_after=after.name,
            hash_after=after.content_hash(),
            score_between=score_of(between, after),
            by_part=points_by_part(_score_by(read, changes, score, definitions), before, after),
        ),
    )


def _score_by(
    read: ReadBy, changes: Changes, score: ScoreRow, definitions: Succession
) -> Callable[[Definition], float]:
    """The score by a definition, without the ceiling; the attention of each is measured once."""

    def apart_from_scale(definition: Definition) -> str:
        """One name for all definitions that measure the same attention."""
        return msgspec.structs.replace(definition, points_per_doubling=1.0).content_hash()

    earned = {
        apart_from_scale(definitions.after): changes.before.earned_attention,
        apart_from_scale(definitions.before): score.earned_attention,
    }

    def score_by(definition: Definition) -> float:
        """The score as of the first moment, which measures attention where it is not known yet."""
        key = apart_from_scale(definition)
        if key not in earned:
            found = measure_actor(read(definition), definition=definition, as_of=changes.since)
            earned[key] = found.earned_attention
        return unbounded_score(earned[key], definition)

    return score_by
