"""What an audit has to read of a store: the audience, a sample of it, what it does, and its groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition, load_definition
from renown.errors import InputError, TooLittleInputError
from renown.explain.audit import (
    INACTIVE_DAYS,
    AudienceKind,
    Audit,
    JudgedAccount,
    Ring,
    RingMember,
    Seen,
    SourcePart,
    build_days,
    build_shares,
    standing_of,
)
from renown.explain.audit_words import audit_sentences, audit_title
from renown.explain.records import ActorName, Basis
from renown.explain.sentences import window_in_words
from renown.scoring import newest_moment

if TYPE_CHECKING:
    import pyarrow as pa

    from renown.engines.duckdb import DuckDBEngine
    from renown.kernels.attention import Factors
    from renown.store import Actor, TableStore

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]

SAMPLE: Final = 400
"""Accounts that are judged unless said otherwise: shares are then known to 5 of 100."""
MOST_MEMBERS: Final = 200
"""Members of a group that are listed and drawn."""
_RECENT_DAYS: Final = 30
_SHOWN_ACCOUNTS: Final = 50
_MOST_RINGS: Final = 10

_REACTORS: Final = """
    with mine as (
        select source_actor_key as actor, min(occurred_at) as first_at, max(occurred_at) as last_at,
               count(*) as interactions
        from interactions
        where target_actor_key = $key and source_actor_key <> $key and occurred_at < $as_of
        group by actor
    ), elsewhere as (
        select source_actor_key as actor, min(occurred_at) as first_elsewhere
        from interactions
        where target_actor_key <> $key and target_actor_key <> source_actor_key and occurred_at < $as_of
          and source_actor_key in (select actor from mine)
        group by actor
    )
    select mine.actor, epoch_us(first_at) as first_at, epoch_us(last_at) as last_at, interactions,
           split_part(k.actor_id, ':', 1) as network,
           first_elsewhere is null as is_alone, coalesce(first_elsewhere < first_at, false) as is_seasoned
    from mine left join elsewhere using (actor) left join actor_keys k on k.actor_key = mine.actor
    order by mine.actor
"""

_FOLLOWERS: Final = """
    select distinct source_actor_key as actor from follows
    where target_actor_key = $key and source_actor_key <> $key and first_seen_at < $as_of order by actor
"""

_ACTS: Final = """
    with acts as (
        select source_actor_key as actor_key, max(occurred_at) as last_at,
               count(*) filter (where kind = 'repost') as repost_count,
               bool_or(target_actor_key <> $key) as acts_elsewhere,
               count(*) filter (where kind in ('reply', 'quote')) as reply_count
        from interactions
        where source_actor_key in (select actor_key from sample) and occurred_at < $as_of group by 1
    ), written as (
        select author_actor_id as actor_id, max(posted_at) as last_at, count(*) as own_post_count,
               count(*) filter (where len(links) > 0) as url_count
        from posts
        where author_actor_id in (select actor_id from sample) and coalesce(posted_at < $as_of, true)
        group by 1
    )
    select s.actor_id, epoch_us(greatest(a.last_at, w.last_at)) as last_at,
           coalesce(a.acts_elsewhere, false) or w.own_post_count is not null as acts_elsewhere,
           w.own_post_count, w.url_count,
           case when w.own_post_count > 0 then coalesce(a.repost_count, 0) end as repost_count,
           case when w.own_post_count > 0 then coalesce(a.reply_count, 0) end as reply_count
    from sample s left join acts a using (actor_key) left join written w using (actor_id)
    order by s.actor_key
"""

_LATEST_PROFILES: Final = """
    select s.actor_id, a.* exclude (actor_id) from sample s left join (
        select * from actors where observed_at < $observed_until
        qualify row_number() over (partition by actor_id order by observed_at desc) = 1
    ) a using (actor_id) order by s.actor_key
"""

_TIES: Final = """
    select distinct source_actor_key as source, target_actor_key as target from interactions
    where source_actor_key in (select actor_key from members) and occurred_at < $as_of
      and target_actor_key in (select actor_key from members) and source_actor_key <> target_actor_key
    order by source, target
"""


@dataclass(frozen=True, eq=False)
class NamedGroup:
    """A group of actors that a finding names."""

    kind: str
    sentence: str
    members: IntArray
    """actor keys"""
    chance: float | None = None


@dataclass(frozen=True, eq=False)
class TrustEvidence:
    """What a trust run says of an actor's audience."""

    factors: Factors
    """how far whose attention counts"""
    groups: Sequence[NamedGroup] = ()
    """the findings that name the actor, the least likely first"""


@dataclass(frozen=True, kw_only=True)
class AuditTerms:
    """How an audit is made."""

    sample: int = SAMPLE
    seed: int = 1
    as_of: datetime | None = None
    """only what happened before it counts; default: just after the newest interaction"""
    definition: Definition | None = None
    trust: TrustEvidence | None = None
    """default: nothing is known of it, and every reaction counts"""


def audit_actor(store: TableStore, name: str, terms: AuditTerms | None = None) -> Audit:
    """Look at a sample of an actor's audience, at where its reactions come from, and at when.

    The audience is its followers where the store knows any, else those who have reacted to it.
    Returns:  shares with Wilson's intervals, sources, days with an expected band, groups, judged accounts.
    Raises:   ActorNotFoundError, AmbiguousActorError; TooLittleInputError: nobody follows or reacted;
              InputError: a sample of none.
    Cost:     two passes over the interactions and one over the profiles; the sample itself is small.
    Notes:    deterministic by seed; private to the operator and to the actor.
    Source:   docs/how-to/audit-an-audience.md.
    """
    terms = terms or AuditTerms()
    if terms.sample < 1:
        raise InputError(f"A sample of {terms.sample} says nothing.", hint="Take 100 or more.")
    store.require()
    actor = store.resolve(name)
    as_of = terms.as_of or newest_moment(store)
    with _open(store) as engine:
        reactors = engine.query(_REACTORS, {"key": actor.actor_key, "as_of": as_of})
        kind, audience = _audience(engine, reactors, actor, as_of)
        sample = _sample(store, audience, terms)
        engine.register_arrow("sample", sample)
        acts = engine.query(_ACTS, {"as_of": as_of, "key": actor.actor_key})
        profiles = engine.query(_LATEST_PROFILES, {"observed_until": as_of + timedelta(days=36_500)})
        rings = _rings(engine, store, actor, as_of, terms.trust)
    counted = _counted_shares(store, sample, (actor.actor_key, reactors), terms.trust)
    judged = _judge(store, sample, (acts, profiles, counted), as_of)
    found = Audit(
        actor=ActorName(actor.actor_id, actor.handle, actor.network),
        basis=_basis(actor, as_of, terms.definition or load_definition()),
        title="",
        sentences=(),
        audience=kind,
        audience_count=int(audience.size),
        sample_count=sample.num_rows,
        seed=terms.seed,
        shares=build_shares([one.standing for one in judged], int(audience.size)),
        automated_expected_share=float(np.mean([one.automated_probability for one in judged])),
        sources=_sources(reactors),
        first_time_share=_first_time_share(reactors, as_of),
        days=build_days(
            _days(reactors["first_at"].to_numpy()), _flags(reactors, "is_alone"), _span(store, as_of)
        ),
        rings=rings,
        accounts=_likeliest(judged),
    )
    return _in_words(found, _known_days(store, as_of), has_trust=terms.trust is not None)


def _open(store: TableStore) -> DuckDBEngine:
    from renown.engines.duckdb import DuckDBEngine

    engine = DuckDBEngine()
    for table in ("interactions", "follows", "posts", "actors", "actor_keys"):
        engine.register_files(table, store.files(table))
    return engine


def _audience(
    engine: DuckDBEngine, reactors: pa.Table, actor: Actor, as_of: datetime
) -> tuple[AudienceKind, IntArray]:
    """Followers where any are known, else reactors."""
    followers = engine.query(_FOLLOWERS, {"key": actor.actor_key, "as_of": as_of})["actor"].to_numpy()
    if followers.size:
        return "followers", followers
    if reactors.num_rows == 0:
        raise TooLittleInputError(
            f"Nobody is known to follow {actor.handle}, and nobody reacted to it before {as_of:%Y-%m-%d}.",
            hint="An audience that nobody saw cannot be audited.",
        )
    return "reactors", reactors["actor"].to_numpy()


def _sample(store: TableStore, audience: IntArray, terms: AuditTerms) -> pa.Table:
    """Accounts drawn without replacement, each as likely as any other, in order of key."""
    import pyarrow as pa

    chance = np.random.default_rng(terms.seed & 0xFFFFFFFF)
    drawn = np.sort(chance.choice(audience, min(terms.sample, audience.size), replace=False))
    return pa.table({"actor_key": pa.array(drawn), "actor_id": store.actor_ids(drawn)})


def _judge(
    store: TableStore, sample: pa.Table, seen: tuple[pa.Table, pa.Table, FloatArray], as_of: datetime
) -> list[JudgedAccount]:
    """Each account of the sample with its probability, its reasons and its standing."""
    from renown.trust import judge_actors

    acts, profiles, counted = seen
    judged = judge_actors(profiles, acts.drop_columns(["last_at", "acts_elsewhere"]))
    last = acts["last_at"].to_pylist()
    since = (as_of - timedelta(days=INACTIVE_DAYS)).timestamp() * 1e6
    can_tell = round(_known_days(store, as_of)) >= INACTIVE_DAYS
    elsewhere = acts["acts_elsewhere"].to_pylist()
    ids, handles = sample["actor_id"].to_pylist(), store.handles(sample["actor_key"].to_numpy())
    accounts = []
    for row, (actor_id, handle) in enumerate(zip(ids, handles, strict=True)):
        is_active = True if last[row] is not None and last[row] >= since else None
        if is_active is None and can_tell:
            is_active = False
        one = Seen(
            float(judged.automated_probability[row]),
            int(judged.evidence_count[row]),
            is_active,
            elsewhere[row],
            float(counted[row]),
        )
        reasons = tuple(reason.text for reason in judged.reasons(row) if reason.points > 0)
        accounts.append(_account((actor_id, handle), one, reasons))
    return accounts


def _account(name: tuple[str, str], seen: Seen, reasons: tuple[str, ...]) -> JudgedAccount:
    return JudgedAccount(
        actor_id=name[0],
        handle=name[1],
        standing=standing_of(seen),
        automated_probability=seen.probability,
        evidence_count=seen.evidence_count,
        counted_share=seen.counted_share,
        reasons=reasons,
    )


def _counted_shares(
    store: TableStore, sample: pa.Table, audience: tuple[int, pa.Table], trust: TrustEvidence | None
) -> FloatArray:
    """How much of what each account of the sample gives the actor counts.

    Of an audience too small to tell from a bought one nobody counts wholly, and that is no one's doing: there
    it is a share of the most that anybody's counts, unless a finding names the audience.
    """
    from renown.scoring.factors import tie_factors

    keys, (actor_key, reactors) = sample["actor_key"].to_numpy(), audience
    if trust is None:
        return np.ones(keys.size)
    persons = store.person_keys()
    shares = tie_factors(trust.factors, persons.of(keys), np.full(keys.size, actor_key))
    less = trust.factors.independence[trust.factors.target == actor_key]
    is_unproven = less.size >= np.unique(persons.of(reactors["actor"].to_numpy())).size > 0
    if is_unproven and not trust.groups and less.max() > 0:
        shares = np.minimum(1.0, shares / less.max())
    return shares


def _likeliest(accounts: list[JudgedAccount]) -> tuple[JudgedAccount, ...]:
    shown = [one for one in accounts if one.standing in ("automated", "doubted")]
    shown.sort(key=lambda one: (one.standing, -one.automated_probability, one.actor_id))
    return tuple(shown[:_SHOWN_ACCOUNTS])


def _sources(reactors: pa.Table) -> tuple[SourcePart, ...]:
    """People and reactions by network, and by whether they also react to others."""
    if reactors.num_rows == 0:
        return ()
    interactions = reactors["interactions"].to_numpy()
    network = np.array(reactors["network"].to_pylist(), dtype=object)
    is_alone, is_seasoned = _flags(reactors, "is_alone"), _flags(reactors, "is_seasoned")
    company = {
        ("seasoned", "reacted to others before"): is_seasoned,
        ("later", "reacts to others, but to this actor first"): ~is_alone & ~is_seasoned,
        ("alone", "reacts to nobody else"): is_alone,
    }
    parts = [
        _part("network", (name, name), network == name, interactions)
        for name in sorted(set(network.tolist()), key=lambda name: -int((network == name).sum()))
    ]
    return (*parts, *(_part("company", key, mask, interactions) for key, mask in company.items()))


def _part(part: Any, key: tuple[str, str], mask: BoolArray, interactions: IntArray) -> SourcePart:
    return SourcePart(part, *key, int(mask.sum()), int(interactions[mask].sum()), float(mask.mean()))


def _first_time_share(reactors: pa.Table, as_of: datetime) -> float:
    since = int((as_of - timedelta(days=_RECENT_DAYS)).timestamp() * 1e6)
    is_recent = reactors["last_at"].to_numpy() >= since
    is_first = reactors["first_at"].to_numpy() >= since
    return float(is_first.sum() / is_recent.sum()) if is_recent.any() else 0.0


def _days(microseconds: IntArray) -> IntArray:
    return np.asarray(microseconds // 86_400_000_000)


def _span(store: TableStore, as_of: datetime) -> tuple[int, int]:
    """First and last UTC day that an audit as of a moment can know of."""
    bounds = store.time_bounds() or (as_of, as_of)
    last = min(bounds[1], as_of)
    first, end = (int(moment.timestamp() // 86_400) for moment in (bounds[0], last))
    return first, end


def _flags(table: pa.Table, name: str) -> BoolArray:
    return np.asarray(table[name].to_numpy(), dtype=np.bool_)


def _known_days(store: TableStore, as_of: datetime) -> float:
    """How far back the store's interactions go."""
    bounds = store.time_bounds()
    return 0.0 if bounds is None else (as_of - bounds[0]) / timedelta(days=1)


def _rings(
    engine: DuckDBEngine, store: TableStore, actor: Actor, as_of: datetime, trust: TrustEvidence | None
) -> tuple[Ring, ...]:
    groups = () if trust is None else trust.groups[:_MOST_RINGS]
    return tuple(_ring(engine, store, actor, as_of, group) for group in groups)


def _ring(engine: DuckDBEngine, store: TableStore, actor: Actor, as_of: datetime, group: NamedGroup) -> Ring:
    """A group with the actor in it, and who reacted to whom."""
    import pyarrow as pa

    others = np.unique(group.members[group.members != actor.actor_key])
    drawn = np.append(actor.actor_key, others[: MOST_MEMBERS - 1])
    place = {int(key): number for number, key in enumerate(drawn)}
    engine.register_arrow("members", pa.table({"actor_key": pa.array(drawn)}))
    ties = engine.query(_TIES, {"as_of": as_of})
    ids, handles = store.actor_ids(drawn).to_pylist(), store.handles(drawn)
    members = (
        RingMember(name, handle, number == 0)
        for number, (name, handle) in enumerate(zip(ids, handles, strict=True))
    )
    pairs = zip(ties["source"].to_pylist(), ties["target"].to_pylist(), strict=True)
    return Ring(
        kind=group.kind,
        sentence=group.sentence,
        members_count=int(np.unique(group.members).size),
        chance=group.chance,
        members=tuple(members),
        ties=tuple((place[source], place[target]) for source, target in pairs),
    )


def _basis(actor: Actor, as_of: datetime, definition: Definition) -> Basis:
    return Basis(
        as_of=as_of,
        definition_name=definition.name,
        definition_hash=definition.content_hash(),
        networks=(actor.network,),
        window=window_in_words(definition),
        interval_level=definition.interval_level,
    )


def _in_words(found: Audit, knows_days: float, *, has_trust: bool) -> Audit:
    said = audit_sentences(found, knows_days=knows_days, has_trust=has_trust)
    return replace(found, title=audit_title(found), sentences=said)
