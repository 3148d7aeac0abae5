"""What every page is made of: one HTML file that opens offline, and charts in it with their words and tables.

A chart is an inline drawing in two widths that follows the reader's light or dark mode, with its text
alternative and its table one click away. The same content gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from renown.charts import theme
from renown.charts.chart import Chart, Format
from renown.charts.render import page_svg
from renown.charts.text import clean
from renown.charts.words import day_words, iso, of_hundred
from renown.errors import RenownError

if TYPE_CHECKING:
    from jinja2 import Environment

Draw = Callable[[int], Chart]
"""Draws one chart at a width."""

SCRIPT = (
    "for(const t of document.querySelectorAll('time'))"
    "t.textContent=new Date(t.dateTime).toLocaleDateString(undefined,"
    "{day:'numeric',month:'long',year:'numeric',timeZone:'UTC'});"
)
"""Dates in the reader's own way of writing them; without scripts they stay as they are."""


@dataclass(frozen=True, kw_only=True)
class PageFigure:
    """One chart as the page shows it."""

    id: str
    chart: Chart
    wide: str
    narrow: str
    heads: Sequence[tuple[str, bool]]
    cells: Sequence[Sequence[tuple[str, bool]]]


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A stretch of a plain page: heading, facts, sentences and figures, each optional but the heading."""

    heading: str
    facts: Sequence[tuple[str, str]] = ()
    sentences: Sequence[str] = ()
    figures: Sequence[Draw] = ()


@dataclass(frozen=True, kw_only=True)
class PlainPage:
    """A page of passages under a title; `notice` says what it is and is not for."""

    title: str
    subtitle: str
    notice: str
    passages: Sequence[Passage]


def build_page(page: PlainPage) -> str:
    """The page as one HTML document; every word of it is escaped."""
    passages = [
        {
            "id": f"part-{place}",
            "heading": clean(passage.heading),
            "facts": passage.facts,
            "sentences": passage.sentences,
            "figures": [
                figure_of(f"part-{place}-{number}", draw)
                for number, draw in enumerate(passage.figures, start=1)
            ],
        }
        for place, passage in enumerate(page.passages, start=1)
    ]
    template = page_environment().get_template("page.html.j2")
    return template.render(page=page, passages=passages, style=page_style())


def write_page(html: str, path: str | os.PathLike[str]) -> Path:
    """Write a page to a file, all of it or nothing; an older one there is replaced.

    Raises:   RenownError: the file cannot be written.
    """
    target = Path(path)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(html, encoding="utf8", newline="\n")
        unfinished.replace(target)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise RenownError(
            f"The page cannot be written to {target}: {error.strerror or error}.",
            hint="Name a file in a folder that you may write to.",
        ) from error
    return target


def script_hash() -> str:
    """What the page's content security policy calls the script."""
    return base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()


def page_environment() -> Environment:
    """Templates of this room: everything escaped, nothing undefined."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("renown.charts", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"clean": clean, "day": day_words, "iso": iso, "count": _count}
    return environment


def page_style() -> str:
    """The style of every page."""
    variables = {mode: theme.page_variables(mode) for mode in theme.MODES}
    sheet = (resources.files("renown.charts") / "report.css").read_text(encoding="utf8")
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{variables['dark']}}}}}"
    return f":root{{{variables['light']}}}\n{dark}\nbody{{font-family:{theme.FONT_STACK}}}\n{sheet}"


def figure_of(identifier: str, draw: Draw) -> PageFigure:
    """A chart in both widths, and its table as text."""
    wide, narrow = draw(theme.WIDE), draw(theme.NARROW)
    return PageFigure(
        id=identifier,
        chart=wide,
        wide=page_svg(wide, prefix=f"{identifier}-wide"),
        narrow=page_svg(narrow, prefix=f"{identifier}-narrow"),
        heads=[(column.label, _is_figure(column.format)) for column in wide.columns],
        cells=cells_of(wide),
    )


def cells_of(chart: Chart) -> list[list[tuple[str, bool]]]:
    """The table of a chart as text, and of each cell whether it is a figure."""
    return [
        [(_cell(row.get(column.key), column.format), _is_figure(column.format)) for column in chart.columns]
        for row in chart.rows
    ]


def _is_figure(form: Format) -> bool:
    return form not in ("text", "id")


def _cell(value: object, form: Format) -> str:
    if value is None:
        return "not known"
    if isinstance(value, str) or not isinstance(value, int | float):
        return clean(value)
    written = {
        "score": f"{value:.1f}",
        "points": f"{value:.1f}",
        "amount": f"{value:,.2f}",
        "share": of_hundred(value),
        "count": f"{value:,.0f}",
        "figure": f"{value:.3f}",
    }
    return written.get(form, str(value)).replace("-", "−")


def _count(value: int) -> str:
    return f"{value:,}"
