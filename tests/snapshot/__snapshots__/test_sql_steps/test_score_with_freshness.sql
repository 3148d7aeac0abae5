-- Reads interactions(source_actor_key, target_actor_key, kind, post_id, reaction_post_id,
-- occurred_at), person_keys, trust and independence.
create table if not exists person_keys (actor_key bigint, person_key bigint);
create table if not exists trust (actor_key bigint, trust double);
create table if not exists independence (source_person_key bigint, target_actor_key bigint, independence double);

-- Interactions before the moment, from a person (all proven accounts) to somebody else's account.
create or replace temp view received_interactions as
select
  i.source_actor_key,
  coalesce(source_person.person_key, i.source_actor_key) as source_person_key,
  i.target_actor_key,
  i.kind,
  i.post_id,
  i.reaction_post_id,
  i.occurred_at,
  epoch_us(i.occurred_at) as occurred_us,
  cast(floor(epoch_us(i.occurred_at) / 86400000000e0) as integer) as day_number,
  case i.kind
    when 'like' then 1e0
    when 'repost' then 2e0
    when 'reply' then 1.25e0
    when 'mention' then 0e0
    when 'quote' then 0e0
    when 'follow' then 0e0
    when 'list' then 0e0
    when 'citation' then 0e0
    else 0e0
  end as kind_weight
from interactions as i
left join person_keys as source_person on source_person.actor_key = i.source_actor_key
left join person_keys as target_person on target_person.actor_key = i.target_actor_key
where i.occurred_at < timestamptz '2026-03-01 12:30:00.000001+00:00'
  and coalesce(source_person.person_key, i.source_actor_key)
    <> coalesce(target_person.person_key, i.target_actor_key);

-- Days on which a person handed out more than one interaction that weighs something.
create or replace temp table busy_source_days as
select source_person_key, day_number, count(*) as weighed_count
from received_interactions
where kind_weight > 0e0
group by source_person_key, day_number
having count(*) > 1;

-- Days on which a person reacted to one actor more than 3 times: the daily cap.
create or replace temp table crowded_pair_days as
select i.source_person_key, i.target_actor_key, i.day_number, count(*) as weighed_count
from received_interactions as i
join busy_source_days as b
  on b.source_person_key = i.source_person_key and b.day_number = i.day_number
where b.weighed_count > 3 and i.kind_weight > 0e0
group by i.source_person_key, i.target_actor_key, i.day_number
having count(*) > 3;

-- How many counted interactions a person handed out on a day, and by what that divides each.
create or replace temp table source_days as
select
  source_person_key,
  day_number,
  counted_count,
  power(1e0 + (counted_count - 1) / 12.5e0, 0.25e0) as discount
from (
  select
    b.source_person_key,
    b.day_number,
    b.weighed_count - coalesce(c.excess_count, 0) as counted_count
  from busy_source_days as b
  left join (
    select source_person_key, day_number, cast(sum(weighed_count - 3) as bigint) as excess_count
    from crowded_pair_days
    group by source_person_key, day_number
  ) as c
    on c.source_person_key = b.source_person_key and c.day_number = b.day_number
) as capped;

-- Which interactions count: of one pair in one day the 3 strongest.
create or replace temp view counted_interactions as
select
  i.*,
  i.kind_weight > 0e0 as is_counted
from received_interactions as i
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
      i.kind_weight * power(2e0, -(((cast(i.day_number as bigint) + 1) * 86400000000 - i.occurred_us) / 86400000000e0) / 30e0) desc, i.occurred_us desc,
      i.post_id asc nulls first, i.reaction_post_id asc nulls first,
      i.kind asc, i.source_actor_key asc
  ) <= 3 as is_counted
from received_interactions as i
join crowded_pair_days as c
  on c.source_person_key = i.source_person_key
  and c.target_actor_key = i.target_actor_key
  and c.day_number = i.day_number;

-- Weight of each interaction (0: not counted), and mass: the weight, halved with every half-life.
create or replace temp view weighted_interactions as
select
  *,
  weight * power(2e0, -age_days / 30e0) as mass,
  weight * power(2e0, -age_days / 7e0) as momentum_mass
from (
  select
    i.*,
    case when i.is_counted then i.kind_weight / coalesce(d.discount, 1e0) else 0e0 end as weight,
    (1772368200000001 - i.occurred_us) / 86400000000e0 as age_days
  from counted_interactions as i
  left join source_days as d
    on d.source_person_key = i.source_person_key and d.day_number = i.day_number
) as aged;

-- What one person gave one actor: the masses of their interactions added up.
create or replace temp view ties as
select
  source_person_key,
  target_actor_key,
  sum(mass) as mass,
  sum(momentum_mass) as momentum_mass,
  count(*) as interactions_count,
  count(case when is_counted then 1 end) as counted_count,
  coalesce(power(2e0, -(1772368200000001 - max(case when kind_weight > 0e0 then occurred_us end)) / 648000000000e0), 0e0) as fresh_share
from weighted_interactions
group by source_person_key, target_actor_key;

-- What an actor earned: over all people, trust times independence times mass to the power of 0.5, times how fresh it is.
create or replace temp table earned as
select
  actor_key,
  earned_attention * (25e0 + fresh_attention / 0.4e0) / (25e0 + earned_attention) as earned_attention,
  power(25e0 * (25e0 + fresh_attention / 0.4e0) / (25e0 + earned_attention) / (25e0 + earned_attention), 2e0) * squared_attention
    + 2e0 * 25e0 * (25e0 + fresh_attention / 0.4e0) / (25e0 + earned_attention) / (25e0 + earned_attention) * earned_attention / (25e0 + earned_attention) / 0.4e0 * fresh_and_lasting
    + power(earned_attention / (25e0 + earned_attention) / 0.4e0, 2e0) * squared_fresh as squared_attention,
  people_count,
  interactions_count,
  momentum_attention
from (
  select
    target_actor_key as actor_key,
    sum(contribution) as earned_attention,
    sum(contribution * contribution) as squared_attention,
    count(case when counted_count > 0 then 1 end) as people_count,
    cast(sum(interactions_count) as bigint) as interactions_count,
    sum(momentum_contribution) as momentum_attention,
    sum(contribution * fresh_share) as fresh_attention,
    sum(contribution * contribution * fresh_share) as fresh_and_lasting,
    sum(contribution * contribution * fresh_share * fresh_share) as squared_fresh
  from (
    select
      t.target_actor_key,
      t.interactions_count,
      t.counted_count,
      coalesce(trust.trust, 1e0) * coalesce(independence.independence, 1e0) * power(t.mass, 0.5e0) as contribution,
      coalesce(trust.trust, 1e0) * coalesce(independence.independence, 1e0) * power(t.momentum_mass, 0.5e0) as momentum_contribution,
      t.fresh_share
    from ties as t
    left join trust on trust.actor_key = t.source_person_key
    left join independence
      on independence.source_person_key = t.source_person_key
      and independence.target_actor_key = t.target_actor_key
  ) as contributions
  group by target_actor_key
) as totals
where earned_attention > 0e0;

-- The score and the interval that holds it 90 times in a hundred.
create or replace temp view intervals as
select
  actor_key,
  least(100e0, unbounded) as score,
  least(100e0, greatest(0e0, unbounded - reach)) as score_low,
  least(100e0, greatest(0e0, unbounded + reach)) as score_high,
  least(100e0, 5e0 * log2(1e0 + momentum_attention)) as momentum
from (
  select
    *,
    5e0 * log2(1e0 + earned_attention) as unbounded,
    1.6448536269514715e0 * 5e0 / ln(2e0)
      * sqrt(1.5e0 * squared_attention) / (1e0 + earned_attention) as reach
  from earned
) as unclipped;

-- The ranks that the intervals allow: who lies wholly above an actor's interval, who wholly below.
create or replace temp view rank_bands as
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
    select actor_key, round(score_low, 9) as bound, 1 as is_low from intervals
    union all
    select actor_key, round(score_high, 9) as bound, 0 as is_low from intervals
  ) as both_bounds
) as counted_bounds
group by actor_key;

-- One row per scored actor: score, interval, percentile, rank band and the counts behind them.
create or replace temp view scores as
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
    rank() over (order by round(score, 9)) - 1 as below_count,
    count(*) over (partition by round(score, 9)) as level_count
  from intervals
) as s on s.actor_key = e.actor_key
join rank_bands as r on r.actor_key = e.actor_key;
