"""Parquet: typed columns, read in large batches; a row's number stands for its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from renown.errors import ColumnsError, SourceFileError
from renown.sources.bytestream import CountedBytes
from renown.sources.canonical import RawRows
from renown.sources.columns import Role, match_names
from renown.sources.options import ReadOptions

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC: Final = b"PAR1"
BATCH_ROWS: Final = 1 << 19
"""Half a million: the look-up tables of twice as many distinct ids fall out of the processor's cache."""


def read_parquet(raw: CountedBytes, options: ReadOptions, *, file: str) -> Iterator[RawRows]:
    """The rows of a Parquet file, half a million at a time.

    A file on disk is read piece by piece; from standard input all of it is held in memory, since its table of
    contents is at its end.

    Raises:
        SourceFileError: the file is damaged.
        ColumnsError: a column is missing, or of a type that cannot play its role.
    """
    with _errors_of(file):
        opened, columns = _opened(raw, options, file)
        batches = opened.iter_batches(BATCH_ROWS, columns=list(dict.fromkeys(columns.values())))
    rows_total, rows_read = max(opened.metadata.num_rows, 1), 0
    while True:
        with _errors_of(file):
            batch: pa.RecordBatch | None = next(batches, None)
        if batch is None:
            return
        lines = np.arange(rows_read + 1, rows_read + 1 + batch.num_rows)
        rows_read += batch.num_rows
        yield RawRows(
            {role: batch.column(name) for role, name in columns.items()},
            lines,
            _text_of(batch),
            bytes_read=(raw.total or 0) * rows_read // rows_total,
            bytes_total=raw.total,
        )


@contextmanager
def _errors_of(file: str) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise SourceFileError(
            f"{file} is damaged: it cannot be read as Parquet ({error}).",
            hint="Nothing of it was kept. Fetch or write the file again.",
        ) from error


def _opened(raw: CountedBytes, options: ReadOptions, file: str) -> tuple[Any, dict[Role, str]]:
    """The file, opened to give texts as dictionaries, and the column of each role."""
    import pyarrow as pa
    from pyarrow import parquet

    whole = pa.py_buffer(raw.read()) if raw.path is None else str(raw.path)
    schema = parquet.read_schema(whole)
    needs_kind = options.default_kind is None
    positions = match_names(options.plan, schema.names, file=file, needs_kind=needs_kind)
    columns = {role: schema.names[place] for role, place in positions.items()}
    for role, name in columns.items():
        _check_type(role, schema.field(name), file)
    texts = [name for name in columns.values() if _is_text(schema.field(name).type)]
    return parquet.ParquetFile(whole, read_dictionary=texts), columns


def _check_type(role: Role, field: pa.Field, file: str) -> None:
    import pyarrow as pa

    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    is_fine = _is_text(kind) or pa.types.is_integer(kind)
    if role == "time":
        is_fine = (
            is_fine or pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_floating(kind)
        )
    if is_fine:
        return
    hint = "Write it as text or as whole numbers."
    if pa.types.is_floating(kind):
        hint = "Numbers with decimals damage long ids, and a gap makes pandas use them. " + hint
    raise ColumnsError(f"Column {field.name} of {file} holds {kind}, which cannot be a {role}.", hint=hint)


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return any(
        is_type(kind)
        for is_type in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_string_view,
            pa.types.is_binary,
            pa.types.is_large_binary,
            pa.types.is_binary_view,
        )
    )


def _text_of(batch: pa.RecordBatch) -> Callable[[int], bytes]:
    """Shows a row as JSON, since it has no text of its own."""

    def text_of(index: int) -> bytes:
        """The row at this place of the batch."""
        (row,) = batch.slice(index, 1).to_pylist()
        return msgspec.json.encode({name: _shown(value) for name, value in row.items()})

    return text_of


def _shown(value: object) -> object:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
