"""The steps as text: order, names, numbers, and words that every engine knows."""

from __future__ import annotations

import re
from statistics import NormalDist

import pytest

from renown.definitions import load_definition
from renown.engines.duckdb import DuckDBEngine
from renown.errors import MomentError
from renown.schema import arrow_schema
from renown.steps import INDEPENDENCE, PERSON_KEYS, TRUST, Step, compile_ledger, compile_score, render_steps
from renown.steps.literals import double, moment
from tests.forms import INPUT_SCHEMA, input_table
from tests.oracle import Act
from tests.worlds import DAY, MIDNIGHT, SHIPPED, changed

AS_OF = MIDNIGHT + DAY

PORTABLE = frozenset(
    {"cast", "coalesce", "count", "epoch_us", "floor", "greatest", "least", "ln", "log2", "max"}
    | {"power", "rank", "round", "row_number", "sqrt", "sum"}
)
"""Functions that DuckDB and Spark both have under this name and meaning; epoch_us alone needs translating."""

NOT_FUNCTIONS = frozenset({"over", "from", "join", "as"})

INPUTS = frozenset({"interactions", "person_keys", "trust", "independence"})

SETS = {
    "score": compile_score(SHIPPED, as_of_microseconds=AS_OF),
    "ledger of one": compile_ledger(SHIPPED, as_of_microseconds=AS_OF, target_actor_key=7),
    "ledger of all": compile_ledger(SHIPPED, as_of_microseconds=AS_OF),
}


@pytest.fixture(params=SETS)
def steps(request):
    return SETS[request.param]


def test_a_step_reads_only_inputs_and_earlier_steps(steps):
    known = set(INPUTS)
    for step in steps:
        read = set(re.findall(r"\b(?:from|join) ([a-z_]+)", step.sql))
        assert read
        assert read <= known, step.name
        known.add(step.name)


def test_every_step_but_the_last_results_is_read(steps):
    text = "\n".join(step.sql for step in steps)
    unread = [step.name for step in steps if not re.search(rf"\b(?:from|join) {step.name}\b", text)]
    assert unread in (["scores"], ["ledger"])


def test_names_are_distinct(steps):
    assert len({step.name for step in steps} | INPUTS) == len(steps) + len(INPUTS)


def test_only_portable_functions_are_called(steps):
    for step in steps:
        sql = re.sub(r"'[^']*'", "''", step.sql)
        assert set(re.findall(r"\b([a-z_0-9]+)\s*\(", sql)) - NOT_FUNCTIONS <= PORTABLE, step.name
        assert not re.search(r"::|//|\bexclude\b|\bqualify\b|\bgroup by all\b|\busing\b|\basof\b", sql), (
            step.name
        )


def test_a_comment_is_one_sentence_on_one_line(steps):
    for step in steps:
        assert re.fullmatch(r"[A-Z][^\n]*\.", step.comment), step.comment
        assert step.statement().splitlines()[0] == f"-- {step.comment}"


def test_every_number_of_the_definition_reaches_the_sql():
    numbers = {
        "half_life_days": 31.25,
        "momentum_half_life_days": 3.75,
        "exponent": 0.4375,
        "daily_cap": 17,
        "selectivity": 0.625,
        "selectivity_scale": 23.5,
        "points_per_doubling": 6.5,
        "phi": 1.75,
    }
    definition = changed(SHIPPED, **numbers, interval_level=0.95, weights={"like": 1.125, "quote": 2.875})
    text = "\n".join(step.sql for step in compile_score(definition, as_of_microseconds=AS_OF))
    quantile = NormalDist().inv_cdf(0.975)
    for number in (*numbers.values(), 1.125, 2.875, quantile):
        assert re.search(rf"(?<![\d.]){re.escape(repr(number))}(?!\d)", text), number


def test_same_definition_same_text():
    again = compile_score(load_definition(), as_of_microseconds=AS_OF)
    assert again == SETS["score"]


def test_the_rendered_script_runs_as_it_stands():
    script = render_steps(SETS["score"])
    acts = [Act(1, 2, "like", MIDNIGHT), Act(3, 2, "like", MIDNIGHT)]
    with DuckDBEngine() as engine:
        engine.register_arrow("interactions", input_table(acts))
        engine.run_steps([Step("script", "x", "select 1 as n")])
        engine._connection.execute(script)
        (row,) = engine.query("select * from scores").to_pylist()
    assert row["actor_key"] == 2
    assert row["people_count"] == 2


def test_the_moment_is_compared_to_the_microsecond():
    """A double of seconds could not tell these two apart from one moment."""
    acts = [Act(1, 2, "like", AS_OF - 1), Act(3, 2, "like", AS_OF)]
    with DuckDBEngine() as engine:
        engine.register_arrow("interactions", input_table(acts))
        for table in (PERSON_KEYS, TRUST, INDEPENDENCE):
            engine.register_arrow(table.name, arrow_schema(table).empty_table())
        engine.run_steps(SETS["score"])
        assert engine.query("select people_count from earned").to_pylist() == [{"people_count": 1}]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "UTC"])
def test_days_are_utc_whatever_the_zone_of_the_session(zone):
    acts = [Act(1, 2, "like", MIDNIGHT + hour * DAY // 24, f"p{hour}") for hour in range(-6, 7)]
    with DuckDBEngine() as engine:
        engine._connection.execute(f"set TimeZone = '{zone}'")
        engine.register_arrow("interactions", input_table(acts))
        for table in (PERSON_KEYS, TRUST, INDEPENDENCE):
            engine.register_arrow(table.name, arrow_schema(table).empty_table())
        engine.run_steps(SETS["score"])
        days = engine.query("select day_number, weighed_count from crowded_pair_days order by 1").to_pylist()
    first = (MIDNIGHT - 1) // DAY
    assert days == [
        {"day_number": first, "weighed_count": 6},
        {"day_number": first + 1, "weighed_count": 7},
    ]


def test_trust_scales_what_a_person_gives():
    acts = [Act(1, 2, "like", MIDNIGHT), Act(3, 2, "like", MIDNIGHT), Act(3, 4, "like", MIDNIGHT)]

    def earned(trust):
        with DuckDBEngine() as engine:
            engine.register_arrow("interactions", input_table(acts))
            engine.register_arrow("person_keys", arrow_schema(PERSON_KEYS).empty_table())
            engine.register_arrow("trust", trust)
            engine.register_arrow("independence", arrow_schema(INDEPENDENCE).empty_table())
            engine.run_steps(SETS["score"])
            rows = engine.query("select actor_key, earned_attention from earned").to_pylist()
        return {row["actor_key"]: row["earned_attention"] for row in rows}

    full = earned(arrow_schema(TRUST).empty_table())
    none_of_three = earned(_trust({3: 0.0}))
    half_of_three = earned(_trust({3: 0.5, 1: 1.0}))
    assert set(none_of_three) == {2}
    assert half_of_three[4] == pytest.approx(full[4] / 2)
    assert none_of_three[2] < half_of_three[2] < full[2]


def _trust(shares):
    import pyarrow as pa

    return pa.table([list(shares), list(shares.values())], schema=arrow_schema(TRUST))


def test_the_input_table_of_the_tests_has_the_columns_of_the_store():
    from renown.schema import TABLES

    stored = arrow_schema(TABLES["interactions"])
    assert all(stored.field(field.name).type == field.type for field in INPUT_SCHEMA)


@pytest.mark.parametrize(
    "number", [0.1 + 0.2, 1 / 3, 1e-300, 5e-324, 1.7976931348623157e308, 30, 123456789.125]
)
def test_a_double_survives_the_engine(number):
    with DuckDBEngine() as engine:
        row = engine.query(f"select {double(number)} as x, typeof({double(number)}) as type").to_pylist()[0]
    assert row == {"x": float(number), "type": "DOUBLE"}


@pytest.mark.parametrize("microseconds", [-1, 253_402_300_800_000_000, 10**30])
def test_a_moment_that_no_calendar_has_is_refused(microseconds):
    with pytest.raises(MomentError, match="between 1970 and 9999"):
        moment(microseconds)
