"""The ledger as SQL steps: every interaction received, and its part of what the actor earned."""

from __future__ import annotations

from renown.definitions import Definition
from renown.steps.literals import double
from renown.steps.score import (
    BELIEVED,
    BELIEVED_JOINS,
    RECEIVED,
    counting_steps,
    freshness_factor,
    received_interactions,
    ties,
)
from renown.steps.step import Step, made_step

RELEVANT = "relevant_interactions"


def compile_ledger(
    definition: Definition, *, as_of_microseconds: int, target_actor_key: int | None = None
) -> tuple[Step, ...]:
    """The steps to `ledger`: a row per interaction that others gave one actor (None: every actor).

    ledger(target_actor_key, source_actor_key, person_key, kind, post_id, reaction_post_id, occurred_at,
    is_counted, weight, mass, tie_mass, contribution). The contribution of a tie is shared out by mass among
    its interactions; the contributions of an actor add up to its earned attention.

    Raises:   MomentError: a moment that cannot be written as a timestamp.
    Notes:    A weight depends on all that its source did that day, so for one actor the steps read everything
              that the people who ever interacted with the actor did.
    Example:
        >>> from renown.definitions import load_definition
        >>> from renown.steps import compile_ledger
        >>> steps = compile_ledger(load_definition(), as_of_microseconds=0, target_actor_key=7)
        >>> [step.name for step in steps[:3]]
        ['received_interactions', 'people', 'relevant_interactions']
    """
    received = received_interactions(definition, as_of_microseconds)
    if target_actor_key is None:
        counting = counting_steps(definition, as_of_microseconds, source=RECEIVED)
        return (received, *counting, *_from_ties(definition, as_of_microseconds))
    counting = counting_steps(definition, as_of_microseconds, source=RELEVANT)
    return (
        received,
        _people(target_actor_key),
        _relevant_interactions(),
        *counting,
        *_from_ties(definition, as_of_microseconds, f"where i.target_actor_key = {target_actor_key}"),
    )


def _from_ties(definition: Definition, as_of_microseconds: int, condition: str = "") -> tuple[Step, ...]:
    steps = [ties(definition, as_of_microseconds), _ledger(definition, condition)]
    if definition.freshness:
        steps.insert(1, _actor_freshness(definition))
    return tuple(steps)


def _people(target_actor_key: int) -> Step:
    return made_step(
        "people",
        f"Everybody who interacted with actor {target_actor_key}.",
        f"""
        select distinct source_person_key
        from {RECEIVED}
        where target_actor_key = {target_actor_key}
        """,
    )


def _relevant_interactions() -> Step:
    return made_step(
        RELEVANT,
        "All that these people did, towards anybody: how much they hand out decides what each act weighs.",
        f"""
        select i.*
        from {RECEIVED} as i
        join people on people.source_person_key = i.source_person_key
        """,
    )


def _actor_freshness(definition: Definition) -> Step:
    """How much more or less an actor counts for how lately its people reacted."""
    assert definition.freshness is not None
    return made_step(
        "actor_freshness",
        "By how much an actor counts more or less, because its people reacted more or less lately.",
        f"""
        select target_actor_key, {freshness_factor(definition.freshness)} as freshness
        from (
          select
            target_actor_key,
            sum(contribution) as earned_attention,
            sum(contribution * fresh_share) as fresh_attention
          from (
            select
              t.target_actor_key,
              {BELIEVED} * power(t.mass, {double(definition.exponent)}) as contribution,
              t.fresh_share
            from ties as t
            {BELIEVED_JOINS}
          ) as contributions
          group by target_actor_key
        ) as totals
        """,
    )


def _ledger(definition: Definition, condition: str = "") -> Step:
    contribution = f"{BELIEVED} * power(t.mass, {double(definition.exponent)}) * i.mass / t.mass"
    joins = BELIEVED_JOINS
    if definition.freshness:
        contribution += " * actor_freshness.freshness"
        joins += """
        join actor_freshness on actor_freshness.target_actor_key = t.target_actor_key"""
    return made_step(
        "ledger",
        "One row per interaction received, with its share of the tie's contribution.",
        f"""
        select
          i.target_actor_key,
          i.source_actor_key,
          i.source_person_key as person_key,
          i.kind,
          i.post_id,
          i.reaction_post_id,
          i.occurred_at,
          i.is_counted,
          i.weight,
          i.mass,
          t.mass as tie_mass,
          case when t.mass > 0e0
            then {contribution}
            else 0e0
          end as contribution
        from weighted_interactions as i
        join ties as t
          on t.source_person_key = i.source_person_key and t.target_actor_key = i.target_actor_key
        {joins}
        {condition}
        """,
    )
