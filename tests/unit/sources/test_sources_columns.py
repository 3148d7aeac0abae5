from __future__ import annotations

import pytest

from renown.errors import ColumnsError
from renown.sources import parse_columns
from renown.sources.columns import match_names


def match(text, available, *, needs_kind=True):
    positions = match_names(parse_columns(text), available, file="f.csv", needs_kind=needs_kind)
    return {role: available[place] for role, place in positions.items()}


def test_roles_by_position():
    assert parse_columns("source, target - time _ kind").in_order == (
        "source",
        "target",
        None,
        "time",
        None,
        "kind",
    )


def test_roles_by_name_may_be_quoted_and_bare():
    plan = parse_columns("""source="From user" target='to' time=ts kind""")
    assert plan.by_name == {"source": "From user", "target": "to", "time": "ts", "kind": "kind"}


def test_names_of_the_canonical_columns_are_roles_too():
    assert parse_columns("source_actor_id target_actor_id occurred_at kind interaction_id").in_order == (
        "source",
        "target",
        "time",
        "kind",
        "id",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sorce target time", "Did you mean source"),
        ("source source target time", "Two columns are named source"),
        ("source time kind", "No column is named target"),
        ("source=a target=b", "No column is named time"),
        ('source="a target=b time=c', "cannot be understood"),
    ],
)
def test_what_makes_no_sense_is_refused(text, message):
    with pytest.raises(ColumnsError, match=message):
        parse_columns(text)


def test_a_file_that_names_its_columns_needs_no_plan():
    assert match("", ["Kind", "to", "from", "created_at", "text"]) == {
        "kind": "Kind",
        "target": "to",
        "source": "from",
        "time": "created_at",
    }


def test_names_of_the_file_win_over_the_order_that_was_given():
    assert match("source target time kind", ["target", "source", "kind", "time"])["source"] == "source"


def test_the_order_holds_where_the_names_say_nothing():
    assert match("source target time kind", ["who", "whom", "when", "what"]) == {
        "source": "who",
        "target": "whom",
        "time": "when",
        "kind": "what",
    }


def test_a_missing_column_is_named_with_those_found():
    with pytest.raises(
        ColumnsError, match=r"no column for time=tss\. Its columns are: from, to, ts"
    ) as caught:
        match("source=from target=to time=tss", ["from", "to", "ts"])
    assert "Did you mean ts" in caught.value.hint


def test_kinds_must_come_from_somewhere():
    with pytest.raises(ColumnsError, match="says the kind"):
        match("", ["source", "target", "time"])
    assert "kind" not in match("", ["source", "target", "time"], needs_kind=False)
