"""DuckDB: runs steps on one machine, reads Parquet files where they lie, and writes exports."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import duckdb

from renown.errors import EngineError, RenownError, StoreDamagedError, StoreFullError
from renown.schema import TABLES, arrow_schema
from renown.steps import Step
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

SETTINGS: Final = {
    "preserve_insertion_order": "false",
    # Nothing is fetched from anywhere: what a run needs is in the wheel.
    "autoinstall_known_extensions": "false",
    # A table that is missing is an error, even where a Python variable has its name.
    "python_enable_replacements": "false",
}

SESSION_SETTINGS: Final = (
    # Timestamps print in UTC whatever the machine's zone is.
    "set TimeZone = 'UTC'",
    # Counted, not drawn: who draws is `progress`.
    "set enable_progress_bar = true",
    "set enable_progress_bar_print = false",
)

EXPORT_FORMATS: Final = {
    ".csv": "format csv, header true, timestampformat '%Y-%m-%dT%H:%M:%S.%fZ'",
    ".json": "format json, array true, timestampformat '%Y-%m-%dT%H:%M:%S.%fZ'",
    ".parquet": "format parquet, compression zstd",
}

OUT_OF_SPACE: Final = (
    "no space left",
    "disk full",
    "max_temp_directory_size",
    "failed to offload data block",
)
"""What DuckDB says, in words only, when a disk is full."""

REPORT_SECONDS: Final = 0.2

T = TypeVar("T")


def _nobody(percent: int) -> None:
    """Hear how far the work has come, and do nothing."""


class DuckDBEngine:
    """A DuckDB in memory that spills to a temporary directory; close it, or use it in a `with` block.

    Args:     memory_limit: as DuckDB writes it ("2GB"); None: four fifths of the machine.
              temp_directory: where what exceeds memory goes; None: a directory of its own, removed on close.
              threads: None: every core. With one thread the same input gives the same bytes; with more, sums
              are added in whatever order threads finish, so their last digits (relative 1e-15) can differ.
    Raises:   EngineError: DuckDB refused; the message names the step.
              StoreFullError: no space left for what memory could not hold or for an export.
    Example:
        >>> from renown.engines.duckdb import DuckDBEngine
        >>> with DuckDBEngine() as engine:
        ...     engine.query("select 6 * 7 as answer").to_pylist()
        [{'answer': 42}]
    """

    def __init__(
        self,
        *,
        memory_limit: str | None = None,
        temp_directory: str | Path | None = None,
        threads: int | None = None,
    ) -> None:
        self._own_directory: tempfile.TemporaryDirectory[str] | None = None
        if temp_directory is None:
            self._own_directory = tempfile.TemporaryDirectory(
                prefix="renown-duckdb-", ignore_cleanup_errors=True
            )
            temp_directory = self._own_directory.name
        chosen = {"memory_limit": memory_limit, "threads": threads, "temp_directory": temp_directory}
        settings: dict[str, Any] = {name: str(value) for name, value in chosen.items() if value is not None}
        try:
            with _translated("opening DuckDB"):
                self._connection = duckdb.connect(":memory:", config={**SETTINGS, **settings})
                for statement in SESSION_SETTINGS:
                    self._connection.execute(statement)
        except EngineError:
            if self._own_directory is not None:
                self._own_directory.cleanup()
            raise
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="renown-duckdb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all tables and of the temporary files. May be called twice."""
        self._worker.shutdown()
        self._connection.close()
        if self._own_directory is not None:
            self._own_directory.cleanup()

    def plan_quickly(self) -> None:
        """Optimise next to nothing from now on: for short statements, written as they should run.

        Planning costs such a statement 10 to 20 ms, as much as running it; without, half of that. Columns
        that nobody wants are still left unread.
        """
        with _translated("setting up DuckDB"):
            found = self._connection.execute("select name from duckdb_optimizers()").fetchall()
            passed_over = ",".join(name for (name,) in found if name != "unused_columns")
            self._connection.execute(f"set disabled_optimizers = {_text(passed_over)}")

    def register_files(
        self,
        name: str,
        uris: Sequence[str],
        *,
        schema: pa.Schema | None = None,
        file_column: str | None = None,
    ) -> None:
        """Make Parquet files readable as one view; no files make an empty view with the same columns.

        Args:     schema: names and types of the columns; None: those of the store's table of this name.
                  file_column: name of a further column that says which file a row is in; None: none such.
        Raises:   EngineError: a location that is not on this machine, or a table without a known schema.
                  StoreDamagedError: a file is missing or is not what the schema says.
        Cost:     reads the footer of one file.
        """
        if schema is None:
            if name not in TABLES:
                raise EngineError(f"The columns of {name!r} are not known; hand in its schema.")
            schema = arrow_schema(TABLES[name])
        if not uris:
            self.register_arrow(name, _with_column(schema.empty_table(), file_column))
            return
        columns = ", ".join(_identifier(column) for column in schema.names)
        files = ", ".join(_text(_as_pattern(_local_path(uri))) for uri in uris)
        # Delta keeps the columns of a partition in the names of its folders, not in the files.
        is_partitioned = name in TABLES and bool(TABLES[name].partition_columns)
        options = ", hive_partitioning = true, hive_types_autocast = false" if is_partitioned else ""
        if file_column is not None:
            columns, options = (
                f"{columns}, filename as {_identifier(file_column)}",
                f"{options}, filename = true",
            )
        with _translated(f"reading the files of {name}", otherwise=StoreDamagedError):
            self._connection.execute(
                f"create or replace temp view {_identifier(name)} as"
                f" select {columns} from read_parquet([{files}]{options})"
            )

    def register_arrow(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable by name, without a copy, replacing what had the name."""
        with _translated(f"registering {name}"):
            self._connection.execute(f"drop view if exists {_identifier(name)}")
            self._connection.register(name, table)

    def run_steps(self, steps: Iterable[Step], *, progress: Progress = no_progress) -> None:
        """Make each step's table or view, in order.

        Args:     progress: hears the step's name and how far all stored steps have come, each counting 100.
        """
        every = tuple(steps)
        total = 100 * sum(step.is_stored for step in every)
        done = 0
        for step in every:

            def heard(percent: int, stage: str = step.name.replace("_", " "), before: int = done) -> None:
                """How far one step is, told as how far all are."""
                progress(stage, before + percent, total)

            work = partial(self._connection.execute, step.statement())
            self._attend(work, f"step {step.name}", heard)
            done += 100 if step.is_stored else 0
        progress("done", total, total)

    def query(self, sql: str, parameters: Sequence[object] | dict[str, object] = ()) -> pa.Table:
        """The answer to a query, whole; `?` or `$name` stand for parameters."""
        return self._attend(lambda: self._relation(sql, parameters).to_arrow_table(), "a query")

    def stream(self, sql: str, rows: int = 1 << 20) -> pa.RecordBatchReader:
        """The answer to a query in batches of at most `rows`; read all before using the engine again."""
        import pyarrow as pa

        reader = self._attend(lambda: self._relation(sql).to_arrow_reader(rows), "a query")

        def following() -> pa.RecordBatch | None:
            """The next batch; None at the end."""
            try:
                return next(reader, None)
            except (OSError, pa.ArrowException) as error:
                # What fails on the way to Arrow arrives as Arrow's error.
                raise duckdb.Error(str(error)) from error

        batches = iter(lambda: self._attend(following, "a query"), None)
        return pa.RecordBatchReader.from_batches(reader.schema, batches)

    def copy_to(self, sql: str, path: str | Path) -> int:
        """Write the answer to a query to a .csv, .json or .parquet file and return the number of rows.

        The file appears whole or not at all: it is written beside its place and then moved there.

        Raises:   EngineError: another extension.  StoreFullError: no space left there.
        """
        place = Path(path)
        options = EXPORT_FORMATS.get(place.suffix.lower())
        if options is None:
            raise EngineError(
                f"{place.name}: cannot tell the format from this name.",
                hint="End it in .csv, .json or .parquet.",
            )
        unfinished = place.with_name(f".{place.name}.{os.getpid()}.unfinished")
        statement = f"copy ({sql}) to {_text(str(unfinished))} ({options})"
        try:
            count = self._attend(lambda: self._connection.execute(statement).fetchone(), f"writing {place}")
            unfinished.replace(place)
        finally:
            unfinished.unlink(missing_ok=True)
        return int(count[0]) if count else 0

    def _relation(self, sql: str, parameters: Sequence[object] | dict[str, object] = ()) -> Any:
        """A query not yet run: each call on it runs it, so call once. Arrow comes out without a copy."""
        return self._connection.sql(sql, params=parameters or None)

    def _attend(self, work: Callable[[], T], doing: str, heard: Callable[[int], None] = _nobody) -> T:
        """Run on the engine's own thread, so that this one stays free to report, and to stop the work.

        DuckDB looks for Ctrl-C in some calls only; `interrupt` stops all of them at once.
        """
        with _translated(doing):
            running = self._worker.submit(work)
            try:
                while wait([running], timeout=REPORT_SECONDS).not_done:
                    heard(max(0, min(99, int(self._connection.query_progress()))))
                return running.result()
            except BaseException:
                if not running.done():
                    self._connection.interrupt()
                    wait([running])
                raise


def _local_path(uri: str) -> str:
    """The path behind a location. Object storage belongs here: httpfs, a secret, and the URL handed on."""
    if uri.startswith("file://"):
        return uri.removeprefix("file://")
    if "://" in uri:
        raise EngineError(
            f"DuckDB reads local files only, so far; {uri.split('://')[0]}:// is not among them.",
            hint="Use the kernel (--engine kernel), or a local copy of the store.",
        )
    return uri


def _with_column(empty: pa.Table, name: str | None) -> pa.Table:
    """An empty table with one more column of text, where one is asked for."""
    import pyarrow as pa

    return empty if name is None else empty.append_column(name, pa.array([], pa.string()))


def _as_pattern(path: str) -> str:
    """The path with wildcards disarmed: read_parquet takes *, ? and [ as such."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@contextlib.contextmanager
def _translated(doing: str, *, otherwise: type[RenownError] = EngineError) -> Iterator[None]:
    """Turn DuckDB's errors into ours, saying what was being done."""
    try:
        yield
    except duckdb.Error as error:
        raise _translation(error, doing, otherwise) from error


def _translation(error: duckdb.Error, doing: str, otherwise: type[RenownError]) -> RenownError:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    if any(sign in str(error).lower() for sign in OUT_OF_SPACE):
        return StoreFullError(
            f"No space left on disk: {doing} stopped.",
            hint="Free some space, or point TMPDIR at a larger disk.",
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return EngineError(
            f"DuckDB ran out of memory: {doing} stopped ({said}).",
            hint="Allow it more memory, or fewer threads.",
        )
    return otherwise(f"DuckDB failed: {doing} ({said}).")
