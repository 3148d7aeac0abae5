"""The contract of the store (docs/reference/tables.md is made from this file).

Direction, stated once: the source gives attention, the target receives it. A reposts B: source A, target B.
Times are UTC microseconds. Two tables that can hold billions of rows (interactions, follows) and the scores
name actors by key, a dense int64 that `actor_keys` turns back into `network:native_id`; others use the id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

ColumnType = Literal["string", "int64", "float64", "bool", "timestamp", "list<string>"]


@dataclass(frozen=True)
class Column:
    """One column: its name carries the unit, `meaning` says the rest."""

    name: str
    type: ColumnType
    meaning: str
    is_nullable: bool = True


@dataclass(frozen=True)
class Table:
    """One Delta table: `row` says what a row is, `identity` which columns make two rows the same one."""

    name: str
    row: str
    identity: tuple[str, ...]
    columns: tuple[Column, ...]
    partition_columns: tuple[str, ...] = ()

    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)


def _required(name: str, kind: ColumnType, meaning: str) -> Column:
    return Column(name, kind, meaning, is_nullable=False)


_ACTOR_KEYS = Table(
    "actor_keys",
    "the dictionary: one actor id and the dense key that stands for it inside",
    ("actor_id",),
    (
        _required("actor_key", "int64", "dense key, 0 upwards, in order of first appearance; never reused"),
        _required("actor_id", "string", "network:native_id"),
    ),
)

_ACTORS = Table(
    "actors",
    "an account on one network, as last seen (the row with the latest observed_at holds)",
    ("actor_id", "observed_at"),
    (
        _required("actor_id", "string", "network:native_id"),
        _required("network", "string", "network the account is on"),
        Column("handle", "string", "name people know the account by, without @"),
        Column("display_name", "string", "name shown beside the handle"),
        Column("bio", "string", "the account's own description"),
        Column("created_at", "timestamp", "when the account was made"),
        Column(
            "followers_count", "int64", "followers as the network reports them; carries no weight in a score"
        ),
        Column("following_count", "int64", "accounts followed"),
        Column("posts_count", "int64", "posts ever made, as the network reports them"),
        Column("listed_count", "int64", "lists the account is on"),
        Column("is_declared_bot", "bool", "says of itself that it is automated"),
        Column("is_protected", "bool", "shows its posts to approved followers only"),
        Column("is_discoverable", "bool", "agreed to be found and ranked; null: never said"),
        Column("is_indexable", "bool", "agreed to have its public posts indexed; null: never said"),
        Column("is_hidden_from_public", "bool", "asked not to be shown to people who are not signed in"),
        _required("observed_at", "timestamp", "when these figures were read"),
    ),
)

_POSTS = Table(
    "posts",
    "a piece of content, in the newest version that was seen (an edit takes the place of what was there)",
    ("post_id",),
    (
        _required("post_id", "string", "network:native_id of the post"),
        _required("network", "string", "network the post is on"),
        _required("author_actor_id", "string", "who wrote it"),
        Column("posted_at", "timestamp", "when it was published"),
        Column("text", "string", "its public text"),
        Column("language", "string", "BCP 47 tag, as declared or detected"),
        Column("reply_to_post_id", "string", "the post it answers"),
        Column("root_post_id", "string", "the post that opened the conversation"),
        Column("quoted_post_id", "string", "the post it quotes"),
        Column("links", "list<string>", "addresses it links to"),
        Column("hashtags", "list<string>", "hashtags, lower case, without #"),
        Column(
            "observed_at",
            "timestamp",
            "when the post said this: its last edit, or when it was read; null: unknown",
        ),
    ),
)

_INTERACTIONS = Table(
    "interactions",
    "one timed, directed act; files are sorted by source_actor_key, target_actor_key, occurred_at",
    ("interaction_id or all other columns",),
    (
        _required("network", "string", "network where it happened"),
        _required("source_actor_key", "int64", "who gave attention"),
        _required("target_actor_key", "int64", "who received it"),
        _required("kind", "string", "like, repost, reply, mention, quote, follow, list or citation"),
        Column("post_id", "string", "the post that was reacted to"),
        Column("reaction_post_id", "string", "the post that is the reaction (a reply, a quote)"),
        Column("interaction_id", "string", "the act's own id on its network, where it has one"),
        _required("occurred_at", "timestamp", "when it happened"),
    ),
)

_FOLLOWS = Table(
    "follows",
    "a standing tie: the source follows the target",
    ("source_actor_key", "target_actor_key"),
    (
        _required("network", "string", "network of both accounts"),
        _required("source_actor_key", "int64", "who follows"),
        _required("target_actor_key", "int64", "who is followed"),
        _required("first_seen_at", "timestamp", "earliest time the tie was known"),
        _required("last_seen_at", "timestamp", "latest time the tie was known"),
    ),
)

_LIST_MEMBERS = Table(
    "list_members",
    "an actor on somebody's list",
    ("list_id", "member_actor_id"),
    (
        _required("list_id", "string", "network:native_id of the list"),
        Column("list_name", "string", "what its owner called it"),
        _required("owner_actor_id", "string", "who keeps the list"),
        _required("member_actor_id", "string", "who is on it"),
        _required("first_seen_at", "timestamp", "earliest time the membership was known"),
    ),
)

_PERSONS = Table(
    "persons",
    "an account that its person proved to be theirs; people are counted, not accounts",
    ("person_id", "actor_id"),
    (
        _required("person_id", "string", "one id for all accounts of the person"),
        _required("actor_id", "string", "one of the accounts"),
        _required("proof_kind", "string", "how it was proven: oauth, rel-me, dns, did, code, given"),
        Column("proof_reference", "string", "where the proof can be seen"),
        _required("proven_at", "timestamp", "when it was proven"),
    ),
)

_SUPPRESSIONS = Table(
    "suppressions",
    "keyed hash of an identifier that must stay out",
    ("identifier_hash",),
    (
        _required("identifier_hash", "string", "keyed hash (hex) of the identifier"),
        _required("reason", "string", "why it must stay out"),
        _required("since", "timestamp", "since when"),
    ),
)

_CURSORS = Table(
    "cursors",
    "how far one reading of a source has come (the row with the latest saved_at holds)",
    ("source_name", "scope", "saved_at"),
    (
        _required("source_name", "string", "which source"),
        _required("scope", "string", "what of it: an account, a stream, a file"),
        _required("cursor_version", "int64", "version of what the source wrote into position"),
        _required("position", "string", "where to go on, in the source's own words; at most 4,096 long"),
        _required("saved_at", "timestamp", "when it was reached"),
    ),
)

_VALIDATORS = Table(
    "validators",
    "what a server said of an answer, so that it need not be sent again (the latest seen_at holds)",
    ("url", "seen_at"),
    (
        _required("url", "string", "address that was asked"),
        Column("etag", "string", "the answer's ETag"),
        Column("last_modified", "string", "the answer's Last-Modified"),
        _required("seen_at", "timestamp", "when it was given"),
    ),
)

_QUARANTINE = Table(
    "quarantine",
    "a record that could not be understood, kept until it can: `renown import --replay`",
    ("record_hash",),
    (
        _required("record_hash", "string", "sha256 (hex) of source and payload; a record is kept once"),
        _required("source_name", "string", "the source that read it"),
        _required("scope", "string", "where it came from: a file and line, an address, a stream"),
        _required("reason", "string", "why it was not understood, as a code"),
        _required("message", "string", "the same in words"),
        _required("payload", "string", "the record as it was received, at most a million characters"),
        _required("seen_at", "timestamp", "when it was received"),
        _required("renown_version", "string", "the Renown that did not understand it"),
    ),
)

_RUNS = Table(
    "runs",
    "one scoring run; never rewritten",
    ("run_id",),
    (
        _required(
            "run_id", "string", "made from definition, moment and input, so the same run has the same id"
        ),
        _required("definition_hash", "string", "sha256 of the definition's content"),
        _required("definition", "string", "the definition itself, as TOML"),
        _required("as_of", "timestamp", "the moment: only what happened before it counts"),
        _required(
            "input_version", "string", "versions of the tables that were read, and the trust run if any"
        ),
        _required("started_at", "timestamp", "when the run began"),
        _required("finished_at", "timestamp", "when its scores were written"),
        _required("counts", "string", "JSON: interactions, actors and ties that took part"),
        _required("converged", "bool", "whether every iteration of the run came to rest"),
        Column("residual", "float64", "what the last iteration still changed; null where nothing iterates"),
    ),
)

_SCORES = Table(
    "scores",
    "an actor in a run",
    ("run_id", "actor_key", "topic_id"),
    (
        _required("run_id", "string", "the run"),
        _required("actor_key", "int64", "who is measured (exports name it actor_id)"),
        Column("person_id", "string", "the proven person behind the account"),
        Column("topic_id", "string", "the topic; null: all topics together"),
        _required(
            "score", "float64", "5 * log2(1 + earned attention), at most 100; 5 points are twice the people"
        ),
        _required("score_low", "float64", "lower end of the interval"),
        _required("score_high", "float64", "upper end of the interval"),
        _required("percentile", "float64", "share of scored actors below, in 0..100"),
        _required("rank_low", "int64", "best rank that the intervals allow (1 is the top)"),
        _required("rank_high", "int64", "worst rank that the intervals allow"),
        _required("earned_attention", "float64", "effective people"),
        _required("people_count", "int64", "distinct people who gave counted attention"),
        _required("interactions_count", "int64", "interactions received from others before the moment"),
        Column(
            "opposed_attention", "float64", "attention that opposes, in effective people; null: not measured"
        ),
        _required("momentum", "float64", "the score with attention that halves in 7 days"),
    ),
    partition_columns=("run_id",),
)

_TRUST_RUNS = Table(
    "trust_runs",
    "one computation of trust; never rewritten",
    ("run_id",),
    (
        _required("run_id", "string", "made from rule, definition, moment, seeds and input"),
        _required("rule_hash", "string", "sha256 of the numbers by which trust was computed"),
        _required("rule", "string", "these numbers, as JSON"),
        _required("definition_hash", "string", "the definition by which attention was weighed"),
        _required("as_of", "timestamp", "only what happened before it was looked at"),
        _required("input_version", "string", "versions of the tables that were read"),
        Column("seeds", "list<string>", "actors from whom trust flows"),
        _required("started_at", "timestamp", "when it began"),
        _required("finished_at", "timestamp", "when its tables were written"),
        _required("counts", "string", "JSON: ties, doubted ties, findings, discounted accounts"),
        _required("converged", "bool", "whether the flow of trust came to rest"),
        _required("iterations_count", "int64", "steps of the flow of trust"),
        _required("residual", "float64", "what the last step still changed"),
    ),
)

_TRUST_ACCOUNTS = Table(
    "trust_accounts",
    "an account of which trust has something to say; private to the operator and the account's person",
    ("run_id", "actor_key"),
    (
        _required("run_id", "string", "the trust run"),
        _required("actor_key", "int64", "the person, by person key"),
        _required("trust", "float64", "share of the person's attention that counts, 0..1"),
        _required("automated_probability", "float64", "probability of being automated, from behaviour"),
        Column("seed_trust", "float64", "trust that reached the account from the seeds; 1 is the mean"),
        Column("reasons", "list<string>", "what speaks for it, in codes of docs/concepts/trust.md"),
    ),
    partition_columns=("run_id",),
)

_TRUST_TIES = Table(
    "trust_ties",
    "a tie that does not count as one more independent person; sorted by source and target",
    ("run_id", "source_actor_key", "target_actor_key"),
    (
        _required("run_id", "string", "the trust run"),
        _required("source_actor_key", "int64", "who gave attention, by person key"),
        _required("target_actor_key", "int64", "who received it"),
        _required("independence", "float64", "share of the tie's attention that counts, 0..1"),
        Column(
            "finding_id", "int64", "the finding it belongs to; null: an unvouched stranger, or too few known"
        ),
    ),
    partition_columns=("run_id",),
)

_TRUST_FINDINGS = Table(
    "trust_findings",
    "a group that acts together, or a crowd that nobody vouches for: a probability, not a verdict",
    ("run_id", "finding_id"),
    (
        _required("run_id", "string", "the trust run"),
        _required("finding_id", "int64", "number of the finding in its run, the least likely first"),
        _required(
            "kind", "string", "reciprocal circle, lockstep, dense block, unvouched crowd or follow ring"
        ),
        _required("members_count", "int64", "accounts in the group"),
        _required("targets_count", "int64", "actors that they act on together"),
        _required("statistic", "float64", "what was measured (docs/concepts/trust.md says what, by kind)"),
        _required("chance", "float64", "probability of it, were everybody independent of each other"),
        _required("attention", "float64", "effective people that the ties would count as undiscounted"),
        _required("effective_people", "float64", "effective people that they count as"),
        _required("first_at", "timestamp", "their first reaction"),
        _required("last_at", "timestamp", "their last reaction"),
    ),
    partition_columns=("run_id",),
)

_TRUST_MEMBERS = Table(
    "trust_members",
    "an account that takes part in a finding",
    ("run_id", "finding_id", "actor_key", "role"),
    (
        _required("run_id", "string", "the trust run"),
        _required("finding_id", "int64", "the finding"),
        _required("actor_key", "int64", "the account"),
        _required("role", "string", "member: gives attention with the group; target: receives it"),
    ),
    partition_columns=("run_id",),
)

_TRUST_EXAMPLES = Table(
    "trust_examples",
    "some of the ties, or follows, that a finding rests on, the earliest first",
    ("run_id", "finding_id", "source_actor_key", "target_actor_key"),
    (
        _required("run_id", "string", "the trust run"),
        _required("finding_id", "int64", "the finding"),
        _required("source_actor_key", "int64", "who gave attention"),
        _required("target_actor_key", "int64", "who received it"),
        _required(
            "occurred_at",
            "timestamp",
            "the tie's first reaction, or when the follow was first seen, to the minute",
        ),
    ),
    partition_columns=("run_id",),
)

_APPEALS = Table(
    "appeals",
    "an appeal against a discount that an operator granted; kept for good",
    ("actor_id", "scope", "granted_at"),
    (
        _required("actor_id", "string", "whose appeal it was"),
        _required("scope", "string", "account: what it gives counts; audience: what it receives counts"),
        _required("reason", "string", "why it was granted"),
        _required("granted_by", "string", "who granted it"),
        _required("granted_at", "timestamp", "when"),
    ),
)

_JUDGEMENTS = Table(
    "judgements",
    "a judge's answer to which of two actors is the more influential",
    ("judge_id", "run_id", "topic", "question_number"),
    (
        _required("judge_id", "string", "who judged, under a name of their choice"),
        _required("run_id", "string", "the run whose actors were shown"),
        _required("topic", "string", "what the question was about; empty: influence as such"),
        _required("question_number", "int64", "1 upwards for each judge, run and topic"),
        _required("a_actor_id", "string", "who was shown first (left)"),
        _required("b_actor_id", "string", "who was shown second (right)"),
        _required("choice", "string", "a, b or unsure"),
        _required("is_repeat", "bool", "asked before with sides swapped, to see whether the judge agrees"),
        _required("is_blind", "bool", "names were hidden"),
        Column("answer_seconds", "float64", "how long the judge took"),
        _required("judged_at", "timestamp", "when the answer was given"),
    ),
)

_FORMATS = Table(
    "formats",
    "one step in the life of the store's layout; the highest format_version holds",
    ("format_version",),
    (
        _required("format_version", "int64", "version of the layout"),
        _required("renown_version", "string", "the Renown that made it so"),
        _required("since", "timestamp", "when"),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _FORMATS,
        _ACTOR_KEYS,
        _ACTORS,
        _POSTS,
        _INTERACTIONS,
        _FOLLOWS,
        _LIST_MEMBERS,
        _PERSONS,
        _SUPPRESSIONS,
        _CURSORS,
        _VALIDATORS,
        _QUARANTINE,
        _RUNS,
        _SCORES,
        _TRUST_RUNS,
        _TRUST_ACCOUNTS,
        _TRUST_TIES,
        _TRUST_FINDINGS,
        _TRUST_MEMBERS,
        _TRUST_EXAMPLES,
        _APPEALS,
        _JUDGEMENTS,
    )
}


def arrow_schema(table: Table) -> pa.Schema:
    """Arrow types of a table's columns.

    Example:
        >>> from renown.schema import TABLES, arrow_schema
        >>> arrow_schema(TABLES["actor_keys"]).names
        ['actor_key', 'actor_id']
    """
    import pyarrow as pa

    types = {
        "string": pa.string(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "bool": pa.bool_(),
        "timestamp": pa.timestamp("us", tz="UTC"),
        "list<string>": pa.list_(pa.string()),
    }
    return pa.schema([pa.field(c.name, types[c.type], nullable=c.is_nullable) for c in table.columns])
