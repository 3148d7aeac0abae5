"""The `renown` command."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from importlib.abc import MetaPathFinder
from typing import Annotated, Final

import typer
from typer.core import TyperGroup

from renown.cli import (
    actors,
    attack_lab,
    audit,
    causal,
    definitions,
    evaluate,
    export,
    fit,
    forecast,
    harvests,
    import_bluesky,
    import_fediverse,
    import_files,
    import_mapped,
    import_web,
    imports,
    judge,
    report,
    scores,
    store,
    town,
    trust,
    webmention,
)
from renown.cli.command import STOPPED, group

JOINED: Final = (import_bluesky, import_fediverse, import_files, import_mapped, import_web)
"""Modules whose commands join `renown import` and `renown follow`."""


class _InOrder(TyperGroup):
    """Commands in the order in which a person comes to need them."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Names of all commands, as help shows them."""
        return sorted(self.commands, key=_ORDER.index)


_ORDER: Final = (
    "demo",
    "import",
    "follow",
    "webmention",
    "score",
    "top",
    "show",
    "explain",
    "reactions",
    "changes",
    "compare",
    "history",
    "runs",
    "export",
    "report",
    "audit",
    "causal",
    "evaluate",
    "forecast",
    "attack-lab",
    "judge",
    "fit",
    "preview",
    "simulate",
    "definitions",
    "trust",
    "store",
)

app = group(
    "Measure online influence from who responded to whom; open every number down to single reactions.",
    add_completion=True,
    cls=_InOrder,
)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        import renown

        typer.echo(f"renown {renown.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    pass


scores.add_commands(app)
actors.add_commands(app)
export.add_commands(app)
fit.add_commands(app)
report.add_commands(app)
attack_lab.add_commands(app)
audit.add_commands(app)
causal.add_commands(app)
town.add_commands(app)
app.add_typer(imports.app, name="import")
app.add_typer(harvests.app, name="follow")
app.add_typer(webmention.app, name="webmention")
app.add_typer(judge.app, name="judge")
app.add_typer(store.app, name="store")
app.add_typer(definitions.app, name="definitions")
app.add_typer(trust.app, name="trust")
app.add_typer(forecast.app, name="forecast")
app.add_typer(evaluate.app, name="evaluate")


class _WithoutPandas(MetaPathFinder):
    """Says that pandas is not installed: Arrow loads it only to ask whether a value is one of its own."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Find nothing, and pandas not even where it is installed."""
        if fullname == "pandas":
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def _start_quickly() -> None:
    """Do without what costs a short command more than it gives.

    No command multiplies dense matrices, so the libraries' idle threads would only spin; and the many lasting
    objects that imports make need no search for cycles.
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    sys.meta_path.insert(0, _WithoutPandas())
    gc.set_threshold(200_000, 50, 50)


def run() -> None:
    """Entry point of the installed command."""
    if not sys.warnoptions:
        # What libraries say to programmers is no use to whoever types a command.
        warnings.simplefilter("ignore")
    _start_quickly()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(STOPPED)
