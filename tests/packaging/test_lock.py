"""The lock says all there is to install, by hash, and the installer's own file agrees with it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def packages() -> list[dict]:
    return tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf8"))["package"]


def test_everything_locked_has_a_hash(packages):
    files = [
        (package["name"], file)
        for package in packages
        if package["name"] != "renown"
        for file in [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())]
    ]
    assert {name for name, _ in files} == {package["name"] for package in packages} - {"renown"}
    assert not [(name, file["url"]) for name, file in files if not file.get("hash", "").startswith("sha256:")]


def test_the_installer_is_the_one_that_is_locked(packages):
    locked = next(package for package in packages if package["name"] == "uv")
    text = (ROOT / ".ci" / "installer.txt").read_text(encoding="utf8")
    assert f"uv=={locked['version']} " in text, "run `make lock`"
    files = [locked["sdist"], *locked["wheels"]]
    assert set(re.findall(r"sha256:[0-9a-f]+", text)) == {file["hash"] for file in files}, "run `make lock`"
