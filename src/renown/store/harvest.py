"""What a source hands to the store: rows of any table, what must go, and where to go on.

A source reads something foreign record by record, tells a `Gather` what it found, and yields what was
gathered as a `Harvest`. The store takes each harvest in whole, its cursors last: whatever interrupts, reading
goes on from a place before which nothing is missing, and what comes twice is kept once.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from renown.schema import TABLES, arrow_schema
from renown.types import EARLIEST_MICROSECONDS, Kind

if TYPE_CHECKING:
    import pyarrow as pa

Gathered = Literal["actors", "posts", "interactions", "follows", "list_members"]
"""Tables that a source fills."""

LONGEST_POSITION: Final = 4_096
LONGEST_PAYLOAD: Final = 1_000_000

TEXT_ONLY: Final = "text-taken-back"
"""Why the text of an actor's posts, or of a post, must stay out, and nothing else of them."""

_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=EARLIEST_MICROSECONDS)
_SKEW: Final = timedelta(minutes=5)
"""How far the clock of a record's writer may be ahead of the clock of whoever passed it on."""

_COLUMNS: Final = {name: table.column_names() for name, table in TABLES.items()}

INTERACTION_FIELDS: Final = (
    "network",
    "source_actor_id",
    "target_actor_id",
    "kind",
    "post_id",
    "reaction_post_id",
    "interaction_id",
    "occurred_at",
)
FOLLOW_FIELDS: Final = ("network", "source_actor_id", "target_actor_id", "first_seen_at", "last_seen_at")


@dataclass(frozen=True)
class Cursor:
    """How far one reading of a source has come. `position` is in the source's own words, and bounded."""

    source_name: str
    scope: str
    version: int
    position: str


@dataclass(frozen=True)
class Validator:
    """What a server said of an answer, so that it need not send it again."""

    url: str
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True)
class Withdrawal:
    """What a network or a person took back: it leaves the store, and does not come in again.

    Fields:
        what: "interaction" (by its own id, or by the record that is the reaction), "post" (and every
            interaction that names it), "actor" (everything of and about the account), "text" (of a post, or
            of all posts of an actor: text, language, links and hashtags), or "tie" (a follow that ended).
        identifier: of an actor or post `network:native_id`; of an interaction its own id; of a tie who is
            not followed any more.
        network: where.
        reason: why, as a short code: deleted, deactivated, taken-down, not-for-this, asked.
        owner_actor_id: of an interaction: who had done it, so that it is found quickly; of a tie: who had
            followed.
    """

    what: Literal["interaction", "post", "actor", "text", "tie"]
    identifier: str
    network: str
    reason: str
    owner_actor_id: str | None = None


@dataclass(frozen=True)
class KnownReaction:
    """An interaction in the store, for sources that learn only by its absence that it was taken back."""

    interaction_id: str | None
    source_actor_id: str
    kind: str
    post_id: str | None
    reaction_post_id: str | None
    occurred_at: datetime


@dataclass(frozen=True)
class Return:
    """An account that may come in again, or its text: a deactivation that ended, a flag that was taken off.

    Only suppressions of the `reasons` named are lifted: what a person asked for stays.
    """

    actor_id: str
    reasons: tuple[str, ...]
    what: Literal["actor", "text"] = "actor"


@dataclass(frozen=True)
class Quarantined:
    """A record that could not be understood, with the reason; kept for `renown import --replay`."""

    source_name: str
    scope: str
    reason: str
    message: str
    payload: str
    seen_at: datetime

    @property
    def record_hash(self) -> str:
        """Sha256 (hex) of source and payload."""
        return hashlib.sha256(
            f"{self.source_name}\n{self.payload}".encode("utf-8", "surrogatepass")
        ).hexdigest()


@dataclass(frozen=True)
class Harvest:
    """What one step of reading brought. Everything in it is taken in together, cursors last.

    Fields:
        rows: canonical rows by table (columns as in schema/tables.py, actors as `network:native_id`;
            interactions and follows name them source_actor_id and target_actor_id).
        changes: what was withdrawn and what may come in again, in order, all after the rows of this harvest.
        left_out_counts: what was not taken because somebody marked it so, by the flag.
        records_count: how many foreign records were read, understood or not.
    """

    rows: Mapping[Gathered, pa.Table] = field(default_factory=dict)
    changes: Sequence[Withdrawal | Return] = ()
    quarantined: Sequence[Quarantined] = ()
    cursors: Sequence[Cursor] = ()
    validators: Sequence[Validator] = ()
    left_out_counts: Mapping[str, int] = field(default_factory=dict)
    records_count: int = 0

    @property
    def withdrawals(self) -> tuple[Withdrawal, ...]:
        """What was taken back."""
        return tuple(change for change in self.changes if isinstance(change, Withdrawal))

    @property
    def returns(self) -> tuple[Return, ...]:
        """Who may come in again."""
        return tuple(change for change in self.changes if isinstance(change, Return))


class UnreadableRecord(Exception):  # noqa: N818 - no person sees it: it becomes a row of the quarantine
    """A record cannot be understood: raised by mappers; `Gather.reading` puts the record into quarantine."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Gather:
    """Collects what a source finds, record by record, until it is handed over as a `Harvest`.

    A record is read inside `reading(payload)`: when its mapper raises `UnreadableRecord`, whatever that
    record had added is taken back and the payload goes to the quarantine.

    Args:     source_name, scope: for quarantined records. network: of rows that do not say theirs.
    Example:
        >>> from datetime import UTC, datetime
        >>> gather = Gather("example", network="meadow")
        >>> with gather.reading('{"who": "ann"}'):
        ...     gather.interaction("ann", "bea", "like", occurred_at=datetime(2026, 1, 1, tzinfo=UTC))
        >>> with gather.reading('{"who": null}'):
        ...     raise UnreadableRecord("missing_source", "It does not say who acted.")
        >>> harvest = gather.harvest()
        >>> harvest.rows["interactions"]["source_actor_id"].to_pylist(), harvest.quarantined[0].reason
        (['meadow:ann'], 'missing_source')
    """

    def __init__(self, source_name: str, *, network: str, scope: str = "") -> None:
        self.source_name = source_name
        self.network = network
        self.scope = scope
        self._empty()

    def _empty(self) -> None:
        self._rows: dict[Gathered, list[tuple[Any, ...]]] = {
            "actors": [],
            "posts": [],
            "interactions": [],
            "follows": [],
            "list_members": [],
        }
        self._changes: list[Withdrawal | Return] = []
        self._quarantined: list[Quarantined] = []
        self._cursors: dict[str, Cursor] = {}
        self._validators: list[Validator] = []
        self._left_out: Counter[str] = Counter()
        self._records_count = 0

    @property
    def rows_count(self) -> int:
        """Rows, withdrawals and quarantined records waiting to be handed over."""
        waiting = sum(map(len, self._rows.values()))
        return waiting + len(self._changes) + len(self._quarantined)

    @contextmanager
    def reading(
        self, payload: str | bytes | Callable[[], str], *, scope: str | None = None
    ) -> Iterator[None]:
        """Read one record; one that is not understood is taken back whole and quarantined.

        `payload` may be a function that makes it, where that is dear. `scope` says where the record came
        from, where that is more exact than the gather's own.
        """
        marks = {name: len(rows) for name, rows in self._rows.items()}
        changes_count = len(self._changes)
        self._records_count += 1
        try:
            yield
        except UnreadableRecord as error:
            for name, length in marks.items():
                del self._rows[name][length:]
            del self._changes[changes_count:]
            received = payload() if callable(payload) else payload
            self.quarantine(error.reason, error.message, received, scope=scope)

    def quarantine(
        self, reason: str, message: str, payload: str | bytes, *, scope: str | None = None
    ) -> None:
        """Keep a record that cannot be understood."""
        text = payload if isinstance(payload, str) else payload.decode("utf-8", "backslashreplace")
        text = text.encode("utf-8", "backslashreplace").decode()
        where = self.scope if scope is None else scope
        now = datetime.now(UTC)
        self._quarantined.append(
            Quarantined(self.source_name, where, reason, message[:2_000], text[:LONGEST_PAYLOAD], now)
        )

    def interaction(
        self,
        source: str,
        target: str,
        kind: Kind,
        *,
        occurred_at: datetime,
        ids: tuple[str | None, str | None, str | None] = (None, None, None),
    ) -> None:
        """One act of `source` towards `target`.

        Args:     ids: the post reacted to, the post that is the reaction, the act's own id; each may be None.
                  Actors and posts are native ids, or `network:native_id`.
        """
        post, reaction_post, own = ids
        self._rows["interactions"].append(
            (
                self.network,
                self.full_id(source),
                self.full_id(target),
                kind,
                None if post is None else self.full_id(post),
                None if reaction_post is None else self.full_id(reaction_post),
                own,
                occurred_at,
            )
        )

    def follow(self, source: str, target: str, *, seen_at: datetime) -> None:
        """A standing tie seen at a moment. A follow whose own time is known is an interaction as well."""
        self._rows["follows"].append(
            (self.network, self.full_id(source), self.full_id(target), seen_at, seen_at)
        )

    def actor(self, actor_id: str, *, observed_at: datetime, **profile: Any) -> None:
        """A profile; `profile` holds further columns of the table actors."""
        self._keep("actors", {"actor_id": self.full_id(actor_id), "observed_at": observed_at, **profile})

    def post(self, post_id: str, *, author: str, **content: Any) -> None:
        """A post; `content` holds further columns of the table posts, ids native or full."""
        for name in ("reply_to_post_id", "root_post_id", "quoted_post_id"):
            if content.get(name) is not None:
                content[name] = self.full_id(content[name])
        self._keep(
            "posts", {"post_id": self.full_id(post_id), "author_actor_id": self.full_id(author), **content}
        )

    def list_member(
        self, list_id: str, *, owner: str, member: str, name: str | None, seen_at: datetime
    ) -> None:
        """An actor on somebody's list."""
        row = {
            "list_id": self.full_id(list_id),
            "list_name": name,
            "owner_actor_id": self.full_id(owner),
            "member_actor_id": self.full_id(member),
            "first_seen_at": seen_at,
        }
        self._keep("list_members", row)

    def _keep(self, table: Gathered, row: dict[str, Any]) -> None:
        row = {"network": self.network, **row}
        self._rows[table].append(tuple(map(row.get, _COLUMNS[table])))

    def withdraw(self, withdrawal: Withdrawal) -> None:
        """Something was taken back."""
        self._changes.append(withdrawal)

    def give_back(self, returned: Return) -> None:
        """An account may come in again."""
        self._changes.append(returned)

    def leave_out(self, flag: str, count: int = 1) -> None:
        """Something was not taken because somebody marked it as not for this; `flag` names the mark."""
        self._left_out[flag] += count

    def reached(self, cursor: Cursor) -> None:
        """Reading has come this far; of one scope the last one said holds."""
        if len(cursor.position) > LONGEST_POSITION:
            message = f"a cursor of {cursor.source_name} has {len(cursor.position)} characters"
            raise UnreadableRecord("cursor_too_long", message)
        self._cursors[cursor.scope] = cursor

    def validated(self, validator: Validator) -> None:
        """A server gave an answer a mark by which it need not be sent again."""
        self._validators.append(validator)

    def full_id(self, native_id: str) -> str:
        """The id with its network before it, unless it has it already."""
        return native_id if native_id.startswith(f"{self.network}:") else f"{self.network}:{native_id}"

    def harvest(self) -> Harvest:
        """Everything gathered since the last harvest; the gather is empty afterwards."""
        harvest = Harvest(
            rows={name: _table(name, rows) for name, rows in self._rows.items() if rows},
            changes=tuple(self._changes),
            quarantined=tuple(self._quarantined),
            cursors=tuple(self._cursors.values()),
            validators=tuple(self._validators),
            left_out_counts=dict(self._left_out),
            records_count=self._records_count,
        )
        self._empty()
        return harvest


def harvest_schema(table: Gathered) -> pa.Schema:
    """Columns of a table as a source fills them: actors by id, not by key."""
    import pyarrow as pa

    if table not in ("interactions", "follows"):
        return arrow_schema(TABLES[table])
    names = INTERACTION_FIELDS if table == "interactions" else FOLLOW_FIELDS
    moment = pa.timestamp("us", tz="UTC")
    return pa.schema([pa.field(name, moment if name.endswith("_at") else pa.string()) for name in names])


def _table(name: Gathered, rows: list[tuple[Any, ...]]) -> pa.Table:
    import pyarrow as pa

    schema = harvest_schema(name)
    columns = [
        pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)
    ]
    return pa.table(columns, schema=schema)


def read_moment(claimed: Any, *, seen_at: datetime | None = None) -> datetime:
    """When something happened, from what its record claims and when it was seen.

    Args:     claimed: ISO 8601 text with zone, epoch seconds, or a datetime with zone; None: not said.
              seen_at: when somebody trustworthy saw it. A claim later than that (five minutes of skew apart)
              or before 2000 gives way to it, as a claim that is missing does.
    Raises:   UnreadableRecord: no usable time, and nothing to use instead.
    Example:
        >>> read_moment("2026-05-01T10:00:00.5Z").isoformat()
        '2026-05-01T10:00:00.500000+00:00'
    """
    moment = _claimed_moment(claimed)
    latest = (seen_at or datetime.now(UTC)) + _SKEW
    if moment is not None and _EARLIEST <= moment <= latest:
        return moment if seen_at is None else min(moment, seen_at)
    if seen_at is not None:
        return seen_at
    if moment is None:
        reason = "missing_time" if claimed in (None, "") else "unreadable_time"
        raise UnreadableRecord(reason, f"When it happened cannot be read: {claimed!r}"[:200])
    reason = "time_before_2000" if moment < _EARLIEST else "time_in_future"
    raise UnreadableRecord(reason, f"It claims to be of {moment.isoformat()}.")


def _claimed_moment(claimed: Any) -> datetime | None:
    try:
        if isinstance(claimed, datetime):
            return claimed.astimezone(UTC) if claimed.tzinfo else None
        if isinstance(claimed, bool):
            return None
        if isinstance(claimed, int | float):
            return datetime.fromtimestamp(claimed, UTC)
        if isinstance(claimed, str):
            moment = datetime.fromisoformat(claimed.strip())
            return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None
    return None
