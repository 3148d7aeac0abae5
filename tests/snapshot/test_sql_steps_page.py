"""docs/reference/sql-steps.md names every step, in order, with what the step says of itself."""

from __future__ import annotations

import re

from renown.definitions import load_definition
from renown.schema import TABLES
from renown.steps import INDEPENDENCE, PERSON_KEYS, TRUST, compile_ledger, compile_score
from tests.docs.pages import ROOT

TEXT = (ROOT / "docs" / "reference" / "sql-steps.md").read_text(encoding="utf8")
ROWS = re.findall(r"^\| `(\w+)` \| (yes|no) \| (.*) \|$", TEXT, flags=re.MULTILINE)


def rows_of(steps):
    return [(step.name, "yes" if step.is_stored else "no", step.comment) for step in steps]


def test_steps_of_the_score():
    steps = rows_of(compile_score(load_definition(), as_of_microseconds=0))
    assert ROWS[: len(steps)] == steps


def test_steps_of_the_ledger():
    score = compile_score(load_definition(), as_of_microseconds=0)
    ledger = rows_of(compile_ledger(load_definition(), as_of_microseconds=0, target_actor_key=7))
    assert ROWS[len(score) :] == [row for row in ledger if row not in rows_of(score)]


def test_inputs():
    for table in (PERSON_KEYS, TRUST, INDEPENDENCE):
        assert f"| `{table.name}` | {', '.join(table.column_names())} | {table.row} |" in TEXT
    read = re.search(r"\| `interactions` \| ([\w, ]+) \|", TEXT).group(1).split(", ")
    assert set(read) <= set(TABLES["interactions"].column_names())
