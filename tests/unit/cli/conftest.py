from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from renown.cli.main import app
from tests.meadow import make_store

Renown = Callable[..., Result]


@pytest.fixture(scope="session")
def meadow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a scored store that tests only read."""
    return Path(make_store(tmp_path_factory.mktemp("meadow")).location)


@pytest.fixture
def renown(meadow: Path) -> Renown:
    """Runs the command line in this process on the meadow, unless --store says another."""

    def run(*words: str, width: int = 80, **env: str) -> Result:
        given = {"RENOWN_STORE": str(meadow), "COLUMNS": str(width), "TERM": "dumb", **env}
        return CliRunner().invoke(app, list(words), env=given)

    return run
