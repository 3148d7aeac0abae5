"""The flow of trust as SQL: an initial state, a step, and what a step moved; equal to the kernel."""

from __future__ import annotations

from dataclasses import dataclass

from renown.steps.literals import double
from renown.steps.step import Step, made_step

TIES = "flow_ties"
SEEDS = "flow_seeds"


@dataclass(frozen=True)
class IteratedSteps:
    """Steps for an engine to run: the initial ones once; then, round after round, the step and its residual.

    After each round the engine keeps `next_trust` as `flow_trust`, so that no plan grows with the rounds.
    """

    initial: tuple[Step, ...]
    step: Step
    residual: Step


def compile_trust_flow(*, damping: float) -> IteratedSteps:
    """Trust from `flow_seeds(actor_key)` over `flow_ties(source_actor_key, target_actor_key, attention)`.

    Formula:  see `renown.kernels.trust_flow.flow_trust`.
    Example:
        >>> from renown.steps.trust_flow import compile_trust_flow
        >>> compile_trust_flow(damping=0.85).step.name
        'next_trust'
    """
    return IteratedSteps(initial=(_shares(), _start(), _flow()), step=_next(damping), residual=_residual())


def _shares() -> Step:
    return made_step(
        "flow_shares",
        "Each tie's share of all the attention that its source gives.",
        f"""
        select t.source_actor_key, t.target_actor_key, t.attention / g.given as share
        from {TIES} as t
        join (
          select source_actor_key, sum(attention) as given from {TIES} group by source_actor_key
        ) as g on g.source_actor_key = t.source_actor_key
        where g.given > 0e0
        """,
    )


def _start() -> Step:
    return made_step(
        "flow_start",
        "Where trust begins: with the seeds, in equal parts.",
        f"""
        select actor_key, 1e0 / (select count(*) from {SEEDS}) as trust from {SEEDS}
        """,
    )


def _flow() -> Step:
    return made_step(
        "flow_trust",
        "The trust of each actor whom it has reached.",
        "select actor_key, trust from flow_start",
    )


def _next(damping: float) -> Step:
    kept, moved = double(1.0 - damping), double(damping)
    return made_step(
        "next_trust",
        "One step: trust moves along attention; what is held by those who give none returns to the seeds.",
        f"""
        select actor_key, sum(trust) as trust
        from (
          select s.target_actor_key as actor_key, {moved} * f.trust * s.share as trust
          from flow_trust as f
          join flow_shares as s on s.source_actor_key = f.actor_key
          union all
          select p.actor_key, p.trust * ({kept} + {moved} * coalesce(sunk.trust, 0e0)) as trust
          from flow_start as p
          cross join (
            select sum(f.trust) as trust
            from flow_trust as f
            left join (select distinct source_actor_key from flow_shares) as g
              on g.source_actor_key = f.actor_key
            where g.source_actor_key is null
          ) as sunk
        ) as moved
        group by actor_key
        """,
    )


def _residual() -> Step:
    return made_step(
        "flow_residual",
        "How much trust the step moved, summed over all actors.",
        """
        select sum(abs(coalesce(n.trust, 0e0) - coalesce(f.trust, 0e0))) as residual
        from next_trust as n
        full join flow_trust as f on f.actor_key = n.actor_key
        """,
    )
