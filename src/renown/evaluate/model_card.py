"""Measure everything that a model card says of one run: its input, scores, errors, tests and groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition, parse_definition
from renown.errors import TooLittleInputError
from renown.evaluate.against_future import evaluate_store
from renown.evaluate.against_truth import evaluate_truth
from renown.evaluate.coverage import check_coverage
from renown.evaluate.fitting import Fit, FitTerms, fit_definition
from renown.evaluate.fitting_history import read_past
from renown.evaluate.model_card_causal import read_causally
from renown.evaluate.model_card_parts import (
    fingerprint_of,
    rank_check,
    read_scores,
    score_distribution,
    weights_of,
)
from renown.evaluate.model_card_records import Absent, CausalSummary, Limit, ModelCard
from renown.evaluate.records import Split
from renown.evaluate.splits import default_splits
from renown.evaluate.subgroup_checks import Basis, KnownTruth, Scores, check_subgroups
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

    from renown.evaluate.attacks.records import AttackReport
    from renown.evaluate.causal_records import CausalEvaluation
    from renown.evaluate.pair_records import PairEvaluation
    from renown.scoring import Run
    from renown.store import TableStore

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
T = TypeVar("T")

_MOMENT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, eq=False)
class CardInput:
    """What a card takes in beside the store; what is not given is absent from the card, and it says so."""

    truth: pa.Table | None = None
    """columns actor_id and true_influence, as a town knows them"""
    not_genuine: Sequence[str] = ()
    """ids of accounts that are known to be made or paid to act; discounts of the others are told"""
    attacks: AttackReport | None = None
    judgements: PairEvaluation | None = None
    causal_truth: CausalEvaluation | None = None
    """of a town whose truth is known (`evaluate_causal`)"""
    causal_actors_count: int = 12
    """so many actors with the highest scores are read causally; 0: none"""
    future_kinds: Sequence[str] = ()
    """kinds that count as what came next; none: all"""
    is_fitted: bool = True
    """whether to learn the numbers from this store too, to stand beside the definition's"""


@dataclass(eq=False)
class _Parts:
    """Parts as they are measured; one that the store cannot give leaves its reason."""

    absent: list[Absent] = field(default_factory=list)

    def attempt(self, part: str, measure: Callable[[], T], needed: str = "") -> T | None:
        """A part, or None with the reason."""
        try:
            return measure()
        except TooLittleInputError as error:
            self.absent.append(Absent(part=part, reason=error.message, needed=error.hint or needed))
            return None

    def given(self, part: str, value: T | None, *, reason: str, needed: str) -> T | None:
        """A part that somebody had to hand in."""
        if value is None:
            self.absent.append(Absent(part=part, reason=reason, needed=needed))
        return value


def collect_model_card(
    store: TableStore, run: Run, given: CardInput | None = None, *, progress: Progress = no_progress
) -> ModelCard:
    """Measure a run for its model card.

    Args:     run: whose scores the card speaks of; the definition is the run's own.
              given: what a store cannot know itself: a truth, an attack report, judgements.
    Returns:  the card; parts that this store cannot give are None, with the reason in `absent`.
    Raises:   StoreNotFoundError; ColumnsError: a truth without its columns; TooLittleInputError: nobody has
              a score. Too little for any other part raises nothing.
    Cost:     an evaluation, a check of coverage, a fit and the checks by groups: about a minute for half a
              million interactions, mostly resamples.
    Source:   Mitchell et al. (2019), Model cards for model reporting, FAT*; docs/how-to/model-card.md.
    """
    store.require()
    given, parts = given or CardInput(), _Parts()
    definition = parse_definition(run.definition, run.run_id)
    past = read_past(store, definition, [Split(run.as_of - _MOMENT, run.as_of)], (), progress=progress)
    splits = parts.attempt("splits", lambda: default_splits(store)) or ()
    scores = read_scores(store, run)
    fit = _fit(store, definition, given, parts, progress)
    truth = _truth_keys(store, given)
    subgroups = check_subgroups(
        store, run, definition, scores, basis=Basis(past, splits, truth), progress=progress
    )
    coverage = parts.attempt(
        "coverage", lambda: check_coverage(store, definition, as_of=run.as_of, progress=progress)
    )
    ranks = parts.attempt("ranks", lambda: rank_check(scores, definition))
    return ModelCard(
        made_at=datetime.now(UTC),
        renown_version=_version(),
        definition_name=definition.name,
        definition_hash=run.definition_hash,
        definition_summary=definition.summary,
        definition=run.definition,
        is_fitted_on_these=(definition.fitted or {}).get("interactions_sha256") == past.fingerprint,
        run_id=run.run_id,
        as_of=run.as_of,
        trust_run_id=_trust_of(run, parts),
        attention_half_life_days=definition.attention_half_life_days(),
        fingerprint=fingerprint_of(store, run, past),
        distribution=score_distribution(scores, definition),
        weights=weights_of(definition, fit),
        fit=fit,
        coverage=coverage,
        ranks=ranks,
        prediction=_prediction(store, definition, given, parts, progress),
        truth=_against_truth(store, definition, given, parts),
        judgements=parts.given("judgements", given.judgements, reason=_NO_JUDGEMENTS, needed=_JUDGE),
        causal=_causal(store, run, scores, given, parts, progress),
        causal_truth=None if given.causal_truth is None else replace(given.causal_truth, rows=()),
        attacks=parts.given("attacks", given.attacks, reason=_NO_ATTACKS, needed=_ATTACK),
        subgroups=subgroups,
        limits=known_limits(),
        absent=tuple(parts.absent),
    )


_NO_JUDGEMENTS: Final = "nobody's judgement of who is more influential was compared with"
_JUDGE: Final = "judgements, collected with `renown judge` or as a file of pairs given with `--pairs`"
_NO_CAUSAL: Final = "no causal reading was asked for"
_MATCH: Final = "a card made with `--causal-actors` above 0"
_NO_ATTACKS: Final = "this run was not attacked"
_ATTACK: Final = "the folder of a finished `renown attack-lab`, given with `--attacks`"
_NO_TRUTH: Final = "nobody knows who truly moved whom here"
_SIMULATE: Final = "a simulated town with its truth (`renown simulate`), given with `--truth`"
_NO_FIT: Final = "no fit was asked for"
_ASK: Final = "a card made without `--no-fit`"
_NO_TRUST: Final = "no trust run: everybody's attention counts in full"
_TRUST: Final = "`renown trust`, and a new `renown score`"


@cache
def known_limits() -> tuple[Limit, ...]:
    """What the score does not do or know, whatever the store."""
    path = resources.files("renown.evaluate") / "shipped" / "limits.toml"
    return tuple(msgspec.toml.decode(path.read_text("utf8"), type=dict[str, list[Limit]])["limits"])


def _version() -> str:
    from importlib.metadata import version

    return version("renown")


def _trust_of(run: Run, parts: _Parts) -> str | None:
    return parts.given("trust", run.trust_run_id, reason=_NO_TRUST, needed=_TRUST)


def _fit(
    store: TableStore, definition: Definition, given: CardInput, parts: _Parts, progress: Progress
) -> Fit | None:
    if not given.is_fitted:
        return parts.given("fit", None, reason=_NO_FIT, needed=_ASK)
    kinds = tuple(given.future_kinds)
    # Numbers are compared one by one, so what is learned has the definition's form.
    terms = FitTerms(use_freshness=definition.freshness is not None)
    return parts.attempt(
        "fit",
        lambda: fit_definition(store, prior=definition, future_kinds=kinds, terms=terms, progress=progress),
    )


def _prediction(
    store: TableStore, definition: Definition, given: CardInput, parts: _Parts, progress: Progress
) -> Any:
    return parts.attempt(
        "prediction",
        lambda: evaluate_store(
            store, definitions=[definition], future_kinds=given.future_kinds or None, progress=progress
        ),
    )


def _causal(
    store: TableStore, run: Run, scores: Scores, given: CardInput, parts: _Parts, progress: Progress
) -> CausalSummary | None:
    if given.causal_actors_count == 0:
        return parts.given("causal", None, reason=_NO_CAUSAL, needed=_MATCH)
    highest = np.argsort(-scores.score, kind="stable")[: given.causal_actors_count]
    actors = store.actor_ids(scores.actor[highest]).to_pylist()
    first, _ = store.time_bounds() or (run.as_of, run.as_of)
    return parts.attempt(
        "causal", lambda: read_causally(store, run, actors, run.as_of - first, progress=progress)
    )


def _against_truth(store: TableStore, definition: Definition, given: CardInput, parts: _Parts) -> Any:
    truth = given.truth
    if truth is None:
        return parts.given("truth", None, reason=_NO_TRUTH, needed=_SIMULATE)
    return parts.attempt("truth", lambda: evaluate_truth(store, truth, [definition]))


def _truth_keys(store: TableStore, given: CardInput) -> KnownTruth | None:
    """The truth by actor key; None where there is none, or the store knows nobody of it."""
    if given.truth is None or not {"actor_id", "true_influence"} <= set(given.truth.column_names):
        return None
    keys = store.actor_keys(given.truth["actor_id"].to_pylist())
    order = np.argsort(keys[keys >= 0])
    if order.size == 0:
        return None
    influence = np.nan_to_num(given.truth["true_influence"].to_numpy()[keys >= 0].astype(np.float64))
    not_genuine = store.actor_keys(list(given.not_genuine)) if given.not_genuine else np.empty(0, np.int64)
    return KnownTruth(keys[keys >= 0][order], influence[order], not_genuine)
