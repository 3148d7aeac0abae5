"""What a section of a model card is made of, and what stands in the place of a part that is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from renown.charts.attacks import AttackBar
from renown.charts.page import Draw
from renown.charts.text import clean
from renown.charts.words import day_words
from renown.evaluate.model_card_records import ModelCard
from renown.evaluate.records import Evaluation, TruthEvaluation

MOST_LISTED: Final = 12
"""Networks and kinds beyond this many are not listed one by one."""


@dataclass(frozen=True, kw_only=True)
class CardTable:
    """A table that stands beside no chart: labels of columns, and cells as they are shown."""

    caption: str
    heads: Sequence[str]
    """the first column is text, the others figures"""
    cells: Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class CardFigure:
    """A chart of the card, under a name by which a picture of it may be found."""

    name: str
    draw: Draw


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Why something is not there, and what it would need."""

    reason: str
    needed: str


@dataclass(frozen=True, kw_only=True)
class CardSection:
    """One section of a card; everything but the heading may be empty."""

    id: str
    heading: str
    sentences: Sequence[str] = ()
    notes: Sequence[str] = ()
    """how it was measured, for those who ask"""
    facts: Sequence[tuple[str, str]] = ()
    figures: Sequence[CardFigure] = ()
    tables: Sequence[CardTable] = ()
    points: Sequence[tuple[str, str]] = ()
    """a heading and its words each"""
    missing: Sequence[Missing] = ()


@dataclass(frozen=True, kw_only=True)
class AttackStory:
    """An attack report as whoever made it tells it (`renown.api.attack_words`)."""

    bars: Sequence[AttackBar]
    ground: str
    sentences: Sequence[str]
    notes: Sequence[str] = ()


def ground_words(card: ModelCard) -> str:
    """Networks and moment of a card, in a line."""
    names = [clean(one.name) for one in card.fingerprint.networks]
    told = names if len(names) <= MOST_LISTED else [*names[:MOST_LISTED], "others"]
    return f"{', '.join(told)} · up to {day_words(card.as_of)}"


def missing(card: ModelCard, *parts: str) -> list[Missing]:
    """What is not there of some parts of a card."""
    found = [card.why_absent(part) for part in parts]
    return [Missing(reason=one.reason, needed=one.needed) for one in found if one is not None]


def score_of(card: ModelCard, found: Evaluation | TruthEvaluation) -> str:
    """How an evaluation calls the score as the card's run takes it: with trust, or without."""
    scores = list(dict.fromkeys(one.measure for one in found.means if one.is_score))
    return (scores[-1] if card.trust_run_id else scores[0]) if scores else ""
