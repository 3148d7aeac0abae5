"""The cascade card: every number that decides a forecast from first reactions.

Made by `python -m benchmarks.forecast_card`; what the numbers mean is in docs/concepts/forecast.md.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Final, Literal

import msgspec
import numpy as np

from renown.errors import DefinitionError

SHIPPED_CARD: Final = "cascade-1"

Form = Literal["size", "coming"]
"""What is forecast: the logarithm of the final size, or of the reactions still to come."""


class CardRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The model at one length of observation."""

    observed_seconds: float
    growth: float
    """for typical signs: log of how many times the reactions grow; form coming: log of those to come"""
    recent_slope: float
    audience_slope: float
    recent_usual: float
    audience_usual: float
    spread: float
    mass: float
    """probability, by the model, of the interval that covered 90 % of the cascades held out"""
    growth_median: float
    """log of the final size over the count at this time, in the collection: only for other horizons"""


class CascadeModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model with what it was made from."""

    name: str
    form: Form
    collection: str
    cascades_count: int
    floor: int
    """final size that (nearly) all cascades of the collection reached, because smaller ones were not kept"""
    floor_least_probability: float
    """the floor is taken to hold unless the signs make it less likely than this"""
    rows: list[CardRow]

    def at(self, observed_seconds: float) -> CardRow:
        """The numbers at any length of observation: straight on a logarithmic scale between the rows.

        Raises:   DefinitionError never; the caller keeps `observed_seconds` within `first` and `last`.
        """
        grid = np.log([row.observed_seconds for row in self.rows])
        values = {
            name: float(np.interp(np.log(observed_seconds), grid, [getattr(row, name) for row in self.rows]))
            for name in CardRow.__struct_fields__
        }
        return CardRow(**{**values, "observed_seconds": observed_seconds})

    @property
    def first(self) -> float:
        """Shortest observation that was calibrated, in seconds."""
        return self.rows[0].observed_seconds

    @property
    def last(self) -> float:
        """Longest."""
        return self.rows[-1].observed_seconds


class CascadeCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The models: one for cascades with audience sizes, one for those with moments only."""

    name: str
    level: float
    horizon_seconds: float
    audience: CascadeModel
    times: CascadeModel


def parse_cascade_card(text: str, where: str = "cascade card") -> CascadeCard:
    """Read a card from TOML, and check what keeps forecasts monotone.

    Raises:   DefinitionError: not TOML, a field missing, slopes that could forecast fewer from more.
    """
    try:
        card = msgspec.toml.decode(text, type=CascadeCard)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise DefinitionError(f"{where}: {error}") from error
    for model in (card.audience, card.times):
        for row in model.rows:
            slopes = (row.recent_slope, row.audience_slope)
            if min(slopes) < 0 or sum(slopes) > 1 or row.spread <= 0 or not 0 < row.mass < 1:
                raise DefinitionError(
                    f"{where}: {model.name} at {row.observed_seconds:g} s could forecast fewer from more.",
                    hint="Slopes: at least 0, at most 1 together; spread above 0; mass between 0 and 1.",
                )
        times = [row.observed_seconds for row in model.rows]
        if not times or times[0] <= 0 or any(one >= two for one, two in pairwise(times)):
            raise DefinitionError(f"{where}: the rows of {model.name} are not in order of time.")
    return card


@cache
def load_cascade_card() -> CascadeCard:
    """The shipped card."""
    path = resources.files("renown.forecast") / "shipped" / f"{SHIPPED_CARD}.toml"
    return parse_cascade_card(path.read_text("utf8"), SHIPPED_CARD)
