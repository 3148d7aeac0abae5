from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from renown.cli.command import command, group
from renown.cli.session import Session
from renown.errors import StoreNotFoundError


@dataclass(frozen=True)
class Fruit:
    """Two options."""

    sweet: Annotated[bool, typer.Option("--sweet/--sour")] = True
    count: Annotated[int, typer.Option("--count")] = 1


def app_that(fails_with: BaseException | None = None) -> typer.Typer:
    app = group("A test.")

    @command(app, "eat")
    def eat(session: Session, fruit: Fruit, name: Annotated[str, typer.Argument()] = "apple") -> None:
        """Eat fruit."""
        if fails_with is not None:
            raise fails_with
        typer.echo(f"{name} {fruit.count} {fruit.sweet} {session.store} {session.quiet}")

    @command(app, "other")
    def other(session: Session) -> None:
        """Something else, so that `eat` is a subcommand."""

    return app


def test_fields_of_a_group_are_options_and_arrive_as_the_group() -> None:
    result = CliRunner().invoke(
        app_that(), ["eat", "pear", "--count", "3", "--sour", "--store", "here", "-q"]
    )
    assert (result.exit_code, result.stdout) == (0, "pear 3 False here True\n")


def test_defaults_hold_where_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RENOWN_STORE", raising=False)
    result = CliRunner().invoke(app_that(), ["eat"])
    assert result.stdout == "apple 1 True ./renown-store False\n"


def test_the_store_comes_from_the_environment_unless_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENOWN_STORE", "s3://bucket/store")
    assert "s3://bucket/store" in CliRunner().invoke(app_that(), ["eat"]).stdout
    assert "elsewhere" in CliRunner().invoke(app_that(), ["eat", "--store", "elsewhere"]).stdout


def test_own_options_stand_before_the_shared_ones_in_help() -> None:
    text = CliRunner().invoke(app_that(), ["eat", "--help"]).stdout
    assert text.index("--count") < text.index("--store") < text.index("--quiet") < text.index("--debug")


def test_an_expected_failure_is_a_message_and_a_hint_on_stderr() -> None:
    failure = StoreNotFoundError("There is no store at here.", hint="Import something first.")
    result = CliRunner().invoke(app_that(failure), ["eat"])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "Error: There is no store at here.\nImport something first.\n"


def test_an_unexpected_failure_is_short_and_says_how_to_report_it() -> None:
    result = CliRunner().invoke(app_that(ZeroDivisionError("division by zero")), ["eat"])
    assert result.exit_code == 1
    assert "ZeroDivisionError: division by zero" in result.stderr
    assert "--debug" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("failure", [ZeroDivisionError("x"), StoreNotFoundError("nothing there")])
def test_debug_shows_the_traceback(failure: Exception) -> None:
    assert "Traceback" in CliRunner().invoke(app_that(failure), ["eat", "--debug"]).stderr


def test_a_failure_of_the_system_names_the_file() -> None:
    result = CliRunner().invoke(app_that(PermissionError(13, "Permission denied", "/somewhere")), ["eat"])
    assert result.exit_code == 1
    assert result.stderr == "Error: /somewhere: Permission denied.\n"


def test_ctrl_c_ends_with_a_sentence_and_130() -> None:
    result = CliRunner().invoke(app_that(KeyboardInterrupt()), ["eat"])
    assert result.exit_code == 130
    assert "Stopped." in result.stderr


@pytest.mark.parametrize(
    "words", [["eat", "--count", "many"], ["eat", "--nothing"], ["eats"], ["eat", "a", "b"]]
)
def test_wrong_usage_is_2(words: list[str]) -> None:
    result = CliRunner().invoke(app_that(), words)
    assert result.exit_code == 2
    assert result.stdout == ""
