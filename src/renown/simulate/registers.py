"""Tables of who there is: accounts, people, follows, and the truth about each account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from renown.simulate.chance import Bools, Floats, Ints, chances, key_of
from renown.simulate.columns import accounts, as_schema, moments, named, networks, person_ids, topic_lists
from renown.simulate.identifiers import account_ids
from renown.simulate.influence import Truth
from renown.simulate.naming import bios, display_names, handles
from renown.simulate.people import BOUGHT, LURKER, NEVER, ROLES
from renown.simulate.reacting import BY_PURCHASE, FOLLOW, Rows, bought_follow_seconds, purchase_day
from renown.simulate.world import World

if TYPE_CHECKING:
    import pyarrow as pa

_DAY: Final = 86_400.0
_MOST_POSTS_BEFORE: Final = 50.0
_TRUE_COUNTS: Final = (
    "caused_count",
    "anyway_count",
    "opposed_count",
    "mechanical_count",
    "passed_on_count",
    "posts_count",
)


def actors_table(world: World, truth: Truth, first: int, stop: int) -> pa.Table:
    """The accounts first..stop as their networks show them on the last day."""
    import pyarrow as pa

    people, audience, account = world.people, world.audience, np.arange(first, stop)
    created, consent = created_seconds(world, account), chances(key_of(world.plan.seed, "consent"), account)
    before = np.minimum(people.posts_per_day[account], _MOST_POSTS_BEFORE) * np.maximum(-created, 0.0) / _DAY
    posts = truth.posts_count[account] + truth.reaction_posts_count[account]
    columns = {
        "actor_id": account_ids(people.network[account], account),
        "network": networks(world, account),
        "handle": handles(people, world.plan, account),
        "display_name": display_names(people, world.plan, account),
        "bio": bios(people, account),
        "created_at": moments(world, created),
        "followers_count": audience.follower_counts()[account] + truth.new_followers_count[account],
        "following_count": audience.followee_counts()[account] + truth.new_following_count[account],
        "posts_count": before.astype(np.int64) + posts,
        "listed_count": audience.follower_counts()[account] // 40 + truth.listed_count[account],
        "is_declared_bot": np.zeros(len(account), np.bool_),
        "is_protected": np.zeros(len(account), np.bool_),
        "is_discoverable": pa.array(consent < 0.95, mask=consent < 0.25),
        "is_indexable": pa.array(consent < 0.9, mask=consent < 0.25),
        "is_hidden_from_public": consent > 0.98,
        "observed_at": moments(world, np.full(len(account), world.plan.end_seconds())),
    }
    return as_schema("actors", len(account), columns)


def persons_table(world: World) -> pa.Table:
    """The people with an account on both networks: one row per account, with the proof."""
    import pyarrow as pa
    import pyarrow.compute as pc

    people = world.people
    second = np.arange(people.person_count, people.first_bought())
    account = np.stack([people.person[second], second], axis=1).ravel()
    person = people.person[account]
    proven = -200.0 * _DAY * chances(key_of(world.plan.seed, "proof"), person)
    pages = pc.binary_join_element_wise("https://", handles(people, world.plan, account), ".example/", "")
    columns = {
        "person_id": person_ids(person),
        "actor_id": account_ids(people.network[account], account),
        "proof_kind": pa.array(np.full(len(account), "rel-me")),
        "proof_reference": pages,
        "proven_at": moments(world, proven),
    }
    return as_schema("persons", len(account), columns)


def follows_table(world: World, first: int, stop: int) -> pa.Table:
    """Who followed the accounts first..stop from the start, or was bought to follow them."""
    audience = world.audience
    count = np.diff(audience.follower_start[first : stop + 1])
    source = audience.followers[audience.follower_start[first] : audience.follower_start[stop]].astype(
        np.int64
    )
    target = np.repeat(np.arange(first, stop), count)
    share = chances(key_of(world.plan.seed, "followed"), source, target)
    since = np.maximum(created_seconds(world, source), created_seconds(world, target)) * share
    bought = np.flatnonzero(world.people.role[source] == BOUGHT)
    since[bought] = bought_follow_seconds(world, source[bought])
    return _ties(world, source, target, since)


def new_follows_table(world: World, rows: Rows) -> pa.Table:
    """The follows that began as reactions to a post."""
    rows = rows.taken((rows.kind == FOLLOW) & (rows.cause != BY_PURCHASE))
    return _ties(world, rows.source.astype(np.int64), rows.target.astype(np.int64), rows.seconds)


def truth_table(world: World, truth: Truth) -> pa.Table:
    """What only the town knows: one row per account, those with nothing to say included."""
    import pyarrow as pa

    people, account = world.people, np.arange(len(world.people))
    is_home = people.away_from == NEVER
    columns = {
        "actor_id": account_ids(people.network, account),
        "person_id": person_ids(people.person, ~has_two_accounts(world)),
        "role": named(people.role, ROLES).cast(pa.string()),
        "topics": topic_lists(people.topics),
        "true_influence": truth.true_influence,
        "opposed_influence": truth.opposed_influence,
        **{name: getattr(truth, name) for name in _TRUE_COUNTS},
        "on_holiday_from": moments(world, people.away_from * _DAY, is_home),
        "on_holiday_until": moments(world, people.away_until * _DAY, is_home),
    }
    return pa.table(columns)


def build_cast(world: World) -> dict[str, str]:
    """The named characters: role to actor id. Of several with one role, the one with most followers."""
    people, followers = world.people, world.audience.follower_counts()
    two = has_two_accounts(world)
    cast = {}
    for code, role in enumerate(ROLES):
        there = np.flatnonzero((people.role == code) & ~two)
        cast[role] = int(there[np.argmax(followers[there])])
    second = np.arange(people.person_count, people.first_bought())
    second = second[people.role[second] != LURKER]
    known = np.minimum(followers[second], followers[people.person[second]])
    chosen = int(second[np.argmax(known)])
    cast["two_networks"], cast["two_networks_second"] = int(people.person[chosen]), chosen
    ids = account_ids(people.network[list(cast.values())], np.array(list(cast.values())))
    return dict(zip(cast, ids.to_pylist(), strict=True))


def has_two_accounts(world: World) -> Bools:
    """Whether the account belongs to a person with two of them."""
    people = world.people
    second = np.arange(people.person_count, people.first_bought())
    two = np.zeros(len(people), np.bool_)
    two[second] = two[people.person[second]] = True
    return two


def created_seconds(world: World, account: Ints) -> Floats:
    """When each account was made, in seconds since the start: long before; bought ones just in time."""
    chance = chances(key_of(world.plan.seed, "created"), account)
    made = -(60.0 + 3_600.0 * chance**1.5) * _DAY
    is_bought = world.people.role[account] == BOUGHT
    made[is_bought] = (purchase_day(world) - 2.0 - 20.0 * chance[is_bought]) * _DAY
    return made


def _ties(world: World, source: Ints, target: Ints, since: Floats) -> pa.Table:
    import pyarrow as pa

    columns = {
        "network": networks(world, source),
        "source_actor_id": accounts(world, source),
        "target_actor_id": accounts(world, target),
        "first_seen_at": moments(world, since),
        "last_seen_at": moments(world, np.full(len(source), world.plan.end_seconds())),
    }
    return pa.table(columns)
