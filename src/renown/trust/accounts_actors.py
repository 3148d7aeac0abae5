"""Actors of a store as accounts: their profiles, and behaviour counts where these are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from renown.errors import ColumnsError
from renown.trust.accounts_columns import ACCOUNT_COLUMNS, AccountColumn, Accounts
from renown.trust.accounts_mapping import known_column

if TYPE_CHECKING:
    import pyarrow as pa

_KEY: Final = "actor_id"


def accounts_of_actors(actors: pa.Table, counts: pa.Table | None = None) -> Accounts:
    """Rows of the table `actors` as accounts, in their order, with counts joined by actor_id.

    Raises:   ColumnsError: no column actor_id, an unknown column of counts, or an actor twice in counts.
    """
    if _KEY not in actors.column_names or (counts is not None and _KEY not in counts.column_names):
        raise ColumnsError("A table of actors needs the column actor_id.")
    accounts = Accounts(actors.num_rows)
    for name in actors.column_names:
        if name in ACCOUNT_COLUMNS:
            _add(accounts, ACCOUNT_COLUMNS[name], actors[name])
    if counts is not None:
        places = _places(actors[_KEY], counts[_KEY])
        for name in counts.column_names:
            if name != _KEY:
                _add(accounts, known_column(name, "counts"), counts[name].take(places))
    return accounts


def _places(wanted: Any, keys: Any) -> Any:
    """Row of each wanted actor among the keys; null where it has none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    distinct = pc.unique(keys)
    if len(distinct) != len(keys):
        raise ColumnsError("An actor stands in counts more than once.", hint="Add its rows up first.")
    return pc.index_in(wanted, value_set=keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys)


def _add(accounts: Accounts, column: AccountColumn, values: Any) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.kind in ("text", "words"):
        accounts.texts[column.name] = np.array(values.cast(pa.string()).to_pylist(), dtype=object)
        return
    if column.kind == "moment":
        values = pc.cast(values, pa.timestamp("us", tz="UTC")).cast(pa.int64())
    found = values.cast(pa.float64()).to_numpy()
    accounts.numbers[column.name] = np.where(found < 0, np.nan, found)
