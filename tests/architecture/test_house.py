"""How src/renown must be built: one test per rule, each with the list of who breaks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from renown.schema import TABLES
from tests.architecture import house

SOURCE = Path(__file__).parents[2] / "src" / "renown"

SQL_KEYWORDS = frozenset({"at", "window", "end", "limit", "show"})
"""Words that some engine reserves: a column of that name must be quoted everywhere."""


@pytest.fixture(scope="module")
def modules() -> list[house.Module]:
    found = house.read_modules(SOURCE)
    assert len(found) > 5, f"only {len(found)} modules under {SOURCE}: the rules would hold of nothing"
    return found


def refuse(offenders: list[str], rule: str) -> None:
    if offenders:
        pytest.fail("\n  ".join([f"{rule} ({len(offenders)}):", *offenders]), pytrace=False)


def test_every_room_has_its_place(modules):
    refuse(house.unknown_rooms(modules), "Not placed in house.ORDER; decide what it may import, then add it")


def test_imports_point_one_way(modules):
    refuse(house.wrong_way_imports(modules), "A room may import only what stands above it in house.ORDER")


def test_libraries_stay_in_their_room(modules):
    refuse(house.strayed_libraries(modules), "A library imported outside its one room (house.OWNERS)")


def test_modules_are_short(modules):
    refuse(
        house.long_modules(modules), f"Modules of {house.MODULE_LINES} lines and more; split by what they say"
    )


def test_functions_are_short(modules):
    refuse(
        house.long_functions(modules),
        f"More than one function in twenty has a body over {house.BODY_LINES_P95} lines",
    )


def test_functions_take_few_parameters(modules):
    refuse(
        house.many_parameters(modules), f"More than {house.PARAMETERS} parameters; group them in a dataclass"
    )


def test_what_is_public_is_documented(modules):
    refuse(house.undocumented(modules), "Public, without a docstring")


def test_names_say_what_a_thing_is(modules):
    refuse(house.empty_names(modules), f"Named with one of {', '.join(sorted(house.FORBIDDEN_WORDS))}")


def test_nothing_prints(modules):
    refuse(house.prints(modules), "print() in the library; say it through the command line's own door")


def test_errors_are_of_the_tree(modules):
    refuse(house.raised_builtins(modules), "Raise an error of errors.py: it says what to do")


def test_no_delta_table_is_read_by_threads_that_outlive_python(modules):
    refuse(house.delta_datasets(modules), "Pass filesystem=, one of Arrow's own, or read the files")


def test_no_column_is_a_keyword():
    columns = [(table.name, column.name) for table in TABLES.values() for column in table.columns]
    refuse(
        [f"{table}.{name}" for table, name in columns if name in SQL_KEYWORDS],
        "Columns named like SQL keywords",
    )
