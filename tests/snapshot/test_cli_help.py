"""The help of every command, as a person sees it at 80 columns."""

import pytest
import typer
from syrupy.assertion import SnapshotAssertion
from typer.testing import CliRunner

from renown.cli.main import app


def every_command(entry: object, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The root, every group and every command."""
    children = getattr(entry, "commands", {})
    return [
        words,
        *(found for name, child in children.items() for found in every_command(child, (*words, name))),
    ]


@pytest.mark.parametrize(
    "words", every_command(typer.main.get_command(app)), ids=lambda words: " ".join(words) or "renown"
)
def test_help(words: tuple[str, ...], snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RENOWN_STORE", raising=False)
    result = CliRunner().invoke(app, [*words, "--help"], prog_name="renown", env={"COLUMNS": "80"})
    assert result.exit_code == 0
    assert result.stdout == snapshot
