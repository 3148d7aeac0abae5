"""A report as one HTML file that opens offline: no script, font, picture or style from anywhere else.

Each chart is an inline drawing in two widths that follows the reader's light or dark mode, with its text
alternative and its table one click away. The same content gives the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from renown.charts.changes import changes_sentence, chart_changes
from renown.charts.chart import Chart
from renown.charts.evaluation import chart_evaluation
from renown.charts.history import chart_history
from renown.charts.ledger import chart_ledger, why_sentence
from renown.charts.page import (
    SCRIPT,
    Draw,
    PageFigure,
    figure_of,
    page_environment,
    page_style,
    script_hash,
    write_page,
)
from renown.charts.ranking import chart_top
from renown.charts.records import FeaturedActor, LedgerPart, ReportContent
from renown.charts.scores import chart_distribution, chart_score_interval
from renown.charts.sources import chart_sources
from renown.charts.text import clean, fit
from renown.charts.words import counted, of_hundred, people, rank_band, score_words

if TYPE_CHECKING:
    pass

_HANDLE_PIXELS = 300


@dataclass(frozen=True, kw_only=True)
class _Section:
    """One actor as the page shows it."""

    id: str
    handle: str
    figure: str
    facts: Sequence[tuple[str, str]]
    sentences: Sequence[str]
    figures: Sequence[PageFigure]


def build_report(content: ReportContent) -> str:
    """The whole report as one HTML document.

    Raises:   TooLittleInputError: there are no scores at all.
    Notes:    deterministic; about 50 ms a chart, once the renderer has started.
    """
    template = page_environment().get_template("report.html.j2")
    return template.render(
        content=content,
        scope=content.scope.words(),
        top=figure_of("top", lambda width: _top(content, width)),
        sections=[_section(index, actor, content) for index, actor in enumerate(content.actors, start=1)],
        evaluation=_evaluation(content),
        level=of_hundred(content.interval_level),
        style=page_style(),
        script=SCRIPT,
        script_hash=script_hash(),
    )


def write_report(content: ReportContent, path: str | os.PathLike[str]) -> Path:
    """Write the report to a file, all of it or nothing; an older report there is replaced.

    Raises:   RenownError: the file cannot be written.  TooLittleInputError: there are no scores at all.
    """
    return write_page(build_report(content), path)


def _top(content: ReportContent, width: int) -> Chart:
    featured = {actor.row.actor_id for actor in content.actors}
    return chart_top(content.top, scope=content.scope, highlighted=featured, width=width)


def _evaluation(content: ReportContent) -> PageFigure | None:
    if not content.evaluation:
        return None
    note = clean(content.evaluation_note or "Each measure against what happened afterwards")
    return figure_of(
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
        figures=[figure_of(f"{prefix}-{place}", draw) for place, draw in enumerate(drawings, start=1)],
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
