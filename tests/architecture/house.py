"""The rules of the house as functions: modules in, one line per offender out. Applied by test_house.py."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGE = "renown"
FRONT_DOOR = "(front door)"
"""How `renown/__init__.py` itself is called among the rooms."""

ORDER: tuple[tuple[str, ...], ...] = (
    ("errors", "types"),
    ("schema",),
    ("definitions",),
    ("steps", "kernels"),
    ("engines",),
    ("store",),
    ("sources", "simulate", "trust", "topics", "stance", "identity", "privacy"),
    ("scoring",),
    ("explain", "timing", "campaigns", "community", "evaluate", "forecast"),
    ("charts",),
    ("api",),
    (FRONT_DOOR,),
    ("cli", "web"),
    ("__main__",),
)
"""Who may import whom: a room may import what stands above it here, and no sibling on its own line."""

OWNERS: dict[str, str] = {
    "duckdb": "engines",
    "pyspark": "engines",
    "sqlglot": "engines",
    "deltalake": "store",
    "numba": "kernels",
    "vl_convert": "charts",
    "httpx2": "sources",
    "choix": "evaluate",
}
"""Libraries that one room wraps, so that replacing one touches one room."""

FORBIDDEN_WORDS = frozenset(
    {"util", "utils", "helper", "helpers", "manager", "managers", "misc", "data", "info"}
)  # fmt: skip
"""Words that say nothing of what a thing is; no part of a name may be one of them."""

BUILTIN_ERRORS = frozenset(
    {
        "AssertionError",
        "Exception",
        "IndexError",
        "KeyError",
        "LookupError",
        "OSError",
        "RuntimeError",
        "TypeError",
        "ValueError",
    }
)
"""Raised on purpose, these would reach a person as a traceback, without what to do about it."""

MODULE_LINES = 500
BODY_LINES_P95 = 35
PARAMETERS = 6

Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file: where it stands in the package, and what it says."""

    path: Path
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source, filename=str(self.path))

    @property
    def room(self) -> str:
        first = self.path.parts[0].removesuffix(".py")
        return FRONT_DOOR if first == "__init__" else first

    @property
    def package(self) -> tuple[str, ...]:
        """The dotted package that relative imports start from."""
        return (PACKAGE, *self.path.parts[:-1])

    def functions(self) -> Iterator[Definition]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Definition))

    def at(self, node: ast.AST) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


def read_modules(root: Path) -> list[Module]:
    """Every Python file of the package, in order of path."""
    return [
        Module(path.relative_to(root), path.read_text(encoding="utf8")) for path in sorted(root.rglob("*.py"))
    ]


def imports(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """What a module imports, anywhere in it, in full (`from renown import x` is `renown.x`)."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Import(names=names):
                yield from ((node, alias.name) for alias in names)
            case ast.ImportFrom(names=names):
                base = _base_of(node, module)
                yield from ((node, f"{base}.{alias.name}") for alias in names)
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if _name(function) in (
                "import_module",
                "__import__",
            ):
                yield node, name


def _base_of(node: ast.ImportFrom, module: Module) -> str:
    if not node.level:
        return node.module or ""
    start = module.package[: len(module.package) - (node.level - 1)]
    return ".".join((*start, node.module) if node.module else start)


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def unknown_rooms(modules: Iterable[Module]) -> list[str]:
    """Files and folders right under the package that ORDER does not place."""
    known = {room for line in ORDER for room in line}
    return sorted({f"{module.path.parts[0]}" for module in modules if module.room not in known})


def wrong_way_imports(modules: Sequence[Module]) -> list[str]:
    """Imports that do not point to an earlier line of ORDER (or stay in the room)."""
    line_of = {room: number for number, line in enumerate(ORDER) for room in line}
    offenders = []
    for module in modules:
        for node, target in imports(module):
            room = _room_of(target, line_of)
            if room in (None, module.room):
                continue
            if line_of[room] >= line_of.get(module.room, -1):
                offenders.append(f"{module.at(node)} {module.room} imports {room} ({target})")
    return offenders


def _room_of(target: str, line_of: dict[str, int]) -> str | None:
    package, _, rest = target.partition(".")
    if package != PACKAGE:
        return None
    room = rest.split(".")[0]
    return room if room in line_of else FRONT_DOOR


def strayed_libraries(modules: Iterable[Module]) -> list[str]:
    """Imports of a library outside the room that owns it."""
    return [
        f"{module.at(node)} {module.room} imports {library}, which belongs in {OWNERS[library]}/"
        for module in modules
        for node, target in imports(module)
        if (library := target.split(".")[0]) in OWNERS and module.room != OWNERS[library]
    ]


def long_modules(modules: Iterable[Module]) -> list[str]:
    """Modules of MODULE_LINES or more lines that are not blank."""
    counted = ((sum(1 for line in m.source.splitlines() if line.strip()), m) for m in modules)
    return [f"{module.path} has {count} lines" for count, module in counted if count >= MODULE_LINES]


def body_lines(function: Definition, source: list[str]) -> int:
    """Lines of a body without docstring, comments and blanks."""
    has_docstring = ast.get_docstring(function) is not None and len(function.body) > 1
    first = function.body[1 if has_docstring else 0]
    lines = source[first.lineno - 1 : function.end_lineno]
    return sum(1 for line in lines if line.strip() and not line.strip().startswith("#"))


def long_functions(modules: Iterable[Module]) -> list[str]:
    """The functions over BODY_LINES_P95, longest first, when more than one in twenty is; else nobody."""
    sizes = [
        (body_lines(function, module.source.splitlines()), f"{module.at(function)} {function.name}")
        for module in modules
        for function in module.functions()
    ]
    over = sorted((size for size in sizes if size[0] > BODY_LINES_P95), reverse=True)
    if len(over) * 20 <= len(sizes):
        return []
    return [f"{where} has {count} lines" for count, where in over]


def many_parameters(modules: Iterable[Module]) -> list[str]:
    """Functions that take more than PARAMETERS, self and cls apart."""
    offenders = []
    for module in modules:
        for function in module.functions():
            arguments = function.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            count = sum(1 for argument in every if argument.arg not in ("self", "cls"))
            if count > PARAMETERS:
                offenders.append(f"{module.at(function)} {function.name} takes {count}")
    return offenders


def undocumented(modules: Iterable[Module]) -> list[str]:
    """Modules, public classes, and public functions and methods without a docstring."""
    offenders = []
    for module in modules:
        if module.source.strip() and not ast.get_docstring(module.tree):
            offenders.append(f"{module.path} the module")
        for node in _public(module.tree):
            if not ast.get_docstring(node) and not _is_overload(node):
                offenders.append(f"{module.at(node)} {node.name}")
    return offenders


def _public(within: ast.Module | ast.ClassDef) -> Iterator[Definition | ast.ClassDef]:
    """What can be reached by public names; what a function defines inside itself cannot."""
    for node in within.body:
        if isinstance(node, Definition | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


def _is_overload(node: Definition | ast.ClassDef) -> bool:
    return any(_name(decorator) == "overload" for decorator in node.decorator_list)


def empty_names(modules: Iterable[Module]) -> list[str]:
    """Modules, classes, functions, parameters and variables named with a FORBIDDEN_WORDS word."""
    offenders = []
    for module in modules:
        offenders += [f"{module.path} {part}" for part in module.path.parts if _says_nothing(Path(part).stem)]
        for node in ast.walk(module.tree):
            offenders += [f"{module.at(node)} {name}" for name in _defined(node) if _says_nothing(name)]
    return offenders


def _defined(node: ast.AST) -> list[str]:
    """The names that this node itself brings into being."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.arg(arg=name):
            return [name]
        case ast.Name(id=name, ctx=ast.Store()):
            return [name]
        case ast.Attribute(attr=name, ctx=ast.Store()):
            return [name]
        case ast.alias(asname=str(name)):
            return [name]
    return []


def _says_nothing(name: str) -> bool:
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return any(word.lower() in FORBIDDEN_WORDS for word in words)


def prints(modules: Iterable[Module]) -> list[str]:
    """Calls of print: what a person sees goes through the command line's own door."""
    return [
        module.at(node)
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]


def raised_builtins(modules: Iterable[Module]) -> list[str]:
    """Raises of a BUILTIN_ERRORS error instead of one from the tree in errors.py."""
    return [
        f"{module.at(node)} {raised}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Raise) and node.exc is not None
        for raised in [_name(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)]
        if raised in BUILTIN_ERRORS
    ]


def delta_datasets(modules: Iterable[Module]) -> list[str]:
    """Calls that read a Delta table as a pyarrow dataset through deltalake's own file system.

    That file system is Python, and the dataset's threads may let go of it while the interpreter ends. Then
    the process aborts after its work is done (measured: 12 of 160 short commands on a busy machine).
    """
    return [
        f"{module.at(node)} {name}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and (name := _name(node.func)) in ("to_pyarrow_dataset", "to_pyarrow_table")
        and not any(keyword.arg == "filesystem" for keyword in node.keywords)
    ]
