"""The SQL as people read it with --show-sql: a change of one line shows as a change of one line."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from renown.definitions import Definition, Freshness
from renown.steps import compile_ledger, compile_score, render_steps

AS_OF = int(datetime(2026, 3, 1, 12, 30, 0, 1, tzinfo=UTC).timestamp() * 1_000_000)

DEFINITION = Definition(
    name="snapshot",
    half_life_days=30.0,
    momentum_half_life_days=7.0,
    exponent=0.5,
    daily_cap=3,
    selectivity=0.25,
    selectivity_scale=12.5,
    points_per_doubling=5.0,
    phi=1.5,
    interval_level=0.9,
    weights={"like": 1.0, "repost": 2.0, "reply": 1.25},
)
"""Numbers of its own, all different, so that tuning the shipped definition leaves these files alone."""


FRESH = msgspec.structs.replace(
    DEFINITION, freshness=Freshness(half_life_days=7.5, usual_share=0.4, prior_people=25.0)
)


class SqlFile(SingleFileSnapshotExtension):
    """One .sql file per snapshot, to be read and run as it is."""

    _write_mode = WriteMode.TEXT
    file_extension = "sql"


@pytest.fixture
def sql(snapshot):
    return snapshot.use_extension(SqlFile)


def test_score(sql):
    assert render_steps(compile_score(DEFINITION, as_of_microseconds=AS_OF)) == sql


def test_ledger_of_one_actor(sql):
    assert render_steps(compile_ledger(DEFINITION, as_of_microseconds=AS_OF, target_actor_key=7)) == sql


def test_ledger_of_all(sql):
    assert render_steps(compile_ledger(DEFINITION, as_of_microseconds=AS_OF)) == sql


def test_score_with_freshness(sql):
    assert render_steps(compile_score(FRESH, as_of_microseconds=AS_OF)) == sql


def test_ledger_with_freshness(sql):
    assert render_steps(compile_ledger(FRESH, as_of_microseconds=AS_OF, target_actor_key=7)) == sql
