"""What Renown is compared with, each as a process of its own: `python -m benchmarks.peers NAME FILE`."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

_DAMPING = 0.85
_TOLERANCE = 1e-6
_MOST_ROUNDS = 20


def duckdb_group_bys(path: str) -> None:
    """The bare heart of the score as three group-bys: no daily cap, no interval, rank or written run."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("set preserve_insertion_order = false")
    connection.execute(
        f"""create temp table pair as
        select source, target, sum(w * pow(2e0, -age)) as mass, count(*) as n from (
          select source, target, (1700000000 + 90 * 86400 - time) / 2592000.0 as age,
            case kind when 'like' then 1.0 when 'repost' then 2.0 when 'reply' then 1.5 else 1.5 end as w
          from read_parquet('{path}')
        ) group by source, target"""
    )
    connection.execute(
        "create temp table given as select source, sum(n) as handed_out from pair group by source"
    )
    connection.execute(
        """create temp table earned as
        select target, sum(a) as attention, sum(a * a) as squares, count(*) as people from (
          select target, pow(mass / sqrt(1 + handed_out), 1e0 / 3) as a from pair join given using (source)
        ) group by target"""
    )
    print(connection.execute("select count(*), sum(attention) from earned").fetchall())


def column_scan(path: str) -> None:
    """The limit: DuckDB reads the four columns and does nothing with them but add up."""
    import duckdb

    print(duckdb.sql(f"select sum(source), sum(target), max(kind), sum(time) from '{path}'").fetchall())


def read_csv(path: str) -> None:
    """DuckDB's own typed CSV reader into a table in memory."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"create table interactions as select * from read_csv('{path}')")
    print(connection.execute("select count(*) from interactions").fetchall())


def pagerank_scipy(path: str) -> None:
    """PageRank on the same edges: a scipy CSR matrix and the power method."""
    matrix, out_weight = _transition(path)
    count = matrix.shape[0]
    is_sink = out_weight == 0
    rank = np.full(count, 1 / count)
    for _ in range(_MOST_ROUNDS):
        spread = np.divide(rank, out_weight, out=np.zeros(count), where=~is_sink)
        new = _DAMPING * (matrix @ spread + rank[is_sink].sum() / count) + (1 - _DAMPING) / count
        change = np.abs(new - rank).sum()
        rank = new
        if change < _TOLERANCE:
            break
    print(np.sort(rank)[-3:])


def pagerank_scikit_network(path: str) -> None:
    """PageRank on the same edges by scikit-network (20 rounds)."""
    from sknetwork.ranking import PageRank

    matrix, _ = _transition(path)
    ranks = PageRank(damping_factor=_DAMPING, n_iter=_MOST_ROUNDS, tol=_TOLERANCE).fit_predict(
        matrix.T.tocsr()
    )
    print(np.sort(ranks)[-3:])


def _transition(path: str) -> tuple[object, NDArray[np.float64]]:
    from scipy.sparse import coo_matrix

    table = pq.read_table(path, columns=["source", "target"])
    source = table["source"].to_numpy().astype(np.int32)
    target = table["target"].to_numpy().astype(np.int32)
    count = int(max(source.max(), target.max())) + 1
    ones = np.ones(source.size, np.float32)
    matrix = coo_matrix((ones, (target, source)), shape=(count, count)).tocsr()
    return matrix, np.bincount(source, minlength=count).astype(np.float64)


PEERS: dict[str, Callable[[str], None]] = {
    "duckdb-group-bys": duckdb_group_bys,
    "column-scan": column_scan,
    "read-csv": read_csv,
    "pagerank-scipy": pagerank_scipy,
    "pagerank-scikit-network": pagerank_scikit_network,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](sys.argv[2])
