"""By what the laboratory measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from renown.definitions import Definition
from renown.evaluate.attacks.defence import Defence
from renown.evaluate.attacks.prices import Prices, load_prices

ORDINARY: Final = 50.0
"""An ordinary actor is drawn from the tenth of all scores around this percentile."""

LOOKS_HOURS: Final = (1.0, 6.0, 24.0, 48.0, 72.0, 120.0, 168.0, 336.0, 720.0)
"""How long after the first act the detection of an attack is looked for."""

MOST_TARGETS: Final = 5
"""Attacks that are small beside the background are played on so many targets; their figures are means."""


@dataclass(frozen=True, kw_only=True)
class LabTerms:
    """By what the laboratory measures."""

    seed: int = 1
    definition: Definition | None = None
    prices: Prices = field(default_factory=load_prices)
    defence: Defence | None = None
    not_genuine: Sequence[str] = ()
    """ids of actors known not to be genuine (a town knows): no targets, no members, no losses"""
    attacks: Sequence[str] = ()
    """names or families out of the catalogue; empty: all"""
    percentile: float = ORDINARY
    """around which of all scores ordinary targets are drawn"""
    looks_hours: tuple[float, ...] = LOOKS_HOURS
    folder: Path | None = None
    """where copies are made for as long as they are needed; best on the store's own disk"""
    most_targets: int = MOST_TARGETS
