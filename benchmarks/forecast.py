"""Forecasts of cascades next to baselines on the same folds: `python -m benchmarks.forecast`.

Median absolute percentage error of the final size, paired bootstrap intervals of its differences, coverage
and width of the 90 % intervals. Every forecast is of a cascade that took no part in fitting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks import forecast_card
from benchmarks.forecast_baselines import Seismic, constant_growth, regression
from benchmarks.forecast_card import HOUR, LEVEL, MOST_MASS, Collection, folds_for, hold_out, look
from renown.errors import TooLittleInputError
from renown.forecast.conformal import conformal_quantile
from renown.forecast.signs import HALF

MOMENTS = {
    "10 min": 600.0, "30 min": 1800.0, "1 h": HOUR, "3 h": 3 * HOUR, "6 h": 6 * HOUR, "12 h": 12 * HOUR,
    "24 h": 24 * HOUR,
}  # fmt: skip
OURS = "Renown"
FREE = "Renown, nothing assumed"
RESAMPLES = 2000


@dataclass(frozen=True)
class Compared:
    """Absolute percentage errors by method, and what the intervals did."""

    errors: dict[str, np.ndarray]
    covered: np.ndarray
    widths: np.ndarray
    """high over low"""

    def median_errors(self) -> dict[str, float]:
        return {name: float(np.median(errors)) for name, errors in self.errors.items()}

    def differences(self, seed: int = 0) -> dict[str, tuple[float, float, float]]:
        """Our median error less each baseline's, and 95 % of paired resamples of the cascades."""
        count = self.errors[OURS].size
        draws = np.random.default_rng(seed).integers(0, count, (RESAMPLES, count))
        ours = np.median(self.errors[OURS][draws], axis=1)
        found = {}
        for name, errors in self.errors.items():
            if name != OURS:
                low, high = np.quantile(ours - np.median(errors[draws], axis=1), [0.025, 0.975])
                middle = float(np.median(self.errors[OURS]) - np.median(errors))
                found[name] = (middle, float(low), float(high))
        return found


def compare(collection: Collection, moment: float, seed: int = 0) -> Compared:
    """Every method on the same folds of a collection, after the same time."""
    seen = look(collection, moment)
    folds = folds_for(collection, seed)
    held = hold_out(collection, seen, moment, folds)
    least = np.log(collection.floor)
    seismic = Seismic(collection.cascades, moment)
    came = np.log(seen.finals + HALF)
    methods = {
        "constant growth": lambda train: constant_growth(seen.count, came, train),
        "regression, least squares": lambda train: regression(seen.count, came, train, is_robust=False),
        "regression, least absolute": lambda train: regression(seen.count, came, train, is_robust=True),
        "SEISMIC, corrected": lambda train: seismic.fitted(came, train),
        "SEISMIC, plain": lambda train: seismic.finals(1.0, 1.0),
        "regression, told the least size": lambda train: np.maximum(
            regression(seen.count, came, train, is_robust=True), least
        ),
        "SEISMIC, told the least size": lambda train: seismic.fitted(came, train, least),
    }
    foretold = {name: np.zeros(seen.count.size) for name in methods}
    for fold in folds:
        train = np.setdiff1d(np.arange(seen.count.size), fold)
        for name, method in methods.items():
            foretold[name][fold] = method(train)[fold]
    is_counted = seen.finals > 0  # an empty cascade has no percentage
    sizes = {name: np.exp(values) - HALF for name, values in foretold.items()}
    errors = {
        name: np.abs(found[is_counted] / seen.finals[is_counted] - 1)
        for name, found in {OURS: held.medians, FREE: held.free_medians, **sizes}.items()
    }
    mass = np.array(list(_masses(held.surprise)))
    low, high = held.growths.interval(mass)
    widths = (seen.sizes(high) + HALF) / (np.maximum(seen.sizes(low), 0) + HALF)
    return Compared(errors, (low <= seen.came) & (seen.came <= high), widths)


def _masses(surprise: np.ndarray) -> Iterator[float]:
    """For each cascade, the mass that the others ask for: it is not calibrated on itself."""
    for place in range(surprise.size):
        try:
            yield min(conformal_quantile(np.delete(surprise, place), LEVEL), MOST_MASS)
        except TooLittleInputError:
            yield MOST_MASS


def main() -> None:
    for collection in (forecast_card.tideh(), forecast_card.trees()):
        print(f"\n{collection.says}: {len(collection.cascades):,} cascades\n")
        found = {name: compare(collection, moment) for name, moment in MOMENTS.items()}
        names = list(found["1 h"].errors)
        print("| method | " + " | ".join(found) + " |\n| --- |" + " --- |" * len(found))
        for name in names:
            cells = [f"{compared.median_errors()[name]:.3f}" for compared in found.values()]
            print(f"| {name} | " + " | ".join(cells) + " |")
        print("| coverage of 90 % | " + " | ".join(f"{c.covered.mean():.3f}" for c in found.values()) + " |")
        print("| width, high over low | "
              + " | ".join(f"{np.median(c.widths):.2f}" for c in found.values()) + " |")  # fmt: skip
        print("\nafter 1 h, our median error less the baseline's [95 %]")
        for name, (middle, low, high) in found["1 h"].differences().items():
            print(f"  {name}: {middle:+.3f} [{low:+.3f}, {high:+.3f}]")


if __name__ == "__main__":
    main()
