"""Taking harvests in: every table of them, then what must go, then the cursors.

One `Intake` keeps the dictionary and the known ids between commits, so that a live stream can be committed
every second or two without reading the store again. What a harvest brings is kept in this order: rows, what
is withdrawn, quarantine, validators, cursors. A kill in between loses nothing: reading goes on from the last
cursor kept, and what comes twice is kept once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from renown.schema import TABLES, arrow_schema
from renown.store.delta import Delta
from renown.store.dictionary import Dictionary
from renown.store.follows import keep_ties
from renown.store.formats import renown_version
from renown.store.harvest import (
    TEXT_ONLY,
    Cursor,
    Gathered,
    Harvest,
    KnownReaction,
    Quarantined,
    Return,
    Validator,
    Withdrawal,
)
from renown.store.importing import import_batches
from renown.store.known_ids import KnownIds
from renown.store.names import NameIndex
from renown.store.posts import keep_posts
from renown.store.records import IntakeReport
from renown.store.suppressions import Suppressions, text_of
from renown.store.tidying import Tidying
from renown.store.withdrawing import gone_of, take_out
from renown.types import Progress, no_progress

COMMIT_ROWS: Final = 200_000
COMMIT_SECONDS: Final = 2.0
"""Harvests are put together until they are this many rows, or this old."""

_NEW_PROFILES: Final = """
-- profiles that say something else than the one before them of their account, one an account and moment;
-- what a profile does not say (null) is as it was
with told as (
    select *, false as is_new from actors where actor_id in (select actor_id from incoming)
    union all by name
    select distinct on (actor_id, observed_at) *, true as is_new from incoming
),
filled as (
    select actor_id, network, observed_at, is_new, {filled}
    from told
    window earlier as (
        partition by actor_id order by observed_at, is_new rows between unbounded preceding and current row
    )
)
select f.* exclude (is_new) from filled f
window before as (partition by f.actor_id order by f.observed_at, f.is_new)
qualify f.is_new and (
    lag(f.observed_at) over before is null
    or f.observed_at > lag(f.observed_at) over before and ({differs})
)
"""

_REACTIONS: Final = """
select source_actor_key, interaction_id, kind, post_id, reaction_post_id, occurred_at from interactions
where source_actor_key in (select key from asked_keys) or post_id in (select id from asked_posts)
"""


@dataclass
class _Pending:
    """Harvests waiting for the next commit."""

    rows: dict[Gathered, list[pa.Table]] = field(default_factory=dict)
    changes: list[Withdrawal | Return] = field(default_factory=list)
    quarantined: dict[str, Quarantined] = field(default_factory=dict)
    validators: dict[str, Validator] = field(default_factory=dict)
    cursors: dict[tuple[str, str], Cursor] = field(default_factory=dict)
    since: float | None = None

    def add(self, harvest: Harvest) -> None:
        """Put what a harvest holds with the rest."""
        self.since = time.monotonic() if self.since is None else self.since
        for name, table in harvest.rows.items():
            self.rows.setdefault(name, []).append(table)
        self.changes += harvest.changes
        self.quarantined.update({record.record_hash: record for record in harvest.quarantined})
        self.validators.update({validator.url: validator for validator in harvest.validators})
        self.cursors.update({(cursor.source_name, cursor.scope): cursor for cursor in harvest.cursors})

    @property
    def is_due(self) -> bool:
        """Whether enough waits, or has waited long enough, for a commit."""
        rows_count = sum(int(table.num_rows) for tables in self.rows.values() for table in tables)
        age = 0.0 if self.since is None else time.monotonic() - self.since
        return rows_count + len(self.changes) >= COMMIT_ROWS or age >= COMMIT_SECONDS

    def must_precede(self, harvest: Harvest) -> bool:
        """Whether somebody was withdrawn here who comes back there: then this must be committed first."""
        withdrawn = {_name_of(change) for change in self.changes if isinstance(change, Withdrawal)}
        return any(_name_of(returned) in withdrawn for returned in harvest.returns)


class Intake:
    """Takes harvests into one store, commit by commit. Close it, or use `with`."""

    def __init__(self, delta: Delta) -> None:
        self._delta = delta
        self._known = KnownIds(delta)
        self._dictionary: Dictionary | None = None
        self._tidying = Tidying(delta)
        self.suppressions = Suppressions(delta)
        self.report = IntakeReport()

    def __enter__(self) -> Intake:
        return self

    def __exit__(self, *exception: object) -> None:
        self._known.close()

    def take_in(self, harvests: Iterable[Harvest], progress: Progress = no_progress) -> IntakeReport:
        """Take everything in; what was committed before an error holds, and the error goes on."""
        pending, fault = _Pending(), None
        following = iter(harvests)
        while True:
            try:
                harvest = next(following)
            except StopIteration:
                break
            except BaseException as error:
                # what came whole before the fault is kept, so that the next run goes on from there
                fault = error
                break
            if pending.must_precede(harvest):
                pending = self._committed(pending, progress)
            pending.add(harvest)
            self._count(harvest)
            if pending.is_due:
                pending = self._committed(pending, progress)
        self._committed(pending, progress)
        if fault is not None:
            raise fault
        return self.report

    def _count(self, harvest: Harvest) -> None:
        self.report.records_count += harvest.records_count
        self.report.left_out_counts.update(harvest.left_out_counts)
        self.report.quarantined_counts.update(record.reason for record in harvest.quarantined)

    def _committed(self, pending: _Pending, progress: Progress) -> _Pending:
        if pending.since is not None:
            self.commit(pending)
            self._tidy()
            progress("taking in", self.report.rows_count, None)
        return _Pending()

    def commit(self, pending: _Pending) -> None:
        """Write what is pending, cursors last."""
        self._known.refresh()
        for changes in _without_repetition(pending.changes):
            # a return opens the door before its rows come in, a withdrawal closes it before
            self._change(changes)
        for name in ("actors", "posts", "interactions", "follows", "list_members"):
            tables = pending.rows.get(name)
            if tables:
                before = self.suppressions.left_out_count
                rows = self.suppressions.without_suppressed(pa.concat_tables(tables))
                self.report.left_out_counts["suppressed"] += self.suppressions.left_out_count - before
                self.report.added_counts[name] += self._add(name, rows)
        self._take_out([change for change in pending.changes if isinstance(change, Withdrawal)])
        self._remember(pending)

    def _tidy(self) -> None:
        """Merge small files of one table, if many have gathered; what is known of its rows stays known."""
        tidied = self._tidying.step()
        if tidied is None:
            return
        self._known.files_were_merged(tidied.table, tidied.path)
        if self._dictionary is not None and tidied.table == "actor_keys":
            self._dictionary.files_were_merged(tidied.before, tidied.after)

    def _change(self, changes: Sequence[Withdrawal | Return]) -> None:
        """Changes of different accounts and posts: their order does not matter, alike are one commit."""
        lifted: dict[tuple[str, ...], list[str]] = {}
        added: dict[str, list[str]] = {}
        for change in changes:
            if isinstance(change, Return):
                lifted.setdefault(change.reasons, []).append(_name_of(change))
            elif change.what == "text":
                added.setdefault(TEXT_ONLY, []).append(_name_of(change))
            elif change.what in ("post", "actor"):
                added.setdefault(change.reason, []).append(change.identifier)
        for reasons, identifiers in lifted.items():
            self.suppressions.lift(identifiers, reasons)
        for reason, identifiers in added.items():
            self.suppressions.add(identifiers, reason)

    def _add(self, name: Gathered, rows: pa.Table) -> int:
        if not rows.num_rows:
            return 0
        adders = {
            "actors": self._add_actors,
            "posts": self._add_posts,
            "interactions": self._add_interactions,
            "follows": self._add_follows,
            "list_members": self._add_members,
        }
        return adders[name](rows)

    def _add_interactions(self, rows: pa.Table) -> int:
        """Rows whose own id is certainly new need no comparing; the others are compared as any import is."""
        is_new = ~self._known.perhaps_known("acts", rows["interaction_id"])
        is_new &= ~rows["interaction_id"].is_null().to_numpy()
        added = 0
        for are_known_new, chosen in ((True, is_new), (False, ~is_new)):
            if chosen.any():
                self._dictionary = self._dictionary or Dictionary(self._delta)
                report = import_batches(
                    self._delta,
                    [rows.filter(pa.array(chosen))],
                    progress=no_progress,
                    dictionary=self._dictionary,
                    are_known_new=are_known_new,
                )
                self._dictionary.settle()
                added += report.added_count
        self.report.duplicates_count += rows.num_rows - added
        return added

    def _add_posts(self, rows: pa.Table) -> int:
        rows = self.suppressions.without_texts(rows)
        kept = keep_posts(self._delta, rows, self._known.perhaps_known("posts", rows["post_id"]))
        if kept.edited_count:
            self.report.edited_counts["posts"] += kept.edited_count
        return kept.added_count

    def _add_actors(self, rows: pa.Table) -> int:
        compared = [
            c for c in TABLES["actors"].column_names() if c not in ("actor_id", "network", "observed_at")
        ]
        filled = ", ".join(f"last_value({name} ignore nulls) over earlier as {name}" for name in compared)
        differs = " or ".join(f"f.{name} is distinct from lag(f.{name}) over before" for name in compared)
        sql = _NEW_PROFILES.format(filled=filled, differs=differs)
        return self._append("actors", self._query(sql, "actors", incoming=rows))

    def _add_members(self, rows: pa.Table) -> int:
        sql = """
            -- memberships that are not known
            select * from incoming i anti join list_members using (list_id, member_actor_id)
        """
        rows = _first_of_each(rows, ("list_id", "member_actor_id"))
        return self._append("list_members", self._query(sql, "list_members", incoming=rows))

    def _add_follows(self, rows: pa.Table) -> int:
        dictionary = self._dictionary = self._dictionary or Dictionary(self._delta)
        dictionary.encode(rows["source_actor_id"])
        dictionary.encode(rows["target_actor_id"])
        dictionary.publish()
        dictionary.settle()
        keyed = pa.table(
            {
                "network": rows["network"],
                "source_actor_key": pa.array(dictionary.encode(rows["source_actor_id"])),
                "target_actor_key": pa.array(dictionary.encode(rows["target_actor_id"])),
                "first_seen_at": rows["first_seen_at"],
                "last_seen_at": rows["last_seen_at"],
            }
        )
        return keep_ties(self._delta, keyed, note="take in", threads=1)

    def _take_out(self, withdrawals: Sequence[Withdrawal]) -> None:
        """Remove what is withdrawn, as far as the store can have it."""
        if not withdrawals:
            return
        self._known.refresh()
        by_kind: dict[str, list[Withdrawal]] = {}
        for one in withdrawals:
            by_kind.setdefault(one.what, []).append(one)
        present = [*by_kind.get("actor", []), *by_kind.get("tie", [])]
        for what, kept in (
            ("interaction", ("acts", "reactions")),
            ("post", ("posts", "subjects", "reactions")),
            ("text", ("posts", "writers")),
        ):
            ones = by_kind.get(what, [])
            ids = [one.identifier for one in ones]
            # an act's own id is kept without its network, the record that is the reaction with it
            full = [
                f"{one.network}:{one.identifier}" if what == "interaction" else one.identifier for one in ones
            ]
            held = np.any(
                [self._known.perhaps_known(name, ids if name == "acts" else full) for name in kept], axis=0
            )
            present += [one for one, is_held in zip(ones, held, strict=True) if is_held]
        if present:
            self.report.withdrawn_counts.update(take_out(self._delta, gone_of(self._delta, present)))

    def _remember(self, pending: _Pending) -> None:
        now = datetime.now(UTC)
        if pending.quarantined:
            self._append("quarantine", self._fresh_quarantine(list(pending.quarantined.values())))
        if pending.validators:
            rows = [{**vars(one), "seen_at": now} for one in pending.validators.values()]
            self._append("validators", _table("validators", rows))
        if pending.cursors:
            rows = [
                {
                    "source_name": cursor.source_name,
                    "scope": cursor.scope,
                    "cursor_version": cursor.version,
                    "position": cursor.position,
                    "saved_at": now,
                }
                for cursor in pending.cursors.values()
            ]
            self._append("cursors", _table("cursors", rows))

    def _fresh_quarantine(self, records: list[Quarantined]) -> pa.Table:
        known = self._stored("quarantine", "record_hash", [record.record_hash for record in records])
        rows = [
            {**vars(record), "record_hash": record.record_hash, "renown_version": renown_version()}
            for record in records
            if record.record_hash not in set(known.to_pylist())
        ]
        return _table("quarantine", rows)

    def _stored(self, table: str, column: str, ids: Any) -> pa.Array:
        """Those of the ids that the table has, compared letter by letter."""
        if not len(ids):
            return pa.array([], pa.string())
        asked = pa.table({column: pa.array(ids, pa.string()) if isinstance(ids, list) else ids})
        found = self._query(
            f"select distinct {column} from {table} where {column} in (select {column} from incoming)",
            table,
            incoming=asked,
        )
        return found[column].combine_chunks()

    def _query(self, sql: str, table: str, *, incoming: pa.Table) -> pa.Table:
        from renown.engines.duckdb import DuckDBEngine

        with DuckDBEngine(threads=1) as engine:
            engine.register_files(table, self._delta.uris(table))
            engine.register_arrow("incoming", incoming)
            return engine.query(sql)

    def _append(self, name: str, rows: pa.Table) -> int:
        if rows.num_rows:
            self._delta.append(name, rows, note="take in")
        return int(rows.num_rows)


def _name_of(change: Withdrawal | Return) -> str:
    """What a change is about; an account and its text are two things."""
    name = change.actor_id if isinstance(change, Return) else change.identifier
    if change.what == "tie":
        return f"{change.owner_actor_id} follows {name}"
    return text_of(name) if change.what == "text" else name


def _without_repetition(changes: Sequence[Withdrawal | Return]) -> Iterator[list[Withdrawal | Return]]:
    """The changes, in order, cut wherever one is about somebody or something that has just been changed."""
    some: list[Withdrawal | Return] = []
    named: set[str] = set()
    for change in changes:
        name = _name_of(change)
        if name in named:
            yield some
            some, named = [], set()
        some.append(change)
        named.add(name)
    yield some


def _first_of_each(rows: pa.Table, identity: Sequence[str]) -> pa.Table:
    """The first row of each identity, in order."""
    numbered = rows.append_column("row_number", pa.array(np.arange(rows.num_rows)))
    first = numbered.group_by(list(identity)).aggregate([("row_number", "min")])
    return rows.take(pa.array(np.sort(first["row_number_min"].to_numpy())))


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=arrow_schema(TABLES[name]))


class StoredMemory:
    """What earlier readings left in a store: the newest cursor of a scope, and validator of an address."""

    def __init__(self, delta: Delta) -> None:
        self._delta = delta
        self._tables: dict[str, tuple[int, pa.Table]] = {}

    def cursor(self, source_name: str, scope: str) -> Cursor | None:
        """How far the last reading of that scope came; None: never read."""
        row = self._newest("cursors", {"source_name": source_name, "scope": scope}, "saved_at")
        return None if row is None else Cursor(source_name, scope, row["cursor_version"], row["position"])

    def validator(self, url: str) -> Validator | None:
        """What the server said last of the answer that is known."""
        row = self._newest("validators", {"url": url}, "seen_at")
        return None if row is None else Validator(url, row["etag"], row["last_modified"])

    def reactions(
        self, *, source_actor_ids: Sequence[str] = (), post_ids: Sequence[str] = ()
    ) -> list[KnownReaction]:
        """Interactions of these actors, or with these posts. Cost: one pass over the columns asked."""
        from renown.engines.duckdb import DuckDBEngine

        keys = NameIndex(self._delta).actor_keys(sorted(set(source_actor_ids)))
        with DuckDBEngine(threads=1) as engine:
            engine.register_files("interactions", self._delta.uris("interactions"))
            posts = pa.array(sorted(set(post_ids)), pa.string())
            engine.register_arrow("asked_posts", pa.table({"id": posts}))
            engine.register_arrow("asked_keys", pa.table({"key": pa.array(keys[keys >= 0], pa.int64())}))
            rows = engine.query(_REACTIONS)
        source = NameIndex(self._delta).actor_ids(rows["source_actor_key"].to_numpy())
        rows = rows.set_column(0, "source_actor_id", source)
        return [KnownReaction(**row) for row in rows.to_pylist()]

    def _newest(self, table: str, wanted: Mapping[str, str], by: str) -> dict[str, Any] | None:
        rows = self._read(table)
        for name, value in wanted.items():
            rows = rows.filter(pc.equal(rows[name], value))
        return max(rows.to_pylist(), key=lambda row: row[by], default=None)

    def _read(self, table: str) -> pa.Table:
        """The table as it is now; read again only when it has changed, since a source asks for every page."""
        version = self._delta.version(table)
        if self._tables.get(table, (None,))[0] != version:
            self._tables[table] = (version, self._delta.read(table))
        return self._tables[table][1]


def quarantined_records(delta: Delta) -> list[dict[str, Any]]:
    """Every record in quarantine, oldest first."""
    rows = delta.read("quarantine").to_pylist()
    return sorted(rows, key=lambda row: (row["seen_at"], row["record_hash"]))


def release(delta: Delta, record_hashes: Iterable[str]) -> int:
    """Take records out of quarantine, in one atomic commit; returns how many were there."""
    wanted = pa.array(sorted(set(record_hashes)), pa.string())
    return delta.rewrite("quarantine", lambda rows: pc.is_in(rows["record_hash"], wanted), note="release")
