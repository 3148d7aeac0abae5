"""Make the cascade card from the collections beside the repository: `python -m benchmarks.forecast_card`.

Two collections, two models of one form (src/renown/forecast/signs.py): cascades with audience sizes that all
ended above 2,000 (TiDeH), and trees of which nearly all ended above 90 (Twitter15). The form is fitted by
maximum likelihood of a logistic spread that is cut off where a cascade could not have been in the collection,
with ridge on the slopes. Intervals are conformal on held-out cascades, the decision about the floor included.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from scipy.optimize import minimize
from scipy.special import log_expit

from renown.forecast.card import CardRow, CascadeCard, CascadeModel, Form
from renown.forecast.cascade import Cascade, build_cascade, parse_cascade
from renown.forecast.conformal import conformal_quantile
from renown.forecast.growth import Growth
from renown.forecast.signs import HALF, LEAST, Expected, read_signs

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data" / "cascades"
SHIPPED = ROOT / "src" / "renown" / "forecast" / "shipped" / "cascade-1.toml"
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
HORIZON = 7 * DAY
OBSERVED = (
    5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY,
)  # fmt: skip
LEVEL = 0.9
RIDGE = 10.0
PRIOR_SLOPE = 0.3
PRIOR_LATE = 0.7
MOST_SLOPES = 0.95
LEAST_SPREAD = 0.01
MOST_MASS = 0.9995
_EDGE = re.compile(r"\['([^']*)', '([^']*)', '([^']*)'\]->\['([^']*)', '([^']*)', '([^']*)'\]")


@dataclass(frozen=True)
class Collection:
    """Cascades, and the rule by which small ones are missing."""

    name: str
    form: Form
    says: str
    floor: int
    least_probability: float
    cascades: tuple[Cascade, ...]

    @property
    def finals(self) -> np.ndarray:
        return np.array([cascade.count_until(HORIZON) for cascade in self.cascades], float)


@cache
def tideh() -> Collection:
    """Retweet cascades with followers (Zhao et al. 2015, as published with TiDeH)."""
    with tarfile.open(SHARED / "tideh.tar.gz") as archive:
        members = sorted((m for m in archive.getmembers() if m.isfile()), key=lambda m: m.name)
        texts = [archive.extractfile(member).read().decode() for member in members]
    says = "Twitter, 2011, cascades that all ended above 2,000 retweets (Zhao et al. 2015; TiDeH)"
    return Collection("audience", "size", says, 2000, 0.001, tuple(parse_cascade(text) for text in texts))


@cache
def trees() -> Collection:
    """Retweet trees without followers (Twitter15; Ma, Gao, Wong 2017)."""
    with tarfile.open(SHARED / "trees.tar.gz") as archive:
        members = sorted(
            (m for m in archive.getmembers() if m.isfile() and "/tree/" in m.name), key=lambda m: m.name
        )
        texts = [archive.extractfile(member).read().decode() for member in members]
    says = "Twitter, 2015, stories that nearly all ended above 90 retweets (Twitter15; Ma et al. 2017)"
    return Collection("times", "coming", says, 90, 0.05, tuple(build_tree(text) for text in texts))


def build_tree(text: str) -> Cascade:
    """A tree as a cascade: each retweet once, at its earliest; no delays below 0; in seconds."""
    first: dict[tuple[str, str], float] = {}
    root = None
    for line in text.splitlines():
        found = _EDGE.match(line)
        if found is None:
            continue
        giver, _, _, person, tweet, minutes = found.groups()
        if giver == "ROOT":
            root = (person, tweet)
        elif (person, tweet) != root and float(minutes) >= 0:
            seconds = float(minutes) * MINUTE
            first[person, tweet] = min(first.get((person, tweet), seconds), seconds)
    return build_cascade([0.0, *first.values()])


@dataclass(frozen=True)
class Seen:
    """A collection as it looked after some time, in arrays (src/renown/forecast/signs.py says what of)."""

    count: np.ndarray
    offset: np.ndarray
    """taken from the final size before its logarithm: 0, or the reactions so far"""
    base: np.ndarray
    marks: np.ndarray
    came: np.ndarray
    floor: np.ndarray
    """lowest value that the collection could hold"""
    certain: np.ndarray
    """lowest value at all"""
    finals: np.ndarray
    is_kept: np.ndarray

    def at(self, rows: np.ndarray) -> Seen:
        return Seen(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def sizes(self, values: np.ndarray) -> np.ndarray:
        """Final sizes that values of the distribution stand for."""
        return self.offset + np.exp(values) - HALF


def look(collection: Collection, observed: float) -> Seen:
    """The signs of every cascade after a time, and what became of it."""
    signs = [read_signs(cascade, observed) for cascade in collection.cascades]
    count, so_far = np.array([sign.count for sign in signs]), np.array([float(sign.so_far) for sign in signs])
    finals, floor = collection.finals, collection.floor
    if collection.form == "coming":
        offset, base = so_far, np.zeros(so_far.size)
        marks = np.array([[sign.late for sign in signs]]).T
        lowest, certain = np.maximum(floor - so_far, 0) + LEAST, np.full(so_far.size, LEAST)
    else:
        offset, base = np.zeros(so_far.size), count
        marks = np.array([[sign.recent, sign.awaited] for sign in signs]) - count[:, None]
        lowest, certain = np.maximum(so_far, floor), np.maximum(so_far, LEAST)
    return Seen(
        count, offset, base, marks, np.log(finals - offset + HALF), np.log(lowest), np.log(certain), finals,
        finals >= floor,
    )  # fmt: skip


def fit(seen: Seen, observed: float) -> CardRow:
    """Growth, slopes and spread of largest likelihood, given that each cascade could be in the collection."""
    kept = seen.at(np.flatnonzero(seen.is_kept))
    usual = np.median(kept.marks, axis=0)
    marks = kept.marks - usual
    prior = np.array([PRIOR_SLOPE, PRIOR_SLOPE]) if marks.shape[1] > 1 else np.array([PRIOR_LATE])
    grown = kept.came - kept.base
    start = np.array([np.median(grown), *prior, np.log(np.std(grown) / 2)])

    def loss(numbers: np.ndarray) -> float:
        growth, slopes, spread = numbers[0], numbers[1:-1], np.exp(numbers[-1])
        center = kept.base + growth + marks @ slopes
        far, cut = (kept.came - center) / spread, (kept.floor - center) / spread
        likelihood = log_expit(far) + log_expit(-far) - numbers[-1] - log_expit(-cut)
        return float(-likelihood.sum() + RIDGE / 2 * ((slopes - prior) ** 2).sum())

    found = minimize(
        loss, start, method="SLSQP",
        bounds=[(-5, 15), *[(0, MOST_SLOPES)] * prior.size, (np.log(LEAST_SPREAD), 1)],
        constraints=[{"type": "ineq", "fun": lambda numbers: MOST_SLOPES - numbers[1:-1].sum()}],
        options={"maxiter": 500},
    ).x  # fmt: skip
    slopes, medians = [*found[1:-1], 0.0][:2], [*usual, 0.0][:2]
    return CardRow(
        observed_seconds=observed,
        growth=float(found[0]),
        recent_slope=float(slopes[0]),
        audience_slope=float(slopes[1]),
        recent_usual=float(medians[0]),
        audience_usual=float(medians[1]),
        spread=float(np.exp(found[-1])),
        mass=LEVEL,
        growth_median=float(np.median(np.log(seen.finals + HALF) - seen.count)),
    )


def outlook(row: CardRow, seen: Seen, collection: Collection) -> Growth:
    """The distribution that the command would use: with the floor, unless the signs speak against it."""
    some = seen.marks.shape[1]
    slopes = np.array([row.recent_slope, row.audience_slope])[:some]
    usual = np.array([row.recent_usual, row.audience_usual])[:some]
    center = seen.base + row.growth + (seen.marks - usual) @ slopes
    free = Growth(center, np.full(center.size, row.spread), seen.certain)
    wanted = np.log(np.maximum(collection.floor - seen.offset, LEAST))
    is_assumed = free.exceeding(wanted) >= collection.least_probability
    return Growth(free.center, free.spread, np.where(is_assumed, seen.floor, seen.certain))


@dataclass(frozen=True)
class HeldOut:
    """What was foretold of each cascade by a fit that had not seen it."""

    medians: np.ndarray
    """final sizes"""
    surprise: np.ndarray
    growths: Growth
    free_medians: np.ndarray
    """the same with no floor assumed"""


def hold_out(collection: Collection, seen: Seen, observed: float, folds: Sequence[np.ndarray]) -> HeldOut:
    """Forecasts of each fold by a fit of the others."""
    everybody = np.arange(seen.count.size)
    center, spread, floor = (np.zeros(everybody.size) for _ in range(3))
    for fold in folds:
        row = fit(seen.at(np.setdiff1d(everybody, fold)), observed)
        growth = outlook(row, seen.at(fold), collection)
        center[fold], spread[fold], floor[fold] = growth
    growths = Growth(center, spread, floor)
    is_assumed = floor > seen.certain
    medians = np.array([
        Expected(
            Growth(center[place], spread[place], floor[place]), int(seen.offset[place])
        ).median(collection.floor if is_assumed[place] else 0)
        for place in everybody
    ])  # fmt: skip
    free = seen.sizes(Growth(center, spread, seen.certain).quantile(0.5))
    return HeldOut(medians, growths.surprise(seen.came), growths, free)


def folds_of(count: int, folds: int, seed: int = 0) -> list[np.ndarray]:
    """Indices dealt into folds; as many folds as cascades: leave one out."""
    order = np.arange(count) if folds >= count else np.random.default_rng(seed).permutation(count)
    return np.array_split(order, min(folds, count))


def folds_for(collection: Collection, seed: int = 0) -> list[np.ndarray]:
    """Leave one out of the few, ten folds of the many."""
    count = len(collection.cascades)
    return folds_of(count, count if count < 200 else 10, seed)


def fit_model(collection: Collection, observed: Sequence[float] = OBSERVED) -> CascadeModel:
    """The model of a collection: fitted on all of it, its intervals calibrated on what was held out."""
    rows = []
    for seconds in observed:
        seen = look(collection, seconds)
        held = hold_out(collection, seen, seconds, folds_for(collection))
        mass = min(conformal_quantile(held.surprise, LEVEL), MOST_MASS)
        rows.append(msgspec.structs.replace(fit(seen, seconds), mass=mass))
    return CascadeModel(
        name=collection.name,
        form=collection.form,
        collection=collection.says,
        cascades_count=len(collection.cascades),
        floor=collection.floor,
        floor_least_probability=collection.least_probability,
        rows=rows,
    )


def make_card(fit_one: Callable[[Collection], CascadeModel] = fit_model) -> CascadeCard:
    """The card of both collections."""
    return CascadeCard(
        name="cascade-1", level=LEVEL, horizon_seconds=HORIZON,
        audience=fit_one(tideh()), times=fit_one(trees()),
    )  # fmt: skip


def as_toml(card: CascadeCard) -> str:
    """The card as the file that ships, four decimals a number."""
    lines = [
        "# Made by `python -m benchmarks.forecast_card`; what it means: docs/concepts/forecast.md.",
        f'name = "{card.name}"',
        f"level = {card.level!r}",
        f"horizon_seconds = {card.horizon_seconds!r}",
    ]
    for model in (card.audience, card.times):
        lines += ["", f"[{model.name}]"]
        for field in ("name", "form", "collection"):
            lines.append(f'{field} = "{getattr(model, field)}"')
        for field in ("cascades_count", "floor", "floor_least_probability"):
            lines.append(f"{field} = {getattr(model, field)}")
        for row in model.rows:
            lines += ["", f"[[{model.name}.rows]]"]
            lines += [f"{field} = {round(getattr(row, field), 4)}" for field in CardRow.__struct_fields__]
    return "\n".join(lines) + "\n"


def main() -> None:
    SHIPPED.write_text(as_toml(make_card()), encoding="utf8")
    print(f"{SHIPPED.relative_to(ROOT)}  {SHIPPED.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
