"""The final size of a cascade from its first reactions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from renown.errors import InputError
from renown.forecast.card import CascadeCard, CascadeModel, load_cascade_card
from renown.forecast.records import CascadeForecast, SizeForecast, SizePoint
from renown.forecast.signs import HALF, Expected, Signs, expected_size, read_signs

if TYPE_CHECKING:
    from renown.forecast.card import CardRow
    from renown.forecast.cascade import Cascade

ModelName = Literal["audience", "times"]

_PATH_POINTS: Final = 12


def forecast_cascade(
    cascade: Cascade,
    observed_seconds: float,
    *,
    horizon_seconds: float | None = None,
    model: ModelName | None = None,
    least_size: int | None = None,
    card: CascadeCard | None = None,
) -> CascadeForecast:
    """How many reactions a cascade will have in the end, from those of its first `observed_seconds`.

    Formula:  log(size + 1/2) is logistic around log(reactions so far) + growth + what recent reactions and
              the audience still to come say, above what is certain; expected_size is its median, the
              interval 90 % conformal (docs/concepts/forecast.md).
    Args:     cascade: what came later than `observed_seconds` is not looked at.
              horizon_seconds: when the cascade is counted; default 7 days after the root, the only horizon
              whose intervals were calibrated; earlier ones are scaled by the usual course.
              model: audience needs audience sizes; default: it where they are known, else times.
              least_size: the final size is known to reach this, 0: nothing is known of it. Default: the limit
              of the model's collection, unless the signs make that improbable.
    Raises:   InputError: observed too briefly or past the horizon, a model without what it needs.
    Cost:     one pass over the reactions.
    Source:   Szabo, Huberman (2010); Zhao et al. (2015); Kobayashi, Lambiotte (2016).
    Example:
        >>> from renown.forecast import build_cascade
        >>> early = build_cascade([0.0, *(30.0 * n for n in range(1, 101))])
        >>> found = forecast_cascade(early, 3600, least_size=0)
        >>> found.size_so_far, 100 < found.size_low <= found.expected_size < found.size_high
        (100, True)
    """
    used = card or load_cascade_card()
    chosen = _model(used, cascade, model)
    known = cascade if chosen is used.audience else type(cascade)(cascade.seconds)
    horizon = used.horizon_seconds if horizon_seconds is None else horizon_seconds
    _check_times(observed_seconds, horizon, used, chosen)
    signs = read_signs(known, observed_seconds)
    outlook = _Outlook(used, chosen, signs, observed_seconds)
    assumed, probability = outlook.floor(least_size)
    found = outlook.sizes(horizon, assumed)
    path = [
        SizePoint(seconds, **vars(outlook.sizes(seconds, assumed)))
        for seconds in np.geomspace(observed_seconds, horizon, _PATH_POINTS)[1:].tolist()
    ]
    so_far = cascade.count_until(observed_seconds)
    return CascadeForecast(
        **vars(found),
        level=used.level,
        size_so_far=so_far,
        observed_seconds=observed_seconds,
        horizon_seconds=horizon,
        model=chosen.name,
        collection=chosen.collection,
        cascades_count=chosen.cascades_count,
        assumed_least_size=assumed or None,
        least_size_probability=probability,
        without_assumption=outlook.sizes(horizon, 0) if assumed else None,
        path=tuple(path),
        rests_on=_rests_on(known, chosen, observed_seconds, assumed),
    )


@dataclass(frozen=True)
class _Outlook:
    """A model looking at the signs of one cascade."""

    card: CascadeCard
    model: CascadeModel
    signs: Signs
    observed_seconds: float

    @property
    def row(self) -> CardRow:
        """The line of the model for the time that was observed, or for the last that it knows."""
        return self.model.at(min(self.observed_seconds, self.model.last))

    def expected(self, floor: int) -> Expected:
        """The final size that the model expects, at least `floor`."""
        return expected_size(self.signs, self.row, form=self.model.form, floor=floor)

    def floor(self, least_size: int | None) -> tuple[int, float | None]:
        """The least final size to assume, and how likely it was before it was assumed."""
        wanted = self.model.floor if least_size is None else least_size
        if wanted <= 0:
            return 0, None
        likely = self.expected(0).exceeding(wanted)
        is_assumed = least_size is not None or likely >= self.model.floor_least_probability
        return (wanted if is_assumed else 0), likely

    def sizes(self, horizon_seconds: float, floor: int) -> SizeForecast:
        """Median and interval at a horizon, as whole reactions."""
        expected = self.expected(floor)
        low, high = (expected.size(float(end)) for end in expected.growth.interval(self.row.mass))
        middle = expected.median(floor)
        # Before the card's horizon a floor says nothing; at it, what is assumed holds exactly.
        least = max(self.signs.so_far, floor if horizon_seconds >= self.card.horizon_seconds else 0)
        share = self._share_until(horizon_seconds)
        size = max(least, round(self._by_then(middle, share)))
        return SizeForecast(
            expected_size=size,
            size_low=min(size, max(least, math.floor(self._by_then(low, share)))),
            size_high=max(size, math.ceil(self._by_then(high, share) - 1e-9)),
        )

    def _by_then(self, size: float, share: float) -> float:
        """The size when a share of the growth to a final size has come."""
        final = math.log(max(size, 0) + HALF)
        return math.exp(self.signs.count + share * (final - self.signs.count)) - HALF

    def _share_until(self, horizon_seconds: float) -> float:
        """Share of the growth still to come, in logarithms, that comes before a horizon."""
        past_last = min(1.0, self._left(self.observed_seconds) / self._left(self.model.last))
        left_now = self._usual_left(self.observed_seconds)
        left_then = self._usual_left(horizon_seconds)
        return past_last * (1 - left_then / left_now if left_now > 0 else 1.0)

    def _left(self, seconds: float) -> float:
        return max(math.log(self.card.horizon_seconds / seconds), 0.0)

    def _usual_left(self, seconds: float) -> float:
        """Usual growth from a moment to the card's horizon, in logarithms."""
        if seconds <= self.model.last:
            return self.model.at(max(seconds, self.model.first)).growth_median
        return self.model.rows[-1].growth_median * self._left(seconds) / self._left(self.model.last)


def _model(card: CascadeCard, cascade: Cascade, name: ModelName | None) -> CascadeModel:
    if name == "audience" and cascade.audiences is None:
        raise InputError(
            "The model with audience sizes needs the followers of the root and of each reaction.",
            hint="Give them as the second column, or ask for the model times.",
        )
    if name == "times" or (name is None and cascade.audiences is None):
        return card.times
    return card.audience


def _check_times(observed: float, horizon: float, card: CascadeCard, model: CascadeModel) -> None:
    if not (math.isfinite(observed) and observed >= model.first):
        raise InputError(
            f"{observed:g} seconds are too few to forecast from.",
            hint=f"Forecasts were calibrated from {model.first:g} seconds after the root on.",
        )
    if not (math.isfinite(horizon) and observed < horizon <= card.horizon_seconds):
        raise InputError(
            f"The horizon must lie after the {observed:g} seconds observed and within"
            f" {card.horizon_seconds:g} seconds (7 days): {horizon:g} does not.",
            hint="Nothing was calibrated beyond 7 days.",
        )


def _rests_on(cascade: Cascade, model: CascadeModel, observed: float, assumed: int) -> tuple[str, ...]:
    count = cascade.count_until(observed)
    recent = count - cascade.count_until(observed * 2 / 3)
    lines = [
        f"{count:,} reactions in {observed:g} seconds, {recent:,} of them in the last third of that time"
    ]
    if cascade.audiences is not None:
        total = float(cascade.audiences[: count + 1].sum())
        lines.append(
            f"{total:,.0f} followers of the root and of all who reacted, as an audience (an estimate)"
        )
    lines.append(f"what became of {model.cascades_count:,} cascades: {model.collection}")
    if assumed:
        lines.append(f"the assumption that the final size is at least {assumed:,}, as it was of those")
    return tuple(lines)
