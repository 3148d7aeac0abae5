"""One store: what can be put in, read and kept in order. Scoring and explaining stand on top of it (api/)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from renown.errors import StoreNotFoundError
from renown.schema import TABLES
from renown.store.delta import Delta
from renown.store.formats import FORMAT_VERSION, check_format, write_format
from renown.store.frames import canonical_rows, interaction_batches
from renown.store.importing import import_batches
from renown.store.names import NameIndex
from renown.store.parallel import read_ahead
from renown.store.persons import PersonKeys, read_person_keys
from renown.store.records import Actor, Finding, ImportReport, IntakeReport
from renown.store.sorted_files import SortedFiles
from renown.store.suppressions import Suppressions
from renown.store.target_index import TargetIndexes, open_indexes
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    from renown.store.harvest import Harvest, Withdrawal
    from renown.store.intake import StoredMemory

IntArray = NDArray[np.int64]


class TableStore:
    """A folder or object-store URL with the tables of schema/tables.py.

    Nothing is written by opening one: the first import makes it. Every read sees the newest committed state.

    Raises:   StoreVersionError: written by a newer Renown. StoreNotFoundError from reads of nothing.
    Example:
        >>> import tempfile, pyarrow as pa
        >>> from datetime import UTC, datetime
        >>> store = TableStore(tempfile.mkdtemp() + "/store")
        >>> when = datetime(2026, 1, 1, tzinfo=UTC)
        >>> row = {"source": ["ada"], "target": ["bob"], "kind": ["like"], "time": [when]}
        >>> store.add_interactions(pa.table(row), network="meadow").added_count
        1
        >>> store.resolve("@BOB").actor_id
        'meadow:bob'
    """

    def __init__(self, location: str, *, storage_options: Mapping[str, str] | None = None) -> None:
        self.delta = Delta(str(location), storage_options)
        self.format_version = check_format(self.delta)

    @property
    def location(self) -> str:
        """Folder or URL."""
        return self.delta.location

    def exists(self) -> bool:
        """Whether anything was ever imported here."""
        return self.delta.version("formats") >= 0

    def require(self) -> None:
        """Raise StoreNotFoundError where nothing was ever imported."""
        if not self.exists():
            raise StoreNotFoundError(
                f"There is no store at {self.location}.",
                hint="`renown import interactions FILE --network NAME` makes one; --store names another.",
            )

    # what goes in

    def import_interactions(
        self, batches: Iterable[pa.Table], *, progress: Progress = no_progress
    ) -> ImportReport:
        """Add canonical batches of interactions in one atomic step (see `import_batches`)."""
        report = import_batches(self.delta, Suppressions(self.delta).filtered(batches), progress=progress)
        if report.read_count:
            self._mark()
        return report

    def add_interactions(
        self, frame: Any, *, network: str | None = None, progress: Progress = no_progress
    ) -> ImportReport:
        """Add a dataframe or Arrow stream of interactions in one atomic step; the same twice changes nothing.

        Args:     frame: columns source(_actor_id), target(_actor_id), kind, time (occurred_at, zoned);
                  optional post_id, reaction_post_id, interaction_id.
                  network: put before ids that do not name theirs.
        Raises:   ColumnsError, InputError: what is wrong with the frame; nothing is added.
        """
        return self.import_interactions(interaction_batches(frame, network), progress=progress)

    def import_follows(self, batches: Iterable[pa.Table]) -> ImportReport:
        """Add canonical batches of who follows whom in one atomic step; the same twice changes nothing.

        Args:     batches: as for `import_interactions`; rows of another kind than follow are passed over.
        """
        from renown.store.follows import import_follows

        report = import_follows(self.delta, Suppressions(self.delta).filtered(batches))
        if report.read_count:
            self._mark()
        return report

    def add_actors(self, frame: Any) -> int:
        """Add profiles as seen at `observed_at`; the latest of an actor holds. Returns the rows added."""
        return self._add("actors", frame)

    def add_posts(self, frame: Any) -> int:
        """Add posts; a newer version takes the place of one that is there. Returns the rows added.

        Of two versions the one with the later `observed_at` holds; without, the one that came last.
        """
        from renown.store.posts import keep_posts

        suppressions = Suppressions(self.delta)
        rows = suppressions.without_suppressed(canonical_rows(frame, TABLES["posts"]))
        rows = suppressions.without_texts(rows)
        kept = keep_posts(self.delta, rows)
        if kept.added_count or kept.edited_count:
            self._mark()
        return kept.added_count

    def add_persons(self, frame: Any) -> int:
        """Add proofs that accounts belong to one person; they then count as one. Returns the rows added."""
        return self._add("persons", frame)

    def take_in(self, harvests: Iterable[Harvest], *, progress: Progress = no_progress) -> IntakeReport:
        """Take in what a source yields: rows of every table, withdrawals, quarantine, and its cursors last.

        Commits every two seconds or 200,000 rows, so this serves endless streams as well; another thread
        reads ahead, and waits when the store cannot follow. What was committed before an error or Ctrl-C
        holds; reading again goes on from the last cursor and keeps once what comes twice.
        Raises:   whatever the source raises; StoreError.
        """
        from renown.store.intake import Intake

        self._mark()
        with Intake(self.delta) as intake:
            return intake.take_in(read_ahead(harvests, depth=8), progress)

    def withdraw(self, withdrawals: Iterable[Withdrawal]) -> dict[str, int]:
        """Take out actors, posts or interactions, and keep actors and posts out; rows removed, by table."""
        from renown.store.harvest import Harvest
        from renown.store.intake import Intake

        self.require()
        with Intake(self.delta) as intake:
            report = intake.take_in([Harvest(changes=tuple(withdrawals))])
        return dict(report.withdrawn_counts)

    @property
    def memory(self) -> StoredMemory:
        """Cursors and validators of earlier readings, for a source's `Request`."""
        from renown.store.intake import StoredMemory

        return StoredMemory(self.delta)

    def quarantine(self) -> list[dict[str, Any]]:
        """Records that were not understood, oldest first: `source_name`, `reason`, `payload` and so on."""
        from renown.store.intake import quarantined_records

        return quarantined_records(self.delta)

    def release(self, record_hashes: Iterable[str]) -> int:
        """Take records out of quarantine; returns how many were there."""
        from renown.store.intake import release

        return release(self.delta, record_hashes)

    def append(self, table: str, rows: pa.Table, *, note: str = "") -> None:
        """Append canonical rows to a table in one atomic commit."""
        self.delta.append(table, rows, note=note)
        self._mark()

    def write_partition(self, table: str, rows: pa.Table, partition: str) -> None:
        """Add one partition of a partitioned table (a run's scores) as one file, in one atomic commit."""
        self.delta.write_partition(table, rows, partition)

    def _add(self, name: str, frame: Any) -> int:
        rows = Suppressions(self.delta).without_suppressed(canonical_rows(frame, TABLES[name]))
        fresh = rows.filter(pa.array(~self._is_known(name, rows)))
        if fresh.num_rows:
            self.append(name, fresh, note=f"add {name}")
        return int(fresh.num_rows)

    def _is_known(self, name: str, rows: pa.Table) -> NDArray[np.bool_]:
        """True for rows whose identity is stored already, or stands earlier among the rows."""
        identity = list(TABLES[name].identity)
        seen = {tuple(row.values()) for row in self.delta.read(name, identity).to_pylist()}
        known = np.zeros(rows.num_rows, np.bool_)
        for place, row in enumerate(rows.select(identity).to_pylist()):
            key = tuple(row.values())
            known[place] = key in seen
            seen.add(key)
        return known

    def _mark(self) -> None:
        if not self.exists():
            write_format(self.delta, FORMAT_VERSION)
            self.format_version = FORMAT_VERSION

    # what comes out

    def files(self, table: str) -> list[str]:
        """Paths or URLs of the table's active Parquet files."""
        return self.delta.uris(table)

    def read(self, table: str, columns: Sequence[str] | None = None) -> pa.Table:
        """A whole table in memory (for the small ones)."""
        return self.delta.read(table, columns)

    def read_partition(self, table: str, partition: str, columns: Sequence[str] | None = None) -> pa.Table:
        """One partition of a partitioned table in memory: what one run wrote."""
        return self.delta.read_partition(table, partition, columns)

    def rows_with(self, table: str, partition: str, column: str, value: int) -> pa.Table:
        """Rows of one partition with a value in a column of integers that they are in order of."""
        return self.delta.read_matching(table, partition, column, value)

    def versions(self) -> dict[str, int]:
        """Version of every table that exists."""
        return {name: version for name in TABLES if (version := self.delta.version(name)) >= 0}

    def interactions(self) -> SortedFiles:
        """The interactions, addressed by ranges of source keys; a snapshot of now."""
        self.require()
        paths = [file.path for file in self.delta.files("interactions")[1]]
        return SortedFiles(self.delta.filesystem("interactions"), paths)

    def target_indexes(self) -> TargetIndexes | None:
        """The interactions, addressed by target; a snapshot of now. None where a file has no index."""
        self.require()
        return open_indexes(self.delta.filesystem("interactions"), self.delta.files("interactions")[1])

    def time_bounds(self) -> tuple[datetime, datetime] | None:
        """Earliest and latest interaction, rounded outwards to the millisecond; None where there is none."""
        statistics = [file.statistics for file in self.delta.files("interactions")[1] if file.rows_count]
        if not statistics:
            return None
        earliest = min(s["min.occurred_at"] for s in statistics)
        latest = max(s["max.occurred_at"] for s in statistics)
        return earliest.astimezone(UTC), latest.astimezone(UTC)

    def person_keys(self) -> PersonKeys:
        """Accounts of persons who proved more than one, each with the person's key."""
        return read_person_keys(self.delta)

    @cached_property
    def names(self) -> NameIndex:
        """Actor ids, keys and handles."""
        return NameIndex(self.delta)

    def actor_count(self) -> int:
        """Actors that have a key."""
        return sum(file.rows_count for file in self.delta.files("actor_keys")[1])

    def actor_ids(self, keys: IntArray) -> pa.StringArray:
        """Ids of keys, in the order given."""
        return self.names.actor_ids(keys)

    def actor_keys(self, ids: Sequence[str]) -> IntArray:
        """Keys of ids, -1 where unknown."""
        return self.names.actor_keys(ids)

    def handles(self, keys: IntArray) -> list[str]:
        """What people call each actor: the handle last seen, else the id without its network."""
        return self.names.handles(keys)

    def resolve(self, name: str) -> Actor:
        """The actor a person means by a name: id, handle or id without network, with or without @, any case.

        Raises:   ActorNotFoundError (suggests), AmbiguousActorError (lists), StoreNotFoundError.
        """
        self.require()
        return self.names.resolve(name)

    # upkeep

    def compact(self, *, progress: Progress = no_progress) -> dict[str, tuple[int, int]]:
        """Merge many small files into few sorted ones; returns files before and after, by table."""
        from renown.store.upkeep import compact

        self.require()
        return compact(self.delta, progress)

    def history(self) -> list[dict[str, Any]]:
        """Every commit of every table, newest first."""
        from renown.store.upkeep import history

        self.require()
        return history(self.delta)

    def doctor(self, *, mend: bool = False) -> list[Finding]:
        """Check every table; with `mend`, repair what can be repaired without losing anything."""
        from renown.store.doctor import examine

        self.require()
        return examine(self.delta, mend=mend)
