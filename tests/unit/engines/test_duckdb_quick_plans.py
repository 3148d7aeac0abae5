"""Statements planned with next to no optimising give the same rows."""

from renown.engines.duckdb import DuckDBEngine

SQL = """
select k, count(*) as n from (select x % 3 as k, x * 2 as y from range(100) t(x) where x > 10)
where y < 150 group by k
"""


def test_quick_plans_give_the_same_rows():
    with DuckDBEngine(threads=1) as plain, DuckDBEngine(threads=1) as quick:
        quick.plan_quickly()
        rows = [sorted(engine.query(SQL).to_pylist(), key=str) for engine in (plain, quick)]
    assert rows[0] == rows[1]
