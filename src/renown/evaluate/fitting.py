"""Learn the numbers of a definition from what came next, say how sure each is, and write them down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition, Freshness, load_definition
from renown.errors import DefinitionError, InputError, TooLittleInputError
from renown.evaluate.coverage import LEAST_ACTORS, fit_people, fit_phi, halved
from renown.evaluate.fitting_history import Past, of_network, read_past
from renown.evaluate.fitting_model import (
    EXPONENT,
    FRESHNESS,
    HALF_LIFE,
    PRIOR_PEOPLE,
    SELECTIVITY,
    Problem,
    Solved,
    shape_of,
    solve,
)
from renown.evaluate.fitting_pooling import Pooled, pool
from renown.evaluate.records import INTERVAL_LEVEL, Split, plain
from renown.evaluate.splits import default_splits
from renown.store import TableStore
from renown.trust import latest_trust_run, read_factors
from renown.types import KINDS, Progress, no_progress

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

RESAMPLES: Final = 200
LEAST_RANKED: Final = 50
LEAST_NEW_PEOPLE: Final = 200
DRIFT: Final = 2.0
"""A warning is given where the fastest window brought this many times the new people a day of the slowest."""
MEMORY: Final = 0.5 * np.log(2)
"""Freshness is expected to halve in this share of the stretch that is foretold (`expecting`)."""
EXPECTED_PEOPLE: Final = 20.0
"""People with whom an actor's own freshness is expected to count as much as everybody's."""
_LABELS: Final = (
    *KINDS,
    "half_life_days",
    "selectivity",
    "exponent",
    "freshness_half_life_days",
    "freshness_prior_people",
)


@dataclass(frozen=True, kw_only=True)
class LearnedNumber:
    """One number of a definition: where it started, what it became, how sure that is."""

    number: str
    """a kind (its weight), half_life_days, selectivity, exponent, freshness_half_life_days or
    freshness_prior_people"""
    network: str | None
    """None: of the definition that was written"""
    prior: float
    value: float
    low: float
    high: float
    borrowed_share: float
    """how much of it (in logs) comes from the other networks, 0..1"""


@dataclass(frozen=True)
class FitTerms:
    """Whom a fit listens to, and whose numbers it writes."""

    network: str | None = None
    """write the numbers of this network, the others lending it strength; None: the mean of all"""
    use_trust: bool = True
    """take the discounts of the latest trust run, where there is one"""
    use_freshness: bool = True
    """let an actor count by how lately its people reacted; without, silence changes nobody's place"""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A fitted definition and what stands behind it."""

    definition: Definition
    prior_name: str
    prior_hash: str
    fingerprint: str
    interactions_count: int
    actors_share: float
    """share of the actors that was looked at: 1 up to three million interactions"""
    splits: tuple[Split, ...]
    future_kinds: tuple[str, ...]
    trust_run_id: str | None
    """the trust run whose discounts it took; None: everybody was trusted"""
    interval_level: float
    resamples: int
    spread: float
    """how many times more the new people vary than the forecast says, which the intervals allow for"""
    rounds: int
    is_converged: bool
    numbers: tuple[LearnedNumber, ...]
    networks: tuple[str, ...]
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Everything as lists, dictionaries, numbers and text."""
        return plain(self)

    def write(self, path: Path) -> None:
        """Write the definition as a new file.

        Raises:   InputError: the file is there already; a definition is never overwritten.
        """
        try:
            with path.open("x", encoding="utf8") as file:
                file.write(self.definition.to_toml())
        except FileExistsError as error:
            raise InputError(
                f"{path} is there already, and a definition is never overwritten.",
                hint="Choose another name.",
            ) from error


def fit_definition(
    store: TableStore,
    *,
    prior: Definition | None = None,
    splits: Sequence[Split] | None = None,
    future_kinds: Sequence[str] = (),
    terms: FitTerms | None = None,
    progress: Progress = no_progress,
) -> Fit:
    """Learn kind weights, half-life, selectivity, exponent, freshness and the intervals' numbers.

    Formula:  new people of the next window ~ (e0 + E * freshness)^b, quasi-negative-binomial (`solve`),
              less the distance from the prior.
              Several networks: each is fitted, and pulled towards their mean (`pool`).
              phi, people_shape and people_rate from halves of the people (`check_coverage`).
    Args:     prior: what the fit starts from and is held near; default: renown-1 with every kind alike. One
              without freshness starts with what the stretch to foretell lets expect (`expecting`).
              splits: default `default_splits(store)`.  future_kinds: what counts as the future; none: all.
    Raises:   TooLittleInputError, saying how much is needed.  InputError: an unknown kind or network.
    Cost:     one pass over the store and some 60 over the interactions kept (at most 3 million) a split.
    Source:   docs/concepts/fitting.md.
    """
    store.require()
    terms = terms or FitTerms()
    unknown = sorted(set(future_kinds) - set(KINDS))
    if unknown:
        raise InputError(f"There is no kind {', '.join(unknown)}.", hint=f"Known: {', '.join(KINDS)}.")
    cuts = tuple(splits) if splits is not None else default_splits(store)
    start = prior or with_kinds_alike(load_definition())
    start = expecting(start, cuts) if terms.use_freshness else msgspec.structs.replace(start, freshness=None)
    trust_run = latest_trust_run(store) if terms.use_trust else None
    factors = None if trust_run is None else read_factors(store, trust_run.run_id)
    past = read_past(store, start, cuts, tuple(future_kinds), factors=factors, progress=progress)
    check_enough(past)
    result = _fit_networks(past, start, terms, progress)
    numbers = _definition_of(result.shape, start, result.freshness)
    halves = halved(past, numbers, cuts[-1].test_until, store.person_keys())
    phi = fit_phi(halves)
    shape, rate = fit_people(halves, phi)
    numbers = msgspec.structs.replace(numbers, phi=phi, people_shape=shape, people_rate=rate)
    trust_run_id = None if trust_run is None else trust_run.run_id
    asked = _Asked(prior or load_definition(), tuple(future_kinds), trust_run_id)
    return _fit(past, Problem(past, start).start, asked, result, numbers)


def expecting(prior: Definition, splits: Sequence[Split]) -> Definition:
    """The definition with the freshness to expect where no more is known than how long the futures are.

    Formula:  its half-life = ln 2 / 2 of a future's length: what is fresh is then as old on average as what
              happened within one such length before the cut, from which "as many as last time" foretells.
    Notes:    a definition that has freshness is left as it is.
    Example:
        >>> from datetime import UTC, datetime
        >>> day = Split(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
        >>> round(expecting(load_definition(), [day]).freshness.half_life_days, 3)
        0.347
    """
    if prior.freshness is not None:
        return prior
    days = np.mean([(one.test_until - one.train_until).total_seconds() / 86_400 for one in splits])
    freshness = Freshness(half_life_days=float(MEMORY * days), usual_share=1.0, prior_people=EXPECTED_PEOPLE)
    return msgspec.structs.replace(prior, freshness=freshness)


def with_kinds_alike(definition: Definition) -> Definition:
    """The definition with weight 1 for every kind that it weighs: before anything is known, none is better.

    Example:
        >>> set(with_kinds_alike(load_definition()).weights.values())
        {1.0}
    """
    weights = {kind: float(weight > 0) for kind, weight in definition.weights.items()}
    return msgspec.structs.replace(definition, weights=weights)


def check_enough(past: Past) -> None:
    """Raise where there is too little to learn from.

    Raises:   TooLittleInputError: which window holds too little, and how much is needed.
    """
    for split, new_people, is_ranked in zip(past.splits, past.new_people, past.is_ranked, strict=True):
        ranked, came = int(is_ranked.sum()), int(new_people[is_ranked].sum())
        if ranked < max(LEAST_RANKED, LEAST_ACTORS) or came < LEAST_NEW_PEOPLE:
            raise TooLittleInputError(
                f"Too little to fit: before {split.train_until.isoformat()} {ranked} actors"
                f" received anything, and {came} new people reacted to them"
                f" up to {split.test_until.isoformat()}.",
                hint=f"Every window needs {max(LEAST_RANKED, LEAST_ACTORS)} such actors and"
                f" {LEAST_NEW_PEOPLE} new people: import more, choose fewer splits,"
                " or keep the shipped definition.",
            )
        if new_people[is_ranked].min() == new_people[is_ranked].max():
            raise TooLittleInputError(
                f"All {ranked} actors got equally many new people up to {split.test_until.isoformat()},"
                " so nothing tells them apart.",
                hint="A fit needs actors who differ: import more of the store's time.",
            )


def _fit_networks(past: Past, prior: Definition, terms: FitTerms, progress: Progress) -> _Result:
    progress("fitting", 0, None)
    together = solve(Problem(past, prior), RESAMPLES)
    large = []
    if len(past.networks) > 1:
        for place, name in enumerate(past.networks):
            alone = _alone(past, place)
            if alone is not None:
                large.append((name, solve(Problem(alone, prior), RESAMPLES)))
    if terms.network is not None and terms.network not in past.networks:
        raise InputError(f"There is no network {terms.network}.", hint=f"Known: {', '.join(past.networks)}.")
    pooled = pool(together, large, past.networks)
    shape = pooled.of(terms.network)
    if prior.freshness is None:
        return _Result(together, pooled, shape, None)
    chosen = past if terms.network is None else of_network(past, past.networks.index(terms.network))
    usual_share = chosen.usual_share(shape_of(shape, prior.selectivity_scale))
    freshness = Freshness(
        half_life_days=float(f"{np.exp(shape[FRESHNESS]):.6g}"),
        usual_share=float(f"{usual_share:.6g}"),
        prior_people=float(f"{np.exp(shape[PRIOR_PEOPLE]):.6g}"),
    )
    return _Result(together, pooled, shape, freshness)


@dataclass(frozen=True, eq=False)
class _Result:
    together: Solved
    pooled: Pooled
    shape: FloatArray
    freshness: Freshness | None


def _alone(past: Past, place: int) -> Past | None:
    """The past of one network, or None where it holds too little to be fitted by itself."""
    alone = of_network(past, place)
    alone = replace(alone, network=np.zeros_like(alone.network), networks=(past.networks[place],))
    try:
        check_enough(alone)
    except TooLittleInputError:
        return None
    return alone


def _definition_of(shape: FloatArray, prior: Definition, freshness: Freshness | None) -> Definition:
    """The numbers as a definition that keeps a score's promises: selectivity gives way where it must.

    The like weighs 1 where it is learned against; momentum never fades slower than the score.
    """
    from renown.definitions import parse_definition

    half_life, start = float(np.exp(shape[HALF_LIFE])), np.log(prior.exponent)
    weights = {
        kind: float(f"{np.exp(shape[place]):.6g}")
        for place, kind in enumerate(KINDS)
        if np.isfinite(shape[place])
    }
    fitted = msgspec.structs.replace(
        prior,
        half_life_days=float(f"{half_life:.6g}"),
        momentum_half_life_days=min(prior.momentum_half_life_days, float(f"{half_life:.6g}")),
        selectivity=float(f"{shape[SELECTIVITY]:.6g}"),
        exponent=prior.exponent if shape[EXPONENT] == start else float(f"{np.exp(shape[EXPONENT]):.6g}"),
        weights=weights,
        freshness=freshness,
        fitted=None,
    )
    for share in np.linspace(1.0, 0.0, 21):
        gentler = msgspec.structs.replace(fitted, selectivity=fitted.selectivity * float(share))
        try:
            return parse_definition(gentler.to_toml())
        except DefinitionError:
            continue
    return parse_definition(msgspec.structs.replace(fitted, selectivity=0.0, daily_cap=1).to_toml())


@dataclass(frozen=True)
class _Asked:
    """What somebody wanted of a fit, and under which trust it was answered."""

    prior: Definition
    """as it was named; a fit may expect another freshness"""
    future_kinds: tuple[str, ...]
    trust_run_id: str | None


def _fit(past: Past, start: FloatArray, asked: _Asked, result: _Result, numbers: Definition) -> Fit:
    records = tuple(LearnedNumber(**one) for one in result.pooled.numbers(np.exp(start), _LABELS))
    definition = msgspec.structs.replace(
        numbers,
        name=f"fitted-{past.fingerprint[:8]}",
        summary=f"Fitted to {past.interactions_count} interactions of {', '.join(past.networks)},"
        f" up to {past.splits[-1].test_until.date().isoformat()}.",
        fitted=_origin(past, asked, records),
    )
    return Fit(
        definition=definition,
        prior_name=asked.prior.name,
        prior_hash=asked.prior.content_hash(),
        fingerprint=past.fingerprint,
        interactions_count=past.interactions_count,
        actors_share=past.actors_share,
        splits=past.splits,
        future_kinds=asked.future_kinds,
        trust_run_id=asked.trust_run_id,
        interval_level=INTERVAL_LEVEL,
        resamples=RESAMPLES,
        spread=result.together.spread,
        rounds=result.together.rounds,
        is_converged=result.together.is_converged,
        numbers=records,
        networks=past.networks,
        warnings=tuple(_warnings(past, asked, numbers, result)),
    )


def _origin(
    past: Past, asked: _Asked, records: Sequence[LearnedNumber]
) -> dict[str, str | int | float | list[str | int | float]]:
    return {
        "prior": asked.prior.name,
        "prior_hash": asked.prior.content_hash(),
        "trust_run": asked.trust_run_id or "",
        "interactions_sha256": past.fingerprint,
        "interactions_count": past.interactions_count,
        "networks": list(past.networks),
        "train_until": [split.train_until.isoformat() for split in past.splits],
        "test_until": past.splits[-1].test_until.isoformat(),
        "future_kinds": list(asked.future_kinds),
        "interval_level": INTERVAL_LEVEL,
        **{
            f"{one.number}_interval": [float(f"{one.low:.4g}"), float(f"{one.high:.4g}")]
            for one in records
            if one.network is None
        },
    }


def _warnings(past: Past, asked: _Asked, numbers: Definition, result: _Result) -> list[str]:
    said = _drift(past)
    if len(past.networks) == 1:
        said.append(f"One network only ({past.networks[0]}): no strength was borrowed, none was lent.")
    learned = [KINDS[place] for place in result.together.free if place < HALF_LIFE]
    unseen = [kind for kind in numbers.weights if kind not in learned]
    said.append(f"Not learned: {', '.join(unseen)} (one kind holds the scale, others never occurred).")
    if not result.together.is_converged:
        said.append(f"The fit had not come to rest after {result.together.rounds} rounds.")
    if numbers.selectivity < result.shape[SELECTIVITY] - 1e-5 * abs(result.shape[SELECTIVITY]) - 1e-6:
        said.append(
            f"Selectivity was lowered from {result.shape[SELECTIVITY]:.3f} to {numbers.selectivity:.3f},"
            " so that no reaction can lower a score."
        )
    return said


def _drift(past: Past) -> list[str]:
    """A warning where the windows brought very different numbers of new people."""
    rates = []
    for split, new_people, is_ranked in zip(past.splits, past.new_people, past.is_ranked, strict=True):
        days = (split.test_until - split.train_until).total_seconds() / 86_400
        rates.append(float(new_people[is_ranked].sum()) / days)
    if max(rates) <= DRIFT * min(rates):
        return []
    return [
        f"Not stationary: the windows brought {', '.join(f'{rate:,.0f}' for rate in rates)} new people"
        f" a day, a factor of {max(rates) / min(rates):.1f}; what was learned may not hold later."
    ]
