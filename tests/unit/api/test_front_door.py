import importlib
import subprocess
import sys

import pytest

import renown


def test_the_names_of_renown_are_sorted_and_lead_somewhere() -> None:
    assert list(renown.__all__) == sorted(renown.__all__)
    for name in renown.__all__:
        assert getattr(renown, name) is not None
    assert dir(renown) == list(renown.__all__)


def test_every_error_of_the_tree_is_at_the_front_door() -> None:
    errors = importlib.import_module("renown.errors")
    tree = {name for name in vars(errors) if name.endswith("Error") and name in vars(errors)}
    assert tree <= set(renown.__all__)


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'fame'"):
        _ = renown.fame


def test_the_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert renown.__version__ == version("renown")


def test_the_module_is_the_command_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "renown", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"renown {renown.__version__}\n"
