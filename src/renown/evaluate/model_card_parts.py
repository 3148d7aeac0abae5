"""Parts of a model card that are read off a run: which input, which scores, which weights, which ranks."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.errors import TooLittleInputError
from renown.evaluate.fitting import Fit, LearnedNumber
from renown.evaluate.fitting_history import Past
from renown.evaluate.model_card_records import (
    Count,
    Distribution,
    Fingerprint,
    Quantile,
    RankCheck,
    ScoreBin,
    Weight,
)
from renown.evaluate.ranks import simultaneous_rank_bands
from renown.evaluate.subgroup_checks import Scores
from renown.scoring import Run
from renown.scoring.scale import rank_bands_of
from renown.store import TableStore
from renown.types import HIGHEST_SCORE, KINDS

if TYPE_CHECKING:
    from renown.engines.duckdb import DuckDBEngine

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

SHARES: Final = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
BIN_POINTS: Final = 2
FEW_PEOPLE: Final = 3
MOST_RANKED: Final = 500
LEAST_RANKED: Final = 20
DRAWS: Final = 20

_COLUMNS: Final = ["actor_key", "score", "score_low", "score_high", "people_count"]
_BEFORE: Final = "occurred_at < $as_of"
_SPAN: Final = f"select count(*), min(occurred_at), max(occurred_at) from interactions where {_BEFORE}"
_BY_KIND: Final = (
    f"select kind as name, count(*) as count from interactions where {_BEFORE} group by 1 order by 2 desc, 1"
)
_BY_NETWORK: Final = _BY_KIND.replace("select kind", "select network")
_POSTS: Final = "select count(*) from posts where posted_at < $as_of"


def read_scores(store: TableStore, run: Run) -> Scores:
    """The scores of a run, sorted by actor key."""
    rows = store.read_partition("scores", run.run_id, _COLUMNS).sort_by("actor_key")
    return Scores(*(rows[name].to_numpy() for name in _COLUMNS))


def fingerprint_of(store: TableStore, run: Run, past: Past) -> Fingerprint:
    """Which interactions a run was made from.

    Cost:     three passes of SQL over the interactions' columns of time, kind and network.
    """
    from renown.engines.duckdb import DuckDBEngine

    with DuckDBEngine() as engine:
        for table in ("interactions", "posts"):
            engine.register_files(table, store.files(table))
        moment: dict[str, object] = {"as_of": run.as_of}
        count, first, last = (column[0].as_py() for column in engine.query(_SPAN, moment).columns)
        return Fingerprint(
            interactions_sha256=past.fingerprint,
            input_version=run.input_version,
            interactions_count=count,
            accounts_count=store.actor_count(),
            scored_count=run.counts["actors"],
            ties_count=run.counts["ties"],
            posts_count=engine.query(_POSTS, moment).column(0)[0].as_py(),
            proven_accounts_count=int(store.person_keys().actor.size),
            first_at=first,
            last_at=last,
            networks=_counts(engine, _BY_NETWORK, moment),
            kinds=_counts(engine, _BY_KIND, moment),
        )


def _counts(engine: DuckDBEngine, sql: str, parameters: dict[str, object]) -> tuple[Count, ...]:
    return tuple(Count(**row) for row in engine.query(sql, parameters).to_pylist())


def score_distribution(scores: Scores, definition: Definition) -> Distribution:
    """Where the scores of a run lie, and how wide their intervals are.

    Raises:   TooLittleInputError: nobody has a score.
    """
    if scores.score.size == 0:
        raise TooLittleInputError(
            "Nobody has a score in this run.", hint="Import interactions between people."
        )
    edges = np.arange(0, HIGHEST_SCORE + BIN_POINTS, BIN_POINTS)
    counts, _ = np.histogram(scores.score, bins=edges)
    return Distribution(
        actors_count=int(scores.score.size),
        quantiles=tuple(
            Quantile(share=share, score=float(np.quantile(scores.score, share))) for share in SHARES
        ),
        bins=tuple(
            ScoreBin(low=float(low), high=float(low + BIN_POINTS), actors_count=int(count))
            for low, count in zip(edges[:-1], counts, strict=True)
        ),
        highest=float(scores.score.max()),
        interval_level=definition.interval_level,
        median_width=float(np.median(scores.high - scores.low)),
        few_people_share=float((scores.people < FEW_PEOPLE).mean()),
    )


def weights_of(definition: Definition, fit: Fit | None) -> tuple[Weight, ...]:
    """The numbers of a definition that a fit can learn: weights of kinds, half-life, selectivity, freshness.

    Their intervals are those that a fitted definition carries; what `fit` learned here stands beside them.
    """
    learned = {one.number: one for one in fit.numbers if one.network is None} if fit else {}
    numbers = {kind: definition.weights[kind] for kind in KINDS if kind in definition.weights}
    numbers |= {"half_life_days": definition.half_life_days, "selectivity": definition.selectivity}
    if definition.freshness is not None:
        numbers["freshness_half_life_days"] = definition.freshness.half_life_days
        numbers["freshness_prior_people"] = definition.freshness.prior_people
    return tuple(_weight(name, value, definition, learned.get(name)) for name, value in numbers.items())


def _weight(name: str, value: float, definition: Definition, learned: LearnedNumber | None) -> Weight:
    ends = (definition.fitted or {}).get(f"{name}_interval")
    low, high = (float(end) for end in ends) if isinstance(ends, list) else (None, None)
    # A number without a spread was not learned: it holds the scale, or never occurred.
    moved = learned if learned is not None and learned.low < learned.high else None
    return Weight(
        number=name,
        value=value,
        low=low,
        high=high,
        learned=moved.value if moved else None,
        learned_low=moved.low if moved else None,
        learned_high=moved.high if moved else None,
    )


def rank_check(scores: Scores, definition: Definition) -> RankCheck:
    """The rank bands of a run against simultaneous ones, among the highest 500 of a run.

    Formula:  the highest actors are ranked among themselves, once by a run's bands and once by bands that
              hold for all comparisons of an actor at once. Then their scores are taken for true, others are
              drawn around them as wide as their intervals say, and it is counted how often bands made from
              what was drawn hold the true rank.
    Raises:   TooLittleInputError: fewer than 20 actors.
    Cost:     20 draws of O(500^2).
    Source:   Mogstad, Romano, Shaikh & Wilhelm (2024), Inference for ranks, Review of Economic Studies 91.
    """
    if scores.score.size < LEAST_RANKED:
        raise TooLittleInputError(
            f"{scores.score.size} actors have a score, too few to check ranks on.",
            hint=f"At least {LEAST_RANKED} actors with a score are needed.",
        )
    top = np.argsort(-scores.score, kind="stable")[:MOST_RANKED]
    level = definition.interval_level
    z = NormalDist().inv_cdf((1 + level) / 2)
    true, deviation = scores.score[top], (scores.high[top] - scores.low[top]) / (2 * z)
    draw = np.random.default_rng(0)
    held = np.zeros(2)
    for _ in range(DRAWS):
        seen = true + draw.standard_normal(top.size) * deviation
        bands = (
            rank_bands_of(seen - z * deviation, seen + z * deviation),
            simultaneous_rank_bands(seen, deviation, level),
        )
        held += [_held_share(band, true) for band in bands]
    ours = rank_bands_of(scores.low[top], scores.high[top])
    strict = simultaneous_rank_bands(true, deviation, level)
    return RankCheck(
        actors_count=int(top.size),
        level=level,
        draws=DRAWS,
        run_mean_width=float(np.mean(ours[1] - ours[0])),
        simultaneous_mean_width=float(np.mean(strict[1] - strict[0])),
        run_held_share=float(held[0] / DRAWS),
        simultaneous_held_share=float(held[1] / DRAWS),
    )


def _held_share(band: tuple[IntArray, IntArray], true: FloatArray) -> float:
    """Share of the actors whose true rank lies in their band; those who are level share all their ranks."""
    ordered = np.sort(-true)
    first = np.searchsorted(ordered, -true, "left") + 1
    last = np.searchsorted(ordered, -true, "right")
    return float(((band[0] <= last) & (band[1] >= first)).mean())
