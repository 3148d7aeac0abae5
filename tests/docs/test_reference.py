"""The reference says what the code says: nothing missing, nothing stale."""

from __future__ import annotations

import importlib
import pkgutil
import re
import runpy

import msgspec
import pytest

import renown
from renown.definitions import Definition
from renown.errors import RenownError
from renown.schema import TABLES
from tests.docs import pages
from tests.docs.pages import ROOT

REFERENCE = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def generator() -> dict:
    return runpy.run_path(str(ROOT / "docs" / "make_reference.py"))


def text_of(name: str) -> str:
    path = REFERENCE / name
    assert path.is_file(), f"docs/reference/{name} is missing; run `make docs`"
    return path.read_text(encoding="utf8")


def section(page: str, heading: str) -> str:
    """What stands under a heading, up to the next one."""
    text = text_of(page)
    assert f"\n## {heading}\n" in text, f"docs/reference/{page} has no section {heading}; run `make docs`"
    return text.split(f"\n## {heading}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize(
    "name", ["cli.md", "consent.md", "definition.md", "errors.md", "python.md", "tables.md"]
)
def test_a_generated_page_is_what_the_code_says_now(generator, name):
    assert generator["stale_pages"]({name: generator["PAGES"][name]()}) == [], "run `make docs`"


def test_every_generated_page_is_tested(generator):
    (mark,) = test_a_generated_page_is_what_the_code_says_now.pytestmark
    assert sorted(mark.args[1]) == sorted(generator["PAGES"])


def test_a_stale_page_is_noticed(generator):
    assert generator["stale_pages"]({"errors.md": "# Errors of yesterday\n", "gone.md": ""}) == [
        "errors.md",
        "gone.md",
    ]


def test_every_command_with_its_options_is_in_the_reference(generator):
    text = text_of("cli.md")
    shared = text.split("\n## ")[0]
    found = list(generator["commands"]())
    assert len(found) > 5
    missing = [
        f"{command.path} {spelling}"
        for command in found
        for parameter in command.entry.params
        for spelling in (*parameter.opts, *parameter.secondary_opts)
        if spelling.startswith("-") and spelling not in shared + section("cli.md", f"`{command.path}`")
    ]
    assert not missing, missing


def test_every_command_and_option_says_what_it_does(generator):
    silent = [
        f"{command.path} {parameter.name}"
        for command in generator["commands"]()
        for parameter in command.entry.params
        if not parameter.help
    ]
    silent += [command.path for command in generator["commands"]() if not command.entry.help]
    assert not silent, f"no help text: {silent}"


def every_error() -> set[type]:
    """Each subclass of RenownError anywhere in the package."""
    for module in pkgutil.walk_packages(renown.__path__, "renown."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found, waiting = set(), [RenownError]
    while waiting:
        error = waiting.pop()
        found.add(error)
        waiting += error.__subclasses__()
    return {error for error in found if error.__module__.startswith("renown.")}


def test_every_error_is_in_the_reference():
    named = set(re.findall(r"^\| `(\w+)` ", text_of("errors.md"), flags=re.MULTILINE))
    assert named == {error.__name__ for error in every_error()}


def test_every_table_and_column_is_in_the_reference():
    missing = [
        f"{table.name}.{column.name}"
        for table in TABLES.values()
        for column in table.columns
        if f"| `{column.name}` |" not in section("tables.md", f"`{table.name}`")
    ]
    assert not missing, missing


def test_every_field_of_a_definition_is_in_the_reference():
    text = text_of("definition.md")
    missing = [
        field.name for field in msgspec.structs.fields(Definition) if f"| `{field.name}` |" not in text
    ]
    assert not missing, missing


NOT_MEASURES = frozenset({"run_id", "actor_key", "person_id", "topic_id"})


def test_every_measure_is_explained():
    """A measure is a column of `scores`; a heading in docs/concepts must name it, in backticks."""
    headings = [
        heading
        for page in pages.pages()
        if page.path.is_relative_to(ROOT / "docs" / "concepts")
        for heading in page.headings()
    ]
    explained = {name for heading in headings for name in re.findall(r"`(\w+)`", heading)}
    measures = set(TABLES["scores"].column_names()) - NOT_MEASURES
    assert measures <= explained, f"no heading in docs/concepts names: {sorted(measures - explained)}"


def test_public_names_are_sorted_exist_and_are_documented(generator):
    assert list(renown.__all__) == sorted(renown.__all__)
    text = text_of("python.md")
    names = generator["public_names"]()
    methods = [
        f"{name}.{method}"
        for name, value in names.items()
        if isinstance(value, type)
        for method in generator["public_methods"](value)
    ]
    missing = [name for name in names if f"\n## `renown.{name}`\n" not in text]
    missing += [method for method in methods if f"\n### `{method}`\n" not in text]
    assert not missing, f"run `make docs`; not in docs/reference/python.md: {missing}"


def test_every_flag_of_consent_names_a_test_that_exists(generator):
    rows = [
        row
        for page in sorted((ROOT / "docs" / "how-to").glob("import-*.md"))
        for row in generator["consent_rows"](page)
    ]
    assert len(rows) > 40
    assert {row[0].split(",")[0].strip("`") for row in rows} >= {
        "bluesky",
        "fediverse",
        "twitter",
        "reddit",
        "github",
        "web",
    }
    missing = [
        path
        for row in rows
        for path in re.findall(r"tests/[\w/.-]+\.py", row[-1])
        if not (ROOT / path).is_file()
    ]
    assert not missing, missing
    assert sum("tests/" in row[-1] for row in rows) > 35
