"""The wheel holds the package, whole, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
LEFTOVERS = frozenset({".pyc", ".nbi", ".nbc"})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built with the locked hatchling, so without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


def test_the_wheel_holds_every_file_of_the_package_and_no_other(wheel):
    files = (
        path for path in (SOURCE / "renown").rglob("*") if path.is_file() and path.suffix not in LEFTOVERS
    )
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == {path.relative_to(SOURCE).as_posix() for path in files}
    assert {"renown/py.typed", "renown/definitions/shipped/renown-1.toml"} <= held


def test_the_wheel_brings_its_licence_and_its_command(wheel):
    by_name = {name.split(".dist-info/")[-1]: name for name in wheel.namelist() if ".dist-info/" in name}
    assert wheel.read(by_name["licenses/LICENSE"]) == (ROOT / "LICENSE").read_bytes()
    assert "renown = renown.cli.main:run" in wheel.read(by_name["entry_points.txt"]).decode()
    metadata = Parser().parsestr(wheel.read(by_name["METADATA"]).decode())
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"


def test_the_wheel_can_be_installed_on_any_machine(wheel):
    assert wheel.filename is not None
    assert wheel.filename.endswith("-py3-none-any.whl")
