"""Reading a table of accounts from CSV, JSON Lines, JSON or Parquet, by a mapping."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from renown.errors import ColumnsError, MomentError, SourceFileError
from renown.trust.accounts_columns import ACCOUNT_COLUMNS, Accounts
from renown.trust.accounts_mapping import AccountMapping, constant_cells, mapping_of_names
from renown.trust.accounts_values import Unreadable, moment_of, read_column

if TYPE_CHECKING:
    from renown.trust.accounts_columns import FloatArray

_PACKED: Final = frozenset({".gz", ".zst", ".bz2"})
_DELIMITERS: Final = (",", "\t", ";", "|")
_MOST_NAMES: Final = 40
_GRACE_MICROSECONDS: Final = 30 * 86_400_000_000


@dataclass(frozen=True)
class AccountFile:
    """A file of accounts as read: what names its rows, what is known of them, what was noticed."""

    ids: list[str]
    accounts: Accounts
    unreadable: tuple[Unreadable, ...]
    observed_note: str


def read_accounts(path: str | Path, mapping: AccountMapping | None = None) -> AccountFile:
    """Read a file of accounts.

    Args:     path: CSV (also with tabs or semicolons), JSON Lines, a JSON array, Parquet; .gz and .zst too.
              mapping: which column is what. None: the columns have canonical names.
    Raises:   SourceFileError: missing, empty or damaged. ColumnsError: a mapped column is not there, or
              nothing in it can be read.
    Notes:    cost O(rows), all in memory. Cells that cannot be read are missing evidence and are reported.
    """
    place = Path(path)
    if not place.is_file():
        raise SourceFileError(f"There is no file {path}.", hint="Check the name.")
    if not place.stat().st_size:
        raise SourceFileError(f"{path} is empty.", hint="Was it written to the end?")
    table = _read(place, mapping)
    mapping = mapping or mapping_of_names(list(table))
    row_count = len(next(iter(table.values()), []))
    return _assemble(place.name, table, mapping, row_count)


def _read(path: Path, mapping: AccountMapping | None) -> dict[str, list[Any]]:
    suffix = suffix_of(path)
    try:
        if suffix in (".parquet", ".pq"):
            return _read_parquet(path, mapping)
        if suffix in (".jsonl", ".ndjson", ".json"):
            return _read_json(path, mapping)
        return _read_csv(path, mapping)
    except (OSError, UnicodeDecodeError) as error:
        raise SourceFileError(
            f"{path.name} cannot be read: {error}.", hint="Is it what its name says?"
        ) from error


def _wanted(mapping: AccountMapping, names: Sequence[str], file: str) -> list[str]:
    """Columns of the file that the mapping needs.

    Raises:   ColumnsError: one of them is not there, or there twice.
    """
    wanted = [rule.column for rule in mapping.columns.values() if rule.column is not None]
    wanted += [mapping.row.id] if mapping.row.id is not None else []
    found = list(dict.fromkeys(wanted))
    missing = [name for name in found if name not in names]
    if missing:
        near = [match for name in missing for match in difflib.get_close_matches(name, names, 2, 0.5)]
        raise ColumnsError(
            f"{file} has no column {', '.join(missing)}. Its columns are: {', '.join(names[:_MOST_NAMES])}.",
            hint=f"Did you mean {' or '.join(dict.fromkeys(near))}?" if near else "Check the mapping.",
        )
    twice = [name for name in found if list(names).count(name) > 1]
    if twice:
        raise ColumnsError(f"{file} has more than one column {', '.join(twice)}.", hint="Rename one of them.")
    return found


def _read_csv(path: Path, mapping: AccountMapping | None) -> dict[str, list[Any]]:
    import pyarrow as pa
    from pyarrow import csv

    encoding = mapping.file.text_encoding if mapping else "utf-8"
    with pa.input_stream(str(path), compression="detect") as stream:
        raw = stream.read()
    head = raw.split(b"\n", 1)[0].decode(encoding, errors="replace")
    delimiter = (mapping.file.delimiter if mapping else "") or max(_DELIMITERS, key=head.count)
    parse = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    read = csv.ReadOptions(encoding=encoding)
    try:
        names = [name.strip() for name in _csv_names(raw, parse, encoding)]
        wanted = _wanted(mapping, names, path.name) if mapping else list(names)
        convert = csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        )
        read.column_names, read.skip_rows = names, 1
        table = csv.read_csv(pa.BufferReader(raw), read, parse, convert)
    except pa.ArrowInvalid as error:
        hint = (
            'Say [file] text_encoding = "latin-1" in the mapping.'
            if "UTF8" in str(error)
            else "Mend the row."
        )
        raise SourceFileError(f"{path.name} cannot be read as CSV: {error}.", hint=hint) from error
    return {name: table.column(names.index(name)).to_pylist() for name in wanted}


def _csv_names(raw: bytes, parse: Any, encoding: str) -> list[str]:
    """The header, by the CSV reader itself: names may be quoted."""
    import csv
    import io

    text = raw[: 1 << 20].decode(encoding, errors="replace").removeprefix("\ufeff")
    return next(csv.reader(io.StringIO(text), delimiter=parse.delimiter), [])


def _read_json(path: Path, mapping: AccountMapping | None) -> dict[str, list[Any]]:
    import msgspec
    import pyarrow as pa

    with pa.input_stream(str(path), compression="detect") as stream:
        raw = stream.read().strip()
    try:
        if raw.startswith(b"["):
            records = msgspec.json.decode(raw, type=list[dict[str, Any]])
        else:
            records = [
                msgspec.json.decode(line, type=dict[str, Any]) for line in raw.splitlines() if line.strip()
            ]
    except msgspec.DecodeError as error:
        raise SourceFileError(
            f"{path.name} is neither a JSON array of objects nor one JSON object a line: {error}.",
            hint="Name a CSV file .csv, Parquet .parquet.",
        ) from error
    flat = [_flat(record) for record in records]
    names = list(dict.fromkeys(name for record in flat for name in record))
    wanted = _wanted(mapping, names, path.name) if mapping else names
    return {name: [record.get(name) for record in flat] for name in wanted}


def _flat(record: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested objects by dotted names: {"public_metrics": {"listed": 3}} has public_metrics.listed."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found


def _read_parquet(path: Path, mapping: AccountMapping | None) -> dict[str, list[Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise SourceFileError(
            f"{path.name} is not a Parquet file: {error}.", hint="Is it complete?"
        ) from error
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    wanted = _wanted(mapping, table.column_names, path.name) if mapping else table.column_names
    return {name: table[name].to_pylist() for name in wanted}


def _assemble(file: str, table: dict[str, list[Any]], mapping: AccountMapping, row_count: int) -> AccountFile:
    accounts = Accounts(row_count)
    unreadable = []
    for name, rule in mapping.columns.items():
        cells = constant_cells(rule, row_count) if rule.column is None else table[rule.column]
        found = read_column(ACCOUNT_COLUMNS[name], cells, into=accounts, rule=rule, file=mapping.file)
        if found and np.isnan(accounts.numbers[name]).all():
            raise _nothing_readable(found, file)
        unreadable += [found] if found else []
    note = _add_observed_at(accounts.numbers, mapping, row_count)
    names = table[mapping.row.id] if mapping.row.id else range(1, row_count + 1)
    return AccountFile(
        ["" if cell is None else str(cell).strip() for cell in names], accounts, tuple(unreadable), note
    )


def _nothing_readable(found: Unreadable, file: str) -> ColumnsError:
    kind = ACCOUNT_COLUMNS[found.name].kind
    return ColumnsError(
        f"{file}: nothing in the column for {found.name} can be read as a {kind}; the first that cannot is"
        f" {found.first_cell!r} in row {found.first_row}.",
        hint="Is it the right column? Say how it is written: encoding, scale, yes and no, or format.",
    )


def _add_observed_at(numbers: dict[str, FloatArray], mapping: AccountMapping, row_count: int) -> str:
    """When the figures were read: as said, else a month after the latest moment that the file itself names.

    A month, because with less the youngest accounts of the file would seem to post all day.
    """
    if mapping.row.observed_at is not None:
        try:
            moment = moment_of(mapping.row.observed_at)
        except MomentError as error:
            raise MomentError(f"[row] observed_at: {error.message}", hint="As in: 2016-05-01.") from None
        numbers.setdefault("observed_at", np.full(row_count, moment))
        return ""
    created = numbers.get("created_at")
    if created is None or "observed_at" in numbers or not np.isfinite(created).any():
        return ""
    latest = float(np.nanmax(created)) + _GRACE_MICROSECONDS
    numbers["observed_at"] = np.full(row_count, latest)
    return (
        f"Ages are counted to {np.datetime64(int(latest), 'us').astype('datetime64[D]')}, a month after the"
        " latest account was made; say [row] observed_at in the mapping if the figures were read later."
    )


def suffix_of(path: Path | PurePath) -> str:
    """The ending of a name, without that of a packer, in lower case.

    Example:
        >>> suffix_of(PurePath("accounts.CSV.gz"))
        '.csv'
    """
    return next((s for s in reversed([s.lower() for s in path.suffixes]) if s not in _PACKED), "")
