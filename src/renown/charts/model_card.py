"""A model card as pages: one HTML file that opens offline, one Markdown file to read where it lies.

Both are made of the same sections (`model_card_sections`), so they say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from renown.charts.chart import Chart
from renown.charts.model_card_layout import AttackStory, CardSection, ground_words, score_of
from renown.charts.model_card_sections import card_sections
from renown.charts.model_card_words import percent
from renown.charts.page import (
    SCRIPT,
    PageFigure,
    cells_of,
    figure_of,
    page_environment,
    page_style,
    script_hash,
    write_page,
)
from renown.charts.text import clean
from renown.evaluate.model_card_records import ModelCard
from renown.evaluate.records import Evaluation

if TYPE_CHECKING:
    from markupsafe import Markup

CardForm = Literal["html", "md", "json"]
"""As what a card is written."""

NOTICE: Final = (
    "A model card says how scores were made, how sure they are and where they are wrong. It speaks of one"
    " definition on one store, and of nobody in particular. A score is no judgement of a person and must not"
    " be used for decisions about credit, insurance, housing, employment, admission, benefits or the price of"
    " essential services."
)


@dataclass(frozen=True, kw_only=True)
class Tile:
    """What stands out, as a link to where it is said in full."""

    target: str
    name: str
    figure: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class _Drawn:
    """A section with its charts drawn."""

    content: CardSection
    figures: Sequence[PageFigure]


def build_model_card(card: ModelCard, attacks: AttackStory | None = None) -> str:
    """The card as one HTML document without any outside request.

    Args:     attacks: how the card's attack report is told (`renown.api.report.attack_story`).
    Notes:    the same card gives the same bytes.
    """
    environment = page_environment()
    environment.filters["code"] = _with_code
    template = environment.get_template("model_card.html.j2")
    return template.render(
        card=card,
        ground=ground_words(card),
        notice=NOTICE,
        tiles=list(card_tiles(card)),
        sections=[_drawn(one) for one in card_sections(card, attacks)],
        style=page_style(),
        script=SCRIPT,
        script_hash=script_hash(),
    )


def card_as_markdown(
    card: ModelCard,
    attacks: AttackStory | None = None,
    *,
    pictures: Mapping[str, str] | None = None,
    heading: str = "#",
    title: str = "",
) -> str:
    """The card as Markdown: figures as tables, with the pictures that are named.

    Args:     pictures: of charts by name the address of a picture; none: tables only.
              heading: the mark of the card's own heading, and title what it says, for a card within a page.
    """
    tiles = [
        f"- {_escaped(tile.name)}: **{_escaped(tile.figure)}** {_escaped(tile.sentence)}"
        for tile in card_tiles(card)
    ]
    said = _escaped(clean(title or f"Model card: {card.definition_name}"))
    parts = [f"{heading} {said}", f"{_escaped(ground_words(card))}.", "\n".join(tiles), NOTICE]
    for section in card_sections(card, attacks):
        parts += _section_as_markdown(section, pictures or {}, f"{heading}#")
    return "\n\n".join(part for part in parts if part) + "\n"


def write_model_card(
    card: ModelCard, path: Path, attacks: AttackStory | None = None, *, form: CardForm = "html"
) -> Path:
    """Write the card as HTML, Markdown or JSON, all of it or nothing; returns the path.

    Raises:   RenownError: the file cannot be written.
    """
    import msgspec

    if form == "json":
        return write_page(msgspec.json.format(msgspec.json.encode(card), indent=2).decode() + "\n", path)
    text = card_as_markdown(card, attacks) if form == "md" else build_model_card(card, attacks)
    return write_page(text, path)


def card_figures(card: ModelCard, attacks: AttackStory | None = None, *, width: int) -> dict[str, Chart]:
    """Every chart of the card by its name, for pictures beside a Markdown card."""
    return {
        figure.name: figure.draw(width)
        for section in card_sections(card, attacks)
        for figure in section.figures
    }


def card_tiles(card: ModelCard) -> Iterator[Tile]:
    """What stands out, in four figures at most."""
    level = card.distribution.interval_level
    if card.coverage is not None:
        for row in card.coverage.rows:
            if (row.split_by, row.people, row.level) == ("people", "all", level):
                yield Tile(
                    target="intervals",
                    name="Intervals",
                    figure=percent(row.coverage),
                    sentence=f"of what other people show lies inside; {percent(level, 0)} is claimed",
                )
    if card.prediction is not None:
        yield from _best_of(card.prediction, card)
    if card.attacks is not None:
        shares = sorted(one.kept_share for one in card.attacks.attacks if one.kept_share is not None)
        if shares:
            yield Tile(
                target="attacks",
                name="Attacks",
                figure=percent(shares[len(shares) // 2], 0),
                sentence=f"of its points is kept by the attack in the middle of {len(shares)}, defended",
            )
    groups = card.subgroups
    if groups.compared_count:
        yield Tile(
            target="groups",
            name="Groups",
            figure=f"{groups.flagged_count} of {groups.compared_count}",
            sentence=f"figures of groups differ from the whole; by chance {groups.flagged_by_chance:.1f}",
        )


def _best_of(found: Evaluation, card: ModelCard) -> Iterator[Tile]:
    means = [one for one in found.means if one.metric == "ndcg_100"]
    ours = [one for one in means if one.is_score]
    others = [one for one in means if not one.is_score]
    if ours and others:
        mine = next(one for one in ours if one.measure == score_of(card, found))
        best = max(others, key=lambda one: one.value)
        yield Tile(
            target="prediction",
            name="Prediction",
            figure=f"{mine.value:.3f}",
            sentence=f"NDCG@100 of {clean(mine.measure)}; then {best.value:.3f}, {clean(best.measure)}",
        )


def _with_code(text: str) -> Markup:
    """Text with what stands between backticks set as code."""
    from markupsafe import Markup, escape

    return Markup(_BACKTICKS.sub(r"<code>\1</code>", str(escape(text))))


def _drawn(section: CardSection) -> _Drawn:
    return _Drawn(
        content=section, figures=[figure_of(f"figure-{one.name}", one.draw) for one in section.figures]
    )


def _section_as_markdown(section: CardSection, pictures: Mapping[str, str], heading: str) -> Iterator[str]:
    yield f"{heading} {_escaped(section.heading)}"
    for one in section.missing:
        needed = f" It would need: {_escaped(one.needed.rstrip('.'))}." if one.needed else ""
        yield f"*Not measured: {_escaped(one.reason.rstrip('.'))}.*{needed}"
    yield from map(_escaped, section.sentences)
    if section.facts:
        yield _table([["", ""], *([name, fact] for name, fact in section.facts)])
    for figure in section.figures:
        yield from _figure_as_markdown(figure.draw(760), pictures.get(figure.name))
    for table in section.tables:
        yield f"{_escaped(table.caption)}:"
        yield _table([list(table.heads), *table.cells])
    yield from map(_escaped, section.notes)
    for name, words in section.points:
        yield f"**{_escaped(name)}.** {_escaped(words)}"


def _figure_as_markdown(chart: Chart, picture: str | None) -> Iterator[str]:
    yield f"**{_escaped(chart.title)}.** {_escaped(chart.subtitle)}"
    if picture:
        yield f"![{_escaped(chart.description)}]({picture})"
    heads = [column.label for column in chart.columns]
    yield _table([heads, *([text for text, _ in row] for row in cells_of(chart))])


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a Markdown table, the first of them its head; figures to the right of the first column."""
    line = "| --- |" + " ---: |" * (len(rows[0]) - 1)
    written = ["| " + " | ".join(map(_escaped, row)) + " |" for row in rows]
    return "\n".join([written[0], line, *written[1:]])


_BACKTICKS: Final = re.compile("`([^`]+)`")
_SPECIAL: Final = str.maketrans({letter: f"\\{letter}" for letter in "\\|<>*_[]"})


def _escaped(text: str) -> str:
    """Text that Markdown takes for text: no markup, no cell of a table ended early."""
    return text.translate(_SPECIAL)
