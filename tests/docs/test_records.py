"""Decisions and notes of change are where a reader looks for them, and of one shape."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.architecture.house import FRONT_DOOR, ORDER, read_modules
from tests.docs import pages
from tests.docs.pages import ROOT

DECISIONS = ROOT / "docs" / "decisions"
TEMPLATE = "0000-template.md"
NOTES = ROOT / "changelog.d"


def decisions() -> list[pages.Page]:
    return [pages.read(path) for path in sorted(DECISIONS.glob("[0-9]*.md")) if path.name != TEMPLATE]


def test_decisions_are_numbered_without_gaps():
    assert [int(page.path.name[:4]) for page in decisions()] == list(range(1, len(decisions()) + 1))


def test_decisions_have_the_parts_of_the_template():
    wanted = list(pages.read(DECISIONS / TEMPLATE).headings())[1:]
    assert len(wanted) >= 4
    offenders = [
        f"{page.name} lacks {missing}"
        for page in decisions()
        if (missing := [part for part in wanted if part not in page.headings()])
    ]
    assert not offenders, "\n".join(offenders)


def test_decisions_say_whether_they_hold():
    offenders = [
        page.name
        for page in decisions()
        if not re.search(
            r"^Status: (proposed|accepted|superseded by \[\d{4}\]\(\d{4}-[\w-]+\.md\))",
            page.text,
            re.MULTILINE,
        )
    ]
    assert not offenders, offenders


def test_notes_of_change_are_named_so_that_they_are_found():
    names = [path.name for path in NOTES.iterdir() if not path.name.startswith(".")]
    kinds = "feature|change|fix|removal"
    offenders = [name for name in names if not re.fullmatch(rf"[a-z0-9+-]+\.({kinds})\.md", name)]
    assert not offenders, f"name them what.kind.md, kind one of {kinds}: {offenders}"
    assert not [name for name in names if not (NOTES / name).read_text(encoding="utf8").strip()]


def test_notes_of_change_become_a_changelog():
    command = [
        sys.executable,
        "-m",
        "towncrier",
        "build",
        "--draft",
        "--version",
        "next",
        "--date",
        "2000-01-01",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "## next (2000-01-01)\n" in done.stdout
    assert done.stdout.count("\n- ") == len(
        [path for path in NOTES.iterdir() if not path.name.startswith(".")]
    )


def mapped_rooms(text: str) -> list[tuple[str, ...]]:
    """The lines of the map in CONTRIBUTING.md between src/renown/ and tests/: the rooms named on each."""
    lines = text.split("\nsrc/renown/\n")[1].split("\ntests/\n")[0].splitlines()
    return [tuple(line.strip().split("   ")[0].split()) for line in lines]


def test_contributing_maps_the_house_as_it_is():
    rooms = {module.room for module in read_modules(ROOT / "src" / "renown")} - {FRONT_DOOR, "__main__"}
    ordered = [tuple(room for room in line if room in rooms) for line in ORDER]
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf8")
    assert mapped_rooms(text) == [line for line in ordered if line]
