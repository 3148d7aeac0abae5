"""Where to cut time when nobody says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.errors import TooLittleInputError
from renown.evaluate.records import Split
from renown.store import TableStore
from renown.types import MICROSECONDS_PER_DAY

if TYPE_CHECKING:
    from renown.engines.duckdb import DuckDBEngine

IntArray = NDArray[np.int64]

LEAST_FUTURE_SHARE: Final = 0.01
LEAST_FUTURE_COUNT: Final = 20
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def default_splits(store: TableStore, count: int = 3) -> tuple[Split, ...]:
    """Cut a store's time: each split learns from all before its cut and is tested on the stretch after it.

    The time from the first to the last interaction is divided by count + 2: the first two parts are always
    for training, each later part is the future of one split. Cuts move to the nearest midnight (UTC) where a
    part is longer than half a day and no two cuts would meet. Where that would leave a future with less than
    a hundredth of the interactions, or under 20, cuts go by number instead: every part holds equally many.

    Raises:   TooLittleInputError: fewer than 20 interactions for each part, or all at one moment.
    Cost:     one pass over the times.
    Example:  five days and three splits: training until the end of day 2, 3 and 4, the day after as future.
    """
    from renown.engines.duckdb import DuckDBEngine

    store.require()
    with DuckDBEngine() as engine:
        engine.register_files("interactions", store.files("interactions"))
        moments = _cuts(engine, count)
    cuts = [_EPOCH + timedelta(microseconds=int(moment)) for moment in moments]
    return tuple(Split(cut, following) for cut, following in pairwise(cuts))


def _cuts(engine: DuckDBEngine, count: int) -> IntArray:
    """The moments that bound the futures, in microseconds: count cuts and the end."""
    found = engine.query(
        "select min(epoch_us(occurred_at)), max(epoch_us(occurred_at)), count(*) from interactions"
    )
    first, last, total = (column[0].as_py() for column in found.columns)
    if total and first == last:
        raise TooLittleInputError(f"All {total} interactions happened at one moment, so time cannot be cut.")
    if total < LEAST_FUTURE_COUNT * (count + 2):
        raise TooLittleInputError(
            f"{total} interactions are too few to cut into {count + 2} stretches of time.",
            hint=f"At least {LEAST_FUTURE_COUNT * (count + 2)} are needed, or fewer splits.",
        )
    by_time = _cuts_by_time(first, last + 1, count)
    if min(_counts_between(engine, by_time)) >= max(LEAST_FUTURE_SHARE * total, LEAST_FUTURE_COUNT):
        return by_time
    shares = ", ".join(str(part / (count + 2)) for part in range(2, count + 2))
    quantiles = engine.query(f"select quantile_disc(epoch_us(occurred_at), [{shares}]) from interactions")
    by_number = np.array([*quantiles.column(0)[0].as_py(), last + 1])
    if not (np.diff(by_number) > 0).all() or by_number[0] <= first:
        raise TooLittleInputError(
            "Most interactions happened at the same few moments, so time cannot be cut."
        )
    return by_number


def _cuts_by_time(first: int, stop: int, count: int) -> IntArray:
    part = (stop - first) / (count + 2)
    cuts = np.array([stop - part * left for left in range(count, 0, -1)])
    midnights = np.rint(cuts / MICROSECONDS_PER_DAY) * MICROSECONDS_PER_DAY
    # Where parts are shorter than a day, two cuts may have one nearest midnight.
    if part > MICROSECONDS_PER_DAY / 2 and (np.diff(midnights, append=stop) > 0).all():
        cuts = midnights
    return np.append(cuts.astype(np.int64), stop)


def _counts_between(engine: DuckDBEngine, bounds: IntArray) -> list[int]:
    parts = ", ".join(
        f"count(*) filter (where moment >= {low} and moment < {high})" for low, high in pairwise(bounds)
    )
    found = engine.query(f"select {parts} from (select epoch_us(occurred_at) as moment from interactions)")
    return [column[0].as_py() for column in found.columns]
