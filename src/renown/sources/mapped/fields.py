"""What a rule of a mapping may fill: for each table its fields, their columns, and what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from renown.store.harvest import Gathered

FieldType = Literal["actor", "post", "list", "own_id", "kind", "time", "text", "count", "flag"]

ID_TYPES: Final = frozenset({"actor", "post", "list", "own_id"})
PREFIXED_TYPES: Final = frozenset({"actor", "post", "list"})
"""Ids that get the network put before them."""


@dataclass(frozen=True)
class Field:
    """A field of a rule: the columns that it fills, what it holds, and whether a row needs it.

    `missing` is the reason under which a record goes to the quarantine when the field is not there.
    """

    columns: tuple[str, ...]
    type: FieldType
    meaning: str
    missing: str | None = None


TABLE_FIELDS: Final[dict[Gathered, dict[str, Field]]] = {
    "interactions": {
        "source": Field(("source_actor_id",), "actor", "who gives attention", "missing_source"),
        "target": Field(("target_actor_id",), "actor", "who receives it", "missing_target"),
        "kind": Field(
            ("kind",), "kind", "like, repost, reply, mention, quote, follow, list or citation", "missing_kind"
        ),
        "time": Field(("occurred_at",), "time", "when it happened", "missing_time"),
        "post": Field(("post_id",), "post", "the post that was reacted to"),
        "reaction_post": Field(("reaction_post_id",), "post", "the post that is the reaction"),
        "id": Field(("interaction_id",), "own_id", "the act's own id on its network"),
    },
    "follows": {
        "source": Field(("source_actor_id",), "actor", "who follows", "missing_source"),
        "target": Field(("target_actor_id",), "actor", "who is followed", "missing_target"),
        "time": Field(
            ("first_seen_at", "last_seen_at"), "time", "when the tie was seen to be there", "missing_time"
        ),
    },
    "list_members": {
        "list": Field(("list_id",), "list", "the list", "missing_list"),
        "name": Field(("list_name",), "text", "what its owner called it"),
        "owner": Field(("owner_actor_id",), "actor", "who keeps the list", "missing_source"),
        "member": Field(("member_actor_id",), "actor", "who is on it", "missing_target"),
        "time": Field(("first_seen_at",), "time", "when the membership was seen", "missing_time"),
    },
    "actors": {
        "actor": Field(("actor_id",), "actor", "the account", "missing_source"),
        "time": Field(("observed_at",), "time", "when the profile was read", "missing_time"),
        "handle": Field(("handle",), "text", "the name that people know it by"),
        "display_name": Field(("display_name",), "text", "the name shown beside the handle"),
        "bio": Field(("bio",), "text", "its own description"),
        "created_at": Field(("created_at",), "time", "when the account was made"),
        "followers_count": Field(("followers_count",), "count", "followers"),
        "following_count": Field(("following_count",), "count", "accounts followed"),
        "posts_count": Field(("posts_count",), "count", "posts ever made"),
        "listed_count": Field(("listed_count",), "count", "lists that it is on"),
        "is_declared_bot": Field(("is_declared_bot",), "flag", "says that it is automated"),
        "is_protected": Field(("is_protected",), "flag", "shows its posts to approved followers only"),
        "is_discoverable": Field(("is_discoverable",), "flag", "agreed to be found and ranked"),
        "is_indexable": Field(("is_indexable",), "flag", "agreed to have its posts indexed"),
        "is_hidden_from_public": Field(
            ("is_hidden_from_public",), "flag", "asked not to be shown to people who are not signed in"
        ),
    },
    "posts": {
        "post": Field(("post_id",), "post", "the post", "missing_post"),
        "author": Field(("author_actor_id",), "actor", "who wrote it", "missing_source"),
        "time": Field(("posted_at",), "time", "when it was published"),
        "text": Field(("text",), "text", "its public text"),
        "language": Field(("language",), "text", "language tag"),
        "reply_to_post": Field(("reply_to_post_id",), "post", "the post that it answers"),
        "root_post": Field(("root_post_id",), "post", "the post that opened the conversation"),
        "quoted_post": Field(("quoted_post_id",), "post", "the post that it quotes"),
    },
}
"""Every table that a mapping can fill, with its fields."""

RULE_SETTINGS: Final[dict[str, str]] = {
    "table": "the table that the rule fills",
    "when": "conditions on the record, all of which must hold; a list of such tables: any of them",
    "each": "a list in the record: one row for each element, which paths name by a leading @",
    "when_each": "conditions on the element",
    "seen": "when somebody trustworthy saw the act: an implausible or missing `time` gives way to it",
    "but_not": "no row where the target is one of these",
}
"""What a rule says beside the fields of its table."""

MAPPING_SETTINGS: Final[dict[str, str]] = {
    "network": "the network of every row; put before each id",
    "format": "jsonl, csv or parquet; not said: found out",
    "delimiter": "what separates the columns of a CSV file; not said: found out",
    "zone": "zone of times that name none, such as UTC or Europe/Berlin",
    "defaults": "fields that every rule has unless it says otherwise",
    "leave_out": "flags: records that carry one are left out whole, and counted under its name",
    "rows": "the rules",
}
"""What a mapping says at its top."""

VALUE_SETTINGS: Final[dict[str, str]] = {
    "from": "a path, or several, of which the first that leads to something holds",
    "value": "a constant",
    "template": "text with paths in braces, {time:ms} for the row's time; missing where one leads nowhere",
    "split": "a text at which what was found is cut, together with `part`",
    "part": "which of the parts, from 1; an empty or absent one is missing",
    "words": "a table of words and what they become; a kind of - leaves the row out",
    "lower": "true: in lower case",
    "prefix": "put before it",
    "default": "what holds where nothing was found",
    "form": "of a time: iso, s, ms, us, ns, or a pattern such as '%a %b %d %H:%M:%S %z %Y'",
    "round": "of a time: cut to whole s or ms",
}
"""What a field may say instead of a mere path."""

CONDITION_SETTINGS: Final[dict[str, str]] = {
    "exists": "true: something is there; false: nothing is",
    "is": "it is this, or one of these",
    "not": "it is not this, or none of these, or nothing is there",
    "contains": "its text contains this",
    "starts": "its text starts with this",
}
"""What a condition may say of a path instead of a mere constant or a list of them."""
