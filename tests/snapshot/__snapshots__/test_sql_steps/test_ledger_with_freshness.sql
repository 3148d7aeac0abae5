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

-- Everybody who interacted with actor 7.
create or replace temp table people as
select distinct source_person_key
from received_interactions
where target_actor_key = 7;

-- All that these people did, towards anybody: how much they hand out decides what each act weighs.
create or replace temp table relevant_interactions as
select i.*
from received_interactions as i
join people on people.source_person_key = i.source_person_key;

-- Days on which a person handed out more than one interaction that weighs something.
create or replace temp table busy_source_days as
select source_person_key, day_number, count(*) as weighed_count
from relevant_interactions
where kind_weight > 0e0
group by source_person_key, day_number
having count(*) > 1;

-- Days on which a person reacted to one actor more than 3 times: the daily cap.
create or replace temp table crowded_pair_days as
select i.source_person_key, i.target_actor_key, i.day_number, count(*) as weighed_count
from relevant_interactions as i
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
from relevant_interactions as i
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
from relevant_interactions as i
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

-- By how much an actor counts more or less, because its people reacted more or less lately.
create or replace temp table actor_freshness as
select target_actor_key, (25e0 + fresh_attention / 0.4e0) / (25e0 + earned_attention) as freshness
from (
  select
    target_actor_key,
    sum(contribution) as earned_attention,
    sum(contribution * fresh_share) as fresh_attention
  from (
    select
      t.target_actor_key,
      coalesce(trust.trust, 1e0) * coalesce(independence.independence, 1e0) * power(t.mass, 0.5e0) as contribution,
      t.fresh_share
    from ties as t
    left join trust on trust.actor_key = t.source_person_key
    left join independence
      on independence.source_person_key = t.source_person_key
      and independence.target_actor_key = t.target_actor_key
  ) as contributions
  group by target_actor_key
) as totals;

-- One row per interaction received, with its share of the tie's contribution.
create or replace temp table ledger as
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
    then coalesce(trust.trust, 1e0) * coalesce(independence.independence, 1e0) * power(t.mass, 0.5e0) * i.mass / t.mass * actor_freshness.freshness
    else 0e0
  end as contribution
from weighted_interactions as i
join ties as t
  on t.source_person_key = i.source_person_key and t.target_actor_key = i.target_actor_key
left join trust on trust.actor_key = t.source_person_key
    left join independence
      on independence.source_person_key = t.source_person_key
      and independence.target_actor_key = t.target_actor_key
join actor_freshness on actor_freshness.target_actor_key = t.target_actor_key
where i.target_actor_key = 7;
