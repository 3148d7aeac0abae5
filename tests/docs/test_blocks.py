"""Blocks of code are of a known language, commands are ones that exist, and Python runs."""

from __future__ import annotations

import doctest
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

from tests.docs import pages
from tests.docs.pages import ROOT, Block, Page

LANGUAGES = frozenset(
    {"console", "csv", "diff", "ini", "json", "make", "mermaid", "python", "sql", "text", "toml", "yaml"}
)
"""`console` for what one types (`$ ...`) and sees; not bash or sh, where no test can tell the two apart."""

OTHER_PROGRAMS = frozenset(
    {"cat", "cd", "curl", "git", "gzip", "head", "ls", "mkdir", "open", "pip", "python", "zcat"}
)
"""Programs, besides renown and make, that the docs may tell a reader to run."""

NO_RUN = re.compile(r"no-run: \S.{9,}")


def test_every_block_has_a_known_language():
    found = [block for page in pages.pages() for block in page.blocks()]
    unknown = [
        f"{block.where} {block.language or '(none)'}" for block in found if block.language not in LANGUAGES
    ]
    assert not unknown, f"not one of {sorted(LANGUAGES)}: {unknown}"


# ---- console


@pytest.fixture(scope="module")
def leaves() -> dict[str, object]:
    """The commands of the real command line by their full name."""
    generator = runpy.run_path(str(ROOT / "docs" / "make_reference.py"))
    found = {command.path: command for command in generator["commands"]()}
    # Without a command of its own, evaluate means future.
    return {"renown evaluate": found["renown evaluate future"], **found}


def fault_of(words: list[str], leaves: dict) -> str:
    """Why this command would be refused, or "" where it would be run."""
    words = words[next((i for i, word in enumerate(words) if not re.match(r"[A-Z_]+=", word)), len(words)) :]
    if not words or words[0] in OTHER_PROGRAMS:
        return ""
    if words[0] == "make":
        targets = set(
            re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf8"), flags=re.MULTILINE)
        )
        return next(
            (f"make has no target {word}" for word in words[1:] if "=" not in word and word not in targets),
            "",
        )
    if words[0] != "renown":
        return f"{words[0]} is not among the programs that the docs may use"
    return _fault_of_renown(words, leaves)


def _fault_of_renown(words: list[str], leaves: dict) -> str:
    if words[1:] in (["--help"], ["--version"], ["--install-completion"]):
        return ""
    path = next((p for n in range(len(words), 0, -1) if (p := " ".join(words[:n])) in leaves), None)
    if path is None:
        return f"no such command: {' '.join(words)}"
    leaf, rest = leaves[path], words[path.count(" ") + 1 :]
    try:
        given, _, _ = leaf.entry.make_parser(leaf.context).parse_args(list(rest))
    except Exception as error:
        return f"{path}: {error}"
    if "--help" in rest:
        return ""
    return next(filter(None, (_fault_of_value(parameter, given) for parameter in leaf.entry.params)), "")


def _fault_of_value(parameter, given: dict) -> str:
    value = given.get(parameter.name)
    if value in (None, ()):
        return f"{parameter.name} is required" if parameter.required else ""
    annotation = parameter.type_descriptor.annotation
    literals = [kind for kind in (annotation, *get_args(annotation)) if get_origin(kind) is Literal]
    if literals and value not in get_args(literals[0]):
        return f"{parameter.name} is {value!r}, not one of {get_args(literals[0])}"
    return ""


@pytest.mark.parametrize("block", pages.blocks("console"), ids=lambda block: block.where)
def test_what_a_reader_is_told_to_type_would_run(block, leaves):
    typed = list(pages.commands(block))
    assert typed, f"{block.where} has no line that starts with '$ '"
    faults = [
        f"{block.where} {' '.join(words)}: {fault}" for words in typed if (fault := fault_of(words, leaves))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("line", "is_refused"),
    [
        ("$ renown show ann", False),
        ("$ RENOWN_STORE=x renown show ann --format json | head -3 > out.json", False),
        ("$ renown show \\\n    ann --format json", False),
        ("$ renown --version", False),
        ("$ make demo && cd demo", False),
        ("$ renown shew ann", True),
        ("$ renown show ann --colour", True),
        ("$ renown show ann --format yaml", True),
        ("$ renown show", True),
        ("$ cat x | renown shew ann", True),
        ("$ make love", True),
        ("$ rm -rf /", True),
    ],
)
def test_a_command_that_would_be_refused_is_found(line, is_refused, leaves):
    page = Page(ROOT / "page.md", f"```console\n{line}\nits output | renown nonsense\n```\n")
    (block,) = page.blocks()
    faults = [fault_of(words, leaves) for words in pages.commands(block)]
    assert bool(any(faults)) is is_refused, faults


# ---- python


def test_the_docs_show_commands_and_python():
    assert pages.blocks("console")
    assert pages_with_python()


def pages_with_python() -> list[Page]:
    return [page for page in pages.pages() if any(block.language == "python" for block in page.blocks())]


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    """A folder as a reader has it after `make demo`, with the store also where commands look by default."""
    folder = tmp_path_factory.mktemp("reader")
    command = [Path(sys.executable).parent / "renown", "demo", "--folder", "demo", "--quiet"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shutil.copytree(folder / "demo" / "store", folder / "renown-store")
    return folder


def run_block(block: Block, names: dict[str, object]) -> None:
    """Run a block in `names`, lines numbered as in the page; one that shows a prompt runs as a doctest."""
    if block.text.lstrip().startswith(">>>"):
        test = doctest.DocTestParser().get_doctest(
            block.text, names, block.where, block.page.name, block.line
        )
        assert not doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, clear_globs=False).failed, (
            block.where
        )
        names.update(test.globs)
    else:
        exec(compile("\n" * block.line + block.text, block.page.name, "exec"), names)  # noqa: S102  the docs are ours


@pytest.mark.parametrize("page", pages_with_python(), ids=lambda page: page.name)
def test_python_runs_from_the_top_of_the_page_down(page, demo, tmp_path, monkeypatch):
    folder = tmp_path / "reader"
    shutil.copytree(demo, folder)
    monkeypatch.chdir(folder)
    names: dict[str, object] = {"__name__": "__main__"}
    for block in page.blocks():
        if block.language == "python" and not block.note:
            run_block(block, names)


def test_a_block_that_does_not_run_says_why():
    noted = [
        block
        for page in pages.pages()
        for block in page.blocks()
        if block.language == "python" and block.note
    ]
    unexplained = [block.where for block in noted if not NO_RUN.fullmatch(block.note)]
    assert not unexplained, f"write ```python no-run: the reason: {unexplained}"


@pytest.mark.parametrize("text", ["1 / 0", ">>> 1 + 1\n3", "raise SystemExit('x')"])
def test_a_block_that_fails_is_noticed(text):
    (block,) = Page(ROOT / "page.md", f"```python\n{text}\n```\n").blocks()
    with pytest.raises((ZeroDivisionError, AssertionError, SystemExit)):
        run_block(block, {})


def test_blocks_of_a_page_share_their_names():
    page = Page(ROOT / "page.md", "```python\nx = 2\n```\n\n```python\n>>> x + 1\n3\n```\n")
    names: dict[str, object] = {}
    for block in page.blocks():
        run_block(block, names)
    assert names["x"] == 2
