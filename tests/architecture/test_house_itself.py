"""The rules find what they are there to find: each is shown something bad, and something good beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import house


def module(path: str, source: str) -> house.Module:
    return house.Module(Path(path), source)


def long_function(lines: int) -> str:
    return "def f():\n" + "    x = 1\n" * lines


CASES = {
    "a later room": (house.wrong_way_imports, "store/a.py", "from renown.scoring import score", True),
    "a later room, inside a function": (
        house.wrong_way_imports,
        "schema/a.py",
        "def f():\n    import renown.store.tables",
        True,
    ),
    "a later room, for types only": (
        house.wrong_way_imports,
        "steps/a.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from renown.engines import duckdb",
        True,
    ),
    "a later room, as a name of the package": (
        house.wrong_way_imports,
        "store/a.py",
        "from renown import cli",
        True,
    ),
    "a later room, relatively": (
        house.wrong_way_imports,
        "store/deep/a.py",
        "from ...charts import draw",
        True,
    ),
    "a later room, by its name as text": (
        house.wrong_way_imports,
        "store/a.py",
        "import importlib\nimportlib.import_module('renown.charts')",
        True,
    ),
    "a sibling": (house.wrong_way_imports, "kernels/a.py", "from renown.steps import compile_steps", True),
    "the front door, from inside": (house.wrong_way_imports, "store/a.py", "from renown import open", True),
    "an earlier room": (
        house.wrong_way_imports,
        "scoring/a.py",
        "from renown.store import TableStore",
        False,
    ),
    "the same room": (house.wrong_way_imports, "store/a.py", "from renown.store.b import c", False),
    "the same room, relatively": (house.wrong_way_imports, "store/a.py", "from .b import c", False),
    "the front door, from the command line": (house.wrong_way_imports, "cli/a.py", "import renown", False),
    "another library": (house.wrong_way_imports, "store/a.py", "from renowned import charts", False),
    "a room nobody placed": (house.unknown_rooms, "attic/a.py", "", True),
    "a file nobody placed": (house.unknown_rooms, "attic.py", "", True),
    "a room with a place": (house.unknown_rooms, "store/a.py", "", False),
    "a strayed library": (house.strayed_libraries, "store/a.py", "def f():\n    import duckdb", True),
    "a part of a strayed library": (
        house.strayed_libraries,
        "store/a.py",
        "from numba.typed import List",
        True,
    ),
    "a library at home": (house.strayed_libraries, "engines/duckdb.py", "import duckdb", False),
    "a long module": (house.long_modules, "store/a.py", "x = 1\n" * 500, True),
    "a module with many blank lines": (house.long_modules, "store/a.py", "x = 1\n\n" * 499, False),
    "a long function": (house.long_functions, "store/a.py", long_function(36), True),
    "a long docstring": (
        house.long_functions,
        "store/a.py",
        'def f():\n    """a\n' + "    b\n" * 50 + '    """\n    return 1',
        False,
    ),
    "one long function among twenty": (
        house.long_functions,
        "store/a.py",
        long_function(36) + long_function(2) * 19,
        False,
    ),
    "seven parameters": (house.many_parameters, "store/a.py", "def f(a, b, /, c, d, *, e, f, g): ...", True),
    "six and self": (
        house.many_parameters,
        "store/a.py",
        "class A:\n    def f(self, a, b, c, d, e, f): ...",
        False,
    ),
    "an undocumented function": (house.undocumented, "store/a.py", '"""m"""\ndef f(): ...', True),
    "an undocumented method": (
        house.undocumented,
        "store/a.py",
        '"""m"""\nclass A:\n    """c"""\n    def f(self): ...',
        True,
    ),
    "an undocumented class": (house.undocumented, "store/a.py", '"""m"""\nclass A: ...', True),
    "an undocumented module": (house.undocumented, "store/a.py", "x = 1", True),
    "an undocumented private function": (house.undocumented, "store/a.py", '"""m"""\ndef _f(): ...', False),
    "a function within a function": (
        house.undocumented,
        "store/a.py",
        '"""m"""\ndef f():\n    """f"""\n    def inner(): ...',
        False,
    ),
    "an empty module": (house.undocumented, "store/__init__.py", "", False),
    "an empty word in a module": (house.empty_names, "store/file_utils.py", "", True),
    "an empty word in a folder": (house.empty_names, "helpers/a.py", "", True),
    "an empty word in a class": (house.empty_names, "store/a.py", "class StoreManager: ...", True),
    "an empty word in a parameter": (house.empty_names, "store/a.py", "def f(data): ...", True),
    "an empty word in a variable": (house.empty_names, "store/a.py", "user_info = 1", True),
    "an empty word in a loop": (house.empty_names, "store/a.py", "for data in x: ...", True),
    "an empty word as another name": (house.empty_names, "store/a.py", "import x as utils", True),
    "a word that only contains one": (
        house.empty_names,
        "store/a.py",
        "metadata = dataclass = informed = sys.version_info",
        False,
    ),
    "a print": (house.prints, "store/a.py", "print('x')", True),
    "a builtin error": (house.raised_builtins, "store/a.py", "raise ValueError('x')", True),
    "a builtin error, bare": (house.raised_builtins, "store/a.py", "raise KeyError", True),
    "an error of the tree": (house.raised_builtins, "store/a.py", "raise StoreError('x') from None", False),
    "an error passed on": (house.raised_builtins, "store/a.py", "try: ...\nexcept OSError: raise", False),
    "a dataset on a Python file system": (house.delta_datasets, "store/a.py", "t.to_pyarrow_dataset()", True),
    "a dataset on Arrow's file system": (
        house.delta_datasets,
        "store/a.py",
        "t.to_pyarrow_dataset(filesystem=local)",
        False,
    ),
    "a method called print": (house.prints, "store/a.py", "console.print('x')", False),
}


@pytest.mark.parametrize(("rule", "path", "source", "is_found"), CASES.values(), ids=CASES.keys())
def test_a_rule_finds_what_it_forbids_and_nothing_else(rule, path, source, is_found):
    offenders = rule([module(path, source)])
    assert bool(offenders) is is_found, offenders
    assert all(path.split("/")[0] in offender for offender in offenders)


def test_every_rule_is_shown_something_bad_and_something_good():
    shown = {(rule, is_found) for rule, _, _, is_found in CASES.values()}
    rules = {rule for rule, _ in shown}
    assert shown == {(rule, is_found) for rule in rules for is_found in (True, False)}


def test_modules_are_read_from_a_folder(tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "a.py").write_text("x = 1\n", encoding="utf8")
    (tmp_path / "__init__.py").write_text("", encoding="utf8")
    assert [m.room for m in house.read_modules(tmp_path)] == [house.FRONT_DOOR, "store"]
