"""Tables of what happens: interactions, why they happened, and posts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from renown.simulate.chance import Ints
from renown.simulate.columns import accounts, as_schema, moments, named, networks, post_ids, topic_lists
from renown.simulate.identifiers import long_ids
from renown.simulate.naming import ANSWER, OBJECTION, ORIGINAL, RETORT, SUPPORT, words
from renown.simulate.people import LANGUAGES, NETWORKS, TOPICS
from renown.simulate.reacting import BY_COURTESY, CAUSES, FOLLOW, LIST, MENTION, QUOTE, REPLY, Rows
from renown.simulate.world import World
from renown.types import KINDS

if TYPE_CHECKING:
    import pyarrow as pa

STANCES: Final = ("supporting", "opposing")
_NETWORK_WITH_ACT_IDS: Final = NETWORKS.index("meadow")


def interactions_table(world: World, rows: Rows) -> pa.Table:
    """Canonical interactions: what the networks tell. Acts have an id of their own on meadow only."""
    import pyarrow as pa

    network = world.people.network[rows.source]
    names_no_post = np.isin(rows.kind, (FOLLOW, LIST, MENTION))
    columns = {
        "network": networks(world, rows.source),
        "source_actor_id": accounts(world, rows.source),
        "target_actor_id": accounts(world, rows.target),
        "kind": named(rows.kind, KINDS),
        "occurred_at": moments(world, rows.seconds),
        "post_id": post_ids(network, rows.post, rows.answered, names_no_post),
        "reaction_post_id": long_ids(network, "r", rows.naming, ~rows.is_post()),
        "interaction_id": long_ids(network, "i", rows.naming, network != _NETWORK_WITH_ACT_IDS),
    }
    return pa.table(columns)


def interaction_truth_table(world: World, rows: Rows) -> pa.Table:
    """Why each interaction happened, row by row. The topic is null for bought follows."""
    import pyarrow as pa

    topic = pa.array(_topics(world, rows), mask=rows.post < 0)
    columns = {
        "cause": named(rows.cause, CAUSES),
        "stance": named(rows.is_opposing.astype(np.int8), STANCES),
        "topic": pa.DictionaryArray.from_arrays(topic, pa.array(TOPICS)),
    }
    return pa.table(columns)


def original_posts_table(world: World, first: int, stop: int) -> pa.Table:
    """All posts that the accounts first..stop make of their own accord."""
    posts = world.newsroom.all_posts(first, stop)
    columns = {
        "post_id": long_ids(world.people.network[posts.author], "p", posts.post.astype(np.uint64)),
        "network": networks(world, posts.author),
        "author_actor_id": accounts(world, posts.author),
        "posted_at": moments(world, world.newsroom.seconds(posts.post)),
        "text": words(np.full(len(posts), ORIGINAL), posts.topic, posts.post),
        "language": named(world.people.language[posts.author], LANGUAGES),
        "hashtags": topic_lists(posts.topic[:, None]),
    }
    return as_schema("posts", len(posts), columns)


def reaction_posts_table(world: World, rows: Rows) -> pa.Table:
    """The posts that replies, quotes and mentions are."""
    rows = rows.taken(rows.is_post())
    network = world.people.network[rows.source]
    is_reply, is_quote = rows.kind == REPLY, rows.kind == QUOTE
    columns = {
        "post_id": long_ids(network, "r", rows.naming),
        "network": networks(world, rows.source),
        "author_actor_id": accounts(world, rows.source),
        "posted_at": moments(world, rows.seconds),
        "text": words(_manners(rows), _topics(world, rows), rows.naming.view(np.int64)),
        "language": named(world.people.language[rows.source], LANGUAGES),
        "reply_to_post_id": post_ids(network, rows.post, rows.answered, ~is_reply),
        "root_post_id": long_ids(network, "p", rows.post.astype(np.uint64), ~is_reply),
        "quoted_post_id": long_ids(network, "p", rows.post.astype(np.uint64), ~is_quote),
    }
    return as_schema("posts", len(rows), columns)


def _manners(rows: Rows) -> Ints:
    """Reactions support or object; authors answer friends kindly and talk back to opponents."""
    is_answer = rows.cause == BY_COURTESY
    return np.where(
        rows.is_opposing, np.where(is_answer, RETORT, OBJECTION), np.where(is_answer, ANSWER, SUPPORT)
    )


def _topics(world: World, rows: Rows) -> Ints:
    """Topic of the post that each row is about; rows without a post get any."""
    return world.newsroom.topic_of(np.maximum(rows.post, 0))
