"""What a trust run found, read back with names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from renown.explain.records import Record

if TYPE_CHECKING:
    import pyarrow as pa

    from renown.store import TableStore


@dataclass(frozen=True)
class FindingExample(Record):
    """One of the reactions, or follows, that a finding rests on."""

    source: str
    """actor id"""
    target: str
    occurred_at: datetime


@dataclass(frozen=True)
class FindingView(Record):
    """A group that acts together, or a crowd that nobody vouches for: a probability with reasons."""

    finding_id: int
    kind: str
    summary: str
    """in words"""
    members_count: int
    targets_count: int
    statistic: float
    chance: float
    """probability of it, were everybody independent of each other"""
    attention: float
    effective_people: float
    first_at: datetime
    last_at: datetime
    members: tuple[str, ...]
    """actor ids"""
    targets: tuple[str, ...]
    examples: tuple[FindingExample, ...]


def view_findings(
    store: TableStore, *, run_id: str | None = None, actor: str | None = None, limit: int | None = None
) -> list[FindingView]:
    """Findings of a trust run with their members, the least likely first (see `Store.trust_findings`)."""
    from renown.trust import read_trust_run

    run = read_trust_run(store, run_id)
    findings = store.read_partition("trust_findings", run.run_id).sort_by("finding_id").to_pylist()
    members = store.read_partition("trust_members", run.run_id)
    if actor is not None:
        key = store.resolve(actor).actor_key
        keys = np.array([key, int(store.person_keys().of(np.array([key]))[0])])
        is_theirs = np.isin(members["actor_key"].to_numpy(), keys)
        chosen = set(members["finding_id"].to_numpy()[is_theirs].tolist())
        findings = [row for row in findings if row["finding_id"] in chosen]
    findings = findings[:limit]
    examples = store.read_partition("trust_examples", run.run_id)
    names = _names(store, members, examples)
    return [_view(row, members, examples, names) for row in findings]


def _names(store: TableStore, members: pa.Table, examples: pa.Table) -> dict[int, str]:
    columns = (members["actor_key"], examples["source_actor_key"], examples["target_actor_key"])
    keys = np.unique(np.concatenate([column.to_numpy() for column in columns]))
    return dict(zip(keys.tolist(), store.actor_ids(keys).to_pylist(), strict=True))


def _view(row: dict[str, Any], members: pa.Table, examples: pa.Table, names: dict[int, str]) -> FindingView:
    number = row["finding_id"]
    inside = members["finding_id"].to_numpy() == number
    keys, roles = members["actor_key"].to_numpy()[inside], np.array(members["role"].to_pylist())[inside]
    shown = examples.filter(examples["finding_id"].to_numpy() == number).to_pylist()
    fields = {name: row[name] for name in row if name in FindingView.__dataclass_fields__}
    return FindingView(
        **fields,
        summary=finding_in_words(row),
        members=tuple(names[key] for key in keys[roles == "member"].tolist()),
        targets=tuple(names[key] for key in keys[roles == "target"].tolist()),
        examples=tuple(
            FindingExample(names[one["source_actor_key"]], names[one["target_actor_key"]], one["occurred_at"])
            for one in shown
        ),
    )


def finding_in_words(row: dict[str, Any]) -> str:
    """What was found, as a person would say it.

    Example:
        >>> finding_in_words({"kind": "lockstep", "members_count": 41, "targets_count": 12,
        ...                   "effective_people": 2.31, "statistic": 12.0})
        '41 accounts counted as 2.3 people: same 12 targets within the same hours'
    """
    if row["kind"] == "follow ring":
        share = f"{100 * row['statistic']:.0f} % of their pairs follow each other"
        return f"{row['members_count']} accounts: {share}; nothing is discounted for it"
    counted = f"{row['members_count']} accounts counted as {row['effective_people']:.1f} people"
    if row["kind"] == "lockstep":
        return f"{counted}: same {row['targets_count']} targets within the same hours"
    if row["kind"] == "reciprocal circle":
        return f"{counted}: {100 * row['statistic']:.0f} % of their pairs react to each other"
    if row["kind"] == "dense block":
        return f"{counted}: a dense block on {row['targets_count']} targets, hidden among popular ones or not"
    return f"{counted}: strangers who came without anybody known"
