"""How a function becomes a command: groups of options, and one way to fail.

A parameter whose type is a dataclass is a group of options: each field becomes an option of the command, and
the function receives the dataclass. So commands share options without repeating them.

Exit codes: 0 done, 1 failed (the message says what and why), 2 used wrongly, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, get_type_hints

import typer
from typer.core import TyperGroup

from renown.cli.session import Session
from renown.errors import RenownError

FAILED: Final = 1
STOPPED: Final = 130

Function = TypeVar("Function", bound=Callable[..., None])


def group(summary: str, *, add_completion: bool = False, cls: type[TyperGroup] = TyperGroup) -> typer.Typer:
    """An empty command group. Plain help: the rich one triples the time to print it."""
    return typer.Typer(
        help=summary,
        cls=cls,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=add_completion,
    )


def command(app: typer.Typer, name: str) -> Callable[[Function], Function]:
    """Make a function a command of `app`. The function itself stays as it is, for other commands to call."""

    def register(function: Function) -> Function:
        app.command(name)(_as_command(function))
        return function

    return register


def without_command(app: typer.Typer) -> Callable[[Function], Function]:
    """Make a function what a group does when none of its commands is named; it is handed the context."""

    def register(function: Function) -> Function:
        app.callback(invoke_without_command=True, no_args_is_help=False)(_as_command(function))
        return function

    return register


def _as_command(function: Callable[..., None]) -> Callable[..., None]:
    groups = _option_groups(function)

    @functools.wraps(function)
    def run(**given: Any) -> None:
        arguments = _grouped(given, groups)
        session = next((value for value in arguments.values() if isinstance(value, Session)), Session())
        _guard(functools.partial(function, **arguments), session)

    parameters = _flat_parameters(function, groups)
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    del run.__wrapped__  # or typer would read the hints of the unexpanded function
    return run


def _option_groups(function: Callable[..., None]) -> dict[str, type]:
    hints = get_type_hints(function)
    return {
        name: hint
        for name, hint in hints.items()
        if isinstance(hint, type) and dataclasses.is_dataclass(hint)
    }


def _flat_parameters(function: Callable[..., None], groups: Mapping[str, type]) -> list[inspect.Parameter]:
    hints = get_type_hints(function, include_extras=True)
    own = [
        parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name not in groups
    ]
    # The session's options close the list: a person looks for the command's own first.
    shared = sorted(groups.values(), key=lambda kind: kind is Session)
    return own + [parameter for kind in shared for parameter in _fields_as_parameters(kind)]


def _fields_as_parameters(kind: type) -> list[inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in dataclasses.fields(kind)
    ]


def _grouped(given: Mapping[str, Any], groups: Mapping[str, type]) -> dict[str, Any]:
    arguments = dict(given)
    for name, kind in groups.items():
        arguments[name] = kind(
            **{field.name: arguments.pop(field.name) for field in dataclasses.fields(kind)}
        )
    return arguments


def _guard(work: Callable[[], None], session: Session) -> None:
    """Run a command; turn what goes wrong into a message on stderr and an exit code."""
    try:
        work()
    except RenownError as error:
        _say_failure(error.message, error.hint, session)
        raise typer.Exit(FAILED) from error
    except KeyboardInterrupt as error:
        typer.echo("\nStopped. Whatever was not finished has left no trace in the store.", err=True)
        raise typer.Exit(STOPPED) from error
    except (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError):
        raise
    except Exception as error:
        _say_failure(*_unexpected(error), session)
        raise typer.Exit(FAILED) from error


def _unexpected(error: Exception) -> tuple[str, str]:
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}.", ""
    message = f"Renown failed in a way it did not expect: {type(error).__name__}: {error}"
    return message, "This is a fault in Renown. Run the same command with --debug, and report what it prints."


def _say_failure(message: str, hint: str, session: Session) -> None:
    if session.debug:
        typer.echo(traceback.format_exc(), err=True)
    typer.echo(f"Error: {message}", err=True)
    if hint:
        typer.echo(hint, err=True)
