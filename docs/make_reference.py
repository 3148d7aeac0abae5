"""Write the generated pages of docs/reference/ from the code they describe: `make docs`.

`python docs/make_reference.py --check` writes nothing and fails when a page is not what the code says now.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

REFERENCE = Path(__file__).parent / "reference"
HOW_TO = Path(__file__).parent / "how-to"


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with --check say which are stale; the exit code."""
    pages = {name: make() for name, make in PAGES.items()}
    if "--check" in arguments:
        stale = stale_pages(pages)
        for name in stale:
            print(f"docs/reference/{name} is not what the code says; run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages.items():
        (REFERENCE / name).write_text(text, encoding="utf8")
    return 0


def stale_pages(pages: dict[str, str]) -> list[str]:
    """Names of the pages that are missing or say something else."""
    found = {path.name: path.read_text(encoding="utf8") for path in REFERENCE.glob("*.md")}
    return [name for name, text in pages.items() if found.get(name) != text]


def _page(title: str, source: str, *parts: str) -> str:
    note = f"<!-- Made by `make docs` from {source}. Change it there. -->"
    return "\n\n".join([f"# {title}", note, *(part.strip("\n") for part in parts if part.strip())]) + "\n"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


# ---- cli.md

EXIT_CODES = (
    "Exit codes: 0 done, 1 failed (the message says what and why), 2 used wrongly, 130 stopped by Ctrl-C."
)


_PLAIN_TYPE = re.compile(r"(?<=[A-Z\]]) <(list\[)?(str|int|float|path|int range)\]?>$")
"""The type that typer writes after the name of an argument; the meaning says it better."""


@dataclass(frozen=True)
class Command:
    """One leaf of the command line: its full name, and what typer knows of it."""

    path: str
    entry: Any
    context: Any

    def options(self) -> list[tuple[str, str]]:
        """Arguments and options as people write them, each with its meaning."""
        records = (parameter.get_help_record(self.context) for parameter in self.entry.params)
        return [(_PLAIN_TYPE.sub("", left), " ".join(right.split())) for left, right in filter(None, records)]


def commands() -> Iterator[Command]:
    """Every command that a person can run, in the order of `renown --help`."""
    import typer

    from renown.cli.main import app

    yield from _leaves(typer.main.get_command(app), "renown", None)


def _leaves(entry: Any, name: str, parent: Any) -> Iterator[Command]:
    context = entry.context_class(entry, info_name=name, parent=parent)
    children = getattr(entry, "commands", None)
    if children is None:
        yield Command(context.command_path, entry, context)
        return
    if entry.invoke_without_command and not entry.no_args_is_help and parent is not None:
        yield Command(context.command_path, entry, context)
    for child_name, child in children.items():
        if not child.hidden:
            yield from _leaves(child, child_name, context)


def cli_page() -> str:
    """Every command with its arguments and options; what all of them take is said once."""
    leaves = list(commands())
    everywhere = [
        option for option in leaves[0].options() if all(option in leaf.options() for leaf in leaves)
    ]
    return _page(
        "The command line",
        "the commands themselves (src/renown/cli)",
        "Every command takes these:",
        _table(["option", "meaning"], [(f"`{left}`", right) for left, right in everywhere]),
        EXIT_CODES,
        *(_command_section(leaf, everywhere) for leaf in leaves),
    )


def _command_section(command: Command, everywhere: list[tuple[str, str]]) -> str:
    usage = command.entry.get_usage(command.context).removeprefix("Usage: ")
    own = [option for option in command.options() if option not in everywhere]
    parts = [
        f"## `{command.path}`",
        inspect.cleandoc(command.entry.help or "").replace("\b\n", ""),
        f"```text\n{usage}\n```",
    ]
    if own:
        parts.append(_table(["argument or option", "meaning"], [(f"`{left}`", right) for left, right in own]))
    return "\n\n".join(parts)


# ---- errors.md


def error_classes() -> list[type[Exception]]:
    """Every error of the tree, in the order of errors.py."""
    from renown import errors

    return [
        value
        for value in vars(errors).values()
        if inspect.isclass(value) and issubclass(value, errors.RenownError)
    ]


def errors_page() -> str:
    """The error tree, and for each error what happened and whether trying again may help."""
    from renown import errors

    intro, _, rest = inspect.cleandoc(errors.__doc__ or "").partition("\n\n")
    rows = [
        (
            f"`{error.__name__}`",
            "" if error is errors.RenownError else f"`{error.__bases__[0].__name__}`",
            (inspect.getdoc(error) or "").split("\n")[0],
            "yes" if getattr(error, "is_retryable", False) else "no",
        )
        for error in error_classes()
    ]
    contract, _, tree = rest.partition("\n\n")
    return _page(
        "Errors",
        "src/renown/errors.py",
        intro,
        contract,
        f"```text\n{inspect.cleandoc(tree)}\n```",
        "`message` says what is wrong and where, `hint` what to do about it. "
        "The command line prints both and exits with 1.",
        _table(["error", "is a", "what happened", "trying again may help"], rows),
    )


# ---- tables.md


def tables_page() -> str:
    """Every table of a store: what a row is, what makes it the same row, and its columns."""
    from renown.schema import TABLES, tables

    return _page(
        "Tables",
        "src/renown/schema/tables.py",
        "All tables are Delta Lake tables; any tool that reads Delta can read them.",
        inspect.cleandoc(tables.__doc__ or "").partition("\n\n")[2],
        *(_table_section(table) for table in TABLES.values()),
    )


def _table_section(table: Any) -> str:
    rows = [
        (f"`{column.name}`", f"`{column.type}`", "yes" if column.is_nullable else "no", column.meaning)
        for column in table.columns
    ]
    same = f"Two rows are the same one when they agree in: {', '.join(table.identity)}."
    if table.partition_columns:
        same += f" One folder per {', '.join(table.partition_columns)}."
    parts = [
        f"## `{table.name}`",
        f"A row: {table.row}. {same}",
        _table(["column", "type", "may be null", "meaning"], rows),
    ]
    return "\n\n".join(parts)


# ---- definition.md

LABELS = {
    "name": "What people call the definition. A label: it does not change the hash.",
    "summary": "One sentence on what it measures. A label: it does not change the hash.",
    "weights": "Weight of each kind of interaction; a kind that is not named weighs 0.",
    "people_shape": "Shape of the gamma distribution of how many people actors have.",
    "people_rate": "The rate of that distribution; both or neither.",
    "freshness": "How much an actor counts by how lately people reacted: see below. Left out: not at all.",
    "fitted": "Where learned numbers come from (`renown fit`). A label: it does not change the hash.",
}
"""Meanings of the fields that have no comment of their own in the shipped file."""

FRESHNESS = {
    "half_life_days": "What a person gave is fresh by half when they have not reacted for so long.",
    "usual_share": "Of attention, how much is fresh as a rule; of whom so much is, counts as without.",
    "prior_people": "Effective people with whom an actor's own share counts as much as the usual one.",
}
"""Meanings of the fields of the table `[freshness]`."""


def definition_page() -> str:
    """Every field of a definition, with the comment that explains it in the shipped file."""
    import msgspec

    from renown.definitions import SHIPPED_DEFINITION, Definition, Freshness, load_definition

    shipped = load_definition()
    text = (resources.files("renown.definitions") / "shipped" / f"{SHIPPED_DEFINITION}.toml").read_text(
        "utf8"
    )
    comments = field_comments(text) | LABELS
    fields = {field.name: field for field in msgspec.structs.fields(Definition)}
    unexplained = sorted(set(fields) - set(comments))
    if unexplained:
        raise SystemExit(f"{SHIPPED_DEFINITION}.toml has no comment above: {', '.join(unexplained)}")
    rows = [
        (
            f"`{name}`",
            f"`{_type_name(field.type)}`",
            _shipped_value(shipped, name) if name in LABELS else f"{getattr(shipped, name):g}",
            comments[name],
        )
        for name, field in fields.items()
    ]
    return _page(
        "Definition",
        "src/renown/definitions",
        "A definition is every number that decides a score, as a TOML file. Its content is hashed, and every "
        "run records the hash and the whole text. `renown score --definition FILE` uses another one.",
        _table(["field", "type", f"in {SHIPPED_DEFINITION}", "meaning"], rows),
        "The table `[freshness]` holds all three fields or is not there."
        " [Freshness](../concepts/freshness.md) has the formula, and what it costs.",
        _table(
            ["field of `[freshness]`", "meaning"],
            [(f"`{field.name}`", FRESHNESS[field.name]) for field in msgspec.structs.fields(Freshness)],
        ),
        f"## The shipped definition, {SHIPPED_DEFINITION}",
        f"```toml\n{text.strip()}\n```",
    )


def _type_name(kind: object) -> str:
    return kind.__name__ if inspect.isclass(kind) else str(kind).replace("renown.definitions.definition.", "")


def _shipped_value(shipped: object, name: str) -> str:
    return "not said" if getattr(shipped, name) is None else "below"


def field_comments(toml: str) -> dict[str, str]:
    """The comment above each `field = ...`; it holds for the fields below it up to a blank line."""
    comments: dict[str, str] = {}
    lines: list[str] = []
    is_open = False
    for line in toml.splitlines():
        if line.startswith("#"):
            lines = [*lines, line.lstrip("# ")] if is_open else [line.lstrip("# ")]
            is_open = True
        elif not line.strip():
            lines, is_open = [], False
        elif "=" in line:
            is_open = False
            if lines:
                comments[line.partition("=")[0].strip()] = " ".join(lines)
    return comments


# ---- python.md

_CALLED = (FunctionType, MethodType)


def public_names() -> dict[str, Any]:
    """What `import renown` offers, without the errors, which have a page of their own."""
    import renown

    return {
        name: value
        for name in renown.__all__
        if not name.startswith("_")
        and not (inspect.isclass(value := getattr(renown, name)) and issubclass(value, Exception))
    }


def public_methods(kind: type) -> dict[str, Any]:
    """The methods and properties of a class that people may use, inherited ones too, in order of name."""
    return {
        name: value
        for name, value in inspect.getmembers(kind)
        if not name.startswith("_") and isinstance(value, (*_CALLED, property, cached_property))
    }


def python_page() -> str:
    """Every public name with its signature and docstring; of the store, every method."""
    sections = []
    for name, value in public_names().items():
        sections.append(_name_section(f"## `renown.{name}`", name, value))
        if inspect.isclass(value):
            methods = public_methods(value)
            sections += [_name_section(f"### `{name}.{m}`", m, method) for m, method in methods.items()]
    return _page(
        "Python",
        "the docstrings (src/renown)",
        "Everything that `import renown` offers. Other modules may change without notice. "
        "All of it may raise the [errors](errors.md) of one tree.",
        *sections,
    )


def _name_section(heading: str, name: str, value: Any) -> str:
    meaning, _, rest = (inspect.getdoc(value) or "").partition("\n")
    parts = [heading, meaning]
    if isinstance(value, _CALLED):
        parts.append(f"```text\n{_signature(name, value)}\n```")
    if rest.strip():
        parts.append(f"```text\n{inspect.cleandoc(rest.strip(chr(10)))}\n```")
    return "\n\n".join(parts)


def _signature(name: str, function: Any) -> str:
    """A signature as one writes it: without self, types without quotes, on one line where it fits."""
    signature = inspect.signature(function)
    parts: list[str] = []
    for parameter in signature.parameters.values():
        if parameter.name in ("self", "cls"):
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not any(part.startswith("*") for part in parts):
            parts.append("*")
        parts.append(_parameter(parameter))
    is_silent = signature.return_annotation is signature.empty
    returned = "" if is_silent else f" -> {_annotation(signature.return_annotation)}"
    line = f"{name}({', '.join(parts)}){returned}"
    return line if len(line) <= 100 else f"{name}(\n    " + ",\n    ".join(parts) + f",\n){returned}"


def _parameter(parameter: inspect.Parameter) -> str:
    default = parameter.default
    shown = getattr(default, "__name__", None) or repr(default)
    given = "" if default is parameter.empty else f" = {shown}"
    bare = str(parameter.replace(annotation=parameter.empty, default=parameter.empty))
    typed = "" if parameter.annotation is parameter.empty else f": {_annotation(parameter.annotation)}"
    return f"{bare}{typed}{given}"


def _annotation(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


# ---- consent.md


def consent_page() -> str:
    """Which mark of whom leads to what, for every source: the rows under "Consent" of the how-to pages."""
    rows = [row for page in sorted(HOW_TO.glob("import-*.md")) for row in consent_rows(page)]
    return _page(
        "Consent at the door",
        'the sections "Consent" of docs/how-to',
        "What a network or a person marks as not for this is not stored, and stays out of later imports too. "
        "A row names the test that holds it.",
        _table(("source", "flag", "what it leads to", "where it is tested"), rows),
    )


def consent_rows(page: Path) -> list[list[str]]:
    """The rows of the table under the heading "Consent" of a page; none where it has no such heading."""
    _, _, section = page.read_text(encoding="utf8").partition("\n## Consent\n")
    lines = [line for line in section.split("\n## ")[0].splitlines() if line.startswith("|")]
    cells = (re.split(r"(?<!\\)\|", line)[1:-1] for line in lines[2:])
    return [[cell.strip() for cell in row] for row in cells]


PAGES: dict[str, Callable[[], str]] = {
    "consent.md": consent_page,
    "cli.md": cli_page,
    "errors.md": errors_page,
    "tables.md": tables_page,
    "definition.md": definition_page,
    "python.md": python_page,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
