"""The account scorecard: points for each term.

One point doubles the odds that an account is automated. The numbers are made by `benchmarks/account_card.py`.
"""

from __future__ import annotations

import math
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from renown.errors import DefinitionError
from renown.trust.accounts_terms import TERM_BY_CODE, Term

if TYPE_CHECKING:
    from renown.trust.accounts_columns import FloatArray

SHIPPED_CARD: Final = "accounts-1"


class CardLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One term: points at each knot, straight in between, level beyond; a typical account has `usual`."""

    code: str
    group: str
    knots: list[float]
    points: list[float]
    usual: float

    @property
    def term(self) -> Term:
        """What the line measures."""
        return TERM_BY_CODE[self.code]

    def points_of(self, scored: FloatArray) -> FloatArray:
        """Points by the measure; NaN where it is missing."""
        knots = np.asarray(self.knots)
        values = scored
        if self.term.scale == "log":
            knots = np.log(knots)
            values = np.log(np.maximum(scored, 1e-12))
        return np.where(np.isnan(scored), np.nan, np.interp(values, knots, self.points))


class AccountCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every number that decides an automated_probability.

    Formula:
        log2 odds = base_points + sum over known terms of (points - usual)
    A term that is not known adds nothing, which is what a typical account has.
    """

    name: str
    fit_base_rate: float
    base_points: float
    lines: list[CardLine]

    def lines_of(self, group: str) -> list[CardLine]:
        """Lines of one group: core, tools or stated."""
        return [line for line in self.lines if line.group == group]


def parse_account_card(text: str, where: str = "account card") -> AccountCard:
    """Read a scorecard from TOML, and check that every term keeps its stated direction.

    Raises:   DefinitionError: not TOML, a field missing, or points that fall where they must rise.
    """
    try:
        card = msgspec.toml.decode(text, type=AccountCard)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise DefinitionError(f"{where}: {error}") from error
    for line in card.lines:
        _check_line(line, where)
    return card


def _check_line(line: CardLine, where: str) -> None:
    if line.code not in TERM_BY_CODE:
        raise DefinitionError(
            f"{where}: there is no term {line.code!r}.", hint=f"Terms: {', '.join(TERM_BY_CODE)}."
        )
    sign = 1 if line.term.direction == "more" else -1
    steps = np.diff(line.points) * sign
    if len(line.knots) != len(line.points) or len(line.knots) < 2 or (np.diff(line.knots) <= 0).any():
        raise DefinitionError(f"{where}: {line.code} needs rising knots, and points for each of them.")
    if not all(map(math.isfinite, line.points)) or (steps < 0).any():
        raise DefinitionError(
            f"{where}: {line.code} must go one way only: {line.term.direction} is more points."
        )


@cache
def load_account_card() -> AccountCard:
    """The scorecard that comes with Renown.

    Example:
        >>> load_account_card().name
        'accounts-1'
    """
    path = resources.files("renown.trust") / "shipped" / f"{SHIPPED_CARD}.toml"
    return parse_account_card(path.read_text(encoding="utf8"), SHIPPED_CARD)
