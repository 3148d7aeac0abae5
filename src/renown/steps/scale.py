"""From what an actor earned to the scale: score, interval, percentile, rank band."""

from __future__ import annotations

from statistics import NormalDist

from renown.definitions import Definition
from renown.steps.literals import double
from renown.steps.step import Step, made_step

COMPARED_DECIMALS = 9
"""Places and ranks compare scores to a billionth of a point, so that rounding in sums cannot break a tie."""


def scale_steps(definition: Definition) -> tuple[Step, ...]:
    """Views on `earned`: intervals, rank_bands and scores."""
    return (_intervals(definition), _rank_bands(), _scores())


def _intervals(definition: Definition) -> Step:
    points = double(definition.points_per_doubling)
    quantile = NormalDist().inv_cdf((1 + definition.interval_level) / 2)
    if definition.people_shape is not None:
        return _shrunk_intervals(definition, points, quantile)
    return made_step(
        "intervals",
        f"The score and the interval that holds it {100 * definition.interval_level:.6g} times in a hundred.",
        f"""
        select
          actor_key,
          least(100e0, unbounded) as score,
          least(100e0, greatest(0e0, unbounded - reach)) as score_low,
          least(100e0, greatest(0e0, unbounded + reach)) as score_high,
          least(100e0, {points} * log2(1e0 + momentum_attention)) as momentum
        from (
          select
            *,
            {points} * log2(1e0 + earned_attention) as unbounded,
            {double(quantile)} * {points} / ln(2e0)
              * sqrt({double(definition.phi)} * squared_attention) / (1e0 + earned_attention) as reach
          from earned
        ) as unclipped
        """,
        is_stored=False,
    )


def _shrunk_intervals(definition: Definition, points: str, quantile: float) -> Step:
    """Gamma-Poisson: docs/concepts/fitting.md."""
    low, high = (
        f"least(100e0, {points} * log2(1e0 + given * people * power(greatest(0e0, "
        f"1e0 - 1e0 / (9e0 * people) {sign} {double(quantile)} / (3e0 * sqrt(people))), 3e0)"
        f" / {double((definition.people_rate or 0.0) + 1)}))"
        for sign in "-+"
    )
    return made_step(
        "intervals",
        f"The score and the interval that holds it {100 * definition.interval_level:.6g} times in a hundred.",
        f"""
        select
          actor_key,
          least(100e0, {points} * log2(1e0 + earned_attention)) as score,
          {low} as score_low,
          {high} as score_high,
          least(100e0, {points} * log2(1e0 + momentum_attention)) as momentum
        from (
          select
            *,
            {double(definition.people_shape or 0.0)}
              + case when given > 0e0 then earned_attention / given else 0e0 end as people
          from (
            select *, {double(definition.phi)} * squared_attention / earned_attention as given
            from earned
          ) as with_given
        ) as with_people
        """,
        is_stored=False,
    )


def _rank_bands() -> Step:
    return made_step(
        "rank_bands",
        "The ranks that the intervals allow: who lies wholly above an actor's interval, who wholly below.",
        f"""
        select
          actor_key,
          cast(1 + max(case when is_low = 0 then lows_above end) as bigint) as rank_low,
          cast(max(actors_count) - max(case when is_low = 1 then highs_below end) as bigint) as rank_high
        from (
          select
            actor_key,
            is_low,
            sum(is_low) over (
              order by bound desc, is_low rows between unbounded preceding and current row
            ) as lows_above,
            sum(1 - is_low) over (
              order by bound, is_low desc rows between unbounded preceding and current row
            ) as highs_below,
            sum(is_low) over () as actors_count
          from (
            select actor_key, round(score_low, {COMPARED_DECIMALS}) as bound, 1 as is_low from intervals
            union all
            select actor_key, round(score_high, {COMPARED_DECIMALS}) as bound, 0 as is_low from intervals
          ) as both_bounds
        ) as counted_bounds
        group by actor_key
        """,
        is_stored=False,
    )


def _scores() -> Step:
    return made_step(
        "scores",
        "One row per scored actor: score, interval, percentile, rank band and the counts behind them.",
        f"""
        select
          e.actor_key,
          e.earned_attention,
          s.score,
          s.score_low,
          s.score_high,
          case when s.actors_count = 1 then 100e0
            else 100e0 * (s.below_count + (s.level_count - 1) / 2e0) / (s.actors_count - 1)
          end as percentile,
          r.rank_low,
          r.rank_high,
          e.people_count,
          e.interactions_count,
          s.momentum
        from earned as e
        join (
          select
            *,
            count(*) over () as actors_count,
            rank() over (order by round(score, {COMPARED_DECIMALS})) - 1 as below_count,
            count(*) over (partition by round(score, {COMPARED_DECIMALS})) as level_count
          from intervals
        ) as s on s.actor_key = e.actor_key
        join rank_bands as r on r.actor_key = e.actor_key
        """,
        is_stored=False,
    )
