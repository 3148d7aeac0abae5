"""Write into docs/start/first-score.md what its commands print, after a definition or a table changed.

`python docs/make_first_score.py --check` writes nothing and fails when the page shows something else.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).parent / "start" / "first-score.md"

_BLOCK = re.compile(r"^```(csv|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with --check say whether it is stale; the exit code."""
    text = PAGE.read_text(encoding="utf8")
    with tempfile.TemporaryDirectory() as folder:
        now = rewritten(text, Path(folder))
    if "--check" not in arguments:
        PAGE.write_text(now, encoding="utf8")
        return 0
    if now != text:
        print(
            "docs/start/first-score.md shows what is not printed; run docs/make_first_score.py",
            file=sys.stderr,
        )
    return 0 if now == text else 1


def rewritten(text: str, folder: Path) -> str:
    """The page as it should be: its file written to the folder, its commands run there in order."""

    def shown(match: re.Match[str]) -> str:
        language, content = match.groups()
        if language == "csv":
            (folder / "reactions.csv").write_text(content, encoding="utf8")
            return match.group()
        lines = [line for line in content.splitlines() if line.startswith("$ ")]
        printed = "".join(f"{line}\n{_printed(line[2:], folder)}" for line in lines)
        return f"```console\n{printed}```"

    return _BLOCK.sub(shown, text)


def _printed(command: str, folder: Path) -> str:
    words = shlex.split(command)
    if words[0] != "renown":
        return ""
    env = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    env.pop("RENOWN_STORE", None)
    program = Path(sys.executable).with_name("renown")
    done = subprocess.run(
        [program, *words[1:]], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{command}: {done.stderr}")
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
