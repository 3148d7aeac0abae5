"""A report as one HTML file that opens offline: no script, font, picture or style from anywhere else.

Each chart is an inline drawing in two widths that follows the reader's light or dark mode, with its text
alternative and its table one click away. The same content gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from renown.charts import theme
from renown.charts.changes import changes_sentence, chart_changes
from renown.charts.chart import Chart, Format
from renown.charts.evaluation import chart_evaluation
from renown.charts.history import chart_history
from renown.charts.ledger import chart_ledger, why_sentence
from renown.charts.ranking import chart_top
from renown.charts.records import FeaturedActor, LedgerPart, ReportContent
from renown.charts.render import page_svg
from renown.charts.scores import chart_distribution, chart_score_interval
from renown.charts.sources import chart_sources
from renown.charts.text import clean, fit
from renown.charts.words import counted, day_words, iso, of_hundred, people, rank_band, score_words
from renown.errors import RenownError

if TYPE_CHECKING:
    from jinja2 import Environment

_HANDLE_PIXELS = 300

Draw = Callable[[int], Chart]
"""Draws one chart at a width."""

_SCRIPT = (
    "for(const t of document.querySelectorAll('time'))"
    "t.textContent=new Date(t.dateTime).toLocaleDateString(undefined,"
    "{day:'numeric',month:'long',year:'numeric',timeZone:'UTC'});"
)
"""Dates in the reader's own way of writing them; without scripts they stay as they are."""


@dataclass(frozen=True, kw_only=True)
class _Figure:
    """One chart as the page shows it."""

    id: str
    chart: Chart
    wide: str
    narrow: str
    heads: Sequence[tuple[str, bool]]
    cells: Sequence[Sequence[tuple[str, bool]]]


@dataclass(frozen=True, kw_only=True)
class _Section:
    """One actor as the page shows it."""

    id: str
    handle: str
    figure: str
    facts: Sequence[tuple[str, str]]
    sentences: Sequence[str]
    figures: Sequence[_Figure]


def build_report(content: ReportContent) -> str:
    """The whole report as one HTML document.

    Raises:   TooLittleInputError: there are no scores at all.
    Notes:    deterministic; about 50 ms a chart, once the renderer has started.
    """
    template = _environment().get_template("report.html.j2")
    return template.render(
        content=content,
        scope=content.scope.words(),
        top=_figure("top", lambda width: _top(content, width)),
        sections=[_section(index, actor, content) for index, actor in enumerate(content.actors, start=1)],
        evaluation=_evaluation(content),
        level=of_hundred(content.interval_level),
        style=_style(),
        script=_SCRIPT,
        script_hash=base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode(),
    )


def write_report(content: ReportContent, path: str | os.PathLike[str]) -> Path:
    """Write the report to a file, all of it or nothing; an older report there is replaced.

    Raises:   RenownError: the file cannot be written.  TooLittleInputError: there are no scores at all.
    """
    target = Path(path)
    html = build_report(content)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(html, encoding="utf8", newline="\n")
        unfinished.replace(target)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise RenownError(
            f"The report cannot be written to {target}: {error.strerror or error}.",
            hint="Name a file in a folder that you may write to.",
        ) from error
    return target


def _environment() -> Environment:
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


def _style() -> str:
    variables = {mode: theme.page_variables(mode) for mode in theme.MODES}
    sheet = (resources.files("renown.charts") / "report.css").read_text(encoding="utf8")
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{variables['dark']}}}}}"
    return f":root{{{variables['light']}}}\n{dark}\nbody{{font-family:{theme.FONT_STACK}}}\n{sheet}"


def _top(content: ReportContent, width: int) -> Chart:
    featured = {actor.row.actor_id for actor in content.actors}
    return chart_top(content.top, scope=content.scope, highlighted=featured, width=width)


def _evaluation(content: ReportContent) -> _Figure | None:
    if not content.evaluation:
        return None
    note = clean(content.evaluation_note or "Each measure against what happened afterwards")
    return _figure(
        "evaluation", lambda width: chart_evaluation(content.evaluation, subtitle=note, width=width)
    )


def _section(index: int, actor: FeaturedActor, content: ReportContent) -> _Section:
    row = actor.row
    prefix = f"actor-{index}"
    why = actor.why or why_sentence(actor.ledger)
    changed = actor.what_changed or (changes_sentence(actor.changes) if actor.changes else "")
    drawings = _drawings(actor, content)
    return _Section(
        id=prefix,
        handle=fit(row.handle, _HANDLE_PIXELS, 16, bold=True),
        figure=f"{score_words(row.score)} [{score_words(row.score_low)}–{score_words(row.score_high)}]",
        facts=[
            ("Rank", f"{rank_band(row.rank_low, row.rank_high)} of {len(content.scores):,}"),
            ("Responded", people(row.people_count)),
            ("Interactions", counted(row.interactions_count, "", "").strip()),
            ("Momentum", score_words(row.momentum)),
        ],
        sentences=[clean(sentence) for sentence in (why, changed) if sentence],
        figures=[_figure(f"{prefix}-{place}", draw) for place, draw in enumerate(drawings, start=1)],
    )


def _drawings(actor: FeaturedActor, content: ReportContent) -> Iterator[Draw]:
    """Who and how sure, then why, then what changed."""
    scope, handle = content.scope, actor.row.handle
    yield lambda width: chart_score_interval(actor.row, content.scores, scope=scope, width=width)
    yield lambda width: chart_distribution(actor.row, content.scores, scope=scope, width=width)
    for part in actor.ledger:
        if sum(row.contribution for row in part.rows) > 0:
            yield _ledger_drawing(part, content)
    if actor.sources:
        yield lambda width: chart_sources(actor.sources, handle=handle, scope=scope, width=width)
    if (changes := actor.changes) is not None:
        yield lambda width: chart_changes(changes, scope=scope, width=width)
    if len(actor.history) > 1:
        yield lambda width: chart_history(actor.history, handle=handle, scope=scope, width=width)


def _ledger_drawing(part: LedgerPart, content: ReportContent) -> Draw:
    return lambda width: chart_ledger(part, scope=content.scope, width=width)


def _figure(identifier: str, draw: Draw) -> _Figure:
    wide, narrow = draw(theme.WIDE), draw(theme.NARROW)
    return _Figure(
        id=identifier,
        chart=wide,
        wide=page_svg(wide, prefix=f"{identifier}-wide"),
        narrow=page_svg(narrow, prefix=f"{identifier}-narrow"),
        heads=[(column.label, _is_figure(column.format)) for column in wide.columns],
        cells=[
            [
                (_cell(row.get(column.key), column.format), _is_figure(column.format))
                for column in wide.columns
            ]
            for row in wide.rows
        ],
    )


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
