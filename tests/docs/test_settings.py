"""Every environment variable that the code reads is in the reference, and no other pretends to be read."""

from __future__ import annotations

import ast
import re

from tests.architecture.house import read_modules
from tests.docs.pages import ROOT

OWN = re.compile(r"RENOWN_[A-Z0-9_]+")


def variables_read(source: str) -> set[str]:
    """Names of environment variables in a piece of code: RENOWN_..., and whatever is asked of os.environ."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=str(text)) if OWN.fullmatch(text):
                found.add(text)
            case ast.Subscript(value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(text))):
                found.add(text)
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr="environ")) | ast.Attribute(attr="getenv"),
                args=[ast.Constant(value=str(text)), *_],
            ):
                found.add(text)
            case ast.Compare(left=ast.Constant(value=str(text)), comparators=[ast.Attribute(attr="environ")]):
                found.add(text)
            case ast.keyword(arg="envvar", value=ast.Constant(value=str(text))):
                found.add(text)
    return found


def test_every_variable_is_in_the_reference_and_none_is_invented():
    read = {
        name for module in read_modules(ROOT / "src" / "renown") for name in variables_read(module.source)
    }
    assert "RENOWN_STORE" in read
    text = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf8")
    named = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", text))
    assert read <= named, f"docs/reference/settings.md does not name: {sorted(read - named)}"
    invented = {name for name in named if OWN.fullmatch(name)} - read
    assert not invented, f"docs/reference/settings.md names what nothing reads: {sorted(invented)}"


def test_variables_are_found_in_every_spelling():
    code = (
        "os.environ['A']; os.environ.get('B'); os.getenv('C', ''); 'D' in os.environ; "
        "typer.Option(envvar='E'); STORE = 'RENOWN_F'; 'g'; os.environ.setdefault('H', '1')"
    )
    assert variables_read(code) == {"A", "B", "C", "D", "E", "RENOWN_F", "H"}
