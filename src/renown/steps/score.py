"""The score as SQL steps: from interactions to what every actor earned.

The steps keep to what DuckDB and Spark share: joins, group by, case, coalesce, union all, counts and ranks
over a window, power, log2, ln, sqrt, floor, least, greatest. The one exception is epoch_us (microseconds of a
timestamp since 1970), used in the first step only. Days are whole numbers since 1970, so no session's time
zone can move a midnight. Doubles everywhere: decimals are slower, and differ between engines.

Speed: no step ranks or stores every interaction. A pair can only exceed the daily cap on a day on which its
source exceeded it, so the ranking looks at those few pairs; and a day on which a person handed out a single
interaction needs no discount, so it takes no part in the join.
"""

from __future__ import annotations

from renown.definitions import Definition, Freshness
from renown.steps.literals import double, moment
from renown.steps.scale import scale_steps
from renown.steps.step import Step, made_step
from renown.types import KINDS, MICROSECONDS_PER_DAY

RECEIVED = "received_interactions"

BELIEVED = "coalesce(trust.trust, 1e0) * coalesce(independence.independence, 1e0)"
"""By what the attention of a tie `t` is multiplied, where `BELIEVED_JOINS` stand."""

BELIEVED_JOINS = """left join trust on trust.actor_key = t.source_person_key
            left join independence
              on independence.source_person_key = t.source_person_key
              and independence.target_actor_key = t.target_actor_key"""


def compile_score(definition: Definition, *, as_of_microseconds: int) -> tuple[Step, ...]:
    """The steps from `interactions`, `person_keys`, `trust` and `independence` to `earned` and `scores`.

    Args:     as_of_microseconds: the moment, UTC; only what happened before it counts.
    Returns:  steps in the order in which they must run. Two of them are results:
              earned(actor_key, earned_attention, squared_attention, people_count, interactions_count,
              momentum_attention), one row per actor who earned more than nothing; and
              scores(actor_key, earned_attention, score, score_low, score_high, percentile, rank_low,
              rank_high, people_count, interactions_count, momentum), a view: no work until it is read.
    Raises:   MomentError: a moment that cannot be written as a timestamp.
    Cost:     three group-bys over the interactions; memory follows ties and source-days.
    Example:
        >>> from renown.definitions import load_definition
        >>> from renown.steps import compile_score
        >>> steps = compile_score(load_definition(), as_of_microseconds=1_767_225_600_000_000)
        >>> steps[0].name, steps[-1].name
        ('received_interactions', 'scores')
    """
    return (
        received_interactions(definition, as_of_microseconds),
        *counting_steps(definition, as_of_microseconds, source=RECEIVED),
        ties(definition, as_of_microseconds),
        earned(definition),
        *scale_steps(definition),
    )


def counting_steps(definition: Definition, as_of_microseconds: int, *, source: str) -> tuple[Step, ...]:
    """From the interactions in `source` to the weight and mass of each: shared by score and ledger."""
    return (
        busy_source_days(source),
        crowded_pair_days(definition, source),
        source_days(definition),
        counted_interactions(definition, source),
        weighted_interactions(definition, as_of_microseconds),
    )


def received_interactions(definition: Definition, as_of_microseconds: int) -> Step:
    """Who acted on whom, when, and how much the kind weighs."""
    cases = "\n".join(
        f"            when '{kind}' then {double(definition.weights.get(kind, 0.0))}" for kind in KINDS
    )
    return made_step(
        RECEIVED,
        "Interactions before the moment, from a person (all proven accounts) to somebody else's account.",
        f"""
        select
          i.source_actor_key,
          coalesce(source_person.person_key, i.source_actor_key) as source_person_key,
          i.target_actor_key,
          i.kind,
          i.post_id,
          i.reaction_post_id,
          i.occurred_at,
          epoch_us(i.occurred_at) as occurred_us,
          cast(floor(epoch_us(i.occurred_at) / {double(MICROSECONDS_PER_DAY)}) as integer) as day_number,
          case i.kind
{cases}
            else 0e0
          end as kind_weight
        from interactions as i
        left join person_keys as source_person on source_person.actor_key = i.source_actor_key
        left join person_keys as target_person on target_person.actor_key = i.target_actor_key
        where i.occurred_at < {moment(as_of_microseconds)}
          and coalesce(source_person.person_key, i.source_actor_key)
            <> coalesce(target_person.person_key, i.target_actor_key)
        """,
        is_stored=False,
    )


def busy_source_days(source: str) -> Step:
    """Days on which the selectivity discount or the daily cap can matter."""
    return made_step(
        "busy_source_days",
        "Days on which a person handed out more than one interaction that weighs something.",
        f"""
        select source_person_key, day_number, count(*) as weighed_count
        from {source}
        where kind_weight > 0e0
        group by source_person_key, day_number
        having count(*) > 1
        """,
    )


def crowded_pair_days(definition: Definition, source: str) -> Step:
    """Pairs and days for which the strongest must be chosen."""
    return made_step(
        "crowded_pair_days",
        f"Days on which a person reacted to one actor more than {definition.daily_cap} times: the daily cap.",
        f"""
        select i.source_person_key, i.target_actor_key, i.day_number, count(*) as weighed_count
        from {source} as i
        join busy_source_days as b
          on b.source_person_key = i.source_person_key and b.day_number = i.day_number
        where b.weighed_count > {definition.daily_cap} and i.kind_weight > 0e0
        group by i.source_person_key, i.target_actor_key, i.day_number
        having count(*) > {definition.daily_cap}
        """,
    )


def source_days(definition: Definition) -> Step:
    """Selectivity: how much less one reaction is worth on a day of many."""
    cap, scale = definition.daily_cap, double(definition.selectivity_scale)
    return made_step(
        "source_days",
        "How many counted interactions a person handed out on a day, and by what that divides each.",
        f"""
        select
          source_person_key,
          day_number,
          counted_count,
          power(1e0 + (counted_count - 1) / {scale}, {double(definition.selectivity)}) as discount
        from (
          select
            b.source_person_key,
            b.day_number,
            b.weighed_count - coalesce(c.excess_count, 0) as counted_count
          from busy_source_days as b
          left join (
            select source_person_key, day_number, cast(sum(weighed_count - {cap}) as bigint) as excess_count
            from crowded_pair_days
            group by source_person_key, day_number
          ) as c
            on c.source_person_key = b.source_person_key and c.day_number = b.day_number
        ) as capped
        """,
    )


def counted_interactions(definition: Definition, source: str) -> Step:
    """Every interaction, marked: the cap's choice is made here.

    The strongest are those of most mass at the day's end. The sum of the largest masses can only grow when
    one more is added, so more attention never lowers a score, whatever weights and half-life.
    """
    midnight = f"(cast(i.day_number as bigint) + 1) * {MICROSECONDS_PER_DAY}"
    days_left = f"({midnight} - i.occurred_us) / {double(MICROSECONDS_PER_DAY)}"
    half_life = double(definition.half_life_days)
    return made_step(
        "counted_interactions",
        f"Which interactions count: of one pair in one day the {definition.daily_cap} strongest.",
        f"""
        select
          i.*,
          i.kind_weight > 0e0 as is_counted
        from {source} as i
        left join crowded_pair_days as c
          on c.source_person_key = i.source_person_key
          and c.target_actor_key = i.target_actor_key
          and c.day_number = i.day_number
        where c.weighed_count is null
        union all
        select
          i.*,
          i.kind_weight > 0e0 and row_number() over (
            partition by i.source_person_key, i.target_actor_key, i.day_number
            order by case when i.kind_weight > 0e0 then 0 else 1 end asc,
              i.kind_weight * power(2e0, -({days_left}) / {half_life}) desc, i.occurred_us desc,
              i.post_id asc nulls first, i.reaction_post_id asc nulls first,
              i.kind asc, i.source_actor_key asc
          ) <= {definition.daily_cap} as is_counted
        from {source} as i
        join crowded_pair_days as c
          on c.source_person_key = i.source_person_key
          and c.target_actor_key = i.target_actor_key
          and c.day_number = i.day_number
        """,
        is_stored=False,
    )


def weighted_interactions(definition: Definition, as_of_microseconds: int) -> Step:
    """w(e), and its mass with the half-lives of standing and of momentum."""
    half_life = double(definition.half_life_days)
    momentum_half_life = double(definition.momentum_half_life_days)
    return made_step(
        "weighted_interactions",
        "Weight of each interaction (0: not counted), and mass: the weight, halved with every half-life.",
        f"""
        select
          *,
          weight * power(2e0, -age_days / {half_life}) as mass,
          weight * power(2e0, -age_days / {momentum_half_life}) as momentum_mass
        from (
          select
            i.*,
            case when i.is_counted then i.kind_weight / coalesce(d.discount, 1e0) else 0e0 end as weight,
            ({as_of_microseconds} - i.occurred_us) / {double(MICROSECONDS_PER_DAY)} as age_days
          from counted_interactions as i
          left join source_days as d
            on d.source_person_key = i.source_person_key and d.day_number = i.day_number
        ) as aged
        """,
        is_stored=False,
    )


def ties(definition: Definition, as_of_microseconds: int) -> Step:
    """m(u,v), for both half-lives, with what was counted, and how fresh it is where the definition asks."""
    latest = ""
    if definition.freshness:
        half_life = double(definition.freshness.half_life_days * MICROSECONDS_PER_DAY)
        age = f"{as_of_microseconds} - max(case when kind_weight > 0e0 then occurred_us end)"
        latest = f""",
          coalesce(power(2e0, -({age}) / {half_life}), 0e0) as fresh_share"""
    return made_step(
        "ties",
        "What one person gave one actor: the masses of their interactions added up.",
        f"""
        select
          source_person_key,
          target_actor_key,
          sum(mass) as mass,
          sum(momentum_mass) as momentum_mass,
          count(*) as interactions_count,
          count(case when is_counted then 1 end) as counted_count{latest}
        from weighted_interactions
        group by source_person_key, target_actor_key
        """,
        is_stored=False,
    )


def freshness_factor(freshness: Freshness) -> str:
    """By what an actor counts more or less, from `earned_attention` and `fresh_attention`."""
    prior, usual = double(freshness.prior_people), double(freshness.usual_share)
    return f"({prior} + fresh_attention / {usual}) / ({prior} + earned_attention)"


def _fresh_columns(freshness: Freshness) -> str:
    """Columns of `earned` where freshness counts; the error by how much each answers to one person."""
    prior, factor = double(freshness.prior_people), freshness_factor(freshness)
    lasting = f"{prior} * {factor} / ({prior} + earned_attention)"
    by_fresh = f"earned_attention / ({prior} + earned_attention) / {double(freshness.usual_share)}"
    return f"""
          actor_key,
          earned_attention * {factor} as earned_attention,
          power({lasting}, 2e0) * squared_attention
            + 2e0 * {lasting} * {by_fresh} * fresh_and_lasting
            + power({by_fresh}, 2e0) * squared_fresh as squared_attention,
          people_count,
          interactions_count,
          momentum_attention"""


def earned(definition: Definition) -> Step:
    """E(v), with the sum of squares that its error needs."""
    exponent = double(definition.exponent)
    says = f"over all people, trust times independence times mass to the power of {definition.exponent:.4g}"
    columns, fresh_sum, fresh_part = " *", "", ""
    if definition.freshness:
        says += ", times how fresh it is"
        columns = _fresh_columns(definition.freshness)
        fresh_sum = """,
            sum(contribution * fresh_share) as fresh_attention,
            sum(contribution * contribution * fresh_share) as fresh_and_lasting,
            sum(contribution * contribution * fresh_share * fresh_share) as squared_fresh"""
        fresh_part = """,
              t.fresh_share"""
    return made_step(
        "earned",
        f"What an actor earned: {says}.",
        f"""
        select{columns}
        from (
          select
            target_actor_key as actor_key,
            sum(contribution) as earned_attention,
            sum(contribution * contribution) as squared_attention,
            count(case when counted_count > 0 then 1 end) as people_count,
            cast(sum(interactions_count) as bigint) as interactions_count,
            sum(momentum_contribution) as momentum_attention{fresh_sum}
          from (
            select
              t.target_actor_key,
              t.interactions_count,
              t.counted_count,
              {BELIEVED} * power(t.mass, {exponent}) as contribution,
              {BELIEVED} * power(t.momentum_mass, {exponent}) as momentum_contribution{fresh_part}
            from ties as t
            {BELIEVED_JOINS}
          ) as contributions
          group by target_actor_key
        ) as totals
        where earned_attention > 0e0
        """,
    )
